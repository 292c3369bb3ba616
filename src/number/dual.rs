//! Forward-mode derivatives: a number with its slopes in several directions.
//!
//! A dual number carries `(f, df/dx_1 .. df/dx_n)` through every formula by the rules of calculus (Griewank and Walther 2008,
//! "Evaluating Derivatives", chapter 3). Where a formula has a corner (`min`, `max`), the slopes are those of the branch that
//! plain numbers take. Value and slopes are one fixed array of `W` = n + 1 lanes, so that the compiler works on several at
//! once and most operations are the same for all of them; their values are the same for any width.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::Number;

/// A value and its slopes in `W - 1` directions. Widths that are multiples of four fill the processor's registers.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(32))]
pub struct Dual<const W: usize> {
    /// The value, then its derivative in each direction.
    lanes: [f64; W],
}

impl<const W: usize> Dual<W> {
    /// A value, and after it its derivative in each direction.
    #[inline(always)]
    #[must_use]
    pub fn new(lanes: [f64; W]) -> Self {
        Self { lanes }
    }

    /// A value that moves in direction `direction` only, with slope `slope`.
    ///
    /// # Panics
    /// When `direction` is not below `W - 1`.
    #[must_use]
    pub fn along(value: f64, direction: usize, slope: f64) -> Self {
        let mut lanes = [0.0; W];
        lanes[0] = value;
        lanes[direction + 1] = slope;
        Self { lanes }
    }

    /// The derivative in each direction.
    #[inline(always)]
    #[must_use]
    pub fn slopes(&self) -> &[f64] {
        &self.lanes[1..]
    }

    /// The value, then the derivatives.
    #[inline(always)]
    #[must_use]
    pub fn lanes(&self) -> &[f64; W] {
        &self.lanes
    }

    /// `value` with the slopes of `self` times `slope`: the chain rule for a function of one number.
    #[inline(always)]
    #[must_use]
    fn chain(self, value: f64, slope: f64) -> Self {
        let mut lanes = self.lanes;
        for lane in &mut lanes {
            *lane *= slope;
        }
        lanes[0] = value;
        Self { lanes }
    }

    /// `self`, or `other` where that is `better`, without a branch.
    #[inline(always)]
    fn or(self, other: Self, better: bool) -> Self {
        Self { lanes: std::array::from_fn(|i| if better { other.lanes[i] } else { self.lanes[i] }) }
    }
}

impl<const W: usize> From<f64> for Dual<W> {
    #[inline(always)]
    fn from(value: f64) -> Self {
        let mut lanes = [0.0; W];
        lanes[0] = value;
        Self { lanes }
    }
}

impl<const W: usize> Add for Dual<W> {
    type Output = Self;

    #[inline(always)]
    fn add(mut self, other: Self) -> Self {
        for (a, b) in self.lanes.iter_mut().zip(&other.lanes) {
            *a += b;
        }
        self
    }
}

impl<const W: usize> Sub for Dual<W> {
    type Output = Self;

    #[inline(always)]
    fn sub(mut self, other: Self) -> Self {
        for (a, b) in self.lanes.iter_mut().zip(&other.lanes) {
            *a -= b;
        }
        self
    }
}

impl<const W: usize> Mul for Dual<W> {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let (a, b) = (self.lanes[0], other.lanes[0]);
        let mut lanes = self.lanes;
        for (own, others) in lanes.iter_mut().zip(&other.lanes) {
            *own = *own * b + others * a;
        }
        lanes[0] = a * b;
        Self { lanes }
    }
}

impl<const W: usize> Div for Dual<W> {
    type Output = Self;

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        let value = self.lanes[0] / other.lanes[0];
        let inverse = 1.0 / other.lanes[0];
        let mut lanes = self.lanes;
        for (a, b) in lanes.iter_mut().zip(&other.lanes) {
            *a = (*a - value * b) * inverse;
        }
        lanes[0] = value;
        Self { lanes }
    }
}

impl<const W: usize> Neg for Dual<W> {
    type Output = Self;

    #[inline(always)]
    fn neg(mut self) -> Self {
        for lane in &mut self.lanes {
            *lane = -*lane;
        }
        self
    }
}

impl<const W: usize> Mul<f64> for Dual<W> {
    type Output = Self;

    #[inline(always)]
    fn mul(mut self, other: f64) -> Self {
        for lane in &mut self.lanes {
            *lane *= other;
        }
        self
    }
}

impl<const W: usize> Number for Dual<W> {
    #[inline(always)]
    fn value(self) -> f64 {
        self.lanes[0]
    }

    #[inline]
    fn is_same(self, other: Self) -> bool {
        self == other
    }

    #[inline]
    fn exp(self) -> Self {
        let value = Number::exp(self.value());
        self.chain(value, value)
    }

    #[inline]
    fn ln(self) -> Self {
        self.chain(Number::ln(self.value()), 1.0 / self.value())
    }

    #[inline(always)]
    fn exp_m1(self) -> Self {
        let value = Number::exp_m1(self.value());
        self.chain(value, value + 1.0)
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.or(other, other.lanes[0] < self.lanes[0])
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.or(other, other.lanes[0] > self.lanes[0])
    }

    #[inline]
    fn normal_cdf(self) -> Self {
        // 1 / sqrt(2 pi)
        const PEAK: f64 = 0.398_942_280_401_432_7;
        let x = self.value();
        self.chain(Number::normal_cdf(x), PEAK * libm::exp(-0.5 * x * x))
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
            let dual = formula(Dual::<4>::along(x, 0, 1.0), Dual::<4>::along(y, 2, 1.0));
            let h = 1e-5;
            let by_x = (formula(x + h, y) - formula(x - h, y)) / (2.0 * h);
            let by_y = (formula(x, y + h) - formula(x, y - h)) / (2.0 * h);
            assert!((dual.value() - formula(x, y)).abs() < 1e-12 * dual.value().abs());
            assert!((dual.slopes()[0] - by_x).abs() < 1e-7 * by_x.abs().max(1.0), "{x} {y}");
            assert!((dual.slopes()[2] - by_y).abs() < 1e-7 * by_y.abs().max(1.0), "{x} {y}");
            assert_eq!(dual.slopes()[1], 0.0);
        }
    }

    #[test]
    fn the_smaller_of_two_brings_its_slopes() {
        let (low, high) = (Dual::<2>::along(1.0, 0, 5.0), Dual::<2>::along(2.0, 0, 7.0));
        assert_eq!(low.min(high).slopes(), [5.0]);
        assert_eq!(low.max(high).slopes(), [7.0]);
        // On a tie, the first.
        assert_eq!(low.min(Dual::from(1.0)).slopes(), [5.0]);
    }
}
