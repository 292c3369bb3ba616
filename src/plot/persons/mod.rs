//! What only persons can tell: who came first, how long people wait, what set adoptions off, whether users know users, and
//! whose use a policy changes.

mod bars;
mod lines;
mod rows;

use crate::persons::{Observed, Pair};

use super::axis;
use super::frame::Words;
use super::style::{self, Colour};
use super::{Figure, PlotError};

/// What stands around the numbers.
#[derive(Clone, Debug, Default)]
pub struct PersonsCaption {
    /// Name and title of the scenario, or of two.
    pub scenarios: Vec<[String; 2]>,
    /// Seed.
    pub seed: u64,
    /// Member of the ensemble.
    pub member: u32,
}

impl PersonsCaption {
    /// What follows the title of a figure: the scenario's title, or for two what is held against what.
    fn place(&self) -> String {
        match &self.scenarios[..] {
            [] => String::new(),
            [only] => only[1].clone(),
            [first, second, ..] => format!("{} against {}", second[1], first[1]),
        }
    }

    fn facts(&self) -> String {
        let names: Vec<&str> = self.scenarios.iter().map(|one| one[0].as_str()).collect();
        let noun = if names.len() > 1 { "Scenarios" } else { "Scenario" };
        format!("{noun} {} · seed {} · member {} · every person followed", names.join(" and "), self.seed, self.member)
    }
}

/// The colours of those who use a layer in the second of two worlds only and in the first only, with what they stand for.
fn worlds(caption: &PersonsCaption) -> [(Colour, String); 2] {
    let only = |colour: usize, scenario: usize| {
        let title = caption.scenarios.get(scenario).map_or("", |one| one[1].as_str());
        (style::series_colour(colour), format!("Use it only in: {title}"))
    };
    [only(0, 1), only(1, 0)]
}

/// The figures of one scenario: `categories` (first layer) and `categories_LAYER`, `waiting`, `causes`, and `clustering` in a network with lasting ties.
///
/// # Errors
/// When drawing fails.
pub fn persons_figures(observed: &Observed, caption: &PersonsCaption) -> Result<Vec<Figure>, PlotError> {
    let mut figures = Vec::new();
    for layer in 0..observed.layers.len() {
        figures.push(rows::categories(observed, layer, caption)?);
    }
    figures.push(lines::waiting(observed, caption)?);
    figures.push(bars::causes(observed, caption)?);
    if observed.layers.iter().any(|layer| !layer.clustering.is_empty()) {
        figures.push(lines::clustering(observed, caption)?);
    }
    Ok(figures)
}

/// The figures of two scenarios: `changed` over time, and `changed_groups` (first layer) and `changed_groups_LAYER` at the last date.
///
/// # Errors
/// When drawing fails.
pub fn pair_figures(pair: &Pair, caption: &PersonsCaption) -> Result<Vec<Figure>, PlotError> {
    let mut figures = vec![bars::changed(pair, caption)?];
    for layer in 0..pair.layers.len() {
        figures.push(rows::changed(pair, layer, caption)?);
    }
    Ok(figures)
}

/// The name of a figure about one layer: the first has no suffix.
fn name_of(stem: &str, layer: usize, name: &str) -> String {
    if layer == 0 { stem.to_owned() } else { format!("{stem}_{name}") }
}

fn words(figure: &str, shows: String, subtitle: String, description: &str) -> Words {
    Words { figure: figure.to_owned(), shows, subtitle, description: description.to_owned() }
}

/// A share with a digit where it is small: `0.4 %`, `12 %`.
fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.0095 { format!("{:.1}{}%", share * 100.0, axis::THIN) } else { axis::percent(share) }
}
