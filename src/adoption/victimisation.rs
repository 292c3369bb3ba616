//! Cybercrime: how often it befalls users, and what it does to trust.

use crate::number::Number;

/// Incidents per user-year under enforcement: `rate x exp(-effectiveness x capacity)`, so that deterrence, the share of
/// incidents that do not happen, is `1 - exp(-effectiveness x capacity)`: none without capacity, with diminishing
/// returns, never all.
///
/// `rate` per user-year without enforcement; `effectiveness` per unit of capacity; `capacity` 0 or more.
#[inline]
pub fn deterred_rate<N: Number>(rate: N, effectiveness: N, capacity: N) -> N {
    rate * (-(effectiveness * capacity)).exp()
}

/// What incidents leave of the adoption hazard, 0..=1: `exp(-distrust x rate)`.
#[inline]
pub fn trust<N: Number>(distrust: N, rate: N) -> N {
    (-(distrust * rate)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacity_deters_and_incidents_cost_trust() {
        assert_eq!(deterred_rate(0.06, 0.1, 0.0), 0.06);
        // ln 2 / 0.1 units halve the rate
        assert!((deterred_rate(0.06, 0.1, std::f64::consts::LN_2 / 0.1) - 0.03_f64).abs() < 1e-16);
        assert_eq!(trust(0.5, 0.0), 1.0);
        assert!(trust(0.5, 0.06) < 1.0 && trust(0.5, 0.06) > trust(0.5, 0.1));
    }
}
