//! Calibration: the posterior of the law's numbers and of the sources' errors, given published statistics.

mod calibrate;
pub mod diagnostics;
mod error;
mod gradient;
mod linear;
mod model;
mod normal;
mod optimum;
pub mod prior;
mod resolution;
mod sampler;
pub mod statistics;
pub mod summary;
pub mod weigh;

pub use calibrate::{Outcome, Settings, Task, prior_points};
pub use error::CalibrationError;
pub use model::{Model, Nuisance, Trace};
pub use optimum::Optimum;
pub use prior::Free;
pub use resolution::{Country, Resolution};
pub use sampler::{Chain, Sampling, Tape, Watch, sample};
pub use statistics::{Statistic, Statistics, known_at};
