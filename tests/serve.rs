//! `uptake serve` from outside: what it answers, what it refuses, how it ends. In a browser it is tested by `tests/browser`.
#![allow(clippy::disallowed_methods, reason = "a test that waits for another process gives up some time")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The program with a store of its own, ended when dropped.
struct Server {
    child: Child,
    address: String,
    store: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        Self::with(&["scenarios/minimal.toml"])
    }

    fn with(files: &[&str]) -> Self {
        Self::begin(&mut Command::new(env!("CARGO_BIN_EXE_uptake")), files)
    }

    fn begin(command: &mut Command, files: &[&str]) -> Self {
        let store = tempfile::tempdir().expect("a folder");
        let mut child = command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["--quiet", "serve", "--listen", "127.0.0.1:0", "--store"])
            .arg(store.path())
            .args(files)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("says where it is");
        let address = line.trim().trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { child, address, store }
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).expect("listens");
        stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a timeout");
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        let _ = stream.write_all(request.as_bytes()).and_then(|()| stream.write_all(body));
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        Answer::read(&bytes)
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, &[("Content-Type", "application/json")], body.to_string().as_bytes())
    }

    fn send(&self, path: &str, text: &str) -> Answer {
        self.ask("POST", path, &[("Content-Type", "text/plain")], text.as_bytes())
    }

    fn settled(&self, id: &str) -> Value {
        let until = Instant::now() + Duration::from_mins(1);
        while Instant::now() < until {
            let record = self.get(&format!("/api/v1/runs/{id}")).json();
            if !["queued", "running"].contains(&record["state"].as_str().expect("a state")) {
                return record;
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        panic!("{id} does not end");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn read(bytes: &[u8]) -> Self {
        let at = bytes
            .windows(4)
            .position(|w| w == b"\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(bytes)));
        let head = String::from_utf8_lossy(&bytes[..at]).into_owned();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        let mut body = bytes[at + 4..].to_vec();
        if head.to_lowercase().contains("transfer-encoding: chunked") {
            body = dechunked(&body);
        }
        Self { status, head, body }
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let line = self.head.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")))?;
        Some(line[name.len() + 1..].trim())
    }
}

fn dechunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(at) = bytes.windows(2).position(|w| w == b"\r\n") {
        let length = usize::from_str_radix(std::str::from_utf8(&bytes[..at]).expect("hex").trim(), 16).expect("hex");
        if length == 0 || bytes.len() < at + 2 + length {
            break;
        }
        whole.extend_from_slice(&bytes[at + 2..at + 2 + length]);
        bytes = &bytes[(at + 4 + length).min(bytes.len())..];
    }
    whole
}

fn command(args: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_uptake"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(args)
        .output()
        .expect("runs")
}

/// Checks a value against a schema of the server's own description.
fn assert_described(server: &Server, name: &str, value: &Value) {
    let description = server.get("/api/v1/openapi.json").json();
    let mut schema = description["components"]["schemas"][name].clone();
    assert!(schema.is_object(), "no schema {name}");
    schema["components"] = description["components"].clone();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> =
        validator.iter_errors(value).map(|error| format!("{} at {}", error, error.instance_path())).collect();
    assert!(errors.is_empty(), "{name}: {errors:?}");
}

#[test]
fn the_page_and_the_scenarios_are_served_with_strict_headers() {
    let server = Server::start();
    let page = server.get("/");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("script-src 'self'") && !policy.contains("unsafe")
    );
    for name in ["x-content-type-options", "x-frame-options", "referrer-policy", "cross-origin-opener-policy"] {
        assert!(page.header(name).is_some(), "{name}");
    }
    let offers = server.get("/api/v1/scenarios").json();
    assert_eq!(offers[0]["id"], "minimal");
    let detail = server.get("/api/v1/scenarios/minimal").json();
    assert_described(&server, "OfferDetail", &detail);
    assert!(
        detail["levers"].as_array().expect("levers").iter().any(|lever| lever["key"] == "layer.internet.imitation")
    );
    assert_eq!(server.get("/nothing").status, 404);
    assert_eq!(server.ask("PUT", "/api/v1/scenarios", &[], b"").status, 405);
}

#[test]
fn other_hosts_and_origins_are_refused() {
    let server = Server::start();
    let with_host = |host: &str| server.ask("GET", "/api/v1/scenarios", &[("Host", host)], b"").status;
    assert_eq!(with_host("localhost"), 200);
    assert_eq!(with_host("evil.example"), 403);
    assert_eq!(with_host("127.0.0.1.evil.example"), 403);
    let from = |origin: &str| {
        let headers = [("Origin", origin), ("Content-Type", "application/json")];
        server.ask("POST", "/api/v1/scenarios/minimal/live", &headers, b"{}").status
    };
    assert_eq!(from(&format!("http://{}", server.address)), 200);
    assert_eq!(from("http://evil.example"), 403);
    assert_eq!(from("null"), 403);
    // A form of another page can send text, but no such form reaches a handler that wants JSON.
    assert_eq!(server.send("/api/v1/scenarios/minimal/live", "{}").status, 415);
}

#[test]
fn a_live_answer_follows_its_description_and_bad_questions_are_told_apart() {
    let server = Server::start();
    let live = "/api/v1/scenarios/minimal/live";
    let plain = server.post(live, &json!({}));
    assert_eq!(plain.status, 200, "{}", plain.text());
    let plain = plain.json();
    assert_described(&server, "Answer", &plain);
    let faster = server
        .post(live, &json!({ "layer": "internet", "choice": { "set": { "layer.internet.imitation": 0.9 } } }))
        .json();
    let last = |answer: &Value, of: &str| {
        answer["layers"][0][of]["median"].as_array().expect("a curve")[15].as_f64().expect("a number")
    };
    assert!(last(&faster, "share") > last(&plain, "share"));
    assert!(last(&faster, "difference") > 0.0 && last(&plain, "difference") == 0.0);
    for (body, status) in [
        (json!({ "choice": { "policies": ["none"] } }), 422),
        (json!({ "choice": { "set": { "layer.internet.imitation": "fast" } } }), 422),
        (json!({ "choice": { "set": { "layer.internet.imitation": 1e9 } } }), 422),
        (json!({ "choice": { "set": { "population.age_sex": "/etc/passwd" } } }), 422),
        (json!({ "choice": { "set": { "extends": "/etc/passwd" } } }), 422),
        (json!({ "other": 1 }), 422),
        (json!([]), 422),
        (json!({ "choice": [] }), 422),
        (json!({ "layer": "radio" }), 422),
    ] {
        let answer = server.post(live, &body);
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
        assert_described(&server, "Problem", &answer.json());
    }
    let headers = [("Content-Type", "application/json")];
    assert_eq!(server.ask("POST", live, &headers, b"{ not json").status, 400);
    assert_eq!(server.ask("POST", live, &headers, &vec![b' '; 700 << 10]).status, 413);
    assert_eq!(server.post("/api/v1/scenarios/none/live", &json!({})).status, 404);
}

#[test]
fn texts_are_checked_as_validate_checks_files_and_lead_nowhere_else() {
    let server = Server::start();
    let text = std::fs::read_to_string("tests/bad_scenarios/unknown_keys.toml").expect("there");
    let verdict = server.send("/api/v1/scenarios/minimal/check", &text).json();
    assert_described(&server, "Verdict", &verdict);
    let told: Value = serde_json::from_slice(
        &command(&["validate", "tests/bad_scenarios/unknown_keys.toml", "--format", "json"]).stdout,
    )
    .expect("JSON");
    let faults = |verdict: &Value| -> Vec<Value> {
        let list = verdict["faults"].as_array().expect("faults").iter();
        list.map(|fault| json!([fault["line"], fault["column"], fault["message"], fault["help"]])).collect()
    };
    assert!(!faults(&verdict).is_empty());
    assert_eq!(faults(&verdict), faults(&told));
    for path in ["/etc/passwd", "../Cargo.toml", "cambodia.toml", "../../../../../../etc/hostname"] {
        let text = format!("format = 1\nextends = {path:?}\n");
        let verdict = server.send("/api/v1/scenarios/minimal/check", &text).json();
        assert_eq!(verdict["valid"], false);
        let message = verdict["faults"][0]["message"].as_str().expect("a message");
        assert!(message.ends_with("is not among the files offered here"), "{message}");
    }
    let sent =
        server.send("/api/v1/scenarios/minimal/texts", "format = 1\nextends = \"minimal.toml\"\ntitle = \"Mine\"\n");
    assert_eq!(sent.status, 201, "{}", sent.text());
    let id = sent.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(server.get(&format!("/api/v1/scenarios/{id}")).json()["title"], "Mine");
    assert_eq!(server.send("/api/v1/scenarios/minimal/texts", "format = 2\n").status, 422);
}

#[test]
fn a_run_of_the_page_is_a_run_of_the_command_line() {
    let server = Server::start();
    let choice = json!({ "set": { "layer.internet.imitation": 0.6 } });
    let asked =
        server.post("/api/v1/runs", &json!({ "scenario": "minimal", "choice": choice, "members": 4, "seed": 3 }));
    assert_eq!(asked.status, 202, "{}", asked.text());
    assert_described(&server, "RunRecord", &asked.json());
    let id = asked.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(server.settled(&id)["state"], "done");
    let file = |name: &str| server.get(&format!("/api/v1/runs/{id}/file?name={name}"));
    let summary = file("summary.json");
    assert_described(&server, "Summary", &summary.json());
    let place = tempfile::tempdir().expect("a folder");
    let out = place.path().join("run");
    let told = command(&[
        "run",
        "scenarios/minimal.toml",
        "--set",
        "layer.internet.imitation.median=0.6",
        "--members",
        "4",
        "--seed",
        "3",
        "--format",
        "json",
        "--quiet",
        "--out",
        out.to_str().expect("a path"),
    ]);
    assert_eq!(
        summary.json(),
        serde_json::from_slice::<Value>(&told.stdout).expect("JSON"),
        "the same schema and the same numbers"
    );
    assert_eq!(file("results.csv").body, std::fs::read(out.join("results.csv")).expect("there"));
    let names = server.get(&format!("/api/v1/runs/{id}/files")).json();
    assert!(names.as_array().expect("names").contains(&json!("figures/growth.svg")));
    for name in ["../../records", "/etc/passwd", "..%2f..%2frecords", "manifest.json%00", ""] {
        assert_eq!(file(name).status, 404, "{name}");
    }
    let report = server.get(&format!("/api/v1/runs/{id}/report?lang=km"));
    assert_eq!(report.status, 200);
    assert!(
        report.text().contains("lang=\"km\"")
            && report.header("content-security-policy").expect("a policy").contains("sandbox")
    );
    assert_eq!(server.get(&format!("/api/v1/runs/{id}/report?lang=xx")).status, 422);
    let events = server.get(&format!("/api/v1/runs/{id}/events"));
    assert!(events.text().contains("event: run") && events.text().contains("\"state\":\"done\""), "{}", events.text());
    assert_eq!(server.ask("DELETE", &format!("/api/v1/runs/{id}"), &[], b"").status, 200);
    assert_eq!(server.get(&format!("/api/v1/runs/{id}")).status, 404);
}

#[test]
fn a_comparison_of_the_page_has_the_schema_of_the_command_line() {
    let server = Server::start();
    let ask = |choice: Value| {
        server
            .post("/api/v1/runs", &json!({ "scenario": "minimal", "kind": "compare", "choice": choice, "members": 3 }))
    };
    assert_eq!(ask(json!({})).status, 422, "nothing is chosen");
    let asked = ask(json!({ "set": { "layer.internet.innovation": 0.01 } }));
    assert_eq!(asked.status, 202, "{}", asked.text());
    let id = asked.json()["id"].as_str().expect("an id").to_owned();
    let record = server.settled(&id);
    assert_eq!(record["state"], "done", "{record}");
    let comparison = server.get(&format!("/api/v1/runs/{id}/file?name=comparison.json")).json();
    assert_described(&server, "Report", &comparison);
    assert_eq!(comparison["scenarios"].as_array().expect("scenarios").len(), 2);
    assert_eq!(server.get(&format!("/api/v1/runs/{id}/report")).status, 200);
}

#[test]
fn ids_that_are_none_lead_nowhere() {
    let server = Server::start();
    std::fs::write(server.store.path().join("secret.json"), "{}").expect("written");
    for id in ["..%2fsecret", "%2e%2e", "secret", "a", "AAAAAAAAAAAA", "%00%00%00%00%00%00%00%00", "%ff%fe"] {
        for rest in ["", "/files", "/file?name=x", "/report", "/events"] {
            let answer = server.get(&format!("/api/v1/runs/{id}{rest}"));
            assert_eq!(answer.status, 404, "{id}{rest}: {}", answer.text());
        }
    }
    for body in [
        json!({ "scenario": "../cambodia" }),
        json!({ "scenario": "minimal", "engine": "x" }),
        json!({ "scenario": "minimal", "members": 0 }),
        json!({ "scenario": "minimal", "seed": u64::MAX }),
    ] {
        assert_eq!(server.post("/api/v1/runs", &body).status, 422, "{body}");
    }
}

#[cfg(unix)]
#[test]
fn told_to_end_it_ends_well_and_keeps_what_is_done() {
    let mut server = Server::start();
    let asked = server.post("/api/v1/runs", &json!({ "scenario": "minimal", "members": 2 })).json();
    let id = asked["id"].as_str().expect("an id").to_owned();
    assert_eq!(server.settled(&id)["state"], "done");
    let pid = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
    let until = Instant::now() + Duration::from_secs(25);
    let status = loop {
        if let Some(status) = server.child.try_wait().expect("a child") {
            break status;
        }
        assert!(Instant::now() < until, "it does not end");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(status.code(), Some(0));
    assert!(server.store.path().join("runs").join(&id).join("manifest.json").is_file());
}

/// `--open` hands the address to the desktop's opener.
#[cfg(target_os = "linux")]
#[test]
fn the_page_is_opened_when_that_is_asked_for() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = tempfile::tempdir().expect("a folder");
    let (opener, told) = (place.path().join("xdg-open"), place.path().join("told"));
    std::fs::write(&opener, format!("#!/bin/sh\necho \"$1\" >{told:?}.part && mv {told:?}.part {told:?}\n"))
        .expect("written");
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).expect("allowed");
    let path = format!("{}:{}", place.path().display(), std::env::var("PATH").unwrap_or_default());
    let server = Server::begin(
        Command::new(env!("CARGO_BIN_EXE_uptake")).env("PATH", path),
        &["scenarios/minimal.toml", "--open"],
    );
    let until = Instant::now() + Duration::from_secs(20);
    while !told.exists() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(20));
    }
    let told = std::fs::read_to_string(&told).expect("it was asked to open something");
    assert_eq!(told.trim(), format!("http://{}/", server.address));
}

/// Whoever listens beyond this machine is warned, and asked for by address all the same.
#[test]
fn listening_wider_than_this_machine_is_warned_of() {
    let store = tempfile::tempdir().expect("a folder");
    let mut child = Command::new(env!("CARGO_BIN_EXE_uptake"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["serve", "scenarios/minimal.toml", "--listen", "0.0.0.0:0", "--store"])
        .arg(store.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut line = String::new();
    BufReader::new(child.stderr.take().expect("piped")).read_line(&mut line).expect("says something");
    let _ = child.kill();
    let _ = child.wait();
    assert!(line.contains("warning") && line.contains("without a password"), "{line}");
}

#[test]
fn wrong_arguments_and_files_are_told() {
    let told = |args: &[&str]| {
        let output = command(args);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(told(&["serve", "--listen", "nowhere"]).0, Some(2));
    let (code, text) = told(&["serve", "scenarios/none.toml"]);
    assert_eq!(code, Some(3), "{text}");
    let (code, text) = told(&["serve", "tests/bad_scenarios/unknown_keys.toml"]);
    assert_eq!(code, Some(3));
    assert!(text.contains("unknown_keys.toml:"), "{text}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let place = tempfile::tempdir().expect("a folder");
    let store = place.path().to_str().expect("a path");
    let (code, text) = told(&["serve", "scenarios/minimal.toml", "--listen", &address, "--store", store]);
    assert_eq!(code, Some(1));
    assert!(text.contains("could not listen on") && text.contains("--listen"), "{text}");
    let empty = tempfile::tempdir().expect("a folder");
    let output =
        Command::new(env!("CARGO_BIN_EXE_uptake")).current_dir(empty.path()).arg("serve").output().expect("runs");
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_file_that_extends_a_policy_is_a_policy_too() {
    let files = [
        "scenarios/cambodia.toml",
        "scenarios/policies/training.toml",
        "scenarios/policies/training-strict-law.toml",
        "scenarios/minimal.toml",
    ];
    assert!(files.iter().all(|file| Path::new(file).is_file()));
    let server = Server::with(&files);
    let offers = server.get("/api/v1/scenarios").json();
    assert_eq!(
        offers.as_array().expect("offers").iter().map(|offer| offer["id"].as_str().expect("an id")).collect::<Vec<_>>(),
        ["cambodia", "minimal"]
    );
    let detail = server.get("/api/v1/scenarios/cambodia").json();
    let policies = detail["policies"].as_array().expect("policies");
    assert_eq!(
        policies.iter().map(|policy| policy["id"].as_str().expect("an id")).collect::<Vec<_>>(),
        ["training", "training-strict-law"]
    );
    let keys = |policy: &Value| policy["levers"].to_string();
    assert!(
        keys(&policies[1]).contains("intervention.investigator-training.")
            && keys(&policies[1]).contains("intervention.strict-law."),
        "{}",
        keys(&policies[1])
    );
}

/// The page itself, in Chromium: run by `.ci/run`, which installs what it needs.
#[test]
#[ignore = "browser: .ci/run installs Chromium and the packages, and runs `npm test` in tests/browser"]
fn in_a_browser() {
    let status = Command::new("npm").arg("test").current_dir("tests/browser").status().expect("npm is there");
    assert!(status.success());
}
