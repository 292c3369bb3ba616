//! The merged scenario written as one TOML file, in the order of the format.

use std::path::{Component, Path, PathBuf};

use super::diagnostics::Sources;
use super::spec::{Field, Spec};
use super::tree::{Entry, Node, Value};

/// Where the data files are looked for.
#[derive(Clone, Copy)]
pub(super) enum Paths<'a> {
    /// Absolute paths.
    Absolute,
    /// Paths from a folder, where one leads there.
    From(&'a Path),
}

/// Writes a valid tree as TOML that loads to the same scenario.
pub(super) fn write(root: &Node, spec: &Spec, name: &str, sources: &Sources, paths: Paths<'_>) -> String {
    let writer = Writer { sources, paths };
    let mut text = String::from("# Inheritance and overrides are applied: this file stands alone.\n");
    let mut root = root.clone();
    let unnamed = root.get("name").is_none();
    if let (true, Value::Table(entries)) = (unnamed, &mut root.value) {
        let node = Node { place: root.place, value: Value::String(name.to_owned()) };
        entries.push(Entry { key: "name".to_owned(), key_place: root.place, node });
    }
    writer.section(&mut text, &root, spec, "");
    text
}

struct Writer<'a> {
    sources: &'a Sources,
    paths: Paths<'a>,
}

impl Writer<'_> {
    /// The keys of a table with plain values first, then its tables.
    fn section(&self, text: &mut String, node: &Node, spec: &Spec, path: &str) {
        let given = |field: &'_ &Field| node.get(&field.key).is_some();
        let nested = |spec: &Spec| spec.is_section() || spec.is_list_of_sections();
        for field in spec.fields().iter().filter(given).filter(|field| !nested(&field.spec)) {
            let value = node.get(&field.key).map(|value| self.inline(value, &field.spec)).unwrap_or_default();
            text.push_str(&format!("{} = {value}\n", key_text(&field.key)));
        }
        for field in spec.fields().iter().filter(given).filter(|field| nested(&field.spec)) {
            let Some(value) = node.get(&field.key) else { continue };
            let full = if path.is_empty() { field.key.clone() } else { format!("{path}.{}", field.key) };
            match (&value.value, field.spec.item()) {
                (Value::Array(items), Some(item_spec)) => {
                    if items.is_empty() {
                        continue;
                    }
                    for item in items {
                        text.push_str(&format!("\n[[{full}]]\n"));
                        self.section(text, item, item_spec, &full);
                    }
                }
                _ => {
                    text.push_str(&format!("\n[{full}]\n"));
                    self.section(text, value, &field.spec, &full);
                }
            }
        }
    }

    fn inline(&self, node: &Node, spec: &Spec) -> String {
        match &node.value {
            Value::String(path) if spec.format.as_deref() == Some("path") => quoted(&self.path(node, path)),
            Value::String(text) | Value::Datetime(text) => quoted(text),
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => format!("{number:?}"),
            Value::Boolean(value) => value.to_string(),
            Value::Array(items) => {
                let empty = Spec::default();
                let item_spec = spec.item().unwrap_or(&empty);
                format!("[{}]", items.iter().map(|item| self.inline(item, item_spec)).collect::<Vec<_>>().join(", "))
            }
            Value::Table(entries) => {
                let empty = Spec::default();
                let mut entries: Vec<&Entry> = entries.iter().collect();
                let order = |entry: &Entry| spec.fields().iter().position(|field| field.key == entry.key);
                entries.sort_by(|a, b| order(a).cmp(&order(b)).then_with(|| key_order(&a.key, &b.key)));
                let written = entries.iter().map(|entry| {
                    let inner = spec.under(&entry.key).unwrap_or(&empty);
                    format!("{} = {}", key_text(&entry.key), self.inline(&entry.node, inner))
                });
                format!("{{ {} }}", written.collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn path(&self, node: &Node, path: &str) -> String {
        let absolute = absolute(&self.sources.dir(node.place.file).join(path));
        let shown = match self.paths {
            Paths::Absolute => absolute,
            Paths::From(dir) => relative(&absolute, &self::absolute(dir)).unwrap_or(absolute),
        };
        shown.display().to_string()
    }
}

/// Keys of a map in the order people read them: numbers by size, others by letters.
fn key_order(a: &str, b: &str) -> std::cmp::Ordering {
    match (a.parse::<u32>(), b.parse::<u32>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => a.cmp(b),
    }
}

fn absolute(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

/// The path that leads from a folder to a file, both absolute; `None` when there is none (another drive).
fn relative(path: &Path, dir: &Path) -> Option<PathBuf> {
    let (path, dir): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (path.components().collect(), dir.components().collect());
    let shared = path.iter().zip(&dir).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return None;
    }
    let up = dir[shared..].iter().map(|_| Component::ParentDir);
    Some(up.chain(path[shared..].iter().copied()).collect())
}

fn key_text(key: &str) -> String {
    let bare = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bare { key.to_owned() } else { quoted(key) }
}

/// A TOML basic string.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_texts_read_back() {
        for text in ["", "a\"b\\c", "line\nline\r\t", "ភ្នំពេញ", "\u{7f}\u{1}"] {
            let table: toml::Table = toml::from_str(&format!("a = {}", quoted(text))).expect("valid TOML");
            assert_eq!(table["a"].as_str(), Some(text));
        }
    }

    #[test]
    fn relative_paths_lead_back() {
        let from =
            |path: &str, dir: &str| relative(Path::new(path), Path::new(dir)).map(|path| path.display().to_string());
        assert_eq!(from("/a/b/c.csv", "/a/b").as_deref(), Some("c.csv"));
        assert_eq!(from("/a/b/c.csv", "/a/d/e").as_deref(), Some("../../b/c.csv"));
    }
}
