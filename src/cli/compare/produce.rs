//! From loaded scenarios to the files of a comparison's folder; shared by `compare` and `rerun`.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use super::super::failure::{Failure, interrupted};
use super::super::produce::{input_records, run_facts, size, warning_records, write_figures};
use super::super::progress::Progress;
use crate::comparison::Comparison;
use crate::ensemble::{self, Options};
use crate::output::comparison::{
    COMPARISON_REPORT, COMPARISON_TABLE, CompareCommand, CompareManifest, Report, SCENARIOS, ScenarioRecord, record,
    resolved_name, table,
};
use crate::output::manifest::Program;
use crate::output::summary::latest_vintage;
use crate::output::{FIGURES, MANIFEST, OutputError, Staging};
use crate::plot::{self, Footer};
use crate::scenario::{Loaded, Scenario};

/// What is to be made.
pub struct Making<'a> {
    /// The scenarios.
    pub loaded: &'a [Loaded],
    /// The arguments that matter, for the manifest.
    pub command: CompareCommand,
    /// The folder of the comparison, that resolved scenarios name data files from; `None`: where it is written.
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
    /// Results.
    pub comparison: Comparison,
    /// The same at the chosen years.
    pub report: Report,
}

/// Simulates and compares, and writes every file into the folder that `start` begins, after the simulation.
#[allow(clippy::disallowed_methods, reason = "the manifest records how long the parts took")]
pub fn produce(
    making: Making<'_>,
    start: impl FnOnce() -> Result<Staging, OutputError>,
) -> Result<(Made, Staging), Failure> {
    let scenarios: Vec<&Scenario> = making.loaded.iter().map(|one| &one.scenario).collect();
    let command = making.command;
    let baseline = scenarios[command.baseline];
    let simulating = Instant::now();
    let comparison = {
        let progress = Progress::new(making.progress);
        let update = |done, all| {
            progress.update(done, all);
            if let Some(watch) = making.watch {
                watch(done, all);
            }
        };
        let options = Options { threads: making.threads, progress: Some(&update), cancel: Some(making.interrupted) };
        ensemble::compare(&scenarios, command.baseline, &command.years, &options)?
    };
    let simulating = simulating.elapsed();
    let writing = Instant::now();
    let go_on = || if making.interrupted.load(Ordering::SeqCst) { Err(interrupted()) } else { Ok(()) };
    let report = Report::new(&comparison);
    go_on()?;
    let mut staging = start()?;
    let folder = making.folder.unwrap_or(staging.target()).join(SCENARIOS);
    for one in making.loaded {
        staging.write(&resolved_name(&one.scenario.name), one.resolved_for(&folder).as_bytes())?;
    }
    staging.write_with(COMPARISON_TABLE, |out| table::write(&comparison, out))?;
    staging.write(COMPARISON_REPORT, report.to_json().as_bytes())?;
    go_on()?;
    if command.figures {
        let footer = Footer { data_vintage: latest_vintage(&baseline.observations) };
        write_figures(plot::comparison_figures(&comparison, &footer)?, command.png, |name, bytes| {
            go_on()?;
            Ok(staging.write(&format!("{FIGURES}/{name}"), bytes)?)
        })?;
    }
    let record = |one: &Loaded| ScenarioRecord {
        name: one.scenario.name.clone(),
        title: one.scenario.title.clone(),
        inputs: input_records(one),
        pooled: one.pooled(),
        warnings: warning_records(one),
    };
    let manifest = CompareManifest {
        format: record::FORMAT,
        verb: record::VERB.to_owned(),
        program: Program::this(),
        command,
        scenarios: making.loaded.iter().map(record).collect(),
        start: baseline.time.start,
        end: baseline.time.end,
        engine: comparison.engine.clone(),
        members: comparison.members,
        replicates: baseline.run.replicates,
        seed: comparison.seed,
        size: size(&ensemble::plan(baseline)),
        outputs: staging.files().to_vec(),
        run: run_facts(making.began, [making.loading, simulating, writing.elapsed()], making.threads),
    };
    staging.write(MANIFEST, manifest.to_json().as_bytes())?;
    go_on()?;
    Ok((Made { comparison, report }, staging))
}
