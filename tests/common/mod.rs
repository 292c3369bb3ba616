//! What several test files need: small demographies and single members.
#![allow(dead_code, reason = "each test file uses its own part")]

use uptake::engine::{Report, World};
use uptake::ensemble::run_member;
use uptake::population::Demography;
use uptake::scenario::{
    Dimension, Effect, EngineKind, Exposure, Frequency, Households, Intervention, LayerChange, Network, Ramp,
    RampShape, Scenario, Target, sample,
};
use uptake::units::Unit;

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

/// One layer with hazards per month `p`, `q`, and leaving `d`, among `people` who neither are born nor die.
pub fn one_layer(people: f64, months: usize, [p, q, d]: [f64; 3], network: Network) -> Scenario {
    let layer = sample::layer("x", 12.0 * p, 12.0 * q, 12.0 * d);
    let mut scenario = sample::scenario(sample::grid(1, 1, 1, 1), people, months, vec![layer]);
    scenario.run.engine = EngineKind::Agent;
    scenario.run.exposure = Exposure::Start;
    scenario.outputs.frequency = Frequency::Monthly;
    scenario.network = network;
    scenario
}

/// A small country with everything that persons have: places, sexes, ages, births, deaths, moves, four layers with
/// requirements, access by coverage, age and ceiling.
pub fn everything(network: Network, people: f64) -> (Scenario, Demography) {
    let mut internet = sample::layer("internet", 0.05, 0.8, 0.05);
    internet.access.min_age = 5.0;
    internet.initial = sample::fixed("layer.internet.initial", Unit::Share, 0.05);
    internet.features.urban = sample::fixed("layer.internet.features.urban", Unit::LogFactor, 0.5);
    internet.features.female = sample::fixed("layer.internet.features.female", Unit::LogFactor, -0.5);
    internet.access.ceiling = Some(sample::fixed("layer.internet.access.ceiling", Unit::Share, 0.7));
    let mut facebook = sample::layer("facebook", 0.4, 0.5, 0.1);
    facebook.requires = vec![0];
    facebook.access.min_age = 10.0;
    let mut messaging = sample::layer("messaging", 0.2, 0.5, 0.1);
    messaging.requires = vec![0];
    let mut both = sample::layer("both", 0.3, 0.4, 0.2);
    both.requires = vec![1, 2];
    let layers = vec![internet, facebook, messaging, both];
    let mut scenario = sample::scenario(sample::grid(2, 2, 2, 5), people, 60, layers);
    scenario.run.engine = EngineKind::Agent;
    scenario.run.exposure = Exposure::Start;
    scenario.network = network;
    scenario.contacts.household = sample::fixed("contacts.household", Unit::Weight, 1.0);
    scenario.contacts.province = sample::fixed("contacts.province", Unit::Weight, 1.0);
    let demography = ring_of_flows(&scenario);
    (scenario, demography)
}

/// Households in villages of two hundred.
pub fn households() -> Network {
    Network::Households(Households { village: 200, ..Households::default() })
}

/// The scenario with a policy that multiplies adoption of the first layer from its second year on.
pub fn more_adoption(scenario: &Scenario, factor: f64, who: Target) -> Scenario {
    let mut policy = scenario.clone();
    policy.interventions = vec![Intervention {
        name: "policy".to_owned(),
        title: "Policy".to_owned(),
        description: String::new(),
        start: scenario.time.start.plus(12),
        end: None,
        ramp: Ramp { months: 0, shape: RampShape::Linear },
        who,
        effects: vec![Effect::Layer {
            layer: 0,
            change: LayerChange::Adoption(sample::fixed("intervention.policy", Unit::Factor, factor)),
        }],
        cost: None,
    }];
    policy
}
