//! Published statistics: inline tables, and rows of a CSV file read as if they were such tables.

use std::ops::Range;
use std::path::Path;

use super::check::{Checker, month};
use super::diagnostics::{Place, Sources};
use super::extends;
use super::model::TimeSpan;
use super::raw::{At, FromNode, RawObservation, RawScenario};
use super::shape::{self, ShapeCheck};
use super::spec::{self, Kind, Spec};
use super::suggest;
use super::tree::{Entry, Node, Value};
use crate::population::Grid;
use crate::series::{ALL, ErrorModel, Group, Observation};

impl Checker<'_> {
    /// The statistics of the data file, then those written in the scenario.
    pub fn observations(
        &mut self,
        raw: &RawScenario,
        layers: &[String],
        grid: Option<&Grid>,
        time: Option<TimeSpan>,
    ) -> Vec<Observation> {
        let mut rows = Vec::new();
        if let Some(path) = raw.data.as_ref().and_then(|data| data.observations.as_ref())
            && let Some(full) = self.data_file(path, "data.observations")
        {
            rows = self.read_rows(&full);
        }
        rows.iter()
            .chain(raw.observation.as_deref().unwrap_or_default())
            .filter_map(|row| self.observation(row, layers, grid, time))
            .collect()
    }

    fn observation(
        &mut self,
        raw: &RawObservation,
        layers: &[String],
        grid: Option<&Grid>,
        time: Option<TimeSpan>,
    ) -> Option<Observation> {
        let layer = raw.layer.as_ref()?;
        if !layers.contains(&layer.value) {
            let names: Vec<&str> = layers.iter().map(String::as_str).collect();
            let message = format!("an observation speaks of the layer `{}`, but there is no such layer", layer.value);
            self.faults.push_help(layer.place, message, suggest::remedy(&layer.value, &names));
        }
        let (date_text, value, unit) = (raw.date.as_ref()?, raw.value.as_ref()?, raw.unit.as_ref()?);
        let date = month(date_text)?;
        if unit.value == "share" && value.value > 1.0 {
            let found = shape::token(self.sources, value.place).unwrap_or_else(|| value.value.to_string());
            shape::out_of_range(
                self.faults,
                value.place,
                "observation.value",
                &found,
                value.value,
                (0.0, 1.0),
                Some("share"),
            );
        }
        if let Some(time) = time.filter(|time| date < time.start || date > time.end) {
            let message =
                format!("an observation of {date} lies outside the simulated months, {} to {}", time.start, time.end);
            self.warn(date_text.place, "observation-outside-span", message);
        }
        let text = |text: &Option<At<String>>, default: &str| {
            text.as_ref().map_or(default, |text| text.value.as_str()).to_owned()
        };
        let group = Group {
            region: text(&raw.region, ALL),
            residence: text(&raw.residence, ALL),
            sex: text(&raw.sex, ALL),
            age: text(&raw.age, ALL),
        };
        if let Some(grid) = grid {
            self.observed_group(raw, &group, grid);
        }
        let counts_people = matches!(unit.value.as_str(), "share" | "persons");
        Some(Observation {
            layer: layer.value.clone(),
            date,
            value: value.value,
            unit: unit.value.clone(),
            measures: text(&raw.measures, ""),
            base: text(&raw.base, ALL),
            group,
            source: raw.source.as_ref()?.value.clone(),
            vintage: text(&raw.vintage, ""),
            quality: text(&raw.quality, "C"),
            comparable: raw.comparable.as_ref().map_or(counts_people, |comparable| comparable.value),
            error: ErrorModel {
                bias: raw.bias.as_ref().map(|bias| bias.value),
                bias_sd: raw.bias_sd.as_ref().map(|sd| sd.value),
                spread: raw.spread.as_ref().map(|spread| spread.value),
            },
        })
    }

    fn observed_group(&mut self, raw: &RawObservation, group: &Group, grid: &Grid) {
        if let Some(region) = raw
            .region
            .as_ref()
            .filter(|region| region.value != ALL && grid.regions.len() > 1 && !grid.regions.contains(&region.value))
        {
            let regions: Vec<&str> = grid.regions.iter().map(String::as_str).collect();
            self.faults.push_help(
                region.place,
                format!("unknown region `{}` in an observation", region.value),
                suggest::remedy(&region.value, &regions),
            );
            return;
        }
        let ages: Vec<String> = grid.ages.iter().map(|(label, _)| label.clone()).collect();
        let parts = [
            ("region", &raw.region, &group.region, &grid.regions),
            ("residence", &raw.residence, &group.residence, &grid.residences),
            ("sex", &raw.sex, &group.sex, &grid.sexes),
            ("age", &raw.age, &group.age, &ages),
        ];
        for (key, given, value, known) in parts {
            if let Some(given) = given.as_ref().filter(|_| *value != ALL && !known.contains(value)) {
                let message = format!(
                    "an observation of {key} `{value}` cannot be set beside the results: they have {}",
                    suggest::list(known.iter().map(String::as_str))
                );
                self.warn(given.place, "observation-unmatched-group", message);
            }
        }
    }

    /// The rows of a CSV file as observations; faults are located at their cells.
    fn read_rows(&mut self, path: &Path) -> Vec<RawObservation> {
        let Ok(bytes) = extends::read_bytes(path, extends::LARGEST_DATA, "csv") else { return Vec::new() };
        let shown = path.display().to_string();
        let dir = path.parent().map(Path::to_owned).unwrap_or_default();
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text.strip_prefix('\u{feff}').unwrap_or(text),
            Err(error) => {
                let line = bytes[..error.valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
                self.faults.push_file(
                    shown,
                    format!("line {line} is not UTF-8 text"),
                    Some("save the file as UTF-8".to_owned()),
                );
                return Vec::new();
            }
        };
        let file = self.sources.add(shown, dir, text);
        let Some(row_spec) = spec::root().under("observation").and_then(Spec::item) else { return Vec::new() };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let mut header: Option<Vec<String>> = None;
        let mut rows = Vec::new();
        for record in reader.byte_records() {
            let Ok(record) = record else { break };
            let start = record.position().map_or(0, |position| position.byte() as usize);
            let cells = cells(text, start);
            let cell_text = |at: usize| String::from_utf8_lossy(record.get(at).unwrap_or_default()).trim().to_owned();
            let place =
                |at: usize| cells.get(at).map_or(Place::new(file, start..start), |span| Place::new(file, span.clone()));
            let Some(columns) = &header else {
                let names: Vec<String> = (0..record.len()).map(cell_text).collect();
                if !self.header_is_fine(&names, row_spec, &place) {
                    return Vec::new();
                }
                header = Some(names);
                continue;
            };
            if record.len() != columns.len() {
                let message =
                    format!("{} cells in this row, expected {} as in the heading", record.len(), columns.len());
                self.faults.push_help(
                    Place::new(file, start..line_end(text, start)),
                    message,
                    "text with commas stands in double quotes",
                );
                continue;
            }
            let entries =
                columns.iter().enumerate().filter(|(at, _)| !cell_text(*at).is_empty()).map(|(at, column)| {
                    let value = cell_value(&cell_text(at), row_spec.under(column));
                    Entry { key: column.clone(), key_place: place(at), node: Node { place: place(at), value } }
                });
            let node =
                Node { place: Place::new(file, start..line_end(text, start)), value: Value::Table(entries.collect()) };
            let sources: &Sources = self.sources;
            ShapeCheck { sources, faults: self.faults, complete: true }.check(&node, row_spec, "observation");
            rows.extend(RawObservation::from_node(&node));
        }
        if header.is_none() {
            self.faults.push(Place::new(file, 0..0), "the file of observations is empty, expected a heading and rows");
        }
        rows
    }

    fn header_is_fine(&mut self, names: &[String], row_spec: &Spec, place: &impl Fn(usize) -> Place) -> bool {
        let known: Vec<&str> = row_spec.fields().iter().map(|field| field.key.as_str()).collect();
        let mut fine = true;
        for (at, name) in names.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                self.faults.push_help(place(at), format!("unknown column `{name}`"), suggest::remedy(name, &known));
                fine = false;
            } else if names[..at].contains(name) {
                self.faults.push(place(at), format!("the column `{name}` is there twice"));
                fine = false;
            }
        }
        let missing: Vec<&str> = row_spec
            .fields()
            .iter()
            .filter(|field| field.spec.required)
            .map(|field| field.key.as_str())
            .filter(|key| !names.iter().any(|name| name == key))
            .collect();
        if !missing.is_empty() {
            let noun = if missing.len() == 1 { "column" } else { "columns" };
            self.faults.push_help(
                place(0),
                format!("no {noun} {}", suggest::list(missing)),
                format!("columns, in any order: {}", suggest::list(known)),
            );
            fine = false;
        }
        fine
    }
}

/// A cell as the kind of value its column takes, if it can be read as such.
fn cell_value(text: &str, spec: Option<&Spec>) -> Value {
    for kind in spec.map(|spec| spec.kinds.as_slice()).unwrap_or_default() {
        match kind {
            Kind::Number { .. } => {
                if let Ok(number) = text.parse::<f64>() {
                    return Value::Float(number);
                }
            }
            Kind::Boolean => match text.to_lowercase().as_str() {
                "true" | "yes" | "1" => return Value::Boolean(true),
                "false" | "no" | "0" => return Value::Boolean(false),
                _ => {}
            },
            _ => {}
        }
    }
    Value::String(text.to_owned())
}

/// The byte spans of the cells of the record that starts at `start`, without the white space around them.
fn cells(text: &str, start: usize) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    // The position of a record may include the line ends and comments before it.
    let mut start = start.min(bytes.len());
    loop {
        while start < bytes.len() && matches!(bytes[start], b'\n' | b'\r') {
            start += 1;
        }
        if start >= bytes.len() || bytes[start] != b'#' {
            break;
        }
        start = line_end(text, start);
    }
    let mut spans = Vec::new();
    let (mut first, mut quoted, mut at) = (start, false, start);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                spans.push(trimmed(text, first..at));
                first = at + 1;
            }
            b'\n' | b'\r' if !quoted => break,
            _ => {}
        }
        at += 1;
    }
    spans.push(trimmed(text, first..at));
    spans
}

fn trimmed(text: &str, span: Range<usize>) -> Range<usize> {
    let cell = &text[span.clone()];
    let start = span.start + (cell.len() - cell.trim_start().len());
    start..start + cell.trim().len()
}

fn line_end(text: &str, start: usize) -> usize {
    let start = start.min(text.len());
    text[start..].find('\n').map_or(text.len(), |at| start + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_where_they_stand() {
        let text = "a,b\r\n# remark\n\nx, \"y, z\" ,\nlast";
        let shown = |start: usize| cells(text, start).into_iter().map(|span| &text[span]).collect::<Vec<_>>();
        assert_eq!(shown(0), ["a", "b"]);
        assert_eq!(shown(3), ["x", "\"y, z\"", ""]);
        assert_eq!(shown(26), ["last"]);
        assert_eq!(shown(99), [""]);
    }
}
