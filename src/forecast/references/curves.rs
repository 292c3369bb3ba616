//! Growth curves with a ceiling, by least squares: logistic, Gompertz, Bass (1969).
//!
//! With `t` in years since the first value, `m` the ceiling in percent:
//!
//! ```text
//! logistic   m / (1 + exp(-k (t - c)))
//! Gompertz   m exp(-exp(-k (t - c)))
//! Bass       m (1 - exp(-(p + q)(t + 1))) / (1 + q/p exp(-(p + q)(t + 1)))
//! ```
//!
//! The curve is moved to pass through the last value. Errors are taken as a random walk with the spread of the residuals, which is too
//! narrow where the curve is wrong.

use super::search::minimise;
use super::{normal, percent};
use crate::score::Quantiles;

/// Forecasts of the logistic curve.
#[must_use]
pub fn logistic(values: &[f64], longest: u32) -> Vec<Quantiles> {
    let end = values.len() as f64 - 1.0;
    let starts = [[1.0, -1.0, end], [0.0, -0.7, end - 3.0], [2.0, -1.5, end + 5.0]];
    let curve = |&[ceiling, pace, middle]: &[f64; 3], t: f64| {
        percent(ceiling) / (1.0 + libm::exp(-libm::exp(pace) * (t - middle)))
    };
    fit(values, longest, starts, ([-4.0, -12.0, -15.0], [8.0, 2.0, 80.0]), curve)
}

/// Forecasts of the Gompertz curve.
#[must_use]
pub fn gompertz(values: &[f64], longest: u32) -> Vec<Quantiles> {
    let end = values.len() as f64 - 1.0;
    let starts = [[1.0, -1.0, end], [0.0, -0.7, end - 3.0], [2.0, -1.5, end + 5.0]];
    let curve = |&[ceiling, pace, middle]: &[f64; 3], t: f64| {
        percent(ceiling) * libm::exp(-libm::exp(-libm::exp(pace) * (t - middle)))
    };
    fit(values, longest, starts, ([-4.0, -12.0, -15.0], [8.0, 2.0, 80.0]), curve)
}

/// Forecasts of the Bass curve.
#[must_use]
pub fn bass(values: &[f64], longest: u32) -> Vec<Quantiles> {
    let starts = [[1.0, -6.0, -1.0], [0.0, -7.0, -0.7], [2.0, -5.0, -1.5]];
    fit(values, longest, starts, ([-4.0, -12.0, -15.0], [8.0, 0.0, 1.0]), |&[ceiling, p, q], t| {
        let (p, q) = (libm::exp(p), libm::exp(q));
        let left = libm::exp(-(p + q) * (t + 1.0));
        percent(ceiling) * (1.0 - left) / (1.0 + q / p * left)
    })
}

fn fit(
    values: &[f64],
    longest: u32,
    starts: [[f64; 3]; 3],
    (low, high): ([f64; 3], [f64; 3]),
    curve: impl Fn(&[f64; 3], f64) -> f64,
) -> Vec<Quantiles> {
    let inside = |point: &[f64; 3]| {
        let mut held = *point;
        for (at, place) in held.iter_mut().enumerate() {
            *place = place.clamp(low[at], high[at]);
        }
        held
    };
    let squares = |point: &[f64; 3]| {
        let point = inside(point);
        let errors = values.iter().enumerate().map(|(year, value)| curve(&point, year as f64) - value);
        errors.map(|error| error * error).sum::<f64>()
    };
    let best = starts
        .map(|start| minimise(inside(&start), [0.5, 0.3, 0.5], squares))
        .into_iter()
        .min_by(|one, other| one.1.total_cmp(&other.1));
    let (point, squares) = best.expect("there are three starts");
    let point = inside(&point);
    let spread = (squares / (values.len() as f64 - 3.0).max(1.0)).sqrt();
    let end = values.len() as f64 - 1.0;
    let moved = values.last().copied().unwrap_or(0.0) - curve(&point, end);
    let fan = |lead: u32| {
        let lead = f64::from(lead);
        normal(curve(&point, end + lead) + moved, spread * lead.sqrt())
    };
    (1..=longest).map(fan).collect()
}
