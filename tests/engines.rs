//! The engines against closed forms, against each other and against conservation.

mod common;

use common::{member, people_constant, ring_of_flows, run_members, series};
use uptake::adoption::bass::bass_share;
use uptake::engine::{Expected, ExpectedUsers, Law, Recorder, Report, Simulation, World};
use uptake::population::Demography;
use uptake::scenario::{EngineKind, Exposure, Scenario, sample};
use uptake::units::Unit;

/// Users as a share of `people` at the end of each month, one cell, mean-field.
fn single_cell(layer: uptake::scenario::Layer, months: usize) -> Vec<f64> {
    single_cell_with(Exposure::Midpoint, layer, months)
}

fn single_cell_with(exposure: Exposure, layer: uptake::scenario::Layer, months: usize) -> Vec<f64> {
    let mut scenario = sample::scenario(sample::grid(1, 1, 1, 1), 1e6, months, vec![layer]);
    scenario.run.exposure = exposure;
    scenario.outputs.frequency = uptake::scenario::Frequency::Monthly;
    let demography = people_constant(&scenario, 1e6);
    let world = World::with_demography(&scenario, demography);
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    let values = member(&world, &report, 0);
    series(&report, &values, 0, 0).iter().map(|users| users / 1e6).collect()
}

fn with_start(mut layer: uptake::scenario::Layer, share: f64) -> uptake::scenario::Layer {
    layer.initial = sample::fixed("layer.x.initial", Unit::Share, share);
    layer
}

/// Largest gap between simulated shares and the Bass curve over `months` months.
fn bass_gap(exposure: Exposure, start: f64, p: f64, q: f64, months: usize) -> f64 {
    let shares = single_cell_with(exposure, with_start(sample::layer("x", p, q, 0.0), start), months);
    let gap = |(m, share): (usize, &f64)| (share - bass_share(start, p, q, (m as f64 + 1.0) / 12.0)).abs();
    shares.iter().enumerate().map(gap).fold(0.0, f64::max)
}

#[test]
fn mean_field_follows_the_bass_curve_within_one_percent_of_the_potential() {
    for (p, q) in [(0.03, 0.38), (0.01, 0.6), (0.002, 0.5), (0.05, 0.2), (0.001, 0.6)] {
        let gap = bass_gap(Exposure::Midpoint, 0.0, p, q, 480);
        assert!(gap < 0.01, "p {p}, q {q}: {gap}");
    }
}

#[test]
fn mean_field_follows_the_logistic_curve_when_nobody_innovates() {
    for q in [0.2, 0.4, 0.6] {
        let gap = bass_gap(Exposure::Midpoint, 0.01, 0.0, q, 480);
        assert!(gap < 0.01, "q {q}: {gap}");
    }
}

#[test]
fn the_error_shrinks_with_the_step_in_first_or_second_order() {
    // Halving the rates while doubling the months is halving the step on the same curve.
    for (exposure, order) in [(Exposure::Start, 2.0), (Exposure::Midpoint, 4.0)] {
        let gap = |k: f64| bass_gap(exposure, 0.0, 0.02 / k, 0.6 / k, 240 * k as usize);
        let gaps: Vec<f64> = [1.0, 2.0, 4.0, 8.0].into_iter().map(gap).collect();
        for pair in gaps.windows(2) {
            let ratio = pair[0] / pair[1];
            assert!((0.85 * order..1.2 * order).contains(&ratio), "{exposure:?}: {gaps:?}");
        }
    }
}

#[test]
fn without_imitation_the_approach_is_exponential_to_rounding() {
    let shares = single_cell(sample::layer("x", 0.07, 0.0, 0.0), 360);
    for (m, share) in shares.iter().enumerate() {
        let exact = 1.0 - libm::exp(-0.07 * (m as f64 + 1.0) / 12.0);
        assert!((share - exact).abs() < 1e-12, "month {m}");
    }
}

#[test]
fn pure_exit_decays_exponentially() {
    let shares = single_cell(with_start(sample::layer("x", 0.0, 0.0, 0.25), 0.8), 240);
    for (m, share) in shares.iter().enumerate() {
        let exact = 0.8 * libm::exp(-0.25 * (m as f64 + 1.0) / 12.0);
        assert!((share - exact).abs() < 1e-12, "month {m}");
    }
}

#[test]
fn a_ceiling_is_the_market_potential() {
    let mut layer = sample::layer("x", 0.03, 0.0, 0.0);
    layer.access.ceiling = Some(sample::fixed("layer.x.access.ceiling", Unit::Share, 0.4));
    let shares = single_cell(layer, 1200);
    let exact = 0.4 * (1.0 - libm::exp(-0.03 * 100.0));
    assert!((shares[1199] - exact).abs() < 1e-12);
}

/// A small country with everything switched on: two regions, places, sexes, ages, moves, deaths, four nested layers.
fn everything(engine: EngineKind, people: f64) -> (Scenario, Demography) {
    let mut facebook = sample::layer("facebook", 0.3, 0.5, 0.1);
    facebook.requires = vec![0];
    facebook.access.min_age = 13.0;
    let mut messaging = sample::layer("messaging", 0.2, 0.5, 0.1);
    messaging.requires = vec![0];
    let mut expression = sample::layer("expression", 0.1, 0.2, 0.4);
    expression.requires = vec![1];
    let mut internet = with_start(sample::layer("internet", 0.02, 0.6, 0.05), 0.05);
    internet.access.min_age = 7.0;
    internet.features.urban = sample::fixed("layer.internet.features.urban", Unit::LogFactor, 0.5);
    let layers = vec![internet, facebook, messaging, expression];
    let mut scenario = sample::scenario(sample::grid(2, 2, 2, 5), people, 120, layers);
    scenario.run.engine = engine;
    scenario.outputs.frequency = uptake::scenario::Frequency::Monthly;
    let demography = ring_of_flows(&scenario);
    (scenario, demography)
}

#[test]
fn users_never_outnumber_people_nor_those_of_a_required_layer() {
    for engine in EngineKind::EVERY {
        for people in [40.0, 4_000.0, 4e6] {
            let (mut scenario, demography) = everything(engine, people);
            scenario.outputs.breakdowns = vec![common::every_dimension()];
            let world = World::with_demography(&scenario, demography);
            let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
            let values = member(&world, &report, 0);
            for group in 0..report.groups.len() {
                for date in 0..report.dates.len() {
                    let users: Vec<f64> = (0..4).map(|l| values[report.index(l, group, date)]).collect();
                    let people = report.population[group * report.dates.len() + date];
                    let slack = 1e-9 * people;
                    assert!(users[0] <= people + slack, "{engine:?} group {group} date {date}");
                    for (inner, outer) in [(1, 0), (2, 0), (3, 1)] {
                        assert!(users[inner] <= users[outer] + slack, "{engine:?} {users:?}");
                    }
                    assert!(users.iter().all(|u| *u >= 0.0));
                    if engine == EngineKind::Cohort {
                        assert!(users.iter().all(|u| u.fract() == 0.0), "whole people");
                    }
                }
            }
        }
    }
}

#[test]
fn stocks_change_by_adoption_less_discontinuance_where_nobody_dies_or_moves() {
    for engine in EngineKind::EVERY {
        let (mut scenario, _) = everything(engine, 40_000.0);
        scenario.outputs.breakdowns = vec![common::every_dimension()];
        let world = World::with_demography(&scenario, people_constant(&scenario, 1_000.0));
        let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
        let values = member(&world, &report, 0);
        for layer in 0..4 {
            for group in 0..report.groups.len() {
                for date in 1..report.dates.len() {
                    let now = report.index(layer, group, date);
                    let before = report.index(layer, group, date - 1);
                    let change = values[now] - values[before];
                    let flow = values[now + 1] - values[now + 2];
                    assert!((change - flow).abs() < 1e-8, "{engine:?} layer {layer} group {group} date {date}");
                }
            }
        }
    }
}

#[test]
fn deaths_and_moves_take_users_in_proportion_and_lose_none() {
    // Nobody adopts or stops: users change only because people age, move (all arrive again) and die.
    let mut layer = with_start(sample::layer("x", 0.0, 0.0, 0.0), 0.6);
    layer.access.min_age = 0.0;
    let mut scenario = sample::scenario(sample::grid(2, 2, 2, 5), 40_000.0, 60, vec![layer]);
    scenario.outputs.frequency = uptake::scenario::Frequency::Monthly;
    let demography = ring_of_flows(&scenario);
    let world = World::with_demography(&scenario, demography);
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    let values = member(&world, &report, 0);
    // By hand: one line of ages 0..4 with its own share of users; ageing 1/60 of 1,000, births equal, oldest die.
    let mut users = [600.0_f64; 5];
    let flow = common::AGEING_PEOPLE / 1_000.0;
    for m in 0..60 {
        let moved: Vec<f64> = users.iter().map(|u| u * flow).collect();
        for age in 0..5 {
            users[age] += if age > 0 { moved[age - 1] } else { 0.0 } - moved[age];
        }
        let total = 8.0 * users.iter().sum::<f64>();
        let seen = values[report.index(0, 0, m)];
        assert!((seen - total).abs() < 1e-6, "month {m}: {seen} {total}");
    }
}

#[test]
fn the_cohort_mean_is_the_mean_field_as_people_grow() {
    // 64 members; the mean of each layer's users at the end against mean-field. The hazard feeds back through
    // exposure, so the two differ by O(1/N) beside Monte Carlo error; tolerance 4 standard errors + 0.2 % of users:
    // false alarm below 1 in 1,000 over the four layers and two sizes.
    for people in [40_000.0, 4e6] {
        let (scenario, demography) = everything(EngineKind::MeanField, people);
        let world = World::with_demography(&scenario, demography);
        let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
        let expected = member(&world, &report, 0);
        let (scenario, demography) = everything(EngineKind::Cohort, people);
        let world = World::with_demography(&scenario, demography);
        let members = run_members(&world, &report, 64);
        for layer in 0..4 {
            let at = report.index(layer, 0, 119);
            let draws: Vec<f64> = members.iter().map(|m| m[at]).collect();
            let mean = draws.iter().sum::<f64>() / 64.0;
            let variance = draws.iter().map(|d| (d - mean) * (d - mean)).sum::<f64>() / 63.0;
            let tolerance = 4.0 * (variance / 64.0).sqrt() + 0.002 * expected[at];
            let gap = (mean - expected[at]).abs();
            assert!(gap < tolerance, "{people} people, layer {layer}: {mean} against {}", expected[at]);
            assert!(variance > 0.0);
        }
    }
}

#[test]
fn a_hazard_five_percent_off_is_noticed() {
    let (scenario, demography) = everything(EngineKind::MeanField, 4e6);
    let world = World::with_demography(&scenario, demography);
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    let expected = member(&world, &report, 0);
    let (mut wrong, demography) = everything(EngineKind::Cohort, 4e6);
    wrong.layers[0].imitation = sample::fixed("layer.internet.imitation", Unit::PerYear, 0.6 * 1.05);
    let world = World::with_demography(&wrong, demography);
    let members = run_members(&world, &report, 16);
    let at = report.index(0, 0, 59);
    let mean = members.iter().map(|m| m[at]).sum::<f64>() / 16.0;
    assert!((mean - expected[at]).abs() > 0.01 * expected[at]);
}

#[test]
fn access_that_shrinks_takes_users_with_it_at_once() {
    use uptake::scenario::{DatedValues, Interpolation, Shape};
    for engine in EngineKind::EVERY {
        let mut layer = with_start(sample::layer("x", 0.0, 0.0, 0.0), 1.0);
        let mut ceiling = sample::fixed("layer.x.access.ceiling", Unit::Share, 0.8);
        let month = |text: &str| text.parse().expect("a month");
        ceiling.shape = Shape::Dated(DatedValues {
            points: vec![(month("2000-01"), 0.8), (month("2000-06"), 0.2)],
            interpolation: Interpolation::Step,
        });
        layer.access.ceiling = Some(ceiling);
        let mut scenario = sample::scenario(sample::grid(1, 1, 1, 1), 1e6, 12, vec![layer]);
        scenario.run.engine = engine;
        scenario.outputs.frequency = uptake::scenario::Frequency::Monthly;
        let world = World::with_demography(&scenario, people_constant(&scenario, 1e6));
        let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
        let users = series(&report, &member(&world, &report, 0), 0, 0);
        // The agent engine draws who is let in: Binomial(1,000,000, 0.8), standard deviation 400; five of them.
        let drawn = if engine == EngineKind::Agent { 2_000.0 } else { 0.0 };
        assert!((users[4] - 800_000.0).abs() <= drawn, "{engine:?}: {}", users[4]);
        // Binomial(1,000,000, 1/5) at most: standard deviation 400; five of them.
        assert!((users[5] - 200_000.0).abs() < 2_000.0, "{engine:?}: {}", users[5]);
        assert_eq!(users[11], users[5]);
    }
}

#[test]
fn results_do_not_depend_on_threads() {
    let (mut scenario, _) = everything(EngineKind::Cohort, 40_000.0);
    scenario.run.members = 9;
    scenario.layers[0].imitation = sample::drawn(
        "layer.internet.imitation",
        Unit::PerYear,
        uptake::scenario::Distribution::LogNormal { median: 0.6, sigma: 0.2 },
    );
    let runs: Vec<_> = [1, 2, 7]
        .into_iter()
        .map(|threads| {
            let options = uptake::ensemble::Options { threads: Some(threads), ..Default::default() };
            uptake::ensemble::run(&scenario, &options).expect("a projection")
        })
        .collect();
    assert_eq!(runs[0], runs[1]);
    assert_eq!(runs[0], runs[2]);
}

#[test]
fn members_differ_and_seeds_matter() {
    let (mut scenario, demography) = everything(EngineKind::Cohort, 40_000.0);
    let world = World::with_demography(&scenario, demography.clone());
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    let (first, second) = (member(&world, &report, 0), member(&world, &report, 1));
    assert_ne!(first, second);
    assert_eq!(first, member(&world, &report, 0));
    scenario.run.seed = 1;
    let world = World::with_demography(&scenario, demography);
    assert_ne!(first, member(&world, &report, 0));
}

#[test]
fn a_layer_added_last_changes_nothing_for_the_others() {
    let (scenario, demography) = everything(EngineKind::Cohort, 40_000.0);
    let world = World::with_demography(&scenario, demography.clone());
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    let four = member(&world, &report, 3);
    let mut fewer = scenario.clone();
    fewer.layers.pop();
    let world = World::with_demography(&fewer, demography);
    let three = member(&world, &report, 3);
    assert_eq!(four[..three.len()], three[..]);
}

#[test]
fn a_layer_with_two_requirements_stays_within_both() {
    for engine in EngineKind::EVERY {
        let (mut scenario, demography) = everything(engine, 40_000.0);
        let mut both = sample::layer("both", 1.0, 1.0, 0.1);
        both.requires = vec![1, 2];
        scenario.layers.push(both);
        scenario.outputs.breakdowns = vec![common::every_dimension()];
        let world = World::with_demography(&scenario, demography);
        let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
        let values = member(&world, &report, 0);
        let users = |layer, group, date| values[report.index(layer, group, date)];
        for group in 0..report.groups.len() {
            for date in 0..report.dates.len() {
                for required in [1, 2] {
                    assert!(users(4, group, date) <= users(required, group, date) + 1e-6, "{engine:?}");
                }
            }
        }
        assert!(users(4, 0, 119) > 0.1 * users(1, 0, 119));
    }
}

#[test]
fn users_are_the_same_whether_flows_are_counted_or_not() {
    let (mut scenario, demography) = everything(EngineKind::MeanField, 40_000.0);
    let mut both = sample::layer("both", 1.0, 1.0, 0.1);
    both.requires = vec![1, 2];
    scenario.layers.push(both);
    let world = World::with_demography(&scenario, demography);
    let law = Law::new(&scenario, &uptake::ensemble::ParameterDraw { seed: 0, draw: 0 });
    let report = Report::nothing(&world.demography);
    let (mut counting, mut recorder) = (Expected::default(), Recorder::<f64>::new(&report, 0));
    let (mut plain, mut other) = (ExpectedUsers::default(), Recorder::<f64>::new(&report, 0));
    let mut with_flows = Simulation::new(&world, &law, &counting);
    let mut without = Simulation::new(&world, &law, &plain);
    for step in [1, 50, 120] {
        with_flows.run_to(step, &law, &mut counting, &mut recorder);
        without.run_to(step, &law, &mut plain, &mut other);
        for layer in 0..scenario.layers.len() {
            let users = |run: &Simulation<'_, f64>| -> Vec<f64> {
                (0..world.demography.grid.cells()).map(|cell| run.users(&law, layer, &[(cell, 1.0)])).collect()
            };
            assert!(step == 1 || users(&with_flows).iter().sum::<f64>() > 0.0, "{layer} {step}");
            assert_eq!(users(&with_flows), users(&without), "{layer} {step}");
        }
    }
}
