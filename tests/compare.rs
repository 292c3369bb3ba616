//! `uptake compare` from outside: what it refuses, what it writes, that it can be repeated.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

/// Exit code, stdout and stderr.
fn told(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("uptake").expect("the program is built");
    command.current_dir(folder).args(args).env_remove("NO_COLOR").env_remove("COLUMNS").env("LC_ALL", "C");
    let output = command.output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// Fails unless `text` has each of `parts`.
fn assert_has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}

/// A folder with `base.toml` and two that extend it: `cheap.toml`, where it spreads faster, and `same.toml`, which
/// changes nothing.
fn prepared() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a folder");
    let (code, ..) = told(place.path(), &["new", "base", "--quiet"]);
    assert_eq!(code, 0);
    write(place.path(), "cheap.toml", "cheap", "[[layer]]\nname = \"internet\"\nimitation = 0.9\n");
    write(place.path(), "same.toml", "same", "");
    place
}

fn write(folder: &Path, file: &str, name: &str, rest: &str) {
    let text = format!("extends = \"base.toml\"\nformat = 1\nname = \"{name}\"\ntitle = \"Title of {name}\"\n{rest}");
    fs::write(folder.join(file), text).expect("written");
}

const MEMBERS: [&str; 4] = ["--members", "8", "--seed", "3"];

fn compare(folder: &Path, args: &[&str]) -> (i32, String, String) {
    told(folder, &[&["compare"], args, &MEMBERS].concat())
}

#[test]
fn arguments_that_make_no_sense_are_explained() {
    let place = prepared();
    write(place.path(), "twin.toml", "cheap", "");
    for (args, code, expected) in [
        (&["base.toml"][..], 2, "`base.toml` alone cannot be compared"),
        (&["base.toml", "base.toml"], 2, "`base.toml` alone cannot be compared"),
        (&["base.toml", "cheap.toml", "twin.toml"], 3, "`cheap.toml` and `twin.toml` are both called `cheap`"),
        (&["base.toml", "cheap.toml", "twin.toml"], 3, "set another `name = \"...\"` at the top of `twin.toml`"),
        (&["base.toml", "none.toml"], 3, "there is no file `none.toml`"),
        (&["base.toml", "cheap.toml", "--baseline", "laos"], 2, "choose a file, or one of `base`, `cheap`"),
        (&["base.toml", "cheap.toml", "--layer", "telex"], 2, "choose one of `internet`"),
        (&["base.toml", "cheap.toml", "--years", "2150"], 2, "2150-12 is not a reported month of"),
        (&["base.toml", "cheap.toml", "--years", "2016-06"], 2, "2016-06 is not a reported month of"),
        (&["base.toml", "cheap.toml", "--years", "soon"], 2, "expected years such as `2018,2020,2030`"),
        (&["base.toml", "cheap.toml", "--png", "--no-figures"], 2, "cannot be used with"),
    ] {
        let (found, stdout, stderr) = compare(place.path(), args);
        assert_eq!((found, stdout.as_str()), (code, ""), "{args:?}: {stderr}");
        assert_has(&stderr, &[expected]);
    }
    assert_eq!(told(place.path(), &["compare"]).0, 2);
    assert!(!place.path().join("output").exists());
}

#[test]
fn scenarios_that_cannot_be_paired_are_refused() {
    let place = prepared();
    write(place.path(), "other.toml", "other", "[time]\nend = \"2020-12\"\n");
    let (code, stdout, stderr) = compare(place.path(), &["base.toml", "other.toml", "--years", "2018"]);
    assert_eq!((code, stdout.as_str()), (3, ""), "{stderr}");
    assert_has(&stderr, &["cannot be compared", "extends"]);
    assert!(!place.path().join("output").exists());
}

#[test]
fn a_comparison_leaves_a_whole_folder_and_says_what_changes() {
    let place = prepared();
    let (code, stdout, stderr) =
        compare(place.path(), &["base.toml", "same.toml", "cheap.toml", "--years", "2020,2010,2020"]);
    assert_eq!(code, 0, "{stderr}");
    assert_has(
        &stdout,
        &["Title of same: no difference in ", "Title of cheap: ", "Written to output/compare-", " 2010 "],
    );
    let ranking = &stdout[stdout.find(" Policy ").expect("a ranking")..];
    assert!(ranking.find("Title of cheap").expect("a row") < ranking.find("Title of same").expect("a row"));
    let folder = place.path().join("output/compare-base");
    for file in [
        "comparison.csv",
        "comparison.json",
        "manifest.json",
        "scenarios/base.resolved.toml",
        "scenarios/same.resolved.toml",
        "scenarios/cheap.resolved.toml",
    ] {
        assert!(folder.join(file).is_file(), "{file}");
    }
    let table = fs::read_to_string(folder.join("comparison.csv")).expect("read");
    // Every number of a scenario that changes nothing is the baseline's.
    let mut rows = 0;
    for row in table.lines().filter(|row| row.starts_with("same,internet,")) {
        let fields: Vec<&str> = row.split(',').collect();
        if !fields[11].is_empty() {
            assert_eq!((fields[9], fields[12]), (fields[11], "0"), "{row}");
            rows += 1;
        }
    }
    assert!(rows > 100, "{rows}");
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("comparison.json")).expect("read")).expect("JSON");
    assert_eq!(json["baseline"], "base");
    assert_eq!(json["dates"], serde_json::json!(["2010-12", "2020-12"]));
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("manifest.json")).expect("read")).expect("JSON");
    assert_eq!(manifest["verb"], "compare");
    assert_eq!(manifest["command"]["set"], serde_json::json!(["run.members=8", "run.seed=3"]));
    let inputs: Vec<&str> = manifest["scenarios"][2]["inputs"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|input| input["path"].as_str())
        .collect();
    assert_eq!(inputs, ["cheap.toml", "base.toml"]);

    // The resolved scenarios compare alike.
    let resolved =
        ["output/compare-base/scenarios/base.resolved.toml", "output/compare-base/scenarios/cheap.resolved.toml"];
    let (code, again, stderr) =
        told(place.path(), &["compare", resolved[0], resolved[1], "--years", "2010,2020", "--out", "again", "--quiet"]);
    assert_eq!(code, 0, "{stderr}");
    let sentence =
        |text: &str| text[text.find("Title of cheap").expect("told")..].split("\n\n").next().map(str::to_owned);
    assert_eq!(sentence(&again), sentence(&stdout));
}

#[test]
fn an_earlier_comparison_is_replaced_only_when_asked() {
    let place = prepared();
    let args = ["base.toml", "same.toml", "--out", "here"];
    assert_eq!(compare(place.path(), &args).0, 0);
    let (code, _, stderr) = compare(place.path(), &args);
    assert_eq!(code, 1);
    assert_has(&stderr, &["is not empty", "--force"]);
    fs::write(place.path().join("here/notes.txt"), "mine").expect("written");
    let (code, _, stderr) = compare(place.path(), &["base.toml", "cheap.toml", "--out", "here", "--force"]);
    assert_eq!(code, 0, "{stderr}");
    // What the earlier comparison wrote is gone, what it did not is kept.
    assert!(!place.path().join("here/scenarios/same.resolved.toml").exists());
    assert!(place.path().join("here/notes.txt").is_file());
}

#[test]
fn the_baseline_may_be_a_name_or_a_file_of_its_own() {
    let place = prepared();
    for (args, order) in [
        (&["base.toml", "cheap.toml", "--baseline", "cheap"][..], ["base", "cheap"]),
        (&["base.toml", "cheap.toml", "--baseline", "./cheap.toml"], ["base", "cheap"]),
        (&["base.toml", "--baseline", "cheap.toml"], ["cheap", "base"]),
    ] {
        let (code, stdout, stderr) = compare(place.path(), &[args, &["--format", "json", "--force"]].concat());
        assert_eq!(code, 0, "{stderr}");
        let json: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
        assert_eq!(json["baseline"], "cheap", "{args:?}");
        assert_eq!([&json["scenarios"][0]["name"], &json["scenarios"][1]["name"]], order, "{args:?}");
    }
}

#[test]
fn formats_print_the_files_themselves() {
    let place = prepared();
    for (format, file) in [("json", "comparison.json"), ("csv", "comparison.csv")] {
        let (code, stdout, _) = compare(place.path(), &["base.toml", "cheap.toml", "--force", "--format", format]);
        assert_eq!(code, 0);
        let written = fs::read_to_string(place.path().join("output/compare-base").join(file)).expect("read");
        assert!(stdout == written, "{format}");
    }
}

#[test]
fn a_dry_run_names_the_files_that_a_comparison_writes() {
    let place = prepared();
    let args = ["base.toml", "cheap.toml", "--png"];
    let (code, stdout, _) = compare(place.path(), &[&args[..], &["--dry-run"]].concat());
    assert_eq!(code, 0);
    assert_has(&stdout, &["1 scenario against `base`: nothing was simulated or written", "years     December 20"]);
    assert!(!place.path().join("output").exists());
    let (_, plan, _) = compare(place.path(), &[&args[..], &["--dry-run", "--format", "json"]].concat());
    let plan: serde_json::Value = serde_json::from_str(&plan).expect("JSON");
    assert_eq!(compare(place.path(), &args).0, 0);
    let manifest = fs::read(place.path().join("output/compare-base/manifest.json")).expect("read");
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).expect("JSON");
    let mut written: Vec<&str> =
        manifest["outputs"].as_array().expect("a list").iter().filter_map(|file| file["path"].as_str()).collect();
    written.push("manifest.json");
    let planned: Vec<&str> =
        plan["files"].as_array().expect("a list").iter().filter_map(serde_json::Value::as_str).collect();
    assert_eq!(planned, written);
}

#[test]
fn a_comparison_is_repeated_byte_for_byte() {
    let place = prepared();
    assert_eq!(compare(place.path(), &["base.toml", "cheap.toml", "--threads", "1"]).0, 0);
    let (code, stdout, stderr) = told(place.path(), &["rerun", "output/compare-base", "--threads", "2"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert_has(&stdout, &["comparison.csv", "identical"]);
    let (code, _, stderr) = told(place.path(), &["plot", "output/compare-base"]);
    assert_eq!(code, 1);
    assert_has(&stderr, &["holds a comparison", "uptake compare"]);

    let changed = fs::read_to_string(place.path().join("cheap.toml")).expect("read").replace("0.9", "0.8");
    fs::write(place.path().join("cheap.toml"), changed).expect("written");
    let (code, stdout, stderr) = told(place.path(), &["rerun", "output/compare-base/manifest.json"]);
    assert_eq!(code, 4, "{stdout}{stderr}");
    assert_has(&stderr, &["input `cheap.toml` has changed since the run"]);
    assert_has(&stdout, &["differs"]);
}
