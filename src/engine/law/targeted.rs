//! Changes of hazards that touch some sexes or ages only.

use super::change::Change;
use crate::number::Number;
use crate::population::Grid;
use crate::scenario::{Effect, LayerChange};

/// A change of a layer's hazards for some (sex, age) positions.
#[derive(Clone, Debug)]
pub struct Targeted<N> {
    from: usize,
    /// By place.
    pub touches: Vec<bool>,
    /// Share touched of each (sex, age) position, 0..=1.
    pub shares: Vec<f64>,
    /// What it multiplies or adds to.
    pub what: Hazard,
    /// By month from `from`, force included: the strength less 1 for multipliers, the addition for outside influence.
    amounts: Vec<N>,
}

/// The hazard that a [`Targeted`] change acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hazard {
    /// Multiplies the whole adoption hazard.
    Adoption,
    /// Multiplies innovation.
    Innovation,
    /// Multiplies imitation.
    Imitation,
    /// Adds to innovation.
    Outside,
    /// Multiplies discontinuance.
    Discontinuance,
}

impl<N: Number> Targeted<N> {
    /// Those of `layer` that do anything, in the order of the file.
    pub(super) fn of(layer: usize, changes: &[Change<'_, N>], grid: &Grid) -> Vec<Self> {
        changes.iter().filter(|change| !change.who.is_everyone()).filter_map(|c| Self::new(layer, c, grid)).collect()
    }

    /// The same with its numbers changed.
    pub(super) fn map<M: Number>(&self, change: &mut impl FnMut(N) -> M) -> Targeted<M> {
        Targeted {
            from: self.from,
            touches: self.touches.clone(),
            shares: self.shares.clone(),
            what: self.what,
            amounts: self.amounts.iter().map(|amount| change(*amount)).collect(),
        }
    }

    fn new(layer: usize, change: &Change<'_, N>, grid: &Grid) -> Option<Self> {
        let what = match change.effect {
            Effect::Layer { layer: l, change } if *l == layer => match change {
                LayerChange::Adoption(_) => Hazard::Adoption,
                LayerChange::Innovation(_) => Hazard::Innovation,
                LayerChange::Imitation(_) => Hazard::Imitation,
                LayerChange::OutsideInfluence(_) => Hazard::Outside,
                LayerChange::Discontinuance(_) => Hazard::Discontinuance,
                LayerChange::Ceiling(_) | LayerChange::Suspension { .. } => return None,
            },
            _ => return None,
        };
        let amounts: Vec<N> = (change.from..change.to)
            .map(|month| match what {
                Hazard::Outside => change.addition(month, 1.0),
                _ => change.multiplier(month, 1.0) - N::from(1.0),
            })
            .collect();
        // Without strength it is as if it were not there, down to the random numbers.
        amounts.iter().any(|a| a.value() != 0.0).then(|| Self {
            from: change.from,
            touches: change.touches.clone(),
            shares: change.shares(grid),
            what,
            amounts,
        })
    }

    /// Whether it acts in `month`.
    #[must_use]
    pub fn acts(&self, month: usize) -> bool {
        month >= self.from && month < self.from + self.amounts.len()
    }

    /// The multiplier, or the addition per year, for a (sex, age) position in a month in which it acts.
    #[must_use]
    pub fn amount(&self, month: usize, kind: usize) -> N {
        let amount = self.amounts[month - self.from] * self.shares[kind];
        if self.what == Hazard::Outside { amount } else { amount + N::from(1.0) }
    }
}

/// Multiplier, innovation and imitation of (sex, age) position `kind` under `changes` that act in `month`.
pub fn changed_rates<'c, N: Number>(
    [mut multiplier, mut innovation, mut imitation]: [N; 3],
    month: usize,
    kind: usize,
    changes: impl Iterator<Item = &'c Targeted<N>>,
) -> [N; 3] {
    let mut outside = N::from(0.0);
    for change in changes {
        let amount = change.amount(month, kind);
        match change.what {
            Hazard::Adoption => multiplier = multiplier * amount,
            Hazard::Innovation => innovation = innovation * amount,
            Hazard::Imitation => imitation = imitation * amount,
            Hazard::Outside => outside = outside + amount,
            Hazard::Discontinuance => {}
        }
    }
    [multiplier, innovation + outside, imitation]
}
