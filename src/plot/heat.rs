//! Maps of shares in colour: classes, their key, and rows of cells over time.

use crate::units::Month;

use super::PlotError;
use super::axis::{self, Plot};
use super::canvas::{Anchor, Canvas, Point, TextLook};
use super::fan::Curve;
use super::style::{self, Colour};

/// Lower bounds of the classes of colour; finer near zero, where small layers live.
const CLASSES: [f64; 12] = [0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// Height of the key.
pub(super) const KEY_HEIGHT: f64 = 30.0;
/// Size of a box of the key.
const BOX: (f64, f64) = (34.0, 11.0);

/// Colour of a share.
pub(super) fn colour(share: f64) -> Colour {
    if !share.is_finite() {
        return style::MISSING;
    }
    let class = CLASSES.partition_point(|&bound| bound <= share).saturating_sub(1);
    style::sequential(class as f64 / (CLASSES.len() - 1) as f64)
}

/// Draws the key with its upper left corner at `corner`.
pub(super) fn key(canvas: &mut Canvas, corner: Point) -> Result<(), PlotError> {
    canvas.group("legend", "", |pen| {
        let look = TextLook::new(style::LEGEND, style::SOFT).at(Anchor::Middle);
        let bounds = CLASSES.iter().copied().chain([1.0]);
        for (i, bound) in bounds.enumerate() {
            let x = corner.0 + i as f64 * BOX.0;
            if i < CLASSES.len() {
                pen.rectangle((x, corner.1), (x + BOX.0, corner.1 + BOX.1), colour(bound));
            }
            let text = if i == CLASSES.len() { axis::percent(bound) } else { axis::percent_number(bound) };
            pen.text(&text, (x, corner.1 + BOX.1 + 10.0), look);
        }
    })
}

/// The time range of a map of `dates`: each date covers the time since the one before.
pub(super) fn time_range(dates: &[Month]) -> (f64, f64) {
    match dates {
        [first, second, ..] => {
            let (from, to) = axis::time_range(dates);
            (from - (axis::place(*second) - axis::place(*first)).min(1.0), to)
        }
        _ => axis::time_range(dates),
    }
}

/// Draws one row of cells between two heights; neighbours of one class are one cell.
pub(super) fn row(
    canvas: &mut Canvas,
    plot: &Plot,
    (top, bottom): (f64, f64),
    series: &str,
    curve: &Curve,
) -> Result<(), PlotError> {
    let mut runs: Vec<(f64, f64, Colour)> = Vec::new();
    let mut from = plot.time.0;
    for (date, estimate) in curve {
        let to = if curve.len() == 1 { plot.time.1 } else { axis::place(*date) };
        let shade = colour(estimate.median());
        match runs.last_mut() {
            Some(run) if run.2 == shade => run.1 = to,
            _ => runs.push((from, to, shade)),
        }
        from = to;
    }
    canvas.group("row", series, |pen| {
        for (from, to, shade) in runs {
            pen.rectangle((plot.x(from), top), (plot.x(to), bottom), shade);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_change_at_their_bounds() {
        assert_eq!(colour(0.0), colour(0.009));
        assert_ne!(colour(0.009), colour(0.01));
        assert_eq!(colour(0.95), colour(1.0));
        assert_eq!(colour(-1.0), colour(0.0));
        assert_eq!(colour(f64::NAN), style::MISSING);
    }
}
