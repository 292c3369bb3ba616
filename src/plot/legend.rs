//! The key below a figure: never over the data, in as few rows as the words allow.

use super::canvas::{Canvas, Point, TextLook};
use super::marks::{self, Shape};
use super::style::{self, Colour};
use super::{PlotError, font};

/// From the left of a symbol to its words.
const SYMBOL: f64 = 26.0;
/// Between columns.
const BETWEEN: f64 = 20.0;
/// Most rows; what is left over is counted in the last entry.
const MOST_ROWS: usize = 6;

/// What stands before the words.
#[derive(Clone, Copy, Debug)]
pub(super) enum Symbol {
    /// Nothing: a note.
    None,
    /// Median and bands.
    Fan,
    /// A single line.
    Line(Colour),
    /// A filled area.
    Block(Colour),
    /// An observation's mark.
    Mark(Shape),
}

/// One entry.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Symbol.
    pub symbol: Symbol,
    /// Words.
    pub text: String,
}

/// Entries in columns, filled one after the other.
pub(super) struct Legend {
    entries: Vec<Entry>,
    columns: Vec<f64>,
    size: f64,
}

impl Legend {
    /// Arranges `entries` in `width` pixels, in as many columns as hold their words whole; when none do, in two at the largest
    /// size that holds them whole, and at the smallest size their words are cut.
    pub fn arrange(mut entries: Vec<Entry>, width: f64) -> Self {
        let fewest = if entries.len() > 3 { 2 } else { 1 };
        let fits = |columns: usize, size: f64| total(&wanted(&entries, columns, size)) <= width;
        let count = (fewest..=4).rev().find(|&columns| fits(columns, style::LEGEND)).unwrap_or(fewest);
        if entries.len() > count * MOST_ROWS {
            let left = entries.len() - (count * MOST_ROWS - 1);
            entries.truncate(count * MOST_ROWS - 1);
            entries.push(Entry { symbol: Symbol::None, text: format!("and {left} more, listed in the CSV file") });
        }
        let mut size = style::LEGEND;
        while size > style::LEGEND_MIN && total(&wanted(&entries, count, size)) > width {
            size = (size - 0.25).max(style::LEGEND_MIN);
        }
        let columns = wanted(&entries, count, size);
        let room = width - BETWEEN * columns.len().saturating_sub(1) as f64;
        Self { entries, columns: share_out(&columns, room), size }
    }

    fn rows(&self) -> usize {
        self.entries.len().div_ceil(self.columns.len().max(1)).max(1)
    }

    /// Height in pixels.
    pub fn height(&self) -> f64 {
        self.rows() as f64 * style::LEGEND_ROW
    }

    /// Draws with the upper left corner at `corner`.
    pub fn draw(&self, canvas: &mut Canvas, corner: Point) -> Result<(), PlotError> {
        // Notes alone have no symbols to stand beside.
        let notes = self.entries.iter().all(|entry| matches!(entry.symbol, Symbol::None));
        let indent = if notes { 0.0 } else { SYMBOL };
        canvas.group("legend", "", |pen| {
            for (i, entry) in self.entries.iter().enumerate() {
                let (column, row) = (i / self.rows(), i % self.rows());
                let x = corner.0 + self.columns[..column].iter().map(|width| width + BETWEEN).sum::<f64>();
                let y = corner.1 + (row as f64 + 0.5) * style::LEGEND_ROW;
                match entry.symbol {
                    Symbol::None => {}
                    Symbol::Fan => {
                        pen.polygon(&bar(x, y, 6.5), style::BASELINE, style::OUTER_BAND * 1.5);
                        pen.polygon(&bar(x, y, 3.5), style::BASELINE, style::INNER_BAND * 1.5);
                        pen.segment((x, y), (x + 18.0, y), style::LINE, style::BASELINE);
                    }
                    Symbol::Line(colour) => pen.segment((x, y), (x + 18.0, y), style::LINE_SINGLE, colour),
                    Symbol::Block(colour) => pen.polygon(&bar(x, y, 5.0), colour, 1.0),
                    Symbol::Mark(shape) => marks::draw(pen, (x + 9.0, y), style::MARK, shape),
                }
                let text = font::fit(&entry.text, self.size, self.columns[column] - SYMBOL);
                pen.text(&text, (x + indent, y), TextLook::new(self.size, style::SOFT));
            }
        })
    }
}

/// Widths that `entries` take in `columns` columns.
fn wanted(entries: &[Entry], columns: usize, size: f64) -> Vec<f64> {
    let rows = entries.len().div_ceil(columns).max(1);
    let width = |entry: &Entry| font::text_width(&entry.text, size) + SYMBOL;
    entries.chunks(rows).map(|chunk| chunk.iter().map(width).fold(0.0, f64::max)).collect()
}

fn total(columns: &[f64]) -> f64 {
    columns.iter().sum::<f64>() + BETWEEN * columns.len().saturating_sub(1) as f64
}

/// Widths of columns that want `wanted` and have `room` together: narrow ones get what they want, the wide ones equal parts of the rest.
fn share_out(wanted: &[f64], room: f64) -> Vec<f64> {
    let mut ascending = wanted.to_vec();
    ascending.sort_by(f64::total_cmp);
    let (mut left, mut limit) = (room, f64::INFINITY);
    for (position, &want) in ascending.iter().enumerate() {
        let part = left / (ascending.len() - position) as f64;
        if want > part {
            limit = part;
            break;
        }
        left -= want;
    }
    wanted.iter().map(|want| want.min(limit)).collect()
}

fn bar(x: f64, y: f64, half: f64) -> [Point; 4] {
    [(x, y - half), (x + 18.0, y - half), (x + 18.0, y + half), (x, y + half)]
}

/// The entry that names the levels of a fan, or says that there is none.
pub(super) fn levels(members: usize, banded: bool) -> Entry {
    if members > 1 && !banded {
        Entry { symbol: Symbol::Line(style::BASELINE), text: "Median of members".to_owned() }
    } else if members > 1 {
        Entry { symbol: Symbol::Fan, text: "Median; darker 50 %, lighter 80 % of members".to_owned() }
    } else {
        Entry { symbol: Symbol::Line(style::BASELINE), text: "A single member: no interval".to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_columns_leave_their_room_to_wide_ones() {
        assert_eq!(share_out(&[30.0, 40.0], 100.0), vec![30.0, 40.0]);
        assert_eq!(share_out(&[30.0, 90.0], 100.0), vec![30.0, 70.0]);
        assert_eq!(share_out(&[80.0, 90.0], 100.0), vec![50.0, 50.0]);
        assert_eq!(share_out(&[], 100.0), Vec::<f64>::new());
    }
}
