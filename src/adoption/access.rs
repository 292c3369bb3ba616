//! Who can use a layer: personal and persistent conditions, as shares of a group.
//!
//! A person is covered when its own coverage mark lies below the coverage of its place, can pay when the price over
//! its income lies below a threshold, and is old enough. Marks are uniform, independent and kept for life, so the share of
//! a group that meets all conditions is the product of the shares that meet each.

use crate::number::Number;

/// A share moved by an odds ratio: `odds(result) = odds(share) x ratio`.
///
/// Stays in 0..=1; 0 and 1 do not move. `ratio` > 0.
#[inline]
pub fn scale_odds<N: Number>(share: N, ratio: f64) -> N {
    let scaled = share * ratio;
    scaled / (N::from(1.0) - share + scaled)
}

/// The share of people who can pay:
///
/// ```text
/// P(price / income <= threshold) = Phi( ln(threshold / price) / spread )
/// ```
///
/// with incomes lognormal around the median. `price` is a month's price over the median monthly income; `threshold` the
/// largest share of income people pay; `spread` the standard deviation of log income (for a lognormal,
/// Gini = 2 Phi(spread / sqrt 2) - 1; Aitchison and Brown 1957).
///
/// # Numerics
/// A price of 0: everyone. A threshold of 0 with a positive price: no one. A spread of 0: a step at the median.
pub fn affordable_share<N: Number>(price: N, threshold: N, spread: N) -> N {
    if price.value() <= 0.0 {
        return N::from(1.0);
    }
    if threshold.value() <= 0.0 {
        return N::from(0.0);
    }
    if spread.value() <= 0.0 {
        return N::from(if price.value() <= threshold.value() { 1.0 } else { 0.0 });
    }
    ((threshold / price).ln() / spread).normal_cdf()
}

/// The share of an age band `from..to` that is at least `min_age` old, ages even within the band.
#[must_use]
pub fn old_enough_share(min_age: f64, from: f64, to: f64) -> f64 {
    if min_age <= from {
        1.0
    } else if min_age >= to {
        0.0
    } else if to.is_infinite() {
        // An open band: a minimum age inside it excludes no one we can tell apart.
        1.0
    } else {
        (to - min_age) / (to - from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odds_ratios_move_shares_and_keep_the_ends() {
        // odds 1 x 3 = 3, share 3/4
        assert!((scale_odds(0.5_f64, 3.0) - 0.75).abs() < 1e-15);
        assert_eq!(scale_odds(0.0, 5.0), 0.0);
        assert_eq!(scale_odds(1.0, 0.2), 1.0);
    }

    #[test]
    fn half_can_pay_when_the_median_income_just_can() {
        assert!((affordable_share(0.05_f64, 0.05, 0.6) - 0.5).abs() < 1e-16);
        // one spread below the threshold: Phi(1)
        let price = 0.05 * libm::exp(-0.6);
        assert!((affordable_share(price, 0.05, 0.6) - 0.841_344_746_068_542_9).abs() < 1e-12);
    }

    #[test]
    fn degenerate_affordability_is_a_step() {
        assert_eq!(affordable_share(0.0, 0.0, 0.0), 1.0);
        assert_eq!(affordable_share(0.1, 0.0, 0.6), 0.0);
        assert_eq!(affordable_share(0.04, 0.05, 0.0), 1.0);
        assert_eq!(affordable_share(0.06, 0.05, 0.0), 0.0);
    }

    #[test]
    fn a_minimum_age_cuts_its_band() {
        // 13 in 10-14: 13 and 14 of five years
        assert!((old_enough_share(13.0, 10.0, 15.0) - 0.4).abs() < 1e-15);
        assert_eq!(old_enough_share(13.0, 5.0, 10.0), 0.0);
        assert_eq!(old_enough_share(13.0, 80.0, f64::INFINITY), 1.0);
    }
}
