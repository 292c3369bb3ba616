//! What a backtest leaves: every forecast as a table, every score as a table, and the whole as JSON.

use serde::Serialize;

use crate::forecast::{Backtest, Grouping, Protocol, Rivalry};
use crate::output::manifest::Program;
use crate::score::{LEVELS, Quantiles, Summary};

/// File name of the forecasts.
pub const FORECASTS: &str = "forecasts.csv";
/// File name of the scores, one a row.
pub const SCORES: &str = "scores.csv";
/// File name of everything but the forecasts.
pub const REPORT: &str = "backtest.json";

/// Everything but the forecasts, for programs.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The program.
    pub program: Program,
    /// Files read: path as given and SHA-256.
    pub inputs: Vec<(String, String)>,
    /// Day of publication of what was scored against, where it is known.
    pub vintage: Option<String>,
    /// Whether only what had been published at an origin was used there.
    pub real_time: bool,
    /// The rules.
    pub protocol: Protocol,
    /// Countries and origins.
    pub tasks: usize,
    /// Scores of each forecaster.
    pub models: Vec<Model>,
    /// The first forecaster against each other one.
    pub against: Vec<Rivalry>,
}

/// Scores of one forecaster.
#[derive(Clone, Debug, Serialize)]
pub struct Model {
    /// Name.
    pub model: String,
    /// Over everything, and by each grouping.
    pub scores: Vec<Group>,
}

/// Scores of one group of forecasts.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// What it is grouped by.
    pub by: Grouping,
    /// Which group.
    pub group: String,
    /// Its scores.
    #[serde(flatten)]
    pub summary: Summary,
}

impl Report {
    /// Scores everything; `inputs` are the files read with their fingerprints.
    #[must_use]
    pub fn new(found: &Backtest, inputs: Vec<(String, String)>, vintage: Option<String>, real_time: bool) -> Self {
        let model = |at: usize| Model {
            model: found.models[at].clone(),
            scores: Grouping::EVERY
                .into_iter()
                .flat_map(|by| {
                    let groups = found.scores(at, by).into_iter();
                    groups.map(move |(group, summary)| Group { by, group, summary })
                })
                .collect(),
        };
        Self {
            program: Program::this(),
            inputs,
            vintage,
            real_time,
            protocol: found.protocol.clone(),
            tasks: found.tasks,
            models: (0..found.models.len()).map(model).collect(),
            against: (1..found.models.len()).filter_map(|other| found.rivalry(0, other)).collect(),
        }
    }

    /// As JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        super::to_json(self)
    }

    /// As a tidy table: `model,by,group,score,value`.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut text = "model,by,group,score,value\n".to_owned();
        for model in &self.models {
            for Group { by, group, summary } in &model.scores {
                for (score, value) in numbers(summary) {
                    text.push_str(&format!("{},{},{group},{score},{value}\n", model.model, by.name()));
                }
            }
        }
        text
    }
}

fn numbers(summary: &Summary) -> Vec<(String, f64)> {
    let named = |name: &str, value| (name.to_owned(), value);
    let mut numbers = vec![
        named("count", summary.count as f64),
        named("wis", summary.wis),
        named("crps", summary.crps),
        named("mae", summary.mae),
        named("median-absolute-error", summary.median_absolute_error),
        named("bias", summary.bias),
        named("width-80", summary.width80),
    ];
    for coverage in &summary.coverage {
        let percent = coverage.nominal * 100.0;
        numbers.push((format!("coverage-{percent:.0}"), coverage.share));
        numbers.push((format!("coverage-{percent:.0}-low"), coverage.low));
        numbers.push((format!("coverage-{percent:.0}-high"), coverage.high));
    }
    numbers.extend(summary.pit.iter().enumerate().map(|(at, share)| (format!("pit-{}", at + 1), *share)));
    numbers
}

/// Every forecast, one a row: `model,iso3,origin,year,q0.025 ... q0.975`, so that anyone can score it.
///
/// Numbers are written so that they are read back as the same bits.
#[must_use]
pub fn forecasts(found: &Backtest) -> String {
    let mut text = format!("model,iso3,origin,year,{}\n", quantile_columns());
    for record in &found.records {
        let model = &found.models[record.model];
        let (iso3, origin, year) = (&record.iso3, record.origin, record.year);
        text.push_str(&format!("{model},{iso3},{origin},{year},{}\n", quantiles(&record.forecast)));
    }
    text
}

/// `q0.025,q0.1,...`
#[must_use]
pub fn quantile_columns() -> String {
    LEVELS.map(|level| format!("q{level}")).join(",")
}

/// Seven numbers with commas between.
#[must_use]
pub fn quantiles(forecast: &Quantiles) -> String {
    forecast.map(|quantile| quantile.to_string()).join(",")
}
