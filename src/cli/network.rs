//! `uptake network`: how the people of a scenario are tied to each other.

use std::sync::atomic::Ordering;

use comfy_table::CellAlignment;

use super::args::Format;
use super::failure::{Failure, interrupted};
use super::person_args::NetworkArgs;
use super::produce::{input_records, write_figures};
use super::screen::{Screen, plain_table};
use super::words::wrapped;
use super::{Exit, scenario_file, words};
use crate::engine::World;
use crate::engine::agent::society;
use crate::network::measure::{Effort, Measured, measure};
use crate::output::manifest::Program;
use crate::output::network::{NETWORK_REPORT, NETWORK_TABLE, numbers};
use crate::output::{FIGURES, NetworkReport, Staging, check_target};
use crate::plot::{Caption, network_figure};

use crate::scenario::{Loaded, Network, Scenario};

/// Runs the command.
pub fn run(args: &NetworkArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let existing = args.folder.existing();
    let with = &args.overrides.with;
    let loaded = scenario_file::load(&args.scenario, with, &args.overrides.texts(), screen)?;
    if let Some(out) = &args.folder.out {
        check_target(out, existing)?;
    }
    let scenario = &loaded.scenario;
    let persons = args.sample as usize;
    let effort = Effort { persons, sources: persons, seed: scenario.run.seed, ..Effort::default() };
    let (measured, label) = measured(scenario, &effort)?;
    let report = report(&loaded, &measured, label);
    match args.format {
        Format::Table => write!(screen.out, "{}", told(&report, &measured, screen.width))?,
        Format::Json => write!(screen.out, "{}", report.to_json())?,
        Format::Csv => report.write_table(&mut screen.out)?,
    }
    if let Some(out) = &args.folder.out {
        let stop = screen.watch_interrupts();
        let mut staging = Staging::create(out, existing)?;
        staging.write(NETWORK_REPORT, report.to_json().as_bytes())?;
        staging.write_with(NETWORK_TABLE, |table| report.write_table(table))?;
        let caption = Caption {
            title: report.title.clone(),
            network: report.network.clone(),
            scenario: report.scenario.clone(),
            seed: report.seed,
        };
        write_figures(vec![network_figure(&measured, &caption)?], args.folder.png, |name, bytes| {
            Ok(staging.write(&format!("{FIGURES}/{name}"), bytes)?)
        })?;
        if stop.load(Ordering::SeqCst) {
            return Err(interrupted());
        }
        for file in staging.commit()? {
            screen.remark("wrote:", &out.join(&file.path).display().to_string());
        }
    }
    Ok(Exit::Ok)
}

/// What the ties of a scenario's people are like when it begins, and what labels divide the people by, if they do.
fn measured(scenario: &Scenario, effort: &Effort) -> Result<(Measured, Option<&'static str>), Failure> {
    if scenario.network == Network::Uniform {
        let error = anyhow::anyhow!(
            "`{}` has no ties to measure: in a network of kind `uniform` whoever is looked at is anyone, anew at each look",
            scenario.name
        );
        return Err(Failure::new(Exit::Invalid, error)
            .advise("choose a kind with lasting ties, for instance --set network.kind=households"));
    }
    let world = World::new(scenario);
    let people = society(&world, scenario.run.seed);
    let divided = world.demography.grid.residences.len() > 1;
    let residence = |person: u64| people.residence_of(person);
    let label: Option<&(dyn Fn(u64) -> usize + Sync)> = if divided { Some(&residence) } else { None };
    Ok((measure(&people, label, effort), divided.then_some("residence")))
}

fn report(loaded: &Loaded, measured: &Measured, label: Option<&str>) -> NetworkReport {
    let scenario = &loaded.scenario;
    let note = loaded.parameters.iter().find(|note| note.path == "network");
    let (network, source) = note.map_or_else(Default::default, |note| (note.value.clone(), note.source.clone()));
    NetworkReport {
        program: Program::this(),
        scenario: scenario.name.clone(),
        title: scenario.title.clone(),
        network,
        source,
        seed: scenario.run.seed,
        label: label.map(str::to_owned),
        statistics: numbers(measured, label),
        inputs: input_records(loaded),
    }
}

/// Sentences and a table.
fn told(report: &NetworkReport, measured: &Measured, width: usize) -> String {
    let mut text = wrapped(&sentences(report, measured), width, 0, "");
    let mut table = plain_table(width);
    table.set_header(["Statistic", "Value", "People looked at"]);
    for (name, value, on) in rows(measured, report.label.as_deref()) {
        table.add_row([name, value, words::count(on as f64)]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    text.push_str(&format!("\n{}\n", table.trim_fmt()));
    text
}

fn sentences(report: &NetworkReport, measured: &Measured) -> String {
    let paths = &measured.paths;
    let mut text = format!(
        "{}: {} people, {} ties each on average ({}).",
        report.title,
        words::count(measured.persons as f64),
        decimal(measured.degrees.mean),
        report.network
    );
    if let Some(local) = measured.clustering.local {
        text.push_str(&format!(
            " Two people tied to the same person are tied to each other in {} of cases.",
            words::share(local)
        ));
    }
    match (paths.mean, paths.reached) {
        (Some(mean), Some(reached)) => text.push_str(&format!(
            " From one person to another it takes {} steps on average, {} at most among those looked at; {} can be reached.",
            decimal(mean),
            paths.longest,
            if reached >= 1.0 { "everyone".to_owned() } else { format!("{} of the others", words::share(reached)) }
        )),
        (None, Some(_)) => text.push_str(" Nobody can be reached from anyone."),
        _ if measured.persons > 1 => {
            text.push_str(" There are too many people to measure how far apart they are.");
        }
        _ => {}
    }
    if let (Some(mixing), Some(label)) = (measured.mixing, &report.label)
        && let Some(within) = mixing.within
    {
        text.push_str(&format!(" {} of ties stay within the same {label}.", words::share(within)));
    }
    text
}

/// Name, value and people looked at.
fn rows(measured: &Measured, label: Option<&str>) -> Vec<(String, String, u64)> {
    let (degrees, paths, clustering) = (&measured.degrees, &measured.paths, &measured.clustering);
    let none = || "none".to_owned();
    let share = |value: Option<f64>| value.map_or_else(none, words::share);
    let coefficient = |value: Option<f64>| value.map_or_else(none, |value| format!("{:.3}", value + 0.0));
    let sampled = measured.sampled;
    let mut rows = vec![
        ("Ties of a person, mean".to_owned(), decimal(degrees.mean), sampled),
        ("Ties of a person, standard deviation".to_owned(), decimal(degrees.sd), sampled),
        (
            "Ties of a person, fewest and most".to_owned(),
            degrees.range().map_or_else(none, |(fewest, most)| format!("{fewest} and {most}")),
            sampled,
        ),
    ];
    if degrees.levels.len() > 1 {
        for (level, ties) in &degrees.levels {
            rows.push((format!("Ties at the level {}, mean", level.name()), decimal(*ties), sampled));
        }
    }
    rows.push(("Clustering, mean over people".to_owned(), share(clustering.local), clustering.persons));
    rows.push(("Clustering, over all pairs of ties".to_owned(), share(clustering.global), clustering.persons));
    rows.push(("Steps to another person, mean".to_owned(), paths.mean.map_or_else(none, decimal), paths.sources));
    rows.push(("Steps to another person, most seen".to_owned(), words::count(paths.longest as f64), paths.sources));
    rows.push(("Others who can be reached".to_owned(), share(paths.reached), paths.sources));
    rows.push(("Assortativity by number of ties".to_owned(), coefficient(measured.degree_assortativity), sampled));
    if let (Some(mixing), Some(label)) = (measured.mixing, label) {
        rows.push((format!("Assortativity by {label}"), coefficient(mixing.assortativity), sampled));
        rows.push((format!("Ties within the same {label}"), share(mixing.within), sampled));
    }
    rows
}

/// A mean with the digits that mean something: `4.73`, `12.4`, `1,250`.
fn decimal(value: f64) -> String {
    match value {
        value if value < 9.995 => format!("{value:.2}"),
        value if value < 999.95 => format!("{value:.1}"),
        value => words::count(value),
    }
}
