//! From a scenario file to a validated [`Scenario`].

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::check::Checker;
pub use super::diagnostics::{Fault, ScenarioErrors};
use super::diagnostics::{Faults, Sources};
use super::extends::{Inherited, Reader};
use super::model::Scenario;
use super::overlay;
use super::overrides;
use super::pooled;
use super::reading::{KnownPopulation, Reading};
use super::resolved::{self, Paths};
use super::shape::{self, ShapeCheck};
use super::spec;
use super::tree::Node;

/// A scenario with all that is worth knowing about where it came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The validated scenario.
    pub scenario: Scenario,
    /// The merged file (inheritance and overrides applied), as TOML that loads to the same scenario when its data files
    /// are found at the same places, which it names by absolute paths.
    pub resolved: String,
    /// Every file read: the scenario, those it extends, data files.
    pub inputs: Vec<InputFile>,
    /// Doubtful but runnable.
    pub warnings: Vec<Warning>,
    /// Every parameter with its value in words, source and place, in file order.
    pub parameters: Vec<ParameterNote>,
    pub(super) merged: Node,
    pub(super) sources: Sources,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct InputFile {
    /// Path as opened.
    pub path: PathBuf,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
}

/// A named warning.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Warning {
    /// Stable name, for instance `unsourced-parameter`.
    pub name: String,
    /// `file:line:column`.
    pub place: String,
    /// What is doubtful and what to do.
    pub message: String,
}

/// One numeric parameter as the file gives it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, schemars::JsonSchema)]
pub struct ParameterNote {
    /// Dotted path.
    pub path: String,
    /// Value in words, for instance `lognormal, median 0.4, sigma 0.3`.
    pub value: String,
    /// Unit; empty where the value says it, as that of `network` does.
    pub unit: String,
    /// Source in words: the citation, `assumed`, `not given` (counts as assumed), `default`, `command line`.
    pub source: String,
    /// Whether it counts as assumed.
    pub assumed: bool,
    /// `file:line:column`; empty for defaults.
    pub place: String,
}

/// Reads, inherits, overrides and checks a scenario. `overrides` are texts such as `layer.internet.imitation=0.4`.
///
/// Paths in a file start from its folder, those in an override from the working folder.
///
/// # Errors
/// All faults found, each located, in file order: the file itself, those it extends, the overrides, the data files.
///
/// # Examples
/// ```
/// # let path = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/minimal.toml"));
/// let loaded = uptake::scenario::load(path, &["run.members=50".to_owned()])?;
/// assert_eq!(loaded.scenario.run.members, 50);
/// # Ok::<(), uptake::scenario::ScenarioErrors>(())
/// ```
pub fn load(path: &Path, overrides: &[String]) -> Result<Loaded, ScenarioErrors> {
    load_with(path, &[], overrides)
}

/// As [`load()`], with files of the same format laid over the scenario before the overrides, in order; later ones win.
///
/// An overlay needs only the keys it changes. One that extends another adds its own keys only. The scenario is then
/// named `base-overlay` and titled `BASE + OVERLAY`. Overlays that contradict each other, or define an intervention that
/// the scenario has in another form, give the warning `overlay-conflict`.
///
/// # Errors
/// As [`load()`], with the faults of the overlays.
pub fn load_with(path: &Path, overlays: &[PathBuf], overrides: &[String]) -> Result<Loaded, ScenarioErrors> {
    load_as(path, overlays, overrides, &Reading::default())
}

/// As [`load_with`], with a say in what is read: see [`Reading`].
///
/// # Errors
/// As [`load_with`]; a file that may not be read is a fault where it is named.
pub fn load_as(
    path: &Path,
    overlays: &[PathBuf],
    overrides: &[String],
    reading: &Reading<'_>,
) -> Result<Loaded, ScenarioErrors> {
    let (mut sources, mut faults, mut inputs) = (reading.sources(path), Faults::default(), Vec::new());
    let read = Reader { sources: &mut sources, faults: &mut faults, inputs: &mut inputs }.read_scenario(path);
    let Some(Inherited { mut root, complete }) = read else { return Err(faults.into_errors(sources)) };
    let mut reader = Reader { sources: &mut sources, faults: &mut faults, inputs: &mut inputs };
    let conflicts = overlay::lay(&mut root, overlays, &name_of(path), &mut reader);
    // Before the overrides, which may change a pooled number; and after them, as one of them may be the key itself.
    let mut pooled = if complete { pooled::fill(&mut root, &sources, &mut faults) } else { Vec::new() };
    for text in overrides {
        overrides::apply(&mut root, text, &mut sources, &mut faults);
    }
    if complete {
        pooled.extend(pooled::fill(&mut root, &sources, &mut faults));
    }
    ShapeCheck { sources: &sources, faults: &mut faults, complete }.check(&root, spec::root(), "");
    if !complete {
        // References may lead to what the missing base defines.
        return Err(faults.into_errors(sources));
    }
    let mut checker = Checker {
        sources: &mut sources,
        faults: &mut faults,
        inputs: &mut inputs,
        warnings: Vec::new(),
        notes: Vec::new(),
    };
    let scenario = checker.scenario(&root, &name_of(path));
    let (mut warnings, mut notes) = (checker.warnings, checker.notes);
    warnings.extend(conflicts);
    warnings.extend(pooled);
    let Some(scenario) = scenario.filter(|_| faults.is_empty()) else {
        debug_assert!(!faults.is_empty(), "a scenario that cannot be built has a fault");
        return Err(faults.into_errors(sources));
    };
    warnings.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
    warnings.dedup();
    notes.sort_by_key(|(place, _)| (place.is_none(), *place));
    notes.dedup_by(|a, b| a.1 == b.1);
    let resolved = resolved::write(&root, spec::root(), &scenario.name, &sources, Paths::Absolute);
    Ok(Loaded {
        scenario,
        resolved,
        inputs,
        warnings: warnings.into_iter().map(|(_, warning)| warning).collect(),
        parameters: notes.into_iter().map(|(_, note)| note).collect(),
        merged: root,
        sources,
    })
}

impl Loaded {
    /// Paths of the parameters whose distributions are those pooled from many countries, in file order.
    #[must_use]
    pub fn pooled(&self) -> Vec<String> {
        let pooled = self.parameters.iter().filter(|note| pooled::is_pooled(&note.source));
        pooled.map(|note| note.path.clone()).collect()
    }

    /// The population tables with the files they were read from, to be handed to another [`Reading`]; `None` where
    /// the population is a total.
    #[must_use]
    pub fn known_population(&self) -> Option<Arc<KnownPopulation>> {
        self.sources.known_population.clone()
    }

    /// The merged file, with data files as paths from the folder `dir`, where it is to be written.
    #[must_use]
    pub fn resolved_for(&self, dir: &Path) -> String {
        resolved::write(&self.merged, spec::root(), &self.scenario.name, &self.sources, Paths::From(dir))
    }
}

/// The name of a scenario whose file states none.
pub(super) fn name_of(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let plain = shape::plain_name(&stem);
    if plain.is_empty() { "scenario".to_owned() } else { plain }
}
