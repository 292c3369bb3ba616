//! Arguments of `data`, `forecast` and `backtest`, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args::Format;
use crate::data::read::Measure;
use crate::data::{Columns, Reading};

/// How a plain table is read; shared by the commands that read one.
#[derive(Debug, Args)]
pub struct TableArgs {
    /// Column of the country codes (default: iso3, code ...)
    #[arg(long, value_name = "COLUMN")]
    pub code_column: Option<String>,
    /// Column of the years (default: year)
    #[arg(long, value_name = "COLUMN")]
    pub year_column: Option<String>,
    /// Column of the figures (default: value, or the only other one)
    #[arg(long, value_name = "COLUMN")]
    pub value_column: Option<String>,
    /// Character between columns: one character, or `tab` (default: a comma)
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub delimiter: Option<u8>,
    /// The figures are shares from 0 to 1, not percent
    #[arg(long)]
    pub shares: bool,
}

impl TableArgs {
    /// How to read, where no figure may be for a year after `latest`.
    pub fn reading(&self, latest: i32) -> Reading {
        let columns = Columns {
            code: self.code_column.clone(),
            year: self.year_column.clone(),
            value: self.value_column.clone(),
            delimiter: self.delimiter,
        };
        let measure = if self.shares { Measure::Share } else { Measure::Percent };
        Reading { columns, measure, latest }
    }
}

/// The countries' figures, and what else is known of the countries.
#[derive(Debug, Args)]
pub struct PanelArgs {
    /// Figures of all countries: the World Bank's CSV, zip or JSON, Our World in Data's CSV, or a plain table
    #[arg(long, value_name = "FILE")]
    pub panel: PathBuf,
    #[command(flatten)]
    pub table: TableArgs,
    /// Table with further columns by country and year that may help: income, mobile subscriptions
    #[arg(long, value_name = "FILE", requires = "covariate")]
    pub covariates: Option<PathBuf>,
    /// A column of that table to use; repeatable
    #[arg(long, value_name = "COLUMN", requires = "covariates")]
    pub covariate: Vec<String>,
}

/// Arguments of `forecast`.
#[derive(Debug, Args)]
pub struct ForecastArgs {
    #[command(flatten)]
    pub panel: PanelArgs,
    /// Code of the country, such as KHM; repeatable
    #[arg(long, value_name = "CODE", required = true)]
    pub country: Vec<String>,
    /// Last year forecast (default: eight years after the origin)
    #[arg(long, value_name = "YEAR")]
    pub to: Option<i32>,
    /// Last year whose figures are used, of any country (default: the country's last figure)
    #[arg(long, value_name = "YEAR")]
    pub origin: Option<i32>,
    /// Method
    #[arg(long, value_name = "NAME", default_value = "uptake")]
    pub model: String,
    /// Leave out the track record, which takes most of the time
    #[arg(long)]
    pub no_track_record: bool,
    #[command(flatten)]
    pub folder: super::person_args::Folder,
    /// What to print: words and a table, JSON, or the quantiles as CSV
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Worker threads; results do not depend on it (default: one per core)
    #[arg(long, value_name = "COUNT", value_parser = super::args::threads)]
    pub threads: Option<usize>,
}

/// Arguments of `backtest`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "a table of flags")]
pub struct BacktestArgs {
    #[command(flatten)]
    pub panel: PanelArgs,
    /// Last years whose figures may be used (default: 2005,2008,2010,2012,2015,2017; with --real-time, every year of a publication)
    #[arg(long, value_name = "YEARS", value_delimiter = ',')]
    pub origins: Vec<i32>,
    /// Years forecast after each origin
    #[arg(long, value_name = "YEARS", value_parser = clap::value_parser!(u32).range(1..=30), default_value_t = 8)]
    pub horizon: u32,
    /// Fewest figures above zero that a country must have at an origin
    #[arg(long, value_name = "COUNT", default_value_t = 6)]
    pub min_history: usize,
    /// Only forecast these countries; all are learned from
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub countries: Vec<String>,
    /// Only these methods; the first is held against the others (default: all)
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub models: Vec<String>,
    /// Use the figures as published on this date (YYYY-MM-DD), of a table with a column `vintage` (default: the newest)
    #[arg(long, value_name = "DATE", conflicts_with = "real_time")]
    pub vintage: Option<String>,
    /// At each origin use only what had been published by the end of that year; needs a column `vintage`
    #[arg(long)]
    pub real_time: bool,
    /// Folder to write (default: output/backtest)
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace what stands in that folder
    #[arg(long, short)]
    pub force: bool,
    /// Also write each figure as PNG
    #[arg(long)]
    pub png: bool,
    /// Draw no figures
    #[arg(long, conflicts_with = "png")]
    pub no_figures: bool,
    /// What to print: tables, backtest.json, or scores.csv
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Worker threads; results do not depend on it (default: one per core)
    #[arg(long, value_name = "COUNT", value_parser = super::args::threads)]
    pub threads: Option<usize>,
}

/// Arguments of `data`.
#[derive(Debug, Args)]
pub struct DataArgs {
    /// What to do
    #[command(subcommand)]
    pub command: DataCommand,
}

/// What may be done with published figures.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Turn a download into a plain table
    #[command(
        after_help = "Examples:\n  uptake data import API_IT.NET.USER.ZS_DS2_en_csv_v2.zip --out internet.csv\n  uptake data import june.zip december.zip --out vintages.csv"
    )]
    Import(ImportArgs),
    /// List the countries of a panel: how many figures, from when to when, what is doubtful
    #[command(after_help = "Example:\n  uptake data list --panel internet.csv")]
    List(ListArgs),
    /// Show one country's figures with a small plot, and what is doubtful
    #[command(after_help = "Example:\n  uptake data show KHM --panel internet.csv")]
    Show(ShowArgs),
    /// Measure over the countries of a panel how the parameters of the simulator's law are spread
    #[command(after_help = "Example:\n  uptake data priors --panel internet.csv")]
    Priors(ListArgs),
    /// Fetch an indicator of all countries from the World Bank
    #[command(after_help = "Example:\n  uptake data fetch --indicator IT.NET.USER.ZS --out internet.csv")]
    Fetch(FetchArgs),
}

/// Arguments of `data import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Downloads: the World Bank's CSV, zip or JSON, Our World in Data's CSV, or a plain table; several of different days of
    /// publication are put side by side
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub table: TableArgs,
    /// Day of publication to note with the figures, where a file has none
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = date)]
    pub vintage: Option<String>,
    /// File to write (default: print)
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace that file
    #[arg(long, short, requires = "out")]
    pub force: bool,
}

/// Arguments of `data list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The panel
    #[arg(long, value_name = "FILE")]
    pub panel: PathBuf,
    #[command(flatten)]
    pub table: TableArgs,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Arguments of `data show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// Code of the country, such as KHM
    pub country: String,
    #[command(flatten)]
    pub list: ListArgs,
}

/// Arguments of `data fetch`.
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// Code of the World Bank's indicator
    #[arg(long, value_name = "CODE", default_value = "IT.NET.USER.ZS")]
    pub indicator: String,
    /// File to write (default: print)
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace that file
    #[arg(long, short, requires = "out")]
    pub force: bool,
    /// Folder that answers are kept in, each under its day of publication
    #[arg(long, value_name = "DIR", default_value = "output/fetched")]
    pub cache: PathBuf,
    /// Take the newest answer kept there, and ask nobody
    #[arg(long)]
    pub offline: bool,
    /// Address of the service
    #[arg(long, value_name = "URL", default_value = "https://api.worldbank.org/v2")]
    pub address: String,
    /// Seconds to wait for one answer
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600), default_value_t = 30)]
    pub timeout: u64,
    /// Times to try again when the service does not answer
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(0..=10), default_value_t = 3)]
    pub retries: u32,
    /// The figures may be any numbers, not only percent
    #[arg(long)]
    pub any_number: bool,
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "tab" | "\\t" | "\t" => Ok(b'\t'),
        text if text.len() == 1 => Ok(text.as_bytes()[0]),
        _ => Err("expected one character, such as ';', or `tab`".to_owned()),
    }
}

fn date(text: &str) -> Result<String, String> {
    let parts: Vec<Option<u32>> = text.split('-').map(|part| part.parse().ok()).collect();
    match parts.as_slice() {
        [Some(1900..=2999), Some(1..=12), Some(1..=31)] if text.len() == 10 => Ok(text.to_owned()),
        _ => Err("expected a date such as 2025-12-08".to_owned()),
    }
}
