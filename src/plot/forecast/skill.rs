//! Scores by how far ahead a forecast looks.

use super::super::axis::{self, Plot, Shown, Tick};
use super::super::canvas::{Anchor, TextLook};
use super::super::ends::{self, End, Room};
use super::super::frame::{self, Page, Rect, Words};
use super::super::style;
use super::super::table::{Row, Table};
use super::super::{Figure, PlotError};
use super::{About, Track};

/// Room right of each plot for the names of the lines.
const LABELS: f64 = 118.0;

/// The weighted interval score and the absolute error by lead, a line a forecaster; the first is ours.
///
/// # Errors
/// When drawing fails.
pub fn skill(tracks: &[Track], about: &About) -> Result<Figure, PlotError> {
    let name = "skill_by_horizon";
    let words = Words {
        figure: name.to_owned(),
        shows: "How far forecasts miss, by how far ahead they look".to_owned(),
        subtitle: format!("{}: points missed; lower is better", about.indicator),
        description: "Two panels of lines over the number of years ahead: the mean weighted interval score, and the mean absolute error of the median, \
                      in points, for each forecaster."
            .to_owned(),
    };
    let mut page = Page::about("mean over all forecasts", &about.facts, &words)?;
    let body = Rect { bottom: page.body.bottom - 16.0, ..page.body };
    let mut table = Table::new(name);
    let panels = frame::panels_in(body, 2, 2, 8.0);
    let titles = ["Weighted interval score", "Absolute error of the median"];
    for (which, (panel, title)) in panels.iter().zip(titles).enumerate() {
        let header = frame::header(&mut page.canvas, panel, title, "")?;
        let area = Rect { right: header.right - LABELS, ..header };
        let score = |by: &(u32, f64, f64)| if which == 0 { by.1 } else { by.2 };
        let all = || tracks.iter().flat_map(|track| &track.by_lead);
        let longest = all().map(|by| by.0).max().unwrap_or(2).max(2);
        let (high, ticks) = ticks(all().map(score).fold(0.0, f64::max));
        let plot = Plot { area, time: (1.0, f64::from(longest)), low: 0.0, high };
        let leads: Vec<Tick> = (1..=longest).map(|lead| (f64::from(lead), lead.to_string())).collect();
        axis::draw(&mut page.canvas, &plot, &leads, &ticks, Shown { values: true, years: true })?;
        page.canvas.group("axis-title", "", |pen| {
            let place = (f64::midpoint(area.left, area.right), area.bottom + 29.0);
            pen.text("Years ahead", place, TextLook::new(style::TICK, style::SOFT).at(Anchor::Middle));
        })?;
        let mut labels = Vec::new();
        // Ours is drawn last, over the others.
        for (position, track) in tracks.iter().enumerate().rev() {
            let points: Vec<_> = track.by_lead.iter().map(|by| plot.at(f64::from(by.0), score(by))).collect();
            let (colour, dash) = look(position);
            let width = if position == 0 { style::LINE * 1.4 } else { style::LINE_SINGLE };
            page.canvas.group("score", &track.model, |pen| pen.line(&points, width, colour, dash))?;
            if let Some(last) = track.by_lead.last() {
                let y = plot.y(score(last));
                labels.push(End { series: track.model.clone(), text: track.model.clone(), y, colour });
            }
            for by in &track.by_lead {
                let date = by.0.to_string();
                let quantity = if which == 0 { "weighted-interval-score" } else { "absolute-error" };
                let row = Row { panel: title, series: &track.model, date: &date, quantity, unit: "points" };
                table.number(row, "mean", score(by));
            }
        }
        let room = Room { left: area.right, right: header.right, top: area.top, bottom: area.bottom };
        ends::draw(&mut page.canvas, room, &labels)?;
    }
    Ok(Figure { name: name.to_owned(), svg: page.close(), csv: table.write()? })
}

/// Ours in the first colour, then the others.
pub(super) fn look(position: usize) -> (style::Colour, Option<(f64, f64)>) {
    (style::series_colour(position), style::series_dash(position))
}

/// A round upper end and ticks up to it.
fn ticks(largest: f64) -> (f64, Vec<Tick>) {
    let largest = if largest.is_finite() && largest > 0.0 { largest } else { 1.0 };
    let step = [0.5, 1.0, 2.0, 2.5, 5.0, 10.0, 20.0].into_iter().find(|step| largest / step <= 6.0).unwrap_or(50.0);
    let count = (largest / step - 1e-9).ceil().max(1.0);
    let decimals = usize::from(step < 1.0 || step == 2.5);
    let ticks = (0..=count as usize).map(|at| at as f64 * step).map(|value| (value, axis::grouped(value, decimals)));
    (count * step, ticks.collect())
}
