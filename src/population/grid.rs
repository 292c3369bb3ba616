//! The cells: province x residence x sex x five-year age band.

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
}
