//! Whom a person looks at: one contact at random, by level and tie.

use std::sync::Arc;

use super::homes::{self, Homes, scaled};
use super::people::People;
use crate::adoption::exposure::ContactWeights;
use crate::engine::world::World;
use crate::network::{EdgeList, Level, Ring, Ties};
use crate::rng::{Purpose, Stream, hash};
use crate::scenario::Network;

/// The cause of an adoption that comes from a contact of `level`: its position among all causes, of which outside influence is the first.
#[inline(always)]
pub const fn cause(level: Level) -> u8 {
    1 + level as u8
}

/// Instead of a cause: there was nobody to look at.
const NOBODY: u8 = u8::MAX;

/// Instead of a slot: there is nobody to look at.
pub const NO_SLOT: u64 = u64::MAX;

/// The network of a run.
#[derive(Clone, Debug)]
pub struct Contacts {
    pub(super) web: Web,
    /// First slot and number of slots of each place, each region and the nation.
    places: Vec<[u64; 2]>,
    regions: Vec<[u64; 2]>,
    nation: [u64; 2],
    /// Places of a region.
    residences: usize,
}

/// What ties there are.
#[derive(Clone, Debug)]
pub(super) enum Web {
    Uniform,
    /// Of slots; or, where people are born or differ in age or sex, of positions on the plan of neighbours, which mixes them.
    Ring(Ring),
    Edges(Arc<EdgeList>),
    Homes(Homes),
}

/// The levels at which a contact is looked for, as a month weighs them.
#[derive(Clone, Copy, Debug)]
pub struct Levels {
    /// What the first 53 bits of a number must reach to pass a level, by level.
    passed: [u64; 3],
    /// Levels with a weight.
    weighty: [bool; 4],
    /// The widest level with a weight.
    last: u8,
}

/// Levels from the narrowest on, by their position.
const LEVELS: [Level; 4] = [Level::Household, Level::Village, Level::Province, Level::Nation];

impl Levels {
    /// The levels by their weights, which add up to 1 or are all 0.
    pub fn new(weights: &ContactWeights<f64>) -> Self {
        let weights = [weights.household, weights.village, weights.province, weights.nation];
        let up_to = |level: usize| weights[..=level].iter().sum::<f64>();
        Self {
            passed: std::array::from_fn(|level| libm::ceil(up_to(level) * 9_007_199_254_740_992.0) as u64),
            weighty: weights.map(|weight| weight > 0.0),
            last: weights.iter().rposition(|weight| *weight > 0.0).map_or(u8::MAX, |last| last as u8),
        }
    }

    /// Whether the level at a position has a weight.
    #[inline(always)]
    pub fn weighty(&self, level: u8) -> bool {
        self.weighty[usize::from(level) & 3]
    }

    /// The position of the level that `chance` picks by weight; [`u8::MAX`] if none has any.
    #[inline(always)]
    pub fn position(&self, chance: u64) -> u8 {
        let bits = hash(chance, 5) >> 11;
        let passed = self.passed.map(|limit| u8::from(bits >= limit));
        (passed[0] + passed[1] + passed[2]).min(self.last) | if self.last == u8::MAX { u8::MAX } else { 0 }
    }
}

/// Room to find the contacts of many people.
#[derive(Debug, Default)]
pub struct Room {
    pub levels: Vec<u8>,
    chances: Vec<u64>,
    pub numbers: Vec<u32>,
    pub others: Vec<u64>,
    pub homes: homes::Room,
}

impl Contacts {
    /// The network of a scenario among the slots of `people`.
    pub fn new(world: &World<'_>, people: &People, seed: u64) -> Self {
        let grid = &world.demography.grid;
        let residences = grid.residences.len();
        let slots = |range: std::ops::Range<usize>| [(range.start as u64) << 6, (range.len() as u64) << 6];
        let places: Vec<[u64; 2]> = (0..people.place_count()).map(|p| slots(people.place(p).word_range())).collect();
        let regions: Vec<[u64; 2]> = places
            .chunks_exact(residences.max(1))
            .map(|places| [places[0][0], places.iter().map(|place| place[1]).sum()])
            .collect();
        let nation = [0, (people.words() as u64) << 6];
        let key = |name: &str| Stream::new(seed, Purpose::Ties, name).hash_key(0, 0);
        let web = match &world.scenario.network {
            Network::Uniform => Web::Uniform,
            Network::Ring { neighbours, rewiring } => {
                let persons = match (people.all_live(), places.len()) {
                    (true, 1) => people.place(0).initial() as u64,
                    (true, _) => nation[1],
                    (false, _) => (people.rows() as u64) << 6,
                };
                Web::Ring(Ring::new(persons, *neighbours, *rewiring, key("ring")))
            }
            Network::Edges { graph, .. } => Web::Edges(Arc::clone(graph)),
            Network::Households(homes) => Web::Homes(Homes::new(homes, people, (&regions, nation[1]), key)),
        };
        Self { web, places, regions, nation, residences }
    }

    /// The ring, if it is one.
    #[inline(always)]
    pub fn ring(&self) -> Option<&Ring> {
        match &self.web {
            Web::Ring(ring) => Some(ring),
            _ => None,
        }
    }

    /// For each of `others`, slots at `place`, the first contact that the person there may look at, drawn by `chances`, alive or not,
    /// in the slot's stead; [`NO_SLOT`] if there is none. Into `causes` goes the [`cause`].
    #[inline(always)]
    pub fn propose(
        &self,
        people: &People,
        place: usize,
        levels: &Levels,
        chances: &[u64],
        (others, causes): (&mut [u64], &mut [u8]),
        room: &mut Room,
    ) {
        let all = others.iter_mut().zip(&mut *causes).zip(chances);
        match &self.web {
            Web::Ring(ring) => {
                for ((other, found), &chance) in all {
                    *other = on_ring(ring, people, *other, picked(chance, ring.neighbours()));
                    *found = cause(Level::Tie);
                }
            }
            Web::Edges(graph) => {
                for ((other, found), &chance) in all {
                    let ties = graph.of(*other);
                    let tie = ties.get(scaled(chance, ties.len() as u64) as usize);
                    *found = if tie.is_some() { cause(Level::Tie) } else { NOBODY };
                    *other = tie.map_or(NO_SLOT, |&tie| u64::from(tie));
                }
            }
            Web::Uniform => {
                for ((other, found), &chance) in all {
                    let level = levels.position(chance);
                    (*other, *found) = (NO_SLOT, NOBODY);
                    if level < u8::MAX {
                        let [first, slots] = self.within(place, level);
                        *other = first + scaled(chance, slots);
                        *found = 1 + level.max(Level::Village as u8);
                    }
                }
            }
            Web::Homes(_) if levels.last == u8::MAX => {
                others.fill(NO_SLOT);
                causes.fill(NOBODY);
            }
            Web::Homes(homes) => {
                let Room { levels: positions, chances: further, homes: room, .. } = room;
                positions.resize(others.len().max(positions.len()), 0);
                further.resize(others.len().max(further.len()), 0);
                let (positions, further) = (&mut positions[..others.len()], &mut further[..others.len()]);
                for (((position, further), found), &chance) in
                    positions.iter_mut().zip(&mut *further).zip(&mut *causes).zip(chances)
                {
                    *position = levels.position(chance);
                    *further = homes::further(chance);
                    *found = 1 + *position;
                }
                homes.pick(people, place, positions, further, others, room);
            }
        }
    }

    /// The slots among which anyone may be looked at.
    pub(super) fn within(&self, place: usize, level: u8) -> [u64; 2] {
        match LEVELS.get(usize::from(level)) {
            Some(Level::Household | Level::Village) => self.places[place],
            Some(Level::Province) => self.regions[place / self.residences],
            _ => self.nation,
        }
    }

    /// Every living contact of the person in `slot`; none for a network without ties.
    pub fn every(&self, people: &People, slot: u64, found: &mut Vec<(Level, u64)>) {
        let from = found.len();
        match &self.web {
            Web::Uniform => {}
            Web::Ring(ring) if people.all_live() => ring.ties(slot, found),
            Web::Ring(ring) => {
                ring.ties(people.place(people.place_of(slot)).position_on_ring(slot), found);
                for tie in &mut found[from..] {
                    tie.1 = people.slot_on_ring(tie.1).unwrap_or(slot);
                }
            }
            Web::Edges(graph) => graph.ties(slot, found),
            Web::Homes(homes) => {
                let place = people.place_of(slot);
                found.extend(people.place(place).housemates(slot).map(|other| (Level::Household, other)));
                for level in LEVELS {
                    for tie in 0..homes.ties_at(level as u8) {
                        found.push((level, homes.tie(people, slot, place, level, tie)));
                    }
                }
            }
        }
        let mut kept = from;
        for i in from..found.len() {
            if found[i].1 != slot && people.lives(found[i].1) {
                found[kept] = found[i];
                kept += 1;
            }
        }
        found.truncate(kept);
    }
}

/// Who is at the other end of a tie of a ring; [`NO_SLOT`] if nobody ever is.
#[inline(always)]
pub(super) fn on_ring(ring: &Ring, people: &People, slot: u64, tie: u32) -> u64 {
    if people.all_live() {
        return ring.tie(slot, tie);
    }
    let position = people.place(people.place_of(slot)).position_on_ring(slot);
    people.slot_on_ring(ring.tie(position, tie)).unwrap_or(NO_SLOT)
}

/// The first half of `bits` as a whole number below `count`, which fits in 32 bits: in wide registers where it is inlined.
#[inline(always)]
pub(super) fn picked(bits: u64, count: u32) -> u32 {
    (((bits >> 32) * u64::from(count)) >> 32) as u32
}
