//! Growth curves: the share of all people using each layer, with fans and the published statistics.

use crate::series::{Observation, Projection, Quantity};

use super::axis::{self, Plot, Shown};
use super::ends::{self, End, Room};
use super::fan::{self, Curve, Look};
use super::frame::{self, Page, Rect, Words};
use super::legend::{self, Legend};
use super::marks::Statistics;
use super::table::{Row, Table};
use super::{Figure, Footer, PlotError};

/// Name of the figure with all layers in one plot.
pub(super) const OVERLAY: &str = "growth";
/// Name of the figure with a panel for each layer.
pub(super) const BY_LAYER: &str = "growth_by_layer";

/// Above so many layers, bands in one plot hide each other; they are then left to the panels.
const MOST_BANDS: usize = 5;
/// Most of the width that labels may take.
const LABELS: f64 = 0.26;

const SUBTITLE: &str = "Users, % of all living people, at the end of each year";

/// All layers in one plot.
pub(super) fn overlay(
    projection: &Projection,
    observations: &[Observation],
    footer: &Footer,
) -> Result<Figure, PlotError> {
    let shows = match projection.layers.as_slice() {
        [only] => format!("{}, share of people using it", only.title),
        _ => "Share of people using each layer".to_owned(),
    };
    let statistics = Statistics::collect(projection, observations);
    let mut page = Page::open(projection, footer, &words(OVERLAY, shows, &statistics))?;
    let banded = projection.layers.len() <= MOST_BANDS;
    let body = key(&mut page, projection, &statistics, banded)?;
    let looks: Vec<Look> = (0..projection.layers.len()).map(|l| Look::of(projection, l, banded)).collect();
    let curves: Vec<Curve> =
        (0..projection.layers.len()).map(|l| fan::curve(projection, l, 0, Quantity::Penetration)).collect();
    let (plot, room) = overlay_plot(&body, projection, &curves);
    let values = axis::share_ticks(plot.area.height());
    let years = axis::year_ticks(&projection.dates, plot.area.width());
    axis::draw(&mut page.canvas, &plot, &years, &values, Shown { values: true, years: true })?;
    let named = || projection.layers.iter().zip(&curves).zip(&looks);
    for ((layer, curve), look) in named() {
        fan::bands(&mut page.canvas, &plot, &layer.name, curve, *look)?;
    }
    if projection.layers.len() > 1 {
        for ((layer, curve), look) in named() {
            fan::edges(&mut page.canvas, &plot, &layer.name, curve, *look)?;
        }
    }
    for ((layer, curve), look) in named() {
        fan::median(&mut page.canvas, &plot, &layer.name, curve, *look)?;
    }
    statistics.draw(&mut page.canvas, &plot, projection, None)?;
    ends::draw(&mut page.canvas, room, &layer_ends(projection, &curves, &looks, &plot))?;

    let mut table = Table::new(OVERLAY);
    for ((layer, curve), look) in named() {
        tabulate(&mut table, super::EVERY_PANEL, &layer.name, curve, look.banded);
    }
    statistics.tabulate(&mut table, projection, |_| super::EVERY_PANEL.to_owned());
    Ok(Figure { name: OVERLAY.to_owned(), svg: page.close(), csv: table.write()? })
}

/// A panel for each layer.
pub(super) fn by_layer(
    projection: &Projection,
    observations: &[Observation],
    footer: &Footer,
) -> Result<Figure, PlotError> {
    let title = "Share of people using each layer".to_owned();
    let statistics = Statistics::collect(projection, observations);
    let mut page = Page::open(projection, footer, &words(BY_LAYER, title, &statistics))?;
    let body = key(&mut page, projection, &statistics, true)?;
    let mut table = Table::new(BY_LAYER);
    for (layer, panel) in frame::panels(body, projection.layers.len()).iter().enumerate() {
        let label = &projection.layers[layer];
        let curve = fan::curve(projection, layer, 0, Quantity::Penetration);
        let area = frame::header(&mut page.canvas, panel, &label.title, &last_value(&curve, projection.members))?;
        let plot = Plot { area, time: axis::time_range(&projection.dates), low: 0.0, high: 1.0 };
        let values = axis::share_ticks(area.height());
        let years = axis::year_ticks(&projection.dates, area.width());
        let shown = Shown { values: panel.leftmost, years: panel.lowest };
        axis::draw(&mut page.canvas, &plot, &years, &values, shown)?;
        let look = Look::of(projection, layer, true);
        fan::bands(&mut page.canvas, &plot, &label.name, &curve, look)?;
        fan::median(&mut page.canvas, &plot, &label.name, &curve, look)?;
        statistics.draw(&mut page.canvas, &plot, projection, Some(layer))?;
        tabulate(&mut table, &label.name, &label.name, &curve, look.banded);
    }
    statistics.tabulate(&mut table, projection, |source| projection.layers[source.layer].name.clone());
    Ok(Figure { name: BY_LAYER.to_owned(), svg: page.close(), csv: table.write()? })
}

fn words(figure: &str, shows: String, statistics: &Statistics) -> Words {
    let dots = if statistics.dots.is_empty() {
        ""
    } else {
        ". Dots: published; hollow: accounts, subscriptions or claims per 100 people"
    };
    Words {
        figure: figure.to_owned(),
        shows,
        subtitle: format!("{SUBTITLE}{dots}"),
        description: "Curves over time of the share of all living people who use each layer, from 0 to 100 %: the median of the members \
                      with its central 50 % and 80 % bands. Dots are published statistics, hollow where accounts, subscriptions or claims \
                      were counted, per 100 people."
            .to_owned(),
    }
}

/// Draws the legend at the bottom of the body and returns the room above it.
fn key(page: &mut Page, projection: &Projection, statistics: &Statistics, banded: bool) -> Result<Rect, PlotError> {
    let mut entries = vec![legend::levels(projection.members, banded)];
    entries.extend(statistics.entries(projection));
    let legend = Legend::arrange(entries, page.body.width());
    let top = page.body.bottom - legend.height();
    legend.draw(&mut page.canvas, (page.body.left, top))?;
    Ok(Rect { bottom: top - 8.0, ..page.body })
}

fn overlay_plot(body: &Rect, projection: &Projection, curves: &[Curve]) -> (Plot, Room) {
    let texts: Vec<String> = (0..curves.len()).filter_map(|l| label(projection, l, &curves[l])).collect();
    let margin = ends::margin(texts.iter().map(String::as_str), body.width() * LABELS);
    let area = Rect {
        left: body.left + frame::VALUE_LABELS,
        top: body.top + 8.0,
        right: body.right - margin,
        bottom: body.bottom - frame::YEAR_LABELS,
    };
    let room = Room { left: area.right, right: body.right, top: area.top - 8.0, bottom: area.bottom + 8.0 };
    (Plot { area, time: axis::time_range(&projection.dates), low: 0.0, high: 1.0 }, room)
}

fn label(projection: &Projection, layer: usize, curve: &Curve) -> Option<String> {
    let (_, last) = curve.last()?;
    Some(format!("{} {}", projection.layers[layer].title, axis::percent(last.median())))
}

fn layer_ends(projection: &Projection, curves: &[Curve], looks: &[Look], plot: &Plot) -> Vec<End> {
    let all = projection.layers.iter().enumerate();
    all.filter_map(|(position, layer)| {
        let (_, last) = curves[position].last()?;
        let text = label(projection, position, &curves[position])?;
        Some(End { series: layer.name.clone(), text, y: plot.y(last.median()), colour: looks[position].colour })
    })
    .collect()
}

/// `2035-12: 71 % (80 % band 65–77)`.
pub(super) fn last_value(curve: &Curve, members: usize) -> String {
    let Some((date, last)) = curve.last() else { return String::new() };
    let median = axis::percent(last.median());
    if members <= 1 {
        return format!("{date}: {median}");
    }
    let (low, high) = last.interval80();
    format!("{date}: {median} (80 % band {}–{})", axis::percent_number(low), axis::percent_number(high))
}

/// Rows of one curve of shares.
pub(super) fn tabulate(table: &mut Table, panel: &str, series: &str, curve: &Curve, banded: bool) {
    for (date, estimate) in curve {
        let date = date.to_string();
        let row = Row {
            panel,
            series,
            date: &date,
            quantity: Quantity::Penetration.name(),
            unit: Quantity::Penetration.unit(),
        };
        table.estimate(row, estimate, banded);
    }
}
