//! What needs no fitting: the last value, and the straight line from the first to the last.

use super::normal;
use crate::score::Quantiles;

/// The last value, as a random walk: the spread of yearly changes grows with the root of the lead.
#[must_use]
pub fn last_value(values: &[f64], longest: u32) -> Vec<Quantiles> {
    let (last, changes) = last_and_changes(values);
    let spread = (changes.iter().map(|change| change * change).sum::<f64>() / changes.len().max(1) as f64).sqrt();
    (1..=longest).map(|lead| normal(last, spread * f64::from(lead).sqrt())).collect()
}

/// The random walk with drift (Hyndman and Athanasopoulos 2021, section 5.2): the mean yearly change goes on; its own
/// uncertainty widens the intervals.
#[must_use]
pub fn drift(values: &[f64], longest: u32) -> Vec<Quantiles> {
    let (last, changes) = last_and_changes(values);
    let count = changes.len().max(1) as f64;
    let mean = changes.iter().sum::<f64>() / count;
    let freedom = (count - 1.0).max(1.0);
    let spread = (changes.iter().map(|change| (change - mean) * (change - mean)).sum::<f64>() / freedom).sqrt();
    let fan = |lead: u32| {
        let lead = f64::from(lead);
        normal(last + mean * lead, spread * (lead * (1.0 + lead / count)).sqrt())
    };
    (1..=longest).map(fan).collect()
}

fn last_and_changes(values: &[f64]) -> (f64, Vec<f64>) {
    (values.last().copied().unwrap_or(0.0), values.windows(2).map(|pair| pair[1] - pair[0]).collect())
}
