//! Columns by year: what set adoptions off, and how many people's use a policy changed.

use crate::engine::agent::CAUSES;
use crate::network::Level;
use crate::persons::{Observed, ObservedLayer, Pair};
use crate::units::Month;

use super::super::axis::{self, Plot, Shown};
use super::super::frame::{self, Page, Rect};
use super::super::legend::{Entry, Legend, Symbol};
use super::super::style::{self, Colour};
use super::super::table::{Row, Table};
use super::super::{Figure, PlotError};
use super::lines::nothing;
use super::{PersonsCaption, words, worlds};

const CAUSES_FIGURE: &str = "causes";
const CHANGED: &str = "changed";
/// Part of a year that its column fills.
const FILLED: f64 = 0.8;

/// Draws a legend at the foot of the page and returns the room above it.
pub(super) fn key(page: &mut Page, entries: Vec<(Colour, String)>) -> Result<Rect, PlotError> {
    let entries = entries.into_iter().map(|(colour, text)| Entry { symbol: Symbol::Block(colour), text }).collect();
    let legend = Legend::arrange(entries, page.body.width());
    let top = page.body.bottom - legend.height();
    legend.draw(&mut page.canvas, (page.body.left, top))?;
    Ok(Rect { bottom: top - 8.0, ..page.body })
}

/// A column's left and right edge.
fn edges(plot: &Plot, place: f64) -> (f64, f64) {
    let half = FILLED / 2.0;
    (plot.x(place - half).max(plot.area.left), plot.x(place + half).min(plot.area.right))
}

/// From half a year before the first date to half a year after the last.
fn time(dates: &[Month]) -> (f64, f64) {
    let (from, to) = axis::time_range(dates);
    if dates.len() > 1 { (from - 0.5, to + 0.5) } else { (from, to) }
}

fn colour_of(cause: usize) -> Colour {
    if cause == 0 { style::BASELINE } else { style::series_colour(cause - 1) }
}

fn title_of(cause: usize) -> String {
    match cause {
        0 => "Outside influence".to_owned(),
        cause => match Level::EVERY[cause - 1] {
            Level::Household => "Contact in the household".to_owned(),
            Level::Village => "Contact in the village".to_owned(),
            Level::Province => "Contact in the province".to_owned(),
            Level::Nation => "Contact anywhere in the country".to_owned(),
            Level::Tie => "Tie".to_owned(),
        },
    }
}

/// Adoptions between a date and the one before.
fn between(layer: &ObservedLayer, date: usize) -> [u64; CAUSES] {
    let now = layer.causes[0][date];
    let before = date.checked_sub(1).map_or([0; CAUSES], |before| layer.causes[0][before]);
    std::array::from_fn(|cause| now[cause] - before[cause])
}

/// What set adoptions off, year by year: a panel for each layer.
pub fn causes(observed: &Observed, caption: &PersonsCaption) -> Result<Figure, PlotError> {
    let words = words(
        CAUSES_FIGURE,
        "What set adoptions off".to_owned(),
        "% of the adoptions of each year, by where the adopter got it from".to_owned(),
        "Small multiples, one for each layer: columns by year, each divided from 0 to 100 % by what set the year's adoptions \
         off: outside influence, or a contact in the household, the village, the province or anywhere.",
    );
    let mut page = Page::about(&caption.place(), &caption.facts(), &words)?;
    let seen = |cause: usize| {
        observed.layers.iter().any(|layer| layer.causes[0].last().is_some_and(|causes| causes[cause] > 0))
    };
    let shown: Vec<usize> = (0..CAUSES).filter(|&cause| seen(cause)).collect();
    let body = key(&mut page, shown.iter().map(|&cause| (colour_of(cause), title_of(cause))).collect())?;
    let mut table = Table::new(CAUSES_FIGURE);
    let panels = frame::panels(body, observed.layers.len());
    for (layer, panel) in observed.layers.iter().zip(&panels) {
        let area = frame::header(&mut page.canvas, panel, &layer.label.title, "")?;
        let plot = Plot { area, time: time(&observed.dates), low: 0.0, high: 1.0 };
        let values = axis::share_ticks(area.height());
        let years = axis::year_ticks(&observed.dates, area.width());
        axis::draw(&mut page.canvas, &plot, &years, &values, Shown { values: panel.leftmost, years: panel.lowest })?;
        // The first date is the end of the first month: it goes with the year that follows, unless it is alone.
        let first = usize::from(observed.dates.len() > 1);
        let columns: Vec<(usize, [f64; CAUSES])> = (first..observed.dates.len())
            .filter_map(|date| {
                let causes = between(layer, date);
                let total: u64 = causes.iter().sum();
                (total > 0).then(|| (date, causes.map(|count| count as f64 / total as f64)))
            })
            .collect();
        if columns.is_empty() {
            nothing(&mut page, &area)?;
        }
        for &cause in &shown {
            let title = title_of(cause);
            page.canvas.group("bars", &title, |pen| {
                for (date, shares) in &columns {
                    let below: f64 = shares[..cause].iter().sum();
                    let (left, right) = edges(&plot, axis::place(observed.dates[*date]));
                    let (top, bottom) = (plot.y(below + shares[cause]), plot.y(below));
                    if bottom - top > 0.01 && right > left {
                        pen.rectangle((left, top), (right, bottom), colour_of(cause));
                    }
                }
            })?;
            for (date, shares) in &columns {
                let (date, panel) = (observed.dates[*date].to_string(), layer.label.name.as_str());
                let row = Row { panel, series: &title, date: &date, quantity: "share of adoptions", unit: "share" };
                table.number(row, "mean", shares[cause]);
            }
        }
    }
    Ok(Figure { name: CAUSES_FIGURE.to_owned(), svg: page.close(), csv: table.write()? })
}

/// How many use a layer in one world and not in the other, year by year: a panel for each layer.
pub fn changed(pair: &Pair, caption: &PersonsCaption) -> Result<Figure, PlotError> {
    let words = words(
        CHANGED,
        "People whose use is another".to_owned(),
        "Persons at the end of each year; the two worlds share all chance, so these are counts, not estimates"
            .to_owned(),
        "Small multiples, one for each layer: columns by year, upwards the people who use it in the second world only, downwards those who use it in \
         the first only.",
    );
    let mut page = Page::about(&caption.place(), &caption.facts(), &words)?;
    let worlds = worlds(caption);
    let [gained, lost] = [worlds[0].0, worlds[1].0];
    let body = key(&mut page, worlds.to_vec())?;
    let mut table = Table::new(CHANGED);
    let panels = frame::panels(body, pair.layers.len());
    let uses = |layer: usize| (0..pair.dates.len()).map(move |date| pair.at(layer, 0, date));
    let largest = |of: &dyn Fn(usize) -> u64| (0..pair.layers.len()).map(of).max().unwrap_or(0) as f64;
    let up = largest(&|layer| uses(layer).map(|use_| use_.only_second).max().unwrap_or(0));
    let down = largest(&|layer| uses(layer).map(|use_| use_.only_first).max().unwrap_or(0));
    let (high, magnitude, ticks) = axis::person_ticks(up.max(down));
    let step = ticks.get(1).map_or(high, |tick| tick.0);
    let below = (down / step).ceil().min(high / step);
    let above = (up / step).ceil().max(f64::from(u8::from(down == 0.0)));
    let mut values = ticks.clone();
    values.retain(|tick| tick.0 <= above * step * (1.0 + 1e-9));
    for tick in ticks.iter().skip(1).filter(|tick| tick.0 <= below * step * (1.0 + 1e-9)) {
        values.push((-tick.0, format!("−{}", tick.1)));
    }
    for (layer, panel) in panels.iter().enumerate() {
        let label = &pair.layers[layer];
        let fact = if panel.leftmost { magnitude.word() } else { "" };
        let area = frame::header(&mut page.canvas, panel, &label.title, fact)?;
        let plot = Plot { area, time: time(&pair.dates), low: -below * step, high: above * step };
        let years = axis::year_ticks(&pair.dates, area.width());
        axis::draw(&mut page.canvas, &plot, &years, &values, Shown { values: panel.leftmost, years: panel.lowest })?;
        for (series, colour, sign) in [("only in the second", gained, 1.0), ("only in the first", lost, -1.0)] {
            let count = |date: usize| {
                let uses = pair.at(layer, 0, date);
                (if sign > 0.0 { uses.only_second } else { uses.only_first }) as f64
            };
            page.canvas.group("bars", series, |pen| {
                for date in (0..pair.dates.len()).filter(|&date| count(date) > 0.0) {
                    let (left, right) = edges(&plot, axis::place(pair.dates[date]));
                    let (a, b) = (plot.y(0.0), plot.y(sign * count(date)));
                    pen.rectangle((left, a.min(b)), (right, a.max(b)), colour);
                }
            })?;
            for date in 0..pair.dates.len() {
                let text = pair.dates[date].to_string();
                let row = Row { panel: &label.name, series, date: &text, quantity: "users", unit: "persons" };
                table.number(row, "count", count(date));
            }
        }
    }
    Ok(Figure { name: CHANGED.to_owned(), svg: page.close(), csv: table.write()? })
}
