//! Reading files: a scenario and those it extends, as one tree.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::diagnostics::{Faults, Place, Sources};
use super::load::InputFile;
use super::merge;
use super::spec;
use super::suggest;
use super::tree::{self, Node, Value};

/// Largest scenario file, in bytes; shipped ones have some ten thousand.
const LARGEST_SCENARIO: u64 = 4 << 20;
/// Largest data file, in bytes.
pub(super) const LARGEST_DATA: u64 = 256 << 20;
/// Longest chain of `extends`.
const LONGEST_CHAIN: usize = 16;

/// Reads files, keeping their texts and fingerprints.
pub(super) struct Reader<'a> {
    pub sources: &'a mut Sources,
    pub faults: &'a mut Faults,
    pub inputs: &'a mut Vec<InputFile>,
}

/// What reading a scenario and its bases gave.
pub(super) struct Inherited {
    /// The merged tree.
    pub root: Node,
    /// Whether every base was read.
    pub complete: bool,
}

/// Why a file cannot be read, in words.
pub(super) struct Unreadable {
    pub message: String,
    pub help: Option<String>,
}

/// The bytes of a file of at most `largest` bytes.
pub(super) fn read_bytes(path: &Path, largest: u64) -> Result<Vec<u8>, Unreadable> {
    let plain = |message: String| Unreadable { message, help: None };
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Unreadable { message: "there is no such file".to_owned(), help: similar_file(path) },
        _ => plain(format!("cannot be read: {}", lower(&error))),
    })?;
    if metadata.is_dir() {
        return Err(Unreadable { message: "is a directory, expected a file".to_owned(), help: files_inside(path) });
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| plain(format!("cannot be read: {}", lower(&error))))?;
    file.take(largest + 1).read_to_end(&mut bytes).map_err(|error| plain(format!("cannot be read: {}", lower(&error))))?;
    if bytes.len() as u64 > largest {
        return Err(plain(format!("is larger than {} MiB; is it the right file?", largest >> 20)));
    }
    Ok(bytes)
}

fn lower(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.to_lowercase()
}

/// A remedy for a missing file: one of a similar name beside it.
fn similar_file(path: &Path) -> Option<String> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wanted = path.file_name()?.to_str()?;
    let names = toml_and_csv_files(parent)?;
    let near = suggest::near(wanted, names.iter().map(String::as_str))?;
    Some(format!("did you mean `{}`?", path.with_file_name(near).display()))
}

fn files_inside(path: &Path) -> Option<String> {
    let names = toml_and_csv_files(path)?;
    (!names.is_empty()).then(|| format!("it holds {}", suggest::list(names.iter().map(String::as_str))))
}

fn toml_and_csv_files(folder: &Path) -> Option<Vec<String>> {
    const MOST: usize = 1000;
    let entries = std::fs::read_dir(folder).ok()?.take(MOST).flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| name.ends_with(".toml") || name.ends_with(".csv"));
    names.sort();
    Some(names)
}

/// The fingerprint of a file.
pub(super) fn fingerprint(path: &Path, bytes: &[u8]) -> InputFile {
    let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    InputFile { path: path.to_owned(), sha256 }
}

impl Reader<'_> {
    /// Reads a scenario with all it inherits.
    pub fn read_scenario(&mut self, path: &Path) -> Option<Inherited> {
        self.read_chain(path, None, &mut Vec::new())
    }

    fn read_chain(&mut self, path: &Path, asked_at: Option<Place>, chain: &mut Vec<(PathBuf, String)>) -> Option<Inherited> {
        let shown = path.display().to_string();
        let file = self.read_text(path, asked_at)?;
        let mut own = tree::parse(self.sources, file, self.faults)?;
        merge::check_names(&own, self.faults);
        chain.push((identity(path), shown));
        let Some(extends) = take_entry(&mut own, "extends") else { return Some(Inherited { root: own, complete: true }) };
        let Some(target) = extends.node.text() else {
            self.faults.push_help(extends.node.place, format!("`extends` is {}, expected the path of one scenario file, in quotes", extends.node.kind()), "a file inherits from one other; that one may inherit in turn");
            return Some(Inherited { root: own, complete: false });
        };
        let base_path = self.sources.dir(file).join(target);
        let place = extends.node.place;
        if let Some(at) = chain.iter().position(|(known, _)| *known == identity(&base_path)) {
            let names: Vec<&str> = chain[at..].iter().chain([&chain[at]]).map(|(_, shown)| shown.as_str()).collect();
            let message = format!("`extends` goes in a circle: {}", names.join(" -> "));
            self.faults.push_help(place, message, "the file at the bottom must extend none");
            return Some(Inherited { root: own, complete: false });
        }
        if chain.len() >= LONGEST_CHAIN {
            self.faults.push(place, format!("more than {LONGEST_CHAIN} files extend one another"));
            return Some(Inherited { root: own, complete: false });
        }
        let Some(mut base) = self.read_chain(&base_path, Some(place), chain) else {
            return Some(Inherited { root: own, complete: false });
        };
        // A scenario built on another is another scenario: it does not take over the name.
        take_entry(&mut base.root, "name");
        Some(Inherited { root: merge::merge(base.root, own, Some(spec::root())), complete: base.complete })
    }

    fn read_text(&mut self, path: &Path, asked_at: Option<Place>) -> Option<usize> {
        let shown = path.display().to_string();
        let bytes = match read_bytes(path, LARGEST_SCENARIO) {
            Ok(bytes) => bytes,
            Err(Unreadable { message, help }) => {
                match (asked_at, help) {
                    (Some(place), Some(help)) => self.faults.push_help(place, format!("`{shown}`: {message}"), help),
                    (Some(place), None) => self.faults.push_help(place, format!("`{shown}`: {message}"), "paths start from the folder of the file they are written in"),
                    (None, help) => self.faults.push_file(shown, message, help),
                }
                return None;
            }
        };
        self.inputs.push(fingerprint(path, &bytes));
        let dir = path.parent().map(Path::to_owned).unwrap_or_default();
        match std::str::from_utf8(&bytes) {
            Ok(text) => Some(self.sources.add(shown, dir, text.strip_prefix('\u{feff}').unwrap_or(text))),
            Err(error) => {
                let at = error.valid_up_to();
                let byte = bytes[at];
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let file = self.sources.add(shown, dir, &text);
                let message = format!("byte {byte:#04x} is not UTF-8 text");
                self.faults.push_help(Place::new(file, at..at + '\u{fffd}'.len_utf8()), message, "save the file as UTF-8; is it a scenario file?");
                None
            }
        }
    }
}

/// What tells one file from another, however its path is written.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn take_entry(node: &mut Node, key: &str) -> Option<tree::Entry> {
    let Value::Table(entries) = &mut node.value else { return None };
    let at = entries.iter().position(|entry| entry.key == key)?;
    Some(entries.remove(at))
}
