//! What a graph of persons is like: how many ties people have, at which levels, and how far apart people are.

use crate::network::measure::Measured;

use super::axis::{self, Plot, Shown, Tick};
use super::canvas::{Anchor, TextLook};
use super::frame::{self, Page, Panel, Rect, Words};
use super::table::{Row, Table};
use super::{Figure, PlotError, font, style};

/// Name of the figure.
pub const NETWORK: &str = "network";
/// Bars of one panel, at most; of more numbers some are counted together.
const MOST_BARS: u64 = 30;
/// Bars of one panel for which no rare numbers are counted together.
const FEW_BARS: u64 = 12;
/// Part of a bar's place that it fills.
const FILLED: f64 = 0.8;
/// Widest bar.
const WIDEST: f64 = 60.0;
/// What is rarer, all together, may share the last bar.
const RARE: f64 = 0.005;
/// Ends of the axis of shares.
const ENDS: [f64; 8] = [0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0];
/// Under a panel: labels of bars, then what they count.
const FOOT: f64 = 40.0;

/// What stands around the numbers.
#[derive(Clone, Debug, Default)]
pub struct Caption {
    /// Title of the scenario.
    pub title: String,
    /// What the network is, in words.
    pub network: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Seed.
    pub seed: u64,
}

/// A bar: what it counts and how high it is.
#[derive(Clone, Debug, PartialEq)]
struct Bar {
    label: String,
    value: f64,
}

/// The bars of one panel.
struct Chart {
    /// Name in the table.
    name: &'static str,
    heading: &'static str,
    fact: String,
    /// What the labels count.
    axis: &'static str,
    quantity: &'static str,
    unit: &'static str,
    bars: Vec<Bar>,
    /// Upper end of the axis, and its ticks.
    high: f64,
    ticks: Vec<Tick>,
}

/// The figure: a panel of the number of ties, one of steps between people, and one of ties by level where there are several.
///
/// # Errors
/// When drawing fails.
pub fn network_figure(measured: &Measured, caption: &Caption) -> Result<Figure, PlotError> {
    let mut panels = vec![degrees(measured), steps(measured)];
    if measured.degrees.levels.len() > 1 {
        panels.insert(1, levels(measured));
    }
    let words = Words {
        figure: NETWORK.to_owned(),
        shows: "How people are tied to each other".to_owned(),
        subtitle: format!("{}; {} people", first_upper(&caption.network), axis::persons(measured.persons as f64)),
        description: "Small multiples of bars: the share of people by their number of ties, where there are several levels the mean number of \
                      ties at each, and the share of people by the number of steps to them."
            .to_owned(),
    };
    let facts = format!(
        "Scenario {} · seed {} · ties of {} people, distances from {}",
        caption.scenario,
        caption.seed,
        axis::grouped(measured.sampled as f64, 0),
        axis::grouped(measured.paths.sources as f64, 0)
    );
    let mut page = Page::about(&caption.title, &facts, &words)?;
    let mut table = Table::new(NETWORK);
    let body = Rect { bottom: page.body.bottom - (FOOT - frame::YEAR_LABELS), ..page.body };
    for (chart, panel) in panels.iter().zip(frame::panels_in(body, panels.len(), panels.len(), 8.0)) {
        draw(&mut page, &panel, chart)?;
        for bar in &chart.bars {
            let row =
                Row { panel: chart.name, series: &bar.label, date: "", quantity: chart.quantity, unit: chart.unit };
            table.number(row, "mean", bar.value);
        }
    }
    Ok(Figure { name: NETWORK.to_owned(), svg: page.close(), csv: table.write()? })
}

fn draw(page: &mut Page, panel: &Panel, chart: &Chart) -> Result<(), PlotError> {
    let area = frame::header(&mut page.canvas, panel, chart.heading, &chart.fact)?;
    let last = chart.bars.len().max(1) as f64 - 0.5;
    let plot = Plot { area, time: (-0.5, last), low: 0.0, high: chart.high };
    axis::draw(
        &mut page.canvas,
        &plot,
        &thinned(chart, area.width()),
        &chart.ticks,
        Shown { values: true, years: true },
    )?;
    page.canvas.group("bars", chart.name, |pen| {
        for (at, bar) in chart.bars.iter().enumerate().filter(|(_, bar)| bar.value > 0.0) {
            let middle = plot.x(at as f64);
            let half = ((plot.x(FILLED) - plot.x(0.0)) / 2.0).min(WIDEST / 2.0);
            let (left, right) = (middle - half, middle + half);
            // What is there is seen, however rare.
            let top = plot.y(bar.value).min(area.bottom - style::HAIR);
            pen.rectangle((left, top), (right, area.bottom), style::series_colour(0));
        }
        let middle = f64::midpoint(area.left, area.right);
        let look = TextLook::new(style::TICK, style::SOFT).at(Anchor::Middle);
        pen.text(chart.axis, (middle, area.bottom + FOOT - 8.0), look);
        if chart.bars.is_empty() {
            pen.text("nothing to show", (middle, f64::midpoint(area.top, area.bottom)), look);
        }
    })
}

/// As many of the labels as there is room for, evenly.
fn thinned(chart: &Chart, width: f64) -> Vec<Tick> {
    let widest = chart.bars.iter().map(|bar| font::text_width(&bar.label, style::TICK)).fold(0.0, f64::max);
    let place = width / chart.bars.len().max(1) as f64;
    let step = ((widest + 6.0) / place).ceil().max(1.0) as usize;
    let labels = chart.bars.iter().enumerate().step_by(step);
    labels.map(|(at, bar)| (at as f64, bar.label.clone())).collect()
}

fn degrees(measured: &Measured) -> Chart {
    let degrees = &measured.degrees;
    let bars = binned(&degrees.shares().collect::<Vec<_>>());
    let (high, ticks) = share_axis(&bars);
    Chart {
        name: "ties",
        heading: "Ties of a person",
        fact: format!("mean {}", axis::grouped(degrees.mean, 1)),
        axis: "Number of ties; bars: share of people",
        quantity: "share of people by ties",
        unit: "share",
        bars,
        high,
        ticks,
    }
}

fn levels(measured: &Measured) -> Chart {
    let levels = &measured.degrees.levels;
    let bars: Vec<Bar> =
        levels.iter().map(|(level, ties)| Bar { label: level.name().to_owned(), value: *ties }).collect();
    let largest = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
    let (high, _, ticks) = axis::person_ticks(largest);
    Chart {
        name: "levels",
        heading: "Ties by level",
        fact: String::new(),
        axis: "Level; bars: ties of a person, mean",
        quantity: "ties by level",
        unit: "ties",
        bars,
        high,
        ticks,
    }
}

fn steps(measured: &Measured) -> Chart {
    let paths = &measured.paths;
    // Long rings have thousands of steps.
    let shares: Vec<(u64, f64)> = (1..).zip(paths.shares.iter().copied()).collect();
    let bars = binned(&shares);
    let (high, ticks) = share_axis(&bars);
    Chart {
        name: "steps",
        heading: "Steps between people",
        fact: paths.mean.map_or_else(String::new, |mean| format!("mean {}", axis::grouped(mean, 1))),
        axis: "Number of steps; bars: share of people",
        quantity: "share of people by steps",
        unit: "share",
        bars,
        high,
        ticks,
    }
}

/// A bar for each number from the smallest to the largest. Where these are many, the rare largest ones share a bar; where
/// that does not help, there is a bar for 0, 1, 2-3, 4-7, 8-15 ...
fn binned(shares: &[(u64, f64)]) -> Vec<Bar> {
    let (Some(&(first, _)), Some(&(last, _))) = (shares.first(), shares.last()) else { return Vec::new() };
    let bar = |from: u64, to: u64| {
        let label = if from == to { from.to_string() } else { format!("{from}–{to}") };
        let value = shares.iter().filter(|(number, _)| (from..=to).contains(number)).map(|(_, share)| share).sum();
        Bar { label, value }
    };
    let each = |from: u64, to: u64| (from..=to).map(|number| bar(number, number)).collect::<Vec<_>>();
    if last - first < FEW_BARS {
        return each(first, last);
    }
    let mut rare = 0.0;
    let total: f64 = shares.iter().map(|(_, share)| share).sum();
    let common = shares.iter().rev().find(|(_, share)| {
        rare += share;
        rare > RARE * total
    });
    if let Some(&(common, _)) = common.filter(|(common, _)| common - first + 1 < MOST_BARS && *common < last) {
        let mut bars = each(first, common);
        bars.push(bar(common + 1, last));
        return bars;
    }
    if last - first < MOST_BARS {
        return each(first, last);
    }
    let mut bars = Vec::new();
    let (mut from, mut to) = if first == 0 { (0, 0) } else { (1, 1) };
    while from <= last {
        if to >= first {
            bars.push(bar(from, to));
        }
        (from, to) = (to + 1, 2 * to + 1);
    }
    bars
}

/// A round end of the axis of shares, and its ticks.
fn share_axis(bars: &[Bar]) -> (f64, Vec<Tick>) {
    let largest = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
    let high = ENDS.into_iter().find(|end| *end >= largest).unwrap_or(1.0);
    let ticks = (0..=4).map(|quarter| high * f64::from(quarter) / 4.0).map(|value| (value, tick_label(value)));
    (high, ticks.collect())
}

/// A round share: `0.5 %`, `15 %`.
fn tick_label(share: f64) -> String {
    let percent = share * 100.0;
    let whole = (percent - percent.round()).abs() < 1e-9;
    let decimals = if whole {
        0
    } else if (percent * 10.0 - (percent * 10.0).round()).abs() < 1e-9 {
        1
    } else {
        2
    };
    format!("{percent:.decimals$}{}%", axis::THIN)
}

fn first_upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::measure::{Effort, measure};
    use crate::network::{EdgeList, Ring};

    fn figure_of(ties: &dyn crate::network::Ties) -> Figure {
        let caption =
            Caption { title: "A ring".to_owned(), network: "a ring".to_owned(), scenario: "ring".to_owned(), seed: 0 };
        network_figure(&measure(ties, None, &Effort::default()), &caption).expect("drawn")
    }

    #[test]
    fn a_few_numbers_have_a_bar_each_and_many_are_counted_together() {
        let bar = |label: &str, value| Bar { label: label.to_owned(), value };
        assert_eq!(binned(&[(2, 0.25), (4, 0.75)]), [bar("2", 0.25), bar("3", 0.0), bar("4", 0.75)]);
        let many = binned(&[(3, 0.5), (5, 0.25), (40, 0.25)]);
        assert_eq!(many, [bar("2–3", 0.5), bar("4–7", 0.25), bar("8–15", 0.0), bar("16–31", 0.0), bar("32–63", 0.25)]);
        let tail = binned(&[(1, 0.5), (3, 0.4995), (40, 0.0005)]);
        assert_eq!(tail, [bar("1", 0.5), bar("2", 0.0), bar("3", 0.4995), bar("4–40", 0.0005)]);
        assert_eq!(binned(&[]), []);
        let total: f64 = binned(&(0..100).map(|n| (n, 0.01)).collect::<Vec<_>>()).iter().map(|bar| bar.value).sum();
        assert!((total - 1.0).abs() < 1e-12);
    }

    #[test]
    fn ticks_of_shares_are_round() {
        let labels = |largest: f64| -> Vec<String> {
            share_axis(&[Bar { label: String::new(), value: largest }]).1.into_iter().map(|tick| tick.1).collect()
        };
        assert_eq!(labels(0.93), ["0\u{2009}%", "25\u{2009}%", "50\u{2009}%", "75\u{2009}%", "100\u{2009}%"]);
        assert_eq!(labels(0.09), ["0\u{2009}%", "2.5\u{2009}%", "5\u{2009}%", "7.5\u{2009}%", "10\u{2009}%"]);
        assert_eq!(labels(0.04)[1], "1.25\u{2009}%");
    }

    #[test]
    fn every_graph_can_be_drawn() {
        let figure = figure_of(&Ring::new(300, 10, 0.0, 0));
        assert!(figure.svg.contains("data-series=\"steps\"") && !figure.svg.contains("data-series=\"levels\""));
        assert!(figure.csv.contains("network,ties,10,,share of people by ties,mean,1,share"), "{}", figure.csv);
        for graph in [EdgeList::default(), EdgeList::try_new(3, &[]).expect("a graph").0] {
            assert!(figure_of(&graph).svg.contains("</svg>"));
        }
    }
}
