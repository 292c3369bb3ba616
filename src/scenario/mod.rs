//! A full, validated description of one simulated world: [`Scenario`].
//!
//! The types here are what engines read. Files become scenarios in `load` (read, inherit, override, check);
//! nothing past that meets an unchecked field again.

pub mod load;
pub mod model;
pub mod sample;

pub use load::{Fault, Loaded, ScenarioErrors, json_schema, load, starter};
pub use model::*;
