//! Published statistics of many countries: one indicator's yearly series per country, as somebody published them on a day.
//!
//! A [`Panel`] is what a forecaster learns from and what a backtest is scored on. It leaves out what a figure means in a single
//! country (accounts, subscriptions, who was asked): that belongs to the observations of a scenario.

mod panel;

pub use panel::{Country, Panel, Point};
