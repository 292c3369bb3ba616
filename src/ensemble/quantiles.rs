//! Quantiles of simulated members.

use crate::series::{Estimate, LEVELS};

/// Mean and quantiles of `members` (sorted in place). Quantiles interpolate between order statistics (Hyndman and Fan
/// 1996, type 7); an empty slice gives zeros.
pub fn estimate(members: &mut [f64]) -> Estimate {
    if members.is_empty() {
        return Estimate::default();
    }
    let mean = members.iter().sum::<f64>() / members.len() as f64;
    members.sort_unstable_by(f64::total_cmp);
    Estimate { mean, quantiles: LEVELS.map(|level| quantile(members, level)) }
}

/// The `level` quantile of sorted, non-empty values.
fn quantile(sorted: &[f64], level: f64) -> f64 {
    let position = level * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (position - below as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate() {
        let mut members: Vec<f64> = (0..=40).rev().map(f64::from).collect();
        let e = estimate(&mut members);
        assert_eq!(e.mean, 20.0);
        assert_eq!(e.quantiles, [1.0, 4.0, 10.0, 20.0, 30.0, 36.0, 39.0]);
        assert_eq!(estimate(&mut [7.0]), Estimate::certain(7.0));
        assert_eq!(estimate(&mut []), Estimate::default());
    }
}
