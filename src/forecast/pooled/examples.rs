//! Every country and year of the past, with what came after.

use super::super::Known;
use super::features::{State, World, learnable};

/// One country in one year, and its figure some years later.
#[derive(Clone, Debug)]
pub(super) struct Example {
    /// Position of its country in the panel.
    pub country: usize,
    /// Years from the one figure to the other.
    pub lead: u32,
    /// Year of the later figure.
    pub year: i32,
    /// Earlier figure, percent.
    pub from: f64,
    /// Later figure, percent.
    pub to: f64,
    /// Which row of features.
    pub row: usize,
}

/// All of them.
pub(super) struct Examples {
    /// Features but for the lead, one row a country and year.
    pub rows: Vec<Vec<f64>>,
    /// Examples by country, year and lead.
    pub all: Vec<Example>,
}

impl Examples {
    /// Gathers examples with leads up to `longest`; both figures are dated up to the origin.
    pub fn collect(known: &Known, world: &World<'_>, longest: u32) -> Self {
        let mut examples = Self { rows: Vec::new(), all: Vec::new() };
        for (position, country) in known.panel().countries.iter().enumerate() {
            for (at, point) in country.points.iter().enumerate() {
                let history = &country.points[..=at];
                if point.value <= 0.0 || !learnable(history) {
                    continue;
                }
                let state = State::at(history);
                let row = examples.rows.len();
                let later =
                    country.points[at + 1..].iter().take_while(|later| later.year - point.year <= longest as i32);
                let before = examples.all.len();
                examples.all.extend(later.map(|later| Example {
                    country: position,
                    lead: (later.year - point.year) as u32,
                    year: later.year,
                    from: point.value,
                    to: later.value,
                    row,
                }));
                if examples.all.len() > before {
                    examples.rows.push(state.features(world, &country.iso3));
                }
            }
        }
        examples
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }
}
