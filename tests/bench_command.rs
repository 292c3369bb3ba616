//! `uptake bench` as a performance engineer meets it. What it measures is not tested, only that it measures.

use std::process::Output;

use assert_cmd::Command;

fn uptake(folder: &std::path::Path, args: &[&str]) -> Output {
    Command::cargo_bin("uptake").expect("built").current_dir(folder).args(args).output().expect("it runs")
}

#[test]
fn every_engine_and_phase_is_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let minimal = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/minimal.toml");
    let text = std::fs::read_to_string(minimal).expect("the scenario").replace("e6", "e3");
    std::fs::write(folder.path().join("small.toml"), text).expect("written");
    let args = ["bench", "small.toml", "--members", "3", "--repeats", "1", "--format", "json"];
    let output = uptake(folder.path(), &args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rows = json["rows"].as_array().expect("rows");
    let engines: Vec<&str> = rows.iter().filter_map(|row| row["engine"].as_str()).collect();
    assert_eq!(engines, ["mean-field", "cohort", "agent"]);
    for row in rows {
        for phase in ["load_s", "demography_s", "law_s", "member_s", "ensemble_s", "person_months_per_s"] {
            assert!(row[phase].as_f64().is_some_and(|value| value > 0.0), "{phase} of {row}");
        }
        assert_eq!(row["months"], 372);
    }
    let told = uptake(folder.path(), &["bench", "small.toml", "--engine", "cohort", "--repeats", "1"]);
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(text.contains("cohort") && !text.contains("mean-field"), "{text}");
}

#[test]
fn without_a_scenario_it_says_what_to_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = uptake(folder.path(), &["bench"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("uptake bench FILE"));
}
