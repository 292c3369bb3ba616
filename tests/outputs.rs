//! Run folders: written whole or not at all, and read back as they were.

use std::fs;
use std::path::Path;

use uptake::output::manifest::{self, Command, Input, Program, RunFacts, Size};
use uptake::output::{
    Existing, MANIFEST, Manifest, OutputError, RESULTS, SUMMARY, Staging, Summary, as_written, check_target, read_run,
    results,
};
use uptake::series::{ALL, ErrorModel, Estimate, Group, LayerLabel, Observation, Projection};
use uptake::units::Month;

/// A projection with `regions` provinces, two layers, and values that differ everywhere.
fn projection(regions: usize, years: i32) -> Projection {
    let mut groups = vec![Group::everybody()];
    let one = |region: &str, residence: &str, sex: &str, age: &str| Group {
        region: region.to_owned(),
        residence: residence.to_owned(),
        sex: sex.to_owned(),
        age: age.to_owned(),
    };
    groups.extend((0..regions).map(|region| one(&format!("Preah Vihear {region}"), ALL, ALL, ALL)));
    groups.extend(["urban", "rural"].map(|residence| one(ALL, residence, ALL, ALL)));
    groups.extend(["female", "male"].map(|sex| one(ALL, ALL, sex, ALL)));
    groups.extend((0..17).map(|band| one(ALL, ALL, ALL, &format!("{}-{}", 5 * band, 5 * band + 4))));
    let month = |year, month| Month::try_new(year, month).expect("a month");
    let mut dates = vec![month(2000, 1)];
    dates.extend((2000..2000 + years).map(|year| month(year, 12)));
    let layers: Vec<LayerLabel> = ["internet", "facebook", "messaging", "political-expression"]
        .map(|name| LayerLabel { name: name.to_owned(), title: name.replace('-', " ") })
        .into();
    let mut projection = Projection {
        scenario: "cambodia".to_owned(),
        title: "Cambodia កម្ពុជា".to_owned(),
        engine: "cohort".to_owned(),
        members: 200,
        seed: 7,
        layers,
        victims: None,
        groups,
        dates,
        estimates: Vec::new(),
    };
    for layer in 0..projection.layers.len() {
        for group in 0..projection.groups.len() {
            for date in 0..projection.dates.len() {
                // Shares grow; the people of a group are a constant number.
                let people = 15_500_000.0 / (1.0 + group as f64);
                let share = (0.021_7 * date as f64 / (1.0 + layer as f64)).min(0.98);
                let around = |centre: f64| Estimate {
                    mean: centre * 1.003_3,
                    quantiles: [0.801, 0.9, 0.95, 1.0, 1.05, 1.1, 1.199].map(|factor| centre * factor),
                };
                projection.estimates.push(around(people * share));
                projection.estimates.push(around(share / 1.2));
                projection.estimates.push(around(people * 0.017_3 * share));
                projection.estimates.push(around(people * 0.001_9 * share));
                projection.estimates.push(Estimate::certain(people.round()));
                projection.estimates.extend([around(people * share), Estimate::default(), Estimate::default()]);
            }
        }
    }
    projection
}

fn observation() -> Observation {
    Observation {
        layer: "internet".to_owned(),
        date: Month::try_new(2016, 12).expect("a month"),
        value: 0.324,
        unit: "share".to_owned(),
        measures: "individuals, used in the last 3 months".to_owned(),
        base: "all".to_owned(),
        group: Group::everybody(),
        source: "ITU".to_owned(),
        vintage: "2024-11".to_owned(),
        quality: "B".to_owned(),
        comparable: true,
        error: ErrorModel::default(),
    }
}

fn manifest_of(staging: &Staging, started: &str, threads: usize) -> Manifest {
    Manifest {
        format: manifest::FORMAT,
        program: Program::this(),
        command: Command {
            scenario: "scenarios/cambodia.toml".to_owned(),
            with: vec!["policy.toml".to_owned()],
            set: vec!["run.seed=7".to_owned()],
            png: false,
            trace: None,
        },
        scenario: "cambodia".to_owned(),
        title: "Cambodia".to_owned(),
        start: Month::try_new(2000, 1).expect("a month"),
        end: Month::try_new(2035, 12).expect("a month"),
        engine: "cohort".to_owned(),
        members: 200,
        replicates: 1,
        seed: u64::MAX,
        size: Size { cells: 1_700, months: 432, layers: 4, groups: 47, dates: 37 },
        inputs: vec![Input { path: "scenarios/cambodia.toml".to_owned(), sha256: "00".to_owned() }],
        pooled: Vec::new(),
        warnings: Vec::new(),
        outputs: staging.files().to_vec(),
        run: RunFacts {
            started: started.to_owned(),
            working_directory: "/".to_owned(),
            seconds_loading: 0.01,
            seconds_simulating: 3.0,
            seconds_writing: 0.5,
            threads,
            processors: 2,
            system: "linux".to_owned(),
            architecture: "x86_64".to_owned(),
        },
    }
}

/// Writes a whole run folder by hand.
fn write_run(target: &Path, existing: Existing, projection: &Projection) -> Result<(), OutputError> {
    let mut staging = Staging::create(target, existing)?;
    staging.write_with(RESULTS, |out| results::write(projection, out))?;
    staging.write(SUMMARY, Summary::new(projection, 1, &[observation()]).to_json().as_bytes())?;
    staging.write("figures/growth.svg", b"<svg/>")?;
    let manifest = manifest_of(&staging, "2026-01-01T00:00:00Z", 2);
    staging.write(MANIFEST, manifest.to_json().as_bytes())?;
    staging.commit().map(drop)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn the_table_has_exactly_these_columns_and_fits_its_limit() {
    let mut bytes = Vec::new();
    results::write(&projection(25, 36), &mut bytes).expect("written");
    let text = String::from_utf8(bytes).expect("text");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("scenario,layer,region,residence,sex,age,date,quantity,statistic,value,unit"));
    assert_eq!(lines.next(), Some("cambodia,all,all,all,all,all,2000-01,population,mean,15500000,persons"));
    assert!(text.contains("\ncambodia,internet,all,all,all,all,2035-12,users,q10,"));
    assert!(text.len() < 15_000_000, "the default table of Cambodia is {} bytes", text.len());
    for statistic in ["median", "q025", "q10", "q25", "q75", "q90", "q975", "mean"] {
        let row = format!(",all,all,all,all,2035-12,adoption,{statistic},");
        assert_eq!(text.matches(&row).count(), 4, "{statistic} once per layer");
    }
}

#[test]
fn a_folder_reads_back_as_it_was_written() {
    let place = tempfile::tempdir().expect("a folder");
    let target = place.path().join("deep").join("run");
    let original = projection(3, 5);
    write_run(&target, Existing::Refuse, &original).expect("written");
    let run = read_run(&target).expect("read");
    assert_eq!(run.projection, as_written(&original));
    assert_eq!(run.summary.observations(), vec![observation()]);
    assert_eq!(run.summary.data_vintage, "2024-11");
    assert_eq!(run.manifest.seed, u64::MAX);
    // What was read is already rounded: writing it again gives the same bytes.
    let mut again = Vec::new();
    results::write(&run.projection, &mut again).expect("written");
    assert_eq!(again, fs::read(target.join(RESULTS)).expect("read"));
    assert_eq!(as_written(&run.projection), run.projection);
    assert_eq!(names(&target), ["figures", "manifest.json", "results.csv", "summary.json"]);
}

#[test]
fn the_summary_gives_year_ends_with_their_denominator() {
    let summary = Summary::new(&projection(2, 3), 1, &[]);
    let internet = &summary.layers[0];
    let dates: Vec<String> = internet.dates.iter().map(|date| date.date.to_string()).collect();
    assert_eq!(dates, ["2000-01", "2000-12", "2001-12", "2002-12"]);
    let last = &internet.dates[3];
    // 3 steps x 0.0217 = 6.51 % of 15.5 million.
    assert!((last.population - 15_500_000.0).abs() < 0.1);
    assert!((last.users.median - 1_009_050.0).abs() < 0.1, "{}", last.users.median);
    assert!(last.users.q10 < last.users.median && last.users.median < last.users.q90);
    assert!(summary.to_json().contains("\"members\": 200"));
}

#[test]
fn a_folder_with_content_is_refused_and_left_alone() {
    let place = tempfile::tempdir().expect("a folder");
    let target = place.path().join("run");
    fs::create_dir(&target).expect("made");
    fs::write(target.join("notes.md"), "mine").expect("written");
    let refusal = write_run(&target, Existing::Refuse, &projection(1, 1)).expect_err("refused");
    assert!(matches!(refusal, OutputError::NotEmpty { .. }), "{refusal:?}");
    assert!(matches!(check_target(&target, Existing::Refuse), Err(OutputError::NotEmpty { .. })));
    assert_eq!(names(&target), ["notes.md"]);
    assert_eq!(names(place.path()), ["run"], "nothing is left beside it");
}

#[test]
fn an_empty_folder_is_as_good_as_none() {
    let place = tempfile::tempdir().expect("a folder");
    let target = place.path().join("run");
    fs::create_dir(&target).expect("made");
    write_run(&target, Existing::Refuse, &projection(1, 1)).expect("written");
    assert!(target.join(MANIFEST).is_file());
    assert_eq!(names(place.path()), ["run"]);
}

#[test]
fn replacing_takes_out_the_old_run_and_keeps_what_no_run_wrote() {
    let place = tempfile::tempdir().expect("a folder");
    let target = place.path().join("run");
    write_run(&target, Existing::Refuse, &projection(1, 1)).expect("written");
    fs::write(target.join("notes.md"), "mine").expect("written");
    fs::write(target.join("figures/annotated.svg"), "mine too").expect("written");

    let mut staging = Staging::create(&target, Existing::Replace).expect("started");
    staging.write(SUMMARY, b"new").expect("written");
    // Until the last moment the old folder stands.
    assert!(target.join("figures/growth.svg").is_file());
    staging.commit().expect("in place");

    assert_eq!(names(&target), ["figures", "notes.md", "summary.json"]);
    assert_eq!(names(&target.join("figures")), ["annotated.svg"]);
    assert_eq!(fs::read_to_string(target.join(SUMMARY)).expect("read"), "new");
    assert_eq!(names(place.path()), ["run"]);
}

#[test]
fn an_abandoned_folder_leaves_nothing() {
    let place = tempfile::tempdir().expect("a folder");
    let mut staging = Staging::create(&place.path().join("a/b/run"), Existing::Refuse).expect("started");
    staging.write(SUMMARY, b"half").expect("written");
    drop(staging);
    assert_eq!(names(place.path()), Vec::<String>::new());
}

#[test]
fn a_failing_disk_is_reported_with_the_file_and_leaves_nothing() {
    let place = tempfile::tempdir().expect("a folder");
    let target = place.path().join("run");
    let mut staging = Staging::create(&target, Existing::Refuse).expect("started");
    let full = |_: &mut dyn std::io::Write| Err(std::io::Error::from(std::io::ErrorKind::StorageFull));
    let error = staging.write_with(RESULTS, full).expect_err("full");
    assert!(error.is_full_disk());
    assert!(error.to_string().contains("results.csv"), "{error}");
    drop(staging);
    assert_eq!(names(place.path()), Vec::<String>::new());
}

#[test]
fn a_file_in_the_way_is_named() {
    let place = tempfile::tempdir().expect("a folder");
    let file = place.path().join("run");
    fs::write(&file, "mine").expect("written");
    for target in [file.clone(), file.join("below"), file.join("far/below")] {
        for existing in [Existing::Refuse, Existing::Replace] {
            let error = check_target(&target, existing).expect_err("refused");
            assert!(matches!(&error, OutputError::NotAFolder { path } if *path == file), "{error:?}");
            assert!(Staging::create(&target, existing).is_err());
        }
    }
    assert_eq!(fs::read_to_string(&file).expect("read"), "mine");
}

#[cfg(unix)]
#[test]
fn an_unwritable_folder_is_found_before_the_work() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().expect("a folder");
    let closed = place.path().join("closed");
    fs::create_dir(&closed).expect("made");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).expect("closed");
    // The superuser writes everywhere; then there is nothing to see here.
    if fs::write(closed.join("probe"), "").is_err() {
        let error = check_target(&closed.join("run"), Existing::Refuse).expect_err("refused");
        assert!(matches!(error, OutputError::Io { action: "write into", .. }), "{error:?}");
        assert!(Staging::create(&closed.join("run"), Existing::Refuse).is_err());
    }
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).expect("opened");
}

#[test]
fn only_the_block_run_of_a_manifest_differs_between_equal_runs() {
    let place = tempfile::tempdir().expect("a folder");
    let mut stable = Vec::new();
    let mut whole = Vec::new();
    for (name, started, threads) in [("a", "2026-01-01T00:00:00Z", 1), ("b", "2026-02-02T00:00:00Z", 7)] {
        let mut staging = Staging::create(&place.path().join(name), Existing::Refuse).expect("started");
        staging.write_with(RESULTS, |out| results::write(&projection(2, 2), out)).expect("written");
        let manifest = manifest_of(&staging, started, threads);
        stable.push(manifest.stable_json());
        whole.push(manifest.to_json());
    }
    assert_eq!(stable[0], stable[1]);
    assert_ne!(whole[0], whole[1]);
    assert!(!stable[0].contains("\"run\""));
    // Two spaces of indentation: the block stands at the top level.
    assert!(whole[0].contains("\n  \"run\": {"));
}

#[test]
fn a_manifest_hashes_the_bytes_on_disk() {
    let place = tempfile::tempdir().expect("a folder");
    let mut staging = Staging::create(&place.path().join("run"), Existing::Refuse).expect("started");
    staging.write("a.txt", b"abc").expect("written");
    let files = staging.commit().expect("in place");
    assert_eq!(files[0].bytes, 3);
    // FIPS 180-4, example for "abc".
    assert_eq!(files[0].sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let on_disk = uptake::output::sha256_of_file(&place.path().join("run/a.txt")).expect("read");
    assert_eq!(on_disk.as_deref(), Some(files[0].sha256.as_str()));
    assert_eq!(uptake::output::sha256_of_file(&place.path().join("none")).expect("absent"), None);
}

#[test]
fn damaged_tables_are_refused_with_the_place() {
    let labels = Summary::new(&projection(1, 1), 1, &[]).labels();
    let header = results::COLUMNS.join(",");
    let row = "cambodia,internet,all,all,all,all,2016-12,users,median,5,persons";
    let cases = [
        ("", "the columns are"),
        ("a,b\n1,2\n", "the columns are `a,b`"),
        (&format!("{header}\n"), "it holds no rows"),
        (&format!("{header}\n{row}\n"), "no `mean` of users for layer `internet`"),
        (&format!("{header}\n{}\n", row.replace("2016-12", "2016")), "line 2: `date` is `2016`"),
        (&format!("{header}\n{}\n", row.replace(",5,", ",NaN,")), "line 2: `value` is `NaN`"),
        (&format!("{header}\n{}\n", row.replace("internet", "telex")), "line 2: `layer` is `telex`"),
        (&format!("{header}\n{}\n", row.replace("users", "losers")), "line 2: `quantity` is `losers`"),
        (&format!("{header}\n{}\n", row.replace("median", "mode")), "line 2: `statistic` is `mode`"),
        (&format!("{header}\n{row},more\n"), "it cannot be read as CSV"),
    ];
    for (text, expected) in cases {
        let error = results::read(text.as_bytes(), &labels).expect_err(text);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_folder_that_is_no_run_is_named_as_such() {
    let place = tempfile::tempdir().expect("a folder");
    let error = read_run(place.path()).expect_err("empty");
    assert!(error.to_string().contains("holds no `manifest.json`"), "{error}");
    fs::write(place.path().join(MANIFEST), "{}").expect("written");
    assert!(matches!(read_run(place.path()), Err(OutputError::Json { .. })));
}
