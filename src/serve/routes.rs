//! The interface as one table, from which both the router and its `OpenAPI` description are made: neither can know an
//! endpoint that the other does not.

use std::sync::Arc;

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::routing::{MethodRouter, delete, get, post};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use super::api::{self, App};
use super::error::{ApiError, Problem};
use super::exchange;
use super::live::Answer;
use super::messages;
use super::store::RunRecord;
use crate::output::comparison::Report as ComparisonReport;
use crate::output::summary::Summary;
use crate::scenario::Verdict;

/// What an endpoint takes or gives.
#[derive(Clone, Copy)]
enum Content {
    /// JSON of a type.
    Json(fn(&mut SchemaGenerator) -> Value),
    /// Something else, of one of these media types.
    Plain(&'static [&'static str]),
    /// Nothing.
    Nothing,
}

/// A value in the query.
struct QueryValue {
    name: &'static str,
    required: bool,
    about: &'static str,
    allowed: &'static [&'static str],
}

/// One endpoint.
struct Endpoint {
    method: Method,
    path: &'static str,
    /// Unique; also the name of the operation.
    name: &'static str,
    about: &'static str,
    query: &'static [QueryValue],
    takes: Content,
    gives: (u16, Content),
    /// Statuses of problems, beyond those every endpoint may give.
    problems: &'static [u16],
    handler: fn() -> MethodRouter<Arc<App>>,
}

fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

const NO_QUERY: &[QueryValue] = &[];
const FILE_TYPES: &[&str] =
    &["application/json", "text/csv; charset=utf-8", "image/svg+xml", "image/png", "text/plain; charset=utf-8"];
const FIGURE_TYPES: &[&str] = &["image/svg+xml", "image/png", "text/csv; charset=utf-8"];
const TOML: &[&str] = &["text/plain; charset=utf-8"];

/// Every endpoint.
#[rustfmt::skip]
fn endpoints() -> Vec<Endpoint> {
    use Content::{Json, Nothing, Plain};
    vec![
        Endpoint { method: Method::GET, path: "/api/v1/health", name: "health", about: "Whether the server answers.", query: NO_QUERY, takes: Nothing, gives: (200, Json(of::<messages::Health>)), problems: &[], handler: || get(api::health) },
        Endpoint { method: Method::GET, path: "/api/v1/scenarios", name: "scenarios", about: "Scenarios on offer.", query: NO_QUERY, takes: Nothing, gives: (200, Json(of::<Vec<messages::OfferSummary>>)), problems: &[], handler: || get(api::scenarios) },
        Endpoint { method: Method::GET, path: "/api/v1/scenarios/{id}", name: "scenario", about: "One scenario: what can be moved, policies, statistics.", query: NO_QUERY, takes: Nothing, gives: (200, Json(of::<messages::OfferDetail>)), problems: &[404], handler: || get(api::scenario) },
        Endpoint { method: Method::GET, path: "/api/v1/scenarios/{id}/text", name: "scenario-text", about: "Its file, as TOML.", query: NO_QUERY, takes: Nothing, gives: (200, Plain(TOML)), problems: &[404], handler: || get(api::text) },
        Endpoint { method: Method::POST, path: "/api/v1/scenarios/{id}/check", name: "check", about: "Checks a text that stands beside the scenario; answers as `uptake validate --format json`. Keeps nothing.", query: NO_QUERY, takes: Plain(&["text/plain"]), gives: (200, Json(of::<Verdict>)), problems: &[400, 404, 413, 415, 429], handler: || post(api::check) },
        Endpoint { method: Method::POST, path: "/api/v1/scenarios/{id}/texts", name: "send-text", about: "Takes a text on offer, as a scenario beside this one. The same text has the same id.", query: NO_QUERY, takes: Plain(&["text/plain"]), gives: (201, Json(of::<messages::OfferSummary>)), problems: &[400, 404, 413, 415, 422, 429], handler: || post(api::send) },
        Endpoint { method: Method::POST, path: "/api/v1/scenarios/{id}/live", name: "live", about: "Shares of users under policies and moved levers, and the difference from the scenario as it stands: a few members of the mean-field engine.", query: NO_QUERY, takes: Json(of::<messages::LiveRequest>), gives: (200, Json(of::<Answer>)), problems: &[400, 404, 413, 415, 422, 429], handler: || post(api::live) },
        Endpoint { method: Method::POST, path: "/api/v1/scenarios/{id}/resolved", name: "resolved", about: "The scenario as chosen, as one file to save beside the original.", query: NO_QUERY, takes: Json(of::<super::library::Choice>), gives: (200, Plain(TOML)), problems: &[400, 404, 413, 415, 422, 429], handler: || post(api::resolved) },
        Endpoint { method: Method::POST, path: "/api/v1/scenarios/{id}/figures", name: "figure", about: "A figure of what is chosen, from the members of a live answer.", query: NO_QUERY, takes: Json(of::<messages::FigureRequest>), gives: (200, Plain(FIGURE_TYPES)), problems: &[400, 404, 413, 415, 422, 429], handler: || post(api::figure) },
        Endpoint { method: Method::GET, path: "/api/v1/runs", name: "runs", about: "Runs in the background, the newest first.", query: NO_QUERY, takes: Nothing, gives: (200, Json(of::<Vec<RunRecord>>)), problems: &[], handler: || get(api::runs) },
        Endpoint { method: Method::POST, path: "/api/v1/runs", name: "start-run", about: "Asks for a full run, or a comparison with the scenario as it stands.", query: NO_QUERY, takes: Json(of::<messages::RunRequest>), gives: (202, Json(of::<RunRecord>)), problems: &[400, 409, 413, 415, 422, 429], handler: || post(api::start) },
        Endpoint { method: Method::GET, path: "/api/v1/runs/{id}", name: "run", about: "How far a run is.", query: NO_QUERY, takes: Nothing, gives: (200, Json(of::<RunRecord>)), problems: &[404], handler: || get(api::run) },
        Endpoint { method: Method::DELETE, path: "/api/v1/runs/{id}", name: "remove-run", about: "Calls a run off (202), or takes a finished one away (200).", query: NO_QUERY, takes: Nothing, gives: (200, Json(of::<RunRecord>)), problems: &[404, 409, 429], handler: || delete(api::remove) },
        Endpoint { method: Method::GET, path: "/api/v1/runs/{id}/events", name: "run-events", about: "The run's record each time it changes, as server-sent events named `run`, until it ends.", query: NO_QUERY, takes: Nothing, gives: (200, Plain(&["text/event-stream"])), problems: &[404], handler: || get(api::events) },
        Endpoint { method: Method::GET, path: "/api/v1/runs/{id}/files", name: "run-files", about: "Names of a finished run's files.", query: NO_QUERY, takes: Nothing, gives: (200, Json(of::<Vec<String>>)), problems: &[404, 409, 429], handler: || get(api::files) },
        Endpoint { method: Method::GET, path: "/api/v1/runs/{id}/file", name: "run-file", about: "One of them. `summary.json` is a Summary, `comparison.json` a Report, as the command line prints them with `--format json`.", query: &[QueryValue { name: "name", required: true, about: "Its name.", allowed: &[] }], takes: Nothing, gives: (200, Plain(FILE_TYPES)), problems: &[404, 409, 422, 429], handler: || get(api::file) },
        Endpoint { method: Method::GET, path: "/api/v1/runs/{id}/report", name: "run-report", about: "A finished run as one HTML file.", query: &[QueryValue { name: "lang", required: false, about: "Language.", allowed: &crate::report::Language::CODES }], takes: Nothing, gives: (200, Plain(&["text/html; charset=utf-8"])), problems: &[404, 409, 422, 429], handler: || get(api::report) },
        Endpoint { method: Method::GET, path: "/api/v1/openapi.json", name: "openapi", about: "This description.", query: NO_QUERY, takes: Nothing, gives: (200, Json(|_| json!({ "type": "object" }))), problems: &[], handler: || get(async || exchange::json(StatusCode::OK, &openapi())) },
    ]
}

/// The router of the interface.
pub fn router() -> Router<Arc<App>> {
    let refused = async || ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "this path does not take that method");
    endpoints()
        .into_iter()
        .fold(Router::new(), |router, endpoint| router.route(endpoint.path, (endpoint.handler)()))
        .method_not_allowed_fallback(refused)
}

/// The description of the interface, `OpenAPI` 3.1.
#[must_use]
pub fn openapi() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into())
        .into_generator();
    let mut paths = serde_json::Map::new();
    for endpoint in endpoints() {
        let operation = operation(&endpoint, &mut generator);
        let entry = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        if let Some(methods) = entry.as_object_mut() {
            methods.insert(endpoint.method.as_str().to_lowercase(), operation);
        }
    }
    // Of files that are told by name rather than by type.
    generator.subschema_for::<Summary>();
    generator.subschema_for::<ComparisonReport>();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "uptake",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Scenarios, answers while levers move, and runs in the background of `uptake serve`.",
        },
        "paths": paths,
        "components": { "schemas": generator.take_definitions(true) },
    })
}

fn operation(endpoint: &Endpoint, generator: &mut SchemaGenerator) -> Value {
    let mut parameters: Vec<Value> = Vec::new();
    if endpoint.path.contains("{id}") {
        let example = if endpoint.path.contains("/scenarios/") { "cambodia" } else { "0123456789abcdef" };
        let schema = json!({ "type": "string" });
        parameters.push(json!({ "name": "id", "in": "path", "required": true, "example": example, "schema": schema }));
    }
    for value in endpoint.query {
        let mut schema = json!({ "type": "string" });
        if !value.allowed.is_empty() {
            schema["enum"] = json!(value.allowed);
        }
        parameters.push(json!({
            "name": value.name, "in": "query", "required": value.required, "description": value.about, "schema": schema,
        }));
    }
    let mut responses = serde_json::Map::new();
    let (status, content) = endpoint.gives;
    let mut given = json!({ "description": "as asked" });
    if let Some(content) = described(content, generator) {
        given["content"] = content;
    }
    if endpoint.name == "remove-run" {
        responses.insert("202".to_owned(), given.clone());
    }
    responses.insert(status.to_string(), given);
    let problem = described(Content::Json(of::<Problem>), generator);
    // What the guard in front of every endpoint may say: another host or origin, a request that takes too long.
    let everywhere = [400, 403, 408];
    for status in everywhere.iter().chain(endpoint.problems) {
        let words =
            StatusCode::from_u16(*status).ok().and_then(|status| status.canonical_reason()).unwrap_or("problem");
        responses.insert(status.to_string(), json!({ "description": words, "content": problem.clone() }));
    }
    let mut operation = json!({
        "operationId": endpoint.name,
        "summary": endpoint.about,
        "parameters": parameters,
        "responses": responses,
    });
    if let Some(content) = described(endpoint.takes, generator) {
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn described(content: Content, generator: &mut SchemaGenerator) -> Option<Value> {
    match content {
        Content::Nothing => None,
        Content::Json(schema) => Some(json!({ "application/json": { "schema": schema(generator) } })),
        Content::Plain(types) => {
            let schema = |media: &str| match media {
                // The document of a file is not described further.
                "application/json" => json!({}),
                // One event; its data is the record as JSON.
                "text/event-stream" => json!({
                    "type": "object",
                    "properties": { "event": { "type": "string" }, "data": { "type": "string" } },
                }),
                _ => json!({ "type": "string" }),
            };
            let one = |media: &&str| ((*media).to_owned(), json!({ "schema": schema(media) }));
            Some(Value::Object(types.iter().map(one).collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `$ref` leads to a schema, every operation has a name of its own.
    #[test]
    fn the_description_is_whole() {
        let description = openapi();
        let text = description.to_string();
        let schemas = description["components"]["schemas"].as_object().expect("schemas");
        for part in text.split("\"$ref\":\"").skip(1) {
            let path = part.split('"').next().expect("a path");
            let name = path.strip_prefix("#/components/schemas/").expect("a local schema");
            assert!(schemas.contains_key(name), "{path}");
        }
        let names: std::collections::BTreeSet<&str> = endpoints().iter().map(|endpoint| endpoint.name).collect();
        assert_eq!(names.len(), endpoints().len());
        for name in ["Summary", "Report", "Verdict", "Answer", "RunRecord", "Problem"] {
            assert!(schemas.contains_key(name), "{name}");
        }
    }

    #[test]
    fn every_schema_is_one() {
        let description = openapi();
        for (name, schema) in description["components"]["schemas"].as_object().expect("schemas") {
            let mut schema = schema.clone();
            schema["components"] = description["components"].clone();
            assert!(jsonschema::validator_for(&schema).is_ok(), "{name}");
        }
    }
}
