//! `uptake calibrate`: estimate a scenario's numbers, write the folder, say what came out.

mod checkpoint;
mod told;

use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use super::args::{CalibrateArgs, Format};
use super::failure::Failure;
use super::produce::{input_records, run_facts, warning_records, write_figures};
use super::progress::Progress;
use super::run::list;
use super::screen::Screen;
use super::{Exit, scenario_file, words};
use crate::calibration::{Outcome, Resolution, Sampling, Settings, Task, Watch};
use crate::fit::Method;
use crate::output::calibration::{
    CalibrationCommand, CalibrationManifest, DRAWS, FORMAT, POSTERIOR, REPORT, STATISTICS, VERB, report, write_draws,
    write_posterior, write_statistics,
};
use crate::output::manifest::Program;
use crate::output::{Existing, FIGURES, MANIFEST, RESOLVED, Staging, check_target};
use crate::plot;
use crate::scenario::Loaded;
use checkpoint::Checkpoint;

/// Runs the command.
#[allow(clippy::disallowed_methods, reason = "the manifest records when a run began and how long it took")]
pub fn run(args: &CalibrateArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let (began, clock) = (SystemTime::now(), Instant::now());
    let mut overrides = args.set.clone();
    overrides.extend(args.seed.map(|seed| format!("run.seed={seed}")));
    let loaded = scenario_file::load(&args.scenario, &args.with, &overrides, screen)?;
    let loading = clock.elapsed();
    let scenario = &loaded.scenario;
    let out = args.out.clone().unwrap_or_else(|| Path::new("output").join(format!("calibrate-{}", scenario.name)));
    let existing = Existing::replace_if(args.force);
    check_target(&out, existing)?;
    let settings = settings(args, scenario.run.seed);
    let task = Task::new(scenario, settings)?;
    let interrupted = screen.watch_interrupts();

    let calibrating = Instant::now();
    let checkpoint = match settings.method {
        Method::Nuts => Some(Checkpoint::open(&out, &task, settings.sampling.chains, args.resume)?),
        _ => None,
    };
    let outcome = {
        let progress = Progress::of(screen.progress, "sampling", "draws");
        let tapes = checkpoint.as_ref().map_or_else(|| Ok(Vec::new()), Checkpoint::tapes)?;
        let update = |done, all| progress.update(done, all);
        task.run(scenario, tapes, &Watch { progress: &update, cancel: interrupted, threads: args.threads })?
    };
    let calibrating = calibrating.elapsed();

    let writing = Instant::now();
    let mut staging = Staging::create(&out, existing)?;
    write_all(&loaded, &outcome, args, &mut staging)?;
    let manifest = CalibrationManifest {
        format: FORMAT,
        verb: VERB.to_owned(),
        program: Program::this(),
        command: command(args, &settings, overrides),
        scenario: scenario.name.clone(),
        title: scenario.title.clone(),
        inputs: input_records(&loaded),
        pooled: loaded.pooled(),
        warnings: warning_records(&loaded),
        outputs: staging.files().to_vec(),
        run: run_facts(began, [loading, calibrating, writing.elapsed()], args.threads),
    };
    staging.write(MANIFEST, manifest.to_json().as_bytes())?;
    let files = staging.commit()?;
    if let Some(checkpoint) = checkpoint {
        checkpoint.remove();
    }
    let fit = &outcome.fit;
    match args.format {
        Format::Json => screen.out.write_all(report(fit).as_bytes())?,
        Format::Csv => write_draws(fit, &mut screen.out)?,
        Format::Table => {
            write!(screen.out, "{}", told::told(fit, screen.width))?;
            if !screen.quiet {
                write!(screen.out, "\n{}", list(&out, &files))?;
            }
        }
    }
    if args.format != Format::Table {
        screen.remark("written:", &format!("{} in {}", words::plural(files.len(), "file"), out.display()));
    }
    match fit.verdict.as_ref().filter(|verdict| !verdict.trusted()) {
        Some(verdict) => {
            screen.remark("verdict:", &format!("do not trust these draws: {}", verdict.objections.join("; ")));
            Ok(Exit::CheckFailed)
        }
        None => Ok(Exit::Ok),
    }
}

fn settings(args: &CalibrateArgs, seed: u64) -> Settings {
    let method = match (args.prior_only, args.method.as_str()) {
        (true, _) => Method::Prior,
        (false, "map") => Method::Map,
        _ => Method::Nuts,
    };
    Settings {
        method,
        sampling: Sampling {
            chains: usize::from(args.chains),
            draws: args.draws as usize,
            warm_up: args.warm_up as usize,
            seed,
            acceptance: args.acceptance,
            depth: args.depth,
        },
        resolution: if args.resolution == Resolution::Full.name() { Resolution::Full } else { Resolution::Nation },
        until: args.until,
        keep: args.keep as usize,
        by_source: !args.no_sources,
        focus: args.focus,
    }
}

fn command(args: &CalibrateArgs, settings: &Settings, set: Vec<String>) -> CalibrationCommand {
    let text = |path: &PathBuf| path.to_string_lossy().into_owned();
    CalibrationCommand {
        scenario: text(&args.scenario),
        with: args.with.iter().map(text).collect(),
        set,
        method: settings.method.name().to_owned(),
        resolution: settings.resolution.name().to_owned(),
        until: settings.until,
        chains: settings.sampling.chains,
        draws: settings.sampling.draws,
        warm_up: settings.sampling.warm_up,
        acceptance: settings.sampling.acceptance,
        depth: settings.sampling.depth,
        keep: settings.keep,
        seed: settings.sampling.seed,
    }
}

fn write_all(loaded: &Loaded, outcome: &Outcome, args: &CalibrateArgs, staging: &mut Staging) -> Result<(), Failure> {
    let fit = &outcome.fit;
    let folder = staging.target().to_owned();
    staging.write(RESOLVED, loaded.resolved_for(&folder).as_bytes())?;
    staging.write_with(POSTERIOR, |out| write_posterior(fit, &outcome.posterior, out))?;
    staging.write_with(DRAWS, |out| write_draws(fit, out))?;
    staging.write_with(STATISTICS, |out| write_statistics(fit, out))?;
    staging.write(REPORT, report(fit).as_bytes())?;
    if !args.no_figures {
        let scenario = &loaded.scenario;
        write_figures(
            plot::calibration_figures(fit, &scenario.observations, &scenario.revised)?,
            args.png,
            |name, bytes| Ok(staging.write(&format!("{FIGURES}/{name}"), bytes)?),
        )?;
    }
    Ok(())
}
