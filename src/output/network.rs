//! `network.json` and `network.csv`: what the graph of a scenario's persons is like.
//!
//! The table is tidy, one number a row: `scenario, statistic, at, value, unit, measured_on`. `at` names the part that a
//! distribution's number speaks of: a number of ties, a number of steps, a level; it is empty for numbers of the whole.
//! `measured_on` counts the persons a number rests on: of all their ties, or as the starting points of distances.

use std::io::{self, Write};

use serde::Serialize;

use super::manifest::{Input, Program};
use super::{results, to_json};
use crate::network::measure::Measured;

/// File name of the table.
pub const NETWORK_TABLE: &str = "network.csv";
/// File name of the record.
pub const NETWORK_REPORT: &str = "network.json";
/// The columns of the table, in order.
pub const COLUMNS: [&str; 6] = ["scenario", "statistic", "at", "value", "unit", "measured_on"];

/// The record of a measurement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NetworkReport {
    /// The program that measured.
    pub program: Program,
    /// Scenario name.
    pub scenario: String,
    /// Scenario title.
    pub title: String,
    /// What the network is, in words.
    pub network: String,
    /// Where the network comes from.
    pub source: String,
    /// Master seed.
    pub seed: u64,
    /// What labels divide people by, if they do.
    pub label: Option<String>,
    /// Every number.
    pub statistics: Vec<Number>,
    /// Every file read.
    pub inputs: Vec<Input>,
}

/// One number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Number {
    /// What is measured.
    pub statistic: &'static str,
    /// The part of a distribution; empty for the whole.
    pub at: String,
    /// The value; `None` where it is not defined, for instance steps between people without ties.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: &'static str,
    /// Persons it rests on.
    pub measured_on: u64,
}

/// Every number of a measurement, in the order of the table; `label` is what divides people, for instance `residence`.
#[must_use]
pub fn numbers(measured: &Measured, label: Option<&str>) -> Vec<Number> {
    let mut numbers = Vec::new();
    let mut add = |statistic, at: String, value: Option<f64>, unit, measured_on| {
        // Nine places keep the smallest share of a nation; adding zero turns a negative zero into a plain one.
        let value = value.map(|value| (value * 1e9).round() / 1e9 + 0.0);
        numbers.push(Number { statistic, at, value, unit, measured_on });
    };
    let (degrees, paths, clustering) = (&measured.degrees, &measured.paths, &measured.clustering);
    let (all, sampled) = (measured.persons, measured.sampled);
    let whole = String::new;
    let some = |value: f64| (sampled > 0).then_some(value);
    add("persons", whole(), Some(all as f64), "persons", all);
    add("ties-mean", whole(), some(degrees.mean), "ties", sampled);
    add("ties-sd", whole(), some(degrees.sd), "ties", sampled);
    add("ties-fewest", whole(), degrees.range().map(|range| range.0 as f64), "ties", sampled);
    add("ties-most", whole(), degrees.range().map(|range| range.1 as f64), "ties", sampled);
    for (level, ties) in &degrees.levels {
        add("ties-at-level", level.name().to_owned(), Some(*ties), "ties", sampled);
    }
    add("clustering-local", whole(), clustering.local, "share", clustering.persons);
    add("clustering-global", whole(), clustering.global, "share", clustering.persons);
    add("steps-mean", whole(), paths.mean, "steps", paths.sources);
    let longest = (paths.longest > 0).then_some(paths.longest as f64);
    add("steps-most", whole(), longest, "steps", paths.sources);
    add("reached", whole(), paths.reached, "share", paths.sources);
    add("assortativity-by-ties", whole(), measured.degree_assortativity, "coefficient", sampled);
    if let (Some(mixing), Some(label)) = (measured.mixing, label) {
        add("assortativity-by-label", label.to_owned(), mixing.assortativity, "coefficient", sampled);
        add("ties-within-label", label.to_owned(), mixing.within, "share", sampled);
    }
    for (ties, share) in degrees.shares() {
        add("share-with-ties", ties.to_string(), Some(share), "share", sampled);
    }
    for (steps, share) in (1_u64..).zip(&paths.shares) {
        add("share-at-steps", steps.to_string(), Some(*share), "share", paths.sources);
    }
    numbers
}

impl NetworkReport {
    /// As JSON, with a final newline.
    #[must_use]
    pub fn to_json(&self) -> String {
        to_json(self)
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
            let on = number.measured_on.to_string();
            table
                .write_record([&self.scenario, number.statistic, &number.at, &value, number.unit, &on])
                .map_err(results::plain)?;
        }
        table.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::EdgeList;
    use crate::network::measure::{Effort, measure};

    #[test]
    fn every_number_of_a_small_graph_is_a_row() {
        let graph = EdgeList::try_new(3, &[(0, 1), (1, 2)]).expect("a graph").0;
        let measured = measure(&graph, Some(&|person| usize::from(person == 0)), &Effort::default());
        let report = NetworkReport {
            program: Program::this(),
            scenario: "row".to_owned(),
            title: "Row".to_owned(),
            network: "2 ties".to_owned(),
            source: "assumed".to_owned(),
            seed: 0,
            label: Some("residence".to_owned()),
            statistics: numbers(&measured, Some("residence")),
            inputs: Vec::new(),
        };
        let mut table = Vec::new();
        report.write_table(&mut table).expect("written");
        // Of 4 ends one is person 0: ties within 1/2, by chance 1/16 + 9/16, (1/2 - 10/16) / (6/16) = -1/3.
        let expected = "scenario,statistic,at,value,unit,measured_on
row,persons,,3,persons,3
row,ties-mean,,1.333333333,ties,3
row,ties-sd,,0.471404521,ties,3
row,ties-fewest,,1,ties,3
row,ties-most,,2,ties,3
row,ties-at-level,tie,1.333333333,ties,3
row,clustering-local,,0,share,1
row,clustering-global,,0,share,1
row,steps-mean,,1.333333333,steps,3
row,steps-most,,2,steps,3
row,reached,,1,share,3
row,assortativity-by-ties,,-1,coefficient,3
row,assortativity-by-label,residence,-0.333333333,coefficient,3
row,ties-within-label,residence,0.5,share,3
row,share-with-ties,1,0.666666667,share,3
row,share-with-ties,2,0.333333333,share,3
row,share-at-steps,1,0.666666667,share,3
row,share-at-steps,2,0.333333333,share,3
";
        assert_eq!(String::from_utf8(table).expect("text"), expected);
        assert!(report.to_json().contains("\"statistic\": \"reached\""));
    }
}
