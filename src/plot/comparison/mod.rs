//! Figures of a comparison of scenarios, from its result types only.
//!
//! [`comparison_figures`] draws them: for each layer the levels (`levels`), the differences from the baseline over time
//! (`difference`) and by chosen year (`ranking`), by group (`divided`) and against their cost (`cost`), and the difference
//! in incidents where they are followed. A scenario keeps its colour and dash in all of them (`cast`): grey is the baseline,
//! the others take theirs from their position.

use crate::comparison::Comparison;
use crate::series::Quantity;

use super::groups::{self, Division};
use super::{Figure, Footer, PlotError};

mod cast;
mod cost;
mod difference;
mod divided;
mod ends;
mod levels;
mod names;
mod page;
mod panels;
mod ranking;
mod scale;

/// One figure to draw; the number is the layer's position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Levels(usize),
    Difference(usize),
    Ranking(usize),
    Groups(usize),
    Regions(usize),
    Cost(usize),
    Incidents(usize),
}

impl Kind {
    /// The figures that `comparison` has scenarios, layers, groups and dates for; estimates are not looked at.
    fn of(comparison: &Comparison) -> Vec<Self> {
        let empty = comparison.layers.is_empty() || comparison.groups.is_empty() || comparison.dates.is_empty();
        if empty || comparison.outcomes.len() < 2 || comparison.baseline >= comparison.outcomes.len() {
            return Vec::new();
        }
        let has = |division| !groups::one_way(&comparison.groups, division).is_empty();
        let chosen = !comparison.chosen.is_empty();
        let small = [Division::Residence, Division::Sex, Division::Age].into_iter().any(has);
        let priced = cast::policies(comparison).iter().any(|role| role.outcome.cost.is_some());
        let mut kinds = Vec::new();
        for layer in 0..comparison.layers.len() {
            kinds.extend([Self::Levels(layer), Self::Difference(layer)]);
            kinds.extend(chosen.then_some(Self::Ranking(layer)));
            kinds.extend((chosen && small).then_some(Self::Groups(layer)));
            kinds.extend((chosen && has(Division::Region)).then_some(Self::Regions(layer)));
            kinds.extend(priced.then_some(Self::Cost(layer)));
        }
        let followed = comparison.victims.filter(|&layer| layer < comparison.layers.len());
        kinds.extend(followed.filter(|_| comparison.dates.len() > 1).map(Self::Incidents));
        kinds
    }

    fn name(self, comparison: &Comparison) -> String {
        let (what, layer) = match self {
            Self::Levels(layer) => ("levels", layer),
            Self::Difference(layer) => ("difference", layer),
            Self::Ranking(layer) => ("ranking", layer),
            Self::Groups(layer) => ("groups", layer),
            Self::Regions(layer) => ("regions", layer),
            Self::Cost(layer) => ("cost", layer),
            Self::Incidents(_) => return "compare_incidents".to_owned(),
        };
        format!("compare_{what}_{}", stem(comparison, layer))
    }

    fn draw(self, comparison: &Comparison, footer: &Footer) -> Result<Figure, PlotError> {
        let name = self.name(comparison);
        match self {
            Self::Levels(layer) => levels::draw(comparison, layer, name, footer),
            Self::Difference(layer) => difference::draw(comparison, layer, Quantity::Users, name, footer),
            Self::Ranking(layer) => ranking::draw(comparison, layer, name, footer),
            Self::Groups(layer) => divided::people(comparison, layer, name, footer),
            Self::Regions(layer) => divided::regions(comparison, layer, name, footer),
            Self::Cost(layer) => cost::draw(comparison, layer, name, footer),
            Self::Incidents(layer) => difference::draw(comparison, layer, Quantity::Incidents, name, footer),
        }
    }
}

/// The layer's name with characters that a file name may not hold everywhere turned into `_`; unique among the layers.
fn stem(comparison: &Comparison, layer: usize) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' };
    let plain = |layer: usize| comparison.layers[layer].name.chars().map(safe).take(60).collect::<String>();
    let own = plain(layer);
    if (0..layer).any(|earlier| plain(earlier) == own) { format!("{own}_{layer}") } else { own }
}

/// Every figure of a comparison, in the order of [`comparison_figure_names`].
///
/// For each layer: `compare_levels_LAYER`, `compare_difference_LAYER`; where years are chosen `compare_ranking_LAYER`, and
/// with groups `compare_groups_LAYER` (residence, sex, age) and `compare_regions_LAYER`; where a policy states its cost
/// `compare_cost_LAYER`. Last, where incidents are followed, `compare_incidents`. None with fewer than two scenarios.
/// Values that are not finite are left out. Linear in the number of estimates.
///
/// # Errors
/// When the numbers of a scenario do not match the comparison's layers, groups and dates, or when drawing fails.
pub fn comparison_figures(comparison: &Comparison, footer: &Footer) -> Result<Vec<Figure>, PlotError> {
    check(comparison)?;
    Kind::of(comparison).into_iter().map(|kind| kind.draw(comparison, footer)).collect()
}

/// Stems of the figures that [`comparison_figures`] draws; levels and differences may be empty.
#[must_use]
pub fn comparison_figure_names(comparison: &Comparison) -> Vec<String> {
    Kind::of(comparison).into_iter().map(|kind| kind.name(comparison)).collect()
}

fn check(comparison: &Comparison) -> Result<(), PlotError> {
    let (layers, dates) = (comparison.layers.len(), comparison.dates.len());
    let estimates = layers * comparison.slots() * Quantity::EVERY.len();
    for outcome in &comparison.outcomes {
        let costs = outcome.cost.as_ref().map(|cost| ("costs", cost.total.len(), dates));
        let fields = [
            ("levels", outcome.levels.len(), estimates),
            ("differences", outcome.differences.len(), estimates),
            ("totals", outcome.totals.len(), layers * dates),
        ];
        for (what, found, expected) in fields.into_iter().chain(costs) {
            if found != expected {
                let scenario = outcome.name.clone();
                return Err(PlotError::Comparison { scenario, what, found, expected });
            }
        }
    }
    match comparison.chosen.iter().find(|&&date| date >= dates) {
        Some(&date) => Err(PlotError::Chosen { date, dates }),
        None => Ok(()),
    }
}
