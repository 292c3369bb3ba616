//! Published statistics of many countries: one indicator's yearly series per country, as somebody published them on a day.
//!
//! A [`Panel`] is what a forecaster learns from and what a backtest is scored on. [`read()`] turns what is downloaded from the World
//! Bank or Our World in Data, or a plain table, into one; [`write_tidy`] writes one; [`flags`] names what looks wrong in it; [`Vintages`]
//! keeps several publications of the same series side by side; [`fetch::fetch`] asks the World Bank for one. It leaves out what a figure means in a single country (accounts,
//! subscriptions, who was asked): that belongs to the observations of a scenario.

mod covariates;
mod error;
pub mod fetch;
pub mod flags;
mod panel;
pub mod read;
mod tidy;
mod vintages;

pub use covariates::Covariates;
pub use error::DataError;
pub use panel::{Country, Panel, Point};
pub use read::{Columns, Reading, read};
pub use tidy::write_tidy;
pub use vintages::Vintages;
