//! Persons drawn at random, the same for the same seed.

use rayon::prelude::*;

use crate::network::Ties;
use crate::rng::mix;

/// Apart from every other use of the seed.
const SALT: u64 = 0x6e65_7477_6f72_6b73;

/// How many live.
pub(super) fn living(ties: &dyn Ties) -> u64 {
    (0..ties.persons()).into_par_iter().filter(|person| ties.lives(*person)).count() as u64
}

/// `count` of the `living` persons without replacement, or all of them in an order of chance.
pub(super) fn draw(ties: &dyn Ties, living: u64, count: usize, seed: u64) -> Vec<u64> {
    let key = mix(seed ^ SALT);
    if living <= 4 * count as u64 {
        let mut all: Vec<(u64, u64)> = (0..ties.persons())
            .filter(|person| ties.lives(*person))
            .map(|person| (mix(key ^ mix(person)), person))
            .collect();
        all.sort_unstable();
        all.truncate(count);
        return all.into_iter().map(|(_, person)| person).collect();
    }
    let (mut drawn, mut seen) = (Vec::with_capacity(count), std::collections::BTreeSet::new());
    let mut turn = 0;
    while drawn.len() < count {
        let word = u128::from(mix(key ^ mix(turn)));
        turn += 1;
        let person = ((word * u128::from(ties.persons())) >> 64) as u64;
        if ties.lives(person) && seen.insert(person) {
            drawn.push(person);
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Level, Ring};

    /// Every third number stands for someone who lives.
    struct Thirds(u64);

    impl Ties for Thirds {
        fn persons(&self) -> u64 {
            self.0
        }
        fn lives(&self, person: u64) -> bool {
            person.is_multiple_of(3)
        }
        fn ties(&self, _person: u64, _found: &mut Vec<(Level, u64)>) {}
    }

    #[test]
    fn the_living_are_drawn_once_each() {
        for (persons, count, expected) in [(30, 100, 10), (30, 4, 4), (90_000, 50, 50), (3, 1, 1), (0, 5, 0)] {
            let graph = Thirds(persons);
            let mut drawn = draw(&graph, living(&graph), count, 7);
            assert_eq!(drawn.len(), expected, "{persons} {count}");
            assert!(drawn.iter().all(|person| *person < persons && graph.lives(*person)));
            drawn.sort_unstable();
            drawn.dedup();
            assert_eq!(drawn.len(), expected, "{persons} {count}");
        }
    }

    #[test]
    fn seeds_draw_differently_and_evenly() {
        let ring = Ring::new(1_000_000, 2, 0.0, 0);
        let drawn = draw(&ring, 1_000_000, 10_000, 1);
        assert_ne!(drawn, draw(&ring, 1_000_000, 10_000, 2));
        assert_eq!(drawn, draw(&ring, 1_000_000, 10_000, 1));
        // Mean of 10,000 uniform draws: standard error 0.0029; five of them.
        let mean = drawn.iter().sum::<u64>() as f64 / 1e10;
        assert!((mean - 0.5).abs() < 0.0145, "{mean}");
    }
}
