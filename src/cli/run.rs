//! `uptake run`: simulate a scenario, write its folder, say what came out.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use comfy_table::{CellAlignment, Table};
use serde::Serialize;

use super::args::{Format, RunArgs};
use super::failure::{Failure, what_to_lower};
use super::produce::{self, Made, Making};
use super::screen::{Screen, plain_table};
use super::{Exit, scenario_file, words};
use crate::engine::record::Report;
use crate::ensemble::{self, Plan};
use crate::output::comparison::{COMPARISON_REPORT, COMPARISON_TABLE};
use crate::output::manifest::Command;
use crate::output::trace::{TRACE, TRACED_PERSONS};
use crate::output::{
    Existing, FIGURES, MANIFEST, OutputError, RESOLVED, RESULTS, SUMMARY, Staging, WrittenFile, check_target, results,
};
use crate::plot;
use crate::population::Demography;
use crate::scenario::{EngineKind, Frequency, Layer, Loaded, Scenario};
use crate::series::{LayerLabel, Projection, Quantity};
use crate::units::Month;

/// Years in the table on screen, at most.
const ROWS: usize = 9;

/// The arguments, settled.
struct Settings {
    scenario: PathBuf,
    with: Vec<PathBuf>,
    overrides: Vec<String>,
    out: Option<PathBuf>,
    existing: Existing,
    threads: Option<usize>,
    format: Format,
    at: Option<Month>,
    png: bool,
    trace: Option<u32>,
    dry_run: bool,
}

impl From<RunArgs> for Settings {
    fn from(args: RunArgs) -> Self {
        Self {
            overrides: args.overrides.texts(),
            with: args.overrides.with,
            scenario: args.scenario,
            out: args.out,
            existing: Existing::replace_if(args.force),
            threads: args.threads,
            format: args.format,
            at: args.at,
            png: args.png,
            trace: args.trace,
            dry_run: args.dry_run,
        }
    }
}

/// Runs the command.
#[allow(clippy::disallowed_methods, reason = "the manifest records when a run began and how long it took")]
pub fn run(args: RunArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let settings = Settings::from(args);
    let (began, clock) = (SystemTime::now(), Instant::now());
    let loaded = scenario_file::load(&settings.scenario, &settings.with, &settings.overrides, screen)?;
    let loading = clock.elapsed();
    let out = settings.out.clone().unwrap_or_else(|| Path::new("output").join(&loaded.scenario.name));
    check_trace(settings.trace, &loaded.scenario)?;
    if settings.dry_run {
        return dry_run(&settings, &loaded, &out, screen);
    }
    // Both would otherwise be found only after the work.
    check_month(settings.at, &loaded.scenario)?;
    check_target(&out, settings.existing)?;
    let interrupted = screen.watch_interrupts();
    let making = Making {
        loaded: &loaded,
        command: Command {
            scenario: settings.scenario.to_string_lossy().into_owned(),
            with: settings.with.iter().map(|path| path.to_string_lossy().into_owned()).collect(),
            set: settings.overrides.clone(),
            png: settings.png,
            trace: settings.trace,
        },
        folder: None,
        threads: settings.threads,
        began,
        loading,
        interrupted,
        progress: screen.progress,
        watch: None,
    };
    let (made, staging) = produce::produce(making, || Staging::create(&out, settings.existing))?;
    let files = staging.commit()?;
    tell(&settings, &made, &out, &files, screen)
}

/// Prints the results as asked for.
fn tell(
    settings: &Settings,
    made: &Made,
    out: &Path,
    files: &[WrittenFile],
    screen: &mut Screen<'_>,
) -> Result<Exit, Failure> {
    match settings.format {
        Format::Json => screen.out.write_all(made.summary.to_json().as_bytes())?,
        Format::Csv => results::write(&made.projection, &mut screen.out)?,
        Format::Table => {
            let text = told(&made.projection, settings.at, screen.width);
            write!(screen.out, "{text}")?;
            if !screen.quiet {
                write!(screen.out, "\n{}", list(out, files))?;
            }
            return Ok(Exit::Ok);
        }
    }
    screen.remark("written:", &format!("{} in {}", words::plural(files.len(), "file"), out.display()));
    Ok(Exit::Ok)
}

/// Sentences and table.
fn told(projection: &Projection, at: Option<Month>, width: usize) -> String {
    let mut text = String::new();
    let asked = at.and_then(|at| projection.dates.iter().position(|&date| date == at));
    if let Some(date) = asked.or_else(|| words::sensible_date(projection)) {
        for layer in 0..projection.layers.len() {
            text.push_str(&words::sentence(projection, layer, date));
            text.push('\n');
        }
    }
    let (provenance, table) = (words::provenance(projection), by_year(projection, width));
    text.push_str(&format!(
        "{provenance}\n\nUsers at the end of the year, and their share of the population:\n{}\n",
        table.trim_fmt()
    ));
    text
}

/// The table: a row per chosen year, a column per layer.
fn by_year(projection: &Projection, width: usize) -> Table {
    let mut table = plain_table(width);
    let titles = projection.layers.iter().map(|layer| layer.title.clone());
    table.set_header(std::iter::once("Year".to_owned()).chain(titles));
    for date in words::chosen_dates(projection, ROWS) {
        let month = projection.dates[date];
        let year = if month.month() == 12 { month.year().to_string() } else { month.to_string() };
        let cells = (0..projection.layers.len()).map(|layer| {
            let median = |quantity| projection.estimate(layer, 0, date, quantity).median();
            format!("{}, {}", words::count(median(Quantity::Users)), words::share(median(Quantity::Penetration)))
        });
        table.add_row(std::iter::once(year).chain(cells));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// The files written, each with what it is.
pub(super) fn list(out: &Path, files: &[WrittenFile]) -> String {
    let longest = files.iter().map(|file| file.path.len()).max().unwrap_or(0);
    let mut text = format!("Written to {}:\n", out.display());
    for file in files {
        let what = what_it_is(&file.path);
        text.push_str(&format!("  {:longest$}  {what}, {}\n", file.path, words::bytes(file.bytes)));
    }
    text
}

/// A word for a file of a run folder.
fn what_it_is(path: &str) -> &'static str {
    let ending = Path::new(path).extension().and_then(|extension| extension.to_str());
    match (path, ending) {
        (MANIFEST, _) => "record",
        (RESULTS | COMPARISON_TABLE, _) => "table",
        (SUMMARY | COMPARISON_REPORT, _) => "summary",
        (TRACED_PERSONS, _) => "people followed",
        (TRACE, _) => "their histories",
        (_, Some("toml")) => "scenario",
        (_, Some("csv")) => "numbers",
        _ => "picture",
    }
}

/// The groups and dates a run of the scenario reports, without running it.
pub(super) fn reported(scenario: &Scenario) -> Report {
    let demography = Demography::new(&scenario.population, scenario.time.start, scenario.time.months());
    Report::new(&scenario.outputs, &scenario.time, &demography)
}

/// Checks that the month asked for is reported.
fn check_month(at: Option<Month>, scenario: &Scenario) -> Result<(), Failure> {
    let Some(at) = at else { return Ok(()) };
    if reported(scenario).dates.contains(&at) {
        return Ok(());
    }
    let span = scenario.time;
    let error = anyhow::anyhow!("`--at {at}` is not a reported month of {} to {}", span.start, span.end);
    let advice = match scenario.outputs.frequency {
        Frequency::Monthly => "choose a month of that span",
        Frequency::Annual => {
            "choose a December of that span, or report every month with --set 'outputs.frequency=\"monthly\"'"
        }
    };
    Err(Failure::new(Exit::Usage, error).advise(advice))
}

/// Checks that there are persons to be followed.
fn check_trace(trace: Option<u32>, scenario: &Scenario) -> Result<(), Failure> {
    let engine = scenario.run.engine;
    if trace.is_none() || engine == EngineKind::Agent {
        return Ok(());
    }
    let error = anyhow::anyhow!("`--trace`: the {} engine follows groups of people, not persons", engine.name());
    Err(Failure::new(Exit::Usage, error).advise("add --engine agent, which follows every person"))
}

/// The files of the run folder, in writing order.
fn files_to_write(scenario: &Scenario, png: bool, trace: bool) -> Vec<String> {
    let Report { groups, dates, .. } = reported(scenario);
    let label = |layer: &Layer| LayerLabel { name: layer.name.clone(), title: layer.title.clone() };
    let outline = Projection {
        scenario: scenario.name.clone(),
        title: scenario.title.clone(),
        engine: scenario.run.engine.name().to_owned(),
        members: scenario.run.members as usize,
        seed: scenario.run.seed,
        layers: scenario.layers.iter().map(label).collect(),
        victims: scenario.victimisation.as_ref().map(|v| v.layer),
        groups,
        dates,
        estimates: Vec::new(),
    };
    let mut files = [RESOLVED, RESULTS, SUMMARY].map(str::to_owned).to_vec();
    if trace {
        files.extend([TRACED_PERSONS, TRACE].map(str::to_owned));
    }
    for name in plot::file_names(&outline) {
        files.push(format!("{FIGURES}/{name}"));
        // Each picture is followed by its numbers, and then by its pixels.
        if let (true, Some(stem)) = (png, name.strip_suffix(".csv")) {
            files.push(format!("{FIGURES}/{stem}.png"));
        }
    }
    files.push(MANIFEST.to_owned());
    files
}

/// What a run would do.
#[derive(Serialize)]
struct Prospect<'a> {
    scenario: &'a str,
    title: &'a str,
    engine: &'a str,
    replicates: u32,
    seed: u64,
    start: Month,
    end: Month,
    #[serde(flatten)]
    plan: Plan,
    folder: String,
    files: Vec<String>,
}

fn dry_run(settings: &Settings, loaded: &Loaded, out: &Path, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let scenario = &loaded.scenario;
    let prospect = Prospect {
        scenario: &scenario.name,
        title: &scenario.title,
        engine: scenario.run.engine.name(),
        replicates: scenario.run.replicates,
        seed: scenario.run.seed,
        start: scenario.time.start,
        end: scenario.time.end,
        plan: ensemble::plan(scenario),
        folder: out.display().to_string(),
        files: files_to_write(scenario, settings.png, settings.trace.is_some()),
    };
    match settings.format {
        Format::Table => write!(screen.out, "{}", prospect.told())?,
        Format::Json => {
            let json = serde_json::to_string_pretty(&prospect).expect("a plan holds no maps with odd keys");
            writeln!(screen.out, "{json}")?;
        }
        Format::Csv => {
            let value = serde_json::to_value(&prospect).expect("a plan holds no maps with odd keys");
            as_keys_and_values(&value, &mut screen.out)?;
        }
    }
    if ensemble::afford(&prospect.plan).is_err() {
        let lower = what_to_lower(prospect.plan.memory_bytes, prospect.plan.person_bytes);
        screen.remark("note:", &format!("a run would be refused, it needs more memory than it may take; {lower}"));
    }
    match check_target(out, settings.existing) {
        Ok(()) => {}
        Err(error @ OutputError::NotEmpty { .. }) => screen.remark("note:", &format!("{error}; a run needs --force")),
        Err(error) => screen.remark("note:", &format!("{error}; a run would fail")),
    }
    Ok(Exit::Ok)
}

/// The fields of a JSON object as CSV, one row each.
pub(super) fn as_keys_and_values(object: &serde_json::Value, out: &mut dyn Write) -> Result<(), Failure> {
    let mut table = csv::Writer::from_writer(out);
    let written = (|| {
        table.write_record(["key", "value"])?;
        for (key, value) in object.as_object().into_iter().flatten() {
            let text = match value {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Array(items) => {
                    items.iter().filter_map(|item| item.as_str()).collect::<Vec<_>>().join(" ")
                }
                other => other.to_string(),
            };
            table.write_record([key, &text])?;
        }
        table.flush().map_err(csv::Error::from)
    })();
    Ok(written.map_err(anyhow::Error::from)?)
}

impl Prospect<'_> {
    fn told(&self) -> String {
        let number = words::plural;
        let plan = &self.plan;
        format!(
            "{title}: nothing was simulated or written.\n\
             \n  \
             simulate  {cells} x {months} x {layers}, {start} to {end}\n  \
             ensemble  {members}, {engine} engine, {sharing} per parameter draw, seed {seed}\n  \
             report    {groups} x {dates}\n  \
             memory    about {memory}\n  \
             folder    {folder}\n  \
             files     {files}\n",
            title = self.title,
            cells = number(plan.cells, "cell"),
            months = number(plan.months, "month"),
            layers = number(plan.layers, "layer"),
            start = self.start,
            end = self.end,
            members = number(plan.members, "member"),
            engine = self.engine,
            sharing = number(self.replicates as usize, "member"),
            seed = self.seed,
            groups = number(plan.groups, "group"),
            dates = number(plan.dates, "date"),
            memory = words::bytes(plan.memory_bytes),
            folder = self.folder,
            files = self.files.join("\n            "),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::{Estimate, Group, LayerLabel};

    fn projection() -> Projection {
        let month = |year| Month::try_new(year, 12).expect("a month");
        let estimates = [(4.0e6, 0.26), (9.3e6, 0.57)].into_iter().flat_map(|(users, share)| {
            let around = |value: f64| Estimate {
                mean: value,
                quantiles: [0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2].map(|factor| value * factor),
            };
            let zero = Estimate::default();
            [around(users), around(share), around(5e5), around(1e4), Estimate::certain(users / share), zero, zero, zero]
        });
        Projection {
            scenario: "x".to_owned(),
            title: "X".to_owned(),
            engine: "cohort".to_owned(),
            members: 20,
            seed: 3,
            layers: vec![LayerLabel { name: "internet".to_owned(), title: "Internet".to_owned() }],
            victims: None,
            groups: vec![Group::everybody()],
            dates: vec![month(2016), month(2022)],
            estimates: estimates.collect(),
        }
    }

    #[test]
    fn results_are_told_in_sentences_and_a_table() {
        let text = told(&projection(), None, 100);
        let expected = "\
Internet: 9.3 million users in December 2022, 57 % of the population (80 % interval 8.4-10.2 million).
Medians of 20 members (cohort engine, seed 3).
Intervals cover chance and uncertain parameters, but not errors in the statistics or in the model itself.

Users at the end of the year, and their share of the population:
 Year            Internet
--------------------------
 2016   4.0 million, 26 %
 2022   9.3 million, 57 %
";
        assert_eq!(text, expected);
    }

    #[test]
    fn the_month_asked_for_is_the_one_told() {
        let at = Month::try_new(2016, 12).expect("a month");
        let text = told(&projection(), Some(at), 100);
        assert!(text.starts_with("Internet: 4.0 million users in December 2016, 26 % of the population"), "{text}");
    }

    #[test]
    fn files_are_listed_with_what_they_are() {
        let file = |path: &str, bytes| WrittenFile { path: path.to_owned(), bytes, sha256: String::new() };
        let text = list(Path::new("output/x"), &[file(RESULTS, 14_200_000), file("figures/growth.svg", 812)]);
        assert_eq!(
            text,
            "Written to output/x:\n  results.csv         table, 14.2 MB\n  figures/growth.svg  picture, 812 bytes\n"
        );
    }
}
