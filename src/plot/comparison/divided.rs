//! Effects by group: a heat table of policies by the one-way groups, at the last chosen date.

use crate::comparison::Comparison;
use crate::series::{Estimate, Quantity};

use super::super::canvas::{Anchor, TextLook};
use super::super::frame::{Page, Words};
use super::super::groups::{self, Division};
use super::super::table::{Row, Table};
use super::super::{Figure, Footer, PlotError, font, style};
use super::cast::{self, Role};
use super::names::Name;
use super::page;
use super::scale;

/// Width of the policies' names, at most.
const NAMES: f64 = 240.0;
/// Height of a row, at most.
const ROW: f64 = 64.0;
/// Width of a cell, at most.
const CELL: f64 = 64.0;
/// Size of the names of columns.
const COLUMN_NAME: f64 = 10.5;
/// Between ways of dividing.
const BETWEEN: f64 = 10.0;
/// Room for names of columns, at most, where they run upwards.
const UPWARDS: f64 = 150.0;
/// Height of the key.
const KEY: f64 = 34.0;
/// Most columns of regions; of more, those where policies differ most from the baseline are shown.
const MOST_REGIONS: usize = 30;
/// Statistics written, with their place among the quantiles.
const WRITTEN: [(&str, usize); 3] = [("q10", 1), ("median", 3), ("q90", 5)];

/// One column.
struct Column<'a> {
    group: usize,
    name: &'a str,
    family: &'static str,
}

/// The table by residence, sex and age.
pub(super) fn people(
    comparison: &Comparison,
    layer: usize,
    name: String,
    footer: &Footer,
) -> Result<Figure, PlotError> {
    let families = [(Division::Residence, "Residence"), (Division::Sex, "Sex"), (Division::Age, "Age")];
    draw(comparison, layer, name, footer, &columns(comparison, &families), "residence, sex and age")
}

/// The table by region.
pub(super) fn regions(
    comparison: &Comparison,
    layer: usize,
    name: String,
    footer: &Footer,
) -> Result<Figure, PlotError> {
    draw(comparison, layer, name, footer, &columns(comparison, &[(Division::Region, "Region")]), "region")
}

/// Everybody, then the groups of each way of dividing, in their order.
fn columns<'a>(comparison: &'a Comparison, families: &[(Division, &'static str)]) -> Vec<Column<'a>> {
    let everybody = Column { group: 0, name: "Everybody", family: "" };
    let rest = families.iter().flat_map(|&(division, family)| {
        let found = groups::one_way(&comparison.groups, division).into_iter();
        found.map(move |(group, name)| Column { group, name, family })
    });
    std::iter::once(everybody).chain(rest.filter(|column| column.group != 0)).collect()
}

fn draw(
    comparison: &Comparison,
    layer: usize,
    name: String,
    footer: &Footer,
    columns: &[Column<'_>],
    by: &str,
) -> Result<Figure, PlotError> {
    let date = comparison.chosen.last().copied().unwrap_or(0);
    let month = comparison.dates[date].to_string();
    let roles = cast::ranked(comparison, layer);
    let shown = shown(comparison, layer, columns, &roles, date);
    let left_out = columns.len() - shown.len();
    let words = Words {
        figure: name.clone(),
        shows: format!("{}, whom each policy reaches, by {by}", comparison.layers[layer].title),
        subtitle: format!(
            "Difference from the baseline in {month}, percentage points of the living people of the group; medians{}",
            if left_out == 0 { String::new() } else { format!("; {left_out} more in the CSV file") }
        ),
        description: format!(
            "A table of policies by {by}: the median difference in penetration from the baseline in {month}, blue for \
             gains, red for losses, white at zero."
        ),
    };
    let mut page = page::open(comparison, footer, &words)?;
    sheet(&mut page, comparison, layer, &roles, &shown, date)?;
    let mut table = Table::new(&name);
    for role in &roles {
        for column in columns {
            let Some(effect) = role.effect(comparison, layer, column.group, date) else { continue };
            let panel = if column.group == 0 {
                super::super::EVERY_PANEL.to_owned()
            } else {
                format!("{}: {}", column.family.to_lowercase(), column.name)
            };
            let (series, unit) = (role.outcome.name.as_str(), Quantity::Penetration.unit());
            let row = Row { panel: &panel, series, date: &month, quantity: "difference in penetration", unit };
            for (statistic, level) in WRITTEN.into_iter().filter(|s| comparison.members > 1 || s.0 == "median") {
                table.number(row, statistic, effect.quantiles[level]);
            }
        }
    }
    Ok(Figure { name, svg: page.close(), csv: table.write()? })
}

/// Largest effect of any policy, either way.
fn strongest(comparison: &Comparison, layer: usize, group: usize, roles: &[Role<'_>], date: usize) -> f64 {
    let effects = roles.iter().filter_map(|role| role.effect(comparison, layer, group, date));
    effects.map(|effect| effect.median().abs()).fold(0.0, f64::max)
}

/// The columns that fit: all, or those with the strongest effects, in the given order.
fn shown<'a, 'b>(
    comparison: &Comparison,
    layer: usize,
    columns: &'b [Column<'a>],
    roles: &[Role<'_>],
    date: usize,
) -> Vec<&'b Column<'a>> {
    let mut order: Vec<usize> = (1..columns.len()).collect();
    let strength = |&position: &usize| strongest(comparison, layer, columns[position].group, roles, date);
    order.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    order.truncate(MOST_REGIONS);
    order.push(0);
    order.sort_unstable();
    order.into_iter().filter_map(|position| columns.get(position)).collect()
}

fn sheet(
    page: &mut Page,
    comparison: &Comparison,
    layer: usize,
    roles: &[Role<'_>],
    columns: &[&Column<'_>],
    date: usize,
) -> Result<(), PlotError> {
    let body = page.body;
    let widest = roles.iter().map(|role| font::bold_width(role.title, style::LABEL)).fold(0.0, f64::max);
    let label = (widest + 14.0).min(NAMES);
    let breaks = |upto: usize| columns[..=upto].windows(2).filter(|pair| pair[0].family != pair[1].family).count();
    let gaps = BETWEEN * breaks(columns.len() - 1) as f64;
    let cell = ((body.width() - label - gaps) / columns.len() as f64).min(CELL);
    let left = |position: usize| body.left + label + position as f64 * cell + BETWEEN * breaks(position) as f64;
    let name_size = COLUMN_NAME.min(cell - 4.0).max(style::SMALLEST);
    let longest = columns.iter().map(|column| font::text_width(column.name, name_size)).fold(0.0, f64::max);
    let upwards = longest > cell - 3.0;
    let names = if upwards { longest.min(UPWARDS) + 6.0 } else { 20.0 };
    let families =
        columns.iter().filter(|c| !c.family.is_empty()).any(|c| c.family != columns[columns.len() - 1].family);
    let top = body.top + names + if families { 20.0 } else { 0.0 };
    let row = ((body.bottom - KEY - top - 8.0) / roles.len().max(1) as f64).min(ROW);
    page.canvas.group("ticks", "", |pen| {
        for (position, column) in columns.iter().enumerate() {
            let (x, look) = (left(position) + cell / 2.0, TextLook::new(name_size, style::SOFT));
            if upwards {
                pen.upward_text(&font::fit(column.name, name_size, UPWARDS), (x, top - 5.0), look);
            } else {
                pen.text(column.name, (x, top - 10.0), look.at(Anchor::Middle));
            }
            let first = position == 0 || columns[position - 1].family != column.family;
            let count = columns[position..].iter().take_while(|other| other.family == column.family).count();
            if families && first && !column.family.is_empty() {
                let room = count as f64 * cell;
                let (family, size) =
                    font::shrink_bold(column.family, style::LEGEND, style::SMALLEST, room + BETWEEN - 3.0);
                pen.text(&family, (left(position), top - names - 9.0), TextLook::new(size, style::INK).bold());
            }
        }
    })?;
    let most = columns.iter().map(|column| strongest(comparison, layer, column.group, roles, date)).fold(0.0, f64::max);
    let end = scale::round_up(most * 100.0) / 100.0;
    let decimals = scale::point_decimals(most);
    let size = number_size(decimals, most, cell, row);
    let titles: Vec<&str> = roles.iter().map(|role| role.title).collect();
    let names = Name::fit_evenly(&titles, style::TICK, label - 14.0, row);
    for (rank, (role, name)) in roles.iter().zip(&names).enumerate() {
        let (upper, lower) = (top + rank as f64 * row, top + (rank + 1) as f64 * row - 1.0);
        let middle = f64::midpoint(upper, lower);
        page.canvas.group("row", &role.outcome.name, |pen| {
            name.draw(pen, (body.left, middle), style::for_text(role.colour), Anchor::Start, true);
            for (position, column) in columns.iter().enumerate() {
                let x = left(position);
                let effect = role.effect(comparison, layer, column.group, date);
                let shade = effect.map_or(style::MISSING, |effect| style::diverging(effect.median() / end));
                pen.rectangle((x, upper), (x + cell - 1.0, lower), shade);
                let text = effect.map_or_else(|| "–".to_owned(), |e| scale::signed(e.median() * 100.0, decimals));
                let look = TextLook::new(size, style::ink_on(shade)).at(Anchor::Middle);
                let clear = comparison.members > 1 && effect.is_some_and(is_clear);
                let look = if clear { look.bold() } else { look };
                pen.text(&text, (x + (cell - 1.0) / 2.0, middle), look);
            }
        })?;
    }
    key(page, end, comparison.members > 1)
}

/// Whether the 80 % interval lies on one side of zero.
fn is_clear(effect: &Estimate) -> bool {
    let (low, high) = effect.interval80();
    low > 0.0 || high < 0.0
}

/// The size at which the widest number fits a cell.
fn number_size(decimals: usize, most: f64, cell: f64, row: f64) -> f64 {
    let widest = font::bold_width(&scale::signed(most * 100.0, decimals), 1.0).max(font::bold_width("+0.0", 1.0));
    style::TICK.min((cell - 3.0) / widest).min(row * 0.8).max(style::SMALLEST)
}

/// The scale of colour and what bold means.
fn key(page: &mut Page, end: f64, bold: bool) -> Result<(), PlotError> {
    const STEPS: usize = 41;
    let (left, top, width) = (page.body.left + 14.0, page.body.bottom - KEY + 4.0, 6.0);
    page.canvas.group("legend", "", |pen| {
        for step in 0..STEPS {
            let gain = step as f64 / (STEPS - 1) as f64 * 2.0 - 1.0;
            let x = left + step as f64 * width;
            pen.rectangle((x, top), (x + width, top + 11.0), style::diverging(gain));
        }
        let look = TextLook::new(style::LEGEND, style::SOFT);
        let decimals = if end * 100.0 >= 9.95 {
            0
        } else if end < 0.0099 {
            3
        } else {
            1
        };
        for gain in [-1.0, 0.0, 1.0] {
            let x = left + f64::midpoint(gain, 1.0) * STEPS as f64 * width;
            pen.text(&scale::signed(gain * end * 100.0, decimals), (x, top + 21.0), look.at(Anchor::Middle));
        }
        if bold {
            let text = "Bold: at least 90 % of members agree on the sign (80 % interval clear of zero)";
            pen.text(text, (left + STEPS as f64 * width + 40.0, top + 6.0), look);
        }
    })
}
