//! The law as one month's pass over the people needs it: heights among the arrivals for every place and (sex, age) position.

use std::ops::Range;

use rayon::prelude::*;

use super::arrivals::{SHARED, Tiers, share_beyond};
use super::people::People;
use crate::adoption::hazard::{per_step, probability};
use crate::engine::law::{Law, LayerLaw, Mark};
use crate::engine::world::World;
use crate::rng::{Purpose, Stream, hash};
use crate::scenario::{Distribution, Layer, Parameter, Scenario, Shape};

/// Largest hazard of leaving in a month up to which those who may leave are kept apart from those who may adopt.
const MOST_ZONE: f64 = 1.0 / 32.0;
/// Largest product of that hazard and the hazard of adopting with which they are: a fourth of it is the largest part by which the
/// hazard of adopting may then be wrong.
const MOST_APART: f64 = 1.0 / 128.0;

/// Places' layers whose rules a thread works out at once.
const AT_ONCE: usize = 16;

/// Years by which people of a band may be younger or older than it says, at most: tables move people in whole numbers.
const MARGIN: f64 = 5.0;

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

/// What a mark (its first 53 bits) must lie below.
#[derive(Clone, Copy, Debug)]
struct Limit {
    /// Key of the mark.
    key: u64,
    /// In some month at least, and in every month.
    once: u64,
    always: u64,
}

/// Conditions of access to a layer at a place in one month or several.
#[derive(Clone, Debug)]
pub struct Access {
    limits: Vec<Limit>,
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
        self.limits.iter().fold(!self.closed, |met, limit| met & (hash(limit.key, person) >> 11 < limit.once))
    }

    /// Whether `person`'s marks meet the conditions in some month, and whether in every one.
    pub fn admits_in(&self, person: u64) -> [bool; 2] {
        let mark = |limit: &Limit| hash(limit.key, person) >> 11;
        let always = !self.closed && self.limits.iter().all(|limit| mark(limit) < limit.always);
        [self.admits(person), always]
    }

    /// As [`Access::admits_in`], for the persons of a word, as bits.
    #[inline(always)]
    pub fn admitted(&self, persons: &[u64; 64]) -> [u64; 2] {
        let mut admitted = [if self.closed { 0 } else { !0 }; 2];
        for limit in &self.limits {
            let mut met = [0; 2];
            for (bit, &person) in persons.iter().enumerate() {
                let mark = hash(limit.key, person) >> 11;
                met[0] |= u64::from(mark < limit.once) << bit;
                met[1] |= u64::from(mark < limit.always) << bit;
            }
            admitted = [admitted[0] & met[0], admitted[1] & met[1]];
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
        let shares = months.clone().map(|month| condition.share.row(month)[place]);
        let (low, high) = shares.fold((1.0_f64, 0.0_f64), |(low, high), share| (low.min(share), high.max(share)));
        let below = |share: f64| libm::ceil(share * 9_007_199_254_740_992.0) as u64;
        if high <= 0.0 {
            access.closed = true;
        } else if low < 1.0 {
            access.limits.push(Limit { key: marks.key(l, condition.mark), once: below(high), always: below(low) });
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
    /// Whoever has an arrival among those of leaving below this height does not adopt in this month.
    pub zone: f64,
    /// Who can use it.
    pub access: Access,
    /// Slots of residents who are too young.
    pub too_young: Vec<Range<u64>>,
    /// By (sex, age) position, whether some newcomers may be too young.
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
    /// Height up to which arrivals of adopting are shared by a block of people, by layer.
    pub shared: Vec<f64>,
    /// (Sex, age) positions.
    pub kinds: usize,
}

impl Rules {
    /// Those of month `step`.
    pub fn new(
        (world, people): (&World<'_>, &People),
        law: &Law<f64>,
        marks: &Marks,
        step: usize,
        active: &[bool],
    ) -> Self {
        let zones: Vec<f64> = world.scenario.layers.iter().map(|layer| zone(&layer.discontinuance)).collect();
        let shared: Vec<f64> = world.scenario.layers.iter().map(shared).collect();
        let grid = &world.demography.grid;
        let (places, kinds) = (grid.places(), grid.cells_per_place());
        // First and last ages of the bands, by (sex, age) position.
        let band = |kind: usize| &grid.ages[kind % grid.ages.len()].1;
        let bands: Vec<(f64, f64)> = (0..kinds).map(|kind| (band(kind).from, band(kind).to)).collect();
        let at = |at: usize| {
            let (place, l) = (at / law.layers.len(), at % law.layers.len());
            let layer = &law.layers[l];
            let mut rule = rule(layer, marks, (l, step, place), &bands, active[l].then_some([zones[l], shared[l]]));
            if rule.active && layer.min_age > 0.0 && people.ages_known() {
                rule.too_young = people.born_after(place, rule.access.born_by);
            }
            rule
        };
        let rules: Vec<LayerRule> =
            (0..places * law.layers.len()).into_par_iter().with_min_len(AT_ONCE).map(at).collect();
        let hidden = |l: usize| (0..places).any(|place| rules[place * law.layers.len() + l].suspended > 0.0);
        Self {
            hidden: (0..law.layers.len()).map(hidden).collect(),
            shared,
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
    Tiers::get().end_from((1.5 * per_step(stated(discontinuance))).clamp(1e-9, MOST_ZONE))
}

/// The height up to which arrivals of adopting are shared: none where most people would be met anyway. Like the zone, it depends only on
/// what the scenario states before any policy.
fn shared(layer: &Layer) -> f64 {
    let hazard = per_step(stated(&layer.innovation) + stated(&layer.imitation));
    if hazard <= SHARED { SHARED } else { 0.0 }
}

/// What a scenario states for a parameter: its value, the largest of dated ones, or the middle of its distribution.
fn stated(parameter: &Parameter) -> f64 {
    match &parameter.shape {
        Shape::Fixed(value) => *value,
        Shape::Dated(values) => values.points.iter().map(|point| point.1).fold(0.0, f64::max),
        Shape::Drawn(Distribution::Normal { mean, .. } | Distribution::Beta { mean, .. }) => *mean,
        Shape::Drawn(Distribution::LogNormal { median, .. } | Distribution::LogitNormal { median, .. }) => *median,
        Shape::Drawn(Distribution::Triangular { mode, .. }) => *mode,
        Shape::Drawn(Distribution::Uniform { low, high }) => f64::midpoint(*low, *high),
    }
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
    bands: &[(f64, f64)],
    active: Option<[f64; 2]>,
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
        zone: 0.0,
        too_young: Vec::new(),
        access,
        ask_age: bands.iter().map(|band| band.0 < layer.min_age + MARGIN).collect(),
        recheck: false,
        suspended,
    };
    let Some([zone, shared]) = active else { return rule };
    rule.recheck = suspended < 1.0 && layer.access_falls(step, place);
    if step >= layer.launch && suspended < 1.0 && !rule.access.closed {
        let part = 1.0 - suspended;
        let hazards = |kind: usize| {
            if bands[kind].1 + MARGIN <= layer.min_age {
                return [0.0; 2];
            }
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
    rule.adopting_beyond =
        rule.adopting.iter().map(|heights| heights.map(|height| share_beyond(height, shared))).collect();
    rule.leaving_beyond = rule.leaving.iter().map(|height| share_beyond(*height, SHARED)).collect();
    rule
}
