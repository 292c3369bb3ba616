//! Cost against effect: what each policy costs and the years of use it gains, by the last date.

use crate::comparison::{Comparison, Costs};
use crate::series::Estimate;

use super::super::axis::{self, Plot, Shown};
use super::super::canvas::{Anchor, Pen, Point, TextLook};
use super::super::frame::{self, Page, Rect, Words};
use super::super::legend::{self, Entry, Symbol};
use super::super::table::{Row, Table};
use super::super::{EVERY_PANEL, Figure, Footer, PlotError, font, style};
use super::cast::{self, Role};
use super::names::Name;
use super::page;
use super::scale::{Scale, counted};

/// Width of the list of policies.
const LIST: f64 = 290.0;
/// Height of a policy in the list, at most.
const ENTRY: f64 = 40.0;
/// Most lines of the note on policies without a cost.
const NOTE_LINES: usize = 3;
/// Radius of a policy's mark.
const DOT: f64 = 4.6;

/// A policy with a stated cost.
struct Priced<'a> {
    role: Role<'a>,
    costs: &'a Costs,
    cost: Estimate,
    gain: Estimate,
}

/// The figure of `layer`.
pub(super) fn draw(comparison: &Comparison, layer: usize, name: String, footer: &Footer) -> Result<Figure, PlotError> {
    let date = comparison.dates.len() - 1;
    let month = comparison.dates[date].to_string();
    let (priced, note) = sort_out(comparison, layer, date);
    let banded = comparison.members > 1;
    let reach = |pick: fn(&Priced<'_>) -> Estimate| -> Vec<f64> {
        let ends = |p: &Priced<'_>| {
            let (low, high) = pick(p).interval80();
            if banded { [low, pick(p).median(), high] } else { [pick(p).median(); 3] }
        };
        priced.iter().flat_map(ends).collect()
    };
    let (across, money) = Scale::counting(&reach(|p| p.cost), 6.0);
    let (up, years) = Scale::counting(&reach(|p| p.gain), 6.0);
    let prices =
        priced.first().map_or_else(String::new, |p| format!("{}, prices of {}", p.costs.currency, p.costs.price_year));
    let title = &comparison.layers[layer].title;
    let words = Words {
        figure: name.clone(),
        shows: format!("{title}, cost of each policy against the years of use it gains"),
        subtitle: format!(
            "Up: {}user-years more (+) or fewer (−) than in the baseline by {month}; across: cost by then, {}{prices}",
            years.word(),
            money.word()
        ),
        description: format!(
            "A point for each policy: its total cost by {month} across, user-years gained by then upwards, medians of \
             the members, with crosshairs for the 80 % intervals. Not discounted."
        ),
    };
    let mut page = page::open(comparison, footer, &words)?;
    let body = foot(&mut page, banded, &note)?;
    let area = Rect {
        left: body.left + frame::VALUE_LABELS,
        top: body.top + 8.0,
        right: body.right - LIST - 24.0,
        bottom: body.bottom - frame::YEAR_LABELS - 14.0,
    };
    let plot = Plot { area, time: (across.low, across.high), low: up.low, high: up.high };
    // Costs are amounts, not differences to be read as more or less.
    let amounts: Vec<_> = across.ticks.iter().map(|(v, text)| (*v, text.replace('+', ""))).collect();
    axis::draw(&mut page.canvas, &plot, &amounts, &up.ticks, Shown { values: true, years: true })?;
    page.canvas.group("ticks", "", |pen| {
        let look = TextLook::new(style::LEGEND, style::SOFT).at(Anchor::Middle);
        let text = format!("Cost by {month}, {}{prices}", money.word());
        pen.text(&text, (f64::midpoint(area.left, area.right), area.bottom + 30.0), look);
    })?;
    page.canvas.group("zero", "", |pen| {
        pen.segment((area.left, plot.y(0.0)), (area.right, plot.y(0.0)), style::LINE_SINGLE, style::BASELINE);
        pen.segment((plot.x(0.0), area.top), (plot.x(0.0), area.bottom), style::LINE_SINGLE, style::BASELINE);
    })?;
    points(&mut page, &plot, &priced, banded)?;
    list(&mut page, Rect { left: area.right + 24.0, ..body }, &priced)?;
    let mut table = Table::new(&name);
    for p in &priced {
        let unit = format!("{} of {}", p.costs.currency, p.costs.price_year);
        let series = p.role.outcome.name.as_str();
        let row = Row { panel: EVERY_PANEL, series, date: &month, quantity: "total cost", unit: &unit };
        let gain = Row { quantity: "user-years gained", unit: "person-years", ..row };
        for (statistic, level) in [("q10", 1), ("median", 3), ("q90", 5)] {
            if banded || statistic == "median" {
                table.number(row, statistic, p.cost.quantiles[level]);
                table.number(gain, statistic, p.gain.quantiles[level]);
            }
        }
    }
    Ok(Figure { name, svg: page.close(), csv: table.write()? })
}

/// The policies that can be drawn on one axis of money, and what is to be said about the rest.
fn sort_out(comparison: &Comparison, layer: usize, date: usize) -> (Vec<Priced<'_>>, String) {
    let mut priced: Vec<Priced<'_>> = Vec::new();
    let (mut unstated, mut other, mut partly, mut lost) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for role in cast::policies(comparison) {
        let Some(costs) = &role.outcome.cost else {
            unstated.push(role.title);
            continue;
        };
        let money = |costs: &Costs| (costs.currency.clone(), costs.price_year);
        if priced.first().is_some_and(|first| money(first.costs) != money(costs)) {
            other.push(role.title);
            continue;
        }
        let gain = role.outcome.totals[comparison.total_index(layer, date)].user_years;
        let cost = costs.total[date];
        if !cast::is_drawable(&cost) || !cast::is_drawable(&gain) {
            lost.push(role.title);
            continue;
        }
        if !costs.without.is_empty() {
            partly.push(role.title);
        }
        priced.push(Priced { role, costs, cost, gain });
    }
    let parts = [
        ("No cost stated: ", unstated),
        ("Cost leaves out measures without a stated one: ", partly),
        ("In another currency or other prices: ", other),
        ("Without finite values: ", lost),
    ];
    let told = parts.into_iter().filter(|(_, titles)| !titles.is_empty());
    let note: Vec<String> = told.map(|(words, titles)| format!("{words}{}.", titles.join("; "))).collect();
    (priced, note.join(" "))
}

/// Legend and note at the bottom of the body; returns the room above.
fn foot(page: &mut Page, banded: bool, note: &str) -> Result<Rect, PlotError> {
    let entry = if banded {
        Entry { symbol: Symbol::None, text: "Point: medians; lines: 80 % of members".to_owned() }
    } else {
        legend::levels(1, false)
    };
    let lines = font::wrap(note, style::FOOTER, page.body.width(), NOTE_LINES);
    let bottom = page.body.bottom - lines.len() as f64 * style::FOOTER * 1.25;
    page.canvas.group("note", "", |pen| {
        for (position, line) in lines.iter().enumerate() {
            let y = bottom + (position as f64 + 0.5) * style::FOOTER * 1.25;
            pen.text(line, (page.body.left, y), TextLook::new(style::FOOTER, style::SOFT));
        }
    })?;
    page.body.bottom = bottom;
    page::key(page, vec![entry])
}

fn points(page: &mut Page, plot: &Plot, priced: &[Priced<'_>], banded: bool) -> Result<(), PlotError> {
    let centre = |p: &Priced<'_>| plot.at(p.cost.median(), p.gain.median());
    for p in priced {
        let (x, y) = centre(p);
        page.canvas.group("interval", &p.role.outcome.name, |pen| {
            if banded {
                let ((left, right), (low, high)) = (p.cost.interval80(), p.gain.interval80());
                pen.segment((plot.x(left), y), (plot.x(right), y), style::LINE_SINGLE, p.role.colour);
                pen.segment((x, plot.y(low)), (x, plot.y(high)), style::LINE_SINGLE, p.role.colour);
            }
            pen.disc((x, y), DOT + 1.2, style::PAPER);
            pen.disc((x, y), DOT, p.role.colour);
        })?;
    }
    let mut taken: Vec<Rect> = priced.iter().map(|p| around(centre(p), 2.0 * DOT, 2.0 * DOT)).collect();
    for (position, p) in priced.iter().enumerate() {
        let text = (position + 1).to_string();
        let size = (font::bold_width(&text, style::LABEL) + 3.0, style::LABEL + 1.0);
        let Some((place, moved)) = free_place(centre(p), size, &plot.area, &taken) else { continue };
        taken.push(around(place, size.0, size.1));
        page.canvas.group("label", &p.role.outcome.name, |pen| {
            if moved {
                pen.segment(centre(p), place, style::HAIR, style::FAINT);
            }
            plate(pen, place, size);
            let look = TextLook::new(style::LABEL, style::for_text(p.role.colour)).at(Anchor::Middle).bold();
            pen.text(&text, place, look);
        })?;
    }
    Ok(())
}

/// Paper under a number, so that lines do not cross it.
fn plate(pen: &mut Pen<'_>, place: Point, (width, height): (f64, f64)) {
    let r = around(place, width - 2.0, height - 2.0);
    pen.polygon(&[(r.left, r.top), (r.right, r.top), (r.right, r.bottom), (r.left, r.bottom)], style::PAPER, 0.75);
}

fn around((x, y): Point, width: f64, height: f64) -> Rect {
    Rect { left: x - width / 2.0, top: y - height / 2.0, right: x + width / 2.0, bottom: y + height / 2.0 }
}

/// The nearest place beside `centre` inside `area` that meets nothing `taken`, and whether it is far enough for a leader.
fn free_place(centre: Point, (width, height): (f64, f64), area: &Rect, taken: &[Rect]) -> Option<(Point, bool)> {
    const TURNS: [f64; 12] = [45.0, 315.0, 135.0, 225.0, 20.0, 340.0, 160.0, 200.0, 70.0, 290.0, 110.0, 250.0];
    let meets = |a: &Rect, b: &Rect| a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    [15.0, 22.0, 30.0, 40.0, 52.0, 66.0, 82.0, 100.0, 125.0].into_iter().find_map(|radius: f64| {
        TURNS.into_iter().find_map(|turn| {
            let angle = turn.to_radians();
            let place = (centre.0 + radius * libm::cos(angle), centre.1 - radius * libm::sin(angle));
            let own = around(place, width, height);
            let inside =
                own.left >= area.left && own.right <= area.right && own.top >= area.top && own.bottom <= area.bottom;
            (inside && !taken.iter().any(|other| meets(&own, other))).then_some((place, radius > 16.0))
        })
    })
}

/// Numbers, titles, and cost for gain in words.
fn list(page: &mut Page, room: Rect, priced: &[Priced<'_>]) -> Result<(), PlotError> {
    let row = (room.height() / priced.len().max(1) as f64).min(ENTRY);
    for (position, p) in priced.iter().enumerate() {
        let (top, fact) = (room.top + position as f64 * row, 13.0);
        let told = row >= 34.0;
        let height = if told { row - fact - 3.0 } else { row };
        let name = Name::fit(p.role.title, style::LABEL, LIST - 26.0, height);
        page.canvas.group("name", &p.role.outcome.name, |pen| {
            let middle = top + height / 2.0;
            let colour = style::for_text(p.role.colour);
            let size = style::LABEL.min(row * 0.8);
            let number = (position + 1).to_string();
            pen.text(&number, (room.left + 20.0, middle), TextLook::new(size, colour).at(Anchor::End).bold());
            name.draw(pen, (room.left + 26.0, middle), colour, Anchor::Start, true);
            if told {
                let money = axis::persons(p.cost.median().abs());
                let sign = if p.cost.median() < 0.0 { "−" } else { "" };
                let text = format!("{sign}{money} {}, {} user-years", p.costs.currency, counted(p.gain.median()));
                let text = font::fit(&text, style::LEGEND_MIN, LIST - 26.0);
                pen.text(
                    &text,
                    (room.left + 26.0, top + height + fact / 2.0),
                    TextLook::new(style::LEGEND_MIN, style::SOFT),
                );
            }
        })?;
    }
    Ok(())
}
