//! A small world: a ring of neighbours, some of whose ties are rewired.

use super::pairing::{Pairing, scatter, twist};
use super::{Level, Ties};
use crate::rng::mix;

/// Most ties to one side.
pub const MOST_TO_ONE_SIDE: usize = 16;

/// A ring of `people`, each tied to the `neighbours / 2` next ones on either side; each of these ties is rewired with a given
/// probability.
///
/// After Watts and Strogatz (1998, "Collective dynamics of 'small-world' networks"). Departure: ties are rewired two at a time,
/// `(a, a + j)` and `(c, c + j)` into `(a, c + j)` and `(c, a + j)` with `c` anywhere on the ring (the switch of Maslov and Sneppen
/// 2002), so that everyone keeps exactly `neighbours` ties, and any tie can be computed from either end without a
/// table. Clustering falls with `(1 - rewiring)^3` all the same.
#[derive(Clone, Debug)]
pub struct Ring {
    people: u64,
    /// Ties of one person.
    neighbours: u32,
    /// A pair of ties is rewired when its hash lies below this.
    rewired_below: u64,
    /// By distance along the ring, less 1.
    pairings: Vec<Pairing>,
    key: u32,
}

impl Ring {
    /// A ring of `people` (more than `neighbours`) with an even number of `neighbours` (2..=32), rewired with
    /// probability `rewiring` (0..=1) under `key`.
    ///
    /// # Panics
    /// When `neighbours` is odd or out of range, or there are not more people.
    #[must_use]
    pub fn new(people: u64, neighbours: u32, rewiring: f64, key: u64) -> Self {
        let sides = neighbours as usize / 2;
        assert!(neighbours.is_multiple_of(2) && (1..=MOST_TO_ONE_SIDE).contains(&sides), "{neighbours} neighbours");
        assert!(people > u64::from(neighbours), "{people} people with {neighbours} neighbours each");
        Self {
            people,
            neighbours,
            rewired_below: (rewiring.clamp(0.0, 1.0) * 4_294_967_296.0) as u64,
            pairings: (0..sides).map(|side| Pairing::new(people, mix(key)).variant(side as u32)).collect(),
            key: mix(!key) as u32,
        }
    }

    /// Ties of one person.
    #[must_use]
    pub fn neighbours(&self) -> u32 {
        self.neighbours
    }

    /// The person at the other end of tie number `tie` (below [`Ring::neighbours`]) of `person`.
    #[inline(always)]
    #[must_use]
    pub fn tie(&self, person: u64, tie: u32) -> u64 {
        let side = (tie >> 1) as usize;
        let distance = side as u64 + 1;
        let forward = tie & 1 == 0;
        // The tie is that of `start` to the person `distance` further on.
        let start = if forward { person } else { self.back(person, distance) };
        let pairing = &self.pairings[side];
        if pairing.has_partner(start) {
            let place = pairing.scramble(start);
            let (row, column) = place.pair();
            if u64::from(scatter(self.key, row ^ column.rotate_left(16) ^ side as u32)) < self.rewired_below {
                return self.rewired(person, start, distance, pairing.partner_of(place));
            }
        }
        if forward { self.on(person, distance) } else { start }
    }

    /// The ties of many at once: of each of `persons` the one that `pick` chooses by 64 random bits, as [`Ring::tie`] gives it.
    #[inline(always)]
    pub fn ties_of(&self, persons: &[u64], chances: &[u64], others: &mut [u64], pick: impl Fn(u64, u32) -> u32) {
        const MANY: usize = 64;
        let Some(pairing) = self.pairings.first() else { return };
        let mut switched = [0_u8; MANY];
        for ((persons, chances), others) in persons.chunks(MANY).zip(chances.chunks(MANY)).zip(others.chunks_mut(MANY))
        {
            // Without a branch, for wide registers.
            for (((&person, &chance), other), switched) in
                persons.iter().zip(chances).zip(&mut *others).zip(&mut switched)
            {
                let tie = pick(chance, self.neighbours);
                let side = tie >> 1;
                let distance = u64::from(side) + 1;
                let (on, back) = (self.on(person, distance), self.back(person, distance));
                let start = if tie & 1 == 0 { person } else { back };
                let (row, column) = pairing.scramble_as(start, twist(side)).pair();
                let hash = scatter(self.key, row ^ column.rotate_left(16) ^ side);
                *switched = u8::from(pairing.has_partner(start)) & u8::from(u64::from(hash) < self.rewired_below);
                *other = if tie & 1 == 0 { on } else { back };
            }
            for (i, other) in others.iter_mut().enumerate().filter(|(i, _)| switched[*i] == 1) {
                *other = self.tie(persons[i], pick(chances[i], self.neighbours));
            }
        }
    }

    /// The tie of `start` to `distance` further on, switched with that of `other`; nothing is switched where it would tie someone
    /// to themselves.
    #[cold]
    fn rewired(&self, person: u64, start: u64, distance: u64, other: u64) -> u64 {
        let forward = person == start;
        let (end, other_end) = (self.on(start, distance), self.on(other, distance));
        if other_end == start || end == other {
            return if forward { end } else { start };
        }
        if forward { other_end } else { other }
    }

    #[inline(always)]
    fn on(&self, person: u64, distance: u64) -> u64 {
        let next = person + distance;
        if next >= self.people { next - self.people } else { next }
    }

    #[inline(always)]
    fn back(&self, person: u64, distance: u64) -> u64 {
        if person >= distance { person - distance } else { person + self.people - distance }
    }
}

impl Ties for Ring {
    fn persons(&self) -> u64 {
        self.people
    }

    fn lives(&self, _person: u64) -> bool {
        true
    }

    fn ties(&self, person: u64, found: &mut Vec<(Level, u64)>) {
        found.extend((0..self.neighbours).map(|tie| (Level::Tie, self.tie(person, tie))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_are_symmetric_and_everyone_has_as_many() {
        for (people, neighbours, rewiring) in
            [(11, 10, 0.5), (40, 6, 1.0), (1000, 10, 0.05), (1003, 4, 0.3), (500, 32, 0.0)]
        {
            for key in 0..4 {
                let ring = Ring::new(people, neighbours, rewiring, key);
                let mut ends: Vec<(u64, u64)> = Vec::new();
                for person in 0..people {
                    for tie in 0..neighbours {
                        let other = ring.tie(person, tie);
                        assert!(other < people && other != person, "{people} {person} {tie}: {other}");
                        ends.push((person, other));
                    }
                }
                let mut turned: Vec<(u64, u64)> = ends.iter().map(|&(a, b)| (b, a)).collect();
                ends.sort_unstable();
                turned.sort_unstable();
                assert_eq!(ends, turned, "{people} {neighbours} {rewiring}");
            }
        }
    }

    #[test]
    fn without_rewiring_ties_are_the_next_on_either_side() {
        let ring = Ring::new(20, 4, 0.0, 9);
        let mut found = Vec::new();
        ring.ties(0, &mut found);
        let mut others: Vec<u64> = found.iter().map(|(_, other)| *other).collect();
        others.sort_unstable();
        assert_eq!(others, [1, 2, 18, 19]);
    }

    #[test]
    fn the_stated_share_of_ties_is_rewired_to_anywhere() {
        let (people, neighbours) = (200_000_u64, 10);
        for rewiring in [0.05, 0.3] {
            let ring = Ring::new(people, neighbours, rewiring, 5);
            let distances = |person: u64| {
                let ring = &ring;
                (0..neighbours).map(move |tie| {
                    let apart = ring.tie(person, tie).abs_diff(person);
                    apart.min(people - apart)
                })
            };
            let far: Vec<u64> = (0..people).flat_map(distances).filter(|&d| d > 5).collect();
            let share = far.len() as f64 / (people * u64::from(neighbours)) as f64;
            // A million pairs of ties, rewired together: standard error 0.0007 at most; six of them.
            assert!((share - rewiring).abs() < 0.004, "{share} of {rewiring}");
            let mean = far.iter().sum::<u64>() as f64 / far.len() as f64;
            assert!((mean / people as f64 - 0.25).abs() < 0.01, "{mean}");
        }
    }
}
