//! The law as one month's pass over the people needs it: heights among the arrivals for every place and (sex, age) position.

use std::ops::Range;

use super::arrivals::{Tiers, share_beyond};
use crate::adoption::hazard::{per_step, probability};
use crate::engine::law::{Law, LayerLaw, Mark};
use crate::engine::world::World;
use crate::rng::{Purpose, Stream, hash};
use crate::scenario::{Distribution, Parameter, Scenario, Shape};

/// Largest hazard of leaving in a month up to which those who may leave are kept apart from those who may adopt.
const MOST_ZONE: f64 = 1.0 / 32.0;
/// Largest product of that hazard and the hazard of adopting with which they are: a fourth of it is the largest part by which the
/// hazard of adopting may then be wrong.
const MOST_APART: f64 = 1.0 / 128.0;

/// Keys of the marks that people keep for life. A mark belongs to what it stands for, so two layers that ask the same of people
/// ask the same mark.
#[derive(Clone, Debug)]
pub struct Marks {
    drivers: Vec<u64>,
    income: u64,
    layers: Vec<u64>,
    policies: Vec<u64>,
}

impl Marks {
    /// The keys of a scenario's conditions of access.
    pub fn new(scenario: &Scenario, seed: u64) -> Self {
        let key = |name: String| Stream::new(seed, Purpose::Marks, &name).hash_key(0, 0);
        let by_layer = |what: &str| scenario.layers.iter().map(|l| key(format!("{what}.{}", l.name))).collect();
        Self {
            drivers: scenario.drivers.iter().map(|driver| key(format!("driver.{}", driver.name))).collect(),
            income: key("income".to_owned()),
            layers: by_layer("layer"),
            policies: by_layer("policy"),
        }
    }

    fn key(&self, layer: usize, mark: Mark) -> u64 {
        match mark {
            Mark::Driver(driver) => self.drivers[driver],
            Mark::Income => self.income,
            Mark::Layer => self.layers[layer],
            Mark::Policy => self.policies[layer],
        }
    }
}

/// Conditions of access to a layer at a place in a month.
#[derive(Clone, Debug)]
pub struct Access {
    /// Keys of marks, and what the mark (its first 53 bits) must lie below.
    limits: Vec<(u64, u64)>,
    /// Latest month of birth, counted from the start of the run, of those old enough.
    pub born_by: i32,
    /// Whether nobody has access, whatever their marks.
    pub closed: bool,
}

impl Access {
    /// Whether marks do not matter.
    pub fn open_to_all(&self) -> bool {
        !self.closed && self.limits.is_empty()
    }

    /// Whether `person`'s marks meet the conditions.
    #[inline]
    pub fn admits(&self, person: u64) -> bool {
        // Without a branch: each condition is met by chance.
        self.limits.iter().fold(!self.closed, |met, &(key, limit)| met & (hash(key, person) >> 11 < limit))
    }

    /// As [`Access::admits`], for the persons of a word: as bits.
    #[inline(always)]
    pub fn admitted(&self, persons: &[u64; 64]) -> u64 {
        let mut admitted = if self.closed { 0 } else { !0 };
        for &(key, limit) in &self.limits {
            let mut met = 0;
            for (bit, &person) in persons.iter().enumerate() {
                met |= u64::from(hash(key, person) >> 11 < limit) << bit;
            }
            admitted &= met;
        }
        admitted
    }
}

/// The conditions of access to `layer` number `l` in a month.
pub fn access(layer: &LayerLaw<f64>, marks: &Marks, l: usize, month: usize, place: usize) -> Access {
    access_within(layer, marks, l, month..month + 1, place)
}

/// The conditions that whoever has access in any of some months meets.
pub fn access_within(layer: &LayerLaw<f64>, marks: &Marks, l: usize, months: Range<usize>, place: usize) -> Access {
    let born_by = months.end as i32 - 1 - (layer.min_age * 12.0) as i32;
    let mut access = Access { limits: Vec::new(), born_by, closed: false };
    for condition in &layer.conditions {
        let share = months.clone().map(|month| condition.share.row(month)[place]).fold(0.0, f64::max);
        if share <= 0.0 {
            access.closed = true;
        } else if share < 1.0 {
            access.limits.push((marks.key(l, condition.mark), libm::ceil(share * 9_007_199_254_740_992.0) as u64));
        }
    }
    access
}

/// What one layer does at one place in one month.
#[derive(Clone, Debug)]
pub struct LayerRule {
    /// Whether there is anything to do.
    pub active: bool,
    /// By (sex, age) position: the heights below which an arrival makes a person adopt by outside influence, and below which it makes
    /// them adopt if all contacts use it.
    pub adopting: Vec<[f64; 2]>,
    /// By (sex, age) position: the height below which an arrival makes a user leave.
    pub leaving: Vec<f64>,
    /// The largest of each over the positions.
    pub most_adopting: f64,
    pub most_leaving: f64,
    /// The same for arrivals beyond those that a block shares, as shares.
    pub adopting_beyond: Vec<[f64; 2]>,
    pub leaving_beyond: Vec<f64>,
    /// What the first 53 bits of a person must lie below for the first arrival of their own to matter.
    pub met_beyond: Vec<u64>,
    /// Whoever has an arrival among those of leaving below this height does not adopt in this month.
    pub zone: f64,
    /// Who can use it.
    pub access: Access,
    /// By (sex, age) position, whether some may be too young.
    pub ask_age: Vec<bool>,
    /// Whether someone who had access a month ago may have none.
    pub recheck: bool,
    /// Part of the month in which nobody here can use it, 0..=1.
    pub suspended: f64,
}

/// The rules of one month, `[place * layers + layer]`.
#[derive(Clone, Debug)]
pub struct Rules {
    layers: usize,
    every: Vec<LayerRule>,
    /// Layers that each requires.
    pub requires: Vec<Vec<usize>>,
    /// Whether any place's users are out of sight for some of the month, by layer.
    pub hidden: Vec<bool>,
    /// (Sex, age) positions.
    pub kinds: usize,
}

impl Rules {
    /// Those of month `step`.
    pub fn new(world: &World<'_>, law: &Law<f64>, marks: &Marks, step: usize, active: &[bool]) -> Self {
        let zones: Vec<f64> = world.scenario.layers.iter().map(|layer| zone(&layer.discontinuance)).collect();
        let grid = &world.demography.grid;
        let (places, kinds) = (grid.places(), grid.cells_per_place());
        // First ages of the bands, by (sex, age) position.
        let bands: Vec<f64> = (0..kinds).map(|kind| grid.ages[kind % grid.ages.len()].1.from).collect();
        let mut rules = Vec::with_capacity(places * law.layers.len());
        for place in 0..places {
            for (l, layer) in law.layers.iter().enumerate() {
                rules.push(rule(layer, marks, (l, step, place), &bands, active[l].then_some(zones[l])));
            }
        }
        let hidden = |l: usize| (0..places).any(|place| rules[place * law.layers.len() + l].suspended > 0.0);
        Self {
            hidden: (0..law.layers.len()).map(hidden).collect(),
            layers: law.layers.len(),
            requires: law.layers.iter().map(|layer| layer.requires.clone()).collect(),
            kinds,
            every: rules,
        }
    }

    /// The rules of `place`, by layer.
    #[inline]
    pub fn at(&self, place: usize) -> &[LayerRule] {
        &self.every[place * self.layers..(place + 1) * self.layers]
    }

    /// Layers.
    pub fn layers(&self) -> usize {
        self.layers
    }
}

/// The height up to which arrivals of leaving keep people from adopting: about one and a half times the hazard of leaving, as the
/// scenario states it before any policy.
///
/// In this way nobody leaves in one world and adopts in another in the same month, so that a policy that only helps costs no user,
/// person by person, as far as hazards are small enough to be kept apart. It must not depend on what policies do, nor on the member.
fn zone(discontinuance: &Parameter) -> f64 {
    let yearly = match &discontinuance.shape {
        Shape::Fixed(value) => *value,
        Shape::Dated(values) => values.points.iter().map(|point| point.1).fold(0.0, f64::max),
        Shape::Drawn(Distribution::Normal { mean, .. } | Distribution::Beta { mean, .. }) => *mean,
        Shape::Drawn(Distribution::LogNormal { median, .. } | Distribution::LogitNormal { median, .. }) => *median,
        Shape::Drawn(Distribution::Triangular { mode, .. }) => *mode,
        Shape::Drawn(Distribution::Uniform { low, high }) => f64::midpoint(*low, *high),
    };
    Tiers::get().end_from((1.5 * per_step(yearly)).clamp(1e-9, MOST_ZONE))
}

/// The height below which arrivals have to count for those outside the zone, so that hazard `x` holds for everybody:
/// `exp(-zone) (1 - exp(-height)) = 1 - exp(-x)`.
fn beyond(zone: f64, x: f64) -> f64 {
    if zone > 0.0 { -libm::log1p(-(probability(x) * libm::exp(zone))) } else { x }
}

fn rule(
    layer: &LayerLaw<f64>,
    marks: &Marks,
    (l, step, place): (usize, usize, usize),
    bands: &[f64],
    active: Option<f64>,
) -> LayerRule {
    let access = access(layer, marks, l, step, place);
    let kinds = bands.len();
    let suspended = layer.suspended(step, place);
    let mut rule = LayerRule {
        active: active.is_some(),
        adopting: vec![[0.0; 2]; kinds],
        leaving: vec![0.0; kinds],
        most_adopting: 0.0,
        most_leaving: 0.0,
        adopting_beyond: Vec::new(),
        leaving_beyond: Vec::new(),
        met_beyond: Vec::new(),
        zone: 0.0,
        access,
        // A band may hold people a little younger than it says: tables move people in whole numbers.
        ask_age: bands.iter().map(|from| *from < layer.min_age + 5.0).collect(),
        recheck: false,
        suspended,
    };
    let Some(zone) = active else { return rule };
    rule.recheck = suspended < 1.0 && layer.access_falls(step, place);
    if step >= layer.launch && suspended < 1.0 && !rule.access.closed {
        let part = 1.0 - suspended;
        let hazards = |kind: usize| {
            let [outside, imitation] = layer.adoption_per_step(step, place, kind);
            [outside * part, (outside + imitation) * part]
        };
        rule.adopting = (0..kinds).map(hazards).collect();
        let most = |rule: &LayerRule| rule.adopting.iter().map(|heights| heights[1]).fold(0.0, f64::max);
        if zone * most(&rule) <= MOST_APART {
            rule.zone = zone;
            rule.adopting.iter_mut().flatten().for_each(|height| *height = beyond(zone, *height));
        }
        rule.most_adopting = most(&rule);
    }
    rule.leaving = (0..kinds).map(|kind| layer.leaving_per_step(step, place, kind)).collect();
    rule.most_leaving = rule.leaving.iter().copied().fold(0.0, f64::max);
    rule.adopting_beyond = rule.adopting.iter().map(|heights| heights.map(share_beyond)).collect();
    rule.met_beyond =
        rule.adopting_beyond.iter().map(|shares| libm::ceil(shares[1] * 9_007_199_254_740_992.0) as u64).collect();
    rule.leaving_beyond = rule.leaving.iter().map(|height| share_beyond(*height)).collect();
    rule
}
