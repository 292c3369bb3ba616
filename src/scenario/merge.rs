//! Inheritance: one tree laid over another.

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostics::Faults;
use super::spec::Spec;
use super::suggest;
use super::tree::{Entry, Node, Value};

/// Lays `over` on `base`: tables merge by key, arrays of named tables by name (new names at the end), everything
/// else, parameters included, is replaced. A key that another makes pointless removes it from the base
/// (`population.total` the tables, for instance).
pub(super) fn merge(base: Node, over: Node, spec: Option<&Spec>) -> Node {
    if spec.is_some_and(|spec| spec.parameter) {
        return over;
    }
    match (base.value, over.value) {
        (Value::Table(base), Value::Table(entries)) => {
            Node { place: over.place, value: Value::Table(merge_entries(base, entries, spec)) }
        }
        (Value::Array(base), Value::Array(items)) if all_named(&base) && all_named(&items) => {
            Node { place: over.place, value: Value::Array(merge_named(base, items, spec.and_then(Spec::item))) }
        }
        (_, value) => Node { place: over.place, value },
    }
}

/// Removes from a table what `key`, newly written, makes pointless.
pub(super) fn displace(entries: &mut Vec<Entry>, key: &str, spec: Option<&Spec>) {
    let displaced = spec.and_then(|spec| spec.field(key)).map_or(&[][..], |field| &field.spec.displaces);
    entries.retain(|entry| !displaced.contains(&entry.key));
}

fn merge_entries(mut base: Vec<Entry>, over: Vec<Entry>, spec: Option<&Spec>) -> Vec<Entry> {
    for entry in &over {
        displace(&mut base, &entry.key, spec);
    }
    let mut merged: Vec<Option<Entry>> = base.into_iter().map(Some).collect();
    let positions: BTreeMap<String, usize> =
        merged.iter().flatten().enumerate().map(|(at, entry)| (entry.key.clone(), at)).collect();
    for entry in over {
        match positions.get(&entry.key) {
            Some(&at) => {
                let inner = spec.and_then(|spec| spec.under(&entry.key));
                let below = merged[at].take().expect("keys of one table are distinct");
                let node = merge(below.node, entry.node, inner);
                merged[at] = Some(Entry { key: entry.key, key_place: entry.key_place, node });
            }
            None => merged.push(Some(entry)),
        }
    }
    merged.into_iter().flatten().collect()
}

fn merge_named(base: Vec<Node>, over: Vec<Node>, spec: Option<&Spec>) -> Vec<Node> {
    let mut positions: BTreeMap<String, usize> = BTreeMap::new();
    for (at, item) in base.iter().enumerate() {
        positions.entry(name(item).to_owned()).or_insert(at);
    }
    let mut merged = base;
    for item in over {
        match positions.get(name(&item)) {
            Some(&at) => {
                let below = std::mem::replace(&mut merged[at], Node::empty(item.place));
                merged[at] = merge(below, item, spec);
            }
            None => merged.push(item),
        }
    }
    merged
}

fn all_named(items: &[Node]) -> bool {
    items.iter().all(|item| item.get("name").and_then(Node::text).is_some())
}

fn name(item: &Node) -> &str {
    item.get("name").and_then(Node::text).unwrap_or_default()
}

/// Adds a fault for every name that a file gives twice in one list; inheritance would hide it.
pub(super) fn check_names(root: &Node, faults: &mut Faults) {
    for entry in root.entries().unwrap_or_default() {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for item in entry.node.items().unwrap_or_default() {
            let Some(node) = item.get("name") else { continue };
            let Some(name) = node.text() else { continue };
            if !seen.insert(name) {
                let key = &entry.key;
                let message = format!("two `[[{key}]]` tables are named {}", suggest::list([name]));
                faults.push_help(node.place, message, "give this one another name, or make one of the two");
            }
        }
    }
}
