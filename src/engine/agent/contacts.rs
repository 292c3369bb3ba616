//! Whom a person looks at: one contact at random, by level and tie.

use std::sync::Arc;

use super::people::People;
use crate::adoption::exposure::ContactWeights;
use crate::engine::world::World;
use crate::network::{EdgeList, Level, Pairing, Ring, Ties};
use crate::rng::{Purpose, Stream, hash, mix, unit53};
use crate::scenario::Network;

/// Ties of a level looked at before a wider level is tried: one in 2^16 is missed where half of the ties are of people dead or unborn.
const TRIES: u32 = 16;
/// Slots looked at for anyone who lives.
const TRIES_FOR_ANYONE: u32 = 64;

/// The cause of an adoption that comes from a contact of `level`: its position among all causes, of which outside influence is the first.
#[inline(always)]
pub const fn cause(level: Level) -> u8 {
    1 + level as u8
}

/// Instead of a cause: there was nobody to look at.
const NOBODY: u8 = u8::MAX;

/// The network of a run.
#[derive(Clone, Debug)]
pub struct Contacts {
    web: Web,
    /// First slot and number of slots of each place, each region and the nation.
    places: Vec<[u64; 2]>,
    regions: Vec<[u64; 2]>,
    nation: [u64; 2],
    /// Places of a region.
    residences: usize,
}

#[derive(Clone, Debug)]
enum Web {
    Uniform,
    Ring(Ring),
    Edges(Arc<EdgeList>),
    Homes(Homes),
}

/// Households with ties in village, region and nation.
#[derive(Clone, Debug)]
struct Homes {
    villages: Vec<Villages>,
    /// By region, one pairing a tie.
    regions: Vec<Vec<Pairing>>,
    nation: Vec<Pairing>,
}

/// The villages of a place: all alike but for the last, which has what is left.
#[derive(Clone, Debug)]
struct Villages {
    /// Words of one.
    words: u64,
    count: u64,
    /// One pairing a tie; each village has a variant of it.
    pairings: Vec<Pairing>,
    of_last: Vec<Pairing>,
}

impl Villages {
    fn new(words_of_place: u64, words: u64, ties: u32, key: u64) -> Self {
        let count = words_of_place / words;
        let pairings = |words: u64| (0..ties).map(|tie| Pairing::new(words << 6, mix(key ^ u64::from(tie)))).collect();
        let last = words_of_place - count.saturating_sub(1) * words;
        Self { words, count, pairings: pairings(words), of_last: pairings(last) }
    }

    /// Tie number `tie` of slot number `slot` of the place.
    #[inline(always)]
    fn tie(&self, slot: u64, tie: u32) -> u64 {
        let village = (((slot >> 6) as u32 / self.words as u32) as u64).min(self.count - 1);
        let start = (village * self.words) << 6;
        let pairings = if village + 1 == self.count { &self.of_last } else { &self.pairings };
        start + pairings[tie as usize].variant(village as u32).partner(slot - start)
    }
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
                let persons = if world.rates.changing.iter().any(|&c| c) || places.len() > 1 {
                    nation[1]
                } else {
                    people.place(0).initial() as u64
                };
                Web::Ring(Ring::new(persons, *neighbours, *rewiring, key("ring")))
            }
            Network::Edges { graph, .. } => Web::Edges(Arc::clone(graph)),
            Network::Households(homes) => {
                let pairings = |name: &str, len: u64, ties: u32| -> Vec<Pairing> {
                    (0..ties).map(|tie| Pairing::new(len, mix(key(name) ^ u64::from(tie)))).collect()
                };
                let villages = (0..places.len()).map(|p| {
                    let words = places[p][1] >> 6;
                    let people = people.place(p).initial().max(1) as u64;
                    let size = ((u64::from(homes.village) * words + people / 2) / people).clamp(1, words.max(1));
                    Villages::new(words, size, homes.village_ties, mix(key("village") ^ p as u64))
                });
                Web::Homes(Homes {
                    villages: villages.collect(),
                    regions: regions
                        .iter()
                        .enumerate()
                        .map(|(r, slots)| {
                            pairings(&format!("region.{}", grid.regions[r]), slots[1], homes.province_ties)
                        })
                        .collect(),
                    nation: pairings("nation", nation[1], homes.nation_ties),
                })
            }
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

    /// The first contact that the person in `slot` (of `place`) may look at, drawn by `chance`, 64 random bits, alive or not, and
    /// its [`cause`]; the slot itself, who is no user, if there is none.
    #[inline(always)]
    pub fn propose(
        &self,
        people: &People,
        slot: u64,
        place: usize,
        weights: &ContactWeights<f64>,
        chance: u64,
    ) -> (u64, u8) {
        match &self.web {
            Web::Ring(ring) => (ring.tie(slot, picked(chance, ring.neighbours())), cause(Level::Tie)),
            Web::Edges(graph) => {
                let ties = graph.of(slot);
                match ties.get(scaled(chance, ties.len() as u64) as usize) {
                    Some(&other) => (u64::from(other), cause(Level::Tie)),
                    None => (slot, NOBODY),
                }
            }
            Web::Uniform => match level(weights, chance) {
                Some(level) => {
                    let [first, slots] = self.within(place, level);
                    (first + scaled(chance, slots), cause(level.max(Level::Village)))
                }
                None => (slot, NOBODY),
            },
            Web::Homes(homes) => match level(weights, chance) {
                Some(level) => (self.proposed_at(homes, people, slot, place, level, hash(chance, 2)), cause(level)),
                None => (slot, NOBODY),
            },
        }
    }

    /// A living contact of the person in `slot` (of `place`) drawn by `chance`: what [`Contacts::propose`] `proposed`, if that is one.
    pub fn look(
        &self,
        people: &People,
        slot: u64,
        place: usize,
        weights: &ContactWeights<f64>,
        chance: u64,
        proposed: (u64, u8),
    ) -> (u64, u8) {
        let is_oneself = proposed.0 == slot && !matches!(self.web, Web::Uniform);
        if people.lives(proposed.0) && !is_oneself {
            return proposed;
        }
        let nobody = (slot, NOBODY);
        match &self.web {
            Web::Edges(_) => nobody,
            Web::Ring(ring) => {
                let mut chance = chance;
                for _ in 0..TRIES {
                    chance = hash(chance, 1);
                    let other = ring.tie(slot, picked(chance, ring.neighbours()));
                    if people.lives(other) {
                        return (other, cause(Level::Tie));
                    }
                }
                nobody
            }
            Web::Uniform => {
                let Some(level) = level(weights, chance) else { return nobody };
                anyone(people, self.within(place, level), hash(chance, 1))
                    .map_or(nobody, |other| (other, cause(level.max(Level::Village))))
            }
            Web::Homes(homes) => {
                let Some(first) = level(weights, chance) else { return nobody };
                let wider = [
                    (Level::Household, weights.household),
                    (Level::Village, weights.village),
                    (Level::Province, weights.province),
                    (Level::Nation, weights.nation),
                ];
                let mut chance = hash(chance, 2);
                for (level, _) in wider.into_iter().filter(|(level, weight)| *level >= first && *weight > 0.0) {
                    // The proposal was the first try.
                    let tries = match (level, level == first) {
                        (Level::Household, _) => 0,
                        (_, true) => TRIES - 1,
                        _ => TRIES,
                    };
                    for _ in 0..tries {
                        chance = hash(chance, 1);
                        let other = self.proposed_at(homes, people, slot, place, level, chance);
                        if other != slot && people.lives(other) {
                            return (other, cause(level));
                        }
                    }
                    chance = hash(chance, 3);
                }
                nobody
            }
        }
    }

    /// The slots among which anyone may be looked at.
    fn within(&self, place: usize, level: Level) -> [u64; 2] {
        match level {
            Level::Household | Level::Village => self.places[place],
            Level::Province => self.regions[place / self.residences],
            _ => self.nation,
        }
    }

    /// The first contact at one level, alive or not; the slot itself if there is none.
    #[inline(always)]
    fn proposed_at(&self, homes: &Homes, people: &People, slot: u64, place: usize, level: Level, chance: u64) -> u64 {
        if level == Level::Household {
            let others = people.place(place).household(slot) & people.alive((slot >> 6) as usize) & !(1 << (slot & 63));
            let count = u64::from(others.count_ones());
            return if count > 0 { slot & !63 | select(others, scaled(chance, count)) } else { slot };
        }
        self.tie(homes, slot, place, level, scaled(chance, self.ties_at(homes, place, level)) as u32)
    }

    fn ties_at(&self, homes: &Homes, place: usize, level: Level) -> u64 {
        match level {
            Level::Village => homes.villages[place].pairings.len() as u64,
            Level::Province => homes.regions[place / self.residences].len() as u64,
            _ => homes.nation.len() as u64,
        }
    }

    /// Tie number `tie` of a slot at a level beyond the household; the slot itself where it has none.
    fn tie(&self, homes: &Homes, slot: u64, place: usize, level: Level, tie: u32) -> u64 {
        match level {
            Level::Village => {
                let first = self.places[place][0];
                first + homes.villages[place].tie(slot - first, tie)
            }
            Level::Province => {
                let region = place / self.residences;
                self.regions[region][0] + homes.regions[region][tie as usize].partner(slot - self.regions[region][0])
            }
            _ => homes.nation[tie as usize].partner(slot),
        }
    }

    /// Every living contact of the person in `slot`; none for a network without ties.
    pub fn every(&self, people: &People, slot: u64, found: &mut Vec<(Level, u64)>) {
        let from = found.len();
        match &self.web {
            Web::Uniform => {}
            Web::Ring(ring) => ring.ties(slot, found),
            Web::Edges(graph) => graph.ties(slot, found),
            Web::Homes(homes) => {
                let place = people.place_of(slot);
                let mut others = people.place(place).household(slot) & !(1 << (slot & 63));
                while others != 0 {
                    found.push((Level::Household, slot & !63 | u64::from(others.trailing_zeros())));
                    others &= others - 1;
                }
                let region = homes.regions[place / self.residences].len() as u32;
                let levels = [
                    (Level::Village, homes.villages[place].pairings.len() as u32),
                    (Level::Province, region),
                    (Level::Nation, homes.nation.len() as u32),
                ];
                for (level, ties) in levels {
                    for tie in 0..ties {
                        found.push((level, self.tie(homes, slot, place, level, tie)));
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

/// `bits` as a whole number below `count`.
#[inline(always)]
fn scaled(bits: u64, count: u64) -> u64 {
    ((u128::from(bits) * u128::from(count)) >> 64) as u64
}

/// The first half of `bits` as a whole number below `count`, which fits in 32 bits: in wide registers where it is inlined.
#[inline(always)]
fn picked(bits: u64, count: u32) -> u32 {
    (((bits >> 32) * u64::from(count)) >> 32) as u32
}

/// The level that `chance` picks by weight.
#[inline]
fn level(weights: &ContactWeights<f64>, chance: u64) -> Option<Level> {
    let mut left = unit53(hash(chance, 5));
    let levels = [
        (Level::Household, weights.household),
        (Level::Village, weights.village),
        (Level::Province, weights.province),
        (Level::Nation, weights.nation),
    ];
    let mut last = None;
    for (level, weight) in levels.into_iter().filter(|(_, weight)| *weight > 0.0) {
        last = Some(level);
        left -= weight;
        if left < 0.0 {
            break;
        }
    }
    last
}

/// Anyone who lives within a range of slots.
fn anyone(people: &People, [first, slots]: [u64; 2], chance: u64) -> Option<u64> {
    let mut chance = chance;
    for _ in 0..TRIES_FOR_ANYONE {
        let slot = first + scaled(chance, slots);
        if people.lives(slot) {
            return Some(slot);
        }
        chance = hash(chance, 1);
    }
    None
}

/// The position of set bit number `index` of `bits`.
#[inline]
fn select(mut bits: u64, index: u64) -> u64 {
    for _ in 0..index {
        bits &= bits - 1;
    }
    u64::from(bits.trailing_zeros())
}
