//! Which numbers a run reports, and their collection while an engine steps.

use super::world::engine_order;
use crate::number::Number;
use crate::population::{Demography, Grid};
use crate::scenario::{Dimension, Frequency, Outputs, TimeSpan};
use crate::series::{ALL, Group};
use crate::units::{Month, STEP_YEARS};

/// Numbers recorded for each layer, group and date: users, adoption, discontinuance, user-years, incidents.
pub const MEASURES: usize = 5;

/// The groups and dates of a run's results.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Groups; the first is everybody.
    pub groups: Vec<Group>,
    /// Reported months, increasing.
    pub dates: Vec<Month>,
    /// For each simulated month, the position of its date if it is reported.
    date_of_step: Vec<Option<usize>>,
    /// For each breakdown, the groups of cells.
    divisions: Vec<Division>,
    /// Places of the engine's order of cells.
    places: usize,
    /// Living people by group and date, `[group * dates + date]`.
    pub population: Vec<f64>,
}

impl Report {
    /// The groups and dates that `outputs` asks for. A way of dividing that the population does not have is left out.
    #[must_use]
    pub fn new(outputs: &Outputs, time: &TimeSpan, demography: &Demography) -> Self {
        let grid = &demography.grid;
        let (dates, date_of_step) = dates(outputs.frequency, *time);
        let mut groups = vec![Group::everybody()];
        let places = grid.places();
        let mut divisions = vec![Division::Place(vec![0; places])];
        let order: Vec<usize> = engine_order(grid).collect();
        for breakdown in &outputs.breakdowns {
            let divided = breakdown.iter().any(|d| count(grid, *d) > 1);
            if divided {
                let group_of = divide(grid, breakdown, &mut groups);
                divisions.push(Division::new(order.iter().map(|&cell| group_of[cell]).collect(), places));
            }
        }
        let mut report = Self { groups, dates, date_of_step, divisions, places, population: Vec::new() };
        report.population = report.populations(demography);
        report
    }

    /// A report of nothing: for runs whose users are read on the way.
    #[must_use]
    pub fn nothing(demography: &Demography) -> Self {
        let places = demography.grid.places();
        Self {
            groups: Vec::new(),
            dates: Vec::new(),
            date_of_step: vec![None; demography.months],
            divisions: Vec::new(),
            places,
            population: Vec::new(),
        }
    }

    /// How many (groups, dates) a report would have, without making it.
    #[must_use]
    pub fn size(outputs: &Outputs, time: &TimeSpan, grid: &Grid) -> (usize, usize) {
        let groups = outputs.breakdowns.iter().map(|breakdown| {
            let sizes = breakdown.iter().map(|d| count(grid, *d));
            let groups: usize = sizes.product();
            if groups > 1 { groups } else { 0 }
        });
        (1 + groups.sum::<usize>(), dates(outputs.frequency, *time).0.len())
    }

    /// Numbers recorded for one member.
    #[must_use]
    pub fn values(&self, layers: usize) -> usize {
        layers * self.groups.len() * self.dates.len() * MEASURES
    }

    /// Position of the first measure of a layer, group and date in a recorder's values.
    #[inline]
    #[must_use]
    pub fn index(&self, layer: usize, group: usize, date: usize) -> usize {
        ((layer * self.groups.len() + group) * self.dates.len() + date) * MEASURES
    }

    /// The position among the dates of simulated month `step`, if it is reported.
    #[inline]
    #[must_use]
    pub fn date_of(&self, step: usize) -> Option<usize> {
        self.date_of_step[step]
    }

    /// Years from the previous reported date (or the start of the run) to date number `date`.
    #[must_use]
    pub fn period(&self, date: usize) -> f64 {
        let months = match date.checked_sub(1) {
            Some(previous) => self.dates[date].months_since(self.dates[previous]),
            None => 1,
        };
        f64::from(months) * STEP_YEARS
    }

    fn populations(&self, demography: &Demography) -> Vec<f64> {
        let cells = demography.grid.cells();
        let order: Vec<usize> = engine_order(&demography.grid).collect();
        let mut population = vec![0.0; self.groups.len() * self.dates.len()];
        for (step, date) in self.date_of_step.iter().enumerate() {
            let Some(date) = date else { continue };
            let people = &demography.people[(step + 1) * cells..(step + 2) * cells];
            let people: Vec<f64> = order.iter().map(|&cell| people[cell]).collect();
            let mut sums = Sums::new(self.places);
            sums.take(&people);
            for division in &self.divisions {
                sums.each(division, &people, |group, people| population[group * self.dates.len() + date] += people);
            }
        }
        population
    }
}

/// Reported months and, for each simulated month, its position among them.
fn dates(frequency: Frequency, time: TimeSpan) -> (Vec<Month>, Vec<Option<usize>>) {
    let last = time.months() - 1;
    let mut dates = Vec::new();
    let of_step = (0..=last)
        .map(|step| {
            let month = time.start.plus(step as i32);
            let reported = frequency == Frequency::Monthly || month.month() == 12 || step == 0 || step == last;
            reported.then(|| {
                dates.push(month);
                dates.len() - 1
            })
        })
        .collect();
    (dates, of_step)
}

fn count(grid: &Grid, dimension: Dimension) -> usize {
    match dimension {
        Dimension::Region => grid.regions.len(),
        Dimension::Residence => grid.residences.len(),
        Dimension::Sex => grid.sexes.len(),
        Dimension::Age => grid.ages.len(),
    }
}

/// Appends the groups of a breakdown and says which each cell belongs to.
fn divide(grid: &Grid, breakdown: &[Dimension], groups: &mut Vec<Group>) -> Vec<u32> {
    let first = groups.len();
    let has = |d| breakdown.contains(&d) && count(grid, d) > 1;
    let size = |d| if has(d) { count(grid, d) } else { 1 };
    let label = |d, names: &dyn Fn(usize) -> String, i: usize| if has(d) { names(i) } else { ALL.to_owned() };
    for region in 0..size(Dimension::Region) {
        for residence in 0..size(Dimension::Residence) {
            for sex in 0..size(Dimension::Sex) {
                for age in 0..size(Dimension::Age) {
                    groups.push(Group {
                        region: label(Dimension::Region, &|i| grid.regions[i].clone(), region),
                        residence: label(Dimension::Residence, &|i| grid.residences[i].clone(), residence),
                        sex: label(Dimension::Sex, &|i| grid.sexes[i].clone(), sex),
                        age: label(Dimension::Age, &|i| grid.ages[i].0.clone(), age),
                    });
                }
            }
        }
    }
    (0..grid.cells())
        .map(|cell| {
            let (region, residence, sex, age) = grid.position(cell);
            let pick = |d, i| if has(d) { i } else { 0 };
            let mut group = pick(Dimension::Region, region);
            group = group * size(Dimension::Residence) + pick(Dimension::Residence, residence);
            group = group * size(Dimension::Sex) + pick(Dimension::Sex, sex);
            group = group * size(Dimension::Age) + pick(Dimension::Age, age);
            (first + group) as u32
        })
        .collect()
}

/// The reported numbers of one member, filled while an engine steps.
#[derive(Clone, Debug)]
pub struct Recorder<'a, N> {
    report: &'a Report,
    /// Indexed by [`Report::index`] plus the measure, see [`MEASURES`].
    pub values: Vec<N>,
    /// Room for sums.
    sums: Sums<N>,
}

impl<'a, N: Number> Recorder<'a, N> {
    /// An empty recorder for `layers` layers.
    #[must_use]
    pub fn new(report: &'a Report, layers: usize) -> Self {
        Self { report, values: vec![N::from(0.0); report.values(layers)], sums: Sums::new(report.places) }
    }

    /// The report it fills.
    #[must_use]
    pub fn report(&self) -> &'a Report {
        self.report
    }

    /// Adds one layer's numbers by cell (in the engine's order) to every group, at date position `date`. A measure
    /// without numbers is not followed.
    pub fn add(&mut self, layer: usize, date: usize, measures: [&[N]; MEASURES]) {
        let stride = self.report.dates.len() * MEASURES;
        let first = self.report.index(layer, 0, date);
        for (measure, numbers) in measures.iter().enumerate().filter(|(_, numbers)| !numbers.is_empty()) {
            self.sums.take(numbers);
            for division in &self.report.divisions {
                self.sums.each(division, numbers, |group, number| {
                    let sum = &mut self.values[first + group * stride + measure];
                    *sum = *sum + number;
                });
            }
        }
    }
}

/// The groups of the cells of one breakdown.
#[derive(Clone, Debug, PartialEq)]
enum Division {
    /// By place, whoever lives there.
    Place(Vec<u32>),
    /// By (sex, age), wherever they live.
    Kind(Vec<u32>),
    /// By both.
    Cell(Vec<u32>),
}

impl Division {
    /// From the group of each cell.
    fn new(of_cell: Vec<u32>, places: usize) -> Self {
        let rows = || of_cell.chunks_exact(places.max(1));
        if rows().all(|row| Some(row) == rows().next()) {
            Self::Place(of_cell[..places].to_vec())
        } else if rows().all(|row| row.iter().all(|group| *group == row[0])) {
            Self::Kind(rows().map(|row| row[0]).collect())
        } else {
            Self::Cell(of_cell)
        }
    }
}

/// Sums of cells by place and by (sex, age), from which most groups are made.
#[derive(Clone, Debug)]
struct Sums<N> {
    by_place: Vec<N>,
    by_kind: Vec<N>,
}

impl<N: Number> Sums<N> {
    fn new(places: usize) -> Self {
        Self { by_place: vec![N::from(0.0); places], by_kind: Vec::new() }
    }

    /// Sums `cells`, in the engine's order.
    fn take(&mut self, cells: &[N]) {
        let zero = N::from(0.0);
        self.by_place.fill(zero);
        self.by_kind.clear();
        for row in cells.chunks_exact(self.by_place.len().max(1)) {
            for (sum, &value) in self.by_place.iter_mut().zip(row) {
                *sum = *sum + value;
            }
            self.by_kind.push(row.iter().fold(zero, |sum, &value| sum + value));
        }
    }

    /// Hands every part of a division to `add`, with its group.
    fn each(&self, division: &Division, cells: &[N], mut add: impl FnMut(usize, N)) {
        let (groups, numbers) = match division {
            Division::Place(groups) => (groups, &self.by_place[..]),
            Division::Kind(groups) => (groups, &self.by_kind[..]),
            Division::Cell(groups) => (groups, cells),
        };
        for (&group, &number) in groups.iter().zip(numbers) {
            add(group as usize, number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: &str, end: &str) -> TimeSpan {
        TimeSpan { start: start.parse().expect("month"), end: end.parse().expect("month") }
    }

    #[test]
    fn annual_dates_are_decembers_and_both_ends() {
        let (reported, of_step) = dates(Frequency::Annual, span("2000-03", "2002-06"));
        let texts: Vec<String> = reported.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["2000-03", "2000-12", "2001-12", "2002-06"]);
        assert_eq!(of_step[9], Some(1));
        assert_eq!(of_step[10], None);
        let (one, _) = dates(Frequency::Annual, span("2000-12", "2000-12"));
        assert_eq!(one.len(), 1);
    }

    #[test]
    fn crossed_groups_cover_every_cell_once() {
        let grid = Grid {
            regions: vec!["A".into(), "B".into()],
            residences: vec!["urban".into(), "rural".into()],
            sexes: vec!["all".into()],
            ages: vec![("all".into(), crate::population::grid::AgeBand { from: 0.0, to: f64::INFINITY })],
        };
        let mut groups = vec![Group::everybody()];
        let of_cell = divide(&grid, &[Dimension::Region, Dimension::Residence, Dimension::Sex], &mut groups);
        assert_eq!(of_cell, [1, 2, 3, 4]);
        assert_eq!((groups[3].region.as_str(), groups[3].residence.as_str()), ("B", "urban"));
        assert_eq!(groups[3].sex, ALL);
    }
}
