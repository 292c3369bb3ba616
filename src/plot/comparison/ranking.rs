//! Policies ranked by their effect: a dot with its intervals for each, a panel for each chosen year.

use crate::comparison::Comparison;
use crate::series::{Estimate, Quantity};

use super::super::axis::Plot;
use super::super::canvas::{Anchor, TextLook};
use super::super::font;
use super::super::frame::{Page, Rect, Words};
use super::super::legend::{Entry, Symbol};
use super::super::table::{Row, Table};
use super::super::{Figure, Footer, PlotError, style};
use super::cast::{self, Role};
use super::difference;
use super::names::Name;
use super::page;
use super::scale::{self, Scale};

/// Most panels; of more years the last are shown.
const MOST_YEARS: usize = 5;
/// Width of the policies' names, at most.
const NAMES: f64 = 290.0;
/// Height of a row, at most.
const ROW: f64 = 84.0;
/// Room for the year above the rows and for the ticks below.
const HEADS: f64 = 22.0;
/// Between panels.
const BETWEEN: f64 = 22.0;

/// A panel's year, and the estimates in the order of the rows.
struct Year<'a> {
    date: usize,
    effects: Vec<Option<&'a Estimate>>,
}

/// The figure of `layer`.
pub(super) fn draw(comparison: &Comparison, layer: usize, name: String, footer: &Footer) -> Result<Figure, PlotError> {
    let roles = cast::ranked(comparison, layer);
    let first = comparison.chosen.len().saturating_sub(MOST_YEARS);
    let years: Vec<Year<'_>> = comparison.chosen[first..]
        .iter()
        .map(|&date| Year { date, effects: roles.iter().map(|role| role.effect(comparison, layer, 0, date)).collect() })
        .collect();
    let last = years.last().map_or_else(String::new, |year| comparison.dates[year.date].to_string());
    let words = Words {
        figure: name.clone(),
        shows: format!("{}, effect of each policy on the share of people using it", comparison.layers[layer].title),
        subtitle: format!("Difference from the baseline, percentage points of all living people; sorted by {last}"),
        description: "A panel for each year: the median difference in penetration from the baseline as a dot and a \
                      number, with 80 % and 95 % intervals as lines, policies in rows."
            .to_owned(),
    };
    let mut page = page::open(comparison, footer, &words)?;
    let text = if comparison.members > 1 {
        "Dot and number: median difference; thick line 80 %, thin line 95 % of members"
    } else {
        "Dot and number: difference of the single member; no interval"
    };
    let body = page::key(&mut page, vec![Entry { symbol: Symbol::None, text: text.to_owned() }])?;
    sheet(&mut page, body, comparison, &roles, &years)?;
    let mut table = Table::new(&name);
    for year in &years {
        let date = comparison.dates[year.date].to_string();
        for (role, effect) in roles.iter().zip(&year.effects) {
            let Some(effect) = effect else { continue };
            let (panel, series, unit) = (date.as_str(), role.outcome.name.as_str(), Quantity::Penetration.unit());
            let row = Row { panel, series, date: &date, quantity: "difference in penetration", unit };
            difference::tabulate(&mut table, row, effect, comparison.members > 1);
        }
    }
    Ok(Figure { name, svg: page.close(), csv: table.write()? })
}

fn sheet(
    page: &mut Page,
    body: Rect,
    comparison: &Comparison,
    roles: &[Role<'_>],
    years: &[Year<'_>],
) -> Result<(), PlotError> {
    let row = ((body.height() - 2.0 * HEADS) / roles.len().max(1) as f64).min(ROW);
    let widest = roles.iter().map(|role| font::bold_width(role.title, style::LABEL)).fold(0.0, f64::max);
    let label = (widest + 14.0).min(NAMES);
    let grid = Rect {
        left: body.left + label,
        top: body.top + HEADS,
        right: body.right,
        bottom: body.top + HEADS + row * roles.len() as f64,
    };
    let titles: Vec<&str> = roles.iter().map(|role| role.title).collect();
    let names = Name::fit_evenly(&titles, style::TICK, label - 14.0, row);
    for (position, (role, name)) in roles.iter().zip(&names).enumerate() {
        let middle = grid.top + (position as f64 + 0.5) * row;
        page.canvas.group("name", &role.outcome.name, |pen| {
            name.draw(pen, (body.left, middle), style::for_text(role.colour), Anchor::Start, true);
        })?;
    }
    let effects = || years.iter().flat_map(|year| year.effects.iter().flatten());
    let banded = comparison.members > 1;
    let reach = |estimate: &Estimate| {
        let q = estimate.quantiles;
        if banded { [q[0], q[3], q[6]] } else { [q[3]; 3] }
    };
    let decimals = scale::point_decimals(effects().map(|effect| effect.median().abs()).fold(0.0, f64::max));
    let number = |effect: &Estimate| scale::signed(effect.median() * 100.0, decimals);
    let numbers =
        effects().map(|effect| font::bold_width(&number(effect), style::TICK)).fold(0.0, f64::max).min(72.0) + 8.0;
    let count = years.len().max(1) as f64;
    let panel = (grid.width() - BETWEEN * (count - 1.0)) / count;
    let width = panel - numbers;
    let scale = Scale::covering(effects().flat_map(|effect| reach(effect)), 0.01, (width / 45.0).clamp(3.0, 8.0));
    for (position, year) in years.iter().enumerate() {
        let left = grid.left + position as f64 * (panel + BETWEEN);
        let area = Rect { left, right: left + width, ..grid };
        let plot = Plot { area, time: (scale.low, scale.high), low: 0.0, high: 1.0 };
        frame(page, &plot, &scale, &comparison.dates[year.date].to_string(), (roles.len(), row))?;
        for (rank, (role, effect)) in roles.iter().zip(&year.effects).enumerate() {
            let Some(effect) = effect else { continue };
            let y = grid.top + (rank as f64 + 0.5) * row;
            let q = effect.quantiles;
            page.canvas.group("interval", &role.outcome.name, |pen| {
                if banded {
                    pen.segment((plot.x(q[0]), y), (plot.x(q[6]), y), style::LINE_SINGLE, role.colour);
                    pen.segment((plot.x(q[1]), y), (plot.x(q[5]), y), 2.0 * style::LINE, role.colour);
                }
                let dot = (row * 0.26).min(5.2);
                pen.disc((plot.x(q[3]), y), dot + 1.2, style::PAPER);
                pen.disc((plot.x(q[3]), y), dot, role.colour);
                let size = style::TICK.min(row * 0.8);
                let look = TextLook::new(size, style::INK).at(Anchor::End);
                pen.text(&number(effect), (area.right + numbers, y), look);
            })?;
        }
    }
    Ok(())
}

/// Every how many ticks a label has room.
fn spacing(plot: &Plot, scale: &Scale) -> usize {
    let widest = scale.ticks.iter().map(|(_, text)| font::text_width(text, style::TICK)).fold(0.0, f64::max) + 4.0;
    match scale.ticks.as_slice() {
        [first, second, ..] => (widest / (plot.x(second.0) - plot.x(first.0)).max(1.0)).ceil().max(1.0) as usize,
        _ => 1,
    }
}

/// Year, grid, zero line and ticks of a panel.
fn frame(page: &mut Page, plot: &Plot, scale: &Scale, year: &str, (rows, row): (usize, f64)) -> Result<(), PlotError> {
    let area = plot.area;
    page.canvas.group("grid", "", |pen| {
        for rank in 0..=rows {
            let y = area.top + rank as f64 * row;
            pen.segment((area.left, y), (area.right, y), style::HAIR, style::GRID);
        }
        for (value, _) in &scale.ticks {
            let x = plot.x(*value);
            pen.segment((x, area.top), (x, area.bottom), style::HAIR, style::GRID);
        }
    })?;
    page.canvas.group("zero", "", |pen| {
        pen.segment((plot.x(0.0), area.top), (plot.x(0.0), area.bottom + 4.0), style::LINE_SINGLE, style::BASELINE);
    })?;
    page.canvas.group("ticks", "", |pen| {
        let look = TextLook::new(style::TICK, style::SOFT).at(Anchor::Middle);
        let every = spacing(plot, scale);
        let zero = scale.ticks.iter().position(|tick| tick.0 == 0.0).unwrap_or(0);
        for (_, (value, text)) in
            scale.ticks.iter().enumerate().filter(|(at, _)| at.abs_diff(zero).is_multiple_of(every))
        {
            pen.text(text, (plot.x(*value), area.bottom + 13.0), look);
        }
        pen.text(
            year,
            (f64::midpoint(area.left, area.right), area.top - 11.0),
            TextLook::new(style::PANEL, style::INK).at(Anchor::Middle).bold(),
        );
    })
}
