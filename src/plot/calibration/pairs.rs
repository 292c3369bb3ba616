//! Pairs of numbers that the statistics tie together.

use crate::fit::{Estimated, Fit, Role};

use super::super::axis::Plot;
use super::super::canvas::{Anchor, TextLook};
use super::super::frame::Rect;
use super::super::table::{Row, Table};
use super::super::{Figure, PlotError, font, style};
use super::scale;

const NAME: &str = "calibration_pairs";
/// Numbers shown.
const MOST: usize = 6;
/// Dots in a plot.
const DOTS: usize = 250;

/// Draws the numbers that correlate most with others; `None` with fewer than two.
pub(super) fn draw(fit: &Fit) -> Result<Option<Figure>, PlotError> {
    let numbers: Vec<&Estimated> = fit.numbers.iter().filter(|n| matches!(n.role, Role::Law | Role::PerUser)).collect();
    if numbers.len() < 2 || numbers[0].draws.len() < 3 {
        return Ok(None);
    }
    let mut strength: Vec<(f64, usize)> = (0..numbers.len())
        .map(|i| {
            let others = (0..numbers.len()).filter(|j| *j != i);
            (others.map(|j| correlation(numbers[i], numbers[j]).abs()).fold(0.0, f64::max), i)
        })
        .collect();
    strength.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut chosen: Vec<usize> = strength.iter().take(MOST).map(|s| s.1).collect();
    chosen.sort_unstable();
    let mut page = super::open(
        fit,
        NAME,
        "Numbers that the statistics tie together",
        "Each dot is a draw; r: correlation. The numbers that correlate most with another are shown",
        "Scatter plots of pairs of estimated numbers.",
    )?;
    let count = chosen.len();
    let names: Vec<String> = chosen.iter().map(|&i| super::short_name(&numbers[i].name)).collect();
    let label = names.iter().map(|n| font::text_width(n, 11.0)).fold(0.0, f64::max).min(240.0) + 44.0;
    let body = Rect { left: page.body.left + label, bottom: page.body.bottom - 30.0, ..page.body };
    let (width, height) = (body.width() / (count - 1) as f64, body.height() / (count - 1) as f64);
    let mut table = Table::new(NAME);
    for row in 1..count {
        for column in 0..row {
            let (x, y) = (numbers[chosen[column]], numbers[chosen[row]]);
            let left = body.left + column as f64 * width;
            let top = body.top + (row - 1) as f64 * height;
            let area = Rect { left: left + 4.0, top: top + 4.0, right: left + width - 6.0, bottom: top + height - 4.0 };
            let q = |n: &Estimated| scale::range([n.quantiles[0], n.quantiles[6]].into_iter());
            let (across, up) = (q(x), q(y));
            let plot = Plot { area, time: across, low: up.0, high: up.1 };
            let r = correlation(x, y);
            page.canvas.group("pairs", &format!("{} x {}", x.name, y.name), |pen| {
                pen.rectangle((area.left, area.top), (area.right, area.bottom), style::MISSING);
                let step = (x.draws.len() / DOTS).max(1);
                for (a, b) in x.draws.iter().zip(&y.draws).step_by(step) {
                    if (across.0..=across.1).contains(a) && (up.0..=up.1).contains(b) {
                        pen.disc(plot.at(*a, *b), 1.2, style::series_colour(0));
                    }
                }
                let look = TextLook::new(11.0, style::INK).at(Anchor::End).bold();
                let text = format!("r {r:.2}");
                let (across, down) = (area.right - 6.0 - font::text_width(&text, 11.5), area.top + 15.0);
                pen.rectangle((across, area.top), (area.right, down), style::MISSING);
                pen.text(&text, (area.right - 3.0, area.top + 8.0), look);
            })?;
            if row + 1 == count {
                scale::below(&mut page.canvas, &plot, &scale::ticks(across, 3), 10.0)?;
            }
            let both = Row { panel: &x.name, series: &y.name, date: "", quantity: "correlation", unit: "" };
            table.number(both, "draws", r);
        }
    }
    page.canvas.group("names", "", |pen| {
        for (row, name) in names.iter().enumerate().skip(1) {
            let y = body.top + (row as f64 - 0.5) * height;
            let text = font::fit(name, 11.0, label - 12.0);
            pen.text(&text, (body.left - 8.0, y), TextLook::new(11.0, style::INK).at(Anchor::End));
        }
        for (column, name) in names.iter().take(count - 1).enumerate() {
            let x = body.left + (column as f64 + 0.5) * width;
            let text = font::fit(name, 10.5, width - 4.0);
            pen.text(&text, (x, body.bottom + 24.0), TextLook::new(10.5, style::INK).at(Anchor::Middle));
        }
    })?;
    Ok(Some(Figure { name: NAME.to_owned(), svg: page.close(), csv: table.write()? }))
}

fn correlation(a: &Estimated, b: &Estimated) -> f64 {
    let n = a.draws.len() as f64;
    let covariance = a.draws.iter().zip(&b.draws).map(|(x, y)| (x - a.mean) * (y - b.mean)).sum::<f64>() / (n - 1.0);
    if a.sd > 0.0 && b.sd > 0.0 { covariance / (a.sd * b.sd) } else { 0.0 }
}
