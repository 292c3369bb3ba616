//! What only a model of persons can tell: who came first, how long people with access wait, what made them adopt, whether users know
//! users, whose life a policy changes, and the histories of some people.
//!
//! All of it is read off the agent engine while it runs, month by month, from outside: nothing here changes what happens to
//! anyone, and a run that nobody watches does no more work for it. [`observe`] watches one member of one scenario, [`pair`]
//! holds two scenarios with the same people against each other person by person, [`Tracer`] follows a sample of people.
//!
//! Numbers of one member: chance and uncertain parameters are told by an ensemble, not here.

pub mod categories;
mod clustering;
mod groups;
mod pair;
mod trace;
mod waiting;
mod watch;

pub use categories::{Categories, Category};
pub use clustering::{Clustering, Ends};
pub use pair::{Pair, PairedUse, pair};
pub use trace::{Event, Happening, Sample, Trace, TracedPerson, Tracer, trace_memory};
pub use waiting::Waiting;

use std::sync::atomic::{AtomicBool, Ordering};

use crate::engine::agent::{CAUSES, memory_for_everyone};
use crate::engine::{Agents, Law, Recorder, Report, World};
use crate::scenario::{Frequency, Network, Outputs, Scenario};
use crate::series::{Group, LayerLabel};
use crate::units::Month;
use groups::Division;

/// Most cells of a population whose waiting times are followed: a person's cell is kept in two bytes.
const MOST_CELLS: usize = 1 << 16;

/// How to watch; nothing here changes what is simulated.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// People whose ties are looked at on each date, about; everyone where there are fewer.
    pub sample: u64,
    /// Set to stop early.
    pub cancel: Option<&'a AtomicBool>,
    /// Called with (dates done, dates in all).
    pub progress: Option<&'a (dyn Fn(usize, usize) + Sync)>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { sample: 100_000, cancel: None, progress: None }
    }
}

/// Why persons could not be watched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PersonsError {
    /// Stopped through [`Options::cancel`].
    #[error("stopped before the last month was done")]
    Cancelled,
    /// Two scenarios do not have the same people.
    #[error("the scenarios differ in {0}, so their people are not the same persons")]
    Strangers(&'static str),
    /// More cells than a person's cell can be kept of.
    #[error(
        "the population has {found} cells (place, sex and age), expected {most} at most for following waiting times"
    )]
    Cells {
        /// Cells found.
        found: usize,
        /// Cells allowed.
        most: usize,
    },
}

/// One member of one scenario as its people lived it.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Groups, each setting people apart in one way; the first is everybody.
    pub groups: Vec<Group>,
    /// The end of each year, and of the first and last month.
    pub dates: Vec<Month>,
    /// Living people, `[group * dates + date]`.
    pub people: Vec<u64>,
    /// Simulated months.
    pub months: usize,
    /// First simulated month.
    pub start: Month,
    /// By layer.
    pub layers: Vec<ObservedLayer>,
}

/// What was seen of one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct ObservedLayer {
    /// Its name.
    pub label: LayerLabel,
    /// Users, `[group * dates + date]`.
    pub users: Vec<u64>,
    /// Adoptions since the start by cause, `[group * dates + date]`; empty for groups of one sex or age, whose causes are not counted.
    pub causes: Vec<Vec<[u64; CAUSES]>>,
    /// People who adopted for the first time, by group and month, `[group][1 + month]`; before the first month at 0.
    pub firsts: Vec<Vec<u64>>,
    /// From access to use, by group.
    pub waiting: Vec<Waiting>,
    /// Use among ties, by date; empty in a network without lasting ties.
    pub clustering: Vec<Clustering>,
}

impl Observed {
    /// Users over people, 0..=1.
    #[must_use]
    pub fn penetration(&self, layer: usize, group: usize, date: usize) -> f64 {
        let at = group * self.dates.len() + date;
        share(self.layers[layer].users[at], self.people[at])
    }

    /// The same of everybody, of a layer at hand.
    #[must_use]
    pub fn penetration_of(&self, layer: &ObservedLayer, date: usize) -> f64 {
        share(layer.users[date], self.people[date])
    }
}

/// A part of a whole; 0 of nothing.
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Bytes that [`observe`] takes, about, beside the engine's own.
#[must_use]
pub fn watch_memory(scenario: &Scenario) -> u64 {
    let layers = scenario.layers.len() as f64;
    memory_for_everyone(scenario, watch::BYTES * layers + 0.125)
}

/// The year ends and both ends of a run, whatever the scenario reports.
fn yearly(world: &World<'_>) -> Report {
    let outputs = Outputs { frequency: Frequency::Annual, breakdowns: Vec::new() };
    Report::new(&outputs, &world.scenario.time, &world.demography)
}

fn labels(scenario: &Scenario) -> Vec<LayerLabel> {
    let label = |layer: &crate::scenario::Layer| LayerLabel { name: layer.name.clone(), title: layer.title.clone() };
    scenario.layers.iter().map(label).collect()
}

fn stopped(options: &Options<'_>) -> Result<(), PersonsError> {
    match options.cancel {
        Some(cancel) if cancel.load(Ordering::Relaxed) => Err(PersonsError::Cancelled),
        _ => Ok(()),
    }
}

/// Watches member `member` of the world's scenario under `seed` from the first month to the last, on the threads of the pool that
/// this is called in; the same for any number of them. Cost: that of the run, and persons x months / 64. Memory: 4.4 bytes
/// for every slot of a person and layer beside the engine's.
///
/// # Errors
/// See [`PersonsError`].
pub fn observe(
    world: &World<'_>,
    law: &Law<f64>,
    seed: u64,
    member: u32,
    options: &Options<'_>,
) -> Result<Observed, PersonsError> {
    let grid = &world.demography.grid;
    if grid.cells() > MOST_CELLS {
        return Err(PersonsError::Cells { found: grid.cells(), most: MOST_CELLS });
    }
    let division = Division::new(grid);
    let report = yearly(world);
    let dates = report.dates.len();
    let (start, months) = (world.scenario.time.start, world.demography.months);
    let mut recorder = Recorder::new(&report, law.layers.len());
    let mut agents = Agents::new(world, law, seed, member);
    let mut watch = watch::Watch::new(&agents, law, &division, months);
    let sampled = clustering::Sampled::new(&agents, seed, options.sample);
    let tied = world.scenario.network != Network::Uniform;
    let mut people = vec![0; division.groups.len() * dates];
    let mut layers: Vec<ObservedLayer> = labels(world.scenario)
        .into_iter()
        .map(|label| ObservedLayer {
            label,
            users: vec![0; division.groups.len() * dates],
            causes: division
                .groups
                .iter()
                .map(|g| if groups::by_place(g) { vec![[0; CAUSES]; dates] } else { Vec::new() })
                .collect(),
            firsts: Vec::new(),
            waiting: Vec::new(),
            clustering: Vec::new(),
        })
        .collect();
    for (date, month) in report.dates.iter().enumerate() {
        stopped(options)?;
        let end = month.months_since(start) as usize + 1;
        agents.run_watched(end, law, &mut recorder, |agents| watch.month(agents, law, &division));
        let living = groups::count(&agents, &division, |_, alive| [alive]);
        for (group, [count]) in living.into_iter().enumerate() {
            people[group * dates + date] = count;
        }
        for (l, layer) in layers.iter_mut().enumerate() {
            let users = groups::count(&agents, &division, |word, _| [agents.users_of_word(word, l)]);
            for (group, [count]) in users.into_iter().enumerate() {
                layer.users[group * dates + date] = count;
            }
            for (place, causes) in agents.causes_by_place(l).iter().enumerate() {
                for &group in division.of_place(place) {
                    let sums = &mut layer.causes[group][date];
                    for (sum, more) in sums.iter_mut().zip(causes) {
                        *sum += more;
                    }
                }
            }
        }
        if tied {
            for (layer, seen) in layers.iter_mut().zip(sampled.look(&agents, law.layers.len())) {
                layer.clustering.push(seen);
            }
        }
        if let Some(progress) = options.progress {
            progress(date + 1, dates);
        }
    }
    for (layer, seen) in layers.iter_mut().zip(watch.finish(&division)) {
        layer.firsts = seen.firsts;
        layer.waiting = seen.waiting;
    }
    Ok(Observed { groups: division.groups, dates: report.dates, people, months, start, layers })
}
