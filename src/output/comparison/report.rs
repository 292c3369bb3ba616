//! `comparison.json`: what each policy changes at the chosen years, for whom, and at what cost.
//!
//! About everybody, with who gains most and least; the course over all dates and every group are in `comparison.csv`, with
//! numbers equally rounded. A difference is the estimate of the members' differences. Infinite numbers are `null`.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::gains::{Gain, NAMED, gains};
use super::table::{amount, as_share};
use crate::comparison::{Comparison, Costs, Milestone, Outcome, Ratio};
use crate::output::summary::{Spread, intervals};
use crate::output::{results, to_json};
use crate::series::Quantity;
use crate::units::Month;

/// Version of the layout of [`Report`].
pub const FORMAT: u32 = 1;

/// A comparison at its chosen years.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// [`FORMAT`].
    pub format: u32,
    /// Engine name.
    pub engine: String,
    /// Members of every scenario; with 1 all quantiles coincide and are no interval.
    pub members: usize,
    /// Master seed of every scenario.
    pub seed: u64,
    /// What the intervals hold and what not, in words.
    pub intervals: Cow<'static, str>,
    /// Name of the baseline.
    pub baseline: String,
    /// The chosen years, as months.
    pub dates: Vec<Month>,
    /// Name of the layer whose users incidents befall, if they are followed.
    pub victims: Option<String>,
    /// One per scenario, in the order given.
    pub scenarios: Vec<ScenarioReport>,
}

/// One scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioReport {
    /// Name.
    pub name: String,
    /// Title.
    pub title: String,
    /// What it represents.
    pub description: String,
    /// Whether it is the baseline; its differences are 0.
    pub is_baseline: bool,
    /// Layers, in the scenario's order.
    pub layers: Vec<LayerReport>,
    /// What it costs above the baseline; `null` where no cost is stated.
    pub cost: Option<CostReport>,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LayerReport {
    /// Key.
    pub name: String,
    /// Words on screen.
    pub title: String,
    /// By chosen year.
    pub dates: Vec<DateReport>,
    /// When shares of everybody are reached.
    pub milestones: Vec<MilestoneReport>,
}

/// Everybody at one date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DateReport {
    /// Month.
    pub date: Month,
    /// Living people, in persons.
    pub population: f64,
    /// Share of members with more users than in the baseline, 0..=1.
    pub share_of_members_with_more_users: f64,
    /// Share of members with fewer.
    pub share_of_members_with_fewer_users: f64,
    /// User-years gained since the start of the run.
    pub user_years_gained: Spread,
    /// Each quantity of results, by name.
    pub quantities: Vec<QuantityReport>,
    /// The groups that gain most in penetration, largest first: at most five.
    pub gain_most: Vec<GainReport>,
    /// The groups that gain least (or lose most), smallest first: at most five, none of them among `gain_most`.
    pub gain_least: Vec<GainReport>,
}

/// Level and difference of one quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuantityReport {
    /// Name, as in `comparison.csv`.
    pub quantity: Cow<'static, str>,
    /// Unit.
    pub unit: Cow<'static, str>,
    /// In this scenario.
    pub level: Spread,
    /// Against the baseline, member by member.
    pub difference: Spread,
}

/// A group and the change of its penetration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the labels are those of Group")]
pub struct GainReport {
    pub region: String,
    pub residence: String,
    pub sex: String,
    pub age: String,
    /// Difference in penetration from the baseline, a share of the group.
    pub difference: Spread,
}

/// A share of everybody to be reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MilestoneReport {
    /// Share of everybody.
    pub share: f64,
    /// Share of members that reach it within the run.
    pub reached: f64,
    /// Share of members that reach it in the baseline.
    pub reached_in_baseline: f64,
    /// Median year over all members, such as 2021.4; `null` when half or more never reach it.
    pub median_year: Option<f64>,
    /// Months earlier than in the baseline, over the members that reach it in both; `null` when there are none.
    pub months_earlier: Option<Spread>,
}

/// Costs above the baseline since the start of the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostReport {
    /// Currency.
    pub currency: String,
    /// Year of the prices.
    pub price_year: i32,
    /// Interventions that state no cost, by title: they are left out.
    pub without: Vec<String>,
    /// By chosen year.
    pub dates: Vec<CostDate>,
}

/// Costs by a date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CostDate {
    /// Month.
    pub date: Month,
    /// In all.
    pub total: Spread,
    /// Per additional unit of effect, by layer.
    pub layers: Vec<LayerCost>,
}

/// What an additional unit of effect costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LayerCost {
    /// Key of the layer.
    pub layer: String,
    /// Per additional user at the date.
    pub per_user: RatioReport,
    /// Per additional user-year by the date.
    pub per_user_year: RatioReport,
}

/// A cost per unit of effect; `null`: no limit, since a member without a gain counts as infinite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the fields are the statistics of comparison.csv")]
pub struct RatioReport {
    pub median: Option<f64>,
    pub q025: Option<f64>,
    pub q10: Option<f64>,
    pub q25: Option<f64>,
    pub q75: Option<f64>,
    pub q90: Option<f64>,
    pub q975: Option<f64>,
    /// Share of members with a gain, 0..=1.
    pub share_of_members_with_a_gain: f64,
}

impl Report {
    /// Reports a comparison.
    #[must_use]
    pub fn new(comparison: &Comparison) -> Self {
        let scenarios = comparison.outcomes.iter().enumerate();
        Self {
            format: FORMAT,
            engine: comparison.engine.clone(),
            members: comparison.members,
            seed: comparison.seed,
            intervals: intervals(&comparison.engine, comparison.members).into(),
            baseline: comparison.outcomes[comparison.baseline].name.clone(),
            dates: comparison.chosen.iter().map(|&date| comparison.dates[date]).collect(),
            victims: comparison.victims.map(|layer| comparison.layers[layer].name.clone()),
            scenarios: scenarios
                .map(|(position, outcome)| ScenarioReport {
                    name: outcome.name.clone(),
                    title: outcome.title.clone(),
                    description: outcome.description.clone(),
                    is_baseline: position == comparison.baseline,
                    layers: layers(comparison, outcome),
                    cost: outcome.cost.as_ref().map(|costs| CostReport::new(comparison, costs)),
                })
                .collect(),
        }
    }

    /// The report as JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        to_json(self)
    }
}

fn layers(comparison: &Comparison, outcome: &Outcome) -> Vec<LayerReport> {
    let layers = comparison.layers.iter().enumerate().map(|(layer, label)| LayerReport {
        name: label.name.clone(),
        title: label.title.clone(),
        dates: comparison.chosen.iter().map(|&date| DateReport::new(comparison, outcome, layer, date)).collect(),
        milestones: outcome.milestones.iter().filter(|m| m.layer == layer).map(MilestoneReport::from).collect(),
    });
    layers.collect()
}

impl DateReport {
    fn new(comparison: &Comparison, outcome: &Outcome, layer: usize, date: usize) -> Self {
        let index = |quantity| comparison.index(layer, 0, date, quantity).expect("everybody has every date");
        let total = &outcome.totals[comparison.total_index(layer, date)];
        let told = |quantity: &Quantity| {
            let written = results::statistics(*quantity, 0, comparison.victims == Some(layer));
            *quantity != Quantity::Population && !written.is_empty()
        };
        let order = gains(comparison, outcome, layer, date);
        let most = order.len().div_ceil(2).min(NAMED);
        let least = (order.len() - most).min(NAMED);
        Self {
            date: comparison.dates[date],
            population: results::rounded(Quantity::Population, outcome.levels[index(Quantity::Population)].mean),
            share_of_members_with_more_users: as_share(total.more),
            share_of_members_with_fewer_users: as_share(total.fewer),
            user_years_gained: Spread::new(Quantity::UserYears, &total.user_years),
            quantities: Quantity::EVERY
                .into_iter()
                .filter(told)
                .map(|quantity| QuantityReport {
                    quantity: quantity.name().into(),
                    unit: quantity.unit().into(),
                    level: Spread::new(quantity, &outcome.levels[index(quantity)]),
                    difference: Spread::new(quantity, &outcome.differences[index(quantity)]),
                })
                .collect(),
            gain_most: order[..most].iter().map(GainReport::from).collect(),
            gain_least: order.iter().rev().take(least).map(GainReport::from).collect(),
        }
    }
}

impl From<&Gain<'_>> for GainReport {
    fn from(gain: &Gain<'_>) -> Self {
        let group = gain.group.clone();
        Self {
            region: group.region,
            residence: group.residence,
            sex: group.sex,
            age: group.age,
            difference: Spread::new(Quantity::Penetration, gain.difference),
        }
    }
}

impl From<&Milestone> for MilestoneReport {
    fn from(milestone: &Milestone) -> Self {
        Self {
            share: milestone.share,
            reached: as_share(milestone.reached),
            reached_in_baseline: as_share(milestone.reached_in_baseline),
            median_year: milestone.median_year.map(amount),
            months_earlier: milestone.months_earlier.as_ref().map(|months| Spread::new(Quantity::Users, months)),
        }
    }
}

impl CostReport {
    fn new(comparison: &Comparison, costs: &Costs) -> Self {
        let at = |date: usize| CostDate {
            date: comparison.dates[date],
            total: Spread::new(Quantity::Users, &costs.total[date]),
            layers: comparison
                .layers
                .iter()
                .enumerate()
                .map(|(layer, label)| {
                    let index = comparison.total_index(layer, date);
                    LayerCost {
                        layer: label.name.clone(),
                        per_user: RatioReport::from(&costs.per_user[index]),
                        per_user_year: RatioReport::from(&costs.per_user_year[index]),
                    }
                })
                .collect(),
        };
        Self {
            currency: costs.currency.clone(),
            price_year: costs.price_year,
            without: costs.without.clone(),
            dates: comparison.chosen.iter().map(|&date| at(date)).collect(),
        }
    }
}

impl From<&Ratio> for RatioReport {
    fn from(ratio: &Ratio) -> Self {
        let finite = |value: f64| Some(value).filter(|value| value.is_finite()).map(amount);
        let [q025, q10, q25, median, q75, q90, q975] = ratio.quantiles.map(finite);
        Self { median, q025, q10, q25, q75, q90, q975, share_of_members_with_a_gain: as_share(ratio.gain) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::comparison::sample::comparison;

    #[test]
    fn those_who_gain_most_and_least_are_named_once() {
        let report = Report::new(&comparison());
        let at = &report.scenarios[1].layers[0].dates[1];
        let names = |gains: &[GainReport]| -> Vec<String> {
            gains.iter().map(|gain| format!("{}/{}", gain.region, gain.residence)).collect()
        };
        // Points: Kep 300,000 of 4 million, rural 320,000 of 10, urban 80,000 of 6, Phnom Penh 100,000 of 12 million.
        assert_eq!(names(&at.gain_most), ["Kep/all", "all/rural"]);
        assert_eq!(names(&at.gain_least), ["Phnom Penh/all", "all/urban"]);
        assert_eq!(at.gain_most[0].difference.median, 0.075);
    }

    #[test]
    fn groups_without_users_gain_nothing_and_are_not_named() {
        let mut comparison = comparison();
        let index = comparison.index(0, 2, 1, Quantity::Penetration).expect("a chosen date");
        for outcome in &mut comparison.outcomes {
            outcome.levels[index] = crate::series::Estimate::default();
            outcome.differences[index] = crate::series::Estimate::default();
        }
        let report = Report::new(&comparison);
        let at = &report.scenarios[1].layers[0].dates[1];
        let named = at.gain_most.iter().chain(&at.gain_least);
        assert_eq!(named.filter(|gain| gain.region == "Phnom Penh").count(), 0);
        assert_eq!(at.gain_most.len() + at.gain_least.len(), 3);
    }

    #[test]
    fn numbers_are_those_of_the_table() {
        let comparison = comparison();
        let report = Report::new(&comparison);
        assert_eq!(report.baseline, "base");
        assert!(report.scenarios[0].is_baseline && !report.scenarios[1].is_baseline);
        let at = &report.scenarios[1].layers[0].dates[1];
        let users = &at.quantities[0];
        assert_eq!((users.quantity.as_ref(), users.level.median, users.difference.q10), ("users", 9.4e6, 3.6e5));
        assert_eq!(at.user_years_gained.median, 4e6);
        let cost = report.scenarios[1].cost.as_ref().expect("costs");
        assert_eq!(cost.dates[1].total.median, 1.2e7);
        assert_eq!(cost.dates[1].layers[0].per_user_year.median, Some(4.0));
        assert_eq!(report.scenarios[1].layers[0].milestones[0].months_earlier.expect("reached").median, 4.0);
        // Incidents befall users of the internet only.
        let has = |layer: usize| {
            report.scenarios[1].layers[layer].dates[0].quantities.iter().any(|q| q.quantity == "incidents")
        };
        assert!(has(0) && !has(1));
    }

    #[test]
    fn infinite_costs_are_null() {
        let mut comparison = comparison();
        let costs = comparison.outcomes[1].cost.as_mut().expect("costs");
        costs.per_user[1].quantiles = [f64::INFINITY; 7];
        costs.per_user[1].gain = 0.0;
        let value: serde_json::Value = serde_json::from_str(&Report::new(&comparison).to_json()).expect("JSON");
        let ratio = &value["scenarios"][1]["cost"]["dates"][1]["layers"][0]["per_user"];
        assert!(ratio["median"].is_null() && ratio["q90"].is_null(), "{ratio}");
        assert_eq!(ratio["share_of_members_with_a_gain"], 0.0);
        assert_eq!(value["scenarios"][2]["cost"], serde_json::Value::Null);
    }
}
