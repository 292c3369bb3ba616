//! Random bits for 64 people at once, sixteen words at a time.
//!
//! Plane number `j` holds bit `j` (the most significant first) of everyone's uniform number. A threshold is compared with all of
//! them plane by plane, with three operations on a register for 1,024 people or as many as it holds.

use crate::rng::{Address, Stream};

/// Words worked on together.
pub const WORDS: usize = 16;

/// `P` planes of [`WORDS`] words.
pub type Planes<const P: usize> = [[u64; WORDS]; P];

/// The planes of words from `first` on.
#[inline(always)]
pub fn draw<const P: usize>(stream: &Stream, member: u32, step: u32, first: usize) -> Planes<P> {
    let address = Address { replicate: member, step, entity: first as u32 };
    let mut planes = [[0; WORDS]; P];
    for (block, two) in planes.chunks_exact_mut(2).enumerate() {
        let words = stream.sixteen(address, block as u32);
        for (plane, halves) in two.iter_mut().zip(words.chunks_exact(2)) {
            for lane in 0..WORDS {
                plane[lane] = halves[0][lane] | (halves[1][lane] << 32);
            }
        }
    }
    planes
}

/// The number that the first `P` bits of one person of one word make.
pub fn one<const P: usize>(stream: Stream, member: u32, step: u32, word: usize, person: u32) -> u32 {
    let address = Address { replicate: member, step, entity: word as u32 };
    let half = (person / 32) as usize;
    let bit = |plane: usize| stream.block(address, (plane / 2) as u32)[plane % 2 * 2 + half] >> (person % 32) & 1;
    (0..P).fold(0, |value, plane| (value << 1) | bit(plane))
}

/// Of each word the people whose first bits, turned over where `flip` is all ones, make a number up to `bound`
/// (below `2^P`).
#[inline(always)]
pub fn at_most<const P: usize>(planes: &Planes<P>, bound: u32, flip: u64) -> [u64; WORDS] {
    let (mut below, same) = compared(planes, bound, flip);
    for lane in 0..WORDS {
        below[lane] |= same[lane];
    }
    below
}

/// Of each word the people whose first bits make a number below `bound`, and those for whom it is `bound`; bits turned over as for
/// [`at_most`].
#[inline(always)]
pub fn compared<const P: usize>(planes: &Planes<P>, bound: u32, flip: u64) -> ([u64; WORDS], [u64; WORDS]) {
    let (mut below, mut same) = ([0_u64; WORDS], [!0_u64; WORDS]);
    for (j, plane) in planes.iter().enumerate() {
        let set = if bound >> (P - 1 - j) & 1 == 1 { !0 } else { 0 };
        for lane in 0..WORDS {
            let bits = plane[lane] ^ flip;
            below[lane] |= same[lane] & !bits & set;
            same[lane] &= !(bits ^ set);
        }
    }
    (below, same)
}

/// The number that the first bits of one person make.
#[inline(always)]
pub fn value<const P: usize>(planes: &Planes<P>, word: usize, person: u32) -> u32 {
    planes.iter().fold(0, |value, plane| (value << 1) | (plane[word] >> person & 1) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

    #[test]
    fn comparing_planes_is_comparing_numbers() {
        let stream = Stream::new(3, Purpose::Persons, "x");
        let planes: Planes<8> = draw(&stream, 1, 2, 77);
        for bound in [0, 1, 9, 127, 128, 254, 255] {
            let (low, high) = (at_most(&planes, bound, 0), at_most(&planes, bound, !0));
            for word in 0..WORDS {
                for person in 0..64 {
                    let value = value(&planes, word, person);
                    assert_eq!(one::<8>(stream, 1, 2, 77 + word, person), value);
                    assert_eq!(low[word] >> person & 1 == 1, value <= bound);
                    assert_eq!(high[word] >> person & 1 == 1, 255 - value <= bound);
                }
            }
        }
    }

    #[test]
    fn bits_are_even_and_independent_of_where_sixteen_words_begin() {
        let stream = Stream::new(3, Purpose::Persons, "x");
        let planes: Planes<4> = draw(&stream, 0, 0, 16);
        let later: Planes<4> = draw(&stream, 0, 0, 20);
        assert_eq!(planes[2][4], later[2][0]);
        let ones: u32 =
            (0..64).map(|i| draw::<4>(&stream, 0, i, 0).iter().flatten().map(|w| w.count_ones()).sum::<u32>()).sum();
        // 262,144 bits: standard deviation 256; five of them.
        assert!((f64::from(ones) - 131_072.0).abs() < 1280.0, "{ones}");
    }
}
