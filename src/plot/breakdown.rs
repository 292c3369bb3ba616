//! Penetration by residence, by sex and by age: a panel for each layer, all on one scale.
//!
//! A few groups are lines labelled at their end. Age bands are too many and too close for lines: they are a map of
//! age by year, in which the young adults who come first, and their ageing, can be seen at once.

use crate::series::{Projection, Quantity};

use super::axis::{self, Plot, Shown};
use super::canvas::{Anchor, TextLook};
use super::ends::{self, End, Room};
use super::fan::{self, Curve, Look};
use super::frame::{self, Page, Panel, Rect, Words};
use super::groups::{self, Division};
use super::legend::{self, Legend};
use super::table::Table;
use super::{Figure, Footer, PlotError, growth, heat, style};

/// Above so many lines in a panel the bands are left out.
const MOST_BANDS: usize = 3;
/// Most of a panel's width that labels may take.
const LABELS: f64 = 0.38;

/// A figure of lines, one for each group of `division`.
pub(super) fn lines(
    projection: &Projection,
    division: Division,
    name: &str,
    footer: &Footer,
) -> Result<Figure, PlotError> {
    let groups = groups::one_way(&projection.groups, division);
    let (who, what) = match division {
        Division::Residence => ("urban and rural people", "residence"),
        Division::Sex => ("women and men", "sex"),
        Division::Region | Division::Age => ("people of each group", "group"),
    };
    let words = Words {
        figure: name.to_owned(),
        shows: format!("Share of {who} using each layer"),
        subtitle: format!("Users, % of all living people of the same {what}, at the end of each year"),
        description: format!(
            "Small multiples, one for each layer: curves over time of the share of {who} who use it, from 0 to 100 %, the median of the members."
        ),
    };
    let mut page = Page::open(projection, footer, &words)?;
    let body = if groups.len() <= MOST_BANDS { bands_key(&mut page, projection)? } else { page.body };
    let mut table = Table::new(name);
    let panels = frame::panels(body, projection.layers.len());
    for (layer, panel) in panels.iter().enumerate() {
        let curves: Vec<Curve> =
            groups.iter().map(|&(group, _)| fan::curve(projection, layer, group, Quantity::Penetration)).collect();
        line_panel(&mut page, projection, panel, layer, &groups, &curves)?;
        for ((_, group), curve) in groups.iter().zip(&curves) {
            let banded = projection.members > 1 && groups.len() <= MOST_BANDS;
            growth::tabulate(&mut table, &projection.layers[layer].name, group, curve, banded);
        }
    }
    Ok(Figure { name: name.to_owned(), svg: page.close(), csv: table.write()? })
}

fn bands_key(page: &mut Page, projection: &Projection) -> Result<Rect, PlotError> {
    let legend = Legend::arrange(vec![legend::levels(projection.members, true)], page.body.width());
    let top = page.body.bottom - legend.height();
    legend.draw(&mut page.canvas, (page.body.left, top))?;
    Ok(Rect { bottom: top - 8.0, ..page.body })
}

fn line_panel(
    page: &mut Page,
    projection: &Projection,
    panel: &Panel,
    layer: usize,
    groups: &[(usize, &str)],
    curves: &[Curve],
) -> Result<(), PlotError> {
    let inside = frame::header(&mut page.canvas, panel, &projection.layers[layer].title, "")?;
    // "100 %" stands for any value, so that all panels keep one width.
    let texts: Vec<String> = groups.iter().map(|(_, name)| end_text(name, 1.0)).collect();
    let margin = ends::margin(texts.iter().map(String::as_str), inside.width() * LABELS);
    let area = Rect { right: inside.right - margin, ..inside };
    let plot = Plot { area, time: axis::time_range(&projection.dates), low: 0.0, high: 1.0 };
    let values = axis::share_ticks(area.height());
    let years = axis::year_ticks(&projection.dates, area.width());
    axis::draw(&mut page.canvas, &plot, &years, &values, Shown { values: panel.leftmost, years: panel.lowest })?;
    let look = |position: usize| Look::of(projection, position, groups.len() <= MOST_BANDS);
    for (position, (curve, (_, name))) in curves.iter().zip(groups).enumerate() {
        fan::bands(&mut page.canvas, &plot, name, curve, look(position))?;
    }
    let mut labels = Vec::new();
    for (position, (curve, (_, name))) in curves.iter().zip(groups).enumerate() {
        fan::median(&mut page.canvas, &plot, name, curve, look(position))?;
        if let Some((_, last)) = curve.last() {
            let (series, text) = ((*name).to_owned(), end_text(name, last.median()));
            labels.push(End { series, text, y: plot.y(last.median()), colour: look(position).colour });
        }
    }
    let room = Room { left: area.right, right: inside.right, top: area.top - 6.0, bottom: area.bottom + 6.0 };
    ends::draw(&mut page.canvas, room, &labels)
}

fn end_text(name: &str, share: f64) -> String {
    format!("{name} {}", axis::percent(share))
}

/// The map of age by year.
pub(super) fn ages(projection: &Projection, name: &str, footer: &Footer) -> Result<Figure, PlotError> {
    let groups = groups::one_way(&projection.groups, Division::Age);
    let words = Words {
        figure: name.to_owned(),
        shows: "Share of people of each age using each layer".to_owned(),
        subtitle: "Users, % of all living people of the same age band (rows, in years), at the end of each year (columns); medians".to_owned(),
        description: "Small multiples, one for each layer: a map of age band by year, darker where a larger share of the people of that age \
                      use the layer (median of the members)."
            .to_owned(),
    };
    let mut page = Page::open(projection, footer, &words)?;
    let top = page.body.bottom - heat::KEY_HEIGHT;
    heat::key(&mut page.canvas, (page.body.left + frame::VALUE_LABELS, top))?;
    let body = Rect { bottom: top - 6.0, ..page.body };
    let mut table = Table::new(name);
    for (layer, panel) in frame::panels(body, projection.layers.len()).iter().enumerate() {
        let label = &projection.layers[layer];
        let curves: Vec<Curve> =
            groups.iter().map(|&(group, _)| fan::curve(projection, layer, group, Quantity::Penetration)).collect();
        let named: Vec<(&str, &Curve)> = groups.iter().zip(&curves).map(|((_, band), curve)| (*band, curve)).collect();
        age_panel(&mut page, projection, panel, layer, &named)?;
        for (band, curve) in named {
            growth::tabulate(&mut table, &label.name, band, curve, false);
        }
    }
    Ok(Figure { name: name.to_owned(), svg: page.close(), csv: table.write()? })
}

fn age_panel(
    page: &mut Page,
    projection: &Projection,
    panel: &Panel,
    layer: usize,
    bands: &[(&str, &Curve)],
) -> Result<(), PlotError> {
    let area = frame::header(&mut page.canvas, panel, &projection.layers[layer].title, &foremost(bands))?;
    let plot = Plot { area, time: heat::time_range(&projection.dates), low: 0.0, high: bands.len() as f64 };
    for (row, (band, curve)) in bands.iter().enumerate() {
        let (low, high) = (plot.y(row as f64), plot.y(row as f64 + 1.0));
        heat::row(&mut page.canvas, &plot, (high, low), band, curve)?;
    }
    let years = axis::year_ticks(&projection.dates, area.width());
    axis::draw(&mut page.canvas, &plot, &years, &[], Shown { values: false, years: panel.lowest })?;
    if panel.leftmost {
        age_labels(page, &plot, bands)?;
    }
    Ok(())
}

fn age_labels(page: &mut Page, plot: &Plot, bands: &[(&str, &Curve)]) -> Result<(), PlotError> {
    let height = plot.area.height() / bands.len() as f64;
    let size = style::TICK.min((height * 1.9).max(style::SMALLEST));
    let every = (size * style::LABEL_LEADING / height).ceil().max(1.0) as usize;
    page.canvas.group("ticks", "", |pen| {
        for (row, (band, _)) in bands.iter().enumerate().filter(|(row, _)| row % every == 0) {
            let look = TextLook::new(size, style::SOFT).at(Anchor::End);
            let text = super::font::fit(band, size, frame::VALUE_LABELS - 7.0);
            pen.text(&text, (plot.area.left - 7.0, plot.y(row as f64 + 0.5)), look);
        }
    })
}

/// `highest in 2035-12: 20-24, 97 %`.
fn foremost(bands: &[(&str, &Curve)]) -> String {
    let last = |curve: &Curve| curve.last().map(|(date, estimate)| (*date, estimate.median()));
    let values = bands.iter().filter_map(|(band, curve)| last(curve).map(|(date, share)| (band, date, share)));
    match values.max_by(|a, b| a.2.total_cmp(&b.2)) {
        Some((band, date, share)) if share > 0.0 => format!("highest in {date}: {band}, {}", axis::percent(share)),
        _ => String::new(),
    }
}
