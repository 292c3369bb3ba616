//! Published population tables of one country.

use super::grid::Grid;
use crate::units::Month;

/// Published stocks and vital events, as loaded and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct PopulationTables {
    /// Cells.
    pub grid: Grid,
    /// Stocks at dates, increasing: persons per cell (length `grid.cells()`), interpolated between dates.
    pub stocks: Vec<(Month, Vec<f64>)>,
    /// Births per year (calendar year, persons), increasing years; empty when unknown.
    pub births: Vec<(i32, f64)>,
    /// Deaths per year (calendar year, persons), increasing years; empty when unknown.
    pub deaths: Vec<(i32, f64)>,
    /// Where the tables come from.
    pub sources: Vec<String>,
}
