//! How sure a difference between two forecasters is.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::rng::{Address, Purpose, Stream};

/// Resamples of the interval.
const RESAMPLES: u32 = 2_000;

/// The mean difference of two forecasters' scores on common tasks, with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Mean of the differences.
    pub mean: f64,
    /// Lower end of its 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Mean and 95 % interval of `differences`, each with the cluster (country) it belongs to.
///
/// Errors of one country go together, over horizons and origins, so whole countries are drawn with replacement, 2,000 times, and the
/// interval is from the 2.5 to the 97.5 % quantile of the resampled means (Efron and Tibshirani 1993, section 13.3; clusters after
/// Cameron, Gelbach and Miller 2008). Equal inputs give equal intervals. `None` without differences.
#[must_use]
pub fn paired<'a>(differences: impl IntoIterator<Item = (&'a str, f64)>) -> Option<Difference> {
    let mut clusters: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (cluster, difference) in differences {
        let (sum, count) = clusters.entry(cluster).or_default();
        *sum += difference;
        *count += 1.0;
    }
    let clusters: Vec<(f64, f64)> = clusters.into_values().collect();
    let mean = |chosen: &mut dyn Iterator<Item = (f64, f64)>| {
        let (sum, count) = chosen.fold((0.0, 0.0), |(sum, count), one| (sum + one.0, count + one.1));
        sum / count
    };
    if clusters.is_empty() {
        return None;
    }
    let stream = Stream::new(0, Purpose::Resamples, "");
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|replicate| {
            let mut draws = stream.draws(Address { replicate, ..Address::default() }, 0);
            mean(&mut (0..clusters.len()).map(|_| clusters[pick(draws.word(), clusters.len())]))
        })
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |level: f64| means[(level * f64::from(RESAMPLES - 1)).round() as usize];
    Some(Difference { mean: mean(&mut clusters.iter().copied()), low: at(0.025), high: at(0.975) })
}

/// One of `count`, each as likely as the next to one part in 2^32.
fn pick(word: u32, count: usize) -> usize {
    ((u64::from(word) * count as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_that_agree_leave_no_doubt() {
        let sure = paired([("A", 1.0), ("B", 1.0), ("C", 1.0)]).expect("differences");
        assert_eq!(sure, Difference { mean: 1.0, low: 1.0, high: 1.0 });
        assert_eq!(paired([]), None);
    }

    #[test]
    fn many_forecasts_of_one_country_are_no_more_certain_than_one() {
        let once: Vec<_> = (0..20).map(|i| (NAMES[i], i as f64)).collect();
        let often: Vec<_> = once.iter().flat_map(|&one| [one; 8]).collect();
        assert_eq!(paired(once.iter().copied()), paired(often));
        let interval = paired(once).expect("differences");
        // Mean 9.5; standard error sqrt(33.25 / 20) = 1.29, so about 7.0 to 12.0.
        assert!((interval.low - 7.0).abs() < 0.5 && (interval.high - 12.0).abs() < 0.5, "{interval:?}");
    }

    const NAMES: [&str; 20] =
        ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t"];
}
