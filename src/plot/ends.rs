//! Labels at the end of lines, in the lines' colours, with a leader where a label had to move.

use super::canvas::{Canvas, TextLook};
use super::style::{self, Colour};
use super::{PlotError, font, labels};

/// From the end of a line to its label.
const GAP: f64 = 12.0;
/// A label moved further than this gets a leader.
const MOVED: f64 = 3.0;

/// One label.
#[derive(Clone, Debug)]
pub(super) struct End {
    /// Series it names.
    pub series: String,
    /// Words.
    pub text: String,
    /// Height of the line's end, in pixels.
    pub y: f64,
    /// Colour of the line.
    pub colour: Colour,
}

/// Where labels may stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Where the lines end.
    pub left: f64,
    /// Where labels must end.
    pub right: f64,
    /// Highest pixel.
    pub top: f64,
    /// Lowest pixel.
    pub bottom: f64,
}

/// Width to keep free right of a plot for `texts`, at most `most`.
pub(super) fn margin<'a>(texts: impl Iterator<Item = &'a str>, most: f64) -> f64 {
    let widest = texts.map(|text| font::bold_width(text, style::LABEL)).fold(0.0, f64::max);
    if widest == 0.0 { 0.0 } else { (widest + GAP).min(most) }
}

/// Draws the labels that fit, smaller where they are many; when even the smallest do not, those of the highest lines.
pub(super) fn draw(canvas: &mut Canvas, room: Room, ends: &[End]) -> Result<(), PlotError> {
    let width = room.right - room.left - GAP;
    let (size, kept, heights) = arrange(room, ends, fitting(ends, width));
    for (end, y) in kept.iter().zip(heights) {
        canvas.group("label", &end.series, |pen| {
            if (y - end.y).abs() > MOVED {
                pen.line(&[(room.left + 1.5, end.y), (room.left + GAP - 2.5, y)], style::HAIR, style::FAINT, None);
            }
            let look = TextLook::new(size, style::for_text(end.colour)).bold();
            pen.text(&font::fit(&end.text, size * 1.08, width), (room.left + GAP, y), look);
        })?;
    }
    Ok(())
}

/// The largest size at which no label is wider than `width`, within the sizes allowed.
fn fitting(ends: &[End], width: f64) -> f64 {
    let widest = ends.iter().map(|end| font::bold_width(&end.text, style::LABEL)).fold(0.0, f64::max);
    if widest <= width { style::LABEL } else { (style::LABEL * width / widest).max(style::SMALLEST) }
}

fn arrange(room: Room, ends: &[End], largest: f64) -> (f64, Vec<&End>, Vec<f64>) {
    let mut kept: Vec<&End> = ends.iter().filter(|end| end.y.is_finite()).collect();
    let mut size = largest;
    loop {
        let wanted: Vec<f64> = kept.iter().map(|end| end.y).collect();
        if let Some(heights) = labels::spread(&wanted, size * style::LABEL_LEADING, room.top, room.bottom) {
            return (size, kept, heights);
        }
        if size > style::SMALLEST {
            size = (size - 0.5).max(style::SMALLEST);
        } else {
            // Upwards is towards smaller y.
            kept.sort_by(|a, b| a.y.total_cmp(&b.y));
            kept.truncate(labels::capacity(size * style::LABEL_LEADING, room.top, room.bottom));
        }
    }
}
