//! The scenarios on offer: files given at the start, with the policies that may be laid over each, and texts sent since.
//!
//! A request names an offer and policies by their ids, never a file. A text that was sent may extend what is on offer
//! and name the data files that offers are made of, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::ApiError;
use super::levers::{Lever, levers};
use crate::scenario::{self, KnownPopulation, Loaded, Reading, ScenarioErrors, plain_path};

/// Longest text of a scenario that is taken, bytes.
pub const LONGEST_TEXT: usize = 512 << 10;
/// Most texts that are kept.
const MOST_TEXTS: usize = 100;
/// Most policies laid over one another.
const MOST_POLICIES: usize = 8;
/// Most values set at once.
const MOST_VALUES: usize = 64;

/// What a visitor has chosen: policies laid over a scenario, and levers moved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Ids of policies, in the order they are laid.
    #[serde(default)]
    pub policies: Vec<String>,
    /// Levers by key: a number, or a month as text.
    #[serde(default)]
    pub set: BTreeMap<String, serde_json::Value>,
}

/// A policy that may be laid over an offer.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Name, unique among the policies of its offer.
    pub id: String,
    /// Its file, after those policies that it extends.
    pub files: Vec<PathBuf>,
    /// Words on screen.
    pub title: String,
    /// What it represents.
    pub description: String,
    /// What can be moved about it.
    pub levers: Vec<Lever>,
}

/// A scenario on offer.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Unique among offers.
    pub id: String,
    /// Where its paths start from: its file, or the name it would have beside another's.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Whether the text was sent rather than read from a file.
    pub sent: bool,
    /// As it is without policies or levers moved.
    pub loaded: Loaded,
    /// What can be moved about it.
    pub levers: Vec<Lever>,
    /// What may be laid over it.
    pub policies: Vec<Policy>,
}

/// Why there is nothing to offer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// No file was given and none found.
    #[error("there is no scenario to offer")]
    Empty,
    /// A file is not valid.
    #[error("`{}` is not valid", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Its faults.
        errors: Box<ScenarioErrors>,
    },
    /// A file cannot be read.
    #[error("could not read `{}`", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
}

/// Everything on offer.
#[derive(Debug)]
pub struct Library {
    /// The files that a text may lead to.
    only: Arc<BTreeSet<PathBuf>>,
    offers: RwLock<Vec<Arc<Offer>>>,
}

impl Library {
    /// Reads the files on offer. One that extends another of them and adds an intervention is a policy of that one;
    /// if that is a policy itself, both are laid. The others are scenarios.
    ///
    /// # Errors
    /// When there is none, or one is not valid.
    pub fn open(files: &[PathBuf]) -> Result<Self, LibraryError> {
        let mut texts = Vec::new();
        for path in files {
            let text = std::fs::read_to_string(path)
                .map_err(|source| LibraryError::Unreadable { path: path.clone(), source })?;
            texts.push((path.clone(), text));
        }
        let base_of = |path: &Path, text: &str| {
            let table: toml::Table = text.parse().ok()?;
            let base = path.parent().unwrap_or(Path::new("")).join(table.get("extends")?.as_str()?);
            let acts = table.get("intervention").and_then(toml::Value::as_array).is_some_and(|list| !list.is_empty());
            let base = plain_path(&base);
            let offered = texts.iter().any(|(other, _)| plain_path(other) == base);
            (acts && offered).then_some(base)
        };
        let (mut offers, mut only): (Vec<Offer>, BTreeSet<PathBuf>) = (Vec::new(), BTreeSet::new());
        let mut population: Option<Arc<KnownPopulation>> = None;
        for (path, text) in texts.iter().filter(|(path, text)| base_of(path, text).is_none()) {
            let reading = Reading { population: population.clone(), ..Reading::default() };
            let invalid = |errors| LibraryError::Invalid { path: path.clone(), errors: Box::new(errors) };
            let loaded = scenario::load_as(path, &[], &[], &reading).map_err(invalid)?;
            population = loaded.known_population().or(population);
            only.extend(loaded.inputs.iter().map(|input| plain_path(&input.path)));
            let taken = offers.iter().filter(|offer| offer.loaded.scenario.name == loaded.scenario.name).count();
            let name = &loaded.scenario.name;
            let id = if taken == 0 { name.clone() } else { format!("{name}-{}", taken + 1) };
            let levers = levers(&loaded.scenario);
            offers.push(Offer {
                id,
                path: path.clone(),
                text: text.clone(),
                sent: false,
                loaded,
                levers,
                policies: Vec::new(),
            });
        }
        for (path, _) in texts.iter().filter(|(path, text)| base_of(path, text).is_some()) {
            let invalid = |errors| LibraryError::Invalid { path: path.clone(), errors: Box::new(errors) };
            let reading = Reading { population: population.clone(), ..Reading::default() };
            let own = scenario::load_as(path, &[], &[], &reading).map_err(invalid)?;
            only.extend(own.inputs.iter().map(|input| plain_path(&input.path)));
            // From the file down to the scenario, through the policies between them; the loader has refused circles.
            let mut files = vec![path.clone()];
            let mut base = path.clone();
            while let Some((_, text)) = texts.iter().find(|(other, _)| plain_path(other) == plain_path(&base)) {
                let Some(next) = base_of(&base, text) else { break };
                files.insert(0, next.clone());
                base = next;
            }
            let base = plain_path(&files.remove(0));
            for offer in offers.iter_mut().filter(|offer| plain_path(&offer.path) == base) {
                offer.policies.extend(policy(offer, &files, &own, &reading).map_err(invalid)?);
            }
        }
        if offers.is_empty() {
            return Err(LibraryError::Empty);
        }
        Ok(Self { only: Arc::new(only), offers: RwLock::new(offers.into_iter().map(Arc::new).collect()) })
    }

    /// Every offer, in order.
    pub fn offers(&self) -> Vec<Arc<Offer>> {
        self.offers.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// The offer of an id.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(&self, id: &str) -> Result<Arc<Offer>, ApiError> {
        let offers = self.offers();
        offers.iter().find(|offer| offer.id == id).cloned().ok_or_else(|| {
            ApiError::not_found("there is no such scenario").advise("GET /api/v1/scenarios lists those on offer")
        })
    }

    /// Checks a text as if it stood beside the file of `base`. Writes nothing and keeps nothing.
    ///
    /// # Errors
    /// Its faults, each at its line.
    pub fn check(&self, base: &Offer, text: &str) -> Result<Loaded, ScenarioErrors> {
        self.load_text(&Self::path_of(base, "sent"), base, text, &[], &[])
    }

    /// Takes a text on offer beside `base`; the same text has the same id.
    ///
    /// # Errors
    /// Its faults, each at its line; or that too many are kept already.
    pub fn add(&self, base: &Offer, text: &str) -> Result<Arc<Offer>, ApiError> {
        let id = id_of(base, text);
        if let Ok(known) = self.find(&id) {
            return Ok(known);
        }
        let path = Self::path_of(base, &id);
        let loaded = self.load_text(&path, base, text, &[], &[])?;
        let levers = levers(&loaded.scenario);
        let mut offer = Offer { id, path, text: text.to_owned(), sent: true, loaded, levers, policies: Vec::new() };
        // A policy of the base that this scenario cannot take is not offered with it.
        for known in &base.policies {
            let Ok(laid) = self.load(&offer, &known.files, &[]) else { continue };
            offer.policies.push(Policy { levers: new_levers(&offer, &laid), ..known.clone() });
        }
        let mut offers = self.offers.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        if offers.iter().filter(|offer| offer.sent).count() >= MOST_TEXTS {
            return Err(ApiError::unprocessable(format!("{MOST_TEXTS} scenarios were sent already"))
                .advise("start the server again with an empty store"));
        }
        let offer = Arc::new(offer);
        offers.push(Arc::clone(&offer));
        Ok(offer)
    }

    /// An offer as chosen, with further overrides of the server's own.
    ///
    /// # Errors
    /// When a policy or lever is not known, a value is out of range, or the whole is not valid.
    pub fn chosen(&self, offer: &Offer, choice: &Choice, more: &[String]) -> Result<Loaded, ApiError> {
        let (overlays, mut overrides) = Self::written(offer, choice)?;
        overrides.extend_from_slice(more);
        Ok(self.load(offer, &overlays, &overrides)?)
    }

    /// The files and overrides that a choice stands for.
    ///
    /// # Errors
    /// When a policy or lever is not known, or a value is out of range.
    pub fn written(offer: &Offer, choice: &Choice) -> Result<(Vec<PathBuf>, Vec<String>), ApiError> {
        if choice.policies.len() > MOST_POLICIES || choice.set.len() > MOST_VALUES {
            return Err(ApiError::unprocessable(format!(
                "expected at most {MOST_POLICIES} policies and {MOST_VALUES} values set"
            )));
        }
        let mut chosen: Vec<&Policy> = Vec::new();
        for id in &choice.policies {
            let policy = offer.policies.iter().find(|policy| policy.id == *id).ok_or_else(|| {
                ApiError::unprocessable("no policy of this scenario has that id")
                    .advise("the scenario lists its policies")
            })?;
            if chosen.iter().any(|other| other.id == policy.id) {
                return Err(ApiError::unprocessable("a policy is named twice"));
            }
            chosen.push(policy);
        }
        let mut overrides = Vec::new();
        for (key, value) in &choice.set {
            let mut known = chosen.iter().flat_map(|policy| &policy.levers).chain(&offer.levers);
            let lever = known.find(|lever| lever.key == *key).ok_or_else(|| {
                ApiError::unprocessable("no lever of this scenario and the policies chosen has that key")
            })?;
            overrides.push(lever.set(value)?);
        }
        // Two policies that extend a third lay it once.
        let mut files: Vec<PathBuf> = Vec::new();
        for file in chosen.iter().flat_map(|policy| &policy.files) {
            if !files.contains(file) {
                files.push(file.clone());
            }
        }
        Ok((files, overrides))
    }

    fn load(&self, offer: &Offer, overlays: &[PathBuf], overrides: &[String]) -> Result<Loaded, ScenarioErrors> {
        self.load_text(&offer.path, offer, &offer.text, overlays, overrides)
    }

    /// Loads a text, which may lead to files on offer only; the population of `like` is not read again where it is
    /// the same.
    fn load_text(
        &self,
        path: &Path,
        like: &Offer,
        text: &str,
        overlays: &[PathBuf],
        overrides: &[String],
    ) -> Result<Loaded, ScenarioErrors> {
        let reading = Reading {
            text: Some(text),
            only: Some(Arc::clone(&self.only)),
            population: like.loaded.known_population(),
        };
        scenario::load_as(path, overlays, overrides, &reading)
    }

    /// The path that a text beside `base` is loaded as.
    fn path_of(base: &Offer, name: &str) -> PathBuf {
        base.path.with_file_name(format!("{name}.toml"))
    }
}

/// The id of a text sent.
fn id_of(base: &Offer, text: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(base.id.as_bytes());
    hash.update([0]);
    hash.update(text.as_bytes());
    let hash: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("sent-{hash}")
}

/// A file as a policy of an offer, with the policies that it extends before it.
fn policy(
    offer: &Offer,
    files: &[PathBuf],
    own: &Loaded,
    reading: &Reading<'_>,
) -> Result<Option<Policy>, ScenarioErrors> {
    let laid = scenario::load_as(&offer.path, files, &[], reading)?;
    let id = own.scenario.name.clone();
    if offer.policies.iter().any(|policy| policy.id == id) {
        return Ok(None);
    }
    Ok(Some(Policy {
        id,
        files: files.to_vec(),
        title: own.scenario.title.clone(),
        description: own.scenario.description.clone(),
        levers: new_levers(offer, &laid),
    }))
}

/// The levers that a policy brings.
fn new_levers(offer: &Offer, laid: &Loaded) -> Vec<Lever> {
    let known: BTreeSet<&str> = offer.levers.iter().map(|lever| lever.key.as_str()).collect();
    levers(&laid.scenario).into_iter().filter(|lever| !known.contains(lever.key.as_str())).collect()
}
