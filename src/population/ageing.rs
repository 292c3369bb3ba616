//! How many people pass from one age band into the next in a month, for one sex of the whole nation.
//!
//! Published stocks do not say. A first guess takes the people per year of age at the boundary, the geometric mean of both
//! bands. Taken as it is, the guess misses the next published stocks, and the difference would appear as people moving in
//! and out of the country at every age: noise that carries adoption across the border. So the flows `A` are chosen to be
//! close to the guess `G` and to leave a small migration `M`, by least squares along the cohort line of the sex:
//!
//! `minimise sum_a ((A_a - G_a) / (GUESS_SPREAD G_a))^2 + sum_a (M_a / (MIGRATION_SPREAD w_a N_a))^2`
//!
//! with `M_a = N'_a - N_a + deaths_a - births_a + A_a - A_(a-1)`. The weight `w` is largest at ages 20-30, where people
//! migrate most (Rogers and Castro 1981, "Model migration schedules", IIASA RR-81-30; a bell in place of their curve). The
//! normal equations are tridiagonal and diagonally dominant, so elimination without pivoting is safe.

use super::grid::AgeBand;

/// Relative standard deviation of the first guess. Assumed.
const GUESS_SPREAD: f64 = 0.25;
/// Standard deviation of net migration in a month, of the people of a band, at the ages that migrate least. Assumed.
const MIGRATION_SPREAD: f64 = 0.0004;
/// How much more people of the most mobile age migrate than those of the least mobile.
const MOBILE_EXCESS: f64 = 3.0;
/// The most mobile age, and the width of the bell, years.
const MOBILE_AGE: (f64, f64) = (25.0, 8.0);

/// Weights of migration by age band: 1 at the ages that migrate least.
pub(super) fn mobility(ages: &[(String, AgeBand)]) -> Vec<f64> {
    let middle = |band: &AgeBand| if band.is_open() { band.from + 5.0 } else { 0.5 * (band.from + band.to) };
    ages.iter()
        .map(|(_, band)| {
            let distance = (middle(band) - MOBILE_AGE.0) / MOBILE_AGE.1;
            1.0 + MOBILE_EXCESS * libm::exp(-distance * distance)
        })
        .collect()
}

/// One sex in one month, by age band.
pub(super) struct Cohorts<'a> {
    /// Bands, youngest first; at least one.
    pub(super) ages: &'a [(String, AgeBand)],
    /// [`mobility`] of the bands.
    pub(super) mobility: &'a [f64],
    /// People before the month.
    pub(super) before: &'a [f64],
    /// People after the month.
    pub(super) after: &'a [f64],
    /// Deaths in the month.
    pub(super) deaths: &'a [f64],
    /// Births in the month, into the first band.
    pub(super) births: f64,
}

/// Working columns of [`Cohorts::solve`], kept between months.
#[derive(Default)]
pub(super) struct Scratch {
    guess: Vec<f64>,
    upper: Vec<f64>,
}

impl Cohorts<'_> {
    /// People who pass out of each band in the month: 0 in the last, between 0 and the survivors elsewhere.
    #[expect(
        clippy::needless_range_loop,
        reason = "the equations of a band use columns at the band and its neighbours"
    )]
    pub(super) fn solve(&self, scratch: &mut Scratch, ageing: &mut [f64]) {
        ageing.fill(0.0);
        let bands = self.ages.len();
        if bands < 2 {
            return;
        }
        let nation: f64 = self.before.iter().chain(self.after).sum();
        if nation <= 0.0 {
            return;
        }
        let tiny = 1e-9 * nation;
        scratch.guess.clear();
        scratch.guess.extend((0..bands - 1).map(|band| self.guess(band)));
        scratch.upper.clear();

        let square = |x: f64| x * x;
        let trust = |band: usize| 1.0 / square(GUESS_SPREAD * scratch.guess[band] + tiny);
        let stay = |band: usize| {
            let people = 0.5 * (self.before[band] + self.after[band]);
            1.0 / square(MIGRATION_SPREAD * self.mobility[band] * people + tiny)
        };
        // Migration of a band were nobody ageing.
        let gap = |band: usize| {
            let births = if band == 0 { self.births } else { 0.0 };
            self.after[band] - self.before[band] + self.deaths[band] - births
        };
        // Thomas elimination of
        // -stay_a A_(a-1) + (trust_a + stay_a + stay_(a+1)) A_a - stay_(a+1) A_(a+1) = trust_a G_a - stay_a gap_a + stay_(a+1) gap_(a+1)
        for band in 0..bands - 1 {
            let (here, next) = (stay(band), stay(band + 1));
            let mut diagonal = trust(band) + here + next;
            let mut right = trust(band) * scratch.guess[band] - here * gap(band) + next * gap(band + 1);
            if band > 0 {
                diagonal -= here * scratch.upper[band - 1];
                right += here * ageing[band - 1];
            }
            scratch.upper.push(next / diagonal);
            ageing[band] = right / diagonal;
        }
        for band in (0..bands - 2).rev() {
            ageing[band] += scratch.upper[band] * ageing[band + 1];
        }
        for band in 0..bands - 1 {
            let survivors = (self.before[band] - self.deaths[band]).max(0.0);
            ageing[band] = if ageing[band].is_finite() { ageing[band].clamp(0.0, survivors) } else { 0.0 };
        }
    }

    /// People at the upper boundary of a band, per month: the geometric mean of the people per year of age on both sides.
    fn guess(&self, band: usize) -> f64 {
        let density = |band: usize| self.before[band] / self.ages[band].1.width();
        let here = density(band);
        let beyond = if !self.ages[band + 1].1.is_open() {
            density(band + 1)
        } else if band > 0 && density(band - 1) > 0.0 {
            // The open band has no width: the fall from the band below goes on.
            here * (here / density(band - 1)).clamp(0.1, 1.0)
        } else {
            here
        };
        (here * beyond).sqrt() / 12.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bands(labels: &[&str]) -> Vec<(String, AgeBand)> {
        labels.iter().map(|&a| (a.to_owned(), AgeBand::parse(a).expect("a band"))).collect()
    }

    #[test]
    fn a_stationary_population_ages_by_a_sixtieth_a_month() {
        let ages = bands(&["0-4", "5-9", "10-14", "15+"]);
        // 60 born a month, none dies before 15, 60 die above it: 60 pass each boundary.
        let people = [3600.0, 3600.0, 3600.0, 30000.0];
        let mut ageing = [0.0; 4];
        let cohorts = Cohorts {
            ages: &ages,
            mobility: &mobility(&ages),
            before: &people,
            after: &people,
            deaths: &[0.0, 0.0, 0.0, 60.0],
            births: 60.0,
        };
        cohorts.solve(&mut Scratch::default(), &mut ageing);
        for (flow, wanted) in ageing.iter().zip([60.0, 60.0, 60.0, 0.0]) {
            assert!((flow - wanted).abs() < 1e-6, "{ageing:?}");
        }
    }

    #[test]
    fn a_bulge_passes_without_migration() {
        let ages = bands(&["0-4", "5-9", "10-14", "15+"]);
        // All births of 100 stay; flows 80, 50, 70 explain the change exactly, whatever the first guess.
        let before = [6000.0, 3000.0, 5000.0, 20000.0];
        let after = [6020.0, 3030.0, 4980.0, 20070.0];
        let mut ageing = [0.0; 4];
        let cohorts = Cohorts {
            ages: &ages,
            mobility: &mobility(&ages),
            before: &before,
            after: &after,
            deaths: &[0.0; 4],
            births: 100.0,
        };
        cohorts.solve(&mut Scratch::default(), &mut ageing);
        for band in 0..4 {
            let into = if band == 0 { 100.0 } else { ageing[band - 1] };
            let migration = after[band] - before[band] + ageing[band] - into;
            assert!(migration.abs() < 0.0004 * before[band], "{band}: {migration} with {ageing:?}");
        }
    }

    #[test]
    fn flows_stay_within_the_survivors() {
        let ages = bands(&["0-4", "5-9", "10+"]);
        for (before, after) in
            [([0.0; 3], [9.0; 3]), ([9.0; 3], [0.0; 3]), ([0.0, 1e10, 0.0], [1e10, 0.0, 0.0]), ([0.0; 3], [0.0; 3])]
        {
            let deaths = before.map(|n| n * 0.5);
            let mut ageing = [f64::NAN; 3];
            let cohorts = Cohorts {
                ages: &ages,
                mobility: &[1.0; 3],
                before: &before,
                after: &after,
                deaths: &deaths,
                births: 3.0,
            };
            cohorts.solve(&mut Scratch::default(), &mut ageing);
            for band in 0..3 {
                assert!(ageing[band] >= 0.0 && ageing[band] <= before[band] - deaths[band], "{ageing:?}");
            }
            assert_eq!(ageing[2], 0.0);
        }
    }
}
