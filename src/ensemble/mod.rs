//! Members of an ensemble: parameter draws x replicates, run in parallel, reduced to quantiles.
//!
//! Start from [`run`]. A member's numbers depend on its own index and the seed, never on threads or order.

mod compare;
pub mod draws;
mod members;
mod quantiles;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rayon::prelude::*;

pub use compare::compare;
pub use draws::{MemberDraw, ParameterDraw};
pub use members::Members;

use crate::engine::record::MEASURES;
use crate::engine::{self, Law, Recorder, Report, World};
use crate::persons::{self, Sample, Trace, Tracer};
use crate::scenario::{EngineKind, Scenario};
use crate::series::{Estimate, LayerLabel, Projection, Quantity};

/// Largest memory a run may ask for, bytes.
const MEMORY_LIMIT: u64 = 8 << 30;

/// How to run an ensemble; nothing here changes its results.
#[derive(Default)]
pub struct Options<'a> {
    /// Worker threads; `None`: one per core.
    pub threads: Option<usize>,
    /// Called with (members done, members in all), from any thread.
    pub progress: Option<&'a (dyn Fn(usize, usize) + Sync)>,
    /// Set to stop early.
    pub cancel: Option<&'a AtomicBool>,
}

/// Why an ensemble gave no projection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnsembleError {
    /// Stopped through [`Options::cancel`].
    #[error("stopped before the last member was done")]
    Cancelled,
    /// The results asked for would not fit.
    #[error(
        "the run asked for needs about {needed} bytes of memory ({for_persons} of them for persons), the limit is {limit}"
    )]
    TooLarge {
        /// Bytes needed.
        needed: u64,
        /// Those of them that are needed to follow persons, whatever the number of members.
        for_persons: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// The scenarios of a comparison differ in more than what they do, or a year is not reported.
    #[error("the scenarios cannot be compared: {0}")]
    NotComparable(String),
    /// Persons were asked of an engine that follows cells.
    #[error("the {engine} engine follows groups of people, not persons")]
    NoPersons {
        /// The engine.
        engine: &'static str,
    },
    /// The worker threads could not be started.
    #[error("the worker threads could not be started")]
    Threads(#[source] rayon::ThreadPoolBuildError),
}

/// The size of a run before it starts.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Plan {
    /// Cells of the population.
    pub cells: usize,
    /// Simulated months.
    pub months: usize,
    /// Layers.
    pub layers: usize,
    /// Members.
    pub members: usize,
    /// Reported groups.
    pub groups: usize,
    /// Reported dates.
    pub dates: usize,
    /// Expected peak memory of the run, bytes.
    pub memory_bytes: u64,
    /// What of it is needed to follow persons, whatever the number of members; bytes.
    #[serde(skip)]
    pub person_bytes: u64,
}

/// Measures a run without starting it.
#[must_use]
pub fn plan(scenario: &Scenario) -> Plan {
    let grid = &scenario.population.grid;
    let (cells, months, layers) = (grid.cells(), scenario.time.months(), scenario.layers.len());
    let members = members(scenario);
    let (groups, dates) = Report::size(&scenario.outputs, &scenario.time, grid);
    let values = (layers * groups * dates) as u64;
    // Demography: six stocks and flows, and two of them and three rates in the engine's order, 8 bytes each; per thread: some twenty numbers per layer and
    // cell; results: one number per member and measure, and the reduced estimates.
    let demography = (cells * months * 11 * 8) as u64;
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(members) as u64;
    let tables = (grid.places() * months * layers * 2 * 8) as u64;
    let (states, person_bytes) = match scenario.run.engine {
        EngineKind::Agent => (tables, engine::agent::memory(scenario)),
        EngineKind::MeanField | EngineKind::Cohort => (threads * ((cells * layers * 20 * 8) as u64 + tables), 0),
    };
    let results = values * (members as u64 * MEASURES as u64 * 8 + 5 * 64);
    let memory_bytes = (20 << 20) + demography + states + person_bytes + results;
    Plan { cells, months, layers, members, groups, dates, memory_bytes, person_bytes }
}

/// Members a scenario asks for, at least one.
fn members(scenario: &Scenario) -> usize {
    scenario.run.members.max(1) as usize
}

/// Refuses a plan that needs more memory than a run may take.
///
/// # Errors
/// [`EnsembleError::TooLarge`].
pub fn afford(plan: &Plan) -> Result<(), EnsembleError> {
    let needed = plan.memory_bytes;
    if needed > MEMORY_LIMIT {
        return Err(EnsembleError::TooLarge { needed, for_persons: plan.person_bytes, limit: MEMORY_LIMIT });
    }
    Ok(())
}

/// Runs every member and reduces them to quantiles. Bit-identical for any number of threads.
///
/// # Errors
/// See [`EnsembleError`].
pub fn run(scenario: &Scenario, options: &Options<'_>) -> Result<Projection, EnsembleError> {
    afford(&plan(scenario))?;
    let pool = pool(options)?;
    let world = World::new(scenario);
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    pool.install(|| {
        let results = run_members(&world, &report, options)?;
        Ok(reduce(scenario, &report, &results))
    })
}

/// As [`run`], with the histories of `persons` people in every member. The results are the same bits.
///
/// # Errors
/// See [`EnsembleError`]; [`EnsembleError::NoPersons`] under an engine that does not follow persons.
pub fn run_traced(
    scenario: &Scenario,
    persons: u64,
    options: &Options<'_>,
) -> Result<(Projection, Trace), EnsembleError> {
    if scenario.run.engine != EngineKind::Agent {
        return Err(EnsembleError::NoPersons { engine: scenario.run.engine.name() });
    }
    let mut plan = plan(scenario);
    plan.memory_bytes += persons::trace_memory(scenario, persons);
    afford(&plan)?;
    let pool = pool(options)?;
    let world = World::new(scenario);
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    pool.install(|| {
        let sample = Sample::new(&world, persons);
        let total = members(scenario);
        let mut followed = Vec::new();
        let (mut results, mut histories) = (Vec::with_capacity(total), Vec::with_capacity(total));
        for member in 0..total {
            cancelled(options)?;
            let law = Law::new(scenario, &MemberDraw::new(scenario, member as u32));
            let mut recorder = Recorder::new(&report, scenario.layers.len());
            let mut agents = engine::Agents::new(&world, &law, scenario.run.seed, member as u32);
            let mut tracer = Tracer::new(&world, &sample, &agents, &law);
            agents.run_watched(world.demography.months, &law, &mut recorder, |agents| tracer.month(agents, &law));
            results.push(recorder.values);
            let (persons, events) = tracer.finish();
            // The same people live in every member.
            followed = persons;
            histories.push(events);
            if let Some(progress) = options.progress {
                progress(member + 1, total);
            }
        }
        let layers = scenario.layers.iter().map(|layer| layer.name.clone()).collect();
        let trace = Trace { grid: world.demography.grid.clone(), layers, persons: followed, members: histories };
        Ok((reduce(scenario, &report, &results), trace))
    })
}

/// The threads that `options` ask for.
fn pool(options: &Options<'_>) -> Result<rayon::ThreadPool, EnsembleError> {
    rayon::ThreadPoolBuilder::new().num_threads(options.threads.unwrap_or(0)).build().map_err(EnsembleError::Threads)
}

/// An error when `options` say that the run is to stop.
fn cancelled(options: &Options<'_>) -> Result<(), EnsembleError> {
    match options.cancel {
        Some(cancel) if cancel.load(Ordering::Relaxed) => Err(EnsembleError::Cancelled),
        _ => Ok(()),
    }
}

/// The recorded values of every member, in the order of members.
fn run_members(world: &World<'_>, report: &Report, options: &Options<'_>) -> Result<Vec<Vec<f64>>, EnsembleError> {
    let total = members(world.scenario);
    let done = AtomicUsize::new(0);
    each_member(world.scenario, |member| {
        cancelled(options)?;
        let values = run_member(world, report, member);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(progress) = options.progress {
            progress(done, total);
        }
        Ok(values)
    })
}

/// What `work` makes of each member, in their order. Members of the agent engine, which shares the people of one among the threads,
/// come one after the other; those of other engines side by side.
fn each_member<T: Send, E: Send>(
    scenario: &Scenario,
    work: impl Fn(u32) -> Result<T, E> + Send + Sync,
) -> Result<Vec<T>, E> {
    let total = members(scenario) as u32;
    match scenario.run.engine {
        EngineKind::Agent => (0..total).map(work).collect(),
        EngineKind::MeanField | EngineKind::Cohort => (0..total).into_par_iter().map(work).collect(),
    }
}

/// The recorded values of member number `member`: draw `member / replicates`.
#[must_use]
pub fn run_member(world: &World<'_>, report: &Report, member: u32) -> Vec<f64> {
    let scenario = world.scenario;
    let run = &scenario.run;
    let draw = MemberDraw::new(scenario, member);
    let law = Law::new(scenario, &draw);
    let mut recorder = Recorder::new(report, scenario.layers.len());
    engine::run_member(world, &law, run.seed, member, &mut recorder);
    recorder.values
}

/// A quantity of one member from its recorded measures, for a group of `people` and the `period` in years since the
/// previous date.
fn measured(measures: &[f64], quantity: Quantity, people: f64, period: f64) -> f64 {
    let &[users, adopted, left, use_years, incidents] = measures else { return 0.0 };
    match quantity {
        Quantity::Users => users,
        Quantity::Penetration if people > 0.0 => (users / people).clamp(0.0, 1.0),
        Quantity::Penetration => 0.0,
        Quantity::Adoption => adopted,
        Quantity::Discontinuance => left,
        Quantity::Population => people,
        Quantity::UserYears => use_years,
        Quantity::Incidents => incidents,
        Quantity::Victims => victims(use_years / period, incidents),
    }
}

/// People with at least one of `incidents` that befall `users` people at random.
fn victims(users: f64, incidents: f64) -> f64 {
    if users > 0.0 { -users * libm::expm1(-incidents / users) } else { 0.0 }
}

/// Quantiles over members.
fn reduce(scenario: &Scenario, report: &Report, results: &[Vec<f64>]) -> Projection {
    let (groups, dates) = (report.groups.len(), report.dates.len());
    let places: Vec<(usize, usize, usize)> = (0..scenario.layers.len())
        .flat_map(|l| (0..groups).flat_map(move |g| (0..dates).map(move |d| (l, g, d))))
        .collect();
    let followed = scenario.victimisation.as_ref().map(|v| v.layer);
    let estimates: Vec<Estimate> = places
        .par_iter()
        .flat_map_iter(|&(layer, group, date)| {
            let at = report.index(layer, group, date);
            let people = report.population[group * dates + date];
            let period = report.period(date);
            Quantity::EVERY.map(|quantity| match quantity {
                Quantity::Population => Estimate::certain(people),
                Quantity::Incidents | Quantity::Victims if followed != Some(layer) => Estimate::default(),
                _ => {
                    let read = |r: &Vec<f64>| measured(&r[at..at + MEASURES], quantity, people, period);
                    quantiles::estimate(&mut results.iter().map(read).collect::<Vec<f64>>())
                }
            })
        })
        .collect();
    debug_assert_eq!(estimates.len(), places.len() * Quantity::EVERY.len());
    Projection {
        scenario: scenario.name.clone(),
        title: scenario.title.clone(),
        engine: scenario.run.engine.name().to_owned(),
        members: results.len(),
        seed: scenario.run.seed,
        layers: scenario.layers.iter().map(|l| LayerLabel { name: l.name.clone(), title: l.title.clone() }).collect(),
        victims: scenario.victimisation.as_ref().map(|v| v.layer),
        groups: report.groups.clone(),
        dates: report.dates.clone(),
        estimates,
    }
}
