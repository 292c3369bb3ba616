//! A random pairing of people, computed and not stored.

/// Rounds of the scrambling; four make neighbours forget each other (the tests measure it).
const ROUNDS: usize = 4;

/// A random pairing of the numbers `0..len`: everyone has one partner, who has them.
///
/// A pairing is `partner = E^-1(E(x) with its lowest bit flipped)`, where `E` scrambles `0..len` one to one: a Feistel network
/// (Luby and Rackoff 1988, "How to construct pseudorandom permutations from pseudorandom functions") whose halves are the
/// rows and the columns of a table, so that any length works without trial and error. The table is as square as a power of two
/// of columns allows. The numbers left over, fewer than there are columns (at most the square root of `len`), have no partner.
///
/// Cost: some fifty operations, no memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pairing {
    keys: [u32; ROUNDS],
    rows: u32,
    column_bits: u32,
    /// Numbers below this have a partner.
    paired: u64,
}

/// A number scrambled: its pair, and which of the two it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scrambled {
    row: u32,
    column: u32,
}

impl Scrambled {
    /// A number that both of a pair share.
    #[inline(always)]
    #[must_use]
    pub fn pair(self) -> (u32, u32) {
        (self.row, self.column >> 1)
    }
}

/// A hash of 32 bits under a key: the finaliser of `MurmurHash3` (Appleby 2011).
#[inline(always)]
#[must_use]
pub fn scatter(key: u32, value: u32) -> u32 {
    let mut x = value ^ key;
    x = (x ^ (x >> 16)).wrapping_mul(0x85eb_ca6b);
    x = (x ^ (x >> 13)).wrapping_mul(0xc2b2_ae35);
    x ^ (x >> 16)
}

/// What tells variant number `variant` of a pairing from the others.
#[inline(always)]
pub(super) fn twist(variant: u32) -> u32 {
    variant.wrapping_mul(0x9e37_79b9)
}

impl Pairing {
    /// The pairing of `0..len` under `key`. `len` up to 2^56.
    #[must_use]
    pub fn new(len: u64, key: u64) -> Self {
        let bits = u64::BITS - len.leading_zeros();
        let column_bits = (bits / 2).clamp(1, 24);
        Self::table((len >> column_bits) as u32, column_bits, key)
    }

    /// The pairing of the numbers of a table with `rows` and 2^`column_bits` columns (1..=24), row by row, under `key`.
    #[must_use]
    pub fn table(rows: u32, column_bits: u32, key: u64) -> Self {
        let mix = |i: u64| crate::rng::mix(key ^ crate::rng::mix(i)) as u32;
        let keys = std::array::from_fn(|round| mix(round as u64 + 1));
        Self { keys, rows, column_bits, paired: u64::from(rows) << column_bits }
    }

    /// Whether `x` has a partner.
    #[inline(always)]
    #[must_use]
    pub fn has_partner(&self, x: u64) -> bool {
        x < self.paired
    }

    #[inline(always)]
    fn mask(&self) -> u32 {
        (1 << self.column_bits) - 1
    }

    #[inline(always)]
    fn shift(&self, key: u32, column: u32) -> u32 {
        ((u64::from(scatter(key, column)) * u64::from(self.rows)) >> 32) as u32
    }

    /// Where the number at a row and column (with a partner) lies when scrambled, in the variant of this `twist`.
    #[inline(always)]
    pub(super) fn scramble_as(&self, mut row: u32, mut column: u32, twist: u32) -> Scrambled {
        for round in [0, 2] {
            column ^= scatter(self.keys[round] ^ twist, row) & self.mask();
            let sum = u64::from(row) + u64::from(self.shift(self.keys[round + 1] ^ twist, column));
            let rows = u64::from(self.rows);
            row = (if sum >= rows { sum - rows } else { sum }) as u32;
        }
        Scrambled { row, column }
    }

    /// Row and column of the partner of the number that lies at `place`, for the variant of this `twist`.
    #[inline(always)]
    pub(super) fn partner_as(&self, place: Scrambled, twist: u32) -> (u32, u32) {
        let (mut row, mut column) = (place.row, place.column ^ 1);
        for round in [2, 0] {
            let back = self.shift(self.keys[round + 1] ^ twist, column);
            row = row.wrapping_sub(back).wrapping_add(if row >= back { 0 } else { self.rows });
            column ^= scatter(self.keys[round] ^ twist, row) & self.mask();
        }
        (row, column)
    }

    /// The partner of `x`; itself where it has none.
    #[inline(always)]
    #[must_use]
    pub fn partner(&self, x: u64) -> u64 {
        self.partner_in(0, x)
    }

    /// As [`Pairing::partner`], in another pairing of the same numbers: number `variant` of a family, of which this one is number 0.
    /// Without a branch, for wide registers.
    #[inline(always)]
    #[must_use]
    pub fn partner_in(&self, variant: u32, x: u64) -> u64 {
        let twist = twist(variant);
        let scrambled = self.scramble_as((x >> self.column_bits) as u32, x as u32 & self.mask(), twist);
        let (row, column) = self.partner_as(scrambled, twist);
        let partner = (u64::from(row) << self.column_bits) | u64::from(column);
        if self.has_partner(x) { partner } else { x }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_has_one_partner_who_has_them() {
        for len in (0..70).chain([100, 127, 128, 1000, 4097, 10_007]) {
            for key in 0..5 {
                let pairing = Pairing::new(len, key);
                let mut alone = 0;
                for x in 0..len {
                    let partner = pairing.partner(x);
                    assert!(partner < len, "{len}: {x} has {partner}");
                    assert_eq!(pairing.partner(partner), x, "{len}");
                    alone += u64::from(partner == x);
                }
                assert!(alone * alone <= len.max(1) * 2, "{alone} of {len} are alone");
            }
        }
    }

    #[test]
    fn pairings_of_more_people_than_32_bits_count_are_symmetric_too() {
        let pairing = Pairing::new(8_200_000_001, 3);
        for x in (0..8_200_000_001).step_by(8_123_457) {
            let partner = pairing.partner(x);
            assert!(partner < 8_200_000_001 && pairing.partner(partner) == x);
        }
    }

    /// Chi-squared over 64 bins: partners of people side by side must lie anywhere. False alarms: 1 in 10,000 each (upper
    /// 0.9999 point with 63 degrees of freedom: 113.1).
    fn chi_squared(values: impl Iterator<Item = f64>) -> f64 {
        let mut bins = [0.0; 64];
        let mut count = 0.0;
        for value in values {
            bins[(value * 64.0) as usize % 64] += 1.0;
            count += 1.0;
        }
        bins.iter().map(|n| (n - count / 64.0) * (n - count / 64.0) / (count / 64.0)).sum()
    }

    #[test]
    fn partners_lie_anywhere_and_those_of_neighbours_have_nothing_in_common() {
        for len in [60_000_u64, 1 << 16, 15_000_000] {
            let pairing = Pairing::new(len, 11);
            let place = |x: u64| pairing.partner(x) as f64 / len as f64;
            let step = (len / 50_000).max(1) as usize;
            let some = || (0..len - 1).step_by(step);
            assert!(chi_squared(some().map(place)) < 113.1, "{len}: places");
            let apart = |x: u64| (place(x + 1) - place(x)).rem_euclid(1.0);
            assert!(chi_squared(some().map(apart)) < 113.1, "{len}: neighbours");
            let moved = |x: u64| (place(x) - x as f64 / len as f64).rem_euclid(1.0);
            assert!(chi_squared(some().map(moved)) < 113.1, "{len}: distances");
        }
        // A pairing that scrambles nothing must fail.
        assert!(
            chi_squared((0..60_000_u64).map(|x| ((x ^ 1) as f64 / 60_000.0 - x as f64 / 60_000.0).rem_euclid(1.0)))
                > 113.1
        );
    }
}
