//! The validated scenario.

use std::sync::Arc;

use super::policy::{Intervention, Victimisation};
use super::posterior::Posterior;
use crate::network::EdgeList;
use crate::population::PopulationTables;
use crate::series::Observation;
use crate::units::{Month, Unit};

/// A validated scenario: every reference resolves, every number is finite and in range,
/// layers are in an order in which each follows those it requires.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// File-system friendly name, `[a-z0-9][a-z0-9_-]*`.
    pub name: String,
    /// One line on screen and in figure titles.
    pub title: String,
    /// What it represents, in sentences.
    pub description: String,
    /// First and last simulated month, both included.
    pub time: TimeSpan,
    /// How to run it.
    pub run: RunSettings,
    /// Who lives when and where.
    pub population: PopulationTables,
    /// Whom people look at.
    pub contacts: Contacts,
    /// Ties between persons, for the engine that follows every person.
    pub network: Network,
    /// Dated series by place.
    pub drivers: Vec<Driver>,
    /// What is adopted; every layer comes after those it requires.
    pub layers: Vec<Layer>,
    /// Cybercrime, if the scenario follows it.
    pub victimisation: Option<Victimisation>,
    /// Policies and events, in the order of the file; names are unique.
    pub interventions: Vec<Intervention>,
    /// Published statistics; of a figure published several times, the last vintage.
    pub observations: Vec<Observation>,
    /// Earlier vintages of those figures.
    pub revised: Vec<Observation>,
    /// Joint values of drawn numbers that fit the statistics, if the scenario names any.
    pub posterior: Option<Posterior>,
    /// What is written.
    pub outputs: Outputs,
}

/// First and last simulated month, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeSpan {
    /// First simulated month.
    pub start: Month,
    /// Last simulated month.
    pub end: Month,
}

impl TimeSpan {
    /// Number of simulated months, at least 1.
    #[must_use]
    pub fn months(&self) -> usize {
        (self.end.months_since(self.start) + 1).max(1) as usize
    }
}

/// Which engine, how many members, which seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunSettings {
    /// Engine.
    pub engine: EngineKind,
    /// Ensemble members, 1 or more.
    pub members: u32,
    /// Members that share one parameter draw, 1 or more.
    pub replicates: u32,
    /// Master seed.
    pub seed: u64,
    /// Which users a person sees in a step.
    pub exposure: Exposure,
}

/// Which users a person sees in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exposure {
    /// Those of the middle of the month, extrapolated from the last month's change: second order in the step, within 1 %
    /// of the market potential of the Bass curve for imitation up to 0.6 per year.
    Midpoint,
    /// Those when the month begins, as in a synchronous model of persons: first order in the step.
    Start,
}

impl Exposure {
    /// Every choice.
    pub const EVERY: [Exposure; 2] = [Exposure::Midpoint, Exposure::Start];

    /// Name in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Exposure::Midpoint => "midpoint",
            Exposure::Start => "start",
        }
    }
}

/// The engines of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EngineKind {
    /// Expected users per cell.
    MeanField,
    /// Whole people per cell, binomial draws.
    Cohort,
    /// Every person, on a network of ties.
    Agent,
}

impl EngineKind {
    /// Every engine.
    pub const EVERY: [EngineKind; 3] = [EngineKind::MeanField, EngineKind::Cohort, EngineKind::Agent];

    /// Name in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            EngineKind::MeanField => "mean-field",
            EngineKind::Cohort => "cohort",
            EngineKind::Agent => "agent",
        }
    }
}

/// A number of the scenario: fixed, dated or drawn once per member; with its unit and source.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Dotted path in the file, for instance `layer.internet.imitation`; also the name of its random stream.
    pub path: String,
    /// Unit.
    pub unit: Unit,
    /// Smallest and largest allowed value.
    pub range: (f64, f64),
    /// Its value.
    pub shape: Shape,
    /// A multiplier drawn once per member, applied to `shape` (a dated series known up to a factor).
    pub factor: Option<Distribution>,
    /// Where it comes from.
    pub source: Source,
}

/// The value of a [`Parameter`].
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// One number for all time.
    Fixed(f64),
    /// Values at dates; constant before the first and after the last.
    Dated(DatedValues),
    /// Drawn once per member.
    Drawn(Distribution),
}

/// Values at increasing months.
#[derive(Clone, Debug, PartialEq)]
pub struct DatedValues {
    /// At least one point; months strictly increasing.
    pub points: Vec<(Month, f64)>,
    /// Between points.
    pub interpolation: Interpolation,
}

/// How a dated series continues between its points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interpolation {
    /// Straight lines.
    Linear,
    /// Each value holds until the next point.
    Step,
}

/// A distribution drawn once per member, truncated to the parameter's range.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the line of each family names its numbers")]
pub enum Distribution {
    /// Normal: mean, standard deviation > 0.
    Normal { mean: f64, sd: f64 },
    /// Lognormal: median > 0, sigma > 0 of the natural logarithm.
    LogNormal { median: f64, sigma: f64 },
    /// Logit-normal on 0..1: median in (0,1), sigma > 0 of the log odds.
    LogitNormal { median: f64, sigma: f64 },
    /// Beta on 0..1: mean in (0,1), concentration a + b > 0.
    Beta { mean: f64, concentration: f64 },
    /// Triangular: low <= mode <= high, low < high.
    Triangular { low: f64, mode: f64, high: f64 },
    /// Uniform: low < high.
    Uniform { low: f64, high: f64 },
}

/// Where a number comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A citation.
    Cited(String),
    /// Written as `source = "assumed"`.
    Assumed,
    /// No source given in the file.
    Missing,
    /// The built-in default; the file says nothing.
    Default,
    /// Set on the command line.
    CommandLine,
}

/// Weights of the levels at which people look at others; normalised to sum 1 when used.
#[derive(Clone, Debug, PartialEq)]
pub struct Contacts {
    /// Same household (aggregate engines: same place).
    pub household: Parameter,
    /// Same village (aggregate engines: same place, that is province and residence).
    pub village: Parameter,
    /// Same province.
    pub province: Parameter,
    /// Anyone in the country.
    pub nation: Parameter,
}

/// Ties between persons; the aggregate engines do not see them.
#[derive(Clone, Debug, PartialEq)]
pub enum Network {
    /// Households, villages, regions and the nation, with the weights of [`Contacts`]; ties are persistent.
    Households(Households),
    /// No ties: whoever is looked at is anyone of the place, the region or the nation, anew at each look.
    Uniform,
    /// A ring with rewired ties; all count alike.
    Ring {
        /// Ties of each person, even, 2..=32.
        neighbours: u32,
        /// Share of ties that are rewired, 0..=1.
        rewiring: f64,
    },
    /// A graph read from a file; all ties count alike.
    Edges {
        /// The file, as named in the scenario.
        file: String,
        /// The graph; as many persons as the population holds.
        graph: Arc<EdgeList>,
    },
}

/// Households and ties beyond them.
#[derive(Clone, Debug, PartialEq)]
pub struct Households {
    /// Shares of households with 1, 2, 3 ... members; they sum to 1.
    pub sizes: Vec<f64>,
    /// People of a village, about.
    pub village: u32,
    /// Ties of each person within the village, beyond the household, 1..=32.
    pub village_ties: u32,
    /// Ties within the region, 1..=32.
    pub province_ties: u32,
    /// Ties anywhere in the nation, 1..=32.
    pub nation_ties: u32,
}

impl Default for Households {
    /// Sizes as in Cambodia's census of 2008 (mean 4.7), villages of a thousand, ten ties beyond the household: assumed for other
    /// countries.
    fn default() -> Self {
        Self {
            sizes: vec![0.03, 0.08, 0.16, 0.22, 0.20, 0.14, 0.08, 0.05, 0.02, 0.02],
            village: 1000,
            village_ties: 5,
            province_ties: 3,
            nation_ties: 2,
        }
    }
}

/// A dated series by province and residence.
#[derive(Clone, Debug, PartialEq)]
pub struct Driver {
    /// Key.
    pub name: String,
    /// Words on screen.
    pub title: String,
    /// What it is measured in: `Share`, `IncomeShare` or `Factor`.
    pub unit: Unit,
    /// Urban value (also the value of places without residence).
    pub urban: Parameter,
    /// Rural value.
    pub rural: Parameter,
    /// Per region, in population order: odds ratio for shares, multiplier for the rest; 1 where not given.
    /// Shares: odds(place) = odds(residence) x ratio.
    pub by_region: Vec<f64>,
}

/// Anything that is adopted.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Key.
    pub name: String,
    /// Words on screen.
    pub title: String,
    /// Positions of the layers it requires, all smaller than its own.
    pub requires: Vec<usize>,
    /// First month in which anyone can adopt; `None`: always.
    pub launch: Option<Month>,
    /// Share of people with access who use it before the first step (only when launched by then).
    pub initial: Parameter,
    /// Outside influence p, per year.
    pub innovation: Parameter,
    /// Imitation q, per year.
    pub imitation: Parameter,
    /// Discontinuance d, per year.
    pub discontinuance: Parameter,
    /// Who can use it.
    pub access: Access,
    /// Who adopts faster: multipliers of the adoption hazard.
    pub features: Features,
}

/// Conditions of access; a person must meet all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Access {
    /// Share drivers (positions in `Scenario::drivers`); a person's own mark lies below each.
    pub shares: Vec<usize>,
    /// Whether people can pay.
    pub affordability: Option<Affordability>,
    /// Youngest age that can use it, years.
    pub min_age: f64,
    /// Overrides the share with access that drivers give (`shares`, `affordability`); `min_age` still holds.
    pub ceiling: Option<Parameter>,
}

/// People can pay when price over their income is at most `threshold`; incomes are lognormal around the place's median.
#[derive(Clone, Debug, PartialEq)]
pub struct Affordability {
    /// Position of an `IncomeShare` driver: price of a month over the median monthly income of the place.
    pub price: usize,
    /// Largest share of income people pay.
    pub threshold: Parameter,
    /// Standard deviation of log income.
    pub income_spread: Parameter,
}

/// Log multipliers of the adoption hazard: `g = exp(sum of coefficients)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Features {
    /// For urban people.
    pub urban: Parameter,
    /// For women.
    pub female: Parameter,
    /// By age: (first age of the range in years, coefficient), ages increasing; a cell takes the population-weighted
    /// value of the ranges its band overlaps (uniform within the band). Empty: 0.
    pub age: Vec<(f64, Parameter)>,
    /// Per driver: coefficient x (value of the driver at the place and month).
    pub drivers: Vec<(usize, Parameter)>,
}

/// What is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outputs {
    /// How often.
    pub frequency: Frequency,
    /// Which groups, beyond the total: each a crossing of one or more ways of dividing.
    pub breakdowns: Vec<Vec<Dimension>>,
}

/// How often results are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frequency {
    /// Each December and the first and last month.
    Annual,
    /// Every month.
    Monthly,
}

/// A way of dividing the population.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimension {
    /// Province.
    Region,
    /// Urban or rural.
    Residence,
    /// Female or male.
    Sex,
    /// Age band.
    Age,
}
