//! Published population tables of one country.
//!
//! [`PopulationTables::from_files`] reads the full tables (ages, sexes, regions, towns); where a country has only totals,
//! [`PopulationTables::from_totals`] is enough. Between dates stocks run in straight lines; before the first and after the
//! last they stay as they are.

use std::fmt;
use std::path::PathBuf;

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

/// The files of a country's tables; `docs/population.md` gives the layout of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PopulationFiles {
    /// People by year, sex and age band.
    pub age_sex: PathBuf,
    /// Births and deaths by year; without it births make up for growth and deaths follow a standard schedule.
    pub vital_events: Option<PathBuf>,
    /// Regions with census counts; without it one region `all`.
    pub regions: Option<PathBuf>,
    /// National urban share by year; without it one residence `all`.
    pub urban_share: Option<PathBuf>,
}

/// Something wrong in a population file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct TableFault {
    /// The file.
    pub file: PathBuf,
    /// Line, 1-based; 0 for the file as a whole.
    pub line: usize,
    /// What was found, what is allowed, and the likely remedy.
    pub message: String,
}

impl fmt::Display for TableFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file.display(), self.message),
            line => write!(f, "{}:{line}: {}", self.file.display(), self.message),
        }
    }
}

impl PopulationTables {
    /// Reads, checks and combines a country's tables.
    ///
    /// National stocks by age and sex are spread over places so that the age-sex totals, the regions' shares and the
    /// national urban share all hold exactly; every place has the national age and sex structure.
    ///
    /// # Errors
    /// Every fault of every file, in the order of the files, then of lines.
    pub fn from_files(files: &PopulationFiles) -> Result<PopulationTables, Vec<TableFault>> {
        super::files::load(files)
    }

    /// One cell `all` from totals at dates and a death rate per person-year.
    ///
    /// Points are sorted; of points in one month the first counts, points that are not finite are dropped and negative ones
    /// count as 0, so any input gives a usable table; no point at all means nobody. Growth beyond deaths comes by births.
    #[must_use]
    pub fn from_totals(points: &[(Month, f64)], death_rate_per_year: f64, source: &str) -> PopulationTables {
        let mut stocks: Vec<(Month, Vec<f64>)> = points
            .iter()
            .filter(|point| point.1.is_finite())
            .map(|&(month, total)| (month, vec![total.max(0.0)]))
            .collect();
        stocks.sort_by_key(|stock| stock.0);
        stocks.dedup_by_key(|stock| stock.0);
        let mut tables = PopulationTables {
            grid: Grid::undivided(),
            stocks,
            births: Vec::new(),
            deaths: Vec::new(),
            sources: vec![source.to_owned()],
        };
        let rate = if death_rate_per_year.is_finite() { death_rate_per_year.max(0.0) } else { 0.0 };
        if let (Some(first), Some(last)) = (tables.stocks.first(), tables.stocks.last()) {
            let june = |year: i32| first.0.plus((year - first.0.year()) * 12 + 6 - first.0.month() as i32);
            let years = first.0.year()..=last.0.year();
            tables.deaths = years.map(|year| (year, rate * tables.total_at(june(year)))).collect();
        }
        tables
    }

    /// First and last month of which stocks are published; `None` without any.
    #[must_use]
    pub fn span(&self) -> Option<(Month, Month)> {
        Some((self.stocks.first()?.0, self.stocks.last()?.0))
    }

    /// Persons per cell at the end of `month`: straight lines between published dates, constant outside them.
    ///
    /// Cost linear in cells.
    #[must_use]
    pub fn stock_at(&self, month: Month) -> Vec<f64> {
        let mut stock = vec![0.0; self.grid.cells()];
        self.stock_into(month, &mut stock);
        stock
    }

    /// [`Self::stock_at`] into an existing column of `grid.cells()` values.
    pub(super) fn stock_into(&self, month: Month, stock: &mut [f64]) {
        let (before, after, weight) = self.bracket(month);
        stock.fill(0.0);
        for (share, column) in [(1.0 - weight, before), (weight, after)] {
            if share > 0.0 {
                for (cell, &value) in stock.iter_mut().zip(column) {
                    *cell += share * sound(value);
                }
            }
        }
    }

    /// Everybody at the end of `month`, persons.
    #[must_use]
    pub fn total_at(&self, month: Month) -> f64 {
        let (before, after, weight) = self.bracket(month);
        let sum = |column: &[f64]| column.iter().map(|&value| sound(value)).sum::<f64>();
        if weight > 0.0 { sum(before) * (1.0 - weight) + sum(after) * weight } else { sum(before) }
    }

    /// Published columns on both sides of a month, and the weight of the second.
    fn bracket(&self, month: Month) -> (&[f64], &[f64], f64) {
        let next = self.stocks.partition_point(|stock| stock.0 <= month);
        let column = |index: usize| self.stocks.get(index).map_or(&[][..], |stock| &stock.1[..]);
        if next == 0 || next >= self.stocks.len() {
            return (column(next.saturating_sub(1)), &[], 0.0);
        }
        let (first, second) = (self.stocks[next - 1].0, self.stocks[next].0);
        let weight = f64::from(month.months_since(first)) / f64::from(second.months_since(first));
        (column(next - 1), column(next), weight)
    }
}

/// A value fit for counting people, 0..=1e12: tables made in code, not read from files, may hold anything.
pub(super) fn sound(value: f64) -> f64 {
    if value.is_finite() { value.clamp(0.0, 1e12) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().expect("a month")
    }

    #[test]
    fn stocks_run_straight_between_dates_and_stay_outside() {
        let tables =
            PopulationTables::from_totals(&[(month("2010-12"), 240.0), (month("2000-12"), 120.0)], 0.01, "test");
        // 12 a year: one a month.
        for (at, total) in
            [("1990-01", 120.0), ("2000-12", 120.0), ("2001-01", 121.0), ("2005-12", 180.0), ("2020-01", 240.0)]
        {
            assert!((tables.total_at(month(at)) - total).abs() < 1e-9, "{at}");
            assert!((tables.stock_at(month(at))[0] - total).abs() < 1e-9, "{at}");
        }
        // June 2000 lies before the first date: 1 % of 120.
        assert_eq!(tables.deaths[0], (2000, 1.2));
        assert_eq!(tables.deaths.len(), 11);
    }

    #[test]
    fn totals_of_any_kind_give_a_table() {
        let nothing = PopulationTables::from_totals(&[], f64::NAN, "test");
        assert_eq!(nothing.span(), None);
        assert_eq!(nothing.stock_at(month("2000-01")), [0.0]);
        let odd = [(month("2001-01"), f64::NAN), (month("2002-01"), -5.0), (month("2002-01"), 7.0)];
        let odd = PopulationTables::from_totals(&odd, f64::INFINITY, "test");
        assert_eq!(odd.stocks, [(month("2002-01"), vec![0.0])]);
        assert_eq!(odd.deaths, [(2002, 0.0)]);
    }

    #[test]
    fn a_fault_is_shown_with_its_place() {
        let fault = TableFault { file: "a.csv".into(), line: 3, message: "wrong".into() };
        assert_eq!(fault.to_string(), "a.csv:3: wrong");
        assert_eq!(TableFault { line: 0, ..fault }.to_string(), "a.csv: wrong");
    }
}
