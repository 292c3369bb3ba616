//! The page of a figure of a comparison: its title names the baseline, its footer how the members were made.

use crate::comparison::Comparison;

use super::super::frame::Rect;
use super::super::frame::{self, Page, Words};
use super::super::legend::{Entry, Legend};
use super::super::{Footer, PlotError};
use super::cast;

/// Draws title, subtitle and footer.
pub(super) fn open(comparison: &Comparison, footer: &Footer, words: &Words) -> Result<Page, PlotError> {
    let place = cast::baseline(comparison).map_or("", |role| role.title);
    Page::about(place, &facts(comparison, footer), words)
}

/// Draws a legend at the bottom of the body and returns the room above it.
pub(super) fn key(page: &mut Page, entries: Vec<Entry>) -> Result<Rect, PlotError> {
    let legend = Legend::arrange(entries, page.body.width());
    let top = page.body.bottom - legend.height();
    legend.draw(&mut page.canvas, (page.body.left, top))?;
    Ok(Rect { bottom: top - 8.0, ..page.body })
}

fn facts(comparison: &Comparison, footer: &Footer) -> String {
    let plural = |count: usize, one: &str, more: &str| format!("{count} {}", if count == 1 { one } else { more });
    let policies = comparison.outcomes.len().saturating_sub(1);
    let mut facts = format!(
        "Baseline {} against {} · seed {} · {} · engine {}",
        comparison.outcomes.get(comparison.baseline).map_or("", |outcome| outcome.name.as_str()),
        plural(policies, "policy", "policies"),
        comparison.seed,
        plural(comparison.members, "member each", "paired members each"),
        comparison.engine
    );
    if !footer.data_vintage.trim().is_empty() {
        facts.push_str(" · data ");
        facts.push_str(&footer.data_vintage);
    }
    if policies > frame::MOST_PANELS {
        facts.push_str(&format!(" · the first {} are drawn", frame::MOST_PANELS));
    }
    facts
}
