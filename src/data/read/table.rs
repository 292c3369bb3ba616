//! Plain tables, and those of Our World in Data: one figure a row.

use std::path::Path;

use super::gather::{Gathered, Row};
use super::{Columns, Reading};
use crate::data::DataError;

/// Usual names of the column of codes, small letters.
const CODES: [&str; 6] = ["iso3", "code", "iso", "iso_a3", "country code", "country_code"];
/// Usual names of the column of years.
const YEARS: [&str; 3] = ["year", "time", "date"];
/// Usual names of the column of countries' names.
const NAMES: [&str; 5] = ["country", "entity", "name", "country name", "country_name"];
/// Usual names of the column of figures.
const VALUES: [&str; 2] = ["value", "obs_value"];
/// Name of the column of publication dates.
const VINTAGE: &str = "vintage";

/// Where each column stands.
struct Places {
    code: usize,
    year: usize,
    value: usize,
    name: Option<usize>,
    vintage: Option<usize>,
}

/// Reads a table.
pub(super) fn read(path: &Path, text: &str, reading: &Reading) -> Result<Gathered, DataError> {
    let delimiter = reading.columns.delimiter.unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).comment(Some(b'#')).from_reader(text.as_bytes());
    let heading = reader.headers().cloned().unwrap_or_default();
    let heading: Vec<String> = heading.iter().map(|column| column.trim().to_owned()).collect();
    if heading.iter().all(String::is_empty) {
        return Err(DataError::Empty { path: path.to_owned(), hint: String::new() });
    }
    let places = places(path, &heading, &reading.columns, delimiter)?;
    let mut gathered = Gathered::default();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                gathered.fault(line, error.to_string());
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != heading.len() {
            gathered.fault(
                line,
                format!("the row has {} columns, expected {} as in the heading", record.len(), heading.len()),
            );
            continue;
        }
        let field = |place: usize| record.get(place).unwrap_or_default();
        let optional = |place: Option<usize>| place.map_or("", field);
        let row = Row {
            line,
            code: field(places.code),
            name: optional(places.name),
            year: field(places.year),
            value: field(places.value),
            vintage: optional(places.vintage).trim(),
        };
        gathered.row(row, reading);
    }
    Ok(gathered)
}

fn places(path: &Path, heading: &[String], columns: &Columns, delimiter: u8) -> Result<Places, DataError> {
    let missing = |needed: &'static str, flag: &str| {
        let found: Vec<String> = heading.iter().map(|column| format!("`{column}`")).collect();
        let other = [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")]
            .into_iter()
            .find(|(mark, _)| heading.len() == 1 && *mark as u8 != delimiter && heading[0].contains(*mark));
        let hint = match other {
            Some((mark, name)) => {
                let mark = if mark == '\t' { "tab".to_owned() } else { format!("'{mark}'") };
                format!("the columns seem to be separated by {name}: add --delimiter {mark}")
            }
            None => format!("name it with {flag} COLUMN"),
        };
        DataError::Column { path: path.to_owned(), line: 1, needed, found: found.join(", "), hint }
    };
    let usual = |names: &[&str]| {
        names.iter().find_map(|name| heading.iter().position(|column| column.eq_ignore_ascii_case(name)))
    };
    let find = |asked: &Option<String>, names: &[&str]| match asked {
        Some(asked) => heading.iter().position(|column| column == asked),
        None => usual(names),
    };
    let code = find(&columns.code, &CODES).ok_or_else(|| missing("country code", "--code-column"))?;
    let year = find(&columns.year, &YEARS).ok_or_else(|| missing("year", "--year-column"))?;
    let name = usual(&NAMES).filter(|place| *place != code);
    let vintage = usual(&[VINTAGE]);
    let value = find(&columns.value, &VALUES).or_else(|| {
        // With nothing named, the one column that is left.
        let left: Vec<usize> = (0..heading.len())
            .filter(|place| ![Some(code), Some(year), name, vintage].contains(&Some(*place)))
            .collect();
        match (&columns.value, left.as_slice()) {
            (None, [only]) => Some(*only),
            _ => None,
        }
    });
    Ok(Places { code, year, value: value.ok_or_else(|| missing("figures", "--value-column"))?, name, vintage })
}
