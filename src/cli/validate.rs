//! `uptake validate`: check a scenario, list what is assumed and what is doubtful.

use std::path::Path;

use super::args::{Format, ValidateArgs};
use super::failure::Failure;
use super::screen::Screen;
use super::words::wrapped;
use super::{Exit, scenario_file, words};
use crate::scenario::load::ParameterNote;
use crate::scenario::{self, Loaded, Verdict};

/// Runs the command.
pub fn run(args: &ValidateArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let path = args.scenario.as_path();
    scenario_file::find(path)?;
    let with = &args.overrides.with;
    with.iter().try_for_each(|overlay| scenario_file::find(overlay))?;
    let loaded = match scenario::load_with(path, with, &args.overrides.texts()) {
        Ok(loaded) => loaded,
        Err(errors) => {
            let failure = scenario_file::invalid(path, &errors, screen);
            if args.format == Format::Json {
                print_json(&Verdict::of_faults(&path.display().to_string(), &errors), screen)?;
            }
            return Err(failure);
        }
    };
    match args.format {
        Format::Table => write!(screen.out, "{}", told(path, &loaded, screen.width))?,
        Format::Json => print_json(&Verdict::of_loaded(&path.display().to_string(), &loaded), screen)?,
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

fn assumed(parameters: &[ParameterNote]) -> usize {
    parameters.iter().filter(|parameter| parameter.assumed).count()
}

/// Verdict, parameters, what is assumed, warnings.
fn told(path: &Path, loaded: &Loaded, width: usize) -> String {
    let parameters = &loaded.parameters;
    let mut text = format!("`{}` is valid: {}.\n", path.display(), loaded.scenario.title);
    if !parameters.is_empty() {
        text.push_str("\nIts numbers, each with its value and, below, where it comes from; * is assumed:\n");
        text.push_str(&list(parameters, width));
    }
    let count = match (assumed(parameters), parameters.len()) {
        (_, 0) => "It has no numbers of its own.".to_owned(),
        (0, all) => format!("None of its {} is assumed.", words::plural(all, "number")),
        (1, all) => format!("1 of {} is assumed, marked *.", words::plural(all, "number")),
        (assumed, all) => format!("{assumed} of {} are assumed, marked *.", words::plural(all, "number")),
    };
    text.push_str(&format!("\n{count}\n"));
    for warning in &loaded.warnings {
        text.push_str(&format!("warning: {}: {} [{}]\n", warning.place, warning.message, warning.name));
    }
    text
}

/// Columns before a source.
const INDENT: usize = 6;
/// Columns that a wrapped value gets at least.
const NARROWEST: usize = 24;

/// The source of a number that the file does not give.
const DEFAULT: &str = "default";

/// The parameters, a block for each section, driver and layer.
fn list(parameters: &[ParameterNote], width: usize) -> String {
    let mut text = String::new();
    let mut blocks: Vec<(&str, Vec<&ParameterNote>)> = Vec::new();
    for note in parameters {
        let section = section(&note.path);
        match blocks.iter_mut().find(|(known, _)| *known == section) {
            Some((_, block)) => block.push(note),
            None => blocks.push((section, vec![note])),
        }
    }
    for (_, block) in blocks {
        text.push('\n');
        let longest = block.iter().map(|note| note.path.chars().count()).max().unwrap_or(0);
        for note in block {
            let mark = if note.assumed { '*' } else { ' ' };
            let key = format!("{mark} {:longest$}  ", note.path);
            let value = match note.value.parse::<f64>() {
                Ok(_) => format!("{} {}", note.value, note.unit),
                Err(_) if note.unit.is_empty() => note.value.clone(),
                Err(_) => format!("{} [{}]", note.value, note.unit),
            };
            let value = if note.source == DEFAULT { format!("{value} (default)") } else { value };
            let column = key.chars().count();
            if column + NARROWEST <= width {
                text.push_str(&wrapped(&value, width, column, &key));
            } else {
                // The key alone fills the line; it is to be copied, so it stays in one piece.
                text.push_str(&format!("{}\n{}", key.trim_end(), wrapped(&value, width, 2 * INDENT, "")));
            }
            // The mark and the brackets say as much.
            if note.source != "assumed" && note.source != DEFAULT {
                text.push_str(&wrapped(&note.source, width, INDENT, ""));
            }
        }
    }
    text
}

/// `contacts`, `driver.coverage`, `layer.internet`, `intervention.rural-towers`: what a parameter belongs to.
fn section(path: &str) -> &str {
    let named = ["driver.", "layer.", "intervention."].iter().any(|kind| path.starts_with(kind));
    path.match_indices('.').nth(usize::from(named)).map_or(path, |(at, _)| &path[..at])
}

fn print_json(verdict: &Verdict, screen: &mut Screen<'_>) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(verdict).expect("a verdict holds no maps with odd keys");
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

#[cfg(test)]
mod tests {
    use super::*;

    fn note(path: &str, value: &str, unit: &str, source: &str) -> ParameterNote {
        let [path, value, unit, source] = [path, value, unit, source].map(str::to_owned);
        ParameterNote { assumed: source == "assumed", path, value, unit, source, place: String::new() }
    }

    #[test]
    fn numbers_are_listed_by_section_with_their_sources_below() {
        let notes = [
            note("contacts.household", "0.35", "weight", "assumed"),
            note("contacts.nation", "0.2", "weight", "command line"),
            note(
                "layer.internet.imitation",
                "lognormal, median 0.4, sigma 0.3",
                "per year",
                "a paper of 100 % of the words that there are",
            ),
            note("contacts.village", "0.4", "weight", "default"),
        ];
        let expected = "
* contacts.household  0.35 weight
  contacts.nation     0.2 weight
      command line
  contacts.village    0.4 weight (default)

  layer.internet.imitation  lognormal, median 0.4,
                            sigma 0.3 [per year]
      a paper of 100 % of the words that there are
";
        assert_eq!(list(&notes, 52), expected);
        assert_eq!(wrapped("a mere 29 % of it", 10, 0, ""), "a mere\n29 % of it\n");
        assert!(list(&notes, 40).contains("\n  layer.internet.imitation\n            lognormal, median 0.4, sigma\n"));
    }

    #[test]
    fn a_section_is_the_smallest_thing_with_a_name() {
        for (path, expected) in [
            ("population.total", "population"),
            ("layer.internet.access.ceiling", "layer.internet"),
            ("driver.coverage.urban", "driver.coverage"),
            ("intervention.rural-towers.driver.coverage.shift", "intervention.rural-towers"),
            ("seed", "seed"),
        ] {
            assert_eq!(section(path), expected);
        }
    }
}
