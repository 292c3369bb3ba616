//! Quantiles of draws.

use crate::fit::Quantiles;
use crate::series::LEVELS;

/// The quantile of sorted values at `level` in 0..=1: straight lines between order statistics (type 7 of Hyndman and Fan 1996).
/// NaN without values.
#[must_use]
pub fn quantile(sorted: &[f64], level: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = level.clamp(0.0, 1.0) * last as f64;
    let low = place as usize;
    let high = (low + 1).min(last);
    sorted[low] + (sorted[high] - sorted[low]) * (place - low as f64)
}

/// Quantiles of values in any order, at [`LEVELS`]; those that are not finite are left out.
#[must_use]
pub fn quantiles(mut values: Vec<f64>) -> Quantiles {
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    LEVELS.map(|level| quantile(&values, level))
}
