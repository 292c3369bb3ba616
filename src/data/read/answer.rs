//! Answers of the World Bank's API, version 2: `[ {about the pages}, [ {one figure}, ... ] ]`.

use std::path::Path;

use serde::Deserialize;

use super::Reading;
use super::gather::{Gathered, Row};
use crate::data::DataError;

/// One page of an answer.
#[derive(Clone, Debug)]
pub struct Page {
    /// Which page this is, from 1.
    pub page: u64,
    /// Number of pages.
    pub pages: u64,
    /// Day on which the World Bank last changed the figures; may be empty.
    pub updated: String,
    figures: Vec<Figure>,
}

/// What stands first in an answer.
#[derive(Debug, Default, Deserialize)]
struct About {
    #[serde(default)]
    page: Number,
    #[serde(default)]
    pages: Number,
    #[serde(default)]
    lastupdated: Option<String>,
    #[serde(default)]
    message: Vec<Message>,
}

/// Older answers write some whole numbers as text.
#[derive(Debug, Default, Clone)]
struct Number(u64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let number = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
        number.map(Self).ok_or_else(|| serde::de::Error::custom("expected a whole number"))
    }
}

#[derive(Debug, Deserialize)]
struct Message {
    #[serde(default)]
    value: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Figure {
    #[serde(default)]
    countryiso3code: String,
    #[serde(default)]
    country: Named,
    date: String,
    value: Option<f64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Named {
    #[serde(default)]
    value: String,
}

impl Page {
    /// Reads the text of one answer.
    ///
    /// # Errors
    /// When it is no JSON, not of this form, or a message of the API that something is wrong.
    pub fn parse(source: &Path, text: &str) -> Result<Self, DataError> {
        let wrong = |message: String| DataError::Answer { path: source.to_owned(), message };
        let parts: Vec<serde_json::Value> = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let mut parts = parts.into_iter();
        let about = parts.next().ok_or_else(|| wrong("it is an empty list".to_owned()))?;
        let about: About = serde_json::from_value(about).map_err(|error| wrong(error.to_string()))?;
        if let Some(message) = about.message.first() {
            return Err(wrong(format!("it says: {}", message.value)));
        }
        let figures = parts.next().ok_or_else(|| wrong("it has no figures".to_owned()))?;
        let figures: Option<Vec<Figure>> = serde_json::from_value(figures).map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            page: about.page.0,
            pages: about.pages.0,
            updated: about.lastupdated.unwrap_or_default(),
            figures: figures.unwrap_or_default(),
        })
    }
}

/// Reads a file that holds one answer, or several one after the other in a list.
pub(super) fn read(path: &Path, text: &str, reading: &Reading) -> Result<Gathered, DataError> {
    let mut gathered = Gathered::default();
    // A cache of several pages is a list of answers.
    let pages: Vec<Page> = match serde_json::from_str::<Vec<Vec<serde_json::Value>>>(text) {
        Ok(answers) => {
            let texts = answers.iter().map(|answer| serde_json::Value::from(answer.clone()).to_string());
            texts.map(|text| Page::parse(path, &text)).collect::<Result<_, _>>()?
        }
        Err(_) => vec![Page::parse(path, text)?],
    };
    for page in &pages {
        take(page, reading, &mut gathered);
    }
    Ok(gathered)
}

/// Takes the figures of a page; lines of faults count figures.
pub(super) fn take(page: &Page, reading: &Reading, gathered: &mut Gathered) {
    for (at, figure) in page.figures.iter().enumerate() {
        let value = figure.value.map(|value| value.to_string()).unwrap_or_default();
        let row = Row {
            line: at as u64 + 1,
            code: &figure.countryiso3code,
            name: &figure.country.value,
            year: &figure.date,
            value: &value,
            vintage: &page.updated,
        };
        gathered.row(row, reading);
    }
}
