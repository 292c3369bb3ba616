//! `uptake rerun`: repeat a run or comparison from its manifest and compare every file.

use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use serde::Serialize;

use super::args::{Format, RerunArgs};
use super::failure::Failure;
use super::produce::{self, Making};
use super::screen::Screen;
use super::{Exit, compare, scenario_file, words};
use crate::output::manifest::{Input, Program};
use crate::output::{CompareManifest, Existing, MANIFEST, Manifest, OutputError, Staging, WrittenFile, sha256_of_file};

/// What became of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Verdict {
    /// Byte for byte as recorded.
    Identical,
    /// The repeated run writes something else.
    Differs,
    /// The repeated run writes what the manifest records, but the file in the folder has been altered.
    Altered,
    /// The repeated run writes what the manifest records, but the folder lacks the file.
    Missing,
    /// Only the manifest has it.
    NotWritten,
    /// Only the repeated run has it.
    New,
}

impl Verdict {
    fn words(self) -> &'static str {
        match self {
            Verdict::Identical => "identical",
            Verdict::Differs => "differs",
            Verdict::Altered => "altered in the folder since the run",
            Verdict::Missing => "missing from the folder",
            Verdict::NotWritten => "no longer written",
            Verdict::New => "new, not in the manifest",
        }
    }
}

/// The comparison, for programs.
#[derive(Serialize)]
struct Comparison {
    manifest: String,
    identical: bool,
    files: Vec<(String, Verdict)>,
    changed_inputs: Vec<String>,
}

/// Runs the command.
#[allow(clippy::disallowed_methods, reason = "the manifest records when a run began and how long it took")]
pub fn run(args: &RerunArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let path = if args.manifest.is_dir() { args.manifest.join(MANIFEST) } else { args.manifest.clone() };
    let recorded = Recorded::read(&path)?;
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (began, clock) = (SystemTime::now(), Instant::now());
    let this = Program::this();
    let program = recorded.program().clone();
    if program != this {
        let text = format!(
            "the run was made by {} {} (commit {}), this is {} (commit {})",
            program.name, program.version, program.commit, this.version, this.commit
        );
        screen.remark("note:", &text);
    }
    let changed_inputs = changed_inputs(&recorded)?;
    for input in &changed_inputs {
        screen.remark("warning:", input);
    }
    let place = tempfile::tempdir().map_err(anyhow::Error::from)?;
    let start = || Staging::create(&place.path().join("run"), Existing::Refuse);
    let absolute = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let staging = match &recorded {
        Recorded::Run(manifest) => {
            let scenario = recorded.located(&manifest.command.scenario);
            let with = recorded.all_located(&manifest.command.with);
            let loaded = scenario_file::load(&scenario, &with, &manifest.command.set, screen)?;
            let making = Making {
                loaded: &loaded,
                command: manifest.command.clone(),
                folder: Some(&absolute),
                threads: args.threads,
                began,
                loading: clock.elapsed(),
                interrupted: screen.watch_interrupts(),
                progress: screen.progress,
                watch: None,
            };
            produce::produce(making, start)?.1
        }
        Recorded::Comparison(manifest) => {
            let files = recorded.all_located(&manifest.command.scenarios);
            let with = recorded.all_located(&manifest.command.with);
            let loaded = compare::load(&files, &with, &manifest.command.set, screen)?;
            let making = compare::Making {
                loaded: &loaded,
                command: manifest.command.clone(),
                folder: Some(&absolute),
                threads: args.threads,
                began,
                loading: clock.elapsed(),
                interrupted: screen.watch_interrupts(),
                progress: screen.progress,
                watch: None,
            };
            compare::produce(making, start)?.1
        }
    };
    let files = verdicts(recorded.outputs(), staging.files(), folder)?;
    let identical = files.iter().all(|(_, verdict)| *verdict == Verdict::Identical);
    let comparison = Comparison { manifest: path.display().to_string(), identical, files, changed_inputs };
    print(&comparison, args.format, screen)?;
    if comparison.identical {
        return Ok(Exit::Ok);
    }
    let different = comparison.files.iter().filter(|(_, verdict)| *verdict != Verdict::Identical).count();
    let all = words::plural(comparison.files.len(), "file");
    let advice = if !comparison.changed_inputs.is_empty() {
        "restore the input files named above, and repeat"
    } else if program != this {
        "repeat with the version that made the run"
    } else {
        "see the changed files with the same command into another folder and a comparison of the two"
    };
    Err(Failure::new(Exit::CheckFailed, anyhow::anyhow!("{different} of {all} are not as the manifest says"))
        .advise(advice))
}

/// What is to be repeated.
enum Recorded {
    Run(Manifest),
    Comparison(CompareManifest),
}

impl Recorded {
    fn read(path: &Path) -> Result<Self, OutputError> {
        match CompareManifest::read(path)? {
            Some(manifest) => Ok(Self::Comparison(manifest)),
            None => Manifest::read(path).map(Self::Run),
        }
    }

    fn program(&self) -> &Program {
        match self {
            Self::Run(manifest) => &manifest.program,
            Self::Comparison(manifest) => &manifest.program,
        }
    }

    fn outputs(&self) -> &[WrittenFile] {
        match self {
            Self::Run(manifest) => &manifest.outputs,
            Self::Comparison(manifest) => &manifest.outputs,
        }
    }

    /// Every file read, once.
    fn inputs(&self) -> Vec<&Input> {
        let mut inputs: Vec<&Input> = Vec::new();
        let all: Vec<&Input> = match self {
            Self::Run(manifest) => manifest.inputs.iter().collect(),
            Self::Comparison(manifest) => manifest.scenarios.iter().flat_map(|one| &one.inputs).collect(),
        };
        for input in all {
            if !inputs.contains(&input) {
                inputs.push(input);
            }
        }
        inputs
    }

    /// A file of the manifest: as given, or else as seen from the folder the run was started in.
    fn located(&self, path: &str) -> PathBuf {
        let facts = match self {
            Self::Run(manifest) => &manifest.run,
            Self::Comparison(manifest) => &manifest.run,
        };
        let given = PathBuf::from(path);
        let from_there = Path::new(&facts.working_directory).join(&given);
        if !given.exists() && from_there.exists() { from_there } else { given }
    }

    fn all_located(&self, paths: &[String]) -> Vec<PathBuf> {
        paths.iter().map(|path| self.located(path)).collect()
    }
}

/// The input files that are not what they were, each in a sentence.
fn changed_inputs(recorded: &Recorded) -> Result<Vec<String>, OutputError> {
    let mut changed = Vec::new();
    for input in recorded.inputs() {
        match sha256_of_file(&recorded.located(&input.path))? {
            Some(hash) if hash == input.sha256 => {}
            Some(_) => changed.push(format!("input `{}` has changed since the run", input.path)),
            None => changed.push(format!("input `{}` is no longer there", input.path)),
        }
    }
    Ok(changed)
}

/// Compares what the manifest records, what the repeated run wrote, and what the folder holds.
fn verdicts(
    recorded: &[WrittenFile],
    repeated: &[WrittenFile],
    folder: &Path,
) -> Result<Vec<(String, Verdict)>, OutputError> {
    let mut files = Vec::new();
    // A manifest may travel alone; then only hashes can be compared.
    let beside = recorded.iter().any(|file| folder.join(&file.path).exists());
    for file in recorded {
        let verdict = match repeated.iter().find(|other| other.path == file.path) {
            None => Verdict::NotWritten,
            Some(other) if other.sha256 != file.sha256 => Verdict::Differs,
            Some(_) => match sha256_of_file(&folder.join(&file.path))? {
                Some(hash) if hash != file.sha256 => Verdict::Altered,
                None if beside => Verdict::Missing,
                _ => Verdict::Identical,
            },
        };
        files.push((file.path.clone(), verdict));
    }
    for file in repeated {
        // The manifest cannot hold its own hash, and says when it was made.
        if file.path != MANIFEST && recorded.iter().all(|other| other.path != file.path) {
            files.push((file.path.clone(), Verdict::New));
        }
    }
    Ok(files)
}

fn print(comparison: &Comparison, format: Format, screen: &mut Screen<'_>) -> Result<(), Failure> {
    match format {
        Format::Table => {
            let longest = comparison.files.iter().map(|(path, _)| path.len()).max().unwrap_or(0);
            for (path, verdict) in &comparison.files {
                writeln!(screen.out, "{path:longest$}  {}", verdict.words())?;
            }
            if comparison.identical {
                let all = words::plural(comparison.files.len(), "file");
                writeln!(screen.out, "\nThe repeated run is byte-identical in all of {all}.")?;
            }
        }
        Format::Json => {
            let files: Vec<serde_json::Value> = comparison
                .files
                .iter()
                .map(|(path, verdict)| serde_json::json!({ "path": path, "verdict": verdict }))
                .collect();
            let value = serde_json::json!({
                "manifest": comparison.manifest,
                "identical": comparison.identical,
                "changed_inputs": comparison.changed_inputs,
                "files": files,
            });
            let json = serde_json::to_string_pretty(&value).expect("this is JSON already");
            writeln!(screen.out, "{json}")?;
        }
        Format::Csv => {
            let mut table = csv::Writer::from_writer(&mut screen.out);
            let written = (|| {
                table.write_record(["path", "verdict"])?;
                for (path, verdict) in &comparison.files {
                    table.write_record([path.as_str(), verdict.words()])?;
                }
                table.flush().map_err(csv::Error::from)
            })();
            written.map_err(anyhow::Error::from)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Altered, Differs, Identical, Missing, New, NotWritten};
    use super::*;

    #[test]
    fn every_kind_of_difference_is_told_apart() {
        let place = tempfile::tempdir().expect("a folder");
        let mut staging = Staging::create(&place.path().join("run"), Existing::Refuse).expect("started");
        for name in ["same", "differs", "altered", "missing", "gone"] {
            staging.write(name, name.as_bytes()).expect("written");
        }
        let recorded = staging.commit().expect("in place");
        let folder = place.path().join("run");
        std::fs::write(folder.join("altered"), "by hand").expect("written");
        std::fs::remove_file(folder.join("missing")).expect("removed");
        let mut repeated: Vec<WrittenFile> = recorded.iter().filter(|file| file.path != "gone").cloned().collect();
        repeated[1].sha256 = "0".to_owned();
        repeated.push(WrittenFile { path: "new".to_owned(), bytes: 0, sha256: String::new() });
        repeated.push(WrittenFile { path: MANIFEST.to_owned(), bytes: 0, sha256: String::new() });

        let verdicts = |folder: &Path| -> Vec<Verdict> {
            let files = super::verdicts(&recorded, &repeated, folder).expect("compared");
            files.into_iter().map(|(_, verdict)| verdict).collect()
        };
        assert_eq!(verdicts(&folder), [Identical, Differs, Altered, Missing, NotWritten, New]);
        // A manifest that travelled alone has only its hashes.
        assert_eq!(verdicts(place.path()), [Identical, Differs, Identical, Identical, NotWritten, New]);
    }
}
