//! Figures of forecasts and of their track record.
//!
//! [`fan()`] draws one country; [`countries()`] a page of many; [`skill()`] scores by lead; [`reliability`] promised against kept; [`pit`]
//! where in the forecasts the observations fell. They take plain numbers, in percent, and know nothing of how those were made.

mod countries;
mod fan;
mod honesty;
mod sketch;
mod skill;

pub use countries::countries;
pub use fan::fan;
pub use honesty::{pit, reliability};
pub use skill::skill;

use crate::data::Point;
use crate::score::Quantiles;

/// One country forecast from one origin.
#[derive(Clone, Debug)]
pub struct Forecast {
    /// Name of the country.
    pub country: String,
    /// Its code.
    pub iso3: String,
    /// Last year whose figures were used.
    pub origin: i32,
    /// Published figures, percent, also those after the origin.
    pub published: Vec<Point>,
    /// Years forecast, and their quantiles, percent.
    pub fan: Vec<(i32, Quantiles)>,
    /// A few words to stand beside the name; may be empty.
    pub fact: String,
}

/// What a forecaster scored, for figures.
#[derive(Clone, Debug)]
pub struct Track {
    /// Name of the forecaster.
    pub model: String,
    /// Years ahead with the mean weighted interval score and the mean absolute error, points.
    pub by_lead: Vec<(u32, f64, f64)>,
    /// Share of observations at or below each quantile, in the order of the levels.
    pub below: Quantiles,
    /// Share of observations in each tenth of the forecast.
    pub pit: [f64; 10],
}

/// What a page says about what it shows.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// What is forecast, with its unit and denominator: `Individuals using the internet, % of all people`.
    pub indicator: String,
    /// Where it comes from and how it was made, for the footer.
    pub facts: String,
}
