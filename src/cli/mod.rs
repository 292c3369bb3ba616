//! The command line: arguments, one file per subcommand, the words on screen, exit codes.
//!
//! [`run`] is the whole program but for the process itself: it takes arguments and two writers and gives an [`Exit`].
//! Data goes to the first writer, everything else to the second. Nothing here models anything.

mod args;
mod backtest;
mod bench;
mod calibrate;
mod compare;
mod completions;
mod data;
mod explain;
mod failure;
mod forecast;
mod forecast_args;
mod man;
mod network;
mod new;
mod panel_file;
mod person_args;
mod persons;
mod plot;
mod produce;
mod progress;
mod report;
mod rerun;
mod run;
mod scenario_file;
mod schema;
mod screen;
mod serve;
mod track;
mod validate;
pub mod words;

use std::ffi::OsString;
use std::io::Write;
use std::sync::atomic::AtomicBool;

use clap::{CommandFactory as _, Parser as _};

use args::{Cli, Command};
use failure::Failure;
use screen::{Closable, Screen};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked.
    Ok,
    /// It failed.
    Failed,
    /// The arguments make no sense.
    Usage,
    /// The scenario or its data are not valid.
    Invalid,
    /// A check that was asked for did not pass.
    CheckFailed,
    /// It was stopped by Ctrl-C or a request to terminate.
    Interrupted,
}

impl Exit {
    /// The process's exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Exit::Ok => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Invalid => 3,
            Exit::CheckFailed => 4,
            Exit::Interrupted => 130,
        }
    }
}

/// What the process knows of the world around it.
pub struct Surroundings<'a> {
    /// Whether a person reads the data.
    pub stdout_is_terminal: bool,
    /// Whether a person reads the messages.
    pub stderr_is_terminal: bool,
    /// Whether colour is unwanted (`NO_COLOR`, or a terminal that has none).
    pub plain: bool,
    /// Width of the screen, columns.
    pub width: usize,
    /// Starts watching for interrupts; the flag is set at the first.
    pub interrupts: &'a dyn Fn() -> &'static AtomicBool,
}

/// Runs the program with these arguments (the first is the program's name).
///
/// A reader that closes `stdout` or `stderr` early is no error.
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    surroundings: &Surroundings<'_>,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Exit {
    let args: Vec<OsString> = args.into_iter().collect();
    let mut stdout = Closable::new(stdout);
    let mut stderr = Closable::new(stderr);
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(error) => return told_wrong(&error, &args, surroundings, &mut stdout, &mut stderr),
    };
    let mut screen = Screen::new(&cli, surroundings, &mut stdout, &mut stderr);
    let outcome = dispatch(cli.command, &mut screen);
    let outcome = match (outcome, screen.out.flush()) {
        (Ok(_), Err(error)) => Err(Failure::from(anyhow::Error::from(error).context("could not write the output"))),
        (outcome, _) => outcome,
    };
    match outcome {
        Ok(exit) => exit,
        Err(failure) => {
            // There is nowhere left to report a failure to report.
            let _ = failure.print(&mut screen);
            failure.exit()
        }
    }
}

fn dispatch(command: Command, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    match command {
        Command::Run(args) => run::run(args, screen),
        Command::Compare(args) => compare::run(&args, screen),
        Command::Calibrate(args) => calibrate::run(&args, screen),
        Command::Validate(args) => validate::run(&args, screen),
        Command::Explain(args) => explain::run(&args, screen),
        Command::New(args) => new::run(&args, screen),
        Command::Schema => schema::run(screen),
        Command::Plot(args) => plot::run(&args, screen),
        Command::Rerun(args) => rerun::run(&args, screen),
        Command::Network(args) => network::run(&args, screen),
        Command::Persons(args) => persons::run(&args, screen),
        Command::Forecast(args) => forecast::run(&args, screen),
        Command::Backtest(args) => backtest::run(&args, screen),
        Command::Data(args) => data::run(&args.command, screen),
        Command::Bench(args) => bench::run(&args, screen),
        Command::Report(args) => report::run(&args, screen),
        Command::Serve(args) => serve::run(&args, screen),
        Command::Completions(args) => completions::run(&args, screen),
        Command::Man(args) => man::run(&args, screen),
    }
}

/// Runs `work` on this many threads, or on one per core.
fn with_threads<T: Send>(threads: Option<usize>, work: impl FnOnce() -> T + Send) -> Result<T, Failure> {
    let Some(threads) = threads else { return Ok(work()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool =
        pool.map_err(|error| Failure::from(anyhow::Error::from(error).context("could not start the threads")))?;
    Ok(pool.install(work))
}

/// Prints help where it was asked for, and what is wrong with the arguments where not.
fn told_wrong<'a>(
    error: &clap::Error,
    args: &[OsString],
    surroundings: &Surroundings<'_>,
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
) -> Exit {
    let asked = !error.use_stderr();
    let terminal = if asked { surroundings.stdout_is_terminal } else { surroundings.stderr_is_terminal };
    let text = error.render();
    let text = if args::color_before_parsing(args).applies(terminal, surroundings.plain) {
        text.ansi().to_string()
    } else {
        text.to_string()
    };
    let out = if asked { stdout } else { stderr };
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match (asked, written) {
        (true, Ok(())) => Exit::Ok,
        (true, Err(_)) => Exit::Failed,
        (false, _) => Exit::Usage,
    }
}

/// The command with all its subcommands, for man pages and completions.
fn command() -> clap::Command {
    Cli::command()
}
