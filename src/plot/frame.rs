//! The page every figure shares: title, subtitle, footer, and the division of what lies between into panels.

use crate::series::Projection;

use super::canvas::{Anchor, Canvas, Point, TextLook};
use super::{Footer, PlotError, font, style};

/// Middle of the title.
const TITLE_Y: f64 = 26.0;
/// Middle of the subtitle.
const SUBTITLE_Y: f64 = 50.0;
/// Where the body begins.
const BODY_TOP: f64 = 66.0;
/// Where the body ends.
const BODY_BOTTOM: f64 = style::HEIGHT - 32.0;
/// Middle of the footer.
const FOOTER_Y: f64 = style::HEIGHT - 14.0;
/// Height of a panel's header.
pub(super) const HEADER: f64 = 24.0;
/// Room for value labels left of a plot.
pub(super) const VALUE_LABELS: f64 = 46.0;
/// Room for year labels below a plot.
pub(super) const YEAR_LABELS: f64 = 22.0;

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
}

impl Rect {
    /// Left to right.
    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    /// Top to bottom.
    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    /// Middle of the upper edge, moved down by `by`.
    pub fn under_top(&self, by: f64) -> Point {
        (self.left, self.top + by)
    }
}

/// What a figure says about itself in words.
pub(super) struct Words {
    /// File stem.
    pub figure: String,
    /// What is shown; the scenario's title is added.
    pub shows: String,
    /// Quantity, unit, denominator.
    pub subtitle: String,
    /// What a reader who does not see the picture is told.
    pub description: String,
}

/// A page with its frame drawn.
pub(super) struct Page {
    /// Where to draw.
    pub canvas: Canvas,
    /// Where the figure itself goes.
    pub body: Rect,
    title: String,
    description: String,
}

impl Page {
    /// Draws title, subtitle and footer of a figure of one projection.
    pub fn open(projection: &Projection, footer: &Footer, words: &Words) -> Result<Self, PlotError> {
        let place = if projection.title.trim().is_empty() { &projection.scenario } else { &projection.title };
        Self::about(place, &facts(projection, footer), words)
    }

    /// Draws title, subtitle and footer: `place` follows the title, `facts` are the footer.
    pub fn about(place: &str, facts: &str, words: &Words) -> Result<Self, PlotError> {
        let mut canvas = Canvas::try_new(&words.figure)?;
        // One colon is enough for a line.
        let joint = if place.contains(':') { " – " } else { ": " };
        let title = format!("{}{joint}{place}", words.shows);
        let width = style::WIDTH - 2.0 * style::MARGIN;
        canvas.group("title", "", |pen| {
            let (text, size) = font::shrink_bold(&title, style::TITLE, style::TITLE_MIN, width);
            pen.text(&text, (style::MARGIN, TITLE_Y), TextLook::new(size, style::INK).bold());
            let text = font::fit(&words.subtitle, style::SUBTITLE, width);
            pen.text(&text, (style::MARGIN, SUBTITLE_Y), TextLook::new(style::SUBTITLE, style::SOFT));
        })?;
        canvas.group("footer", "", |pen| {
            let text = font::fit(facts, style::FOOTER, width);
            pen.text(&text, (style::MARGIN, FOOTER_Y), TextLook::new(style::FOOTER, style::FAINT));
        })?;
        let body =
            Rect { left: style::MARGIN, top: BODY_TOP, right: style::WIDTH - style::MARGIN, bottom: BODY_BOTTOM };
        let description = format!("{} {facts}.", words.description);
        Ok(Self { canvas, body, title, description })
    }

    /// The finished document.
    pub fn close(self) -> String {
        self.canvas.finish(&self.title, &self.description)
    }
}

fn facts(projection: &Projection, footer: &Footer) -> String {
    let plural = if projection.members == 1 { "" } else { "s" };
    let mut facts = format!(
        "Scenario {} · seed {} · {} member{plural} · engine {}",
        projection.scenario, projection.seed, projection.members, projection.engine
    );
    if !footer.data_vintage.trim().is_empty() {
        facts.push_str(" · data ");
        facts.push_str(&footer.data_vintage);
    }
    if projection.layers.len() > MOST_PANELS {
        facts.push_str(&format!(" · panels show the first {MOST_PANELS} of {} layers", projection.layers.len()));
    }
    facts
}

/// One of several small pictures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panel {
    /// Header, plot and labels.
    pub cell: Rect,
    /// In the leftmost column, where values are labelled.
    pub leftmost: bool,
    /// Lowest of its column, where years are labelled.
    pub lowest: bool,
}

/// Most panels in one figure.
pub(super) const MOST_PANELS: usize = 20;

/// Divides `body` into a grid of `count` panels, row by row.
pub(super) fn panels(body: Rect, count: usize) -> Vec<Panel> {
    let count = count.min(MOST_PANELS);
    let columns = match count {
        0 | 1 => 1,
        2 | 4 => 2,
        3 | 5 | 6 | 9 => 3,
        7 | 8 | 10..=12 => 4,
        _ => 5,
    };
    panels_in(body, count, columns, 8.0)
}

/// Divides `body` into a grid of `count` panels in `columns`, rows `down` apart.
pub(super) fn panels_in(body: Rect, count: usize, columns: usize, down: f64) -> Vec<Panel> {
    let count = count.min(MOST_PANELS);
    let columns = columns.max(1);
    let rows = count.div_ceil(columns).max(1);
    let across = 44.0;
    // Value labels stand left of the first column only, so all panels keep one size.
    let width = (body.width() - VALUE_LABELS - across * (columns - 1) as f64) / columns as f64;
    let height = (body.height() - YEAR_LABELS - down * (rows - 1) as f64) / rows as f64;
    (0..count)
        .map(|i| {
            let (row, column) = (i / columns, i % columns);
            let left = body.left + VALUE_LABELS + column as f64 * (width + across);
            let top = body.top + row as f64 * (height + down);
            let cell = Rect { left, top, right: left + width, bottom: top + height };
            Panel { cell, leftmost: column == 0, lowest: i + columns >= count }
        })
        .collect()
}

/// Draws a panel's header, name left and a fact right, and returns the room under it.
pub(super) fn header(canvas: &mut Canvas, panel: &Panel, name: &str, fact: &str) -> Result<Rect, PlotError> {
    let cell = panel.cell;
    canvas.group("header", name, |pen| {
        let size = style::PANEL.min(cell.height() / 4.0).max(style::SMALLEST);
        let (name, size) = font::shrink_bold(name, size, style::SMALLEST, cell.width());
        pen.text(&name, cell.under_top(HEADER / 2.0), TextLook::new(size, style::INK).bold());
        let room = cell.width() - font::bold_width(&name, size) - 10.0;
        let look = TextLook::new(style::LEGEND, style::SOFT).at(Anchor::End);
        if let Some(fact) = shortened(fact, room) {
            pen.text(fact, (cell.right, cell.top + HEADER / 2.0), look);
        }
    })?;
    Ok(Rect { top: cell.top + HEADER, ..cell })
}

/// `fact`, or what stands before its bracket or before its date's colon, whichever is the first to fit.
pub(super) fn shortened(fact: &str, room: f64) -> Option<&str> {
    let plain = fact.split(" (").next().unwrap_or(fact);
    let bare = plain.split_once(": ").map_or(plain, |(_, value)| value);
    [fact, plain, bare].into_iter().find(|text| font::text_width(text, style::LEGEND) <= room)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_loses_its_interval_then_its_date_before_it_is_left_out() {
        let fact = "2035-12: 74 % (80 % band 57–91)";
        assert_eq!(shortened(fact, 1000.0), Some(fact));
        assert_eq!(shortened(fact, 110.0), Some("2035-12: 74 %"));
        assert_eq!(shortened(fact, 45.0), Some("74 %"));
        assert_eq!(shortened(fact, 5.0), None);
    }

    #[test]
    fn panels_stay_in_the_body_and_apart() {
        let body = Rect { left: 18.0, top: 66.0, right: 942.0, bottom: 508.0 };
        for count in 0..=MOST_PANELS + 3 {
            let panels = panels(body, count);
            assert_eq!(panels.len(), count.min(MOST_PANELS));
            for (i, a) in panels.iter().enumerate() {
                assert!(a.cell.left >= body.left && a.cell.right <= body.right + 1e-9, "{count}");
                assert!(a.cell.top >= body.top && a.cell.bottom <= body.bottom + 1e-9, "{count}");
                assert!(a.cell.width() > 100.0 && a.cell.height() > 60.0, "{count}");
                for b in &panels[i + 1..] {
                    assert!(a.cell.right < b.cell.left || a.cell.bottom < b.cell.top || b.cell.right < a.cell.left);
                }
            }
        }
    }
}
