//! `uptake report`: one HTML file to hand over.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Instant, SystemTime};

use super::args::{CompareArgs, Format, ReportArgs};
use super::failure::Failure;
use super::screen::Screen;
use super::{Exit, compare, produce, scenario_file, words};
use crate::output::comparison::CompareCommand;
use crate::output::manifest::Command;
use crate::output::{Existing, OutputError, Staging, write_file};
use crate::plot::Geometry;
use crate::report::{self, Content, Options, ReportError, Source};
use crate::series::ALL;

/// Runs the command.
pub fn run(args: &ReportArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let existing = Existing::replace_if(args.force);
    if existing == Existing::Refuse && args.out.symlink_metadata().is_ok() {
        return Err(refused(OutputError::FileExists { path: args.out.clone() }));
    }
    let (folders, scenarios): (Vec<&PathBuf>, Vec<&PathBuf>) = args.sources.iter().partition(|path| path.is_dir());
    let temporary = tempfile::tempdir()?;
    let mut sources = Vec::new();
    if !scenarios.is_empty() {
        let scenarios: Vec<PathBuf> = scenarios.into_iter().cloned().collect();
        sources.extend(simulated(args, &scenarios, temporary.path(), screen)?);
    }
    for folder in folders {
        sources.push(Source::read(folder, &folder.display().to_string())?);
    }
    let options = Options {
        language: args
            .lang
            .parse()
            .map_err(|error| Failure::new(Exit::Usage, anyhow::Error::new::<report::LanguageError>(error)))?,
        layer: args.layer.clone(),
        geometry: geometry(args, &sources)?,
    };
    let html = report::render(&sources, &options)?;
    write_file(&args.out, html.as_bytes(), existing).map_err(refused)?;
    writeln!(screen.out, "{}", args.out.display())?;
    screen.remark("written:", &format!("{} in {}", words::bytes(html.len() as u64), args.out.display()));
    Ok(Exit::Ok)
}

fn refused(error: OutputError) -> Failure {
    match error {
        OutputError::FileExists { .. } => {
            Failure::new(Exit::Failed, error).advise("add --force to replace it, or choose another file with --out")
        }
        other => other.into(),
    }
}

/// Runs one scenario, or compares several and runs their baseline too, into folders below `temporary`.
fn simulated(
    args: &ReportArgs,
    scenarios: &[PathBuf],
    temporary: &Path,
    screen: &mut Screen<'_>,
) -> Result<Vec<Source>, Failure> {
    let interrupted = screen.watch_interrupts();
    let mut sources = Vec::new();
    let mut baseline = &scenarios[0];
    let settled =
        (scenarios.len() > 1).then(|| compare::scenarios(&compare_args(args, scenarios), screen)).transpose()?;
    if let Some(settled) = &settled {
        baseline = &settled.files[settled.baseline];
        let folder = temporary.join("comparison");
        compared(args, settled, &folder, interrupted, screen)?;
        let names: Vec<String> = settled.files.iter().map(|file| file.display().to_string()).collect();
        sources.push(Source::read(&folder, &names.join(", "))?);
    }
    let folder = temporary.join("run");
    one(args, baseline, &folder, interrupted, screen)?;
    sources.push(Source::read(&folder, &baseline.display().to_string())?);
    Ok(sources)
}

/// The arguments of the comparison that a report of these scenarios asks for.
fn compare_args(args: &ReportArgs, scenarios: &[PathBuf]) -> CompareArgs {
    CompareArgs {
        scenarios: scenarios.to_vec(),
        baseline: None,
        years: Vec::new(),
        layer: None,
        overrides: args.overrides.clone(),
        out: None,
        force: false,
        threads: args.threads,
        format: Format::Table,
        png: false,
        no_figures: false,
        dry_run: false,
    }
}

#[allow(clippy::disallowed_methods, reason = "the manifest records when a comparison began and how long it took")]
fn compared(
    args: &ReportArgs,
    settled: &compare::Settled,
    folder: &Path,
    interrupted: &AtomicBool,
    screen: &Screen<'_>,
) -> Result<(), Failure> {
    let (began, clock) = (SystemTime::now(), Instant::now());
    let years = compare::years(&[], &super::run::reported(&settled.loaded[settled.baseline].scenario).dates, settled)?;
    let text = |path: &PathBuf| path.to_string_lossy().into_owned();
    let making = compare::Making {
        loaded: &settled.loaded,
        command: CompareCommand {
            scenarios: settled.files.iter().map(text).collect(),
            baseline: settled.baseline,
            years,
            with: args.overrides.with.iter().map(text).collect(),
            set: args.overrides.texts(),
            figures: true,
            png: false,
        },
        folder: None,
        threads: args.threads,
        began,
        loading: clock.elapsed(),
        interrupted,
        progress: screen.progress,
        watch: None,
    };
    let (_, staging) = compare::produce(making, || Staging::create(folder, Existing::Refuse))?;
    staging.commit()?;
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "the manifest records when a run began and how long it took")]
fn one(
    args: &ReportArgs,
    scenario: &Path,
    folder: &Path,
    interrupted: &AtomicBool,
    screen: &mut Screen<'_>,
) -> Result<(), Failure> {
    let (began, clock) = (SystemTime::now(), Instant::now());
    let overrides = args.overrides.texts();
    let loaded = scenario_file::load(scenario, &args.overrides.with, &overrides, screen)?;
    let making = produce::Making {
        loaded: &loaded,
        command: Command {
            scenario: scenario.to_string_lossy().into_owned(),
            with: args.overrides.with.iter().map(|path| path.to_string_lossy().into_owned()).collect(),
            set: overrides,
            png: false,
            trace: None,
        },
        folder: None,
        threads: args.threads,
        began,
        loading: clock.elapsed(),
        interrupted,
        progress: screen.progress,
        watch: None,
    };
    let (_, staging) = produce::produce(making, || Staging::create(folder, Existing::Refuse))?;
    staging.commit()?;
    Ok(())
}

/// The shapes of the regions, where they are asked for.
fn geometry(args: &ReportArgs, sources: &[Source]) -> Result<Option<(Geometry, String)>, Failure> {
    let (Some(path), Some(key)) = (&args.geojson, &args.key) else { return Ok(None) };
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::new(Exit::Invalid, anyhow::Error::from(error).context(format!("could not read `{}`", path.display())))
    })?;
    let groups = sources.iter().find_map(|source| match &source.content {
        Content::Run(run) => Some(&run.projection.groups),
        Content::Comparison(comparison) => comparison.regions.as_ref().map(|projection| &projection.groups),
        Content::Other(_) => None,
    });
    let mut regions: Vec<&str> = Vec::new();
    for group in groups.into_iter().flatten() {
        let name = group.region.as_str();
        if name != ALL && !regions.contains(&name) {
            regions.push(name);
        }
    }
    let shapes = Geometry::parse(&text, key, &regions).map_err(|error| {
        Failure::new(Exit::Invalid, anyhow::Error::from(error).context(format!("`{}` gives no map", path.display())))
            .advise("name with --key the property that holds the regions' names or codes")
    })?;
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Some((shapes, file)))
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Output(error) => error.into(),
            ReportError::Plot(error) => error.into(),
            error @ ReportError::NoLayer { .. } => Self::new(Exit::Usage, error),
            error @ (ReportError::Json { .. } | ReportError::Table { .. }) => Self::new(Exit::Invalid, error),
            error => Self::new(Exit::Failed, error),
        }
    }
}
