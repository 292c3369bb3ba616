//! The posterior of a coarse grid, set right for the full one.
//!
//! Draws made on the nation's grid are simulated once more on every cell, with plain numbers; the ratio of the two likelihoods
//! is each draw's weight. Weights are smoothed by the generalised Pareto distribution fitted to their tail (Vehtari, Simpson,
//! Gelman, Yao and Gabry 2024, "Pareto smoothed importance sampling"), whose shape says whether they can be relied upon.

/// Weights that sum to one, and the shape of their tail.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// One a draw.
    pub weights: Vec<f64>,
    /// Shape k of the tail: up to 0.7 the weights can be relied upon.
    pub shape: f64,
}

impl Weights {
    /// Smooths the logarithms of importance ratios; one that is not finite weighs nothing.
    #[must_use]
    pub fn smoothed(log_ratios: &[f64]) -> Self {
        let most = log_ratios.iter().copied().filter(|r| r.is_finite()).fold(f64::NEG_INFINITY, f64::max);
        let mut ratios: Vec<f64> =
            log_ratios.iter().map(|r| if r.is_finite() { libm::exp(r - most) } else { 0.0 }).collect();
        let n = ratios.len();
        let tail = ((0.2 * n as f64).min(3.0 * (n as f64).sqrt())).floor() as usize;
        let mut shape = f64::INFINITY;
        if tail >= 5 && most.is_finite() {
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by(|&a, &b| ratios[a].total_cmp(&ratios[b]));
            let cut = ratios[order[n - tail - 1]];
            let beyond: Vec<f64> = order[n - tail..].iter().map(|&i| ratios[i] - cut).collect();
            if beyond[tail - 1] <= 1e-12 {
                // All alike: nothing to smooth.
                shape = f64::NEG_INFINITY;
            } else if let Some((k, sigma)) = pareto(&beyond) {
                shape = k;
                for (rank, &i) in order[n - tail..].iter().enumerate() {
                    let level = (rank as f64 + 0.5) / tail as f64;
                    let expected = if k.abs() < 1e-9 {
                        -sigma * libm::log1p(-level)
                    } else {
                        sigma * libm::expm1(-k * libm::log1p(-level)) / k
                    };
                    ratios[i] = (cut + expected).min(1.0);
                }
            }
        }
        let sum: f64 = ratios.iter().sum();
        let even = 1.0 / n.max(1) as f64;
        let weights = ratios.iter().map(|r| if sum > 0.0 { r / sum } else { even }).collect();
        Self { weights, shape }
    }

    /// What the weighted draws are worth in independent ones: `1 / sum w^2`.
    #[must_use]
    pub fn effective(&self) -> f64 {
        1.0 / self.weights.iter().map(|w| w * w).sum::<f64>()
    }

    /// `count` positions, each as often as its weight says to within one (systematic resampling).
    #[must_use]
    pub fn choose(&self, count: usize) -> Vec<usize> {
        let mut chosen = Vec::with_capacity(count);
        let (mut passed, mut at) = (0.0, 0);
        for i in 0..count {
            let target = (i as f64 + 0.5) / count as f64;
            while at + 1 < self.weights.len() && passed + self.weights[at] < target {
                passed += self.weights[at];
                at += 1;
            }
            chosen.push(at);
        }
        chosen
    }
}

/// Shape and scale of the generalised Pareto distribution of sorted positive excesses (Zhang and Stephens 2009), the shape
/// drawn a little towards 1/2 as in the paper on smoothing.
fn pareto(sorted: &[f64]) -> Option<(f64, f64)> {
    let n = sorted.len();
    let largest = sorted[n - 1];
    let quarter = sorted[(n as f64 / 4.0 + 0.5).floor() as usize - 1].max(largest * 1e-12);
    let points = 20 + (n as f64).sqrt() as usize;
    let theta: Vec<f64> = (1..=points)
        .map(|i| 1.0 / largest + (1.0 - (points as f64 / (i as f64 - 0.5)).sqrt()) / (3.0 * quarter))
        .collect();
    let shape_of = |b: f64| sorted.iter().map(|x| libm::log1p(-b * x)).sum::<f64>() / n as f64;
    let height: Vec<f64> = theta
        .iter()
        .map(|&b| {
            let k = shape_of(b);
            n as f64 * (libm::log(-b / k) - k - 1.0)
        })
        .collect();
    let (mut sum, mut weight) = (0.0, 0.0);
    for (i, &b) in theta.iter().enumerate() {
        let w = 1.0 / height.iter().map(|h| libm::exp(h - height[i])).sum::<f64>();
        if w.is_finite() {
            sum += b * w;
            weight += w;
        }
    }
    let b = sum / weight;
    let k = shape_of(b);
    let sigma = -k / b;
    let k = (k * n as f64 + 0.5 * 10.0) / (n as f64 + 10.0);
    (k.is_finite() && sigma.is_finite() && sigma > 0.0).then_some((k, sigma))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_ratios_weigh_the_same_and_all_are_chosen() {
        let even = Weights::smoothed(&[3.0; 40]);
        assert!(even.weights.iter().all(|w| (w - 0.025).abs() < 1e-15));
        assert!((even.effective() - 40.0).abs() < 1e-9 && even.shape < 0.7);
        assert_eq!(even.choose(40), (0..40).collect::<Vec<_>>());
    }

    #[test]
    fn shapes_of_known_tails_are_found() {
        // Ratios u^-k have a Pareto tail of shape k; ranks shared out evenly in place of chance.
        for k in [0.3, 0.9] {
            let ratios: Vec<f64> = (1..=4000).map(|i| -k * libm::log((f64::from(i) - 0.5) / 4000.0)).collect();
            let found = Weights::smoothed(&ratios).shape;
            assert!((found - k).abs() < 0.1, "{k}: {found}");
        }
    }

    #[test]
    fn weight_decides_how_often_a_draw_is_chosen() {
        let weights = Weights { weights: vec![0.5, 0.25, 0.25], shape: 0.0 };
        assert_eq!(weights.choose(4), [0, 0, 1, 2]);
    }
}
