//! The arguments as typed. Commands turn them into settings at once and do not look back.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::forecast_args::{BacktestArgs, DataArgs, ForecastArgs};
use super::person_args::{NetworkArgs, PersonsArgs};
use crate::calibration::Resolution;
use crate::scenario::EngineKind;
use crate::units::Month;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "uptake",
    version,
    about = "Simulates how a population takes up the internet and social media",
    long_about = "Simulates how a whole population takes up the internet and social media, month by month, from a \
                  scenario file to users by year with intervals, tables and figures.",
    after_help = "Example: simulate the shipped scenario and read the result\n  \
                  uptake run scenarios/cambodia.toml\n\n\
                  Start a scenario of your own\n  \
                  uptake new laos && uptake validate laos.toml && uptake run laos.toml\n\n\
                  Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 invalid scenario or data,\n\
                  4 a requested check did not pass, 130 interrupted.",
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// Print results and errors only: no progress, no warnings, no list of files
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Use colour; `auto`: on a terminal, unless `NO_COLOR` is set
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Simulate a scenario and write tables and figures
    #[command(
        long_about = "Simulates a scenario and writes a folder with tables, figures and a record of the run. On the \
                      screen: a sentence per layer, a table by year, and the files written.",
        after_help = "Examples:\n  \
                      uptake run scenarios/cambodia.toml\n  \
                      uptake run scenarios/cambodia.toml --dry-run\n  \
                      uptake run scenarios/cambodia.toml --out output/cheap --set layer.internet.imitation=0.4\n  \
                      uptake run scenarios/cambodia.toml --force --format json | jq '.layers[0].dates[-1].users'"
    )]
    Run(RunArgs),
    /// Compare policies: what each changes, for whom, at what cost
    #[command(
        long_about = "Simulates several scenarios with the same random numbers and takes each one's difference from a \
                      baseline, member by member, so that what differs is the policy alone. On the screen: a sentence \
                      or two per policy and a ranking by year. Writes a folder with a table, a report, figures and a \
                      record.",
        after_help = "Examples:\n  \
                      uptake compare scenarios/cambodia.toml scenarios/policies/*.toml\n  \
                      uptake compare towers.toml law.toml --baseline scenarios/cambodia.toml --years 2018,2020,2030\n  \
                      uptake compare base.toml law.toml --layer facebook --format json | jq '.scenarios[1].layers[0]'"
    )]
    Compare(CompareArgs),
    /// Estimate a scenario's numbers from published statistics
    #[command(
        long_about = "Draws from the posterior of every number of the scenario that has a distribution (its prior), given \
                      the published statistics, and estimates how each source errs. Writes a folder with the draws, \
                      the compact posterior.csv that a scenario can name, tables, figures and a record. Exit code 4 \
                      when the draws cannot be trusted.",
        after_help = "Examples:\n  \
                      uptake calibrate scenarios/cambodia.toml\n  \
                      uptake calibrate scenarios/cambodia.toml --method map\n  \
                      uptake calibrate scenarios/cambodia.toml --until 2014 --out output/as-of-2014\n  \
                      uptake calibrate scenarios/cambodia.toml --resume"
    )]
    Calibrate(CalibrateArgs),
    /// Check a scenario without running it
    #[command(
        long_about = "Checks a scenario without running it. Lists every fault with its place; or, when there is none, \
                      every parameter with its source, which of them are assumed, and what is doubtful.",
        after_help = "Examples:\n  \
                      uptake validate scenarios/cambodia.toml\n  \
                      uptake validate scenarios/cambodia.toml --strict --format json"
    )]
    Validate(ValidateArgs),
    /// Say in words what a scenario changes and what its policies do
    #[command(
        long_about = "Says what a scenario changes against the one it extends (or another): every key that differs, \
                      with its place, and for each policy in words when, where and for whom it acts, how strongly, \
                      on what grounds, what is expected of it, and what it costs. Simulates nothing.",
        after_help = "Examples:\n  \
                      uptake explain scenarios/policies/strict-law.toml\n  \
                      uptake explain scenarios/cambodia.toml --with scenarios/policies/rural-towers.toml"
    )]
    Explain(ExplainArgs),
    /// Write a commented scenario to start from
    #[command(
        long_about = "Writes a short scenario with a comment at each setting, ready to be run and changed.",
        after_help = "Examples:\n  uptake new laos\n  uptake new scenarios/laos.toml --force\n  \
                      uptake new --country KHM --panel internet.csv --population population.csv"
    )]
    New(NewArgs),
    /// Print the JSON Schema of scenario files
    #[command(
        long_about = "Prints the JSON Schema of scenario files, for editors that complete and check TOML.",
        after_help = "Example:\n  uptake schema > scenario.schema.json"
    )]
    Schema,
    /// Draw the figures of a finished run again
    #[command(
        long_about = "Draws the figures of a finished run again from the tables in its folder; nothing is simulated.",
        after_help = "Examples:\n  uptake plot output/cambodia\n  uptake plot output/cambodia --png --out slides"
    )]
    Plot(PlotArgs),
    /// Repeat a run or comparison from its manifest and compare every file
    #[command(
        long_about = "Repeats a run or comparison from its manifest and says, file by file, whether the outputs are byte-identical. \
                      Writes nothing. Names the input files that have changed since. Exit code 4 when any file \
                      differs.",
        after_help = "Example:\n  uptake rerun output/cambodia/manifest.json"
    )]
    Rerun(RerunArgs),
    /// Measure how the people of a scenario are tied to each other
    #[command(
        long_about = "Measures the network of a scenario: how many ties people have, how often the people one is tied to \
                      are tied to each other, how many steps lead from person to person, and whether people are tied to \
                      people like themselves. Simulates nothing. With --out, writes a table, a record and a figure.",
        after_help = "Examples:\n  \
                      uptake network scenarios/cambodia.toml\n  \
                      uptake network friends.toml --out output/friends --png\n  \
                      uptake network scenarios/minimal.toml --set network.kind=ring --set network.neighbours=10 --format json"
    )]
    Network(NetworkArgs),
    /// Ask what only persons can tell: who came first, who waits, whose life a policy changes
    #[command(
        long_about = "Follows every person of a scenario (the engine `agent`, one member) and tells who came first (Rogers' categories, \
                      by group), how long people with access wait before they use a layer, what set adoptions off, and \
                      whether users know users. With a second scenario of the same people, tells who is a user in \
                      the second and not in the first, and the other way round: exact counts, since both worlds share all \
                      chance. Prints a table; with --out, also writes a record, a table and figures.",
        after_help = "Examples:\n  \
                      uptake persons scenarios/cambodia.toml\n  \
                      uptake persons scenarios/cambodia.toml scenarios/policies/cheaper-data.toml --out output/who --png\n  \
                      uptake persons scenarios/minimal.toml --set population.total=100000 --format json"
    )]
    Persons(PersonsArgs),
    /// Forecast a country's coming years from the figures of all countries
    #[command(
        long_about = "Forecasts a country's coming years from the published figures of all countries: quantiles by year, with \
                      the track record of the method on past years beside them. Uses nothing dated after the origin.",
        after_help = "Examples:\n  \
                      uptake forecast --panel internet.csv --country KHM --to 2035\n  \
                      uptake forecast --panel internet.csv --country KHM --origin 2012 --out output/khm-2012"
    )]
    Forecast(ForecastArgs),
    /// Repeat forecasts from past years, and score them
    #[command(
        long_about = "Repeats the forecast from past origins for every country of a panel, with each method, and scores it \
                      with proper scores. Nothing dated after an origin touches its forecasts. Writes every forecast, the \
                      scores, and figures.",
        after_help = "Examples:\n  \
                      uptake backtest --panel internet.csv\n  \
                      uptake backtest --panel internet.csv --origins 2015 --models uptake,theta --format json\n  \
                      uptake backtest --panel vintages.csv --real-time --out output/real-time"
    )]
    Backtest(BacktestArgs),
    /// Read, check and fetch published figures of many countries
    #[command(
        long_about = "Reads published figures of many countries in the forms in which they are downloaded, lists and shows them \
                      with what is doubtful, and fetches them from the World Bank.",
        after_help = "Examples:\n  \
                      uptake data fetch --indicator IT.NET.USER.ZS --out internet.csv\n  \
                      uptake data import download.zip --out internet.csv\n  \
                      uptake data show KHM --panel internet.csv"
    )]
    Data(DataArgs),
    /// Measure how fast scenarios are simulated here
    #[command(
        long_about = "Measures how fast scenarios are simulated on this machine, phase by phase, with each engine, so that \
                      two machines or two versions can be compared. Writes nothing.",
        after_help = "Examples:\n  \
                      uptake bench\n  \
                      uptake bench scenarios/cambodia.toml --engine cohort --members 20 --threads 1 --format json"
    )]
    Bench(BenchArgs),
    /// Write one HTML file to hand over, from results or scenarios
    #[command(
        long_about = "Writes one HTML file that can be mailed, printed and read offline: a summary in plain language, figures with \
                      their numbers, policies compared, who gains, a map, what is assumed, and provenance. From folders that \
                      `run` and `compare` wrote, or from scenarios, which are simulated first (the first is the baseline).",
        after_help = "Examples:\n  \
                      uptake report output/compare-cambodia output/cambodia\n  \
                      uptake report scenarios/cambodia.toml scenarios/policies/rural-towers.toml -o towers.html\n  \
                      uptake report output/cambodia --lang km -o cambodia-km.html"
    )]
    Report(ReportArgs),
    /// Open a page where levers are moved and curves answer at once
    #[command(
        long_about = "Serves a page on this machine where policies are chosen and numbers moved, and the curves answer at once; full runs go on \
                      in the background. Prints the page's address. Without scenarios, those in scenarios/ and \
                      scenarios/policies/ are offered; a file that extends another of them is a policy of it.",
        after_help = "Examples:\n  \
                      uptake serve --open\n  \
                      uptake serve scenarios/cambodia.toml scenarios/policies/*.toml --listen 127.0.0.1:8080"
    )]
    Serve(ServeArgs),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  uptake completions bash > ~/.local/share/bash-completion/completions/uptake")]
    Completions(CompletionsArgs),
    /// Print or write manual pages
    #[command(
        long_about = "Prints the manual pages one after another, or writes one file for each command into a folder.",
        after_help = "Examples:\n  uptake man | man -l -\n  uptake man --out ~/.local/share/man/man1"
    )]
    Man(ManArgs),
}

/// Changes to the scenario, shared by the commands that load one.
#[derive(Clone, Debug, Args)]
pub struct Overrides {
    /// Lay another scenario or policy file over this one; repeatable, in order. Only the file's own keys count, not those
    /// of a file that it extends
    #[arg(long, value_name = "FILE")]
    pub with: Vec<PathBuf>,
    /// Set a value of the scenario, checked as if it stood in the file; repeatable
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub set: Vec<String>,
    /// Members of the ensemble (default: the scenario's)
    #[arg(long, value_name = "COUNT", value_parser = members, allow_negative_numbers = true)]
    pub members: Option<u32>,
    /// Master seed of all randomness (default: the scenario's, or else 0)
    #[arg(long, value_name = "NUMBER", value_parser = seed, allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// How to simulate: `cohort` draws whole people, `mean-field` follows expected users
    #[arg(long, value_parser = PossibleValuesParser::new(EngineKind::EVERY.map(EngineKind::name)))]
    pub engine: Option<String>,
}

impl Overrides {
    /// All changes as `key=value`, in the order they apply; the named options come last and win.
    pub fn texts(&self) -> Vec<String> {
        let mut texts = self.set.clone();
        texts.extend(self.members.map(|members| format!("run.members={members}")));
        texts.extend(self.seed.map(|seed| format!("run.seed={seed}")));
        texts.extend(self.engine.as_ref().map(|engine| format!("run.engine=\"{engine}\"")));
        texts
    }
}

/// Arguments of `run`.
#[derive(Debug, Args)]
#[allow(clippy::doc_markdown, reason = "help is read as it stands")]
pub struct RunArgs {
    /// Scenario file (TOML)
    pub scenario: PathBuf,
    #[command(flatten)]
    pub overrides: Overrides,
    /// Folder to write (default: output/<scenario name>)
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace an earlier run in that folder; files that no run wrote are kept
    #[arg(long, short)]
    pub force: bool,
    /// Worker threads; results do not depend on it (default: one per core)
    #[arg(long, value_name = "COUNT", value_parser = threads)]
    pub threads: Option<usize>,
    /// What to print: sentences and a table, summary.json, or results.csv
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Month the sentences speak of (default: the last December)
    #[arg(long, value_name = "YYYY-MM")]
    pub at: Option<Month>,
    /// Also write each figure as PNG
    #[arg(long)]
    pub png: bool,
    /// Also write the histories of so many people, drawn at random, as trace.csv and traced_persons.csv; needs `--engine agent`
    #[arg(long, value_name = "PEOPLE", value_parser = clap::value_parser!(u32).range(1..))]
    pub trace: Option<u32>,
    /// Print what would be done and written, and stop
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "a table of flags")]
pub struct CompareArgs {
    /// Scenario files (TOML); the first is the baseline, unless --baseline names another
    #[arg(required = true, value_name = "SCENARIO")]
    pub scenarios: Vec<PathBuf>,
    /// The scenario the others are held against: a file, or the name of one of the scenarios
    #[arg(long, value_name = "FILE|NAME")]
    pub baseline: Option<String>,
    /// Years to compare at, or months as YYYY-MM (default: the first December a year after a policy starts, the last
    /// December, and one halfway)
    #[arg(long, value_name = "YEARS", value_delimiter = ',', value_parser = year)]
    pub years: Vec<Month>,
    /// What the sentences and the ranking are about (default: the first layer)
    #[arg(long, value_name = "NAME")]
    pub layer: Option<String>,
    #[command(flatten)]
    pub overrides: Overrides,
    /// Folder to write (default: output/compare-<name of the baseline>)
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace an earlier run or comparison in that folder; files that neither wrote are kept
    #[arg(long, short)]
    pub force: bool,
    /// Worker threads; results do not depend on it (default: one per core)
    #[arg(long, value_name = "COUNT", value_parser = threads)]
    pub threads: Option<usize>,
    /// What to print: sentences and a ranking, comparison.json, or comparison.csv
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Also write each figure as PNG
    #[arg(long)]
    pub png: bool,
    /// Draw no figures
    #[arg(long, conflicts_with = "png")]
    pub no_figures: bool,
    /// Print what would be done and written, and stop
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `calibrate`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "a table of flags")]
pub struct CalibrateArgs {
    /// Scenario file (TOML)
    pub scenario: PathBuf,
    /// Lay another scenario or policy file over this one; repeatable, in order
    #[arg(long, value_name = "FILE")]
    pub with: Vec<PathBuf>,
    /// Set a value of the scenario, checked as if it stood in the file; repeatable
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub set: Vec<String>,
    /// Master seed of all randomness (default: the scenario's, or else 0)
    #[arg(long, value_name = "NUMBER", value_parser = seed, allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// How to draw: `nuts` samples; `map` finds the mode and takes the normal distribution around it, in seconds
    #[arg(long, value_parser = PossibleValuesParser::new(["nuts", "map"]), default_value = "nuts")]
    pub method: String,
    /// Draw from the priors alone, and look at no statistic
    #[arg(long, conflicts_with_all = ["method", "resume"])]
    pub prior_only: bool,
    /// Use only what was published by the end of this year (or month, YYYY-MM), in the vintage of that time
    #[arg(long, value_name = "YEAR", value_parser = year)]
    pub until: Option<Month>,
    /// What to simulate: `nation` takes provinces together and then checks against every cell; `full` has every cell
    #[arg(long, value_parser = PossibleValuesParser::new(Resolution::EVERY.map(Resolution::name)), default_value = "nation")]
    pub resolution: String,
    /// Chains
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=64), default_value_t = 4)]
    pub chains: u16,
    /// Draws of each chain
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(10..=1_000_000), default_value_t = 1000)]
    pub draws: u32,
    /// Draws of each chain before those, in which the sampler learns its step
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(50..=1_000_000), default_value_t = 150)]
    pub warm_up: u32,
    /// Acceptance that steps aim at; higher takes smaller steps
    #[arg(long, value_name = "SHARE", value_parser = acceptance, default_value_t = 0.95)]
    pub acceptance: f64,
    /// Doublings of a path at most: each more lets the sampler go twice as far for a draw, at twice the cost
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=12), default_value_t = 4)]
    pub depth: u32,
    /// Draws in the compact posterior
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=100_000), default_value_t = 400)]
    pub keep: u32,
    /// Month at which sources are compared (default: December of the last statistic's year)
    #[arg(long, value_name = "YYYY-MM")]
    pub focus: Option<Month>,
    /// Do not take each source alone and leave it out
    #[arg(long)]
    pub no_sources: bool,
    /// Go on with a run that was stopped; its draws are those of an unbroken one
    #[arg(long)]
    pub resume: bool,
    /// Folder to write (default: output/calibrate-<scenario name>)
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace an earlier run in that folder; files that no run wrote are kept
    #[arg(long, short)]
    pub force: bool,
    /// Worker threads; results do not depend on it (default: one per core)
    #[arg(long, value_name = "COUNT", value_parser = threads)]
    pub threads: Option<usize>,
    /// What to print: words and tables, calibration.json, or draws.csv
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Also write each figure as PNG
    #[arg(long)]
    pub png: bool,
    /// Draw no figures
    #[arg(long, conflicts_with = "png")]
    pub no_figures: bool,
}

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Scenario file (TOML)
    pub scenario: PathBuf,
    #[command(flatten)]
    pub overrides: Overrides,
    /// Fail with exit code 4 when there are warnings
    #[arg(long)]
    pub strict: bool,
    /// What to print: words, everything as JSON, or the parameters as CSV
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Scenario file (TOML)
    pub scenario: PathBuf,
    #[command(flatten)]
    pub overrides: Overrides,
    /// What to hold it against (default: without overlays and --set, if there are any; else the file it extends)
    #[arg(long, value_name = "FILE")]
    pub base: Option<PathBuf>,
    /// What to print: words, or everything as JSON
    #[arg(long, value_parser = PossibleValuesParser::new(["table", "json"]), default_value = "table")]
    pub format: String,
}

/// Arguments of `new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// Name of the scenario, or path of its file (with --country, the country's code in small letters when left out)
    #[arg(required_unless_present = "country")]
    pub name: Option<PathBuf>,
    /// Code of a country, such as KHM: the scenario follows its figures in --panel
    #[arg(long, value_name = "CODE", requires = "panel")]
    pub country: Option<String>,
    /// Figures of all countries, as for `uptake forecast`
    #[arg(long, value_name = "FILE", requires = "country")]
    pub panel: Option<PathBuf>,
    /// Column of the figures, where the panel has several
    #[arg(long, value_name = "COLUMN", requires = "panel")]
    pub value_column: Option<String>,
    /// Table of populations, with columns for code, year and `population` (default: a million people)
    #[arg(long, value_name = "FILE", requires = "country")]
    pub population: Option<PathBuf>,
    /// Replace the file when it exists
    #[arg(long, short)]
    pub force: bool,
}

/// Arguments of `plot`.
#[derive(Debug, Args)]
#[allow(clippy::doc_markdown, reason = "help is read as it stands")]
pub struct PlotArgs {
    /// Folder written by `uptake run`
    #[arg(value_name = "OUTPUT_DIR")]
    pub folder: PathBuf,
    /// Folder to draw into (default: OUTPUT_DIR/figures)
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Draw into a folder that is not empty (only with --out)
    #[arg(long, short, requires = "out")]
    pub force: bool,
    /// Also write each figure as PNG
    #[arg(long)]
    pub png: bool,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
#[allow(clippy::doc_markdown, reason = "help is read as it stands")]
pub struct ReportArgs {
    /// Folders of results, or scenario files (TOML)
    #[arg(required = true, value_name = "OUTPUT_DIR|SCENARIO")]
    pub sources: Vec<PathBuf>,
    /// File to write
    #[arg(long, short, value_name = "FILE", default_value = "report.html")]
    pub out: PathBuf,
    /// Replace the file when it exists
    #[arg(long, short)]
    pub force: bool,
    /// Language of the report: English or Khmer
    #[arg(long, value_parser = PossibleValuesParser::new(crate::report::Language::CODES), default_value = "en")]
    pub lang: String,
    /// What comparisons are about (default: the first layer)
    #[arg(long, value_name = "NAME")]
    pub layer: Option<String>,
    /// Draw maps with the shapes of this GeoJSON file instead of tiles
    #[arg(long, value_name = "FILE", requires = "key")]
    pub geojson: Option<PathBuf>,
    /// Property of its features that names the region
    #[arg(long, value_name = "PROPERTY", requires = "geojson")]
    pub key: Option<String>,
    #[command(flatten)]
    pub overrides: Overrides,
    /// Worker threads; results do not depend on it (default: one per core)
    #[arg(long, value_name = "COUNT", value_parser = threads)]
    pub threads: Option<usize>,
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Scenario and policy files (TOML) on offer
    #[arg(value_name = "SCENARIO")]
    pub scenarios: Vec<PathBuf>,
    /// Address to listen on; only this machine reaches the default. Port 0: any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8017")]
    pub listen: std::net::SocketAddr,
    /// Also answer to requests for this host name; repeatable
    #[arg(long, value_name = "NAME")]
    pub host: Vec<String>,
    /// Show the page in the browser
    #[arg(long)]
    pub open: bool,
    /// Folder of the runs made from the page; several servers may share one
    #[arg(long, value_name = "DIR", default_value = super::serve::default_store().as_os_str())]
    pub store: PathBuf,
    /// Runs worked on at a time; others wait
    #[arg(long, value_name = "COUNT", value_parser = threads, default_value_t = 1)]
    pub workers: usize,
}

/// Arguments of `bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Scenario files (default: scenarios/benchmarks/networked-bass.toml, scenarios/cambodia.toml and scenarios/minimal.toml, where they are)
    pub scenarios: Vec<PathBuf>,
    /// Only this engine
    #[arg(long, value_parser = PossibleValuesParser::new(EngineKind::EVERY.map(EngineKind::name)))]
    pub engine: Option<String>,
    /// Members of the measured ensemble
    #[arg(long, value_name = "COUNT", value_parser = members, default_value_t = 8)]
    pub members: u32,
    /// Worker threads of the ensemble (default: one per core)
    #[arg(long, value_name = "COUNT", value_parser = threads)]
    pub threads: Option<usize>,
    /// Times each phase is measured; the median is told
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1000), default_value_t = 3)]
    pub repeats: u32,
    /// What to print: a table, or everything as JSON
    #[arg(long, value_parser = PossibleValuesParser::new(["table", "json"]), default_value = "table")]
    pub format: String,
}

/// Arguments of `rerun`.
#[derive(Debug, Args)]
pub struct RerunArgs {
    /// manifest.json of a run or comparison, or its folder
    pub manifest: PathBuf,
    /// Worker threads; results do not depend on it (default: one per core)
    #[arg(long, value_name = "COUNT", value_parser = threads)]
    pub threads: Option<usize>,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Folder to write one page per command into, instead of printing them
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Whether to colour a stream.
    pub fn applies(self, terminal: bool, plain: bool) -> bool {
        match self {
            Color::Auto => terminal && !plain,
            Color::Always => true,
            Color::Never => false,
        }
    }
}

/// The colour asked for, when the arguments as a whole could not be read.
pub fn color_before_parsing(args: &[OsString]) -> Color {
    let mut args = args.iter().filter_map(|arg| arg.to_str());
    while let Some(arg) = args.next() {
        let value = match arg {
            "--" => break,
            "--color" => args.next(),
            _ => arg.strip_prefix("--color="),
        };
        if let Some(color) = value.and_then(|value| Color::from_str(value, false).ok()) {
            return color;
        }
    }
    Color::Auto
}

pub fn key_and_value(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() && !value.trim().is_empty() => Ok(text.to_owned()),
        _ => Err("expected `key=value`, for instance `layer.internet.imitation=0.4`".to_owned()),
    }
}

/// A year stands for its December.
fn year(text: &str) -> Result<Month, String> {
    let wrong = || "expected years such as `2018,2020,2030`, or months such as `2018-06`".to_owned();
    let text = text.trim();
    if text.len() == 4
        && let Ok(year) = text.parse()
    {
        return Month::try_new(year, 12).map_err(|_| wrong());
    }
    text.parse().map_err(|_| wrong())
}

fn members(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(count @ 1..=1_000_000) => Ok(count),
        _ => Err("expected a whole number from 1 to 1000000".to_owned()),
    }
}

pub fn seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

fn acceptance(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.5..=0.999).contains(&share) => Ok(share),
        _ => Err("expected a number from 0.5 to 0.999".to_owned()),
    }
}

pub fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 1..=1024) => Ok(count),
        _ => Err("expected a whole number from 1 to 1024".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn named_options_come_after_set_and_are_valid_toml() {
        let args = ["uptake", "run", "x.toml", "--engine", "cohort", "--members", "5", "--seed", "9", "--set", "a.b=1"];
        let cli = Cli::try_parse_from(args).expect("parses");
        let Command::Run(run) = cli.command else { panic!("not a run") };
        assert_eq!(run.overrides.texts(), ["a.b=1", "run.members=5", "run.seed=9", "run.engine=\"cohort\""]);
    }

    #[test]
    fn every_command_has_an_example() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains(&format!("uptake {}", command.get_name())), "{}", command.get_name());
        }
    }

    #[test]
    fn colour_is_found_in_arguments_that_do_not_parse() {
        let find = |args: &[&str]| color_before_parsing(&args.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(find(&["uptake", "rnu", "--color=never"]), Color::Never);
        assert_eq!(find(&["uptake", "--color", "always", "rnu"]), Color::Always);
        assert_eq!(find(&["uptake", "--color", "mauve", "--", "--color=never"]), Color::Auto);
    }
}
