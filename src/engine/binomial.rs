//! Binomial draws from one random word, with more on demand.
//!
//! Small means: inversion (sequential search). Large means: the transformed rejection with decomposition BTRD of
//! Hörmann (1993, "The generation of binomial random variates", Journal of Statistical Computation and Simulation 46),
//! which needs one uniform number three times in four. Written here, and not taken from a library, because the probability
//! comes as a hazard (whose logarithm of survival is the hazard itself), because the first random numbers are made for all
//! cells at once, and because this is the inner loop of the cohort engine.

use crate::number::{Number, floor};
use crate::rng::{Draws, unit32};

/// From this mean on, rejection is faster than search, and BTRD is valid.
const REJECTION_FROM_MEAN: f64 = 10.0;

/// Reciprocals of 1, 2, 3 ...: a search from 0 rarely goes further, and a product is cheaper than a quotient.
const RECIPROCALS: [f64; 64] = {
    let mut table = [0.0; 64];
    let mut i = 0;
    while i < 64 {
        table[i] = 1.0 / (i as f64 + 1.0);
        i += 1;
    }
    table
};

/// How many of `people` (a whole number >= 0) have an event of cumulative hazard `hazard` >= 0: a draw from
/// Binomial(people, 1 - exp(-hazard)).
///
/// `first` is the first random word; `more` opens a generator for further numbers, needed in fewer than one large draw in
/// three. Probabilities below 2^-33 are not resolved.
#[inline]
pub fn events(people: f64, hazard: f64, first: u32, more: impl FnOnce() -> Draws) -> f64 {
    let uniform = unit32(first);
    // P(none) = exp(-people x hazard) >= 1 - people x hazard: most small cells end here, and all empty ones.
    if uniform < 1.0 - people * hazard || people <= 0.0 {
        return 0.0;
    }
    if hazard > std::f64::consts::LN_2 {
        // More likely than not: draw those without the event.
        let stay = Number::exp(-hazard);
        people - draw(people, stay, libm::log1p(-stay), uniform, more)
    } else {
        draw(people, -Number::exp_m1(-hazard), -hazard, uniform, more)
    }
}

/// A draw from Binomial(people, p) for p <= 1/2, `log_q` = ln(1 - p).
#[inline]
fn draw(people: f64, p: f64, log_q: f64, uniform: f64, more: impl FnOnce() -> Draws) -> f64 {
    if people * p < REJECTION_FROM_MEAN {
        search(people, p, log_q, uniform)
    } else {
        rejection(people, p, uniform, more)
    }
}

/// Inversion: the smallest k whose cumulative probability reaches `uniform`.
#[inline]
fn search(people: f64, p: f64, log_q: f64, uniform: f64) -> f64 {
    let odds = p / (1.0 - p);
    // mass(k + 1) = mass(k) (people - k) odds / (k + 1) = mass(k) (slope / (k + 1) - odds), slope = (people + 1) odds
    let slope = (people + 1.0) * odds;
    let mut mass = Number::exp(people * log_q);
    let mut left = uniform - mass;
    let mut count = 0;
    while left > 0.0 && mass > 0.0 {
        let reciprocal = RECIPROCALS.get(count).copied().unwrap_or_else(|| 1.0 / (count as f64 + 1.0));
        mass *= slope * reciprocal - odds;
        left -= mass;
        count += 1;
    }
    // Rounding may leave a little of `uniform` when all mass is used up; the count is then within the people all the same.
    (count as f64).min(people)
}

/// Transformed rejection with decomposition, valid for people x p >= 10 and p <= 1/2.
fn rejection(people: f64, p: f64, uniform: f64, more: impl FnOnce() -> Draws) -> f64 {
    let variance = people * p * (1.0 - p);
    let spread = variance.sqrt();
    let b = 1.15 + 2.53 * spread;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let centre = people * p + 0.5;
    let vr = 0.92 - 4.2 / b;
    let inverse = |u: f64| floor((2.0 * a / (0.5 - u.abs()) + b) * u + centre);

    // The region that is always accepted; its draw is the uniform number itself, rescaled.
    if uniform <= 0.86 * vr {
        return inverse(uniform / vr - 0.43);
    }
    let law = Shape { people, p, variance };
    let alpha = (2.83 + 5.1 / b) * spread;
    let mut draws = more();
    let mut v = uniform;
    loop {
        let u;
        if v >= vr {
            u = unit32(draws.word()) - 0.5;
        } else {
            let rest = v / vr - 0.93;
            u = if rest < 0.0 { -0.5 - rest } else { 0.5 - rest };
            v = unit32(draws.word()) * vr;
        }
        let us = 0.5 - u.abs();
        let k = inverse(u);
        if (0.0..=people).contains(&k) && law.accepts(k, v * alpha / (a / (us * us) + b)) {
            return k;
        }
        v = unit32(draws.word());
        if v <= 0.86 * vr {
            return inverse(v / vr - 0.43);
        }
    }
}

/// The binomial distribution as the rejection compares with it.
struct Shape {
    people: f64,
    p: f64,
    variance: f64,
}

impl Shape {
    /// Whether `v` is at most the probability of `k` over that of the mode (Hörmann 1993, BTRD steps 3.1 to 3.4).
    fn accepts(&self, k: f64, v: f64) -> bool {
        let odds = self.p / (1.0 - self.p);
        let slope = (self.people + 1.0) * odds;
        let mode = floor((self.people + 1.0) * self.p);
        let distance = (k - mode).abs();
        if distance <= 15.0 {
            let (low, high) = if k > mode { (mode, k) } else { (k, mode) };
            let mut ratio = 1.0;
            let mut i = low + 1.0;
            while i <= high {
                ratio *= slope / i - odds;
                i += 1.0;
            }
            return if k > mode { v <= ratio } else { v * ratio <= 1.0 };
        }
        let log_v = libm::log(v);
        let rho =
            (distance / self.variance) * (((distance / 3.0 + 0.625) * distance + 1.0 / 6.0) / self.variance + 0.5);
        let normal = -distance * distance / (2.0 * self.variance);
        if log_v < normal - rho {
            return true;
        }
        if log_v > normal + rho {
            return false;
        }
        log_v <= log_mass_over_mode(self.people, odds, mode, k)
    }
}

/// ln of the probability of `k` over that of the mode, with Stirling's series for the factorials.
fn log_mass_over_mode(people: f64, odds: f64, mode: f64, k: f64) -> f64 {
    let rest = people - mode + 1.0;
    let others = people - k + 1.0;
    (mode + 0.5) * libm::log((mode + 1.0) / (odds * rest))
        + (people + 1.0) * libm::log(rest / others)
        + (k + 0.5) * libm::log(others * odds / (k + 1.0))
        + stirling_tail(mode)
        + stirling_tail(people - mode)
        - stirling_tail(k)
        - stirling_tail(people - k)
}

/// ln k! - [ (k + 1/2) ln(k + 1) - (k + 1) + ln(2 pi) / 2 ].
fn stirling_tail(k: f64) -> f64 {
    const SMALL: [f64; 10] = [
        0.081_061_466_795_327_26,
        0.041_340_695_955_409_29,
        0.027_677_925_684_998_34,
        0.020_790_672_103_765_09,
        0.016_644_691_189_821_19,
        0.013_876_128_823_070_75,
        0.011_896_709_945_891_77,
        0.010_411_265_261_972_1,
        0.009_255_462_182_712_733,
        0.008_330_563_433_362_87,
    ];
    if k < 10.0 {
        SMALL[k as usize]
    } else {
        let next = k + 1.0;
        let square = next * next;
        (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / square) / square) / next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Address, Purpose, Stream};
    use statrs::distribution::{Binomial, DiscreteCDF};

    fn sample(people: f64, hazard: f64, count: u32, seed: u64) -> Vec<f64> {
        let stream = Stream::new(seed, Purpose::Transitions, "binomial test");
        (0..count)
            .map(|entity| {
                let at = Address { entity, ..Address::default() };
                let words = stream.block(at, 0);
                events(people, hazard, words[0], || stream.draws(at, 1))
            })
            .collect()
    }

    /// Pearson's chi-squared against the exact distribution, over neighbouring values joined to classes of at least 20
    /// expected draws; with its degrees of freedom.
    fn chi_squared(people: f64, probability: f64, draws: &[f64]) -> (f64, f64) {
        let exact = Binomial::new(probability, people as u64).expect("a distribution");
        let total = draws.len() as f64;
        let (mut statistic, mut classes) = (0.0, 0.0);
        let mut below: Option<u64> = None;
        let mut k = 0;
        while k <= people as u64 {
            let mass = exact.cdf(k) - below.map_or(0.0, |b| exact.cdf(b));
            let rest = exact.sf(k) * total;
            if mass * total >= 20.0 && (rest >= 20.0 || k == people as u64) {
                let inside = |d: &&f64| **d as u64 <= k && below.is_none_or(|b| **d as u64 > b);
                let seen = draws.iter().filter(inside).count() as f64;
                statistic += (seen - mass * total) * (seen - mass * total) / (mass * total);
                classes += 1.0;
                below = Some(k);
            }
            if rest < 20.0 {
                break;
            }
            k += 1;
        }
        let rest = below.map_or(1.0, |b| exact.sf(b)) * total;
        if rest > 0.5 {
            let seen = draws.iter().filter(|d| below.is_none_or(|b| **d as u64 > b)).count() as f64;
            statistic += (seen - rest) * (seen - rest) / rest;
            classes += 1.0;
        }
        (statistic, classes - 1.0)
    }

    #[test]
    fn draws_follow_the_binomial_distribution() {
        // (people, probability): search, rejection near its border, large, both sides of 1/2.
        let cases = [
            (1.0, 0.3),
            (12.0, 0.04),
            (40.0, 0.2),
            (60.0, 0.2),
            (500.0, 0.03),
            (9000.0, 0.012),
            (200.0, 0.49),
            (200.0, 0.8),
            (15.0, 0.97),
            (100_000.0, 0.3),
        ];
        for (i, (people, p)) in cases.into_iter().enumerate() {
            let hazard = -libm::log1p(-p);
            let draws = sample(people, hazard, 40_000, 100 + i as u64);
            let (statistic, freedom) = chi_squared(people, p, &draws);
            // Mean + 4.5 standard deviations of chi-squared: false alarm below 1 in 10,000 per case.
            let limit = freedom + 4.5 * (2.0 * freedom.max(1.0)).sqrt() + 6.0;
            assert!(statistic < limit, "{people} {p}: chi-squared {statistic:.1} on {freedom}");
        }
    }

    #[test]
    fn the_test_catches_a_probability_five_percent_off() {
        let draws = sample(9000.0, -libm::log1p(-0.012 * 1.05), 40_000, 7);
        let (statistic, freedom) = chi_squared(9000.0, 0.012, &draws);
        assert!(statistic > freedom + 20.0 * (2.0 * freedom).sqrt());
    }

    #[test]
    fn extremes_stay_in_range() {
        for (people, hazard) in [(0.0, 1.0), (1.0, 1e6), (1e10, 1e-12), (1e10, 3.0), (5.0, 1e-300), (1e10, 1e6)] {
            for k in sample(people, hazard, 200, 3) {
                assert!((0.0..=people).contains(&k) && k.fract() == 0.0, "{people} {hazard} {k}");
            }
        }
        assert!(sample(1e10, 1e6, 10, 1).iter().all(|k| *k == 1e10));
    }

    #[test]
    fn stirling_tail_equals_the_factorial() {
        let mut log_factorial = 0.0;
        for k in 0..40_u32 {
            if k > 0 {
                log_factorial += libm::log(f64::from(k));
            }
            let n = f64::from(k);
            let base = (n + 0.5) * libm::log(n + 1.0) - (n + 1.0) + 0.5 * libm::log(std::f64::consts::TAU);
            assert!((log_factorial - base - stirling_tail(n)).abs() < 1e-9, "{k}");
        }
    }
}
