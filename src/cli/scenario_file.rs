//! Finding and loading the scenario a command speaks of.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::screen::Screen;
use super::{Exit, words};
use crate::scenario::load::Warning;
use crate::scenario::{self, Loaded, ScenarioErrors};

/// Loads a scenario with files laid over it, and shows its warnings.
pub fn load(
    path: &Path,
    overlays: &[PathBuf],
    overrides: &[String],
    screen: &mut Screen<'_>,
) -> Result<Loaded, Failure> {
    let loaded = open(path, overlays, overrides, screen)?;
    warn(path, loaded.warnings.iter(), screen);
    Ok(loaded)
}

/// Loads a scenario with files laid over it.
pub fn open(path: &Path, overlays: &[PathBuf], overrides: &[String], screen: &Screen<'_>) -> Result<Loaded, Failure> {
    find(path)?;
    overlays.iter().try_for_each(|overlay| find(overlay))?;
    scenario::load_with(path, overlays, overrides).map_err(|errors| invalid(path, &errors, screen))
}

/// Shows warnings about the scenario of the file at `path`.
pub fn warn<'a>(path: &Path, warnings: impl Iterator<Item = &'a Warning> + Clone, screen: &mut Screen<'_>) {
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for warning in warnings.clone() {
        *left.entry(&warning.name).or_default() += 1;
    }
    // A kind is told in full, or by its first two; never all but one.
    left.retain(|_, count| *count > MOST_OF_A_KIND);
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for warning in warnings {
        let same = told.entry(&warning.name).or_default();
        *same += 1;
        if *same < MOST_OF_A_KIND || !left.contains_key(warning.name.as_str()) {
            screen.remark("warning:", &format!("{}: {} [{}]", warning.place, warning.message, warning.name));
        }
    }
    for (name, count) in left {
        let more = count + 1 - MOST_OF_A_KIND;
        let text = format!("{more} more of the kind [{name}]; `uptake validate {}` lists all", path.display());
        screen.remark("warning:", &text);
    }
}

/// Warnings of one name that are told in full before a run.
const MOST_OF_A_KIND: usize = 3;

/// The failure of a scenario with faults.
pub fn invalid(path: &Path, errors: &ScenarioErrors, screen: &Screen<'_>) -> Failure {
    let faults = words::plural(errors.faults.len() + errors.more, "fault");
    Failure::new(Exit::Invalid, anyhow::anyhow!("`{}` is not valid: {faults}; nothing was written", path.display()))
        .detail(errors.render(screen.err_color, screen.width))
}

/// Checks that there is a file, and suggests one if not.
pub fn find(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    let (error, folder) = match fs::metadata(path) {
        Ok(found) if found.is_dir() => (anyhow::anyhow!("`{shown}` is a folder, expected a scenario file"), path),
        Ok(_) => return Ok(()),
        Err(error) => {
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let error = if error.kind() == std::io::ErrorKind::NotFound {
                anyhow::anyhow!("there is no file `{shown}`")
            } else {
                anyhow::Error::from(error).context(format!("could not open `{shown}`"))
            };
            (error, parent)
        }
    };
    let failure = Failure::new(Exit::Invalid, error);
    Err(match near_match(path, folder) {
        Some(near) => failure.advise(format!("did you mean `{}`?", near.display())),
        None => failure.advise("write a scenario to start from with `uptake new NAME`"),
    })
}

/// The scenario file most like `path`, in `folder` or in `scenarios`.
fn near_match(path: &Path, folder: &Path) -> Option<PathBuf> {
    let wanted = path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
    let shipped = Path::new("scenarios");
    let places = [Some(folder), (folder != shipped).then_some(shipped)];
    let mut files: Vec<PathBuf> = places.into_iter().flatten().flat_map(scenario_files).collect();
    files.sort();
    if path == folder {
        // A folder says nothing of the name; a file of that name, or the first, is as good as any.
        let inside = |file: &&PathBuf| file.parent() == Some(folder);
        return files.iter().find(inside).cloned();
    }
    let likeness = |file: &PathBuf| {
        let stem = file.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
        strsim::jaro_winkler(&wanted, &stem)
    };
    files
        .into_iter()
        .map(|file| (likeness(&file), file))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, file)| file)
}

fn scenario_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let is_toml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "toml") && path.is_file();
    let here = folder == Path::new(".");
    entries
        .filter_map(Result::ok)
        .map(|entry| if here { PathBuf::from(entry.file_name()) } else { entry.path() })
        .filter(is_toml)
        .collect()
}
