//! A row for each group: adopter categories, and whose use a policy changed.

use crate::persons::{Categories, Category, Observed, Pair};
use crate::series::{ALL, Group};

use super::super::axis;
use super::super::canvas::{Anchor, TextLook};
use super::super::frame::{Page, Rect};
use super::super::style::{self, Colour};
use super::super::table::{Row, Table};
use super::super::{Figure, PlotError, font};
use super::bars::key;
use super::{PersonsCaption, name_of, percent, words, worlds};

/// Between the columns of rows.
const BETWEEN: f64 = 36.0;
/// Between a row's name and its bar.
const GAP: f64 = 8.0;
/// Widest part of a column that names take.
const NAMES: f64 = 0.4;
/// Part of a row's height that its bar fills.
const FILLED: f64 = 0.78;
/// Highest row.
const HIGHEST: f64 = 26.0;
/// Largest number of rows of a column.
const MOST_ROWS: usize = 34;
/// Room above the rows, for the axis.
const HEAD: f64 = 20.0;
/// Extra room before a row that begins another way of dividing.
const PAUSE: f64 = 0.45;

/// A row's place.
struct Place {
    group: usize,
    name: String,
    /// Where its bar may lie.
    bar: Rect,
}

/// The name of a one-way group, and which way it is.
fn name(group: &Group) -> (usize, String) {
    let parts = [&group.region, &group.residence, &group.sex];
    match parts.iter().position(|part| *part != ALL) {
        Some(way) => (way + 1, parts[way].clone()),
        None if group.age == ALL => (0, "everybody".to_owned()),
        None => (4, group.age.clone()),
    }
}

/// Rows of everybody, residence, sex and age on the left, of regions on the right where there are any; the bars' columns.
fn arrange(groups: &[Group], body: Rect) -> (Vec<Place>, Vec<Rect>) {
    let named: Vec<(usize, usize, String)> = groups
        .iter()
        .enumerate()
        .map(|(g, group)| {
            let (way, name) = name(group);
            (g, way, name)
        })
        .collect();
    let (regions, others): (Vec<_>, Vec<_>) = named.into_iter().partition(|(_, way, _)| *way == 1);
    let columns: Vec<Vec<(usize, usize, String)>> =
        [others, regions].into_iter().filter(|column| !column.is_empty()).collect();
    let width = (body.width() - BETWEEN * (columns.len() - 1) as f64) / columns.len() as f64;
    let (mut places, mut areas) = (Vec::new(), Vec::new());
    for (i, mut rows) in columns.into_iter().enumerate() {
        rows.truncate(MOST_ROWS);
        let left = body.left + i as f64 * (width + BETWEEN);
        let names = rows.iter().map(|row| font::text_width(&row.2, style::TICK)).fold(0.0, f64::max).min(NAMES * width);
        let pauses = rows.windows(2).filter(|pair| pair[0].1 != pair[1].1).count() as f64 * PAUSE;
        let height = ((body.height() - HEAD) / (rows.len() as f64 + pauses)).min(HIGHEST);
        let bars = (left + names + GAP, left + width);
        let (mut top, mut way) = (body.top + HEAD, None);
        for (group, own, name) in rows {
            if way.is_some_and(|way| way != own) {
                top += PAUSE * height;
            }
            way = Some(own);
            let inset = height * (1.0 - FILLED) / 2.0;
            let bar = Rect { left: bars.0, right: bars.1, top: top + inset, bottom: top + height - inset };
            places.push(Place { group, name, bar });
            top += height;
        }
        areas.push(Rect { left: bars.0, right: bars.1, top: body.top + HEAD, bottom: top });
    }
    (places, areas)
}

fn write_name(page: &mut Page, place: &Place) -> Result<(), PlotError> {
    let size = style::TICK.min((place.bar.bottom - place.bar.top) * 1.05).max(style::SMALLEST);
    page.canvas.group("label", &place.name, |pen| {
        let at = (place.bar.left - GAP, f64::midpoint(place.bar.top, place.bar.bottom));
        pen.text(&place.name, at, TextLook::new(size, style::INK).at(Anchor::End));
    })
}

/// Light lines down a column at these parts of its width, with labels above.
fn grid(page: &mut Page, area: Rect, ticks: &[(f64, String)]) -> Result<(), PlotError> {
    page.canvas.group("grid", "", |pen| {
        for (part, text) in ticks {
            let x = area.left + part * area.width();
            pen.segment((x, area.top - 3.0), (x, area.bottom), style::HAIR, style::GRID);
            let look = TextLook::new(style::TICK, style::SOFT).at(Anchor::Middle);
            pen.text(text, (x.min(area.right - 8.0), area.top - 12.0), look);
        }
    })
}

/// From dark to light: the first adopters stand out.
fn colour_of(category: usize) -> Colour {
    style::sequential([0.98, 0.8, 0.6, 0.4, 0.2][category])
}

/// Rogers' categories: each group's adopters, divided by when they adopted.
pub fn categories(observed: &Observed, layer: usize, caption: &PersonsCaption) -> Result<Figure, PlotError> {
    let seen = &observed.layers[layer];
    let name = name_of("categories", layer, &seen.label.name);
    let last = observed.dates.last().map_or_else(String::new, ToString::to_string);
    let words = words(
        &name,
        format!("{}: who came first", seen.label.title),
        format!(
            "% of each group's adopters up to {last} by Rogers' category: the first 2.5 % of all, then 13.5, 34, 34 and 16 %"
        ),
        "A bar for each group, divided from 0 to 100 % by the category of its adopters, from innovators to laggards.",
    );
    let mut page = Page::about(&caption.place(), &caption.facts(), &words)?;
    let found = Categories::of(&seen.firsts);
    let until = |c: usize| {
        found.until[c].map_or_else(String::new, |time| format!(" (until {})", observed.start.plus(time as i32 - 1)))
    };
    let titles = Category::EVERY.into_iter().enumerate();
    let body =
        key(&mut page, titles.map(|(c, category)| (colour_of(c), category.title().to_owned() + &until(c))).collect())?;
    let (places, areas) = arrange(&observed.groups, body);
    for area in areas {
        let ticks: Vec<(f64, String)> = [0.0, 0.25, 0.5, 0.75, 1.0].map(|part| (part, axis::percent(part))).into();
        grid(&mut page, area, &ticks)?;
    }
    let mut table = Table::new(&name);
    for place in &places {
        write_name(&mut page, place)?;
        let Some(shares) = found.shares(place.group) else { continue };
        page.canvas.group("bars", &place.name, |pen| {
            let mut left = place.bar.left;
            for (c, share) in shares.into_iter().enumerate() {
                let right = left + share * place.bar.width();
                if right - left > 0.01 {
                    pen.rectangle((left, place.bar.top), (right, place.bar.bottom), colour_of(c));
                }
                left = right;
            }
        })?;
        for (category, share) in Category::EVERY.into_iter().zip(shares) {
            let (panel, series) = (place.name.as_str(), category.name());
            table.number(
                Row { panel, series, date: &last, quantity: "share of adopters", unit: "share" },
                "mean",
                share,
            );
        }
    }
    Ok(Figure { name, svg: page.close(), csv: table.write()? })
}

/// Whose use is another at the last date: each group's people who use the layer in one world only.
pub fn changed(pair: &Pair, layer: usize, caption: &PersonsCaption) -> Result<Figure, PlotError> {
    let label = &pair.layers[layer];
    let name = name_of("changed_groups", layer, &label.name);
    let last = pair.dates.len().saturating_sub(1);
    let date = pair.dates.last().map_or_else(String::new, ToString::to_string);
    let words = words(
        &name,
        format!("{}: whose use is another", label.title),
        format!("% of each group's living people in {date} who use it in one world only"),
        "A row for each group: to the right the share of its people who use the layer in the second world only, to the left in the first only.",
    );
    let mut page = Page::about(&caption.place(), &caption.facts(), &words)?;
    let worlds = worlds(caption);
    let [gained, lost] = [worlds[0].0, worlds[1].0];
    let body = key(&mut page, worlds.to_vec())?;
    let shares = |group: usize| {
        let uses = pair.at(layer, group, last);
        let people = uses.people().max(1) as f64;
        (uses.only_second as f64 / people, uses.only_first as f64 / people)
    };
    let (places, areas) = arrange(&pair.groups, body);
    let largest = |of: &dyn Fn(usize) -> f64| places.iter().map(|place| of(place.group)).fold(0.0, f64::max);
    let (right, left) = (largest(&|group| shares(group).0), largest(&|group| shares(group).1));
    let step = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25]
        .into_iter()
        .find(|step| (right / step).ceil() + (left / step).ceil() <= 5.0)
        .unwrap_or(0.5);
    let (above, below) = ((right / step).ceil().max(1.0), (left / step).ceil());
    let part = |share: f64| (share + below * step) / ((above + below) * step);
    for area in areas {
        let ticks: Vec<(f64, String)> = (0..=(above + below) as i32)
            .map(|i| f64::from(i) - below)
            .map(|i| (part(i * step), tick(i.abs() * step)))
            .collect();
        grid(&mut page, area, &ticks)?;
    }
    let mut table = Table::new(&name);
    for place in &places {
        write_name(&mut page, place)?;
        let (gain, loss) = shares(place.group);
        let x = |share: f64| place.bar.left + part(share) * place.bar.width();
        page.canvas.group("bars", &place.name, |pen| {
            if gain > 0.0 {
                pen.rectangle((x(0.0), place.bar.top), (x(gain), place.bar.bottom), gained);
            }
            if loss > 0.0 {
                pen.rectangle((x(-loss), place.bar.top), (x(0.0), place.bar.bottom), lost);
            }
            pen.segment((x(0.0), place.bar.top - 2.0), (x(0.0), place.bar.bottom + 2.0), style::HAIR, style::AXIS);
        })?;
        for (series, share) in [("only in the second", gain), ("only in the first", loss)] {
            let row = Row { panel: &place.name, series, date: &date, quantity: "share of people", unit: "share" };
            table.number(row, "share", share);
        }
    }
    Ok(Figure { name, svg: page.close(), csv: table.write()? })
}

/// A round share: `0`, `0.05 %`, `2 %`.
fn tick(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if share == 0.0 { percent(0.0) } else { format!("{text}{}%", axis::THIN) }
}
