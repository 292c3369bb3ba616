//! The numbers the law is written in: `f64`, and whatever carries derivatives through the same formulas.

mod dual;

use std::ops::{Add, Div, Mul, Neg, Sub};

pub use dual::Dual;

/// A number the law can be evaluated in.
///
/// Elementary functions come from `libm` (written in Rust) and never from the platform's C library, so results are
/// the same bits on every machine.
pub trait Number:
    Copy
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Mul<f64, Output = Self>
    + From<f64>
{
    /// The plain value, without derivatives.
    fn value(self) -> f64;
    /// Whether nothing tells the two apart, derivatives included.
    #[inline]
    #[must_use]
    fn is_same(self, other: Self) -> bool {
        self.value() == other.value()
    }
    /// `e^x`.
    #[must_use]
    fn exp(self) -> Self;
    /// Natural logarithm.
    #[must_use]
    fn ln(self) -> Self;
    /// `e^x - 1`, exact near 0.
    #[must_use]
    fn exp_m1(self) -> Self;
    /// Standard normal distribution function.
    #[must_use]
    fn normal_cdf(self) -> Self;
    /// The smaller of two; the first on a tie.
    #[inline(always)]
    #[must_use]
    fn min(self, other: Self) -> Self {
        if other.value() < self.value() { other } else { self }
    }
    /// The larger of two; the first on a tie.
    #[inline(always)]
    #[must_use]
    fn max(self, other: Self) -> Self {
        if other.value() > self.value() { other } else { self }
    }
}

impl Number for f64 {
    #[inline(always)]
    fn value(self) -> f64 {
        self
    }

    #[inline]
    fn exp(self) -> f64 {
        libm::exp(self)
    }

    #[inline]
    fn ln(self) -> f64 {
        libm::log(self)
    }

    #[inline(always)]
    fn exp_m1(self) -> f64 {
        // Hazards of one step are small: their series is as exact as the general routine and several times as fast. Terms
        // are summed in pairs of pairs, which keeps the chain of dependent operations short.
        let x = self;
        let size = x.abs();
        if size < 0.03125 {
            // To x^7; the next term is below 2^-55 of the sum.
            let (x2, pairs) = (x * x, |a: f64, b: f64| a + x * b);
            let low = pairs(1.0, 1.0 / 2.0) + x2 * pairs(1.0 / 6.0, 1.0 / 24.0);
            x * (low + (x2 * x2) * (pairs(1.0 / 120.0, 1.0 / 720.0) + x2 * (1.0 / 5040.0)))
        } else if size < 0.25 {
            // To x^13.
            let (x2, pairs) = (x * x, |a: f64, b: f64| a + x * b);
            let x4 = x2 * x2;
            let low = pairs(1.0, 1.0 / 2.0) + x2 * pairs(1.0 / 6.0, 1.0 / 24.0);
            let middle = pairs(1.0 / 120.0, 1.0 / 720.0) + x2 * pairs(1.0 / 5040.0, 1.0 / 40_320.0);
            let high = pairs(1.0 / 362_880.0, 1.0 / 3_628_800.0) + x2 * pairs(1.0 / 39_916_800.0, 1.0 / 479_001_600.0);
            x * (low + x4 * (middle + x4 * (high + x4 * (1.0 / 6_227_020_800.0))))
        } else {
            libm::expm1(x)
        }
    }

    #[inline]
    fn normal_cdf(self) -> f64 {
        0.5 * libm::erfc(-self * std::f64::consts::FRAC_1_SQRT_2)
    }
}

/// The largest whole number up to `value`, for 0 <= `value` < 2^51. (Below 0 the result is below 0, but need not be whole.)
#[inline(always)]
#[must_use]
pub fn floor(value: f64) -> f64 {
    // Adding and taking away 2^52 rounds to the nearest whole number: no call and no branch on machines without a rounding
    // instruction.
    const BIG: f64 = 4_503_599_627_370_496.0;
    let nearest = (value + BIG) - BIG;
    if nearest > value { nearest - 1.0 } else { nearest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_m1_joins_its_two_ways_without_a_step() {
        for i in -2000..=2000 {
            let x = f64::from(i) / 6400.0;
            let gap = (Number::exp_m1(x) - libm::expm1(x)).abs();
            assert!(gap <= 4.0 * f64::EPSILON * x.abs(), "{x}: {gap}");
        }
    }

    #[test]
    fn normal_cdf_has_its_known_values() {
        // Abramowitz and Stegun table 26.1: Phi(1.96) = 0.9750021048517795.
        assert!((1.96_f64.normal_cdf() - 0.975_002_104_851_779_5).abs() < 1e-15);
        assert!((Number::normal_cdf(0.0) - 0.5).abs() < 1e-16);
        assert_eq!(Number::normal_cdf(f64::NEG_INFINITY), 0.0);
        assert_eq!(Number::normal_cdf(f64::INFINITY), 1.0);
    }
}
