//! `uptake man`: manual pages made from the help texts.

use std::io;

use super::Exit;
use super::args::ManArgs;
use super::failure::Failure;
use super::screen::Screen;
use crate::output::{Existing, write_file};

/// Runs the command.
pub fn run(args: &ManArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let pages = pages()?;
    let Some(folder) = &args.out else {
        for (_, page) in pages {
            screen.out.write_all(&page)?;
        }
        return Ok(Exit::Ok);
    };
    for (name, page) in pages {
        let path = folder.join(name);
        // Manual pages hold nothing of the reader's; a new version replaces them.
        write_file(&path, &page, Existing::Replace)?;
        writeln!(screen.out, "{}", path.display())?;
    }
    Ok(Exit::Ok)
}

/// The page of the program and one of each subcommand, and of theirs: file name and roff text.
fn pages() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut program = super::command();
    program.build();
    let mut commands: Vec<clap::Command> = Vec::new();
    for command in program.get_subcommands() {
        commands.push(command.clone());
        commands.extend(command.get_subcommands().cloned());
    }
    let mut pages = Vec::new();
    for command in std::iter::once(program).chain(commands) {
        let man = clap_mangen::Man::new(command);
        let mut page = Vec::new();
        man.render(&mut page)?;
        pages.push((man.get_filename(), page));
    }
    Ok(pages)
}
