//! What the figures of forecasts share: a fan with the published figures over it.

use super::super::axis::{self, Plot, Shown, Tick};
use super::super::canvas::{Canvas, Point};
use super::super::font;
use super::super::frame::{Page, Rect};
use super::super::legend::{Entry, Legend, Symbol};
use super::super::table::{Row, Table};
use super::super::{PlotError, style};
use super::Forecast;

/// Names of the quantiles in tables.
pub(super) const NAMES: [&str; 7] = ["q2.5", "q10", "q25", "median", "q75", "q90", "q97.5"];

/// Draws a legend at the bottom of the body and returns the room above it.
pub(super) fn key(page: &mut Page, entries: Vec<Entry>) -> Result<Rect, PlotError> {
    let legend = Legend::arrange(entries, page.body.width());
    let top = page.body.bottom - legend.height();
    legend.draw(&mut page.canvas, (page.body.left, top))?;
    Ok(Rect { bottom: top - 8.0, ..page.body })
}

/// The entries of a fan.
pub(super) fn entries() -> Vec<Entry> {
    let entry = |symbol, text: &str| Entry { symbol, text: text.to_owned() };
    vec![
        entry(Symbol::Fan, "Forecast: median; darker 50 %, lighter 80 %, lightest 95 %"),
        entry(Symbol::None, "Dots: published; dark before, hollow after the origin (dashed)"),
    ]
}

/// Whole years to label along `width` pixels.
pub(super) fn years(from: i32, to: i32, width: f64) -> Vec<Tick> {
    let room = font::text_width("2000", style::TICK) + 12.0;
    let most = (width / room).max(1.0);
    let step = [1, 2, 5, 10, 20, 50].into_iter().find(|&step| f64::from(to - from) / f64::from(step) <= most);
    let step = step.unwrap_or(100);
    (from..=to).filter(|year| year % step == 0).map(|year| (f64::from(year), year.to_string())).collect()
}

/// Draws axes, fan, origin and published figures into `area`, over the years `from` to `to`.
pub(super) fn draw(
    canvas: &mut Canvas,
    area: Rect,
    (from, to): (i32, i32),
    forecast: &Forecast,
    shown: Shown,
) -> Result<(), PlotError> {
    let plot = Plot { area, time: (f64::from(from), f64::from(to.max(from + 1))), low: 0.0, high: 1.0 };
    axis::draw(canvas, &plot, &years(from, to, area.width()), &axis::share_ticks(area.height()), shown)?;
    let colour = style::series_colour(0);
    let series = forecast.iso3.as_str();
    let last = forecast.published.iter().rev().find(|point| point.year <= forecast.origin);
    // The fan opens at the last figure that was known.
    let start = last.map(|point| plot.at(f64::from(point.year), point.value / 100.0));
    let edge = |level: usize| -> Vec<Point> {
        let points = forecast.fan.iter().map(|(year, fan)| plot.at(f64::from(*year), fan[level] / 100.0));
        start.into_iter().chain(points).collect()
    };
    canvas.group("band", series, |pen| {
        for (level, opacity) in [(0, style::OUTER_BAND * 0.6), (1, style::OUTER_BAND), (2, style::INNER_BAND)] {
            let mut corners = edge(level);
            corners.extend(edge(6 - level).into_iter().rev());
            pen.polygon(&corners, colour, opacity);
        }
    })?;
    canvas.group("median", series, |pen| pen.line(&edge(3), style::LINE, colour, None))?;
    canvas.group("origin", series, |pen| {
        let x = plot.x(f64::from(forecast.origin));
        pen.line(&[(x, area.top), (x, area.bottom)], style::HAIR, style::AXIS, Some((4.0, 3.0)));
    })?;
    canvas.group("observation", series, |pen| {
        let radius = if area.width() > 300.0 { style::MARK * 0.8 } else { style::MARK * 0.5 };
        for point in forecast.published.iter().filter(|point| (from..=to).contains(&point.year)) {
            let centre = plot.at(f64::from(point.year), point.value / 100.0);
            pen.disc(centre, radius, style::OBSERVED);
            if point.year > forecast.origin {
                pen.disc(centre, radius * 0.55, style::PAPER);
            }
        }
    })
}

/// First and last year of the axis of several forecasts.
pub(super) fn range<'a>(forecasts: impl Iterator<Item = &'a Forecast> + Clone, before: i32) -> (i32, i32) {
    let from = forecasts.clone().map(|one| one.origin - before).min().unwrap_or(2000);
    let to = forecasts.flat_map(|one| one.fan.iter().map(|(year, _)| *year)).max().unwrap_or(from + 1);
    (from, to)
}

/// Rows of one forecast.
pub(super) fn tabulate(table: &mut Table, panel: &str, forecast: &Forecast, (from, to): (i32, i32)) {
    let mut number = |year: i32, name: &str, value: f64| {
        let date = year.to_string();
        let row = Row { panel, series: forecast.iso3.as_str(), date: &date, quantity: "penetration", unit: "share" };
        table.number(row, name, value / 100.0);
    };
    for (year, fan) in &forecast.fan {
        for (name, value) in NAMES.iter().zip(fan) {
            number(*year, name, *value);
        }
    }
    for point in forecast.published.iter().filter(|point| (from..=to).contains(&point.year)) {
        number(point.year, "published", point.value);
    }
}
