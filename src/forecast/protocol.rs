//! Which forecasts are made and scored.

use serde::Serialize;

use crate::data::{Panel, Point};

/// The rules of a backtest. The defaults are those by which the published skill was measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Protocol {
    /// Years whose figures are the last that a forecast may use.
    pub origins: Vec<i32>,
    /// Furthest year forecast, counted from the origin.
    pub horizon: u32,
    /// Fewest figures above zero up to the origin.
    pub history: usize,
    /// Fewest figures to score against after the origin, within the horizon.
    pub future: usize,
    /// Most years that a country's last figure may lie before the origin.
    pub staleness: i32,
    /// Codes of the countries to forecast; empty: all. Forecasters learn from all countries in either case.
    pub countries: Vec<String>,
}

impl Default for Protocol {
    fn default() -> Self {
        Self {
            origins: vec![2005, 2008, 2010, 2012, 2015, 2017],
            horizon: 8,
            history: 6,
            future: 2,
            staleness: 1,
            countries: Vec::new(),
        }
    }
}

/// One country forecast from one origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Country.
    pub iso3: String,
    /// Origin.
    pub origin: i32,
    /// Its last figure above zero up to the origin.
    pub last: Point,
    /// What was observed after the origin, within the horizon.
    pub future: Vec<Point>,
}

impl Protocol {
    /// The tasks of one origin, by country: which are eligible follows from what was `known` then and what the `truth` holds.
    ///
    /// With one panel for both, `known` and `truth` are the same.
    #[must_use]
    pub fn tasks(&self, origin: i32, known: &Panel, truth: &Panel) -> Vec<Task> {
        let chosen = |iso3: &str| self.countries.is_empty() || self.countries.iter().any(|code| code == iso3);
        let task = |country: &crate::data::Country| {
            let history: Vec<&Point> = country.until(origin).iter().filter(|point| point.value > 0.0).collect();
            let last = **history.last()?;
            let later = truth.country(&country.iso3)?;
            let after = &later.points[later.until(origin).len()..];
            let end = origin.saturating_add_unsigned(self.horizon);
            let future: Vec<Point> = after.iter().copied().filter(|point| point.year <= end).collect();
            let eligible = history.len() >= self.history
                && last.year >= origin.saturating_sub(self.staleness)
                && future.len() >= self.future.max(1);
            eligible.then(|| Task { iso3: country.iso3.clone(), origin, last, future })
        };
        known.countries.iter().filter(|country| chosen(&country.iso3)).filter_map(task).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Country;

    fn panel(points: impl IntoIterator<Item = (i32, f64)>) -> Panel {
        let points = points.into_iter().map(|(year, value)| Point { year, value }).collect();
        Panel::new([Country { iso3: "AAA".to_owned(), name: String::new(), points }])
    }

    fn tasks(panel: &Panel) -> usize {
        Protocol::default().tasks(2010, panel, panel).len()
    }

    #[test]
    fn six_figures_above_zero_a_fresh_one_and_two_to_score_make_a_task() {
        let full: Vec<(i32, f64)> = (2005..=2012).map(|year| (year, 1.0)).collect();
        assert_eq!(tasks(&panel(full.clone())), 1);
        assert_eq!(tasks(&panel(full.iter().map(|&(year, value)| (year, if year == 2005 { 0.0 } else { value })))), 0);
        assert_eq!(tasks(&panel(full[..7].iter().copied())), 0, "one figure to score");
        let stale = (2000..=2008).map(|year| (year, 1.0)).chain([(2012, 1.0), (2013, 1.0)]);
        assert_eq!(tasks(&panel(stale)), 0);
        let late = (2000..=2009).map(|year| (year, 1.0)).chain([(2012, 1.0), (2018, 1.0), (2019, 1.0)]);
        let late = panel(late);
        let tasks = Protocol::default().tasks(2010, &late, &late);
        assert_eq!(tasks[0].future.len(), 2, "2019 is beyond the horizon");
        assert_eq!(tasks[0].last.year, 2009);
    }
}
