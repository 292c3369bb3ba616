//! Overrides from the command line: `layer.internet.imitation=0.4`.

use std::path::PathBuf;

use super::diagnostics::{Faults, Place, Sources};
use super::merge;
use super::spec::{self, Spec};
use super::suggest;
use super::tree::{self, Entry, Node, Value};

/// The source given to values set on the command line; a file that says so means the same.
pub(super) const COMMAND_LINE: &str = "command line";

/// Applies an override to the tree; it is checked with the rest.
pub(super) fn apply(root: &mut Node, text: &str, sources: &mut Sources, faults: &mut Faults) {
    let file = sources.add(format!("--set {text}"), PathBuf::new(), text);
    let whole = Place::new(file, 0..text.len());
    let Some(equals) = text.find('=') else {
        faults.push_help(
            whole,
            "an override needs a key and a value",
            "write `key=value`, for instance `layer.internet.imitation=0.4`",
        );
        return;
    };
    let Some(segments) = segments(&text[..equals], file) else {
        let message = "the key of an override is a path of names joined by points";
        faults.push_help(
            Place::new(file, 0..equals),
            message,
            "for instance `layer.internet.imitation=0.4`; names with points or spaces stand in quotes",
        );
        return;
    };
    if text[equals + 1..].trim().is_empty() {
        faults.push_help(
            Place::new(file, equals..equals + 1),
            "an override needs a value",
            "write `key=value`; an empty text is `key=\"\"`",
        );
        return;
    }
    if segments[0].0 == "extends" {
        faults.push(segments[0].1, "`extends` cannot be overridden; run another file instead");
        return;
    }
    let Some(value) = tree::parse_value(&text[equals + 1..], file, equals + 1, faults) else { return };
    set(root, Some(spec::root()), &segments, value, "", faults);
}

/// The names of a dotted path with their places.
fn segments(text: &str, file: usize) -> Option<Vec<(String, Place)>> {
    let mut segments = Vec::new();
    let mut at = 0;
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let rest = &text[at..];
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (name, length) = match quote {
            Some(quote) => {
                let close = rest[1..].find(quote)?;
                (&rest[1..=close], close + 2)
            }
            None => {
                let length = rest.find('.').unwrap_or(rest.len());
                (rest[..length].trim_end(), length)
            }
        };
        if name.is_empty() {
            return None;
        }
        segments.push((name.to_owned(), Place::new(file, at..at + length)));
        at += length;
        let tail = text[at..].trim_start();
        if tail.is_empty() {
            return Some(segments);
        }
        if !tail.starts_with('.') {
            return None;
        }
        at = text.len() - tail.len() + 1;
    }
}

fn set(
    node: &mut Node,
    spec: Option<&Spec>,
    segments: &[(String, Place)],
    value: Node,
    path: &str,
    faults: &mut Faults,
) {
    let Some(((key, place), rest)) = segments.split_first() else {
        *node = if spec.is_some_and(|spec| spec.parameter) { sourced(value) } else { value };
        return;
    };
    let is_parameter = spec.is_some_and(|spec| spec.parameter);
    if is_parameter && node.number().is_some() {
        // A bare number is the value of the parameter.
        let number = node.clone();
        *node = Node::empty(node.place);
        if let Value::Table(entries) = &mut node.value {
            entries.push(Entry { key: "value".to_owned(), key_place: number.place, node: number });
        }
    }
    let full = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
    match &mut node.value {
        Value::Table(entries) => {
            if is_parameter {
                displace_value(entries, key);
            }
            merge::displace(entries, key, spec);
            let inner = spec.and_then(|spec| spec.under(key));
            let at = match entries.iter().position(|entry| entry.key == *key) {
                Some(at) => at,
                None => {
                    entries.push(Entry { key: key.clone(), key_place: *place, node: Node::empty(*place) });
                    entries.len() - 1
                }
            };
            entries[at].key_place = *place;
            set(&mut entries[at].node, inner, rest, value, &full, faults);
            if is_parameter && key != "source" && key != "note" {
                mark_source(entries, *place);
            }
        }
        Value::Array(items) => {
            let names: Vec<&str> = items.iter().filter_map(|item| item.get("name").and_then(Node::text)).collect();
            match names.iter().position(|name| name == key) {
                Some(_) => {
                    let found = items.iter_mut().find(|item| item.get("name").and_then(Node::text) == Some(key));
                    let item = found.expect("the name was found among the items");
                    set(item, spec.and_then(Spec::item), rest, value, &full, faults);
                }
                None if names.is_empty() => {
                    faults.push_help(
                        *place,
                        format!("`{path}` has no names to address its entries by"),
                        "set it as a whole, or edit the file",
                    );
                }
                None => faults.push_help(*place, format!("no `{path}` is named `{key}`"), suggest::remedy(key, &names)),
            }
        }
        _ => {
            let message = format!("`{path}` is {}, so it has no `{key}` to override", node.kind());
            faults.push(*place, message);
        }
    }
}

/// A parameter given on the command line, with that as its source unless it names another.
fn sourced(value: Node) -> Node {
    let place = value.place;
    match value.value {
        Value::Integer(_) | Value::Float(_) => {
            let mut table = Node::empty(place);
            if let Value::Table(entries) = &mut table.value {
                entries.push(Entry { key: "value".to_owned(), key_place: place, node: value });
                mark_source(entries, place);
            }
            table
        }
        Value::Table(mut entries) => {
            if !entries.iter().any(|entry| entry.key == "source") {
                mark_source(&mut entries, place);
            }
            Node { place, value: Value::Table(entries) }
        }
        other => Node { place, value: other },
    }
}

/// One way of giving a parameter's value takes the place of another.
fn displace_value(entries: &mut Vec<Entry>, key: &str) {
    const OF_DISTRIBUTION: [&str; 9] =
        ["distribution", "median", "sigma", "mean", "sd", "concentration", "low", "mode", "high"];
    let displaced = |other: &str| match key {
        "value" => other == "series" || other == "interpolation" || OF_DISTRIBUTION.contains(&other),
        "series" => other == "value" || OF_DISTRIBUTION.contains(&other),
        "distribution" => matches!(other, "value" | "series" | "interpolation"),
        _ => false,
    };
    entries.retain(|entry| !displaced(&entry.key));
}

fn mark_source(entries: &mut Vec<Entry>, place: Place) {
    entries.retain(|entry| entry.key != "source");
    let node = Node { place, value: Value::String(COMMAND_LINE.to_owned()) };
    entries.push(Entry { key: "source".to_owned(), key_place: place, node });
}
