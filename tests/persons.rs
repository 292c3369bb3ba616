//! What only persons can tell: against plain counts person by person, against the results of the same runs, against known laws.

mod common;

use std::collections::BTreeMap;

use common::{everything, households, more_adoption, one_layer, people_constant};
use uptake::engine::agent::CAUSES;
use uptake::engine::{Agents, Law, Recorder, Report, World};
use uptake::ensemble::ParameterDraw;
use uptake::network::Level;
use uptake::persons::{
    Categories, Event, Happening, Observed, Options, Pair, PersonsError, Sample, TracedPerson, Tracer, Waiting,
    observe, pair,
};
use uptake::population::Demography;
use uptake::scenario::{Dimension, Network, Scenario, Target};

const MEMBER: u32 = 3;

fn law(scenario: &Scenario) -> Law<f64> {
    Law::new(scenario, &ParameterDraw { seed: 0, draw: 0 })
}

/// The small country, with people who come from abroad and go there.
fn open_country() -> (Scenario, Demography) {
    let (mut scenario, mut demography) = everything(households(), 20_000.0);
    scenario.outputs.breakdowns =
        vec![vec![Dimension::Region], vec![Dimension::Residence], vec![Dimension::Sex], vec![Dimension::Age]];
    let (cells, kinds) = (demography.grid.cells(), demography.grid.cells_per_place());
    for month in 0..demography.months {
        // Three of one sex and age come to the first place, one of another leaves the second one.
        demography.arriving[month * cells + 2] += 3.0;
        demography.leaving[month * cells + kinds + 1] += 1.0;
    }
    (scenario, demography)
}

fn observed(world: &World<'_>) -> Observed {
    observe(world, &law(world.scenario), 0, MEMBER, &Options::default()).expect("observed")
}

fn report_of(world: &World<'_>) -> Report {
    Report::new(&world.scenario.outputs, &world.scenario.time, &world.demography)
}

/// The recorded values of an unwatched run.
fn results(world: &World<'_>, report: &Report) -> Vec<f64> {
    let law = law(world.scenario);
    let mut recorder = Recorder::new(report, law.layers.len());
    Agents::new(world, &law, 0, MEMBER).run_to(world.demography.months, &law, &mut recorder);
    recorder.values
}

#[test]
fn users_and_adoptions_are_those_of_the_results() {
    let (scenario, demography) = open_country();
    let world = World::with_demography(&scenario, demography);
    let report = report_of(&world);
    let (values, seen) = (results(&world, &report), observed(&world));
    assert_eq!((&seen.groups, &seen.dates), (&report.groups, &report.dates));
    let dates = seen.dates.len();
    for (l, layer) in seen.layers.iter().enumerate() {
        for group in 0..seen.groups.len() {
            let mut adopted = 0.0;
            for date in 0..dates {
                let at = report.index(l, group, date);
                assert_eq!(
                    layer.users[group * dates + date] as f64,
                    values[at],
                    "layer {l}, group {group}, date {date}"
                );
                adopted += values[at + 1];
                if let Some(causes) = layer.causes[group].get(date) {
                    assert_eq!(causes.iter().sum::<u64>() as f64, adopted, "causes sum to adoptions");
                }
            }
        }
        assert!(
            layer.causes[0].len() == dates && layer.causes.last().is_some_and(Vec::is_empty),
            "ages have no causes"
        );
    }
    let mut sum = [0; CAUSES];
    for region in [1, 2] {
        for (sum, more) in sum.iter_mut().zip(seen.layers[0].causes[region][dates - 1]) {
            *sum += more;
        }
    }
    assert_eq!(sum, seen.layers[0].causes[0][dates - 1], "regions make the nation");
}

/// Someone of the plain count: users and those who ever were, by layer, as bits; since when they wait.
#[derive(Clone, Copy, Default)]
struct Plain {
    uses: u64,
    ever: u64,
    since: [Option<usize>; 4],
}

/// First adoptions and waiting times of everybody, counted person by person.
fn plainly(world: &World<'_>) -> (Vec<Vec<u64>>, Vec<Waiting>) {
    let law = law(world.scenario);
    let (months, layers) = (world.demography.months, law.layers.len());
    let report = Report::nothing(&world.demography);
    let mut recorder = Recorder::new(&report, layers);
    let mut agents = Agents::new(world, &law, 0, MEMBER);
    let mut firsts = vec![vec![0; months + 1]; layers];
    let mut waiting = vec![Waiting::new(months); layers];
    let living = |agents: &Agents<'_>| -> BTreeMap<u64, u64> {
        let people = agents.people();
        let slots = (0..people.words() as u64 * 64).filter(|&slot| people.lives(slot));
        slots.map(|slot| (people.person(slot), slot)).collect()
    };
    let mut known: BTreeMap<u64, Plain> = BTreeMap::new();
    for (&person, &slot) in &living(&agents) {
        let uses = (0..layers).map(|layer| u64::from(agents.uses(slot, layer)) << layer).sum::<u64>();
        (0..layers).for_each(|layer| firsts[layer][0] += uses >> layer & 1);
        known.insert(person, Plain { uses, ever: uses, ..Plain::default() });
    }
    agents.run_watched(months, &law, &mut recorder, |agents| {
        let month = agents.step() - 1;
        let living = living(agents);
        for (person, plain) in &mut known {
            if !living.contains_key(person) {
                for (layer, since) in plain.since.iter_mut().enumerate() {
                    if let Some(since) = since.take() {
                        waiting[layer].ended[month - since] += 1;
                    }
                }
                plain.uses = 0;
            }
        }
        for (&person, &slot) in &living {
            let plain = known.entry(person).or_default();
            let before = plain.uses;
            let now = (0..layers).map(|layer| u64::from(agents.uses(slot, layer)) << layer).sum::<u64>();
            for (layer, own) in law.layers.iter().enumerate() {
                let bit = 1 << layer;
                let required = own.requires.iter().all(|r| (before & now) >> r & 1 == 1);
                let could = required
                    && plain.ever & bit == 0
                    && month >= own.launch
                    && agents.has_access(&law, slot, layer, month);
                if could && plain.since[layer].is_none() {
                    plain.since[layer] = Some(month);
                }
                if now & !plain.ever & bit != 0 {
                    assert!(could, "nobody adopts what they cannot use");
                    firsts[layer][month + 1] += 1;
                    let since = plain.since[layer].take().expect("waits since this month, or before");
                    waiting[layer].adopted[month - since] += 1;
                } else if !could && let Some(since) = plain.since[layer].take() {
                    waiting[layer].ended[month - since] += 1;
                }
            }
            plain.uses = now;
            plain.ever |= now;
        }
    });
    for plain in known.values() {
        for (layer, since) in plain.since.iter().enumerate() {
            if let Some(since) = since {
                waiting[layer].ended[months - since] += 1;
            }
        }
    }
    (firsts, waiting)
}

#[test]
fn first_adoptions_and_waiting_are_those_counted_person_by_person() {
    let (mut scenario, mut demography) = open_country();
    // Access that shrinks in the third year.
    let law_of = |scenario: &Scenario| law(scenario);
    let falling = uptake::scenario::DatedValues {
        points: (0..2).map(|i| (scenario.time.start.plus(18 + 12 * i), [0.7, 0.5][i as usize])).collect(),
        interpolation: uptake::scenario::Interpolation::Linear,
    };
    scenario.layers[0].access.ceiling.as_mut().expect("a ceiling").shape = uptake::scenario::Shape::Dated(falling);
    assert!(law_of(&scenario).layers[0].conditions.iter().any(|c| c.share.row(40)[0] < c.share.row(10)[0]));
    for flow in [&mut demography.leaving, &mut demography.arriving] {
        for people in flow.iter_mut() {
            *people *= 2.0;
        }
    }
    let world = World::with_demography(&scenario, demography);
    let seen = observed(&world);
    let (firsts, waiting) = plainly(&world);
    for (l, layer) in seen.layers.iter().enumerate() {
        assert_eq!(layer.firsts[0], firsts[l], "layer {l}");
        assert_eq!(layer.waiting[0], waiting[l], "layer {l}");
        let sexes = 5..7;
        let by_sex: u64 = sexes.map(|group| layer.waiting[group].spells()).sum();
        assert_eq!(by_sex, layer.waiting[0].spells());
    }
    assert!(waiting[0].ended[..20].iter().sum::<u64>() > 100, "some lose access or die");
}

#[test]
fn categories_divide_adopters_as_rogers_does() {
    let (scenario, demography) = open_country();
    let seen = observed(&World::with_demography(&scenario, demography));
    for layer in &seen.layers {
        let categories = Categories::of(&layer.firsts);
        let total = layer.firsts[0].iter().sum::<u64>() as f64;
        let shares = categories.shares(0).expect("adopters");
        for (share, expected) in shares.into_iter().zip([0.025, 0.135, 0.34, 0.34, 0.16]) {
            assert!((share - expected).abs() < 1e-9, "{share} {expected}");
        }
        assert!((categories.adopters[0].iter().sum::<f64>() - total).abs() < 1e-6);
        for (group, firsts) in layer.firsts.iter().enumerate() {
            let own = firsts.iter().sum::<u64>() as f64;
            assert!((categories.adopters[group].iter().sum::<f64>() - own).abs() < 1e-6, "every adopter is in one");
        }
    }
}

#[test]
fn waiting_for_outside_influence_alone_follows_the_geometric_law() {
    let p = 0.02;
    let scenario = one_layer(100_000.0, 60, [p, 0.0, 0.0], Network::Uniform);
    let seen = observed(&World::with_demography(&scenario, people_constant(&scenario, 100_000.0)));
    let waiting = &seen.layers[0].waiting[0];
    assert_eq!(waiting.spells(), 100_000);
    for (month, still) in waiting.still().into_iter().enumerate() {
        let exact = libm::exp(-p * (month as f64 + 1.0));
        // Five standard deviations: one false alarm in 30,000 runs of this test at most.
        let sd = libm::sqrt(exact * (1.0 - exact) / 100_000.0);
        assert!((still - exact).abs() < 5.0 * sd, "month {month}: {still}, expected {exact}");
    }
    // exp(-0.02 k) = 1/2 at 34.7 months.
    assert_eq!(waiting.months_until(0.5), Some(35));
    assert!(seen.layers[0].clustering.is_empty(), "no ties, no clustering");
}

#[test]
fn users_know_users_where_use_spreads_along_ties_and_not_otherwise() {
    let ring = Network::Ring { neighbours: 10, rewiring: 0.02 };
    let at = |rates: [f64; 3]| {
        let scenario = one_layer(50_000.0, 60, rates, ring.clone());
        let seen = observed(&World::with_demography(&scenario, people_constant(&scenario, 50_000.0)));
        *seen.layers[0].clustering.last().expect("dates").at(Level::Tie)
    };
    let (contagion, chance) = (at([0.001, 0.08, 0.0]), at([0.01, 0.0, 0.0]));
    assert_eq!(contagion.ties, 500_000, "everyone's ten ties");
    assert_eq!(contagion.of_users, contagion.to_users, "ties go both ways");
    assert!(contagion.ratio().expect("users") > 1.5, "{contagion:?}");
    // The ratio's standard deviation is about 1 / sqrt(pairs of users) = 0.003.
    assert!((chance.ratio().expect("users") - 1.0).abs() < 0.02, "{chance:?}");
    assert!(chance.assortativity().expect("users").abs() < 0.02 && contagion.assortativity().expect("users") > 0.2);
}

fn paired(first: &World<'_>, second: &World<'_>) -> Pair {
    let laws = (&law(first.scenario), &law(second.scenario));
    pair((first, second), laws, MEMBER, &Options::default()).expect("the same people")
}

#[test]
fn two_worlds_are_counted_as_their_results_say() {
    let (scenario, demography) = open_country();
    let policy = more_adoption(&scenario, 1.5, Target::default());
    let first = World::with_demography(&scenario, demography.clone());
    let second = World::with_demography(&policy, demography);
    let same = paired(&first, &first);
    let both = paired(&first, &second);
    let report = report_of(&first);
    let (one, other) = (results(&first, &report), results(&second, &report));
    for layer in 0..4 {
        for group in 0..both.groups.len() {
            for date in 0..both.dates.len() {
                let unchanged = same.at(layer, group, date);
                assert_eq!(unchanged.only_first + unchanged.only_second, 0, "a world differs from itself in nobody");
                let uses = both.at(layer, group, date);
                let at = report.index(layer, group, date);
                assert_eq!((uses.both + uses.only_first) as f64, one[at]);
                assert_eq!((uses.both + uses.only_second) as f64, other[at]);
            }
        }
    }
    let last = both.dates.len() - 1;
    assert!(both.at(0, 0, last).only_second > 100);
}

#[test]
fn nobody_loses_by_a_policy_that_only_helps() {
    let scenario = one_layer(50_000.0, 60, [0.005, 0.1, 0.02], Network::Ring { neighbours: 8, rewiring: 0.1 });
    let policy = more_adoption(&scenario, 1.5, Target::default());
    let people = people_constant(&scenario, 50_000.0);
    let (first, second) = (World::with_demography(&scenario, people.clone()), World::with_demography(&policy, people));
    let found = paired(&first, &second);
    for date in 0..found.dates.len() {
        assert_eq!(found.at(0, 0, date).only_first, 0);
    }
    assert!(found.at(0, 0, found.dates.len() - 1).only_second > 1000);
}

#[test]
fn few_lose_by_a_policy_that_only_helps_where_adoption_is_too_quick_to_keep_people_apart() {
    let people = 200_000.0;
    let scenario = one_layer(people, 60, [0.2, 0.3, 0.02], Network::Ring { neighbours: 8, rewiring: 0.1 });
    let policy = more_adoption(&scenario, 1.5, Target::default());
    let flows = people_constant(&scenario, people);
    let (first, second) = (World::with_demography(&scenario, flows.clone()), World::with_demography(&policy, flows));
    let found = paired(&first, &second);
    let last = found.at(0, 0, found.dates.len() - 1);
    println!("{} gain, {} lose", last.only_second, last.only_first);
    assert!(last.only_second > 1000 && last.only_first * 50 < last.only_second, "{last:?}");
}

#[test]
fn strangers_are_not_held_against_each_other() {
    let scenario = one_layer(1_000.0, 24, [0.01, 0.0, 0.0], Network::Uniform);
    let mut seed = scenario.clone();
    seed.run.seed = 5;
    let ring = one_layer(1_000.0, 24, [0.01, 0.0, 0.0], Network::Ring { neighbours: 2, rewiring: 0.0 });
    let longer = one_layer(1_000.0, 36, [0.01, 0.0, 0.0], Network::Uniform);
    let more = one_layer(2_000.0, 24, [0.01, 0.0, 0.0], Network::Uniform);
    let mut other = scenario.clone();
    other.layers[0].name = "y".to_owned();
    let cases = [
        (&seed, "their seed"),
        (&ring, "their network"),
        (&longer, "the months they simulate"),
        (&more, "their population"),
        (&other, "their layers"),
    ];
    for (second, what) in cases {
        let laws = (&law(&scenario), &law(second));
        let error =
            pair((&World::new(&scenario), &World::new(second)), laws, 0, &Options::default()).expect_err("strangers");
        assert!(matches!(error, PersonsError::Strangers(found) if found == what), "{error}");
    }
}

/// The histories of `count` people, and what was recorded meanwhile.
fn traced(world: &World<'_>, count: u64, report: &Report) -> (Vec<TracedPerson>, Vec<Event>, Vec<f64>) {
    let law = law(world.scenario);
    let sample = Sample::new(world, count);
    let mut recorder = Recorder::new(report, law.layers.len());
    let mut agents = Agents::new(world, &law, 0, MEMBER);
    let mut tracer = Tracer::new(world, &sample, &agents, &law);
    agents.run_watched(world.demography.months, &law, &mut recorder, |agents| tracer.month(agents, &law));
    let (persons, events) = tracer.finish();
    (persons, events, recorder.values)
}

#[test]
fn everyones_histories_add_up_to_the_results_and_tracing_changes_none() {
    let (scenario, demography) = open_country();
    let world = World::with_demography(&scenario, demography);
    let report = report_of(&world);
    let (persons, events, values) = traced(&world, u64::MAX, &report);
    assert_eq!(values, results(&world, &report), "the same bits");
    // Stocks by layer, from who began and ended use; people who go take their use with them.
    let mut uses: BTreeMap<u32, u64> = BTreeMap::new();
    let (mut users, mut adopted, mut left) = (vec![0.0; 4], vec![0.0; 4], vec![0.0; 4]);
    let mut living = 0_i64;
    let mut by_date = events.clone();
    by_date.sort_by_key(|event| event.date);
    let mut next = by_date.iter().peekable();
    for (d, &date) in report.dates.iter().enumerate() {
        adopted.fill(0.0);
        left.fill(0.0);
        while let Some(event) = next.next_if(|event| event.date <= date) {
            let own = uses.entry(event.person).or_default();
            let layer = event.layer.map_or(0, usize::from);
            match event.what {
                Happening::Present | Happening::Born | Happening::Arrived => living += 1,
                Happening::User | Happening::Adopted => {
                    *own |= 1 << layer;
                    users[layer] += 1.0;
                    adopted[layer] += f64::from(u8::from(event.what == Happening::Adopted));
                }
                Happening::Left => {
                    *own &= !(1 << layer);
                    users[layer] -= 1.0;
                    left[layer] += 1.0;
                }
                Happening::Died | Happening::Emigrated => {
                    living -= 1;
                    (0..4).filter(|layer| *own >> layer & 1 == 1).for_each(|layer| users[layer] -= 1.0);
                    *own = 0;
                }
                Happening::Moved | Happening::AccessGained | Happening::AccessLost => {}
            }
        }
        for layer in 0..4 {
            let at = report.index(layer, 0, d);
            assert_eq!([users[layer], adopted[layer], left[layer]], values[at..at + 3], "layer {layer} on {date}");
        }
    }
    let mut agents = Agents::new(&world, &law(&scenario), 0, MEMBER);
    agents.run_to(world.demography.months, &law(&scenario), &mut Recorder::new(&report, 4));
    let alive: u32 = (0..agents.people().words()).map(|word| agents.people().alive(word).count_ones()).sum();
    assert_eq!(living, i64::from(alive));
    let arrived = events.iter().filter(|event| event.what == Happening::Arrived).count();
    let emigrated = events.iter().filter(|event| event.what == Happening::Emigrated).count();
    assert_eq!((arrived, emigrated), (3 * 60, 60), "three come and one goes each month");
    assert!(persons.len() > 20_000);
}

#[test]
fn people_who_move_remain_themselves() {
    let (scenario, demography) = open_country();
    let world = World::with_demography(&scenario, demography);
    let report = report_of(&world);
    let (persons, events, _) = traced(&world, u64::MAX, &report);
    let mut moved = 0;
    for person in &persons {
        let first = events.partition_point(|event| event.person < person.person);
        let own = events[first..].iter().take_while(|event| event.person == person.person);
        let (mut place, mut uses, mut access, mut lives) = (person.place, 0_u64, 0_u64, false);
        for event in own {
            let bit = 1_u64 << event.layer.unwrap_or(63);
            match event.what {
                Happening::Present | Happening::Born | Happening::Arrived => {
                    assert!(!lives && event.place == person.place && event.date == person.from);
                    lives = true;
                }
                Happening::Moved => {
                    assert!(lives);
                    // Who moves may come to another household of the same place.
                    moved += usize::from(event.place != place);
                    place = event.place;
                }
                Happening::User | Happening::Adopted => {
                    assert!(lives && uses & bit == 0);
                    assert!(access & bit != 0, "nobody adopts what they have no access to");
                    uses |= bit;
                }
                Happening::Left => {
                    assert!(lives && uses & bit != 0);
                    uses &= !bit;
                }
                Happening::AccessGained => {
                    assert!(lives && access & bit == 0);
                    access |= bit;
                }
                Happening::AccessLost => {
                    assert!(lives && access & bit != 0);
                    access &= !bit;
                }
                Happening::Died | Happening::Emigrated => {
                    assert!(lives);
                    lives = false;
                }
            }
            assert_eq!(event.place, place);
        }
    }
    assert!(moved > 1000, "{moved} moves");
}

#[test]
fn a_sample_has_so_many_people_and_the_same_ones_under_every_policy() {
    let (scenario, demography) = open_country();
    let policy = more_adoption(&scenario, 2.0, Target::default());
    let (first, second) =
        (World::with_demography(&scenario, demography.clone()), World::with_demography(&policy, demography));
    let report = report_of(&first);
    let (people, events, values) = traced(&first, 500, &report);
    let (again, ..) = traced(&second, 500, &report);
    assert_eq!(people, again);
    assert_eq!(values, results(&first, &report));
    let abroad = events.iter().filter(|event| event.what == Happening::Arrived).count();
    assert_eq!(people.len(), 500 + abroad);
    let (everyone, all, _) = traced(&first, u64::MAX, &report);
    let own: Vec<Event> =
        all.into_iter().filter(|event| people.iter().any(|person| person.person == event.person)).collect();
    assert_eq!(own, events, "a history does not depend on who else is followed");
    // 500 of some 26,000: the share of women lies within five standard deviations of everyone's.
    let women = |people: &[TracedPerson]| people.iter().filter(|p| p.sex == 0).count() as f64 / people.len() as f64;
    assert!((women(&people) - women(&everyone)).abs() < 5.0 * 0.5 / libm::sqrt(500.0));
    assert_eq!(traced(&first, 0, &report).0, []);
}

#[test]
fn all_of_it_is_the_same_for_any_number_of_threads() {
    let (scenario, demography) = open_country();
    let policy = more_adoption(&scenario, 1.5, Target::default());
    let first = World::with_demography(&scenario, demography.clone());
    let second = World::with_demography(&policy, demography);
    let report = report_of(&first);
    let found = [1, 2, 7].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| (observed(&first), paired(&first, &second), traced(&first, 300, &report)))
    });
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0], found[2]);
}
