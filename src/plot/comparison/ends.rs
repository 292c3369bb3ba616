//! Labels of several lines at the end of lines; they never collide, and one that had to move gets a leader.

use super::super::canvas::{Anchor, Canvas};
use super::super::ends::{End, Room};
use super::super::{PlotError, labels, style};
use super::names::Name;

/// From the end of a line to its label.
const GAP: f64 = 14.0;
/// A label moved further than this gets a leader.
const MOVED: f64 = 3.0;
/// Between two labels.
const APART: f64 = 5.0;

/// Draws all labels, each in as many lines as it needs.
pub(super) fn draw(canvas: &mut Canvas, room: Room, ends: &[End]) -> Result<(), PlotError> {
    let most = ((room.bottom - room.top) / ends.len().max(1) as f64 - APART).max(style::SMALLEST);
    let texts: Vec<&str> = ends.iter().map(|end| end.text.as_str()).collect();
    let names = Name::fit_all(&texts, style::LABEL, room.right - room.left - GAP, most.min(72.0));
    let height = names.iter().map(Name::height).fold(0.0, f64::max) + APART;
    let wanted: Vec<f64> = ends.iter().map(|end| end.y).collect();
    let Some(heights) = labels::spread(&wanted, height, room.top, room.bottom) else { return Ok(()) };
    for ((end, name), y) in ends.iter().zip(&names).zip(heights) {
        canvas.group("label", &end.series, |pen| {
            if (y - end.y).abs() > MOVED {
                pen.segment((room.left + 1.5, end.y), (room.left + GAP - 3.0, y), style::HAIR, style::FAINT);
            }
            name.draw(pen, (room.left + GAP, y), style::for_text(end.colour), Anchor::Start, true);
        })?;
    }
    Ok(())
}
