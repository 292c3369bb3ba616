//! How the people of a place are laid out: 64 neighbours to a word, households side by side.
//!
//! Places that change keep a slot for everyone who will ever live there: first those who live there at the start, from the oldest
//! to the youngest, dealt to the words like cards; then those yet unborn, in the order of their birth; newcomers
//! have slots of their own, the last of each word. So every word holds people of all ages, every word gets its share of the
//! newborn, and the slot of a person depends on nothing but the scenario's population.
//!
//! Within a word, households are dealt their members in the same way: the oldest first, one to each household, then the next
//! oldest to those with more members. Small households thus are of older people, and children live in large ones.

use crate::rng::{Address, Purpose, Stream, unit32};

/// Ways in which words are divided into households.
const PATTERNS: usize = 64;

/// The slots of one place.
#[derive(Clone, Debug)]
pub struct PlaceLayout {
    /// First word and number of words.
    first: usize,
    words: usize,
    /// People at the start.
    initial: usize,
    /// Newcomers' slots in each word, the last ones.
    newcomers: usize,
    /// Position of the place's first newcomer among all places' newcomers.
    first_newcomer: usize,
    /// Whether people lie one after the other, as on a ring.
    sequential: bool,
    patterns: Vec<Pattern>,
    key: u64,
}

/// A division of a word into households.
#[derive(Clone, Debug)]
struct Pattern {
    /// Where the person of each column (oldest first, then the unborn, then newcomers) lives.
    bit_of_column: [u8; 64],
    /// The bit at which each household begins.
    starts: u64,
}

/// What a place has to hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demand {
    /// People at the start.
    pub initial: usize,
    /// Births over the run.
    pub births: usize,
    /// Newcomers over the run.
    pub newcomers: usize,
}

impl PlaceLayout {
    /// A layout from word `first` on. `sizes` are shares of households with 1, 2, 3 ... members.
    pub fn new(
        (place, first, first_newcomer): (usize, usize, usize),
        demand: Demand,
        sequential: bool,
        sizes: &[f64],
        seed: u64,
    ) -> Self {
        let residents = demand.initial + demand.births;
        let all = residents + demand.newcomers;
        let newcomers = match demand.newcomers {
            0 => 0,
            some => ((64 * some).div_ceil(all.max(1))).clamp(1, 62),
        };
        let words = residents.div_ceil(64 - newcomers).max(if newcomers == 0 {
            0
        } else {
            demand.newcomers.div_ceil(newcomers)
        });
        let stream = Stream::new(seed, Purpose::Ties, "households");
        let columns = if words == 0 { 0 } else { demand.initial.div_ceil(words) };
        let pattern = |index: usize| {
            let at = Address { replicate: index as u32, step: 0, entity: place as u32 };
            let mut draws = stream.draws(at, 0);
            Pattern::new(columns, newcomers, sizes, || unit32(draws.word()))
        };
        Self {
            first,
            words,
            initial: demand.initial,
            newcomers,
            first_newcomer,
            sequential,
            patterns: (0..PATTERNS).map(pattern).collect(),
            key: stream.hash_key(u32::MAX, place as u32),
        }
    }

    /// Its words.
    #[inline]
    pub fn word_range(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.words
    }

    /// People at the start.
    pub fn initial(&self) -> usize {
        self.initial
    }

    /// Newcomers' slots.
    pub fn newcomers(&self) -> usize {
        self.words * self.newcomers
    }

    #[inline]
    fn pattern(&self, word: usize) -> &Pattern {
        &self.patterns[crate::rng::hash(self.key, word as u64) as usize % PATTERNS]
    }

    fn slot(&self, word: usize, column: usize) -> u64 {
        let word = self.first + word;
        (word as u64) << 6 | u64::from(self.pattern(word).bit_of_column[column])
    }

    /// The slot of resident number `index`: those at the start from the oldest to the youngest, then the newborn.
    pub fn resident(&self, index: usize) -> u64 {
        if self.sequential {
            ((self.first as u64) << 6) + index as u64
        } else {
            self.slot(index % self.words, index / self.words)
        }
    }

    /// The slot of newcomer number `index`.
    pub fn newcomer(&self, index: usize) -> u64 {
        self.slot(index % self.words, 64 - self.newcomers + index / self.words)
    }

    /// The position among all places' newcomers' slots, if `slot` is one.
    #[inline(always)]
    pub fn newcomer_number(&self, slot: u64) -> Option<usize> {
        let bit = (slot & 63) as usize;
        (bit + self.newcomers >= 64).then(|| {
            let word = (slot >> 6) as usize - self.first;
            self.first_newcomer + word * self.newcomers + bit + self.newcomers - 64
        })
    }

    /// Newcomers' slots of each word, the last ones.
    #[inline(always)]
    pub fn newcomers_in_word(&self) -> usize {
        self.newcomers
    }

    /// The slots of the household that `slot` belongs to, as bits of its word.
    #[inline]
    pub fn household(&self, slot: u64) -> u64 {
        let starts = self.pattern((slot >> 6) as usize).starts;
        let bit = slot & 63;
        let up_to = !0_u64 >> (63 - bit);
        let first = 63 - u64::from((starts & up_to).leading_zeros());
        let later = starts & !up_to;
        let end = if later == 0 { 64 } else { u64::from(later.trailing_zeros()) };
        (!0 >> (64 - (end - first))) << first
    }
}

impl Pattern {
    /// A division for words that begin with `initial` people and end with `newcomers`' slots.
    fn new(initial: usize, newcomers: usize, sizes: &[f64], mut uniform: impl FnMut() -> f64) -> Self {
        let residents = 64 - newcomers;
        let initial = initial.clamp(1, residents);
        let mut drawn = || {
            let mut left = uniform();
            for (i, share) in sizes.iter().enumerate() {
                left -= share;
                if left < 0.0 {
                    return i + 1;
                }
            }
            sizes.len().max(1)
        };
        let mut take = |people: usize| {
            let mut households = Vec::new();
            let mut left = people;
            while left > 0 {
                let size = drawn().min(left);
                households.push(size);
                left -= size;
            }
            households
        };
        let mut members: Vec<Vec<usize>> = Vec::new();
        let homes = take(initial);
        members.resize(homes.len(), Vec::new());
        // The oldest to each household, then the next to those with more members.
        let mut column = 0;
        let mut round = 0;
        while column < initial {
            for (home, &size) in homes.iter().enumerate() {
                if size > round {
                    members[home].push(column);
                    column += 1;
                }
            }
            round += 1;
        }
        // Children, one household after another; to those of one person only if there are no others.
        let growing: Vec<usize> = (0..homes.len()).filter(|&home| homes[home] > 1).collect();
        let growing = if growing.is_empty() { (0..homes.len()).collect() } else { growing };
        for (i, column) in (initial..residents).enumerate() {
            members[growing[i % growing.len()]].push(column);
        }
        let mut next = residents;
        for size in take(newcomers) {
            members.push((next..next + size).collect());
            next += size;
        }
        let (mut bit_of_column, mut starts, mut bit) = ([0; 64], 0, 0);
        for household in members {
            starts |= 1 << bit;
            for column in household {
                bit_of_column[column] = bit;
                bit += 1;
            }
        }
        Self { bit_of_column, starts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(initial: usize, births: usize, newcomers: usize) -> PlaceLayout {
        let sizes = [0.1, 0.2, 0.3, 0.25, 0.15];
        PlaceLayout::new((3, 10, 100), Demand { initial, births, newcomers }, false, &sizes, 5)
    }

    #[test]
    fn everyone_has_a_slot_of_their_own() {
        for (initial, births, newcomers) in [(1, 0, 0), (64, 0, 0), (1000, 900, 300), (10, 0, 4000), (500, 3000, 7)] {
            let place = layout(initial, births, newcomers);
            let mut slots: Vec<u64> = (0..initial + births).map(|i| place.resident(i)).collect();
            assert!(slots.iter().all(|&slot| place.newcomer_number(slot).is_none()));
            let late: Vec<u64> = (0..newcomers).map(|i| place.newcomer(i)).collect();
            for &slot in &late {
                let number = place.newcomer_number(slot).expect("a newcomer's slot");
                assert!((100..100 + place.newcomers()).contains(&number));
            }
            slots.extend(late);
            let count = slots.len();
            slots.sort_unstable();
            slots.dedup();
            assert_eq!(slots.len(), count);
            let words = place.word_range();
            assert!(slots.iter().all(|&slot| words.contains(&((slot >> 6) as usize))));
        }
    }

    #[test]
    fn households_divide_every_word() {
        let place = layout(3000, 2000, 500);
        for word in place.word_range() {
            let mut bit = 0;
            while bit < 64 {
                let household = place.household((word as u64) << 6 | bit);
                let size = u64::from(household.count_ones());
                assert_eq!(household, (!0 >> (64 - size)) << bit, "one run of bits");
                for member in bit..bit + size {
                    assert_eq!(place.household((word as u64) << 6 | member), household);
                }
                bit += size;
            }
        }
    }

    #[test]
    fn households_have_the_sizes_asked_for() {
        // 64 full words: sizes 1 to 3 in equal shares, but for what is cut at the ends of words.
        let place =
            PlaceLayout::new((0, 0, 0), Demand { initial: 64_000, ..Demand::default() }, false, &[0.2, 0.3, 0.5], 1);
        let mut sizes = [0.0; 4];
        for word in place.word_range() {
            let mut bit = 0;
            while bit < 64 {
                let size = place.household((word as u64) << 6 | bit).count_ones();
                sizes[size as usize] += 1.0;
                bit += u64::from(size);
            }
        }
        let all: f64 = sizes.iter().sum();
        for (size, share) in [(1, 0.2), (2, 0.3), (3, 0.5)] {
            assert!((sizes[size] / all - share).abs() < 0.03, "{size}: {}", sizes[size] / all);
        }
    }
}
