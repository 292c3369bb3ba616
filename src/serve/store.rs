//! Runs on disk: a record and, when it is done, a folder for each; texts that were sent.
//!
//! Files are written beside their name and renamed, so a killed server leaves none half-written, and servers that
//! share a store see each other's runs whole. A record names the server that works on it; each holds a lock on a file
//! of its own, so a record whose server is gone reads as interrupted.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::library::Choice;
use crate::output::{CompareManifest, Existing, MANIFEST, Manifest, OutputError, write_file};

/// Folder of records and of runs, texts and servers' locks, within the store.
const RECORDS: &str = "records";
const RUNS: &str = "runs";
const TEXTS: &str = "texts";
const SERVERS: &str = "servers";

/// What is made of a choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunKind {
    /// A run, as `uptake run` makes it.
    #[default]
    Run,
    /// A comparison of the choice with the scenario as it stands, as `uptake compare` makes it.
    Compare,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// Others come first.
    Queued,
    /// Members are simulated.
    Running,
    /// Its folder is there.
    Done,
    /// It ended with an error.
    Failed,
    /// It was called off.
    Cancelled,
    /// Its server ended before it was done.
    Interrupted,
}

impl RunState {
    /// Whether nothing more will happen.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, RunState::Queued | RunState::Running)
    }
}

/// What is known of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunRecord {
    /// Its id.
    pub id: String,
    /// What is made.
    pub kind: RunKind,
    /// Id of the scenario.
    pub scenario: String,
    /// Title of the scenario with the policies chosen.
    pub title: String,
    /// What was chosen.
    pub choice: Choice,
    /// Engine.
    pub engine: String,
    /// Members.
    pub members: u32,
    /// Master seed.
    pub seed: u64,
    /// When it was asked for, UTC.
    pub asked: String,
    /// How far it is.
    pub state: RunState,
    /// What went wrong; may be empty.
    pub message: String,
    /// Members simulated so far.
    pub done: usize,
    /// Members to simulate.
    pub all: usize,
    /// The server that works on it.
    pub server: String,
}

/// A text that was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentText {
    /// Id of the scenario it stands beside.
    pub base: String,
    /// The text.
    pub text: String,
}

/// A store on disk.
#[derive(Debug)]
pub struct Store {
    root: PathBuf,
    /// This server's name in records.
    server: String,
    /// Locked as long as this server lives.
    _lock: File,
}

impl Store {
    /// Opens a store, made when it is not there; `server` is a name no other server has.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn open(root: &Path, server: &str) -> Result<Self, OutputError> {
        for folder in [RECORDS, RUNS, TEXTS, SERVERS] {
            let path = root.join(folder);
            fs::create_dir_all(&path).map_err(|source| OutputError::Io { action: "make the folder", path, source })?;
        }
        let path = root.join(SERVERS).join(server);
        let lock = File::create(&path)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(|source| OutputError::Io { action: "lock", path, source })?;
        let store = Self { root: root.to_owned(), server: server.to_owned(), _lock: lock };
        store.tidy();
        Ok(store)
    }

    /// This server's name.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// The folder that a run's results go into.
    pub fn folder(&self, id: &str) -> PathBuf {
        self.root.join(RUNS).join(id)
    }

    /// Writes a record whole.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write(&self, record: &RunRecord) -> Result<(), OutputError> {
        let text = serde_json::to_string_pretty(record).expect("a record holds no maps with odd keys");
        write_file(&self.record_path(&record.id), text.as_bytes(), Existing::Replace)
    }

    /// A record by id; `None` when there is none. One whose server is gone reads as interrupted, or as done when its
    /// folder is there.
    pub fn read(&self, id: &str) -> Option<RunRecord> {
        if !is_id(id) {
            return None;
        }
        let bytes = fs::read(self.record_path(id)).ok()?;
        let mut record: RunRecord = serde_json::from_slice(&bytes).ok()?;
        if record.id != id {
            return None;
        }
        if !record.state.is_final() && record.server != self.server && !self.lives(&record.server) {
            let whole = self.folder(id).join(MANIFEST).is_file();
            record.state = if whole { RunState::Done } else { RunState::Interrupted };
        }
        Some(record)
    }

    /// Every record, the newest first.
    pub fn records(&self) -> Vec<RunRecord> {
        let ids =
            names(&self.root.join(RECORDS)).into_iter().filter_map(|name| Some(name.strip_suffix(".json")?.to_owned()));
        let mut records: Vec<RunRecord> = ids.filter_map(|id| self.read(&id)).collect();
        records.sort_by(|a, b| (&b.asked, &b.id).cmp(&(&a.asked, &a.id)));
        records
    }

    /// Takes a run away, record and folder.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn remove(&self, id: &str) -> Result<(), OutputError> {
        let path = self.record_path(id);
        fs::remove_file(&path).map_err(|source| OutputError::Io { action: "remove", path, source })?;
        // Without its record a folder is not shown; what is left of it is only space.
        let _ = fs::remove_dir_all(self.folder(id));
        Ok(())
    }

    /// The files of a finished run, by its manifest, and the manifest itself.
    pub fn files(&self, id: &str) -> Vec<String> {
        let path = self.folder(id).join(MANIFEST);
        let outputs = match CompareManifest::read(&path) {
            Ok(Some(manifest)) => manifest.outputs,
            _ => Manifest::read(&path).map(|manifest| manifest.outputs).unwrap_or_default(),
        };
        if outputs.is_empty() {
            return Vec::new();
        }
        outputs.into_iter().map(|file| file.path).chain([MANIFEST.to_owned()]).collect()
    }

    /// The bytes of a file that the run's manifest names.
    pub fn file(&self, id: &str, name: &str) -> Option<Vec<u8>> {
        let known = self.files(id).into_iter().find(|file| file == name)?;
        let plain = known.split('/').all(|part| !matches!(part, "" | "." | ".."));
        plain.then(|| fs::read(self.folder(id).join(known)).ok()).flatten()
    }

    /// Keeps a text that was sent.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn keep_text(&self, id: &str, sent: &SentText) -> Result<(), OutputError> {
        let text = serde_json::to_string(sent).expect("two texts are JSON");
        write_file(&self.root.join(TEXTS).join(format!("{id}.json")), text.as_bytes(), Existing::Replace)
    }

    /// Every text kept.
    pub fn texts(&self) -> Vec<SentText> {
        let folder = self.root.join(TEXTS);
        let read = |name: String| serde_json::from_slice(&fs::read(folder.join(name)).ok()?).ok();
        names(&folder).into_iter().filter_map(read).collect()
    }

    fn record_path(&self, id: &str) -> PathBuf {
        self.root.join(RECORDS).join(format!("{id}.json"))
    }

    /// Whether a server still holds its lock.
    fn lives(&self, server: &str) -> bool {
        if !is_id(server) {
            return false;
        }
        let Ok(file) = File::open(self.root.join(SERVERS).join(server)) else { return false };
        matches!(file.try_lock_shared(), Err(fs::TryLockError::WouldBlock))
    }

    /// Takes away the lock files of servers that are gone.
    fn tidy(&self) {
        for server in names(&self.root.join(SERVERS)) {
            if server != self.server && !self.lives(&server) {
                let _ = fs::remove_file(self.root.join(SERVERS).join(server));
            }
        }
    }
}

/// Whether a text may be the id of a run or server: small letters and digits, so it names nothing but a file of the
/// store.
#[must_use]
pub fn is_id(text: &str) -> bool {
    (8..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// Names in a folder, sorted, without those in the making.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn record(id: &str, server: &str, state: RunState) -> RunRecord {
        RunRecord {
            id: id.to_owned(),
            kind: RunKind::Run,
            scenario: "minimal".to_owned(),
            title: "Minimal".to_owned(),
            choice: Choice::default(),
            engine: "cohort".to_owned(),
            members: 2,
            seed: 0,
            asked: "2016-06-30T12:00:00Z".to_owned(),
            state,
            message: String::new(),
            done: 0,
            all: 2,
            server: server.to_owned(),
        }
    }

    #[test]
    fn a_run_of_a_server_that_is_gone_reads_as_interrupted() {
        let place = tempfile::tempdir().expect("a folder");
        let first = Store::open(place.path(), "server01").expect("opens");
        first.write(&record("run00001", "server01", RunState::Running)).expect("written");
        first.write(&record("run00002", "server01", RunState::Done)).expect("written");
        let second = Store::open(place.path(), "server02").expect("opens beside the first");
        let state = |store: &Store, id: &str| store.read(id).map(|record| record.state);
        assert_eq!(state(&second, "run00001"), Some(RunState::Running), "the first still lives");
        drop(first);
        assert_eq!(state(&second, "run00001"), Some(RunState::Interrupted));
        assert_eq!(state(&second, "run00002"), Some(RunState::Done));
        assert_eq!(second.records().len(), 2);
    }

    #[test]
    fn nothing_but_ids_and_names_of_the_manifest_is_looked_up() {
        let place = tempfile::tempdir().expect("a folder");
        fs::write(place.path().join("secret.json"), "{}").expect("written");
        let store = Store::open(place.path(), "server01").expect("opens");
        for id in [
            "",
            "..",
            "../secret",
            "run/0001",
            "RUN00001",
            "run00001.json",
            "a",
            "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}",
        ] {
            assert!(!is_id(id) && store.read(id).is_none(), "{id:?}");
        }
        assert_eq!(store.file("run00001", "../../secret.json"), None);
    }

    #[test]
    fn records_that_are_none_are_passed_over() {
        let place = tempfile::tempdir().expect("a folder");
        let store = Store::open(place.path(), "server01").expect("opens");
        fs::write(place.path().join("records/run00001.json"), "{ \"id\": ").expect("written");
        store.write(&record("run00002", "server01", RunState::Done)).expect("written");
        assert_eq!(store.records().iter().map(|record| record.id.as_str()).collect::<Vec<_>>(), ["run00002"]);
    }
}
