//! Our forecaster: what happened next to countries that stood where this one stands.
//!
//! Every country and year of the past is an example: how it stood then, and how it stood 1, 2 ... years later. A forest of regression
//! trees (Breiman 2001) learns which examples are alike in how they went on; the examples that share leaves with the country to
//! be forecast, weighted, are its analogues, and the quantiles of what happened to them are the forecast (quantile regression
//! forests, Meinshausen 2006). So the level, the pace of late, the stage of the rest of the world and the lead all decide who is
//! alike, saturation needs no formula, and the width of an interval is how far the analogues spread.
//!
//! Departures from the cited methods:
//!
//! - each tree leaves out whole countries, not single examples: those of one country tell the same story;
//! - what is learned is the change per year on a scale between the logit and per cent ([`scale`]), so that examples of several leads share a leaf; an
//!   example counts the less the further its lead is, in `1 / lead`, from the one asked for: noise of single years fades with it;
//! - examples of long ago count less: half as much for every [`Settings::half_life`] years;
//! - the forecast is widened by the scatter of published figures ([`noise`]), as measured up to the origin.
//!
//! # Numerics
//! Values are held within 0.02 and 99.6 % before they are transformed. A panel with too few examples to learn from ([`FEWEST`]) is left to the
//! combination of the references. Random choices are keyed: equal panels give equal bits, on any number of threads.

mod examples;
mod features;
mod forest;
mod noise;
mod scale;

use examples::Examples;
use features::{State, World};
use forest::Forest;
use scale::Scale;

pub use features::FEATURES;

use super::references::Combination;
use super::{Fitted, ForecastError, Forecaster, Known};
use crate::score::{LEVELS, Quantiles};

/// Fewest examples to learn from.
const FEWEST: usize = 200;

/// What may be set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Trees.
    pub trees: u32,
    /// Fewest examples in a leaf.
    pub leaf: usize,
    /// Share of the features that a split chooses from.
    pub features: f64,
    /// Share of the countries that a tree learns from.
    pub countries: f64,
    /// Years after which an example counts half.
    pub half_life: f64,
    /// How far in `1 / lead` an example may lie from the lead asked for: a standard deviation.
    pub bandwidth: f64,
    /// Longest lead of an example, years.
    pub longest: u32,
    /// The scales of the two forests: 0 is the logit, and the more, the more like percent.
    pub slopes: [f64; 2],
    /// How much of the scatter of published figures widens a forecast.
    pub widening: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trees: 100,
            leaf: 30,
            features: 0.4,
            countries: 0.63,
            half_life: 6.0,
            bandwidth: 0.25,
            longest: 12,
            slopes: [0.0, 2.0],
            widening: 1.0,
        }
    }
}

/// The pooled forecaster. See the module's text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pooled {
    /// Its settings.
    pub settings: Settings,
}

impl Forecaster for Pooled {
    fn name(&self) -> &'static str {
        "uptake"
    }

    fn fit(&self, known: &Known) -> Box<dyn Fitted> {
        let world = World::new(known);
        let examples = Examples::collect(known, &world, self.settings.longest);
        if examples.len() < FEWEST {
            return Combination.fit(known);
        }
        Box::new(Grown::new(known, &world, &examples, self.settings))
    }
}

/// Names of the two forests' random choices; their quantiles are averaged.
const FORESTS: [&str; 2] = ["logit", "between"];

/// One forest with what it learned from.
struct Half {
    scale: Scale,
    forest: Forest,
    training: forest::Training,
    leads: Vec<u32>,
}

/// The fitted forecaster: for each country, where it stands.
struct Grown {
    known: Known,
    settings: Settings,
    noise: f64,
    states: Vec<Option<(State, Vec<f64>)>>,
    halves: Vec<Half>,
}

impl Grown {
    fn new(known: &Known, world: &World<'_>, examples: &Examples, settings: Settings) -> Self {
        let forests = FORESTS.into_iter().zip(settings.slopes);
        let halves =
            forests.map(|(name, slope)| Half::grow(known, examples, settings, name, Scale { slope })).collect();
        let countries = &known.panel().countries;
        let states = countries.iter().map(|country| {
            let state = (!country.points.is_empty()).then(|| State::at(&country.points))?;
            let features = state.features(world, &country.iso3);
            Some((state, features))
        });
        let states = states.collect();
        Self {
            known: known.clone(),
            settings,
            noise: settings.widening * noise::measure(known.panel()),
            states,
            halves,
        }
    }
}

impl Half {
    fn grow(known: &Known, examples: &Examples, settings: Settings, name: &str, scale: Scale) -> Self {
        let change =
            |example: &examples::Example| (scale.of(example.to) - scale.of(example.from)) / f64::from(example.lead);
        let mut order: Vec<(f64, &examples::Example)> = examples.all.iter().map(|one| (change(one), one)).collect();
        order.sort_by(|one, other| one.0.total_cmp(&other.0));
        let width = examples.rows.first().map_or(0, Vec::len);
        let mut columns: Vec<Vec<f64>> = (0..width)
            .map(|feature| order.iter().map(|(_, example)| examples.rows[example.row][feature]).collect())
            .collect();
        columns.push(order.iter().map(|(_, example)| f64::from(example.lead)).collect());
        let age = |example: &examples::Example| f64::from(known.origin() - example.year);
        let training = forest::Training {
            columns,
            targets: order.iter().map(|(change, _)| *change).collect(),
            weights: order.iter().map(|(_, example)| libm::exp2(-age(example) / settings.half_life)).collect(),
            countries: order.iter().map(|(_, example)| example.country).collect(),
            all_countries: known.panel().countries.len(),
        };
        let growth = forest::Growth {
            trees: settings.trees,
            leaf: settings.leaf,
            features: settings.features,
            countries: settings.countries,
        };
        let forest = Forest::grow(&training, growth, name);
        Self { scale, forest, training, leads: order.iter().map(|(_, example)| example.lead).collect() }
    }

    /// Quantiles of the value `lead` years after `state`.
    fn quantiles(&self, state: &State, features: &[f64], lead: u32, bandwidth: f64) -> Quantiles {
        let mut weights = vec![0.0; self.training.targets.len()];
        self.forest.alike(features, &self.training, &mut weights);
        let near = |other: u32| {
            let apart = (1.0 / f64::from(other) - 1.0 / f64::from(lead)) / bandwidth;
            libm::exp(-0.5 * apart * apart)
        };
        let most = self.leads.iter().copied().max().unwrap_or(1);
        let nearness: Vec<f64> = (0..=most).map(|other| near(other.max(1))).collect();
        for (weight, &other) in weights.iter_mut().zip(&self.leads) {
            *weight *= nearness[other as usize];
        }
        let start = self.scale.of(state.value);
        let changes = weighted_quantiles(&self.training.targets, &weights);
        changes.map(|change| self.scale.percent(start + change * f64::from(lead)))
    }
}

/// Quantiles at [`LEVELS`] of `values`, which never fall, with `weights`: straight between the middles of their weights.
fn weighted_quantiles(values: &[f64], weights: &[f64]) -> Quantiles {
    let total: f64 = weights.iter().sum();
    let mut quantiles = [0.0; LEVELS.len()];
    let (mut next, mut passed) = (0, 0.0);
    let mut before: Option<(f64, f64)> = None;
    for (&value, &weight) in values.iter().zip(weights).filter(|(_, weight)| **weight > 0.0) {
        let place = (passed + 0.5 * weight) / total;
        while next < LEVELS.len() && LEVELS[next] <= place {
            quantiles[next] = match before {
                Some((earlier, at)) => at + (value - at) * (LEVELS[next] - earlier) / (place - earlier),
                None => value,
            };
            next += 1;
        }
        passed += weight;
        before = Some((place, value));
    }
    for quantile in &mut quantiles[next..] {
        *quantile = before.map_or(0.0, |(_, value)| value);
    }
    quantiles
}

impl Fitted for Grown {
    fn forecast(&self, iso3: &str, longest: u32) -> Result<Vec<Quantiles>, ForecastError> {
        let country = self.known.country(iso3)?;
        let at = self.known.panel().countries.iter().position(|other| other.iso3 == country.iso3);
        let (state, features) =
            at.and_then(|at| self.states[at].as_ref()).expect("a country of which something is known has a state");
        let late = (self.known.origin() - state.year) as u32;
        let forecasts = (1..=longest).map(|ahead| {
            let lead = ahead + late;
            let mut asked = features.clone();
            asked.push(f64::from(lead));
            let mut quantiles = [0.0; LEVELS.len()];
            for half in &self.halves {
                for (sum, one) in quantiles.iter_mut().zip(half.quantiles(state, &asked, lead, self.settings.bandwidth))
                {
                    *sum += one / FORESTS.len() as f64;
                }
            }
            noise::widen(&quantiles, state.value, self.noise)
        });
        Ok(forecasts.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weighted_quantiles_of_a_few_values() {
        // Middles of the weights: 0.125, 0.5, 0.875.
        let quantiles = weighted_quantiles(&[1.0, 2.0, 4.0], &[0.25, 0.5, 0.25]);
        let expected = [1.0, 1.0, 1.0 + 0.125 / 0.375, 2.0, 2.0 + 2.0 * 0.25 / 0.375, 4.0, 4.0];
        for (one, other) in quantiles.iter().zip(expected) {
            assert!((one - other).abs() < 1e-12, "{quantiles:?}");
        }
        assert_eq!(weighted_quantiles(&[3.0], &[0.5]), [3.0; 7]);
        assert_eq!(weighted_quantiles(&[3.0, 9.0], &[0.0, 0.5]), [9.0; 7]);
    }
}
