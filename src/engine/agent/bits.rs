//! People as bits, 64 to a word.

use std::ops::Range;

/// The positions of the bits that are set, from the lowest on.
#[inline(always)]
pub fn set(mask: u64) -> impl Iterator<Item = u64> {
    let mut left = mask;
    std::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        let bit = u64::from(left.trailing_zeros());
        left &= left - 1;
        Some(bit)
    })
}

/// For each word that holds some of `range`, bits counted from the first word's lowest on: its number, and which of its bits do.
#[inline(always)]
pub fn words_of(range: Range<usize>) -> impl Iterator<Item = (usize, u64)> {
    let words = if range.is_empty() { 0..0 } else { range.start >> 6..((range.end - 1) >> 6) + 1 };
    words.map(move |word| {
        let from = range.start.saturating_sub(word << 6);
        let after = (range.end - (word << 6)).min(64);
        (word, !0_u64 >> (64 - (after - from)) << from)
    })
}

/// Clears those of the bits `range` that lie in `words`, whose lowest bit is number `first`.
#[inline(always)]
pub fn clear(words: &mut [u64], first: u64, range: Range<u64>) {
    let end = first + ((words.len() as u64) << 6);
    let (from, to) = (range.start.clamp(first, end) - first, range.end.clamp(first, end) - first);
    for (word, mask) in words_of(from as usize..to as usize) {
        words[word] &= !mask;
    }
}

/// The position of set bit number `index` of `mask`, which has so many.
#[inline(always)]
#[must_use]
pub fn nth(mut mask: u64, index: u64) -> u64 {
    for _ in 0..index {
        mask &= mask - 1;
    }
    u64::from(mask.trailing_zeros())
}

/// How many bits of `range` are set in `words`.
#[inline]
#[must_use]
pub fn count(words: &[u64], range: Range<usize>) -> usize {
    words_of(range).map(|(word, mask)| (words[word] & mask).count_ones() as usize).sum()
}

/// The bit number `index` of those of `range` that are set in `words`.
#[must_use]
pub fn select(words: &[u64], range: Range<usize>, mut index: usize) -> Option<usize> {
    for (word, mask) in words_of(range) {
        let here = words[word] & mask;
        let count = here.count_ones() as usize;
        if index < count {
            return Some(word << 6 | nth(here, index as u64) as usize);
        }
        index -= count;
    }
    None
}

#[cfg(test)]
mod tests {
    #[test]
    fn ranges_of_bits_are_those_found_one_by_one() {
        let words = [0x8000_0f00_1234_5678, 0, !0, 0xff00_0000_0000_0001];
        let is_set = |bit: &usize| words[bit >> 6] >> (bit & 63) & 1 == 1;
        for (from, to) in
            [(0, 0), (0, 1), (5, 63), (3, 64), (0, 256), (64, 128), (70, 200), (130, 131), (191, 256), (256, 256)]
        {
            let found: Vec<usize> = (from..to).filter(is_set).collect();
            assert_eq!(super::count(&words, from..to), found.len());
            for (index, bit) in found.iter().enumerate() {
                assert_eq!(super::select(&words, from..to, index), Some(*bit));
            }
            assert_eq!(super::select(&words, from..to, found.len()), None);
            let mut cleared = words;
            super::clear(&mut cleared, 1000, 1000 + from as u64..1000 + to as u64);
            assert_eq!(super::count(&cleared, 0..256), super::count(&words, 0..256) - found.len());
            assert_eq!(super::count(&cleared, from..to), 0);
            let masks: u32 = super::words_of(from..to).map(|(_, mask)| mask.count_ones()).sum();
            assert_eq!(masks as usize, to - from);
        }
    }

    #[test]
    fn every_bit_that_is_set_is_found_once() {
        for mask in [0, 1, 1 << 63, 0b1011_0000, !0] {
            let found: Vec<u64> = super::set(mask).collect();
            assert!(found.is_sorted() && found.len() == mask.count_ones() as usize);
            assert_eq!(found.iter().fold(0, |all, bit| all | 1 << bit), mask);
        }
    }
}
