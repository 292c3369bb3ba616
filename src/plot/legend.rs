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

/// Entries in columns.
pub(super) struct Legend {
    entries: Vec<Entry>,
    columns: usize,
    column: f64,
}

impl Legend {
    /// Arranges `entries` in `width` pixels, column by column.
    pub fn arrange(mut entries: Vec<Entry>, width: f64) -> Self {
        let widest = entries.iter().map(|e| font::text_width(&e.text, style::LEGEND) + SYMBOL).fold(0.0, f64::max);
        let column_of = |columns: usize| (width - BETWEEN * (columns - 1) as f64) / columns as f64;
        let fewest = if entries.len() > 3 { 2 } else { 1 };
        let columns = (fewest..=4).rev().find(|&c| column_of(c) >= widest).unwrap_or(fewest);
        if entries.len() > columns * MOST_ROWS {
            let left = entries.len() - (columns * MOST_ROWS - 1);
            entries.truncate(columns * MOST_ROWS - 1);
            entries.push(Entry { symbol: Symbol::None, text: format!("and {left} more, listed in the CSV file") });
        }
        Self { entries, columns, column: column_of(columns) }
    }

    fn rows(&self) -> usize {
        self.entries.len().div_ceil(self.columns)
    }

    /// Height in pixels.
    pub fn height(&self) -> f64 {
        self.rows() as f64 * style::LEGEND_ROW
    }

    /// Draws with the upper left corner at `corner`.
    pub fn draw(&self, canvas: &mut Canvas, corner: Point) -> Result<(), PlotError> {
        canvas.group("legend", "", |pen| {
            for (i, entry) in self.entries.iter().enumerate() {
                let (column, row) = (i / self.rows(), i % self.rows());
                let x = corner.0 + column as f64 * (self.column + BETWEEN);
                let y = corner.1 + (row as f64 + 0.5) * style::LEGEND_ROW;
                match entry.symbol {
                    Symbol::None => {}
                    Symbol::Fan => {
                        pen.polygon(&bar(x, y, 6.5), style::BASELINE, style::OUTER_BAND * 1.5);
                        pen.polygon(&bar(x, y, 3.5), style::BASELINE, style::INNER_BAND * 1.5);
                        pen.segment((x, y), (x + 18.0, y), style::LINE, style::BASELINE);
                    }
                    Symbol::Line(colour) => pen.segment((x, y), (x + 18.0, y), style::LINE_SINGLE, colour),
                    Symbol::Mark(shape) => marks::draw(pen, (x + 9.0, y), style::MARK, shape),
                }
                let text = font::fit(&entry.text, style::LEGEND, self.column - SYMBOL);
                pen.text(&text, (x + SYMBOL, y), TextLook::new(style::LEGEND, style::SOFT));
            }
        })
    }
}

fn bar(x: f64, y: f64, half: f64) -> [Point; 4] {
    [(x, y - half), (x + 18.0, y - half), (x + 18.0, y + half), (x, y + half)]
}

/// The entry that names the levels of a fan.
pub(super) fn levels(members: usize) -> Entry {
    if members > 1 {
        Entry { symbol: Symbol::Fan, text: "Median; darker 50 %, lighter 80 % of members".to_owned() }
    } else {
        Entry { symbol: Symbol::Line(style::BASELINE), text: "A single member: no interval".to_owned() }
    }
}
