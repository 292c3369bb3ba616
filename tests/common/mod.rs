//! What several test files need: small demographies and single members.
#![allow(dead_code, reason = "each test file uses its own part")]

use uptake::engine::{Report, World};
use uptake::ensemble::run_member;
use uptake::population::Demography;
use uptake::scenario::{Dimension, Scenario};

/// People who pass into the next age band in each month, in [`ring_of_flows`] with 1,000 people in a cell.
pub const AGEING_PEOPLE: f64 = 16.0;

/// One member's recorded values.
pub fn member(world: &World<'_>, report: &Report, index: u32) -> Vec<f64> {
    run_member(world, report, index)
}

/// The recorded values of members 0 to `count`.
pub fn run_members(world: &World<'_>, report: &Report, count: u32) -> Vec<Vec<f64>> {
    (0..count).map(|index| run_member(world, report, index)).collect()
}

/// Users of one layer and group at every date.
pub fn series(report: &Report, values: &[f64], layer: usize, group: usize) -> Vec<f64> {
    (0..report.dates.len()).map(|date| values[report.index(layer, group, date)]).collect()
}

/// Every way of dividing, crossed.
pub fn every_dimension() -> Vec<Dimension> {
    vec![Dimension::Region, Dimension::Residence, Dimension::Sex, Dimension::Age]
}

/// `people` in each cell, for ever.
pub fn people_constant(scenario: &Scenario, people: f64) -> Demography {
    let grid = scenario.population.grid.clone();
    let (cells, months) = (grid.cells(), scenario.time.months());
    let none = vec![0.0; months * cells];
    Demography {
        grid,
        months,
        people: vec![people; (months + 1) * cells],
        deaths: none.clone(),
        ageing: none.clone(),
        leaving: none.clone(),
        arriving: none.clone(),
        births: none,
    }
}

/// Constant stocks with everything flowing: 16 in 1,000 people of a cell pass into the next band each month, as many
/// are born, the oldest die, and 4 in 1,000 leave each rural and arrive in each urban cell and the other way round.
pub fn ring_of_flows(scenario: &Scenario) -> Demography {
    let mut demography = people_constant(scenario, 0.0);
    let cells = demography.grid.cells();
    let ages = demography.grid.ages.len();
    let people = scenario.population.stocks[0].1[0].round();
    demography.people.fill(people);
    let ageing = (people * AGEING_PEOPLE / 1_000.0).floor();
    let moving = (people * 4.0 / 1_000.0).floor();
    for at in 0..demography.months * cells {
        let age = at % ages;
        demography.ageing[at] = if age + 1 < ages { ageing } else { 0.0 };
        demography.deaths[at] = if age + 1 == ages { ageing } else { 0.0 };
        demography.births[at] = if age == 0 { ageing } else { 0.0 };
        demography.leaving[at] = moving;
        demography.arriving[at] = moving;
    }
    demography
}
