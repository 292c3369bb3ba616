//! The hazard of adopting, and what it means for one step.

use crate::number::Number;
use crate::units::STEP_YEARS;

/// The hazard of adopting of a person who can adopt and has not, per year:
///
/// ```text
/// h = g (p + q s)
/// ```
///
/// Bass (1969, "A new product growth for model consumer durables", eq. 1) in hazard form with proportional hazards
/// for groups. Departure: `s` is the share of the person's own contacts who use the layer, not of the market potential.
///
/// `multiplier` g >= 0; `innovation` p and `imitation` q per year; `exposure` s in 0..=1.
#[inline(always)]
pub fn adoption_hazard<N: Number>(multiplier: N, innovation: N, imitation: N, exposure: N) -> N {
    multiplier * (innovation + imitation * exposure)
}

/// The hazard of one step: a rate per year times the step's length in years.
#[inline(always)]
pub fn per_step<N: Number>(hazard: N) -> N {
    hazard * STEP_YEARS
}

/// The probability that an event of cumulative hazard `x` happens: `1 - exp(-x)`.
///
/// # Numerics
/// Exact for tiny `x` (no cancellation), 1 for very large `x`, 0 for 0.
#[inline(always)]
pub fn probability<N: Number>(x: N) -> N {
    -(-x).exp_m1()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hazard_is_linear_in_exposure() {
        // 2 (0.01 + 0.4 x 0.25) = 0.22
        assert!((adoption_hazard(2.0_f64, 0.01, 0.4, 0.25) - 0.22).abs() < 1e-15);
        assert_eq!(adoption_hazard(0.0, 0.01, 0.4, 1.0), 0.0);
    }

    #[test]
    fn probability_is_exact_at_both_ends() {
        assert_eq!(probability(0.0), 0.0);
        assert_eq!(probability(1e6), 1.0);
        let tiny = 1e-17;
        assert_eq!(probability(tiny), tiny);
        // 1 - exp(-ln 2) = 1/2
        assert!((probability(std::f64::consts::LN_2) - 0.5).abs() < 1e-16);
    }

    #[test]
    fn twelve_steps_make_a_year() {
        // Surviving twelve steps equals surviving a year at the same rate.
        let rate = 0.37;
        let stay = (0..12).fold(1.0, |left, _| left * (1.0 - probability(per_step(rate))));
        assert!((stay - libm::exp(-rate)).abs() < 1e-14);
    }
}
