//! What each source says on its own, and what all the others say without it.

use crate::fit::{Fit, Quantiles};

use super::super::axis::{Plot, percent};
use super::super::canvas::{Anchor, Canvas, TextLook};
use super::super::frame::Rect;
use super::super::legend::{Entry, Legend, Symbol};
use super::super::style::Colour;
use super::super::table::{Row, Table};
use super::super::{Figure, PlotError, font, style};
use super::scale;

const NAME: &str = "calibration_sources";

/// Draws them; `None` where no source was taken alone.
pub(super) fn draw(fit: &Fit) -> Result<Option<Figure>, PlotError> {
    let rows: Vec<_> = fit.sources.iter().filter(|s| s.alone.is_some() || s.without.is_some()).collect();
    let Some(curve) = fit.curves.first().filter(|_| !rows.is_empty()) else { return Ok(None) };
    let all = curve.dates.iter().position(|d| *d == fit.focus).map(|at| curve.quantiles[at]);
    let mut page = super::open(
        fit,
        NAME,
        &format!("{} in {}, source by source", curve.title, fit.focus),
        "Share of everybody, as the model has it with one source alone and with all but that source; normal approximation",
        "A row for each source with two intervals.",
    )?;
    let (alone, without) = (style::series_colour(1), style::series_colour(0));
    let entries = vec![
        Entry { symbol: Symbol::Line(alone), text: "The source alone".to_owned() },
        Entry { symbol: Symbol::Line(without), text: "All sources but it".to_owned() },
        Entry { symbol: Symbol::Line(style::BASELINE), text: "All sources: median and 80 % interval".to_owned() },
    ];
    let legend = Legend::arrange(entries, page.body.width());
    let top = page.body.bottom - legend.height();
    legend.draw(&mut page.canvas, (page.body.left, top))?;
    let label = rows.iter().map(|s| font::text_width(&s.name, style::LABEL)).fold(0.0, f64::max).min(330.0);
    let area = Rect {
        left: page.body.left + label + 16.0,
        top: page.body.top + 8.0,
        right: page.body.right - 8.0,
        bottom: top - 30.0,
    };
    let reach = |q: &Option<Quantiles>| q.map_or([f64::NAN; 2], |q| [q[1], q[5]]);
    let values = rows.iter().flat_map(|s| reach(&s.alone).into_iter().chain(reach(&s.without)));
    let span = scale::range(values.chain(reach(&all)));
    let plot = Plot { area, time: span, low: 0.0, high: 1.0 };
    let row_height = (area.height() / rows.len() as f64).min(58.0);
    let bottom = area.top + row_height * rows.len() as f64;
    page.canvas.group("grid", "", |pen| {
        for tick in scale::ticks(span, 8) {
            pen.segment((plot.x(tick), area.top), (plot.x(tick), bottom), style::HAIR, style::GRID);
            pen.text(
                &percent(tick),
                (plot.x(tick), bottom + 13.0),
                TextLook::new(style::TICK, style::SOFT).at(Anchor::Middle),
            );
        }
        if let Some(q) = all {
            let corners =
                [(plot.x(q[1]), area.top), (plot.x(q[5]), area.top), (plot.x(q[5]), bottom), (plot.x(q[1]), bottom)];
            pen.polygon(&corners, style::BASELINE, style::OUTER_BAND);
            pen.segment((plot.x(q[3]), area.top), (plot.x(q[3]), bottom), style::LINE_SINGLE, style::BASELINE);
        }
    })?;
    let mut table = Table::new(NAME);
    let date = fit.focus.to_string();
    for (row, source) in rows.iter().enumerate() {
        let middle = area.top + (row as f64 + 0.5) * row_height;
        page.canvas.group("row", &source.name, |pen| {
            let text = font::fit(&source.name, style::LABEL, label);
            pen.text(&text, (page.body.left, middle), TextLook::new(style::LABEL, style::INK));
        })?;
        for (series, q, shift, colour) in
            [("alone", &source.alone, -0.18, alone), ("without", &source.without, 0.18, without)]
        {
            let Some(q) = q else { continue };
            interval(&mut page.canvas, &plot, series, q, middle + shift * row_height, colour)?;
            let row = Row { panel: &source.name, series, date: &date, quantity: "penetration", unit: "share" };
            for (statistic, at) in [("q10", 1), ("median", 3), ("q90", 5)] {
                table.number(row, statistic, q[at]);
            }
        }
    }
    Ok(Some(Figure { name: NAME.to_owned(), svg: page.close(), csv: table.write()? }))
}

fn interval(
    canvas: &mut Canvas,
    plot: &Plot,
    series: &str,
    q: &Quantiles,
    y: f64,
    colour: Colour,
) -> Result<(), PlotError> {
    canvas.group("interval", series, |pen| {
        pen.segment((plot.x(q[1]), y), (plot.x(q[5]), y), 1.6 * style::LINE, colour);
        pen.disc((plot.x(q[3]), y), 5.0, style::PAPER);
        pen.disc((plot.x(q[3]), y), 4.0, colour);
    })
}
