//! The point of highest posterior density, and the normal distribution that touches the posterior there.
//!
//! The search is BFGS (Nocedal and Wright 2006, algorithm 6.1) with a backtracking line search; the curvature at the optimum
//! comes from central differences of the gradient. The normal distribution is the Laplace approximation, and gives the
//! sampler the coordinates in which the posterior is nearly round.

use super::linear::{backward, cholesky, dot};
use super::model::Model;

/// Iterations at most.
const ITERATIONS: usize = 200;
/// The search ends when the gradient is this small in every coordinate.
const FLAT: f64 = 1e-4;
/// Step of the differences.
const STEP: f64 = 1e-3;

/// A posterior mode.
#[derive(Clone, Debug, PartialEq)]
pub struct Optimum {
    /// Its coordinates.
    pub point: Vec<f64>,
    /// Log posterior density, up to a constant.
    pub log_density: f64,
    /// Largest slope left.
    pub slope: f64,
    /// Lower triangular factor of the negative Hessian (made positive definite), row by row.
    pub factor: Vec<f64>,
    /// Whether the search ended with a flat gradient and the Hessian was negative definite as it was.
    pub converged: bool,
    /// Times the density was evaluated.
    pub evaluations: usize,
}

impl Optimum {
    /// Searches from the centre of the priors; `None` where the density is not finite even there.
    #[must_use]
    pub fn find(model: &Model<'_>) -> Option<Self> {
        let n = model.dimension();
        let mut evaluations = 0;
        let mut evaluate = |point: &[f64], gradient: &mut [f64]| {
            evaluations += 1;
            model.log_density(point, gradient)
        };
        let (mut point, mut gradient) = (vec![0.0; n], vec![0.0; n]);
        let mut height = evaluate(&point, &mut gradient);
        if !height.is_finite() || gradient.iter().any(|g| !g.is_finite()) {
            return None;
        }
        let mut inverse = identity(n);
        for _ in 0..ITERATIONS {
            if largest(&gradient) < FLAT {
                break;
            }
            let mut direction: Vec<f64> = (0..n).map(|i| dot(&inverse[i * n..(i + 1) * n], &gradient)).collect();
            let mut rise = dot(&direction, &gradient);
            if rise <= 0.0 {
                inverse = identity(n);
                direction.clone_from(&gradient);
                rise = dot(&direction, &gradient);
            }
            // No coordinate moves by more than two prior standard deviations or so at once.
            let mut step = (2.0 / largest(&direction)).min(1.0);
            let (mut next, mut next_gradient, mut next_height) = (point.clone(), gradient.clone(), f64::NEG_INFINITY);
            let mut found = false;
            for _ in 0..30 {
                for (to, (from, d)) in next.iter_mut().zip(point.iter().zip(&direction)) {
                    *to = from + step * d;
                }
                next_height = evaluate(&next, &mut next_gradient);
                if next_height.is_finite() && next_height >= height + 1e-4 * step * rise {
                    found = true;
                    break;
                }
                step *= 0.4;
            }
            if !found {
                break;
            }
            let moved: Vec<f64> = next.iter().zip(&point).map(|(a, b)| a - b).collect();
            let bent: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(a, b)| b - a).collect();
            update(&mut inverse, &moved, &bent);
            (point, gradient, height) = (next, next_gradient, next_height);
        }
        let hessian = negative_hessian(n, &point, &mut evaluate);
        let (factor, untouched) = positive_factor(hessian, n);
        let slope = largest(&gradient);
        Some(Self { point, log_density: height, slope, factor, converged: untouched && slope < 0.05, evaluations })
    }

    /// The coordinates of a point given in those of the Laplace approximation, where it is standard normal.
    #[must_use]
    pub fn from_standard(&self, standard: &[f64]) -> Vec<f64> {
        let mut moved = standard.to_vec();
        backward(&self.factor, &mut moved);
        moved.iter().zip(&self.point).map(|(m, p)| m + p).collect()
    }

    /// Standard deviations of the Laplace approximation, by coordinate.
    #[must_use]
    pub fn standard_deviations(&self) -> Vec<f64> {
        let n = self.point.len();
        let mut sums = vec![0.0; n];
        for j in 0..n {
            let mut unit = vec![0.0; n];
            unit[j] = 1.0;
            backward(&self.factor, &mut unit);
            for (sum, x) in sums.iter_mut().zip(unit) {
                *sum += x * x;
            }
        }
        sums.iter().map(|sum| sum.sqrt()).collect()
    }
}

fn identity(n: usize) -> Vec<f64> {
    let mut matrix = vec![0.0; n * n];
    (0..n).for_each(|i| matrix[i * n + i] = 1.0);
    matrix
}

fn largest(vector: &[f64]) -> f64 {
    vector.iter().fold(0.0, |most, x| x.abs().max(most))
}

/// The BFGS update of the inverse of the negative Hessian.
fn update(inverse: &mut [f64], moved: &[f64], bent: &[f64]) {
    let n = moved.len();
    let product = dot(moved, bent);
    if product <= 1e-12 {
        return;
    }
    let turned: Vec<f64> = (0..n).map(|i| dot(&inverse[i * n..(i + 1) * n], bent)).collect();
    let own = 1.0 + dot(bent, &turned) / product;
    for i in 0..n {
        for j in 0..n {
            inverse[i * n + j] += (own * moved[i] * moved[j] - turned[i] * moved[j] - moved[i] * turned[j]) / product;
        }
    }
}

fn negative_hessian(n: usize, point: &[f64], evaluate: &mut impl FnMut(&[f64], &mut [f64]) -> f64) -> Vec<f64> {
    let mut hessian = vec![0.0; n * n];
    let (mut moved, mut below, mut above) = (point.to_vec(), vec![0.0; n], vec![0.0; n]);
    for j in 0..n {
        moved[j] = point[j] - STEP;
        evaluate(&moved, &mut below);
        moved[j] = point[j] + STEP;
        evaluate(&moved, &mut above);
        moved[j] = point[j];
        for i in 0..n {
            let bend = (below[i] - above[i]) / (2.0 * STEP);
            // Half to each of the two places that should be equal.
            hessian[i * n + j] += 0.5 * bend;
            hessian[j * n + i] += 0.5 * bend;
        }
    }
    hessian
}

/// The factor of a matrix, with as much added to its diagonal as makes it positive definite; and whether nothing was.
fn positive_factor(mut matrix: Vec<f64>, n: usize) -> (Vec<f64>, bool) {
    for entry in &mut matrix {
        if !entry.is_finite() {
            *entry = 0.0;
        }
    }
    let mut added = 0.0;
    loop {
        let mut trial = matrix.clone();
        (0..n).for_each(|i| trial[i * n + i] += added);
        if let Some(factor) = cholesky(&trial, n) {
            return (factor, added == 0.0);
        }
        added = if added == 0.0 { 0.01 } else { added * 2.0 };
    }
}
