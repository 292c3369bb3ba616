//! Interventions as one member sees them: strengths drawn, force known for every month, places marked.

use crate::engine::values::{Track, Values};
use crate::number::Number;
use crate::population::Grid;
use crate::scenario::{Effect, Parameter, Scenario, Target};

/// One mechanism of one intervention.
#[derive(Clone, Debug)]
pub(super) struct Change<'a, N> {
    pub effect: &'a Effect,
    pub who: &'a Target,
    /// By place.
    pub touches: Vec<bool>,
    /// First month of the run with an effect, and the first after it.
    pub from: usize,
    pub to: usize,
    /// By month from `from`, 0..=1.
    force: Vec<f64>,
    /// Strength by month of the run.
    pub strength: Track<N>,
}

impl<'a, N: Number> Change<'a, N> {
    /// Every mechanism of every intervention, in the order of the file.
    pub fn every(scenario: &'a Scenario, values: &impl Values<N>) -> Vec<Self> {
        let (start, months) = (scenario.time.start, scenario.time.months());
        let grid = &scenario.population.grid;
        let mut changes = Vec::new();
        for intervention in &scenario.interventions {
            let (from, to) = months_of(start, months, intervention.start, intervention.end);
            let force: Vec<f64> = (from..to).map(|m| intervention.force(start.plus(m as i32))).collect();
            for effect in &intervention.effects {
                changes.push(Self {
                    effect,
                    who: &intervention.who,
                    touches: (0..grid.places()).map(|p| intervention.who.touches_place(grid, p)).collect(),
                    from,
                    to,
                    force: force.clone(),
                    strength: Track::new(strength(effect), values, start, months),
                });
            }
        }
        changes
    }

    /// How far it is in force, 0..=1.
    pub fn force(&self, month: usize) -> f64 {
        month.checked_sub(self.from).and_then(|m| self.force.get(m)).copied().unwrap_or(0.0)
    }

    /// Whether it acts on `place` in `month`.
    pub fn acts(&self, month: usize, place: usize) -> bool {
        (self.from..self.to).contains(&month) && self.touches[place]
    }

    /// `value` multiplied by the strength, as far as it is in force.
    pub fn multiplied(&self, value: N, month: usize) -> N {
        value * self.multiplier(month, 1.0)
    }

    /// What people multiply by of whom a share is touched: `1 + share x force x (strength - 1)`.
    pub fn multiplier(&self, month: usize, share: f64) -> N {
        N::from(1.0) + (self.strength.at(month) - N::from(1.0)) * (self.force(month) * share)
    }

    /// The strength as far as it is in force and people are touched.
    pub fn addition(&self, month: usize, share: f64) -> N {
        self.strength.at(month) * (self.force(month) * share)
    }

    /// `value` moved towards `goal`, as far as it is in force.
    pub fn moved(&self, value: N, goal: N, month: usize) -> N {
        value + (goal - value) * self.force(month)
    }

    /// The share touched of each (sex, age) position.
    pub fn shares(&self, grid: &Grid) -> Vec<f64> {
        (0..grid.cells_per_place()).map(|kind| self.who.share_of_kind(grid, kind)).collect()
    }
}

/// The months of the run, from and up to but not including, in which dates lie.
fn months_of(
    start: crate::units::Month,
    months: usize,
    first: crate::units::Month,
    last: Option<crate::units::Month>,
) -> (usize, usize) {
    let within = |m: i32| (m.max(0) as usize).min(months);
    let from = within(first.months_since(start));
    let to = last.map_or(months, |last| within(last.months_since(start) + 1));
    (from, to.max(from))
}

fn strength(effect: &Effect) -> &Parameter {
    use crate::scenario::LayerChange as L;
    match effect {
        Effect::Layer {
            change:
                L::Adoption(p)
                | L::Innovation(p)
                | L::Imitation(p)
                | L::Discontinuance(p)
                | L::OutsideInfluence(p)
                | L::Ceiling(p)
                | L::Suspension { lost: p, .. },
            ..
        }
        | Effect::Driver { amount: p, .. }
        | Effect::Incidents(p)
        | Effect::Capacity(p)
        | Effect::Trust(p) => p,
    }
}
