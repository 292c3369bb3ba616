//! The JSON of the interface: what is told about scenarios, and what is asked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::levers::Lever;
use super::library::{Choice, Offer};
use super::live::{Breakdown, Draws};
use super::store::RunKind;
use crate::output::summary::StoredObservation;
use crate::plot;
use crate::scenario::EngineKind;
use crate::series::LayerLabel;
use crate::units::Month;
/// Most members of a run in the background.
pub const MOST_MEMBERS: u32 = 2000;

/// A scenario on offer, in short.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OfferSummary {
    /// Id.
    pub id: String,
    /// Words on screen.
    pub title: String,
    /// What it represents.
    pub description: String,
    /// Whether its text was sent rather than read from a file.
    pub sent: bool,
}

impl From<&Offer> for OfferSummary {
    fn from(offer: &Offer) -> Self {
        let scenario = &offer.loaded.scenario;
        Self {
            id: offer.id.clone(),
            title: scenario.title.clone(),
            description: scenario.description.clone(),
            sent: offer.sent,
        }
    }
}

/// A policy on offer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PolicyDetail {
    /// Id.
    pub id: String,
    /// Words on screen.
    pub title: String,
    /// What it represents.
    pub description: String,
    /// What can be moved about it.
    pub levers: Vec<Lever>,
}

/// A layer's names.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LayerDetail {
    /// Key.
    pub name: String,
    /// Words on screen.
    pub title: String,
}

impl From<&LayerLabel> for LayerDetail {
    fn from(label: &LayerLabel) -> Self {
        Self { name: label.name.clone(), title: label.title.clone() }
    }
}

/// A tile of the map.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TileDetail {
    /// The region's name.
    pub region: String,
    /// Its label.
    pub label: String,
    /// Column, from the west.
    pub column: usize,
    /// Row, from the north.
    pub row: usize,
}

/// A scenario on offer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct OfferDetail {
    /// Id.
    pub id: String,
    /// Words on screen.
    pub title: String,
    /// What it represents.
    pub description: String,
    /// Whether its text was sent rather than read from a file.
    pub sent: bool,
    /// First simulated month.
    pub start: Month,
    /// Last simulated month.
    pub end: Month,
    /// What spreads.
    pub layers: Vec<LayerDetail>,
    /// How the map is laid out; empty where the people are not divided by region.
    pub tiles: Vec<TileDetail>,
    /// What can be moved.
    pub levers: Vec<Lever>,
    /// What may be laid over it.
    pub policies: Vec<PolicyDetail>,
    /// Published statistics.
    pub observations: Vec<StoredObservation>,
    /// Engines of runs in the background.
    pub engines: Vec<String>,
    /// Engine that the scenario asks for.
    pub engine: String,
    /// Members that the scenario asks for.
    pub members: u32,
    /// Seed that the scenario asks for.
    pub seed: u64,
}

impl From<&Offer> for OfferDetail {
    fn from(offer: &Offer) -> Self {
        let scenario = &offer.loaded.scenario;
        let regions: Vec<&str> = scenario.population.grid.regions.iter().map(String::as_str).collect();
        let tiles = if regions.len() > 1 { plot::tile_places(&regions) } else { Vec::new() };
        let policy = |policy: &super::library::Policy| PolicyDetail {
            id: policy.id.clone(),
            title: policy.title.clone(),
            description: policy.description.clone(),
            levers: policy.levers.clone(),
        };
        Self {
            id: offer.id.clone(),
            title: scenario.title.clone(),
            description: scenario.description.clone(),
            sent: offer.sent,
            start: scenario.time.start,
            end: scenario.time.end,
            layers: scenario
                .layers
                .iter()
                .map(|layer| LayerDetail { name: layer.name.clone(), title: layer.title.clone() })
                .collect(),
            tiles: tiles
                .into_iter()
                .map(|tile| TileDetail { region: tile.region, label: tile.label, column: tile.column, row: tile.row })
                .collect(),
            levers: offer.levers.clone(),
            policies: offer.policies.iter().map(policy).collect(),
            observations: scenario.observations.iter().map(StoredObservation::from).collect(),
            engines: EngineKind::EVERY.iter().map(|engine| engine.name().to_owned()).collect(),
            engine: scenario.run.engine.name().to_owned(),
            members: scenario.run.members.min(MOST_MEMBERS),
            seed: scenario.run.seed,
        }
    }
}

/// What is asked while a lever moves.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LiveRequest {
    /// Policies and levers.
    #[serde(default)]
    pub choice: Choice,
    /// Name of the layer that is asked about, which is quicker than all; none: all.
    #[serde(default)]
    pub layer: Option<String>,
    /// How the answer is divided.
    #[serde(default)]
    pub breakdown: Breakdown,
    /// How many draws it is taken from.
    #[serde(default)]
    pub draws: Draws,
}

/// A format of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FigureFormat {
    /// A drawing.
    Svg,
    /// Pixels.
    Png,
    /// The numbers shown.
    Csv,
}

/// A figure to draw.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FigureRequest {
    /// Policies and levers.
    #[serde(default)]
    pub choice: Choice,
    /// Name of the figure, for instance `growth`.
    pub figure: String,
    /// As what.
    pub format: FigureFormat,
}

/// A run to make in the background.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    /// Id of the scenario.
    pub scenario: String,
    /// Policies and levers.
    #[serde(default)]
    pub choice: Choice,
    /// What is made.
    #[serde(default)]
    pub kind: RunKind,
    /// Engine; none: the scenario's.
    #[serde(default)]
    pub engine: Option<String>,
    /// Members, 1 to 2000; none: the scenario's.
    #[serde(default)]
    #[schemars(range(min = 1, max = 2000))]
    pub members: Option<u32>,
    /// Seed; none: the scenario's.
    #[serde(default)]
    pub seed: Option<u64>,
}

/// A file of a run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileQuery {
    /// Its name, as the list of files gives it.
    pub name: String,
}

/// A report of a run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportQuery {
    /// Language: `en` or `km`.
    #[serde(default)]
    pub lang: Option<String>,
}

/// How the server is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Health {
    /// Version of the program.
    pub version: String,
    /// Answers that wait or are worked out.
    pub waiting: usize,
}
