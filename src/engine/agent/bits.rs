//! People of a word, one after the other.

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

#[cfg(test)]
mod tests {
    #[test]
    fn every_bit_that_is_set_is_found_once() {
        for mask in [0, 1, 1 << 63, 0b1011_0000, !0] {
            let found: Vec<u64> = super::set(mask).collect();
            assert!(found.is_sorted() && found.len() == mask.count_ones() as usize);
            assert_eq!(found.iter().fold(0, |all, bit| all | 1 << bit), mask);
        }
    }
}
