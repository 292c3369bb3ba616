//! Difference from the baseline over time, in persons or incidents: a panel for each policy on a common axis.

use crate::comparison::Comparison;
use crate::series::{Estimate, Quantity};
use crate::units::Month;

use super::super::axis::{self, Plot, Shown};
use super::super::fan::{self, Curve};
use super::super::frame::Words;
use super::super::legend::{Entry, Symbol};
use super::super::table::{Row, Table};
use super::super::{Figure, Footer, PlotError, style};
use super::cast::{self, Role};
use super::scale::{self, Scale};
use super::{page, panels};

/// The lighter band, then the darker: positions of their quantiles.
pub(super) const BANDS: [(usize, usize); 2] = [(0, 6), (1, 5)];
/// Statistics drawn, with their place among the quantiles.
pub(super) const DRAWN: [(&str, usize); 5] = [("q2.5", 0), ("q10", 1), ("median", 3), ("q90", 5), ("q97.5", 6)];

/// What is measured, in words.
struct Measure {
    shows: String,
    counted: &'static str,
    quantity: &'static str,
    unit: &'static str,
}

impl Measure {
    fn of(comparison: &Comparison, layer: usize, quantity: Quantity) -> Self {
        let title = &comparison.layers[layer].title;
        if quantity == Quantity::Incidents {
            Self {
                shows: format!("{title}, difference in cybercrime incidents against its users"),
                counted: "incidents per year, in the time up to each date",
                quantity: "difference in incidents",
                unit: "incidents per year",
            }
        } else {
            Self {
                shows: format!("{title}, difference in users from the baseline"),
                counted: "people more (+) or fewer (−) using it at the end of each year",
                quantity: "difference in users",
                unit: "persons",
            }
        }
    }
}

/// The figure of one quantity (users, or incidents per year) of `layer`.
pub(super) fn draw(
    comparison: &Comparison,
    layer: usize,
    quantity: Quantity,
    name: String,
    footer: &Footer,
) -> Result<Figure, PlotError> {
    let measure = Measure::of(comparison, layer, quantity);
    let roles = cast::policies(comparison);
    let curves: Vec<Curve> = roles.iter().map(|role| differences(comparison, role, layer, quantity)).collect();
    let banded = comparison.members > 1;
    let reach: Vec<f64> = curves
        .iter()
        .flatten()
        .flat_map(|(_, estimate)| if banded { vec![estimate.quantiles[0], estimate.quantiles[6]] } else { Vec::new() })
        .chain(curves.iter().flatten().map(|(_, estimate)| estimate.median()))
        .collect();
    let steps = match roles.len() {
        1 => 7.0,
        2..=6 => 4.0,
        _ => 3.0,
    };
    let (scale, magnitude) = Scale::counting(&reach, steps);
    let words = Words {
        figure: name.clone(),
        shows: measure.shows.clone(),
        subtitle: format!(
            "{}; each member against its twin in the baseline",
            capital(&format!("{}{}", magnitude.word(), measure.counted))
        ),
        description: format!(
            "Small multiples, one for each policy: the {} from the baseline over time, the median over members with \
             central 80 % and 95 % bands, and a line at zero.",
            measure.quantity
        ),
    };
    let mut page = page::open(comparison, footer, &words)?;
    let body = page::key(&mut page, vec![key(banded)])?;
    let facts: Vec<String> = curves.iter().map(|curve| last_value(curve, banded)).collect();
    for ((cell, role), curve) in
        panels::draw(&mut page.canvas, body, &roles, &facts)?.into_iter().zip(&roles).zip(&curves)
    {
        let time = axis::time_range(&comparison.dates);
        let plot = Plot { area: cell.area, time, low: scale.low, high: scale.high };
        let years = axis::year_ticks(&comparison.dates, cell.area.width());
        axis::draw(&mut page.canvas, &plot, &years, &scale.ticks, Shown { values: cell.leftmost, years: cell.lowest })?;
        page.canvas.group("zero", "", |pen| {
            let y = plot.y(0.0);
            pen.segment((cell.area.left, y), (cell.area.right, y), style::LINE_SINGLE, style::BASELINE);
        })?;
        let look = role.look(comparison, true);
        fan::bands_between(&mut page.canvas, &plot, &role.outcome.name, curve, look, BANDS)?;
        fan::median(&mut page.canvas, &plot, &role.outcome.name, curve, look)?;
    }
    let mut table = Table::new(&name);
    for (role, curve) in roles.iter().zip(&curves) {
        for (date, estimate) in curve {
            let (series, date) = (role.outcome.name.as_str(), date.to_string());
            let row = Row { panel: series, series, date: &date, quantity: measure.quantity, unit: measure.unit };
            tabulate(&mut table, row, estimate, banded);
        }
    }
    Ok(Figure { name, svg: page.close(), csv: table.write()? })
}

/// Writes what is drawn of an estimate.
pub(super) fn tabulate(table: &mut Table, row: Row<'_>, estimate: &Estimate, banded: bool) {
    for (statistic, level) in DRAWN.into_iter().filter(|drawn| banded || drawn.0 == "median") {
        table.number(row, statistic, estimate.quantiles[level]);
    }
}

/// Differences by date; flows since the previous date become yearly rates, so the first date has none.
fn differences(comparison: &Comparison, role: &Role<'_>, layer: usize, quantity: Quantity) -> Curve {
    let curve = cast::curve(comparison, &role.outcome.differences, layer, quantity);
    if quantity == Quantity::Incidents { yearly(&curve, &comparison.dates) } else { curve }
}

fn yearly(curve: &Curve, dates: &[Month]) -> Curve {
    let since = |date: Month| {
        let position = dates.iter().position(|&d| d == date)?;
        Some(f64::from(date.months_since(*dates.get(position.checked_sub(1)?)?)) / 12.0)
    };
    let rate = |estimate: &Estimate, years: f64| Estimate {
        mean: estimate.mean / years,
        quantiles: estimate.quantiles.map(|quantile| quantile / years),
    };
    curve.iter().filter_map(|(date, estimate)| Some((*date, rate(estimate, since(*date)?)))).collect()
}

fn key(banded: bool) -> Entry {
    if banded {
        Entry { symbol: Symbol::Fan, text: "Median difference; darker 80 %, lighter 95 % of members".to_owned() }
    } else {
        Entry { symbol: Symbol::Line(style::BASELINE), text: "A single member: no interval".to_owned() }
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `2035-12: +310 thousand (80 % band +120 thousand to +500 thousand)`.
fn last_value(curve: &Curve, banded: bool) -> String {
    let Some((date, last)) = curve.last() else { return String::new() };
    let median = scale::counted(last.median());
    if !banded {
        return format!("{date}: {median}");
    }
    let (low, high) = last.interval80();
    format!("{date}: {median} (80 % band {} to {})", scale::counted(low), scale::counted(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_become_yearly_rates_and_the_first_date_has_none() {
        let dates: Vec<Month> = ["2000-01", "2000-07", "2002-07"].map(|date| date.parse().unwrap()).to_vec();
        let curve: Curve = dates.iter().map(|&date| (date, Estimate::certain(10.0))).collect();
        // 10 in half a year are 20 a year; 10 in two years are 5.
        let rates: Vec<f64> = yearly(&curve, &dates).iter().map(|(_, estimate)| estimate.median()).collect();
        assert_eq!(rates, [20.0, 5.0]);
    }
}
