//! The guide to the format of scenario files, written from the types of `raw`.

use super::spec::{self, Kind, Spec};

/// `docs/scenario-format.md`: every key with its type, unit, default, range and meaning.
#[must_use]
pub fn format_guide() -> String {
    let root = spec::root();
    let mut text = INTRODUCTION.replace("MINIMAL", include_str!("../../scenarios/minimal.toml").trim_end());
    table(&mut text, "## Top of the file", root);
    sections(&mut text, root, "");
    text.push_str("## Parameters\n\n");
    text.push_str(PARAMETERS);
    let parameter = root.under("layer").and_then(Spec::item).and_then(|layer| layer.under("imitation"));
    if let Some(parameter) = parameter {
        rows(&mut text, parameter);
    }
    text.push_str(REST);
    text
}

fn sections(text: &mut String, spec: &Spec, path: &str) {
    for field in spec.fields() {
        let full = if path.is_empty() { field.key.clone() } else { format!("{path}.{}", field.key) };
        if let Some(values) = section_by_key(&field.spec) {
            let key = field.spec.keys.as_deref().unwrap_or("name").to_uppercase();
            let full = format!("{full}.{key}");
            table_of(
                text,
                &format!("### `[{full}]`"),
                &format!("{} {}", field.spec.description, values.description),
                values,
            );
            sections(text, values, &full);
        } else if let Some(item) = field.spec.item().filter(|item| item.is_section()) {
            table_of(text, &format!("## `[[{full}]]`"), &field.spec.description, item);
            sections(text, item, &full);
        } else if field.spec.is_section() {
            let level = if path.is_empty() { "##" } else { "###" };
            table_of(text, &format!("{level} `[{full}]`"), &field.spec.description, &field.spec);
            sections(text, &field.spec, &full);
        }
    }
}

/// The section that each key of a map opens.
fn section_by_key(spec: &Spec) -> Option<&Spec> {
    spec.kinds.iter().find_map(|kind| match kind {
        Kind::Map { values, .. } => Some(&**values).filter(|values| values.is_section()),
        _ => None,
    })
}

fn table(text: &mut String, heading: &str, spec: &Spec) {
    table_of(text, heading, &spec.description, spec);
}

fn table_of(text: &mut String, heading: &str, description: &str, spec: &Spec) {
    text.push_str(&format!("{heading}\n\n{description}\n\n"));
    rows(text, spec);
}

fn rows(text: &mut String, spec: &Spec) {
    text.push_str("| key | type | unit | default | range | meaning |\n| --- | --- | --- | --- | --- | --- |\n");
    let inside_parameter = spec.parameter;
    for field in spec.fields() {
        let spec = &field.spec;
        if !inside_parameter && (spec.is_section() || spec.is_list_of_sections() || section_by_key(spec).is_some()) {
            continue;
        }
        let default = spec.default.clone().map(code_default).unwrap_or_default();
        let of_its_key = inside_parameter && unit(spec).is_some();
        let (unit, range) = if of_its_key {
            ("of the key".to_owned(), "of the key".to_owned())
        } else {
            (unit(spec).unwrap_or_default(), range(spec))
        };
        let meaning = match spec.examples.first() {
            Some(example) => format!("{} Example: `{example}`", spec.description),
            None => spec.description.clone(),
        };
        let default = if field.spec.required { "required".to_owned() } else { default };
        text.push_str(&format!("| `{}` | {} | {unit} | {default} | {range} | {meaning} |\n", field.key, kind(spec)));
    }
    text.push('\n');
}

/// A default that is a value stands in backticks, one that is words does not.
fn code_default(text: String) -> String {
    let words = text.contains(' ') && !text.starts_with(['[', '"']);
    if words || text.contains('`') { text } else { format!("`{text}`") }
}

fn kind(spec: &Spec) -> String {
    if spec.parameter {
        return "[parameter](#parameters)".to_owned();
    }
    let kinds = spec.kinds.iter().map(|kind| match kind {
        Kind::String { allowed } if !allowed.is_empty() => "word".to_owned(),
        Kind::String { .. } => match spec.format.as_deref() {
            Some("month") => "month".to_owned(),
            Some("name") => "name".to_owned(),
            Some("path") => "path".to_owned(),
            Some("ages") => "ages".to_owned(),
            Some("currency") => "currency".to_owned(),
            _ => "text".to_owned(),
        },
        Kind::Integer { .. } => "whole number".to_owned(),
        Kind::Number { .. } => "number".to_owned(),
        Kind::Boolean => "true or false".to_owned(),
        Kind::Array { item, .. } => format!("list of {}s", self::kind(item)),
        Kind::Table { .. } => "distribution".to_owned(),
        Kind::Map { values, .. } => format!("{} by {}", self::kind(values), spec.keys.as_deref().unwrap_or("name")),
    });
    kinds.collect::<Vec<_>>().join(" or ")
}

fn unit(spec: &Spec) -> Option<String> {
    spec.unit.clone().or_else(|| {
        spec.kinds.iter().find_map(|kind| if let Kind::Map { values, .. } = kind { unit(values) } else { None })
    })
}

fn range(spec: &Spec) -> String {
    let ranges = spec.kinds.iter().filter_map(|kind| match kind {
        Kind::String { allowed } if !allowed.is_empty() => {
            Some(allowed.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "))
        }
        Kind::Integer { low, high } if low == high => Some(low.to_string()),
        Kind::Integer { high, .. } if *high > i128::from(u32::MAX) => Some("0 or more".to_owned()),
        Kind::Integer { low, high } => Some(format!("{low} to {high}")),
        Kind::Number { low, high } if low.is_finite() && high.is_finite() => {
            Some(format!("{low} to {}", number(*high)))
        }
        Kind::Number { low, .. } if low.is_finite() => Some(format!("{low} or more")),
        Kind::Number { high, .. } if high.is_finite() => Some(format!("{} or less", number(*high))),
        Kind::Map { values, .. } => Some(range(values)).filter(|range| !range.is_empty()),
        _ => None,
    });
    ranges.collect::<Vec<_>>().join(", ")
}

fn number(value: f64) -> String {
    if value.abs() >= 1e6 { format!("{value:e}") } else { value.to_string() }
}

const INTRODUCTION: &str = r#"# The format of scenario files

A scenario is a TOML file: when, who, what spreads, and what is written. This page lists every key. It is written from
the types that read the files, and a test keeps both equal (`UPDATE_DOCS=1 cargo test --test scenario_files` rewrites
it). `uptake schema` prints the same as a JSON Schema, for completion and checks in editors; `uptake new` writes a
commented file to start from; `uptake validate FILE` reports every fault of a file at once, each at its line and column.

The smallest useful scenario, `scenarios/minimal.toml`:

```toml
MINIMAL
```

Ways of writing:

- A **month** is text, `"2016-06"`. As the time of a stock or statistic it means the end of that month.
- A **share** runs from 0 to 1; percent exists only on screen. A **rate** is per year.
- A **name** has lower-case letters, digits, `-` and `_`.
- A **path** starts from the folder of the file it is written in.
- Unknown keys are errors.

Inheritance: `extends = "cambodia.toml"` takes everything from another scenario; what is written here replaces it. Tables
merge key by key. `[[layer]]`, `[[driver]]` and `[[intervention]]` merge by `name`, new names at the end. Everything else is replaced: a
parameter as a whole, and the list of `[[observation]]` as a whole. `name` is not inherited. Giving `population.total`
drops an inherited `age_sex` with its tables and the other way round; giving `network.kind` drops the rest of an
inherited `[network]`; giving a driver's `value` drops its inherited
`urban` and `rural`.

Overlays on the command line: `--with FILE` lays a file of this format over the scenario; repeatable, in order. It needs
only the keys it changes; what it extends is not read. The result is titled `BASE + OVERLAY`.

Overrides on the command line: `--set layer.internet.imitation=0.4` changes one value and is checked like the file.
Layers, drivers and interventions are addressed by name; names with points or spaces stand in quotes. A parameter set this way has the
source "command line".

"#;

const PARAMETERS: &str = r#"Wherever the type is *parameter*, write one of

```toml
imitation = 0.4                                                   # a number: allowed, but reported as unsourced
imitation = { value = 0.4, source = "Bass 1969" }                 # a number and where it comes from
imitation = { series = { "2012-01" = 0.1, "2016-06" = 0.3 }, interpolation = "linear", source = "assumed" }
imitation = { distribution = "lognormal", median = 0.4, sigma = 0.3, source = "assumed" }
imitation = { value = 0.4, factor = { distribution = "lognormal", median = 1, sigma = 0.1 }, source = "assumed" }
```

A series runs in straight lines between its months (`interpolation = "step"`: each value holds until the next), and is
constant before the first and after the last. A distribution is drawn once for each member and cut to the range of its
key; at least 5 % of it must lie inside. Families and their numbers: `normal` (`mean`, `sd`), `lognormal` (`median`,
`sigma`), `logitnormal` on 0 to 1 (`median`, `sigma`), `beta` (`mean`, `concentration`), `triangular` (`low`, `mode`, `high`), `uniform` (`low`, `high`). The range
given for a key holds for its `value` and for each number of its `series`.

"#;

const REST: &str = r"## Warnings

A scenario with warnings runs. Each has a stable name:

| name | when |
| --- | --- |
| `unsourced-parameter` | a parameter has no `source`; it counts as assumed |
| `unlikely-rate` | a rate is above 12 per year |
| `truncated-distribution` | more than 5 % of a distribution lies outside the range of its key |
| `pooled-priors-not-used` | `priors` finds nothing to give: the layer has its own numbers |
| `pooled-priors-of-another-law` | the layer leaves the law that the pooled numbers were measured with: access that grows with drivers, or discontinuance |
| `never-launched` | a layer is launched after the last simulated month |
| `initial-not-used` | a layer launched after the start has an `initial` share |
| `ceiling-replaces-access` | `ceiling` is given together with `shares` or `affordability`, which it replaces |
| `regions-not-used` | `by_region` is given for a population without regions |
| `overlay-conflict` | two overlays set one value differently, or one defines an intervention that the scenario has in another form |
| `before-launch` | an intervention acts on a layer from before its launch |
| `ramp-unfinished` | an intervention ends, or the run does, before its ramp is over |
| `no-effect` | a strength that changes nothing, such as a factor of 1, or `reached` without `per_person` |
| `touches-no-one` | nobody of the population meets the conditions of an intervention's `who` |
| `breakdown-not-available` | a breakdown asks for a division the population does not have; it is left out |
| `repeated-ties` | a file of `network.edges` names ties more than once; each counts once |
| `no-ties` | a file of `network.edges` names no tie |
| `observation-outside-span` | a statistic of a month that is not simulated |
| `observation-unmatched-group` | a statistic of a group that the results do not have |
";
