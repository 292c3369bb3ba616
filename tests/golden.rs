//! Golden runs: every shipped scenario, a few members, against numbers kept in `tests/golden/`.
//!
//! `UPDATE_GOLDEN=1 cargo test --test golden` writes them anew; read the difference before it is committed.
//! Mean-field values may differ by 1e-6 of themselves or one unit of the last written digit; cohort values are whole
//! draws and must be the same to every written digit.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use uptake::ensemble::{Options, run};
use uptake::output::results;
use uptake::scenario::load;

/// Rows named when a run differs.
const SHOWN: usize = 12;

/// Columns that say which number a row holds: everything but the value and its unit.
const KEYS: usize = 9;

/// Statistics kept.
const STATISTICS: [&str; 4] = ["mean", "median", "q10", "q90"];

#[test]
fn cambodia_mean_field() {
    check("cambodia", "mean-field", 5);
}

#[test]
fn cambodia_cohort() {
    check("cambodia", "cohort", 3);
}

#[test]
fn minimal_mean_field() {
    check("minimal", "mean-field", 20);
}

#[test]
fn minimal_cohort() {
    check("minimal", "cohort", 20);
}

#[test]
fn every_scenario_loads_is_documented_and_runs() {
    let documentation = documentation();
    let mut scenarios = 0;
    for entry in fs::read_dir(root().join("scenarios")).expect("the folder of scenarios") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        scenarios += 1;
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        let short = ["run.members=1".to_owned(), "run.engine=\"mean-field\"".to_owned()];
        let loaded = load(&path, &short).unwrap_or_else(|faults| panic!("{faults}"));
        let scenario = &loaded.scenario;
        assert!(loaded.warnings.is_empty(), "{name}: {:?}", loaded.warnings);
        assert!(!scenario.title.is_empty() && scenario.title != scenario.name, "{name} has no title");
        assert!(scenario.description.len() > 20, "{name} has no description");
        assert!(documentation.contains(&format!("scenarios/{name}")), "no page of the documentation speaks of {name}");
        let projection = run(scenario, &Options::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(projection.estimates.iter().all(|e| e.mean.is_finite() && e.mean >= 0.0), "{name}");
    }
    assert!(scenarios >= 2);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The README, where there is one, and every page of docs/.
fn documentation() -> String {
    let pages = fs::read_dir(root().join("docs")).expect("docs/").map(|entry| entry.expect("an entry").path());
    let pages = pages.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.chain([root().join("README.md")]).filter_map(|page| fs::read_to_string(page).ok()).collect()
}

fn check(name: &str, engine: &str, members: usize) {
    let file = root().join(format!("tests/golden/{name}-{engine}.csv"));
    let now = simulate(name, engine, members);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&file, &now).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        return;
    }
    let kept = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let tolerance = if engine == "cohort" { 0.0 } else { 1e-6 };
    if let Some(difference) = difference(&kept, &now, tolerance) {
        panic!("{}\n{difference}", shown(&file));
    }
}

fn shown(file: &Path) -> String {
    file.strip_prefix(root()).map_or_else(|_| PathBuf::from(file), PathBuf::from).display().to_string()
}

/// The results of a run as a table: total and residence, at every fifth December.
fn simulate(name: &str, engine: &str, members: usize) -> String {
    let path = root().join(format!("scenarios/{name}.toml"));
    let mut overrides = vec![format!("run.members={members}"), format!("run.engine=\"{engine}\"")];
    if name == "cambodia" {
        overrides.push("outputs.breakdowns=[\"residence\"]".to_owned());
    }
    let loaded = load(&path, &overrides).unwrap_or_else(|faults| panic!("{faults}"));
    let projection = run(&loaded.scenario, &Options::default()).expect("the scenario runs");
    let mut table = Vec::new();
    results::write(&projection, &mut table).expect("a table in memory");
    let table = String::from_utf8(table).expect("text");
    let mut lines = table.lines();
    let mut kept = lines.next().expect("a heading").to_owned() + "\n";
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let (year, month) = cells[6].split_once('-').expect("year and month");
        let fifth = month == "12" && year.parse::<u32>().expect("a year") % 5 == 0;
        if fifth && STATISTICS.contains(&cells[8]) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// Rows by what they hold, each with its value as written.
fn rows(table: &str) -> BTreeMap<String, &str> {
    let split = |line| {
        let cells: Vec<&str> = str::split(line, ',').collect();
        (cells[..KEYS].join(","), cells[KEYS])
    };
    table.lines().skip(1).map(split).collect()
}

/// What differs between two tables, the first rows by name; nothing when they agree.
fn difference(kept: &str, now: &str, tolerance: f64) -> Option<String> {
    if kept.lines().next() != now.lines().next() {
        return Some(format!("columns: {:?}, now {:?}", kept.lines().next(), now.lines().next()));
    }
    let (kept, now) = (rows(kept), rows(now));
    let mut faults = Vec::new();
    for (key, &was) in &kept {
        match now.get(key) {
            None => faults.push(format!("  {key}: {was}, now missing")),
            Some(&is) if !close(was, is, tolerance) => faults.push(format!("  {key}: {was}, now {is}")),
            Some(_) => {}
        }
    }
    faults
        .extend(now.iter().filter(|(key, _)| !kept.contains_key(*key)).map(|(key, is)| format!("  {key}: new, {is}")));
    if faults.is_empty() {
        return None;
    }
    let mut text = format!(
        "{} of {} rows differ (`UPDATE_GOLDEN=1 cargo test --test golden` renews):\n",
        faults.len(),
        kept.len()
    );
    for fault in faults.iter().take(SHOWN) {
        writeln!(text, "{fault}").expect("text");
    }
    if faults.len() > SHOWN {
        writeln!(text, "  ... and {} more", faults.len() - SHOWN).expect("text");
    }
    Some(text)
}

/// Whether two written numbers agree within `tolerance` of the larger, or within one unit of the last digit.
fn close(was: &str, is: &str, tolerance: f64) -> bool {
    if was == is {
        return true;
    }
    if tolerance <= 0.0 {
        return false;
    }
    let (Ok(a), Ok(b)) = (was.parse::<f64>(), is.parse::<f64>()) else { return false };
    let digits = [was, is].map(|text| text.split_once('.').map_or(0, |(_, after)| after.len()));
    let last = libm::pow(10.0, -f64::from(i32::try_from(digits[0].max(digits[1])).expect("few digits")));
    (a - b).abs() <= (tolerance * a.abs().max(b.abs())).max(1.01 * last)
}

#[test]
fn differences_are_named_row_by_row() {
    let kept = "scenario,layer,region,residence,sex,age,date,quantity,statistic,value,unit\ns,l,all,all,all,all,2005-12,users,mean,1000000,persons\n";
    let near = kept.replace("1000000", "1000001");
    let far = kept.replace("1000000", "1000003");
    assert_eq!(difference(kept, kept, 0.0), None);
    assert_eq!(difference(kept, &near, 1e-6), None);
    assert!(difference(kept, &near, 0.0).is_some());
    let text = difference(kept, &far, 1e-6).expect("a difference");
    assert!(text.contains("s,l,all,all,all,all,2005-12,users,mean: 1000000, now 1000003"), "{text}");
    assert!(difference(kept, &kept.replace("l,all", "m,all"), 1e-6).expect("a difference").contains("now missing"));
}
