//! The fan through every source's figures: as published, and with base, bias and counts per user taken off.

use crate::fit::{Curve, Fit};
use crate::series::Estimate;

use super::super::axis::{self, Plot, Shown};
use super::super::fan::{self, Look};
use super::super::frame::{self, Rect};
use super::super::legend::{Entry, Legend, Symbol};
use super::super::marks::{self, Shape};
use super::super::table::{Row, Table};
use super::super::{Figure, PlotError, style};

const NAME: &str = "calibration_fit";

/// Draws it: a row for each layer, published figures left, corrected ones right.
pub(super) fn draw(fit: &Fit) -> Result<Figure, PlotError> {
    let mut page = super::open(
        fit,
        NAME,
        "What the sources published, and what they say of people",
        "Users, % of everybody. Left: as published, over their own base; right: base, bias and counts per user taken off",
        "For each layer the posterior fan over time with the figures of every source, as published and corrected.",
    )?;
    let mut entries = vec![Entry { symbol: Symbol::Fan, text: "Posterior: median, 50 %, 80 %".to_owned() }];
    entries.push(Entry { symbol: Symbol::Line(style::BASELINE), text: "80 % under the priors alone".to_owned() });
    for (position, source) in fit.sources.iter().enumerate() {
        entries.push(Entry { symbol: Symbol::Mark(Shape::of(position)), text: source.name.clone() });
    }
    let width = page.body.width();
    let legend = Legend::arrange(entries, width);
    let top = page.body.bottom - legend.height();
    legend.draw(&mut page.canvas, (page.body.left, top))?;
    let body = Rect { bottom: top - 8.0, ..page.body };
    let mut table = Table::new(NAME);
    let last = fit.statistics.iter().map(|s| axis::place(s.observation.date)).fold(0.0, f64::max);
    for (row, panels) in frame::panels_in(body, 2 * fit.curves.len().min(10), 2, 8.0).chunks(2).enumerate() {
        let curve = &fit.curves[row];
        for (panel, corrected) in panels.iter().zip([false, true]) {
            let title = format!("{}, {}", curve.title, if corrected { "corrected" } else { "as published" });
            let area = frame::header(&mut page.canvas, panel, &title, "")?;
            let shown: Vec<usize> =
                (0..curve.dates.len()).filter(|&i| axis::place(curve.dates[i]) <= last + 3.0).collect();
            let dates: Vec<_> = shown.iter().map(|&i| curve.dates[i]).collect();
            let plot = Plot { area, time: axis::time_range(&dates), low: 0.0, high: 1.0 };
            let years = axis::year_ticks(&dates, area.width());
            axis::draw(
                &mut page.canvas,
                &plot,
                &years,
                &axis::share_ticks(area.height()),
                Shown { values: panel.leftmost, years: panel.lowest },
            )?;
            fan_of(&mut page.canvas, &plot, curve, &shown)?;
            for statistic in fit.statistics.iter().filter(|s| s.observation.layer == curve.layer) {
                let value = if corrected { statistic.corrected } else { statistic.shown };
                if value > 1.0 || !value.is_finite() {
                    continue;
                }
                let place = plot.at(axis::place(statistic.observation.date), value);
                let radius = if statistic.used { style::MARK * 0.8 } else { style::MARK * 0.45 };
                page.canvas.group("observation", &statistic.observation.source, |pen| {
                    marks::draw(pen, place, radius, Shape::of(statistic.source));
                })?;
            }
        }
        tabulate(&mut table, fit, curve);
    }
    Ok(Figure { name: NAME.to_owned(), svg: page.close(), csv: table.write()? })
}

/// Posterior bands, and the edges of the prior's.
fn fan_of(
    canvas: &mut super::super::canvas::Canvas,
    plot: &Plot,
    curve: &Curve,
    shown: &[usize],
) -> Result<(), PlotError> {
    let estimates = |quantiles: &[crate::fit::Quantiles]| -> fan::Curve {
        shown.iter().map(|&i| (curve.dates[i], Estimate { mean: quantiles[i][3], quantiles: quantiles[i] })).collect()
    };
    let prior = estimates(&curve.prior);
    let grey = Look { colour: style::BASELINE, dash: None, banded: true, single: false };
    fan::edges(canvas, plot, "prior", &prior, grey)?;
    let posterior = estimates(&curve.quantiles);
    let look = Look { colour: style::series_colour(0), dash: None, banded: true, single: false };
    fan::bands(canvas, plot, "posterior", &posterior, look)?;
    fan::median(canvas, plot, "posterior", &posterior, look)
}

fn tabulate(table: &mut Table, fit: &Fit, curve: &Curve) {
    for (i, date) in curve.dates.iter().enumerate() {
        let date = date.to_string();
        for (series, q) in [("posterior", &curve.quantiles[i]), ("prior", &curve.prior[i])] {
            let row = Row { panel: &curve.layer, series, date: &date, quantity: "penetration", unit: "share" };
            table.estimate(row, &Estimate { mean: q[3], quantiles: *q }, true);
        }
    }
    for s in fit.statistics.iter().filter(|s| s.observation.layer == curve.layer) {
        let date = s.observation.date.to_string();
        let row = Row {
            panel: &curve.layer,
            series: &s.observation.source,
            date: &date,
            quantity: "statistic",
            unit: "share",
        };
        table.number(row, "as published", s.shown);
        table.number(row, "corrected", s.corrected);
    }
}
