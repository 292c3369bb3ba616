//! `uptake bench`: how fast this machine simulates, phase by phase.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use comfy_table::CellAlignment;
use serde::Serialize;

use super::args::BenchArgs;
use super::failure::Failure;
use super::screen::{Screen, plain_table};
use super::words::wrapped;
use super::{Exit, scenario_file, words};
use crate::engine::{self, Law, Recorder, Report, World};
use crate::ensemble::{self, EnsembleError, MemberDraw};
use crate::output::manifest::Program;
use crate::scenario::{EngineKind, Scenario};

/// What is measured when no scenario is named, as seen from the folder of the project.
const USUAL: [&str; 3] =
    ["scenarios/benchmarks/networked-bass.toml", "scenarios/cambodia.toml", "scenarios/minimal.toml"];

/// Everything that was measured, for programs.
#[derive(Serialize)]
struct Measured {
    program: Program,
    /// Processors that the program may use.
    processors: usize,
    members: u32,
    threads: usize,
    repeats: u32,
    rows: Vec<Row>,
    /// Largest memory of the whole process so far, bytes; where the system tells.
    peak_memory_bytes: Option<u64>,
}

/// One scenario and engine; times are medians over the repeats, seconds.
#[derive(Serialize)]
struct Row {
    scenario: String,
    engine: &'static str,
    cells: usize,
    months: usize,
    layers: usize,
    /// Living people, mean over the months.
    people: f64,
    /// Reading and checking the files; once.
    load_s: f64,
    /// Working out who lives where and when.
    demography_s: f64,
    /// Working out a member's parameters for every month and place.
    law_s: f64,
    /// Simulating a member: on one thread, but for the agent engine, which takes all.
    member_s: f64,
    /// All members on all threads, demography and quantiles included.
    ensemble_s: f64,
    /// People x months of one member over its law and simulation.
    person_months_per_s: f64,
    /// People x months of all members over the time of the ensemble.
    ensemble_person_months_per_s: f64,
}

/// Runs the command.
#[allow(clippy::disallowed_methods, reason = "timing is what it is for")]
pub fn run(args: &BenchArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.unwrap_or(processors);
    let mut rows = Vec::new();
    for path in scenarios(&args.scenarios)? {
        let clock = Instant::now();
        let loaded = scenario_file::load(&path, &[], &[format!("run.members={}", args.members)], screen)?;
        let load = clock.elapsed();
        for engine in EngineKind::EVERY {
            if args.engine.as_ref().is_some_and(|wanted| wanted != engine.name()) {
                continue;
            }
            let mut scenario = loaded.scenario.clone();
            scenario.run.engine = engine;
            if engine == EngineKind::Agent {
                // A member takes all threads and, for a nation, seconds.
                scenario.run.members = 1;
            }
            rows.push(measure(&scenario, threads, args.repeats, load)?);
        }
    }
    let measured = Measured {
        program: Program::this(),
        processors,
        members: args.members,
        threads,
        repeats: args.repeats,
        rows,
        peak_memory_bytes: peak_memory(),
    };
    if args.format == "json" {
        let json = serde_json::to_string_pretty(&measured).expect("measurements hold no maps with odd keys");
        writeln!(screen.out, "{json}")?;
    } else {
        write!(screen.out, "{}", told(&measured, screen.width))?;
    }
    Ok(Exit::Ok)
}

/// The scenarios to measure: those named, or the shipped ones where the program is run in the folder of the project.
fn scenarios(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    if !named.is_empty() {
        return Ok(named.to_vec());
    }
    let usual: Vec<PathBuf> = USUAL.iter().map(PathBuf::from).filter(|path| path.is_file()).collect();
    if usual.is_empty() {
        let error = anyhow::anyhow!("there is no `{}` here, and no scenario was named", USUAL[0]);
        return Err(Failure::new(Exit::Usage, error).advise("name a scenario file: uptake bench FILE"));
    }
    Ok(usual)
}

#[allow(clippy::disallowed_methods, reason = "timing is what it is for")]
fn measure(scenario: &Scenario, threads: usize, repeats: u32, load: Duration) -> Result<Row, Failure> {
    let times = |mut work: Box<dyn FnMut() -> Result<(), Failure> + '_>| -> Result<f64, Failure> {
        let mut seconds = Vec::new();
        for _ in 0..repeats {
            let clock = Instant::now();
            work()?;
            seconds.push(clock.elapsed().as_secs_f64());
        }
        seconds.sort_by(f64::total_cmp);
        Ok(seconds[seconds.len() / 2])
    };
    let demography_s = times(Box::new(|| {
        std::hint::black_box(World::new(scenario));
        Ok(())
    }))?;
    let world = World::new(scenario);
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    let draw = MemberDraw::new(scenario, 0);
    let law_s = times(Box::new(|| {
        std::hint::black_box(Law::<f64>::new(scenario, &draw));
        Ok(())
    }))?;
    let law = Law::new(scenario, &draw);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(EnsembleError::Threads)?;
    let member_s = times(Box::new(|| {
        let mut recorder = Recorder::new(&report, scenario.layers.len());
        pool.install(|| engine::run_member(&world, &law, scenario.run.seed, 0, &mut recorder));
        std::hint::black_box(recorder.values);
        Ok(())
    }))?;
    let options = ensemble::Options { threads: Some(threads), ..ensemble::Options::default() };
    let ensemble_s = times(Box::new(|| {
        std::hint::black_box(ensemble::run(scenario, &options)?);
        Ok(())
    }))?;
    let (cells, months) = (world.demography.grid.cells(), world.demography.months);
    let people = world.demography.people[cells..].iter().sum::<f64>() / months as f64;
    let person_months = people * months as f64;
    Ok(Row {
        scenario: scenario.name.clone(),
        engine: scenario.run.engine.name(),
        cells,
        months,
        layers: scenario.layers.len(),
        people,
        load_s: load.as_secs_f64(),
        demography_s,
        law_s,
        member_s,
        ensemble_s,
        person_months_per_s: person_months / (law_s + member_s),
        ensemble_person_months_per_s: person_months * f64::from(scenario.run.members) / ensemble_s,
    })
}

fn told(measured: &Measured, width: usize) -> String {
    let program = &measured.program;
    let mut text = wrapped(
        &format!(
            "{} {} (commit {}), {}; {} on {}; medians of {}.",
            program.name,
            program.version,
            program.commit,
            words::plural(measured.processors, "processor"),
            words::plural(measured.members as usize, "member"),
            words::plural(measured.threads, "thread"),
            words::plural(measured.repeats as usize, "repeat"),
        ),
        width,
        0,
        "",
    );
    let mut table = plain_table(width);
    let header =
        ["Scenario", "Engine", "Cells", "Months", "Layers", "Load", "People", "Law", "Member", "Ensemble", "Speed"];
    table.set_header(header);
    for row in &measured.rows {
        table.add_row([
            row.scenario.clone(),
            row.engine.to_owned(),
            words::count(row.cells as f64),
            row.months.to_string(),
            row.layers.to_string(),
            seconds(row.load_s),
            seconds(row.demography_s),
            seconds(row.law_s),
            seconds(row.member_s),
            seconds(row.ensemble_s),
            billions(row.ensemble_person_months_per_s),
        ]);
    }
    for column in table.column_iter_mut().skip(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    text.push_str(&format!("\n{}\n\n", table.trim_fmt()));
    text.push_str(&wrapped(
        "Load: reading and checking the files. People: who lives where and when, once a run. Law: a member's parameters \
         for every month and place. Member: simulating it, on one thread. Ensemble: all members on all threads, with people \
         and quantiles. Speed: people x months x members a second of the ensemble. Times move from run to run; compare two \
         versions or machines by their ratio.",
        width,
        0,
        "",
    ));
    if let Some(bytes) = measured.peak_memory_bytes {
        text.push_str(&format!("Largest memory of the process: {}.\n", words::bytes(bytes)));
    }
    text
}

/// A time with three digits: `69.1 ms`.
fn seconds(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s >= 0.9995 => (s, "s"),
        s if s >= 0.000_999_5 => (s * 1e3, "ms"),
        s => (s * 1e6, "us"),
    };
    let decimals = if value >= 99.95 { 0 } else { usize::from(value < 9.995) + 1 };
    format!("{value:.decimals$} {unit}")
}

/// A rate: `1.2e9 /s`.
fn billions(rate: f64) -> String {
    format!("{rate:.1e} /s")
}

/// The largest memory the process has held, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string(Path::new("/proc/self/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_three_digits() {
        let cases = [
            (1.234, "1.23 s"),
            (0.069_12, "69.1 ms"),
            (0.000_029_4, "29.4 us"),
            (0.123_4, "123 ms"),
            (12.34, "12.3 s"),
        ];
        for (value, expected) in cases {
            assert_eq!(seconds(value), expected);
        }
        assert_eq!(billions(1_234_567_890.0), "1.2e9 /s");
    }
}
