//! `uptake data`: published figures read, listed, shown and fetched.

mod fetch;
mod priors;
mod show;

use std::path::Path;

use comfy_table::CellAlignment;
use serde::Serialize;

use super::args::Format;
use super::failure::Failure;
use super::forecast_args::{DataCommand, ImportArgs, ListArgs};
use super::screen::{Screen, plain_table};
use super::words::{plural, wrapped};
use super::{Exit, panel_file};
use crate::data::read::read_vintages;
use crate::data::{Country, Panel, Vintages, flags, write_tidy};
use crate::output::{Existing, OutputError, write_file};

/// Points by which a figure must move between publications to be called revised.
const REVISION: f64 = 1.0;

/// Runs the command.
pub fn run(command: &DataCommand, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    match command {
        DataCommand::Import(args) => import(args, screen),
        DataCommand::List(args) => list(args, screen),
        DataCommand::Show(args) => show::run(args, screen),
        DataCommand::Priors(args) => priors::run(args, screen),
        DataCommand::Fetch(args) => fetch::run(args, screen),
    }
}

fn import(args: &ImportArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let reading = args.table.reading(panel_file::this_year());
    let mut panels: Vec<Panel> = Vec::new();
    for file in &args.files {
        for panel in read_vintages(file, &reading)?.all() {
            let vintage = panel.vintage.clone().or_else(|| args.vintage.clone());
            if panels.iter().any(|other| other.vintage == vintage) {
                let date = vintage.map_or("without a date".to_owned(), |date| format!("of {date}"));
                let error = anyhow::anyhow!("{} is a second publication {date}", file.display());
                return Err(Failure::new(Exit::Invalid, error)
                    .advise("import it alone; one file without a date may be given one with --vintage"));
            }
            panels.push(Panel { vintage, ..panel.clone() });
        }
    }
    panels.sort_by(|one, other| one.vintage.cmp(&other.vintage));
    deliver(&panels, args.out.as_deref(), args.force, screen)?;
    Ok(Exit::Ok)
}

/// Prints or writes panels as one plain table, and says what is in the newest, which is the last.
fn deliver(panels: &[Panel], out: Option<&Path>, force: bool, screen: &mut Screen<'_>) -> Result<(), Failure> {
    let text = write_tidy(panels);
    match out {
        None => write!(screen.out, "{text}")?,
        Some(path) => {
            let existing = if force { Existing::Replace } else { Existing::Refuse };
            write_file(path, text.as_bytes(), existing).map_err(|error| match error {
                OutputError::FileExists { .. } => {
                    Failure::new(Exit::Failed, error).advise("add --force to replace it, or choose another file")
                }
                other => other.into(),
            })?;
            writeln!(screen.out, "{}", path.display())?;
        }
    }
    let Some(panel) = panels.last() else { return Ok(()) };
    let flags = flags::of_panel(panel);
    let figures: usize = panel.countries.iter().map(|country| country.points.len()).sum();
    let mut said = format!("{} figures of {}", super::words::count(figures as f64), countries(panel.countries.len()));
    if panels.len() > 1 {
        said.push_str(&format!(" in the newest of {} publications", panels.len()));
    }
    if !flags.is_empty() {
        said.push_str(&format!("; doubtful: {}", panel_file::told(&flags)));
    }
    screen.remark("read:", &said);
    Ok(())
}

fn countries(count: usize) -> String {
    if count == 1 { "1 country".to_owned() } else { format!("{count} countries") }
}

/// One country of a list.
#[derive(Serialize)]
struct Row {
    iso3: String,
    country: String,
    figures: usize,
    first: Option<i32>,
    last: Option<i32>,
    last_value: Option<f64>,
    doubtful: Vec<String>,
}

impl Row {
    fn new(country: &Country, vintages: &Vintages) -> (Self, Vec<flags::Flag>) {
        let mut flags = flags::of_country(country);
        flags.extend(vintages.revisions(&country.iso3, REVISION));
        let row = Self {
            iso3: country.iso3.clone(),
            country: country.name.clone(),
            figures: country.points.len(),
            first: country.points.first().map(|point| point.year),
            last: country.points.last().map(|point| point.year),
            last_value: country.points.last().map(|point| point.value),
            doubtful: flags.iter().map(|flag| format!("{}: {flag}", flag.kind.name())).collect(),
        };
        (row, flags)
    }
}

fn list(args: &ListArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let vintages = read_vintages(&args.panel, &args.table.reading(panel_file::this_year()))?;
    let panel = vintages.newest();
    let rows: Vec<(Row, Vec<flags::Flag>)> =
        panel.countries.iter().map(|country| Row::new(country, &vintages)).collect();
    match args.format {
        Format::Json => {
            let rows: Vec<&Row> = rows.iter().map(|(row, _)| row).collect();
            let json = serde_json::to_string_pretty(&rows).expect("rows hold no maps with odd keys");
            writeln!(screen.out, "{json}")?;
        }
        Format::Csv => {
            writeln!(screen.out, "iso3,figures,first,last,last_value,doubtful")?;
            for (row, flags) in &rows {
                let whole = |year: Option<i32>| year.map(|year| year.to_string()).unwrap_or_default();
                let value = row.last_value.map(|value| value.to_string()).unwrap_or_default();
                let (first, last, count) = (whole(row.first), whole(row.last), flags.len());
                writeln!(screen.out, "{},{},{first},{last},{value},{count}", row.iso3, row.figures)?;
            }
        }
        Format::Table => {
            let mut table = plain_table(screen.width);
            table.set_header(["Code", "Country", "Figures", "Years", "Last", "Doubtful"]);
            for (row, flags) in &rows {
                let years = match (row.first, row.last) {
                    (Some(first), Some(last)) => format!("{first}-{last}"),
                    _ => String::new(),
                };
                let last = row.last_value.map(|value| format!("{value:.1}")).unwrap_or_default();
                let figures = row.figures.to_string();
                table.add_row([row.iso3.clone(), row.country.clone(), figures, years, last, panel_file::told(flags)]);
            }
            for column in [2, 4] {
                if let Some(column) = table.column_mut(column) {
                    column.set_cell_alignment(CellAlignment::Right);
                }
            }
            writeln!(screen.out, "{}", table.trim_fmt())?;
            let vintage = panel.vintage.as_ref().map(|date| format!(", published {date}")).unwrap_or_default();
            let more = match vintages.all().len() {
                1 => String::new(),
                count => format!("; {} in all", plural(count, "publication")),
            };
            let text = format!("{}{vintage}{more}.", countries(rows.len()));
            write!(screen.out, "\n{}", wrapped(&text, screen.width, 0, ""))?;
        }
    }
    Ok(Exit::Ok)
}
