//! Posterior against prior: a small plot for each number.

use crate::fit::{Estimated, Fit, Role};

use super::super::axis::Plot;
use super::super::canvas::{Anchor, Canvas, Point, TextLook};
use super::super::frame::{self, MOST_PANELS, Rect};
use super::super::legend::{Entry, Legend, Symbol};
use super::super::table::{Row, Table};
use super::super::{Figure, PlotError, style};
use super::scale;

/// Bars of a histogram.
const BARS: usize = 36;

/// Draws the numbers of some roles; `None` without any.
pub(super) fn draw(
    fit: &Fit,
    name: &str,
    shows: &str,
    keep: impl Fn(Role) -> bool,
) -> Result<Option<Figure>, PlotError> {
    let numbers: Vec<&Estimated> = fit.numbers.iter().filter(|n| keep(n.role)).take(MOST_PANELS).collect();
    if numbers.is_empty() {
        return Ok(None);
    }
    let mut page = super::open(
        fit,
        name,
        &format!("{shows}: before and after the statistics"),
        "Grey: prior; blue: posterior. Where both look alike, the statistics say nothing and the prior decides",
        "A small plot for each number, the distribution of its draws over that of its prior.",
    )?;
    let entries = vec![
        Entry { symbol: Symbol::Line(style::BASELINE), text: "Prior".to_owned() },
        Entry {
            symbol: Symbol::Line(style::series_colour(0)),
            text: "Posterior; w: its width over the prior's".to_owned(),
        },
    ];
    let legend = Legend::arrange(entries, page.body.width());
    let top = page.body.bottom - legend.height();
    legend.draw(&mut page.canvas, (page.body.left, top))?;
    let body = Rect { left: page.body.left - 30.0, right: page.body.right - 26.0, bottom: top - 2.0, ..page.body };
    let mut table = Table::new(name);
    let columns = if numbers.len() > 12 { 5 } else { 4 };
    for (panel, number) in frame::panels_in(body, numbers.len(), columns.min(numbers.len()), 20.0).iter().zip(&numbers)
    {
        let cell = Rect { right: panel.cell.right + 26.0, ..panel.cell };
        let panel = frame::Panel { cell, ..*panel };
        let area = frame::header(&mut page.canvas, &panel, &super::short_name(&number.name), "")?;
        let q = |x: &crate::fit::Quantiles| [x[0], x[6]];
        let span = scale::range(q(&number.prior_quantiles).into_iter().chain(q(&number.quantiles)));
        let prior = histogram(&number.prior_draws, span);
        let posterior = histogram(&number.draws, span);
        let high = prior.iter().chain(&posterior).copied().fold(0.0, f64::max).max(1e-12);
        let plot = Plot { area, time: span, low: 0.0, high };
        outline(&mut page.canvas, &plot, "prior", &prior, style::BASELINE, 0.30)?;
        outline(&mut page.canvas, &plot, "posterior", &posterior, style::series_colour(0), 0.35)?;
        scale::below(&mut page.canvas, &plot, &scale::ticks(span, 3), 10.0)?;
        page.canvas.group("width", &number.name, |pen| {
            let look = TextLook::new(10.5, style::SOFT).at(Anchor::End);
            pen.text(&format!("w {:.2}", number.contraction), (area.right, area.top + 6.0), look);
        })?;
        for (series, quantiles) in [("prior", &number.prior_quantiles), ("posterior", &number.quantiles)] {
            let row = Row { panel: &number.name, series, date: "", quantity: number.role.name(), unit: &number.unit };
            for (statistic, at) in [("q10", 1), ("median", 3), ("q90", 5)] {
                table.number(row, statistic, quantiles[at]);
            }
        }
    }
    Ok(Some(Figure { name: name.to_owned(), svg: page.close(), csv: table.write()? }))
}

/// Shares of values in equal parts of a range, smoothed a little.
fn histogram(values: &[f64], (low, high): (f64, f64)) -> Vec<f64> {
    let mut bars = vec![0.0; BARS];
    for value in values.iter().filter(|v| (low..=high).contains(*v)) {
        bars[(((value - low) / (high - low) * BARS as f64) as usize).min(BARS - 1)] += 1.0 / values.len() as f64;
    }
    let at = |i: isize| bars[i.clamp(0, BARS as isize - 1) as usize];
    (0..BARS as isize).map(|i| 0.25 * at(i - 1) + 0.5 * at(i) + 0.25 * at(i + 1)).collect()
}

fn outline(
    canvas: &mut Canvas,
    plot: &Plot,
    series: &str,
    bars: &[f64],
    colour: style::Colour,
    opacity: f64,
) -> Result<(), PlotError> {
    let (low, high) = plot.time;
    let place = |i: usize| low + (high - low) * (i as f64 + 0.5) / BARS as f64;
    let line: Vec<Point> = bars.iter().enumerate().map(|(i, bar)| plot.at(place(i), *bar)).collect();
    let mut corners = line.clone();
    corners.push((line[line.len() - 1].0, plot.area.bottom));
    corners.push((line[0].0, plot.area.bottom));
    canvas.group("density", series, |pen| {
        pen.polygon(&corners, colour, opacity);
        pen.line(&line, style::LINE_SINGLE, colour, None);
    })
}
