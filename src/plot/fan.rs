//! A curve with its uncertainty: median line, darker 50 % band, lighter 80 % band.
//!
//! The bands are quantiles over members, the same 80 % that tables and sentences report.

use crate::series::{Estimate, Projection, Quantity};
use crate::units::Month;

use super::PlotError;
use super::axis::{self, Plot};
use super::canvas::{Canvas, Point};
use super::style::{self, Colour};

/// The darker band, then the lighter: positions of their quantiles.
const INNER: (usize, usize) = (2, 4);
const OUTER: (usize, usize) = (1, 5);

/// Estimates by date; those that are not finite are left out.
pub(super) type Curve = Vec<(Month, Estimate)>;

/// One quantity of one layer and group over all dates.
pub(super) fn curve(projection: &Projection, layer: usize, group: usize, quantity: Quantity) -> Curve {
    let dates = projection.dates.iter().enumerate();
    dates
        .map(|(date, &month)| (month, *projection.estimate(layer, group, date, quantity)))
        .filter(|(_, estimate)| estimate.quantiles.iter().all(|q| q.is_finite()))
        .collect()
}

/// How a curve looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Colour of line and bands.
    pub colour: Colour,
    /// Dash of the line.
    pub dash: Option<(f64, f64)>,
    /// Whether the bands are drawn.
    pub banded: bool,
    /// Whether the curve is a single member: thin and faint.
    pub single: bool,
}

impl Look {
    /// The look of the series at `position` among its like.
    pub fn of(projection: &Projection, position: usize, banded: bool) -> Self {
        Self {
            colour: style::series_colour(position),
            dash: style::series_dash(position),
            banded: banded && projection.members > 1,
            single: projection.members <= 1,
        }
    }
}

/// Draws the bands of a curve.
pub(super) fn bands(
    canvas: &mut Canvas,
    plot: &Plot,
    series: &str,
    curve: &Curve,
    look: Look,
) -> Result<(), PlotError> {
    bands_between(canvas, plot, series, curve, look, [OUTER, INNER])
}

/// Draws the bands between other quantiles (their positions), the lighter first.
pub(super) fn bands_between(
    canvas: &mut Canvas,
    plot: &Plot,
    series: &str,
    curve: &Curve,
    look: Look,
    [outer, inner]: [(usize, usize); 2],
) -> Result<(), PlotError> {
    if !look.banded {
        return Ok(());
    }
    canvas.group("band", series, |pen| {
        pen.polygon(&band(plot, curve, outer), look.colour, style::OUTER_BAND);
        pen.polygon(&band(plot, curve, inner), look.colour, style::INNER_BAND);
    })
}

/// Outlines the lighter band, so that bands that overlap can be told apart.
pub(super) fn edges(
    canvas: &mut Canvas,
    plot: &Plot,
    series: &str,
    curve: &Curve,
    look: Look,
) -> Result<(), PlotError> {
    if !look.banded {
        return Ok(());
    }
    canvas.group("edge", series, |pen| {
        for level in [OUTER.0, OUTER.1] {
            let points: Vec<Point> =
                curve.iter().map(|(date, e)| plot.at(axis::place(*date), e.quantiles[level])).collect();
            pen.line(&points, style::HAIR, look.colour, None);
        }
    })
}

/// Draws the median of a curve.
pub(super) fn median(
    canvas: &mut Canvas,
    plot: &Plot,
    series: &str,
    curve: &Curve,
    look: Look,
) -> Result<(), PlotError> {
    let points: Vec<Point> = curve.iter().map(|(date, e)| plot.at(axis::place(*date), e.median())).collect();
    let width = if look.single { style::LINE_SINGLE } else { style::LINE };
    canvas.group("median", series, |pen| match points.as_slice() {
        [only] => pen.disc(*only, style::MARK, look.colour),
        several => pen.line(several, width, look.colour, look.dash),
    })
}

fn band(plot: &Plot, curve: &Curve, (low, high): (usize, usize)) -> Vec<Point> {
    // A single date has no width of its own.
    let half = if curve.len() == 1 { 0.02 * (plot.time.1 - plot.time.0) } else { 0.0 };
    let edge = |level: usize, side: f64| {
        move |(date, estimate): &(Month, Estimate)| plot.at(axis::place(*date) + side, estimate.quantiles[level])
    };
    let mut corners: Vec<Point> = curve.iter().map(edge(high, -half)).collect();
    if half > 0.0 {
        corners.extend(curve.iter().map(edge(high, half)));
        corners.extend(curve.iter().map(edge(low, half)));
    }
    corners.extend(curve.iter().rev().map(edge(low, -half)));
    corners
}
