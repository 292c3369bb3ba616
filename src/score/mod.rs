//! Proper scores for forecasts given as quantiles: how far off, how wide, how honest.
//!
//! A forecast is seven [`Quantiles`]; [`wis`] is the score to compare forecasters by, in the unit of what is forecast, lower is
//! better. [`Summary`] condenses many [`Scored`] forecasts; [`paired()`] says how sure a difference between two forecasters is.
//! Pure functions of numbers: nothing here knows a country or reads a file.

mod paired;
mod quantiles;
mod summary;

pub use paired::{Difference, paired};
pub use quantiles::{LEVELS, MEDIAN, Quantiles, crps, interval_score, pit, wis};
pub use summary::{Coverage, Scored, Summary, wilson};
