//! The country that calibration simulates: the nation with towns and countryside, sexes and ages, or every province too.
//!
//! Statistics speak of the nation. Simulating 25 provinces to compare one number costs twenty-five times what the nation does,
//! so by default provinces are taken together: their people and flows are added up, and a driver that differs by province
//! takes its average over the people. Age bands that nothing tells apart are taken together likewise. What this changes is
//! not assumed but measured: every posterior is checked against the full grid (see [`super::weigh`]).

use crate::adoption::access::scale_odds;
use crate::engine::World;
use crate::engine::values::Track;
use crate::ensemble::ParameterDraw;
use crate::population::grid::{AgeBand, Grid};
use crate::population::{Demography, PopulationTables};
use crate::scenario::{DatedValues, Driver, Effect, Interpolation, Layer, Parameter, Scenario, Shape, Source};
use crate::series::{ALL, Observation};
use crate::units::{Month, Unit};

/// Widest band that bands are taken together to, years.
const WIDEST_BAND: f64 = 15.0;

/// How finely calibration divides the country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Provinces together, and age bands that nothing tells apart.
    Nation,
    /// Every cell of the scenario.
    Full,
}

impl Resolution {
    /// Every choice.
    pub const EVERY: [Resolution; 2] = [Resolution::Nation, Resolution::Full];

    /// Name on the command line and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Resolution::Nation => "nation",
            Resolution::Full => "full",
        }
    }
}

/// A scenario and its people as calibration simulates them.
#[derive(Clone, Debug)]
pub struct Country {
    /// The scenario; layers without statistics are never launched.
    pub scenario: Scenario,
    /// Its people.
    pub demography: Demography,
    /// How it is divided.
    pub resolution: Resolution,
}

impl Country {
    /// The country of `scenario`, for comparison with `observations`, at `resolution` or at the full one where an
    /// observation or intervention speaks of a province.
    ///
    /// Layers that no observation speaks of, and that none of those requires, are not simulated.
    ///
    /// Months after `last` are not simulated.
    #[must_use]
    pub fn new(scenario: &Scenario, observations: &[Observation], resolution: Resolution, last: Month) -> Self {
        let demography = Demography::new(&scenario.population, scenario.time.start, scenario.time.months());
        let mut scenario = only_needed(scenario, observations);
        let demography = cut(demography, &mut scenario, last);
        let provincial = observations.iter().any(|o| o.group.region != ALL)
            || scenario.interventions.iter().any(|i| !i.who.regions.is_empty());
        if resolution == Resolution::Full || provincial {
            return Self { scenario, demography, resolution: Resolution::Full };
        }
        let merge = Merge::new(&scenario, observations);
        scenario.drivers = scenario.drivers.iter().map(|d| national(d, &scenario, &demography)).collect();
        let demography = merge.demography(&demography);
        scenario.population = PopulationTables { grid: merge.grid, stocks: vec![], ..scenario.population };
        Self { scenario, demography, resolution }
    }

    /// The world of its members.
    #[must_use]
    pub fn world(&self) -> World<'_> {
        World::with_demography(&self.scenario, self.demography.clone())
    }
}

/// The first months of a demography, and the scenario's time cut to them.
fn cut(mut demography: Demography, scenario: &mut Scenario, last: Month) -> Demography {
    let time = &mut scenario.time;
    time.end = last.clamp(time.start, time.end);
    let (months, cells) = (time.months(), demography.grid.cells());
    demography.months = months;
    demography.people.truncate((months + 1) * cells);
    let flows = [
        &mut demography.deaths,
        &mut demography.ageing,
        &mut demography.leaving,
        &mut demography.arriving,
        &mut demography.births,
    ];
    for flow in flows {
        flow.truncate(months * cells);
    }
    let end = time.end;
    // What begins later has no effect, and the engine wants it within the run.
    scenario.interventions.retain(|intervention| intervention.start <= end);
    demography
}

/// The scenario without what no statistic speaks of: such layers are never launched and have no numbers to draw.
fn only_needed(scenario: &Scenario, observations: &[Observation]) -> Scenario {
    let mut needed = vec![false; scenario.layers.len()];
    for (position, layer) in scenario.layers.iter().enumerate().rev() {
        needed[position] |= observations.iter().any(|o| o.layer == layer.name);
        if needed[position] {
            layer.requires.iter().for_each(|&r| needed[r] = true);
        }
    }
    let mut scenario = scenario.clone();
    let after_the_end = scenario.time.end.plus(1);
    for (layer, _) in scenario.layers.iter_mut().zip(&needed).filter(|(_, needed)| !**needed) {
        silence(layer, after_the_end);
    }
    scenario.interventions.retain(|intervention| {
        let silent = |effect: &Effect| matches!(effect, Effect::Layer { layer, .. } if !needed[*layer]);
        !intervention.effects.iter().all(silent)
    });
    if scenario.victimisation.as_ref().is_some_and(|v| !needed[v.layer]) {
        scenario.victimisation = None;
    }
    scenario
}

fn silence(layer: &mut Layer, launch: Month) {
    layer.launch = Some(launch);
    for parameter in [
        &mut layer.initial,
        &mut layer.innovation,
        &mut layer.imitation,
        &mut layer.discontinuance,
        &mut layer.features.female,
        &mut layer.features.urban,
    ] {
        parameter.shape = Shape::Fixed(0.0);
        parameter.factor = None;
    }
    layer.access.affordability = None;
    layer.access.shares = Vec::new();
    layer.access.ceiling = None;
    layer.features.drivers = Vec::new();
    layer.features.age = Vec::new();
}

/// Which cells are taken together.
struct Merge {
    grid: Grid,
    /// For each cell of the full grid, its cell in `grid`.
    cell: Vec<usize>,
    /// Whether people of a full cell who age pass into another merged band.
    passes: Vec<bool>,
}

impl Merge {
    fn new(scenario: &Scenario, observations: &[Observation]) -> Self {
        let full = &scenario.population.grid;
        let band_of = merged_bands(full, &knots(scenario, observations));
        let bands = band_of.last().map_or(0, |last| last + 1);
        let ages = (0..bands)
            .map(|band| {
                let members: Vec<&(String, AgeBand)> =
                    full.ages.iter().zip(&band_of).filter(|(_, b)| **b == band).map(|(age, _)| age).collect();
                let (from, to) = (members[0].1.from, members[members.len() - 1].1.to);
                let label = match members.as_slice() {
                    [only] => only.0.clone(),
                    _ if to.is_finite() => format!("{from}-{}", to - 1.0),
                    _ => format!("{from}+"),
                };
                (label, AgeBand { from, to })
            })
            .collect();
        let grid = Grid {
            regions: vec![ALL.to_owned()],
            residences: full.residences.clone(),
            sexes: full.sexes.clone(),
            ages,
        };
        let cell = (0..full.cells())
            .map(|cell| {
                let (_, residence, sex, age) = full.position(cell);
                grid.cell(0, residence, sex, band_of[age])
            })
            .collect();
        let passes = (0..full.cells())
            .map(|cell| {
                let age = full.position(cell).3;
                band_of.get(age + 1).is_some_and(|next| *next != band_of[age])
            })
            .collect();
        Self { grid, cell, passes }
    }

    fn demography(&self, full: &Demography) -> Demography {
        let (before, cells) = (self.cell.len(), self.grid.cells());
        let added = |column: &[f64], keep: &dyn Fn(usize) -> bool| -> Vec<f64> {
            let mut sums = Vec::with_capacity(column.len() / before.max(1) * cells);
            for month in column.chunks_exact(before.max(1)) {
                let first = sums.len();
                sums.resize(first + cells, 0.0);
                for (cell, &people) in month.iter().enumerate().filter(|(cell, _)| keep(*cell)) {
                    sums[first + self.cell[cell]] += people;
                }
            }
            sums
        };
        let every = |_| true;
        Demography {
            grid: self.grid.clone(),
            months: full.months,
            people: added(&full.people, &every),
            deaths: added(&full.deaths, &every),
            ageing: added(&full.ageing, &|cell| self.passes[cell]),
            leaving: added(&full.leaving, &every),
            arriving: added(&full.arriving, &every),
            births: added(&full.births, &every),
        }
    }
}

/// Ages at which anything changes: features, minimum ages, bases of statistics, whom interventions touch.
fn knots(scenario: &Scenario, observations: &[Observation]) -> Vec<f64> {
    let mut knots = Vec::new();
    for layer in scenario.layers.iter().filter(|layer| layer.launch.is_none_or(|l| l <= scenario.time.end)) {
        knots.push(layer.access.min_age);
        knots.extend(layer.features.age.iter().map(|(from, _)| *from));
    }
    for observation in observations {
        let labels = [&observation.base, &observation.group.age];
        let bands = labels.into_iter().filter_map(|label| AgeBand::parse(label));
        knots.extend(bands.flat_map(|band| [band.from, band.to]));
    }
    knots.extend(scenario.interventions.iter().filter_map(|i| i.who.age).flat_map(|(from, last)| [from, last + 1.0]));
    knots.into_iter().filter(|knot| knot.is_finite() && *knot > 0.0).collect()
}

/// For each age band of the full grid, its merged band: no merged band has a knot inside it, unless one of its only
/// member does, and none is wider than [`WIDEST_BAND`] but the last.
fn merged_bands(full: &Grid, knots: &[f64]) -> Vec<usize> {
    let inside = |band: &AgeBand| knots.iter().any(|k| *k > band.from && *k < band.to);
    let (mut band, mut start) = (0, full.ages.first().map_or(0.0, |(_, band)| band.from));
    let mut of = Vec::with_capacity(full.ages.len());
    for (position, (_, age)) in full.ages.iter().enumerate() {
        if position > 0 {
            let before = &full.ages[position - 1].1;
            let parted = knots.contains(&age.from)
                || inside(age)
                || inside(before)
                || (age.to.is_finite() && age.to - start > WIDEST_BAND && start < 65.0);
            if parted {
                band += 1;
                start = age.from;
            }
        }
        of.push(band);
    }
    of
}

/// A driver with the average over the people of all provinces in each residence. Without a factor the average is that of
/// the central values; it is what differs by province that is averaged, not what is drawn.
fn national(driver: &Driver, scenario: &Scenario, demography: &Demography) -> Driver {
    if driver.by_region.iter().all(|ratio| *ratio == 1.0) {
        return Driver { by_region: Vec::new(), ..driver.clone() };
    }
    let residences = scenario.population.grid.residences.len();
    // Places not divided by residence take the urban value.
    let rural = usize::from(residences > 1);
    Driver {
        urban: averaged(&driver.urban, driver, scenario, demography, 0),
        rural: averaged(&driver.rural, driver, scenario, demography, rural),
        by_region: Vec::new(),
        ..driver.clone()
    }
}

fn averaged(
    parameter: &Parameter,
    driver: &Driver,
    scenario: &Scenario,
    demography: &Demography,
    residence: usize,
) -> Parameter {
    if matches!(parameter.shape, Shape::Drawn(_)) {
        return parameter.clone();
    }
    let grid = &demography.grid;
    let (cells, in_place) = (grid.cells(), grid.cells_per_place());
    let plain = Parameter { factor: None, source: Source::Default, ..parameter.clone() };
    let (start, months) = (scenario.time.start, scenario.time.months());
    // Nothing is left to draw, so any draw will do.
    let nothing_drawn = ParameterDraw { seed: 0, draw: 0 };
    let track: Track<f64> = Track::new(&plain, &nothing_drawn, start, months);
    let points = (0..months)
        .map(|month| {
            let value = track.at(month);
            let (mut sum, mut people) = (0.0, 0.0);
            for region in 0..grid.regions.len() {
                let first = (month + 1) * cells + grid.cell(region, residence, 0, 0);
                let here: f64 = demography.people[first..first + in_place].iter().sum();
                let ratio = driver.by_region.get(region).copied().unwrap_or(1.0);
                let own = if driver.unit == Unit::Share { scale_odds(value, ratio) } else { value * ratio };
                sum += own * here;
                people += here;
            }
            (start.plus(month as i32), if people > 0.0 { sum / people } else { value })
        })
        .collect();
    let shape = Shape::Dated(DatedValues { points, interpolation: Interpolation::Linear });
    Parameter { shape, ..parameter.clone() }
}
