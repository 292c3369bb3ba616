//! A full, validated description of one simulated world: [`Scenario`].
//!
//! The types of `model` and `policy` are what engines read. [`load()`] makes them from files; nothing past it meets an unchecked
//! field again. On the way,
//!
//! 1. `extends` reads a file and those it inherits from, `tree` parses each into a tree in which every key and value
//!    remembers its place, `merge` lays one tree over another, `overlay` lays files over a scenario,
//!    `overrides` applies what the command line sets,
//!    `pooled` puts in what `priors = "pooled"` stands for;
//! 2. `shape` checks keys, kinds and ranges against `spec`, which is compiled from the JSON Schema (`schema`), which is
//!    derived from the types of `raw`: one description of the format, from which its guide (`guide`) comes too;
//! 3. `check`, `check_network`, `edge_file`, `check_policy`, `parameters` and `observations` check what only the whole can tell: references, order, combinations;
//! 4. `diagnostics` shows all faults at once, each at its place; `resolved` writes the merged scenario.

mod check;
mod check_network;
mod check_policy;
mod coarse;
mod country;
mod diagnostics;
mod difference;
mod edge_file;
mod extends;
mod guide;
pub mod load;
mod merge;
pub mod model;
mod observations;
mod overlay;
mod overrides;
mod parameters;
pub mod policy;
mod pooled;
pub mod posterior;
mod raw;
mod reading;
mod resolved;
pub mod sample;
mod schema;
mod shape;
mod spec;
mod starter;
mod suggest;
mod tree;
mod verdict;

pub use country::{Beginning, of_country};
pub use difference::Difference;
pub use guide::format_guide;
pub use load::{Fault, Loaded, ScenarioErrors, load, load_as, load_with};
pub use model::*;
pub use parameters::distribution_words;
pub use policy::{Cost, DriverChange, Effect, Intervention, LayerChange, Ramp, RampShape, Target, Victimisation};
pub use pooled::is_pooled;
pub use posterior::Posterior;
pub use reading::{KnownPopulation, Reading, plain_path};
pub use schema::json_schema;
pub use starter::starter;
pub use verdict::Verdict;
