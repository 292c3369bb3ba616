//! How a year's deaths are spread over sexes and ages.
//!
//! The shape is a Siler hazard (Siler 1979, "A competing-risk model for animal mortality", Ecology 60(4), eq. 1), in
//! deaths per person-year at age x:
//!
//! `m(x) = level^4 * CHILD exp(-CHILD_FALL x) + level * f * (FLOOR + OLD exp(OLD_RISE x))`
//!
//! with `f` the sex factor and one free number, `level`, solved each month so that the deaths of all sexes and ages add up
//! to the published number. The first term falls with the fourth power of the level because child mortality has fallen
//! several times faster than adult mortality everywhere it fell. All constants are assumed: they give roughly the life table
//! of Cambodia about 2010 at level 1 (44 of 1000 children dying before age 5, life expectancy in the sixties).

use super::grid::{AgeBand, FEMALE, Grid, MALE};

/// Deaths per person-year at birth.
const CHILD: f64 = 0.065;
/// Fall of the child term, per year of age.
const CHILD_FALL: f64 = 1.5;
/// Deaths per person-year at any age.
const FLOOR: f64 = 0.0008;
/// Deaths per person-year of the ageing term at age 0.
const OLD: f64 = 1.44e-4;
/// Rise of the ageing term, per year of age.
const OLD_RISE: f64 = 0.0805;
/// Factor of the adult terms for men; women have its mirror image.
const MALE_EXCESS: f64 = 0.22;
/// Mean distance of people in an open last band from its first age, years.
const OPEN_BAND_MEAN: f64 = 5.0;
/// Halvings of the bracket of the level.
const BISECTIONS: usize = 60;

/// Age schedule of deaths for the sexes and ages of a grid.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mortality {
    /// (child, adult) deaths per person-month at level 1, by sex and age band; empty when ages are not told apart.
    rates: Vec<(f64, f64)>,
}

impl Mortality {
    pub(super) fn new(grid: &Grid) -> Self {
        let mut rates = Vec::new();
        if grid.ages.len() > 1 {
            for sex in &grid.sexes {
                let factor = match sex.as_str() {
                    FEMALE => 1.0 - MALE_EXCESS,
                    MALE => 1.0 + MALE_EXCESS,
                    _ => 1.0,
                };
                rates.extend(grid.ages.iter().map(|(_, band)| {
                    let (child, adult) = yearly(band);
                    (child / 12.0, factor * adult / 12.0)
                }));
            }
        }
        Self { rates }
    }

    /// Share of each sex and age band that dies in a month in which `deaths` of `people` (by sex and age) die in all;
    /// without a number of deaths those of level 1, or none where ages are not told apart. Shares lie in 0..=1.
    pub(super) fn shares(&self, people: &[f64], deaths: Option<f64>, shares: &mut [f64]) {
        let total: f64 = people.iter().sum();
        if self.rates.is_empty() {
            let crude = if total > 0.0 { (deaths.unwrap_or(0.0) / total).min(1.0) } else { 0.0 };
            shares.fill(crude);
            return;
        }
        let level = deaths.map_or(1.0, |deaths| self.level(people, deaths));
        for (share, &rate) in shares.iter_mut().zip(&self.rates) {
            *share = at_level(rate, level);
        }
    }

    /// The level at which `deaths` die in a month.
    fn level(&self, people: &[f64], deaths: f64) -> f64 {
        let dying =
            |level: f64| people.iter().zip(&self.rates).map(|(n, &rate)| n * at_level(rate, level)).sum::<f64>();
        let (mut low, mut high) = (0.0, 1.0);
        // Past 2^24 everybody dies at any age; more deaths than people cannot be had.
        while dying(high) < deaths && high < 16_777_216.0 {
            (low, high) = (high, high * 2.0);
        }
        for _ in 0..BISECTIONS {
            let middle = 0.5 * (low + high);
            if dying(middle) < deaths {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }
}

fn at_level((child, adult): (f64, f64), level: f64) -> f64 {
    let square = level * level;
    (child * square * square + adult * level).min(1.0)
}

/// Child and adult terms at level 1 and factor 1, deaths per person-year averaged over the band.
fn yearly(band: &AgeBand) -> (f64, f64) {
    if band.is_open() {
        let age = band.from + OPEN_BAND_MEAN;
        return (CHILD * libm::exp(-CHILD_FALL * age), FLOOR + OLD * libm::exp(OLD_RISE * age));
    }
    let mean = |rate: f64| (libm::exp(rate * band.to) - libm::exp(rate * band.from)) / (rate * band.width());
    (CHILD * mean(-CHILD_FALL), FLOOR + OLD * mean(OLD_RISE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(ages: &[&str]) -> Grid {
        let ages = ages.iter().map(|&a| (a.to_owned(), AgeBand::parse(a).expect("a band"))).collect();
        Grid { sexes: vec![FEMALE.to_owned(), MALE.to_owned()], ages, ..Grid::undivided() }
    }

    #[test]
    fn deaths_add_up_and_follow_age() {
        let mortality = Mortality::new(&grid(&["0-4", "5-9", "10-49", "50-79", "80+"]));
        let people = [500.0, 500.0, 3000.0, 900.0, 100.0, 500.0, 500.0, 3000.0, 900.0, 100.0];
        for deaths in [0.0, 0.5, 5.0, 50.0, 9000.0] {
            let mut shares = [0.0; 10];
            mortality.shares(&people, Some(deaths), &mut shares);
            let dying: f64 = shares.iter().zip(people).map(|(share, n)| share * n).sum();
            assert!((dying - deaths).abs() < 1e-6 * (1.0 + deaths), "{deaths}: {dying}");
            assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
        }
        let mut shares = [0.0; 10];
        mortality.shares(&people, None, &mut shares);
        assert!(shares[0] > shares[1] && shares[4] > shares[3] && shares[9] > shares[4]);
        // More deaths than people: all die, none twice.
        mortality.shares(&people, Some(1e9), &mut shares);
        assert_eq!(shares, [1.0; 10]);
    }

    #[test]
    fn level_one_is_the_stated_life_table() {
        // Survival to age 5 is exp(-5 m): 5 * 0.0087 + floor and ageing 5 * 0.001 gives about 47 of 1000.
        let (child, adult) = yearly(&AgeBand { from: 0.0, to: 5.0 });
        let dead = 1.0 - libm::exp(-5.0 * (child + adult));
        assert!((0.040..0.050).contains(&dead), "{dead}");
        // Life expectancy by the integral of survival, years of width 1.
        let mut alive = 1.0;
        let mut years = 0.0;
        for age in 0..110 {
            let (child, adult) = yearly(&AgeBand { from: f64::from(age), to: f64::from(age + 1) });
            let next = alive * libm::exp(-(child + adult));
            years += 0.5 * (alive + next);
            alive = next;
        }
        assert!((62.0..70.0).contains(&years), "{years}");
    }
}
