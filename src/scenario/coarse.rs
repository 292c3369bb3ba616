//! A scenario made smaller, for answers that must be quick: one layer with those it requires, and regions merged into
//! a few.
//!
//! A layer does not feel those that require it, so [`Scenario::only`] changes no number of what is left.
//! [`Scenario::coarse`] does. Cost grows with places, so a country of 25 provinces is simulated five times as fast as
//! five regions of like provinces. Provinces are merged that every intervention treats alike and whose drivers are
//! near each other; towns and countryside, sexes and ages stay apart. What is lost is how provinces of one region
//! differ, and who of them looks at whom; a test holds the national figures to those of the full scenario.

use super::model::{Driver, Scenario};
use super::policy::{Effect, Intervention};
use crate::series::ALL;
use crate::units::Unit;

impl Scenario {
    /// The scenario with one layer, the last of what is left, and those that it requires. Their numbers stay as they
    /// are, but for rounding where sums run in another order.
    ///
    /// # Panics
    /// When `layer` is not a position among the layers.
    #[must_use]
    pub fn only(&self, layer: usize) -> Self {
        let mut kept = vec![false; self.layers.len()];
        kept[layer] = true;
        // Every layer comes after those it requires.
        for position in (0..=layer).rev() {
            if kept[position] {
                self.layers[position].requires.iter().for_each(|&required| kept[required] = true);
            }
        }
        let place = |old: usize| kept[..old].iter().filter(|kept| **kept).count();
        let mut small = self.clone();
        small.layers =
            self.layers.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(layer, _)| layer.clone()).collect();
        for layer in &mut small.layers {
            layer.requires.iter_mut().for_each(|required| *required = place(*required));
        }
        small.victimisation = self.victimisation.clone().filter(|victims| kept[victims.layer]);
        if let Some(victims) = &mut small.victimisation {
            victims.layer = place(victims.layer);
        }
        let followed = small.victimisation.is_some();
        for intervention in &mut small.interventions {
            intervention.effects.retain(|effect| match effect {
                Effect::Layer { layer, .. } => kept[*layer],
                Effect::Driver { .. } => true,
                Effect::Incidents(_) | Effect::Capacity(_) | Effect::Trust(_) => followed,
            });
            for effect in &mut intervention.effects {
                if let Effect::Layer { layer, .. } = effect {
                    *layer = place(*layer);
                }
            }
        }
        let names: Vec<&str> = small.layers.iter().map(|layer| layer.name.as_str()).collect();
        small.observations.retain(|observation| names.contains(&observation.layer.as_str()));
        small
    }

    /// The scenario with at most `most` regions, or a few more where interventions tell more of them apart; unchanged
    /// when it has no more. Statistics of single regions, and breakdowns by region, are left out.
    #[must_use]
    pub fn coarse(&self, most: usize) -> Self {
        let regions = self.population.grid.regions.len();
        if regions <= most.max(1) {
            return self.clone();
        }
        let group_of = groups(self, most.max(1));
        let count = group_of.iter().max().map_or(1, |last| last + 1);
        let mut coarse = self.clone();
        coarse.population.grid.regions = (0..count).map(|group| format!("group {}", group + 1)).collect();
        let per_region = self.population.grid.cells() / regions;
        for (_, stock) in &mut coarse.population.stocks {
            let mut merged = vec![0.0; count * per_region];
            for (region, cells) in stock.chunks_exact(per_region).enumerate() {
                let to = &mut merged[group_of[region] * per_region..][..per_region];
                to.iter_mut().zip(cells).for_each(|(sum, people)| *sum += people);
            }
            *stock = merged;
        }
        let weights = people(self);
        for driver in &mut coarse.drivers {
            driver.by_region = merged(driver, &weights, &group_of, count);
        }
        for intervention in &mut coarse.interventions {
            let mut regions: Vec<usize> = intervention.who.regions.iter().map(|&region| group_of[region]).collect();
            regions.sort_unstable();
            regions.dedup();
            intervention.who.regions = regions;
        }
        coarse.observations.retain(|observation| observation.group.region == ALL);
        coarse.outputs.breakdowns.retain(|breakdown| !breakdown.contains(&super::model::Dimension::Region));
        coarse
    }
}

/// People of each region in the middle of the tables.
fn people(scenario: &Scenario) -> Vec<f64> {
    let tables = &scenario.population;
    let per_region = tables.grid.cells() / tables.grid.regions.len();
    let middle = tables.stocks.get(tables.stocks.len() / 2).map_or(&[][..], |stock| &stock.1[..]);
    middle.chunks_exact(per_region.max(1)).map(|cells| cells.iter().sum::<f64>().max(1.0)).collect()
}

/// The group of each region: those that interventions treat alike, cut where drivers are furthest apart.
fn groups(scenario: &Scenario, most: usize) -> Vec<usize> {
    let regions = scenario.population.grid.regions.len();
    let treated = |region: usize| -> Vec<bool> {
        let touches = |one: &Intervention| one.who.regions.is_empty() || one.who.regions.contains(&region);
        scenario.interventions.iter().map(touches).collect()
    };
    let score = |region: usize| -> f64 {
        let logs = scenario.drivers.iter().map(|driver| driver.by_region.get(region).copied().unwrap_or(1.0));
        logs.map(|ratio| libm::log(ratio.max(1e-9))).sum()
    };
    let mut order: Vec<(Vec<bool>, f64, usize)> =
        (0..regions).map(|region| (treated(region), score(region), region)).collect();
    order.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    // A cut between two neighbours costs nothing where they are treated apart, and else is worth the distance.
    let mut cuts: Vec<(f64, usize)> = order
        .windows(2)
        .enumerate()
        .map(|(at, pair)| {
            let apart = if pair[0].0 == pair[1].0 { pair[1].1 - pair[0].1 } else { f64::INFINITY };
            (apart, at + 1)
        })
        .collect();
    let forced = cuts.iter().filter(|cut| cut.0.is_infinite()).count();
    cuts.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    cuts.retain(|cut| cut.0 > 0.0);
    cuts.truncate((most - 1).max(forced));
    let mut places: Vec<usize> = cuts.into_iter().map(|cut| cut.1).collect();
    places.sort_unstable();
    let mut group_of = vec![0; regions];
    for (position, (_, _, region)) in order.iter().enumerate() {
        group_of[*region] = places.partition_point(|&cut| cut <= position);
    }
    group_of
}

/// A driver's value for each group: odds ratios are averaged as logarithms, multipliers as they are, both by people.
fn merged(driver: &Driver, weights: &[f64], group_of: &[usize], count: usize) -> Vec<f64> {
    let odds = driver.unit == Unit::Share;
    let mut sums = vec![(0.0, 0.0); count];
    for ((&value, &weight), &group) in driver.by_region.iter().zip(weights).zip(group_of) {
        let value = if odds { libm::log(value.max(1e-12)) } else { value };
        sums[group].0 += weight * value;
        sums[group].1 += weight;
    }
    sums.into_iter()
        .map(|(sum, weight)| {
            let mean = if weight > 0.0 { sum / weight } else { 0.0 };
            if odds { libm::exp(mean) } else { mean }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::World;
    use crate::ensemble::{Members, Options};
    use crate::scenario::{EngineKind, Loaded, load_with};
    use crate::series::Quantity;
    use std::path::{Path, PathBuf};

    /// Largest gap of a national share, over all layers and dates; a tenth of what the intervals span.
    const CLOSE: f64 = 0.003;

    fn loaded(policies: &[&str]) -> Loaded {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let policies: Vec<PathBuf> =
            policies.iter().map(|name| shipped.join(format!("policies/{name}.toml"))).collect();
        let settings = ["run.members=1", "run.engine=\"mean-field\"", "outputs.breakdowns=[]"].map(str::to_owned);
        load_with(&shipped.join("cambodia.toml"), &policies, &settings).expect("valid")
    }

    fn members(scenario: &Scenario) -> Members {
        assert_eq!(scenario.run.engine, EngineKind::MeanField);
        Members::run(&World::new(scenario), &Options::default()).expect("runs")
    }

    /// The nation is the same to within a third of a point, and a policy's effect to within a tenth of itself.
    #[test]
    fn a_coarse_country_is_near_the_full_one() {
        let base = loaded(&[]).scenario;
        let towers = loaded(&["rural-towers"]).scenario;
        let [full, coarse] = [base.clone(), base.coarse(4)].map(|scenario| members(&scenario));
        let [full_towers, coarse_towers] = [towers.clone(), towers.coarse(4)].map(|scenario| members(&scenario));
        let share = |of: &Members, layer: usize, date: usize| of.level(layer, 0, date, Quantity::Penetration).median();
        let mut widest: f64 = 0.0;
        for layer in 0..base.layers.len() {
            for date in 0..full.dates().len() {
                widest = widest.max((share(&full, layer, date) - share(&coarse, layer, date)).abs());
            }
        }
        println!("widest gap {widest}");
        assert!(widest < CLOSE, "{widest}");
        let date = full.dates().len() - 10;
        let gain = |with: &Members, without: &Members| share(with, 0, date) - share(without, 0, date);
        let (all, few) = (gain(&full_towers, &full), gain(&coarse_towers, &coarse));
        println!("gain {all} {few}");
        assert!((few - all).abs() < 0.1 * all, "{all} {few}");
    }

    /// Facebook alone with the internet is what it is among all layers, under policies that act on every one of them.
    #[test]
    fn a_layer_is_the_same_without_those_that_require_it() {
        let whole = loaded(&["strict-law", "training", "social-media-tax"]).scenario.coarse(3);
        let all = members(&whole);
        for (layer, left) in [(0, 1), (1, 2), (3, 3)] {
            let small = whole.only(layer);
            assert_eq!(small.layers.len(), left);
            assert_eq!(small.layers[left - 1].name, whole.layers[layer].name);
            let few = members(&small);
            for date in 0..all.dates().len() {
                let share = |of: &Members, layer: usize| of.level(layer, 0, date, Quantity::Penetration).median();
                let (alone, among) = (share(&few, left - 1), share(&all, layer));
                assert!((alone - among).abs() < 1e-9, "{layer} {date}: {alone} {among}");
            }
        }
    }

    #[test]
    fn people_stay_and_policies_for_provinces_keep_them_apart() {
        let mut scenario = loaded(&["rural-towers"]).scenario;
        scenario.interventions[0].who.regions = vec![3, 7];
        let coarse = scenario.coarse(4);
        let total = |of: &Scenario| of.population.stocks.iter().map(|stock| stock.1.iter().sum::<f64>()).sum::<f64>();
        assert!((total(&scenario) - total(&coarse)).abs() < 1e-3 * total(&scenario));
        assert!(coarse.population.grid.regions.len() <= 4);
        let touched: f64 = {
            let per = coarse.population.grid.cells() / coarse.population.grid.regions.len();
            let groups = &coarse.interventions[0].who.regions;
            let stock = &coarse.population.stocks[0].1;
            groups.iter().map(|group| stock[group * per..(group + 1) * per].iter().sum::<f64>()).sum()
        };
        let per = scenario.population.grid.cells() / 25;
        let stock = &scenario.population.stocks[0].1;
        let meant: f64 = [3, 7].iter().map(|region| stock[region * per..(region + 1) * per].iter().sum::<f64>()).sum();
        assert!((touched - meant).abs() < 1e-6 * meant);
        assert_eq!(scenario.coarse(25), scenario);
    }
}
