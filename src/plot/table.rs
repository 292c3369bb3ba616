//! The plotted numbers, tidy: one row a number.

use crate::series::Estimate;

use super::PlotError;

/// Columns of every figure's table.
pub(super) const COLUMNS: [&str; 8] = ["figure", "panel", "series", "date", "quantity", "statistic", "value", "unit"];

/// The statistics a fan shows, with their place among the quantiles.
pub(super) const DRAWN: [(&str, usize); 5] = [("q10", 1), ("q25", 2), ("median", 3), ("q75", 4), ("q90", 5)];

/// One plotted number without its statistic.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    /// Panel: a layer's name, or `all` where one panel holds all.
    pub panel: &'a str,
    /// Line, row or source.
    pub series: &'a str,
    /// Month or year.
    pub date: &'a str,
    /// What is measured.
    pub quantity: &'a str,
    /// Its unit.
    pub unit: &'a str,
}

/// A table in the making.
pub(super) struct Table {
    figure: String,
    rows: Vec<[String; 8]>,
}

impl Table {
    /// An empty table.
    pub fn new(figure: &str) -> Self {
        Self { figure: figure.to_owned(), rows: Vec::new() }
    }

    /// Adds one number; one that is not finite is not drawn either and is left out.
    pub fn number(&mut self, row: Row<'_>, statistic: &str, value: f64) {
        let Row { panel, series, date, quantity, unit } = row;
        if !value.is_finite() {
            return;
        }
        let value = value.to_string();
        self.rows.push([&self.figure, panel, series, date, quantity, statistic, &value, unit].map(str::to_owned));
    }

    /// Adds the quantiles a fan shows, or the median alone.
    pub fn estimate(&mut self, row: Row<'_>, estimate: &Estimate, banded: bool) {
        for (statistic, level) in DRAWN.into_iter().filter(|drawn| banded || drawn.0 == "median") {
            self.number(row, statistic, estimate.quantiles[level]);
        }
    }

    /// The table as CSV.
    pub fn write(self) -> Result<String, PlotError> {
        let Self { figure, rows } = self;
        let fault = |message: String| PlotError::Table { figure: figure.clone(), message };
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(COLUMNS).map_err(|e| fault(e.to_string()))?;
        for row in &rows {
            writer.write_record(row).map_err(|e| fault(e.to_string()))?;
        }
        let bytes = writer.into_inner().map_err(|e| fault(e.to_string()))?;
        String::from_utf8(bytes).map_err(|e| fault(e.to_string()))
    }
}
