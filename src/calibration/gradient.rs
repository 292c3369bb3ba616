//! The model's answers and their slopes by every free number, in as few directions as the law needs.
//!
//! The law turns many free numbers into few effective ones: a threshold and a price matter by their ratio, the rate of incidents and
//! distrust by their product. Its tables are therefore made with slopes by all free numbers, which is cheap, and simulated, which
//! is not, with slopes along an orthonormal basis of the directions that occur in the tables. By the chain rule this
//! changes nothing: every slope in a table is a sum of basis vectors, and the simulation sees nothing but the tables.

use super::model::Model;
use super::prior::Placed;
use crate::engine::Law;
use crate::number::{Dual, Number};

/// Part of a vector outside the basis that counts as nothing.
const OUTSIDE: f64 = 1e-9;
/// Free numbers of one pass.
const MOST: usize = 32;

impl Model<'_> {
    /// What the model has for each statistic used, and its slopes by the law's coordinates: `[statistic * free + coordinate]`.
    pub(super) fn differentiated(&self, placed: &[Placed]) -> (Vec<f64>, Vec<f64>) {
        let count = self.statistics.used().len();
        let (mut values, mut slopes) = (Vec::new(), vec![0.0; count * placed.len()]);
        for first in (0..placed.len().max(1)).step_by(MOST) {
            let last = (first + MOST).min(placed.len());
            let pass = first..last;
            values = match pass.len() {
                0..=8 => self.in_pass::<8>(placed, pass, &mut slopes),
                9..=20 => self.in_pass::<20>(placed, pass, &mut slopes),
                _ => self.in_pass::<MOST>(placed, pass, &mut slopes),
            };
        }
        (values, slopes)
    }

    /// Slopes by the coordinates of `pass`, at most `P`.
    fn in_pass<const P: usize>(&self, placed: &[Placed], pass: std::ops::Range<usize>, slopes: &mut [f64]) -> Vec<f64> {
        let number = |(i, p): (usize, &Placed)| {
            if pass.contains(&i) { Dual::<P>::along(p.value, i - pass.start, p.slope) } else { Dual::from(p.value) }
        };
        let numbers: Vec<Dual<P>> = placed.iter().enumerate().map(number).collect();
        let law = self.law(&numbers);
        let basis = Basis::of(&law);
        let mut values = Vec::new();
        for first in (0..basis.vectors.len().max(1)).step_by(24) {
            let part = &basis.vectors[first..(first + 24).min(basis.vectors.len())];
            values = match part.len() {
                0..=4 => self.along::<P, 4>(&law, part, placed.len(), &pass, slopes),
                5..=12 => self.along::<P, 12>(&law, part, placed.len(), &pass, slopes),
                _ => self.along::<P, 24>(&law, part, placed.len(), &pass, slopes),
            };
        }
        values
    }

    /// Simulates with slopes along some basis vectors, at most `R`, and adds them to those by the coordinates.
    fn along<const P: usize, const R: usize>(
        &self,
        law: &Law<Dual<P>>,
        basis: &[[f64; P]],
        width: usize,
        pass: &std::ops::Range<usize>,
        slopes: &mut [f64],
    ) -> Vec<f64> {
        let turned = law.map(|number| {
            let mut along = [0.0; R];
            for (slope, vector) in along.iter_mut().zip(basis) {
                *slope = product(vector, &number.slopes);
            }
            Dual { value: number.value, slopes: along }
        });
        let measured = self.follow(&turned);
        for (i, m) in measured.iter().enumerate() {
            let row = &mut slopes[i * width + pass.start..i * width + pass.end];
            for (slope, vector) in m.slopes.iter().zip(basis) {
                for (sum, component) in row.iter_mut().zip(vector) {
                    *sum += slope * component;
                }
            }
        }
        measured.iter().map(|m| m.value()).collect()
    }
}

/// An orthonormal basis of the slopes that occur in a law.
struct Basis<const P: usize> {
    vectors: Vec<[f64; P]>,
}

impl<const P: usize> Basis<P> {
    fn of(law: &Law<Dual<P>>) -> Self {
        let mut basis = Self { vectors: Vec::new() };
        let _ = law.map(|number| {
            basis.take(&number.slopes);
            0.0
        });
        basis
    }

    /// Adds what lies outside the basis, if anything.
    fn take(&mut self, slopes: &[f64; P]) {
        let own = product(slopes, slopes);
        if own <= 0.0 || !own.is_finite() || self.vectors.len() == P {
            return;
        }
        let mut inside = 0.0;
        for vector in &self.vectors {
            let along = product(vector, slopes);
            inside += along * along;
        }
        // By lengths first: for all but a few numbers this is all.
        if own - inside <= own * 1e-13 {
            return;
        }
        let mut rest = *slopes;
        // Twice, for what rounding leaves the first time.
        for _ in 0..2 {
            for vector in &self.vectors {
                let along = product(vector, &rest);
                rest.iter_mut().zip(vector).for_each(|(r, v)| *r -= along * v);
            }
        }
        let length = product(&rest, &rest).sqrt();
        if length > OUTSIDE * own.sqrt() {
            for r in &mut rest {
                *r /= length;
            }
            self.vectors.push(rest);
        }
    }
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
