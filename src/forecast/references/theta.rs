//! The Theta method (Assimakopoulos and Nikolopoulos 2000), on the logit, in the closed form of Hyndman and Billah (2003): simple
//! exponential smoothing with a drift of half the slope of the straight line through the series.
//!
//! Forecast `h` years ahead: `l + b/2 [h - 1 + 1/a - (1 - a)^n / a]`, with the level `l` smoothed by `a`, which is chosen by least squares
//! of the one-year errors, and the slope `b`. Error variance: `s^2 [1 + (h - 1) a^2]`.

use super::search::minimise;
use super::{logit, normal_of_logit};
use crate::score::Quantiles;

/// Forecasts of the Theta method.
#[must_use]
pub fn forecast(values: &[f64], longest: u32) -> Vec<Quantiles> {
    let series: Vec<f64> = values.iter().map(|&value| logit(value)).collect();
    let slope = slope(&series);
    let unit = |x: f64| 0.05 + 0.949 / (1.0 + libm::exp(-x));
    let (at, _) = minimise([0.5], [1.0], |point| smooth(&series, unit(point[0]), slope / 2.0).1);
    let weight = unit(at[0]);
    let (level, squares) = smooth(&series, weight, slope / 2.0);
    let variance = squares / (series.len() as f64 - 3.0).max(1.0);
    let rest = (1.0 - libm::pow(1.0 - weight, series.len() as f64)) / weight;
    let fan = |lead: u32| {
        let lead = f64::from(lead);
        let mean = level + slope / 2.0 * (lead - 1.0 + rest);
        normal_of_logit(mean, (variance * (1.0 + (lead - 1.0) * weight * weight)).sqrt())
    };
    (1..=longest).map(fan).collect()
}

/// Slope of the least-squares line over the years.
fn slope(series: &[f64]) -> f64 {
    let count = series.len() as f64;
    let (middle, mean) = ((count - 1.0) / 2.0, series.iter().sum::<f64>() / count);
    let (mut cross, mut square) = (0.0, 0.0);
    for (year, value) in series.iter().enumerate() {
        let from = year as f64 - middle;
        cross += from * (value - mean);
        square += from * from;
    }
    if square > 0.0 { cross / square } else { 0.0 }
}

/// Last level, and the sum of squared one-year errors with the drift that forecasts of one year have.
fn smooth(series: &[f64], weight: f64, drift: f64) -> (f64, f64) {
    let mut level = series[0];
    let mut squares = 0.0;
    let mut kept = 1.0 - weight;
    for &value in &series[1..] {
        let error = value - level - drift * (1.0 - kept) / weight;
        squares += error * error;
        level += weight * (value - level);
        kept *= 1.0 - weight;
    }
    (level, squares)
}
