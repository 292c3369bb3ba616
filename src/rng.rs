//! Named random streams that do not depend on threads, on order or on the machine.
//!
//! The generator is Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"),
//! a pure function from a key and a counter to four 32-bit words. The key comes from the master seed and the
//! stream's name; the counter holds the replicate, the step and the entity (a cell, a place). So a draw depends on what it is for and on nothing else: two scenarios of one seed share every draw that both make.
//!
//! Start from [`Stream`].

use rand::TryRng;
use rand_philox::{Philox, philox4x32_10};

/// 2^-32, the distance between neighbouring [`unit32`] values.
const STEP_32: f64 = 1.0 / 4_294_967_296.0;

/// What a stream of random numbers is for. A name never changes its meaning: that would change every result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Parameter values, once per draw.
    Parameters,
    /// Who adopts and who leaves, in the cohort engine.
    Transitions,
    /// How many users there are among those who die, age and move, in the cohort engine.
    Moves,
    /// Who uses a layer before the first step.
    Initial,
    /// Who adopts and who leaves, in the agent engine: by 64 persons.
    Persons,
    /// Who dies, ages and moves, and who is born where, in the agent engine.
    Lives,
    /// Marks that a person keeps for life.
    Marks,
    /// Ties between persons.
    Ties,
    /// Chains and simulated statistics of a calibration.
    Calibration,
    /// Which countries and features a tree of the pooled forecaster learns from.
    Trees,
    /// Which countries are drawn when the certainty of a score is asked for.
    Resamples,
    /// Which persons are looked at closely: it decides nothing that happens to them.
    Samples,
}

impl Purpose {
    /// Every purpose.
    pub const EVERY: [Purpose; 12] = [
        Purpose::Parameters,
        Purpose::Transitions,
        Purpose::Moves,
        Purpose::Initial,
        Purpose::Persons,
        Purpose::Lives,
        Purpose::Marks,
        Purpose::Ties,
        Purpose::Calibration,
        Purpose::Trees,
        Purpose::Resamples,
        Purpose::Samples,
    ];

    /// Name that the key is derived from.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Purpose::Parameters => "parameters",
            Purpose::Transitions => "transitions",
            Purpose::Moves => "moves",
            Purpose::Initial => "initial",
            Purpose::Persons => "persons",
            Purpose::Lives => "lives",
            Purpose::Marks => "marks",
            Purpose::Ties => "ties",
            Purpose::Calibration => "calibration",
            Purpose::Trees => "trees",
            Purpose::Resamples => "resamples",
            Purpose::Samples => "samples",
        }
    }
}

/// Where in a stream to draw. Each field is a word of the generator's counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Address {
    /// Draw or member.
    pub replicate: u32,
    /// Step.
    pub step: u32,
    /// Cell or place.
    pub entity: u32,
}

/// One named stream under a master seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 2],
}

impl Stream {
    /// The stream of `purpose` for `subject` (a layer, a parameter; may be empty) under `seed`.
    #[must_use]
    pub fn new(seed: u64, purpose: Purpose, subject: &str) -> Self {
        let name = mix(name_hash(purpose.name().as_bytes())) ^ mix(mix(name_hash(subject.as_bytes())));
        let key = mix(mix(seed) ^ name);
        Self { key: [key as u32, (key >> 32) as u32] }
    }

    /// Four random words: block `block` at `address`.
    #[inline]
    #[must_use]
    pub fn block(&self, address: Address, block: u32) -> [u32; 4] {
        philox4x32_10([address.entity, block, address.step, address.replicate], self.key)
    }

    /// Block 0 of entities 0, 1, 2 ... at one replicate and step: four words each, `words.len() / 4` entities.
    /// The same words as [`Stream::block`], several at a time.
    pub fn fill(&self, replicate: u32, step: u32, words: &mut [u32]) {
        let counter = (u128::from(replicate) << 96) | (u128::from(step) << 64);
        Philox::new(self.key, counter).fill_u32(words);
    }

    /// Block `block` of sixteen entities from `address` on: word by word, each for all sixteen. The same words as [`Stream::block`],
    /// in a form that compilers turn into wide registers where it is inlined.
    #[inline(always)]
    #[must_use]
    pub fn sixteen(&self, address: Address, block: u32) -> [[u64; 16]; 4] {
        const MULTIPLIERS: [u64; 2] = [0xd251_1f53, 0xcd9e_8d57];
        const WEYL: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];
        // Words are the lower halves of 64 bits, where products need them; the upper halves hold whatever is left there.
        const LOW: u64 = 0xffff_ffff;
        let mut words =
            [[0_u64; 16], [u64::from(block); 16], [u64::from(address.step); 16], [u64::from(address.replicate); 16]];
        for (lane, word) in words[0].iter_mut().enumerate() {
            *word = u64::from(address.entity.wrapping_add(lane as u32));
        }
        let mut key = self.key;
        for _ in 0..10 {
            let [a, b, c, d] = words;
            for lane in 0..16 {
                let (first, second) = (MULTIPLIERS[0] * (a[lane] & LOW), MULTIPLIERS[1] * (c[lane] & LOW));
                words[0][lane] = (second >> 32) ^ b[lane] ^ u64::from(key[0]);
                words[1][lane] = second;
                words[2][lane] = (first >> 32) ^ d[lane] ^ u64::from(key[1]);
                words[3][lane] = first;
            }
            key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
        }
        for lanes in &mut words {
            for word in lanes {
                *word &= LOW;
            }
        }
        words
    }

    /// 64 random bits that stand for the stream at `replicate` and `step`, to key a hash of what is too many to count.
    #[must_use]
    pub fn hash_key(&self, replicate: u32, step: u32) -> u64 {
        let words = self.block(Address { replicate, step, entity: u32::MAX }, u32::MAX);
        u64::from(words[0]) | (u64::from(words[1]) << 32)
    }

    /// A generator that starts at block `block` of `address`.
    #[must_use]
    pub fn draws(&self, address: Address, block: u32) -> Draws {
        Draws { stream: *self, address, block, words: [0; 4], used: 4 }
    }
}

/// A sequence of random words from one [`Address`]; a generator in the sense of the `rand` crate.
#[derive(Clone, Debug)]
pub struct Draws {
    stream: Stream,
    address: Address,
    block: u32,
    words: [u32; 4],
    used: usize,
}

impl Draws {
    /// The next 32 random bits.
    #[inline]
    pub fn word(&mut self) -> u32 {
        if self.used == 4 {
            self.words = self.stream.block(self.address, self.block);
            self.block = self.block.wrapping_add(1);
            self.used = 0;
        }
        let word = self.words[self.used];
        self.used += 1;
        word
    }

    /// The next 64 random bits, low word first.
    #[inline]
    pub fn pair(&mut self) -> u64 {
        let low = u64::from(self.word());
        low | (u64::from(self.word()) << 32)
    }
}

impl TryRng for Draws {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.word())
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.pair())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        for chunk in bytes.chunks_mut(4) {
            let word = self.word().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

/// 32 random bits as a number strictly between 0 and 1.
#[inline]
#[must_use]
pub fn unit32(word: u32) -> f64 {
    (f64::from(word) + 0.5) * STEP_32
}

/// A 64-bit hash of a name (FNV-1a), the same on every machine; not for adversaries.
#[must_use]
pub fn name_hash(name: &[u8]) -> u64 {
    name.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// A keyed hash of a number: element `index` of the `SplitMix64` sequence (Steele, Lea and Flood 2014) that begins at `key`.
#[inline(always)]
#[must_use]
pub fn hash(key: u64, index: u64) -> u64 {
    rand_philox::splitmix64(key.wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// 64 random bits as a number in 0..1 (0 included), in steps of 2^-53.
#[inline(always)]
#[must_use]
pub fn unit53(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

/// The `SplitMix64` output function with its increment: a bijection of 64 bits that scatters near inputs.
#[must_use]
pub fn mix(value: u64) -> u64 {
    rand_philox::splitmix64(value.wrapping_add(0x9e37_79b9_7f4a_7c15))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_stable() {
        // Frozen: a change here changes every result and is value-breaking.
        let at = Address { replicate: 3, step: 17, entity: 42 };
        let first = Purpose::EVERY.map(|purpose| Stream::new(7, purpose, "internet").block(at, 0)[0]);
        assert_eq!(first[..4], [2_228_104_809, 1_452_813_851, 1_337_259_993, 3_911_946_015]);
        assert_eq!(
            first[4..],
            [
                3_549_778_194,
                75_875_088,
                3_421_206_234,
                277_403_584,
                3_360_743_868,
                1_322_354_161,
                1_932_933_545,
                1_301_192_350
            ]
        );
    }

    #[test]
    fn the_generator_gives_its_published_known_answers() {
        // Random123 1.14.0, tests/kat_vectors, philox4x32 with 10 rounds.
        assert_eq!(philox4x32_10([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(
            philox4x32_10([0xffff_ffff; 4], [0xffff_ffff; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
    }

    #[test]
    fn every_part_of_the_address_matters() {
        let stream = Stream::new(0, Purpose::Transitions, "internet");
        let base = Address::default();
        let others = [Address { replicate: 1, ..base }, Address { step: 1, ..base }, Address { entity: 1, ..base }];
        for other in others {
            assert_ne!(stream.block(base, 0), stream.block(other, 0));
        }
        assert_ne!(stream.block(base, 0), stream.block(base, 1));
        let elsewhere = [
            Stream::new(1, Purpose::Transitions, "internet"),
            Stream::new(0, Purpose::Moves, "internet"),
            Stream::new(0, Purpose::Transitions, "facebook"),
        ];
        for other in elsewhere {
            assert_ne!(stream.block(base, 0), other.block(base, 0));
        }
    }

    #[test]
    fn filling_gives_the_same_words_one_entity_after_another() {
        let stream = Stream::new(9, Purpose::Moves, "x");
        let mut words = [0; 4 * 37];
        stream.fill(2, 5, &mut words);
        for (entity, four) in (0..).zip(words.chunks_exact(4)) {
            assert_eq!(four, stream.block(Address { replicate: 2, step: 5, entity }, 0));
        }
    }

    #[test]
    fn sixteen_at_once_are_those_of_one_at_a_time() {
        let stream = Stream::new(9, Purpose::Persons, "x");
        for entity in [0, 5, u32::MAX - 3] {
            let words = stream.sixteen(Address { replicate: 2, step: 7, entity }, 3);
            for lane in 0..16_u32 {
                let one = stream.block(Address { replicate: 2, step: 7, entity: entity.wrapping_add(lane) }, 3);
                assert_eq!(one.map(u64::from), [0, 1, 2, 3].map(|word: usize| words[word][lane as usize]));
            }
        }
    }

    #[test]
    fn units_stay_strictly_inside() {
        assert!(unit32(0) > 0.0 && unit32(u32::MAX) < 1.0);
    }

    #[test]
    fn a_generator_reads_its_blocks_in_order() {
        let stream = Stream::new(5, Purpose::Transitions, "x");
        let at = Address::default();
        let mut draws = stream.draws(at, 9);
        let words: Vec<u32> = (0..8).map(|_| draws.word()).collect();
        assert_eq!(words[..4], stream.block(at, 9));
        assert_eq!(words[4..], stream.block(at, 10));
    }
}
