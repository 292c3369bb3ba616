//! The format in the form the checks walk: compiled from the JSON Schema, so that both always agree.

use std::sync::OnceLock;

use serde_json::Value;

use super::schema::schema;

/// What may be written at one place.
#[derive(Debug, Default)]
pub(super) struct Spec {
    /// Meaning, in sentences.
    pub description: String,
    /// Unit in words.
    pub unit: Option<String>,
    /// What a text must look like: `name`, `month`, `ages`, `path`, `currency`,
    /// `breakdowns`.
    pub format: Option<String>,
    /// What the keys of a map are: `month`, `age`, `region`, `driver`.
    pub keys: Option<String>,
    /// Default in words.
    pub default: Option<String>,
    /// Whether the key must be there once inheritance is resolved.
    pub required: bool,
    /// Examples, as TOML.
    pub examples: Vec<String>,
    /// Neighbouring keys that this key makes pointless.
    pub displaces: Vec<String>,
    /// Whether this is a parameter, replaced as a whole in inheritance.
    pub parameter: bool,
    /// The kinds of value allowed; a node is checked against the one of its own kind.
    pub kinds: Vec<Kind>,
}

/// A kind of value.
#[derive(Debug)]
pub(super) enum Kind {
    /// A text, one of `allowed` unless that is empty.
    String { allowed: Vec<String> },
    /// A whole number.
    Integer { low: i128, high: i128 },
    /// A number.
    Number { low: f64, high: f64 },
    /// `true` or `false`.
    Boolean,
    /// A list.
    Array { item: Box<Spec>, most: usize },
    /// A table with given keys, in the order they are written.
    Table { fields: Vec<Field> },
    /// A table whose keys are chosen by the writer.
    Map { values: Box<Spec>, least: usize },
}

/// A key of a table.
#[derive(Debug)]
pub(super) struct Field {
    pub key: String,
    pub spec: Spec,
}

/// The format of a whole scenario file.
pub(super) fn root() -> &'static Spec {
    static ROOT: OnceLock<Spec> = OnceLock::new();
    ROOT.get_or_init(|| Spec::compile(schema(), schema()))
}

impl Spec {
    /// The keys of a table with given keys.
    pub fn fields(&self) -> &[Field] {
        self.kinds
            .iter()
            .find_map(|kind| if let Kind::Table { fields } = kind { Some(&fields[..]) } else { None })
            .unwrap_or(&[])
    }

    /// A given key of a table.
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields().iter().find(|field| field.key == key)
    }

    /// What may be written under a key, of a table or of a map.
    pub fn under(&self, key: &str) -> Option<&Spec> {
        let in_map = || {
            self.kinds.iter().find_map(|kind| if let Kind::Map { values, .. } = kind { Some(&**values) } else { None })
        };
        self.field(key).map(|field| &field.spec).or_else(in_map)
    }

    /// What the items of a list may be.
    pub fn item(&self) -> Option<&Spec> {
        self.kinds.iter().find_map(|kind| if let Kind::Array { item, .. } = kind { Some(&**item) } else { None })
    }

    /// Whether it is a table with given keys that is no parameter.
    pub fn is_section(&self) -> bool {
        !self.parameter && !self.fields().is_empty()
    }

    /// Whether it is a list of such tables.
    pub fn is_list_of_sections(&self) -> bool {
        self.item().is_some_and(Spec::is_section)
    }

    fn compile(schema: &Value, root: &Value) -> Self {
        let mut spec = match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let target = root.pointer(reference.trim_start_matches('#'));
                Self::compile(target.expect("references of a derived schema resolve"), root)
            }
            None => Self::default(),
        };
        let text = |key: &str| schema.get(key).and_then(Value::as_str).map(str::to_owned);
        if let Some(description) = text("description") {
            spec.description = description.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        spec.unit = text("x-unit").or(spec.unit);
        spec.format = text("x-format").or(spec.format);
        spec.keys = text("x-keys").or(spec.keys);
        spec.default = text("x-default").or_else(|| schema.get("default").map(toml_text)).or(spec.default);
        spec.required |= spec.default.as_deref() == Some("required");
        spec.parameter |= schema.get("x-parameter").is_some();
        let list = |key: &str| schema.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        spec.examples.extend(list("examples").iter().map(toml_text));
        spec.displaces.extend(list("x-displaces").iter().filter_map(Value::as_str).map(str::to_owned));
        if schema.get("type").is_some() {
            spec.kinds.push(Kind::compile(schema, root));
        } else {
            // The root's own choice only says which keys a file may leave out.
            for choice in list("anyOf").iter().filter(|choice| choice.get("type").is_some()) {
                spec.kinds.push(Kind::compile(choice, root));
            }
        }
        spec
    }
}

impl Kind {
    fn compile(schema: &Value, root: &Value) -> Self {
        let number = |key: &str| schema.get(key).and_then(Value::as_f64);
        let whole = |key: &str| {
            schema.get(key).and_then(|value| value.as_i64().map(i128::from).or(value.as_u64().map(i128::from)))
        };
        let count = |key: &str| schema.get(key).and_then(Value::as_u64).map(|count| count as usize);
        match schema.get("type").and_then(Value::as_str) {
            Some("string") => {
                let allowed = schema.get("enum").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                Kind::String { allowed: allowed.iter().filter_map(Value::as_str).map(str::to_owned).collect() }
            }
            Some("integer") => Kind::Integer {
                low: whole("minimum").unwrap_or(0),
                high: whole("maximum").unwrap_or(i128::from(u64::MAX)),
            },
            Some("number") => Kind::Number {
                low: number("minimum").unwrap_or(f64::NEG_INFINITY),
                high: number("maximum").unwrap_or(f64::INFINITY),
            },
            Some("boolean") => Kind::Boolean,
            Some("array") => {
                let item = Box::new(Spec::compile(schema.get("items").unwrap_or(&Value::Null), root));
                Kind::Array { item, most: count("maxItems").unwrap_or(usize::MAX) }
            }
            _ => match schema.get("properties").and_then(Value::as_object) {
                Some(properties) => {
                    let required =
                        schema.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
                    let field = |(key, schema): (&String, &Value)| {
                        let mut spec = Spec::compile(schema, root);
                        spec.required |= required.iter().any(|name| name == key);
                        Field { key: key.clone(), spec }
                    };
                    Kind::Table { fields: properties.iter().map(field).collect() }
                }
                None => {
                    let values =
                        Box::new(Spec::compile(schema.get("additionalProperties").unwrap_or(&Value::Null), root));
                    Kind::Map { values, least: count("minProperties").unwrap_or(0) }
                }
            },
        }
    }
}

/// A JSON value as it is written in TOML.
fn toml_text(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(toml_text).collect::<Vec<_>>().join(", ")),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| format!("\"{key}\" = {}", toml_text(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        value => value.to_string(),
    }
}
