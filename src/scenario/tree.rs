//! A TOML file as a tree in which every key and value remembers where it was written.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostics::{Faults, Place, Sources};

/// Deepest nesting of tables and arrays; far beyond any scenario, and safe to walk by recursion.
const DEEPEST: usize = 64;

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub place: Place,
    pub value: Value,
}

/// What can be written.
#[derive(Clone, Debug)]
pub(super) enum Value {
    String(String),
    Integer(i128),
    Float(f64),
    Boolean(bool),
    /// A TOML date or time, as text; nothing in a scenario is one.
    Datetime(String),
    Array(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub key: String,
    pub key_place: Place,
    pub node: Node,
}

impl Node {
    /// An empty table.
    pub fn empty(place: Place) -> Self {
        Self { place, value: Value::Table(Vec::new()) }
    }

    /// The entries of a table.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Table(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items of an array.
    pub fn items(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The entry of a key, if this is a table that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries()?.iter().find(|entry| entry.key == key)
    }

    /// The value of a key, if this is a table that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// The text, if this is a string.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if this is one.
    pub fn number(&self) -> Option<f64> {
        match self.value {
            Value::Integer(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            _ => None,
        }
    }

    /// The kind of value in words.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::String(_) => "a string",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Boolean(_) => "true or false",
            Value::Datetime(_) => "a TOML date",
            Value::Array(_) => "an array",
            Value::Table(_) => "a table",
        }
    }
}

/// Reads a TOML text; faults of syntax are added to `faults`, and the tree is then absent.
pub(super) fn parse(sources: &Sources, file: usize, faults: &mut Faults) -> Option<Node> {
    let text = sources.text(file);
    if let Some(at) = too_deep(text) {
        let message = format!("more than {DEEPEST} levels of nesting");
        faults.push_help(
            Place::new(file, at..at + 1),
            message,
            "a scenario needs five at most; is this a scenario file?",
        );
        return None;
    }
    match DeTable::parse(text) {
        Ok(table) => convert_table(table.into_inner(), Place::new(file, 0..0), file, faults),
        Err(first) => {
            syntax_faults(text, file, &first, faults);
            None
        }
    }
}

/// Reads the value of an override; a text that is no TOML value is taken as a bare string.
pub(super) fn parse_value(text: &str, file: usize, shift: usize, faults: &mut Faults) -> Option<Node> {
    let trimmed = text.trim();
    let shift = shift + (text.len() - text.trim_start().len());
    let place = Place::new(file, shift..shift + trimmed.len());
    if too_deep(trimmed).is_some() {
        faults.push(place, format!("more than {DEEPEST} levels of nesting"));
        return None;
    }
    match DeValue::parse(trimmed) {
        Ok(value) => {
            let mut node = convert(value, file, faults)?;
            shift_places(&mut node, shift);
            Some(node)
        }
        Err(error) if trimmed.starts_with(['{', '[', '"', '\'']) => {
            let span = error.span().unwrap_or(0..trimmed.len());
            faults.push(Place::new(file, shift + span.start..shift + span.end), syntax_message(&error, ""));
            None
        }
        Err(_) => Some(Node { place, value: Value::String(trimmed.to_owned()) }),
    }
}

fn shift_places(node: &mut Node, by: usize) {
    node.place.start += by;
    node.place.end += by;
    match &mut node.value {
        Value::Array(items) => items.iter_mut().for_each(|item| shift_places(item, by)),
        Value::Table(entries) => {
            for entry in entries {
                entry.key_place.start += by;
                entry.key_place.end += by;
                shift_places(&mut entry.node, by);
            }
        }
        _ => {}
    }
}

fn convert_table(table: DeTable<'_>, place: Place, file: usize, faults: &mut Faults) -> Option<Node> {
    let mut entries = Vec::with_capacity(table.len());
    for (key, value) in table {
        let key_place = Place::new(file, key.span());
        let node = convert(value, file, faults)?;
        entries.push(Entry { key: key.into_inner().into_owned(), key_place, node });
    }
    entries.sort_by_key(|entry| entry.key_place);
    Some(Node { place, value: Value::Table(entries) })
}

fn convert(value: Spanned<DeValue<'_>>, file: usize, faults: &mut Faults) -> Option<Node> {
    let place = Place::new(file, value.span());
    let value = match value.into_inner() {
        DeValue::String(text) => Value::String(text.into_owned()),
        DeValue::Boolean(value) => Value::Boolean(value),
        DeValue::Datetime(value) => Value::Datetime(value.to_string()),
        DeValue::Integer(number) => match i128::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::Float(f64::INFINITY),
        },
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Array(items) => {
            let mut nodes = Vec::with_capacity(items.len());
            for item in items {
                nodes.push(convert(item, file, faults)?);
            }
            Value::Array(nodes)
        }
        DeValue::Table(table) => return convert_table(table, place, file, faults),
    };
    Some(Node { place, value })
}

/// Adds the faults of syntax; beyond the first only those of other lines, and only in files small enough to be scenarios.
fn syntax_faults(text: &str, file: usize, first: &toml::de::Error, faults: &mut Faults) {
    const SMALL: usize = 1 << 18;
    const MOST: usize = 10;
    let mut reported = 0;
    let mut errors = if text.len() <= SMALL { DeTable::parse_recoverable(text).1 } else { vec![first.clone()] };
    // The parser and what builds on it report one after the other, not in file order.
    errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
    let mut line_end = 0;
    for error in &errors {
        let span = error.span().unwrap_or(0..0);
        let start = floor(text, span.start);
        if start < line_end {
            continue;
        }
        line_end = text[start..].find('\n').map_or(text.len(), |at| start + at + 1);
        reported += 1;
        if reported > MOST {
            break;
        }
        let place = Place::new(file, start..span.end.max(start));
        let written = text.get(place.start..place.end).unwrap_or_default();
        match syntax_help(text, start, error.message()) {
            Some(help) => faults.push_help(place, syntax_message(error, written), help),
            None => faults.push(place, syntax_message(error, written)),
        }
    }
}

fn syntax_message(error: &toml::de::Error, written: &str) -> String {
    let text = error.message();
    let mut letters = text.chars();
    let lowered: String = letters.next().map(|c| c.to_lowercase().collect::<String>()).unwrap_or_default();
    if text.starts_with("duplicate") {
        format!("{text} `{written}`")
    } else {
        format!("this is not TOML: {lowered}{}", letters.as_str())
    }
}

/// What usually leads to a fault of syntax like this one.
fn syntax_help(text: &str, at: usize, message: &str) -> Option<String> {
    let start = text[..floor(text, at)].rfind('\n').map_or(0, |i| i + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    if message.contains("duplicate") {
        return Some("a key may be written once in a table; keep one of the two".to_owned());
    }
    if message.contains("invalid basic string") || message.contains("invalid literal string") {
        return Some("a quote opens this text, and none closes it on the same line".to_owned());
    }
    let value = line.split_once('=').map(|(_, value)| value.split('#').next().unwrap_or_default().trim())?;
    let unquoted = value.starts_with(|c: char| c.is_alphabetic()) && !value.contains(['"', '\'', '[', '{']);
    let month_like =
        value.len() == 7 && value.as_bytes()[4] == b'-' && value.bytes().filter(u8::is_ascii_digit).count() == 6;
    if month_like || unquoted {
        return Some(format!("text and months are written in quotes: \"{value}\""));
    }
    if value.matches(',').count() == 1 && value.replace(',', ".").parse::<f64>().is_ok() {
        return Some(format!("decimals are written with a point: {}", value.replace(',', ".")));
    }
    value.strip_suffix('%').map(|share| match share.trim().parse::<f64>() {
        Ok(share) => format!("shares are written from 0 to 1: {}", share / 100.0),
        Err(_) => "shares are written from 0 to 1".to_owned(),
    })
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Where a text first nests deeper than is safe to parse, be it by brackets or by the dots of a key.
///
/// The parser limits brackets itself, but builds one table inside another for every dot of a key, and taking apart
/// a million of them overflows the stack.
fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut at, mut dots, mut brackets) = (0, 0_usize, 0_usize);
    while at < bytes.len() {
        match bytes[at] {
            b'#' => {
                at += bytes[at..].iter().position(|b| *b == b'\n').unwrap_or(bytes.len() - at);
                continue;
            }
            quote @ (b'"' | b'\'') => {
                at = past_string(bytes, at, quote);
                continue;
            }
            b'.' => dots += 1,
            b'[' | b'{' => brackets += 1,
            b']' | b'}' => brackets = brackets.saturating_sub(1),
            b'\n' | b'=' | b',' => dots = 0,
            _ => {}
        }
        if dots > DEEPEST || brackets > DEEPEST {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// First byte past the string that opens at `at`; strings on one line end with the line at the latest.
fn past_string(bytes: &[u8], at: usize, quote: u8) -> usize {
    let triple = bytes[at..].starts_with(&[quote; 3]);
    let mut at = at + if triple { 3 } else { 1 };
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 1,
            b'\n' if !triple => return at,
            b if b == quote && !triple => return at + 1,
            b if b == quote && bytes[at..].starts_with(&[quote; 3]) => {
                // Up to two further quotes may belong to the text itself.
                let run = bytes[at..].iter().take(5).take_while(|b| **b == quote).count();
                return at + run;
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn faults_of(text: &str) -> Vec<String> {
        let mut sources = Sources::default();
        let file = sources.add("a.toml", PathBuf::new(), text);
        let mut faults = Faults::default();
        let node = parse(&sources, file, &mut faults);
        assert_eq!(node.is_none(), !faults.is_empty());
        faults.into_errors(sources).faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn deep_nesting_is_refused_before_it_is_built() {
        for text in [
            format!("a{} = 1", ".a".repeat(500_000)),
            format!("[a{}]", ".a".repeat(500_000)),
            format!("a = {}", "[".repeat(500_000)),
            format!("a = {}", "{a=".repeat(500_000)),
            format!("\"x\"{} = 1", ".\"x\"".repeat(100_000)),
        ] {
            let faults = faults_of(&text);
            assert_eq!(faults.len(), 1);
            assert!(faults[0].contains("levels of nesting"), "{faults:?}");
        }
        assert_eq!(faults_of(&format!("a = \"{}\"", ".[".repeat(1000))), Vec::<String>::new());
        assert_eq!(faults_of(&format!("a = '''\n{}'''", ".[".repeat(1000))), Vec::<String>::new());
        assert_eq!(faults_of(&format!("a = 1 # {}", ".[".repeat(1000))), Vec::<String>::new());
    }

    #[test]
    fn common_slips_of_syntax_have_a_remedy() {
        for (text, remedy) in [
            ("start = 2000-01", "\"2000-01\""),
            ("engine = cohort", "\"cohort\""),
            ("value = 0,4", "0.4"),
            ("value = 38 %", "0.38"),
        ] {
            let faults = faults_of(text);
            assert!(faults.iter().any(|fault| fault.contains(remedy)), "{faults:?}");
        }
    }
}
