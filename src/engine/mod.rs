//! Engines advance a validated scenario in time.
//!
//! All engines read one prepared law ([`Law`]) and one [`World`]; none has parameters of its own. The aggregate engines
//! share one schedule (`aggregate`) and differ only in what chance does ([`Chance`]): expected numbers in
//! `mean_field`, whole people and binomial draws in `cohort`. The [`agent`] engine follows every person.

pub mod agent;
mod aggregate;
pub mod binomial;
pub mod chance;
mod cohort;
pub mod law;
mod mean_field;
pub mod record;
pub mod values;
mod world;

pub use agent::Agents;
pub use aggregate::{Simulation, simulate};
pub use chance::Chance;
pub use cohort::WholePeople;
pub use law::Law;
pub use mean_field::{Expected, ExpectedUsers};
pub use record::{Recorder, Report};
pub use values::{Track, Values};
pub use world::{People, World, engine_order};

use crate::scenario::EngineKind;

/// One member on its way under the law of its draw; a clone goes on as the original would, under the same law or under one
/// that is the same up to this month.
pub trait Engine: Clone {
    /// Simulates up to, and not including, month `end` of the run.
    fn run_to(&mut self, end: usize, law: &Law<f64>, recorder: &mut Recorder<'_, f64>);
}

impl Engine for Agents<'_> {
    fn run_to(&mut self, end: usize, law: &Law<f64>, recorder: &mut Recorder<'_, f64>) {
        Agents::run_to(self, end, law, recorder);
    }
}

/// An aggregate engine: a [`Simulation`] and its chance.
#[derive(Clone, Debug)]
pub struct Aggregate<'a, C> {
    simulation: Simulation<'a, f64>,
    chance: C,
}

impl<'a, C: Chance<f64>> Aggregate<'a, C> {
    /// Before the first month.
    #[must_use]
    pub fn new(world: &'a World<'a>, law: &Law<f64>, chance: C) -> Self {
        Self { simulation: Simulation::new(world, law, &chance), chance }
    }
}

impl<C: Chance<f64> + Clone> Engine for Aggregate<'_, C> {
    fn run_to(&mut self, end: usize, law: &Law<f64>, recorder: &mut Recorder<'_, f64>) {
        self.simulation.run_to(end, law, &mut self.chance, recorder);
    }
}

/// Runs member `member` of the scenario, by its engine, from the first month to the last.
pub fn run_member(world: &World<'_>, law: &Law<f64>, seed: u64, member: u32, recorder: &mut Recorder<'_, f64>) {
    match world.scenario.run.engine {
        EngineKind::MeanField => simulate(world, law, &mut Expected::default(), recorder),
        EngineKind::Cohort => simulate(world, law, &mut WholePeople::new(world.scenario, seed, member), recorder),
        EngineKind::Agent => Agents::new(world, law, seed, member).run_to(world.demography.months, law, recorder),
    }
}
