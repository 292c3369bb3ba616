//! Scores of one forecast.

/// Levels of the quantiles of every forecast.
pub const LEVELS: [f64; 7] = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975];

/// Position of the median among [`LEVELS`].
pub const MEDIAN: usize = 3;

/// A forecast: its quantiles at [`LEVELS`], never falling.
pub type Quantiles = [f64; 7];

/// Central intervals: share outside, position of the lower end; the upper lies as far from the other end.
const INTERVALS: [(f64, usize); 3] = [(0.05, 0), (0.2, 1), (0.5, 2)];

/// Interval score of a central interval that leaves out the share `outside` (Gneiting and Raftery 2007, equation 43):
///
/// `(high - low) + 2 / outside * [(low - observed)+ + (observed - high)+]`
#[must_use]
pub fn interval_score(observed: f64, low: f64, high: f64, outside: f64) -> f64 {
    (high - low) + 2.0 / outside * ((low - observed).max(0.0) + (observed - high).max(0.0))
}

/// Weighted interval score of the median and the central 50, 80 and 95 % intervals (Bracher, Ray, Gneiting and Reich 2021, "Evaluating
/// epidemic forecasts in an interval format", equation 1, weights `1/2` for the median and `outside / 2` for an interval):
///
/// `[ |observed - median| / 2 + sum of outside / 2 * interval score ] / (3 + 1/2)`
///
/// In the unit of the forecast; of a forecast that is one point it is the absolute error.
///
/// # Examples
/// ```
/// use uptake::score::wis;
/// assert_eq!(wis(7.0, &[5.0; 7]), 2.0);
/// ```
#[must_use]
pub fn wis(observed: f64, forecast: &Quantiles) -> f64 {
    let mut sum = 0.5 * (observed - forecast[MEDIAN]).abs();
    for (outside, low) in INTERVALS {
        sum += outside / 2.0 * interval_score(observed, forecast[low], forecast[6 - low], outside);
    }
    sum / (INTERVALS.len() as f64 + 0.5)
}

/// Continuous ranked probability score of the distribution that runs straight between the quantiles and has what lies beyond the
/// outermost two at those two points; exact for that distribution.
///
/// `integral of (F(x) - [x >= observed])^2 dx`. In the unit of the forecast; of one point it is the absolute error.
#[must_use]
pub fn crps(observed: f64, forecast: &Quantiles) -> f64 {
    let first = forecast[0];
    let last = forecast[LEVELS.len() - 1];
    // Beyond the outermost quantiles F is 0 or 1, so only an observation out there adds anything.
    let mut sum = (first - observed).max(0.0) + (observed - last).max(0.0);
    for (place, pair) in forecast.windows(2).enumerate() {
        let (from, to) = (pair[0], pair[1]);
        if to <= from {
            continue;
        }
        let level = |x: f64| LEVELS[place] + (LEVELS[place + 1] - LEVELS[place]) * (x - from) / (to - from);
        let cut = observed.clamp(from, to);
        // Of a straight line from a to b, the mean square is (a^2 + ab + b^2) / 3.
        let square = |a: f64, b: f64| (a * a + a * b + b * b) / 3.0;
        sum += (cut - from) * square(level(from), level(cut));
        sum += (to - cut) * square(1.0 - level(cut), 1.0 - level(to));
    }
    sum
}

/// Probability integral transform: the share of the forecast distribution below `observed`, 0..=1.
///
/// Straight between the quantiles; beyond the outermost two the middle of what lies there. Where quantiles coincide on
/// the observation, the middle of their levels. Over many honest forecasts it is uniform, but for the two ends, which hold what they hold.
#[must_use]
pub fn pit(observed: f64, forecast: &Quantiles) -> f64 {
    let last = LEVELS.len() - 1;
    let below = forecast.partition_point(|&quantile| quantile < observed);
    let through = forecast.partition_point(|&quantile| quantile <= observed);
    if through > below {
        return f64::midpoint(LEVELS[below], LEVELS[through - 1]);
    }
    if below == 0 {
        return LEVELS[0] / 2.0;
    }
    if below > last {
        return f64::midpoint(LEVELS[last], 1.0);
    }
    let (from, to) = (forecast[below - 1], forecast[below]);
    LEVELS[below - 1] + (LEVELS[below] - LEVELS[below - 1]) * (observed - from) / (to - from)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAN: Quantiles = [10.0, 15.0, 18.0, 20.0, 23.0, 28.0, 40.0];

    #[test]
    fn the_weighted_interval_score_is_that_of_other_software() {
        // By the function `wis` of a Python script of ten lines after Bracher et al. (numpy 2.4), printed with repr.
        for (observed, expected) in FROZEN_WIS {
            assert!((wis(observed, &FAN) - expected).abs() < 1e-12, "{observed}: {}", wis(observed, &FAN));
        }
    }

    #[test]
    fn by_hand() {
        // Median: 0.5 * 1 = 0.5. Intervals: 95 %: 0.025 * 30 = 0.75; 80 %: 0.1 * 13 = 1.3; 50 %: 0.25 * 5 = 1.25. Sum 3.8 / 3.5.
        assert!((wis(21.0, &FAN) - 3.8 / 3.5).abs() < 1e-12);
    }

    #[test]
    fn a_point_scores_its_absolute_error() {
        for observed in [0.0, 3.0, 50.0] {
            assert!((wis(observed, &[12.0; 7]) - (observed - 12.0).abs()).abs() < 1e-12);
            assert!((crps(observed, &[12.0; 7]) - (observed - 12.0).abs()).abs() < 1e-12);
        }
    }

    #[test]
    fn crps_is_the_integral_done_slowly() {
        let cdf = |x: f64| {
            if x < FAN[0] {
                return 0.0;
            }
            (0..6)
                .find(|&i| x < FAN[i + 1])
                .map_or(1.0, |i| LEVELS[i] + (LEVELS[i + 1] - LEVELS[i]) * (x - FAN[i]) / (FAN[i + 1] - FAN[i]))
        };
        for observed in [2.0, 10.0, 19.2, 33.0, 40.0, 55.0] {
            let steps = 600_000;
            let slow: f64 = (0..steps)
                .map(|step| 60.0 * (f64::from(step) + 0.5) / f64::from(steps))
                .map(|x| {
                    let gap = cdf(x) - f64::from(u8::from(x >= observed));
                    gap * gap * 60.0 / f64::from(steps)
                })
                .sum();
            assert!((crps(observed, &FAN) - slow).abs() < 1e-3, "{observed}: {} {slow}", crps(observed, &FAN));
        }
    }

    #[test]
    fn the_transform_runs_from_end_to_end() {
        let cases = [(5.0, 0.0125), (10.0, 0.025), (19.0, 0.375), (20.0, 0.5), (34.0, 0.9375), (41.0, 0.9875)];
        for (observed, expected) in cases {
            assert!((pit(observed, &FAN) - expected).abs() < 1e-12, "{observed}: {}", pit(observed, &FAN));
        }
        assert!((pit(1.0, &[1.0; 7]) - 0.5).abs() < 1e-12);
    }

    /// Observation and score of [`FAN`].
    const FROZEN_WIS: [(f64, f64); 4] = [
        (5.0, 11.085_714_285_714_285),
        (17.0, 1.657_142_857_142_857),
        (20.0, 0.942_857_142_857_142_8),
        (61.5, 33.585_714_285_714_29),
    ];
}
