//! `uptake new`: a commented scenario to start from.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::args::NewArgs;
use super::failure::Failure;
use super::screen::Screen;
use super::{Exit, panel_file};
use crate::calibration::{Resolution, Sampling, Settings, Task, Watch};
use crate::data::read::Measure;
use crate::data::{Columns, Reading, read};
use crate::fit::Method;
use crate::forecast::priors;
use crate::output::calibration::write_posterior;
use crate::output::{Existing, OutputError, write_file};
use crate::scenario::{self, Beginning};

/// Last simulated year of a country's scenario.
const END: i32 = 2035;
/// Latest year that a table of populations may project to.
const LAST_PROJECTION: i32 = 2150;
/// Posterior draws written beside a country's scenario.
const DRAWS: usize = 400;

/// Runs the command.
pub fn run(args: &NewArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let (name, path) = name_and_path(args)?;
    let existing = Existing::replace_if(args.force);
    let refused = |error| match error {
        OutputError::FileExists { .. } => {
            Failure::new(Exit::Failed, error).advise("add --force to replace it, or choose another name")
        }
        other => other.into(),
    };
    let shown = path.display();
    match (&args.country, &args.panel) {
        (Some(code), Some(panel)) => {
            let mut known = country(args, &name, code, panel, screen)?;
            let draws = path.with_extension("posterior.csv");
            let both = [&path, &draws];
            if let Some(there) = both.into_iter().find(|path| existing == Existing::Refuse && path.exists()) {
                return Err(refused(OutputError::FileExists { path: there.clone() }));
            }
            if let Some(posterior) = posterior(&known, screen)? {
                known.posterior = Some(file_name(&draws));
                write_file(&draws, &posterior, existing).map_err(refused)?;
                screen.remark("posterior:", &format!("{DRAWS} draws in {}", draws.display()));
            }
            write_file(&path, scenario::of_country(&known).as_bytes(), existing).map_err(refused)?;
        }
        _ => write_file(&path, scenario::starter(&name).as_bytes(), existing).map_err(refused)?,
    }
    writeln!(screen.out, "{shown}")?;
    screen.remark(
        "next:",
        &format!("edit it, check it with `uptake validate {shown}`, run it with `uptake run {shown}`"),
    );
    Ok(Exit::Ok)
}

/// What a panel says of a country.
fn country(args: &NewArgs, name: &str, code: &str, file: &Path, screen: &mut Screen<'_>) -> Result<Beginning, Failure> {
    let columns = Columns { value: args.value_column.clone(), ..Columns::default() };
    let panel = read(file, &Reading { columns, latest: panel_file::this_year(), ..Reading::default() })?;
    let country = panel_file::country(&panel, code)?;
    let fit = priors::fit(country, &priors::pooled()).ok_or_else(|| {
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
    let vintage = panel.vintage.as_ref().map(|date| format!(", published {date}")).unwrap_or_default();
    screen.remark(
        "fitted:",
        &format!(
            "{} figures from {} on, to {:.1} points (root mean square); ceiling {:.0} %",
            fit.figures,
            fit.start,
            fit.error * 100.0,
            fit.ceiling.median * 100.0
        ),
    );
    Ok(Beginning {
        name: name.to_owned(),
        country: country.name.clone(),
        start: fit.start,
        initial: fit.initial,
        end,
        population,
        population_source,
        ceiling: fit.ceiling.median,
        figures: country
            .points
            .iter()
            .filter(|point| point.year > fit.start)
            .map(|point| (point.year, point.value / 100.0))
            .collect(),
        figures_source: format!("{}{vintage}", file_name(file)),
        posterior: None,
    })
}

/// Draws of the country's numbers that fit its figures, as a scenario reads them; `None` when there is nothing to fit.
fn posterior(known: &Beginning, screen: &Screen<'_>) -> Result<Option<Vec<u8>>, Failure> {
    if known.figures.is_empty() {
        return Ok(None);
    }
    let folder = tempfile::tempdir().context("no place for a temporary file")?;
    let path = folder.path().join("scenario.toml");
    std::fs::write(&path, scenario::of_country(known)).context("no place for a temporary file")?;
    let loaded = scenario::load(&path, &[]).map_err(anyhow::Error::new)?;
    let settings = Settings {
        method: Method::Map,
        sampling: Sampling { chains: 1, draws: DRAWS, ..Sampling::default() },
        resolution: Resolution::Nation,
        until: None,
        keep: DRAWS,
        by_source: false,
        focus: None,
    };
    let watch = Watch { progress: &|_, _| {}, cancel: screen.watch_interrupts(), threads: None };
    let outcome = Task::new(&loaded.scenario, settings)?.run(&loaded.scenario, Vec::new(), &watch)?;
    let mut bytes = Vec::new();
    write_posterior(&outcome.fit, &outcome.posterior, &mut bytes)?;
    Ok(Some(bytes))
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
