//! Small multiples with titles of several lines: a panel for each policy.

use super::super::canvas::{Anchor, Canvas, TextLook};
use super::super::frame::{self, Rect};
use super::super::{PlotError, style};
use super::cast::Role;
use super::names::Name;

/// Most of a panel's height that its title may take.
const TITLE: f64 = 0.34;
/// Height of the line under the title that states a value.
const FACT: f64 = 16.0;
/// Least height of a plot; the value is left out where it would be lower.
const PLOT: f64 = 56.0;

/// Between rows of panels.
const DOWN: f64 = 14.0;

/// A panel ready for its plot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// Where the plot goes.
    pub area: Rect,
    /// In the leftmost column, where values are labelled.
    pub leftmost: bool,
    /// Lowest of its column, where years are labelled.
    pub lowest: bool,
}

/// Columns that leave few panels alone in their row.
fn columns(count: usize) -> usize {
    match count {
        0 | 1 => 1,
        2 | 4 => 2,
        3 | 5 | 6 | 9 => 3,
        7 | 8 | 10..=16 => 4,
        _ => 5,
    }
}

/// Divides `body` into panels and draws the title of each policy, with a fact under it where there is room.
pub(super) fn draw(
    canvas: &mut Canvas,
    body: Rect,
    roles: &[Role<'_>],
    facts: &[String],
) -> Result<Vec<Cell>, PlotError> {
    let panels = frame::panels_in(body, roles.len(), columns(roles.len()), DOWN);
    let Some(first) = panels.first().map(|panel| panel.cell) else { return Ok(Vec::new()) };
    let titles: Vec<&str> = roles.iter().take(panels.len()).map(|role| role.title).collect();
    let names = Name::fit_all(&titles, style::PANEL, first.width(), (first.height() * TITLE).clamp(18.0, 36.0));
    let title = names.iter().map(Name::height).fold(0.0, f64::max) + 4.0;
    let told = first.height() - title - FACT - 4.0 >= PLOT;
    let header = title + if told { FACT } else { 0.0 } + 4.0;
    for (((panel, name), role), fact) in panels.iter().zip(&names).zip(roles).zip(facts) {
        canvas.group("header", &role.outcome.name, |pen| {
            let (left, top) = (panel.cell.left, panel.cell.top);
            // Beside its plot, however many lines the others take.
            let bottom = top + title - 4.0;
            name.draw(pen, (left, bottom - name.height() / 2.0), style::for_text(role.colour), Anchor::Start, true);
            if told && let Some(fact) = frame::shortened(fact, panel.cell.width()) {
                let y = bottom + FACT / 2.0 + 1.0;
                pen.text(fact, (left, y), TextLook::new(style::LEGEND, style::SOFT));
            }
        })?;
    }
    let cell = |panel: &frame::Panel| Cell {
        area: Rect { top: panel.cell.top + header, ..panel.cell },
        leftmost: panel.leftmost,
        lowest: panel.lowest,
    };
    Ok(panels.iter().map(cell).collect())
}
