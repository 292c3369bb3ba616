//! From files to scenarios: messages for bad files, inheritance, overrides, the schema, the guide.

use std::path::{Path, PathBuf};

use uptake::scenario::{self, EngineKind, Interpolation, Loaded, ScenarioErrors, Shape, Source};
use uptake::units::Month;

/// Loads a text as a file of a folder of its own.
fn load_text(text: &str, overrides: &[&str]) -> Result<Loaded, ScenarioErrors> {
    load_bytes(text.as_bytes(), overrides)
}

fn load_bytes(bytes: &[u8], overrides: &[&str]) -> Result<Loaded, ScenarioErrors> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    load_in(folder.path(), &[("scenario.toml", bytes)], overrides)
}

/// Writes files into a folder and loads the last of them.
fn load_in(folder: &Path, files: &[(&str, &[u8])], overrides: &[&str]) -> Result<Loaded, ScenarioErrors> {
    let mut path = PathBuf::new();
    for (name, bytes) in files {
        path = folder.join(name);
        std::fs::write(&path, bytes).expect("a writable folder");
    }
    let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
    scenario::load(&path, &overrides)
}

fn loaded(text: &str, overrides: &[&str]) -> Loaded {
    load_text(text, overrides).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The faults of a text, without the folder.
fn faults(text: &str, overrides: &[&str]) -> Vec<String> {
    let errors = load_text(text, overrides).expect_err("a scenario with faults");
    errors.faults.iter().map(|fault| format!("{}:{}: {}", fault.line, fault.column, fault.message)).collect()
}

const SMALL: &str = r#"
format = 1
title = "Small"

[time]
start = "2000-01"
end = "2010-12"

[population]
total = { series = { "2010-01" = 2e6, "2000-01" = 1e6 }, source = "a census" }

[[driver]]
name = "coverage"
unit = "share"
value = { series = { "2000-01" = 0.1, "2010-01" = 0.9 }, interpolation = "step", source = "assumed" }

[[layer]]
name = "facebook"
requires = ["internet"]
launch = "2004-02"
innovation = 0.01
imitation = { distribution = "lognormal", median = 0.4, sigma = 0.3, source = "Bass 1969" }

[[layer]]
name = "internet"
initial = { value = 0.01, factor = { distribution = "uniform", low = 0.5, high = 1.5 }, source = "assumed" }
innovation = { value = 0.01, source = "assumed" }
imitation = { value = 0.5, source = "assumed" }
access = { shares = ["coverage"], min_age = 6 }
features = { age = { "15" = 0.2, "5" = -0.3 }, drivers = { coverage = 0.1 } }
"#;

fn shipped_scenarios() -> Vec<PathBuf> {
    let folder = Path::new("scenarios");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the folder scenarios").flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    paths
}

/// Each file of `tests/bad_scenarios` with what is said about it; `UPDATE_SNAPSHOTS=1` rewrites the latter: read them.
#[test]
fn bad_scenarios_are_explained() {
    let folder = Path::new("tests/bad_scenarios");
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the folder").flatten().map(|entry| entry.path()).collect();
    names.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    names.sort();
    assert!(names.len() >= 14, "only {} bad scenarios", names.len());
    let mut different = Vec::new();
    for path in names {
        let errors = scenario::load(&path, &[]).err().unwrap_or_else(|| panic!("{} loads", path.display()));
        let said = format!("{}\n\n{errors}\n", errors.render(false, 120).trim_end());
        let expected = path.with_extension("txt");
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&expected, &said).expect("a writable folder");
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != said {
            different.push(format!("{}:\n{said}", path.display()));
        }
    }
    assert!(different.is_empty(), "UPDATE_SNAPSHOTS=1 accepts these:\n{}", different.join("\n"));
}

#[test]
fn shipped_scenarios_load_without_a_warning() {
    for path in shipped_scenarios() {
        let loaded = scenario::load(&path, &[]).unwrap_or_else(|errors| panic!("{errors}"));
        let unsourced: Vec<_> =
            loaded.warnings.iter().filter(|warning| warning.name == "unsourced-parameter").collect();
        assert!(unsourced.is_empty(), "{}: {unsourced:?}", path.display());
    }
    let minimal = std::fs::read_to_string("scenarios/minimal.toml").expect("scenarios/minimal.toml");
    assert!(minimal.lines().count() < 30);
}

#[test]
fn shipped_scenarios_and_overlays_agree_with_the_schema() {
    let schema = scenario::json_schema();
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    let mut texts: Vec<(String, String)> = shipped_scenarios()
        .into_iter()
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).expect("a readable file")))
        .collect();
    texts.push(("small".to_owned(), SMALL.to_owned()));
    texts.push(("policies".to_owned(), with_policies()));
    texts.push(("starter".to_owned(), scenario::starter("x")));
    texts.push((
        "overlay".to_owned(),
        "extends = \"base.toml\"\n[time]\nend = \"2040-12\"\n[[layer]]\nname = \"internet\"\nimitation = 0.5\n"
            .to_owned(),
    ));
    for (name, text) in texts {
        let instance =
            serde_json::to_value(toml::from_str::<toml::Table>(&text).expect("valid TOML")).expect("a JSON value");
        let faults: Vec<String> =
            validator.iter_errors(&instance).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
        assert!(faults.is_empty(), "{name}: {faults:?}");
    }
    for (name, text) in [
        ("unknown key", "extends = \"a.toml\"\ncolour = 1"),
        ("neither base nor all", "title = \"x\""),
        ("share above 1", "extends = \"a.toml\"\n[[layer]]\nname = \"a\"\ninitial = 38"),
        ("not a month", "extends = \"a.toml\"\n[time]\nend = \"2020\""),
        ("series of no months", "extends = \"a.toml\"\n[[layer]]\nname = \"a\"\nimitation = { series = { a = 1 } }"),
        ("unnamed layer", "extends = \"a.toml\"\n[[layer]]\nimitation = 1"),
    ] {
        let instance =
            serde_json::to_value(toml::from_str::<toml::Table>(text).expect("valid TOML")).expect("a JSON value");
        assert!(!validator.is_valid(&instance), "{name} passes the schema");
    }
}

/// `UPDATE_DOCS=1` rewrites the guide.
#[test]
fn the_guide_to_the_format_is_up_to_date() {
    let guide = scenario::format_guide();
    let path = "docs/scenario-format.md";
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &guide).expect("a writable folder");
    }
    assert!(
        std::fs::read_to_string(path).is_ok_and(|text| text == guide),
        "{path} is out of date: UPDATE_DOCS=1 cargo test --test scenario_files"
    );
}

#[test]
fn a_scenario_is_read_as_written() {
    let loaded = loaded(SMALL, &[]);
    let scenario = &loaded.scenario;
    assert_eq!((scenario.name.as_str(), scenario.title.as_str()), ("scenario", "Small"));
    assert_eq!(scenario.time.months(), 132);
    assert_eq!(
        (scenario.run.engine, scenario.run.members, scenario.run.replicates, scenario.run.seed),
        (EngineKind::Cohort, 200, 1, 0)
    );
    let names: Vec<&str> = scenario.layers.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names, ["internet", "facebook"], "a layer follows those it requires");
    let (internet, facebook) = (&scenario.layers[0], &scenario.layers[1]);
    assert_eq!(facebook.requires, [0]);
    assert_eq!(facebook.launch, Some("2004-02".parse().expect("a month")));
    assert_eq!((&facebook.innovation.shape, &facebook.innovation.source), (&Shape::Fixed(0.01), &Source::Missing));
    assert_eq!(facebook.imitation.source, Source::Cited("Bass 1969".to_owned()));
    assert_eq!(facebook.discontinuance.source, Source::Default);
    assert!(internet.initial.factor.is_some());
    assert_eq!(internet.imitation.path, "layer.internet.imitation");
    assert_eq!(internet.access.shares, [0]);
    assert_eq!(internet.access.min_age, 6.0);
    let ages: Vec<f64> = internet.features.age.iter().map(|(age, _)| *age).collect();
    assert_eq!(ages, [5.0, 15.0]);
    assert_eq!(internet.features.drivers[0].0, 0);
    let Shape::Dated(coverage) = &scenario.drivers[0].urban.shape else { panic!("a series") };
    assert_eq!(coverage.interpolation, Interpolation::Step);
    assert_eq!(scenario.drivers[0].urban.path, scenario.drivers[0].rural.path, "one value, one draw");
    let dates: Vec<Month> = scenario.population.stocks.iter().map(|(month, _)| *month).collect();
    assert!(dates.is_sorted(), "{dates:?}");
    let unsourced: Vec<&str> = loaded.warnings.iter().map(|warning| warning.name.as_str()).collect();
    assert_eq!(unsourced, ["unsourced-parameter"; 4]);
    assert!(
        loaded.parameters.iter().any(|note| note.path == "contacts.nation" && note.assumed && note.place.is_empty())
    );
    assert_eq!(loaded.inputs.len(), 1);
    assert_eq!(loaded.inputs[0].sha256.len(), 64);
}

#[test]
fn a_file_inherits_by_key_and_by_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let overlay = r#"
extends = "base.toml"
[run]
seed = 7
[population]
total = { value = 5e6, source = "assumed" }
[[layer]]
name = "messaging"
innovation = { value = 0.02, source = "assumed" }
imitation = { value = 0.3, source = "assumed" }
[[layer]]
name = "internet"
imitation = { series = { "2000-01" = 0.5 }, source = "a study" }
"#;
    let base = format!("name = \"base\"\n{SMALL}");
    let loaded = load_in(folder.path(), &[("base.toml", base.as_bytes()), ("overlay.toml", overlay.as_bytes())], &[])
        .unwrap_or_else(|errors| panic!("{errors}"));
    let scenario = &loaded.scenario;
    assert_eq!((scenario.name.as_str(), scenario.title.as_str(), scenario.run.seed), ("overlay", "Small", 7));
    let names: Vec<&str> = scenario.layers.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names, ["internet", "facebook", "messaging"]);
    assert_eq!(scenario.layers[0].innovation.shape, Shape::Fixed(0.01), "inherited");
    assert!(matches!(scenario.layers[0].imitation.shape, Shape::Dated(_)), "a parameter is replaced as a whole");
    assert_eq!(loaded.inputs.len(), 2);
    assert!(
        loaded
            .parameters
            .iter()
            .any(|note| note.path == "layer.facebook.imitation" && note.place.contains("base.toml:"))
    );
}

#[test]
fn inheritance_drops_what_a_new_key_makes_pointless() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let base = "format = 1\n[time]\nstart = \"2000-01\"\nend = \"2001-12\"\n[population]\nage_sex = \"missing.csv\"\nregions = \"missing.csv\"\n[[driver]]\nname = \"a\"\nunit = \"share\"\nurban = 0.1\nrural = 0.2\n[[layer]]\nname = \"internet\"\ninnovation = 0.1\nimitation = 0.1\n";
    let overlay = "extends = \"base.toml\"\n[population]\ntotal = 1e6\n[[driver]]\nname = \"a\"\nvalue = 0.5\n";
    let loaded = load_in(folder.path(), &[("base.toml", base.as_bytes()), ("overlay.toml", overlay.as_bytes())], &[])
        .unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(loaded.scenario.drivers[0].urban.shape, Shape::Fixed(0.5));
    assert_eq!(loaded.scenario.drivers[0].rural.shape, Shape::Fixed(0.5));
    let by_override = load_in(folder.path(), &[("base.toml", base.as_bytes())], &["population.total=1000000"]);
    assert!(by_override.is_ok(), "{:?}", by_override.err());
}

#[test]
fn overrides_replace_values() {
    let loaded = loaded(
        SMALL,
        &[
            "layer.internet.imitation=0.7",
            "layer.facebook.imitation.sigma=0.5",
            "layer.facebook.innovation={ series = { \"2005-01\" = 0.2 } }",
            "run.engine=mean-field",
            "time.end=2012-06",
            "population.total=1000000",
            "layer.\"internet\".features.age.\"15\" = 0.9",
            "outputs.frequency = \"monthly\"",
            "name=other",
        ],
    );
    let scenario = &loaded.scenario;
    let (internet, facebook) = (&scenario.layers[0], &scenario.layers[1]);
    assert_eq!((&internet.imitation.shape, &internet.imitation.source), (&Shape::Fixed(0.7), &Source::CommandLine));
    assert_eq!(facebook.imitation.shape, Shape::Drawn(scenario::Distribution::LogNormal { median: 0.4, sigma: 0.5 }));
    assert_eq!(facebook.imitation.source, Source::CommandLine);
    assert!(matches!(facebook.innovation.shape, Shape::Dated(_)));
    assert_eq!(scenario.run.engine, EngineKind::MeanField);
    assert_eq!(scenario.time.end.to_string(), "2012-06");
    assert_eq!(scenario.population.stocks.len(), 1);
    assert_eq!(internet.features.age[1].1.shape, Shape::Fixed(0.9));
    assert_eq!(scenario.name, "other");
    assert!(
        loaded.parameters.iter().any(|note| note.path == "layer.internet.imitation" && note.source == "command line")
    );
}

#[test]
fn overrides_are_checked_like_the_file() {
    let cases = [
        ("layer.internet.imitaton=0.7", "1:16: unknown key `imitaton` in `layer.internet`"),
        ("layer.internt.imitation=0.7", "1:7: no `layer` is named `internt`"),
        ("layer.internet.initial=38", "1:24: `layer.internet.initial` is 38, expected a share from 0 to 1"),
        (
            "layer.internet.imitation=0,4",
            "1:26: `layer.internet.imitation` is a string (0,4), expected a number, or a table such as { value = 0.4, source = \"...\" }",
        ),
        ("run.engine=agents", "1:12: `run.engine` is agents, expected one of `mean-field`, `cohort`"),
        ("run.seed.x=1", "1:10: `run.seed` is a whole number, so it has no `x` to override"),
        ("run.members", "1:1: an override needs a key and a value"),
        ("run.members=", "1:12: an override needs a value"),
        ("=1", "1:1: the key of an override is a path of names joined by points"),
        ("a..b=1", "1:1: the key of an override is a path of names joined by points"),
        ("extends=x.toml", "1:1: `extends` cannot be overridden; run another file instead"),
        ("time.end=1990-01", "1:10: `time.end` is 1990-01, before `time.start`, which is 2000-01"),
        ("layer.internet.imitation={ value = }", "1:36: this is not TOML: "),
    ];
    let with_run = format!("{SMALL}\n[run]\nseed = 1\n");
    for (text, expected) in cases {
        let found = faults(&with_run, &[text]);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].starts_with(expected), "{text}: {}", found[0]);
    }
}

#[test]
fn the_resolved_file_loads_to_the_same_scenario() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = "layer,date,value,unit,source\ninternet,2005-12,0.1,share,\"a, survey\"\n";
    let base = format!(
        "{SMALL}\n[data]\nobservations = \"data/observations.csv\"\n[[observation]]\nlayer = \"internet\"\ndate = \"2006-12\"\nvalue = 5\nunit = \"accounts\"\nsource = \"a \\\"firm\\\"\\n\"\n"
    );
    std::fs::create_dir(folder.path().join("data")).expect("a writable folder");
    std::fs::write(folder.path().join("data/observations.csv"), data).expect("a writable folder");
    let overlay = "extends = \"base.toml\"\ndescription = \"\"\"two\nlines \\\\ and 'quotes'\"\"\"\n[[layer]]\nname = \"internet\"\ninitial = 1e-300\n";
    let files: [(&str, &[u8]); 2] = [("base.toml", base.as_bytes()), ("overlay.toml", overlay.as_bytes())];
    let first = load_in(folder.path(), &files, &["layer.facebook.imitation=0.7", "run.seed=18446744073709551615"])
        .unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(first.scenario.observations.len(), 2);
    let inside = folder.path().join("output");
    std::fs::create_dir(&inside).expect("a writable folder");
    for (path, text) in
        [(inside.join("a.toml"), first.resolved.clone()), (inside.join("b.toml"), first.resolved_for(&inside))]
    {
        std::fs::write(&path, &text).expect("a writable folder");
        let second = scenario::load(&path, &[]).unwrap_or_else(|errors| panic!("{errors}\n{text}"));
        assert_eq!(second.scenario, first.scenario, "{text}");
        assert_eq!(second.resolved, first.resolved);
    }
    assert!(
        first.resolved_for(&inside).contains("observations = \"../data/observations.csv\""),
        "{}",
        first.resolved_for(&inside)
    );
}

#[test]
fn shipped_scenarios_survive_being_resolved() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for path in shipped_scenarios() {
        let first = scenario::load(&path, &[]).unwrap_or_else(|errors| panic!("{errors}"));
        let second = load_in(folder.path(), &[("resolved.toml", first.resolved.as_bytes())], &[])
            .unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(second.scenario, first.scenario);
    }
}

#[test]
fn the_starter_loads_without_a_warning() {
    for name in ["cambodia", "My \"Country\" 2", "កម្ពុជា"] {
        let loaded = loaded(&scenario::starter(name), &[]);
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        assert_eq!(loaded.scenario.title, name);
    }
}

#[test]
fn line_ends_and_byte_order_marks_do_not_move_columns() {
    let wrong = SMALL.replace("min_age = 6", "min_aeg = 6");
    let expected = faults(&wrong, &[]);
    assert_eq!(expected, ["29:35: unknown key `min_aeg` in `layer.internet.access`"]);
    let windows = wrong.replace('\n', "\r\n");
    assert_eq!(faults(&windows, &[]), expected);
    assert_eq!(faults(&format!("\u{feff}{windows}"), &[]), expected);
    assert_eq!(
        faults(&format!("\u{feff}titel = 1{windows}"), &[])[0],
        "1:1: unknown key `titel` at the top of a scenario"
    );
    assert!(load_text(&format!("\u{feff}{}", SMALL.replace('\n', "\r\n")), &[]).is_ok());
}

#[test]
fn doubtful_input_is_a_named_warning() {
    let text = SMALL
        .replace("imitation = { value = 0.5,", "imitation = { value = 50,")
        .replace("launch = \"2004-02\"", "launch = \"2014-02\"");
    let text = format!(
        "{text}\n[outputs]\nbreakdowns = [\"region\"]\n[[observation]]\nlayer = \"internet\"\ndate = \"2016-12\"\nvalue = 0.3\nunit = \"share\"\nresidence = \"urban\"\nsource = \"a survey\"\n"
    );
    let names: Vec<String> = loaded(&text, &[]).warnings.into_iter().map(|warning| warning.name).collect();
    for name in [
        "unlikely-rate",
        "never-launched",
        "breakdown-not-available",
        "observation-outside-span",
        "observation-unmatched-group",
    ] {
        assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
    }
    let guide = scenario::format_guide();
    for name in names {
        assert!(guide.contains(&format!("`{name}`")), "{name} is not in the guide");
    }
}

#[test]
fn a_distribution_cut_by_its_range_is_a_warning() {
    let text = SMALL.replace(
        "innovation = 0.01",
        "innovation = { distribution = \"normal\", mean = 0.1, sd = 0.1, source = \"a study\" }",
    );
    let loaded = loaded(&text, &[]);
    let warning = loaded.warnings.iter().find(|warning| warning.name == "truncated-distribution").expect("the warning");
    assert!(
        warning.message.starts_with("only 84 % of `layer.facebook.innovation` is inside its range"),
        "{}",
        warning.message
    );
    assert!(warning.place.ends_with("scenario.toml:21:14"), "{}", warning.place);
}

#[test]
fn the_range_of_a_driver_is_that_of_its_unit() {
    let share = SMALL.replace("\"2010-01\" = 0.9", "\"2010-01\" = 90");
    assert_eq!(
        faults(&share, &[]),
        ["15:51: `driver.coverage.value.series.2010-01` is 90, expected a share from 0 to 1"]
    );
    let factor = share.replace("unit = \"share\"", "unit = \"factor\"").replace("shares = [\"coverage\"], ", "");
    assert!(load_text(&factor, &[]).is_ok());
}

#[test]
fn what_is_no_file_of_text_is_refused_kindly() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("cambodia.toml"), SMALL).expect("a writable folder");
    let of = |path: &Path| scenario::load(path, &[]).expect_err("a fault").to_string();
    let missing = of(&folder.path().join("cambodai.toml"));
    assert!(
        missing.contains("there is no such file")
            && missing.contains("did you mean")
            && missing.contains("cambodia.toml"),
        "{missing}"
    );
    let directory = of(folder.path());
    assert!(directory.contains("is a directory") && directory.contains("`cambodia.toml`"), "{directory}");
    let huge = load_bytes(&vec![b'a'; 10 << 20], &[]).expect_err("a fault").to_string();
    assert!(huge.contains("larger than 4 MiB"), "{huge}");
    let binary = load_bytes(b"title = \"\xff\"\n", &[]).expect_err("a fault").to_string();
    assert!(binary.contains(":1:10: byte 0xff is not UTF-8 text"), "{binary}");
}

#[test]
fn large_junk_is_refused_in_time() {
    let lines = "aaaa = 1\n".repeat(30_000);
    let distinct: String = (0..40_000).map(|number| format!("k{number} = {number}\n")).collect();
    for junk in [
        "[".repeat(1 << 20),
        "a.".repeat(1 << 20),
        "\"".repeat(1 << 20),
        "x=[1,".repeat(1 << 16),
        "\n\0".repeat(1 << 18),
        "\n\0".repeat(1 << 16),
        "a = = 1\n".repeat(1 << 14),
        lines,
        distinct,
    ] {
        let errors = load_text(&junk, &[]).expect_err("a fault");
        assert!(errors.faults.len() <= 50);
        assert!(errors.render(true, 80).len() < 200_000);
    }
}

#[test]
fn errors_can_be_written_as_json() {
    let errors = load_text(&SMALL.replace("imitation", "imitaton"), &[]).expect_err("faults");
    let json = serde_json::to_value(&errors).expect("a JSON value");
    assert_eq!(json["faults"][0]["line"], 22);
    assert_eq!(json["more"], 0);
    assert!(errors.render(true, 80).contains("\u{1b}["));
    assert!(!errors.render(false, 80).contains("\u{1b}["));
}

/// Interventions of every mechanism, laid on [`SMALL`].
const POLICIES: &str = r#"
[victimisation]
layer = "internet"
rate = { distribution = "lognormal", median = 0.06, sigma = 0.6, source = "a survey" }
capacity = { value = 2, source = "a ministry" }
leaving = { value = 0.03, source = "assumed" }

[[intervention]]
name = "towers"
title = "Towers"
description = "Masts."
start = "2005-01"
end = "2008-12"
ramp = 36
ramp_shape = "logistic"
[intervention.driver.coverage]
shift = { distribution = "triangular", low = -0.03, mode = 0.08, high = 0.15, source = "a study" }
[intervention.cost]
currency = "USD"
price_year = 2016
one_off = { value = 2e6, source = "assumed" }
per_person = { value = 1.5, source = "assumed" }
reached = { value = 0.5, source = "assumed" }

[[intervention]]
name = "law"
start = "2006-01"
[intervention.layer.facebook]
adoption = { value = 0.8, source = "assumed" }
innovation = { value = 0.9, source = "assumed" }
imitation = { value = 0.9, source = "assumed" }
discontinuance = { value = 1.3, source = "assumed" }
outside_influence = { value = 0.01, source = "assumed" }
ceiling = { value = 0.7, source = "assumed" }
suspend = { lost = { value = 0.02, source = "assumed" }, part_of_month = 0.69 }
[intervention.layer.internet]
adoption = { value = 0.95, source = "assumed" }
[intervention.victimisation]
incidents = { value = 0.9, source = "assumed" }
capacity = { value = 5, source = "assumed" }
trust = { value = 1.1, source = "assumed" }
"#;

fn with_policies() -> String {
    format!("{SMALL}{POLICIES}")
}

#[test]
fn policies_are_read_as_written() {
    use uptake::scenario::{DriverChange, Effect, LayerChange, RampShape};
    let loaded = loaded(&with_policies(), &["intervention.towers.ramp=12"]);
    let scenario = &loaded.scenario;
    let crime = scenario.victimisation.as_ref().expect("the table");
    assert_eq!(
        (crime.layer, &crime.capacity.shape, &crime.distrust.shape),
        (0, &Shape::Fixed(2.0), &Shape::Fixed(0.0))
    );
    assert_eq!(crime.rate.path, "victimisation.rate");
    let [towers, law] = scenario.interventions.as_slice() else { panic!("two interventions") };
    assert_eq!(
        (towers.name.as_str(), towers.title.as_str(), towers.description.as_str()),
        ("towers", "Towers", "Masts.")
    );
    assert_eq!((towers.ramp.months, towers.ramp.shape), (12, RampShape::Logistic));
    assert_eq!(
        (towers.start.to_string(), towers.end.map(|end| end.to_string())),
        ("2005-01".to_owned(), Some("2008-12".to_owned()))
    );
    let [Effect::Driver { driver: 0, change: DriverChange::Shift, amount }] = towers.effects.as_slice() else {
        panic!("{:?}", towers.effects)
    };
    assert_eq!((amount.path.as_str(), amount.range), ("intervention.towers.driver.coverage.shift", (-1.0, 1.0)));
    let cost = towers.cost.as_ref().expect("costs");
    assert_eq!((cost.currency.as_str(), cost.price_year, cost.per_year.is_none()), ("USD", 2016, true));
    assert_eq!(cost.reached.shape, Shape::Fixed(0.5));
    assert_eq!((law.title.as_str(), law.end, law.ramp.months), ("law", None, 0));
    // The layers in their order, which is not the file's: facebook requires the internet.
    let layers: Vec<usize> = law
        .effects
        .iter()
        .filter_map(|effect| if let Effect::Layer { layer, .. } = effect { Some(*layer) } else { None })
        .collect();
    assert_eq!(layers, [0, 1, 1, 1, 1, 1, 1, 1]);
    assert!(law.effects.iter().any(|effect| matches!(
        effect,
        Effect::Layer { change: LayerChange::Suspension { part_of_month, .. }, .. } if *part_of_month == 0.69
    )));
    assert!(matches!(&law.effects[8..], [Effect::Incidents(_), Effect::Capacity(_), Effect::Trust(_)]));
    assert!(loaded.parameters.iter().any(|note| note.path == "intervention.law.layer.facebook.suspend.lost"));
}

#[test]
fn a_resolved_file_with_policies_loads_to_the_same_scenario() {
    let first = loaded(&with_policies(), &["intervention.towers.ramp=12"]);
    let again = loaded(&first.resolved, &[]);
    assert_eq!(again.scenario, first.scenario);
}

#[test]
fn an_inherited_change_of_a_driver_gives_way_to_another() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let base = with_policies();
    let change =
        "extends = \"base.toml\"\n[[intervention]]\nname = \"towers\"\ndriver = { coverage = { multiply = 1.2 } }\n";
    let files: [(&str, &[u8]); 2] = [("base.toml", base.as_bytes()), ("change.toml", change.as_bytes())];
    let loaded = load_in(folder.path(), &files, &[]).unwrap_or_else(|errors| panic!("{errors}"));
    let towers = &loaded.scenario.interventions[0];
    assert_eq!((towers.effects.len(), towers.ramp.months), (1, 36));
    assert!(matches!(
        towers.effects[0],
        uptake::scenario::Effect::Driver { change: uptake::scenario::DriverChange::Multiply, .. }
    ));
}

#[test]
fn doubtful_policies_are_warned_of_by_name() {
    let names = |change: (&str, &str)| -> Vec<String> {
        let text = with_policies();
        assert!(text.contains(change.0), "{}", change.0);
        let loaded = loaded(&text.replacen(change.0, change.1, 1), &[]);
        let known = |name: &String| name != "unsourced-parameter";
        loaded.warnings.into_iter().map(|warning| warning.name).filter(known).collect()
    };
    assert_eq!(names(("ramp = 36", "ramp = 36")), Vec::<String>::new());
    // 48 months: the force is full in the last month with a ramp of 47, and never with one of 48.
    assert_eq!(names(("ramp = 36", "ramp = 47")), Vec::<String>::new());
    assert_eq!(names(("ramp = 36", "ramp = 48")), ["ramp-unfinished"]);
    assert_eq!(names(("start = \"2006-01\"", "start = \"2004-01\"")), ["before-launch"]);
    assert_eq!(names(("adoption = { value = 0.8", "adoption = { value = 1")), ["no-effect"]);
    assert_eq!(names(("ceiling = { value = 0.7", "ceiling = { value = 1")), ["no-effect"]);
    assert_eq!(names(("per_person = { value = 1.5", "per_year = { value = 1.5")), ["no-effect"]);
    let guide = scenario::format_guide();
    for name in ["ramp-unfinished", "before-launch", "no-effect", "touches-no-one"] {
        assert!(guide.contains(&format!("`{name}`")), "{name} is not in the guide");
    }
}

#[test]
fn overlays_are_laid_on_in_order_and_contradictions_are_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a writable folder");
        path
    };
    let base = write("base.toml", &with_policies());
    let one = write(
        "one.toml",
        "extends = \"nowhere.toml\"\ntitle = \"One\"\n[run]\nseed = 1\nmembers = 5\n[[intervention]]\nname = \"towers\"\nramp = 12\n",
    );
    let two =
        write("two.toml", "[run]\nseed = 2\nmembers = 5\n[[intervention]]\nname = \"law\"\nstart = \"2007-01\"\n");
    let both = scenario::load_with(&base, &[one.clone(), two], &["run.replicates=2".to_owned()])
        .unwrap_or_else(|errors| panic!("{errors}"));
    let scenario = &both.scenario;
    assert_eq!((scenario.name.as_str(), scenario.title.as_str()), ("base-one-two", "Small + One + two"));
    assert_eq!((scenario.run.seed, scenario.run.members, scenario.run.replicates), (2, 5, 2));
    assert_eq!(scenario.interventions[0].ramp.months, 12);
    assert_eq!(scenario.interventions[1].start.to_string(), "2007-01");
    assert_eq!(both.inputs.len(), 3);
    let told: Vec<String> = both
        .warnings
        .iter()
        .filter(|warning| warning.name == "overlay-conflict")
        .map(|warning| {
            format!("{}: {}", warning.place, warning.message).replace(&folder.path().display().to_string(), "")
        })
        .collect();
    assert_eq!(
        told,
        [
            "/two.toml:2:8: `run.seed` says otherwise at /one.toml:4:8; this later one wins",
            "/two.toml:4:1: `intervention.law` says otherwise at /base.toml:55:1; this later one wins",
        ]
    );
    let alone = scenario::load_with(&base, &[one], &[]).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(alone.warnings.iter().all(|warning| warning.name != "overlay-conflict"), "a change is no contradiction");
    let again = loaded(&alone.resolved, &[]);
    assert_eq!(again.scenario, alone.scenario);
    let broken = write("broken.toml", "[run]\nsed = 1\n");
    let errors = scenario::load_with(&base, &[broken], &[]).expect_err("an unknown key");
    assert!(errors.to_string().contains("broken.toml:2:1: unknown key `sed`"), "{errors}");
}

mod random {
    use super::{SMALL, load_bytes};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = load_bytes(&bytes, &[]).map_err(|errors| errors.render(false, 80));
        }

        #[test]
        fn mutations_of_a_valid_file_never_panic(
            edits in proptest::collection::vec((0..SMALL.len() + super::POLICIES.len(), prop::sample::select(vec!["", "=", "[", "}", "\"", "0", "-", "nan", "[[layer]]\n", "\n", "internet", "é", ".", "1e999"]), 0..4usize), 1..6),
            text in prop_oneof![Just(SMALL.to_owned()), Just(super::with_policies()), Just(uptake::scenario::starter("x"))],
        ) {
            let mut bytes = text.into_bytes();
            for (at, insert, remove) in edits {
                let at = at.min(bytes.len());
                let end = (at + remove).min(bytes.len());
                bytes.splice(at..end, insert.bytes());
            }
            let _ = load_bytes(&bytes, &[]).map_err(|errors| errors.render(false, 80));
        }

        #[test]
        fn overrides_never_panic(text in "[a-z.=\"{}\\[\\] 0-9é-]{0,40}") {
            let _ = load_bytes(SMALL.as_bytes(), &[&text]).map_err(|errors| errors.render(false, 80));
        }
    }
}

/// A country of which little is known.
const LITTLE: &str = r#"
format = 1
priors = "pooled"
time = { start = "2005-01", end = "2030-12" }
population = { total = { value = 1e6, source = "assumed" } }

[[layer]]
name = "internet"
initial = { value = 0.01, source = "assumed" }
"#;

#[test]
fn pooled_priors_are_of_what_a_layer_does_not_give() {
    use uptake::scenario::Distribution;

    let parameters = ["layer.internet.access.ceiling", "layer.internet.imitation", "layer.internet.innovation"];
    let all = loaded(LITTLE, &[]);
    let mut pooled = all.pooled();
    pooled.sort();
    assert_eq!(pooled, parameters);
    assert!(all.warnings.is_empty(), "{:?}", all.warnings);
    let table = uptake::forecast::priors::pooled();
    let internet = &all.scenario.layers[0];
    let Distribution::LogNormal { median, sigma } = drawn(&internet.imitation.shape) else { panic!("{internet:?}") };
    assert_eq!((median, sigma), (table.imitation.median, table.imitation.sigma));
    let ceiling = internet.access.ceiling.as_ref().expect("pooled");
    let Distribution::LogitNormal { median, sigma } = drawn(&ceiling.shape) else { panic!("{ceiling:?}") };
    assert_eq!((median, sigma), (table.ceiling.median, table.ceiling.sigma));
    assert!(matches!(&ceiling.source, Source::Cited(words) if words.contains("101 countries")));

    // The resolved file holds the numbers themselves, and loads to the same scenario.
    assert!(!all.resolved.contains("priors =") && all.resolved.contains("logitnormal"), "{}", all.resolved);
    let again = loaded(&all.resolved, &[]);
    assert_eq!((&again.scenario.layers, again.pooled().len()), (&all.scenario.layers, 3));

    // What the file gives stays, and what the command line gives; and the key may stand there too.
    let given = format!("{LITTLE}imitation = {{ value = 0.5, source = \"assumed\" }}\n");
    let some = loaded(&given, &["layer.internet.access.ceiling=0.8", "layer.internet.innovation.median=0.01"]);
    assert_eq!(some.scenario.layers[0].imitation.shape, Shape::Fixed(0.5));
    assert_eq!(some.scenario.layers[0].access.ceiling.as_ref().map(|p| &p.shape), Some(&Shape::Fixed(0.8)));
    let Distribution::LogNormal { median, .. } = drawn(&some.scenario.layers[0].innovation.shape) else { panic!() };
    assert_eq!(median, 0.01);
    let without = LITTLE.replace("priors = \"pooled\"\n", "");
    assert_eq!(loaded(&without, &["priors=pooled"]).scenario.layers, all.scenario.layers);
    assert_eq!(faults(&without, &[]).len(), 2, "innovation and imitation are missed");
}

fn drawn(shape: &Shape) -> uptake::scenario::Distribution {
    match shape {
        Shape::Drawn(distribution) => *distribution,
        other => panic!("{other:?}"),
    }
}

#[test]
fn pooled_priors_that_do_not_fit_are_refused_or_doubted_at_their_place() {
    let one = |text: &str, overrides: &[&str]| faults(text, overrides).join("\n");
    let wrong = one(
        &LITTLE.replace("\"pooled\"", "\"poold\""),
        &["layer.internet.innovation=0.01", "layer.internet.imitation=0.4"],
    );
    assert!(wrong.starts_with("3:10: `priors` is \"poold\"") && wrong.contains("pooled"), "{wrong}");
    let renamed = one(&LITTLE.replace("\"internet\"", "\"web\""), &[]);
    assert!(renamed.starts_with("3:10: `priors` is \"pooled\", which is about a layer named `internet`"), "{renamed}");
    let above = one(&format!("{LITTLE}requires = [\"phone\"]\n"), &[]);
    assert!(
        !above.contains("has no")
            && above.contains("10:13: `priors` is \"pooled\", but `layer.internet` requires another layer"),
        "{above}"
    );

    let warned = |text: &str, name: &str| {
        let loaded = loaded(text, &[]);
        assert!(loaded.warnings.iter().any(|w| w.name == name), "{:?}", loaded.warnings);
        loaded
    };
    warned(
        &format!("{LITTLE}discontinuance = {{ value = 0.05, source = \"assumed\" }}\n"),
        "pooled-priors-of-another-law",
    );
    let numbers = "innovation = { value = 0.01, source = \"a\" }\nimitation = { value = 0.4, source = \"a\" }\n";
    let own = format!("{LITTLE}{numbers}access.ceiling = {{ value = 0.9, source = \"a\" }}\n");
    assert_eq!(warned(&own, "pooled-priors-not-used").pooled().len(), 0);
    // Access by drivers: no ceiling is added.
    let driven = format!(
        "{LITTLE}access.shares = [\"coverage\"]\n[[driver]]\nname = \"coverage\"\nunit = \"share\"\nvalue = {{ value = 0.5, source = \"a\" }}\n"
    );
    let driven = warned(&driven, "pooled-priors-of-another-law");
    assert!(driven.scenario.layers[0].access.ceiling.is_none());
    assert_eq!(driven.pooled().len(), 2);
}
