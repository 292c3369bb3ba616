//! Forward-mode derivatives: a number with its slopes in `P` directions.
//!
//! A dual number carries `(f, df/dx_1 .. df/dx_P)` through every formula by the rules of calculus (Griewank and Walther 2008,
//! "Evaluating Derivatives", chapter 3). Where a formula has a corner (`min`, `max`), the slopes are those of the branch that
//! plain numbers take. The slopes are a fixed array, so that the compiler works on several at once; their values are
//! the same for any width.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::Number;

/// A value and its slopes in `P` directions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dual<const P: usize> {
    /// The value.
    pub value: f64,
    /// Its derivative in each direction.
    pub slopes: [f64; P],
}

impl<const P: usize> Dual<P> {
    /// A value that moves in direction `direction` only, with slope `slope`.
    ///
    /// # Panics
    /// When `direction` is not below `P`.
    #[must_use]
    pub fn along(value: f64, direction: usize, slope: f64) -> Self {
        let mut slopes = [0.0; P];
        slopes[direction] = slope;
        Self { value, slopes }
    }

    /// `value` with the slopes of `self` times `slope`: the chain rule for a function of one number.
    #[inline(always)]
    #[must_use]
    fn chain(self, value: f64, slope: f64) -> Self {
        let mut slopes = self.slopes;
        for s in &mut slopes {
            *s *= slope;
        }
        Self { value, slopes }
    }
}

impl<const P: usize> From<f64> for Dual<P> {
    #[inline(always)]
    fn from(value: f64) -> Self {
        Self { value, slopes: [0.0; P] }
    }
}

impl<const P: usize> Add for Dual<P> {
    type Output = Self;

    #[inline(always)]
    fn add(mut self, other: Self) -> Self {
        self.value += other.value;
        for (a, b) in self.slopes.iter_mut().zip(&other.slopes) {
            *a += b;
        }
        self
    }
}

impl<const P: usize> Sub for Dual<P> {
    type Output = Self;

    #[inline(always)]
    fn sub(mut self, other: Self) -> Self {
        self.value -= other.value;
        for (a, b) in self.slopes.iter_mut().zip(&other.slopes) {
            *a -= b;
        }
        self
    }
}

impl<const P: usize> Mul for Dual<P> {
    type Output = Self;

    #[inline(always)]
    fn mul(mut self, other: Self) -> Self {
        for (a, b) in self.slopes.iter_mut().zip(&other.slopes) {
            *a = *a * other.value + b * self.value;
        }
        self.value *= other.value;
        self
    }
}

impl<const P: usize> Div for Dual<P> {
    type Output = Self;

    #[inline(always)]
    fn div(mut self, other: Self) -> Self {
        let value = self.value / other.value;
        let inverse = 1.0 / other.value;
        for (a, b) in self.slopes.iter_mut().zip(&other.slopes) {
            *a = (*a - value * b) * inverse;
        }
        self.value = value;
        self
    }
}

impl<const P: usize> Neg for Dual<P> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        self.chain(-self.value, -1.0)
    }
}

impl<const P: usize> Mul<f64> for Dual<P> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: f64) -> Self {
        self.chain(self.value * other, other)
    }
}

impl<const P: usize> Number for Dual<P> {
    #[inline(always)]
    fn value(self) -> f64 {
        self.value
    }

    #[inline]
    fn is_same(self, other: Self) -> bool {
        self == other
    }

    #[inline]
    fn exp(self) -> Self {
        let value = Number::exp(self.value);
        self.chain(value, value)
    }

    #[inline]
    fn ln(self) -> Self {
        self.chain(Number::ln(self.value), 1.0 / self.value)
    }

    #[inline(always)]
    fn exp_m1(self) -> Self {
        let value = Number::exp_m1(self.value);
        self.chain(value, value + 1.0)
    }

    #[inline]
    fn normal_cdf(self) -> Self {
        // 1 / sqrt(2 pi)
        const PEAK: f64 = 0.398_942_280_401_432_7;
        self.chain(Number::normal_cdf(self.value), PEAK * libm::exp(-0.5 * self.value * self.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A formula of two numbers that uses every operation.
    fn formula<N: Number>(x: N, y: N) -> N {
        let grown = (x * y + N::from(0.3)).exp() / (y - x * 0.25);
        let small = (-(x * 0.1)).exp_m1() + (y / x).ln();
        grown.min(N::from(1e9)) * small.normal_cdf().max(N::from(-1.0)) - x
    }

    #[test]
    fn slopes_are_those_of_central_differences() {
        for (x, y) in [(0.7, 1.9), (0.2, 0.5), (1.5, 3.0)] {
            let dual = formula(Dual::<3>::along(x, 0, 1.0), Dual::<3>::along(y, 2, 1.0));
            let h = 1e-5;
            let by_x = (formula(x + h, y) - formula(x - h, y)) / (2.0 * h);
            let by_y = (formula(x, y + h) - formula(x, y - h)) / (2.0 * h);
            assert!((dual.value - formula(x, y)).abs() < 1e-12 * dual.value.abs());
            assert!((dual.slopes[0] - by_x).abs() < 1e-7 * by_x.abs().max(1.0), "{x} {y}");
            assert!((dual.slopes[2] - by_y).abs() < 1e-7 * by_y.abs().max(1.0), "{x} {y}");
            assert_eq!(dual.slopes[1], 0.0);
        }
    }

    #[test]
    fn the_smaller_of_two_brings_its_slopes() {
        let (low, high) = (Dual::<1>::along(1.0, 0, 5.0), Dual::<1>::along(2.0, 0, 7.0));
        assert_eq!(low.min(high).slopes, [5.0]);
        assert_eq!(low.max(high).slopes, [7.0]);
        // On a tie, the first.
        assert_eq!(low.min(Dual::from(1.0)).slopes, [5.0]);
    }
}
