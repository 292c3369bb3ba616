//! Plain result types shared by engines, outputs and figures; no behaviour beyond indexing.

use crate::units::Month;

/// The levels of every reported quantile, in order.
pub const LEVELS: [f64; 7] = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975];

/// The label of a total in a group, and in every written table.
pub const ALL: &str = "all";

/// What is measured about one layer in one group at one date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Quantity {
    /// Living people who use the layer at the end of the month, in persons.
    Users,
    /// Users over all living people of the group, 0..=1.
    Penetration,
    /// People who began to use the layer since the previous reported date, in persons.
    Adoption,
    /// Living people who stopped using it since the previous reported date, in persons
    /// (by choice, by loss of access or of a required layer; not by death).
    Discontinuance,
    /// Living people of the group at the end of the month, in persons.
    Population,
    /// Use since the previous reported date, in person-years: users at the end of each month, a twelfth each.
    UserYears,
    /// Incidents of cybercrime against users since the previous reported date; 0 on layers without victimisation.
    Incidents,
    /// Users with at least one incident since the previous reported date, in persons, if incidents befall users at
    /// random: `U (1 - exp(-incidents / U))`, `U` the mean number of users.
    Victims,
}

impl Quantity {
    /// Every quantity, in the order of written tables.
    pub const EVERY: [Quantity; 8] = [
        Quantity::Users,
        Quantity::Penetration,
        Quantity::Adoption,
        Quantity::Discontinuance,
        Quantity::Population,
        Quantity::UserYears,
        Quantity::Incidents,
        Quantity::Victims,
    ];

    /// Name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Quantity::Users => "users",
            Quantity::Penetration => "penetration",
            Quantity::Adoption => "adoption",
            Quantity::Discontinuance => "discontinuance",
            Quantity::Population => "population",
            Quantity::UserYears => "user-years",
            Quantity::Incidents => "incidents",
            Quantity::Victims => "victims",
        }
    }

    /// Unit in tables.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Quantity::Penetration => "share",
            Quantity::UserYears => "person-years",
            Quantity::Incidents => "incidents",
            _ => "persons",
        }
    }
}

/// A group of people: a total (`all`) or one value, for each way of dividing the population.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Group {
    /// Region (province) name, or `all`.
    pub region: String,
    /// `urban`, `rural` or `all`.
    pub residence: String,
    /// `female`, `male` or `all`.
    pub sex: String,
    /// Age band such as `15-19`, or `all`.
    pub age: String,
}

impl Group {
    /// Everybody.
    #[must_use]
    pub fn everybody() -> Self {
        let all = || ALL.to_owned();
        Self { region: all(), residence: all(), sex: all(), age: all() }
    }
}

/// Mean and quantiles (at [`LEVELS`]) over the members of an ensemble.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Estimate {
    /// Arithmetic mean over members.
    pub mean: f64,
    /// Quantiles over members, non-decreasing, at [`LEVELS`].
    pub quantiles: [f64; 7],
}

impl Estimate {
    /// The same value for every member.
    #[must_use]
    pub fn certain(value: f64) -> Self {
        Self { mean: value, quantiles: [value; 7] }
    }

    /// The 50 % quantile.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.quantiles[3]
    }

    /// The central 80 % interval (10 % and 90 % quantiles).
    #[must_use]
    pub fn interval80(&self) -> (f64, f64) {
        (self.quantiles[1], self.quantiles[5])
    }
}

/// A layer as results and figures show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerLabel {
    /// Key in the scenario, for instance `internet`.
    pub name: String,
    /// Words on screen, for instance `Internet`.
    pub title: String,
}

/// A finished ensemble: one [`Estimate`] for each layer, group, date and quantity.
#[derive(Clone, Debug, PartialEq)]
pub struct Projection {
    /// Scenario name.
    pub scenario: String,
    /// Scenario title.
    pub title: String,
    /// Engine name: `mean-field`, `cohort` ...
    pub engine: String,
    /// Number of members the quantiles are taken over.
    pub members: usize,
    /// Master seed.
    pub seed: u64,
    /// Layers, in the scenario's order.
    pub layers: Vec<LayerLabel>,
    /// Position of the layer whose users incidents befall; `None`: not followed.
    pub victims: Option<usize>,
    /// Groups; the first is always everybody.
    pub groups: Vec<Group>,
    /// Reported months, increasing; values describe the end of the month.
    pub dates: Vec<Month>,
    /// Estimates, indexed by [`Projection::index`]; length layers x groups x dates x quantities.
    pub estimates: Vec<Estimate>,
}

impl Projection {
    /// Position of an estimate: layer slowest, then group, date, quantity (order of [`Quantity::EVERY`]).
    #[must_use]
    pub fn index(&self, layer: usize, group: usize, date: usize, quantity: Quantity) -> usize {
        let q = Quantity::EVERY.len();
        ((layer * self.groups.len() + group) * self.dates.len() + date) * q + quantity as usize
    }

    /// The estimate for one layer, group, date (positions) and quantity.
    #[must_use]
    pub fn estimate(&self, layer: usize, group: usize, date: usize, quantity: Quantity) -> &Estimate {
        &self.estimates[self.index(layer, group, date, quantity)]
    }
}

/// A published statistic, as the figures show it and as calibration will compare it.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Layer it speaks of.
    pub layer: String,
    /// Month it speaks of.
    pub date: Month,
    /// Published value, in `unit`.
    pub value: f64,
    /// `share` (0..=1 of `base`), `persons`, `accounts` or `subscriptions`.
    pub unit: String,
    /// What was counted, in words: `individuals, used in the last 3 months`.
    pub measures: String,
    /// Who is counted: `all`, or an age range such as `15-65`.
    pub base: String,
    /// Group it speaks of, in the scenario's names.
    pub group: Group,
    /// Short name of the source; one mark per source in figures.
    pub source: String,
    /// When the figure was published or extracted, as given.
    pub vintage: String,
    /// Quality grade A..D.
    pub quality: String,
    /// Whether it counts individuals comparable with the model's users (else accounts, subscriptions, claims).
    pub comparable: bool,
    /// How its source may err, as far as it is stated.
    pub error: ErrorModel,
}

impl Observation {
    /// Whether it gives the same figure as `older` in a later vintage.
    #[must_use]
    pub fn revises(&self, older: &Observation) -> bool {
        self.vintage > older.vintage
            && self.date == older.date
            && self.layer == older.layer
            && self.source == older.source
            && self.unit == older.unit
            && self.base == older.base
            && self.group == older.group
            && self.measures == older.measures
    }
}

/// How a source of statistics may err: priors for calibration, which estimates bias and spread. On the scale of log odds for shares and
/// persons, of logarithms for accounts and subscriptions. `None`: calibration's default.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct ErrorModel {
    /// Mean of the source's bias.
    pub bias: Option<f64>,
    /// Standard deviation of its bias; 0: exactly the mean.
    pub bias_sd: Option<f64>,
    /// Median of its spread.
    pub spread: Option<f64>,
}
