//! The model's answers and their slopes by every free number, in as few directions as the law needs.
//!
//! The law turns many free numbers into few effective ones: a threshold and a price matter by their ratio, the rate of incidents and
//! distrust by their product. Its tables are therefore made with slopes by all free numbers, which is cheap, and simulated, which
//! is not, with slopes along an orthonormal basis of the directions that occur in the tables. By the chain rule this
//! changes nothing: every slope in a table is a sum of basis vectors, and the simulation sees nothing but the tables.
//!
//! A free number touches few tables: most basis vectors have nothing in common with most numbers of the law, and what has
//! nothing in common is not multiplied.

use super::model::Model;
use super::prior::Placed;
use crate::engine::Law;
use crate::number::{Dual, Number};

/// Part of a vector outside the basis that counts as nothing.
const OUTSIDE: f64 = 1e-9;
/// Lanes of the widest pass: a value and the slopes by one free number less.
const MOST: usize = 32;

impl Model<'_> {
    /// What the model has for each statistic used, and its slopes by the law's coordinates: `[statistic * free + coordinate]`.
    pub(super) fn differentiated(&self, placed: &[Placed]) -> (Vec<f64>, Vec<f64>) {
        let count = self.statistics.used().len();
        let (mut values, mut slopes) = (Vec::new(), vec![0.0; count * placed.len()]);
        for first in (0..placed.len().max(1)).step_by(MOST - 1) {
            let last = (first + MOST - 1).min(placed.len());
            let pass = first..last;
            values = match pass.len() {
                0..=7 => self.in_pass::<8>(placed, pass, &mut slopes),
                8..=19 => self.in_pass::<20>(placed, pass, &mut slopes),
                _ => self.in_pass::<MOST>(placed, pass, &mut slopes),
            };
        }
        (values, slopes)
    }

    /// Slopes by the coordinates of `pass`, fewer than `P`.
    fn in_pass<const P: usize>(&self, placed: &[Placed], pass: std::ops::Range<usize>, slopes: &mut [f64]) -> Vec<f64> {
        let number = |(i, p): (usize, &Placed)| {
            if pass.contains(&i) { Dual::<P>::along(p.value, i - pass.start, p.slope) } else { Dual::from(p.value) }
        };
        let numbers: Vec<Dual<P>> = placed.iter().enumerate().map(number).collect();
        let mut law = self.law(&numbers);
        for layer in &mut law.layers {
            // Of persons, and of flows: users by cell do not depend on them.
            layer.conditions.clear();
            layer.incidents = None;
        }
        let columns = placed.len();
        // A try that finds too many directions costs a look at the tables: none where it seldom succeeds.
        let few = if P <= 8 { self.along::<P, 8>(&law, columns, &pass, slopes) } else { None };
        few.or_else(|| self.along::<P, 12>(&law, columns, &pass, slopes))
            .or_else(|| self.along::<P, 20>(&law, columns, &pass, slopes))
            .or_else(|| self.along::<P, MOST>(&law, columns, &pass, slopes))
            .expect("no more directions than free numbers in a pass")
    }

    /// Simulates with slopes along the directions that occur in the law, and adds them to those by the coordinates; `None`
    /// when there are `R` directions or more.
    fn along<const P: usize, const R: usize>(
        &self,
        law: &Law<Dual<P>>,
        columns: usize,
        pass: &std::ops::Range<usize>,
        slopes: &mut [f64],
    ) -> Option<Vec<f64>> {
        let mut basis = Basis::<P, R>::default();
        let turned = law.map(|number| basis.turned(&number));
        if basis.full {
            return None;
        }
        let measured = self.follow(&turned);
        if basis.broken {
            slopes.fill(f64::NAN);
        }
        for (i, m) in measured.iter().enumerate() {
            let row = &mut slopes[i * columns + pass.start..i * columns + pass.end];
            for (slope, vector) in m.slopes().iter().zip(&basis.vectors) {
                for (sum, component) in row.iter_mut().zip(&vector.lanes[1..]) {
                    *sum += slope * component;
                }
            }
        }
        Some(measured.iter().map(|m| m.value()).collect())
    }
}

/// An orthonormal basis of slopes in the numbers seen so far, with fewer than `R` vectors.
#[derive(Default)]
struct Basis<const P: usize, const R: usize> {
    vectors: Vec<Direction<P>>,
    /// Whether there was no room for a direction.
    full: bool,
    /// Whether a slope was not a number.
    broken: bool,
}

/// A vector of slopes; its first lane, that of the value, is 0.
struct Direction<const P: usize> {
    lanes: [f64; P],
    /// A bit for every lane that is not 0.
    touched: u32,
}

impl<const P: usize, const R: usize> Basis<P, R> {
    /// The number with its slopes along the basis, which takes in what lies outside it.
    ///
    /// Vectors that are added later have no part in the number, so that one look at every number is enough.
    fn turned(&mut self, number: &Dual<P>) -> Dual<R> {
        let mut rest = *number.lanes();
        rest[0] = 0.0;
        let touched = touched(&rest);
        if touched == 0 || self.full {
            return Dual::from(number.value());
        }
        let own = product(&rest, &rest);
        if !own.is_finite() {
            self.broken = true;
            return Dual::from(number.value());
        }
        let mut lanes = [0.0; R];
        lanes[0] = number.value();
        for (slope, vector) in lanes[1..].iter_mut().zip(&self.vectors) {
            if vector.touched & touched != 0 {
                *slope = vector.taken_from(&mut rest);
            }
        }
        let left = product(&rest, &rest);
        if left > OUTSIDE * OUTSIDE * own {
            if self.vectors.len() + 1 == R {
                self.full = true;
                return Dual::from(number.value());
            }
            // Again, for what rounding leaves the first time.
            for (slope, vector) in lanes[1..].iter_mut().zip(&self.vectors) {
                *slope += vector.taken_from(&mut rest);
            }
            let length = product(&rest, &rest).sqrt();
            for r in &mut rest {
                *r /= length;
            }
            self.vectors.push(Direction { lanes: rest, touched: self::touched(&rest) });
            lanes[self.vectors.len()] = length;
        }
        Dual::new(lanes)
    }
}

impl<const P: usize> Direction<P> {
    /// How far `rest` goes this way, which is taken from it.
    #[inline(always)]
    fn taken_from(&self, rest: &mut [f64; P]) -> f64 {
        let along = product(&self.lanes, rest);
        for (r, v) in rest.iter_mut().zip(&self.lanes) {
            *r -= along * v;
        }
        along
    }
}

/// A bit for every lane that is not 0.
#[inline(always)]
fn touched<const P: usize>(lanes: &[f64; P]) -> u32 {
    let mut bits = 0;
    for (i, lane) in lanes.iter().enumerate() {
        bits |= u32::from(*lane != 0.0) << i;
    }
    bits
}

/// The product of two short vectors, in four sums that go on side by side.
#[inline(always)]
fn product<const P: usize>(a: &[f64; P], b: &[f64; P]) -> f64 {
    let mut sums = [0.0; 4];
    let (fours_a, _) = a.as_chunks::<4>();
    let (fours_b, _) = b.as_chunks::<4>();
    for (x, y) in fours_a.iter().zip(fours_b) {
        for i in 0..4 {
            sums[i] += x[i] * y[i];
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers whose slopes touch two parts of the lanes, or both, and lie in five directions in all.
    fn numbers() -> Vec<Dual<12>> {
        let direction = |i: usize| -> [f64; 12] {
            let lanes = if i < 3 { 1..5 } else { 6..11 };
            std::array::from_fn(|lane| if lanes.contains(&lane) { libm::sin((lane * (i + 2)) as f64) } else { 0.0 })
        };
        let number = |n: usize| {
            let parts: &[usize] = [&[0, 1, 2][..], &[3, 4], &[0, 4], &[]][n % 4];
            let mut lanes = [0.0; 12];
            for &part in parts {
                let times = libm::cos((n * (part + 3)) as f64) * [1e-3, 1.0, 1e3][n % 3];
                lanes.iter_mut().zip(direction(part)).for_each(|(lane, d)| *lane += times * d);
            }
            lanes[0] = n as f64;
            Dual::new(lanes)
        };
        (0..200).map(number).collect()
    }

    #[test]
    fn slopes_along_the_basis_lead_back_to_those_by_the_numbers() {
        let mut basis = Basis::<12, 8>::default();
        for number in numbers() {
            let turned = basis.turned(&number);
            assert_eq!(turned.value(), number.value());
            let size = number.slopes().iter().map(|s| s * s).sum::<f64>().sqrt();
            for (lane, slope) in number.lanes().iter().enumerate().skip(1) {
                let back: f64 = turned.slopes().iter().zip(&basis.vectors).map(|(s, v)| s * v.lanes[lane]).sum();
                assert!((back - slope).abs() <= 1e-9 * size, "{back} {slope}");
            }
        }
        assert_eq!(basis.vectors.len(), 5);
        assert!(!basis.full && !basis.broken);
        for (i, a) in basis.vectors.iter().enumerate() {
            for (j, b) in basis.vectors.iter().enumerate() {
                assert!((product(&a.lanes, &b.lanes) - f64::from(u8::from(i == j))).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_basis_says_when_it_has_no_room_and_when_a_slope_is_no_number() {
        let mut basis = Basis::<12, 4>::default();
        for number in numbers() {
            let _ = basis.turned(&number);
        }
        assert!(basis.full);
        let mut basis = Basis::<12, 4>::default();
        let _ = basis.turned(&Dual::along(1.0, 3, f64::NAN));
        assert!(basis.broken && basis.vectors.is_empty());
    }
}
