//! How often the ties of a person are tied to each other.

use rayon::prelude::*;

use super::others;
use crate::network::Ties;

/// Persons looked at for clustering are no more once this many ties of ties were listed. A block of persons is always
/// looked at whole, so that the result does not depend on the threads.
const MOST_LISTED: u64 = 50_000_000;
/// Persons of a block.
const BLOCK: usize = 256;

/// How often one's ties are tied to each other.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Clustering {
    /// Share of the pairs of a person's ties that are tied to each other, mean over the persons with two ties or more (Watts
    /// and Strogatz 1998); `None` when there is none.
    pub local: Option<f64>,
    /// The same share over all pairs of all persons: three times the triangles over the connected triples; `None` without
    /// triples.
    pub global: Option<f64>,
    /// Persons with two ties or more that were looked at.
    pub persons: u64,
}

/// The clustering around the given persons, which come in an order of chance.
pub(super) fn of(ties: &dyn Ties, sampled: &[u64]) -> Clustering {
    let (mut shares, mut persons, mut closed, mut pairs, mut listed) = (0.0, 0_u64, 0_u64, 0_u64, 0_u64);
    for block in sampled.chunks(BLOCK) {
        let around: Vec<Around> = block.par_iter().map(|&person| around(ties, person)).collect();
        for one in &around {
            listed += one.listed;
            if one.pairs > 0 {
                shares += one.closed as f64 / one.pairs as f64;
                persons += 1;
                closed += one.closed;
                pairs += one.pairs;
            }
        }
        if listed > MOST_LISTED {
            break;
        }
    }
    Clustering {
        local: (persons > 0).then(|| shares / persons as f64),
        global: (pairs > 0).then(|| closed as f64 / pairs as f64),
        persons,
    }
}

/// The pairs of one person's ties.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Around {
    closed: u64,
    pairs: u64,
    listed: u64,
}

fn around(ties: &dyn Ties, person: u64) -> Around {
    let (mut scratch, mut own, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    others(ties, person, &mut scratch, &mut own);
    let count = own.len() as u64;
    let (mut ends, mut listed) = (0, count);
    if count < 2 {
        return Around { closed: 0, pairs: 0, listed };
    }
    for &other in &own {
        others(ties, other, &mut scratch, &mut theirs);
        listed += theirs.len() as u64;
        ends += common(&own, &theirs);
    }
    // Each tie between two of them was met from both its ends.
    Around { closed: ends / 2, pairs: count * (count - 1) / 2, listed }
}

/// How many numbers two increasing lists share.
fn common(a: &[u64], b: &[u64]) -> u64 {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    short.iter().filter(|number| long.binary_search(number).is_ok()).count() as u64
}

#[cfg(test)]
mod tests {
    use super::super::graphs::{graph, kite, star};
    use super::*;
    use crate::network::Ring;

    #[test]
    fn a_kite_by_hand() {
        // Persons 0 and 1: one pair of ties, tied: 1. Person 2: of the pairs (0,1), (0,3), (1,3) one: 1/3. Person 3 has one tie.
        let found = of(&kite(), &[0, 1, 2, 3]);
        assert!((found.local.expect("pairs") - (1.0 + 1.0 + 1.0 / 3.0) / 3.0).abs() < 1e-15);
        // Three times one triangle over 1 + 1 + 3 triples.
        assert_eq!((found.global, found.persons), (Some(0.6), 3));
    }

    #[test]
    fn stars_have_none_and_complete_graphs_all() {
        assert_eq!(of(&star(), &[0, 1, 2, 3]), Clustering { local: Some(0.0), global: Some(0.0), persons: 1 });
        let complete = graph(4, &[(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]);
        assert_eq!(of(&complete, &[0, 1, 2, 3]), Clustering { local: Some(1.0), global: Some(1.0), persons: 4 });
        assert_eq!(of(&graph(2, &[(0, 1)]), &[0, 1]), Clustering::default());
    }

    #[test]
    fn a_ring_follows_its_closed_form() {
        for neighbours in [4_u32, 6, 10, 20] {
            let k = f64::from(neighbours);
            let expected = 3.0 * (k - 2.0) / (4.0 * (k - 1.0));
            let persons: Vec<u64> = (0..500).collect();
            let found = of(&Ring::new(500, neighbours, 0.0, 1), &persons);
            assert!((found.local.expect("pairs") - expected).abs() < 1e-12, "{neighbours}");
            assert!((found.global.expect("pairs") - expected).abs() < 1e-12, "{neighbours}");
            // Rewiring breaks it up: three ties of a triangle must stay.
            let rewired = of(&Ring::new(500, neighbours, 0.3, 1), &persons).local.expect("pairs");
            assert!(rewired < 0.7 * expected, "{neighbours}: {rewired} of {expected}");
        }
    }
}
