//! `uptake persons`: what only persons can tell, of one scenario or of two with the same people.

mod told;

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use super::args::Format;
use super::failure::{Failure, interrupted};
use super::person_args::PersonsArgs;
use super::produce::{input_records, write_figures};
use super::progress::Progress;
use super::screen::Screen;
use super::{Exit, compare, with_threads};
use crate::engine::{Law, World};
use crate::ensemble::{self, MemberDraw};
use crate::output::manifest::Program;
use crate::output::persons::{FORMAT, PERSONS_REPORT, PERSONS_TABLE, PersonsCommand, numbers_of, numbers_of_pair};
use crate::output::{FIGURES, PersonsReport, Staging, check_target};
use crate::persons::{self, Observed, Options, Pair, PersonsError};
use crate::plot::{Figure, PersonsCaption, pair_figures, persons_figures};
use crate::scenario::{Loaded, Scenario};

/// What was found.
enum Found {
    One(Observed),
    Two(Pair),
}

/// Runs the command.
pub fn run(args: &PersonsArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let existing = args.folder.existing();
    let files: Vec<PathBuf> = std::iter::once(&args.scenario).chain(&args.other).cloned().collect();
    // The engine comes first, so that a file's own choice of another says nothing against its people being followed.
    let mut overrides = args.set.clone();
    overrides.extend(args.seed.map(|seed| format!("run.seed={seed}")));
    overrides.push("run.engine=\"agent\"".to_owned());
    let loaded = compare::load(&files, &args.with, &overrides, screen)?;
    let scenarios: Vec<&Scenario> = loaded.iter().map(|one| &one.scenario).collect();
    let layer = layer(args, scenarios[0])?;
    check_member(args, scenarios[0])?;
    let mut plan = ensemble::plan(scenarios[0]);
    // What is kept beside a run is kept for persons, too.
    let beside = match scenarios.get(1) {
        Some(other) => ensemble::plan(other).memory_bytes,
        None => persons::watch_memory(scenarios[0]),
    };
    plan.memory_bytes += beside;
    plan.person_bytes += beside;
    ensemble::afford(&plan).map_err(|error| {
        let fewer = "follow fewer people or years with --set population.total=COUNT or --set time.end=MONTH";
        Failure::from(error).advise(fewer)
    })?;
    if let Some(out) = &args.folder.out {
        check_target(out, existing)?;
    }
    let stop = screen.watch_interrupts();
    let found = {
        let progress = Progress::of(screen.progress, "following", "years");
        let update = |done, all| progress.update(done, all);
        let options = Options { sample: u64::from(args.sample), cancel: Some(stop), progress: Some(&update) };
        with_threads(args.threads, || follow(&scenarios, args.member, &options))??
    };
    let caption = PersonsCaption {
        scenarios: scenarios.iter().map(|one| [one.name.clone(), one.title.clone()]).collect(),
        seed: scenarios[0].run.seed,
        member: args.member,
    };
    let mut report = report(args, &overrides, &loaded, &found);
    if let Some(out) = &args.folder.out {
        let mut staging = Staging::create(out, existing)?;
        staging.write_with(PERSONS_TABLE, |table| report.write_table(table))?;
        write_figures(figures(&found, &caption)?, args.folder.png, |name, bytes| {
            if stop.load(Ordering::SeqCst) {
                return Err(interrupted());
            }
            Ok(staging.write(&format!("{FIGURES}/{name}"), bytes)?)
        })?;
        report.outputs = staging.files().to_vec();
        staging.write(PERSONS_REPORT, report.to_json().as_bytes())?;
        for file in staging.commit()? {
            screen.remark("wrote:", &out.join(&file.path).display().to_string());
        }
    }
    match args.format {
        Format::Table => {
            let text = match &found {
                Found::One(observed) => told::observed(observed, layer, &caption, screen.width),
                Found::Two(pair) => told::pair(pair, layer, &caption, screen.width),
            };
            write!(screen.out, "{text}")?;
        }
        Format::Json => write!(screen.out, "{}", report.to_json())?,
        Format::Csv => report.write_table(&mut screen.out)?,
    }
    Ok(Exit::Ok)
}

fn follow(scenarios: &[&Scenario], member: u32, options: &Options<'_>) -> Result<Found, Failure> {
    let law = |scenario: &Scenario| Law::new(scenario, &MemberDraw::new(scenario, member));
    let world = World::new(scenarios[0]);
    let own = law(scenarios[0]);
    let found = match scenarios.get(1) {
        None => persons::observe(&world, &own, scenarios[0].run.seed, member, options).map(Found::One),
        Some(second) => {
            let other = World::new(second);
            persons::pair((&world, &other), (&own, &law(second)), member, options).map(Found::Two)
        }
    };
    Ok(found?)
}

fn figures(found: &Found, caption: &PersonsCaption) -> Result<Vec<Figure>, Failure> {
    Ok(match found {
        Found::One(observed) => persons_figures(observed, caption)?,
        Found::Two(pair) => pair_figures(pair, caption)?,
    })
}

fn report(args: &PersonsArgs, overrides: &[String], loaded: &[Loaded], found: &Found) -> PersonsReport {
    let text = |path: &PathBuf| path.to_string_lossy().into_owned();
    let names: Vec<&str> = loaded.iter().map(|one| one.scenario.name.as_str()).collect();
    let mut inputs = Vec::new();
    for input in loaded.iter().flat_map(input_records) {
        if !inputs.contains(&input) {
            inputs.push(input);
        }
    }
    PersonsReport {
        format: FORMAT,
        program: Program::this(),
        command: PersonsCommand {
            scenarios: std::iter::once(&args.scenario).chain(&args.other).map(text).collect(),
            with: args.with.iter().map(text).collect(),
            set: overrides.to_vec(),
            member: args.member,
            sample: args.sample,
        },
        scenarios: loaded.iter().map(|one| [one.scenario.name.clone(), one.scenario.title.clone()]).collect(),
        seed: loaded[0].scenario.run.seed,
        statistics: match found {
            Found::One(observed) => numbers_of(observed, names[0]),
            Found::Two(pair) => numbers_of_pair(pair, names[0], names[1]),
        },
        inputs,
        outputs: Vec::new(),
    }
}

/// The layer that the table is about.
fn layer(args: &PersonsArgs, scenario: &Scenario) -> Result<usize, Failure> {
    let Some(name) = &args.layer else { return Ok(0) };
    scenario.layers.iter().position(|layer| layer.name == *name).ok_or_else(|| {
        let names: Vec<String> = scenario.layers.iter().map(|layer| format!("`{}`", layer.name)).collect();
        let error = anyhow::anyhow!("`--layer {name}` is not a layer of `{}`", scenario.name);
        Failure::new(Exit::Usage, error).advise(format!("choose one of {}", names.join(", ")))
    })
}

fn check_member(args: &PersonsArgs, scenario: &Scenario) -> Result<(), Failure> {
    let members = scenario.run.members.max(1);
    if args.member < members {
        return Ok(());
    }
    let error = anyhow::anyhow!("`--member {}`: `{}` has members 0 to {}", args.member, scenario.name, members - 1);
    Err(Failure::new(Exit::Usage, error)
        .advise("choose one of those, or raise their number with --set run.members=COUNT"))
}

impl From<PersonsError> for Failure {
    fn from(error: PersonsError) -> Self {
        match error {
            PersonsError::Cancelled => interrupted(),
            PersonsError::Strangers(_) => Self::new(Exit::Invalid, error).advise(
                "let the second be a short file that begins with `extends = \"FIRST.toml\"` and changes policies only",
            ),
            PersonsError::Cells { .. } => {
                Self::new(Exit::Invalid, error).advise("give the population fewer regions or wider age bands")
            }
        }
    }
}
