//! One member of every scenario, past shared.

use super::cost;
use crate::comparison::Comparison;
use crate::engine::record::MEASURES;
use crate::engine::{Agents, Aggregate, Engine, Expected, Law, Recorder, Report, WholePeople, World};
use crate::ensemble::MemberDraw;
use crate::scenario::{EngineKind, Scenario};

/// The (group, date) pairs that are kept: everybody at every date, then the other groups at the chosen dates; in the
/// order of [`Comparison::index`].
#[derive(Clone, Debug)]
pub(super) struct Slots {
    pub chosen: Vec<usize>,
    /// (Group, date).
    pub pairs: Vec<(usize, usize)>,
}

impl Slots {
    pub fn new(report: &Report, chosen: Vec<usize>) -> Self {
        let everybody = (0..report.dates.len()).map(|date| (0, date));
        let others = (1..report.groups.len()).flat_map(|group| chosen.iter().map(move |&date| (group, date)));
        Self { pairs: everybody.chain(others).collect(), chosen }
    }

    pub fn count(&self) -> usize {
        self.pairs.len()
    }
}

/// A scenario and the first month of the run in which it differs from the baseline; `None`: it differs from the start.
#[derive(Clone, Debug)]
pub(super) struct Pair<'a> {
    pub scenario: &'a Scenario,
    pub fork: Option<usize>,
}

impl<'a> Pair<'a> {
    pub fn new(base: &Scenario, scenario: &'a Scenario) -> Self {
        Self { scenario, fork: fork(base, scenario) }
    }
}

/// The first month in which two scenarios can differ when they share everything but interventions.
fn fork(base: &Scenario, other: &Scenario) -> Option<usize> {
    let alike = base.contacts == other.contacts
        && base.drivers == other.drivers
        && base.layers == other.layers
        && base.victimisation == other.victimisation
        && base.posterior == other.posterior;
    let own = |a: &Scenario, b: &Scenario| -> Vec<usize> {
        let mine = a.interventions.iter().filter(|i| !b.interventions.contains(i));
        mine.map(|i| i.start.months_since(a.time.start).max(0) as usize).collect()
    };
    let in_both = |a: &Scenario, b: &Scenario| -> Vec<String> {
        a.interventions.iter().filter(|i| b.interventions.contains(i)).map(|i| i.name.clone()).collect()
    };
    if !alike || in_both(base, other) != in_both(other, base) {
        return None;
    }
    let months = base.time.months();
    let first = own(base, other).into_iter().chain(own(other, base)).min().unwrap_or(months).min(months);
    // The first month also makes the users before it.
    (first > 0).then_some(first)
}

/// What is kept of one member of one scenario.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// `[(layer * slots + slot) * MEASURES + measure]`.
    pub values: Vec<f64>,
    /// Cost since the start of the run, by date; empty when no intervention states one.
    pub cost: Vec<f64>,
    /// Years such as 2021.4 in which milestones are reached, by layer and milestone; infinite when never.
    pub milestones: Vec<f64>,
}

/// Runs member `index` of every scenario; in the order of `pairs`.
pub(super) fn run(
    world: &World<'_>,
    report: &Report,
    slots: &Slots,
    pairs: &[Pair<'_>],
    baseline: usize,
    index: u32,
) -> Vec<Kept> {
    let (scenario, seed) = (world.scenario, world.scenario.run.seed);
    match scenario.run.engine {
        EngineKind::MeanField => run_with(world, report, slots, pairs, baseline, index, |law| {
            Aggregate::new(world, law, Expected::default())
        }),
        EngineKind::Cohort => run_with(world, report, slots, pairs, baseline, index, |law| {
            Aggregate::new(world, law, WholePeople::new(scenario, seed, index))
        }),
        EngineKind::Agent => {
            run_with(world, report, slots, pairs, baseline, index, |law| Agents::new(world, law, seed, index))
        }
    }
}

fn run_with<E: Engine>(
    world: &World<'_>,
    report: &Report,
    slots: &Slots,
    pairs: &[Pair<'_>],
    baseline: usize,
    index: u32,
    begin: impl Fn(&Law<f64>) -> E,
) -> Vec<Kept> {
    let (months, layers) = (world.demography.months, world.scenario.layers.len());
    let draw = MemberDraw::new(world.scenario, index);
    let keep = |scenario: &Scenario, recorder: &Recorder<'_, f64>| Kept {
        values: extract(&recorder.values, report, slots, layers),
        cost: cost::by_date(scenario, world, report, &MemberDraw::new(scenario, index)),
        milestones: milestones(&recorder.values, report, layers),
    };
    let mut kept: Vec<Option<Kept>> = vec![None; pairs.len()];

    let law = Law::new(pairs[baseline].scenario, &draw);
    let mut past = begin(&law);
    let mut recorder = Recorder::new(report, layers);
    let mut order: Vec<usize> = (0..pairs.len()).filter(|&i| i != baseline).collect();
    order.sort_by_key(|&i| pairs[i].fork);
    for i in order {
        let scenario = pairs[i].scenario;
        let own_draw = MemberDraw::new(scenario, index);
        let own_law = Law::new(scenario, &own_draw);
        let (mut own, mut own_recorder) = match pairs[i].fork {
            Some(month) => {
                past.run_to(month, &law, &mut recorder);
                (past.clone(), recorder.clone())
            }
            None => (begin(&own_law), Recorder::new(report, layers)),
        };
        own.run_to(months, &own_law, &mut own_recorder);
        kept[i] = Some(keep(scenario, &own_recorder));
    }
    past.run_to(months, &law, &mut recorder);
    kept[baseline] = Some(keep(pairs[baseline].scenario, &recorder));
    kept.into_iter().flatten().collect()
}

/// The kept part of a recorder's values.
fn extract(values: &[f64], report: &Report, slots: &Slots, layers: usize) -> Vec<f64> {
    let mut kept = Vec::with_capacity(layers * slots.count() * MEASURES);
    for layer in 0..layers {
        for &(group, date) in &slots.pairs {
            let at = report.index(layer, group, date);
            kept.extend_from_slice(&values[at..at + MEASURES]);
        }
    }
    kept
}

/// When everybody's penetration first reaches each milestone, on straight lines between dates.
fn milestones(values: &[f64], report: &Report, layers: usize) -> Vec<f64> {
    let mut reached = Vec::with_capacity(layers * Comparison::MILESTONES.len());
    for layer in 0..layers {
        let share = |date: usize| {
            let people = report.population[date];
            if people > 0.0 { values[report.index(layer, 0, date)] / people } else { 0.0 }
        };
        for goal in Comparison::MILESTONES {
            let Some(date) = (0..report.dates.len()).find(|&date| share(date) >= goal) else {
                reached.push(f64::INFINITY);
                continue;
            };
            let end = report.dates[date].end_year();
            reached.push(match date.checked_sub(1) {
                None => end,
                Some(before) => {
                    let (low, high, start) = (share(before), share(date), report.dates[before].end_year());
                    start + (end - start) * (goal - low) / (high - low)
                }
            });
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Effect, Intervention, LayerChange, Ramp, RampShape, Target, sample};
    use crate::units::Unit;

    fn policy(name: &str, start: i32, base: &Scenario) -> Intervention {
        Intervention {
            name: name.to_owned(),
            title: name.to_owned(),
            description: String::new(),
            start: base.time.start.plus(start),
            end: None,
            ramp: Ramp { months: 0, shape: RampShape::Linear },
            who: Target::default(),
            effects: vec![Effect::Layer {
                layer: 0,
                change: LayerChange::Adoption(sample::fixed(&format!("intervention.{name}"), Unit::Factor, 1.5)),
            }],
            cost: None,
        }
    }

    #[test]
    fn scenarios_part_where_the_first_of_their_interventions_begins() {
        let base = sample::scenario(sample::grid(1, 1, 1, 1), 1e4, 60, vec![sample::layer("x", 0.01, 0.4, 0.0)]);
        assert_eq!(fork(&base, &base), Some(60));
        let mut one = base.clone();
        one.interventions = vec![policy("late", 30, &base), policy("early", 12, &base)];
        assert_eq!(fork(&base, &one), Some(12));
        assert_eq!(fork(&one, &base), Some(12));
        let mut both = one.clone();
        both.interventions.push(policy("last", 40, &base));
        assert_eq!(fork(&one, &both), Some(40));
        // Drivers apply in the order of the file, so another order may differ from the first of all.
        let mut turned = one.clone();
        turned.interventions.reverse();
        assert_eq!(fork(&one, &turned), None);
        let mut at_once = base.clone();
        at_once.interventions = vec![policy("first", 0, &base)];
        assert_eq!(fork(&base, &at_once), None);
        let mut other = base.clone();
        other.layers[0].imitation = sample::fixed("layer.x.imitation", Unit::PerYear, 0.5);
        assert_eq!(fork(&base, &other), None);
    }
}
