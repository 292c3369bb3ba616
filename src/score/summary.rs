//! Many scored forecasts condensed.

use serde::Serialize;

use super::quantiles::{LEVELS, MEDIAN, Quantiles, crps, pit, wis};

/// Bars of the histogram of transforms.
const BARS: usize = 10;

/// A forecast held against what was observed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// What was observed.
    pub observed: f64,
    /// What was forecast.
    pub forecast: Quantiles,
    /// Weighted interval score.
    pub wis: f64,
    /// Continuous ranked probability score.
    pub crps: f64,
    /// Probability integral transform, 0..=1.
    pub pit: f64,
}

impl Scored {
    /// Scores a forecast.
    #[must_use]
    pub fn new(observed: f64, forecast: Quantiles) -> Self {
        Self {
            observed,
            forecast,
            wis: wis(observed, &forecast),
            crps: crps(observed, &forecast),
            pit: pit(observed, &forecast),
        }
    }

    /// How far the median lies from the observation.
    #[must_use]
    pub fn absolute_error(&self) -> f64 {
        (self.observed - self.forecast[MEDIAN]).abs()
    }

    /// Whether the observation lies in the interval from quantile `low` to the one as far from the other end, ends included.
    #[must_use]
    pub fn within(&self, low: usize) -> bool {
        self.observed >= self.forecast[low] && self.observed <= self.forecast[LEVELS.len() - 1 - low]
    }
}

/// How many observations an interval held.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// Share that it should hold, 0..=1.
    pub nominal: f64,
    /// Share that it held.
    pub share: f64,
    /// Lower end of the 95 % binomial (Wilson) interval of that share, as if forecasts were independent.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
}

/// Scores of many forecasts; all in the unit of what is forecast, but for shares.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Number of forecasts.
    pub count: usize,
    /// Mean weighted interval score.
    pub wis: f64,
    /// Mean continuous ranked probability score.
    pub crps: f64,
    /// Mean absolute error of the median.
    pub mae: f64,
    /// Median absolute error of the median.
    pub median_absolute_error: f64,
    /// Mean of median less observation: above 0, forecasts were too high.
    pub bias: f64,
    /// Mean width of the 80 % interval.
    pub width80: f64,
    /// Central intervals of 50, 80 and 95 %.
    pub coverage: [Coverage; 3],
    /// Share of probability integral transforms in each tenth of 0..=1; a tenth each where forecasts are honest.
    pub pit: [f64; BARS],
    /// Share of observations at or below each quantile, in the order of [`LEVELS`].
    pub below: [f64; 7],
}

impl Summary {
    /// The scores of `scored`; `None` when there are none. Sums run in the order given.
    #[must_use]
    pub fn of<'a>(scored: impl IntoIterator<Item = &'a Scored>) -> Option<Self> {
        let scored: Vec<&Scored> = scored.into_iter().collect();
        if scored.is_empty() {
            return None;
        }
        let count = scored.len();
        let mean = |value: &dyn Fn(&Scored) -> f64| scored.iter().map(|one| value(one)).sum::<f64>() / count as f64;
        let mut errors: Vec<f64> = scored.iter().map(|one| one.absolute_error()).collect();
        errors.sort_by(f64::total_cmp);
        let coverage = [(0.5, 2), (0.8, 1), (0.95, 0)].map(|(nominal, low)| {
            let held = scored.iter().filter(|one| one.within(low)).count();
            let (from, to) = wilson(held, count);
            Coverage { nominal, share: held as f64 / count as f64, low: from, high: to }
        });
        let mut pit = [0.0; BARS];
        for one in &scored {
            pit[((one.pit * BARS as f64) as usize).min(BARS - 1)] += 1.0 / count as f64;
        }
        let mut below = [0.0; 7];
        for (level, share) in below.iter_mut().enumerate() {
            *share = mean(&|one| f64::from(u8::from(one.observed <= one.forecast[level])));
        }
        Some(Self {
            count,
            wis: mean(&|one| one.wis),
            crps: mean(&|one| one.crps),
            mae: mean(&Scored::absolute_error),
            median_absolute_error: f64::midpoint(errors[(count - 1) / 2], errors[count / 2]),
            bias: mean(&|one| one.forecast[MEDIAN] - one.observed),
            width80: mean(&|one| one.forecast[5] - one.forecast[1]),
            coverage,
            pit,
            below,
        })
    }
}

/// The 95 % interval of a share from `held` of `count` independent trials (Wilson 1927).
///
/// Of no trials it is 0..=1.
#[must_use]
pub fn wilson(held: usize, count: usize) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    if count == 0 {
        return (0.0, 1.0);
    }
    let (n, share) = (count as f64, held as f64 / count as f64);
    let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_of_two_forecasts_by_hand() {
        let fan = [10.0, 15.0, 18.0, 20.0, 23.0, 28.0, 40.0];
        let scored = [Scored::new(21.0, fan), Scored::new(5.0, fan)];
        let summary = Summary::of(&scored).expect("two forecasts");
        assert_eq!(summary.count, 2);
        assert_eq!(summary.mae, 8.0);
        assert_eq!(summary.median_absolute_error, 8.0);
        assert_eq!(summary.bias, 7.0);
        assert_eq!(summary.width80, 13.0);
        assert_eq!(summary.coverage.map(|one| one.share), [0.5, 0.5, 0.5]);
        assert_eq!(summary.pit[0], 0.5);
        assert_eq!(summary.below, [0.5, 0.5, 0.5, 0.5, 1.0, 1.0, 1.0]);
        assert_eq!(Summary::of(&[]), None);
    }

    #[test]
    fn the_binomial_interval_is_that_of_the_formula() {
        // By the same formula in Python 3.11.
        let (low, high) = wilson(80, 100);
        assert!((low - 0.711_170_834_406_841_1).abs() < 1e-12, "{low}");
        assert!((high - 0.866_633_066_668_967_6).abs() < 1e-12, "{high}");
        assert_eq!(wilson(0, 0), (0.0, 1.0));
        assert_eq!(wilson(5, 5).1, 1.0);
    }
}
