//! `uptake compare`: simulate scenarios side by side, write the comparison's folder, say what each policy changes.

mod produce;
mod settle;
mod told;

use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use serde::Serialize;

use super::args::{CompareArgs, Format};
use super::failure::Failure;
use super::run::{list, reported};
use super::screen::Screen;
use super::{Exit, words};
use crate::ensemble::{self, Plan};
use crate::output::comparison::{COMPARISON_REPORT, COMPARISON_TABLE, CompareCommand, resolved_name, table};
use crate::output::{Existing, FIGURES, MANIFEST, OutputError, check_target};
use crate::plot;
use crate::units::Month;

pub use produce::{Making, produce};
pub use settle::{Settled, load, scenarios, years};

/// Runs the command.
#[allow(clippy::disallowed_methods, reason = "the manifest records when a comparison began and how long it took")]
pub fn run(args: &CompareArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let (began, clock) = (SystemTime::now(), Instant::now());
    let settled = settle::scenarios(args, screen)?;
    let loading = clock.elapsed();
    let baseline = &settled.loaded[settled.baseline].scenario;
    let report = reported(baseline);
    let layer = settle::layer(args.layer.as_deref(), baseline)?;
    let years = settle::years(&args.years, &report.dates, &settled)?;
    let out = args.out.clone().unwrap_or_else(|| Path::new("output").join(format!("compare-{}", baseline.name)));
    let existing = if args.force { Existing::Replace } else { Existing::Refuse };
    if args.dry_run {
        let outline = settle::outline(&settled, report.groups, report.dates, &years);
        let figures = if args.no_figures { Vec::new() } else { plot::comparison_figure_names(&outline) };
        let prospect = Prospect::new(&settled, &years, &out, files(&settled, &figures, args.png));
        return dry_run(&prospect, args.format, check_target(&out, existing), screen);
    }
    check_target(&out, existing)?;
    let interrupted = screen.watch_interrupts();
    let text = |path: &PathBuf| path.to_string_lossy().into_owned();
    let making = Making {
        loaded: &settled.loaded,
        command: CompareCommand {
            scenarios: settled.files.iter().map(text).collect(),
            baseline: settled.baseline,
            years,
            with: args.overrides.with.iter().map(text).collect(),
            set: args.overrides.texts(),
            figures: !args.no_figures,
            png: args.png,
        },
        folder: None,
        threads: args.threads,
        began,
        loading,
        interrupted,
        progress: screen.progress,
        watch: None,
    };
    let (made, staging) = produce(making, || crate::output::Staging::create(&out, existing))?;
    let files = staging.commit()?;
    match args.format {
        Format::Json => screen.out.write_all(made.report.to_json().as_bytes())?,
        Format::Csv => table::write(&made.comparison, &mut screen.out)?,
        Format::Table => {
            write!(screen.out, "{}", told::told(&made.comparison, layer, screen.width))?;
            if !screen.quiet {
                write!(screen.out, "\n{}", list(&out, &files))?;
            }
            return Ok(Exit::Ok);
        }
    }
    screen.remark("written:", &format!("{} in {}", words::plural(files.len(), "file"), out.display()));
    Ok(Exit::Ok)
}

/// The files of the comparison's folder, in writing order.
fn files(settled: &Settled, figures: &[String], png: bool) -> Vec<String> {
    let mut files: Vec<String> = settled.loaded.iter().map(|one| resolved_name(&one.scenario.name)).collect();
    files.extend([COMPARISON_TABLE, COMPARISON_REPORT].map(str::to_owned));
    for name in figures {
        let endings = ["svg", "csv", "png"];
        let endings = if png { &endings[..] } else { &endings[..2] };
        files.extend(endings.iter().map(|ending| format!("{FIGURES}/{name}.{ending}")));
    }
    files.push(MANIFEST.to_owned());
    files
}

/// What a comparison would do.
#[derive(Serialize)]
struct Prospect<'a> {
    baseline: &'a str,
    scenarios: Vec<&'a str>,
    years: &'a [Month],
    engine: &'a str,
    seed: u64,
    start: Month,
    end: Month,
    #[serde(flatten)]
    plan: Plan,
    folder: String,
    files: Vec<String>,
}

impl<'a> Prospect<'a> {
    fn new(settled: &'a Settled, years: &'a [Month], out: &Path, files: Vec<String>) -> Self {
        let baseline = &settled.loaded[settled.baseline].scenario;
        Self {
            baseline: &baseline.name,
            scenarios: settled.loaded.iter().map(|one| one.scenario.name.as_str()).collect(),
            years,
            engine: baseline.run.engine.name(),
            seed: baseline.run.seed,
            start: baseline.time.start,
            end: baseline.time.end,
            plan: ensemble::plan(baseline),
            folder: out.display().to_string(),
            files,
        }
    }

    fn told(&self) -> String {
        let number = words::plural;
        let plan = &self.plan;
        let years: Vec<String> = self.years.iter().map(|year| words::month(*year)).collect();
        format!(
            "{scenarios} against `{baseline}`: nothing was simulated or written.\n\
             \n  \
             scenarios {names}\n  \
             years     {years}\n  \
             simulate  {cells} x {months} x {layers}, {start} to {end}, each\n  \
             ensemble  {members} each, {engine} engine, seed {seed}\n  \
             folder    {folder}\n  \
             files     {files}\n",
            scenarios = number(self.scenarios.len() - 1, "scenario"),
            baseline = self.baseline,
            names = self.scenarios.join("\n            "),
            years = years.join(", "),
            cells = number(plan.cells, "cell"),
            months = number(plan.months, "month"),
            layers = number(plan.layers, "layer"),
            start = self.start,
            end = self.end,
            members = number(plan.members, "member"),
            engine = self.engine,
            seed = self.seed,
            folder = self.folder,
            files = self.files.join("\n            "),
        )
    }
}

fn dry_run(
    prospect: &Prospect<'_>,
    format: Format,
    target: Result<(), OutputError>,
    screen: &mut Screen<'_>,
) -> Result<Exit, Failure> {
    match format {
        Format::Table => write!(screen.out, "{}", prospect.told())?,
        Format::Json => {
            let json = serde_json::to_string_pretty(prospect).expect("a plan holds no maps with odd keys");
            writeln!(screen.out, "{json}")?;
        }
        Format::Csv => {
            let value = serde_json::to_value(prospect).expect("a plan holds no maps with odd keys");
            super::run::as_keys_and_values(&value, &mut screen.out)?;
        }
    }
    match target {
        Ok(()) => {}
        Err(error @ OutputError::NotEmpty { .. }) => {
            screen.remark("note:", &format!("{error}; a comparison needs --force"));
        }
        Err(error) => screen.remark("note:", &format!("{error}; a comparison would fail")),
    }
    Ok(Exit::Ok)
}
