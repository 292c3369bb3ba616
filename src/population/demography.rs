//! Monthly flows of whole people between cells, consistent with the published stocks.
//!
//! Each month the flows are first found for the nation by sex and age (deaths by `mortality`, ageing by `ageing`), then given
//! to places in proportion to their people; what a cell still lacks to its published stock moves in or out. Fractions of
//! people are carried over to the next month, cell by cell and flow by flow, so that whole people move and nothing is lost.

use std::ops::Range;

use super::ageing::{Cohorts, Scratch, mobility};
use super::grid::{AgeBand, FEMALE, Grid, MALE};
use super::mortality::Mortality;
use super::tables::{PopulationTables, sound};
use crate::units::Month;

/// Share of boys among the newborn: 105 to 100, the usual ratio.
const BOYS: f64 = 105.0 / 205.0;
/// Ages between which women bear children, years.
const FERTILE_AGES: Range<f64> = 15.0..50.0;
/// Most people a cell may lie off its published stock before it is set right at once; carried fractions explain this much.
const SLACK: f64 = 3.0;
/// The golden ratio's fraction: successive multiples fill the unit interval evenly.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// Stocks and flows of whole people, month by month; an input of every engine, the same for every member.
///
/// Values are whole numbers held as `f64` (exact below 2^53). Arrays are indexed `[month * cells + cell]`.
/// In each month, in this order: `deaths` leave, `ageing` moves people to the next older band of the same place and
/// sex, `leaving` moves people out of their cell, `arriving` moves people in (from the pool of those who left cells of
/// the same sex and age; the shortfall comes from abroad as non-users, the excess goes abroad), `births` enter the youngest band.
///
/// In every cell and month, exactly: `people[m + 1] = people[m] - deaths - ageing + ageing of the band below - leaving +
/// arriving + births`; `deaths + ageing + leaving <= people[m]`; and not both `leaving` and `arriving`.
#[derive(Clone, Debug, PartialEq)]
pub struct Demography {
    /// Cells.
    pub grid: Grid,
    /// Months.
    pub months: usize,
    /// Living people: `[0]` before the first step, `[m + 1]` at the end of month `m`; length (months + 1) x cells.
    pub people: Vec<f64>,
    /// Deaths in the month, of those in the cell when it begins; length months x cells.
    pub deaths: Vec<f64>,
    /// Survivors who pass into the next band in the month; 0 in the last band.
    pub ageing: Vec<f64>,
    /// People who leave the cell for another place (or abroad), after ageing; of those in the cell when the month begins.
    pub leaving: Vec<f64>,
    /// People who arrive from another place (or abroad), after ageing.
    pub arriving: Vec<f64>,
    /// Births in the month, into the youngest band (zero elsewhere).
    pub births: Vec<f64>,
}

impl Demography {
    /// Flows for `months` months from `start` (`people[0]` is the end of the month before).
    ///
    /// Months beyond the tables keep the first or last stocks, births making up for deaths. Cost and memory are linear in
    /// months x cells (48 bytes each). Tables made in code may hold anything: values that are not finite or below 0 count as 0.
    #[must_use]
    pub fn new(tables: &PopulationTables, start: Month, months: usize) -> Self {
        let cells = tables.grid.cells();
        let column = || vec![0.0; months * cells];
        let mut demography = Self {
            grid: tables.grid.clone(),
            months,
            people: vec![0.0; (months + 1) * cells],
            deaths: column(),
            ageing: column(),
            leaving: column(),
            arriving: column(),
            births: column(),
        };
        if cells == 0 {
            return demography;
        }
        let mut before = tables.stock_at(start.plus(-1));
        let mut after = vec![0.0; cells];
        whole_parts(&before, &mut demography.people[..cells]);

        let mut nation = Nation::new(tables);
        let mut carried = carried_at_first(cells);
        let mut wanted = vec![Flow::default(); cells];
        let mut order = Vec::with_capacity(cells);
        for month in 0..months {
            let date = start.plus(month as i32);
            tables.stock_into(date, &mut after);
            nation.month(tables, date, &before, &after);
            nation.share_out(&before, &after, &mut wanted);
            demography.settle(month, &wanted, &after, &mut carried, &mut order);
            std::mem::swap(&mut before, &mut after);
        }
        demography
    }

    /// Turns the wanted flows of a month into whole people.
    fn settle(
        &mut self,
        month: usize,
        wanted: &[Flow],
        stock: &[f64],
        carried: &mut [Flow],
        order: &mut Vec<(f64, usize)>,
    ) {
        let cells = wanted.len();
        let ages = self.grid.ages.len();
        let base = month * cells;
        let (past, future) = self.people.split_at_mut(base + cells);
        let (people, next) = (&past[base..], &mut future[..cells]);
        let now = base..base + cells;
        let (deaths, ageing) = (&mut self.deaths[now.clone()], &mut self.ageing[now.clone()]);
        let (leaving, arriving) = (&mut self.leaving[now.clone()], &mut self.arriving[now.clone()]);
        let births = &mut self.births[now];

        let (mut total, mut from_below) = (0.0, 0.0);
        let mut band = 0;
        for (cell, (flow, carried)) in wanted.iter().zip(carried).enumerate() {
            if band == ages {
                (band, from_below) = (0, 0.0);
            }
            band += 1;
            let mut rest = people[cell];
            deaths[cell] = carry(&mut carried.deaths, flow.deaths).min(rest);
            rest -= deaths[cell];
            ageing[cell] = carry(&mut carried.ageing, flow.ageing).min(rest);
            rest -= ageing[cell];
            births[cell] = carry(&mut carried.births, flow.births);
            // Negative when people leave; this flow alone may be either.
            let mut moving = carry_signed(&mut carried.moving, flow.moving);
            if ages == 1 && flow.births > 0.0 {
                // Where ages are not told apart births can take up the rounding, and nobody need move for it.
                births[cell] = (whole(stock[cell]) - rest - moving).max(0.0);
            }
            let off = stock[cell] - (rest + from_below + births[cell] + moving);
            if off.abs() > SLACK {
                moving += off.trunc();
            }
            arriving[cell] = moving.max(0.0);
            leaving[cell] = (-moving).max(0.0).min(rest);
            next[cell] = rest - leaving[cell] + from_below + arriving[cell] + births[cell];
            total += next[cell];
            from_below = ageing[cell];
        }

        // Carried fractions add up over many cells: the nation is set right by single people, in the cells furthest off.
        let mut lacking = stock.iter().sum::<f64>().round() - total;
        for _ in 0..8 {
            if lacking == 0.0 {
                break;
            }
            let spare = |cell: usize| {
                if lacking > 0.0 {
                    f64::INFINITY
                } else {
                    arriving[cell] + people[cell] - deaths[cell] - ageing[cell] - leaving[cell]
                }
            };
            // Furthest off first; ties go to the first cell, so that the choice is the same everywhere.
            order.clear();
            order.extend((0..cells).map(|cell| ((next[cell] - stock[cell]) * lacking.signum(), cell)));
            order.retain(|&(_, cell)| spare(cell) >= 1.0);
            if order.is_empty() {
                break;
            }
            let count = lacking.abs();
            let each = (count / order.len() as f64).trunc().max(1.0);
            if count < order.len() as f64 {
                order.select_nth_unstable_by(count as usize, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                order.truncate(count as usize);
            }
            for &(_, cell) in &*order {
                if lacking > 0.0 {
                    let back = leaving[cell].min(each);
                    leaving[cell] -= back;
                    arriving[cell] += each - back;
                    next[cell] += each;
                    lacking -= each;
                } else {
                    let available = people[cell] - deaths[cell] - ageing[cell] - leaving[cell];
                    let fewer = arriving[cell].min(each);
                    let more = available.min(each - fewer);
                    arriving[cell] -= fewer;
                    leaving[cell] += more;
                    next[cell] -= fewer + more;
                    lacking += fewer + more;
                }
            }
        }
    }
}

/// Flows of one cell in one month before rounding, persons.
#[derive(Clone, Copy, Default)]
struct Flow {
    deaths: f64,
    ageing: f64,
    births: f64,
    /// Arriving less leaving.
    moving: f64,
}

/// Fractions of people not yet moved, by cell, each between -1/2 and 1/2.
///
/// They begin spread evenly over cells: were they all 0, cells with like flows would all round up in the same month.
fn carried_at_first(cells: usize) -> Vec<Flow> {
    let spread = |cell: usize, phase: f64| {
        let turn = (cell as f64 + phase) * GOLDEN;
        turn - turn.trunc() - 0.5
    };
    (0..cells)
        .map(|cell| Flow {
            deaths: spread(cell, 0.25),
            ageing: spread(cell, 0.5),
            births: spread(cell, 0.75),
            moving: spread(cell, 1.0),
        })
        .collect()
}

/// Whole people of a flow of 0 or more; the fraction is carried over.
fn carry(carried: &mut f64, flow: f64) -> f64 {
    carry_signed(carried, flow).max(0.0)
}

/// Whole people of a flow of either sign; the fraction is carried over.
fn carry_signed(carried: &mut f64, flow: f64) -> f64 {
    let due = *carried + flow;
    let moved = whole(due);
    *carried = due - moved;
    moved
}

/// The nearest whole number, halves to even, of values up to 2^51.
///
/// Adding 1.5 * 2^52 leaves no bits for a fraction; this takes two additions, where `round` is a call on plain x86-64.
fn whole(value: f64) -> f64 {
    const NO_FRACTION: f64 = 6_755_399_441_055_744.0;
    (value + NO_FRACTION) - NO_FRACTION
}

/// Whole numbers that differ from `values` by less than 1 each and add up to their rounded sum.
fn whole_parts(values: &[f64], wholes: &mut [f64]) {
    let (mut sum, mut given) = (0.0, 0.0);
    for (value, part) in values.iter().zip(wholes) {
        sum += value;
        let next = sum.round();
        *part = (next - given).max(0.0);
        given += *part;
    }
}

/// National flows of one month by sex and age (position `sex * ages + age`).
struct Nation {
    mortality: Mortality,
    mobility: Vec<f64>,
    grid: Grid,
    fertile: Vec<f64>,
    scratch: Scratch,
    before: Vec<f64>,
    after: Vec<f64>,
    /// Share of people of each sex and age who die.
    dying: Vec<f64>,
    deaths: Vec<f64>,
    /// People who pass out of each band; [`Nation::share_out`] turns it into a share of the band.
    ageing: Vec<f64>,
    /// Births by sex.
    births: Vec<f64>,
}

impl Nation {
    fn new(tables: &PopulationTables) -> Self {
        let width = tables.grid.cells_per_place();
        let column = || vec![0.0; width];
        Self {
            mortality: Mortality::new(&tables.grid),
            mobility: mobility(&tables.grid.ages),
            grid: tables.grid.clone(),
            fertile: fertile(&tables.grid),
            scratch: Scratch::default(),
            before: column(),
            after: column(),
            dying: column(),
            deaths: column(),
            ageing: column(),
            births: vec![0.0; tables.grid.sexes.len()],
        }
    }

    /// Flows of the month ending at `date`, from stocks by cell before and after it.
    fn month(&mut self, tables: &PopulationTables, date: Month, before: &[f64], after: &[f64]) {
        let width = self.before.len();
        sum_places(before, width, &mut self.before);
        sum_places(after, width, &mut self.after);
        let people: f64 = self.before.iter().sum();
        let growth = self.after.iter().sum::<f64>() - people;
        let published = tables.span().is_some_and(|(first, last)| first < date && date <= last);

        let born = monthly(tables, &tables.births, date, people).filter(|_| published);
        let mut died = monthly(tables, &tables.deaths, date, people);
        if let (None, Some(born)) = (died, born) {
            died = Some((born - growth).max(0.0));
        }
        self.mortality.shares(&self.before, died, &mut self.dying);
        for ((deaths, share), people) in self.deaths.iter_mut().zip(&self.dying).zip(&self.before) {
            *deaths = share * people;
        }
        // Where births are unknown, and beyond the tables, they make up for deaths and growth.
        let born = born.unwrap_or_else(|| (self.deaths.iter().sum::<f64>() + growth).max(0.0));
        let born = if people > 0.0 { born } else { 0.0 };

        let ages = self.grid.ages.len();
        for (sex, name) in self.grid.sexes.iter().enumerate() {
            let share = match name.as_str() {
                MALE => BOYS,
                FEMALE => 1.0 - BOYS,
                _ => 1.0,
            };
            self.births[sex] = born * share;
            let own = sex * ages..(sex + 1) * ages;
            let cohorts = Cohorts {
                ages: &self.grid.ages,
                mobility: &self.mobility,
                before: &self.before[own.clone()],
                after: &self.after[own.clone()],
                deaths: &self.deaths[own.clone()],
                births: self.births[sex],
            };
            cohorts.solve(&mut self.scratch, &mut self.ageing[own]);
        }
    }

    /// Gives the national flows to cells in proportion to their people; births to places by their women of childbearing age.
    fn share_out(&mut self, before: &[f64], after: &[f64], flows: &mut [Flow]) {
        let (width, ages) = (self.before.len(), self.grid.ages.len());
        for (share, people) in self.ageing.iter_mut().zip(&self.before) {
            *share = if *people > 0.0 { *share / people } else { 0.0 };
        }
        let women = |people: &[f64]| people.iter().zip(&self.fertile).map(|(n, fertile)| n * fertile).sum::<f64>();
        let mut all_mothers = women(&self.before);
        let told_apart = all_mothers > 0.0;
        if !told_apart {
            all_mothers = self.before.iter().sum();
        }
        let places = before.chunks_exact(width).zip(after.chunks_exact(width)).zip(flows.chunks_exact_mut(width));
        for ((before, after), flows) in places {
            let mothers = if told_apart { women(before) } else { before.iter().sum() };
            let born = if all_mothers > 0.0 { mothers / all_mothers } else { 0.0 };
            for (sex, births) in self.births.iter().enumerate() {
                let (mut from_below, mut births) = (0.0, births * born);
                for at in sex * ages..(sex + 1) * ages {
                    let (deaths, ageing) = (before[at] * self.dying[at], before[at] * self.ageing[at]);
                    let moving = after[at] - before[at] + deaths + ageing - from_below - births;
                    flows[at] = Flow { deaths, ageing, births, moving };
                    (from_below, births) = (ageing, 0.0);
                }
            }
        }
    }
}

/// 1 for women and girls (or all, where sexes are not told apart) of childbearing age, else 0, by sex and age.
fn fertile(grid: &Grid) -> Vec<f64> {
    let mothers = |sex: &String, band: &AgeBand| sex != MALE && FERTILE_AGES.contains(&(0.5 * (band.from + band.to)));
    let by_age = |sex| grid.ages.iter().map(move |(_, band)| f64::from(u8::from(mothers(sex, band))));
    grid.sexes.iter().flat_map(by_age).collect()
}

fn sum_places(cells: &[f64], width: usize, sums: &mut [f64]) {
    sums.fill(0.0);
    for place in cells.chunks_exact(width) {
        for (sum, people) in sums.iter_mut().zip(place) {
            *sum += people;
        }
    }
}

/// Events in the month of `date`, a twelfth of its year's; years between given ones in straight lines, years outside them by
/// the rate per person of the nearest. `None` when no year is given.
fn monthly(tables: &PopulationTables, years: &[(i32, f64)], date: Month, people: f64) -> Option<f64> {
    let (first, last) = (*years.first()?, *years.last()?);
    let year = date.year();
    let next = years.partition_point(|point| point.0 <= year);
    let yearly = match (next.checked_sub(1).map(|i| years[i]), years.get(next)) {
        (Some((y0, v0)), Some(&(y1, v1))) => {
            sound(v0) + (sound(v1) - sound(v0)) * f64::from(year - y0) / f64::from(y1 - y0)
        }
        _ if year == last.0 => sound(last.1),
        _ => {
            let (nearest, events) = if year < first.0 { first } else { last };
            let then = tables.total_at(date.plus((nearest - year) * 12 + 6 - date.month() as i32));
            if then > 0.0 { sound(events) / then * people } else { 0.0 }
        }
    };
    Some(yearly / 12.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().expect("a month")
    }

    #[test]
    fn one_cell_grows_by_births_and_loses_by_deaths() {
        // 12 a year on 1200, deaths 1 % a year: one more a month, about one death, about two births.
        let tables =
            PopulationTables::from_totals(&[(month("1999-12"), 1200.0), (month("2009-12"), 1320.0)], 0.01, "test");
        let run = Demography::new(&tables, month("2000-01"), 120);
        assert_eq!((run.people[0], run.people[1], run.people[120]), (1200.0, 1201.0, 1320.0));
        let sum = |flow: &[f64]| flow.iter().sum::<f64>();
        // 1 % of a mean 1260 over ten years is 126 deaths, and 120 more people need 246 births.
        assert!((sum(&run.deaths) - 126.0).abs() <= 1.0, "{}", sum(&run.deaths));
        assert!((sum(&run.births) - 246.0).abs() <= 2.0);
        assert!(sum(&run.leaving) + sum(&run.arriving) <= 2.0);
        assert_eq!(sum(&run.ageing), 0.0);
    }

    #[test]
    fn few_and_many_people_are_exact() {
        for total in [0.0, 1.0, 1e10] {
            let points = [(month("2000-01"), total), (month("2005-01"), total)];
            for rate in [0.0, 0.01, 1e6] {
                let tables = PopulationTables::from_totals(&points, rate, "test");
                let run = Demography::new(&tables, month("1999-01"), 100);
                assert!(run.people.iter().all(|&n| n == total), "{total} at {rate}");
                assert_eq!(run.deaths, run.births);
            }
        }
        assert_eq!(
            Demography::new(&PopulationTables::from_totals(&[], 0.01, "test"), month("2000-01"), 3).people,
            [0.0; 4]
        );
    }

    #[test]
    fn a_grid_without_cells_or_months_is_harmless() {
        let mut tables = PopulationTables::from_totals(&[(month("2000-01"), 5.0)], 0.01, "test");
        assert_eq!(Demography::new(&tables, month("2000-01"), 0).people, [5.0]);
        tables.grid.regions.clear();
        assert!(Demography::new(&tables, month("2000-01"), 7).people.is_empty());
    }

    #[test]
    fn tables_made_of_nonsense_give_a_sound_run() {
        let mut tables = PopulationTables::from_totals(&[(month("2000-01"), 5.0)], 0.01, "test");
        tables.grid.regions.push("second".to_owned());
        tables.stocks.push((month("2001-01"), vec![f64::NAN, -3.0, 8.0]));
        tables.stocks.push((month("2002-01"), vec![1e300, f64::INFINITY]));
        tables.births = vec![(2001, f64::NAN), (2001, -1.0)];
        tables.deaths = vec![(1999, f64::INFINITY), (2000, 1e300)];
        let run = Demography::new(&tables, month("1999-01"), 60);
        let columns = [&run.people, &run.deaths, &run.leaving, &run.arriving, &run.births];
        assert!(columns.iter().all(|column| column.iter().all(|&n| n >= 0.0 && n.fract() == 0.0)));
    }

    #[test]
    fn rounding_loses_nobody() {
        let mut wholes = [0.0; 7];
        whole_parts(&[0.3; 7], &mut wholes);
        assert_eq!(wholes.iter().sum::<f64>(), 2.0);
        assert!(wholes.iter().all(|&n| n == 0.0 || n == 1.0));
        let mut carried = 0.0;
        let moved: Vec<f64> = (0..10).map(|_| carry(&mut carried, 0.4)).collect();
        assert_eq!(moved.iter().sum::<f64>(), 4.0);
        for (value, nearest) in [(0.49, 0.0), (0.51, 1.0), (-0.51, -1.0), (1e12 + 0.7, 1e12 + 1.0), (2.5, 2.0)] {
            assert_eq!(whole(value), nearest);
        }
    }
}
