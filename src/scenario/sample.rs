//! Small scenarios made in code, for tests, benches and examples; scenario files are the way to describe a country.

use super::model::{
    Access, Contacts, Dimension, Distribution, EngineKind, Exposure, Features, Frequency, Layer, Network, Outputs,
    Parameter, RunSettings, Scenario, Shape, Source, TimeSpan,
};
use crate::population::PopulationTables;
use crate::population::grid::{AgeBand, Grid};
use crate::units::{Month, Unit};

/// A fixed parameter. `path` names it in messages and streams.
#[must_use]
pub fn fixed(path: &str, unit: Unit, value: f64) -> Parameter {
    Parameter {
        path: path.to_owned(),
        unit,
        range: unit.range(),
        shape: Shape::Fixed(value),
        factor: None,
        source: Source::Assumed,
    }
}

/// A parameter drawn once per member.
#[must_use]
pub fn drawn(path: &str, unit: Unit, distribution: Distribution) -> Parameter {
    Parameter { shape: Shape::Drawn(distribution), ..fixed(path, unit, 0.0) }
}

/// A layer that everyone can use, with hazards per year and nothing else.
#[must_use]
pub fn layer(name: &str, innovation: f64, imitation: f64, discontinuance: f64) -> Layer {
    let path = |key: &str| format!("layer.{name}.{key}");
    Layer {
        name: name.to_owned(),
        title: name.to_owned(),
        requires: vec![],
        launch: None,
        initial: fixed(&path("initial"), Unit::Share, 0.0),
        innovation: fixed(&path("innovation"), Unit::PerYear, innovation),
        imitation: fixed(&path("imitation"), Unit::PerYear, imitation),
        discontinuance: fixed(&path("discontinuance"), Unit::PerYear, discontinuance),
        access: Access { shares: vec![], affordability: None, min_age: 0.0, ceiling: None },
        features: Features {
            urban: fixed(&path("features.urban"), Unit::LogFactor, 0.0),
            female: fixed(&path("features.female"), Unit::LogFactor, 0.0),
            age: vec![],
            drivers: vec![],
        },
    }
}

/// A grid of the given numbers of regions, residences (1 or 2), sexes (1 or 2) and five-year age bands.
#[must_use]
pub fn grid(regions: usize, residences: usize, sexes: usize, ages: usize) -> Grid {
    let names = |n: usize, two: [&str; 2]| {
        if n < 2 { vec!["all".to_owned()] } else { two.map(str::to_owned).to_vec() }
    };
    let band = |i: usize| {
        let from = 5 * i;
        let last = i + 1 == ages;
        let label = if last { format!("{from}+") } else { format!("{from}-{}", from + 4) };
        let to = if last { f64::INFINITY } else { (from + 5) as f64 };
        (label, AgeBand { from: from as f64, to })
    };
    Grid {
        regions: (1..=regions.max(1)).map(|i| format!("Region {i}")).collect(),
        residences: names(residences, ["urban", "rural"]),
        sexes: names(sexes, ["female", "male"]),
        ages: (0..ages.max(1)).map(band).collect(),
    }
}

/// `months` months from January 2000 with `people` people, evenly over the cells and unchanging, one member of the
/// mean-field engine, contacts half within the place and half nationwide.
#[must_use]
pub fn scenario(grid: Grid, people: f64, months: usize, layers: Vec<Layer>) -> Scenario {
    let start = Month::try_new(2000, 1).expect("January 2000 is a month");
    let cells = grid.cells();
    let weight = |key: &str, value| fixed(&format!("contacts.{key}"), Unit::Weight, value);
    Scenario {
        name: "sample".to_owned(),
        title: "Sample".to_owned(),
        description: String::new(),
        time: TimeSpan { start, end: start.plus(months.max(1) as i32 - 1) },
        run: RunSettings {
            engine: EngineKind::MeanField,
            members: 1,
            replicates: 1,
            seed: 0,
            exposure: Exposure::Midpoint,
        },
        population: PopulationTables {
            grid,
            stocks: vec![(start, vec![people / cells as f64; cells])],
            births: vec![],
            deaths: vec![],
            sources: vec![],
        },
        contacts: Contacts {
            household: weight("household", 0.0),
            village: weight("village", 1.0),
            province: weight("province", 0.0),
            nation: weight("nation", 1.0),
        },
        network: Network::Uniform,
        drivers: vec![],
        layers,
        victimisation: None,
        interventions: vec![],
        observations: vec![],
        revised: vec![],
        posterior: None,
        outputs: Outputs {
            frequency: Frequency::Annual,
            breakdowns: [Dimension::Region, Dimension::Residence, Dimension::Sex, Dimension::Age]
                .map(|d| vec![d])
                .to_vec(),
        },
    }
}
