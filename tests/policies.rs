//! Interventions, cybercrime and comparisons: twin worlds, signs, sums and pairs.

mod common;

use common::{people_constant, ring_of_flows};
use uptake::comparison::Comparison;
use uptake::engine::{Report, World};
use uptake::ensemble::{self, Options, run_member};
use uptake::scenario::{
    Access, Cost, Dimension, Distribution, Driver, DriverChange, Effect, EngineKind, Frequency, Intervention,
    LayerChange, Parameter, Ramp, RampShape, Scenario, Target, Victimisation, sample,
};
use uptake::series::Quantity;
use uptake::units::{Month, Unit};

const MONTHS: usize = 120;
/// First month with an effect, unless a test says otherwise.
const START: i32 = 36;

fn month(year: i32, month: u32) -> Month {
    Month::try_new(year, month).expect("a month")
}

/// Internet, Facebook on it, talk on Facebook; coverage with an urban and a rural value; cybercrime on the internet.
fn country(regions: usize, engine: EngineKind) -> Scenario {
    let mut internet = sample::layer("internet", 0.03, 0.5, 0.03);
    internet.access = Access { shares: vec![0], ..internet.access };
    let mut facebook = sample::layer("facebook", 0.10, 0.6, 0.05);
    facebook.requires = vec![0];
    let mut talk = sample::layer("talk", 0.10, 0.3, 0.3);
    talk.requires = vec![1];
    let mut scenario = sample::scenario(
        sample::grid(regions, 2, 2, 17),
        68_000.0 * regions as f64,
        MONTHS,
        vec![internet, facebook, talk],
    );
    let coverage = |key: &str, value| sample::fixed(&format!("driver.coverage.{key}"), Unit::Share, value);
    scenario.drivers = vec![Driver {
        name: "coverage".to_owned(),
        title: "Coverage".to_owned(),
        unit: Unit::Share,
        urban: coverage("urban", 0.8),
        rural: coverage("rural", 0.5),
        by_region: vec![1.0; regions],
    }];
    scenario.victimisation = Some(Victimisation {
        layer: 0,
        rate: sample::fixed("victimisation.rate", Unit::PerYear, 0.06),
        capacity: sample::fixed("victimisation.capacity", Unit::PerMillion, 2.0),
        effectiveness: sample::fixed("victimisation.effectiveness", Unit::Factor, 0.05),
        leaving: sample::fixed("victimisation.leaving", Unit::Share, 0.1),
        distrust: sample::fixed("victimisation.distrust", Unit::Factor, 0.5),
    });
    // Only within provinces do people see each other.
    scenario.contacts.province = sample::fixed("contacts.province", Unit::Weight, 1.0);
    scenario.contacts.nation = sample::fixed("contacts.nation", Unit::Weight, 0.0);
    scenario.outputs.frequency = Frequency::Monthly;
    scenario.outputs.breakdowns =
        vec![vec![Dimension::Region], vec![Dimension::Residence], vec![Dimension::Sex], vec![Dimension::Age]];
    scenario.run.engine = engine;
    scenario
}

fn strength(value: f64) -> Parameter {
    sample::fixed("intervention.policy.strength", Unit::Factor, value)
}

fn policy(effects: Vec<Effect>, who: Target) -> Intervention {
    Intervention {
        name: "policy".to_owned(),
        title: "Policy".to_owned(),
        description: String::new(),
        start: month(2000, 1).plus(START),
        end: None,
        ramp: Ramp { months: 0, shape: RampShape::Linear },
        who,
        effects,
        cost: None,
    }
}

fn with(base: &Scenario, name: &str, interventions: Vec<Intervention>) -> Scenario {
    Scenario { name: name.to_owned(), title: name.to_owned(), interventions, ..base.clone() }
}

fn on(layer: usize, change: LayerChange) -> Effect {
    Effect::Layer { layer, change }
}

fn coverage(change: DriverChange, amount: f64) -> Effect {
    Effect::Driver { driver: 0, change, amount: strength(amount) }
}

/// Every mechanism, stronger or weaker than nothing as `more` says, and whether it may be limited to sexes and ages.
fn mechanisms(more: bool) -> Vec<(&'static str, Effect, bool)> {
    let factor = || strength(if more { 1.5 } else { 0.5 });
    let mut every = vec![
        ("adoption", on(0, LayerChange::Adoption(factor())), true),
        ("innovation", on(0, LayerChange::Innovation(factor())), true),
        ("imitation", on(0, LayerChange::Imitation(factor())), true),
        ("discontinuance", on(0, LayerChange::Discontinuance(factor())), true),
        ("coverage multiplied", coverage(DriverChange::Multiply, if more { 1.2 } else { 0.8 }), false),
        ("coverage shifted", coverage(DriverChange::Shift, if more { 0.1 } else { -0.1 }), false),
        ("coverage set", coverage(DriverChange::Set, if more { 0.9 } else { 0.3 }), false),
        ("incidents", Effect::Incidents(factor()), false),
        ("trust", Effect::Trust(strength(if more { 1.02 } else { 0.5 })), false),
    ];
    if more {
        every.push(("outside influence", on(0, LayerChange::OutsideInfluence(strength(0.02))), true));
        every.push(("capacity", Effect::Capacity(strength(10.0)), false));
    } else {
        every.push(("ceiling", on(0, LayerChange::Ceiling(strength(0.2))), false));
        let suspension = LayerChange::Suspension { lost: strength(0.1), part_of_month: 1.0 };
        every.push(("suspension", on(0, suspension), false));
    }
    every
}

/// The same without any strength.
fn powerless() -> Vec<(&'static str, Effect)> {
    vec![
        ("adoption", on(0, LayerChange::Adoption(strength(1.0)))),
        ("innovation", on(1, LayerChange::Innovation(strength(1.0)))),
        ("imitation", on(0, LayerChange::Imitation(strength(1.0)))),
        ("discontinuance", on(2, LayerChange::Discontinuance(strength(1.0)))),
        ("outside influence", on(0, LayerChange::OutsideInfluence(strength(0.0)))),
        ("ceiling", on(0, LayerChange::Ceiling(strength(1.0)))),
        ("shift", coverage(DriverChange::Shift, 0.0)),
        ("multiply", coverage(DriverChange::Multiply, 1.0)),
        ("incidents", Effect::Incidents(strength(1.0))),
        ("capacity", Effect::Capacity(strength(0.0))),
        ("trust", Effect::Trust(strength(1.0))),
    ]
}

struct Run {
    report: Report,
    values: Vec<f64>,
}

impl Run {
    fn new(scenario: &Scenario) -> Self {
        Self::of_member(scenario, 3)
    }

    fn of_member(scenario: &Scenario, member: u32) -> Self {
        let world = World::with_demography(scenario, people_constant(scenario, 1_000.0));
        let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
        let values = run_member(&world, &report, member);
        Self { report, values }
    }

    /// A measure of layer `layer` in the groups that `select` says, by date and group.
    fn measure(&self, layer: usize, measure: usize, select: impl Fn(&uptake::series::Group) -> bool) -> Vec<f64> {
        let groups = (0..self.report.groups.len()).filter(|&g| select(&self.report.groups[g]));
        groups
            .flat_map(|g| (0..self.report.dates.len()).map(move |d| (g, d)))
            .map(|(g, d)| self.values[self.report.index(layer, g, d) + measure])
            .collect()
    }

    fn users(&self, layer: usize) -> Vec<f64> {
        self.measure(layer, 0, |group| group.region == "all" && group.residence == "all" && is_total(group))
    }
}

fn is_total(group: &uptake::series::Group) -> bool {
    group.sex == "all" && group.age == "all"
}

#[test]
fn a_policy_without_strength_leaves_every_bit_as_it_is() {
    for engine in EngineKind::EVERY {
        let base = country(2, engine);
        let plain = Run::new(&base).values;
        for (name, effect) in powerless() {
            let who = match effect {
                // Also when it is limited to some people, which splits groups that share a draw.
                Effect::Layer { change: LayerChange::Ceiling(_), .. } => Target::default(),
                Effect::Layer { .. } => Target { sex: Some(0), age: Some((18.0, 30.0)), ..Target::default() },
                _ => Target::default(),
            };
            let treated = with(&base, "none", vec![policy(vec![effect], who)]);
            assert_eq!(Run::new(&treated).values, plain, "{name}, {engine:?}");
        }
    }
}

#[test]
fn a_policy_in_one_province_leaves_every_other_province_as_it_is() {
    for engine in EngineKind::EVERY {
        let base = country(3, engine);
        let plain = Run::new(&base);
        for more in [true, false] {
            for (name, effect, people) in mechanisms(more) {
                let mut who = Target { regions: vec![1], ..Target::default() };
                if people {
                    who = Target { sex: Some(1), age: Some((18.0, 30.0)), residence: Some(0), ..who };
                }
                let treated = Run::new(&with(&base, "one", vec![policy(vec![effect], who)]));
                for layer in 0..3 {
                    for measure in 0..5 {
                        let of = |run: &Run, region: &str| run.measure(layer, measure, |g| g.region == region);
                        for region in ["Region 1", "Region 3"] {
                            assert_eq!(of(&plain, region), of(&treated, region), "{name}, {engine:?}, {region}");
                        }
                    }
                }
                assert_ne!(
                    plain.measure(0, 0, |g| g.region == "Region 2"),
                    treated.measure(0, 0, |g| g.region == "Region 2"),
                    "{name}, {engine:?}"
                );
            }
        }
    }
}

#[test]
fn every_mechanism_acts_in_its_direction_and_not_before_it_begins() {
    let base = country(2, EngineKind::MeanField);
    let plain = Run::new(&base).users(0);
    for more in [true, false] {
        for (name, effect, _) in mechanisms(more) {
            let treated = Run::new(&with(&base, "sign", vec![policy(vec![effect], Target::default())])).users(0);
            let before = START as usize;
            assert_eq!(treated[..before], plain[..before], "{name}");
            // More leaving and more incidents mean fewer users.
            let turned = matches!(name, "discontinuance" | "incidents");
            let gain = treated[MONTHS - 1] - plain[MONTHS - 1];
            assert!(if more == turned { gain < -1.0 } else { gain > 1.0 }, "{name}, more {more}: {gain}");
        }
    }
}

#[test]
fn a_change_for_some_people_reaches_them_and_in_proportion() {
    let base = country(1, EngineKind::MeanField);
    let plain = Run::new(&base);
    let who = Target { sex: Some(0), age: Some((20.0, 24.0)), ..Target::default() };
    let treated = Run::new(&with(&base, "some", vec![policy(vec![on(0, LayerChange::Adoption(strength(2.0)))], who)]));
    // One month after the start imitation has not yet carried the effect to others.
    let first = START as usize;
    let adopted = |run: &Run, select: &dyn Fn(&uptake::series::Group) -> bool| run.measure(0, 1, select)[first];
    let at = |age: &'static str| move |g: &uptake::series::Group| g.age == age;
    let (young, old) = (at("20-24"), at("30-34"));
    assert_eq!(adopted(&plain, &old), adopted(&treated, &old));
    // Half of the band are women, whose hazard doubled: the band's adopters grow by almost a half.
    let ratio = adopted(&treated, &young) / adopted(&plain, &young);
    assert!((1.47..1.5).contains(&ratio), "{ratio}");

    // A range of ages that covers two fifths of a band moves it by two fifths.
    let who = Target { age: Some((18.0, 19.0)), ..Target::default() };
    let partly = Run::new(&with(&base, "part", vec![policy(vec![on(0, LayerChange::Adoption(strength(2.0)))], who)]));
    let teens = at("15-19");
    let ratio = adopted(&partly, &teens) / adopted(&plain, &teens);
    assert!((1.38..1.4).contains(&ratio), "{ratio}");
}

#[test]
fn a_shutdown_counts_nobody_and_its_users_return_as_stated() {
    for engine in EngineKind::EVERY {
        let mut base = country(2, engine);
        base.victimisation = None;
        base.layers.iter_mut().for_each(|l| l.discontinuance = sample::fixed("d", Unit::PerYear, 0.0));
        let plain = Run::new(&base).users(0);
        let lost = 0.2;
        let suspension = LayerChange::Suspension { lost: strength(lost), part_of_month: 1.0 };
        let mut shutdown = policy(vec![on(0, suspension)], Target::default());
        shutdown.end = Some(shutdown.start.plus(2));
        let run = Run::new(&with(&base, "shutdown", vec![shutdown]));
        let (users, start) = (run.users(0), START as usize);
        assert_eq!(users[..start], plain[..start]);
        for layer in 0..3 {
            assert!(run.users(layer)[start..start + 3].iter().all(|&users| users == 0.0), "{engine:?}");
        }
        // Nobody joined meanwhile; in the month after, a fifth is gone and a month's adopters have come.
        let adopted = run.measure(0, 1, |g| g.region == "all" && g.residence == "all" && is_total(g))[start + 3];
        let returned = users[start + 3] - adopted;
        let expected = plain[start - 1] * (1.0 - lost);
        let slack =
            if engine == EngineKind::MeanField { 1e-6 } else { 4.0 * (plain[start - 1] * lost * (1.0 - lost)).sqrt() };
        assert!((returned - expected).abs() <= slack, "{engine:?}: {returned} {expected}");
        let years = run.measure(0, 3, |g| g.region == "all" && g.residence == "all" && is_total(g));
        assert!(years[start..start + 3].iter().all(|&years| years == 0.0));
    }
}

#[test]
fn a_shutdown_of_part_of_a_month_is_over_when_it_ends() {
    let mut base = country(1, EngineKind::MeanField);
    base.victimisation = None;
    base.layers.truncate(1);
    base.layers[0].discontinuance = sample::fixed("d", Unit::PerYear, 0.0);
    let plain = Run::new(&base);
    let suspension = LayerChange::Suspension { lost: strength(0.05), part_of_month: 0.7 };
    let mut shutdown = policy(vec![on(0, suspension)], Target::default());
    shutdown.end = Some(shutdown.start);
    let run = Run::new(&with(&base, "weeks", vec![shutdown]));
    let start = START as usize;
    let total = |g: &uptake::series::Group| g.region == "all" && g.residence == "all" && is_total(g);
    let kept = run.users(0)[start] - run.measure(0, 1, total)[start];
    assert!((kept - 0.95 * run.users(0)[start - 1]).abs() < 1e-6);
    let years = run.measure(0, 3, total)[start] / (run.users(0)[start] / 12.0);
    assert!((years - 0.3).abs() < 1e-12, "{years}");
    assert!(run.measure(0, 1, total)[start] < 0.35 * plain.measure(0, 1, total)[start]);
}

#[test]
fn a_law_that_chills_talk_leaves_crime_alone_and_training_lowers_it() {
    for engine in EngineKind::EVERY {
        let base = country(2, engine);
        let incidents = |run: &Run| run.measure(0, 4, |g| g.region == "all" && g.residence == "all" && is_total(g));
        let plain = Run::new(&base);
        let chill = vec![
            on(2, LayerChange::Adoption(strength(0.5))),
            on(2, LayerChange::Discontinuance(strength(2.0))),
            on(2, LayerChange::Ceiling(strength(0.3))),
        ];
        let chilled = Run::new(&with(&base, "law", vec![policy(chill, Target::default())]));
        assert_eq!(incidents(&chilled), incidents(&plain), "{engine:?}");
        assert!(chilled.users(2)[MONTHS - 1] < 0.7 * plain.users(2)[MONTHS - 1]);
        assert_eq!(chilled.users(1), plain.users(1));

        let trained =
            Run::new(&with(&base, "training", vec![policy(vec![Effect::Capacity(strength(10.0))], Target::default())]));
        let after = |run: &Run| incidents(run)[START as usize..].iter().sum::<f64>();
        // Deterrence rises from 1 - exp(-0.1) to 1 - exp(-0.6): incidents per user fall by 39 %.
        let ratio = after(&trained) / after(&plain);
        assert!((0.55..0.68).contains(&ratio), "{engine:?}: {ratio}");
    }
}

#[test]
fn incidents_are_the_stated_rate_times_use() {
    let base = country(1, EngineKind::MeanField);
    let run = Run::new(&base);
    let total = |measure: usize| -> f64 {
        run.measure(0, measure, |g| g.region == "all" && g.residence == "all" && is_total(g)).iter().sum()
    };
    let rate = 0.06 * libm::exp(-0.05 * 2.0);
    let monthly = 12.0 * (1.0 - libm::exp(-rate / 12.0));
    assert!((total(4) / total(3) / monthly - 1.0).abs() < 1e-9, "{}", total(4) / total(3));

    // Whole people: as many on average, with the spread of a binomial.
    let mut cohort = country(1, EngineKind::Cohort);
    cohort.outputs.breakdowns.clear();
    let mut sum = 0.0;
    let mut exposure = 0.0;
    for member in 0..20 {
        let run = Run::of_member(&cohort, member);
        sum += run.measure(0, 4, |_| true).iter().sum::<f64>();
        exposure += run.measure(0, 3, |_| true).iter().sum::<f64>();
    }
    let expected = exposure * monthly;
    assert!((sum - expected).abs() < 4.0 * expected.sqrt(), "{sum} {expected}");
}

#[test]
fn hazards_multiply_and_drivers_follow_the_order_of_the_file() {
    let base = country(1, EngineKind::MeanField);
    let one =
        |effect: Effect, name: &str| Intervention { name: name.to_owned(), ..policy(vec![effect], Target::default()) };
    let last = |interventions: Vec<Intervention>| Run::new(&with(&base, "both", interventions)).users(0)[MONTHS - 1];
    let double = || on(0, LayerChange::Adoption(strength(2.0)));
    let once = last(vec![one(on(0, LayerChange::Adoption(strength(4.0))), "a")]);
    let twice = last(vec![one(double(), "a"), one(double(), "b")]);
    assert!((once - twice).abs() < 1e-6 * once, "{once} {twice}");

    let (set, shift) = (|| coverage(DriverChange::Set, 0.6), || coverage(DriverChange::Shift, 0.1));
    let set_then_shift = last(vec![one(set(), "a"), one(shift(), "b")]);
    let shift_then_set = last(vec![one(shift(), "a"), one(set(), "b")]);
    assert!((set_then_shift - last(vec![one(coverage(DriverChange::Set, 0.7), "a")])).abs() < 1e-6);
    assert!((shift_then_set - last(vec![one(set(), "a")])).abs() < 1e-6);
}

#[test]
fn a_ramp_begins_gently_and_ends_in_full_force() {
    for shape in RampShape::EVERY {
        let ramp = Ramp { months: 11, shape };
        let shares: Vec<f64> = (-1..24).map(|m| ramp.share(m)).collect();
        assert_eq!(shares[0], 0.0);
        assert!(shares[1] > 0.0 && shares[1] < 0.1 && shares.is_sorted());
        assert!(shares[12..].iter().all(|&share| share == 1.0), "{shares:?}");
        assert!((ramp.share(5) - 0.5).abs() < 1e-12);
    }
    assert_eq!(Ramp { months: 0, shape: RampShape::Logistic }.share(0), 1.0);
}

/// Baseline and policies, `members` members of the cohort engine, with uncertain parameters and flows of people.
fn ensemble_of(members: u32, engine: EngineKind, policies: Vec<Intervention>) -> Vec<Scenario> {
    let mut base = country(3, engine);
    base.run.members = members;
    base.outputs.frequency = Frequency::Annual;
    let uncertain = Distribution::LogNormal { median: 0.5, sigma: 0.2 };
    base.layers[0].imitation = sample::drawn("layer.internet.imitation", Unit::PerYear, uncertain);
    let mut scenarios = vec![Scenario { name: "base".to_owned(), ..base.clone() }];
    scenarios.extend(policies.into_iter().enumerate().map(|(i, p)| with(&base, &format!("policy-{i}"), vec![p])));
    scenarios
}

fn compared(scenarios: &[Scenario], threads: usize) -> Comparison {
    let references: Vec<&Scenario> = scenarios.iter().collect();
    let years = [month(2005, 12), month(2009, 12)];
    let options = Options { threads: Some(threads), ..Options::default() };
    ensemble::compare(&references, 0, &years, &options).expect("a comparison")
}

#[test]
fn a_comparison_is_what_separate_runs_give_for_any_number_of_threads() {
    for engine in EngineKind::EVERY {
        let mut late = policy(vec![on(0, LayerChange::Adoption(strength(1.3)))], Target::default());
        late.start = late.start.plus(29);
        let targeted = Target { sex: Some(0), regions: vec![2], ..Target::default() };
        let mut at_once = policy(vec![coverage(DriverChange::Shift, 0.1)], Target::default());
        at_once.start = month(2000, 1);
        let policies = vec![
            late,
            policy(vec![on(0, LayerChange::Imitation(strength(0.8)))], targeted),
            policy(vec![on(1, LayerChange::Suspension { lost: strength(0.1), part_of_month: 1.0 })], Target::default()),
            at_once,
        ];
        let scenarios = ensemble_of(6, engine, policies);
        let comparison = compared(&scenarios, 1);
        assert_eq!(comparison, compared(&scenarios, 2));
        assert_eq!(comparison, compared(&scenarios, 7));
        for (scenario, outcome) in scenarios.iter().zip(&comparison.outcomes) {
            let alone = ensemble::run(scenario, &Options::default()).unwrap();
            for layer in 0..3 {
                for (group, date) in (0..alone.groups.len()).flat_map(|g| (0..alone.dates.len()).map(move |d| (g, d))) {
                    for quantity in Quantity::EVERY {
                        if let Some(at) = comparison.index(layer, group, date, quantity) {
                            let level = outcome.levels[at];
                            assert_eq!(
                                level,
                                *alone.estimate(layer, group, date, quantity),
                                "{} {quantity:?}",
                                scenario.name
                            );
                        }
                    }
                }
            }
        }
        assert!(comparison.outcomes[0].differences.iter().all(|d| d.mean == 0.0 && d.quantiles == [0.0; 7]));
    }
}

#[test]
fn differences_of_provinces_add_up_to_the_nation() {
    let effect = on(0, LayerChange::Adoption(strength(1.2)));
    let scenarios = ensemble_of(5, EngineKind::Cohort, vec![policy(vec![effect], Target::default())]);
    let comparison = compared(&scenarios, 2);
    let outcome = &comparison.outcomes[1];
    for layer in 0..3 {
        for &date in &comparison.chosen {
            for quantity in [Quantity::Users, Quantity::Adoption, Quantity::UserYears, Quantity::Incidents] {
                let mean = |group| outcome.differences[comparison.index(layer, group, date, quantity).unwrap()].mean;
                let sum = |select: &dyn Fn(&uptake::series::Group) -> bool| -> f64 {
                    (0..comparison.groups.len()).filter(|&g| select(&comparison.groups[g])).map(mean).sum()
                };
                for parts in [
                    sum(&|g| g.region != "all"),
                    sum(&|g| g.residence != "all"),
                    sum(&|g| g.sex != "all"),
                    sum(&|g| g.age != "all"),
                ] {
                    assert!((parts - mean(0)).abs() < 1e-6 * (1.0 + mean(0).abs()), "{quantity:?}");
                }
            }
        }
    }
}

#[test]
fn costs_add_up_to_what_the_scenario_states() {
    let money = |key: &str, value| Some(sample::fixed(&format!("cost.{key}"), Unit::Money, value));
    let mut paid =
        policy(vec![on(0, LayerChange::Adoption(strength(1.2)))], Target { sex: Some(0), ..Target::default() });
    paid.end = Some(paid.start.plus(29));
    paid.cost = Some(Cost {
        currency: "USD".to_owned(),
        price_year: 2016,
        one_off: money("one_off", 1_000.0),
        per_year: money("per_year", 240.0),
        per_person: money("per_person", 2.0),
        reached: sample::fixed("cost.reached", Unit::Share, 0.5),
    });
    let scenarios = ensemble_of(4, EngineKind::Cohort, vec![paid]);
    let comparison = compared(&scenarios, 2);
    let costs = comparison.outcomes[1].cost.as_ref().unwrap();
    // Half of 204,000 people are women, half of whom are reached.
    let at_start = 1_000.0 + 204_000.0 / 2.0 * 0.5 * 2.0;
    let date = |text: &str| comparison.dates.iter().position(|d| d.to_string() == text).unwrap();
    let total = |text: &str| costs.total[date(text)].median();
    assert_eq!(total("2002-12"), 0.0);
    // The tables hold whole people, so cells are not all of one size.
    assert!((total("2003-12") - (at_start + 240.0)).abs() < 20.0, "{}", total("2003-12"));
    assert!((total("2009-12") - total("2003-12") - 1.5 * 240.0).abs() < 1e-6);
    let (layer, last) = (0, date("2009-12"));
    let outcome = &comparison.outcomes[1];
    let per_year = costs.per_user_year[comparison.total_index(layer, last)];
    let gained = outcome.totals[comparison.total_index(layer, last)].user_years;
    assert_eq!(per_year.gain, 1.0);
    // The dearest member is the one that gains least.
    assert!((total("2009-12") / gained.quantiles[3] / per_year.quantiles[3] - 1.0).abs() < 0.05);
}

#[test]
fn milestones_come_earlier_under_a_policy_that_helps() {
    let effect = coverage(DriverChange::Set, 1.0);
    let scenarios = ensemble_of(5, EngineKind::MeanField, vec![policy(vec![effect], Target::default())]);
    let comparison = compared(&scenarios, 2);
    let milestone = &comparison.outcomes[1].milestones[0];
    assert_eq!((milestone.layer, milestone.share), (0, 0.5));
    assert!(milestone.reached >= milestone.reached_in_baseline && milestone.reached > 0.0);
    if let Some(earlier) = milestone.months_earlier {
        assert!(earlier.median() > 0.0);
    }
    assert!(comparison.outcomes[1].totals[comparison.total_index(0, 9)].more == 1.0);
}

#[test]
fn scenarios_that_differ_in_more_than_what_they_do_are_refused() {
    let base = country(1, EngineKind::MeanField);
    let mut other = Scenario { name: "other".to_owned(), ..base.clone() };
    other.time.end = other.time.end.plus(-12);
    let refused = |other: &Scenario, years: &[Month]| {
        ensemble::compare(&[&base, other], 0, years, &Options::default()).expect_err("refused").to_string()
    };
    assert!(refused(&other, &[]).contains("the months they simulate"));
    let mut other = base.clone();
    other.run.seed = 1;
    assert!(refused(&other, &[]).contains("--seed"));
    let late = month(2040, 12);
    assert!(refused(&base, &[late]).contains("2040-12 is not reported"));
}

/// The standard error of a 2 % policy's effect on users at the end, paired and unpaired.
#[test]
fn common_random_numbers_cut_the_standard_error_of_a_small_policy_tenfold() {
    let effect = on(0, LayerChange::Adoption(strength(1.02)));
    let base = &ensemble_of(60, EngineKind::Cohort, vec![]).remove(0);
    let treated = with(base, "two percent", vec![policy(vec![effect], Target::default())]);
    let users = |scenario: &Scenario, member: u32| {
        let world = World::with_demography(scenario, ring_of_flows(scenario));
        let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
        let values = run_member(&world, &report, member);
        values[report.index(0, 0, report.dates.len() - 1)]
    };
    let deviation = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (values.len() - 1) as f64).sqrt()
    };
    let plain: Vec<f64> = (0..60).map(|member| users(base, member)).collect();
    let paired: Vec<f64> = (0..60).map(|member| users(&treated, member) - plain[member as usize]).collect();
    let unpaired: Vec<f64> = (0..60).map(|member| users(&treated, member + 1_000) - plain[member as usize]).collect();
    let gain = deviation(&unpaired) / deviation(&paired);
    println!("a 2 % policy, 60 members: standard error of the effect {gain:.1} times smaller when members are paired");
    assert!(gain > 10.0, "{gain}");
}
