//! `uptake validate`: check a scenario, list what is assumed and what is doubtful.

use std::path::Path;

use comfy_table::{ColumnConstraint, Table};
use serde::Serialize;

use super::args::{Format, ValidateArgs};
use super::failure::Failure;
use super::screen::{Screen, plain_table};
use super::{Exit, scenario_file, words};
use crate::scenario::load::{InputFile, ParameterNote, Warning};
use crate::scenario::{self, Fault, Loaded, ScenarioErrors};

/// What is known of a scenario, for programs.
#[derive(Serialize)]
struct Report<'a> {
    file: String,
    valid: bool,
    scenario: Option<&'a str>,
    title: Option<&'a str>,
    assumed: usize,
    faults: &'a [Fault],
    more_faults: usize,
    warnings: &'a [Warning],
    parameters: &'a [ParameterNote],
    inputs: &'a [InputFile],
}

/// Runs the command.
pub fn run(args: &ValidateArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let path = args.scenario.as_path();
    scenario_file::find(path)?;
    let loaded = match scenario::load(path, &args.overrides.texts()) {
        Ok(loaded) => loaded,
        Err(errors) => {
            let failure = scenario_file::invalid(path, &errors, screen);
            if args.format == Format::Json {
                print_json(&Report::of_faults(path, &errors), screen)?;
            }
            return Err(failure);
        }
    };
    match args.format {
        Format::Table => write!(screen.out, "{}", told(path, &loaded, screen.width))?,
        Format::Json => print_json(&Report::of_loaded(path, &loaded), screen)?,
        Format::Csv => print_csv(&loaded.parameters, screen)?,
    }
    if args.strict && !loaded.warnings.is_empty() {
        let count = words::plural(loaded.warnings.len(), "warning");
        return Err(Failure::new(
            Exit::CheckFailed,
            anyhow::anyhow!("`{}` has {count}, and --strict allows none", path.display()),
        )
        .advise("settle each warning in the file, or leave --strict away"));
    }
    Ok(Exit::Ok)
}

impl<'a> Report<'a> {
    fn of_faults(path: &Path, errors: &'a ScenarioErrors) -> Self {
        Self {
            file: path.display().to_string(),
            valid: false,
            scenario: None,
            title: None,
            assumed: 0,
            faults: &errors.faults,
            more_faults: errors.more,
            warnings: &[],
            parameters: &[],
            inputs: &[],
        }
    }

    fn of_loaded(path: &Path, loaded: &'a Loaded) -> Self {
        Self {
            file: path.display().to_string(),
            valid: true,
            scenario: Some(&loaded.scenario.name),
            title: Some(&loaded.scenario.title),
            assumed: assumed(&loaded.parameters),
            faults: &[],
            more_faults: 0,
            warnings: &loaded.warnings,
            parameters: &loaded.parameters,
            inputs: &loaded.inputs,
        }
    }
}

fn assumed(parameters: &[ParameterNote]) -> usize {
    parameters.iter().filter(|parameter| parameter.assumed).count()
}

/// Verdict, parameters, what is assumed, warnings.
fn told(path: &Path, loaded: &Loaded, width: usize) -> String {
    let parameters = &loaded.parameters;
    let mut text = format!("`{}` is valid: {}.\n", path.display(), loaded.scenario.title);
    if !parameters.is_empty() {
        text.push_str(&format!("\n{}\n", table(parameters, width).trim_fmt()));
    }
    let (assumed, all) = (assumed(parameters), words::plural(parameters.len(), "parameter"));
    text.push_str(&match assumed {
        0 => format!("\n{all}, none assumed.\n"),
        1 => format!("\n{all}; 1 is assumed, marked *.\n"),
        _ => format!("\n{all}; {assumed} are assumed, marked *.\n"),
    });
    for warning in &loaded.warnings {
        text.push_str(&format!("warning: {}: {} [{}]\n", warning.place, warning.message, warning.name));
    }
    text
}

fn table(parameters: &[ParameterNote], width: usize) -> Table {
    let mut table = plain_table(width);
    table.set_header(["", "Parameter", "Value", "Unit", "Source"]);
    for note in parameters {
        let mark = if note.assumed { "*" } else { "" };
        table.add_row([mark, &note.path, &note.value, &note.unit, &note.source]);
    }
    // Keys are to be copied, so they stay in one piece.
    if let Some(keys) = table.column_mut(1) {
        keys.set_constraint(ColumnConstraint::ContentWidth);
    }
    table
}

fn print_json(report: &Report<'_>, screen: &mut Screen<'_>) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(report).expect("a report holds no maps with odd keys");
    Ok(writeln!(screen.out, "{json}")?)
}

fn print_csv(parameters: &[ParameterNote], screen: &mut Screen<'_>) -> Result<(), Failure> {
    let mut table = csv::Writer::from_writer(&mut screen.out);
    let written = (|| {
        table.write_record(["path", "value", "unit", "source", "assumed", "place"])?;
        for note in parameters {
            let assumed = if note.assumed { "true" } else { "false" };
            table.write_record([&note.path, &note.value, &note.unit, &note.source, assumed, &note.place])?;
        }
        table.flush().map_err(csv::Error::from)
    })();
    Ok(written.map_err(anyhow::Error::from)?)
}
