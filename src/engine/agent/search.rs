//! The search for a contact who lives, when the first one that somebody picked does not.

use super::bits;
use super::contacts::{Contacts, Levels, Room, Web, on_ring, picked};
use super::homes::{further, scaled};
use super::people::People;
use crate::network::Level;
use crate::rng::hash;

/// Ties of a ring looked at for one of someone who lives: one in 2^16 is missed where half of the ties are of people dead or unborn.
const TRIES: u64 = 16;
/// Slots looked at for anyone who lives.
const TRIES_FOR_ANYONE: u64 = 64;

/// One person's search.
#[derive(Clone, Copy, Debug, Default)]
pub struct Search {
    /// Which candidate it is.
    pub candidate: u32,
    /// The slot of who searches, and whom they look at now.
    pub slot: u64,
    pub other: u64,
    /// Position of the level at which they search.
    level: u8,
    /// The cause that this contact would be.
    pub cause: u8,
    tie: u8,
    chance: u64,
    /// Ties of the level that were not tried, as bits; or how many more may be.
    untried: u64,
}

impl Contacts {
    /// The search of the person in `slot`, candidate number `candidate`, who was to look, by `chance`, at a contact of cause `found`, who does
    /// not live.
    pub fn search(&self, levels: &Levels, (candidate, slot): (u32, u64), chance: u64, found: u8) -> Search {
        let mut search = Search { candidate, slot, other: slot, cause: found, chance, ..Search::default() };
        match &self.web {
            Web::Edges(_) => {}
            Web::Ring(_) => search.untried = TRIES,
            Web::Uniform => {
                search.level = levels.position(chance);
                search.untried = if search.level == u8::MAX { 0 } else { TRIES_FOR_ANYONE };
            }
            Web::Homes(homes) => {
                search.level = levels.position(chance);
                search.chance = further(chance);
                let level = Level::Household as u8;
                if search.level != level && search.level != u8::MAX {
                    let ties = homes.ties_at(search.level);
                    // The proposal was the first try.
                    let tried = if ties == 0 { 0 } else { 1 << homes.tie_number(search.level, search.chance) };
                    search.untried = all(ties) & !tried;
                }
            }
        }
        search
    }

    /// Another contact for each of the `searches` of people at `place` (in households and villages no tie twice); those with nobody left are given up.
    #[inline(always)]
    pub fn search_on(
        &self,
        people: &People,
        place: usize,
        levels: &Levels,
        searches: &mut Vec<Search>,
        room: &mut Room,
    ) {
        match &self.web {
            Web::Edges(_) => searches.clear(),
            Web::Ring(ring) => searches.retain_mut(|search| {
                let slot = search.slot;
                search.another_try(|chance| on_ring(ring, people, slot, picked(chance, ring.neighbours())))
            }),
            Web::Uniform => searches.retain_mut(|search| {
                let [first, slots] = self.within(place, search.level);
                search.another_try(|chance| first + scaled(chance, slots))
            }),
            Web::Homes(homes) => {
                searches.retain_mut(|search| search.another_tie(levels, |level| homes.ties_at(level)));
                let Room { levels, numbers, others, homes: room, .. } = room;
                levels.clear();
                numbers.clear();
                others.clear();
                levels.extend(searches.iter().map(|search| search.level));
                numbers.extend(searches.iter().map(|search| u32::from(search.tie)));
                others.extend(searches.iter().map(|search| search.slot));
                homes.ties_of(people, place, levels, numbers, others, room);
                for (search, &other) in searches.iter_mut().zip(&*others) {
                    search.other = other;
                }
            }
        }
    }
}

impl Search {
    /// Picks someone else, if that may be tried once more.
    fn another_try(&mut self, pick: impl Fn(u64) -> u64) -> bool {
        if self.untried == 0 {
            return false;
        }
        self.untried -= 1;
        self.chance = hash(self.chance, 1);
        self.other = pick(self.chance);
        true
    }

    /// Picks another tie of the level; if none is left, of the next wider one with a weight.
    #[inline(always)]
    fn another_tie(&mut self, levels: &Levels, ties: impl Fn(u8) -> u32) -> bool {
        while self.untried == 0 {
            self.level = self.level.saturating_add(1);
            if self.level > Level::Nation as u8 {
                return false;
            }
            if levels.weighty(self.level) {
                self.untried = all(ties(self.level));
                self.chance = hash(self.chance, 3);
                self.cause = 1 + self.level;
            }
        }
        self.chance = hash(self.chance, 1);
        let tie = bits::nth(self.untried, scaled(self.chance, u64::from(self.untried.count_ones())));
        self.untried &= !(1 << tie);
        self.tie = tie as u8;
        true
    }
}

/// So many ties, as bits.
#[inline(always)]
fn all(ties: u32) -> u64 {
    if ties == 0 { 0 } else { !0 >> (u64::BITS - ties.min(u64::BITS)) }
}
