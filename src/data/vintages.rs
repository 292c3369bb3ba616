//! Several publications of the same series, side by side.

use super::flags::{Flag, Kind};
use super::panel::Panel;

/// Publications of one indicator by rising date; at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Vintages {
    panels: Vec<Panel>,
}

impl Vintages {
    /// From panels in any order; `None` without any. A panel without a date counts as published before all others.
    #[must_use]
    pub fn new(mut panels: Vec<Panel>) -> Option<Self> {
        panels.sort_by(|one, other| one.vintage.cmp(&other.vintage));
        (!panels.is_empty()).then_some(Self { panels })
    }

    /// All of them, by rising date.
    #[must_use]
    pub fn all(&self) -> &[Panel] {
        &self.panels
    }

    /// The last one published.
    #[must_use]
    pub fn newest(&self) -> &Panel {
        self.panels.last().expect("there is at least one")
    }

    /// The last one published by the end of a year; dates are `YYYY-MM-DD`.
    #[must_use]
    pub fn known_in(&self, year: i32) -> Option<&Panel> {
        let end = format!("{year:04}-12-31");
        self.panels.iter().rev().find(|panel| panel.vintage.as_ref().is_none_or(|vintage| *vintage <= end))
    }

    /// The one published on a date.
    #[must_use]
    pub fn on(&self, date: &str) -> Option<&Panel> {
        self.panels.iter().find(|panel| panel.vintage.as_deref() == Some(date))
    }

    /// Figures above zero of a country that a later publication changed by more than `points`, or withdrew, by year.
    #[must_use]
    pub fn revisions(&self, iso3: &str, points: f64) -> Vec<Flag> {
        let mut flags = Vec::new();
        for pair in self.panels.windows(2) {
            let (Some(before), Some(after)) = (pair[0].country(iso3), pair[1].country(iso3)) else { continue };
            for point in before.points.iter().filter(|point| point.value > 0.0) {
                let date = pair[1].vintage.clone().unwrap_or_default();
                let kind = match after.value(point.year) {
                    None => Kind::Withdrawn { date },
                    Some(value) if (value - point.value).abs() > points => Kind::Revised { to: value, date },
                    Some(_) => continue,
                };
                flags.push(Flag { iso3: iso3.to_owned(), year: point.year, value: point.value, kind });
            }
        }
        flags.sort_by_key(|flag| flag.year);
        flags
    }
}
