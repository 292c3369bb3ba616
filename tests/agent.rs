//! The agent engine: against a plain model of persons, against the cohort engine, against itself with other threads and policies.

mod common;

use common::{everything, households, member, more_adoption, one_layer, people_constant, run_members, series};
use uptake::engine::{Agents, Law, Recorder, Report, World};
use uptake::ensemble::ParameterDraw;
use uptake::network::{EdgeList, Ring, Ties};
use uptake::scenario::{EngineKind, Network, Scenario, Target, sample};
use uptake::units::Unit;

/// The two-sample Kolmogorov-Smirnov distance.
fn ks(a: &[f64], b: &[f64]) -> f64 {
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    a.sort_unstable_by(f64::total_cmp);
    b.sort_unstable_by(f64::total_cmp);
    let below = |sorted: &[f64], x: f64| sorted.partition_point(|&v| v <= x) as f64 / sorted.len() as f64;
    a.iter().chain(&b).map(|&x| (below(&a, x) - below(&b, x)).abs()).fold(0.0, f64::max)
}

/// Above this two samples of `n` each come from one distribution in 1 of 10,000 cases only (Smirnov 1939: c = 2.23).
fn critical(n: usize) -> f64 {
    2.23 * (2.0 / n as f64).sqrt()
}

/// A generator of its own for the plain model, which shares nothing with the engine.
struct Plain(u64);

impl Plain {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / 9_007_199_254_740_992.0
    }
}

/// The law for one person after the other, with stored ties: users at the end of each month.
fn plain(ties: &[Vec<usize>], [p, q, d]: [f64; 3], months: usize, seed: u64) -> Vec<f64> {
    let mut chance = Plain(uptake::rng::mix(seed + 1));
    let mut users = vec![false; ties.len()];
    (0..months)
        .map(|_| {
            let before = users.clone();
            for (person, user) in users.iter_mut().enumerate() {
                let u = chance.unit();
                if before[person] {
                    *user = u >= 1.0 - libm::exp(-d);
                } else {
                    let using = ties[person].iter().filter(|&&other| before[other]).count();
                    let share = if ties[person].is_empty() { 0.0 } else { using as f64 / ties[person].len() as f64 };
                    *user = u < 1.0 - libm::exp(-(p + q * share));
                }
            }
            users.iter().filter(|&&user| user).count() as f64
        })
        .collect()
}

/// The ties of every person of a graph.
fn stored(graph: &impl Ties) -> Vec<Vec<usize>> {
    let mut found = Vec::new();
    let of = |person| {
        found.clear();
        graph.ties(person, &mut found);
        found.iter().map(|(_, other)| *other as usize).collect()
    };
    (0..graph.persons()).map(of).collect()
}

fn runs(scenario: &Scenario, count: u32) -> Vec<Vec<f64>> {
    let people = scenario.population.stocks[0].1[0];
    let world = World::with_demography(scenario, people_constant(scenario, people));
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    run_members(&world, &report, count).iter().map(|values| series(&report, values, 0, 0)).collect()
}

const MEMBERS: u32 = 300;
const MONTHS: usize = 30;

/// Distances between the engine and the plain model on the same graph, at three months; false alarm 3 in 10,000.
fn gaps(rates: [f64; 3], engine: [f64; 3], network: Network, ties: &[Vec<usize>]) -> Vec<f64> {
    let scenario = one_layer(ties.len() as f64, MONTHS, engine, network);
    let fast = runs(&scenario, MEMBERS);
    let slow: Vec<Vec<f64>> = (0..MEMBERS).map(|seed| plain(ties, rates, MONTHS, u64::from(seed))).collect();
    let at = |runs: &[Vec<f64>], month: usize| runs.iter().map(|run| run[month]).collect::<Vec<f64>>();
    [4, 14, MONTHS - 1].map(|month| ks(&at(&fast, month), &at(&slow, month))).to_vec()
}

#[test]
fn on_a_list_of_edges_it_is_the_plain_model_in_distribution() {
    // A star, a chain and a few alone: degrees from 0 to 40.
    let mut pairs: Vec<(u64, u64)> = (1..=40).map(|leaf| (0, leaf)).collect();
    pairs.extend((41..90).map(|person| (person, person + 1)));
    let (graph, _) = EdgeList::try_new(100, &pairs).expect("a graph");
    let ties = stored(&graph);
    let network = Network::Edges { file: String::new(), graph: std::sync::Arc::new(graph) };
    // Low and high hazards: the second makes several arrivals in a month common.
    for rates in [[0.004, 0.15, 0.01], [0.05, 1.5, 0.3]] {
        let gaps = gaps(rates, rates, network.clone(), &ties);
        assert!(gaps.iter().all(|gap| *gap < critical(MEMBERS as usize)), "{rates:?}: {gaps:?}");
    }
}

#[test]
fn on_a_ring_it_is_the_plain_model_in_distribution_and_a_wrong_kernel_is_not() {
    // The plain model stores the ties of a ring like the engine's, under keys of its own: the law of the graph is the same.
    let people = 2000;
    let ties = stored(&Ring::new(people, 10, 0.05, 99));
    let rates = [0.004, 0.25, 0.02];
    let network = Network::Ring { neighbours: 10, rewiring: 0.05 };
    let right = gaps(rates, rates, network.clone(), &ties);
    assert!(right.iter().all(|gap| *gap < critical(MEMBERS as usize)), "{right:?}");
    // Imitation 5 % too strong.
    let wrong = gaps(rates, [rates[0], rates[1] * 1.05, rates[2]], network, &ties);
    assert!(wrong.iter().any(|gap| *gap > critical(MEMBERS as usize)), "{wrong:?}");
}

/// Users of three layers at three dates, by member, with contacts redrawn at each look.
fn redrawn(engine: EngineKind, people: f64, members: u32, flows: bool) -> Vec<Vec<f64>> {
    let (mut scenario, demography) = everything(Network::Uniform, people);
    scenario.run.engine = engine;
    // The cohort engine rounds the users of the start, persons draw lots.
    scenario.layers[0].initial = sample::fixed("layer.internet.initial", Unit::Share, 0.0);
    if !flows {
        // Persons grow older though nobody passes into another band.
        scenario.layers.iter_mut().for_each(|layer| layer.access.min_age = 0.0);
    }
    let still = people_constant(&scenario, people / scenario.population.grid.cells() as f64);
    let demography = if flows { demography } else { still };
    let report = Report::new(&scenario.outputs, &scenario.time, &demography);
    // A seed each: members of one seed share the marks that say who has access.
    let one = |seed: u32| {
        scenario.run.seed = u64::from(seed);
        member(&World::with_demography(&scenario, demography.clone()), &report, 0)
    };
    let all: Vec<Vec<f64>> = (0..members).map(one).collect();
    let dates = [2, 3, report.dates.len() - 1];
    let at = |layer: usize, date: usize| all.iter().map(|m| m[report.index(layer, 0, date)]).collect();
    (0..3).flat_map(|layer| dates.map(|date| at(layer, date))).collect()
}

#[test]
fn with_contacts_redrawn_it_is_the_cohort_engine_in_distribution() {
    // Contract 2, everything switched on but births, deaths and moves; false alarm 1 in 1,000 over layers and dates.
    let members = 200;
    let (agent, cohort) =
        (redrawn(EngineKind::Agent, 8_000.0, members, false), redrawn(EngineKind::Cohort, 8_000.0, members, false));
    for (i, (agent, cohort)) in agent.iter().zip(&cohort).enumerate() {
        let gap = ks(agent, cohort);
        assert!(gap < critical(members as usize), "layer {}, date {}: {gap}", i / 3, i % 3);
    }
}

#[test]
fn people_who_grow_older_in_turn_differ_little_from_people_who_do_so_at_random() {
    // Persons pass into the next age band oldest first, and the oldest have had most time to adopt; in a cell's counts those who pass are
    // like the others of their band. ODD section 8 tells of this gap; here bands hold few and flows are large.
    let (agent, cohort) =
        (redrawn(EngineKind::Agent, 40_000.0, 20, true), redrawn(EngineKind::Cohort, 40_000.0, 20, true));
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    for (i, (agent, cohort)) in agent.iter().zip(&cohort).enumerate() {
        let ratio = mean(agent) / mean(cohort);
        println!("layer {}, date {}: {ratio}", i / 3, i % 3);
        assert!((0.95..1.05).contains(&ratio), "layer {}, date {}: {ratio}", i / 3, i % 3);
    }
}

#[test]
fn closed_forms_hold() {
    // A million people who see anyone: within 1 % of the Bass curve as the step goes to nothing (here a twelfth of a year, with users
    // seen when the month begins), and to chance without imitation.
    let people = 1e6;
    for (p, q, d) in [(0.06, 0.0, 0.0), (0.02, 0.4, 0.0)] {
        let scenario = one_layer(people, 240, [p / 12.0, q / 12.0, d], Network::Uniform);
        let users = &runs(&scenario, 1)[0];
        for (m, users) in users.iter().enumerate() {
            let exact = uptake::adoption::bass::bass_share(0.0, p, q, (m as f64 + 1.0) / 12.0);
            let allowed = if q > 0.0 { 0.02 } else { 0.0025 };
            assert!((users / people - exact).abs() < allowed, "p {p}, q {q}, month {m}: {} {exact}", users / people);
        }
    }
    // Pure exit.
    let mut scenario = one_layer(people, 120, [0.0, 0.0, 0.25 / 12.0], Network::Uniform);
    scenario.layers[0].initial = sample::fixed("layer.x.initial", Unit::Share, 0.8);
    for (m, users) in runs(&scenario, 1)[0].iter().enumerate() {
        let exact = 0.8 * libm::exp(-0.25 * (m as f64 + 1.0) / 12.0);
        // Five standard deviations of a share of a million.
        assert!((users / people - exact).abs() < 0.0025, "month {m}");
    }
}

#[test]
fn results_are_the_same_for_any_number_of_threads() {
    let ring = Network::Ring { neighbours: 10, rewiring: 0.1 };
    for network in [households(), Network::Uniform, ring] {
        let (scenario, demography) = everything(network, 30_000.0);
        let world = World::with_demography(&scenario, demography);
        let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
        let results = [1, 2, 7].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| member(&world, &report, 3))
        });
        assert!(results[0].iter().any(|value| *value > 0.0));
        assert_eq!(results[0], results[1]);
        assert_eq!(results[0], results[2]);
    }
}

/// Runs a member to the end; the persons and what was recorded.
fn agents<'a>(world: &'a World<'a>, report: &Report, policy: Option<&Scenario>) -> (Agents<'a>, Vec<f64>) {
    let draw = ParameterDraw { seed: 0, draw: 0 };
    let law = Law::new(policy.unwrap_or(world.scenario), &draw);
    let mut recorder = Recorder::new(report, world.scenario.layers.len());
    let mut agents = Agents::new(world, &law, 0, 0);
    agents.run_to(world.demography.months, &law, &mut recorder);
    (agents, recorder.values)
}

#[test]
fn people_are_those_of_the_tables_and_users_those_that_were_counted() {
    let (mut scenario, demography) = everything(households(), 20_000.0);
    scenario.outputs.breakdowns = vec![common::every_dimension()];
    let world = World::with_demography(&scenario, demography);
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    let (agents, values) = agents(&world, &report, None);
    let grid = &world.demography.grid;
    let (cells, kinds) = (grid.cells(), grid.cells_per_place());
    let (mut people, mut users) = (vec![0.0; cells], vec![vec![0.0; cells]; 4]);
    for word in 0..agents.people().words() {
        for bit in 0..64 {
            let slot = (word as u64) << 6 | bit;
            if agents.people().lives(slot) {
                let cell = agents.people().place_of(slot) * kinds + agents.people().kind(slot);
                people[cell] += 1.0;
                for (layer, users) in users.iter_mut().enumerate() {
                    users[cell] += f64::from(u8::from(agents.uses(slot, layer)));
                }
                assert!(!agents.uses(slot, 3) || agents.uses(slot, 1) && agents.uses(slot, 2));
                assert!(!agents.uses(slot, 1) || agents.uses(slot, 0));
            } else {
                assert!((0..4).all(|layer| !agents.uses(slot, layer)), "nobody uses anything");
            }
        }
    }
    assert_eq!(people[..], world.demography.people[world.demography.months * cells..]);
    let last = report.dates.len() - 1;
    for (layer, users) in users.iter().enumerate() {
        for cell in 0..cells {
            assert_eq!(users[cell], values[report.index(layer, 1 + cell, last)], "layer {layer}, cell {cell}");
        }
    }
}

#[test]
fn whom_a_policy_cannot_reach_live_the_same_life_in_both_worlds() {
    let (mut scenario, mut demography) = everything(households(), 20_000.0);
    // Nobody looks or moves beyond the region.
    scenario.contacts.nation = sample::fixed("contacts.nation", Unit::Weight, 0.0);
    demography.leaving.fill(0.0);
    demography.arriving.fill(0.0);
    let who = Target { regions: vec![0], ..Target::default() };
    let policy = more_adoption(&scenario, 2.0, who);
    let world = World::with_demography(&scenario, demography);
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    let (without, with) = (agents(&world, &report, None).0, agents(&world, &report, Some(&policy)).0);
    let mut differ = [0, 0];
    for word in 0..without.people().words() {
        let region = without.people().place_of((word as u64) << 6) / 2;
        for layer in 0..4 {
            differ[region] += (without.users_of_word(word, layer) ^ with.users_of_word(word, layer)).count_ones();
        }
    }
    assert!(differ[0] > 100, "the policy does something");
    assert_eq!(differ[1], 0, "and only where it reaches");
}

#[test]
fn on_a_ring_of_many_tasks_everywhere_as_many_adopt_as_the_law_says() {
    // Twelve blocks of people and part of one more; the closed form holds in each fifth of them.
    let people = 200_000.0;
    let mut scenario = one_layer(people, 24, [0.01, 0.0, 0.0], Network::Ring { neighbours: 8, rewiring: 0.1 });
    scenario.run.engine = EngineKind::Agent;
    let world = World::with_demography(&scenario, people_constant(&scenario, people));
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    let agents = agents(&world, &report, None).0;
    let (words, share) = (agents.people().words(), 1.0 - libm::exp(-0.24));
    for fifth in 0..5 {
        let of: Vec<usize> = (words * fifth / 5..words * (fifth + 1) / 5).collect();
        let living: u32 = of.iter().map(|&word| agents.people().alive(word).count_ones()).sum();
        let users: u32 = of.iter().map(|&word| agents.users_of_word(word, 0).count_ones()).sum();
        let (living, users) = (f64::from(living), f64::from(users));
        // Five standard deviations: one false alarm in 300,000 of these tests.
        let sd = libm::sqrt(living * share * (1.0 - share));
        assert!((users - living * share).abs() < 5.0 * sd, "fifth {fifth}: {users} of {living}, expected {share}");
    }
}

#[test]
fn a_policy_that_only_helps_makes_nobody_leave() {
    let mut scenario = one_layer(50_000.0, 60, [0.005, 0.1, 0.02], Network::Ring { neighbours: 8, rewiring: 0.1 });
    scenario.run.engine = EngineKind::Agent;
    let policy = more_adoption(&scenario, 1.5, Target::default());
    let world = World::with_demography(&scenario, people_constant(&scenario, 50_000.0));
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    let (without, with) = (agents(&world, &report, None).0, agents(&world, &report, Some(&policy)).0);
    let words = 0..without.people().words();
    let lost: u32 = words.clone().map(|w| (without.users_of_word(w, 0) & !with.users_of_word(w, 0)).count_ones()).sum();
    let gained: u32 = words.map(|w| (with.users_of_word(w, 0) & !without.users_of_word(w, 0)).count_ones()).sum();
    assert!(gained > 1000, "{gained} gained");
    assert_eq!(lost, 0);
}

#[test]
fn adopters_are_told_by_what_made_them_adopt() {
    let (scenario, demography) = everything(households(), 20_000.0);
    let world = World::with_demography(&scenario, demography);
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    let (agents, values) = agents(&world, &report, None);
    let adopted: f64 = (0..report.dates.len()).map(|date| values[report.index(0, 0, date) + 2 - 1]).sum();
    let causes = agents.causes(0);
    assert_eq!(causes.iter().sum::<u64>() as f64, adopted);
    assert!(causes[..5].iter().all(|count| *count > 0), "{causes:?}");
    assert_eq!(causes[5], 0, "no ties without places");
}
