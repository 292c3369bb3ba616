//! The agent engine gives the same bits in every build: of a debug and of an optimised one, on any machine, they are held against one file.
//!
//! `UPDATE_GOLDEN=1 cargo test --test agent_bits` writes the file anew. A change of it is value-breaking for the engine `agent`.

mod common;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use common::{everything, households, more_adoption, one_layer, people_constant};
use uptake::engine::{Agents, Law, Recorder, Report, World};
use uptake::ensemble::ParameterDraw;
use uptake::network::EdgeList;
use uptake::population::Demography;
use uptake::rng::mix;
use uptake::scenario::{Network, Scenario, Target};

const KEPT: &str = "tests/golden/agent-bits.txt";

/// A number that hangs on every recorded value and every person's use at the end.
fn fingerprint(scenario: &Scenario, demography: Demography) -> u64 {
    let world = World::with_demography(scenario, demography);
    let report = Report::new(&scenario.outputs, &scenario.time, &world.demography);
    let law = Law::new(scenario, &ParameterDraw { seed: 0, draw: 0 });
    let mut recorder = Recorder::new(&report, law.layers.len());
    let mut agents = Agents::new(&world, &law, 5, 2);
    agents.run_to(world.demography.months, &law, &mut recorder);
    let values = recorder.values.iter().map(|value| value.to_bits());
    let words = (0..agents.people().words())
        .flat_map(|word| (0..law.layers.len()).map(move |layer| (word, layer)))
        .map(|(word, layer)| agents.users_of_word(word, layer));
    values.chain(words).fold(0, |sum, bits| mix(sum ^ bits))
}

/// A circle of people with a few who know people across it.
fn edges(people: u32) -> Network {
    let people = u64::from(people);
    let ties: Vec<(u64, u64)> = (0..people)
        .map(|a| (a, (a + 1) % people))
        .chain((0..people / 2).step_by(7).map(|a| (a, a + people / 2)))
        .collect();
    let graph = EdgeList::try_new(people as u32, &ties).expect("a graph").0;
    Network::Edges { file: "ties.csv".to_owned(), graph: std::sync::Arc::new(graph) }
}

fn found() -> String {
    let rates = [0.002, 0.06, 0.01];
    let ring = || Network::Ring { neighbours: 10, rewiring: 0.1 };
    let mut text = String::new();
    let mut add = |name: &str, scenario: &Scenario, demography: Demography| {
        writeln!(text, "{name} {:016x}", fingerprint(scenario, demography)).expect("written to memory");
    };
    for (name, network) in
        [("uniform", Network::Uniform), ("ring", ring()), ("edges", edges(5_000)), ("households", households())]
    {
        let scenario = one_layer(5_000.0, 60, rates, network);
        add(&format!("one layer, {name}"), &scenario, people_constant(&scenario, 5_000.0));
    }
    for (name, network) in [("uniform", Network::Uniform), ("ring", ring()), ("households", households())] {
        let (scenario, demography) = everything(network, 6_000.0);
        let policy = more_adoption(&scenario, 1.5, Target::default());
        add(&format!("everything, {name}"), &scenario, demography.clone());
        add(&format!("everything with a policy, {name}"), &policy, demography);
    }
    text
}

#[test]
fn bits_are_those_kept() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(KEPT);
    let found = found();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&file, &found).expect("written");
        return;
    }
    let kept = fs::read_to_string(&file).expect("the kept bits");
    assert_eq!(
        found, kept,
        "{KEPT} holds other bits; if that is meant, run with UPDATE_GOLDEN=1 and say so in CHANGELOG.md"
    );
}
