//! What every member of a run shares: the scenario and its people.

use std::sync::Arc;

use crate::population::{Demography, Grid, PopulationTables};
use crate::scenario::{Scenario, TimeSpan};

/// A scenario with its demography worked out; made once per run, read by every member.
#[derive(Clone, Debug)]
pub struct World<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Stocks and flows of people.
    pub demography: Arc<Demography>,
    /// The demography's flows as shares of those they are drawn from.
    pub(super) rates: Arc<FlowRates>,
}

/// Who lives where and when, worked out once for every scenario of the same people and time.
#[derive(Clone, Debug)]
pub struct People {
    time: TimeSpan,
    population: PopulationTables,
    demography: Arc<Demography>,
    rates: Arc<FlowRates>,
}

impl People {
    /// The world of a scenario with these people; `None` when it has others, or another time. Costs a look at its tables.
    #[must_use]
    pub fn under<'a>(&self, scenario: &'a Scenario) -> Option<World<'a>> {
        let same = self.time == scenario.time && self.population == scenario.population;
        same.then(|| World { scenario, demography: Arc::clone(&self.demography), rates: Arc::clone(&self.rates) })
    }
}

/// Stocks, and flows over the people they are drawn from (each 0..=1), in the engine's order of cells:
/// `[(month * kinds + kind) * places + place]`, a kind being a (sex, age) position.
#[derive(Clone, Debug)]
pub(super) struct FlowRates {
    /// Living people, from the beginning of the first month to the end of the last.
    people: Vec<f64>,
    /// The same by place, at the end of each month: `[month * places + place]`.
    place_people: Vec<f64>,
    /// Deaths over people at the beginning of the month.
    pub(super) death: Vec<f64>,
    /// People ageing over survivors.
    pub(super) ageing: Vec<f64>,
    /// People leaving over people after ageing.
    pub(super) leaving: Vec<f64>,
    /// People who arrive.
    pub(super) arriving: Vec<f64>,
    /// Whether anyone dies, ages or moves between places, by month.
    pub(super) changing: Vec<bool>,
    /// Whether anyone moves between places, by month.
    pub(super) moving: Vec<bool>,
    /// People on the way between places, `[month * kinds + kind]`: those who leave, or those who arrive where
    /// these are more (the rest of them come from abroad as non-users; where more leave, the rest go abroad).
    pub(super) movers: Vec<f64>,
}

impl<'a> World<'a> {
    /// Works out the demography of a scenario. Cost: cells x months.
    #[must_use]
    pub fn new(scenario: &'a Scenario) -> Self {
        let demography = Demography::new(&scenario.population, scenario.time.start, scenario.time.months());
        Self::with_demography(scenario, demography)
    }

    /// A scenario with stocks and flows of people given by the caller.
    #[must_use]
    pub fn with_demography(scenario: &'a Scenario, demography: Demography) -> Self {
        let rates = FlowRates::new(&demography);
        Self { scenario, demography: Arc::new(demography), rates: Arc::new(rates) }
    }

    /// Its people, to be put under other scenarios.
    #[must_use]
    pub fn shared_people(&self) -> People {
        People {
            time: self.scenario.time,
            population: self.scenario.population.clone(),
            demography: Arc::clone(&self.demography),
            rates: Arc::clone(&self.rates),
        }
    }

    /// Living people by cell when month `month` begins (or, for the number of months, when the last ends).
    #[inline]
    pub(super) fn people(&self, month: usize) -> &[f64] {
        let cells = self.demography.grid.cells();
        &self.rates.people[month * cells..(month + 1) * cells]
    }

    /// Living people by place at the end of month `month`.
    #[inline]
    pub(super) fn place_people(&self, month: usize) -> &[f64] {
        let places = self.demography.grid.places();
        &self.rates.place_people[month * places..(month + 1) * places]
    }
}

/// For each cell in the engine's order, its number in the grid's.
pub fn engine_order(grid: &Grid) -> impl Iterator<Item = usize> + Clone {
    let (places, kinds) = (grid.places(), grid.cells_per_place());
    (0..kinds).flat_map(move |kind| (0..places).map(move |place| place * kinds + kind))
}

impl FlowRates {
    fn new(demography: &Demography) -> Self {
        let grid = &demography.grid;
        let (cells, places, kinds, ages) = (grid.cells(), grid.places(), grid.cells_per_place(), grid.ages.len());
        let order: Vec<usize> = engine_order(grid).collect();
        let flows = || Vec::with_capacity(demography.months * cells);
        let mut rates = Self {
            people: Vec::with_capacity((demography.months + 1) * cells),
            place_people: Vec::with_capacity(demography.months * places),
            death: flows(),
            ageing: flows(),
            leaving: flows(),
            arriving: flows(),
            changing: Vec::with_capacity(demography.months),
            moving: Vec::with_capacity(demography.months),
            movers: Vec::with_capacity(demography.months * kinds),
        };
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        for people in demography.people.chunks_exact(cells.max(1)) {
            rates.people.extend(order.iter().map(|&cell| people[cell]));
        }
        for month in 0..demography.months {
            let now = month * cells..(month + 1) * cells;
            let people = &demography.people[now.clone()];
            let (deaths, ageing) = (&demography.deaths[now.clone()], &demography.ageing[now.clone()]);
            let (leaving, arriving) = (&demography.leaving[now.clone()], &demography.arriving[now]);
            for &cell in &order {
                let survivors = people[cell] - deaths[cell];
                let from_younger = if cell % ages == 0 { 0.0 } else { ageing[cell - 1] };
                let present = survivors - ageing[cell] + from_younger;
                rates.death.push(share(deaths[cell], people[cell]));
                rates.ageing.push(share(ageing[cell], survivors));
                rates.leaving.push(share(leaving[cell], present));
                rates.arriving.push(arriving[cell]);
            }
            let moving = leaving.iter().chain(arriving).any(|&movers| movers > 0.0);
            rates.moving.push(moving);
            rates.changing.push(moving || deaths.iter().chain(ageing).any(|&people| people > 0.0));
            let by_kind = |flows: &[f64], kind: usize| flows.iter().skip(kind).step_by(kinds).sum::<f64>();
            rates.movers.extend((0..kinds).map(|kind| by_kind(leaving, kind).max(by_kind(arriving, kind))));
            let after = &demography.people[(month + 1) * cells..(month + 2) * cells];
            rates.place_people.extend(after.chunks_exact(kinds).map(|people| people.iter().sum::<f64>()));
        }
        rates
    }
}
