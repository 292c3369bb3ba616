//! A small world: a ring of neighbours, some of whose ties are rewired.

use super::pairing::{Pairing, scatter, twist};
use super::{Level, Ties};
use crate::rng::mix;

/// Most ties to one side.
pub const MOST_TO_ONE_SIDE: usize = 16;

/// Most columns of the table that ties are laid out in, as a power of two.
pub const MOST_COLUMN_BITS: u32 = 12;

/// A ring of `people`, each tied to the `neighbours / 2` next ones on either side; each of these ties is rewired with a given
/// probability.
///
/// After Watts and Strogatz (1998, "Collective dynamics of 'small-world' networks"). Departure: ties are rewired two at a time,
/// `(a, a + j)` and `(c, c + j)` into `(a, c + j)` and `(c, a + j)` with `c` anywhere on the ring (the switch of Maslov and Sneppen
/// 2002), so that everyone keeps exactly `neighbours` ties, and any tie can be computed from either end without a
/// table. Clustering falls with `(1 - rewiring)^3` all the same.
///
/// Most looks find a tie that is not rewired, so that has to be told quickly. The ties of one distance lie in a table, as many
/// to a row as a power of two allows, whose columns are mixed anew in each row; only those that fall into the first few columns may be
/// rewired, as many as the probability asks for, rounded up to a power of two, and those are paired among themselves. The last
/// ties, too few to fill a row, are never rewired.
#[derive(Clone, Debug)]
pub struct Ring {
    people: u64,
    /// Ties of one person.
    neighbours: u32,
    /// Columns of the table, as a power of two, and its full rows.
    column_bits: u32,
    rows: u32,
    /// Columns, once mixed, whose ties may be rewired.
    candidates: u32,
    /// A pair of them is rewired when its hash lies below this.
    rewired_below: u64,
    /// That of ties to the next; those of ties further on are variants of it.
    pairing: Pairing,
    mixing: Mixing,
    key: u32,
}

/// A one-to-one mixing of the columns.
#[derive(Clone, Copy, Debug)]
struct Mixing {
    factors: [u32; 2],
    inverses: [u32; 2],
    shift: u32,
    mask: u32,
}

impl Mixing {
    fn new(bits: u32, key: u64) -> Self {
        let factors = [mix(key) as u32 | 1, mix(key ^ 1) as u32 | 1];
        // Newton's steps: each doubles the number of right bits, beginning with three.
        let inverse = |odd: u32| (0..4).fold(odd, |x, _| x.wrapping_mul(2_u32.wrapping_sub(odd.wrapping_mul(x))));
        Self { factors, inverses: factors.map(inverse), shift: bits.div_ceil(2).max(1), mask: (1 << bits) - 1 }
    }

    #[inline(always)]
    fn mixed(&self, column: u32) -> u32 {
        let x = column.wrapping_mul(self.factors[0]) & self.mask;
        (x ^ (x >> self.shift)).wrapping_mul(self.factors[1]) & self.mask
    }

    #[inline(always)]
    fn unmixed(&self, place: u32) -> u32 {
        let x = place.wrapping_mul(self.inverses[1]) & self.mask;
        (x ^ (x >> self.shift)).wrapping_mul(self.inverses[0]) & self.mask
    }
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
        let column_bits = ((u64::BITS - people.leading_zeros()) / 2).clamp(1, MOST_COLUMN_BITS);
        let rows = (people >> column_bits) as u32;
        let wanted = rewiring.clamp(0.0, 1.0) * f64::from(1_u32 << column_bits);
        let candidate_bits = (libm::ceil(wanted) as u32).next_power_of_two().trailing_zeros().max(1);
        let below = wanted / f64::from(1_u32 << candidate_bits);
        Self {
            people,
            neighbours,
            column_bits,
            rows,
            candidates: if wanted > 0.0 { 1 << candidate_bits } else { 0 },
            rewired_below: (below * 4_294_967_296.0) as u64,
            pairing: Pairing::table(rows, candidate_bits, mix(key)),
            mixing: Mixing::new(column_bits, mix(key ^ mix(!key))),
            key: mix(!key) as u32,
        }
    }

    /// Ties of one person.
    #[must_use]
    pub fn neighbours(&self) -> u32 {
        self.neighbours
    }

    /// The person at the other end of tie number `tie` (below [`Ring::neighbours`]) of `person`. Without a branch, for wide registers.
    #[inline(always)]
    #[must_use]
    #[allow(clippy::needless_bitwise_bool, reason = "without a branch")]
    pub fn tie(&self, person: u64, tie: u32) -> u64 {
        let (side, forward) = (tie >> 1, tie & 1 == 0);
        let distance = u64::from(side) + 1;
        // The tie is that of `start` to the person `distance` further on.
        let start = if forward { person } else { self.back(person, distance) };
        let end = self.on(start, distance);
        // Perhaps it is switched with that of another.
        let (row, twist) = ((start >> self.column_bits) as u32, twist(side));
        let place = self.place(row, start as u32, side);
        let scrambled = self.pairing.scramble_as(row, place, twist);
        let (pair_row, pair_column) = scrambled.pair();
        let chance = u64::from(scatter(self.key, pair_row ^ pair_column.rotate_left(16) ^ side));
        let (other_row, other_place) = self.pairing.partner_as(scrambled, twist);
        let column = (self.mixing.unmixed(other_place) ^ scatter(self.key ^ twist, other_row)) & self.mixing.mask;
        let other = u64::from(other_row) << self.column_bits | u64::from(column);
        let other_end = self.on(other, distance);
        // Nothing is switched where it would tie someone to themselves.
        let switched = (place < self.candidates)
            & (row < self.rows)
            & (chance < self.rewired_below)
            & (other_end != start)
            & (end != other);
        let (plain, far) = if forward { (end, other_end) } else { (start, other) };
        if switched { far } else { plain }
    }

    /// Where the tie of `column` (its lowest bits) and `row` of the table of `side` lies, once columns are mixed.
    #[inline(always)]
    fn place(&self, row: u32, column: u32, side: u32) -> u32 {
        self.mixing.mixed((column ^ scatter(self.key ^ twist(side), row)) & self.mixing.mask)
    }

    /// The ties of many at once, for wide registers. `base` is a multiple of 2^[`MOST_COLUMN_BITS`]; `of` tells of each item the
    /// person, counted from `base` (below 2^30), and the tie. Into `others` goes the other end, counted from `base` too and
    /// perhaps beyond an end of the ring; into `perhaps` 1 where the tie may be rewired, so that [`Ring::tie`] has to be asked.
    #[inline(always)]
    pub fn near<T: Copy>(
        &self,
        base: u64,
        items: &[T],
        of: impl Fn(T) -> (u32, u32),
        others: &mut [i32],
        perhaps: &mut [u32],
    ) {
        let first_row = (base >> self.column_bits) as u32;
        for ((&item, other), perhaps) in items.iter().zip(others).zip(perhaps) {
            let (person, tie) = of(item);
            let (side, forward) = (tie >> 1, tie & 1 == 0);
            let (person, distance) = (person as i32, side as i32 + 1);
            let start = if forward { person } else { person - distance };
            let row = first_row.wrapping_add((start >> self.column_bits) as u32);
            *perhaps = u32::from(self.place(row, start as u32, side) < self.candidates);
            *other = if forward { person + distance } else { start };
        }
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
    fn ties_of_many_at_once_are_those_of_one_at_a_time() {
        let (base, people) = (1 << 14, 50_000);
        let ring = Ring::new(people, 12, 0.2, 7);
        let items: Vec<(u32, u32)> = (0..4096).flat_map(|person| (0..12).map(move |tie| (person, tie))).collect();
        let (mut others, mut perhaps) = (vec![0; items.len()], vec![0; items.len()]);
        ring.near(base, &items, |item| item, &mut others, &mut perhaps);
        let asked: u32 = perhaps.iter().sum();
        // A fifth, rounded up to a fourth.
        assert!((0.24..0.26).contains(&(f64::from(asked) / items.len() as f64)), "{asked}");
        for ((&(person, tie), &other), _) in
            items.iter().zip(&others).zip(&perhaps).filter(|(_, perhaps)| **perhaps == 0)
        {
            assert_eq!(ring.tie(base + u64::from(person), tie), (base as i64 + i64::from(other)) as u64);
        }
    }

    #[test]
    fn columns_are_mixed_one_to_one() {
        for bits in 1..=MOST_COLUMN_BITS {
            let mixing = Mixing::new(bits, 3);
            assert!((0..1 << bits).all(|column| mixing.unmixed(mixing.mixed(column)) == column), "{bits}");
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
