//! A title in a box: in as few lines and as large as the box lets it be.

use super::super::canvas::{Anchor, Pen, Point, TextLook};
use super::super::font;
use super::super::style::{self, Colour};

/// Height of a line, in units of the text size.
const LEADING: f64 = 1.06;

/// Size of short titles beside others that need a smaller one.
const EVEN: f64 = 11.0;

/// A title in lines.
#[derive(Clone, Debug)]
pub(super) struct Name {
    lines: Vec<String>,
    size: f64,
}

impl Name {
    /// `title` in the largest size up to `largest` that keeps it whole within `width` x `height`; cut at the smallest size.
    pub fn fit(title: &str, largest: f64, width: f64, height: f64) -> Self {
        let room = |size: f64| ((height / (size * LEADING) + 1e-9) as usize).max(1);
        let mut size = largest;
        while size > style::SMALLEST {
            let lines = font::wrap_bold(title, size, width, usize::MAX);
            if lines.len() <= room(size) {
                return Self { lines, size };
            }
            size = (size - 0.5).max(style::SMALLEST);
        }
        Self { lines: font::wrap_bold(title, size, width, room(size)), size }
    }

    /// The same for several titles, all in one size.
    pub fn fit_all(titles: &[&str], largest: f64, width: f64, height: f64) -> Vec<Self> {
        let fit = |largest| move |title: &&str| Self::fit(title, largest, width, height);
        let size = titles.iter().map(fit(largest)).map(|name| name.size).fold(largest, f64::min);
        titles.iter().map(fit(size)).collect()
    }

    /// The same for several titles in sizes near each other: short ones no larger than [`EVEN`], or than the longest.
    pub fn fit_evenly(titles: &[&str], largest: f64, width: f64, height: f64) -> Vec<Self> {
        let fit = |largest| move |title: &&str| Self::fit(title, largest, width, height);
        let smallest = titles.iter().map(fit(largest)).map(|name| name.size).fold(largest, f64::min);
        titles.iter().map(fit(smallest.max(EVEN).min(largest))).collect()
    }

    /// Height in pixels.
    pub fn height(&self) -> f64 {
        self.lines.len() as f64 * self.size * LEADING
    }

    /// Draws with the middle of its height at `place`.
    pub fn draw(&self, pen: &mut Pen<'_>, place: Point, colour: Colour, anchor: Anchor, bold: bool) {
        let look = TextLook { size: self.size, colour, anchor, bold };
        let step = self.size * LEADING;
        let first = place.1 - step * (self.lines.len() as f64 - 1.0) / 2.0;
        for (position, line) in self.lines.iter().enumerate() {
            pen.text(line, (place.0, first + position as f64 * step), look);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_takes_a_second_line_before_it_is_cut() {
        let title = "Investigator training and a rights-respecting cybercrime law";
        assert_eq!(Name::fit("short", 12.0, 100.0, 15.0).lines, ["short"]);
        let wrapped = Name::fit(title, 12.0, 260.0, 30.0);
        assert_eq!(wrapped.lines.join(" "), title);
        assert!(wrapped.lines.len() == 2 && wrapped.height() <= 30.0);
        let cut = Name::fit(title, 12.0, 60.0, 10.0);
        assert!(cut.lines.len() == 1 && cut.lines[0].ends_with('…'));
    }

    #[test]
    fn short_titles_beside_long_ones_are_neither_large_nor_as_small() {
        let titles = ["short", "a title that is much longer than the other and has no room"];
        let names = Name::fit_evenly(&titles, 13.5, 200.0, 20.0);
        assert!(names[0].size == EVEN && names[1].size < EVEN, "{names:?}");
        assert_eq!(Name::fit_evenly(&["short", "brief"], 13.5, 120.0, 20.0)[0].size, 13.5);
    }

    #[test]
    fn several_titles_share_the_size_of_the_longest() {
        let names = Name::fit_all(&["short", "a title that is much longer than the other"], 12.0, 120.0, 24.0);
        assert!(names[0].size < 12.0 && names[0].size == names[1].size);
    }
}
