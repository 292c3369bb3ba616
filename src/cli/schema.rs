//! `uptake schema`: the JSON Schema of scenario files.

use super::Exit;
use super::failure::Failure;
use super::screen::Screen;
use crate::scenario;

/// Runs the command.
pub fn run(screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let schema = scenario::json_schema();
    let json = serde_json::to_string_pretty(&schema).expect("a schema is JSON already");
    writeln!(screen.out, "{json}")?;
    Ok(Exit::Ok)
}
