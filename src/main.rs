//! The `uptake` program: see [`uptake::cli`].

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use uptake::cli::{self, Exit, Surroundings};

/// Set at the first Ctrl-C or SIGTERM.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

fn main() -> ExitCode {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let surroundings = Surroundings {
        stdout_is_terminal: io::stdout().is_terminal(),
        stderr_is_terminal: io::stderr().is_terminal(),
        plain: variable("NO_COLOR").is_some() || variable("TERM").as_deref() == Some("dumb"),
        width: variable("COLUMNS").and_then(|columns| columns.parse().ok()).or_else(terminal_width).unwrap_or(100),
        interrupts: &watch_interrupts,
    };
    let exit = cli::run(std::env::args_os(), &surroundings, &mut io::stdout().lock(), &mut io::stderr());
    ExitCode::from(exit.code())
}

/// Columns of the terminal, where there is one.
fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}

/// Turns the first Ctrl-C or SIGTERM into a flag, for a clean end; the second ends the process at once.
#[allow(clippy::exit, reason = "a second interrupt means now; nothing is left to clean up that matters more")]
fn watch_interrupts() -> &'static AtomicBool {
    // Without a handler the system's own applies: the process ends at once, which is acceptable.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(Exit::Interrupted.code()));
        }
    });
    &INTERRUPTED
}
