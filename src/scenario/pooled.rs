//! `priors = "pooled"`: the numbers of internet use that a scenario leaves out, from what the series of many countries say.
//!
//! The key is replaced by the numbers themselves, each with its source, before anything is checked. So checks, engines, calibration and
//! the resolved scenario see what they would see had the file given them, and a resolved scenario keeps its
//! numbers when the table is measured again.

use super::diagnostics::{Faults, Place, Sources};
use super::extends::take_entry;
use super::load::Warning;
use super::suggest;
use super::tree::{Entry, Node, Value};
use crate::forecast::priors::{self, Prior};

/// The key.
const KEY: &str = "priors";
/// Its only value.
pub(super) const POOLED: &str = "pooled";
/// The layer that the table is about.
const LAYER: &str = "internet";
/// How the source of a pooled number begins.
const SOURCE: &str = "pooled from";
/// The stable name of the warning that nothing is left to take from the table.
const NOT_USED: &str = "pooled-priors-not-used";
/// The stable name of the warning that the law is not the one the table was measured with.
const OTHER_LAW: &str = "pooled-priors-of-another-law";

/// Whether a parameter's source, in words, says that its distribution is pooled from many countries.
#[must_use]
pub fn is_pooled(source: &str) -> bool {
    source.starts_with(SOURCE)
}

/// Replaces `priors = "pooled"` by the distributions of innovation, imitation and ceiling that the layer `internet` does not give
/// itself. Any other value is left for the check of shapes to report.
pub(super) fn fill(root: &mut Node, sources: &Sources, faults: &mut Faults) -> Vec<(Place, Warning)> {
    let Some(place) = root.get(KEY).filter(|node| node.text() == Some(POOLED)).map(|node| node.place) else {
        return Vec::new();
    };
    take_entry(root, KEY);
    // A scenario without layers is reported as such.
    let Some(layers) = layers(root) else { return Vec::new() };
    let name_of = |layer: &Node| layer.get("name").and_then(Node::text).map(str::to_owned);
    let names: Vec<String> = layers.iter().filter_map(name_of).collect();
    let Some(layer) = layers.iter_mut().find(|layer| name_of(layer).as_deref() == Some(LAYER)) else {
        let message =
            format!("`{KEY}` is \"{POOLED}\", which is about a layer named `{LAYER}`, but there is no such layer");
        let help = format!(
            "name the layer of internet use `{LAYER}`; layers here: {}",
            suggest::list(names.iter().map(String::as_str))
        );
        faults.push_help(place, message, help);
        return Vec::new();
    };
    if let Some(required) = layer.get("requires").and_then(Node::items).filter(|items| !items.is_empty()) {
        let message = format!("`{KEY}` is \"{POOLED}\", but `layer.{LAYER}` requires another layer");
        faults.push_help(
            required[0].place,
            message,
            "the pooled numbers are of all people, not of the users of something: give the layer its own numbers",
        );
    }
    fill_layer(layer, place, sources)
}

/// Adds what the layer does not give.
fn fill_layer(layer: &mut Node, place: Place, sources: &Sources) -> Vec<(Place, Warning)> {
    let warning = |place: Place, name: &str, message: String| {
        (place, Warning { name: name.to_owned(), place: sources.place_text(place), message })
    };
    let mut warnings = Vec::new();
    let Prior { innovation, imitation, ceiling, countries } = priors::pooled();
    let source = format!("{SOURCE} the series of {countries} countries, published 2025-12-08 (docs/FORECASTING.md)");
    let distribution = |family: &str, median: f64, sigma: f64| Node {
        place,
        value: Value::Table(vec![
            entry("distribution", text(family, place)),
            entry("median", Node { place, value: Value::Float(median) }),
            entry("sigma", Node { place, value: Value::Float(sigma) }),
            entry("source", text(&source, place)),
        ]),
    };
    let given = |layer: &Node, key: &str| layer.get("access").and_then(|access| access.get(key)).map(|node| node.place);
    let mut added = 0;
    for (key, known) in [("innovation", innovation), ("imitation", imitation)] {
        if layer.get(key).is_none() {
            push(layer, entry(key, distribution("lognormal", known.median, known.sigma)));
            added += 1;
        }
    }
    let by_drivers = given(layer, "shares").or_else(|| given(layer, "affordability"));
    if let (Some(drivers), None, true) = (by_drivers, given(layer, "ceiling"), added > 0) {
        let message = format!(
            "the pooled numbers of `layer.{LAYER}` were measured with a ceiling that does not change; where access grows with \
             drivers, people take it up more slowly with them than they did"
        );
        warnings.push(warning(drivers, OTHER_LAW, message));
    } else if by_drivers.is_none() && given(layer, "ceiling").is_none() {
        if layer.get("access").is_none() {
            push(layer, entry("access", Node::empty(place)));
        }
        if let Some(access) = field(layer, "access") {
            push(access, entry("ceiling", distribution("logitnormal", ceiling.median, ceiling.sigma)));
            added += 1;
        }
        if let Some(leaving) = layer.get("discontinuance").filter(|node| node.number() != Some(0.0)) {
            let message = format!(
                "the pooled ceiling of `layer.{LAYER}` is the share who use it in the long run, measured without \
                 `discontinuance`; with it fewer will"
            );
            warnings.push(warning(leaving.place, OTHER_LAW, message));
        }
    }
    if added == 0 {
        let message = format!(
            "`{KEY} = \"{POOLED}\"` has no effect: `layer.{LAYER}` gives its own innovation, imitation and access"
        );
        warnings.push(warning(place, NOT_USED, message));
    }
    warnings
}

/// The tables of the layers.
fn layers(root: &mut Node) -> Option<&mut Vec<Node>> {
    match &mut field(root, "layer")?.value {
        Value::Array(items) => Some(items),
        _ => None,
    }
}

fn field<'a>(table: &'a mut Node, key: &str) -> Option<&'a mut Node> {
    match &mut table.value {
        Value::Table(entries) => entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.node),
        _ => None,
    }
}

/// Adds an entry to a table; what is no table is reported by the check of shapes.
fn push(table: &mut Node, entry: Entry) {
    if let Value::Table(entries) = &mut table.value {
        entries.push(entry);
    }
}

fn entry(key: &str, node: Node) -> Entry {
    Entry { key: key.to_owned(), key_place: node.place, node }
}

fn text(text: &str, place: Place) -> Node {
    Node { place, value: Value::String(text.to_owned()) }
}
