//! `uptake serve`: a page where levers are moved.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use sha2::{Digest, Sha256};

use super::args::ServeArgs;
use super::failure::Failure;
use super::screen::Screen;
use super::{Exit, compare, produce, scenario_file, words};
use crate::output::comparison::CompareCommand;
use crate::output::manifest::Command;
use crate::output::{Existing, Staging};
use crate::scenario::Loaded;
use crate::serve::{self, Assignment, Ending, Library, LibraryError, RunKind, ServeError, Settings};
use crate::units::Month;

/// Where shipped scenarios and policies lie.
const SHIPPED: [&str; 2] = ["scenarios", "scenarios/policies"];

/// Runs the command.
pub fn run(args: &ServeArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let files = if args.scenarios.is_empty() { shipped() } else { args.scenarios.clone() };
    files.iter().try_for_each(|file| scenario_file::find(file))?;
    let library = Library::open(&files).map_err(|error| refused(error, screen))?;
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    if !args.listen.ip().is_loopback() {
        screen.remark(
            "warning:",
            &format!(
                "listening on {}: whoever reaches this machine can use the page, without a password and unencrypted",
                args.listen
            ),
        );
    }
    let settings = Settings {
        library,
        listen: args.listen,
        hosts: args.host.clone(),
        store: args.store.clone(),
        workers: args.workers,
        processors,
        server: server_name(),
        moment: Box::new(moment),
        runner: Box::new(make),
    };
    let ended = screen.watch_interrupts();
    let (quiet, open) = (screen.quiet, args.open);
    let mut told = Ok(());
    let outcome = serve::serve(settings, ended, |address| {
        let url = format!("http://{}/", reachable(address));
        told = writeln!(screen.out, "{url}").and_then(|()| screen.out.flush());
        if !quiet {
            // A remark that cannot be shown is no reason to fail.
            let _ = writeln!(screen.err, "serving {}; end with Ctrl-C", words::plural(files.len(), "scenario file"));
        }
        if open {
            open_page(&url);
        }
    });
    told?;
    outcome.map_err(|error| match error {
        ServeError::Store(error) => error.into(),
        error @ ServeError::Listen { .. } => {
            Failure::new(Exit::Failed, error).advise("choose another address with --listen, for instance 127.0.0.1:0")
        }
        other => Failure::new(Exit::Failed, other),
    })?;
    screen.remark("ended:", &format!("finished runs are in {}", args.store.display()));
    Ok(Exit::Ok)
}

/// The shipped scenario files, sorted.
fn shipped() -> Vec<PathBuf> {
    let inside = |folder: &str| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        files.retain(|path| path.extension().is_some_and(|ending| ending == "toml") && path.is_file());
        files.sort();
        files
    };
    SHIPPED.into_iter().flat_map(inside).collect()
}

fn refused(error: LibraryError, screen: &Screen<'_>) -> Failure {
    match error {
        LibraryError::Invalid { path, errors } => scenario_file::invalid(&path, &errors, screen),
        LibraryError::Empty => Failure::new(Exit::Invalid, LibraryError::Empty)
            .advise("name scenario files, or go to a folder that has `scenarios/`"),
        other => Failure::new(Exit::Failed, other),
    }
}

/// The address as a browser reaches it from here.
fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port())
    } else {
        address
    }
}

/// Asks the desktop to show a page; without one nothing happens.
fn open_page(url: &str) {
    let (program, first): (&str, &[&str]) = if cfg!(target_os = "macos") {
        ("open", &[])
    } else if cfg!(windows) {
        ("cmd", &["/C", "start", ""])
    } else {
        ("xdg-open", &[])
    };
    let quiet = std::process::Stdio::null;
    let _ = std::process::Command::new(program).args(first).arg(url).stdout(quiet()).stderr(quiet()).spawn();
}

#[allow(clippy::disallowed_methods, reason = "the record of a run says when it was asked for")]
fn moment() -> String {
    words::utc(SystemTime::now())
}

/// A name from the moment and the process, which no other server shares.
#[allow(
    clippy::disallowed_methods,
    reason = "servers on one store are told apart by when they began; no result depends on it"
)]
fn server_name() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let hash = Sha256::digest(format!("{} {}", since.as_nanos(), std::process::id()).as_bytes());
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Makes the folder of a run as `run` and `compare` do.
fn make(assignment: &Assignment<'_>) -> Result<(), Ending> {
    let outcome = match (assignment.kind, assignment.baseline) {
        (RunKind::Compare, Some(baseline)) => compared(assignment, baseline),
        _ => one(assignment),
    };
    outcome.map_err(|failure| match failure.exit() {
        Exit::Interrupted => Ending::Stopped,
        _ => Ending::Failed(failure.words()),
    })
}

#[allow(clippy::disallowed_methods, reason = "the manifest records when a run began and how long it took")]
fn one(assignment: &Assignment<'_>) -> Result<(), Failure> {
    let making = produce::Making {
        loaded: assignment.chosen,
        command: Command {
            scenario: assignment.arguments.scenario.clone(),
            with: assignment.arguments.with.clone(),
            set: assignment.arguments.set.clone(),
            png: false,
            trace: None,
        },
        folder: None,
        threads: Some(assignment.threads),
        began: SystemTime::now(),
        loading: Duration::ZERO,
        interrupted: assignment.cancel,
        progress: false,
        watch: Some(assignment.watch),
    };
    let (_, staging) = produce::produce(making, || Staging::create(assignment.target, Existing::Replace))?;
    staging.commit()?;
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "the manifest records when a comparison began and how long it took")]
fn compared(assignment: &Assignment<'_>, baseline: &Loaded) -> Result<(), Failure> {
    let clock = Instant::now();
    let loaded = [baseline.clone(), assignment.chosen.clone()];
    let settled = compare::Settled {
        files: vec![PathBuf::from(&assignment.arguments.scenario); 2],
        loaded: loaded.to_vec(),
        baseline: 0,
    };
    let dates = super::run::reported(&baseline.scenario).dates;
    let years: Vec<Month> = compare::years(&[], &dates, &settled)?;
    let making = compare::Making {
        loaded: &loaded,
        command: CompareCommand {
            scenarios: vec![assignment.arguments.scenario.clone(); 2],
            baseline: 0,
            years,
            with: assignment.arguments.with.clone(),
            set: assignment.arguments.set.clone(),
            figures: true,
            png: false,
        },
        folder: None,
        threads: Some(assignment.threads),
        began: SystemTime::now(),
        loading: clock.elapsed(),
        interrupted: assignment.cancel,
        progress: false,
        watch: Some(assignment.watch),
    };
    let (_, staging) = compare::produce(making, || Staging::create(assignment.target, Existing::Replace))?;
    staging.commit()?;
    Ok(())
}

/// The folder of runs, where none is named.
pub fn default_store() -> &'static Path {
    Path::new("output/serve")
}
