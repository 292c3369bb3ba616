//! `uptake explain` as a planner meets it.

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

fn uptake(args: &[&str]) -> Output {
    let mut command = Command::cargo_bin("uptake").expect("the program is built");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1").args(args).output().expect("the program runs")
}

/// What is printed, on one line, so that the width of lines does not matter.
fn told(args: &[&str]) -> String {
    let output = uptake(args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_policy_is_told_with_when_who_how_strongly_why_and_at_what_cost() {
    let text = told(&["explain", "scenarios/policies/rural-towers.toml"]);
    for part in [
        "All of `scenarios/cambodia.toml`, with these policies: Rural towers [rural-towers]",
        "From January 2017 on, in full force after 36 months, for everyone in rural places:",
        "changes Internet coverage by 0.08 in 2019-12",
        "so more people can use Internet, and with it Facebook, Messaging and Political expression.",
        "(scenarios/policies/rural-towers.toml:",
        "Costs, in prices of 2016: USD 24.0 million",
    ] {
        assert!(text.contains(part), "no `{part}` in: {text}");
    }
    let text = told(&["explain", "scenarios/policies/strict-law.toml"]);
    for part in [
        "multiplies the rate at which people begin to use Political expression by 0.65 (triangular, 0.4 to 1.05, mode 0.65), so most likely Political expression spreads more slowly (its range includes the opposite).",
        "so most likely fewer stay with Political expression (its range includes the opposite).",
        "others cannot join, and with it Political expression.",
        "No cost is stated.",
    ] {
        assert!(text.contains(part), "no `{part}` in: {text}");
    }
}

#[test]
fn keys_that_differ_are_told_with_their_place_and_both_values() {
    let text = told(&[
        "explain",
        "scenarios/cambodia.toml",
        "--with",
        "scenarios/policies/training.toml",
        "--with",
        "scenarios/policies/strict-law.toml",
        "--set",
        "layer.internet.imitation=2",
    ]);
    for part in [
        "Against `scenarios/cambodia.toml`: layer.internet.imitation 2 [command line], not lognormal, median 1.8",
        "at --set layer.internet.imitation=2",
        "trained investigators per million people, so fewer incidents of cybercrime, and a little more trust.",
        "Strict cybercrime law [strict-law]",
    ] {
        assert!(text.contains(part), "no `{part}` in: {text}");
    }
    // Told in words, not key by key.
    assert!(!text.contains("intervention.training"), "{text}");

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("later.toml");
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/policies/rural-towers.toml");
    let lines = format!(
        "format = 1\nextends = {:?}\n[time]\nend = \"2030-12\"\n[[intervention]]\nname = \"rural-towers\"\nramp = 12\n",
        base.display().to_string()
    );
    std::fs::write(&file, lines).expect("written");
    let text = told(&["explain", file.to_str().expect("a path")]);
    assert!(text.contains("time.end \"2030-12\", not \"2035-12\" at "), "{text}");
    assert!(text.contains("intervention.rural-towers.ramp 12, not 36 at "), "{text}");
    assert!(text.contains("later.toml:7:8"), "{text}");
    assert!(text.contains("Rural towers [rural-towers], as in the base"), "{text}");
}

#[test]
fn a_scenario_of_its_own_has_nothing_to_differ_from() {
    let text = told(&["explain", "scenarios/minimal.toml"]);
    assert!(text.contains("It extends no other scenario; --base FILE holds it against one."), "{text}");
    let text = told(&["explain", "scenarios/minimal.toml", "--base", "scenarios/minimal.toml"]);
    assert!(text.contains("Nothing differs from `scenarios/minimal.toml`."), "{text}");
}

#[test]
fn json_says_the_same_and_faults_are_exit_3() {
    let output = uptake(&["explain", "scenarios/policies/shutdown.toml", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(json["policies"][0]["when"], "In July 2018 only");
    assert_eq!(json["policies"][0]["effects"].as_array().expect("effects").len(), 4);
    assert_eq!(json["differences"].as_array().expect("differences").len(), 0);

    let output = uptake(&["explain", "tests/bad_scenarios/interventions.toml"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("interventions.toml:"));
}

/// Combinations repeat policies, because a file extends only one other: they must not drift apart.
#[test]
fn policies_of_one_name_are_the_same_in_every_shipped_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/policies");
    let mut seen: std::collections::BTreeMap<String, (String, uptake::scenario::Intervention)> =
        std::collections::BTreeMap::new();
    let mut files = 0;
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        let loaded = uptake::scenario::load(&path, &[]).expect("a shipped scenario");
        assert!(loaded.warnings.is_empty(), "{}: {:?}", path.display(), loaded.warnings);
        files += 1;
        for policy in loaded.scenario.interventions {
            if let Some((other, known)) = seen.get(&policy.name) {
                assert_eq!(*known, policy, "{} against {other}", path.display());
            }
            seen.insert(policy.name.clone(), (path.display().to_string(), policy));
        }
    }
    assert!(files >= 16 && seen.len() >= 14, "{files} files, {} policies", seen.len());
}
