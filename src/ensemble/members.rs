//! The members of an ensemble kept apart, so that two scenarios can be paired after each was run.

use std::ops::Range;

use rayon::prelude::*;

use super::{EnsembleError, Options, cancelled, measured, quantiles, run_member};
use crate::engine::record::MEASURES;
use crate::engine::{Report, World};
use crate::series::{Estimate, Group, Quantity};
use crate::units::Month;

/// What every member of a scenario gave, for as many members as its `run` asks for.
#[derive(Clone, Debug)]
pub struct Members {
    report: Report,
    layers: usize,
    victims: Option<usize>,
    results: Vec<Vec<f64>>,
}

impl Members {
    /// Runs every member of the world's scenario on the threads of the pool that this is called in.
    ///
    /// Cost: members x cells x months x layers. Unlike [`super::run`] it starts no threads and works out no people, so it
    /// suits being called again and again beside one world.
    ///
    /// # Errors
    /// [`EnsembleError::Cancelled`]; `options` give neither threads nor progress here.
    pub fn run(world: &World<'_>, options: &Options<'_>) -> Result<Self, EnsembleError> {
        Self::run_some(world, 0..super::members(world.scenario) as u32, options)
    }

    /// Runs the members of these numbers only, which need not be among those that the scenario asks for.
    ///
    /// # Errors
    /// As [`Members::run`].
    pub fn run_some(world: &World<'_>, which: Range<u32>, options: &Options<'_>) -> Result<Self, EnsembleError> {
        let scenario = world.scenario;
        let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
        let results = which
            .into_par_iter()
            .map(|member| {
                cancelled(options)?;
                Ok(run_member(world, &report, member))
            })
            .collect::<Result<Vec<_>, EnsembleError>>()?;
        let victims = scenario.victimisation.as_ref().map(|v| v.layer);
        Ok(Self { report, layers: scenario.layers.len(), victims, results })
    }

    /// Takes up further members of the same world.
    pub fn extend(&mut self, more: Self) {
        self.results.extend(more.results);
    }

    /// Keeps the first `count` members.
    pub fn truncate(&mut self, count: usize) {
        self.results.truncate(count);
    }

    /// Groups; the first is everybody.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.report.groups
    }

    /// Reported months, increasing.
    #[must_use]
    pub fn dates(&self) -> &[Month] {
        &self.report.dates
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.results.len()
    }

    /// Quantiles of a quantity over the members.
    #[must_use]
    pub fn level(&self, layer: usize, group: usize, date: usize, quantity: Quantity) -> Estimate {
        let mut values: Vec<f64> =
            (0..self.count()).map(|member| self.value(member, layer, group, date, quantity)).collect();
        quantiles::estimate(&mut values)
    }

    /// Quantiles of the members' differences from those of `baseline`, pair by pair; `None` where the two differ in how
    /// many members, layers, groups or dates they have.
    #[must_use]
    pub fn difference(
        &self,
        baseline: &Self,
        layer: usize,
        group: usize,
        date: usize,
        quantity: Quantity,
    ) -> Option<Estimate> {
        let shape = |of: &Self| (of.layers, of.count(), of.report.groups.len(), of.report.dates.len());
        let alike = shape(self) == shape(baseline);
        let value = |of: &Self, member| of.value(member, layer, group, date, quantity);
        alike.then(|| {
            let mut values: Vec<f64> =
                (0..self.count()).map(|member| value(self, member) - value(baseline, member)).collect();
            quantiles::estimate(&mut values)
        })
    }

    fn value(&self, member: usize, layer: usize, group: usize, date: usize, quantity: Quantity) -> f64 {
        let people = self.report.population[group * self.report.dates.len() + date];
        let at = self.report.index(layer, group, date);
        match quantity {
            Quantity::Population => people,
            Quantity::Incidents | Quantity::Victims if self.victims != Some(layer) => 0.0,
            _ => measured(&self.results[member][at..at + MEASURES], quantity, people, self.report.period(date)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load;
    use std::path::Path;

    #[test]
    fn members_kept_apart_are_those_of_a_run() {
        let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/minimal.toml"));
        let texts = |more: &[&str]| -> Vec<String> {
            ["run.members=7", "run.engine=\"mean-field\""].iter().chain(more).map(|t| (*t).to_owned()).collect()
        };
        let base = load(path, &texts(&[])).expect("valid").scenario;
        let faster = load(path, &texts(&["layer.internet.imitation.median=0.6"])).expect("valid").scenario;
        let world = World::new(&base);
        let members = Members::run(&world, &Options::default()).expect("runs");
        let whole = crate::ensemble::run(&base, &Options::default()).expect("runs");
        let mut parts = Members::run_some(&world, 0..3, &Options::default()).expect("runs");
        parts.extend(Members::run_some(&world, 3..8, &Options::default()).expect("runs"));
        parts.truncate(7);
        assert_eq!(parts.results, members.results);
        let last = members.dates().len() - 1;
        for quantity in Quantity::EVERY {
            assert_eq!(members.level(0, 0, last, quantity), *whole.estimate(0, 0, last, quantity), "{quantity:?}");
        }
        let other = Members::run(&world.shared_people().under(&faster).expect("the same people"), &Options::default())
            .expect("runs");
        let gained = other.difference(&members, 0, 0, 10, Quantity::Users).expect("alike");
        assert!(gained.quantiles[0] > 0.0, "{gained:?}");
        let same = members.difference(&members, 0, 0, 10, Quantity::Users).expect("alike");
        assert_eq!(same, Estimate::certain(0.0));
    }
}
