//! The World Bank's bulk CSV: four lines of heading, then a row a country and a column a year.

use std::collections::BTreeSet;
use std::path::Path;

use super::Reading;
use super::gather::{Gathered, Row};
use crate::data::DataError;

/// Whether a text begins as these files do.
pub(super) fn is(text: &str) -> bool {
    text.lines().next().is_some_and(|line| line.trim_start_matches('"').starts_with("Data Source"))
}

/// Reads a table; `countries` is the text of the metadata file of countries, whose rows without a region are groups.
pub(super) fn read(path: &Path, text: &str, countries: Option<&str>, reading: &Reading) -> Result<Gathered, DataError> {
    let groups = countries.map(groups).unwrap_or_default();
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
    let mut gathered = Gathered::default();
    let mut heading: Option<Vec<String>> = None;
    let mut vintage = String::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                gathered.fault(error.position().map_or(0, csv::Position::line), error.to_string());
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let field = |place: usize| record.get(place).unwrap_or_default().trim();
        let Some(heading) = &heading else {
            match field(0) {
                "Last Updated Date" => field(1).clone_into(&mut vintage),
                "Country Name" => heading = Some(record.iter().map(|column| column.trim().to_owned()).collect()),
                _ => {}
            }
            continue;
        };
        if groups.contains(field(1)) {
            continue;
        }
        for (place, year) in heading.iter().enumerate().skip(4).filter(|(_, year)| !year.is_empty()) {
            let row = Row { line, code: field(1), name: field(0), year, value: field(place), vintage: &vintage };
            gathered.row(row, reading);
        }
        if record.len() < heading.len().saturating_sub(1) {
            let found = record.len();
            gathered
                .fault(line, format!("the row ends after {found} of {} columns; is the file cut off?", heading.len()));
        }
    }
    match heading {
        Some(_) => Ok(gathered),
        None => Err(DataError::Column {
            path: path.to_owned(),
            line: 5,
            needed: "names of countries",
            found: "the first lines".to_owned(),
            hint: "expected a row that begins `Country Name,Country Code` after the World Bank's four lines".to_owned(),
        }),
    }
}

/// Codes of rows without a region in the metadata of countries.
fn groups(text: &str) -> BTreeSet<String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let heading = reader.headers().cloned().unwrap_or_default();
    let Some(region) = heading.iter().position(|column| column.trim() == "Region") else { return BTreeSet::new() };
    let records = reader.records().filter_map(Result::ok);
    let grouped = records.filter(|record| record.get(region).is_some_and(|region| region.trim().is_empty()));
    grouped.filter_map(|record| record.get(0).map(|code| code.trim().to_owned())).collect()
}
