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
/// The remedy for a path that leads nowhere.
pub(super) const PATHS_START: &str = "paths start from the folder of the file they are written in";
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
    /// A file of a similar name in the same folder.
    pub near: Option<String>,
    pub help: Option<String>,
}

impl Unreadable {
    /// A file that is not among those that may be read; whether there is one is not told.
    pub fn not_offered() -> Self {
        Self {
            message: "is not among the files offered here".to_owned(),
            near: None,
            help: Some("name a file that a scenario offered here is made of".to_owned()),
        }
    }

    /// The likely remedy, for a file asked for as `target`.
    pub fn remedy(&self, target: &Path) -> Option<String> {
        let near = self.near.as_ref().map(|near| format!("did you mean `{}`?", target.with_file_name(near).display()));
        near.or_else(|| self.help.clone())
    }
}

/// The bytes of a file of at most `largest` bytes; `extension` tells which files to suggest in its place.
pub(super) fn read_bytes(path: &Path, largest: u64, extension: &str) -> Result<Vec<u8>, Unreadable> {
    let plain = |message: String| Unreadable { message, near: None, help: None };
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Unreadable { near: similar_file(path, extension), ..plain("there is no such file".to_owned()) }
        }
        _ => plain(format!("cannot be read: {}", lower(&error))),
    })?;
    if metadata.is_dir() {
        let help = files_inside(path, extension);
        return Err(Unreadable { help, ..plain("is a directory, expected a file".to_owned()) });
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| plain(format!("cannot be read: {}", lower(&error))))?;
    file.take(largest + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| plain(format!("cannot be read: {}", lower(&error))))?;
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

/// The name of a file beside a missing one that is similar.
fn similar_file(path: &Path, extension: &str) -> Option<String> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let wanted = path.file_name()?.to_str()?;
    let names = files_of(parent, extension)?;
    suggest::near(wanted, names.iter().map(String::as_str)).map(str::to_owned)
}

fn files_inside(path: &Path, extension: &str) -> Option<String> {
    let names = files_of(path, extension)?;
    (!names.is_empty()).then(|| format!("it holds {}", suggest::list(names.iter().map(String::as_str))))
}

fn files_of(folder: &Path, extension: &str) -> Option<Vec<String>> {
    const MOST: usize = 1000;
    let entries = std::fs::read_dir(folder).ok()?.take(MOST).flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.retain(|name| Path::new(name).extension().is_some_and(|known| known == extension));
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

    fn read_chain(
        &mut self,
        path: &Path,
        asked_at: Option<&(Place, PathBuf)>,
        chain: &mut Vec<(PathBuf, String)>,
    ) -> Option<Inherited> {
        let shown = path.display().to_string();
        let file = self.read_text(path, asked_at.cloned())?;
        let mut own = tree::parse(self.sources, file, self.faults)?;
        merge::check_names(&own, self.faults);
        chain.push((identity(path), shown));
        let Some(extends) = take_entry(&mut own, "extends") else {
            return Some(Inherited { root: own, complete: true });
        };
        let Some(target) = extends.node.text() else {
            self.faults.push_help(
                extends.node.place,
                format!("`extends` is {}, expected the path of one scenario file, in quotes", extends.node.kind()),
                "a file inherits from one other; that one may inherit in turn",
            );
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
        let Some(mut base) = self.read_chain(&base_path, Some(&(place, PathBuf::from(target))), chain) else {
            return Some(Inherited { root: own, complete: false });
        };
        // A scenario built on another is another scenario: it does not take over the name.
        take_entry(&mut base.root, "name");
        Some(Inherited { root: merge::merge(base.root, own, Some(spec::root())), complete: base.complete })
    }

    pub(super) fn read_text(&mut self, path: &Path, asked_at: Option<(Place, PathBuf)>) -> Option<usize> {
        let shown = path.display().to_string();
        let given = self.sources.given.as_ref().filter(|(given, _)| given == path);
        let read = match given {
            Some((_, text)) => Ok(text.as_bytes().to_vec()),
            None if !self.sources.may_read(path) => Err(Unreadable::not_offered()),
            None => read_bytes(path, LARGEST_SCENARIO, "toml"),
        };
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(fault) => {
                match asked_at {
                    Some((place, target)) => {
                        let help = fault.remedy(&target).unwrap_or_else(|| PATHS_START.to_owned());
                        self.faults.push_help(place, format!("`{shown}`: {}", fault.message), help);
                    }
                    None => {
                        let help = fault.remedy(path);
                        self.faults.push_file(shown, fault.message, help);
                    }
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
                self.faults.push_help(
                    Place::new(file, at..at + '\u{fffd}'.len_utf8()),
                    message,
                    "save the file as UTF-8; is it a scenario file?",
                );
                None
            }
        }
    }
}

/// What tells one file from another, however its path is written.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Takes the entry of a key out of a table.
pub(super) fn take_entry(node: &mut Node, key: &str) -> Option<tree::Entry> {
    let Value::Table(entries) = &mut node.value else { return None };
    let at = entries.iter().position(|entry| entry.key == key)?;
    Some(entries.remove(at))
}
