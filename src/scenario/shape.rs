//! The check of a tree's shape: keys, kinds of values, ranges, and what texts look like.

use super::diagnostics::{Faults, Place, Sources};
use super::spec::{Field, Kind, Spec};
use super::suggest;
use super::tree::{Entry, Node, Value};
use crate::units::Month;

/// What the check of a shape needs to speak of a file.
pub(super) struct ShapeCheck<'a> {
    pub sources: &'a Sources,
    pub faults: &'a mut Faults,
    /// Whether keys that must be there are missed; not so for a file whose base cannot be read.
    pub complete: bool,
}

impl ShapeCheck<'_> {
    /// Checks a node, and all below it, against what may be written there.
    pub fn check(&mut self, node: &Node, spec: &Spec, path: &str) {
        match &node.value {
            Value::Table(entries) => self.table(node, entries, spec, path),
            Value::Array(items) => self.array(node, items, spec, path),
            Value::String(text) => self.text(node, text, spec, path),
            Value::Boolean(_) => {
                if !spec.kinds.iter().any(|kind| matches!(kind, Kind::Boolean)) {
                    self.wrong_kind(node, spec, path);
                }
            }
            Value::Integer(_) | Value::Float(_) => self.number(node, spec, path),
            Value::Datetime(_) => self.wrong_kind(node, spec, path),
        }
    }

    fn table(&mut self, node: &Node, entries: &[Entry], spec: &Spec, path: &str) {
        let map = spec
            .kinds
            .iter()
            .find_map(|kind| if let Kind::Map { values, least } = kind { Some((values, *least)) } else { None });
        if let Some((values, least)) = map {
            if entries.len() < least {
                self.faults.push(node.place, format!("`{path}` is empty, expected at least one entry"));
            }
            for entry in entries {
                self.map_key(entry, spec, path);
                self.check(&entry.node, values, &join(path, &entry.key));
            }
            return;
        }
        if !spec.kinds.iter().any(|kind| matches!(kind, Kind::Table { .. })) {
            self.wrong_kind(node, spec, path);
            return;
        }
        for entry in entries {
            match spec.field(&entry.key) {
                // The value of a parameter goes by the name of the parameter, as if it stood there bare.
                Some(field) if spec.parameter && field.key == "value" => self.check(&entry.node, &field.spec, path),
                Some(field) => self.check(&entry.node, &field.spec, &join(path, &entry.key)),
                None => self.unknown_key(entry, spec, path),
            }
        }
        if self.complete {
            // A key that is there, misspelt, is not missed as well.
            let keys = || spec.fields().iter().map(|field| field.key.as_str());
            let unknown = entries.iter().filter(|entry| spec.field(&entry.key).is_none()).take(100);
            let misspelt: Vec<&str> = unknown.filter_map(|entry| suggest::near(&entry.key, keys())).collect();
            let absent = |field: &&Field| field.spec.required && node.get(&field.key).is_none();
            for field in spec.fields().iter().filter(absent).filter(|field| !misspelt.contains(&field.key.as_str())) {
                self.missing(node.place, &field.key, &field.spec, path);
            }
        }
    }

    fn unknown_key(&mut self, entry: &Entry, spec: &Spec, path: &str) {
        let inside = if path.is_empty() { "at the top of a scenario".to_owned() } else { format!("in `{path}`") };
        let keys: Vec<&str> = spec.fields().iter().map(|field| field.key.as_str()).collect();
        let message = format!("unknown key `{}` {inside}", entry.key);
        self.faults.push_help(entry.key_place, message, suggest::remedy(&entry.key, &keys));
    }

    fn missing(&mut self, place: Place, key: &str, spec: &Spec, path: &str) {
        let full = join(path, key);
        let example = spec.examples.first();
        let (what, help) = if spec.is_list_of_sections() {
            (format!("`[[{full}]]` table"), format!("write `[[{full}]]`: {}", lower_first(&spec.description)))
        } else if spec.is_section() {
            (format!("`[{full}]` table"), format!("write `[{full}]`: {}", lower_first(&spec.description)))
        } else if let Some(example) = example {
            (format!("`{key}`"), format!("add it, for instance `{key} = {example}`"))
        } else {
            let allowed = allowed_texts(spec);
            let choice = if allowed.is_empty() { String::new() } else { format!(" ({})", suggest::list(allowed)) };
            (
                format!("`{key}`"),
                format!("write `{key} = ...`: {}{choice}", lower_first(spec.description.trim_end_matches('.'))),
            )
        };
        let owner = if path.is_empty() { "the scenario".to_owned() } else { format!("`{path}`") };
        self.faults.push_help(place, format!("{owner} has no {what}"), help.trim_end_matches('.'));
    }

    fn map_key(&mut self, entry: &Entry, spec: &Spec, path: &str) {
        match spec.keys.as_deref() {
            Some("month") => self.month(&entry.key, entry.key_place, path),
            Some("age") => {
                let plain = entry.key.len() <= 3 && entry.key.bytes().all(|b| b.is_ascii_digit());
                let age =
                    entry.key.parse::<u32>().ok().filter(|age| plain && *age <= 120 && age.to_string() == entry.key);
                if age.is_none() {
                    let message =
                        format!("`{}` in `{path}` is not an age, expected whole years from 0 to 120", entry.key);
                    self.faults.push_help(
                        entry.key_place,
                        message,
                        "the key is the first age of a range: `\"15\" = 0.2` holds from 15 on",
                    );
                }
            }
            _ => {}
        }
    }

    fn month(&mut self, text: &str, place: Place, path: &str) {
        let Err(error) = text.parse::<Month>() else { return };
        let year = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
        let message = format!("`{path}`: {error}");
        if year {
            let help = format!("a year has twelve: \"{text}-01\" is its first month, \"{text}-12\" its last");
            self.faults.push_help(place, message, help);
        } else {
            self.faults.push(place, message);
        }
    }

    fn array(&mut self, node: &Node, items: &[Node], spec: &Spec, path: &str) {
        let kind = spec
            .kinds
            .iter()
            .find_map(|kind| if let Kind::Array { item, most } = kind { Some((item, *most)) } else { None });
        let Some((item_spec, most)) = kind else {
            self.wrong_kind(node, spec, path);
            return;
        };
        if items.len() > most {
            self.faults.push(node.place, format!("`{path}` has {} entries, expected at most {most}", items.len()));
        }
        for (index, item) in items.iter().enumerate() {
            let name = item.get("name").and_then(Node::text);
            let inner = match name {
                Some(name) if item_spec.is_section() => join(path, name),
                _ if items.len() == 1 && !item_spec.is_section() => path.to_owned(),
                _ => format!("{path}[{}]", index + 1),
            };
            self.check(item, item_spec, &inner);
        }
    }

    fn text(&mut self, node: &Node, text: &str, spec: &Spec, path: &str) {
        if !spec.kinds.iter().any(|kind| matches!(kind, Kind::String { .. })) {
            self.wrong_kind(node, spec, path);
            return;
        }
        let allowed = allowed_texts(spec);
        if !allowed.is_empty() {
            if !allowed.contains(&text) {
                let choice = suggest::list(allowed.iter().copied());
                let message = format!("`{path}` is {}, expected one of {choice}", self.found(node));
                match suggest::near(text, allowed.iter().copied()) {
                    Some(near) => self.faults.push_help(node.place, message, format!("did you mean `{near}`?")),
                    None => self.faults.push(node.place, message),
                }
            }
            return;
        }
        match spec.format.as_deref() {
            Some("month") => self.month(text, node.place, path),
            Some("name") if !is_name(text) => {
                let message =
                    format!("`{path}` is {}, expected lower-case letters, digits, `-` and `_`", self.found(node));
                let plain = plain_name(text);
                if plain.is_empty() {
                    self.faults.push(node.place, message);
                } else {
                    self.faults.push_help(
                        node.place,
                        message,
                        format!("for instance `{plain}`; `title` takes any words"),
                    );
                }
            }
            Some("currency") if text.len() != 3 || !text.bytes().all(|b| b.is_ascii_uppercase()) => {
                let message = format!("`{path}` is {}, expected three capital letters such as `USD`", self.found(node));
                self.faults.push(node.place, message);
            }
            Some("ages") if parse_ages(text).is_none() => {
                let message =
                    format!("`{path}` is {}, expected `all`, or ages such as `15-65` or `15+`", self.found(node));
                self.faults.push(node.place, message);
            }
            Some("path") if text.is_empty() || text.contains('\0') => {
                self.faults.push(node.place, format!("`{path}` is {}, expected the path of a file", self.found(node)));
            }
            _ => {}
        }
    }

    fn number(&mut self, node: &Node, spec: &Spec, path: &str) {
        let value = node.number().unwrap_or(f64::NAN);
        for kind in &spec.kinds {
            match *kind {
                Kind::Integer { low, high } => {
                    let inside = matches!(node.value, Value::Integer(whole) if (low..=high).contains(&whole));
                    if !inside {
                        let expected =
                            if low == high { format!("{low}") } else { format!("a whole number from {low} to {high}") };
                        self.faults.push(node.place, format!("`{path}` is {}, expected {expected}", self.found(node)));
                    }
                    return;
                }
                Kind::Number { low, high } => {
                    if !value.is_finite() {
                        self.faults
                            .push(node.place, format!("`{path}` is {}, expected a finite number", self.found(node)));
                    } else if !(low..=high).contains(&value) {
                        let found = self.found(node);
                        out_of_range(self.faults, node.place, path, &found, value, (low, high), spec.unit.as_deref());
                    }
                    return;
                }
                _ => {}
            }
        }
        self.wrong_kind(node, spec, path);
    }

    fn wrong_kind(&mut self, node: &Node, spec: &Spec, path: &str) {
        let message = format!("`{path}` is {}, expected {}", self.found_kind(node), expected(spec));
        let numeric = spec.kinds.iter().any(|kind| matches!(kind, Kind::Number { .. } | Kind::Integer { .. }));
        let help = match &node.value {
            Value::String(text) if numeric => number_help(text),
            Value::Datetime(date) if spec.format.as_deref() == Some("month") => {
                Some(format!("write the month alone, in quotes: \"{}\"", date.get(..7).unwrap_or("2016-06")))
            }
            Value::Integer(year @ 1900..=2200) if spec.format.as_deref() == Some("month") => Some(format!(
                "write a month of that year in quotes: \"{year}-01\" is its first, \"{year}-12\" its last"
            )),
            Value::Table(_) if spec.is_list_of_sections() => {
                Some(format!("write `[[{path}]]`, with two brackets, for each"))
            }
            Value::String(_) if spec.item().is_some() => Some(format!("write it in brackets: [{}]", self.found(node))),
            _ => None,
        };
        match help {
            Some(help) => self.faults.push_help(node.place, message, help),
            None => self.faults.push(node.place, message),
        }
    }

    /// The value as written, if it is short; otherwise its kind.
    fn found(&self, node: &Node) -> String {
        token(self.sources, node.place).unwrap_or_else(|| node.kind().to_owned())
    }

    fn found_kind(&self, node: &Node) -> String {
        match (token(self.sources, node.place), &node.value) {
            (Some(token), Value::String(_) | Value::Integer(_) | Value::Float(_)) => {
                format!("{} ({token})", node.kind())
            }
            (Some(token), Value::Boolean(_)) => token,
            _ => node.kind().to_owned(),
        }
    }
}

/// A sentence as it goes on after another.
fn lower_first(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// A short text as written.
pub(super) fn token(sources: &Sources, place: Place) -> Option<String> {
    let text = sources.text(place.file).get(place.start..place.end)?;
    (!text.is_empty() && text.chars().count() <= 40 && !text.contains('\n')).then(|| text.to_owned())
}

/// Adds the fault of a number outside its range, guessing at percentages.
pub(super) fn out_of_range(
    faults: &mut Faults,
    place: Place,
    path: &str,
    found: &str,
    value: f64,
    range: (f64, f64),
    unit: Option<&str>,
) {
    let (low, high) = range;
    let expected = match unit {
        Some("share") => format!("a share from {low} to {high}"),
        Some("factor") => format!("a factor from {low} to {high}"),
        Some("weight") => format!("a weight from {low} to {high}"),
        Some("log factor") => format!("a log factor from {low} to {high}"),
        Some(unit) => format!("{low} to {high} {unit}"),
        None if low.is_finite() && high.is_finite() => format!("{low} to {high}"),
        None if low.is_finite() => format!("{low} or more"),
        None => format!("{high} or less"),
    };
    let message = format!("`{path}` is {found}, expected {expected}");
    if unit == Some("share") && value > 1.0 && value <= 100.0 {
        faults.push_help(place, message, format!("is it a percentage? then write {}", percent_as_share(value)));
    } else if unit == Some("per year") && value < 0.0 {
        faults.push_help(place, message, "a rate is never negative; people who stop are counted by `discontinuance`");
    } else {
        faults.push(place, message);
    }
}

/// A percentage as a share, without the noise of binary division.
pub(super) fn percent_as_share(percent: f64) -> f64 {
    (percent * 1e10).round() / 1e12
}

/// Whether a text is a name of a scenario, layer or driver.
pub(super) fn is_name(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    text.bytes().next().is_some_and(allowed) && text.bytes().all(|b| allowed(b) || b == b'-' || b == b'_')
}

/// The name nearest to any text; empty when it has no letter or digit of ASCII.
pub(super) fn plain_name(text: &str) -> String {
    let plain: String =
        text.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    plain.trim_matches(['-', '_']).to_owned()
}

/// First age, and first age past the range (infinite if open), of `15-65` or `15+`; all ages of `all`.
pub(super) fn parse_ages(text: &str) -> Option<(f64, f64)> {
    let age = |text: &str| {
        let digits = !text.is_empty() && text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u32>().ok().filter(|age| digits && *age <= 120).map(f64::from)
    };
    if text == crate::series::ALL {
        return Some((0.0, f64::INFINITY));
    }
    if let Some(from) = text.strip_suffix('+') {
        return Some((age(from)?, f64::INFINITY));
    }
    let (from, to) = text.split_once('-')?;
    let (from, to) = (age(from)?, age(to)? + 1.0);
    (from < to).then_some((from, to))
}

fn allowed_texts(spec: &Spec) -> Vec<&str> {
    for kind in &spec.kinds {
        if let Kind::String { allowed } = kind {
            return allowed.iter().map(String::as_str).collect();
        }
    }
    Vec::new()
}

/// What is expected, in words.
fn expected(spec: &Spec) -> String {
    if spec.parameter {
        return "a number, or a table such as { value = 0.4, source = \"...\" }".to_owned();
    }
    let kinds = spec.kinds.iter().map(|kind| match kind {
        Kind::String { allowed } if !allowed.is_empty() => {
            format!("one of {}", suggest::list(allowed.iter().map(String::as_str)))
        }
        Kind::String { .. } => match spec.format.as_deref() {
            Some("month") => "a month in quotes, for instance \"2016-06\"".to_owned(),
            Some("path") => "the path of a file, in quotes".to_owned(),
            _ => "text in quotes".to_owned(),
        },
        Kind::Integer { .. } => "a whole number".to_owned(),
        Kind::Number { .. } => "a number".to_owned(),
        Kind::Boolean => "true or false".to_owned(),
        Kind::Array { item, .. } if item.is_section() => "a list of tables".to_owned(),
        Kind::Array { .. } => "a list in brackets".to_owned(),
        Kind::Table { .. } => "a table".to_owned(),
        Kind::Map { .. } => match spec.keys.as_deref() {
            Some("month") => "a table of numbers by month, { \"2012-01\" = 0.1, \"2016-06\" = 0.3 }".to_owned(),
            Some(keys) => format!("a table with one entry for each {keys}"),
            None => "a table".to_owned(),
        },
    });
    kinds.collect::<Vec<_>>().join(" or ")
}

/// How a text that was meant as a number is written.
fn number_help(text: &str) -> Option<String> {
    let text = text.trim();
    if text.parse::<f64>().is_ok_and(f64::is_finite) {
        return Some(format!("write the number without quotes: {text}"));
    }
    if let Some(percent) = text.strip_suffix('%').and_then(|text| text.trim().parse::<f64>().ok()) {
        return Some(format!("write {}, without quotes", percent_as_share(percent)));
    }
    let with_point = text.replace(',', ".");
    with_point
        .parse::<f64>()
        .is_ok_and(f64::is_finite)
        .then(|| format!("decimals are written with a point, without quotes: {with_point}"))
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_ranges_in_years() {
        assert_eq!(parse_ages("all"), Some((0.0, f64::INFINITY)));
        assert_eq!(parse_ages("15-65"), Some((15.0, 66.0)));
        assert_eq!(parse_ages("80+"), Some((80.0, f64::INFINITY)));
        for wrong in ["", "15", "65-15", "-", "+", "15-", "a-b", "15-1000", "١-٢"] {
            assert_eq!(parse_ages(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn percentages_become_tidy_shares() {
        assert_eq!(percent_as_share(38.0), 0.38);
        assert_eq!(percent_as_share(32.4), 0.324);
        assert_eq!(percent_as_share(100.0), 1.0);
    }

    #[test]
    fn names_are_plain() {
        assert!(is_name("political-expression") && is_name("2g_only"));
        assert!(!is_name("") && !is_name("-x") && !is_name("Facebook") && !is_name("ផ្សារ"));
        assert_eq!(plain_name("My Scenario.v2"), "my-scenario-v2");
    }
}
