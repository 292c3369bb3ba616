//! In what two scenario files differ, key by key.

use super::load::Loaded;
use super::tree::{Node, Value};

/// A key at which a scenario differs from another.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// Dotted path; tables of a list stand under their name.
    pub path: String,
    /// What the other has, in words; `None`: nothing.
    pub base: Option<String>,
    /// What this one has, in words; `None`: nothing.
    pub here: Option<String>,
    /// `file:line:column` of what this one has; of what the other has where this one has nothing.
    pub place: String,
}

/// Keys that say what a scenario is called, not what it does.
const NAMES: [&str; 5] = ["format", "name", "title", "description", "extends"];

impl Loaded {
    /// Where this scenario differs from `base`, in the order of this file; inheritance and overrides applied to both.
    #[must_use]
    pub fn differences(&self, base: &Loaded) -> Vec<Difference> {
        let mut found = Vec::new();
        Walk { here: self, base, found: &mut found }.tables("", &self.merged, &base.merged);
        found
    }
}

struct Walk<'a> {
    here: &'a Loaded,
    base: &'a Loaded,
    found: &'a mut Vec<Difference>,
}

impl Walk<'_> {
    fn tables(&mut self, path: &str, here: &Node, base: &Node) {
        let at = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        for (key, node) in children(here) {
            if !(path.is_empty() && NAMES.contains(&key.as_str())) {
                match children(base).into_iter().find(|(other, _)| *other == key) {
                    Some((_, other)) => self.nodes(&at(&key), node, other),
                    None => self.report(at(&key), None, Some(node)),
                }
            }
        }
        for (key, node) in children(base) {
            if !children(here).iter().any(|(other, _)| *other == key) && !NAMES.contains(&key.as_str()) {
                self.report(at(&key), Some(node), None);
            }
        }
    }

    fn nodes(&mut self, path: &str, here: &Node, base: &Node) {
        let whole = self.here.parameters.iter().chain(&self.base.parameters).any(|note| note.path == path);
        if !whole && !children(here).is_empty() && !children(base).is_empty() {
            self.tables(path, here, base);
        } else if words(here) != words(base) {
            self.report(path.to_owned(), Some(base), Some(here));
        }
    }

    fn report(&mut self, path: String, base: Option<&Node>, here: Option<&Node>) {
        let told = |loaded: &Loaded, node: &Node| {
            let note = loaded.parameters.iter().find(|note| note.path == path);
            note.map_or_else(|| words(node), |note| format!("{} [{}]", note.value, note.source))
        };
        let place = match (here, base) {
            (Some(node), _) => self.here.sources.place_text(node.place),
            (None, Some(node)) => self.base.sources.place_text(node.place),
            (None, None) => String::new(),
        };
        let mut texts = (base.map(|node| told(self.base, node)), here.map(|node| told(self.here, node)));
        if texts.0 == texts.1 {
            // Told briefly they are the same, so in full: a point inside a long series, say.
            texts = (base.map(words), here.map(words));
        }
        let (base, here) = texts;
        self.found.push(Difference { path, base, here, place });
    }
}

/// The entries of a table; the tables of a list of named tables, by name.
fn children(node: &Node) -> Vec<(String, &Node)> {
    match &node.value {
        Value::Table(entries) => entries.iter().map(|entry| (entry.key.clone(), &entry.node)).collect(),
        Value::Array(items) => {
            let named = items.iter().map(|item| Some((item.get("name")?.text()?.to_owned(), item)));
            named.collect::<Option<Vec<_>>>().unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// A value as it could be written, on one line.
fn words(node: &Node) -> String {
    match &node.value {
        Value::String(text) | Value::Datetime(text) => format!("{text:?}"),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::Array(items) => format!("[{}]", items.iter().map(words).collect::<Vec<_>>().join(", ")),
        Value::Table(entries) => {
            let entry = |entry: &super::tree::Entry| format!("{} = {}", entry.key, words(&entry.node));
            format!("{{ {} }}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
    }
}
