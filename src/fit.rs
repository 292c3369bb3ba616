//! Plain result types of a calibration; no behaviour beyond indexing.

use crate::series::{LEVELS, Observation};
use crate::units::Month;

/// How the draws were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Chains of the No-U-Turn Sampler.
    Nuts,
    /// A normal approximation around the posterior mode.
    Map,
    /// The priors alone; statistics are not looked at.
    Prior,
}

impl Method {
    /// Name on the command line and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Method::Nuts => "nuts",
            Method::Map => "map",
            Method::Prior => "prior",
        }
    }
}

/// What an estimated number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A number of the scenario.
    Law,
    /// Bias of a source: log odds for people, logarithm for counts.
    Bias,
    /// Spread of a source on the same scale.
    Spread,
    /// Accounts or subscriptions per user at a reference date.
    PerUser,
    /// Growth of their logarithm, per year.
    Growth,
}

impl Role {
    /// Name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Law => "law",
            Role::Bias => "bias",
            Role::Spread => "spread",
            Role::PerUser => "per-user",
            Role::Growth => "growth",
        }
    }
}

/// Quantiles at [`LEVELS`].
pub type Quantiles = [f64; LEVELS.len()];

/// How well the sampler knows a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convergence {
    /// Rank-normalised split R-hat: the larger of bulk and folded.
    pub r_hat: f64,
    /// Effective draws for the centre.
    pub bulk: f64,
    /// Effective draws for the 5 % and 95 % quantiles: the smaller of the two.
    pub tail: f64,
}

/// An estimated number.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimated {
    /// Its name: the path of a parameter, or `bias: SOURCE`, `spread: SOURCE`, `subscriptions per user of LAYER`.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// Unit in words; empty for plain numbers.
    pub unit: String,
    /// Its prior in words.
    pub prior: String,
    /// Quantiles of the prior.
    pub prior_quantiles: Quantiles,
    /// Mean of the draws.
    pub mean: f64,
    /// Standard deviation of the draws.
    pub sd: f64,
    /// Quantiles of the draws.
    pub quantiles: Quantiles,
    /// Standard deviation of the draws over that of the prior, in the sampler's coordinate: near 1 where the statistics
    /// say nothing.
    pub contraction: f64,
    /// `None` for draws that are independent by construction.
    pub convergence: Option<Convergence>,
    /// Draws, chain after chain.
    pub draws: Vec<f64>,
    /// Draws of the prior, for figures.
    pub prior_draws: Vec<f64>,
}

/// A statistic beside what the model makes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// As published.
    pub observation: Observation,
    /// Position of its source.
    pub source: usize,
    /// What the model has for it on its own base, without the source's errors: a share of the base, or users of it.
    pub modelled: Quantiles,
    /// What a figure of the source would be, in the published unit.
    pub predicted: Quantiles,
    /// Share of predicted figures below the published one, 0..=1.
    pub percentile: f64,
    /// Median of the standardised residual.
    pub residual: f64,
    /// The published figure with the source's bias and base taken off: users over everybody, 0..=1 (median).
    pub corrected: f64,
    /// The published figure over its base, for people, or over everybody, for counts; counts may exceed 1.
    pub shown: f64,
    /// Whether the posterior was made with it; else it was published later.
    pub used: bool,
}

/// A source of statistics.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedSource {
    /// Name.
    pub name: String,
    /// Layer.
    pub layer: String,
    /// `people`, `accounts` or `subscriptions`.
    pub counts: &'static str,
    /// Statistics used.
    pub statistics: usize,
    /// What the model would say without this source, and with it alone: share of everybody at [`Fit::focus`].
    pub without: Option<Quantiles>,
    /// See `without`.
    pub alone: Option<Quantiles>,
}

/// Users of a layer over everybody, by date.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Layer key.
    pub layer: String,
    /// Layer title.
    pub title: String,
    /// Months, increasing.
    pub dates: Vec<Month>,
    /// Quantiles at each.
    pub quantiles: Vec<Quantiles>,
    /// Quantiles under the priors at each.
    pub prior: Vec<Quantiles>,
}

/// A statistic that took no part, and why.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct LeftOut {
    /// Source.
    pub source: String,
    /// Layer.
    pub layer: String,
    /// Date.
    pub date: Month,
    /// Value as published.
    pub value: f64,
    /// Why.
    pub reason: String,
}

/// The sampler's health over all chains.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Verdict {
    /// Largest R-hat.
    pub r_hat: f64,
    /// Smallest bulk effective sample size.
    pub bulk: f64,
    /// Smallest tail effective sample size.
    pub tail: f64,
    /// Draws whose path went astray.
    pub divergences: usize,
    /// Smallest E-BFMI.
    pub energy: f64,
    /// What is wrong, in words; empty when the draws can be trusted.
    pub objections: Vec<String>,
}

impl Verdict {
    /// Whether the draws can be trusted.
    #[must_use]
    pub fn trusted(&self) -> bool {
        self.objections.is_empty()
    }
}

/// How the grid of the calibration compares with the full one.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct GridCheck {
    /// Cells simulated in the calibration, and cells of the full grid.
    pub cells: [usize; 2],
    /// Draws simulated on both.
    pub draws: usize,
    /// Largest and mean gap of users over their base, in percentage points, over draws and statistics of people.
    pub largest_gap_points: f64,
    /// See `largest_gap_points`.
    pub mean_gap_points: f64,
    /// Shape of the tail of the importance ratios; the correction can be trusted up to 0.7 (Vehtari et al. 2024).
    pub pareto_k: f64,
    /// Draws that the weighted ones are worth.
    pub effective_draws: f64,
}

/// A finished calibration.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Scenario name.
    pub scenario: String,
    /// Scenario title.
    pub title: String,
    /// Master seed.
    pub seed: u64,
    /// How the draws were made.
    pub method: Method,
    /// `nation` or `full`.
    pub resolution: &'static str,
    /// Statistics known at this month only; `None`: all.
    pub until: Option<Month>,
    /// Chains.
    pub chains: usize,
    /// Draws of each chain.
    pub draws: usize,
    /// Estimated numbers, those of the law first.
    pub numbers: Vec<Estimated>,
    /// Sources.
    pub sources: Vec<FittedSource>,
    /// Statistics, by date.
    pub statistics: Vec<Fitted>,
    /// Statistics that took no part.
    pub left_out: Vec<LeftOut>,
    /// Layers over time.
    pub curves: Vec<Curve>,
    /// Month that sources are compared at.
    pub focus: Month,
    /// The sampler's health; `None` for draws that are independent by construction.
    pub verdict: Option<Verdict>,
    /// The check against the full grid, if the calibration used another.
    pub grid: Option<GridCheck>,
    /// Evaluations of the density with its gradient.
    pub evaluations: usize,
    /// Log densities of the draws, up to a constant, chain after chain.
    pub log_density: Vec<f64>,
    /// Draws that went astray.
    pub diverging: Vec<bool>,
}
