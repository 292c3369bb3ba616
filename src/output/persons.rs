//! `persons.csv` and `persons.json`: what only persons can tell.
//!
//! The table is tidy, one number a row: `scenario, layer, region, residence, sex, age, date, statistic, at, value, unit`. `at` names the
//! part that a number speaks of: a cause, a category, a level of ties, a share of people, a number of months; it is empty for numbers of the
//! whole. `date` is empty for numbers of the whole run. The record holds the same numbers and how they came about.

use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::manifest::{Input, Program};
use super::{WrittenFile, results, to_json};
use crate::engine::agent::CAUSES;
use crate::network::Level;
use crate::persons::{Categories, Category, Observed, ObservedLayer, Pair};
use crate::series::Group;
use crate::units::Month;

/// File name of the table.
pub const PERSONS_TABLE: &str = "persons.csv";
/// File name of the record.
pub const PERSONS_REPORT: &str = "persons.json";
/// Version of the layout of [`PersonsReport`].
pub const FORMAT: u32 = 1;
/// The columns of the table, in order.
pub const COLUMNS: [&str; 11] =
    ["scenario", "layer", "region", "residence", "sex", "age", "date", "statistic", "at", "value", "unit"];
/// Shares of people whose waiting times are told.
pub const WAITS: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];

/// The record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonsReport {
    /// [`FORMAT`].
    pub format: u32,
    /// The program that ran.
    pub program: Program,
    /// The arguments that matter.
    pub command: PersonsCommand,
    /// Scenarios, one or two: name and title.
    pub scenarios: Vec<[String; 2]>,
    /// Master seed.
    pub seed: u64,
    /// Every number.
    pub statistics: Vec<Number>,
    /// Every file read.
    pub inputs: Vec<Input>,
    /// Every file written beside this one.
    pub outputs: Vec<WrittenFile>,
}

/// The arguments that decide what is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonsCommand {
    /// Scenario files, one or two, as given.
    pub scenarios: Vec<String>,
    /// Files laid over them, as given, in order.
    pub with: Vec<String>,
    /// Overrides `key=value`, in the order applied.
    pub set: Vec<String>,
    /// Member of the ensemble.
    pub member: u32,
    /// People whose ties are looked at, about.
    pub sample: u32,
}

/// One number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// Scenario name, or for two scenarios `first -> second`.
    pub scenario: String,
    /// Layer name; empty for numbers of people.
    pub layer: String,
    /// Group.
    pub region: String,
    /// Group.
    pub residence: String,
    /// Group.
    pub sex: String,
    /// Group.
    pub age: String,
    /// At the end of which month; `None` for numbers of the whole run.
    pub date: Option<Month>,
    /// What is measured.
    pub statistic: String,
    /// The part that it speaks of.
    pub at: String,
    /// The value; `None` where it is not defined or was not reached.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: String,
}

impl PersonsReport {
    /// As JSON, with a final newline.
    #[must_use]
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    /// Reads a record; `None` when there is none.
    #[must_use]
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    /// Writes the table; a value that is not defined is an empty field.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_table(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut table = csv::Writer::from_writer(out);
        table.write_record(COLUMNS).map_err(results::plain)?;
        for number in &self.statistics {
            let value = number.value.map(|value| value.to_string()).unwrap_or_default();
            let date = number.date.map(|date| date.to_string()).unwrap_or_default();
            let Number { scenario, layer, region, residence, sex, age, statistic, at, unit, .. } = number;
            table
                .write_record([scenario, layer, region, residence, sex, age, &date, statistic, at, &value, unit])
                .map_err(results::plain)?;
        }
        table.flush()
    }
}

/// Names of the causes of adoption, in their order.
#[must_use]
pub fn cause_names() -> [&'static str; CAUSES] {
    std::array::from_fn(|cause| if cause == 0 { "outside" } else { Level::EVERY[cause - 1].name() })
}

/// Numbers in the making.
struct Numbers<'a> {
    scenario: &'a str,
    layer: &'a str,
    found: Vec<Number>,
}

/// What a number speaks of, beside its group.
#[derive(Clone, Copy)]
struct Of<'a> {
    date: Option<Month>,
    statistic: &'a str,
    at: &'a str,
    unit: &'a str,
}

impl Numbers<'_> {
    fn add(&mut self, group: &Group, of: Of<'_>, value: Option<f64>) {
        let Of { date, statistic, at, unit } = of;
        self.found.push(Number {
            scenario: self.scenario.to_owned(),
            layer: self.layer.to_owned(),
            region: group.region.clone(),
            residence: group.residence.clone(),
            sex: group.sex.clone(),
            age: group.age.clone(),
            date,
            statistic: statistic.to_owned(),
            at: at.to_owned(),
            // Nine places keep the smallest share of a nation; adding zero turns a negative zero into a plain one.
            value: value.map(|value| (value * 1e9).round() / 1e9 + 0.0),
            unit: unit.to_owned(),
        });
    }
}

/// Every number of one scenario, in the order of the table.
#[must_use]
pub fn numbers_of(observed: &Observed, scenario: &str) -> Vec<Number> {
    let mut numbers = Numbers { scenario, layer: "", found: Vec::new() };
    let dates = observed.dates.len();
    for (g, group) in observed.groups.iter().enumerate() {
        for (d, date) in observed.dates.iter().enumerate() {
            let of = Of { date: Some(*date), statistic: "people", at: "", unit: "persons" };
            numbers.add(group, of, Some(observed.people[g * dates + d] as f64));
        }
    }
    for layer in &observed.layers {
        numbers.layer = &layer.label.name;
        for (g, group) in observed.groups.iter().enumerate() {
            for (d, date) in observed.dates.iter().enumerate() {
                let of = Of { date: Some(*date), statistic: "users", at: "", unit: "persons" };
                numbers.add(group, of, Some(layer.users[g * dates + d] as f64));
            }
        }
        causes(&mut numbers, observed, layer);
        categories(&mut numbers, observed, layer);
        waiting(&mut numbers, observed, layer);
        clustering(&mut numbers, observed, layer);
    }
    numbers.found
}

fn causes(numbers: &mut Numbers<'_>, observed: &Observed, layer: &ObservedLayer) {
    for (group, causes) in observed.groups.iter().zip(&layer.causes) {
        for (date, causes) in observed.dates.iter().zip(causes) {
            for (at, count) in cause_names().into_iter().zip(causes) {
                let of = Of { date: Some(*date), statistic: "adoptions", at, unit: "adoptions since the start" };
                numbers.add(group, of, Some(*count as f64));
            }
        }
    }
}

fn categories(numbers: &mut Numbers<'_>, observed: &Observed, layer: &ObservedLayer) {
    let found = Categories::of(&layer.firsts);
    for (g, group) in observed.groups.iter().enumerate() {
        for (c, category) in Category::EVERY.into_iter().enumerate() {
            // The last month in which someone of the category adopted; 0 is the month before the first.
            let date = found.until[c].map(|time| observed.start.plus(time as i32 - 1));
            let of = Of { date, statistic: "adopters", at: category.name(), unit: "persons" };
            numbers.add(group, of, Some(found.adopters[g][c]));
            let of = Of { statistic: "share-of-adopters", unit: "share", ..of };
            numbers.add(group, of, found.shares(g).map(|shares| shares[c]));
        }
    }
}

fn waiting(numbers: &mut Numbers<'_>, observed: &Observed, layer: &ObservedLayer) {
    for (group, waiting) in observed.groups.iter().zip(&layer.waiting) {
        let whole = Of { date: None, statistic: "gained-access", at: "", unit: "persons" };
        numbers.add(group, whole, Some(waiting.spells() as f64));
        for share in WAITS {
            let at = format!("{}", share * 100.0);
            let of = Of { statistic: "months-until-percent-adopted", at: &at, unit: "months", ..whole };
            numbers.add(group, of, waiting.months_until(share).map(|months| months as f64));
        }
        let still = waiting.still();
        for (year, still) in (1..).zip(still.iter().skip(11).step_by(12)) {
            let at = (12 * year).to_string();
            let of = Of { statistic: "still-waiting-after-months", at: &at, unit: "share", ..whole };
            numbers.add(group, of, Some(*still));
        }
    }
}

fn clustering(numbers: &mut Numbers<'_>, observed: &Observed, layer: &ObservedLayer) {
    let everybody = Group::everybody();
    for (date, clustering) in observed.dates.iter().zip(&layer.clustering) {
        let levels = clustering.levels();
        let levels = levels.iter().map(|level| (level.name(), clustering.at(*level)));
        for (at, ends) in levels.chain([("all", clustering.all())]) {
            let of = |statistic, unit| Of { date: Some(*date), statistic, at, unit };
            numbers.add(&everybody, of("ties-looked-at", "ties"), Some(ends.ties as f64));
            numbers.add(&everybody, of("users-among-ties", "share"), ends.of_anyone());
            numbers.add(&everybody, of("users-among-ties-of-users", "share"), ends.of_users());
            numbers.add(&everybody, of("clustering-of-use", "ratio"), ends.ratio());
            numbers.add(&everybody, of("assortativity-of-use", "coefficient"), ends.assortativity());
        }
    }
}

/// Every number of two scenarios, in the order of the table.
#[must_use]
pub fn numbers_of_pair(pair: &Pair, first: &str, second: &str) -> Vec<Number> {
    let both = format!("{first} -> {second}");
    let mut numbers = Numbers { scenario: &both, layer: "", found: Vec::new() };
    for (l, layer) in pair.layers.iter().enumerate() {
        numbers.layer = &layer.name;
        for (g, group) in pair.groups.iter().enumerate() {
            for (d, date) in pair.dates.iter().enumerate() {
                let of = |statistic, unit| Of { date: Some(*date), statistic, at: "", unit };
                let uses = pair.at(l, g, d);
                let counts = [
                    ("users-in-both", uses.both),
                    ("users-only-in-first", uses.only_first),
                    ("users-only-in-second", uses.only_second),
                    ("users-in-neither", uses.neither),
                ];
                for (statistic, count) in counts {
                    numbers.add(group, of(statistic, "persons"), Some(count as f64));
                }
            }
        }
    }
    numbers.found
}
