//! What looks wrong in a series, by name: nothing is changed.

use std::fmt;

use super::panel::{Country, Panel};

/// Points in a year above which a rise is a jump.
pub const JUMP: f64 = 15.0;
/// Points in a year below which a change is a drop.
pub const DROP: f64 = -3.0;

/// What is doubtful about a figure.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// No figures for some years before this one.
    Gap {
        /// Years without a figure.
        years: i32,
    },
    /// A zero after figures above zero.
    Zero,
    /// A rise of more than [`JUMP`] points a year.
    Jump {
        /// Points a year.
        points: f64,
    },
    /// A fall of more than -[`DROP`] points a year.
    Drop {
        /// Points a year.
        points: f64,
    },
    /// A later publication gives another figure.
    Revised {
        /// The later figure.
        to: f64,
        /// Its date of publication.
        date: String,
    },
    /// A later publication gives none.
    Withdrawn {
        /// Its date.
        date: String,
    },
}

impl Kind {
    /// The stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Gap { .. } => "gap",
            Kind::Zero => "zero",
            Kind::Jump { .. } => "jump",
            Kind::Drop { .. } => "drop",
            Kind::Revised { .. } => "revised",
            Kind::Withdrawn { .. } => "withdrawn",
        }
    }
}

/// A doubtful figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    /// Country.
    pub iso3: String,
    /// Year of the figure.
    pub year: i32,
    /// The figure, percent.
    pub value: f64,
    /// What is doubtful.
    pub kind: Kind,
}

impl fmt::Display for Flag {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Flag { year, value, .. } = self;
        match &self.kind {
            Kind::Gap { years: 1 } => write!(out, "no figure for the year before {year}"),
            Kind::Gap { years } => write!(out, "no figures for the {years} years before {year}"),
            Kind::Zero => write!(out, "{year} is zero after figures above zero"),
            Kind::Jump { points } => write!(out, "{points:.1} points a year up to {value:.1} in {year}"),
            Kind::Drop { points } => write!(out, "{points:.1} points a year down to {value:.1} in {year}"),
            Kind::Revised { to, date } => write!(out, "{year}: {value:.1} became {to:.1} in the publication of {date}"),
            Kind::Withdrawn { date } => write!(out, "{year}: {value:.1} is not in the publication of {date}"),
        }
    }
}

/// The doubtful figures of a country, by year. Gaps are looked for between figures above zero: that early years are missing is usual.
#[must_use]
pub fn of_country(country: &Country) -> Vec<Flag> {
    let mut flags = Vec::new();
    for pair in country.points.windows(2) {
        let (before, point) = (pair[0], pair[1]);
        let mut flag = |kind| {
            flags.push(Flag { iso3: country.iso3.clone(), year: point.year, value: point.value, kind });
        };
        let years = point.year - before.year;
        if years > 1 && before.value > 0.0 {
            flag(Kind::Gap { years: years - 1 });
        }
        let points = (point.value - before.value) / f64::from(years);
        if point.value == 0.0 && before.value > 0.0 {
            flag(Kind::Zero);
        } else if points > JUMP {
            flag(Kind::Jump { points });
        } else if points < DROP {
            flag(Kind::Drop { points });
        }
    }
    flags
}

/// The doubtful figures of every country.
#[must_use]
pub fn of_panel(panel: &Panel) -> Vec<Flag> {
    panel.countries.iter().flat_map(of_country).collect()
}

#[cfg(test)]
mod tests {
    use super::super::panel::Point;
    use super::*;

    #[test]
    fn cambodia_as_published_has_a_drop_a_jump_and_a_gap() {
        let points = [(2013, 6.0), (2014, 14.0), (2015, 6.4), (2016, 32.4), (2017, 32.9), (2019, 52.3), (2020, 0.0)];
        let points = points.map(|(year, value)| Point { year, value }).to_vec();
        let flags = of_country(&Country { iso3: "KHM".to_owned(), name: "Cambodia".to_owned(), points });
        let names: Vec<_> = flags.iter().map(|flag| (flag.year, flag.kind.name())).collect();
        assert_eq!(names, [(2015, "drop"), (2016, "jump"), (2019, "gap"), (2020, "zero")]);
        assert_eq!(flags[1].to_string(), "26.0 points a year up to 32.4 in 2016");
    }
}
