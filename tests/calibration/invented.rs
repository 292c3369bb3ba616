//! An invented country for the tests: people alike, two things they take up, three sources that err.

use rand_distr::{Distribution as _, StudentT};
use uptake::calibration::{Country, Model, Resolution, Statistics, statistics::TAILS};
use uptake::engine::World;
use uptake::rng::{Address, Purpose, Stream};
use uptake::scenario::{Distribution, Scenario, sample};
use uptake::series::{ErrorModel, Group, Observation};
use uptake::units::{Month, Unit};

/// Which numbers are free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// A few, with priors of several families.
    Plain,
    /// One of every family, cut and uncut, and many of them.
    EveryPrior,
}

/// The country.
pub struct Invented {
    pub scenario: Scenario,
    country: Country,
}

impl Invented {
    pub fn new(setup: Setup) -> Self {
        let free = |path: &str, unit, distribution| sample::drawn(path, unit, distribution);
        let mut internet = sample::layer("internet", 0.01, 0.4, 0.02);
        internet.innovation =
            free("layer.internet.innovation", Unit::PerYear, Distribution::LogNormal { median: 0.01, sigma: 0.4 });
        internet.imitation =
            free("layer.internet.imitation", Unit::PerYear, Distribution::LogNormal { median: 0.6, sigma: 0.2 });
        internet.access.ceiling = Some(free(
            "layer.internet.access.ceiling",
            Unit::Share,
            Distribution::Beta { mean: 0.7, concentration: 20.0 },
        ));
        let mut facebook = sample::layer("facebook", 0.3, 0.5, 0.05);
        facebook.requires = vec![0];
        facebook.innovation = free(
            "layer.facebook.innovation",
            Unit::PerYear,
            Distribution::Triangular { low: 0.05, mode: 0.3, high: 1.0 },
        );
        if setup == Setup::EveryPrior {
            internet.discontinuance =
                free("layer.internet.discontinuance", Unit::PerYear, Distribution::Normal { mean: 0.02, sd: 0.02 });
            internet.initial =
                free("layer.internet.initial", Unit::Share, Distribution::Uniform { low: 0.001, high: 0.01 });
            internet.features.female =
                free("layer.internet.features.female", Unit::LogFactor, Distribution::Normal { mean: 0.0, sd: 0.3 });
            for from in 0..16 {
                let path = format!("layer.internet.features.age.{}", 5 * from);
                let coefficient = free(&path, Unit::LogFactor, Distribution::Normal { mean: 0.0, sd: 0.2 });
                internet.features.age.push((f64::from(5 * from), coefficient));
            }
            facebook.imitation =
                free("layer.facebook.imitation", Unit::PerYear, Distribution::Uniform { low: 0.1, high: 1.5 });
        }
        let grid = match setup {
            Setup::Plain => sample::grid(1, 1, 1, 1),
            Setup::EveryPrior => sample::grid(1, 1, 2, 17),
        };
        let scenario = sample::scenario(grid, 1e6, 240, vec![internet, facebook]);
        let observations = published(|_, _| 0.3);
        let last = scenario.time.end;
        let country = Country::new(&scenario, &observations, Resolution::Nation, last);
        Self { scenario: Scenario { observations, ..scenario }, country }
    }

    pub fn world(&self) -> World<'_> {
        self.country.world()
    }

    pub fn model<'a>(&self, world: &'a World<'a>, observations: &[Observation]) -> Model<'a> {
        Model::new(world, Statistics::new(&self.country.scenario, &self.country.demography, observations, &[]))
    }

    /// Some statistics that a country such as this could have.
    pub fn observations(shift: u64) -> Vec<Observation> {
        published(|year, unit| {
            let share = 0.7 / (1.0 + libm::exp(-0.45 * (f64::from(year) - 2010.0 - 0.1 * shift as f64)));
            if unit == "share" { share } else { 1.1e6 * share * 0.8 }
        })
    }

    /// Statistics drawn from the model at a point.
    pub fn simulate(model: &Model<'_>, point: &[f64], index: u64) -> Vec<Observation> {
        let stream = Stream::new(index, Purpose::Calibration, "test");
        let student = StudentT::new(TAILS).expect("positive");
        let modelled = model.modelled(point);
        let statistics = model.statistics.used().iter().zip(&modelled).enumerate();
        statistics
            .map(|(i, (statistic, value))| {
                let (added, scale) = model.errors(point, statistic);
                let address = Address { replicate: i as u32, step: 0, entity: 0 };
                let error: f64 = student.sample(&mut stream.draws(address, 0));
                let figure = statistic.on_scale(*value) + added + scale * error;
                Observation { value: statistic.published(figure), ..statistic.observation.clone() }
            })
            .collect()
    }
}

/// Yearly shares of one source, some of another, and accounts of a third.
fn published(value: impl Fn(i32, &str) -> f64) -> Vec<Observation> {
    let observation = |layer: &str, year: i32, unit: &str, source: &str, quality: &str| Observation {
        layer: layer.to_owned(),
        date: Month::try_new(year, 12).expect("a month"),
        value: value(year, unit),
        unit: unit.to_owned(),
        measures: String::new(),
        base: "all".to_owned(),
        group: Group::everybody(),
        source: source.to_owned(),
        vintage: String::new(),
        quality: quality.to_owned(),
        comparable: unit == "share",
        error: ErrorModel::default(),
    };
    let mut all: Vec<Observation> =
        (2002..2018).map(|year| observation("internet", year, "share", "Union", "A")).collect();
    all.extend((2008..2018).step_by(3).map(|year| observation("internet", year, "share", "Survey", "B")));
    all.extend((2006..2018).step_by(2).map(|year| observation("facebook", year, "accounts", "Platform", "B")));
    all
}
