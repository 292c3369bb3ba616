//! `uptake new`: a commented scenario to start from.

use std::path::{Path, PathBuf};

use super::args::NewArgs;
use super::failure::Failure;
use super::screen::Screen;
use super::{Exit, panel_file};
use crate::data::read::Measure;
use crate::data::{Columns, Reading, read};
use crate::forecast::priors;
use crate::output::{Existing, OutputError, write_file};
use crate::scenario::{self, Beginning, Uncertain};

/// Last simulated year of a country's scenario.
const END: i32 = 2035;
/// Latest year that a table of populations may project to.
const LAST_PROJECTION: i32 = 2150;

/// Runs the command.
pub fn run(args: &NewArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let (name, path) = name_and_path(args)?;
    let existing = if args.force { Existing::Replace } else { Existing::Refuse };
    let text = match (&args.country, &args.panel) {
        (Some(code), Some(panel)) => country(args, &name, code, panel, screen)?,
        _ => scenario::starter(&name),
    };
    write_file(&path, text.as_bytes(), existing).map_err(|error| match error {
        OutputError::FileExists { .. } => {
            Failure::new(Exit::Failed, error).advise("add --force to replace it, or choose another name")
        }
        other => other.into(),
    })?;
    let shown = path.display();
    writeln!(screen.out, "{shown}")?;
    screen.remark(
        "next:",
        &format!("edit it, check it with `uptake validate {shown}`, run it with `uptake run {shown}`"),
    );
    Ok(Exit::Ok)
}

/// The scenario of a country, from its figures and what those of all countries say.
fn country(args: &NewArgs, name: &str, code: &str, file: &Path, screen: &mut Screen<'_>) -> Result<String, Failure> {
    let columns = Columns { value: args.value_column.clone(), ..Columns::default() };
    let panel = read(file, &Reading { columns, latest: panel_file::this_year(), ..Reading::default() })?;
    let country = panel_file::country(&panel, code)?;
    let measured = priors::estimate(&panel);
    let prior = measured.unwrap_or_else(priors::pooled);
    let fit = priors::fit(country, &prior).ok_or_else(|| {
        let error = anyhow::anyhow!("no figure of {} reaches 0.5 %: there is nothing to start from", country.iso3);
        Failure::new(Exit::Invalid, error).advise(format!("write a scenario by hand from `uptake new {name}`"))
    })?;
    let end = END.max(country.points.last().map_or(END, |point| point.year) + 5);
    let (population, population_source) = match &args.population {
        None => {
            screen.remark("note:", "no --population: the scenario has a million people, so its shares mean something and its counts do not");
            (vec![(fit.start, 1e6)], None)
        }
        Some(path) => {
            let columns = Columns { value: Some("population".to_owned()), ..Columns::default() };
            let people = read(path, &Reading { columns, measure: Measure::Any, latest: LAST_PROJECTION })?;
            let people = panel_file::country(&people, &country.iso3)?;
            let within = people.points.iter().filter(|point| (fit.start..=end + 1).contains(&point.year));
            let population: Vec<(i32, f64)> = within.map(|point| (point.year, point.value)).collect();
            if population.is_empty() {
                let error =
                    anyhow::anyhow!("`{}` has no population of {} from {} on", path.display(), country.iso3, fit.start);
                return Err(Failure::new(Exit::Invalid, error));
            }
            (population, Some(file_name(path)))
        }
    };
    let ceiling = fit.ceiling.median;
    let how = match measured {
        Some(prior) => format!("fitted to its figures with a prior from {} countries of the panel", prior.countries),
        None => "fitted to its figures with the shipped prior of 101 countries".to_owned(),
    };
    let vintage = panel.vintage.as_ref().map(|date| format!(", published {date}")).unwrap_or_default();
    screen.remark(
        "fitted:",
        &format!(
            "{} figures from {} on, to {:.1} points (root mean square); ceiling {:.0} %",
            fit.figures,
            fit.start,
            fit.error * 100.0,
            ceiling * 100.0
        ),
    );
    Ok(scenario::of_country(&Beginning {
        name: name.to_owned(),
        country: country.name.clone(),
        start: fit.start,
        initial: fit.initial,
        end,
        population,
        population_source,
        innovation: Uncertain { median: fit.innovation.median, sigma: fit.innovation.sigma },
        imitation: Uncertain { median: fit.imitation.median, sigma: fit.imitation.sigma },
        // The slope of the logistic turns a spread of the logit into one of the share.
        ceiling: (ceiling, ceiling * (1.0 - ceiling) * fit.ceiling.sigma),
        figures: country
            .points
            .iter()
            .filter(|point| point.year > fit.start)
            .map(|point| (point.year, point.value / 100.0))
            .collect(),
        figures_source: format!("{}{vintage}", file_name(file)),
        parameters_source: how,
    }))
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// `laos`, `laos.toml` and `scenarios/laos.toml` all name the scenario `laos`.
fn name_and_path(args: &NewArgs) -> Result<(String, PathBuf), Failure> {
    let mut path =
        args.name.clone().or_else(|| args.country.as_ref().map(|code| code.to_lowercase().into())).unwrap_or_default();
    if path.extension().is_none_or(|extension| extension != "toml") {
        path.as_mut_os_string().push(".toml");
    }
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if name.starts_with(plain) && name.chars().all(|c| plain(c) || c == '-' || c == '_') {
        return Ok((name, path));
    }
    let error = anyhow::anyhow!(
        "`{name}` cannot name a scenario, expected small letters, digits, `-` and `_`, beginning with a letter or digit"
    );
    let near: String = name
        .to_lowercase()
        .chars()
        .map(|c| if plain(c) || c == '-' || c == '_' { c } else { '-' })
        .collect::<String>()
        .trim_matches(['-', '_'])
        .to_owned();
    let failure = Failure::new(Exit::Usage, error);
    Err(if near.is_empty() { failure } else { failure.advise(format!("try `uptake new {near}`")) })
}
