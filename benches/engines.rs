//! Engines alone: cells, months, members, threads. Run with `cargo bench --bench engines`.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use uptake::engine::{self, Law, Recorder, Report, World};
use uptake::ensemble::{self, MemberDraw};
use uptake::population::Demography;
use uptake::scenario::{self, EngineKind, Scenario, sample};

/// Four nested layers over Cambodia's number of cells, people ageing and dying at plausible rates.
fn national(regions: usize, months: usize) -> Scenario {
    let mut facebook = sample::layer("facebook", 0.004, 0.9, 0.05);
    facebook.requires = vec![0];
    let mut messaging = sample::layer("messaging", 0.004, 0.8, 0.05);
    messaging.requires = vec![0];
    let mut expression = sample::layer("expression", 0.01, 0.3, 0.2);
    expression.requires = vec![1];
    let layers = vec![sample::layer("internet", 0.002, 0.6, 0.02), facebook, messaging, expression];
    sample::scenario(sample::grid(regions, 2, 2, 17), 640_000.0 * regions as f64, months, layers)
}

fn flows(scenario: &Scenario) -> Demography {
    let grid = scenario.population.grid.clone();
    let (cells, months) = (grid.cells(), scenario.time.months());
    let people = scenario.population.stocks[0].1[0].round();
    let ages = grid.ages.len();
    let mut ageing = vec![(people / 60.0).floor(); months * cells];
    let mut births = vec![0.0; months * cells];
    let mut deaths = vec![0.0; months * cells];
    for at in 0..months * cells {
        if at % ages == 0 {
            births[at] = ageing[at];
        }
        if at % ages == ages - 1 {
            deaths[at] = ageing[at];
            ageing[at] = 0.0;
        }
    }
    Demography {
        months,
        people: vec![people; (months + 1) * cells],
        deaths,
        ageing,
        leaving: vec![(people / 500.0).floor(); months * cells],
        arriving: vec![(people / 500.0).floor(); months * cells],
        births,
        grid,
    }
}

fn member(world: &World<'_>, report: &Report, index: u32) -> f64 {
    let scenario = world.scenario;
    let law = Law::new(scenario, &MemberDraw::new(scenario, index));
    let mut recorder = Recorder::new(report, scenario.layers.len());
    engine::run_member(world, &law, 0, index, &mut recorder);
    recorder.values.iter().sum()
}

fn engines(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("one member, 432 months, four layers");
    group.sample_size(10);
    for regions in [1, 5, 25] {
        for engine in EngineKind::EVERY {
            let mut scenario = national(regions, 432);
            scenario.run.engine = engine;
            let world = World::with_demography(&scenario, flows(&scenario));
            let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
            group.throughput(Throughput::Elements((scenario.population.grid.cells() * 432) as u64));
            group.bench_function(BenchmarkId::new(engine.name(), format!("{} cells", regions * 68)), |b| {
                b.iter(|| member(&world, &report, 0));
            });
        }
    }
    group.finish();

    let scenario = sample::scenario(sample::grid(1, 1, 1, 1), 1e6, 300, vec![sample::layer("x", 0.01, 0.4, 0.0)]);
    let grid = scenario.population.grid.clone();
    let still = Demography {
        months: 300,
        people: vec![1e6; 301],
        deaths: vec![0.0; 300],
        ageing: vec![0.0; 300],
        leaving: vec![0.0; 300],
        arriving: vec![0.0; 300],
        births: vec![0.0; 300],
        grid,
    };
    let world = World::with_demography(&scenario, still);
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    criterion.bench_function("single cell, mean-field, 300 months", |b| b.iter(|| member(&world, &report, 0)));
}

/// The shipped scenario: one member of each engine, and the ensemble by members and threads.
fn shipped(criterion: &mut Criterion) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/cambodia.toml");
    let mut scenario = scenario::load(std::path::Path::new(path), &[]).expect("a shipped scenario").scenario;
    let mut group = criterion.benchmark_group("cambodia");
    group.sample_size(10);
    for engine in EngineKind::EVERY {
        scenario.run.engine = engine;
        let world = World::new(&scenario);
        let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
        group.bench_function(BenchmarkId::new("one member", engine.name()), |b| b.iter(|| member(&world, &report, 0)));
    }
    group.bench_function("demography", |b| b.iter(|| World::new(&scenario)));
    for (members, threads) in [(8, 1), (8, 2), (16, 2)] {
        scenario.run.members = members;
        let options = ensemble::Options { threads: Some(threads), ..Default::default() };
        let name = format!("{members} members, {threads} threads");
        group.bench_function(BenchmarkId::new("ensemble", name), |b| b.iter(|| ensemble::run(&scenario, &options)));
    }
    group.finish();
}

/// Months: the same country for one to thirty-six years.
fn months(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cohort, 1700 cells, by months");
    group.sample_size(10);
    for months in [12, 108, 432] {
        let mut scenario = national(25, months);
        scenario.run.engine = EngineKind::Cohort;
        let world = World::with_demography(&scenario, flows(&scenario));
        let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
        group.throughput(Throughput::Elements((1700 * months) as u64));
        group.bench_function(BenchmarkId::from_parameter(months), |b| b.iter(|| member(&world, &report, 0)));
    }
    group.finish();
}

criterion_group!(benches, engines, shipped, months);
criterion_main!(benches);
