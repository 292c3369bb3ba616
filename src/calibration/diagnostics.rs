//! Whether draws can be trusted: rank-normalised split R-hat, bulk and tail effective sample size (Vehtari, Gelman, Simpson,
//! Carpenter and Buerkner 2021, "Rank-normalization, folding, and localization"), energy (E-BFMI, Betancourt 2016), divergences.

use super::sampler::Chain;
use crate::fit::{Convergence, Verdict};

/// R-hat above which draws are not trusted.
pub const MOST_R_HAT: f64 = 1.01;
/// Effective draws below which they are not.
pub const LEAST_DRAWS: f64 = 400.0;
/// E-BFMI below which the sampler explores the tails too slowly (Stan's warning level is 0.3).
pub const LEAST_ENERGY: f64 = 0.3;

/// The verdict from the diagnostics of each named number.
#[must_use]
pub fn verdict(named: &[(String, Convergence)], chains: &[Chain]) -> Verdict {
    let worst = |key: &dyn Fn(&Convergence) -> f64| {
        named.iter().max_by(|a, b| key(&a.1).total_cmp(&key(&b.1))).map(|(name, c)| (name.as_str(), key(c)))
    };
    let (mixed, r_hat) = worst(&|c| c.r_hat).unwrap_or_default();
    let (few, bulk) = worst(&|c| -c.bulk).map_or(("", f64::INFINITY), |(name, x)| (name, -x));
    let (thin, tail) = worst(&|c| -c.tail).map_or(("", f64::INFINITY), |(name, x)| (name, -x));
    let divergences = chains.iter().flat_map(|c| &c.diverging).filter(|d| **d).count();
    let energy = chains.iter().map(|c| energy_fraction(&c.energy)).fold(f64::INFINITY, f64::min);
    let mut objections = Vec::new();
    // Written so that a number that is none objects too.
    let within = |x: f64, most: f64| x <= most;
    if !within(r_hat, MOST_R_HAT) {
        objections.push(format!("chains disagree: R-hat {r_hat:.3} of `{mixed}`, at most {MOST_R_HAT} is asked for; run longer, or raise --depth"));
    }
    if !within(LEAST_DRAWS, bulk) {
        objections
            .push(format!("too few effective draws: {bulk:.0} of `{few}`, {LEAST_DRAWS} are asked for; run longer"));
    }
    if !within(LEAST_DRAWS, tail) {
        objections.push(format!(
            "too few effective draws in the tails: {tail:.0} of `{thin}`, {LEAST_DRAWS} are asked for; run longer"
        ));
    }
    if divergences > 0 {
        objections.push(format!(
            "{divergences} paths went astray (divergences); raise --acceptance, or give the priors less width"
        ));
    }
    if !within(LEAST_ENERGY, energy) {
        objections.push(format!(
            "the energy moves too slowly: E-BFMI {energy:.2}, at least {LEAST_ENERGY} is asked for; run longer"
        ));
    }
    Verdict { r_hat, bulk, tail, divergences, energy, objections }
}

/// Diagnostics of one number over chains of equal length.
#[must_use]
pub fn convergence(chains: &[Vec<f64>]) -> Convergence {
    let halves = split(chains);
    let folded = {
        let centre = median(halves.iter().flatten().copied().collect());
        halves.iter().map(|h| h.iter().map(|x| (x - centre).abs()).collect()).collect::<Vec<Vec<f64>>>()
    };
    let ranked = rank_normalised(&halves);
    let r_hat = potential_scale(&ranked).max(potential_scale(&rank_normalised(&folded)));
    let below = |level: f64| {
        let limit = super::summary::quantile(&sorted(halves.iter().flatten().copied().collect()), level);
        let marks: Vec<Vec<f64>> =
            halves.iter().map(|h| h.iter().map(|x| if *x <= limit { 1.0 } else { 0.0 }).collect()).collect();
        effective_draws(&marks)
    };
    Convergence { r_hat, bulk: effective_draws(&ranked), tail: below(0.05).min(below(0.95)) }
}

/// The energy's Bayesian fraction of missing information.
#[must_use]
pub fn energy_fraction(energy: &[f64]) -> f64 {
    let steps: f64 = energy.windows(2).map(|pair| (pair[1] - pair[0]) * (pair[1] - pair[0])).sum();
    let mean = energy.iter().sum::<f64>() / energy.len().max(1) as f64;
    let spread: f64 = energy.iter().map(|e| (e - mean) * (e - mean)).sum();
    if spread > 0.0 { steps / spread } else { f64::NAN }
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

fn median(values: Vec<f64>) -> f64 {
    super::summary::quantile(&sorted(values), 0.5)
}

/// Each chain as its two halves; the middle draw of an odd number is left out.
fn split(chains: &[Vec<f64>]) -> Vec<Vec<f64>> {
    chains
        .iter()
        .flat_map(|chain| {
            let half = chain.len() / 2;
            [chain[..half].to_vec(), chain[chain.len() - half..].to_vec()]
        })
        .collect()
}

/// Normal scores of the ranks over all chains; ties share their mean rank.
fn rank_normalised(chains: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let length = chains.first().map_or(0, Vec::len);
    let all: Vec<f64> = chains.iter().flatten().copied().collect();
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|&a, &b| all[a].total_cmp(&all[b]));
    let mut scores = vec![0.0; all.len()];
    let mut first = 0;
    while first < order.len() {
        let mut last = first;
        while last + 1 < order.len() && all[order[last + 1]] == all[order[first]] {
            last += 1;
        }
        let rank = 0.5 * (first + last) as f64 + 1.0;
        let score = super::normal::quantile((rank - 0.375) / (all.len() as f64 + 0.25));
        order[first..=last].iter().for_each(|&i| scores[i] = score);
        first = last + 1;
    }
    scores.chunks(length.max(1)).map(<[f64]>::to_vec).collect()
}

fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0))
}

/// Gelman and Rubin's potential scale reduction of chains (already split).
fn potential_scale(chains: &[Vec<f64>]) -> f64 {
    let length = chains.first().map_or(0, Vec::len) as f64;
    let moments: Vec<(f64, f64)> = chains.iter().map(|c| mean_and_variance(c)).collect();
    let within = moments.iter().map(|m| m.1).sum::<f64>() / chains.len() as f64;
    let (_, between) = mean_and_variance(&moments.iter().map(|m| m.0).collect::<Vec<f64>>());
    if within <= 0.0 {
        // A constant everywhere has nothing to disagree about; constants that differ do.
        return if between > 0.0 { f64::INFINITY } else { 1.0 };
    }
    (((length - 1.0) / length * within + between) / within).sqrt()
}

/// Effective sample size by Geyer's initial monotone sequence of autocorrelations over all chains.
fn effective_draws(chains: &[Vec<f64>]) -> f64 {
    let (count, length) = (chains.len() as f64, chains.first().map_or(0, Vec::len));
    if length < 4 {
        return f64::NAN;
    }
    let n = length as f64;
    let moments: Vec<(f64, f64)> = chains.iter().map(|c| mean_and_variance(c)).collect();
    let within = moments.iter().map(|m| m.1).sum::<f64>() / count;
    let between =
        if chains.len() > 1 { mean_and_variance(&moments.iter().map(|m| m.0).collect::<Vec<f64>>()).1 } else { 0.0 };
    let total = (n - 1.0) / n * within + between;
    if total <= 0.0 {
        return count * n;
    }
    let correlation = |lag: usize| {
        let covariance = chains.iter().zip(&moments).map(|(chain, (mean, _))| {
            let pairs = chain.iter().zip(&chain[lag..]);
            pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / n
        });
        1.0 - (within * (n - 1.0) / n - covariance.sum::<f64>() / count) / total
    };
    let mut sum = 0.0;
    let mut last = f64::INFINITY;
    let mut lag = 0;
    while lag + 1 < length {
        let even = if lag == 0 { 1.0 } else { correlation(lag) };
        let pair = even + correlation(lag + 1);
        if pair < 0.0 {
            break;
        }
        last = last.min(pair);
        sum += last;
        lag += 2;
    }
    let time = (2.0 * sum - 1.0).max(1.0 / libm::log10(count * n));
    count * n / time
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Address, Purpose, Stream};
    use rand_distr::{Distribution as _, StandardNormal};

    /// `count` chains of an autoregression of order one.
    fn chains(count: usize, length: usize, memory: f64) -> Vec<Vec<f64>> {
        let stream = Stream::new(5, Purpose::Parameters, "test");
        (0..count)
            .map(|c| {
                let mut random = stream.draws(Address { replicate: c as u32, step: 0, entity: 0 }, 0);
                let mut x: f64 = StandardNormal.sample(&mut random);
                (0..length)
                    .map(|_| {
                        let e: f64 = StandardNormal.sample(&mut random);
                        x = memory * x + (1.0 - memory * memory).sqrt() * e;
                        x
                    })
                    .collect()
            })
            .collect()
    }

    #[test]
    fn independent_draws_count_in_full_and_dependent_ones_less() {
        let free = convergence(&chains(4, 1000, 0.0));
        assert!(free.r_hat < 1.005 && (3000.0..5000.0).contains(&free.bulk) && free.tail > 2500.0, "{free:?}");
        // (1 - 0.8) / (1 + 0.8) of 4000: 444
        let slow = convergence(&chains(4, 1000, 0.8));
        assert!((300.0..620.0).contains(&slow.bulk), "{slow:?}");
    }

    #[test]
    fn chains_that_disagree_in_place_or_width_are_caught() {
        let mut moved = chains(4, 500, 0.0);
        moved[2].iter_mut().for_each(|x| *x += 1.0);
        assert!(convergence(&moved).r_hat > 1.05);
        let mut wide = chains(4, 500, 0.0);
        wide[0].iter_mut().for_each(|x| *x *= 4.0);
        assert!(convergence(&wide).r_hat > 1.05);
    }

    #[test]
    fn a_constant_is_no_disagreement() {
        let constant = convergence(&vec![vec![2.0; 100]; 4]);
        assert_eq!(constant.r_hat, 1.0);
        assert!((energy_fraction(&chains(1, 4000, 0.0)[0]) - 2.0).abs() < 0.2);
    }
}
