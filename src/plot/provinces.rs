//! A heat table of regions by year for one layer, with the interval of the last date beside it.

use std::collections::BTreeSet;

use crate::series::{Estimate, Projection, Quantity};

use super::axis::{self, Plot};
use super::canvas::{Anchor, Canvas, TextLook};
use super::frame::{Page, Rect, Words};
use super::groups::{self, Division};
use super::table::{Row, Table};
use super::{Figure, Footer, PlotError, fan, font, heat, style};

/// Name of the first layer's figure; the others add their layer's name.
pub(super) const NAME: &str = "provinces";

/// Most columns of years.
const MOST_COLUMNS: usize = 10;
/// Most rows; of more regions, those with the highest and lowest shares are shown.
const MOST_ROWS: usize = 36;
/// Width of the regions' names, at most.
const NAMES: f64 = 170.0;
/// Width of the interval's plot.
const INTERVALS: f64 = 240.0;
/// Height of the row of column heads.
const HEADS: f64 = 24.0;

/// One region's row.
struct Line<'a> {
    name: &'a str,
    cells: Vec<Estimate>,
}

/// File stem of the figure of `layer`; characters a file name may not hold everywhere become `_`.
pub(super) fn name(projection: &Projection, layer: usize) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' };
    let stem = |position: usize| {
        if position == 0 {
            return NAME.to_owned();
        }
        format!("{NAME}_{}", projection.layers[position].name.chars().map(safe).take(60).collect::<String>())
    };
    let own = stem(layer);
    if (0..layer).any(|earlier| stem(earlier) == own) { format!("{own}_{layer}") } else { own }
}

/// The figure of `layer`.
pub(super) fn draw(projection: &Projection, layer: usize, footer: &Footer) -> Result<Figure, PlotError> {
    let name = name(projection, layer);
    let title = &projection.layers[layer].title;
    let columns = columns(projection);
    let last = columns.last().map_or_else(String::new, |&date| projection.dates[date].to_string());
    let words = Words {
        figure: name.clone(),
        shows: format!("{title}, share of people using it by region"),
        subtitle: format!(
            "Users, % of all living people of the region, at the end of the year; medians, sorted by {last}"
        ),
        description: format!(
            "A table of regions by year: the median share of people using {title}, darker where larger, with the central 50 % and 80 % bands of {last}."
        ),
    };
    let mut page = Page::open(projection, footer, &words)?;
    let lines = lines(projection, layer, &columns);
    let mut table = Table::new(&name);
    for line in &lines {
        for (&date, cell) in columns.iter().zip(&line.cells) {
            let date = projection.dates[date].to_string();
            let unit = Quantity::Penetration.unit();
            let row = Row {
                panel: &projection.layers[layer].name,
                series: line.name,
                date: &date,
                quantity: Quantity::Penetration.name(),
                unit,
            };
            table.estimate(row, cell, date == last && projection.members > 1);
        }
    }
    sheet(&mut page, projection, &columns, &shown(&lines), layer)?;
    Ok(Figure { name, svg: page.close(), csv: table.write()? })
}

/// Dates shown: year ends at a round distance, and always the last date.
fn columns(projection: &Projection) -> Vec<usize> {
    let dates = &projection.dates;
    let ends = |step: i32| {
        let mut kept: BTreeSet<usize> =
            (0..dates.len()).filter(|&d| dates[d].month() == 12 && dates[d].year() % step == 0).collect();
        kept.extend(dates.len().checked_sub(1));
        kept
    };
    let steps = [1, 2, 5, 10, 20, 50, 100, 1000];
    let chosen = steps.into_iter().map(ends).find(|kept| kept.len() <= MOST_COLUMNS);
    chosen.unwrap_or_default().into_iter().collect()
}

/// The total first, then regions from the highest last value to the lowest; equal values keep their order.
fn lines<'a>(projection: &'a Projection, layer: usize, columns: &[usize]) -> Vec<Line<'a>> {
    let cells =
        |group: usize| columns.iter().map(|&d| *projection.estimate(layer, group, d, Quantity::Penetration)).collect();
    let mut lines: Vec<Line<'_>> = groups::one_way(&projection.groups, Division::Region)
        .into_iter()
        .map(|(group, name)| Line { name, cells: cells(group) })
        .collect();
    let last = |line: &Line<'_>| line.cells.last().map_or(f64::NAN, Estimate::median);
    // A missing value sorts last whatever the sign of its NaN.
    let rank = |line: &Line<'_>| if last(line).is_finite() { last(line) } else { -1.0 };
    lines.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    lines.insert(0, Line { name: "All regions", cells: cells(0) });
    lines
}

/// The lines that fit, with `None` where some are left out.
fn shown<'a, 'b>(lines: &'b [Line<'a>]) -> Vec<Option<&'b Line<'a>>> {
    if lines.len() <= MOST_ROWS {
        return lines.iter().map(Some).collect();
    }
    let half = MOST_ROWS / 2;
    let (head, tail) = (&lines[..half], &lines[lines.len() - (MOST_ROWS - half - 1)..]);
    head.iter().map(Some).chain([None]).chain(tail.iter().map(Some)).collect()
}

fn sheet(
    page: &mut Page,
    projection: &Projection,
    columns: &[usize],
    rows: &[Option<&Line<'_>>],
    layer: usize,
) -> Result<(), PlotError> {
    let body = page.body;
    let row = ((body.height() - HEADS) / rows.len().max(1) as f64).min(26.0);
    let size = style::TICK.min((row * 0.8).max(style::SMALLEST));
    let widest = rows.iter().flatten().map(|line| font::bold_width(line.name, size)).fold(0.0, f64::max);
    let names = (widest + 12.0).min(NAMES);
    let banded = projection.members > 1;
    let right = if banded { body.right - INTERVALS - 28.0 } else { body.right };
    let grid = Rect {
        left: body.left + names,
        top: body.top + HEADS,
        right,
        bottom: body.top + HEADS + row * rows.len() as f64,
    };
    let cell = (grid.width() / columns.len().max(1) as f64).min(160.0);
    heads(page, projection, columns, &grid, cell)?;
    for (position, line) in rows.iter().enumerate() {
        let top = grid.top + position as f64 * row;
        let (top, bottom) =
            (if position == 0 { top - 3.0 } else { top }, top + row - 1.0 - if position == 0 { 3.0 } else { 0.0 });
        match line {
            Some(line) => table_row(&mut page.canvas, line, &grid, (top, bottom), cell, size, position == 0)?,
            None => page.canvas.group("note", "", |pen| {
                pen.text("…", (body.left, f64::midpoint(top, bottom)), TextLook::new(size, style::FAINT));
            })?,
        }
    }
    if banded {
        let area = Rect { left: body.right - INTERVALS, right: body.right - 22.0, ..grid };
        intervals(
            page,
            projection,
            columns,
            rows,
            Plot { area, time: (0.0, 1.0), low: 0.0, high: rows.len() as f64 },
            row,
            layer,
        )?;
    }
    Ok(())
}

fn heads(page: &mut Page, projection: &Projection, columns: &[usize], grid: &Rect, cell: f64) -> Result<(), PlotError> {
    page.canvas.group("ticks", "", |pen| {
        for (position, &date) in columns.iter().enumerate() {
            let date = projection.dates[date];
            let text = if date.month() == 12 { date.year().to_string() } else { date.to_string() };
            let x = grid.left + (position as f64 + 0.5) * cell;
            pen.text(&text, (x, grid.top - 15.0), TextLook::new(style::TICK, style::SOFT).at(Anchor::Middle));
        }
    })
}

fn table_row(
    canvas: &mut Canvas,
    line: &Line<'_>,
    grid: &Rect,
    (top, bottom): (f64, f64),
    cell: f64,
    size: f64,
    total: bool,
) -> Result<(), PlotError> {
    let middle = f64::midpoint(top, bottom);
    canvas.group("row", line.name, |pen| {
        let look = TextLook::new(size, style::INK);
        let look = if total { look.bold() } else { look };
        pen.text(
            &font::fit(line.name, size * 1.08, NAMES - 12.0),
            (grid.left - 12.0 - NAMES.min(grid.left - style::MARGIN - 12.0), middle),
            look,
        );
        for (position, estimate) in line.cells.iter().enumerate() {
            let left = grid.left + position as f64 * cell;
            let shade = heat::colour(estimate.median());
            pen.rectangle((left, top), (left + cell - 1.0, bottom), shade);
            let text = axis::percent_number(estimate.median());
            pen.text(&text, (left + cell / 2.0, middle), TextLook::new(size, style::ink_on(shade)).at(Anchor::Middle));
        }
    })
}

/// Median and bands of the last date, a line of dots beside the table.
fn intervals(
    page: &mut Page,
    projection: &Projection,
    columns: &[usize],
    rows: &[Option<&Line<'_>>],
    plot: Plot,
    row: f64,
    layer: usize,
) -> Result<(), PlotError> {
    let area = plot.area;
    let Some(&last) = columns.last() else { return Ok(()) };
    let date = projection.dates[last];
    let x = |share: f64| area.left + share.clamp(0.0, 1.0) * area.width();
    page.canvas.group("ticks", "", |pen| {
        let look = TextLook::new(style::TICK, style::SOFT).at(Anchor::Middle);
        for share in [0.0, 0.5, 1.0] {
            pen.segment((x(share), area.top - 5.0), (x(share), area.bottom), style::HAIR, style::GRID);
            pen.text(&axis::percent(share), (x(share), area.top - 15.0), look);
        }
        let text = format!("{date}: median, 50 % and 80 % bands");
        let y = (area.bottom + 12.0).min(page.body.bottom + 4.0);
        pen.text(&text, (area.right + 22.0, y), TextLook::new(style::FOOTER, style::SOFT).at(Anchor::End));
    })?;
    let look = fan::Look::of(projection, layer, true);
    for (position, line) in rows.iter().enumerate() {
        let Some((line, estimate)) = line.and_then(|line| line.cells.last().map(|estimate| (line, estimate))) else {
            continue;
        };
        if estimate.quantiles.iter().any(|q| !q.is_finite()) {
            continue;
        }
        let y = area.top + (position as f64 + 0.5) * row - if position == 0 { 3.0 } else { 0.0 };
        page.canvas.group("interval", line.name, |pen| {
            let bar = |low: f64, high: f64, half: f64| {
                [(x(low), y - half), (x(high), y - half), (x(high), y + half), (x(low), y + half)]
            };
            let q = estimate.quantiles;
            pen.polygon(&bar(q[1], q[5], row * 0.22), look.colour, style::OUTER_BAND * 1.6);
            pen.polygon(&bar(q[2], q[4], row * 0.22), look.colour, style::INNER_BAND * 1.6);
            pen.disc((x(q[3]), y), (row * 0.2).min(3.4), look.colour);
        })?;
    }
    Ok(())
}
