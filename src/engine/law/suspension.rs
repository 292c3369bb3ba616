//! When and where nobody can use a layer.

use super::change::Change;
use crate::number::Number;
use crate::scenario::{Effect, LayerChange};

/// A suspension of a layer or of one that it requires.
#[derive(Clone, Debug)]
pub struct Suspension<N> {
    /// First month, and the first after it.
    from: usize,
    to: usize,
    /// By place.
    touches: Vec<bool>,
    /// Part of each month that it lasts, above 0 up to 1.
    part: f64,
    /// Cumulative hazard with which users do not come back; `None` for a layer suspended through another.
    lost: Option<N>,
}

impl<N: Number> Suspension<N> {
    /// The suspensions of `layer` itself.
    pub(super) fn of(layer: usize, changes: &[Change<'_, N>]) -> Vec<Self> {
        let own = |change: &Change<'_, N>| match change.effect {
            Effect::Layer { layer: l, change: LayerChange::Suspension { part_of_month, .. } } if *l == layer => {
                let stay = N::from(1.0) - change.strength.at(change.from.min(change.to.saturating_sub(1)));
                let lost = if stay.value() > 0.0 { -stay.ln() } else { N::from(1e6) };
                Some(Self {
                    from: change.from,
                    to: change.to,
                    touches: change.touches.clone(),
                    part: *part_of_month,
                    lost: Some(lost),
                })
            }
            _ => None,
        };
        changes.iter().filter_map(own).filter(|s| s.from < s.to).collect()
    }

    /// The same with its number changed.
    pub(super) fn map<M: Number>(&self, change: &mut impl FnMut(N) -> M) -> Suspension<M> {
        let Self { from, to, part, .. } = *self;
        Suspension { from, to, touches: self.touches.clone(), part, lost: self.lost.map(change) }
    }

    /// The same as seen by a layer that requires the suspended one.
    pub(super) fn inherited(&self) -> Self {
        Self { lost: None, ..self.clone() }
    }

    /// The part of `month` in which nobody at `place` can use the layer, 0..=1.
    #[must_use]
    pub fn part(&self, month: usize, place: usize) -> f64 {
        if (self.from..self.to).contains(&month) && self.touches[place] { self.part } else { 0.0 }
    }

    /// The cumulative hazard of not coming back that users at `place` meet in `month`: in the last month of a
    /// suspension of parts of months, in the month after one of whole months.
    #[must_use]
    pub fn lost(&self, month: usize, place: usize) -> Option<N> {
        let due = if self.part < 1.0 { self.to - 1 } else { self.to };
        if month == due && self.touches[place] { self.lost } else { None }
    }
}
