//! From a loaded scenario to the files of its run folder; shared by `run` and `rerun`.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use super::failure::{Failure, interrupted};
use super::progress::Progress;
use super::words;
use crate::ensemble::{self, Options, Plan};
use crate::output::manifest::{self, Command, Input, Manifest, Program, RunFacts, Size};
use crate::output::trace::{TRACE, TRACED_PERSONS, write_persons, write_trace};
use crate::output::{
    FIGURES, MANIFEST, OutputError, RESOLVED, RESULTS, SUMMARY, Staging, Summary, as_written, results,
};
use crate::plot::{self, Figure, Footer};
use crate::scenario::Loaded;
use crate::series::{Observation, Projection};

/// Pixels per SVG unit in PNG files: 1920 x 1080 for a figure of 960 x 540.
const PNG_SCALE: f32 = 2.0;

/// What is to be made.
pub struct Making<'a> {
    /// The scenario.
    pub loaded: &'a Loaded,
    /// The arguments that matter, for the manifest.
    pub command: Command,
    /// The folder that the resolved scenario names data files from; `None`: where it is written.
    pub folder: Option<&'a Path>,
    /// Worker threads; `None`: one per core.
    pub threads: Option<usize>,
    /// When the command began.
    pub began: SystemTime,
    /// How long loading took.
    pub loading: Duration,
    /// Set to stop.
    pub interrupted: &'a AtomicBool,
    /// Whether to show a bar.
    pub progress: bool,
    /// Told how many members are done of how many, from any thread.
    pub watch: Option<&'a (dyn Fn(usize, usize) + Sync)>,
}

/// What was made.
pub struct Made {
    /// Results as written.
    pub projection: Projection,
    /// Year ends.
    pub summary: Summary,
}

/// Simulates, and writes every file into the folder that `start` begins. It begins only after the simulation: a process
/// killed outright meanwhile, which can clean up nothing, then leaves nothing behind.
#[allow(clippy::disallowed_methods, reason = "the manifest records when a run began and how long it took")]
pub fn produce(
    making: Making<'_>,
    start: impl FnOnce() -> Result<Staging, OutputError>,
) -> Result<(Made, Staging), Failure> {
    let scenario = &making.loaded.scenario;
    let simulating = Instant::now();
    let (projection, trace) = {
        let progress = Progress::new(making.progress);
        let update = |done, all| {
            progress.update(done, all);
            if let Some(watch) = making.watch {
                watch(done, all);
            }
        };
        let options = Options { threads: making.threads, progress: Some(&update), cancel: Some(making.interrupted) };
        match making.command.trace {
            None => (ensemble::run(scenario, &options)?, None),
            Some(persons) => {
                let (projection, trace) = ensemble::run_traced(scenario, u64::from(persons), &options)?;
                (projection, Some(trace))
            }
        }
    };
    let simulating = simulating.elapsed();
    let writing = Instant::now();
    let go_on = || if making.interrupted.load(Ordering::SeqCst) { Err(interrupted()) } else { Ok(()) };
    let projection = as_written(&projection);
    let summary = Summary::new(&projection, scenario.run.replicates, &scenario.observations);
    go_on()?;
    let mut staging = start()?;
    let folder = making.folder.unwrap_or(staging.target()).to_owned();
    staging.write(RESOLVED, making.loaded.resolved_for(&folder).as_bytes())?;
    staging.write_with(RESULTS, |out| results::write(&projection, out))?;
    staging.write(SUMMARY, summary.to_json().as_bytes())?;
    if let Some(trace) = &trace {
        go_on()?;
        staging.write_with(TRACED_PERSONS, |out| write_persons(trace, out))?;
        staging.write_with(TRACE, |out| write_trace(trace, out))?;
    }
    go_on()?;
    let prefix = format!("{FIGURES}/");
    draw(&projection, &summary, &scenario.observations, making.command.png, |name, bytes| {
        go_on()?;
        Ok(staging.write(&format!("{prefix}{name}"), bytes)?)
    })?;
    let plan = ensemble::plan(scenario);
    let manifest = Manifest {
        format: manifest::FORMAT,
        program: Program::this(),
        command: making.command,
        scenario: projection.scenario.clone(),
        title: projection.title.clone(),
        start: scenario.time.start,
        end: scenario.time.end,
        engine: projection.engine.clone(),
        members: projection.members,
        replicates: scenario.run.replicates,
        seed: projection.seed,
        size: size(&plan),
        inputs: input_records(making.loaded),
        pooled: making.loaded.pooled(),
        warnings: warning_records(making.loaded),
        outputs: staging.files().to_vec(),
        run: run_facts(making.began, [making.loading, simulating, writing.elapsed()], making.threads),
    };
    staging.write(MANIFEST, manifest.to_json().as_bytes())?;
    go_on()?;
    Ok((Made { projection, summary }, staging))
}

/// Draws every figure of results as written, and hands over each file's name and bytes.
pub fn draw(
    projection: &Projection,
    summary: &Summary,
    observations: &[Observation],
    png: bool,
    write: impl FnMut(&str, &[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let footer = Footer { data_vintage: summary.data_vintage.clone() };
    write_figures(plot::figures(projection, observations, &footer)?, png, write)
}

/// Hands over each figure's files: name and bytes.
pub fn write_figures(
    figures: Vec<Figure>,
    png: bool,
    mut write: impl FnMut(&str, &[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for Figure { name, svg, csv } in figures {
        write(&format!("{name}.svg"), svg.as_bytes())?;
        write(&format!("{name}.csv"), csv.as_bytes())?;
        if png {
            write(&format!("{name}.png"), &plot::png(&svg, PNG_SCALE)?)?;
        }
    }
    Ok(())
}

/// The files a scenario was read from, as manifests give them.
pub fn input_records(loaded: &Loaded) -> Vec<Input> {
    let record =
        |path: &Path, sha256: &str| Input { path: path.to_string_lossy().into_owned(), sha256: sha256.to_owned() };
    loaded.inputs.iter().map(|file| record(&file.path, &file.sha256)).collect()
}

/// The warnings about a scenario, as manifests give them.
pub fn warning_records(loaded: &Loaded) -> Vec<String> {
    loaded.warnings.iter().map(|warning| format!("{} at {}", warning.name, warning.place)).collect()
}

/// How large a run is, as manifests give it.
pub fn size(plan: &Plan) -> Size {
    Size { cells: plan.cells, months: plan.months, layers: plan.layers, groups: plan.groups, dates: plan.dates }
}

/// What differs from one run to the next; the times are those spent loading, simulating and writing.
pub fn run_facts(began: SystemTime, [loading, simulating, writing]: [Duration; 3], threads: Option<usize>) -> RunFacts {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    RunFacts {
        started: words::utc(began),
        working_directory: std::env::current_dir()
            .map(|folder| folder.to_string_lossy().into_owned())
            .unwrap_or_default(),
        seconds_loading: milliseconds(loading.as_secs_f64()),
        seconds_simulating: milliseconds(simulating.as_secs_f64()),
        seconds_writing: milliseconds(writing.as_secs_f64()),
        threads: threads.unwrap_or(processors),
        processors,
        system: std::env::consts::OS.to_owned(),
        architecture: std::env::consts::ARCH.to_owned(),
    }
}

/// Rounded to milliseconds, as manifests give it.
fn milliseconds(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}
