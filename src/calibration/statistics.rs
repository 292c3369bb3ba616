//! Published statistics as the model sees them: the same people, the same base, and how each source may err.
//!
//! A share or a count of persons is compared on the log-odds scale, a count of accounts or subscriptions on the log scale,
//! after the model's users have been counted over the base that the statistic names (sex, residence, ages):
//!
//! ```text
//! persons:   logit(published) = logit(users / base)                                + bias_s + spread_s grade e
//! counts:    ln(published)    = ln(users of the base) + per user_q + growth_q (t - t_q) + bias_s + spread_s grade e
//! ```
//!
//! with `e` Student's t of [`TAILS`] degrees of freedom, so that a figure far off (a change of method) weighs little; `s` the source
//! (of one layer and unit) and `q` the quantity counted: accounts or subscriptions per user are quantities of their own, which may
//! grow. `grade` widens the error of weak figures. Bias, spread, level and growth are estimated with everything else.

use std::collections::BTreeMap;

use super::prior::logistic;
use crate::engine::engine_order;
use crate::fit::LeftOut;
use crate::population::Demography;
use crate::population::grid::{AgeBand, Grid};
use crate::scenario::Scenario;
use crate::series::{ALL, Observation};
use crate::units::Month;

/// Degrees of freedom of the errors.
pub const TAILS: f64 = 3.0;
/// Prior standard deviation of a source's bias, log odds, where the statistic does not give one.
pub const BIAS_SD: f64 = 0.3;
/// The same between sources that count the same thing, in logarithms.
pub const COUNT_BIAS_SD: f64 = 0.15;
/// Prior median of a source's spread: log odds or logarithm.
pub const SPREAD: f64 = 0.15;
/// Standard deviation of the logarithm of a source's spread: a survey of 2,000 people has a standard error of 0.05 to 0.1 (log odds) by
/// chance alone, and hardly any source has less.
pub const SPREAD_SIGMA: f64 = 0.4;
/// Prior mean of the logarithm of accounts or subscriptions per user, and its standard deviation.
pub const PER_USER: (f64, f64) = (0.2, 0.5);
/// Prior standard deviation of its growth, per year.
pub const GROWTH_SD: f64 = 0.1;

/// What a statistic counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counted {
    /// People, as a share of the base.
    People,
    /// Accounts.
    Accounts,
    /// Subscriptions.
    Subscriptions,
}

impl Counted {
    /// In words, one per user.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Counted::People => "people",
            Counted::Accounts => "accounts",
            Counted::Subscriptions => "subscriptions",
        }
    }
}

/// A statistic that takes part.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistic {
    /// As published.
    pub observation: Observation,
    /// What it counts.
    pub counted: Counted,
    /// The published value on the scale of comparison: log odds for people, logarithm for counts.
    pub value: f64,
    /// Position of its layer.
    pub layer: usize,
    /// Months of the run that it comes after.
    pub step: usize,
    /// Position of its source.
    pub source: usize,
    /// Position of its quantity; `None` for people.
    pub quantity: Option<usize>,
    /// Years from the quantity's reference date.
    pub years: f64,
    /// Factor of the spread for the grade of the figure.
    pub grade: f64,
    /// The base: weights of cells in the engine's order.
    pub weights: Vec<(usize, f64)>,
    /// Living people of the base.
    pub people: f64,
    /// Whether the posterior is made with it; else it is only predicted.
    pub used: bool,
}

impl Statistic {
    /// A share of the base, or a count, on the scale of comparison.
    #[must_use]
    pub fn on_scale(&self, value: f64) -> f64 {
        if self.counted == Counted::People { logit(value) } else { libm::log(value) }
    }

    /// The way back.
    #[must_use]
    pub fn from_scale(&self, value: f64) -> f64 {
        if self.counted == Counted::People { logistic(value) } else { libm::exp(value) }
    }

    /// A value on the scale of comparison in the unit it was published in.
    #[must_use]
    pub fn published(&self, value: f64) -> f64 {
        let value = self.from_scale(value);
        if self.observation.unit == "persons" { value * self.people } else { value }
    }
}

/// How a source of one layer and unit may err.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Its name; with the layer where it speaks of several.
    pub name: String,
    /// Its name as published.
    pub published: String,
    /// Position of the layer.
    pub layer: usize,
    /// What it counts.
    pub counted: Counted,
    /// Prior mean and standard deviation of its bias; a standard deviation of 0 means that there is none.
    pub bias: (f64, f64),
    /// Prior median of its spread, and the standard deviation of its logarithm.
    pub spread: (f64, f64),
    /// Statistics of it.
    pub count: usize,
}

impl Source {
    /// Whether both are the same source of the same layer and count.
    #[must_use]
    pub fn is_same(&self, other: &Source) -> bool {
        self.layer == other.layer && self.counted == other.counted && self.published == other.published
    }
}

/// Accounts or subscriptions per user of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// Position of the layer.
    pub layer: usize,
    /// What is counted.
    pub counted: Counted,
    /// `subscriptions per user of internet`.
    pub name: String,
    /// The date at which the level holds.
    pub date: Month,
}

/// Statistics with their sources and quantities.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Statistics {
    /// Those used, by date, then those only predicted, by date.
    pub statistics: Vec<Statistic>,
    /// By first appearance.
    pub sources: Vec<Source>,
    /// By first appearance.
    pub quantities: Vec<Quantity>,
    /// Those that take no part.
    pub left_out: Vec<LeftOut>,
}

/// The factor of the spread for a grade of quality.
#[must_use]
pub fn grade(quality: &str) -> f64 {
    match quality {
        "A" => 1.0,
        "B" => 1.25,
        "C" => 2.0,
        _ => 4.0,
    }
}

/// `ln(p / (1 - p))`.
#[must_use]
pub fn logit(share: f64) -> f64 {
    libm::log(share / (1.0 - share))
}

/// The observations that could be known at `until` (a month): dated and published up to then, of each figure the last vintage.
/// An observation without a vintage counts as published in its own year.
#[must_use]
pub fn known_at(observations: &[Observation], until: Option<Month>) -> Vec<Observation> {
    let known =
        |o: &&Observation| until.is_none_or(|until| o.date <= until && published(o) <= (until.year(), until.month()));
    let known: Vec<&Observation> = observations.iter().filter(known).collect();
    let revised = |o: &Observation| known.iter().any(|other| other.revises(o));
    known.iter().filter(|o| !revised(o)).map(|o| (*o).clone()).collect()
}

/// Year and month of publication; one that names no month counts from the beginning of its year, but not before
/// the date it speaks of.
fn published(observation: &Observation) -> (i32, u32) {
    let own = (observation.date.year(), observation.date.month());
    let mut parts = observation.vintage.split('-');
    let Some(year) = parts.next().and_then(|year| year.trim().parse::<i32>().ok()) else { return own };
    let month = parts.next().and_then(|month| month.trim().parse::<u32>().ok()).unwrap_or(1);
    (year, month).max(own)
}

impl Statistics {
    /// Sets observations beside the cells of the country, and gathers their sources. Those of `later` are only predicted.
    #[must_use]
    pub fn new(scenario: &Scenario, demography: &Demography, used: &[Observation], later: &[Observation]) -> Self {
        let mut all = Statistics::default();
        let sorted = |observations: &[Observation], used: bool| {
            let mut sorted: Vec<(Observation, bool)> = observations.iter().map(|o| (o.clone(), used)).collect();
            sorted.sort_by_key(|(o, _)| o.date);
            sorted
        };
        for (observation, used) in sorted(used, true).iter().chain(&sorted(later, false)) {
            if let Err(reason) = all.take(scenario, demography, observation, *used) {
                all.left_out.push(LeftOut {
                    source: observation.source.clone(),
                    layer: observation.layer.clone(),
                    date: observation.date,
                    value: observation.value,
                    reason,
                });
            }
        }
        all.finish();
        all
    }

    /// Statistics that the posterior is made with.
    #[must_use]
    pub fn used(&self) -> &[Statistic] {
        &self.statistics[..self.statistics.partition_point(|s| s.used)]
    }

    fn take(
        &mut self,
        scenario: &Scenario,
        demography: &Demography,
        observation: &Observation,
        used: bool,
    ) -> Result<(), String> {
        let layer = scenario.layers.iter().position(|layer| layer.name == observation.layer);
        let layer = layer.ok_or("the scenario has no such layer")?;
        let time = scenario.time;
        if observation.date < time.start || observation.date > time.end {
            return Err("outside the simulated months".to_owned());
        }
        if scenario.layers[layer].launch.is_some_and(|launch| observation.date < launch) {
            return Err("before the layer's launch".to_owned());
        }
        let step = (observation.date.months_since(time.start) + 1) as usize;
        let weights =
            base(&demography.grid, observation).ok_or("the population is not divided by what it speaks of")?;
        let cells = demography.grid.cells();
        let order: Vec<usize> = engine_order(&demography.grid).collect();
        let living = &demography.people[step * cells..(step + 1) * cells];
        let people: f64 = weights.iter().map(|&(cell, weight)| weight * living[order[cell]]).sum();
        if people <= 0.0 {
            return Err("nobody lives in its base".to_owned());
        }
        let (counted, value) = match observation.unit.as_str() {
            "share" => (Counted::People, observation.value),
            "persons" => (Counted::People, observation.value / people),
            "accounts" => (Counted::Accounts, observation.value),
            _ => (Counted::Subscriptions, observation.value),
        };
        if value <= 0.0 {
            return Err("zero has no logarithm: nobody counted, or not measured".to_owned());
        }
        if counted == Counted::People && value >= 1.0 {
            return Err("everybody or more has no log odds".to_owned());
        }
        let source = self.source(layer, counted, observation);
        let quantity =
            (counted != Counted::People).then(|| self.quantity(layer, counted, &observation.layer, observation.date));
        self.statistics.push(Statistic {
            observation: observation.clone(),
            counted,
            value: if counted == Counted::People { logit(value) } else { libm::log(value) },
            layer,
            step,
            source,
            quantity,
            years: 0.0,
            grade: grade(&observation.quality),
            weights,
            people,
            used,
        });
        Ok(())
    }

    fn source(&mut self, layer: usize, counted: Counted, observation: &Observation) -> usize {
        let error = observation.error;
        let of = |s: &Source| s.layer == layer && s.counted == counted && s.name == observation.source;
        if let Some(at) = self.sources.iter().position(of) {
            let source = &mut self.sources[at];
            source.count += 1;
            // The last statement of a source's error model holds; a file states it once, or alike.
            source.bias.0 = error.bias.unwrap_or(source.bias.0);
            source.bias.1 = error.bias_sd.unwrap_or(source.bias.1);
            source.spread.0 = error.spread.unwrap_or(source.spread.0);
            return at;
        }
        let bias_sd = if counted == Counted::People { BIAS_SD } else { COUNT_BIAS_SD };
        self.sources.push(Source {
            name: observation.source.clone(),
            published: observation.source.clone(),
            layer,
            counted,
            bias: (error.bias.unwrap_or(0.0), error.bias_sd.unwrap_or(bias_sd)),
            spread: (error.spread.unwrap_or(SPREAD), SPREAD_SIGMA),
            count: 1,
        });
        self.sources.len() - 1
    }

    fn quantity(&mut self, layer: usize, counted: Counted, layer_name: &str, date: Month) -> usize {
        let of = |q: &Quantity| q.layer == layer && q.counted == counted;
        self.quantities.iter().position(of).unwrap_or_else(|| {
            let name = format!("{} per user of {layer_name}", counted.name());
            self.quantities.push(Quantity { layer, counted, name, date });
            self.quantities.len() - 1
        })
    }

    /// Reference dates of quantities, sources that need no bias, and names that tell sources apart.
    fn finish(&mut self) {
        for (position, quantity) in self.quantities.iter_mut().enumerate() {
            let of = |used: bool| -> Vec<Month> {
                let own = self.statistics.iter().filter(|s| s.quantity == Some(position) && s.used == used);
                own.map(|s| s.observation.date).collect()
            };
            // What is only predicted has no say in what the prior means.
            let dates = if of(true).is_empty() { of(false) } else { of(true) };
            let (first, last) = (dates[0], dates[dates.len() - 1]);
            quantity.date = first.plus(last.months_since(first) / 2);
        }
        for statistic in &mut self.statistics {
            if let Some(quantity) = statistic.quantity {
                let months = statistic.observation.date.months_since(self.quantities[quantity].date);
                statistic.years = f64::from(months) / 12.0;
            }
        }
        // What a quantity's only source has too much is the quantity's own level.
        let mut sources_of: BTreeMap<(usize, Counted), usize> = BTreeMap::new();
        let is_used = |at: usize| self.used().iter().any(|s| s.source == at);
        let used: Vec<bool> = (0..self.sources.len()).map(is_used).collect();
        for (source, _) in self.sources.iter().zip(&used).filter(|(_, used)| **used) {
            *sources_of.entry((source.layer, source.counted)).or_default() += 1;
        }
        for (source, used) in self.sources.iter_mut().zip(used).filter(|(source, _)| source.counted != Counted::People)
        {
            if used && sources_of.get(&(source.layer, source.counted)) == Some(&1) {
                source.bias.1 = 0.0;
            }
        }
        let names: Vec<String> = self.sources.iter().map(|source| source.name.clone()).collect();
        let layers: BTreeMap<usize, &str> =
            self.statistics.iter().map(|s| (s.layer, s.observation.layer.as_str())).collect();
        for source in &mut self.sources {
            if names.iter().filter(|name| **name == source.name).count() > 1 {
                let layer = layers.get(&source.layer).copied().unwrap_or_default();
                source.name = format!("{} ({layer} {})", source.name, source.counted.name());
            }
        }
    }
}

/// The base of an observation: a weight for each cell it counts, in the engine's order; ages are even within a band, and an open
/// band counts as twenty years wide. `None` when the grid is not divided so.
fn base(grid: &Grid, observation: &Observation) -> Option<Vec<(usize, f64)>> {
    let group = &observation.group;
    let position = |label: &String, known: &[String]| -> Option<Option<usize>> {
        if label == ALL { Some(None) } else { known.iter().position(|k| k == label).map(Some) }
    };
    let region = position(&group.region, &grid.regions)?;
    let residence = position(&group.residence, &grid.residences)?;
    let sex = position(&group.sex, &grid.sexes)?;
    let bands = [AgeBand::parse(&observation.base)?, AgeBand::parse(&group.age)?];
    let (from, to) = (bands[0].from.max(bands[1].from), bands[0].to.min(bands[1].to));
    if grid.ages.len() == 1 && (from > 0.0 || to.is_finite()) {
        // A population without ages: the statistic's base is taken to use the layer as everybody does.
        let cells = engine_order(grid).enumerate();
        return Some(cells.map(|(cell, _)| (cell, 1.0)).collect());
    }
    let weights = engine_order(grid).enumerate().filter_map(|(cell, full)| {
        let (r, h, s, age) = grid.position(full);
        let band = grid.ages[age].1;
        let end = if band.to.is_finite() { band.to } else { band.from + 20.0 };
        let share = ((end.min(to) - band.from.max(from)) / (end - band.from)).clamp(0.0, 1.0);
        let own = |wanted: Option<usize>, is: usize| wanted.is_none_or(|w| w == is);
        (own(region, r) && own(residence, h) && own(sex, s) && share > 0.0).then_some((cell, share))
    });
    Some(weights.collect())
}
