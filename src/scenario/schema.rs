//! The JSON Schema of scenario files, derived from the types of `raw`.

use std::sync::OnceLock;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::raw::RawScenario;

/// JSON Schema (draft 2020-12) of a scenario file, for editors and for `uptake schema`.
///
/// It describes one file on its own: a file that `extends` another may leave out what it inherits. Units are given as
/// `x-unit`. What a schema cannot say (references between layers, dates in order, mass of a distribution) is checked
/// by [`load`](super::load()).
///
/// # Examples
/// ```
/// let schema = uptake::scenario::json_schema();
/// assert_eq!(schema["properties"]["run"]["$ref"], "#/$defs/Run");
/// ```
#[must_use]
pub fn json_schema() -> Value {
    schema().clone()
}

/// The schema, built once.
pub(super) fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let generator = SchemaSettings::draft2020_12().into_generator();
        let mut schema = generator.into_root_schema_for::<RawScenario>().to_value();
        tidy(&mut schema);
        if let Some(root) = schema.as_object_mut() {
            let whole = json!({ "required": ["format", "time", "population", "layer"] });
            root.insert("anyOf".to_owned(), json!([{ "required": ["extends"] }, whole]));
        }
        schema
    })
}

/// TOML has no null, and readers need not know how the types are called inside.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(object) => {
            drop_null(object);
            drop_null_default(object);
            if let Some(Value::String(target)) = object.get_mut("$ref") {
                *target = target.replace("/Raw", "/");
            }
            if let Some(Value::Object(definitions)) = object.get_mut("$defs") {
                let renamed = std::mem::take(definitions).into_iter();
                *definitions =
                    renamed.map(|(name, schema)| (name.trim_start_matches("Raw").to_owned(), schema)).collect();
            }
            object.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn drop_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [single] = types.as_slice() {
            let single = single.clone();
            object.insert("type".to_owned(), single);
        }
    }
    let Some(Value::Array(choices)) = object.get_mut("anyOf") else { return };
    choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
    if choices.len() == 1
        && let Some(Value::Array(mut choices)) = object.remove("anyOf")
        && let Some(Value::Object(only)) = choices.pop()
    {
        for (key, value) in only {
            object.entry(key).or_insert(value);
        }
    }
}

fn drop_null_default(object: &mut Map<String, Value>) {
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if let Some(Value::Array(allowed)) = object.get_mut("enum") {
        allowed.retain(|value| !value.is_null());
    }
}
