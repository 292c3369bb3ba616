//! Overlays: files laid over a scenario, one after another, with word of what they contradict.

use std::path::{Path, PathBuf};

use super::diagnostics::{Place, Sources};
use super::extends::{Reader, take_entry};
use super::load::{Warning, name_of};
use super::merge;
use super::shape;
use super::spec::{self, Spec};
use super::tree::{Entry, Node, Value};

/// The stable name of the warning.
const CONFLICT: &str = "overlay-conflict";

/// Lays files over a scenario, in order; later ones win. A file that extends another adds only its own keys.
///
/// The result is named `base-overlay` and titled `BASE + OVERLAY`; `base_name` is the name of a base that states none.
pub(super) fn lay(
    root: &mut Node,
    overlays: &[PathBuf],
    base_name: &str,
    reader: &mut Reader<'_>,
) -> Vec<(Place, Warning)> {
    if overlays.is_empty() {
        return Vec::new();
    }
    let mut conflicts = Conflicts { found: Vec::new() };
    let own = |node: &Node, key: &str| node.get(key).and_then(Node::text).map(str::to_owned);
    let mut name = own(root, "name").unwrap_or_else(|| base_name.to_owned());
    let mut title = own(root, "title").unwrap_or_else(|| name.clone());
    let mut earlier: Option<Node> = None;
    for path in overlays {
        let Some(mut over) = reader.read_overlay(path) else { continue };
        let own_name = own(&over, "name").unwrap_or_else(|| name_of(path));
        title = format!("{title} + {}", own(&over, "title").unwrap_or_else(|| own_name.clone()));
        name = format!("{name}-{}", shape::plain_name(&own_name));
        for key in ["extends", "name", "title", "description"] {
            take_entry(&mut over, key);
        }
        conflicts.with_base(root, earlier.as_ref(), &over);
        if let Some(earlier) = &earlier {
            conflicts.between(earlier, &over, Some(spec::root()), "");
        }
        let base = std::mem::replace(root, Node::empty(over.place));
        *root = merge::merge(base, over.clone(), Some(spec::root()));
        earlier = Some(match earlier {
            Some(earlier) => merge::merge(earlier, over, Some(spec::root())),
            None => over,
        });
    }
    set_text(root, "name", name);
    set_text(root, "title", title);
    conflicts.warnings(reader.sources)
}

fn set_text(root: &mut Node, key: &str, text: String) {
    let place = root.get(key).map_or(root.place, |node| node.place);
    take_entry(root, key);
    if let Value::Table(entries) = &mut root.value {
        let node = Node { place, value: Value::String(text) };
        entries.push(Entry { key: key.to_owned(), key_place: place, node });
    }
}

struct Conflicts {
    /// What is said twice, by the earlier and the later place.
    found: Vec<(String, Place, Place)>,
}

impl Conflicts {
    /// Interventions that the scenario and an overlay both define. One without `start` is a change, not a definition.
    fn with_base(&mut self, base: &Node, earlier: Option<&Node>, over: &Node) {
        for item in named(over, "intervention").iter().filter(|item| item.get("start").is_some()) {
            let same_name = |node: &Node| find(named(node, "intervention"), item).cloned();
            if earlier.and_then(same_name).is_some() {
                continue;
            }
            if let Some(known) = same_name(base).filter(|known| !same(known, item)) {
                self.found.push((format!("intervention.{}", name_of_item(item)), known.place, item.place));
            }
        }
    }

    /// Values that two overlays set differently; an intervention counts as one.
    fn between(&mut self, earlier: &Node, later: &Node, spec: Option<&Spec>, path: &str) {
        let full = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        let whole = spec.is_some_and(|spec| spec.parameter) || path.starts_with("intervention.");
        match (&earlier.value, &later.value) {
            (Value::Table(_), Value::Table(entries)) if !whole => {
                for entry in entries {
                    if let Some(known) = earlier.get(&entry.key) {
                        let inner = spec.and_then(|spec| spec.under(&entry.key));
                        self.between(known, &entry.node, inner, &full(&entry.key));
                    }
                }
            }
            (Value::Array(items), Value::Array(others))
                if others.iter().chain(items).all(|item| item.get("name").is_some()) =>
            {
                for item in others {
                    if let Some(known) = find(items, item) {
                        self.between(known, item, spec.and_then(Spec::item), &full(name_of_item(item)));
                    }
                }
            }
            _ if !same(earlier, later) => self.found.push((path.to_owned(), earlier.place, later.place)),
            _ => {}
        }
    }

    fn warnings(self, sources: &Sources) -> Vec<(Place, Warning)> {
        let warning = |(what, earlier, later): (String, Place, Place)| {
            let place = sources.place_text(later);
            let message = format!("`{what}` says otherwise at {}; this later one wins", sources.place_text(earlier));
            (later, Warning { name: CONFLICT.to_owned(), place, message })
        };
        self.found.into_iter().map(warning).collect()
    }
}

fn named<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).and_then(Node::items).unwrap_or_default()
}

fn name_of_item(item: &Node) -> &str {
    item.get("name").and_then(Node::text).unwrap_or_default()
}

fn find<'a>(items: &'a [Node], like: &Node) -> Option<&'a Node> {
    items.iter().find(|item| name_of_item(item) == name_of_item(like))
}

/// Whether two values say the same, wherever they stand and in whatever order their keys are.
fn same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Table(entries), Value::Table(others)) => {
            entries.len() == others.len()
                && entries.iter().all(|entry| other.get(&entry.key).is_some_and(|node| same(&entry.node, node)))
        }
        (Value::Array(items), Value::Array(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(item, other)| same(item, other))
        }
        (Value::String(text), Value::String(other)) | (Value::Datetime(text), Value::Datetime(other)) => text == other,
        (Value::Boolean(value), Value::Boolean(other)) => value == other,
        _ => one.number().is_some() && one.number() == other.number(),
    }
}

impl Reader<'_> {
    /// Reads one file without what it extends.
    fn read_overlay(&mut self, path: &Path) -> Option<Node> {
        let file = self.read_text(path, None)?;
        let own = super::tree::parse(self.sources, file, self.faults)?;
        merge::check_names(&own, self.faults);
        Some(own)
    }
}
