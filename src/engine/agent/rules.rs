//! The law as one month's pass over the people needs it: thresholds for every place and (sex, age) position.

use std::ops::Range;

use crate::adoption::hazard::probability;
use crate::engine::law::{Law, LayerLaw, Mark};
use crate::engine::world::World;
use crate::rng::{Purpose, Stream, hash};
use crate::scenario::Scenario;

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
        !self.closed && self.limits.iter().all(|&(key, limit)| hash(key, person) >> 11 < limit)
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
    /// By (sex, age) position: probability of adopting by outside influence, and of adopting if all contacts use it.
    pub adopting: Vec<[f64; 2]>,
    /// By (sex, age) position: probability of leaving.
    pub leaving: Vec<f64>,
    /// The largest of each over the positions.
    pub most_adopting: f64,
    pub most_leaving: f64,
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
        let grid = &world.demography.grid;
        let (places, kinds) = (grid.places(), grid.cells_per_place());
        // First ages of the bands, by (sex, age) position.
        let bands: Vec<f64> = (0..kinds).map(|kind| grid.ages[kind % grid.ages.len()].1.from).collect();
        let mut rules = Vec::with_capacity(places * law.layers.len());
        for place in 0..places {
            for (l, layer) in law.layers.iter().enumerate() {
                rules.push(rule(layer, marks, (l, step, place), &bands, active[l]));
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

fn rule(
    layer: &LayerLaw<f64>,
    marks: &Marks,
    (l, step, place): (usize, usize, usize),
    bands: &[f64],
    active: bool,
) -> LayerRule {
    let access = access(layer, marks, l, step, place);
    let kinds = bands.len();
    let suspended = layer.suspended(step, place);
    let mut rule = LayerRule {
        active,
        adopting: vec![[0.0; 2]; kinds],
        leaving: vec![0.0; kinds],
        most_adopting: 0.0,
        most_leaving: 0.0,
        access,
        // A band may hold people a little younger than it says: tables move people in whole numbers.
        ask_age: bands.iter().map(|from| *from < layer.min_age + 5.0).collect(),
        recheck: false,
        suspended,
    };
    if !active {
        return rule;
    }
    let fell = |table: &crate::engine::law::Table<f64>| step > 0 && table.row(step)[place] < table.row(step - 1)[place];
    rule.recheck = suspended < 1.0 && layer.conditions.iter().any(|condition| fell(&condition.share));
    let open = step >= layer.launch && suspended < 1.0 && !rule.access.closed;
    for kind in 0..kinds {
        if open {
            let [outside, imitation] = layer.adoption_per_step(step, place, kind);
            let part = 1.0 - suspended;
            rule.adopting[kind] = [probability(outside * part), probability((outside + imitation) * part)];
        }
        rule.leaving[kind] = probability(layer.leaving_per_step(step, place, kind));
        rule.most_adopting = rule.most_adopting.max(rule.adopting[kind][1]);
        rule.most_leaving = rule.most_leaving.max(rule.leaving[kind]);
    }
    rule
}
