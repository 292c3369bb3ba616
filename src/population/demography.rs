//! Monthly flows of whole people between cells, consistent with the published stocks.
//!
//! Each month the flows are first found for the nation by sex and age (deaths by `mortality`, ageing by `ageing`), then given
//! to places in proportion to their people; what a cell still lacks to its published stock moves in or out. Fractions of
//! people are carried over to the next month, cell by cell and flow by flow, so that whole people move and nothing is lost.

use super::ageing::{Cohorts, Scratch, mobility};
use super::grid::{FEMALE, Grid, MALE};
use super::mortality::Mortality;
use super::tables::{PopulationTables, sound};
use crate::units::Month;

/// Share of boys among the newborn: 105 to 100, the usual ratio.
const BOYS: f64 = 105.0 / 205.0;
/// Ages between which women bear children, years.
const FERTILE_AGES: (f64, f64) = (15.0, 50.0);
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
        let mut carried = Carried::new(cells);
        let mut wanted = vec![Flow::default(); cells];
        let mut order = Vec::with_capacity(cells);
        for month in 0..months {
            let date = start.plus(i32::try_from(month).unwrap_or(i32::MAX - 48_000));
            tables.stock_into(date, &mut after);
            nation.month(tables, date, &before, &after);
            nation.to_cells(&before, &after, &mut wanted);
            demography.settle(month, &wanted, &after, &mut carried, &mut order);
            std::mem::swap(&mut before, &mut after);
        }
        demography
    }

    /// Turns the wanted flows of a month into whole people.
    fn settle(&mut self, month: usize, wanted: &[Flow], stock: &[f64], carried: &mut Carried, order: &mut Vec<usize>) {
        let cells = wanted.len();
        let ages = self.grid.ages.len();
        let base = month * cells;
        let (past, future) = self.people.split_at_mut(base + cells);
        let (people, next) = (&past[base..], &mut future[..cells]);
        let now = base..base + cells;
        let (deaths, ageing) = (&mut self.deaths[now.clone()], &mut self.ageing[now.clone()]);
        let (leaving, arriving) = (&mut self.leaving[now.clone()], &mut self.arriving[now.clone()]);
        let births = &mut self.births[now];

        let mut total = 0.0;
        let mut from_below = 0.0;
        for cell in 0..cells {
            let flow = &wanted[cell];
            if cell % ages == 0 {
                from_below = 0.0;
            }
            let mut rest = people[cell];
            deaths[cell] = carry(&mut carried.deaths[cell], flow.deaths).min(rest);
            rest -= deaths[cell];
            ageing[cell] = carry(&mut carried.ageing[cell], flow.ageing).min(rest);
            rest -= ageing[cell];
            births[cell] = carry(&mut carried.births[cell], flow.births);
            // Negative when people leave; this flow alone may be either.
            let mut moving = carry_signed(&mut carried.moving[cell], flow.moving);
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
        let mut lacking = whole(stock.iter().sum::<f64>()) - total;
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
            order.clear();
            order.extend((0..cells).filter(|&cell| spare(cell) >= 1.0));
            if order.is_empty() {
                break;
            }
            let count = lacking.abs();
            let each = (count / order.len() as f64).trunc().max(1.0);
            if count < order.len() as f64 {
                let off = |cell: usize| (next[cell] - stock[cell]) * lacking.signum();
                // Ties go to the first cell, so that the choice is the same everywhere.
                order.select_nth_unstable_by(count as usize, |&a, &b| off(a).total_cmp(&off(b)).then(a.cmp(&b)));
                order.truncate(count as usize);
            }
            for &cell in &*order {
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

/// Fractions of people not yet moved, by cell, each in -1..=1.
struct Carried {
    deaths: Vec<f64>,
    ageing: Vec<f64>,
    births: Vec<f64>,
    moving: Vec<f64>,
}

impl Carried {
    /// Fractions begin spread evenly over cells: were they all 0, cells with like flows would all round up in the same month.
    fn new(cells: usize) -> Self {
        let spread = |phase: f64| {
            (0..cells)
                .map(|cell| {
                    let turn = (cell as f64 + phase) * GOLDEN;
                    turn - turn.trunc() - 0.5
                })
                .collect()
        };
        Self { deaths: spread(0.25), ageing: spread(0.5), births: spread(0.75), moving: spread(1.0) }
    }
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

/// The nearest whole number, halves up. Values here lie far below 2^53, where the cast is exact.
fn whole(value: f64) -> f64 {
    let below = (value as i64) as f64;
    let part = value - below;
    if part >= 0.5 {
        below + 1.0
    } else if part < -0.5 {
        below - 1.0
    } else {
        below
    }
}

/// Whole numbers that differ from `values` by less than 1 each and add up to their rounded sum.
fn whole_parts(values: &[f64], wholes: &mut [f64]) {
    let (mut sum, mut given) = (0.0, 0.0);
    for (value, part) in values.iter().zip(wholes) {
        sum += value;
        let next = whole(sum);
        *part = (next - given).max(0.0);
        given += *part;
    }
}

/// National flows of one month by sex and age (position `sex * ages + age`).
struct Nation {
    mortality: Mortality,
    mobility: Vec<f64>,
    grid: Grid,
    scratch: Scratch,
    before: Vec<f64>,
    after: Vec<f64>,
    /// Share of people of each sex and age who die.
    dying: Vec<f64>,
    deaths: Vec<f64>,
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
    fn to_cells(&self, before: &[f64], after: &[f64], flows: &mut [Flow]) {
        let (width, ages) = (self.before.len(), self.grid.ages.len());
        let mothers: Vec<f64> = before.chunks_exact(width).map(|place| self.mothers(place)).collect();
        let all_mothers: f64 = mothers.iter().sum();
        for (place, (before, after)) in before.chunks_exact(width).zip(after.chunks_exact(width)).enumerate() {
            let born = if all_mothers > 0.0 { mothers[place] / all_mothers } else { 0.0 };
            let mut from_below = 0.0;
            for at in 0..width {
                let youngest = at % ages == 0;
                if youngest {
                    from_below = 0.0;
                }
                let share = if self.before[at] > 0.0 { before[at] / self.before[at] } else { 0.0 };
                let mut flow =
                    Flow { deaths: self.deaths[at] * share, ageing: self.ageing[at] * share, ..Flow::default() };
                if youngest {
                    flow.births = self.births[at / ages] * born;
                }
                flow.moving = after[at] - before[at] + flow.deaths + flow.ageing - from_below - flow.births;
                from_below = flow.ageing;
                flows[place * width + at] = flow;
            }
        }
    }

    /// Women of childbearing age at a place; everybody where none are told apart or alive in the nation.
    fn mothers(&self, place: &[f64]) -> f64 {
        let ages = self.grid.ages.len();
        let fertile = |at: usize| {
            let band = &self.grid.ages[at % ages].1;
            let middle = 0.5 * (band.from + band.to);
            self.grid.sexes[at / ages] != MALE && (FERTILE_AGES.0..FERTILE_AGES.1).contains(&middle)
        };
        let women =
            |people: &[f64]| people.iter().enumerate().filter(|&(at, _)| fertile(at)).map(|(_, n)| n).sum::<f64>();
        if women(&self.before) > 0.0 { women(place) } else { place.iter().sum() }
    }
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
