//! `data`, `forecast`, `backtest` and `new --country` from outside: what they print and write, and how they end.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;

fn excerpt() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/panel_excerpt.csv")
}

/// The program with these arguments, where `PANEL` stands for the excerpt.
fn uptake(folder: &Path, args: &str) -> Output {
    let mut command = Command::cargo_bin("uptake").expect("the program is built");
    let args = args.split(' ').map(|arg| if arg == "PANEL" { excerpt().display().to_string() } else { arg.to_owned() });
    command.current_dir(folder).args(args).env("COLUMNS", "120").output().expect("it runs")
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn done(folder: &Path, args: &str) -> String {
    let output = uptake(folder, args);
    assert!(output.status.success(), "{args}: {}", err(&output));
    out(&output)
}

/// Fails unless the program ends with `code` and says each of `parts`; nothing but `left` is in the folder.
fn ends(args: &str, code: i32, parts: &[&str]) {
    let place = tempfile::tempdir().expect("a folder");
    let output = uptake(place.path(), args);
    assert_eq!(output.status.code(), Some(code), "{args}: {}", err(&output));
    for part in parts {
        assert!(err(&output).contains(part), "{args}: no `{part}` in {}", err(&output));
    }
    assert_eq!(out(&output), "", "{args}");
    assert_eq!(std::fs::read_dir(place.path()).expect("listed").count(), 0, "{args} left something behind");
}

#[test]
fn a_backtest_writes_forecasts_scores_and_figures() {
    let place = tempfile::tempdir().expect("a folder");
    let args = "backtest --panel PANEL --origins 2012,2015 --models uptake,theta,drift --out bt";
    let told = done(place.path(), args);
    for part in ["2012, 2015", "uptake by years ahead", "uptake against the others", "theta"] {
        assert!(told.contains(part), "no `{part}` in {told}");
    }
    let file = |name: &str| std::fs::read_to_string(place.path().join("bt").join(name)).expect("written");
    let report: serde_json::Value = serde_json::from_str(&file("backtest.json")).expect("JSON");
    assert_eq!(report["protocol"]["origins"], serde_json::json!([2012, 2015]));
    assert_eq!(report["models"][0]["scores"][0]["by"], "all");
    let count = report["models"][0]["scores"][0]["count"].as_u64().expect("a number");
    assert!(file("scores.csv").contains(&format!("uptake,all,all,count,{count}\n")));
    assert!(
        file("forecasts.csv").starts_with("model,iso3,origin,year,q0.025,q0.1,q0.25,q0.5,q0.75,q0.9,q0.975\nuptake,")
    );
    for (name, class, count) in [
        ("skill_by_horizon", "score", 6),
        ("reliability", "reliability", 3),
        ("pit", "bars", 3),
        ("countries", "median", 20),
        ("best_and_worst", "median", 12),
    ] {
        let svg = file(&format!("figures/{name}.svg"));
        let document = roxmltree::Document::parse(&svg).expect("XML");
        let found = document.descendants().filter(|node| node.attribute("class") == Some(class)).count();
        assert_eq!(found, count, "{name}");
        assert!(svg.contains("<title") && svg.contains("<desc"), "{name}");
        assert!(file(&format!("figures/{name}.csv")).lines().count() > 10, "{name}");
    }
    // The same again is refused, and with --force and other threads gives the same bytes.
    let before = file("forecasts.csv") + &file("backtest.json") + &file("figures/countries.svg");
    assert_eq!(uptake(place.path(), args).status.code(), Some(1));
    done(place.path(), &format!("{args} --force --threads 1"));
    assert_eq!(before, file("forecasts.csv") + &file("backtest.json") + &file("figures/countries.svg"));
}

#[test]
fn a_forecast_tells_the_fan_and_the_track_record() {
    let place = tempfile::tempdir().expect("a folder");
    let told = done(place.path(), "forecast --panel PANEL --country KHM --origin 2016 --to 2022 --out khm");
    for part in [
        "Cambodia: ",
        "% in 2022 (80 % interval",
        "from 32.4 % in 2016",
        "5 years ahead, this method missed by",
        "Doubtful in the figures",
    ] {
        assert!(told.contains(part), "no `{part}` in {told}");
    }
    // After the origin, published figures are drawn hollow: a second, smaller disc.
    let svg = std::fs::read_to_string(place.path().join("khm/figures/fan_KHM_2016.svg")).expect("written");
    let document = roxmltree::Document::parse(&svg).expect("XML");
    let dots = document.descendants().find(|node| node.attribute("class") == Some("observation")).expect("dots");
    let discs = dots.descendants().filter(|node| node.has_tag_name("circle")).count();
    let table = std::fs::read_to_string(place.path().join("khm/figures/fan_KHM_2016.csv")).expect("written");
    let published: Vec<&str> = table.lines().filter(|line| line.contains(",published,")).collect();
    let later = published.iter().filter(|line| line.split(',').nth(3).is_some_and(|year| year > "2016")).count();
    assert!(later > 3);
    assert_eq!(discs, published.len() + later);
    let csv = done(place.path(), "forecast --panel PANEL --country khm --country JPN --no-track-record --format csv");
    assert_eq!(csv.lines().count(), 17);
    let json = done(place.path(), "forecast --panel PANEL --country KHM --no-track-record --format json");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["countries"][0]["years"].as_array().map(Vec::len), Some(8));
    // Later figures do not touch it, not even through the panel of a later file.
    let cut: String = std::fs::read_to_string(excerpt())
        .expect("read")
        .lines()
        .filter(|line| {
            let year = line.rsplit(',').nth(1).and_then(|year| year.parse::<i32>().ok());
            year.is_none_or(|year| year <= 2016)
        })
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(place.path().join("cut.csv"), cut).expect("written");
    let both = ["PANEL", "cut.csv"].map(|panel| {
        done(
            place.path(),
            &format!("forecast --panel {panel} --country KHM --origin 2016 --no-track-record --format csv"),
        )
    });
    assert_eq!(both[0], both[1]);
}

#[test]
fn a_real_time_backtest_uses_what_had_been_published() {
    let place = tempfile::tempdir().expect("a folder");
    let mut text = "iso3,country,year,value,vintage\n".to_owned();
    // Published each year, with the figures up to the year before, all of them 1 % too low at first.
    for published in 2014..=2020 {
        for line in std::fs::read_to_string(excerpt()).expect("read").lines().skip(3) {
            let mut parts: Vec<&str> = line.rsplitn(3, ',').collect();
            parts.reverse();
            let (year, value): (i32, f64) = (parts[1].parse().expect("a year"), parts[2].parse().expect("a number"));
            if year < published {
                let value = if published < 2020 { value * 0.99 } else { value };
                text.push_str(&format!("{},{year},{value},{published}-07-01\n", parts[0]));
            }
        }
    }
    std::fs::write(place.path().join("vintages.csv"), text).expect("written");
    let told =
        done(place.path(), "backtest --panel vintages.csv --real-time --models drift,last-value --no-figures --out rt");
    assert!(told.contains("each made from what had been published by then"), "{told}");
    let report = std::fs::read_to_string(place.path().join("rt/backtest.json")).expect("written");
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!((report["real_time"].as_bool(), report["vintage"].as_str()), (Some(true), Some("2020-07-01")));
    let listed = done(place.path(), "data show KHM --panel vintages.csv");
    assert!(listed.contains("revised: 2016: 32.1 became") || !listed.contains("revised"), "{listed}");
    ends("backtest --panel PANEL --real-time", 3, &["--real-time needs several publications", "column `vintage`"]);
    ends("backtest --panel PANEL --vintage 2020-01-01", 3, &["no publication of 2020-01-01"]);
}

#[test]
fn data_is_imported_listed_and_shown() {
    let place = tempfile::tempdir().expect("a folder");
    assert_eq!(done(place.path(), "data import PANEL --vintage 2025-12-08 --out internet.csv"), "internet.csv\n");
    // Side by side with an earlier publication of one figure, which was another then.
    std::fs::write(place.path().join("early.csv"), "iso3,year,value,vintage\nKHM,2016,25.6,2018-01-01\n")
        .expect("written");
    done(place.path(), "data import internet.csv early.csv --out both.csv");
    let shown = done(place.path(), "data show KHM --panel both.csv");
    assert!(shown.contains("revised: 2016: 25.6 became 32.4 in the publication of 2025-12-08"), "{shown}");
    let again = uptake(place.path(), "data import internet.csv internet.csv --out twice.csv");
    assert_eq!(again.status.code(), Some(3), "{}", err(&again));
    let listed = done(place.path(), "data list --panel internet.csv");
    assert!(listed.contains("KHM") && listed.contains("1 jump") && listed.contains("published 2025-12-08"), "{listed}");
    let shown = done(place.path(), "data show KHM --panel internet.csv");
    assert!(
        shown.contains("Cambodia (KHM)") && shown.contains("jump: 26.0 points a year up to 32.4 in 2016"),
        "{shown}"
    );
    assert!(shown.contains("####"), "{shown}");
    assert!(done(place.path(), "data list --panel internet.csv --format json").contains("\"jump: 26.0 points"));
    assert!(done(place.path(), "data show KHM --panel internet.csv --format csv").contains("KHM,2016,32.3985\n"));
    assert!(done(place.path(), "data priors --panel internet.csv --format csv").contains("imitation,lognormal,"));
}

#[test]
fn a_scenario_of_a_country_runs_as_it_is() {
    let place = tempfile::tempdir().expect("a folder");
    std::fs::write(
        place.path().join("people.csv"),
        "iso3,year,population\nKHM,2010,14300000\nKHM,2020,16700000\nKHM,2035,19000000\n",
    )
    .expect("written");
    assert_eq!(done(place.path(), "new --country KHM --panel PANEL --population people.csv"), "khm.toml\n");
    done(place.path(), "validate khm.toml --strict");
    // It asks for the pooled priors, and has draws that fit the figures: one cannot be written over the other.
    let text = std::fs::read_to_string(place.path().join("khm.toml")).expect("written");
    assert!(text.contains("priors = \"pooled\"") && text.contains("posterior = \"khm.posterior.csv\""), "{text}");
    let again = uptake(place.path(), "new --country KHM --panel PANEL");
    assert_eq!(again.status.code(), Some(1), "{}", err(&again));
    let told = done(place.path(), "run khm.toml --members 20 --out run");
    assert!(told.contains("Internet:"), "{told}");
    let summary = std::fs::read_to_string(place.path().join("run/summary.json")).expect("written");
    assert!(summary.contains("2035"));
    let manifest = std::fs::read_to_string(place.path().join("run/manifest.json")).expect("written");
    assert!(manifest.contains("\"pooled\": [") && manifest.contains("layer.internet.access.ceiling"), "{manifest}");
    // The draws know more than the pooled priors alone.
    let spread = |file: &str| {
        let table =
            done(place.path(), &format!("run {file} --members 100 --engine mean-field --format csv --out {file}-run"));
        let at = |statistic: &str| -> f64 {
            let wanted = format!(",internet,all,all,all,all,2035-12,penetration,{statistic},");
            let row = table.lines().find_map(|line| Some(line.split_once(&wanted)?.1.to_owned()));
            let row = row.unwrap_or_else(|| panic!("{table}"));
            row.split(',').next().and_then(|cell| cell.parse().ok()).expect("a number")
        };
        at("q90") - at("q10")
    };
    let alone = text.lines().filter(|line| !line.starts_with("posterior")).collect::<Vec<_>>().join("\n");
    std::fs::write(place.path().join("alone.toml"), alone).expect("written");
    let (with, without) = (spread("khm.toml"), spread("alone.toml"));
    assert!(with < 0.6 * without, "{with} {without}");
    done(place.path(), "new somewhere --country VNM --panel PANEL");
    done(place.path(), "validate somewhere.toml");
}

#[test]
fn an_archive_that_was_cut_short_is_refused() {
    let place = tempfile::tempdir().expect("a folder");
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("API_IT.NET.USER.ZS.csv", zip::write::SimpleFileOptions::default()).expect("a file in it");
    // As the World Bank writes it.
    let panel = "\"Data Source\",\"World Development Indicators\",\n\n\"Last Updated Date\",\"2025-01-01\",\n\n\
        \"Country Name\",\"Country Code\",\"Indicator Name\",\"Indicator Code\",\"2010\",\"2011\",\"2012\",\n\
        \"Cambodia\",\"KHM\",\"Individuals using the Internet\",\"IT.NET.USER.ZS\",\"1.26\",\"3.1\",\"4.94\",\n";
    std::io::Write::write_all(&mut archive, panel.as_bytes()).expect("written");
    let whole = archive.finish().expect("finished").into_inner();
    let file = |name: &str, bytes: &[u8]| {
        let path = place.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path.display().to_string()
    };
    let shown = done(place.path(), &format!("data show KHM --panel {}", file("whole.zip", &whole)));
    assert!(shown.contains("Cambodia"), "{shown}");
    for kept in [whole.len() - 1, whole.len() / 2, 10] {
        let path = file("cut.zip", &whole[..kept]);
        ends(&format!("data show KHM --panel {path}"), 3, &["cut.zip", "not a whole zip archive"]);
    }
}

#[test]
fn what_cannot_be_done_is_said_and_leaves_nothing() {
    ends("backtest --panel nowhere.csv", 3, &["could not read nowhere.csv", "check the path"]);
    ends("backtest --panel PANEL --models uptak", 2, &["no method `uptak`", "choose from uptake, combination"]);
    ends("backtest --panel PANEL --origins 1990", 3, &["no country of the panel can be forecast and scored"]);
    ends("backtest --panel PANEL --horizon 0", 2, &["1..=30"]);
    ends("backtest --panel PANEL --countries KHN", 3, &["no country `KHN`", "did you mean KHM (Cambodia)?"]);
    ends("forecast --panel PANEL --country Cambodja", 3, &["did you mean KHM (Cambodia)?"]);
    ends("forecast --panel PANEL --country KHM --to 2010", 2, &["--to is 2010, expected 2024 to 2053"]);
    ends(
        "forecast --panel PANEL --country KHM --origin 2147483647",
        2,
        &["--origin is 2147483647, expected at most 20"],
    );
    ends("forecast --panel PANEL --country KHM --origin 1980", 3, &["no figures of KHM up to 1980"]);
    ends("forecast --panel PANEL --country KHM --force", 2, &["--out"]);
    ends("data show KHM --panel PANEL --value-column nothing", 3, &["no column for the figures", "`value`"]);
    ends("data import nowhere.zip", 3, &["could not read nowhere.zip"]);
    ends("data fetch --address http://127.0.0.1:9 --retries 0", 1, &["no answer from", "--offline"]);
    ends("new --country KHM", 2, &["--panel"]);
    ends("new --country XXX --panel PANEL", 3, &["no country `XXX`"]);
}
