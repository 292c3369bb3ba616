//! What every member of a run shares: the scenario and its people.

use crate::population::Demography;
use crate::scenario::Scenario;

/// A scenario with its demography worked out; made once per run, read by every member.
#[derive(Clone, Debug)]
pub struct World<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Stocks and flows of people.
    pub demography: Demography,
    /// The demography's flows as shares of those they are drawn from.
    pub(super) rates: FlowRates,
}

/// Monthly flows over the people they are drawn from, `[month * cells + cell]`, each 0..=1.
#[derive(Clone, Debug)]
pub(super) struct FlowRates {
    /// Deaths over people at the beginning of the month.
    pub(super) death: Vec<f64>,
    /// People ageing over survivors.
    pub(super) ageing: Vec<f64>,
    /// People leaving over people after ageing.
    pub(super) leaving: Vec<f64>,
    /// Whether anyone moves between places, by month.
    pub(super) moving: Vec<bool>,
    /// People on the way between places, `[month * (sex, age) + (sex, age)]`: those who leave, or those who arrive where
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
        Self { scenario, demography, rates }
    }
}

impl FlowRates {
    fn new(demography: &Demography) -> Self {
        let cells = demography.grid.cells();
        let ages = demography.grid.ages.len();
        let flows = demography.months * cells;
        let mut rates = Self {
            death: vec![0.0; flows],
            ageing: vec![0.0; flows],
            leaving: vec![0.0; flows],
            moving: vec![false; demography.months],
            movers: Vec::with_capacity(demography.months * demography.grid.cells_per_place()),
        };
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        for month in 0..demography.months {
            for cell in 0..cells {
                let at = month * cells + cell;
                let (people, deaths) = (demography.people[at], demography.deaths[at]);
                let survivors = people - deaths;
                let from_younger = if cell % ages == 0 { 0.0 } else { demography.ageing[at - 1] };
                let present = survivors - demography.ageing[at] + from_younger;
                rates.death[at] = share(deaths, people);
                rates.ageing[at] = share(demography.ageing[at], survivors);
                rates.leaving[at] = share(demography.leaving[at], present);
                rates.moving[month] |= demography.leaving[at] > 0.0 || demography.arriving[at] > 0.0;
            }
            let kinds = demography.grid.cells_per_place();
            let now = month * cells..(month + 1) * cells;
            let by_kind = |flows: &[f64], kind: usize| flows.iter().skip(kind).step_by(kinds).sum::<f64>();
            for kind in 0..kinds {
                let leaving = by_kind(&demography.leaving[now.clone()], kind);
                rates.movers.push(leaving.max(by_kind(&demography.arriving[now.clone()], kind)));
            }
        }
        rates
    }
}
