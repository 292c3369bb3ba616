//! Whether people are tied to people like themselves.

use std::collections::BTreeMap;

use super::others;
use crate::network::Ties;

/// Whether tied persons bear the same label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixing {
    /// Newman's coefficient (2003, "Mixing patterns in networks", equation 2): 1 when ties stay within labels, 0 when they fall
    /// as chance would have it, below 0 when they avoid their own; `None` where there is one label only, or no tie.
    pub assortativity: Option<f64>,
    /// Share of ties that stay within a label; `None` without ties.
    pub within: Option<f64>,
}

/// The ties of a sample of persons, from both ends.
#[derive(Clone, Debug)]
pub struct Pairs {
    /// A sampled person and one they are tied to.
    ends: Vec<(u64, u64)>,
    /// How many ties each of the two has.
    degrees: Vec<(u64, u64)>,
}

impl Pairs {
    /// Lists the ties of the given persons.
    #[must_use]
    pub fn of(ties: &dyn Ties, sampled: &[u64]) -> Self {
        let mut degree_of: BTreeMap<u64, u64> = BTreeMap::new();
        let (mut scratch, mut own, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        let mut pairs = Self { ends: Vec::new(), degrees: Vec::new() };
        for &person in sampled {
            others(ties, person, &mut scratch, &mut own);
            for &other in &own {
                let degree = *degree_of.entry(other).or_insert_with(|| {
                    others(ties, other, &mut scratch, &mut theirs);
                    theirs.len() as u64
                });
                pairs.ends.push((person, other));
                pairs.degrees.push((own.len() as u64, degree));
            }
        }
        pairs
    }

    /// Pearson's correlation of the degrees at the two ends of a tie, each tie counted from both; `None` where all
    /// are alike or there is none.
    #[must_use]
    pub fn degree_assortativity(&self) -> Option<f64> {
        let count = self.degrees.len() as f64;
        let mean_of = |value: fn(f64, f64) -> f64| {
            self.degrees.iter().map(|&(a, b)| value(a as f64, b as f64)).sum::<f64>() / count
        };
        let mean = mean_of(f64::midpoint);
        let variance = mean_of(|a, b| f64::midpoint(a * a, b * b)) - mean * mean;
        // Sums of whole numbers: what is left of a variance of 0 is rounding.
        (count > 0.0 && variance > 1e-9 * mean * mean).then(|| (mean_of(|a, b| a * b) - mean * mean) / variance)
    }

    /// Mixing by a label of each person.
    pub fn mixing(&self, label: impl Fn(u64) -> usize) -> Mixing {
        let mut ends: BTreeMap<usize, u64> = BTreeMap::new();
        let mut inside = 0_u64;
        for &(a, b) in &self.ends {
            let (a, b) = (label(a), label(b));
            *ends.entry(a).or_default() += 1;
            *ends.entry(b).or_default() += 1;
            inside += u64::from(a == b);
        }
        let all = self.ends.len() as f64;
        if self.ends.is_empty() {
            return Mixing { assortativity: None, within: None };
        }
        let within = inside as f64 / all;
        let share = |count: u64| count as f64 / (2.0 * all);
        let by_chance: f64 = ends.values().map(|&count| share(count) * share(count)).sum();
        let assortativity = (ends.len() > 1).then(|| (within - by_chance) / (1.0 - by_chance));
        Mixing { assortativity, within: Some(within) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::graphs::{graph, kite, path, star};
    use super::*;
    use crate::network::Ring;

    const FOUR: [u64; 4] = [0, 1, 2, 3];

    #[test]
    fn degrees_at_both_ends_by_hand() {
        // A star ties its only person of many ties to those of one.
        assert!((Pairs::of(&star(), &FOUR).degree_assortativity().expect("varied") + 1.0).abs() < 1e-12);
        // Four in a row, ends (1,2), (2,1), (2,2), (2,2), (2,1), (1,2): mean 10/6, mean square 18/6, mean product 16/6.
        let row = Pairs::of(&path(), &FOUR).degree_assortativity().expect("varied");
        assert!((row - (16.0 / 6.0 - 100.0 / 36.0) / (3.0 - 100.0 / 36.0)).abs() < 1e-12, "{row}");
        // Kite: (2,2) twice, (2,3) and (3,2) twice each, (3,1) and (1,3): mean 18/8, mean square 44/8, mean product 38/8.
        let kite = Pairs::of(&kite(), &FOUR).degree_assortativity().expect("varied");
        assert!((kite - (38.0 / 8.0 - 81.0 / 16.0) / (44.0 / 8.0 - 81.0 / 16.0)).abs() < 1e-12, "{kite}");
        assert_eq!(Pairs::of(&Ring::new(50, 4, 0.2, 0), &FOUR).degree_assortativity(), None, "all alike");
        assert_eq!(Pairs::of(&graph(4, &[]), &FOUR).degree_assortativity(), None, "no tie");
    }

    #[test]
    fn labels_at_both_ends_by_hand() {
        // Two pairs apart from each other.
        let pairs = Pairs::of(&graph(4, &[(0, 1), (2, 3)]), &FOUR);
        let mixing = |label: fn(u64) -> usize| pairs.mixing(label);
        assert_eq!(mixing(|person| (person / 2) as usize), Mixing { assortativity: Some(1.0), within: Some(1.0) });
        assert_eq!(mixing(|person| (person % 2) as usize), Mixing { assortativity: Some(-1.0), within: Some(0.0) });
        assert_eq!(mixing(|_| 0), Mixing { assortativity: None, within: Some(1.0) });
        // Kite with persons 0, 1, 2 of one label: 3 of 4 ties within; ends 7/8 and 1/8: by chance 50/64.
        let kite = Pairs::of(&kite(), &FOUR).mixing(|person| usize::from(person == 3));
        assert_eq!(kite.within, Some(0.75));
        assert!((kite.assortativity.expect("two labels") - (0.75 - 50.0 / 64.0) / (1.0 - 50.0 / 64.0)).abs() < 1e-12);
        assert_eq!(
            Pairs::of(&graph(2, &[]), &[0, 1]).mixing(|person| person as usize),
            Mixing { assortativity: None, within: None }
        );
    }

    #[test]
    fn labels_that_mean_nothing_show_no_preference() {
        let ring = Ring::new(100_000, 10, 1.0, 3);
        let persons: Vec<u64> = (0..20_000).collect();
        // 200,000 ties: standard error 0.0022 (less what their pairing adds, at most the square root of two).
        let by_hash = Pairs::of(&ring, &persons).mixing(|person| (crate::rng::mix(person) % 2) as usize);
        assert!(by_hash.assortativity.expect("two labels").abs() < 0.015, "{by_hash:?}");
        let by_half = Pairs::of(&Ring::new(100_000, 10, 0.0, 3), &persons).mixing(|p| usize::from(p >= 10_000));
        assert!(by_half.assortativity.expect("two labels") > 0.99, "neighbours on a ring share halves: {by_half:?}");
    }
}
