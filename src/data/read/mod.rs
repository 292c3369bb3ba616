//! Reading what is published, in the forms in which it is downloaded.
//!
//! | form | told by |
//! | --- | --- |
//! | World Bank, bulk CSV, alone or in its zip with metadata beside | `Data Source` in the first line; a zip |
//! | World Bank, answer of the API | JSON |
//! | Our World in Data, grapher CSV | columns `Entity,Code,Year` |
//! | plain table | anything else: columns for code, year and value, named or guessed |
//!
//! Regions and income groups are left out. Every fault of a file is reported, each with its line; nothing of a faulty file is used.

mod answer;
mod archive;
mod gather;
mod table;
mod text;
mod world_bank;

use std::path::Path;

pub use answer::Page;

use super::{DataError, Panel, Vintages};
use gather::Gathered;

/// Names of the columns of a plain table; what is not named is guessed from usual names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Column of the country codes.
    pub code: Option<String>,
    /// Column of the years.
    pub year: Option<String>,
    /// Column of the figures.
    pub value: Option<String>,
    /// Character between columns; `None`: a comma.
    pub delimiter: Option<u8>,
}

/// What figures a file may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Percent, 0..=100.
    Percent,
    /// Shares, 0..=1, turned into percent.
    Share,
    /// Any number.
    Any,
}

/// How to read a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Columns of a plain table.
    pub columns: Columns,
    /// What its figures are.
    pub measure: Measure,
    /// Latest year that a figure may be for.
    pub latest: i32,
}

impl Default for Reading {
    fn default() -> Self {
        Self { columns: Columns::default(), measure: Measure::Percent, latest: 2100 }
    }
}

/// Reads a panel in any of the forms; of a table with several publications, the newest.
///
/// # Errors
/// When the file cannot be read, or anything in it is not as it should be.
pub fn read(path: &Path, reading: &Reading) -> Result<Panel, DataError> {
    Ok(read_vintages(path, reading)?.newest().clone())
}

/// Reads every publication that a file holds: one, or as many as its column `vintage` names.
///
/// # Errors
/// As [`read`].
pub fn read_vintages(path: &Path, reading: &Reading) -> Result<Vintages, DataError> {
    let bytes = std::fs::read(path).map_err(DataError::io(path))?;
    let gathered = if bytes.starts_with(b"PK") {
        let (name, table, countries) = archive::open(path, bytes)?;
        let shown = path.join(name);
        world_bank::read(&shown, &text::decode(&shown, &table)?, countries.as_deref(), reading)?
    } else {
        let text = text::decode(path, &bytes)?;
        if text.trim_start().starts_with(['[', '{']) {
            answer::read(path, &text, reading)?
        } else if world_bank::is(&text) {
            world_bank::read(path, &text, None, reading)?
        } else {
            table::read(path, &text, reading)?
        }
    };
    gathered.finish(path, reading)
}

/// Reads named columns of a plain table as further series of the countries, one a column; rows may leave a column empty.
///
/// # Errors
/// As [`read`].
pub fn read_covariates(path: &Path, names: &[String], reading: &Reading) -> Result<super::Covariates, DataError> {
    let bytes = std::fs::read(path).map_err(DataError::io(path))?;
    let text = text::decode(path, &bytes)?;
    let mut covariates = super::Covariates::default();
    for name in names {
        let columns = Columns { value: Some(name.clone()), ..reading.columns.clone() };
        let reading = Reading { columns, measure: Measure::Any, ..reading.clone() };
        let panel = table::read(path, &text, &reading)?.finish(path, &reading)?.newest().clone();
        covariates.series.push((name.clone(), panel));
    }
    Ok(covariates)
}

/// Puts the pages of an answer of the API together.
///
/// # Errors
/// When a figure is not as it should be; `source` is named in the message.
pub fn from_pages(source: &Path, pages: &[Page], reading: &Reading) -> Result<Panel, DataError> {
    let mut gathered = Gathered::default();
    for page in pages {
        answer::take(page, reading, &mut gathered);
    }
    Ok(gathered.finish(source, reading)?.newest().clone())
}
