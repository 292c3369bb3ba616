//! `uptake persons` and `uptake run --trace`.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

const COUNTRY: &str = "format = 1
name = \"small\"
title = \"A small country\"
[time]
start = \"2000-01\"
end = \"2011-12\"
[run]
members = 2
[population]
total = { series = { \"2000-07\" = 3000.0, \"2011-07\" = 3300.0 }, source = \"assumed\" }
[[layer]]
name = \"internet\"
title = \"Internet\"
initial = { value = 0.01, source = \"assumed\" }
innovation = { value = 0.02, source = \"assumed\" }
imitation = { value = 0.8, source = \"assumed\" }
discontinuance = { value = 0.02, source = \"assumed\" }
";

const POLICY: &str = "format = 1
extends = \"small.toml\"
name = \"shops\"
title = \"Shops in every village\"
[[layer]]
name = \"internet\"
innovation = { value = 0.05, source = \"assumed\" }
";

fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a folder");
    fs::write(place.path().join("small.toml"), COUNTRY).expect("written");
    fs::write(place.path().join("shops.toml"), POLICY).expect("written");
    place
}

fn uptake(folder: &Path, args: &[&str]) -> std::process::Output {
    let mut command = Command::cargo_bin("uptake").expect("the program is built");
    command.current_dir(folder).args(args).env("NO_COLOR", "1").env("COLUMNS", "100").env("LC_ALL", "C");
    command.output().expect("it runs")
}

/// Exit code, stdout and stderr.
fn told(folder: &Path, args: &[&str]) -> String {
    let output = uptake(folder, args);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    format!("exit {}\n{}--\n{}", output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

fn file(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The values of a tidy table whose rows hold all of `parts`.
fn values(table: &str, parts: &[&str]) -> Vec<f64> {
    let rows = table.lines().filter(|line| parts.iter().all(|part| line.contains(part)));
    rows.map(|row| row.split(',').nth(9).expect("a value").parse().unwrap_or(f64::NAN)).collect()
}

#[test]
fn one_scenario_is_told_in_sentences_and_a_table() {
    let place = place();
    let text = told(place.path(), &["persons", "small.toml"]);
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    // Sentences break where the screen ends.
    let text = text.replace('\n', " ");
    for part in [
        "Internet: ",
        " people had adopted it by December 2011",
        "What set adoptions off: outside influence ",
        "Of those who get access, a quarter use it within ",
        "of users' ties were users",
        "One member (number 0, seed 0)",
        " Group ",
        " everybody ",
    ] {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
    assert!(text.starts_with("exit 0"), "{text}");
}

#[test]
fn the_folder_holds_table_record_and_figures() {
    let place = place();
    let args = ["persons", "small.toml", "--member", "1", "--out", "who", "--png", "--format", "json"];
    let output = uptake(place.path(), &args);
    assert!(output.status.success(), "{output:?}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(String::from_utf8(output.stdout).expect("text"), file(place.path(), "who/persons.json"));
    assert_eq!((&report["command"]["member"], &report["seed"]), (&1.into(), &0.into()));
    assert_eq!(report["inputs"][0]["path"], "small.toml");
    let outputs: Vec<&str> =
        report["outputs"].as_array().expect("a list").iter().map(|file| file["path"].as_str().expect("text")).collect();
    for name in
        ["persons.csv", "figures/categories.svg", "figures/waiting.csv", "figures/causes.png", "figures/clustering.svg"]
    {
        assert!(outputs.contains(&name) && place.path().join("who").join(name).is_file(), "{name}: {outputs:?}");
    }
    let table = file(place.path(), "who/persons.csv");
    assert!(table.starts_with("scenario,layer,region,residence,sex,age,date,statistic,at,value,unit\n"));
    let adoptions: f64 = values(&table, &["2011-12,adoptions,"]).iter().sum();
    assert!(adoptions > 2000.0, "{adoptions}");
    let shares = values(&table, &[",share-of-adopters,"]);
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-8 && shares.len() == 5, "{shares:?}");
    for svg in ["categories", "waiting", "causes", "clustering"] {
        let svg = file(place.path(), &format!("who/figures/{svg}.svg"));
        assert!(svg.contains("<title") && svg.contains("member 1"));
    }
    // A second time: refused, then replaced, and figures of the first kind are gone.
    let again = told(place.path(), &["persons", "small.toml", "shops.toml", "--out", "who"]);
    assert!(again.starts_with("exit 1") && again.contains("--force"), "{again}");
    let forced = told(place.path(), &["persons", "small.toml", "shops.toml", "--out", "who", "--force"]);
    assert!(forced.starts_with("exit 0"), "{forced}");
    assert!(!place.path().join("who/figures/waiting.csv").exists());
    assert!(place.path().join("who/figures/changed_groups.svg").is_file());
}

#[test]
fn users_are_those_of_a_run() {
    let place = place();
    let table = told(place.path(), &["persons", "small.toml", "--format", "csv"]);
    let run = uptake(place.path(), &["run", "small.toml", "--engine", "agent", "--members", "1", "--format", "csv"]);
    let run = String::from_utf8(run.stdout).expect("text");
    let of_run: Vec<f64> = run
        .lines()
        .filter(|line| line.contains(",users,") && line.contains(",median,"))
        .map(|line| line.split(',').nth(9).expect("a value").parse().expect("a number"))
        .collect();
    let users = values(&table, &[",users,"]);
    assert!(users.len() == 13 && users == of_run, "{users:?}\n{of_run:?}");
}

#[test]
fn two_scenarios_are_told_person_by_person() {
    let place = place();
    let text = told(place.path(), &["persons", "small.toml", "shops.toml"]);
    assert!(text.contains("Shops in every village, held person by person against A small country:"), "{text}");
    assert!(text.contains("people use it who would not, and"), "{text}");
    let same = told(place.path(), &["persons", "small.toml", "small.toml", "--format", "csv"]);
    assert!(values(&same, &["users-only-in-"]).iter().all(|count| *count == 0.0), "{same}");
    let table = told(place.path(), &["persons", "small.toml", "shops.toml", "--format", "csv"]);
    let all = |statistic: &str| values(&table, &[&format!(",{statistic},")]);
    let of_first = told(place.path(), &["persons", "small.toml", "--format", "csv"]);
    let users = values(&of_first, &[",users,"]);
    let both = all("users-in-both").into_iter().zip(all("users-only-in-first"));
    assert_eq!(both.map(|(both, only)| both + only).collect::<Vec<_>>(), users);
}

#[test]
fn what_cannot_be_done_is_said() {
    let place = place();
    fs::write(place.path().join("longer.toml"), COUNTRY.replace("2011-12", "2012-12").replace("small", "longer"))
        .expect("written");
    let cases = [
        (&["persons", "small.toml", "longer.toml"][..], "exit 3", "the months they simulate"),
        (&["persons", "small.toml", "--member", "2"], "exit 2", "has members 0 to 1"),
        (&["persons", "small.toml", "--layer", "radio"], "exit 2", "choose one of `internet`"),
        (&["persons", "small.toml", "--png"], "exit 2", "--out"),
        (&["persons", "nothing.toml"], "exit 3", "nothing.toml"),
        (&["persons", "small.toml", "--set", "population.total=1e11"], "exit 1", "memory"),
        (&["run", "small.toml", "--trace", "10"], "exit 2", "add --engine agent"),
        (&["run", "small.toml", "--engine", "agent", "--trace", "0"], "exit 2", "--trace"),
    ];
    for (args, exit, part) in cases {
        let text = told(place.path(), args);
        assert!(text.starts_with(exit) && text.contains(part), "{args:?}: {text}");
    }
    assert_eq!(fs::read_dir(place.path()).expect("a folder").count(), 3, "nothing was written");
}

#[test]
fn a_run_writes_histories_and_the_same_results() {
    let place = place();
    let plain = ["run", "small.toml", "--engine", "agent", "--out", "plain", "--quiet"];
    let traced = ["run", "small.toml", "--engine", "agent", "--out", "traced", "--trace", "50"];
    assert!(uptake(place.path(), &plain).status.success());
    let text = told(place.path(), &traced);
    assert!(text.contains("trace.csv") && text.contains("their histories"), "{text}");
    assert_eq!(file(place.path(), "plain/results.csv"), file(place.path(), "traced/results.csv"));
    let persons = file(place.path(), "traced/traced_persons.csv");
    assert!(
        persons.starts_with("person,sex,born,region,residence,from\n") && persons.lines().count() == 51,
        "{persons}"
    );
    let trace = file(place.path(), "traced/trace.csv");
    assert!(trace.starts_with("member,person,date,region,residence,layer,event\n"));
    let member =
        |member: &str| trace.lines().filter(|line| line.starts_with(member) && line.ends_with(",present")).count();
    assert!(member("0,") > 30 && member("0,") == member("1,"), "the same people in every member");
    // The manifest says it, and the run can be repeated from it.
    assert!(file(place.path(), "traced/manifest.json").contains("\"trace\": 50"));
    assert!(!file(place.path(), "plain/manifest.json").contains("trace"));
    let again = told(place.path(), &["rerun", "traced"]);
    assert!(again.starts_with("exit 0") && again.contains("trace.csv"), "{again}");
    let dry = told(place.path(), &[&traced[..], &["--dry-run", "--force"]].concat());
    assert!(dry.contains("trace.csv") && dry.contains("traced_persons.csv"), "{dry}");
}
