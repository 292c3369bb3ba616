//! `uptake completions`: completion scripts for shells.

use super::Exit;
use super::args::CompletionsArgs;
use super::failure::Failure;
use super::screen::Screen;

/// Runs the command.
pub fn run(args: &CompletionsArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    // The generator insists that writing succeeds, so it gets memory.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::command(), "uptake", &mut script);
    screen.out.write_all(&script)?;
    Ok(Exit::Ok)
}
