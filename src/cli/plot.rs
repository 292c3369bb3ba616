//! `uptake plot`: draw the figures of a finished run again.

use super::args::PlotArgs;
use super::failure::Failure;
use super::screen::Screen;
use super::{Exit, produce};
use crate::output::{Existing, FIGURES, MANIFEST, Staging, WrittenFile, read_run, write_file};

/// Runs the command.
pub fn run(args: &PlotArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let mut run = read_run(&args.folder)?;
    let own = args.out.is_none();
    if let Some(out) = args.out.as_ref().filter(|out| out.join(MANIFEST).exists()) {
        let error = anyhow::anyhow!("`{}` holds a run, whose tables figures alone would replace", out.display());
        return Err(Failure::new(Exit::Failed, error)
            .advise("choose another folder with --out, or leave it away to draw into the run's own"));
    }
    let target = args.out.clone().unwrap_or_else(|| args.folder.join(FIGURES));
    // Pictures in the run's own folder are there to be replaced; the numbers they show are not touched.
    let existing = Existing::replace_if(own || args.force);
    let png = args.png || (own && run.manifest.command.png);
    let mut staging = Staging::create(&target, existing)?;
    produce::draw(&run.projection, &run.summary, &run.summary.observations(), png, |name, bytes| {
        Ok(staging.write(name, bytes)?)
    })?;
    let files = staging.commit()?;
    if own {
        run.manifest.command.png = png;
        note(&mut run.manifest.outputs, &files);
        write_file(&args.folder.join(MANIFEST), run.manifest.to_json().as_bytes(), Existing::Replace)?;
    }
    for file in &files {
        writeln!(screen.out, "{}", target.join(&file.path).display())?;
    }
    Ok(Exit::Ok)
}

/// Puts the new files in place of the old in a manifest's list.
fn note(outputs: &mut Vec<WrittenFile>, drawn: &[WrittenFile]) {
    for file in drawn {
        let file = WrittenFile { path: format!("{FIGURES}/{}", file.path), ..file.clone() };
        match outputs.iter_mut().find(|output| output.path == file.path) {
            Some(output) => *output = file,
            None => outputs.push(file),
        }
    }
}
