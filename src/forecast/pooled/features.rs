//! How a country stood in a year, and the world around it: all from figures up to that year.

use std::collections::BTreeMap;

use super::super::Known;
use super::super::known::yearly;
use super::scale::logit;
use crate::data::{Country, Point};

/// What trees may look at, in the order of the rows that they are handed; covariates follow, and the lead comes last.
pub const FEATURES: [(&str, &str); 20] = [
    ("level", "logit of the last figure"),
    ("pace-1", "change of the logit over the last year"),
    ("pace-2", "change of the logit per year over two years"),
    ("pace-3", "change of the logit per year over three years"),
    ("pace-5", "change of the logit per year over five years"),
    ("rise-1", "points gained over the last year"),
    ("rise-3", "points gained per year over three years"),
    ("rise-5", "points gained per year over five years"),
    ("figures", "figures above zero so far"),
    ("since-1", "years since 1 % was passed, -1 before"),
    ("since-10", "years since 10 % was passed, -1 before"),
    ("unrest", "standard deviation of yearly changes of the logit over six years"),
    ("jump", "largest gain of a year within six years, points"),
    ("year", "calendar year"),
    ("world-level", "median of the logit over all countries that year"),
    ("world-pace-1", "mean of pace-1 over all countries"),
    ("world-pace-3", "mean of pace-3 over all countries"),
    ("world-rise-1", "mean of rise-1 over all countries"),
    ("world-rise-3", "mean of rise-3 over all countries"),
    ("lead-on-world", "level less world-level"),
];

/// Fewest figures above zero of a country that others learn from.
const FEWEST: usize = 3;
/// Years that unrest and jump look back.
const RECENT: usize = 6;

/// How a country stood in the year of a figure.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// The year of the figure.
    pub year: i32,
    /// The figure, percent.
    pub value: f64,
    /// Values in the order of [`FEATURES`], without those of the world.
    own: [f64; 13],
}

impl State {
    /// The state at the last figure of `points`, which are not empty.
    pub fn at(points: &[Point]) -> Self {
        let last = points.last().expect("callers hand over a country of which something is known");
        let figures = points.iter().filter(|point| point.value > 0.0).count();
        // A zero after figures above zero is a gap of the publisher's making: the figure before it stands.
        let last = points.iter().rev().find(|point| point.value > 0.0).copied().unwrap_or(*last);
        let values = yearly(points, last.year);
        let logits: Vec<f64> = interpolated_logits(points, last.year);
        let pace = |series: &[f64], years: usize| {
            let years = years.min(series.len() - 1);
            if years == 0 { 0.0 } else { (series[series.len() - 1] - series[series.len() - 1 - years]) / years as f64 }
        };
        let since = |level: f64| {
            values.iter().position(|&value| value >= level).map_or(-1.0, |at| (values.len() - 1 - at) as f64)
        };
        let recent = |series: &[f64]| -> Vec<f64> {
            let changes: Vec<f64> = series.windows(2).map(|pair| pair[1] - pair[0]).collect();
            changes[changes.len().saturating_sub(RECENT)..].to_vec()
        };
        let jump = recent(&values).into_iter().fold(f64::NEG_INFINITY, f64::max);
        let own = [
            logit(last.value),
            pace(&logits, 1),
            pace(&logits, 2),
            pace(&logits, 3),
            pace(&logits, 5),
            pace(&values, 1),
            pace(&values, 3),
            pace(&values, 5),
            figures as f64,
            since(1.0),
            since(10.0),
            deviation(&recent(&logits)),
            if jump.is_finite() { jump } else { 0.0 },
        ];
        Self { year: last.year, value: last.value, own }
    }

    /// Everything a tree may look at but the lead.
    pub fn features(&self, world: &World<'_>, iso3: &str) -> Vec<f64> {
        let around = world.around(self.year);
        let mut features = self.own.to_vec();
        features.push(f64::from(self.year));
        features.extend(around);
        features.push(self.own[0] - around[0]);
        let covariates = world.known.covariates();
        features
            .extend((0..covariates.series.len()).map(|at| covariates.last(at, iso3, self.year).unwrap_or(f64::NAN)));
        features
    }
}

/// Logits of the yearly values, straight between the logits of the figures above zero.
fn interpolated_logits(points: &[Point], until: i32) -> Vec<f64> {
    let lifted: Vec<Point> = points
        .iter()
        .filter(|point| point.value > 0.0)
        // `yearly` keeps what is above zero, and logits may lie below: they are moved up and back.
        .map(|point| Point { year: point.year, value: logit(point.value) + LIFT })
        .collect();
    if lifted.is_empty() {
        return vec![logit(0.0)];
    }
    yearly(&lifted, until).into_iter().map(|value| value - LIFT).collect()
}

/// More than the distance of the lowest logit from zero.
const LIFT: f64 = 16.0;

fn deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / values.len() as f64).sqrt()
}

/// The state of all countries in each year.
pub(super) struct World<'a> {
    known: &'a Known,
    years: BTreeMap<i32, [f64; 5]>,
}

impl<'a> World<'a> {
    /// Works out every year up to the origin.
    pub fn new(known: &'a Known) -> Self {
        let countries = &known.panel().countries;
        let first = countries.iter().filter_map(|country| country.points.first()).map(|point| point.year).min();
        let years = first.into_iter().flat_map(|first| first..=known.origin());
        let years = years.filter_map(|year| Some((year, Self::of_year(countries, year)?))).collect();
        Self { known, years }
    }

    fn of_year(countries: &[Country], year: i32) -> Option<[f64; 5]> {
        let states: Vec<State> = countries
            .iter()
            .map(|country| country.until(year))
            .filter(|points| learnable(points))
            .map(State::at)
            .filter(|state| state.year >= year - 1)
            .collect();
        if states.is_empty() {
            return None;
        }
        let mean = |at: usize| states.iter().map(|state| state.own[at]).sum::<f64>() / states.len() as f64;
        let mut levels: Vec<f64> = states.iter().map(|state| state.own[0]).collect();
        levels.sort_by(f64::total_cmp);
        let median = f64::midpoint(levels[(levels.len() - 1) / 2], levels[levels.len() / 2]);
        Some([median, mean(1), mean(3), mean(5), mean(6)])
    }

    /// Median level and mean paces of a year, or of the nearest year before it; zeros where nothing is known.
    fn around(&self, year: i32) -> [f64; 5] {
        self.years.range(..=year).next_back().map_or([0.0; 5], |(_, around)| *around)
    }
}

/// Whether others may learn from a country with these figures.
pub(super) fn learnable(points: &[Point]) -> bool {
    points.iter().filter(|point| point.value > 0.0).count() >= FEWEST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(points: &[(i32, f64)]) -> Vec<Point> {
        points.iter().map(|&(year, value)| Point { year, value }).collect()
    }

    #[test]
    fn a_state_by_hand() {
        let state = State::at(&points(&[(1990, 0.0), (2000, 2.0), (2002, 4.0), (2003, 12.0)]));
        let find = |name: &str| state.own[FEATURES.iter().position(|feature| feature.0 == name).expect("a feature")];
        assert_eq!((state.year, state.value), (2003, 12.0));
        assert_eq!(find("rise-1"), 8.0);
        assert!((find("rise-3") - 10.0 / 3.0).abs() < 1e-12);
        assert_eq!(find("figures"), 3.0);
        assert_eq!(find("since-1"), 3.0);
        assert_eq!(find("since-10"), 0.0);
        assert_eq!(find("jump"), 8.0);
        assert!((find("pace-1") - (logit(12.0) - logit(4.0))).abs() < 1e-12);
        assert!((find("pace-3") - (logit(12.0) - logit(2.0)) / 3.0).abs() < 1e-12);
        assert!((find("pace-2") - (logit(12.0) - f64::midpoint(logit(2.0), logit(4.0))) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn little_or_nothing_gives_a_state_all_the_same() {
        for few in [&[(2000, 0.0)][..], &[(2000, 5.0)], &[(2000, 5.0), (2001, 0.0)]] {
            assert!(State::at(&points(few)).own.iter().all(|value| value.is_finite()), "{few:?}");
        }
    }
}
