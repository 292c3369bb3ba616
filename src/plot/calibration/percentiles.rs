//! Posterior predictive checks: in which percentile of what the model predicts each published figure lies.

use crate::fit::Fit;

use super::super::axis::{Plot, percent};
use super::super::canvas::{Anchor, TextLook};
use super::super::frame::{MOST_PANELS, Rect};
use super::super::marks::{self, Shape};
use super::super::table::{Row, Table};
use super::super::{Figure, PlotError, font, style};

const NAME: &str = "calibration_percentiles";

/// Draws them: a row for each source.
pub(super) fn draw(fit: &Fit) -> Result<Figure, PlotError> {
    let mut page = super::open(
        fit,
        NAME,
        "Where published figures lie in what the model predicts",
        "Percentile of each published figure among predicted ones of its source; the band holds 80 %. Small: published later, not used",
        "A row for each source with a mark for each statistic at its predictive percentile.",
    )?;
    let sources: Vec<usize> =
        (0..fit.sources.len()).filter(|i| fit.statistics.iter().any(|s| s.source == *i)).take(MOST_PANELS).collect();
    let label =
        sources.iter().map(|&i| font::text_width(&fit.sources[i].name, style::LABEL)).fold(0.0, f64::max).min(330.0);
    let area = Rect {
        left: page.body.left + label + 16.0,
        top: page.body.top + 8.0,
        right: page.body.right - 90.0,
        bottom: page.body.bottom - 22.0,
    };
    let plot = Plot { area, time: (0.0, 1.0), low: 0.0, high: 1.0 };
    let row_height = (area.height() / sources.len() as f64).min(62.0);
    let bottom = area.top + row_height * sources.len() as f64;
    page.canvas.group("band", "", |pen| {
        let corners = [(plot.x(0.1), area.top), (plot.x(0.9), area.top), (plot.x(0.9), bottom), (plot.x(0.1), bottom)];
        pen.polygon(&corners, style::BASELINE, style::OUTER_BAND);
        for level in [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0] {
            pen.segment((plot.x(level), area.top), (plot.x(level), bottom), style::HAIR, style::GRID);
            let look = TextLook::new(style::TICK, style::SOFT).at(Anchor::Middle);
            pen.text(&percent(level), (plot.x(level), bottom + 13.0), look);
        }
    })?;
    let mut table = Table::new(NAME);
    for (row, &source) in sources.iter().enumerate() {
        let name = &fit.sources[source].name;
        let middle = area.top + (row as f64 + 0.5) * row_height;
        let own: Vec<_> = fit.statistics.iter().filter(|s| s.source == source).collect();
        let inside = own.iter().filter(|s| (0.1..=0.9).contains(&s.percentile)).count();
        page.canvas.group("row", name, |pen| {
            let text = font::fit(name, style::LABEL, label);
            pen.text(&text, (page.body.left, middle), TextLook::new(style::LABEL, style::INK));
            let look = TextLook::new(style::TICK, style::SOFT);
            pen.text(&format!("{inside} of {} inside", own.len()), (area.right + 8.0, middle), look);
            for (i, s) in own.iter().enumerate() {
                // Beside each other where they would cover each other.
                let shift = ((i % 5) as f64 - 2.0) * row_height * 0.15;
                let radius = if s.used { style::MARK } else { style::MARK * 0.6 };
                marks::draw(pen, (plot.x(s.percentile), middle + shift), radius, Shape::of(source));
            }
        })?;
        for s in own {
            let date = s.observation.date.to_string();
            let row = Row { panel: "all", series: name, date: &date, quantity: "percentile", unit: "share" };
            table.number(row, "published", s.percentile);
        }
    }
    Ok(Figure { name: NAME.to_owned(), svg: page.close(), csv: table.write()? })
}
