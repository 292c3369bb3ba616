//! Data vintages side by side: what one figure was at each time it was published.

use std::collections::BTreeMap;

use crate::fit::Fit;
use crate::series::{ALL, Observation};
use crate::units::Month;

use super::super::axis::{self, Plot, Shown};
use super::super::canvas::{Anchor, TextLook};
use super::super::frame::Rect;
use super::super::table::{Row, Table};
use super::super::{Figure, PlotError, style};

const NAME: &str = "calibration_vintages";

/// Draws the source with most revisions; `None` where nothing was revised.
pub(super) fn draw(
    fit: &Fit,
    observations: &[Observation],
    revised: &[Observation],
) -> Result<Option<Figure>, PlotError> {
    let mut revisions: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for o in revised.iter().filter(|o| o.unit == "share" && o.group.region == ALL) {
        *revisions.entry((o.source.as_str(), o.layer.as_str())).or_default() += 1;
    }
    let Some((&(source, layer), _)) = revisions.iter().max_by_key(|(_, count)| **count) else { return Ok(None) };
    let own = |o: &&Observation| o.source == source && o.layer == layer && o.unit == "share";
    let mut figures: BTreeMap<Month, Vec<&Observation>> = BTreeMap::new();
    for o in revised.iter().chain(observations).filter(own) {
        figures.entry(o.date).or_default().push(o);
    }
    let first = figures.values().filter(|of| of.len() > 1).map(|of| of[0].date).min().unwrap_or(fit.focus).plus(-24);
    figures.retain(|date, _| *date >= first);
    let mut page = super::open(
        fit,
        NAME,
        &format!("{source}: what was published when"),
        "Share of people by the date a figure speaks of. Dark: last vintage; light: earlier ones, joined where it was revised",
        "Each figure of one source in every vintage.",
    )?;
    let area = Rect { left: page.body.left + 46.0, bottom: page.body.bottom - 22.0, ..page.body };
    let dates: Vec<Month> = figures.keys().copied().collect();
    let time = axis::time_range(&dates);
    let plot = Plot { area, time: (time.0 - 0.4, time.1 + 0.8), low: 0.0, high: 1.0 };
    let years = axis::year_ticks(&dates, area.width());
    axis::draw(
        &mut page.canvas,
        &plot,
        &years,
        &axis::share_ticks(area.height()),
        Shown { values: true, years: true },
    )?;
    let mut table = Table::new(NAME);
    for (date, of) in &mut figures {
        of.sort_by(|a, b| a.vintage.cmp(&b.vintage));
        let place = |value: f64| plot.at(axis::place(*date), value);
        page.canvas.group("figure", &date.to_string(), |pen| {
            for pair in of.windows(2) {
                pen.segment(place(pair[0].value), place(pair[1].value), style::LINE_SINGLE, style::AXIS);
            }
            // The last vintage lies above the others.
            for (i, o) in of.iter().enumerate() {
                let last = i + 1 == of.len();
                let colour = if last { style::OBSERVED } else { style::FAINT };
                pen.disc(place(o.value), if last { 4.2 } else { 3.0 }, colour);
            }
            // Labels of equal figures would cover each other: the last vintage of each value speaks.
            let mut said: Vec<f64> = Vec::new();
            for (i, o) in of.iter().enumerate().rev() {
                let last = i + 1 == of.len();
                if of.len() > 1 && said.iter().all(|v| (v - o.value).abs() > 0.022) {
                    said.push(o.value);
                    let (x, y) = place(o.value);
                    let look = TextLook::new(10.0, if last { style::INK } else { style::SOFT }).at(Anchor::Start);
                    pen.text(&o.vintage, (x + 6.0, y), look);
                }
            }
        })?;
        let text = date.to_string();
        for o in of.iter() {
            let row = Row { panel: layer, series: source, date: &text, quantity: "statistic", unit: "share" };
            table.number(row, &o.vintage, o.value);
        }
    }
    Ok(Some(Figure { name: NAME.to_owned(), svg: page.close(), csv: table.write()? }))
}
