//! How many ties a person has.

use std::collections::BTreeMap;

use super::others;
use crate::network::{Level, Ties};

/// How many ties a person has.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Degrees {
    /// Persons tied to, on average; 0 without persons.
    pub mean: f64,
    /// Standard deviation between persons.
    pub sd: f64,
    /// How many of the sampled persons have how many ties, by ties.
    pub counts: Vec<(u64, u64)>,
    /// Ties of a person at each level that has any, on average; who is tied at two levels counts at both.
    pub levels: Vec<(Level, f64)>,
}

impl Degrees {
    /// The fewest and the most ties of a sampled person.
    #[must_use]
    pub fn range(&self) -> Option<(u64, u64)> {
        Some((self.counts.first()?.0, self.counts.last()?.0))
    }

    /// The share of sampled persons with each number of ties.
    pub fn shares(&self) -> impl Iterator<Item = (u64, f64)> {
        let all = self.counts.iter().map(|(_, persons)| persons).sum::<u64>() as f64;
        self.counts.iter().map(move |&(ties, persons)| (ties, persons as f64 / all))
    }
}

/// The degrees of the given persons.
pub(super) fn of(ties: &dyn Ties, sampled: &[u64]) -> Degrees {
    let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
    let mut levels = Level::EVERY.map(|level| (level, 0_u64));
    let (mut scratch, mut found) = (Vec::new(), Vec::new());
    for &person in sampled {
        others(ties, person, &mut scratch, &mut found);
        *counts.entry(found.len() as u64).or_default() += 1;
        for (level, count) in &mut levels {
            *count += scratch.iter().filter(|(at, _)| at == level).count() as u64;
        }
    }
    let persons = sampled.len().max(1) as f64;
    let moment = |power: fn(f64) -> f64| {
        counts.iter().map(|(&ties, &count)| power(ties as f64) * count as f64).sum::<f64>() / persons
    };
    let mean = moment(|ties| ties);
    let variance = moment(|ties| ties * ties) - mean * mean;
    Degrees {
        mean,
        sd: variance.max(0.0).sqrt(),
        counts: counts.into_iter().collect(),
        levels: levels
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(level, count)| (level, count as f64 / persons))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::graphs::{graph, star};
    use super::*;

    #[test]
    fn a_star_has_one_person_of_three_ties_and_three_of_one() {
        let degrees = of(&star(), &[0, 1, 2, 3]);
        assert_eq!(degrees.counts, [(1, 3), (3, 1)]);
        assert_eq!(degrees.range(), Some((1, 3)));
        // (3 + 1 + 1 + 1) / 4 = 1.5; mean of squares 12 / 4 = 3; 3 - 2.25 = 0.75.
        assert_eq!((degrees.mean, degrees.sd), (1.5, 0.75_f64.sqrt()));
        assert_eq!(degrees.levels, [(Level::Tie, 1.5)]);
        assert_eq!(degrees.shares().collect::<Vec<_>>(), [(1, 0.75), (3, 0.25)]);
        assert_ne!(degrees, of(&star(), &[1, 2, 3]), "another sample is not the same");
    }

    /// Two persons tied at two levels.
    struct Twice;

    impl Ties for Twice {
        fn persons(&self) -> u64 {
            2
        }
        fn lives(&self, _person: u64) -> bool {
            true
        }
        fn ties(&self, person: u64, found: &mut Vec<(Level, u64)>) {
            found.extend([(Level::Household, 1 - person), (Level::Village, 1 - person)]);
        }
    }

    #[test]
    fn someone_tied_at_two_levels_is_one_tie_of_both() {
        let degrees = of(&Twice, &[0, 1]);
        assert_eq!((degrees.mean, degrees.counts), (1.0, vec![(1, 2)]));
        assert_eq!(degrees.levels, [(Level::Household, 1.0), (Level::Village, 1.0)]);
    }

    #[test]
    fn nobody_and_nobody_tied_are_no_trouble() {
        assert_eq!(of(&graph(0, &[]), &[]), Degrees::default());
        assert_eq!(of(&graph(2, &[]), &[0, 1]).counts, [(0, 2)]);
    }
}
