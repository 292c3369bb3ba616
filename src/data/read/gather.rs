//! Figures and faults on their way to a panel.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Measure, Reading};
use crate::data::error::{Fault, Faults};
use crate::data::{Country, DataError, Panel, Point, Vintages};

/// First year that a figure may be for.
const FIRST: i32 = 1900;
/// Fewest figures that are suspected of being shares.
const SUSPECT: usize = 20;
/// Shares are suspected only where the figures reach this year, by when most countries had passed 1 %.
const SUSPECT_YEAR: i32 = 2008;

/// Codes that the World Bank gives to groups of countries.
const GROUPS: [&str; 50] = [
    "AFE", "AFR", "AFW", "ARB", "CEB", "CSS", "EAP", "EAR", "EAS", "ECA", "ECS", "EMU", "EUU", "FCS", "HIC", "HPC",
    "IBD", "IBT", "IDA", "IDB", "IDX", "INX", "LAC", "LCN", "LDC", "LIC", "LMC", "LMY", "LTE", "MEA", "MIC", "MNA",
    "NAC", "OED", "OSS", "PRE", "PSS", "PST", "SAS", "SSA", "SSF", "SST", "TEA", "TEC", "TLA", "TMN", "TSA", "TSS",
    "UMC", "WLD",
];

/// By country and year: the line and the figure.
type Countries = BTreeMap<String, BTreeMap<i32, (u64, f64)>>;

/// What has been read so far.
#[derive(Default)]
pub(super) struct Gathered {
    /// By vintage.
    figures: BTreeMap<String, Countries>,
    names: BTreeMap<String, String>,
    faults: Vec<Fault>,
    /// Rows seen, with or without a figure.
    rows: usize,
}

/// One row as text.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    /// Line, from 1.
    pub line: u64,
    /// Country code.
    pub code: &'a str,
    /// Name of the country; may be empty.
    pub name: &'a str,
    /// Year.
    pub year: &'a str,
    /// Figure; may be empty, and is then skipped.
    pub value: &'a str,
    /// Date of publication; may be empty.
    pub vintage: &'a str,
}

impl Gathered {
    /// Notes a fault.
    pub fn fault(&mut self, line: u64, what: impl Into<String>) {
        self.faults.push(Fault { line, what: what.into() });
    }

    /// Takes a row, or notes what is wrong with it.
    pub fn row(&mut self, row: Row<'_>, reading: &Reading) {
        self.rows += 1;
        let text = row.value.trim();
        let Some(code) = self.code(row) else { return };
        if text.is_empty() || matches!(text, ".." | "NA" | "NaN" | "nan" | "null") {
            return;
        }
        let Some(year) = self.year(row, reading.latest) else { return };
        let Some(value) = self.value(row.line, text, reading.measure) else { return };
        if !row.vintage.is_empty() && !is_date(row.vintage) {
            self.fault(row.line, format!("`{}` is not a date, expected YYYY-MM-DD", row.vintage));
            return;
        }
        if !row.name.trim().is_empty() {
            self.names.insert(code.clone(), row.name.trim().to_owned());
        }
        let country = self.figures.entry(row.vintage.to_owned()).or_default().entry(code.clone()).or_default();
        if let Some((first, _)) = country.get(&year) {
            let first = *first;
            self.fault(row.line, format!("{code} {year} is given again, first in line {first}; keep one of them"));
            return;
        }
        country.insert(year, (row.line, value));
    }

    /// The code, or `None` for groups and for what is none.
    fn code(&mut self, row: Row<'_>) -> Option<String> {
        let code = match row.code.trim() {
            "OWID_KOS" => "XKX",
            code => code,
        };
        if code.is_empty() || code.starts_with("OWID_") || GROUPS.contains(&code) {
            // Regions of Our World in Data have no code; a nameless row has no country.
            if code.is_empty() && row.name.trim().is_empty() {
                self.fault(row.line, "there is no country code");
            }
            return None;
        }
        let code = code.to_ascii_uppercase();
        if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Some(code);
        }
        self.fault(
            row.line,
            format!("`{}` is not a country code, expected three letters such as KHM", row.code.trim()),
        );
        None
    }

    fn year(&mut self, row: Row<'_>, latest: i32) -> Option<i32> {
        let text = row.year.trim();
        // Some tools write years as 2016.0.
        let text = text.strip_suffix(".0").unwrap_or(text);
        match text.parse::<i32>() {
            Ok(year) if year > latest && year < 3000 => {
                self.fault(row.line, format!("the year {year} lies in the future, expected at most {latest}"));
                None
            }
            Ok(year) if (FIRST..=latest).contains(&year) => Some(year),
            _ => {
                self.fault(row.line, format!("`{text}` is not a year, expected {FIRST} to {latest}"));
                None
            }
        }
    }

    fn value(&mut self, line: u64, text: &str, measure: Measure) -> Option<f64> {
        let Some(value) = text.parse::<f64>().ok().filter(|value| value.is_finite()) else {
            let comma = text.contains(',') && text.replace(',', ".").parse::<f64>().is_ok();
            let hint = if comma { "; decimals are written with a point" } else { "" };
            self.fault(line, format!("`{text}` is not a number{hint}"));
            return None;
        };
        let (low, high) = match measure {
            Measure::Percent => (0.0, 100.0),
            Measure::Share => (0.0, 1.0),
            Measure::Any => (f64::NEG_INFINITY, f64::INFINITY),
        };
        if !(low..=high).contains(&value) {
            let hint = match measure {
                Measure::Share => "; leave out --shares if these are percent",
                _ => "",
            };
            self.fault(line, format!("the figure is {text}, expected {low} to {high}{hint}"));
            return None;
        }
        Some(if measure == Measure::Share { value * 100.0 } else { value })
    }

    /// The panels, or everything that is wrong.
    pub fn finish(self, path: &Path, reading: &Reading) -> Result<Vintages, DataError> {
        if !self.faults.is_empty() {
            return Err(DataError::Rows { path: path.to_owned(), faults: Faults(self.faults) });
        }
        let names = self.names;
        let panel = |(vintage, countries): (String, Countries)| {
            let countries = countries.into_iter().map(|(iso3, figures)| Country {
                name: names.get(&iso3).cloned().unwrap_or_else(|| iso3.clone()),
                points: figures.into_iter().map(|(year, (_, value))| Point { year, value }).collect(),
                iso3,
            });
            let mut panel = Panel::new(countries);
            panel.vintage = (!vintage.is_empty()).then_some(vintage);
            panel
        };
        let rows = self.rows;
        let empty = || DataError::Empty {
            path: path.to_owned(),
            hint: if rows == 0 {
                String::new()
            } else {
                format!("; its {rows} rows have no value, or are of groups of countries")
            },
        };
        let vintages = Vintages::new(self.figures.into_iter().map(panel).collect()).ok_or_else(empty)?;
        if reading.measure == Measure::Percent {
            suspect(path, vintages.newest())?;
        }
        Ok(vintages)
    }
}

/// Refuses figures that look like shares.
fn suspect(path: &Path, panel: &Panel) -> Result<(), DataError> {
    let points = || panel.countries.iter().flat_map(|country| &country.points);
    let (count, year) = (points().count(), points().map(|point| point.year).max().unwrap_or(0));
    if count >= SUSPECT && year >= SUSPECT_YEAR && points().all(|point| point.value <= 1.0) {
        return Err(DataError::Shares { path: path.to_owned(), count, year });
    }
    Ok(())
}

/// `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() })
}
