//! A small ARIMA: differenced once or twice, up to one autoregressive and one moving-average term, with or without drift.
//!
//! `(1 - phi B)(w(t) - c) = (1 + theta B) e(t)`, `w` the series differenced `d` times; conditional least squares; the member with the least
//! corrected Akaike criterion is kept among those differenced once, and among those differenced twice; twice only where the yearly changes
//! are themselves a random walk by their first autocorrelation (above 0.8). Error variances from the psi weights (Box, Jenkins, Reinsel
//! and Ljung 2016, section 5.1.3).

use super::normal;
use super::search::minimise;
use crate::score::Quantiles;

/// Forecasts of the chosen model.
#[must_use]
pub fn forecast(values: &[f64], longest: u32) -> Vec<Quantiles> {
    if values.len() < 4 {
        return super::naive::drift(values, longest);
    }
    let changes = differences(values);
    let twice = changes.len() >= 5 && autocorrelation(&changes) > 0.8;
    let series = if twice { differences(&changes) } else { changes.clone() };
    let orders = [(false, false), (true, false), (false, true), (true, true)];
    let fits =
        orders.into_iter().flat_map(|order| [false, true].map(|drift| Model::fit(&series, order, drift && !twice)));
    let best = fits.min_by(|one, other| one.criterion.total_cmp(&other.criterion));
    let model = best.expect("there are eight candidates");
    let mut fans = Vec::with_capacity(longest as usize);
    let (mut level, mut change) = (values[values.len() - 1], changes[changes.len() - 1]);
    let (mut deviation, mut last_error) = (series[series.len() - 1] - model.mean, model.last_error);
    // Weights of past errors in w, in its sum, and in the sum of that.
    let (mut psi, mut once, mut again, mut spread) = (1.0, 0.0, 0.0, 0.0);
    for ahead in 0..longest {
        deviation = model.phi * deviation + model.theta * last_error;
        last_error = 0.0;
        if twice {
            change += deviation + model.mean;
        } else {
            change = deviation + model.mean;
        }
        level += change;
        if ahead == 1 {
            psi = model.phi + model.theta;
        } else if ahead > 1 {
            psi *= model.phi;
        }
        once += psi;
        again += once;
        let weight: f64 = if twice { again } else { once };
        spread += weight * weight;
        fans.push(normal(level, (model.variance * spread).sqrt()));
    }
    fans
}

fn differences(values: &[f64]) -> Vec<f64> {
    values.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

fn autocorrelation(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let square: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    let cross: f64 = values.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    if square > 0.0 { cross / square } else { 0.0 }
}

struct Model {
    phi: f64,
    theta: f64,
    mean: f64,
    variance: f64,
    last_error: f64,
    criterion: f64,
}

impl Model {
    fn fit(series: &[f64], (autoregressive, moving): (bool, bool), drift: bool) -> Self {
        let count = series.len() as f64;
        let middle = series.iter().sum::<f64>() / count;
        let spread = (series.iter().map(|value| value * value).sum::<f64>() / count).sqrt().max(1e-6);
        let open = |x: f64| 0.98 * libm::tanh(x);
        let of = |point: &[f64; 3]| {
            let phi = if autoregressive { open(point[0]) } else { 0.0 };
            let theta = if moving { open(point[1]) } else { 0.0 };
            (phi, theta, if drift { middle + spread * point[2] } else { 0.0 })
        };
        let errors = |point: &[f64; 3]| {
            let (phi, theta, mean) = of(point);
            let (mut squares, mut error, mut before) = (0.0, 0.0, 0.0);
            for (at, &value) in series.iter().enumerate() {
                let deviation = value - mean;
                error = if at == 0 { deviation } else { deviation - phi * before - theta * error };
                squares += error * error;
                before = deviation;
            }
            (squares, error)
        };
        let (point, squares) = minimise([0.2, 0.1, 0.0], [0.4, 0.3, 0.3], |point| errors(point).0);
        let free = f64::from(u8::from(autoregressive)) + f64::from(u8::from(moving)) + f64::from(u8::from(drift)) + 1.0;
        let (phi, theta, mean) = of(&point);
        let correction = 2.0 * free * (free + 1.0) / (count - free - 1.0).max(0.5);
        Self {
            phi,
            theta,
            mean,
            variance: squares / (count - free + 1.0).max(1.0),
            last_error: errors(&point).1,
            criterion: count * libm::log((squares / count).max(1e-12)) + 2.0 * free + correction,
        }
    }
}
