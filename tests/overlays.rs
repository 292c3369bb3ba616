//! Policies laid over a scenario with `--with`, from outside: run, repeated, compared; and whom a policy touches.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use uptake::scenario::{self, Loaded, ScenarioErrors};

/// Exit code, stdout and stderr.
fn told(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("uptake").expect("the program is built");
    command.current_dir(folder).args(args).env_remove("NO_COLOR").env_remove("COLUMNS").env("LC_ALL", "C");
    let output = command.output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// Fails unless the program succeeds; gives what it printed.
fn done(folder: &Path, args: &[&str]) -> String {
    let (code, stdout, stderr) = told(folder, args);
    assert_eq!(code, 0, "{args:?}: {stdout}{stderr}");
    stdout
}

const FEW: [&str; 4] = ["--members", "8", "--seed", "3"];

/// A folder with `base.toml`, and `ban.toml`, a policy that lets nobody new in from 2005 on; its own base does not exist.
fn prepared() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a folder");
    done(place.path(), &["new", "base", "--quiet"]);
    write_ban(place.path(), "0");
    place
}

fn write_ban(folder: &Path, adoption: &str) {
    let text = format!(
        "format = 1\nextends = \"nowhere.toml\"\ntitle = \"Ban\"\n[[intervention]]\nname = \"ban\"\nstart = \"2005-01\"\n\
         layer.internet.adoption = {{ value = {adoption}, source = \"assumed\" }}\n"
    );
    fs::write(folder.join("ban.toml"), text).expect("written");
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).expect("read")).expect("JSON")
}

/// Median users at the last date of a summary.
fn last_users(summary: &str) -> f64 {
    let summary: serde_json::Value = serde_json::from_str(summary).expect("JSON");
    let dates = summary["layers"][0]["dates"].as_array().expect("dates");
    dates.last().expect("a date")["users"]["median"].as_f64().expect("a number")
}

#[test]
fn a_run_with_an_overlay_is_recorded_and_repeated_with_it() {
    let place = prepared();
    let folder = place.path();
    let run =
        |more: &[&str]| done(folder, &[&["run", "base.toml", "--format", "json", "--quiet"], more, &FEW].concat());
    let without = run(&["--out", "without"]);
    let with = run(&["--with", "ban.toml", "--out", "with"]);
    assert!(last_users(&with) < 0.5 * last_users(&without), "{} {}", last_users(&with), last_users(&without));
    let manifest = json(&folder.join("with/manifest.json"));
    assert_eq!(manifest["command"]["with"], serde_json::json!(["ban.toml"]));
    let inputs = manifest["inputs"].as_array().expect("a list");
    assert!(inputs.iter().any(|input| input["path"] == "ban.toml"), "{inputs:?}");

    let text = done(folder, &["rerun", "with"]);
    assert!(text.contains("identical"), "{text}");
    // The overlay is read again, not taken from the folder.
    write_ban(folder, "0.5");
    let (code, stdout, stderr) = told(folder, &["rerun", "with"]);
    assert_eq!(code, 4, "{stdout}{stderr}");
    assert!(stderr.contains("input `ban.toml` has changed since the run"), "{stderr}");
    fs::remove_file(folder.join("ban.toml")).expect("removed");
    let (code, ..) = told(folder, &["rerun", "with"]);
    assert_ne!(code, 0);
}

#[test]
fn a_comparison_lays_an_overlay_over_every_scenario() {
    let place = prepared();
    let folder = place.path();
    let text = "format = 1\nextends = \"base.toml\"\nname = \"fast\"\n[[intervention]]\nname = \"push\"\nstart = \"2005-01\"\n\
                layer.internet.imitation = { value = 3, source = \"assumed\" }\n";
    fs::write(folder.join("fast.toml"), text).expect("written");
    let compare = |more: &[&str]| -> serde_json::Value {
        let args = [&["compare", "base.toml", "fast.toml", "--no-figures", "--years", "2010"], more, &FEW].concat();
        done(folder, &args);
        json(&folder.join(more[1]).join("manifest.json"))
    };
    compare(&["--out", "plain"]);
    let manifest = compare(&["--out", "banned", "--with", "ban.toml"]);
    assert_eq!(manifest["command"]["with"], serde_json::json!(["ban.toml"]));
    let largest = |out: &str| -> f64 {
        let table = fs::read_to_string(folder.join(out).join("comparison.csv")).expect("read");
        let mut rows = csv::Reader::from_reader(table.as_bytes());
        let header = rows.headers().expect("a header").clone();
        let at = |name: &str| header.iter().position(|column| column == name).expect("a column");
        let (quantity, difference) = (at("quantity"), at("difference"));
        let rows: Vec<csv::StringRecord> = rows.records().map(|row| row.expect("a row")).collect();
        let of_users = rows.iter().filter(|row| &row[quantity] == "users" && !row[difference].is_empty());
        of_users.map(|row| row[difference].parse::<f64>().expect("a number").abs()).fold(0.0, f64::max)
    };
    // Where nobody joins, what would make people join faster changes nothing: the ban lies over both.
    assert!(largest("plain") > 1_000.0, "{}", largest("plain"));
    assert_eq!(largest("banned"), 0.0);
    let resolved = fs::read_dir(folder.join("banned/scenarios")).expect("a folder");
    let mut count = 0;
    for file in resolved {
        let text = fs::read_to_string(file.expect("an entry").path()).expect("read");
        assert!(text.contains("name = \"ban\""), "{text}");
        count += 1;
    }
    assert_eq!(count, 2);
    assert!(done(folder, &["rerun", "banned"]).contains("identical"));
}

#[test]
fn an_overlay_that_is_missing_or_faulty_is_exit_3_and_nothing_is_written() {
    let place = prepared();
    let (code, _, stderr) = told(place.path(), &["run", "base.toml", "--with", "bann.toml"]);
    assert_eq!(code, 3);
    assert!(stderr.contains("there is no file `bann.toml`") && stderr.contains("did you mean `ban.toml`?"), "{stderr}");
    write_ban(place.path(), "-1");
    for command in ["run", "validate"] {
        let (code, _, stderr) = told(place.path(), &[command, "base.toml", "--with", "ban.toml"]);
        assert_eq!(code, 3);
        assert!(stderr.contains("ban.toml:7:"), "{stderr}");
    }
    assert!(!place.path().join("output").exists());
}

/// Cambodia with a policy for some of its people.
fn with_target(who: &str) -> Result<Loaded, Box<ScenarioErrors>> {
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("policy.toml");
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/cambodia.toml");
    let text = format!(
        "format = 1\nextends = {:?}\n[[intervention]]\nname = \"some\"\nstart = \"2017-01\"\n{who}\n\
         layer.facebook.adoption = {{ value = 1.2, source = \"assumed\" }}\n",
        base.display().to_string()
    );
    fs::write(&path, text).expect("written");
    scenario::load(&path, &[]).map_err(Box::new)
}

#[test]
fn a_policy_that_touches_no_one_is_a_warning() {
    for (who, expected) in [
        ("who.regions = [\"Kampot\"]", &[][..]),
        ("who.age = { from = 118, to = 120 }", &["touches-no-one"]),
        ("who = { regions = [\"Kampot\"], age = { from = 118 } }", &["touches-no-one"]),
    ] {
        let loaded = with_target(who).unwrap_or_else(|errors| panic!("{who}: {errors}"));
        let names: Vec<&str> = loaded.warnings.iter().map(|warning| warning.name.as_str()).collect();
        assert_eq!(names, expected, "{who}");
    }
}

#[test]
fn an_unknown_region_is_a_fault_at_its_place_with_a_near_match() {
    let errors = with_target("who.regions = [\"Kampot\", \"Kampong Chm\"]").expect_err("an unknown region");
    let [fault] = errors.faults.as_slice() else { panic!("{errors}") };
    assert_eq!((fault.line, fault.column), (6, 26), "{errors}");
    assert!(fault.message.contains("Kampong Chm"), "{}", fault.message);
    assert!(errors.to_string().contains("did you mean `Kampong Cham`?"), "{errors}");
}
