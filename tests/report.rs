//! `uptake report` from outside. That the file is valid HTML and accessible is tested by `tests/browser`.

use std::path::Path;

use assert_cmd::Command;

fn uptake(args: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::cargo_bin("uptake").expect("the program is built");
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).args(args).output().expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().expect("a path").to_owned()
}

/// The report of these sources.
fn report(folder: &Path, sources: &[&str], more: &[&str]) -> String {
    let out = path(folder, "report.html");
    let args: Vec<&str> =
        ["report"].iter().chain(sources).chain(&["-o", &out, "--force"]).chain(more).copied().collect();
    let (code, stdout, stderr) = uptake(&args);
    assert_eq!((code, stdout.trim()), (Some(0), out.as_str()), "{stderr}");
    std::fs::read_to_string(&out).expect("written")
}

#[test]
fn numbers_in_the_text_are_those_of_the_results() {
    let place = tempfile::tempdir().expect("a folder");
    let run = path(place.path(), "run");
    assert_eq!(uptake(&["run", "scenarios/minimal.toml", "--members", "5", "--out", &run]).0, Some(0));
    let html = report(place.path(), &[&run], &[]);
    let summary: serde_json::Value =
        serde_json::from_slice(&std::fs::read(Path::new(&run).join("summary.json")).expect("there")).expect("JSON");
    let last = summary["layers"][0]["dates"].as_array().expect("dates").last().expect("one").clone();
    let users = last["users"]["median"].as_f64().expect("a number");
    let sentence = format!("Internet: {:.1} million users in December 2030", users / 1e6);
    assert!(html.contains(&sentence), "no `{sentence}`");
    // What a run changes, its report tells.
    let other = path(place.path(), "other");
    let slow =
        ["run", "scenarios/minimal.toml", "--members", "5", "--set", "layer.internet.imitation=0.2", "--out", &other];
    assert_eq!(uptake(&slow).0, Some(0));
    assert!(!report(place.path(), &[&other], &[]).contains(&sentence));
    // Nothing is loaded from elsewhere, nothing runs.
    for bad in ["<script", "src=\"http", "href=\"http", "@import"] {
        assert!(!html.contains(bad), "{bad}");
    }
}

#[test]
fn scenarios_are_simulated_first_and_policies_compared() {
    let place = tempfile::tempdir().expect("a folder");
    let policy = path(place.path(), "faster.toml");
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/minimal.toml");
    let text = format!(
        "format = 1\nextends = {base:?}\ntitle = \"Cheaper phones <for all>\"\n[[intervention]]\nname = \"phones\"\nstart = \"2012-01\"\n\
         [intervention.layer.internet]\nadoption = {{ value = 1.5, source = \"assumed\" }}\n"
    );
    std::fs::write(&policy, text).expect("written");
    let html = report(place.path(), &["scenarios/minimal.toml", &policy], &["--members", "6"]);
    assert!(html.contains("Cheaper phones &lt;for all&gt;: ") && !html.contains("<for all>"), "titles are escaped");
    for heading in [
        "Policies compared",
        "Who gains",
        "Figures",
        "What is assumed",
        "How to read an interval",
        "Where it comes from",
    ] {
        assert!(html.contains(heading), "{heading}");
    }
    assert!(html.contains("more Internet users in December 2030"));
    assert!(html.contains("layer.internet.imitation"), "assumptions are listed");
}

#[test]
fn a_report_in_khmer_has_its_numerals_and_font_and_says_that_it_needs_review() {
    let place = tempfile::tempdir().expect("a folder");
    let html = report(place.path(), &["scenarios/minimal.toml"], &["--members", "3", "--lang", "km"]);
    assert!(html.contains("<html lang=\"km\">") && html.contains("needs the review of a native reader"));
    assert!(html.contains("font/woff2;base64,") && html.contains('៣'));
    let english = report(place.path(), &["scenarios/minimal.toml"], &["--members", "3"]);
    assert!(!english.contains("font/woff2"));
}

#[test]
fn equal_inputs_give_equal_bytes() {
    let place = tempfile::tempdir().expect("a folder");
    let run = path(place.path(), "run");
    assert_eq!(uptake(&["run", "scenarios/minimal.toml", "--members", "3", "--out", &run]).0, Some(0));
    assert_eq!(report(place.path(), &[&run], &[]), report(place.path(), &[&run], &[]));
}

#[test]
fn folders_of_other_commands_are_told_by_their_files() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("fit");
    std::fs::create_dir_all(folder.join("figures")).expect("made");
    std::fs::write(
        folder.join("calibration.json"),
        r#"{ "r_hat": 1.01, "chains": 4, "draws": 500, "verdict": { "trusted": false, "objections": ["too few draws"] },
             "coverage_80": [{ "inside": 7, "count": 9 }], "parameters": [{ "name": "imitation", "median": 0.42 }] }"#,
    )
    .expect("written");
    std::fs::write(
        folder.join("figures/fit.svg"),
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><title id=\"title\">Fit</title></svg>",
    )
    .expect("written");
    std::fs::write(folder.join("figures/bad.svg"), "<svg onload=\"alert(1)\"></svg>").expect("written");
    let html = report(place.path(), &[folder.to_str().expect("a path"), "scenarios/minimal.toml"], &["--members", "2"]);
    assert!(
        html.contains("How the model fits what was published")
            && html.contains("parameters.0.median")
            && html.contains("1.01")
    );
    assert!(html.contains(">Fit</title>") && !html.contains("onload"));
    assert!(html.contains("Do not trust these draws: too few draws."));
    assert!(html.contains("7 of the 9 published figures used lie within the 80 % interval"));
}

/// A calibration and a forecast as the program writes them, small: their sentences hold their numbers.
#[test]
fn a_calibration_and_a_forecast_are_told_in_sentences() {
    let place = tempfile::tempdir().expect("a folder");
    let (fit, forecast) = (path(place.path(), "fit"), path(place.path(), "forecast"));
    let base = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/minimal.toml");
    let fitted = path(place.path(), "fitted.toml");
    let scenario = format!("format = 1\nextends = {base:?}\n[data]\nobservations = \"statistics.csv\"\n");
    std::fs::write(&fitted, &scenario).expect("written");
    std::fs::write(
        place.path().join("statistics.csv"),
        "layer,date,value,unit,source\ninternet,2008-12,0.04,share,Union\ninternet,2012-12,0.15,share,Union\n\
         internet,2016-12,0.42,share,Union\ninternet,2018-12,0.56,share,Union\n",
    )
    .expect("written");
    // So few draws are not trusted (exit code 4), and the report says so.
    let short = ["calibrate", &fitted, "--draws", "40", "--warm-up", "60", "--keep", "20", "--out", &fit];
    let (code, _, stderr) = uptake(&short);
    assert_eq!(code, Some(4), "{stderr}");
    std::fs::write(&fitted, format!("posterior = \"fit/posterior.csv\"\n{scenario}")).expect("written");
    let panel = ["forecast", "--panel", "tests/data/panel_excerpt.csv", "--country", "KHM", "--out", &forecast];
    let (code, _, stderr) = uptake(&panel);
    assert_eq!(code, Some(0), "{stderr}");
    let html = report(place.path(), &[&fit, &forecast, &fitted], &["--members", "2"]);
    let json = |folder: &str, name: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(Path::new(folder).join(name)).expect("there")).expect("JSON")
    };
    let calibration = json(&fit, "calibration.json");
    let all = calibration["coverage_80"].as_array().and_then(|all| all.last()).expect("about every figure");
    let sentence = format!("{} of the {} published figures used lie within", all["inside"], all["count"]);
    assert!(html.contains(&sentence), "no `{sentence}`");
    let told = json(&forecast, "forecast.json");
    let country = &told["countries"][0];
    let last = country["years"].as_array().and_then(|years| years.last()).expect("a year");
    let sentence =
        format!("Cambodia: {:.0} % of people in {}", last["quantiles"][3].as_f64().expect("a number"), last["year"]);
    assert!(html.contains(&sentence), "no `{sentence}`");
    assert!(html.contains("Track record by years ahead"), "the track record is a table");
    assert!(html.contains("2 of them are estimated: runs take them from 20 draws"), "the posterior is told");
    assert!(html.contains("Do not trust these draws: "));
}

#[test]
fn real_shapes_take_the_place_of_tiles() {
    let place = tempfile::tempdir().expect("a folder");
    let run = path(place.path(), "run");
    let args = [
        "run",
        "scenarios/cambodia.toml",
        "--members",
        "2",
        "--engine",
        "mean-field",
        "--set",
        "time.end=\"2012-12\"",
        "--out",
        &run,
    ];
    assert_eq!(uptake(&args).0, Some(0));
    let tiles = report(place.path(), &[&run], &[]);
    assert!(tiles.contains("Each tile is a province") && tiles.contains("class=\"tile\" data-series=\"Kep\""));
    let square = |code: usize| {
        let (x, y) = (102 + code % 5, 10 + code / 5);
        serde_json::json!({ "type": "Feature", "properties": { "code": format!("KH-{code:02}") }, "geometry": { "type": "Polygon", "coordinates": [[[x, y], [x + 1, y], [x + 1, y + 1], [x, y]]] } })
    };
    let shapes =
        serde_json::json!({ "type": "FeatureCollection", "features": (1..=25).map(square).collect::<Vec<_>>() });
    let file = path(place.path(), "provinces.geojson");
    std::fs::write(&file, shapes.to_string()).expect("written");
    let html = report(place.path(), &[&run], &["--geojson", &file, "--key", "code"]);
    assert!(html.contains("Shapes are from provinces.geojson") && html.contains("class=\"shape\" data-series=\"Kep\""));
    let out = path(place.path(), "other.html");
    let (code, _, stderr) = uptake(&["report", &run, "-o", &out, "--geojson", &file, "--key", "iso"]);
    assert_eq!(code, Some(3));
    assert!(stderr.contains("no feature has the property `iso`; there are code"), "{stderr}");
}

#[test]
fn what_cannot_be_reported_is_told() {
    let place = tempfile::tempdir().expect("a folder");
    let out = path(place.path(), "report.html");
    let (code, _, stderr) = uptake(&["report", place.path().to_str().expect("a path"), "-o", &out]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("expected a folder written by"), "{stderr}");
    let (code, _, stderr) = uptake(&["report", "scenarios/none.toml", "-o", &out]);
    assert_eq!(code, Some(3), "{stderr}");
    let (code, _, stderr) =
        uptake(&["report", "scenarios/minimal.toml", "--members", "2", "--layer", "radio", "-o", &out]);
    assert_eq!(code, Some(2));
    assert!(stderr.contains("no results have a layer `radio`, expected one of internet"), "{stderr}");
    assert!(!Path::new(&out).exists(), "nothing was written");
    std::fs::write(&out, "mine").expect("written");
    let (code, _, stderr) = uptake(&["report", "scenarios/minimal.toml", "-o", &out]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("exists and was left as it is") && stderr.contains("--force"), "{stderr}");
    assert_eq!(std::fs::read_to_string(&out).expect("there"), "mine");
    assert_eq!(uptake(&["report"]).0, Some(2));
    assert_eq!(uptake(&["report", "x", "--geojson", "y"]).0, Some(2));
}
