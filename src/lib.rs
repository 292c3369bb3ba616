//! Simulates how a whole population takes up the internet and social media, month by month,
//! under the policies a government may choose.
//!
//! Modules are listed from the ground up; code uses only modules above its own line.

pub mod adoption;
pub mod cli;
pub mod engine;
pub mod ensemble;
pub mod number;
pub mod output;
pub mod plot;
pub mod population;
pub mod rng;
pub mod scenario;
pub mod series;
pub mod units;
