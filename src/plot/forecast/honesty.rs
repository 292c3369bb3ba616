//! Whether forecasts keep what they promise.

use super::super::axis::{self, Plot, Shown, Tick};
use super::super::canvas::{Anchor, TextLook};
use super::super::frame::{self, Page, Rect, Words};
use super::super::legend::{Entry, Symbol};
use super::super::style;
use super::super::table::{Row, Table};
use super::super::{EVERY_PANEL, Figure, PlotError};
use super::{About, Track, sketch, skill};
use crate::score::LEVELS;

/// The share of observations at or below each quantile against the share that should be, a line a forecaster.
///
/// # Errors
/// When drawing fails.
pub fn reliability(tracks: &[Track], about: &About) -> Result<Figure, PlotError> {
    let name = "reliability";
    let words = Words {
        figure: name.to_owned(),
        shows: "Promised and kept".to_owned(),
        subtitle: "Share of observations at or below a quantile, against the quantile's level; the dashed diagonal is honest".to_owned(),
        description: "Lines of the observed share at or below each quantile against its nominal level, from 0 to 100 %, for each forecaster; a forecaster \
                      on the diagonal is reliable, one whose line is flatter than the diagonal is too sure of itself."
            .to_owned(),
    };
    let mut page = Page::about("quantiles of all forecasts", &about.facts, &words)?;
    let entries = tracks
        .iter()
        .enumerate()
        .map(|(position, track)| Entry { symbol: Symbol::Line(skill::look(position).0), text: track.model.clone() });
    let body = sketch::key(&mut page, entries.collect())?;
    // A square, in the middle.
    let height = body.height() - frame::YEAR_LABELS - 26.0;
    let left = f64::midpoint(body.left, body.right) - height / 2.0;
    let area = Rect { left, top: body.top + 8.0, right: left + height, bottom: body.top + 8.0 + height };
    let plot = Plot { area, time: (0.0, 1.0), low: 0.0, high: 1.0 };
    let shares = axis::share_ticks(area.height());
    axis::draw(&mut page.canvas, &plot, &shares, &shares, Shown { values: true, years: true })?;
    page.canvas.group("axis-title", "", |pen| {
        let look = TextLook::new(style::TICK, style::SOFT).at(Anchor::Middle);
        pen.text("Level of the quantile", (f64::midpoint(area.left, area.right), area.bottom + 32.0), look);
        pen.upward_text("Observations at or below", (area.left - 62.0, f64::midpoint(area.top, area.bottom)), look);
    })?;
    page.canvas.group("diagonal", "", |pen| {
        pen.line(&[plot.at(0.0, 0.0), plot.at(1.0, 1.0)], style::HAIR, style::AXIS, Some((4.0, 3.0)));
    })?;
    let mut table = Table::new(name);
    for (position, track) in tracks.iter().enumerate().rev() {
        let points: Vec<_> = LEVELS.iter().zip(track.below).map(|(level, share)| plot.at(*level, share)).collect();
        let (colour, dash) = skill::look(position);
        page.canvas.group("reliability", &track.model, |pen| {
            pen.line(&points, if position == 0 { style::LINE * 1.4 } else { style::LINE_SINGLE }, colour, dash);
            for point in points.iter().filter(|_| position == 0) {
                pen.disc(*point, style::MARK * 0.8, colour);
            }
        })?;
        for (level, share) in LEVELS.iter().zip(track.below) {
            let date = level.to_string();
            let row =
                Row { panel: EVERY_PANEL, series: &track.model, date: &date, quantity: "at-or-below", unit: "share" };
            table.number(row, "observed", share);
        }
    }
    Ok(Figure { name: name.to_owned(), svg: page.close(), csv: table.write()? })
}

/// Histograms of the probability integral transform, a panel a forecaster, at most six.
///
/// # Errors
/// When drawing fails.
pub fn pit(tracks: &[Track], about: &About) -> Result<Figure, PlotError> {
    let name = "pit";
    let words = Words {
        figure: name.to_owned(),
        shows: "Where in the forecasts the observations fell".to_owned(),
        subtitle: "Share of observations in each tenth of the forecast distribution; the dashed line, a tenth each, is honest".to_owned(),
        description: "Histograms of the probability integral transform in ten bars, a panel for each forecaster: bars at both ends above the \
                      dashed line mean intervals too narrow, a hump in the middle too wide, a slope forecasts too low or too high."
            .to_owned(),
    };
    let mut page = Page::about("probability integral transform", &about.facts, &words)?;
    let shown = &tracks[..tracks.len().min(6)];
    let mut table = Table::new(name);
    let highest = shown.iter().flat_map(|track| track.pit).fold(0.2, f64::max);
    let high = (highest * 10.0).ceil() / 10.0;
    for (panel, track) in frame::panels(page.body, shown.len()).iter().zip(shown) {
        let area = frame::header(&mut page.canvas, panel, &track.model, "")?;
        let plot = Plot { area, time: (0.0, 1.0), low: 0.0, high };
        let step = if high > 0.45 { 0.2 } else { 0.1 };
        let count = (high / step + 1e-9) as usize;
        let values: Vec<Tick> =
            (0..=count).map(|at| at as f64 * step).map(|share| (share, axis::percent(share))).collect();
        let across = [0.0, 0.5, 1.0].map(|place: f64| (place, axis::percent(place)));
        axis::draw(&mut page.canvas, &plot, &across, &values, Shown { values: panel.leftmost, years: panel.lowest })?;
        let colour = style::series_colour(0);
        page.canvas.group("bars", &track.model, |pen| {
            for (at, share) in track.pit.iter().enumerate() {
                let (from, to) = (at as f64 / 10.0, (at + 1) as f64 / 10.0);
                let (left, right) = (plot.x(from) + 1.0, plot.x(to) - 1.0);
                let top = plot.y(*share);
                pen.polygon(&[(left, top), (right, top), (right, area.bottom), (left, area.bottom)], colour, 0.6);
            }
            let honest = plot.y(0.1);
            pen.line(&[(area.left, honest), (area.right, honest)], style::HAIR, style::INK, Some((4.0, 3.0)));
        })?;
        for (at, share) in track.pit.iter().enumerate() {
            let date = format!("{}-{}", at * 10, (at + 1) * 10);
            let row = Row { panel: &track.model, series: &track.model, date: &date, quantity: "pit", unit: "share" };
            table.number(row, "observed", *share);
        }
    }
    Ok(Figure { name: name.to_owned(), svg: page.close(), csv: table.write()? })
}
