//! Two scenarios with the same people, person by person.
//!
//! Everything that chance does to a person is drawn from streams that do not depend on the scenario, so whoever is a user in one and
//! not in the other is so because of what the scenarios differ in, directly or through others: the two worlds are counted
//! exactly, not estimated.

use super::groups::{self, Division};
use super::{Options, PersonsError, labels, stopped, yearly};
use crate::engine::{Agents, Law, Recorder, World};
use crate::scenario::Scenario;
use crate::series::{Group, LayerLabel};
use crate::units::Month;

/// Use of a layer in two worlds at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairedUse {
    /// Users in both.
    pub both: u64,
    /// Users in the first world, and not in the second.
    pub only_first: u64,
    /// Users in the second world, and not in the first.
    pub only_second: u64,
    /// Users in neither.
    pub neither: u64,
}

impl PairedUse {
    /// Everyone.
    #[must_use]
    pub fn people(&self) -> u64 {
        self.both + self.only_first + self.only_second + self.neither
    }
}

/// One member of two scenarios.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Groups, each setting people apart in one way; the first is everybody.
    pub groups: Vec<Group>,
    /// The end of each year, and of the first and last month.
    pub dates: Vec<Month>,
    /// Layers.
    pub layers: Vec<LayerLabel>,
    /// `[(layer * groups + group) * dates + date]`.
    uses: Vec<PairedUse>,
}

impl Pair {
    /// Use of a layer in a group on a date.
    #[must_use]
    pub fn at(&self, layer: usize, group: usize, date: usize) -> PairedUse {
        self.uses[(layer * self.groups.len() + group) * self.dates.len() + date]
    }
}

/// What two scenarios differ in that makes their people different persons, if anything.
fn strangers(first: &Scenario, second: &Scenario) -> Option<&'static str> {
    if first.time != second.time {
        Some("the months they simulate")
    } else if first.population != second.population {
        Some("their population")
    } else if first.run.seed != second.run.seed {
        Some("their seed")
    } else if first.network != second.network {
        Some("their network")
    } else if first.layers.len() != second.layers.len()
        || first.layers.iter().zip(&second.layers).any(|(one, other)| one.name != other.name)
    {
        Some("their layers")
    } else {
        None
    }
}

/// Runs member `member` of two scenarios and counts who uses what in one, the other, or both. As a result does, it counts nobody as a
/// user where a layer is suspended for a whole month. Cost and memory: those of two runs.
///
/// # Errors
/// See [`PersonsError`].
pub fn pair(
    (first, second): (&World<'_>, &World<'_>),
    (first_law, second_law): (&Law<f64>, &Law<f64>),
    member: u32,
    options: &Options<'_>,
) -> Result<Pair, PersonsError> {
    if let Some(what) = strangers(first.scenario, second.scenario) {
        return Err(PersonsError::Strangers(what));
    }
    let division = Division::new(&first.demography.grid);
    let report = yearly(first);
    let (layers, dates, seed) = (first_law.layers.len(), report.dates.len(), first.scenario.run.seed);
    let mut recorders = [Recorder::new(&report, layers), Recorder::new(&report, layers)];
    let mut one = Agents::new(first, first_law, seed, member);
    let mut other = Agents::new(second, second_law, seed, member);
    let places = first.demography.grid.places();
    let mut uses = vec![PairedUse::default(); layers * division.groups.len() * dates];
    for (date, month) in report.dates.iter().enumerate() {
        stopped(options)?;
        let end = month.months_since(first.scenario.time.start) as usize + 1;
        one.run_to(end, first_law, &mut recorders[0]);
        other.run_to(end, second_law, &mut recorders[1]);
        for layer in 0..layers {
            let in_use = |law: &Law<f64>| -> Vec<bool> {
                (0..places).map(|place| law.layers[layer].suspended(end - 1, place) < 1.0).collect()
            };
            let (in_first, in_second) = (in_use(first_law), in_use(second_law));
            let people = one.people();
            let counts = groups::count(&one, &division, |word, alive| {
                let place = people.place_of((word as u64) << 6);
                let users = |agents: &Agents<'_>, in_use: &[bool]| {
                    if in_use[place] { agents.users_of_word(word, layer) } else { 0 }
                };
                let (a, b) = (users(&one, &in_first), users(&other, &in_second));
                [a & b, a & !b, b & !a, alive & !a & !b]
            });
            for (group, [both, only_first, only_second, neither]) in counts.into_iter().enumerate() {
                uses[(layer * division.groups.len() + group) * dates + date] =
                    PairedUse { both, only_first, only_second, neither };
            }
        }
        if let Some(progress) = options.progress {
            progress(date + 1, dates);
        }
    }
    Ok(Pair { groups: division.groups, dates: report.dates, layers: labels(first.scenario), uses })
}
