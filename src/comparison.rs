//! Plain result types of a comparison of scenarios; no behaviour beyond indexing.
//!
//! Members are paired: member `i` of every scenario has the same parameter draws and random numbers, so a difference is
//! taken member by member, and its quantiles are those of the differences.

use crate::series::{Estimate, Group, LayerLabel, Quantity};
use crate::units::Month;

/// Scenarios side by side, each against one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Engine name.
    pub engine: String,
    /// Members of every scenario.
    pub members: usize,
    /// Master seed of every scenario.
    pub seed: u64,
    /// Position of the baseline among `outcomes`.
    pub baseline: usize,
    /// Layers, the same in every scenario.
    pub layers: Vec<LayerLabel>,
    /// Position of the layer whose users incidents befall; `None`: no scenario follows them.
    pub victims: Option<usize>,
    /// Groups; the first is everybody.
    pub groups: Vec<Group>,
    /// Reported months, increasing: everybody's dates.
    pub dates: Vec<Month>,
    /// Positions among `dates` of the chosen years, increasing: the dates of smaller groups.
    pub chosen: Vec<usize>,
    /// One per scenario, in the order given.
    pub outcomes: Vec<Outcome>,
}

/// What one scenario leads to, and its difference from the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Scenario name, unique in the comparison.
    pub name: String,
    /// Scenario title.
    pub title: String,
    /// What it represents.
    pub description: String,
    /// Levels, indexed by [`Comparison::index`].
    pub levels: Vec<Estimate>,
    /// Differences from the baseline, member by member, indexed likewise; zero for the baseline itself.
    pub differences: Vec<Estimate>,
    /// By layer and date (`[layer * dates + date]`), everybody.
    pub totals: Vec<Total>,
    /// What its interventions cost; `None` when none states a cost.
    pub cost: Option<Costs>,
    /// For each layer and each milestone share, layer slowest.
    pub milestones: Vec<Milestone>,
}

/// A layer at a date, everybody, against the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Total {
    /// Share of members with more users than in the baseline, 0..=1.
    pub more: f64,
    /// Share of members with fewer, 0..=1; the rest have as many.
    pub fewer: f64,
    /// User-years (persons x years of use) gained since the start of the run; negative: lost.
    pub user_years: Estimate,
}

/// What a scenario costs above the baseline, in money of one year, by date since the start of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Costs {
    /// Currency, for instance `USD`.
    pub currency: String,
    /// Year of the prices.
    pub price_year: i32,
    /// Interventions that state no cost, by title: the sums leave them out.
    pub without: Vec<String>,
    /// Total since the start of the run, by date.
    pub total: Vec<Estimate>,
    /// Total per additional user at the date, `[layer * dates + date]`.
    pub per_user: Vec<Ratio>,
    /// Total per additional user-year since the start of the run, `[layer * dates + date]`.
    pub per_user_year: Vec<Ratio>,
}

/// A cost per unit of effect over the members; a member without a gain counts as infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// Quantiles at [`crate::series::LEVELS`], non-decreasing; infinite where members have no gain.
    pub quantiles: [f64; 7],
    /// Share of members with a gain, 0..=1.
    pub gain: f64,
}

/// The share of everybody that a scenario is asked to reach.
#[derive(Clone, Debug, PartialEq)]
pub struct Milestone {
    /// Position of the layer.
    pub layer: usize,
    /// Share of everybody, 0..1.
    pub share: f64,
    /// Share of members that reach it, 0..=1.
    pub reached: f64,
    /// Share of members that reach it in the baseline, 0..=1.
    pub reached_in_baseline: f64,
    /// When it is reached: median over all members, in years such as 2021.4; `None` when half or more never do.
    pub median_year: Option<f64>,
    /// Months by which it comes earlier than in the baseline (negative: later), over the members that reach it in
    /// both; `None` when there are none.
    pub months_earlier: Option<Estimate>,
}

impl Comparison {
    /// Position of an estimate, or `None` where a smaller group is asked for at a date that is not chosen.
    #[must_use]
    pub fn index(&self, layer: usize, group: usize, date: usize, quantity: Quantity) -> Option<usize> {
        let slots = self.slots();
        let slot = if group == 0 {
            date
        } else {
            let chosen = self.chosen.iter().position(|&c| c == date)?;
            self.dates.len() + (group - 1) * self.chosen.len() + chosen
        };
        Some((layer * slots + slot) * Quantity::EVERY.len() + quantity as usize)
    }

    /// (Group, date) pairs with estimates: everybody at every date, then every other group at the chosen ones.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.dates.len() + self.groups.len().saturating_sub(1) * self.chosen.len()
    }

    /// Position of a layer and date among the totals and ratios.
    #[must_use]
    pub fn total_index(&self, layer: usize, date: usize) -> usize {
        layer * self.dates.len() + date
    }

    /// Shares that milestones are reported for.
    pub const MILESTONES: [f64; 2] = [0.50, 0.75];
}
