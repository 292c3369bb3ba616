//! Those who live at a place from the start or are born there, of one sex, in the order of age.

use std::ops::Range;

use crate::population::{AgeBand, Demography};

/// Width in years that an open age band is taken to have.
const OPEN_BAND: f64 = 20.0;

/// A band's width in years.
pub fn width(band: &AgeBand) -> f64 {
    if band.to.is_finite() { band.to - band.from } else { OPEN_BAND }
}

/// The residents of one sex, counted from the oldest on: those who died or left keep their number.
#[derive(Clone, Debug)]
pub struct Residents {
    /// Numbers of the first of each age band now, from the youngest band on; the youngest ends with who was born last.
    starts: Vec<u64>,
    /// How many there have been so far, and how many there are at the start.
    born: u64,
    initial: u64,
    /// How many are born by the end of each month, from [`EARLIEST`] on to the last of the run. Where ages are not told apart those of the
    /// start are born in the month before it.
    born_by: Vec<u64>,
}

/// The month of birth of the oldest, counted from the start of the run.
const EARLIEST: i32 = -12 * 150;

impl Residents {
    /// Those of a sex (by position) at a place before the first month.
    pub fn new(demography: &Demography, place: usize, sex: usize) -> Self {
        let grid = &demography.grid;
        let (ages, cells) = (grid.ages.len(), grid.cells());
        let first = place * grid.cells_per_place() + sex * ages;
        let people = |age: usize| demography.people[first + age] as u64;
        let mut starts = vec![0; ages];
        let mut initial = 0;
        for age in (0..ages).rev() {
            starts[age] = initial;
            initial += people(age);
        }
        // Those of a band are spread evenly over it.
        let born = |age: usize, number: u64| {
            let (band, all) = (&grid.ages[age].1, people(age) as f64);
            let age = band.from + width(band) * (1.0 - (number as f64 + 0.5) / all);
            (-((age * 12.0) as i32) - 1).max(EARLIEST)
        };
        let by = |age: usize, month: i32| match people(age) {
            count if count == 0 || born(age, count - 1) <= month => count,
            count => first_not(count, |number| born(age, number) <= month),
        };
        let ages_known = ages > 1;
        let by_all = |month: i32| if ages_known { (0..ages).map(|age| by(age, month)).sum() } else { 0 };
        let mut born_by: Vec<u64> = (EARLIEST..-1).map(by_all).collect();
        born_by.push(initial);
        let mut all = initial;
        for births in demography.births.chunks_exact(cells.max(1)) {
            all += births[first] as u64;
            born_by.push(all);
        }
        Self { starts, born: initial, initial, born_by }
    }

    /// How many there are at the start.
    pub fn initial(&self) -> usize {
        self.initial as usize
    }

    /// How many are born in the run.
    pub fn births(&self) -> usize {
        (self.born_by[self.born_by.len() - 1] - self.initial) as usize
    }

    /// How many there have been so far.
    pub fn so_far(&self) -> usize {
        self.born as usize
    }

    /// Some more are born.
    pub fn bear(&mut self, births: usize) {
        self.born += births as u64;
    }

    /// The number of the first of a band.
    pub fn start(&self, band: usize) -> usize {
        self.starts[band] as usize
    }

    /// Lets a band begin with another.
    pub fn begin(&mut self, band: usize, start: usize) {
        self.starts[band] = start as u64;
    }

    /// The band of a number.
    #[inline]
    pub fn band(&self, number: usize) -> usize {
        self.starts.partition_point(|&start| start as usize > number).min(self.starts.len() - 1)
    }

    /// The numbers of each band, from the youngest on.
    pub fn bands(&self) -> impl Iterator<Item = Range<usize>> {
        let ends = [self.born].into_iter().chain(self.starts.iter().copied());
        self.starts.iter().zip(ends).map(|(&start, end)| start as usize..end as usize)
    }

    /// Month of birth, counted from the start of the run; those of the start are spread evenly over their band.
    pub fn born(&self, number: usize) -> i32 {
        EARLIEST + self.born_by.partition_point(|&born| born as usize <= number) as i32
    }

    /// How many are born by the end of `month`: the numbers below.
    pub fn born_by(&self, month: i32) -> usize {
        let index = (month - EARLIEST).clamp(-1, self.born_by.len() as i32 - 1);
        usize::try_from(index).map_or(0, |index| self.born_by[index] as usize)
    }
}

/// The first of the numbers below `count` for which `rule`, true up to some number, is false; `count` if none.
fn first_not(count: u64, rule: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if rule(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_come_first_and_birthdays_fit_the_bands() {
        let grid = crate::scenario::sample::grid(1, 1, 2, 4);
        let cells = grid.cells();
        let people: Vec<f64> = (0..cells).map(|cell| [100.0, 0.0, 37.0, 12.0][cell % 4]).collect();
        let mut births = vec![0.0; 24 * cells];
        (0..24).for_each(|month| births[month * cells] = (month % 3) as f64);
        let none = vec![0.0; 24 * cells];
        let demography = Demography {
            people: people.repeat(25),
            months: 24,
            deaths: none.clone(),
            ageing: none.clone(),
            leaving: none.clone(),
            arriving: none,
            births,
            grid: grid.clone(),
        };
        let mut residents = Residents::new(&demography, 0, 0);
        assert_eq!((residents.initial(), residents.births(), residents.so_far()), (149, 24, 149));
        let born: Vec<i32> = (0..149 + 24).map(|number| residents.born(number)).collect();
        assert!(born.is_sorted(), "{born:?}");
        for (band, range) in residents.bands().enumerate() {
            let ages = &grid.ages[band].1;
            for number in range {
                assert_eq!(residents.band(number), band);
                let age = f64::from(-born[number]) / 12.0;
                assert!(age > ages.from && age <= ages.from + width(ages) + 1.0 / 12.0, "{age} in {ages:?}");
            }
        }
        for month in [-2000, -300, -61, -60, -1, 0, 5, 23, 40] {
            assert_eq!(residents.born_by(month), born.iter().filter(|&&born| born <= month).count(), "{month}");
        }
        residents.bear(24);
        residents.begin(0, 60);
        assert_eq!((residents.band(59), residents.band(60), residents.band(172)), (1, 0, 0));
    }
}
