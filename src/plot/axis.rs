//! Axes: where values and dates lie in a plot, which of them are labelled, and how numbers are written.

use crate::units::Month;

use super::canvas::{Anchor, Canvas, Point, TextLook};
use super::frame::Rect;
use super::{PlotError, font, style};

/// Thin space, between a number and its unit and between groups of digits.
pub(super) const THIN: char = '\u{2009}';

/// A date as a place on the time axis: the end of December 2016 is 2016, so a whole number is the end of that year.
pub(super) fn place(date: Month) -> f64 {
    date.end_year() - 1.0
}

/// A plot's rectangle and the ranges it shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plot {
    /// The rectangle.
    pub area: Rect,
    /// First and last place of the time axis.
    pub time: (f64, f64),
    /// Smallest value.
    pub low: f64,
    /// Largest value.
    pub high: f64,
}

impl Plot {
    /// Across, in pixels.
    pub fn x(&self, place: f64) -> f64 {
        let (from, to) = self.time;
        self.area.left + (place - from) / (to - from) * self.area.width()
    }

    /// Down, in pixels; values outside the axis lie on its edge.
    pub fn y(&self, value: f64) -> f64 {
        self.area.bottom - ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0) * self.area.height()
    }

    /// Both.
    pub fn at(&self, place: f64, value: f64) -> Point {
        (self.x(place), self.y(value))
    }
}

/// The time range of `dates`, never empty: a single date stands in the middle of a year.
pub(super) fn time_range(dates: &[Month]) -> (f64, f64) {
    match (dates.first(), dates.last()) {
        (Some(&first), Some(&last)) if last > first => (place(first), place(last)),
        (Some(&only), _) => (place(only) - 0.5, place(only) + 0.5),
        _ => (0.0, 1.0),
    }
}

/// How far a year's label may reach over the edge of its plot.
const OVERHANG: f64 = 18.0;

/// A labelled place of an axis.
pub(super) type Tick = (f64, String);

/// Years to label along `width` pixels: whole years at a round distance, or the dates themselves where no year ends inside.
pub(super) fn year_ticks(dates: &[Month], width: f64) -> Vec<Tick> {
    let (from, to) = time_range(dates);
    let room = font::text_width("2000", style::TICK) + 12.0;
    let most = (width / room).max(1.0);
    let years = (to - from).max(1e-9);
    let step = [1, 2, 5, 10, 20, 50, 100].into_iter().find(|&step| years / f64::from(step) <= most).unwrap_or(500);
    let (first, last) = ((from - 1e-9).ceil() as i32, (to + 1e-9).floor() as i32);
    let ticks: Vec<Tick> = (first..=last).filter(|y| y % step == 0).map(|y| (f64::from(y), y.to_string())).collect();
    match dates {
        // Two full dates need more room than a plot of many panels has.
        [.., last] if ticks.is_empty() && width < 2.5 * font::text_width("2000-01", style::TICK) => {
            vec![(place(*last), last.to_string())]
        }
        [first, .., last] if ticks.is_empty() => {
            vec![(place(*first), first.to_string()), (place(*last), last.to_string())]
        }
        [only] => vec![(place(*only), only.to_string())],
        _ => ticks,
    }
}

/// Labels of a share axis.
pub(super) fn share_ticks(height: f64) -> Vec<Tick> {
    let steps = if height > 130.0 { 4 } else { 2 };
    (0..=steps).map(|i| f64::from(i) / f64::from(steps)).map(|share| (share, percent(share))).collect()
}

/// A round upper end at or above `largest`, and ticks up to it, in persons; the ticks count in [`Magnitude`].
pub(super) fn person_ticks(largest: f64) -> (f64, Magnitude, Vec<Tick>) {
    let largest = if largest.is_finite() && largest > 0.0 { largest } else { 1.0 };
    let raw = largest / 4.0;
    let power = libm::pow(10.0, libm::log10(raw).floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|&s| s >= raw * (1.0 - 1e-9))
        .unwrap_or(raw);
    let count = (largest / step - 1e-9).ceil().max(1.0);
    let high = count * step;
    let magnitude = Magnitude::of(high);
    let decimals = (0..6).find(|&d| is_whole(step / magnitude.size() * libm::pow(10.0, f64::from(d)))).unwrap_or(6);
    let ticks = (0..=count as usize)
        .map(|i| i as f64 * step)
        .map(|value| (value, grouped(value / magnitude.size(), decimals as usize)))
        .collect();
    (high, magnitude, ticks)
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-6
}

/// What persons are counted in on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Magnitude {
    /// Ones.
    One,
    /// Thousands.
    Thousand,
    /// Millions.
    Million,
}

impl Magnitude {
    /// The one that keeps numbers up to `value` short.
    pub fn of(value: f64) -> Self {
        if value >= 1e6 {
            Self::Million
        } else if value >= 1e4 {
            Self::Thousand
        } else {
            Self::One
        }
    }

    /// Persons in one.
    pub fn size(self) -> f64 {
        match self {
            Self::One => 1.0,
            Self::Thousand => 1e3,
            Self::Million => 1e6,
        }
    }

    /// The word before `people`, with its space.
    pub fn word(self) -> &'static str {
        match self {
            Self::One => "",
            Self::Thousand => "thousand ",
            Self::Million => "million ",
        }
    }
}

/// Persons in words: `12.9 million`, `48 300`, `7`.
pub(super) fn persons(value: f64) -> String {
    if value >= 999_500.0 {
        let decimals = if value < 9.95e6 { 2 } else { 1 };
        format!("{}{THIN}million", grouped(value / 1e6, decimals))
    } else if value >= 9_995.0 {
        format!("{}{THIN}thousand", grouped(value / 1e3, 0))
    } else {
        grouped(value, 0)
    }
}

/// A number with `decimals` places and thin spaces between groups of three digits.
pub(super) fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let mut written = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) && digit.is_ascii_digit() && whole.len() > 4 {
            written.push(THIN);
        }
        written.push(digit);
    }
    fraction.map_or(written.clone(), |f| format!("{written}.{f}"))
}

/// A share in per cent, whole from 1 % on and with the digits that matter below.
pub(super) fn percent(share: f64) -> String {
    format!("{}{THIN}%", percent_number(share))
}

/// The number of [`percent`].
pub(super) fn percent_number(share: f64) -> String {
    let value = share * 100.0;
    if (5e-6..0.95).contains(&value) {
        let decimals = (0.0 - libm::log10(value).floor()).clamp(1.0, 5.0) as usize;
        format!("{value:.decimals$}")
    } else if value.is_finite() {
        format!("{:.0}", value.max(0.0))
    } else {
        "–".to_owned()
    }
}

/// Which labels a plot shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    /// Values, left of the plot.
    pub values: bool,
    /// Years, below it.
    pub years: bool,
}

/// Draws grid, zero line, ticks and labels.
pub(super) fn draw(
    canvas: &mut Canvas,
    plot: &Plot,
    years: &[Tick],
    values: &[Tick],
    shown: Shown,
) -> Result<(), PlotError> {
    let area = plot.area;
    canvas.group("grid", "", |pen| {
        for (value, _) in values {
            let (y, colour) = (plot.y(*value), if *value == 0.0 { style::AXIS } else { style::GRID });
            pen.segment((area.left, y), (area.right, y), style::HAIR, colour);
        }
        for (place, _) in years {
            let x = plot.x(*place);
            pen.segment((x, area.bottom), (x, area.bottom + 4.0), style::HAIR, style::AXIS);
        }
    })?;
    canvas.group("ticks", "", |pen| {
        let look = TextLook::new(style::TICK, style::SOFT);
        for (value, text) in values.iter().filter(|_| shown.values) {
            pen.text(text, (area.left - 7.0, plot.y(*value)), look.at(Anchor::End));
        }
        for (place, text) in years.iter().filter(|_| shown.years) {
            let x = plot.x(*place);
            pen.text(text, (x, area.bottom + 13.0), look.at(anchor(text, x, &area)));
        }
    })
}

/// Centred, unless the label would then reach far over the plot's edge, into a neighbour or out of the frame.
fn anchor(text: &str, x: f64, area: &Rect) -> Anchor {
    let half = font::text_width(text, style::TICK) / 2.0;
    if x - half < area.left - OVERHANG {
        Anchor::Start
    } else if x + half > area.right + OVERHANG {
        Anchor::End
    } else {
        Anchor::Middle
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    #[test]
    fn a_december_stands_at_its_own_year() {
        assert!((place(month("2016-12")) - 2016.0).abs() < 1e-12);
        assert!((place(month("2016-06")) - 2015.5).abs() < 1e-12);
    }

    #[test]
    fn shares_are_written_with_the_digits_that_matter() {
        let cases = [
            (0.712, "71"),
            (0.0, "0"),
            (1.0, "100"),
            (0.0149, "1"),
            (0.0061, "0.6"),
            (0.0003, "0.03"),
            (3e-6, "0.0003"),
            (1e-9, "0"),
        ];
        for (share, text) in cases {
            assert_eq!(percent_number(share), text, "{share}");
        }
        assert_eq!(percent_number(f64::NAN), "–");
    }

    #[test]
    fn persons_are_written_in_words() {
        assert_eq!(persons(12_912_345.0), "12.9\u{2009}million");
        assert_eq!(persons(1_104_000.0), "1.10\u{2009}million");
        assert_eq!(persons(48_300.0), "48\u{2009}thousand");
        assert_eq!(persons(999_900.0), "1.00\u{2009}million");
        assert_eq!(persons(7.0), "7");
        assert_eq!(grouped(1_234_567.8, 1), "1\u{2009}234\u{2009}567.8");
        assert_eq!(grouped(1234.0, 0), "1234");
    }

    #[test]
    fn person_ticks_are_round_and_reach_the_largest_value() {
        let (high, magnitude, ticks) = person_ticks(1_130_000.0);
        assert_eq!((high, magnitude), (1_500_000.0, Magnitude::Million));
        let labels: Vec<_> = ticks.iter().map(|t| t.1.as_str()).collect();
        assert_eq!(labels, ["0.0", "0.5", "1.0", "1.5"]);
        for largest in [0.0, 0.2, 1.0, 7.0, 9_999.0, 1e10, f64::NAN] {
            let (high, _, ticks) = person_ticks(largest);
            assert!(high >= largest || largest.is_nan(), "{largest}");
            assert!((2..=6).contains(&ticks.len()), "{largest}: {ticks:?}");
        }
    }

    #[test]
    fn years_are_whole_and_never_crowded() {
        let dates: Vec<_> = (2000..=2035).map(|y| Month::try_new(y, 12).unwrap()).collect();
        let labels: Vec<_> = year_ticks(&dates, 400.0).into_iter().map(|t| t.1).collect();
        assert_eq!(labels, ["2000", "2005", "2010", "2015", "2020", "2025", "2030", "2035"]);
        assert_eq!(year_ticks(&dates[..1], 400.0)[0].1, "2000-12");
        let short = [month("2016-02"), month("2016-05")];
        assert_eq!(year_ticks(&short, 400.0).len(), 2);
        assert!(year_ticks(&[], 400.0).len() < 3);
    }
}
