//! Odd input: whatever is asked, the program ends with a clear word and the right exit code, and its results are sound.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use assert_cmd::Command;
use proptest::prelude::*;
use uptake::ensemble;
use uptake::population::PopulationTables;
use uptake::scenario::{Access, Dimension, EngineKind, Frequency, Layer, Scenario, Shape, sample};
use uptake::series::{Projection, Quantity};
use uptake::units::{Month, Unit};

/// How a command ended.
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

/// Runs the program in `folder`; one that does not end counts as ended without a code.
fn uptake(folder: &Path, args: &[&str]) -> Ended {
    let output = Command::cargo_bin("uptake")
        .expect("the program is built")
        .current_dir(folder)
        .args(args)
        .env_remove("COLUMNS")
        .timeout(Duration::from_mins(1))
        .output()
        .expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Fails unless the command ended with `code` and said each of `parts`, and never panicked.
fn assert_ended(ended: &Ended, code: i32, parts: &[&str]) {
    let Ended { code: found, out, err } = ended;
    assert_eq!(*found, Some(code), "{out}\n{err}");
    assert!(!err.contains("panicked"), "{err}");
    for part in parts {
        assert!(out.contains(part) || err.contains(part), "no `{part}` in:\n{out}\n{err}");
    }
}

fn place() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

const ENGINES: [&str; 2] = ["cohort", "mean-field"];

/// A scenario of two layers, the second requiring the first, with `changes` to its lines (`key = value`).
fn scenario(changes: &[(&str, &str)]) -> String {
    let mut lines: Vec<String> = r#"format = 1
[time]
start = "2000-01"
end = "2002-12"
[run]
members = 4
[population]
total = 1e6
[[layer]]
name = "internet"
initial = 0.01
innovation = 0.01
imitation = 0.4
discontinuance = 0.02
[[layer]]
name = "chat"
requires = ["internet"]
innovation = 0.01
imitation = 0.4
discontinuance = 0.02
"#
    .lines()
    .map(str::to_owned)
    .collect();
    for (key, value) in changes {
        let start = format!("{key} = ");
        let mut found = false;
        for line in lines.iter_mut().filter(|line| line.starts_with(&start)) {
            *line = format!("{start}{value}");
            found = true;
        }
        assert!(found, "the scenario has no `{key}`");
    }
    lines.join("\n") + "\n"
}

/// Writes the scenario and runs it into `out`.
fn run(folder: &Path, text: &str, more: &[&str]) -> Ended {
    fs::write(folder.join("x.toml"), text).expect("written");
    let args = ["run", "x.toml", "--out", "out", "--force", "--quiet"];
    uptake(folder, &args.iter().chain(more).copied().collect::<Vec<_>>())
}

/// Reads `out/results.csv` and fails where a number is not finite, users outnumber people or the users of a required
/// layer (pairs of layer and required layer), or quantiles are out of order. Gives the number of values.
fn assert_sound(folder: &Path, requires: &[(&str, &str)]) -> usize {
    let mut table = csv::Reader::from_path(folder.join("out/results.csv")).expect("a table");
    // Layer, group and date, quantity, statistic.
    let mut values: BTreeMap<(String, String, String, String), f64> = BTreeMap::new();
    for row in table.records() {
        let row = row.expect("a row");
        let group: Vec<&str> = (2..7).map(|column| &row[column]).collect();
        let value: f64 = row[9].parse().expect("a number");
        assert!(value.is_finite() && value >= 0.0, "{row:?}");
        assert!(&row[7] != "penetration" || value <= 1.0, "{row:?}");
        values.insert((row[1].to_owned(), group.join(","), row[7].to_owned(), row[8].to_owned()), value);
    }
    let everyone = |group: &String| {
        let key = ("all".to_owned(), group.clone(), "population".to_owned(), "mean".to_owned());
        *values.get(&key).unwrap_or_else(|| panic!("no population of {group}"))
    };
    for ((layer, group, quantity, statistic), &value) in values.iter().filter(|(key, _)| key.2 == "users") {
        assert!(value <= everyone(group), "{layer} {group} {statistic}: {value} of {}", everyone(group));
        for (_, required) in requires.iter().filter(|(above, _)| above == layer) {
            let key = ((*required).to_owned(), group.clone(), quantity.clone(), statistic.clone());
            let below = values[&key];
            assert!(value <= below, "{group} {statistic}: {value} users of {layer}, {below} of {required}");
        }
    }
    for ((layer, group, quantity, statistic), &median) in values.iter().filter(|(key, _)| key.3 == "median") {
        assert_eq!(statistic, "median");
        let at = |name: &str| values.get(&(layer.clone(), group.clone(), quantity.clone(), name.to_owned())).copied();
        let (low, high) = (at("q10").expect("a quantile"), at("q90").expect("a quantile"));
        assert!(low <= median && median <= high, "{layer} {group} {quantity}: {low}, {median}, {high}");
    }
    values.len()
}

#[test]
fn any_number_of_people_runs() {
    let place = place();
    for people in ["0", "1", "0.4", "1e10", "1e11", r#"{ series = { "2000-01" = 1e10, "2000-02" = 0 } }"#] {
        for engine in ENGINES {
            let ended = run(place.path(), &scenario(&[("total", people)]), &["--engine", engine]);
            assert_ended(&ended, 0, &["users in December 2002"]);
            assert!(assert_sound(place.path(), &[("chat", "internet")]) > 0);
        }
    }
    let ended = run(place.path(), &scenario(&[("total", "1e12")]), &[]);
    assert_ended(&ended, 3, &["population.total"]);
}

#[test]
fn hazards_of_nothing_and_of_a_million_run() {
    let place = place();
    for hazards in [["0", "0", "0"], ["1e6", "1e6", "1e6"], ["1e6", "0", "0"], ["0", "1e6", "0"], ["0", "0", "1e6"]] {
        for engine in ENGINES {
            let [innovation, imitation, discontinuance] = hazards;
            let text = scenario(&[
                ("innovation", innovation),
                ("imitation", imitation),
                ("discontinuance", discontinuance),
                ("end", "\"2000-12\""),
            ]);
            assert_ended(&run(place.path(), &text, &["--engine", engine]), 0, &["users in December 2000"]);
            assert_sound(place.path(), &[("chat", "internet")]);
        }
    }
    assert_ended(&run(place.path(), &scenario(&[("imitation", "1.1e6")]), &[]), 3, &["layer.internet.imitation"]);
}

#[test]
fn one_month_runs() {
    let place = place();
    for (month, words) in [("\"2000-01\"", "users in January 2000"), ("\"2000-12\"", "users in December 2000")] {
        for engine in ENGINES {
            let ended =
                run(place.path(), &scenario(&[("start", month), ("end", month)]), &["--engine", engine, "--png"]);
            assert_ended(&ended, 0, &[words]);
            assert_sound(place.path(), &[("chat", "internet")]);
        }
    }
    let ended = run(place.path(), &scenario(&[("end", "\"1999-12\"")]), &[]);
    assert_ended(&ended, 3, &["`time.end` is 1999-12, before `time.start`"]);
}

#[test]
fn ten_thousand_members_of_one_month_run() {
    let place = place();
    let ended = run(place.path(), &scenario(&[("end", "\"2000-01\"")]), &["--members", "10000"]);
    assert_ended(&ended, 0, &["Medians of 10,000 members"]);
    assert_sound(place.path(), &[("chat", "internet")]);
}

#[test]
fn numbers_that_are_none_are_faults_and_nothing_is_written() {
    let place = place();
    for key in ["total", "initial", "innovation", "imitation", "discontinuance", "members"] {
        for value in ["nan", "inf", "-inf", "-1", "1e400"] {
            let ended = run(place.path(), &scenario(&[(key, value)]), &[]);
            assert_ended(&ended, 3, &["x.toml:", "nothing was written"]);
            assert!(ended.out.is_empty(), "{}", ended.out);
        }
    }
    assert_eq!(names_in(place.path()), ["x.toml"]);
}

#[test]
fn files_that_are_no_scenarios_are_told_from_them() {
    let place = place();
    // A multiplicative generator is junk enough.
    let mut state = 1_u64;
    let mut junk = Vec::with_capacity(10_000_000);
    while junk.len() < 10_000_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        junk.extend_from_slice(&state.to_le_bytes());
    }
    let text: Vec<u8> = junk.iter().map(|byte| b"abc[]{}=\"'\n#,. 0"[usize::from(byte >> 4)]).collect();
    let files = [
        ("empty.toml", Vec::new(), "no `format`"),
        ("little.toml", junk[..10_000].to_vec(), "not valid"),
        ("junk.toml", junk, "larger than"),
        ("words.toml", text[..3_000_000].to_vec(), "not valid"),
        ("text.toml", text, "larger than"),
        ("deep.toml", format!("a = {}", "[".repeat(200_000)).into(), "nesting"),
        ("tables.toml", format!("a = {}", "{b=".repeat(100_000)).into(), "nesting"),
        ("keys.toml", format!("{}b = 1", "a.".repeat(300_000)).into(), "nesting"),
        ("zero.toml", vec![0; 1000], "not valid"),
    ];
    for (name, bytes, words) in files {
        fs::write(place.path().join(name), bytes).expect("written");
        for command in ["run", "validate"] {
            let ended = uptake(place.path(), &[command, name]);
            assert_ended(&ended, 3, &[words]);
            assert!(ended.err.len() < 40_000, "{name}: {} bytes of message", ended.err.len());
        }
    }
    fs::create_dir(place.path().join("folder.toml")).expect("made");
    assert_ended(&uptake(place.path(), &["run", "folder.toml"]), 3, &["`folder.toml` is a folder"]);
    assert_ended(&uptake(place.path(), &["run", "none.toml"]), 3, &["there is no file `none.toml`"]);
    assert_ended(&uptake(place.path(), &["run", "empty.toml/x"]), 3, &["could not open `empty.toml/x`"]);
    assert!(!place.path().join("output").exists());
}

#[test]
fn folders_that_cannot_be_written_are_found_before_the_work() {
    let place = place();
    let text = scenario(&[]);
    fs::write(place.path().join("x.toml"), &text).expect("written");
    for (out, words) in [
        ("x.toml", "`x.toml` is a file"),
        ("x.toml/below", "`x.toml` is a file"),
        ("x.toml/far/below", "`x.toml` is a file"),
        (".", "cannot be replaced as a whole"),
        ("..", "cannot be replaced as a whole"),
        ("/", "cannot be replaced as a whole"),
    ] {
        let ended = uptake(place.path(), &["run", "x.toml", "--out", out, "--force", "--members", "1000000"]);
        assert_ended(&ended, 1, &["error: ", words, "next: choose another folder"]);
    }
    if cfg!(target_os = "linux") {
        let ended = uptake(place.path(), &["run", "x.toml", "--out", "/proc/x", "--members", "1000000"]);
        assert_ended(&ended, 1, &["error: could not write into `/proc`"]);
        assert!(!ended.err.contains(".uptake-"), "{}", ended.err);
        assert_ended(&uptake(place.path(), &["new", "/proc/x"]), 1, &["error: could not write into `/proc`"]);
    }
    assert_eq!(names_in(place.path()), ["x.toml"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_nothing_is_left() {
    let place = place();
    fs::write(place.path().join("x.toml"), scenario(&[])).expect("written");
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").expect("the system has one");
    for args in [&["run", "x.toml", "--quiet", "--force"][..], &["validate", "x.toml"], &["schema"]] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_uptake"))
            .args(args)
            .current_dir(place.path())
            .stdout(full())
            .output()
            .expect("it runs");
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {err}");
        assert!(err.contains("error: could not write the output") && err.contains("No space left"), "{args:?}: {err}");
    }

    let disk = place.path().join("disk");
    fs::create_dir(&disk).expect("made");
    let shown = disk.to_string_lossy();
    let mounted = std::process::Command::new("mount").args(["-t", "tmpfs", "-o", "size=32k", "none", &shown]).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this user cannot mount a small disk to fill");
        return;
    }
    let ended = uptake(place.path(), &["run", "x.toml", "--out", "disk/deep/run", "--quiet"]);
    let left = names_in(&disk);
    fs::write(disk.join("filler"), vec![0; 1 << 16]).expect_err("no room for that");
    let new = uptake(place.path(), &["new", "disk/y"]);
    let unmounted = std::process::Command::new("umount").arg(&*shown).status().expect("umount runs");
    assert!(unmounted.success());
    assert_ended(&ended, 1, &["error: could not write `", "disk/deep/run", "No space left", "next: free some space"]);
    assert!(!ended.err.contains("partial"), "{}", ended.err);
    assert!(left.is_empty(), "{left:?}");
    assert_ended(&new, 1, &["could not write `disk/y.toml`", "next: free some space"]);
}

#[test]
fn damaged_run_folders_are_told_from_whole_ones() {
    let place = place();
    assert_ended(&run(place.path(), &scenario(&[("end", "\"2000-12\"")]), &[]), 0, &[]);
    let folder = place.path().join("out");
    for file in ["manifest.json", "summary.json", "results.csv"] {
        let path = folder.join(file);
        let whole = fs::read(&path).expect("read");
        let mut versions = vec![Vec::new(), b"{}".to_vec(), b"[1]".to_vec(), vec![0xff; 100]];
        versions.extend([1, 2, 3].map(|part| whole[..whole.len() * part / 4].to_vec()));
        let text = String::from_utf8(whole.clone()).expect("text");
        versions.extend(
            ["-1", "1e999", "99999999999999999999"].map(|odd| text.replacen(": 4", &format!(": {odd}"), 1).into()),
        );
        for version in versions.into_iter().filter(|version| *version != whole) {
            fs::write(&path, version).expect("written");
            for args in [&["plot", "out"][..], &["rerun", "out"]] {
                let ended = uptake(place.path(), args);
                assert!(matches!(ended.code, Some(0 | 1 | 3 | 4)), "{args:?} {file}: {}", ended.err);
                assert!(!ended.err.contains("panicked"), "{args:?} {file}: {}", ended.err);
            }
        }
        fs::write(&path, whole).expect("written");
    }
    assert_ended(&uptake(place.path(), &["rerun", "out"]), 0, &["identical"]);
}

#[test]
fn a_run_that_would_need_too_much_memory_is_refused_at_once() {
    let place = place();
    let cambodia = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/cambodia.toml");
    let widest =
        ["--set", "outputs.frequency=\"monthly\"", "--set", "outputs.breakdowns=[\"region x residence x sex x age\"]"];
    let args = [&["run", cambodia, "--quiet"][..], &widest].concat();
    let ended = uptake(place.path(), &args);
    assert_ended(
        &ended,
        1,
        &["error: the run would need about 2", " GB of memory", "nothing was written", "next: lower"],
    );
    assert!(names_in(place.path()).is_empty());
    // The plan can still be had.
    let dry = [&["run", cambodia, "--dry-run"][..], &widest].concat();
    assert_ended(&uptake(place.path(), &dry), 0, &["memory    about 2", " GB", "a run would be refused"]);
}

#[test]
fn too_many_layers_are_refused() {
    let layers: String =
        (0..200).map(|i| format!("[[layer]]\nname = \"l{i}\"\ninnovation = 0.1\nimitation = 0.1\n")).collect();
    let place = place();
    let ended = run(place.path(), &format!("{}{layers}", scenario(&[])), &[]);
    assert_ended(&ended, 3, &["`layer` has 202 entries, expected at most 60"]);
}

/// A country of two regions, both residences, both sexes and three age bands, published in years with gaps between.
fn write_country(folder: &Path) {
    let age_sex = "year,sex,0-14,15-49,50+\n\
                   2000,female,30000,40000,9000\n2000,male,31000,39000,8000\n\
                   2003,female,28000,46000,10000\n2003,male,29000,45000,9000\n\
                   2011,female,25000,30000,30000\n2011,male,0,0,1\n";
    let regions = "code,region,population_2001,population_2008\nA,Low Land,70000,90000\nB,High Land,1000,40\n";
    let urban = "year,urban_share\n2001,0.1\n2004,0.9\n2009,0.05\n";
    for (name, text) in [("age_sex.csv", age_sex), ("regions.csv", regions), ("urban.csv", urban)] {
        fs::write(folder.join(name), format!("# source: invented\n{text}")).expect("written");
    }
}

/// A scenario of that country with these layers and what each requires, everything moving fast.
fn layered(requires: &[(&str, &[&str])]) -> String {
    let mut text = "format = 1\n[time]\nstart = \"1999-06\"\nend = \"2012-06\"\n[run]\nmembers = 3\n[population]\n\
                    age_sex = \"age_sex.csv\"\nregions = \"regions.csv\"\nurban_share = \"urban.csv\"\n"
        .to_owned();
    for (position, (name, required)) in requires.iter().enumerate() {
        text.push_str(&format!(
            "[[layer]]\nname = \"{name}\"\nrequires = {required:?}\ninitial = 0.6\ninnovation = 0.5\nimitation = 2\n\
             discontinuance = {}\naccess.min_age = {}\naccess.ceiling = 0.{}\nfeatures.urban = 1\nfeatures.female = -1\n",
            0.1 + 0.2 * (position % 3) as f64,
            position % 2 * 15,
            9 - position % 4,
        ));
    }
    text + "[outputs]\nbreakdowns = [\"region\", \"residence\", \"sex\", \"age\", \"region x residence\", \"sex x age\"]\n"
}

/// Runs the layers in both engines and fails where a layer has more users than one it requires.
fn assert_nested(requires: &[(&str, &[&str])]) {
    let place = place();
    write_country(place.path());
    let pairs: Vec<(&str, &str)> =
        requires.iter().flat_map(|(name, required)| required.iter().map(|below| (*name, *below))).collect();
    for engine in ENGINES {
        assert_ended(&run(place.path(), &layered(requires), &["--engine", engine]), 0, &["users in December 2011"]);
        assert!(assert_sound(place.path(), &pairs) > 1000);
    }
}

#[test]
fn a_chain_of_twenty_layers_is_nested() {
    let names: Vec<String> = (0..20).map(|i| format!("l{i}")).collect();
    let below: Vec<[&str; 1]> = names.iter().map(|name| [name.as_str()]).collect();
    let requires: Vec<(&str, &[&str])> = names
        .iter()
        .enumerate()
        .map(|(i, name)| (name.as_str(), if i == 0 { &[][..] } else { &below[i - 1][..] }))
        .collect();
    assert_nested(&requires);
}

#[test]
fn layers_with_two_requirements_are_nested_in_both() {
    assert_nested(&[
        ("internet", &[]),
        ("phone", &[]),
        ("facebook", &["internet"]),
        ("messaging", &["internet", "phone"]),
        ("payments", &["facebook", "messaging"]),
        ("apart", &["phone", "facebook"]),
    ]);
}

#[test]
fn a_population_with_a_hole_in_its_table_is_a_fault() {
    let place = place();
    write_country(place.path());
    let text = layered(&[("internet", &[])]);
    for (broken, words) in [
        ("year,sex,0-14,15-49,50+\n2000,female,1,2,\n2000,male,1,2,3\n", "age_sex.csv:2"),
        ("year,sex,0-14,15-49,50+\n2000,female,1,nan,3\n2000,male,1,2,3\n", "age_sex.csv:2"),
        ("year,sex,0-14,15-49,50+\n2000,female,1,2,-3\n2000,male,1,2,3\n", "age_sex.csv:2"),
        ("year,sex,0-14,50+\n2000,female,1,2\n2000,male,1,2\n", "age_sex.csv"),
        ("year,sex,0-14,15+\n2000,female,1,2\n", "age_sex.csv"),
        ("year,sex,0-14,15+\n", "age_sex.csv"),
        ("", "age_sex.csv"),
    ] {
        fs::write(place.path().join("age_sex.csv"), broken).expect("written");
        let ended = run(place.path(), &text, &[]);
        assert_ended(&ended, 3, &[words, "nothing was written"]);
    }
}

/// Fails where a projection is not sound.
fn check(projection: &Projection, layers: &[Layer]) -> Result<(), TestCaseError> {
    for (layer, group, date) in every_place(projection) {
        let people = projection.estimate(layer, group, date, Quantity::Population).mean;
        let slack = 1e-9 * people + 1e-9;
        let place = format!("layer {layer}, {:?}, {}", projection.groups[group], projection.dates[date]);
        for quantity in Quantity::EVERY {
            let estimate = projection.estimate(layer, group, date, quantity);
            let all = estimate.quantiles.iter().chain([&estimate.mean]);
            prop_assert!(all.clone().all(|value| value.is_finite() && *value >= -slack), "{place}: {estimate:?}");
            prop_assert!(estimate.quantiles.is_sorted(), "{place}: {estimate:?}");
            let limit = match quantity {
                Quantity::Users => people + slack,
                Quantity::Penetration => 1.0,
                _ => f64::INFINITY,
            };
            prop_assert!(all.clone().all(|value| *value <= limit), "{place}: {quantity:?} {estimate:?} of {people}");
        }
        let users = projection.estimate(layer, group, date, Quantity::Users);
        for &required in &layers[layer].requires {
            let below = projection.estimate(required, group, date, Quantity::Users);
            let nested = users.quantiles.iter().zip(below.quantiles).all(|(above, below)| *above <= below + slack);
            prop_assert!(nested && users.mean <= below.mean + slack, "{place}: {users:?} over {below:?}");
        }
    }
    Ok(())
}

fn every_place(projection: &Projection) -> impl Iterator<Item = (usize, usize, usize)> + use<> {
    let (layers, groups, dates) = (projection.layers.len(), projection.groups.len(), projection.dates.len());
    (0..layers).flat_map(move |l| (0..groups).flat_map(move |g| (0..dates).map(move |d| (l, g, d))))
}

/// A rate, often ordinary, at times none or beyond reason.
fn any_rate() -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(0.0), 6 => 0.0..3.0, 1 => (-12.0..6.0f64).prop_map(|power| libm::pow(10.0, power))]
}

fn any_share() -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(0.0), 1 => Just(1.0), 3 => 0.0..1.0]
}

prop_compose! {
    /// A layer; `requires` are picks among those before it.
    fn any_layer()(
        rates in prop::array::uniform3(any_rate()),
        initial in any_share(),
        ceiling in prop::option::of(any_share()),
        min_age in prop_oneof![Just(0.0), 0.0..90.0],
        factors in prop::array::uniform2(-20.0..20.0f64),
        launch in prop::option::of(-5..30),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
    ) -> (Layer, Option<i32>, Vec<prop::sample::Index>) {
        let [p, q, d] = rates;
        let mut layer = sample::layer("layer", p, q, d);
        layer.initial.shape = Shape::Fixed(initial);
        layer.features.urban.shape = Shape::Fixed(factors[0]);
        layer.features.female.shape = Shape::Fixed(factors[1]);
        let ceiling = ceiling.map(|share| sample::fixed("ceiling", Unit::Share, share));
        layer.access = Access { min_age, ceiling, ..layer.access };
        (layer, launch, picks)
    }
}

prop_compose! {
    fn any_scenario()(
        (regions, residences, sexes, ages) in (1..4usize, 1..3usize, 1..3usize, 1..5usize),
        months in 1..40usize,
        people in prop_oneof![Just(0.0), Just(1.0), 0.0..100.0, 0.0..1e6, Just(1e10)],
        // Later censuses: months after the first, and each cell's people then.
        later in prop::collection::vec((1..25, prop::collection::vec(prop_oneof![Just(0.0), 0.0..1e5], 48)), 0..3),
        layers in prop::collection::vec(any_layer(), 1..5),
        weights in prop::array::uniform4(0.0..1.0f64),
        engine in prop::sample::select(EngineKind::EVERY.to_vec()),
        members in 1..4u32,
        seed: u64,
    ) -> Scenario {
        let layers = layers.into_iter().enumerate().map(|(position, (mut layer, launch, picks))| {
            layer.name = format!("layer-{position}");
            if position > 0 {
                layer.requires = picks.iter().map(|pick| pick.index(position)).collect();
                layer.requires.sort_unstable();
                layer.requires.dedup();
            }
            (layer, launch)
        });
        let (layers, launches): (Vec<Layer>, Vec<Option<i32>>) = layers.unzip();
        let grid = sample::grid(regions, residences, sexes, ages);
        let cells = grid.cells();
        let mut scenario = sample::scenario(grid, people, months, layers);
        let start = scenario.time.start;
        for (layer, launch) in scenario.layers.iter_mut().zip(launches) {
            layer.launch = launch.map(|after| start.plus(after));
        }
        let mut month = start;
        for (after, stock) in later {
            month = month.plus(after);
            let stocks = &mut scenario.population.stocks;
            stocks.push((month, stock[..cells].to_vec()));
        }
        scenario.population = PopulationTables { births: vec![(2000, 1e4)], deaths: vec![(2000, 3e3)], ..scenario.population };
        let contacts = &mut scenario.contacts;
        let levels = [&mut contacts.household, &mut contacts.village, &mut contacts.province, &mut contacts.nation];
        for (level, weight) in levels.into_iter().zip(weights) {
            level.shape = Shape::Fixed(weight);
        }
        scenario.run.engine = engine;
        if engine == EngineKind::Agent {
            // As many as a debug build follows one by one in no time.
            let people = |stock: &(Month, Vec<f64>)| stock.1.iter().sum::<f64>();
            let most = scenario.population.stocks.iter().map(people).fold(1.0, f64::max);
            let scale = f64::min(5_000.0 / most, 1.0);
            scenario.population.stocks.iter_mut().flat_map(|stock| &mut stock.1).for_each(|people| *people *= scale);
        }
        scenario.run.members = members;
        scenario.run.seed = seed;
        scenario.outputs.frequency = Frequency::Monthly;
        scenario.outputs.breakdowns.push(vec![Dimension::Region, Dimension::Age]);
        scenario
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_valid_scenario_gives_sound_results(scenario in any_scenario()) {
        let options = ensemble::Options { threads: Some(1), ..ensemble::Options::default() };
        let projection = ensemble::run(&scenario, &options).expect("it fits");
        check(&projection, &scenario.layers)?;
    }
}
