//! A graph read from a file: stored ties, both directions.

use super::{Level, Ties};

/// Ties of persons `0..persons`, stored.
///
/// Shape: the ties of person `i` are `others[starts[i]..starts[i + 1]]`, increasing; each tie is stored at both its ends.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct EdgeList {
    starts: Vec<u64>,
    others: Vec<u32>,
}

/// Why pairs make no graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EdgeError {
    /// An end that is no person.
    #[error("person {found} does not exist, expected 0 to {last}")]
    Unknown {
        /// Position of the pair.
        pair: usize,
        /// The number given.
        found: u64,
        /// The last person.
        last: u64,
    },
    /// A tie to oneself.
    #[error("person {person} is tied to itself")]
    Loop {
        /// Position of the pair.
        pair: usize,
        /// Who.
        person: u64,
    },
}

impl EdgeList {
    /// The graph of `persons` with the given ties, each named once or more; and how many were named more than once.
    ///
    /// # Errors
    /// An end at or beyond `persons`, or a tie of someone to themselves: the first in the order of `pairs`.
    pub fn try_new(persons: u32, pairs: &[(u64, u64)]) -> Result<(Self, usize), EdgeError> {
        let mut both: Vec<(u32, u32)> = Vec::with_capacity(2 * pairs.len());
        for (pair, &(a, b)) in pairs.iter().enumerate() {
            for found in [a, b] {
                if found >= u64::from(persons) {
                    return Err(EdgeError::Unknown { pair, found, last: u64::from(persons).saturating_sub(1) });
                }
            }
            if a == b {
                return Err(EdgeError::Loop { pair, person: a });
            }
            both.push((a as u32, b as u32));
            both.push((b as u32, a as u32));
        }
        both.sort_unstable();
        let named = both.len();
        both.dedup();
        let repeated = (named - both.len()) / 2;
        let mut starts = vec![0_u64; persons as usize + 1];
        for &(a, _) in &both {
            starts[a as usize + 1] += 1;
        }
        for person in 0..persons as usize {
            starts[person + 1] += starts[person];
        }
        Ok((Self { starts, others: both.into_iter().map(|(_, other)| other).collect() }, repeated))
    }

    /// The ties of `person`.
    #[inline]
    #[must_use]
    pub fn of(&self, person: u64) -> &[u32] {
        let person = person as usize;
        &self.others[self.starts[person] as usize..self.starts[person + 1] as usize]
    }

    /// Number of ties.
    #[must_use]
    pub fn len(&self) -> usize {
        self.others.len() / 2
    }

    /// Whether there are no ties.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.others.is_empty()
    }
}

impl Ties for EdgeList {
    fn persons(&self) -> u64 {
        self.starts.len().saturating_sub(1) as u64
    }

    fn lives(&self, _person: u64) -> bool {
        true
    }

    fn ties(&self, person: u64, found: &mut Vec<(Level, u64)>) {
        found.extend(self.of(person).iter().map(|&other| (Level::Tie, u64::from(other))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_are_stored_at_both_ends_and_once() {
        let (graph, repeated) = EdgeList::try_new(4, &[(0, 1), (2, 0), (1, 0)]).expect("a graph");
        assert_eq!((graph.of(0), graph.of(1), graph.of(2), graph.of(3)), (&[1, 2][..], &[0][..], &[0][..], &[][..]));
        assert_eq!((graph.len(), repeated), (2, 1));
    }

    #[test]
    fn unknown_people_and_loops_are_refused_where_they_stand() {
        assert_eq!(EdgeList::try_new(3, &[(0, 1), (1, 3)]), Err(EdgeError::Unknown { pair: 1, found: 3, last: 2 }));
        assert_eq!(EdgeList::try_new(3, &[(2, 2)]), Err(EdgeError::Loop { pair: 0, person: 2 }));
    }
}
