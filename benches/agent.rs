//! The agent engine: scaling with people, months, threads and layers, and computed ties. Run with `cargo bench --bench agent`;
//! `UPTAKE_BENCH_PEOPLE=100000000` adds so many people to the sizes.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

use uptake::engine::{Agents, Law, Recorder, Report, World};
use uptake::ensemble::ParameterDraw;
use uptake::network::{Pairing, Ring};
use uptake::population::Demography;
use uptake::scenario::{EngineKind, Exposure, Network, Scenario, sample};

/// The hazards of `scenarios/benchmarks/networked-bass.toml`, on a ring, in so many layers side by side.
fn ring(people: f64, months: usize, layers: usize) -> Scenario {
    let layer = |i: usize| sample::layer(["a", "b", "c", "d"][i], 0.012, 0.42, 0.024);
    let mut scenario = sample::scenario(sample::grid(1, 1, 1, 1), people, months, (0..layers).map(layer).collect());
    scenario.run.engine = EngineKind::Agent;
    scenario.run.exposure = Exposure::Start;
    scenario.network = Network::Ring { neighbours: 10, rewiring: 0.05 };
    scenario
}

/// The same people for ever.
fn still(scenario: &Scenario, people: f64) -> Demography {
    let months = scenario.time.months();
    let none = || vec![0.0; months];
    Demography {
        grid: scenario.population.grid.clone(),
        months,
        people: vec![people; months + 1],
        deaths: none(),
        ageing: none(),
        leaving: none(),
        arriving: none(),
        births: none(),
    }
}

fn run(world: &World<'_>, law: &Law<f64>) -> f64 {
    let report = Report::nothing(&world.demography);
    let mut recorder = Recorder::new(&report, law.layers.len());
    let mut agents = Agents::new(world, law, 0, 0);
    agents.run_to(world.demography.months, law, &mut recorder);
    f64::from(agents.users_of_word(0, 0).count_ones())
}

/// One line of a group: people x months are its elements.
fn line(
    criterion: &mut Criterion,
    group: &str,
    name: &str,
    (people, months, layers): (f64, usize, usize),
    threads: usize,
) {
    let scenario = ring(people, months, layers);
    let world = World::with_demography(&scenario, still(&scenario, people));
    let law = Law::new(&scenario, &ParameterDraw { seed: 0, draw: 0 });
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    let mut group = criterion.benchmark_group(group);
    group.sample_size(10);
    group.throughput(Throughput::Elements(people as u64 * months as u64));
    group.bench_function(BenchmarkId::from_parameter(name), |b| b.iter(|| pool.install(|| run(&world, &law))));
    group.finish();
}

fn people(criterion: &mut Criterion) {
    let more = std::env::var("UPTAKE_BENCH_PEOPLE").ok().and_then(|text| text.parse().ok());
    for people in [1e4, 1e5, 1e6, 1e7].into_iter().chain(more) {
        line(criterion, "ring, 60 months, by people", &format!("{people}"), (people, 60, 1), 2);
    }
}

fn months(criterion: &mut Criterion) {
    for months in [12, 60, 300] {
        line(criterion, "ring, a million people, by months", &format!("{months}"), (1e6, months, 1), 2);
    }
}

fn threads(criterion: &mut Criterion) {
    for threads in [1, 2] {
        line(criterion, "ring, a million people, 60 months, by threads", &format!("{threads}"), (1e6, 60, 1), threads);
    }
}

fn layers(criterion: &mut Criterion) {
    for layers in 1..=4 {
        line(criterion, "ring, a million people, 60 months, by layers", &format!("{layers}"), (1e6, 60, layers), 2);
    }
}

/// Ties that are computed when asked for.
fn ties(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one tie of each of 4096 people");
    group.throughput(Throughput::Elements(4096));
    let ring = Ring::new(15_000_000, 10, 0.05, 7);
    group.bench_function("ring", |b| b.iter(|| (0..4096).map(|i| ring.tie(black_box(i * 3001), 3)).sum::<u64>()));
    let pairing = Pairing::new(15_000_000, 7);
    group.bench_function("pairing", |b| {
        b.iter(|| (0..4096).map(|i| pairing.partner(black_box(i * 3001))).sum::<u64>());
    });
    group.finish();
}

criterion_group!(benches, people, months, threads, layers, ties);
criterion_main!(benches);
