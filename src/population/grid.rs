//! The cells: province x residence x sex x five-year age band.

use crate::series::{ALL, Group};

/// Label of towns among [`Grid::residences`].
pub const URBAN: &str = "urban";
/// Label of the countryside among [`Grid::residences`].
pub const RURAL: &str = "rural";
/// Label of women and girls among [`Grid::sexes`].
pub const FEMALE: &str = "female";
/// Label of men and boys among [`Grid::sexes`].
pub const MALE: &str = "male";

/// An age band in years, `from <= age < to`; `to` is infinite for the last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AgeBand {
    /// First age, years.
    pub from: f64,
    /// First age past the band, years; infinite for an open band.
    pub to: f64,
}

/// The cells of a population and their order.
///
/// A cell's index is `((region * residences + residence) * sexes + sex) * ages + age`; a *place* is
/// (region, residence), so the cells of one place are contiguous. A way of dividing that the data do not
/// give has the single value `all`.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// Region names, at least one.
    pub regions: Vec<String>,
    /// `["urban", "rural"]` or `["all"]`.
    pub residences: Vec<String>,
    /// `["female", "male"]` or `["all"]`.
    pub sexes: Vec<String>,
    /// Age bands with labels such as `15-19`, `80+`; or the single `all` from 0 on.
    pub ages: Vec<(String, AgeBand)>,
}

impl Grid {
    /// Number of places (region x residence).
    #[must_use]
    pub fn places(&self) -> usize {
        self.regions.len() * self.residences.len()
    }

    /// Cells in one place (sex x age).
    #[must_use]
    pub fn cells_per_place(&self) -> usize {
        self.sexes.len() * self.ages.len()
    }

    /// Number of cells.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.places() * self.cells_per_place()
    }

    /// (region, residence, sex, age) positions of a cell.
    #[must_use]
    pub fn position(&self, cell: usize) -> (usize, usize, usize, usize) {
        let age = cell % self.ages.len();
        let rest = cell / self.ages.len();
        let sex = rest % self.sexes.len();
        let place = rest / self.sexes.len();
        (place / self.residences.len(), place % self.residences.len(), sex, age)
    }

    /// The cell at (region, residence, sex, age) positions, each smaller than the length of its list.
    #[must_use]
    pub fn cell(&self, region: usize, residence: usize, sex: usize, age: usize) -> usize {
        ((region * self.residences.len() + residence) * self.sexes.len() + sex) * self.ages.len() + age
    }

    /// The place (region, residence) of a cell, `0..places()`; its cells are contiguous.
    #[must_use]
    pub fn place_of(&self, cell: usize) -> usize {
        cell / self.cells_per_place()
    }

    /// Whether the cell's people live in towns; false when residence is not told apart.
    #[must_use]
    pub fn is_urban(&self, cell: usize) -> bool {
        self.residences[self.position(cell).1] == URBAN
    }

    /// The four labels of a cell, as in written tables.
    #[must_use]
    pub fn group_of(&self, cell: usize) -> Group {
        let (region, residence, sex, age) = self.position(cell);
        Group {
            region: self.regions[region].clone(),
            residence: self.residences[residence].clone(),
            sex: self.sexes[sex].clone(),
            age: self.ages[age].0.clone(),
        }
    }

    /// One cell for everybody.
    #[must_use]
    pub fn undivided() -> Self {
        let all = || vec![ALL.to_owned()];
        Self { regions: all(), residences: all(), sexes: all(), ages: vec![(ALL.to_owned(), AgeBand::ANY)] }
    }
}

impl AgeBand {
    /// Every age.
    pub const ANY: AgeBand = AgeBand { from: 0.0, to: f64::INFINITY };

    /// Whether the band has no upper end.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.to.is_infinite()
    }

    /// Width in years; infinite for an open band.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.to - self.from
    }

    /// A band from a label: `15-19` (both ages included, in completed years), `80+`, or `all`.
    ///
    /// `None` when the text is none of these, or ages are not increasing or above 150.
    #[must_use]
    pub fn parse(label: &str) -> Option<Self> {
        if label == ALL {
            return Some(Self::ANY);
        }
        let age = |text: &str| -> Option<f64> {
            let short = !text.is_empty() && text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit());
            if short { text.parse().ok().filter(|&age| age <= 150.0) } else { None }
        };
        if let Some(from) = label.strip_suffix('+') {
            return Some(Self { from: age(from)?, to: f64::INFINITY });
        }
        let (from, last) = label.split_once('-')?;
        let (from, last) = (age(from)?, age(last)?);
        (from <= last).then_some(Self { from, to: last + 1.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let texts = |list: &[&str]| list.iter().map(|&s| s.to_owned()).collect::<Vec<_>>();
        let ages = ["0-4", "5-9", "10+"];
        Grid {
            regions: texts(&["East", "West"]),
            residences: texts(&[URBAN, RURAL]),
            sexes: texts(&[FEMALE, MALE]),
            ages: ages.iter().map(|&a| (a.to_owned(), AgeBand::parse(a).expect("a band"))).collect(),
        }
    }

    #[test]
    fn position_cell_and_place_agree() {
        let grid = grid();
        assert_eq!(grid.cells(), 24);
        for cell in 0..grid.cells() {
            let (region, residence, sex, age) = grid.position(cell);
            assert_eq!(grid.cell(region, residence, sex, age), cell);
            assert_eq!(grid.place_of(cell), region * 2 + residence);
            assert_eq!(grid.is_urban(cell), residence == 0);
        }
        // ((1 * 2 + 0) * 2 + 1) * 3 + 2 = 17
        let group = grid.group_of(17);
        assert_eq!((&*group.region, &*group.residence, &*group.sex, &*group.age), ("West", URBAN, MALE, "10+"));
        assert!(!Grid::undivided().is_urban(0));
    }

    #[test]
    fn bands_are_read_from_labels() {
        assert_eq!(AgeBand::parse("15-19"), Some(AgeBand { from: 15.0, to: 20.0 }));
        assert_eq!(AgeBand::parse("80+"), Some(AgeBand { from: 80.0, to: f64::INFINITY }));
        assert_eq!(AgeBand::parse("all"), Some(AgeBand::ANY));
        for wrong in ["", "15", "19-15", "-5", "5-", "a-b", "15 - 19", "1e1-20", "200+", "+"] {
            assert_eq!(AgeBand::parse(wrong), None, "{wrong}");
        }
    }
}
