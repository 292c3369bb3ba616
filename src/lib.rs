//! Simulates how a whole population takes up the internet and social media, month by month,
//! under the policies a government may choose.
//!
//! Modules are listed from the ground up; code uses only modules above its own line.

pub mod units;
pub mod number;
pub mod rng;
pub mod series;
pub mod population;
pub mod adoption;
pub mod scenario;
pub mod engine;
pub mod ensemble;
pub mod output;
pub mod plot;
pub mod cli;
