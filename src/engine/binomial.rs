//! Binomial draws from one pair of random words, with more on demand.
//!
//! Small means: inversion (sequential search). Large means: the transformed rejection BTRS of Hörmann (1993, "The
//! generation of binomial random variates", Journal of Statistical Computation and Simulation 46). Written here, and not
//! taken from a library, because the probability comes as a hazard (whose logarithm of survival is the hazard itself), because
//! the first random numbers are made for all cells at once, and because this is the inner loop of the cohort engine.

use crate::number::Number;
use crate::rng::{Draws, unit32, unit52};

/// From this mean on, rejection is faster than search, and BTRS is valid.
const REJECTION_FROM_MEAN: f64 = 10.0;

/// How many of `people` (a whole number >= 0) have an event of cumulative hazard `hazard` > 0: a draw from
/// Binomial(people, 1 - exp(-hazard)).
///
/// `first` is the first pair of random words; `more` opens a generator for further attempts, needed in fewer than one
/// draw in five.
#[inline]
pub fn events(people: f64, hazard: f64, first: [u32; 2], more: impl FnOnce() -> Draws) -> f64 {
    let expected_at_most = people * hazard;
    let uniform = unit52(u64::from(first[0]) | (u64::from(first[1]) << 32));
    // P(none) = exp(-people x hazard) >= 1 - people x hazard: most small cells end here.
    if uniform < 1.0 - expected_at_most {
        return 0.0;
    }
    if hazard > std::f64::consts::LN_2 {
        // More likely than not: draw those without the event.
        let stay = Number::exp(-hazard);
        let log_change = libm::log1p(-stay);
        people - draw(people, stay, log_change, uniform, first, more)
    } else {
        draw(people, -Number::exp_m1(-hazard), -hazard, uniform, first, more)
    }
}

/// A draw from Binomial(people, p) for p <= 1/2, `log_q` = ln(1 - p).
#[inline]
fn draw(people: f64, p: f64, log_q: f64, uniform: f64, first: [u32; 2], more: impl FnOnce() -> Draws) -> f64 {
    if people * p < REJECTION_FROM_MEAN { search(people, p, log_q, uniform) } else { rejection(people, p, first, more) }
}

/// Inversion: the smallest k whose cumulative probability reaches `uniform`.
#[inline]
fn search(people: f64, p: f64, log_q: f64, uniform: f64) -> f64 {
    let odds = p / (1.0 - p);
    let mut mass = Number::exp(people * log_q);
    let mut left = uniform;
    let mut count = 0.0;
    while left > mass && count < people {
        left -= mass;
        count += 1.0;
        mass *= (people - count + 1.0) / count * odds;
        if mass <= 0.0 {
            // Rounding has used up all the mass; what is left of `uniform` is below 1e-15.
            break;
        }
    }
    count
}

/// Transformed rejection with squeeze, valid for people x p >= 10 and p <= 1/2.
fn rejection(people: f64, p: f64, first: [u32; 2], more: impl FnOnce() -> Draws) -> f64 {
    let q = 1.0 - p;
    let spread = (people * p * q).sqrt();
    let b = 1.15 + 2.53 * spread;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let centre = people * p + 0.5;
    let squeeze = 0.92 - 4.2 / b;
    let candidate = |word: u32| {
        let u = unit32(word) - 0.5;
        let us = 0.5 - u.abs();
        (us, ((2.0 * a / us + b) * u + centre).floor())
    };

    let (us, k) = candidate(first[0]);
    let v = unit32(first[1]);
    if us >= 0.07 && v <= squeeze {
        return k;
    }

    let alpha = (2.83 + 5.1 / b) * spread;
    let accept = |us: f64, k: f64, v: f64| {
        (0.0..=people).contains(&k) && libm::log(v * alpha / (a / (us * us) + b)) <= log_mass_over_mode(people, p, k)
    };
    if accept(us, k, v) {
        return k;
    }
    let mut draws = more();
    loop {
        let (us, k) = candidate(draws.word());
        let v = unit32(draws.word());
        if (us >= 0.07 && v <= squeeze) || accept(us, k, v) {
            return k;
        }
    }
}

/// ln of the probability of `k` over that of the mode (Hörmann 1993, section 4, with Stirling's series for the factorials).
fn log_mass_over_mode(people: f64, p: f64, k: f64) -> f64 {
    let odds = p / (1.0 - p);
    let mode = ((people + 1.0) * p).floor();
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
        0.008_330_563_433_362_871,
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
    use statrs::distribution::{Binomial, Discrete, DiscreteCDF};

    fn sample(people: f64, hazard: f64, count: u32, seed: u64) -> Vec<f64> {
        let stream = Stream::new(seed, Purpose::Transitions, "binomial test");
        (0..count)
            .map(|entity| {
                let at = Address { entity, ..Address::default() };
                let words = stream.block(at, 0);
                events(people, hazard, [words[0], words[1]], || stream.draws(at, 1))
            })
            .collect()
    }

    /// Pearson's chi-squared over classes of expected count >= 20 against the exact distribution; (statistic, classes - 1).
    fn chi_squared(people: f64, probability: f64, draws: &[f64]) -> (f64, f64) {
        let exact = Binomial::new(probability, people as u64).expect("a distribution");
        let total = draws.len() as f64;
        let (mut statistic, mut classes) = (0.0, 0.0);
        let (mut expected, mut observed) = (0.0, 0.0);
        let mut counts = std::collections::BTreeMap::new();
        for d in draws {
            *counts.entry(*d as u64).or_insert(0.0) += 1.0;
        }
        let mut spent = 0.0;
        for k in 0..=people as u64 {
            expected += total * exact.pmf(k);
            observed += counts.get(&k).copied().unwrap_or(0.0);
            if expected >= 20.0 && total * exact.sf(k) >= 20.0 {
                statistic += (observed - expected) * (observed - expected) / expected;
                spent += expected;
                classes += 1.0;
                (expected, observed) = (0.0, 0.0);
            }
            if exact.sf(k) < 1e-12 {
                break;
            }
        }
        let last = total - spent;
        observed = total - draws.iter().filter(|d| exact.sf(**d as u64) * total >= 20.0).count() as f64;
        let _ = observed;
        if last > 1.0 {
            let seen: f64 = total - counts_below(&counts, &exact, total);
            statistic += (seen - last) * (seen - last) / last;
            classes += 1.0;
        }
        (statistic, classes - 1.0)
    }

    fn counts_below(counts: &std::collections::BTreeMap<u64, f64>, exact: &Binomial, total: f64) -> f64 {
        counts.iter().filter(|(k, _)| exact.sf(**k) * total >= 20.0).map(|(_, c)| c).sum()
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
