//! Reading a scenario that did not come from a file, with a say in which files it may name.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::diagnostics::Sources;
use crate::population::{PopulationFiles, PopulationTables};

/// What is read, and what may be.
#[derive(Clone, Debug, Default)]
pub struct Reading<'a> {
    /// The scenario's text; `None`: that of its file. Paths in it start from the folder of the path it is loaded as.
    pub text: Option<&'a str>,
    /// The only files that may be read, as [`plain_path`] gives them; `None`: any. A file given as an overlay is one too.
    pub only: Option<Arc<BTreeSet<PathBuf>>>,
    /// Population tables read before; used in place of the same files, which are not looked at again.
    pub population: Option<Arc<KnownPopulation>>,
}

impl Reading<'_> {
    pub(super) fn sources(&self, path: &Path) -> Sources {
        let mut sources = Sources::default();
        sources.given = self.text.map(|text| (path.to_owned(), text.into()));
        sources.only.clone_from(&self.only);
        sources.known_population.clone_from(&self.population);
        sources
    }
}

/// Population tables with the files they were read from.
#[derive(Clone, Debug)]
pub struct KnownPopulation {
    pub(super) files: PopulationFiles,
    pub(super) tables: PopulationTables,
}

/// A path without `.` and without what `..` takes back, by its words alone: links are not followed.
#[must_use]
pub fn plain_path(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::load_as;

    #[test]
    fn paths_are_compared_without_detours() {
        for (path, plain) in
            [("a/./b/../c.toml", "a/c.toml"), ("../a", "../a"), ("a/../../b", "../b"), ("/a/../b", "/b"), ("./x", "x")]
        {
            assert_eq!(plain_path(Path::new(path)), Path::new(plain), "{path}");
        }
    }

    #[test]
    fn a_text_may_name_only_what_is_offered() {
        let base = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/minimal.toml");
        let only: BTreeSet<PathBuf> = [PathBuf::from(base)].into_iter().collect();
        let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/mine.toml"));
        let load = |text: &str| {
            load_as(path, &[], &[], &Reading { text: Some(text), only: Some(Arc::new(only.clone())), population: None })
        };
        let loaded = load("format = 1\nextends = \"policies/../minimal.toml\"\ntitle = \"Mine\"\n").expect("allowed");
        assert_eq!((loaded.scenario.title.as_str(), loaded.scenario.name.as_str()), ("Mine", "mine"));
        for outside in ["cambodia.toml", "/etc/passwd", "../../../../etc/passwd", "../Cargo.toml"] {
            let errors = load(&format!("format = 1\nextends = \"{outside}\"\n")).expect_err("refused");
            let fault = &errors.faults[0];
            assert_eq!((fault.line, fault.column), (2, 11), "{outside}");
            assert!(fault.message.ends_with("is not among the files offered here"), "{fault}");
        }
        let data = "format = 1\nextends = \"minimal.toml\"\n[data]\nobservations = \"/etc/hostname\"\n";
        assert!(load(data).expect_err("refused").faults[0].message.contains("not among the files offered"));
    }
}
