//! Curves: use after access, and use among ties.

use crate::network::Level;
use crate::persons::Observed;
use crate::series::Group;

use super::super::axis::{self, Plot, Shown, Tick};
use super::super::canvas::{Anchor, TextLook};
use super::super::ends::{self, End, Room};
use super::super::frame::{self, Page, Panel};
use super::super::style::{self, Colour};
use super::super::table::{Row, Table};
use super::super::{Figure, PlotError};
use super::{PersonsCaption, words};

/// Most of a panel's width that labels may take.
const LABELS: f64 = 0.38;
/// Nearly everyone.
const NEARLY: f64 = 0.95;
/// Names of the figures.
const WAITING: &str = "waiting";
const CLUSTERING: &str = "clustering";

/// A curve of shares.
struct Line {
    name: String,
    colour: Colour,
    dash: Option<(f64, f64)>,
    points: Vec<(f64, f64)>,
}

/// A panel's curves and what the axis across counts.
struct Chart<'a> {
    heading: &'a str,
    fact: String,
    time: (f64, f64),
    ticks: &'a dyn Fn(f64) -> Vec<Tick>,
    lines: Vec<Line>,
    /// Names that lines have in any panel, so that all panels keep one width.
    names: &'a [String],
}

fn draw(page: &mut Page, panel: &Panel, chart: &Chart<'_>) -> Result<(), PlotError> {
    let inside = frame::header(&mut page.canvas, panel, chart.heading, &chart.fact)?;
    let text = |name: &str, share: f64| format!("{name} {}", axis::percent(share));
    let texts: Vec<String> = chart.names.iter().map(|name| text(name, 1.0)).collect();
    let margin = ends::margin(texts.iter().map(String::as_str), inside.width() * LABELS);
    let area = frame::Rect { right: inside.right - margin, ..inside };
    let plot = Plot { area, time: chart.time, low: 0.0, high: 1.0 };
    let values = axis::share_ticks(area.height());
    let across = (chart.ticks)(area.width());
    axis::draw(&mut page.canvas, &plot, &across, &values, Shown { values: panel.leftmost, years: panel.lowest })?;
    let mut labels = Vec::new();
    for line in &chart.lines {
        let points: Vec<(f64, f64)> = line.points.iter().map(|&(x, y)| plot.at(x, y)).collect();
        page.canvas.group("line", &line.name, |pen| pen.line(&points, style::LINE, line.colour, line.dash))?;
        if let Some(&(_, last)) = line.points.last() {
            let (series, text) = (line.name.clone(), text(&line.name, last));
            labels.push(End { series, text, y: plot.y(last), colour: line.colour });
        }
    }
    if labels.is_empty() {
        nothing(page, &area)?;
    }
    let room = Room { left: area.right, right: inside.right, top: area.top - 6.0, bottom: area.bottom + 6.0 };
    ends::draw(&mut page.canvas, room, &labels)
}

/// Says, between two lines of the grid, that there is nothing to show.
pub(super) fn nothing(page: &mut Page, area: &frame::Rect) -> Result<(), PlotError> {
    page.canvas.group("note", "", |pen| {
        let at = (f64::midpoint(area.left, area.right), area.top + 0.625 * area.height());
        pen.text("nothing to show", at, TextLook::new(style::TICK, style::SOFT).at(Anchor::Middle));
    })
}

/// Everybody, or each residence where there are several: position, name.
fn shown(groups: &[Group]) -> Vec<(usize, String)> {
    let residence =
        |(g, group): (usize, &Group)| (group.residence != crate::series::ALL).then(|| (g, group.residence.clone()));
    let found: Vec<(usize, String)> = groups.iter().enumerate().filter_map(residence).collect();
    if found.is_empty() { vec![(0, "everybody".to_owned())] } else { found }
}

/// The share who use a layer by the time since they got access, a panel for each layer.
pub fn waiting(observed: &Observed, caption: &PersonsCaption) -> Result<Figure, PlotError> {
    let words = words(
        WAITING,
        "From access to use".to_owned(),
        "% of people who have adopted, by years since they could first use it; those still waiting are allowed for"
            .to_owned(),
        "Small multiples, one for each layer: curves from 0 to 100 % of the share of people who have adopted, by years since \
         they first had access, by residence.",
    );
    let mut page = Page::about(&caption.place(), &caption.facts(), &words)?;
    let mut table = Table::new(WAITING);
    let years = horizon(observed);
    let ticks = |width: f64| -> Vec<Tick> {
        let step =
            [1, 2, 5, 10, 20, 50].into_iter().find(|step| width * f64::from(*step) / years >= 34.0).unwrap_or(100);
        (0..=years as u32).step_by(step as usize).map(|year| (f64::from(year), year.to_string())).collect()
    };
    let panels = frame::panels(page.body, observed.layers.len());
    let names: Vec<String> = shown(&observed.groups).into_iter().map(|(_, name)| name).collect();
    for (layer, panel) in observed.layers.iter().zip(&panels) {
        let mut lines = Vec::new();
        for (position, (group, name)) in shown(&observed.groups).into_iter().enumerate() {
            let still = layer.waiting[group].still();
            let adopted = still.iter().enumerate().map(|(month, still)| ((month + 1) as f64 / 12.0, 1.0 - still));
            let points: Vec<(f64, f64)> =
                if still.is_empty() { Vec::new() } else { std::iter::once((0.0, 0.0)).chain(adopted).collect() };
            for (month, (_, share)) in points.iter().enumerate().skip(12).step_by(12) {
                let at = format!("after {month} months");
                let (panel, quantity) = (layer.label.name.as_str(), "share of those with access who adopted");
                table.number(Row { panel, series: &name, date: "", quantity, unit: "share" }, &at, *share);
            }
            let points = points.into_iter().filter(|point| point.0 <= years).collect();
            lines.push(Line { name, colour: style::series_colour(position), dash: None, points });
        }
        lines.retain(|line| !line.points.is_empty());
        let fact = layer.waiting[0].months_until(0.5);
        let fact = fact.map_or_else(String::new, |months| format!("half within {}", months_in_words(months)));
        let time = (0.0, years);
        let chart = Chart { heading: &layer.label.title, fact, time, ticks: &ticks, lines, names: &names };
        draw(&mut page, panel, &chart)?;
    }
    Ok(Figure { name: WAITING.to_owned(), svg: page.close(), csv: table.write()? })
}

/// Years until nearly everyone has adopted, of the slowest layer; the whole run where that is not seen.
fn horizon(observed: &Observed) -> f64 {
    let followed = observed.layers.iter().map(|layer| &layer.waiting[0]).filter(|waiting| waiting.spells() > 0);
    let slowest = followed.map(|waiting| waiting.months_until(NEARLY).unwrap_or(observed.months)).max();
    (slowest.unwrap_or(observed.months) as f64 / 12.0).ceil().max(1.0)
}

fn months_in_words(months: usize) -> String {
    match months {
        1 => "a month".to_owned(),
        few if few < 24 => format!("{few} months"),
        many => format!("{:.1} years", many as f64 / 12.0),
    }
}

/// Use among users' ties and among anyone's, a panel for each layer.
pub fn clustering(observed: &Observed, caption: &PersonsCaption) -> Result<Figure, PlotError> {
    let words = words(
        CLUSTERING,
        "Users know users".to_owned(),
        "Users among the ties of users, % at the end of each year, by kind of tie; dashed: among anyone's ties"
            .to_owned(),
        "Small multiples, one for each layer: curves over time, from 0 to 100 %, of the share of users among the ties of users, by level of \
         the tie, and among the ties of anyone.",
    );
    let mut page = Page::about(&caption.place(), &caption.facts(), &words)?;
    let mut table = Table::new(CLUSTERING);
    let ticks = |width: f64| axis::year_ticks(&observed.dates, width);
    let time = axis::time_range(&observed.dates);
    let panels = frame::panels(page.body, observed.layers.len());
    let every = || observed.layers.iter().flat_map(|layer| &layer.clustering);
    let tied = |level: &Level| every().any(|clustering| clustering.at(*level).ties > 0);
    let levels: Vec<Level> = Level::EVERY.into_iter().filter(tied).collect();
    let names: Vec<String> = levels.iter().map(|level| level.name()).chain(["anyone"]).map(str::to_owned).collect();
    for (layer, panel) in observed.layers.iter().zip(&panels) {
        let mut lines = Vec::new();
        let dated = || observed.dates.iter().zip(&layer.clustering);
        let mut add = |name: &str, colour, dash, shares: Vec<Option<f64>>| {
            let points: Vec<(f64, f64)> = observed
                .dates
                .iter()
                .zip(&shares)
                .filter_map(|(date, share)| share.map(|share| (axis::place(*date), share)))
                .collect();
            for (date, share) in observed.dates.iter().zip(&shares) {
                let (date, panel) = (date.to_string(), layer.label.name.as_str());
                let row = Row { panel, series: name, date: &date, quantity: "users among ties", unit: "share" };
                table.number(row, "mean", share.unwrap_or(f64::NAN));
            }
            if !points.is_empty() {
                lines.push(Line { name: name.to_owned(), colour, dash, points });
            }
        };
        for (position, level) in levels.iter().copied().enumerate() {
            let shares = dated().map(|(_, clustering)| clustering.at(level).of_users()).collect();
            add(level.name(), style::series_colour(position), None, shares);
        }
        let shares = dated().map(|(_, clustering)| clustering.all().of_anyone()).collect();
        add("anyone", style::BASELINE, Some((7.0, 4.0)), shares);
        let chart =
            Chart { heading: &layer.label.title, fact: String::new(), time, ticks: &ticks, lines, names: &names };
        draw(&mut page, panel, &chart)?;
    }
    Ok(Figure { name: CLUSTERING.to_owned(), svg: page.close(), csv: table.write()? })
}
