//! Monthly flows of whole people between cells, consistent with the published stocks.

use super::grid::Grid;
use super::tables::PopulationTables;
use crate::units::Month;

/// Stocks and flows of whole people, month by month; an input of every engine, the same for every member.
///
/// Values are whole numbers held as `f64` (exact below 2^53). Arrays are indexed `[month * cells + cell]`.
/// In each month, in this order: `deaths` leave, `ageing` moves people to the next older band of the same place and
/// sex, `leaving` moves people out of their cell, `arriving` moves people in (from the pool of those who left cells of
/// the same sex and age; the shortfall comes from abroad as non-users, the excess goes abroad), `births` enter the youngest band.
#[derive(Clone, Debug, PartialEq)]
pub struct Demography {
    /// Cells.
    pub grid: Grid,
    /// Months.
    pub months: usize,
    /// Living people: `[0]` before the first step, `[m + 1]` at the end of month `m`; length (months + 1) x cells.
    pub people: Vec<f64>,
    /// Deaths in the month, of those in the cell when it begins; length months x cells.
    pub deaths: Vec<f64>,
    /// Survivors who pass into the next band in the month; 0 in the last band.
    pub ageing: Vec<f64>,
    /// People who leave the cell for another place (or abroad), after ageing.
    pub leaving: Vec<f64>,
    /// People who arrive from another place (or abroad), after ageing.
    pub arriving: Vec<f64>,
    /// Births in the month, into the youngest band (zero elsewhere).
    pub births: Vec<f64>,
}

impl Demography {
    /// Flows for `months` months from `start`.
    #[must_use]
    pub fn new(_tables: &PopulationTables, _start: Month, _months: usize) -> Self {
        todo!("implemented by the population work")
    }
}
