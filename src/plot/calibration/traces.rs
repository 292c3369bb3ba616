//! Trace and rank plots of the numbers that mix worst.

use crate::fit::{Estimated, Fit};

use super::super::axis::Plot;
use super::super::canvas::Point;
use super::super::frame::{self, Rect};
use super::super::legend::{Entry, Legend, Symbol};
use super::super::table::{Row, Table};
use super::super::{Figure, PlotError, style};
use super::scale;

const NAME: &str = "calibration_traces";
/// Numbers shown.
const MOST: usize = 4;
/// Parts that ranks are counted in.
const PARTS: usize = 20;
/// Points of a trace, at most.
const POINTS: usize = 250;

/// Draws them; `None` where there are no chains.
pub(super) fn draw(fit: &Fit) -> Result<Option<Figure>, PlotError> {
    let mut numbers: Vec<&Estimated> = fit.numbers.iter().filter(|n| n.convergence.is_some()).collect();
    if numbers.is_empty() || fit.draws < 2 {
        return Ok(None);
    }
    let least = |n: &Estimated| n.convergence.map_or(f64::INFINITY, |c| c.bulk.min(c.tail));
    numbers.sort_by(|a, b| least(a).total_cmp(&least(b)).then(a.name.cmp(&b.name)));
    numbers.truncate(MOST);
    let mut page = super::open(
        fit,
        NAME,
        "Whether the chains agree",
        "Left: draws in order; right: ranks of each chain's draws, level when chains agree. The numbers with the fewest effective draws",
        "Trace plots and rank histograms by chain.",
    )?;
    let chains = fit.chains.min(6);
    let entries = (0..chains)
        .map(|c| Entry { symbol: Symbol::Line(style::series_colour(c)), text: format!("Chain {}", c + 1) })
        .collect();
    let legend = Legend::arrange(entries, page.body.width());
    let top = page.body.bottom - legend.height();
    legend.draw(&mut page.canvas, (page.body.left, top))?;
    let body = Rect { bottom: top - 4.0, ..page.body };
    let mut table = Table::new(NAME);
    let panels = frame::panels_in(body, 2 * numbers.len(), 2, 10.0);
    for (pair, number) in panels.chunks(2).zip(&numbers) {
        let c = number.convergence.expect("chosen for having it");
        let fact = format!("R-hat {:.3}, ESS {:.0}, tail {:.0}", c.r_hat, c.bulk, c.tail);
        let area = frame::header(&mut page.canvas, &pair[0], &super::short_name(&number.name), &fact)?;
        let span = scale::range(number.draws.iter().copied());
        let plot = Plot { area, time: (0.0, fit.draws as f64), low: span.0, high: span.1 };
        let ticks: Vec<(f64, String)> = scale::ticks(span, 3).into_iter().map(|t| (t, scale::label(t))).collect();
        scale::beside(&mut page.canvas, &plot, &ticks, 10.0)?;
        let step = (fit.draws / POINTS).max(1);
        for (chain, draws) in number.draws.chunks(fit.draws).take(chains).enumerate() {
            let line: Vec<Point> = draws.iter().enumerate().step_by(step).map(|(i, x)| plot.at(i as f64, *x)).collect();
            page.canvas.group("trace", &format!("chain {}", chain + 1), |pen| {
                pen.line(&line, 0.6, style::series_colour(chain), None);
            })?;
        }
        let area = frame::header(&mut page.canvas, &pair[1], "ranks by chain", "")?;
        let counts = ranks(number, fit.draws);
        let even = fit.draws as f64 / PARTS as f64;
        let high = counts.iter().flatten().copied().fold(2.0 * even, f64::max);
        let plot = Plot { area, time: (0.0, PARTS as f64), low: 0.0, high };
        page.canvas.group("even", "", |pen| {
            pen.segment(plot.at(0.0, even), plot.at(PARTS as f64, even), style::HAIR, style::AXIS);
            pen.segment(plot.at(0.0, 0.0), plot.at(PARTS as f64, 0.0), style::HAIR, style::AXIS);
        })?;
        for (chain, counts) in counts.iter().take(chains).enumerate() {
            let steps: Vec<Point> = counts
                .iter()
                .enumerate()
                .flat_map(|(i, n)| [plot.at(i as f64, *n), plot.at(i as f64 + 1.0, *n)])
                .collect();
            let series = format!("chain {}", chain + 1);
            page.canvas.group("ranks", &series, |pen| pen.line(&steps, 1.0, style::series_colour(chain), None))?;
            for (part, n) in counts.iter().enumerate() {
                let part = part.to_string();
                let row =
                    Row { panel: &number.name, series: &series, date: &part, quantity: "draws in rank part", unit: "" };
                table.number(row, "count", *n);
            }
        }
    }
    Ok(Some(Figure { name: NAME.to_owned(), svg: page.close(), csv: table.write()? }))
}

/// For each chain, how many of its draws rank in each of [`PARTS`] equal parts of all.
fn ranks(number: &Estimated, length: usize) -> Vec<Vec<f64>> {
    let mut order: Vec<usize> = (0..number.draws.len()).collect();
    order.sort_by(|&a, &b| number.draws[a].total_cmp(&number.draws[b]).then(a.cmp(&b)));
    let mut counts = vec![vec![0.0; PARTS]; number.draws.len().div_ceil(length)];
    for (rank, &draw) in order.iter().enumerate() {
        counts[draw / length][rank * PARTS / order.len()] += 1.0;
    }
    counts
}
