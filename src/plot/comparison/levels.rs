//! Penetration over time under every scenario: together while they are few, else each policy against the baseline.

use crate::comparison::Comparison;
use crate::series::Quantity;

use super::super::axis::{self, Plot, Shown};
use super::super::ends::{End, Room};
use super::super::fan::{self, Curve, Look};
use super::super::frame::{self, Page, Rect, Words};
use super::super::legend::{self, Entry, Symbol};
use super::super::table::Table;
use super::super::{EVERY_PANEL, Figure, Footer, PlotError, growth};
use super::cast::{self, Role};
use super::{ends, page, panels};

/// Most scenarios in one plot.
const TOGETHER: usize = 5;
/// Share of the width that the labels at the ends take.
const LABELS: f64 = 0.27;

/// The figure of `layer`.
pub(super) fn draw(comparison: &Comparison, layer: usize, name: String, footer: &Footer) -> Result<Figure, PlotError> {
    let together = comparison.outcomes.len() <= TOGETHER;
    let words = Words {
        figure: name.clone(),
        shows: format!("{}, share of people using it under each policy", comparison.layers[layer].title),
        subtitle: format!(
            "Users, % of all living people, at the end of each year{}",
            if together { "" } else { "; grey: the baseline" }
        ),
        description:
            "Curves over time of the share of all living people who use the layer, from 0 to 100 %, under the \
                      baseline (grey) and under each policy: medians of the members, with central 50 % and 80 % bands."
                .to_owned(),
    };
    let mut page = page::open(comparison, footer, &words)?;
    let mut table = Table::new(&name);
    let roles: Vec<Role<'_>> = cast::baseline(comparison).into_iter().chain(cast::policies(comparison)).collect();
    if together {
        overlay(&mut page, &mut table, comparison, layer, &roles)?;
    } else {
        multiples(&mut page, &mut table, comparison, layer, &roles)?;
    }
    Ok(Figure { name, svg: page.close(), csv: table.write()? })
}

fn levels(comparison: &Comparison, role: &Role<'_>, layer: usize) -> Curve {
    cast::curve(comparison, &role.outcome.levels, layer, Quantity::Penetration)
}

fn overlay(
    page: &mut Page,
    table: &mut Table,
    comparison: &Comparison,
    layer: usize,
    roles: &[Role<'_>],
) -> Result<(), PlotError> {
    let mut entry = legend::levels(comparison.members, true);
    if comparison.members > 1 && roles.len() > 2 {
        entry.text.push_str(" of the baseline; policies: medians");
    }
    let body = page::key(page, vec![entry])?;
    let labels = body.width() * LABELS;
    let area = Rect {
        left: body.left + frame::VALUE_LABELS,
        top: body.top + 8.0,
        right: body.right - labels,
        bottom: body.bottom - frame::YEAR_LABELS,
    };
    let plot = Plot { area, time: axis::time_range(&comparison.dates), low: 0.0, high: 1.0 };
    let years = axis::year_ticks(&comparison.dates, area.width());
    let values = axis::share_ticks(area.height());
    axis::draw(&mut page.canvas, &plot, &years, &values, Shown { values: true, years: true })?;
    // Two fans at most: the baseline's, and that of the only policy.
    let look = |position: usize, role: &Role<'_>| role.look(comparison, position == 0 || roles.len() == 2);
    let curves: Vec<(&Role<'_>, Curve, Look)> = roles
        .iter()
        .enumerate()
        .map(|(position, role)| (role, levels(comparison, role, layer), look(position, role)))
        .collect();
    for (role, curve, look) in &curves {
        fan::bands(&mut page.canvas, &plot, &role.outcome.name, curve, *look)?;
    }
    for (role, curve, look) in curves.iter().filter(|_| curves.len() == 2) {
        fan::edges(&mut page.canvas, &plot, &role.outcome.name, curve, *look)?;
    }
    let mut labels = Vec::new();
    for (role, curve, look) in &curves {
        fan::median(&mut page.canvas, &plot, &role.outcome.name, curve, *look)?;
        growth::tabulate(table, EVERY_PANEL, &role.outcome.name, curve, look.banded);
        let Some((_, last)) = curve.last() else { continue };
        let share = format!("{}{}%", axis::grouped(last.median() * 100.0, 1), axis::THIN);
        labels.push(End {
            series: role.outcome.name.clone(),
            text: format!("{share} · {}", role.title),
            y: plot.y(last.median()),
            colour: role.colour,
        });
    }
    let room = Room { left: area.right, right: body.right, top: area.top - 6.0, bottom: area.bottom + 10.0 };
    ends::draw(&mut page.canvas, room, &labels)
}

fn multiples(
    page: &mut Page,
    table: &mut Table,
    comparison: &Comparison,
    layer: usize,
    roles: &[Role<'_>],
) -> Result<(), PlotError> {
    let Some((baseline, policies)) = roles.split_first() else { return Ok(()) };
    let grey = Entry { symbol: Symbol::Line(baseline.colour), text: format!("Baseline, median: {}", baseline.title) };
    let mut entry = legend::levels(comparison.members, true);
    entry.text = format!("Policy: {}", entry.text.to_lowercase());
    let body = page::key(page, vec![grey, entry])?;
    let reference = levels(comparison, baseline, layer);
    let curves: Vec<Curve> = policies.iter().map(|role| levels(comparison, role, layer)).collect();
    let facts: Vec<String> = curves.iter().map(|curve| growth::last_value(curve, comparison.members)).collect();
    for ((cell, role), curve) in
        panels::draw(&mut page.canvas, body, policies, &facts)?.into_iter().zip(policies).zip(&curves)
    {
        let series = &role.outcome.name;
        let plot = Plot { area: cell.area, time: axis::time_range(&comparison.dates), low: 0.0, high: 1.0 };
        let years = axis::year_ticks(&comparison.dates, cell.area.width());
        let values = axis::share_ticks(cell.area.height());
        axis::draw(&mut page.canvas, &plot, &years, &values, Shown { values: cell.leftmost, years: cell.lowest })?;
        let look = role.look(comparison, true);
        let plain = Look { single: true, ..baseline.look(comparison, false) };
        fan::bands(&mut page.canvas, &plot, series, curve, look)?;
        fan::median(&mut page.canvas, &plot, &baseline.outcome.name, &reference, plain)?;
        fan::median(&mut page.canvas, &plot, series, curve, look)?;
    }
    growth::tabulate(table, EVERY_PANEL, &baseline.outcome.name, &reference, false);
    for (role, curve) in policies.iter().zip(&curves) {
        growth::tabulate(table, &role.outcome.name, &role.outcome.name, curve, comparison.members > 1);
    }
    Ok(())
}
