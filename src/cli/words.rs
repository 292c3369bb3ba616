//! Numbers, dates and sentences as people read them. Percent exists only here.

use std::time::{Duration, SystemTime};

use crate::series::{Projection, Quantity};
use crate::units::Month;

/// A count of people or things: `7,450`, `12.9 million`.
#[must_use]
pub fn count(value: f64) -> String {
    match scale(value) {
        Some((unit, name)) => format!("{:.1} {name}", value / unit),
        None => grouped(value),
    }
}

/// A range of counts, with the unit said once where it is the same: `12.1-13.6 million`.
#[must_use]
pub fn count_range(low: f64, high: f64) -> String {
    match (scale(low), scale(high)) {
        (Some((unit, _)), Some((same, name))) if (unit - same).abs() < 0.5 => {
            format!("{:.1}-{:.1} {name}", low / unit, high / unit)
        }
        _ => format!("{}-{}", count(low), count(high)),
    }
}

/// A simulated count with no more digits than mean something: `423,000`, `1,230`, `57`, `3.1 million`.
#[must_use]
pub fn rough(value: f64) -> String {
    let size = value.abs();
    if size >= 999_500.0 {
        return count(value.max(1e6));
    }
    // Three digits: 123,456 in steps of 1,000, 12,345 of 100, 1,234 of 10.
    let step = if size >= 99_950.0 {
        1_000.0
    } else if size >= 9_995.0 {
        100.0
    } else if size >= 999.5 {
        10.0
    } else {
        1.0
    };
    grouped((value / step).round() * step)
}

/// A range of simulated counts: `100,000-800,000`, `1.2-3.4 million`.
#[must_use]
pub fn rough_range(low: f64, high: f64) -> String {
    match (scale(low), scale(high)) {
        (Some(_), Some(_)) => count_range(low, high),
        _ => format!("{}-{}", rough(low), rough(high)),
    }
}

/// An amount of money per unit: `0.41`, `4.1`, `41`, `4,100`.
#[must_use]
pub fn money(value: f64) -> String {
    let size = value.abs();
    if size < 0.995 {
        format!("{value:.2}")
    } else if size < 9.95 {
        format!("{value:.1}")
    } else {
        rough(value)
    }
}

/// A share of 0..=1 as percent: `71 %`, `4.2 %`, `0.4 %`, `under 0.1 %`.
#[must_use]
pub fn share(value: f64) -> String {
    let percent = 100.0 * value;
    if percent <= 0.0 {
        "0 %".to_owned()
    } else if percent < 0.05 {
        "under 0.1 %".to_owned()
    } else if percent < 9.95 {
        format!("{percent:.1} %")
    } else if percent < 99.5 || value >= 1.0 {
        format!("{percent:.0} %")
    } else {
        // 99.7 % is not everybody.
        format!("{:.1} %", percent.min(99.9))
    }
}

/// A month: `December 2030`.
#[must_use]
pub fn month(month: Month) -> String {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    format!("{} {}", NAMES[month.month() as usize - 1], month.year())
}

/// A size in memory or on disk: `512 bytes`, `14.2 MB`.
#[must_use]
pub fn bytes(count: u64) -> String {
    let value = count as f64;
    if value < 1e3 {
        format!("{count} bytes")
    } else if value < 1e6 {
        format!("{:.1} kB", value / 1e3)
    } else if value < 1e9 {
        format!("{:.1} MB", value / 1e6)
    } else {
        format!("{:.1} GB", value / 1e9)
    }
}

/// `1 member`, `200 members`.
#[must_use]
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{} {noun}s", grouped(count as f64)) }
}

/// A moment as `2016-06-30T12:00:00Z`; moments before 1970 read as 1970.
#[must_use]
pub fn utc(moment: SystemTime) -> String {
    let seconds = moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days to date in the proleptic Gregorian calendar, with years that begin in March so that the leap day comes last.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = 400 * era + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

/// The position of the date to speak of: the last December, or else the last date.
#[must_use]
pub fn sensible_date(projection: &Projection) -> Option<usize> {
    projection.dates.iter().rposition(|date| date.month() == 12).or(projection.dates.len().checked_sub(1))
}

/// One layer at one date (positions), in a sentence.
#[must_use]
pub fn sentence(projection: &Projection, layer: usize, date: usize) -> String {
    let users = projection.estimate(layer, 0, date, Quantity::Users);
    let penetration = projection.estimate(layer, 0, date, Quantity::Penetration);
    let number = count(users.median());
    let noun = if number == "1" { "user" } else { "users" };
    let interval = if projection.members > 1 {
        let (low, high) = users.interval80();
        format!(" (80 % interval {})", count_range(low, high))
    } else {
        String::new()
    };
    format!(
        "{}: {number} {noun} in {}, {} of the population{interval}.",
        projection.layers[layer].title,
        month(projection.dates[date]),
        share(penetration.median()),
    )
}

/// What the numbers are and what the intervals hold, in a sentence.
#[must_use]
pub fn provenance(projection: &Projection) -> String {
    if projection.members > 1 {
        let held =
            if projection.engine == "mean-field" { "uncertain parameters" } else { "chance and uncertain parameters" };
        format!(
            "Medians of {} ({} engine, seed {}).\n\
             Intervals cover {held}, but not errors in the statistics or in the model itself.",
            plural(projection.members, "member"),
            projection.engine,
            projection.seed,
        )
    } else {
        format!(
            "One member ({} engine, seed {}), so no interval is given; ask for more with --members 200.",
            projection.engine, projection.seed,
        )
    }
}

/// Positions of at most `limit` dates to show: the first and the last December and round years between them, as dense as
/// fits; evenly spaced dates where there is no December.
#[must_use]
pub fn chosen_dates(projection: &Projection, limit: usize) -> Vec<usize> {
    let decembers: Vec<usize> =
        (0..projection.dates.len()).filter(|&date| projection.dates[date].month() == 12).collect();
    let (Some(&first), Some(&last)) = (decembers.first(), decembers.last()) else {
        let step = projection.dates.len().div_ceil(limit.max(1)).max(1);
        return (0..projection.dates.len()).step_by(step).collect();
    };
    let every = |years: i32| -> Vec<usize> {
        let round = |date: usize| projection.dates[date].year() % years == 0;
        decembers.iter().copied().filter(|&date| date == first || date == last || round(date)).collect()
    };
    ROUND_YEARS.map(every).into_iter().find(|chosen| chosen.len() <= limit).unwrap_or_else(|| vec![last])
}

/// Distances between the years of a table, from the densest.
const ROUND_YEARS: [i32; 7] = [1, 2, 5, 10, 20, 50, 100];

/// The unit in which a large count is told, once rounded to one decimal.
fn scale(value: f64) -> Option<(f64, &'static str)> {
    if value >= 999_950_000.0 {
        Some((1e9, "billion"))
    } else if value >= 999_999.5 {
        Some((1e6, "million"))
    } else {
        None
    }
}

/// A whole number with commas.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::with_capacity(1 + digits.len() + digits.len() / 3);
    if value <= -0.5 {
        text.push('-');
    }
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `text` in lines of at most `width` columns, each beginning `indent` columns in; `first` stands there on the first line.
#[must_use]
pub fn wrapped(text: &str, width: usize, indent: usize, first: &str) -> String {
    let mut lines = format!("{first:indent$}");
    let mut used = indent;
    // A number keeps its percent sign.
    let text = text.replace(" %", "\u{a0}%");
    let words = text.split(|c: char| c.is_whitespace() && c != '\u{a0}').filter(|word| !word.is_empty());
    for (position, word) in words.enumerate() {
        let length = word.chars().count();
        if position > 0 && used + 1 + length > width {
            lines.push_str(&format!("\n{:indent$}", ""));
            used = indent;
        } else if position > 0 {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(&word.replace('\u{a0}', " "));
        used += length;
    }
    lines.push('\n');
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::{Estimate, Group, LayerLabel};

    #[test]
    fn counts_read_well_at_every_size() {
        for (value, expected) in [
            (0.0, "0"),
            (0.4, "0"),
            (999.0, "999"),
            (7_450.2, "7,450"),
            (999_999.4, "999,999"),
            (999_999.6, "1.0 million"),
            (12_912_345.0, "12.9 million"),
            (999_949_999.0, "999.9 million"),
            (999_950_000.0, "1.0 billion"),
            (1e10, "10.0 billion"),
        ] {
            assert_eq!(count(value), expected, "{value}");
        }
        assert_eq!(count_range(12_100_000.0, 13_640_000.0), "12.1-13.6 million");
        assert_eq!(count_range(900_000.0, 1_100_000.0), "900,000-1.1 million");
        assert_eq!(count_range(7_450.0, 8_120.0), "7,450-8,120");
    }

    #[test]
    fn simulated_counts_are_told_in_three_digits() {
        for (value, expected) in [
            (0.2, "0"),
            (57.4, "57"),
            (-0.2, "0"),
            (-123_456.0, "-123,000"),
            (999.4, "999"),
            (1_234.0, "1,230"),
            (9_996.0, "10,000"),
            (12_345.0, "12,300"),
            (423_187.0, "423,000"),
            (999_499.0, "999,000"),
            (999_501.0, "1.0 million"),
            (3_149_000.0, "3.1 million"),
        ] {
            assert_eq!(rough(value), expected, "{value}");
        }
        assert_eq!(rough_range(100_400.0, 812_345.0), "100,000-812,000");
        assert_eq!(rough_range(900_400.0, 1_210_000.0), "900,000-1.2 million");
        assert_eq!(rough_range(1_210_000.0, 3_420_000.0), "1.2-3.4 million");
        for (value, expected) in [(0.414, "0.41"), (4.14, "4.1"), (41.4, "41"), (4_144.0, "4,140")] {
            assert_eq!(money(value), expected, "{value}");
        }
    }

    #[test]
    fn shares_never_round_to_nobody_or_everybody() {
        for (value, expected) in [
            (0.0, "0 %"),
            (0.000_1, "under 0.1 %"),
            (0.004, "0.4 %"),
            (0.042, "4.2 %"),
            (0.099_6, "10 %"),
            (0.712, "71 %"),
            (0.994, "99 %"),
            (0.997, "99.7 %"),
            (0.999_99, "99.9 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(share(value), expected, "{value}");
        }
    }

    #[test]
    fn moments_are_told_in_utc() {
        let at = |seconds| utc(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        // A leap day, and the two days around a turn of year.
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(1_467_288_000), "2016-06-30T12:00:00Z");
        assert_eq!(at(1_735_689_599), "2024-12-31T23:59:59Z");
        assert_eq!(at(1_735_689_600), "2025-01-01T00:00:00Z");
    }

    fn projection(members: usize, dates: Vec<Month>) -> Projection {
        let estimates = dates.iter().flat_map(|_| {
            let users = Estimate { mean: 12.8e6, quantiles: [11.0e6, 12.1e6, 12.5e6, 12.9e6, 13.2e6, 13.6e6, 14.0e6] };
            let zero = Estimate::default();
            [users, Estimate::certain(0.712), zero, zero, Estimate::certain(18.1e6), zero, zero, zero]
        });
        Projection {
            scenario: "x".to_owned(),
            title: "X".to_owned(),
            engine: "cohort".to_owned(),
            members,
            seed: 0,
            layers: vec![LayerLabel { name: "internet".to_owned(), title: "Internet".to_owned() }],
            victims: None,
            groups: vec![Group::everybody()],
            estimates: estimates.collect(),
            dates,
        }
    }

    #[test]
    fn an_interval_is_claimed_only_for_more_than_one_member() {
        let december = Month::try_new(2030, 12).expect("a month");
        assert_eq!(
            sentence(&projection(200, vec![december]), 0, 0),
            "Internet: 12.9 million users in December 2030, 71 % of the population (80 % interval 12.1-13.6 million)."
        );
        let alone = projection(1, vec![december]);
        assert_eq!(sentence(&alone, 0, 0), "Internet: 12.9 million users in December 2030, 71 % of the population.");
        assert!(provenance(&alone).contains("no interval"));
    }

    #[test]
    fn chosen_dates_are_the_first_and_last_december_and_round_years() {
        let month = |year, month| Month::try_new(year, month).expect("a month");
        let mut dates = vec![month(2000, 1)];
        dates.extend((2000..2036).map(|year| month(year, 12)));
        dates.push(month(2036, 6));
        let long = projection(2, dates);
        let years = |from: i32, to: i32| -> Vec<i32> {
            let some = projection(2, (from..=to).map(|year| month(year, 12)).collect());
            chosen_dates(&some, 9).into_iter().map(|date| some.dates[date].year()).collect()
        };
        assert_eq!(years(2000, 2035), [2000, 2005, 2010, 2015, 2020, 2025, 2030, 2035]);
        assert_eq!(years(2003, 2036), [2003, 2005, 2010, 2015, 2020, 2025, 2030, 2035, 2036]);
        assert_eq!(years(2015, 2019), [2015, 2016, 2017, 2018, 2019]);
        assert_eq!(years(2015, 2025), [2015, 2016, 2018, 2020, 2022, 2024, 2025]);
        assert_eq!(years(1900, 2200), [1900, 1950, 2000, 2050, 2100, 2150, 2200]);
        assert_eq!(sensible_date(&long).map(|date| long.dates[date]), Some(month(2035, 12)));
        let short = projection(2, vec![month(2016, 5)]);
        assert_eq!(chosen_dates(&short, 10), [0]);
        assert_eq!(sensible_date(&short), Some(0));
    }
}
