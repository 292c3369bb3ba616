//! From arguments to scenarios that can be compared: which is the baseline, at which years, about which layer.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::args::CompareArgs;
use super::super::failure::Failure;
use super::super::screen::Screen;
use super::super::{Exit, scenario_file};
use crate::comparison::{Comparison, Costs, Outcome};
use crate::scenario::{Frequency, Loaded, Scenario};
use crate::series::{Group, LayerLabel};
use crate::units::Month;

/// Scenarios to compare.
pub struct Settled {
    /// Their files, in order.
    pub files: Vec<PathBuf>,
    /// The scenarios, likewise.
    pub loaded: Vec<Loaded>,
    /// Position of the baseline.
    pub baseline: usize,
}

/// Loads every scenario and finds the baseline.
pub fn scenarios(args: &CompareArgs, screen: &mut Screen<'_>) -> Result<Settled, Failure> {
    let mut files: Vec<PathBuf> = Vec::new();
    for file in &args.scenarios {
        if files.iter().any(|other| same_file(other, file)) {
            screen.remark("note:", &format!("`{}` is given twice and compared once", file.display()));
        } else {
            files.push(file.clone());
        }
    }
    // A file may be the baseline without being one of the scenarios; a name cannot.
    let given = args.baseline.as_deref().map(Path::new).filter(|path| path.is_file());
    let mut baseline = given.and_then(|path| files.iter().position(|file| same_file(file, path)));
    if let (Some(path), None) = (given, baseline) {
        files.insert(0, path.to_owned());
        baseline = Some(0);
    }
    if files.len() < 2 {
        let error =
            anyhow::anyhow!("`{}` alone cannot be compared, expected two scenarios or more", files[0].display());
        return Err(Failure::new(Exit::Usage, error)
            .advise("name a second scenario, or what to hold it against with --baseline FILE"));
    }
    let loaded = load(&files, &args.overrides.with, &args.overrides.texts(), screen)?;
    check_names(&files, &loaded)?;
    let baseline = match (baseline, &args.baseline) {
        (Some(position), _) => position,
        (None, None) => 0,
        (None, Some(name)) => by_name(name, &loaded)?,
    };
    Ok(Settled { files, loaded, baseline })
}

/// Loads scenarios in order; a warning that several share is shown once.
pub fn load(
    files: &[PathBuf],
    overlays: &[PathBuf],
    overrides: &[String],
    screen: &mut Screen<'_>,
) -> Result<Vec<Loaded>, Failure> {
    let mut loaded: Vec<Loaded> = Vec::new();
    for file in files {
        let next = scenario_file::open(file, overlays, overrides, screen)?;
        let new = next.warnings.iter().filter(|warning| !loaded.iter().any(|before| before.warnings.contains(warning)));
        scenario_file::warn(file, new, screen);
        loaded.push(next);
    }
    Ok(loaded)
}

fn same_file(one: &Path, other: &Path) -> bool {
    one == other || matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

/// Names tell the scenarios apart in tables and files, so each has its own.
fn check_names(files: &[PathBuf], loaded: &[Loaded]) -> Result<(), Failure> {
    for (position, one) in loaded.iter().enumerate() {
        let name = &one.scenario.name;
        if let Some(other) = loaded[..position].iter().position(|other| other.scenario.name == *name) {
            let (first, second) = (files[other].display(), files[position].display());
            let error = anyhow::anyhow!("`{first}` and `{second}` are both called `{name}`; nothing was written");
            return Err(Failure::new(Exit::Invalid, error)
                .advise(format!("set another `name = \"...\"` at the top of `{second}`")));
        }
    }
    Ok(())
}

fn by_name(name: &str, loaded: &[Loaded]) -> Result<usize, Failure> {
    loaded.iter().position(|one| one.scenario.name == name).ok_or_else(|| {
        let names: Vec<String> = loaded.iter().map(|one| format!("`{}`", one.scenario.name)).collect();
        let error = anyhow::anyhow!("`--baseline {name}` is neither a file nor the name of one of the scenarios");
        Failure::new(Exit::Usage, error).advise(format!("choose a file, or one of {}", names.join(", ")))
    })
}

/// The layer to speak of.
pub fn layer(name: Option<&str>, scenario: &Scenario) -> Result<usize, Failure> {
    let Some(name) = name else { return Ok(0) };
    scenario.layers.iter().position(|layer| layer.name == name).ok_or_else(|| {
        let names: Vec<String> = scenario.layers.iter().map(|layer| format!("`{}`", layer.name)).collect();
        let error = anyhow::anyhow!("`--layer {name}` is not a layer of the baseline");
        Failure::new(Exit::Usage, error).advise(format!("choose one of {}", names.join(", ")))
    })
}

/// The chosen years, increasing: those asked for, each of them reported, or else the default.
pub fn years(asked: &[Month], dates: &[Month], settled: &Settled) -> Result<Vec<Month>, Failure> {
    let baseline = &settled.loaded[settled.baseline].scenario;
    if asked.is_empty() {
        return Ok(default_years(dates, first_start(settled)));
    }
    let mut years = asked.to_vec();
    years.sort();
    years.dedup();
    if let Some(year) = years.iter().find(|year| !dates.contains(year)) {
        let span = baseline.time;
        let error = anyhow::anyhow!("`--years`: {year} is not a reported month of {} to {}", span.start, span.end);
        let advice = match baseline.outputs.frequency {
            Frequency::Monthly => "choose months of that span",
            Frequency::Annual => {
                "choose years of that span (their Decembers are meant), or report every month with \
                 --set 'outputs.frequency=\"monthly\"'"
            }
        };
        return Err(Failure::new(Exit::Usage, error).advise(advice));
    }
    Ok(years)
}

/// When the first intervention starts that the baseline does not have; without any, the month of the latest published
/// statistic, or else the start of the run.
fn first_start(settled: &Settled) -> Month {
    let baseline = &settled.loaded[settled.baseline].scenario;
    let interventions = settled.loaded.iter().flat_map(|one| &one.scenario.interventions);
    let new = interventions.filter(|one| !baseline.interventions.contains(one));
    let known = baseline.observations.iter().map(|statistic| statistic.date);
    new.map(|one| one.start).min().or_else(|| known.max()).unwrap_or(baseline.time.start)
}

/// The first December with a year of effect, the last December, and one halfway; the last date where there is no
/// December.
fn default_years(dates: &[Month], start: Month) -> Vec<Month> {
    let decembers: Vec<Month> = dates.iter().copied().filter(|date| date.month() == 12).collect();
    let Some(&last) = decembers.last() else { return dates.last().copied().into_iter().collect() };
    // From the start of January to the end of December is a year.
    let first = decembers.iter().copied().find(|date| date.months_since(start) >= 11).unwrap_or(last);
    let halfway = first.plus(12 * ((last.year() - first.year()) / 2));
    let mut years = vec![first, halfway, last];
    years.retain(|year| decembers.contains(year));
    years.dedup();
    years
}

/// The comparison without its numbers: enough to say which figures it has.
pub fn outline(settled: &Settled, groups: Vec<Group>, dates: Vec<Month>, years: &[Month]) -> Comparison {
    let baseline = &settled.loaded[settled.baseline].scenario;
    let scenarios = || settled.loaded.iter().map(|one| &one.scenario);
    let costs = |scenario: &Scenario| {
        let cost = scenario.interventions.iter().find_map(|intervention| intervention.cost.as_ref())?;
        Some(Costs {
            currency: cost.currency.clone(),
            price_year: cost.price_year,
            without: Vec::new(),
            total: Vec::new(),
            per_user: Vec::new(),
            per_user_year: Vec::new(),
        })
    };
    Comparison {
        engine: baseline.run.engine.name().to_owned(),
        members: baseline.run.members as usize,
        seed: baseline.run.seed,
        baseline: settled.baseline,
        layers: baseline
            .layers
            .iter()
            .map(|layer| LayerLabel { name: layer.name.clone(), title: layer.title.clone() })
            .collect(),
        victims: scenarios().find_map(|scenario| scenario.victimisation.as_ref().map(|v| v.layer)),
        groups,
        chosen: years.iter().filter_map(|year| dates.iter().position(|date| date == year)).collect(),
        dates,
        outcomes: scenarios()
            .map(|scenario| Outcome {
                name: scenario.name.clone(),
                title: scenario.title.clone(),
                description: scenario.description.clone(),
                levels: Vec::new(),
                differences: Vec::new(),
                totals: Vec::new(),
                cost: costs(scenario),
                milestones: Vec::new(),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_years_are_spread_over_the_time_with_effect() {
        let month = |year, month| Month::try_new(year, month).expect("a month");
        let dates: Vec<Month> = (2000..=2035).map(|year| month(year, 12)).collect();
        let years = |start| default_years(&dates, start).iter().map(|year| year.year()).collect::<Vec<_>>();
        assert_eq!(years(month(2017, 1)), [2017, 2026, 2035]);
        // A policy of February has had no full year by December.
        assert_eq!(years(month(2017, 2)), [2018, 2026, 2035]);
        assert_eq!(years(month(2034, 1)), [2034, 2035]);
        assert_eq!(years(month(2035, 6)), [2035]);
        assert_eq!(default_years(&[month(2016, 1), month(2016, 5)], month(2016, 1)), [month(2016, 5)]);
        assert_eq!(default_years(&[], month(2016, 1)), []);
    }
}
