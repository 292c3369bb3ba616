//! Simulates how a whole population takes up the internet and social media, month by month, under the policies a
//! government may choose: for every province, town and countryside, sex and age, with intervals.
//!
//! A scenario file becomes a validated [`scenario::Scenario`]; an [`ensemble`] of members runs it through an [`engine`],
//! which evaluates the law of [`adoption`]; the resulting [`series::Projection`] is written by [`output`] and drawn by
//! [`plot`]. The program's commands are in [`cli`].
//!
//! ```
//! use uptake::{ensemble, scenario, series::Quantity};
//!
//! let path = std::path::Path::new("scenarios/minimal.toml");
//! let loaded = scenario::load(path, &["run.members=5".to_owned()])?;
//! let projection = ensemble::run(&loaded.scenario, &ensemble::Options::default())?;
//! let last = projection.dates.len() - 1;
//! let share = projection.estimate(0, 0, last, Quantity::Penetration);
//! assert!((0.0..=1.0).contains(&share.median()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Code uses only modules from its own line up, in this order: `units`, `number`, `rng`, `score`, `series`, `comparison`, `fit`, `data`, `forecast`, `population`, `network`, `adoption`,
//! `scenario`, `engine`, `persons`, `ensemble`, `calibration`, `output`, `plot`, `report`, `serve`, `cli` (see `docs/ARCHITECTURE.md`).

pub mod adoption;
pub mod calibration;
pub mod cli;
pub mod comparison;
pub mod data;
pub mod engine;
pub mod ensemble;
pub mod fit;
pub mod forecast;
pub mod network;
pub mod number;
pub mod output;
pub mod persons;
pub mod plot;
pub mod population;
pub mod report;
pub mod rng;
pub mod scenario;
pub mod score;
pub mod series;
pub mod serve;
pub mod units;
