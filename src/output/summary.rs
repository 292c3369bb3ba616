//! `summary.json`: the totals of every layer at year ends, for reading at a glance and for other programs.
//!
//! Numbers are those of `results.csv`, equally rounded. It also carries the published statistics the figures show, so
//! that a run folder can be redrawn without the files it was made from.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::results::{Labels, rounded};
use super::{OutputError, SUMMARY, open, to_json};
use crate::series::{ErrorModel, Estimate, Group, LayerLabel, Observation, Projection, Quantity};
use crate::units::Month;

/// Version of the layout of [`Summary`].
pub const FORMAT: u32 = 1;

/// Totals of a run at year ends, and the facts needed to read them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// [`FORMAT`].
    pub format: u32,
    /// Scenario name.
    pub scenario: String,
    /// Scenario title.
    pub title: String,
    /// Engine name.
    pub engine: String,
    /// Members the quantiles are taken over; with 1 they all coincide and are no interval.
    pub members: usize,
    /// Members that share one parameter draw.
    pub replicates: u32,
    /// Master seed.
    pub seed: u64,
    /// First reported month.
    pub first_date: Month,
    /// Last reported month.
    pub last_date: Month,
    /// What the intervals hold and what not, in words.
    pub intervals: String,
    /// Layers, in the scenario's order.
    pub layers: Vec<LayerSummary>,
    /// Name of the layer whose users incidents befall, if they are followed.
    pub victims: Option<String>,
    /// Vintage of the published statistics, in words; may be empty.
    pub data_vintage: String,
    /// Published statistics, as the figures show them.
    pub observations: Vec<StoredObservation>,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LayerSummary {
    /// Key.
    pub name: String,
    /// Words on screen.
    pub title: String,
    /// The first and the last reported month and each December between, increasing.
    pub dates: Vec<DateSummary>,
}

/// The whole population at the end of one month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DateSummary {
    /// Month.
    pub date: Month,
    /// The denominator: living people, in persons.
    pub population: f64,
    /// Users, in persons.
    pub users: Spread,
    /// Users over population, 0..=1.
    pub penetration: Spread,
}

/// Mean and quantiles over members.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are the statistics of results.csv")]
pub struct Spread {
    pub median: f64,
    pub q025: f64,
    pub q10: f64,
    pub q25: f64,
    pub q75: f64,
    pub q90: f64,
    pub q975: f64,
    pub mean: f64,
}

/// An [`Observation`] in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are those of Observation and Group")]
pub struct StoredObservation {
    pub layer: String,
    pub date: Month,
    pub value: f64,
    pub unit: String,
    pub measures: String,
    pub base: String,
    pub region: String,
    pub residence: String,
    pub sex: String,
    pub age: String,
    pub source: String,
    pub vintage: String,
    pub quality: String,
    pub comparable: bool,
}

impl Summary {
    /// Summarises a projection.
    #[must_use]
    pub fn new(projection: &Projection, replicates: u32, observations: &[Observation]) -> Self {
        let dates: Vec<usize> = (0..projection.dates.len())
            .filter(|&date| date == 0 || date + 1 == projection.dates.len() || projection.dates[date].month() == 12)
            .collect();
        let layers = projection.layers.iter().enumerate().map(|(layer, label)| LayerSummary {
            name: label.name.clone(),
            title: label.title.clone(),
            dates: dates.iter().map(|&date| DateSummary::new(projection, layer, date)).collect(),
        });
        let epoch = Month::try_new(2000, 1).expect("2000-01 is a month");
        Self {
            format: FORMAT,
            scenario: projection.scenario.clone(),
            title: projection.title.clone(),
            engine: projection.engine.clone(),
            members: projection.members,
            replicates,
            seed: projection.seed,
            first_date: projection.dates.first().copied().unwrap_or(epoch),
            last_date: projection.dates.last().copied().unwrap_or(epoch),
            intervals: intervals(&projection.engine, projection.members).to_owned(),
            layers: layers.collect(),
            victims: projection.victims.map(|layer| projection.layers[layer].name.clone()),
            data_vintage: latest_vintage(observations),
            observations: observations.iter().map(StoredObservation::from).collect(),
        }
    }

    /// The summary as JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    /// Reads the summary of a run folder.
    ///
    /// # Errors
    /// When it is missing, unreadable or something else.
    pub fn read(folder: &Path) -> Result<Self, OutputError> {
        let file = open(folder, SUMMARY)?;
        serde_json::from_reader(std::io::BufReader::new(file))
            .map_err(|source| OutputError::Json { path: folder.join(SUMMARY), source })
    }

    /// What `results.csv` does not say about itself.
    #[must_use]
    pub fn labels(&self) -> Labels {
        let label = |layer: &LayerSummary| LayerLabel { name: layer.name.clone(), title: layer.title.clone() };
        Labels {
            scenario: self.scenario.clone(),
            title: self.title.clone(),
            engine: self.engine.clone(),
            members: self.members,
            seed: self.seed,
            layers: self.layers.iter().map(label).collect(),
            victims: self.victims.as_ref().and_then(|name| self.layers.iter().position(|l| l.name == *name)),
        }
    }

    /// The published statistics, as figures take them.
    #[must_use]
    pub fn observations(&self) -> Vec<Observation> {
        self.observations.iter().map(Observation::from).collect()
    }
}

/// What the intervals of an ensemble hold and what not, in a sentence.
#[must_use]
pub fn intervals(engine: &str, members: usize) -> &'static str {
    match (engine, members) {
        (_, 0 | 1) => "none: one member gives no interval, and all quantiles coincide",
        ("mean-field", _) => {
            "quantiles of the members: uncertain parameters, where the scenario gives distributions; \
             not chance, not errors of the statistics, not the structure of the model"
        }
        _ => {
            "quantiles of the members: chance, and uncertain parameters where the scenario gives distributions; \
             not errors of the statistics, not the structure of the model"
        }
    }
}

impl DateSummary {
    fn new(projection: &Projection, layer: usize, date: usize) -> Self {
        let spread = |quantity| Spread::new(quantity, projection.estimate(layer, 0, date, quantity));
        let people = projection.estimate(0, 0, date, Quantity::Population).mean;
        Self {
            date: projection.dates[date],
            population: rounded(Quantity::Population, people),
            users: spread(Quantity::Users),
            penetration: spread(Quantity::Penetration),
        }
    }
}

impl Spread {
    /// An estimate, rounded as `results.csv` rounds `quantity`.
    #[must_use]
    pub fn new(quantity: Quantity, estimate: &Estimate) -> Self {
        let [q025, q10, q25, median, q75, q90, q975] = estimate.quantiles.map(|value| rounded(quantity, value));
        Self { median, q025, q10, q25, q75, q90, q975, mean: rounded(quantity, estimate.mean) }
    }
}

impl From<&Observation> for StoredObservation {
    fn from(observation: &Observation) -> Self {
        let Observation {
            layer, date, value, unit, measures, base, group, source, vintage, quality, comparable, ..
        } = observation.clone();
        let Group { region, residence, sex, age } = group;
        Self {
            layer,
            date,
            value,
            unit,
            measures,
            base,
            region,
            residence,
            sex,
            age,
            source,
            vintage,
            quality,
            comparable,
        }
    }
}

impl From<&StoredObservation> for Observation {
    fn from(stored: &StoredObservation) -> Self {
        let StoredObservation {
            layer,
            date,
            value,
            unit,
            measures,
            base,
            region,
            residence,
            sex,
            age,
            source,
            vintage,
            quality,
            comparable,
        } = stored.clone();
        let group = Group { region, residence, sex, age };
        Self {
            layer,
            date,
            value,
            unit,
            measures,
            base,
            group,
            source,
            vintage,
            quality,
            comparable,
            error: ErrorModel::default(),
        }
    }
}

/// The latest vintage among the statistics (they are written year first, so text order is time order).
#[must_use]
pub fn latest_vintage(observations: &[Observation]) -> String {
    observations.iter().map(|observation| observation.vintage.as_str()).max().unwrap_or_default().to_owned()
}
