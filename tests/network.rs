//! Networks of persons: as scenarios say them, and as `uptake network` measures them.

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use uptake::network::Ties as _;
use uptake::scenario::{self, Households, Loaded, Network, ScenarioErrors};

const SMALL: &str = r#"format = 1
title = "Small"
[time]
start = "2000-01"
end = "2003-12"
[population]
total = { value = 6, source = "assumed" }
[[layer]]
name = "internet"
initial = { value = 0.4, source = "assumed" }
innovation = { value = 0.1, source = "assumed" }
imitation = { value = 0.5, source = "assumed" }
"#;

/// Two triangles joined by a tie, one tie named twice more.
const FRIENDS: &str = "a,b\n0,1\n1,2\n2,0\n3,4\n4,5\n5,3\n2,3\n1,0\n0,1\n";

const EDGES: &str = "[network]\nkind = \"edges\"\nedges = \"friends.csv\"\nsource = \"a survey\"\n";

fn load(folder: &Path, text: &str, overrides: &[&str]) -> Result<Loaded, ScenarioErrors> {
    let path = folder.join("small.toml");
    std::fs::write(&path, text).expect("written");
    std::fs::write(folder.join("friends.csv"), FRIENDS).expect("written");
    scenario::load(&path, &overrides.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
}

fn uptake(folder: &Path, args: &[&str]) -> Output {
    Command::cargo_bin("uptake").expect("built").current_dir(folder).args(args).output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn warnings(loaded: &Loaded) -> Vec<&str> {
    loaded.warnings.iter().map(|warning| warning.name.as_str()).collect()
}

#[test]
fn without_a_table_there_are_the_default_households() {
    let folder = tempfile::tempdir().expect("a folder");
    let loaded = load(folder.path(), SMALL, &[]).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(loaded.scenario.network, Network::Households(Households::default()));
    let note = loaded.parameters.iter().find(|note| note.path == "network").expect("a note");
    assert!(note.assumed && note.place.is_empty() && note.source == "default");
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
}

#[test]
fn households_are_read_as_written_and_their_sizes_sum_to_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let network = "[network]\nhousehold_sizes = [30, 50, 0, 20]\nvillage = 600\nties = { province = 4 }\nsource = \"census of 2008\"\n";
    let loaded = load(folder.path(), &format!("{SMALL}{network}"), &[]).unwrap_or_else(|errors| panic!("{errors}"));
    let default = Households::default();
    let expected = Households { sizes: vec![0.3, 0.5, 0.0, 0.2], village: 600, province_ties: 4, ..default };
    assert_eq!(loaded.scenario.network, Network::Households(expected));
    let note = loaded.parameters.iter().find(|note| note.path == "network").expect("a note");
    assert_eq!((note.source.as_str(), note.assumed), ("census of 2008", false));
    // 0.3 + 1.0 + 0.8 members.
    assert!(note.value.starts_with("households of 2.1 on average, villages of 600"), "{}", note.value);
    let unsourced = load(folder.path(), &format!("{SMALL}[network]\nvillage = 600\n"), &[]).expect("valid");
    assert_eq!(warnings(&unsourced), ["unsourced-parameter"]);
}

#[test]
fn a_kind_given_anew_drops_the_rest_of_an_inherited_network() {
    let folder = tempfile::tempdir().expect("a folder");
    let base = format!("{SMALL}[network]\nvillage = 600\nties = {{ village = 7 }}\nsource = \"assumed\"\n");
    let ring = ["network.kind=\"ring\"", "network.neighbours=4", "network.rewiring=0.5"];
    let loaded = load(folder.path(), &base, &ring).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(loaded.scenario.network, Network::Ring { neighbours: 4, rewiring: 0.5 });
    assert!(loaded.warnings.is_empty(), "the command line is the source: {:?}", loaded.warnings);
    let uniform = load(folder.path(), &base, &["network.kind=uniform"]).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!((&uniform.scenario.network, uniform.warnings.len()), (&Network::Uniform, 0));

    std::fs::write(folder.path().join("base.toml"), &base).expect("written");
    let over = "format = 1\nextends = \"base.toml\"\n[network]\nties = { nation = 9 }\n";
    let loaded = load(folder.path(), over, &[]).unwrap_or_else(|errors| panic!("{errors}"));
    let Network::Households(households) = &loaded.scenario.network else { panic!("households") };
    assert_eq!((households.village, households.village_ties, households.nation_ties), (600, 7, 9), "keys merge");
    let over =
        "format = 1\nextends = \"base.toml\"\n[network]\nneighbours = 2\nkind = \"ring\"\nsource = \"assumed\"\n";
    let loaded = load(folder.path(), over, &[]).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(loaded.scenario.network, Network::Ring { neighbours: 2, rewiring: 0.0 });
}

#[test]
fn a_graph_is_read_from_its_file_which_is_an_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let loaded = load(folder.path(), &format!("{SMALL}{EDGES}"), &[]).unwrap_or_else(|errors| panic!("{errors}"));
    let Network::Edges { file, graph } = &loaded.scenario.network else { panic!("edges") };
    assert_eq!((file.as_str(), graph.len(), graph.persons(), graph.of(2)), ("friends.csv", 7, 6, &[0, 1, 3][..]));
    assert_eq!(warnings(&loaded), ["repeated-ties"]);
    assert!(loaded.warnings[0].message.contains("2 rows repeat ties"), "{}", loaded.warnings[0].message);
    assert!(loaded.inputs.iter().any(|input| input.path.ends_with("friends.csv")), "{:?}", loaded.inputs);
    // Resolved elsewhere it is found again.
    let other = tempfile::tempdir().expect("a folder");
    let again = load(other.path(), &loaded.resolved, &[]).unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(
        Some(graph),
        if let Network::Edges { graph, .. } = &again.scenario.network { Some(graph) } else { None }
    );
    // One person fewer, and a person of the file does not exist.
    let errors = load(folder.path(), &format!("{SMALL}{EDGES}"), &["population.total=5"]).expect_err("person 5");
    assert!(errors.to_string().contains("friends.csv:6:3: person 5 does not exist, expected 0 to 4"), "{errors}");
    assert_eq!(errors.faults.len(), 2, "{errors}");
}

#[test]
fn too_many_people_for_a_graph_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let errors = load(folder.path(), &format!("{SMALL}{EDGES}"), &["population.total=9e9"]).expect_err("too many");
    assert!(errors.to_string().contains("holds 100000000 people at most"), "{errors}");
}

#[test]
fn the_engines_of_groups_do_not_see_ties() {
    let folder = tempfile::tempdir().expect("a folder");
    let results = |network: &str| {
        load(folder.path(), &format!("{SMALL}{network}"), &[]).unwrap_or_else(|errors| panic!("{errors}"));
        let output =
            uptake(folder.path(), &["run", "small.toml", "--members", "4", "--format", "csv", "--out", "o", "--force"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        output.stdout
    };
    let plain = results("");
    assert!(!plain.is_empty());
    assert_eq!(results(EDGES), plain);
    assert_eq!(results("[network]\nkind = \"ring\"\nneighbours = 2\nsource = \"assumed\"\n"), plain);
    // The last run is repeated from its manifest, and so is one with a graph, until its file changes.
    results(EDGES);
    assert_eq!(uptake(folder.path(), &["rerun", "o"]).status.code(), Some(0));
    std::fs::write(folder.path().join("friends.csv"), "a,b\n0,1\n").expect("written");
    let changed = uptake(folder.path(), &["rerun", "o"]);
    assert!(text(&changed.stderr).contains("friends.csv` has changed"), "{}", text(&changed.stderr));
}

#[test]
fn two_triangles_are_measured_by_hand() {
    let folder = tempfile::tempdir().expect("a folder");
    load(folder.path(), &format!("{SMALL}{EDGES}"), &[]).unwrap_or_else(|errors| panic!("{errors}"));
    let output = uptake(folder.path(), &["network", "small.toml", "--format", "csv"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("[repeated-ties]"));
    let table = text(&output.stdout);
    for row in [
        "small,persons,,6,persons,6",
        // 14 ends over 6 people.
        "small,ties-mean,,2.333333333,ties,6",
        // Corners apart: 1 of 1, four times; joined corners: 1 of 3, twice: (4 + 2/3) / 6.
        "small,clustering-local,,0.777777778,share,6",
        // Three times two triangles over 4 x 1 + 2 x 3 triples.
        "small,clustering-global,,0.6,share,6",
        // From a corner 1, 1, 2, 3, 3; from a joined corner 1, 1, 1, 2, 2: 4 x 10 + 2 x 7 over 30.
        "small,steps-mean,,1.8,steps,6",
        "small,steps-most,,3,steps,6",
        "small,reached,,1,share,6",
        "small,share-with-ties,3,0.333333333,share,6",
    ] {
        assert!(table.lines().any(|line| line == row), "no {row} in\n{table}");
    }
    let told = text(&uptake(folder.path(), &["network", "small.toml", "--quiet"]).stdout);
    assert!(told.starts_with("Small: 6 people, 2.33 ties each on average (7 ties of friends.csv)."), "{told}");
    assert!(told.contains("1.80 steps") && told.contains("everyone can be reached"), "{told}");
}

#[test]
fn a_folder_holds_table_record_and_figure_whole_or_not_at_all() {
    let folder = tempfile::tempdir().expect("a folder");
    load(folder.path(), &format!("{SMALL}{EDGES}"), &[]).unwrap_or_else(|errors| panic!("{errors}"));
    let args = ["network", "small.toml", "--out", "net", "--format", "json"];
    let output = uptake(folder.path(), &args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let written = |name: &str| std::fs::read_to_string(folder.path().join("net").join(name)).expect("a file");
    assert_eq!(written("network.json"), text(&output.stdout));
    assert!(written("network.csv").contains("small,reached,,1,share,6"));
    assert!(written("figures/network.csv").contains("network,steps,3,,share of people by steps,mean,"));
    let figure = written("figures/network.svg");
    let document = roxmltree::Document::parse(&figure).expect("XML");
    let bars = document.descendants().filter(|node| node.attribute("class") == Some("bars"));
    let shown: Vec<&str> = bars.filter_map(|node| node.attribute("data-series")).collect();
    assert_eq!(shown, ["ties", "steps"]);
    let json: serde_json::Value = serde_json::from_str(&written("network.json")).expect("JSON");
    assert_eq!((json["scenario"].as_str(), json["source"].as_str()), (Some("small"), Some("a survey")));
    assert!(json["inputs"].as_array().is_some_and(|inputs| inputs.len() == 2));
    let again = uptake(folder.path(), &args);
    assert_eq!(again.status.code(), Some(1), "a folder with files is left alone");
    assert!(again.stdout.is_empty());
    let mut forced = args.to_vec();
    forced.push("--force");
    assert_eq!(uptake(folder.path(), &forced).stdout, output.stdout);
}

#[test]
fn the_same_seed_measures_the_same_whatever_the_threads() {
    let folder = tempfile::tempdir().expect("a folder");
    let ring = "[network]\nkind = \"ring\"\nneighbours = 8\nrewiring = 0.2\nsource = \"assumed\"\n";
    load(folder.path(), &format!("{SMALL}{ring}"), &["population.total=5000"])
        .unwrap_or_else(|errors| panic!("{errors}"));
    let measured = |threads: &str, seed: &str| {
        let args = [
            "network",
            "small.toml",
            "--set",
            "population.total=5000",
            "--seed",
            seed,
            "--sample",
            "300",
            "--format",
            "csv",
        ];
        let mut command = Command::cargo_bin("uptake").expect("built");
        let output =
            command.current_dir(folder.path()).env("RAYON_NUM_THREADS", threads).args(args).output().expect("it runs");
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let one = measured("1", "0");
    assert_eq!(measured("7", "0"), one);
    assert_ne!(measured("2", "1"), one);
    // 3 (k - 2) / (4 (k - 1)) of the unrewired ring, times the chance that three ties stay: 0.643 x 0.512 = 0.329.
    let local = one.lines().find(|line| line.contains("clustering-local")).and_then(|line| line.split(',').nth(3));
    let local: f64 = local.and_then(|value| value.parse().ok()).expect("a number");
    assert!((local - 0.329).abs() < 0.04, "{local}");
}

#[test]
fn what_cannot_be_measured_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    load(folder.path(), &format!("{SMALL}[network]\nkind = \"uniform\"\n"), &[])
        .unwrap_or_else(|errors| panic!("{errors}"));
    let uniform = uptake(folder.path(), &["network", "small.toml"]);
    assert_eq!(uniform.status.code(), Some(3));
    assert!(text(&uniform.stderr).contains("has no ties to measure"), "{}", text(&uniform.stderr));
    let nobody = uptake(folder.path(), &["network", "small.toml", "--sample", "0"]);
    assert_eq!(nobody.status.code(), Some(2));
}
