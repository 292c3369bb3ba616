//! Who is who in a comparison: titles, colours and dashes, the same in every figure.

use crate::comparison::{Comparison, Outcome};
use crate::series::{Estimate, Quantity};

use super::super::fan::{Curve, Look};
use super::super::style::{self, Colour};

/// Values further from zero are a mistake and not drawn.
const FAR: f64 = 1e15;

/// A scenario and how it looks.
#[derive(Clone, Copy)]
pub(super) struct Role<'a> {
    /// Its results.
    pub outcome: &'a Outcome,
    /// Its title, or its name where it has none.
    pub title: &'a str,
    /// Colour of lines, bands and marks.
    pub colour: Colour,
    /// Dash of lines.
    pub dash: Option<(f64, f64)>,
}

impl<'a> Role<'a> {
    fn new(outcome: &'a Outcome, colour: Colour, dash: Option<(f64, f64)>) -> Self {
        let title = if outcome.title.trim().is_empty() { &outcome.name } else { &outcome.title };
        Self { outcome, title: title.trim(), colour, dash }
    }

    /// How its curves are drawn.
    pub fn look(&self, comparison: &Comparison, banded: bool) -> Look {
        let single = comparison.members <= 1;
        Look { colour: self.colour, dash: self.dash, banded: banded && !single, single }
    }

    /// Everybody's difference in penetration at a date.
    pub fn effect(&self, comparison: &Comparison, layer: usize, group: usize, date: usize) -> Option<&'a Estimate> {
        let index = comparison.index(layer, group, date, Quantity::Penetration)?;
        self.outcome.differences.get(index).filter(|estimate| is_drawable(estimate))
    }
}

/// The baseline, grey.
pub(super) fn baseline(comparison: &Comparison) -> Option<Role<'_>> {
    comparison.outcomes.get(comparison.baseline).map(|outcome| Role::new(outcome, style::BASELINE, None))
}

/// All others, in the order given.
pub(super) fn policies(comparison: &Comparison) -> Vec<Role<'_>> {
    let others = comparison.outcomes.iter().enumerate().filter(|(position, _)| *position != comparison.baseline);
    others
        .enumerate()
        .map(|(rank, (_, outcome))| Role::new(outcome, style::series_colour(rank), style::series_dash(rank)))
        .collect()
}

/// The policies from the largest median difference in penetration at the last chosen date to the smallest; those without
/// a value come last, equal ones keep their order.
pub(super) fn ranked(comparison: &Comparison, layer: usize) -> Vec<Role<'_>> {
    let mut roles = policies(comparison);
    let last = comparison.chosen.last().copied().unwrap_or(0);
    let rank = |role: &Role<'_>| role.effect(comparison, layer, 0, last).map_or(f64::NEG_INFINITY, Estimate::median);
    roles.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    roles
}

/// Everybody's estimates of one quantity over all dates; those that cannot be drawn are left out.
pub(super) fn curve(comparison: &Comparison, estimates: &[Estimate], layer: usize, quantity: Quantity) -> Curve {
    let dates = comparison.dates.iter().enumerate();
    dates
        .filter_map(|(date, &month)| Some((month, *estimates.get(comparison.index(layer, 0, date, quantity)?)?)))
        .filter(|(_, estimate)| is_drawable(estimate))
        .collect()
}

/// Whether every quantile is a number that an axis can reach.
pub(super) fn is_drawable(estimate: &Estimate) -> bool {
    estimate.quantiles.iter().all(|quantile| quantile.abs() < FAR)
}
