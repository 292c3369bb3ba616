//! The agent engine against a plain model: one person after the other, every tie written out, a generator of its own, with every
//! feature of the law switched on one by one and all together.
//!
//! The plain model takes from the engine who lives where in which month, who is tied to whom and which marks give access; it takes
//! hazards from the law. What happens to whom it works out by itself, by the words of DESIGN and ODD 7.13.

mod common;

use common::{people_constant, ring_of_flows};
use uptake::engine::{Agents, Law, Recorder, Report, World};
use uptake::ensemble::ParameterDraw;
use uptake::network::Level;
use uptake::population::Demography;
use uptake::scenario::{
    Affordability, DatedValues, Driver, Effect, EngineKind, Exposure, Frequency, Households, Interpolation,
    Intervention, LayerChange, Network, Parameter, Ramp, RampShape, Scenario, Shape, Target, Victimisation, sample,
};
use uptake::units::Unit;

const MONTHS: usize = 30;
/// Months at whose end users are compared.
const DATES: [usize; 3] = [7, 17, MONTHS - 1];
/// People of each of 24 cells: enough for one of each to age in a month.
const PEOPLE_OF_A_CELL: f64 = 63.0;

fn fixed(path: &str, unit: Unit, value: f64) -> Parameter {
    sample::fixed(path, unit, value)
}

fn dated(path: &str, unit: Unit, scenario: &Scenario, points: &[(i32, f64)]) -> Parameter {
    let points = points.iter().map(|&(month, value)| (scenario.time.start.plus(month), value)).collect();
    let shape = Shape::Dated(DatedValues { points, interpolation: Interpolation::Linear });
    Parameter { shape, ..fixed(path, unit, 0.0) }
}

/// One layer that everyone can use, with households, villages and ties beyond; rates per year.
fn base([p, q, d]: [f64; 3]) -> Scenario {
    let mut layer = sample::layer("internet", p, q, d);
    layer.initial = fixed("layer.internet.initial", Unit::Share, 0.05);
    let mut scenario = sample::scenario(sample::grid(2, 2, 2, 3), 24.0 * PEOPLE_OF_A_CELL, MONTHS, vec![layer]);
    scenario.run.engine = EngineKind::Agent;
    scenario.run.exposure = Exposure::Start;
    scenario.outputs.frequency = Frequency::Monthly;
    scenario.network = Network::Households(Households { village: 150, ..Households::default() });
    let weights = [("household", 2.0), ("village", 1.0), ("province", 0.5), ("nation", 0.5)];
    let [household, village, province, nation] =
        weights.map(|(level, weight)| fixed(&format!("contacts.{level}"), Unit::Weight, weight));
    scenario.contacts.household = household;
    scenario.contacts.village = village;
    scenario.contacts.province = province;
    scenario.contacts.nation = nation;
    scenario
}

type Feature = fn(&mut Scenario);

fn requirements(scenario: &mut Scenario) {
    let mut facebook = sample::layer("facebook", 0.6, 1.0, 0.2);
    facebook.requires = vec![0];
    let mut speech = sample::layer("speech", 0.4, 0.6, 0.4);
    speech.requires = vec![0, 1];
    speech.launch = Some(scenario.time.start.plus(6));
    scenario.layers.extend([facebook, speech]);
}

fn coverage(scenario: &mut Scenario) {
    // It rises, and falls again: some lose it.
    let urban = dated("driver.coverage.urban", Unit::Share, scenario, &[(0, 0.5), (12, 0.9), (24, 0.6)]);
    let rural = dated("driver.coverage.rural", Unit::Share, scenario, &[(0, 0.2), (20, 0.7)]);
    scenario.drivers.push(Driver {
        name: "coverage".to_owned(),
        title: "Coverage".to_owned(),
        unit: Unit::Share,
        urban,
        rural,
        by_region: vec![1.0, 0.5],
    });
    scenario.layers[0].access.shares.push(scenario.drivers.len() - 1);
}

fn prices(scenario: &mut Scenario) {
    let price = |place: &str| {
        dated(&format!("driver.price.{place}"), Unit::IncomeShare, scenario, &[(0, 0.2), (15, 0.04), (25, 0.08)])
    };
    let (urban, rural) = (price("urban"), price("rural"));
    scenario.drivers.push(Driver {
        name: "price".to_owned(),
        title: "Price".to_owned(),
        unit: Unit::IncomeShare,
        urban,
        rural,
        by_region: vec![1.0, 1.5],
    });
    scenario.layers[0].access.affordability = Some(Affordability {
        price: scenario.drivers.len() - 1,
        threshold: fixed("layer.internet.access.threshold", Unit::IncomeShare, 0.08),
        income_spread: fixed("layer.internet.access.income_spread", Unit::LogFactor, 0.8),
    });
}

fn age_and_ceiling(scenario: &mut Scenario) {
    scenario.layers[0].access.min_age = 4.0;
    scenario.layers[0].access.ceiling = Some(fixed("layer.internet.access.ceiling", Unit::Share, 0.6));
}

fn features(scenario: &mut Scenario) {
    let features = &mut scenario.layers[0].features;
    features.urban = fixed("layer.internet.features.urban", Unit::LogFactor, 0.7);
    features.female = fixed("layer.internet.features.female", Unit::LogFactor, -0.6);
    features.age = [(0.0, -1.0), (5.0, 0.8), (10.0, 0.0)]
        .map(|(age, value)| (age, fixed(&format!("layer.internet.features.age.{age}"), Unit::LogFactor, value)))
        .to_vec();
}

fn intervention(
    scenario: &Scenario,
    name: &str,
    (from, to): (i32, i32),
    who: Target,
    change: LayerChange,
) -> Intervention {
    Intervention {
        name: name.to_owned(),
        title: name.to_owned(),
        description: String::new(),
        start: scenario.time.start.plus(from),
        end: Some(scenario.time.start.plus(to)),
        ramp: Ramp { months: 3, shape: RampShape::Linear },
        who,
        effects: vec![Effect::Layer { layer: 0, change }],
        cost: None,
    }
}

fn policies(scenario: &mut Scenario) {
    let girls = Target { regions: vec![0], sex: Some(0), age: Some((5.0, 9.0)), ..Target::default() };
    let faster = LayerChange::Adoption(fixed("intervention.girls", Unit::Factor, 4.0));
    let boys = Target { sex: Some(1), ..Target::default() };
    let leaving = LayerChange::Discontinuance(fixed("intervention.boys", Unit::Factor, 5.0));
    let outside = LayerChange::OutsideInfluence(fixed("intervention.all", Unit::PerYear, 0.2));
    let made = [
        intervention(scenario, "girls", (5, 22), girls, faster),
        intervention(scenario, "boys", (8, 25), boys, leaving),
        intervention(scenario, "all", (10, 12), Target::default(), outside),
    ];
    scenario.interventions.extend(made);
}

fn suspensions(scenario: &mut Scenario) {
    let region = |r: usize| Target { regions: vec![r], ..Target::default() };
    let suspended = |name: &str, part_of_month: f64| LayerChange::Suspension {
        lost: fixed(&format!("intervention.{name}"), Unit::Share, 0.3),
        part_of_month,
    };
    let mut made = [
        intervention(scenario, "shutdown", (9, 11), region(0), suspended("shutdown", 1.0)),
        intervention(scenario, "slow", (14, 18), region(1), suspended("slow", 0.5)),
    ];
    for made in &mut made {
        made.ramp.months = 0;
    }
    scenario.interventions.extend(made);
}

fn victimisation(scenario: &mut Scenario) {
    scenario.victimisation = Some(Victimisation {
        layer: 0,
        rate: fixed("victimisation.rate", Unit::PerYear, 0.6),
        capacity: fixed("victimisation.capacity", Unit::PerMillion, 5.0),
        effectiveness: fixed("victimisation.effectiveness", Unit::Factor, 0.05),
        leaving: fixed("victimisation.leaving", Unit::Share, 0.4),
        distrust: fixed("victimisation.distrust", Unit::Factor, 0.5),
    });
}

/// Most live alone, and look at the household first: at nobody, so at the next wider level.
fn homes_of_one(scenario: &mut Scenario) {
    if let Network::Households(homes) = &mut scenario.network {
        homes.sizes = vec![0.8, 0.2];
    }
    scenario.contacts.household = fixed("contacts.household", Unit::Weight, 6.0);
}

/// What happens to people, besides growing older.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lives {
    Still,
    BornMovingDying,
}

fn demography(scenario: &Scenario, lives: Lives) -> Demography {
    if lives == Lives::Still {
        return people_constant(scenario, PEOPLE_OF_A_CELL);
    }
    let mut demography = ring_of_flows(scenario);
    demography.leaving.fill(1.0);
    demography.arriving.fill(1.0);
    demography
}

/// A generator of its own, which shares nothing with the engine.
struct Chance(u64);

impl Chance {
    fn happens(&mut self, probability: f64) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64) < probability * 9_007_199_254_740_992.0
    }
}

fn probability(hazard: f64) -> f64 {
    1.0 - libm::exp(-hazard)
}

/// Users of each layer at the three dates, and incidents over the run.
type Outcome = Vec<f64>;

fn engine(scenario: &Scenario, demography: &Demography, seed: u64) -> Outcome {
    let world = World::with_demography(scenario, demography.clone());
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    let law = Law::new(scenario, &ParameterDraw { seed: 0, draw: 0 });
    let mut recorder = Recorder::new(&report, scenario.layers.len());
    let mut agents = Agents::new(&world, &law, seed, 0);
    let mut outcome = Vec::new();
    for date in DATES {
        agents.run_to(date + 1, &law, &mut recorder);
        for layer in 0..scenario.layers.len() {
            let words = 0..agents.people().words();
            outcome.push(words.map(|word| f64::from(agents.users_of_word(word, layer).count_ones())).sum());
        }
    }
    if scenario.victimisation.is_some() {
        outcome.push((0..report.dates.len()).map(|date| recorder.values[report.index(0, 0, date) + 4]).sum());
    }
    outcome
}

/// One who lives: where, what they are, and their ties.
struct Person {
    slot: u64,
    number: usize,
    place: usize,
    kind: usize,
    /// Numbers of the persons tied to, by level.
    ties: [Vec<usize>; 4],
}

fn everyone(agents: &Agents<'_>) -> Vec<Person> {
    let (people, mut found) = (agents.people(), Vec::new());
    let living = (0..(people.words() as u64) << 6).filter(|&slot| people.lives(slot));
    living
        .map(|slot| {
            found.clear();
            agents.contacts().every(people, slot, &mut found);
            let levels = [Level::Household, Level::Village, Level::Province, Level::Nation];
            let ties = levels.map(|level| {
                let of = found.iter().filter(|(tie, _)| *tie == level);
                of.map(|(_, other)| people.person(*other) as usize).collect()
            });
            let (place, kind) = (people.place_of(slot), people.kind(slot));
            Person { slot, number: people.person(slot) as usize, place, kind, ties }
        })
        .collect()
}

fn plain(scenario: &Scenario, demography: &Demography, seed: u64, stronger: f64) -> Outcome {
    let world = World::with_demography(scenario, demography.clone());
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    let law = Law::new(scenario, &ParameterDraw { seed: 0, draw: 0 });
    let mut recorder = Recorder::new(&report, scenario.layers.len());
    // The engine says who lives where; its users are of no interest.
    let mut agents = Agents::new(&world, &law, seed, 0);
    let mut chance = Chance(uptake::rng::mix(seed ^ 0x5eed));
    let layers = scenario.layers.len();
    let numbers = agents.people().words() * 64;
    let mut uses = vec![vec![false; layers]; numbers];
    let mut lived_at: Vec<Option<usize>> = vec![None; numbers];
    let mut people = everyone(&agents);
    for person in &people {
        lived_at[person.number] = Some(person.place);
        for (l, layer) in law.layers.iter().enumerate() {
            let required = layer.requires.iter().all(|&r| uses[person.number][r]);
            if layer.launch == 0 && required && agents.has_access(&law, person.slot, l, 0) {
                uses[person.number][l] = chance.happens(layer.initial);
            }
        }
    }
    let still = demography.births.iter().chain(&demography.leaving).all(|&flow| flow == 0.0);
    let (mut outcome, mut incidents) = (Vec::new(), 0.0);
    for month in 0..MONTHS {
        agents.run_to(month + 1, &law, &mut recorder);
        if !still {
            people = everyone(&agents);
        }
        // Who arrives where access is less wide stops at once.
        let mut place_of = vec![0; numbers];
        for person in &people {
            place_of[person.number] = person.place;
            let moved = lived_at[person.number].replace(person.place).is_some_and(|place| place != person.place);
            for (l, layer) in law.layers.iter().enumerate().filter(|_| moved) {
                let required = layer.requires.iter().all(|&r| uses[person.number][r]);
                uses[person.number][l] &= required && agents.has_access(&law, person.slot, l, month);
            }
        }
        let before = uses.clone();
        for person in &people {
            let (used, now) = (&before[person.number], &mut uses[person.number]);
            for (l, layer) in law.layers.iter().enumerate() {
                if !used[l] {
                    continue;
                }
                let kept = layer.requires.iter().all(|&r| now[r]);
                let access =
                    layer.suspended(month, person.place) >= 1.0 || agents.has_access(&law, person.slot, l, month);
                now[l] = kept
                    && access
                    && !chance.happens(probability(layer.leaving_per_step(month, person.place, person.kind)));
            }
            for (l, layer) in law.layers.iter().enumerate().rev() {
                let suspended = layer.suspended(month, person.place);
                let required = layer.requires.iter().all(|&r| used[r] && now[r]);
                let open = required && month >= layer.launch && suspended < 1.0;
                if used[l] || !open || !agents.has_access(&law, person.slot, l, month) {
                    continue;
                }
                let weights = law.contacts(month);
                let weights = [weights.household, weights.village, weights.province, weights.nation];
                let sight = |&other: &usize| {
                    if before[other][l] { 1.0 - layer.suspended(month, place_of[other]) } else { 0.0 }
                };
                // A level without anyone gives its weight to the next wider one that has a weight.
                let seen = |level: usize| {
                    let has = |&wider: &usize| weights[wider] > 0.0 && !person.ties[wider].is_empty();
                    (level..4).find(has).map_or(0.0, |level| {
                        let ties = &person.ties[level];
                        ties.iter().map(sight).sum::<f64>() / ties.len() as f64
                    })
                };
                let share: f64 = (0..4).filter(|&level| weights[level] > 0.0).map(|l| weights[l] * seen(l)).sum();
                let [outside, imitation] = layer.adoption_per_step(month, person.place, person.kind);
                let hazard = (outside + stronger * imitation * share) * (1.0 - suspended);
                now[l] = chance.happens(probability(hazard));
            }
        }
        for person in &people {
            if let Some(rates) = &law.layers[0].incidents {
                let open = 1.0 - law.layers[0].suspended(month, person.place);
                let hazard = rates.row(month)[person.place] / 12.0 * open;
                if uses[person.number][0] && chance.happens(probability(hazard)) {
                    incidents += 1.0;
                }
            }
        }
        if DATES.contains(&month) {
            let count = |layer: usize| people.iter().filter(|person| uses[person.number][layer]).count() as f64;
            outcome.extend((0..layers).map(count));
        }
    }
    if scenario.victimisation.is_some() {
        outcome.push(incidents);
    }
    outcome
}

/// The two-sample Kolmogorov-Smirnov distance.
fn ks(a: &[f64], b: &[f64]) -> f64 {
    let sorted = |values: &[f64]| {
        let mut values = values.to_vec();
        values.sort_unstable_by(f64::total_cmp);
        values
    };
    let (a, b) = (sorted(a), sorted(b));
    let below = |sorted: &[f64], x: f64| sorted.partition_point(|&v| v <= x) as f64 / sorted.len() as f64;
    a.iter().chain(&b).map(|&x| (below(&a, x) - below(&b, x)).abs()).fold(0.0, f64::max)
}

fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0))
}

/// The largest distances of all outcomes over `seeds` runs each: Kolmogorov-Smirnov as a share of what 1 case in 10,000 exceeds (Smirnov
/// 1939: c = 2.23), and means as a share of 4.5 standard errors (1 in 100,000).
fn gap(features: &[Feature], rates: [f64; 3], lives: Lives, seeds: u64, stronger: f64) -> f64 {
    let mut scenario = base(rates);
    for feature in features {
        feature(&mut scenario);
    }
    let demography = demography(&scenario, lives);
    let fast: Vec<Outcome> = (0..seeds).map(|seed| engine(&scenario, &demography, seed)).collect();
    // Other worlds, so that runs do not share who has access.
    let slow: Vec<Outcome> = (0..seeds).map(|seed| plain(&scenario, &demography, seed + 10_000, stronger)).collect();
    let mut largest: f64 = 0.0;
    for at in 0..fast[0].len() {
        let of = |runs: &[Outcome]| runs.iter().map(|run| run[at]).collect::<Vec<f64>>();
        let (fast, slow) = (of(&fast), of(&slow));
        let ([a, va], [b, vb]) = (
            {
                let m = mean_and_variance(&fast);
                [m.0, m.1]
            },
            {
                let m = mean_and_variance(&slow);
                [m.0, m.1]
            },
        );
        let critical = 2.23 * (2.0 / seeds as f64).sqrt();
        let means = (a - b).abs() / (4.5 * ((va + vb) / seeds as f64).sqrt().max(1e-9));
        largest = largest.max(ks(&fast, &slow) / critical).max(means);
    }
    largest
}

/// Few adopt in a month: arrivals are those that a block of people shares.
const LOW: [f64; 3] = [0.06, 0.35, 0.1];
/// Many do: people have arrivals of their own, often several in a month.
const HIGH: [f64; 3] = [0.2, 6.0, 0.5];

/// Runs of each model: enough to see a few per cent; `UPTAKE_LONG=1` for four times as many.
fn seeds(short: u64) -> u64 {
    if std::env::var_os("UPTAKE_LONG").is_some() { 4 * short } else { short }
}

#[track_caller]
fn agrees(features: &[Feature], lives: Lives) {
    for rates in [LOW, HIGH] {
        let gap = gap(features, rates, lives, seeds(if lives == Lives::Still { 100 } else { 40 }), 1.0);
        assert!(gap < 1.0, "rates {rates:?}: {gap} of what chance explains");
    }
}

#[test]
fn with_nothing_but_ties_it_is_the_plain_model() {
    agrees(&[], Lives::Still);
}

#[test]
fn with_requirements_it_is_the_plain_model() {
    agrees(&[requirements], Lives::Still);
}

#[test]
fn with_coverage_that_comes_and_goes_it_is_the_plain_model() {
    agrees(&[coverage], Lives::Still);
}

#[test]
fn with_prices_it_is_the_plain_model() {
    agrees(&[prices], Lives::Still);
}

#[test]
fn with_a_youngest_age_and_a_ceiling_it_is_the_plain_model() {
    agrees(&[age_and_ceiling], Lives::Still);
}

#[test]
fn with_features_of_people_it_is_the_plain_model() {
    agrees(&[features], Lives::Still);
}

#[test]
fn with_policies_for_groups_it_is_the_plain_model() {
    agrees(&[policies], Lives::Still);
}

#[test]
fn with_suspensions_it_is_the_plain_model() {
    agrees(&[suspensions], Lives::Still);
}

#[test]
fn with_victimisation_it_is_the_plain_model() {
    agrees(&[victimisation], Lives::Still);
}

#[test]
fn with_people_who_live_alone_it_is_the_plain_model() {
    agrees(&[homes_of_one], Lives::Still);
}

#[test]
fn with_births_deaths_and_moves_it_is_the_plain_model() {
    agrees(&[], Lives::BornMovingDying);
}

/// Everything at once.
const ALL: [Feature; 8] =
    [requirements, coverage, prices, age_and_ceiling, features, policies, suspensions, victimisation];

#[test]
fn with_everything_at_once_it_is_the_plain_model() {
    agrees(&ALL, Lives::BornMovingDying);
}

#[test]
fn imitation_a_tenth_stronger_is_caught() {
    assert!(gap(&[], HIGH, Lives::Still, 100, 1.1) > 1.0);
}
