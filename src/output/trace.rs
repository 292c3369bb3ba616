//! `traced_persons.csv` and `trace.csv`: who was followed, and what happened to them.
//!
//! Both are tidy. A person has one row in the first: `person, sex, born, region, residence, from`. The second has one row for each
//! thing that happened: `member, person, date, region, residence, layer, event`, by member, person and date; what happened
//! to one person in one month stands in its order. `layer` is empty where it is about the person themselves.

use std::io::{self, Write};

use super::results::plain;
use crate::persons::Trace;
use crate::population::Grid;

/// File name of who was followed.
pub const TRACED_PERSONS: &str = "traced_persons.csv";
/// File name of what happened.
pub const TRACE: &str = "trace.csv";
/// The columns of [`TRACED_PERSONS`].
pub const PERSON_COLUMNS: [&str; 6] = ["person", "sex", "born", "region", "residence", "from"];
/// The columns of [`TRACE`].
pub const TRACE_COLUMNS: [&str; 7] = ["member", "person", "date", "region", "residence", "layer", "event"];

fn region_and_residence(grid: &Grid, place: u16) -> [&str; 2] {
    let (region, residence) = (usize::from(place) / grid.residences.len(), usize::from(place) % grid.residences.len());
    [&grid.regions[region], &grid.residences[residence]]
}

/// Writes who was followed.
///
/// # Errors
/// Those of `out`.
pub fn write_persons(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(PERSON_COLUMNS).map_err(plain)?;
    for person in &trace.persons {
        let [region, residence] = region_and_residence(&trace.grid, person.place);
        let born = person.born.map(|month| month.to_string()).unwrap_or_default();
        let (number, from) = (person.person.to_string(), person.from.to_string());
        let row = [&number, trace.grid.sexes[person.sex].as_str(), &born, region, residence, &from];
        table.write_record(row).map_err(plain)?;
    }
    table.flush()
}

/// Writes what happened.
///
/// # Errors
/// Those of `out`.
pub fn write_trace(trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(TRACE_COLUMNS).map_err(plain)?;
    for (member, events) in trace.members.iter().enumerate() {
        let member = member.to_string();
        for event in events {
            let [region, residence] = region_and_residence(&trace.grid, event.place);
            let layer = event.layer.map_or("", |layer| &trace.layers[usize::from(layer)]);
            let (person, date) = (event.person.to_string(), event.date.to_string());
            let row = [&member, &person, &date, region, residence, layer, event.what.name()];
            table.write_record(row).map_err(plain)?;
        }
    }
    table.flush()
}
