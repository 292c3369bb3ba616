//! Exponential smoothing with a damped trend, on the logit.
//!
//! ETS(A, Ad, N) of Hyndman, Koehler, Ord and Snyder (2008, section 2.5.1):
//!
//! ```text
//! y(t) = l(t-1) + phi b(t-1) + e(t)
//! l(t) = l(t-1) + phi b(t-1) + alpha e(t)
//! b(t) = phi b(t-1) + beta e(t)
//! ```
//!
//! with `0 < beta <= alpha <= 1` and `0.8 <= phi <= 0.98`, chosen by least squares of the one-year errors `e`. The first level and trend are the
//! first value and the mean of the first three changes. Error variance `h` years ahead: `s^2 [1 + sum over j < h of c(j)^2]`,
//! `c(j) = alpha + beta (phi + phi^2 + ... + phi^j)`.

use super::search::minimise;
use super::{logit, normal_of_logit};
use crate::score::Quantiles;

/// Forecasts of the damped trend.
#[must_use]
pub fn forecast(values: &[f64], longest: u32) -> Vec<Quantiles> {
    let series: Vec<f64> = values.iter().map(|&value| logit(value)).collect();
    let squares = |point: &[f64; 3]| smooth(&series, Weights::of(point)).2;
    let starts = [[0.5, -1.5, 1.0], [2.0, -1.0, 2.0], [3.0, 1.0, 2.0]];
    let best = starts
        .map(|start| minimise(start, [0.7; 3], squares))
        .into_iter()
        .min_by(|one, other| one.1.total_cmp(&other.1))
        .map_or(Weights::of(&starts[0]), |(point, _)| Weights::of(&point));
    let (level, trend, squares) = smooth(&series, best);
    let freedom = (series.len() as f64 - 4.0).max(1.0);
    let variance = squares / freedom;
    let (mut ahead, mut damping, mut power, mut sum) = (0.0, 0.0, 1.0, 1.0);
    let fan = |_| {
        power *= best.phi;
        ahead += power;
        let fan = normal_of_logit(level + ahead * trend, (variance * sum).sqrt());
        damping += power;
        let carried: f64 = best.alpha + best.beta * damping;
        sum += carried * carried;
        fan
    };
    (1..=longest).map(fan).collect()
}

#[derive(Clone, Copy)]
struct Weights {
    alpha: f64,
    beta: f64,
    phi: f64,
}

impl Weights {
    /// From numbers without bounds.
    fn of(point: &[f64; 3]) -> Self {
        let unit = |x: f64| 1.0 / (1.0 + libm::exp(-x));
        let alpha = unit(point[0]);
        Self { alpha, beta: alpha * unit(point[1]), phi: 0.8 + 0.18 * unit(point[2]) }
    }
}

/// Last level and trend, and the sum of squared errors.
fn smooth(series: &[f64], weights: Weights) -> (f64, f64, f64) {
    let first = series.len().min(4);
    let mut level = series[0];
    let mut trend = if first > 1 { (series[first - 1] - series[0]) / (first - 1) as f64 } else { 0.0 };
    let mut squares = 0.0;
    for &value in &series[1..] {
        let expected = level + weights.phi * trend;
        let error = value - expected;
        squares += error * error;
        level = expected + weights.alpha * error;
        trend = weights.phi * trend + weights.beta * error;
    }
    (level, trend, squares)
}
