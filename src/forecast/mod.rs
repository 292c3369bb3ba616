//! Forecasts of one indicator for many countries, and their track record.
//!
//! A [`Forecaster`] learns from what was [`Known`] at an origin and becomes a [`Fitted`], which gives the quantiles of any country's
//! coming years. [`backtest()`] repeats this from past origins under a [`Protocol`] and scores it. [`references`] are the methods
//! anyone would try; [`Pooled`] is ours: it learns from all countries how those at a like stage went on. [`priors`] is what the
//! same countries say about the parameters of the simulator's law.
//!
//! Nothing dated after the origin can be used: a forecaster is handed a [`Known`], and making one cuts off what came later.
//! Left out: what a figure means in a single country (see [`crate::data`]), and any judgement of policies, which is the simulator's.

mod backtest;
mod known;
mod pooled;
pub mod priors;
mod protocol;
pub mod references;

pub use backtest::{Backtest, Grouping, Progress, Record, Rivalry, Source, backtest, contestants};
pub use known::Known;
pub use pooled::{FEATURES, Pooled, Settings};
pub use protocol::{Protocol, Task};

use crate::score::Quantiles;

/// A method of forecasting, not yet fitted.
pub trait Forecaster: Sync + Send {
    /// Name in tables and files: small letters, digits and `-`.
    fn name(&self) -> &str;

    /// Learns from what is known. It may look at every country; it cannot see past the origin.
    fn fit(&self, known: &Known) -> Box<dyn Fitted>;
}

/// A forecaster that has learned.
pub trait Fitted: Sync + Send {
    /// Quantiles of a country's value 1, 2 ... `longest` years after the origin: within 0..=100 and never crossing.
    ///
    /// # Errors
    /// When the country is not in the panel, or nothing of it is known at the origin.
    fn forecast(&self, iso3: &str, longest: u32) -> Result<Vec<Quantiles>, ForecastError>;
}

/// Why there is no forecast.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ForecastError {
    /// A country that the panel does not hold.
    #[error("the panel has no country `{iso3}`")]
    UnknownCountry {
        /// Code asked for.
        iso3: String,
    },
    /// A country of which nothing is known at the origin.
    #[error("nothing of `{iso3}` is known up to {origin}")]
    NothingKnown {
        /// Code.
        iso3: String,
        /// Last year whose figures may be used.
        origin: i32,
    },
}
