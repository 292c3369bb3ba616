//! Whom a person looks at: one contact at random, by level and tie.

use std::sync::Arc;

use super::bits;
use super::homes::{self, Homes, scaled};
use super::people::People;
use crate::adoption::exposure::ContactWeights;
use crate::engine::world::World;
use crate::network::{EdgeList, Level, Ring, Ties};
use crate::rng::{Purpose, Stream, hash};
use crate::scenario::Network;

/// Ties of a ring looked at for one of someone who lives: one in 2^16 is missed where half of the ties are of people dead or unborn.
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

    /// The position of the level that `chance` picks by weight; [`u8::MAX`] if none has any.
    #[inline(always)]
    fn position(&self, chance: u64) -> u8 {
        let bits = hash(chance, 5) >> 11;
        let passed = self.passed.map(|limit| u8::from(bits >= limit));
        (passed[0] + passed[1] + passed[2]).min(self.last) | if self.last == u8::MAX { u8::MAX } else { 0 }
    }

    fn level(&self, chance: u64) -> Option<Level> {
        LEVELS.get(usize::from(self.position(chance))).copied()
    }
}

/// Room to find the contacts of many people.
#[derive(Debug, Default)]
pub struct Room {
    levels: Vec<u8>,
    chances: Vec<u64>,
    homes: homes::Room,
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
            Network::Households(homes) => Web::Homes(Homes::new(homes, people, (&places, &regions, nation[1]), key)),
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
    /// in the slot's stead; the slot itself, who is no user, if there is none. Into `causes` goes the [`cause`].
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
                    *other = ring.tie(*other, picked(chance, ring.neighbours()));
                    *found = cause(Level::Tie);
                }
            }
            Web::Edges(graph) => {
                for ((other, found), &chance) in all {
                    let ties = graph.of(*other);
                    let tie = ties.get(scaled(chance, ties.len() as u64) as usize);
                    *found = if tie.is_some() { cause(Level::Tie) } else { NOBODY };
                    *other = tie.map_or(*other, |&tie| u64::from(tie));
                }
            }
            Web::Uniform => {
                for ((other, found), &chance) in all {
                    let level = levels.level(chance);
                    *found = level.map_or(NOBODY, |level| cause(level.max(Level::Village)));
                    *other = level.map_or(*other, |level| {
                        let [first, slots] = self.within(place, level);
                        first + scaled(chance, slots)
                    });
                }
            }
            Web::Homes(_) if levels.last == u8::MAX => causes.fill(NOBODY),
            Web::Homes(homes) => {
                let Room { levels: positions, chances: further, homes: room } = room;
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
                homes.pick_many(people, place, positions, further, others, room);
            }
        }
    }

    /// A living contact of the person in `slot` (of `place`) drawn by `chance`: whom [`Contacts::propose`] `proposed`, if they are one.
    pub fn look(
        &self,
        people: &People,
        slot: u64,
        place: usize,
        levels: &Levels,
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
                let Some(level) = levels.level(chance) else { return nobody };
                anyone(people, self.within(place, level), hash(chance, 1))
                    .map_or(nobody, |other| (other, cause(level.max(Level::Village))))
            }
            Web::Homes(homes) => {
                let Some(first) = levels.level(chance) else { return nobody };
                let wider = LEVELS.into_iter().filter(|&level| level >= first && levels.weighty[level as usize]);
                let mut chance = homes::further(chance);
                for level in wider.filter(|&level| level > Level::Household) {
                    // The proposal was the first try.
                    let tried = if level == first { Some(homes.tie_number(level, chance)) } else { None };
                    if let Some(other) = homes.any_of(slot, place, level, tried, chance, |other| people.lives(other)) {
                        return (other, cause(level));
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

    /// Every living contact of the person in `slot`; none for a network without ties.
    pub fn every(&self, people: &People, slot: u64, found: &mut Vec<(Level, u64)>) {
        let from = found.len();
        match &self.web {
            Web::Uniform => {}
            Web::Ring(ring) => ring.ties(slot, found),
            Web::Edges(graph) => graph.ties(slot, found),
            Web::Homes(homes) => {
                let place = people.place_of(slot);
                let others = people.place(place).household(slot) & !(1 << (slot & 63));
                found.extend(bits::set(others).map(|bit| (Level::Household, slot & !63 | bit)));
                for level in LEVELS {
                    for tie in 0..homes.ties_at(level) {
                        found.push((level, homes.tie(slot, place, level, tie)));
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

/// The first half of `bits` as a whole number below `count`, which fits in 32 bits: in wide registers where it is inlined.
#[inline(always)]
fn picked(bits: u64, count: u32) -> u32 {
    (((bits >> 32) * u64::from(count)) >> 32) as u32
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
