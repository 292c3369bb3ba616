//! Units of time and of measure.
//!
//! Percent exists only on screen: inside the program a share lies in 0..=1, a rate is per year,
//! and time is counted in whole calendar months.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Length of one simulated step, in years.
pub const STEP_YEARS: f64 = 1.0 / 12.0;

/// A calendar month, written `2016-06`. As an observation time it means the end of that month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

/// Why a text is not a month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a month, expected `YYYY-MM` between 1900-01 and 2200-12, for instance `2016-06`")]
pub struct MonthError(pub String);

impl Month {
    /// The month `month` (1..=12) of `year` (1900..=2200).
    ///
    /// # Errors
    /// When either is out of range.
    pub fn try_new(year: i32, month: u32) -> Result<Self, MonthError> {
        if (1900..=2200).contains(&year) && (1..=12).contains(&month) {
            Ok(Self(year * 12 + month as i32 - 1))
        } else {
            Err(MonthError(format!("{year:04}-{month:02}")))
        }
    }

    /// Calendar year.
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.div_euclid(12)
    }

    /// Month of the year, 1..=12.
    #[must_use]
    pub fn month(self) -> u32 {
        self.0.rem_euclid(12) as u32 + 1
    }

    /// Months from `earlier` to `self`; negative when `self` comes first.
    #[must_use]
    pub fn months_since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// The month `count` months later (earlier when negative).
    #[must_use]
    pub fn plus(self, count: i32) -> Self {
        Self(self.0 + count)
    }

    /// The end of the month as a decimal year: 2016-06 is 2016.5, 2016-12 is 2017.0.
    #[must_use]
    pub fn end_year(self) -> f64 {
        f64::from(self.0 + 1) / 12.0
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        let wrong = || MonthError(text.to_owned());
        let (year, month) = text.split_once('-').ok_or_else(wrong)?;
        let digits = |s: &str, len: usize| s.len() == len && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(wrong());
        }
        let year = year.parse().map_err(|_| wrong())?;
        let month = month.parse().map_err(|_| wrong())?;
        Self::try_new(year, month).map_err(|_| wrong())
    }
}

impl Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl schemars::JsonSchema for Month {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Month".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])$",
            "description": "a calendar month, such as 2016-06",
        })
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What a numeric parameter is measured in, with the range the law can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A share of people, 0..=1.
    Share,
    /// A rate per year.
    PerYear,
    /// A count of persons.
    Persons,
    /// A plain multiplier.
    Factor,
    /// A natural-logarithm coefficient.
    LogFactor,
    /// Years (of age or duration).
    Years,
    /// A cost as a share of monthly income; may exceed 1.
    IncomeShare,
    /// A dimensionless weight, 0 or more.
    Weight,
    /// A number per million people.
    PerMillion,
    /// An amount of money, in a currency and prices stated beside it.
    Money,
}

impl Unit {
    /// Smallest and largest value allowed.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match self {
            Unit::Share => (0.0, 1.0),
            Unit::PerYear => (0.0, 1e6),
            Unit::Persons => (0.0, 1e11),
            Unit::Factor => (0.0, 1e6),
            Unit::LogFactor => (-20.0, 20.0),
            Unit::Years => (0.0, 120.0),
            Unit::IncomeShare => (0.0, 1e6),
            Unit::Weight | Unit::PerMillion => (0.0, 1e6),
            Unit::Money => (0.0, 1e15),
        }
    }

    /// The unit in words, as printed in messages and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Unit::Share => "share",
            Unit::PerYear => "per year",
            Unit::Persons => "persons",
            Unit::Factor => "factor",
            Unit::LogFactor => "log factor",
            Unit::Years => "years",
            Unit::IncomeShare => "share of income",
            Unit::Weight => "weight",
            Unit::PerMillion => "per million people",
            Unit::Money => "money",
        }
    }
}
