//! Pairs of members, reduced to estimates.

use rayon::prelude::*;

use super::member::{Kept, Slots};
use crate::comparison::{Comparison, Costs, Milestone, Outcome, Ratio, Total};
use crate::engine::Report;
use crate::engine::record::MEASURES;
use crate::ensemble::{measured, quantiles};
use crate::scenario::Scenario;
use crate::series::{Estimate, LEVELS, LayerLabel, Quantity};

/// `results[member][scenario]`.
pub(super) fn comparison(
    scenarios: &[&Scenario],
    baseline: usize,
    report: &Report,
    slots: &Slots,
    results: &[Vec<Kept>],
) -> Comparison {
    let base = scenarios[baseline];
    let work = Work { report, slots, results, baseline, layers: base.layers.len() };
    Comparison {
        engine: base.run.engine.name().to_owned(),
        members: results.len(),
        seed: base.run.seed,
        baseline,
        layers: base.layers.iter().map(|l| LayerLabel { name: l.name.clone(), title: l.title.clone() }).collect(),
        victims: base.victimisation.as_ref().map(|v| v.layer),
        groups: report.groups.clone(),
        dates: report.dates.clone(),
        chosen: slots.chosen.clone(),
        outcomes: (0..scenarios.len()).map(|i| work.outcome(scenarios[i], base, i)).collect(),
    }
}

struct Work<'a> {
    report: &'a Report,
    slots: &'a Slots,
    results: &'a [Vec<Kept>],
    baseline: usize,
    layers: usize,
}

impl Work<'_> {
    fn outcome(&self, scenario: &Scenario, base: &Scenario, index: usize) -> Outcome {
        let (levels, differences) = self.estimates(index);
        Outcome {
            name: scenario.name.clone(),
            title: scenario.title.clone(),
            description: scenario.description.clone(),
            levels,
            differences,
            totals: self.each_total(|layer, date| self.total(index, layer, date)),
            cost: self.costs(scenario, base, index),
            milestones: self.milestones(index),
        }
    }

    /// Members of a scenario beside those of the baseline.
    fn pairs(&self, index: usize) -> impl Iterator<Item = (&Kept, &Kept)> {
        self.results.iter().map(move |member| (&member[index], &member[self.baseline]))
    }

    fn each_total<T>(&self, of: impl Fn(usize, usize) -> T) -> Vec<T> {
        let dates = self.report.dates.len();
        (0..self.layers).flat_map(|layer| (0..dates).map(move |date| (layer, date))).map(|(l, d)| of(l, d)).collect()
    }

    /// Levels and differences of every slot and quantity.
    fn estimates(&self, index: usize) -> (Vec<Estimate>, Vec<Estimate>) {
        let slots = self.slots.count();
        let both: Vec<(Estimate, Estimate)> = (0..self.layers * slots)
            .into_par_iter()
            .flat_map_iter(|at| {
                let (group, date) = self.slots.pairs[at % slots];
                let people = self.report.population[group * self.report.dates.len() + date];
                let period = self.report.period(date);
                let read = move |kept: &Kept, quantity| {
                    measured(&kept.values[at * MEASURES..(at + 1) * MEASURES], quantity, people, period)
                };
                Quantity::EVERY.map(|quantity| {
                    let mut level: Vec<f64> = self.pairs(index).map(|(own, _)| read(own, quantity)).collect();
                    let mut gap: Vec<f64> =
                        self.pairs(index).map(|(own, base)| read(own, quantity) - read(base, quantity)).collect();
                    (quantiles::estimate(&mut level), quantiles::estimate(&mut gap))
                })
            })
            .collect();
        both.into_iter().unzip()
    }

    /// Position of a measure of everybody.
    fn at(&self, layer: usize, date: usize, measure: usize) -> usize {
        (layer * self.slots.count() + date) * MEASURES + measure
    }

    fn users_gained(&self, (own, base): (&Kept, &Kept), layer: usize, date: usize) -> f64 {
        let at = self.at(layer, date, 0);
        own.values[at] - base.values[at]
    }

    fn user_years_gained(&self, (own, base): (&Kept, &Kept), layer: usize, date: usize) -> f64 {
        (0..=date).map(|d| self.at(layer, d, 3)).map(|at| own.values[at] - base.values[at]).sum()
    }

    fn total(&self, index: usize, layer: usize, date: usize) -> Total {
        let gained: Vec<f64> = self.pairs(index).map(|pair| self.users_gained(pair, layer, date)).collect();
        let share = |test: &dyn Fn(f64) -> bool| {
            gained.iter().filter(|&&gain| test(gain)).count() as f64 / gained.len().max(1) as f64
        };
        let mut years: Vec<f64> = self.pairs(index).map(|pair| self.user_years_gained(pair, layer, date)).collect();
        Total {
            more: share(&|gain| gain > 0.0),
            fewer: share(&|gain| gain < 0.0),
            user_years: quantiles::estimate(&mut years),
        }
    }

    fn costs(&self, scenario: &Scenario, base: &Scenario, index: usize) -> Option<Costs> {
        let stated = scenario.interventions.iter().chain(&base.interventions).find_map(|i| i.cost.as_ref())?;
        let spent = |(own, base): (&Kept, &Kept), date: usize| {
            own.cost.get(date).copied().unwrap_or(0.0) - base.cost.get(date).copied().unwrap_or(0.0)
        };
        let total = |date| {
            let mut costs: Vec<f64> = self.pairs(index).map(|pair| spent(pair, date)).collect();
            quantiles::estimate(&mut costs)
        };
        let own = scenario.interventions.iter().filter(|i| !base.interventions.contains(i));
        Some(Costs {
            currency: stated.currency.clone(),
            price_year: stated.price_year,
            without: own.filter(|i| i.cost.is_none()).map(|i| i.title.clone()).collect(),
            total: (0..self.report.dates.len()).map(total).collect(),
            per_user: self.each_total(|l, d| {
                ratio(self.pairs(index).map(|pair| (spent(pair, d), self.users_gained(pair, l, d))))
            }),
            per_user_year: self.each_total(|l, d| {
                ratio(self.pairs(index).map(|pair| (spent(pair, d), self.user_years_gained(pair, l, d))))
            }),
        })
    }

    fn milestones(&self, index: usize) -> Vec<Milestone> {
        let goals = Comparison::MILESTONES;
        let members = self.results.len().max(1) as f64;
        (0..self.layers * goals.len())
            .map(|at| {
                let mut years: Vec<f64> = self.pairs(index).map(|(own, _)| own.milestones[at]).collect();
                let reached = |years: &mut dyn Iterator<Item = f64>| years.filter(|y| y.is_finite()).count() as f64;
                let own = reached(&mut years.iter().copied());
                let base = reached(&mut self.pairs(index).map(|(_, base)| base.milestones[at]));
                let mut earlier: Vec<f64> = self
                    .pairs(index)
                    .map(|(own, base)| (base.milestones[at] - own.milestones[at]) * 12.0)
                    .filter(|months| months.is_finite())
                    .collect();
                years.sort_unstable_by(f64::total_cmp);
                let median = quantile_with_infinite(&years, 0.5);
                Milestone {
                    layer: at / goals.len(),
                    share: goals[at % goals.len()],
                    reached: own / members,
                    reached_in_baseline: base / members,
                    median_year: median.is_finite().then_some(median),
                    months_earlier: (!earlier.is_empty()).then(|| quantiles::estimate(&mut earlier)),
                }
            })
            .collect()
    }
}

/// Cost over gain, over the members; infinite without a gain.
fn ratio(pairs: impl Iterator<Item = (f64, f64)>) -> Ratio {
    let mut ratios: Vec<f64> = pairs.map(|(cost, gain)| if gain > 0.0 { cost / gain } else { f64::INFINITY }).collect();
    let gain = ratios.iter().filter(|r| r.is_finite()).count() as f64 / ratios.len().max(1) as f64;
    ratios.sort_unstable_by(f64::total_cmp);
    Ratio { quantiles: LEVELS.map(|level| quantile_with_infinite(&ratios, level)), gain }
}

/// The `level` quantile of sorted values, interpolated as [`quantiles`] does where both neighbours are finite.
fn quantile_with_infinite(sorted: &[f64], level: f64) -> f64 {
    if sorted.is_empty() {
        return f64::INFINITY;
    }
    let position = level * (sorted.len() - 1) as f64;
    let below = position.floor() as usize;
    let way = position - below as f64;
    let above = if way > 0.0 { sorted[(below + 1).min(sorted.len() - 1)] } else { sorted[below] };
    if above.is_infinite() { above } else { sorted[below] + (above - sorted[below]) * way }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_without_a_gain_make_a_cost_per_user_infinite_from_their_share_on() {
        let pairs = [(10.0, 5.0), (10.0, 2.0), (10.0, -1.0), (10.0, 0.0)];
        let ratio = ratio(pairs.into_iter());
        assert_eq!(ratio.gain, 0.5);
        // Sorted: 2, 5, infinite, infinite.
        assert!((ratio.quantiles[2] - 4.25).abs() < 1e-12);
        assert!(ratio.quantiles[3].is_infinite() && ratio.quantiles[6].is_infinite());
        assert!(ratio.quantiles.iter().all(|q| !q.is_nan()));
    }
}
