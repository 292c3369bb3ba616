//! Residuals by source: which figures the model cannot follow.

use crate::fit::Fit;

use super::super::axis::{self, Plot, Shown};
use super::super::frame::{self, MOST_PANELS};
use super::super::marks::{self, Shape};
use super::super::table::{Row, Table};
use super::super::{Figure, PlotError, style};
use super::scale;

const NAME: &str = "calibration_residuals";
/// Residuals beyond this are drawn at the edge.
const EDGE: f64 = 6.0;

/// Draws them: a panel for each source.
pub(super) fn draw(fit: &Fit) -> Result<Figure, PlotError> {
    let mut page = super::open(
        fit,
        NAME,
        "Which figures the model cannot follow",
        "Published less expected, in units of the source's own spread (median); beyond 6 at the edge. Small marks: published later, not used",
        "Standardised residuals over time, a panel for each source.",
    )?;
    let sources: Vec<usize> =
        (0..fit.sources.len()).filter(|i| fit.statistics.iter().any(|s| s.source == *i)).take(MOST_PANELS).collect();
    let mut dates: Vec<_> = fit.statistics.iter().map(|s| s.observation.date).collect();
    dates.sort_unstable();
    let mut table = Table::new(NAME);
    let columns = if sources.len() > 4 { 3 } else { 2 };
    for (panel, &source) in
        frame::panels_in(page.body, sources.len(), columns.min(sources.len()), 10.0).iter().zip(&sources)
    {
        let name = &fit.sources[source].name;
        let area = frame::header(&mut page.canvas, panel, name, "")?;
        let plot = Plot { area, time: axis::time_range(&dates), low: -EDGE, high: EDGE };
        let years = axis::year_ticks(&dates, area.width());
        axis::draw(&mut page.canvas, &plot, &years, &[], Shown { values: false, years: panel.lowest })?;
        let ticks: Vec<(f64, String)> = [-4.0, -2.0, 0.0, 2.0, 4.0].into_iter().map(|t| (t, scale::label(t))).collect();
        scale::beside(&mut page.canvas, &plot, &ticks, 11.0)?;
        for s in fit.statistics.iter().filter(|s| s.source == source) {
            let place = plot.at(axis::place(s.observation.date), s.residual.clamp(-EDGE, EDGE));
            let radius = if s.used { style::MARK * 0.9 } else { style::MARK * 0.5 };
            page.canvas.group("residual", name, |pen| marks::draw(pen, place, radius, Shape::of(source)))?;
            let date = s.observation.date.to_string();
            let row =
                Row { panel: name, series: &s.observation.source, date: &date, quantity: "residual", unit: "spreads" };
            table.number(row, "median", s.residual);
        }
    }
    Ok(Figure { name: NAME.to_owned(), svg: page.close(), csv: table.write()? })
}
