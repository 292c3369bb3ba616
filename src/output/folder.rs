//! Writing a folder whole or not at all.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::calibration::CalibrationManifest;
use super::comparison::CompareManifest;
use super::persons::{PERSONS_REPORT, PersonsReport};
use super::{MANIFEST, Manifest, OutputError, RESOLVED, RESULTS, SUMMARY};

/// What to do when the target folder holds something already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// Refuse, and leave it as it is.
    Refuse,
    /// Replace the files of the earlier run; files that no run wrote are kept.
    Replace,
}

impl Existing {
    /// Replaces when `force` says so.
    #[must_use]
    pub fn replace_if(force: bool) -> Self {
        if force { Existing::Replace } else { Existing::Refuse }
    }
}

/// A file of a run folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenFile {
    /// Path within the folder, with forward slashes.
    pub path: String,
    /// Length, bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
}

/// Checks, before the work, that `target` could be written: it is absent, empty or replaceable, and the nearest
/// existing folder above it takes new entries. Leaves nothing behind.
///
/// # Errors
/// The error that [`Staging::create`] or [`Staging::commit`] would meet.
pub fn check_target(target: &Path, existing: Existing) -> Result<(), OutputError> {
    let target = located(target, existing)?;
    let parent = target.parent().ok_or_else(|| OutputError::NoName { path: target.clone() })?;
    let mut ancestor = parent;
    while !ancestor.exists() {
        ancestor = ancestor.parent().ok_or_else(|| OutputError::NoName { path: target.clone() })?;
    }
    if !ancestor.is_dir() {
        return Err(OutputError::NotAFolder { path: ancestor.to_owned() });
    }
    tempfile::Builder::new()
        .prefix(".uptake-probe-")
        .tempdir_in(ancestor)
        .map_err(OutputError::io("write into", ancestor))?;
    Ok(())
}

/// A folder in the making: files go into a temporary folder beside the target, which takes the target's name at
/// [`Staging::commit`]. Dropped before that, it leaves nothing.
#[derive(Debug)]
pub struct Staging {
    temporary: TempDir,
    target: PathBuf,
    existing: Existing,
    /// Parents made for the target, outermost first; removed again when nothing came of it.
    made: Vec<PathBuf>,
    files: Vec<WrittenFile>,
    committed: bool,
}

impl Staging {
    /// Starts a folder that will become `target`; missing parents are made.
    ///
    /// # Errors
    /// When the target is a file, holds something and `existing` is [`Existing::Refuse`], or cannot be written beside.
    pub fn create(target: &Path, existing: Existing) -> Result<Self, OutputError> {
        let target = located(target, existing)?;
        let no_name = || OutputError::NoName { path: target.clone() };
        let parent = target.parent().ok_or_else(no_name)?;
        let name = target.file_name().ok_or_else(no_name)?.to_string_lossy().into_owned();
        let mut made: Vec<PathBuf> =
            parent.ancestors().take_while(|folder| !folder.exists()).map(Path::to_owned).collect();
        made.reverse();
        fs::create_dir_all(parent).map_err(OutputError::io("make the folder", parent))?;
        let mut builder = tempfile::Builder::new();
        let prefix = format!(".{name}.partial-");
        builder.prefix(&prefix);
        // The folder outlives the process under its final name, so it gets ordinary permissions (less the umask).
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o777));
        }
        let temporary = builder.tempdir_in(parent).map_err(OutputError::io("write into", parent))?;
        Ok(Self { temporary, target, existing, made, files: Vec::new(), committed: false })
    }

    /// The absolute path the folder will have.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The files written so far, in writing order.
    #[must_use]
    pub fn files(&self) -> &[WrittenFile] {
        &self.files
    }

    /// Writes one file; `name` is its path within the folder, with forward slashes.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> Result<(), OutputError> {
        self.write_with(name, |out| out.write_all(bytes))
    }

    /// Writes one file as a stream.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn write_with(
        &mut self,
        name: &str,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), OutputError> {
        let path = self.temporary.path().join(name);
        let shown = self.target.join(name);
        let folder = path.parent().expect("a path within the folder has a parent");
        fs::create_dir_all(folder).map_err(OutputError::io("make the folder for", &shown))?;
        let written = (|| {
            let mut out = Hashing { inner: BufWriter::new(File::create(&path)?), hash: Sha256::new(), bytes: 0 };
            fill(&mut out)?;
            out.flush()?;
            Ok((out.bytes, hexadecimal(&out.hash.finalize())))
        })();
        let (bytes, sha256) = written.map_err(OutputError::io("write", shown))?;
        self.files.push(WrittenFile { path: name.to_owned(), bytes, sha256 });
        Ok(())
    }

    /// Gives the folder its name. Whatever stood there is moved aside first, and removed only once the new folder is in
    /// place; files in it that no run wrote move into the new folder.
    ///
    /// # Errors
    /// When the system refuses; the old folder is then back in its place.
    pub fn commit(mut self) -> Result<Vec<WrittenFile>, OutputError> {
        let temporary = self.temporary.path().to_owned();
        // Someone may have put files there while the run went on.
        located(&self.target, self.existing)?;
        let aside = beside(&temporary, ".partial-", ".old-");
        let replaces = self.target.exists();
        if replaces {
            fs::rename(&self.target, &aside).map_err(OutputError::io("replace", &self.target))?;
        }
        if let Err(source) = fs::rename(&temporary, &self.target) {
            if replaces {
                // The error that matters is the first; a failure here leaves the old folder under `aside`.
                let _ = fs::rename(&aside, &self.target);
            }
            return Err(OutputError::Io {
                action: "give the finished folder the name",
                path: self.target.clone(),
                source,
            });
        }
        self.committed = true;
        if replaces {
            let ours = files_of_a_run(&aside);
            keep_foreign(&aside, &self.target, "", &ours)
                .map_err(OutputError::io("move the files that no run wrote from", &aside))?;
            fs::remove_dir_all(&aside).map_err(OutputError::io("remove the replaced folder", &aside))?;
        }
        Ok(std::mem::take(&mut self.files))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if self.committed {
            return;
        }
        let _ = fs::remove_dir_all(self.temporary.path());
        for folder in self.made.iter().rev() {
            // Refuses, rightly, when someone else has put something there.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Writes one file whole or not at all, outside of any run folder; missing folders above it are made.
///
/// # Errors
/// [`OutputError::FileExists`] when it is there and `existing` is [`Existing::Refuse`]; or when the system refuses.
pub fn write_file(path: &Path, bytes: &[u8], existing: Existing) -> Result<(), OutputError> {
    let exists = || OutputError::FileExists { path: path.to_owned() };
    if existing == Existing::Refuse && path.symlink_metadata().is_ok() {
        return Err(exists());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(OutputError::io("make the folder", folder))?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".uptake-partial-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(OutputError::io("write into", folder))?;
    file.write_all(bytes).map_err(OutputError::io("write", path))?;
    let placed = match existing {
        Existing::Refuse => file.persist_noclobber(path),
        Existing::Replace => file.persist(path),
    };
    match placed {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(exists()),
        Err(error) => Err(OutputError::Io { action: "write", path: path.to_owned(), source: error.error }),
    }
}

/// SHA-256 of a file, hexadecimal; `None` when there is no such file.
///
/// # Errors
/// When it is there but cannot be read.
pub fn sha256_of_file(path: &Path) -> Result<Option<String>, OutputError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(OutputError::Io { action: "open", path: path.to_owned(), source }),
    };
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = file.read(&mut buffer).map_err(OutputError::io("read", path))?;
        if read == 0 {
            return Ok(Some(hexadecimal(&hash.finalize())));
        }
        hash.update(&buffer[..read]);
    }
}

/// The absolute path of the target, once it is known to be absent, empty, or replaceable.
fn located(target: &Path, existing: Existing) -> Result<PathBuf, OutputError> {
    let path = match fs::canonicalize(target) {
        Ok(path) => path,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            std::path::absolute(target).map_err(OutputError::io("find", target))?
        }
        // A component of the path is a file.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            let file = target.ancestors().find(|above| above.is_file()).unwrap_or(target);
            return Err(OutputError::NotAFolder { path: file.to_owned() });
        }
        Err(source) => return Err(OutputError::Io { action: "find", path: target.to_owned(), source }),
    };
    match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(path),
        Err(source) => Err(OutputError::Io { action: "look at", path, source }),
        Ok(found) if !found.is_dir() => Err(OutputError::NotAFolder { path: target.to_owned() }),
        // Whoever stands in a replaced folder stands in none.
        Ok(_) if std::env::current_dir().and_then(fs::canonicalize).is_ok_and(|here| here.starts_with(&path)) => {
            Err(OutputError::NoName { path: target.to_owned() })
        }
        Ok(_) => {
            let mut entries = fs::read_dir(&path).map_err(OutputError::io("list", &path))?;
            if existing == Existing::Refuse && entries.next().is_some() {
                return Err(OutputError::NotEmpty { path: target.to_owned() });
            }
            Ok(path)
        }
    }
}

/// The name beside `temporary` in which the last `from` reads `to`.
fn beside(temporary: &Path, from: &str, to: &str) -> PathBuf {
    let name = temporary.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = match name.rfind(from) {
        Some(at) => format!("{}{to}{}", &name[..at], &name[at + from.len()..]),
        None => format!("{name}{to}"),
    };
    temporary.with_file_name(name)
}

/// The files in `folder` that a run wrote there: the fixed names and all that its manifest lists.
fn files_of_a_run(folder: &Path) -> BTreeSet<String> {
    let mut ours: BTreeSet<String> = [MANIFEST, RESULTS, SUMMARY, RESOLVED].map(str::to_owned).into();
    if let Ok(manifest) = Manifest::read(&folder.join(MANIFEST)) {
        ours.extend(manifest.outputs.into_iter().map(|file| file.path));
    }
    if let Ok(Some(manifest)) = CompareManifest::read(&folder.join(MANIFEST)) {
        ours.extend(manifest.outputs.into_iter().map(|file| file.path));
    }
    if let Some(report) = PersonsReport::read(&folder.join(PERSONS_REPORT)) {
        ours.extend(report.outputs.into_iter().map(|file| file.path));
        ours.insert(PERSONS_REPORT.to_owned());
    }
    if let Some(manifest) = CalibrationManifest::read(&folder.join(MANIFEST)) {
        ours.extend(manifest.outputs.into_iter().map(|file| file.path));
    }
    ours
}

/// Moves every file that is not `ours` from `old` to `new`, unless its name is taken there.
fn keep_foreign(old: &Path, new: &Path, within: &str, ours: &BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(old)? {
        let entry = entry?;
        let name = format!("{within}{}", entry.file_name().to_string_lossy());
        let inside = format!("{name}/");
        let (from, to) = (entry.path(), new.join(entry.file_name()));
        if entry.file_type()?.is_dir() && (to.is_dir() || ours.iter().any(|file| file.starts_with(&inside))) {
            keep_foreign(&from, &to, &inside, ours)?;
        } else if !ours.contains(&name) && !to.exists() {
            fs::create_dir_all(new)?;
            fs::rename(&from, &to)?;
        }
    }
    Ok(())
}

/// Counts and hashes what passes through.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
