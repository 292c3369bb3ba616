//! How many steps lead from person to person.

use rayon::prelude::*;

use super::{Effort, sample};
use crate::network::{Level, Ties};

/// Persons of a frontier whose ties are listed at once.
const BLOCK: usize = 1 << 16;
/// Graphs of more persons than this are not searched: a bit for each would take more than a gigabyte.
const MOST_PERSONS: u64 = 10_000_000_000;

/// How many steps lead from person to person.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Paths {
    /// Persons from whom distances to everybody were measured; 0 when not even one fitted the effort.
    pub sources: u64,
    /// Mean number of steps to another person who can be reached; `None` when nobody can, or nothing was measured.
    pub mean: Option<f64>,
    /// Share of the other persons who can be reached at all; `None` when there are no others, or nothing was measured.
    pub reached: Option<f64>,
    /// Most steps seen between two persons.
    pub longest: u64,
    /// Share of the other persons at exactly 1, 2, 3 ... steps; sums to `reached`.
    pub shares: Vec<f64>,
}

/// Distances by breadth-first search from persons drawn at random: everybody, or as many as the effort allows.
pub(super) fn of(ties: &dyn Ties, living: u64, effort: &Effort) -> Paths {
    if living == 0 || ties.persons() > MOST_PERSONS {
        return Paths::default();
    }
    let mut counts: Vec<u64> = Vec::new();
    let (mut sources, mut spent, mut largest) = (0_u64, 0_u64, 0_u64);
    let mut search = Search::new(ties);
    for source in sample::draw(ties, living, effort.sources, effort.seed) {
        if sources > 0 && spent + largest > effort.look_ups {
            break;
        }
        let Some(found) = search.from(source, effort.look_ups.saturating_mul(2).saturating_sub(spent)) else { break };
        let reached: u64 = found.iter().sum::<u64>() + 1;
        spent += reached;
        largest = largest.max(reached);
        sources += 1;
        if counts.len() < found.len() {
            counts.resize(found.len(), 0);
        }
        for (count, more) in counts.iter_mut().zip(&found) {
            *count += more;
        }
    }
    let reached: u64 = counts.iter().sum();
    let steps: f64 = counts.iter().zip(1_u64..).map(|(count, steps)| (count * steps) as f64).sum();
    let others = (living - 1) as f64 * sources as f64;
    let measured = others > 0.0;
    Paths {
        sources,
        mean: (reached > 0).then(|| steps / reached as f64),
        reached: measured.then(|| reached as f64 / others),
        longest: counts.len() as u64,
        shares: if measured { counts.iter().map(|count| *count as f64 / others).collect() } else { Vec::new() },
    }
}

/// A breadth-first search that is used again from one source to the next.
struct Search<'a> {
    ties: &'a dyn Ties,
    /// A bit for each person.
    seen: Vec<u64>,
    frontier: Vec<u64>,
    next: Vec<u64>,
}

impl<'a> Search<'a> {
    fn new(ties: &'a dyn Ties) -> Self {
        let words = ties.persons().div_ceil(64) as usize;
        Self { ties, seen: vec![0; words], frontier: Vec::new(), next: Vec::new() }
    }

    /// How many persons lie at 1, 2, 3 ... steps from `source`; `None` when that takes more than `most` look-ups.
    fn from(&mut self, source: u64, most: u64) -> Option<Vec<u64>> {
        self.seen.fill(0);
        self.frontier.clear();
        self.frontier.push(source);
        visit(&mut self.seen, source);
        let (mut counts, mut looked_up) = (Vec::new(), 0);
        while !self.frontier.is_empty() {
            looked_up += self.frontier.len() as u64;
            if looked_up > most {
                return None;
            }
            self.next.clear();
            for block in self.frontier.chunks(BLOCK) {
                // Looking up is most of the work, and the threads share it; what they find is put in their order.
                let (ties, seen) = (self.ties, &self.seen);
                let found: Vec<Vec<u64>> = block.par_chunks(BLOCK / 64).map(|part| unseen(ties, seen, part)).collect();
                for other in found.into_iter().flatten() {
                    if visit(&mut self.seen, other) {
                        self.next.push(other);
                    }
                }
            }
            if !self.next.is_empty() {
                counts.push(self.next.len() as u64);
            }
            std::mem::swap(&mut self.frontier, &mut self.next);
        }
        Some(counts)
    }
}

/// The persons tied to those of `part` that are not yet seen; some perhaps twice.
fn unseen(ties: &dyn Ties, seen: &[u64], part: &[u64]) -> Vec<u64> {
    let (mut scratch, mut found): (Vec<(Level, u64)>, Vec<u64>) = (Vec::new(), Vec::new());
    for &person in part {
        scratch.clear();
        ties.ties(person, &mut scratch);
        let new = |other: &u64| seen[(other / 64) as usize] >> (other % 64) & 1 == 0;
        found.extend(scratch.iter().map(|(_, other)| *other).filter(new));
    }
    found
}

/// Marks a person as seen; whether they were not before.
fn visit(seen: &mut [u64], person: u64) -> bool {
    let (word, bit) = (&mut seen[(person / 64) as usize], 1 << (person % 64));
    let new = *word & bit == 0;
    *word |= bit;
    new
}

#[cfg(test)]
mod tests {
    use super::super::graphs::{graph, path, star};
    use super::*;
    use crate::network::Ring;

    fn all(ties: &dyn Ties) -> Paths {
        of(ties, sample::living(ties), &Effort::default())
    }

    #[test]
    fn small_graphs_by_hand() {
        // From each end of four in a row 1 + 2 + 3 steps, from each inside 1 + 1 + 2: 20 over 12 pairs.
        let row = all(&path());
        assert_eq!((row.sources, row.longest, row.reached), (4, 3, Some(1.0)));
        assert!((row.mean.expect("ties") - 20.0 / 12.0).abs() < 1e-12);
        assert_eq!(row.shares, [6.0 / 12.0, 4.0 / 12.0, 2.0 / 12.0]);
        // Middle: 3 of 1; ends: 1 + 2 + 2 each: 18 over 12.
        assert_eq!(all(&star()).mean, Some(1.5));
    }

    #[test]
    fn those_out_of_reach_are_counted_and_not_averaged() {
        // Two pairs and one alone: of 20 ordered pairs 4 lie in reach, one step each.
        let apart = all(&graph(5, &[(0, 1), (2, 3)]));
        assert_eq!((apart.mean, apart.reached, apart.longest), (Some(1.0), Some(0.2), 1));
        let alone = all(&graph(3, &[]));
        assert_eq!((alone.sources, alone.mean, alone.reached), (3, None, Some(0.0)));
        assert_eq!(all(&graph(1, &[])).reached, None);
        assert_eq!(all(&graph(0, &[])), Paths::default());
    }

    #[test]
    fn a_ring_is_half_way_round_on_average() {
        // From anyone on a ring of n with k neighbours, k people at each of 1, 2 ... steps: with n - 1 = m k they are m steps
        // and (m + 1) / 2 on average, near n / 2k.
        let (people, neighbours) = (1_001_u64, 10_u32);
        let ring = all(&Ring::new(people, neighbours, 0.0, 0));
        assert!((ring.mean.expect("ties") - 50.5).abs() < 1e-9, "{ring:?}");
        assert_eq!((ring.sources, ring.longest), (people, 100));
        let near = people as f64 / (2.0 * f64::from(neighbours));
        assert!((ring.mean.expect("ties") / near - 1.0).abs() < 0.02);
        // A few ties across make the world small.
        assert!(all(&Ring::new(people, neighbours, 0.1, 0)).mean.expect("ties") < 0.15 * near);
    }

    #[test]
    fn effort_is_bounded_and_a_sample_is_near_the_whole() {
        let ring = Ring::new(20_000, 10, 0.1, 4);
        let whole = of(&ring, 20_000, &Effort { look_ups: u64::MAX, sources: 400, ..Effort::default() });
        let some = of(&ring, 20_000, &Effort { look_ups: 100_000, ..Effort::default() });
        assert_eq!((whole.sources, some.sources), (400, 5), "20,000 look-ups for each source");
        let (whole, some) = (whole.mean.expect("ties"), some.mean.expect("ties"));
        assert!((some / whole - 1.0).abs() < 0.03, "{some} of {whole}");
        let none = of(&ring, 20_000, &Effort { look_ups: 5_000, ..Effort::default() });
        assert_eq!((none.sources, none.mean, none.reached), (0, None, None), "given up half way");
    }

    #[test]
    fn threads_change_nothing() {
        let ring = Ring::new(200_000, 6, 0.2, 8);
        let effort = Effort { look_ups: 400_000, ..Effort::default() };
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| super::super::measure(&ring, None, &effort))
        };
        assert_eq!(with(1), with(7));
    }
}
