//! `uptake new`: a commented scenario to start from.

use std::path::PathBuf;

use super::Exit;
use super::args::NewArgs;
use super::failure::Failure;
use super::screen::Screen;
use crate::output::{Existing, OutputError, write_file};
use crate::scenario;

/// Runs the command.
pub fn run(args: &NewArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let (name, path) = name_and_path(args)?;
    let existing = if args.force { Existing::Replace } else { Existing::Refuse };
    write_file(&path, scenario::starter(&name).as_bytes(), existing).map_err(|error| match error {
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

/// `laos`, `laos.toml` and `scenarios/laos.toml` all name the scenario `laos`.
fn name_and_path(args: &NewArgs) -> Result<(String, PathBuf), Failure> {
    let mut path = args.name.clone().or_else(|| args.country.as_ref().map(|code| code.to_lowercase().into())).unwrap_or_default();
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
