//! `uptake calibrate` as an analyst meets it: a folder, a verdict, a posterior that a run takes up, and every way to fail.

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

const SCENARIO: &str = r#"
format = 1
title = "An invented country"
[time]
start = "2000-01"
end = "2025-12"
[run]
engine = "mean-field"
members = 10
[population]
total = { series = { "2000-07" = 8.0e6, "2025-07" = 10.0e6 }, source = "assumed" }
[data]
observations = "statistics.csv"
[[layer]]
name = "internet"
initial = { value = 0.001, source = "assumed" }
innovation = { distribution = "lognormal", median = 0.004, sigma = 0.4, source = "assumed" }
imitation = { distribution = "lognormal", median = 0.45, sigma = 0.3, source = "assumed" }
discontinuance = { value = 0.01, source = "assumed" }
"#;

const STATISTICS: &str = "\
layer,date,value,unit,source,vintage,quality,bias,bias_sd,spread
internet,2008-12,0.04,share,Union,2009,A,,0.2,
internet,2010-12,0.08,share,Union,2011,A,,,
internet,2012-12,0.15,share,Union,2013,A,,,
internet,2014-12,0.20,share,Union,2015,A,,,
internet,2014-12,0.27,share,Union,2019,A,,,
internet,2016-12,0.42,share,Union,2017,A,,,
internet,2018-12,0.56,share,Union,2019,A,,,
internet,2010-12,1100000,subscriptions,Regulator,2011,B,,,
internet,2016-12,6800000,subscriptions,Regulator,2017,B,,,
internet,2013-06,1800000,persons,Survey,2013,A,0.1,0.2,0.1
";

/// A folder with the scenario and its statistics.
fn country() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("country.toml"), SCENARIO).expect("written");
    std::fs::write(folder.path().join("statistics.csv"), STATISTICS).expect("written");
    folder
}

fn uptake(folder: &Path, args: &[&str]) -> Output {
    Command::cargo_bin("uptake").expect("built").current_dir(folder).args(args).output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const QUICK: [&str; 9] = ["calibrate", "country.toml", "--out", "fit", "--draws", "40", "--warm-up", "60", "--quiet"];

#[test]
fn a_quick_optimum_writes_a_posterior_that_a_run_takes_up() {
    let folder = country();
    let args = ["calibrate", "country.toml", "--method", "map", "--out", "fit", "--keep", "30", "--focus", "2016-12"];
    let output = uptake(folder.path(), &args);
    let (said, complained) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{said}{complained}");
    for words in ["layer.internet.imitation", "subscriptions per user of internet", "bias: Survey", "Verdict"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let fit = folder.path().join("fit");
    for name in [
        "posterior.csv",
        "draws.csv",
        "statistics.csv",
        "calibration.json",
        "manifest.json",
        "figures/calibration_fit.svg",
        "figures/calibration_prior_law.csv",
        "figures/calibration_vintages.svg",
        "figures/calibration_sources.svg",
    ] {
        assert!(fit.join(name).is_file(), "{name}: {said}");
    }
    let json: serde_json::Value =
        serde_json::from_slice(&std::fs::read(fit.join("calibration.json")).expect("there")).expect("JSON");
    // Nine statistics: of the figure of 2014 the last vintage.
    assert_eq!(json["statistics"].as_array().map(Vec::len), Some(9));
    assert!(json["curves"][0]["quantiles"][0][3].as_f64().is_some());

    // Named by the scenario, it decides what members take.
    let named = format!("posterior = \"fit/posterior.csv\"\n{SCENARIO}");
    std::fs::write(folder.path().join("named.toml"), named).expect("written");
    let share = |file: &str| {
        let output = uptake(folder.path(), &["run", file, "--format", "json", "--quiet", "--force", "--out", "run"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let dates = json["layers"][0]["dates"].as_array().expect("dates").clone();
        let at = dates.iter().find(|d| d["date"] == "2016-12").expect("a December").clone();
        let number = |key: &str| at["penetration"][key].as_f64().expect("a number");
        (number("median"), number("q90") - number("q10"))
    };
    let (prior, posterior) = (share("country.toml"), share("named.toml"));
    assert!(posterior.1 < 0.7 * prior.1, "{prior:?} {posterior:?}");
    assert!((posterior.0 - 0.42).abs() < 0.12, "{posterior:?}");

    // A prior that has changed since is not overruled in silence.
    let changed = std::fs::read_to_string(folder.path().join("named.toml"))
        .expect("there")
        .replace("sigma = 0.3,", "sigma = 0.2,");
    std::fs::write(folder.path().join("changed.toml"), changed).expect("written");
    let output = uptake(folder.path(), &["validate", "changed.toml"]);
    assert!(output.status.success());
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(said.contains("posterior-other-prior") && said.contains("layer.internet.imitation"), "{said}");
}

#[test]
fn too_few_draws_are_written_but_not_trusted() {
    let folder = country();
    let output = uptake(folder.path(), &QUICK);
    assert_eq!(output.status.code(), Some(4), "{}", text(&output.stderr));
    let posterior = std::fs::read_to_string(folder.path().join("fit/posterior.csv")).expect("written all the same");
    assert!(posterior.contains("DO NOT TRUST"), "{posterior}");
    assert!(!folder.path().join(".fit.checkpoint").exists());
    // The same again, byte for byte, on one thread; refused without --force.
    let again = uptake(folder.path(), &QUICK);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("--force"));
    let mut args = QUICK.to_vec();
    args.extend(["--force", "--threads", "1"]);
    let first = std::fs::read(folder.path().join("fit/draws.csv")).expect("there");
    assert_eq!(uptake(folder.path(), &args).status.code(), Some(4));
    assert_eq!(std::fs::read(folder.path().join("fit/draws.csv")).expect("there"), first);
}

#[test]
fn what_was_known_then_is_what_is_used() {
    let folder = country();
    let args = [
        "calibrate",
        "country.toml",
        "--method",
        "map",
        "--until",
        "2015",
        "--out",
        "fit",
        "--format",
        "json",
        "--no-figures",
    ];
    let output = uptake(folder.path(), &args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let statistics = json["statistics"].as_array().expect("statistics");
    let (used, later): (Vec<_>, Vec<_>) = statistics.iter().partition(|s| s["used"] == true);
    assert_eq!((used.len(), later.len()), (6, 3));
    assert!(used.iter().any(|s| s["date"] == "2014-12" && s["value"] == 0.2), "the vintage of the time");
    assert!(!folder.path().join("fit/figures").exists());
}

#[test]
fn the_priors_alone_look_at_no_statistic() {
    let folder = country();
    let args = [
        "calibrate",
        "country.toml",
        "--prior-only",
        "--out",
        "fit",
        "--format",
        "csv",
        "--no-figures",
        "--draws",
        "50",
    ];
    let output = uptake(folder.path(), &args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let lines = text(&output.stdout).lines().count();
    assert_eq!(lines, 201);
}

#[test]
fn every_way_to_fail_has_its_code_and_says_what_to_do() {
    let folder = country();
    let fails = |args: &[&str], code: i32, words: &str| {
        let output = uptake(folder.path(), args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(said.contains(words), "{args:?}: {said}");
        assert!(!folder.path().join("fit").exists(), "{args:?}");
    };
    fails(&["calibrate", "country.toml", "--out", "fit", "--until", "1990"], 3, "none of the scenario's");
    fails(&["calibrate", "country.toml", "--out", "fit", "--resume"], 1, "nothing to go on with");
    fails(&["calibrate", "country.toml", "--out", "fit", "--until", "soon"], 2, "expected years");
    fails(&["calibrate", "country.toml", "--out", "fit", "--acceptance", "2"], 2, "0.5 to 0.999");
    std::fs::write(
        folder.path().join("statistics.csv"),
        "layer,date,value,unit,source\ninternet,2010-12,0,share,Union\n",
    )
    .expect("written");
    fails(&["calibrate", "country.toml", "--out", "fit"], 3, "zero has no logarithm");
    std::fs::write(
        folder.path().join("statistics.csv"),
        "layer,date,value,unit,source,spread\ninternet,2010-12,0.1,share,Union,-1\n",
    )
    .expect("written");
    fails(&["calibrate", "country.toml", "--out", "fit"], 3, "spread");
    let broken = format!("posterior = \"p.csv\"\n{SCENARIO}");
    std::fs::write(folder.path().join("country.toml"), broken).expect("written");
    std::fs::write(folder.path().join("statistics.csv"), STATISTICS).expect("written");
    std::fs::write(folder.path().join("p.csv"), "draw,layer.internet.imitation\n0,a lot\n").expect("written");
    fails(&["run", "country.toml", "--out", "fit"], 3, "`a lot`, expected a number");
}
