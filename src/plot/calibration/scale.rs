//! Plain number axes, and the small plots made of them.

use super::super::PlotError;
use super::super::axis::Plot;
use super::super::canvas::{Anchor, Canvas, TextLook};
use super::super::style;

/// The range of finite values, a little widened; never empty.
pub(super) fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|v| v.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if low > high {
        return (0.0, 1.0);
    }
    let margin = ((high - low) * 0.04).max(high.abs() * 1e-6).max(1e-9);
    (low - margin, high + margin)
}

/// About three round values inside a range.
pub(super) fn ticks((low, high): (f64, f64), most: usize) -> Vec<f64> {
    let raw = (high - low) / most.max(1) as f64;
    let power = libm::pow(10.0, libm::log10(raw).floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|f| f * power).into_iter().find(|s| *s >= raw * 0.999).unwrap_or(raw);
    let first = (low / step).ceil() as i64;
    (first..).map(|i| i as f64 * step).take_while(|v| *v <= high + step * 1e-9).take(20).collect()
}

/// A number with as many digits as its size needs.
pub(super) fn label(value: f64) -> String {
    let size = value.abs();
    let text = if size >= 100.0 || value == 0.0 {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else if size >= 0.095 {
        format!("{value:.2}")
    } else if size >= 0.0095 {
        format!("{value:.3}")
    } else {
        format!("{value:.4}")
    };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Labels numbers below a plot, and marks them.
pub(super) fn below(canvas: &mut Canvas, plot: &Plot, numbers: &[f64], size: f64) -> Result<(), PlotError> {
    let area = plot.area;
    canvas.group("ticks", "", |pen| {
        pen.segment((area.left, area.bottom), (area.right, area.bottom), style::HAIR, style::AXIS);
        for number in numbers {
            let x = plot.x(*number);
            pen.segment((x, area.bottom), (x, area.bottom + 3.0), style::HAIR, style::AXIS);
            pen.text(
                &label(*number),
                (x, area.bottom + 4.0 + size * 0.75),
                TextLook::new(size, style::SOFT).at(Anchor::Middle),
            );
        }
    })
}

/// Labels numbers left of a plot, with grid lines.
pub(super) fn beside(canvas: &mut Canvas, plot: &Plot, numbers: &[(f64, String)], size: f64) -> Result<(), PlotError> {
    let area = plot.area;
    canvas.group("grid", "", |pen| {
        for (number, text) in numbers {
            let (y, colour) = (plot.y(*number), if *number == 0.0 { style::AXIS } else { style::GRID });
            pen.segment((area.left, y), (area.right, y), style::HAIR, colour);
            pen.text(text, (area.left - 6.0, y), TextLook::new(size, style::SOFT).at(Anchor::End));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks((0.13, 0.87), 3), [0.5]);
        assert_eq!(ticks((-1.2, 2.2), 4), [-1.0, 0.0, 1.0, 2.0]);
        assert_eq!(label(0.05), "0.05");
        assert_eq!(label(1.0), "1");
        assert_eq!(label(-12.34), "-12.3");
        assert!(range(std::iter::empty()) == (0.0, 1.0));
    }
}
