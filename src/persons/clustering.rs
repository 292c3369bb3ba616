//! Whether users know users: use at both ends of ties.

use rayon::prelude::*;

use crate::engine::Agents;
use crate::engine::agent::bits;
use crate::network::Level;
use crate::rng::{Purpose, Stream, hash};

/// Levels of ties, and all ties together at last.
const KINDS: usize = Level::EVERY.len() + 1;

/// Use among the ties of some people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clustering {
    /// By level, in the order of [`Level::EVERY`]; then all ties together.
    levels: [Ends; KINDS],
    /// People looked at.
    pub persons: u64,
}

/// Ties seen from one end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ends {
    /// Ties.
    pub ties: u64,
    /// Those whose other end is a user.
    pub to_users: u64,
    /// Ties of users.
    pub of_users: u64,
    /// Those whose other end is a user, too.
    pub between_users: u64,
}

impl Ends {
    /// Share of users among anyone's ties, 0..=1.
    #[must_use]
    pub fn of_anyone(&self) -> Option<f64> {
        (self.ties > 0).then(|| self.to_users as f64 / self.ties as f64)
    }

    /// Share of users among users' ties, 0..=1.
    #[must_use]
    pub fn of_users(&self) -> Option<f64> {
        (self.of_users > 0).then(|| self.between_users as f64 / self.of_users as f64)
    }

    /// How many times likelier a user's tie is to be a user than anyone's.
    #[must_use]
    pub fn ratio(&self) -> Option<f64> {
        let anyone = self.of_anyone().filter(|share| *share > 0.0)?;
        Some(self.of_users()? / anyone)
    }

    /// Correlation of use across ties, -1..=1: 0 where users know users no more than chance has it (M. E. J. Newman, 2003,
    /// *Mixing patterns in networks*, Phys. Rev. E 67, equation 21, of use as a number 0 or 1).
    #[must_use]
    pub fn assortativity(&self) -> Option<f64> {
        let share = |part: u64| part as f64 / self.ties as f64;
        let (here, there) = (share(self.of_users), share(self.to_users));
        let spread = libm::sqrt(here * (1.0 - here) * there * (1.0 - there));
        (self.ties > 0 && spread > 0.0).then(|| (share(self.between_users) - here * there) / spread)
    }

    fn add(&mut self, other: &Ends) {
        self.ties += other.ties;
        self.to_users += other.to_users;
        self.of_users += other.of_users;
        self.between_users += other.between_users;
    }
}

impl Clustering {
    /// Ties of one level.
    #[must_use]
    pub fn at(&self, level: Level) -> &Ends {
        &self.levels[level as usize]
    }

    /// All ties.
    #[must_use]
    pub fn all(&self) -> &Ends {
        &self.levels[KINDS - 1]
    }

    /// The levels that have ties.
    #[must_use]
    pub fn levels(&self) -> Vec<Level> {
        Level::EVERY.into_iter().filter(|&level| self.at(level).ties > 0).collect()
    }

    /// Takes in one person's ties.
    fn look(&mut self, agents: &Agents<'_>, layer: usize, slot: u64, ties: &[(Level, u64)]) {
        let user = u64::from(agents.uses(slot, layer));
        self.persons += 1;
        for &(level, other) in ties {
            let other = u64::from(agents.uses(other, layer));
            let ends = Ends { ties: 1, to_users: other, of_users: user, between_users: user & other };
            self.levels[level as usize].add(&ends);
            self.levels[KINDS - 1].add(&ends);
        }
    }

    fn add(mut self, other: &Self) -> Self {
        for (own, other) in self.levels.iter_mut().zip(&other.levels) {
            own.add(other);
        }
        self.persons += other.persons;
        self
    }
}

/// The people whose ties are looked at: each with the same chance, the same ones on every date while they live.
pub struct Sampled {
    key: u64,
    /// Hashes below this are in.
    below: u64,
}

impl Sampled {
    /// About `persons` of those who live now, and the same share of those yet to come; everyone where there are no more.
    pub fn new(agents: &Agents<'_>, seed: u64, persons: u64) -> Self {
        let people = agents.people();
        let living: u64 = (0..people.words()).map(|word| u64::from(people.alive(word).count_ones())).sum();
        let key = Stream::new(seed, Purpose::Samples, "clustering of use").hash_key(0, 0);
        let part = persons as f64 / living.max(1) as f64;
        // 2^64 as a number rounds up, and is out of reach.
        let below = if part >= 1.0 { u64::MAX } else { (part * 18_446_744_073_709_551_616.0) as u64 };
        Self { key, below }
    }

    /// What their ties are like now with regard to each layer. Cost: a hash for everyone, and the ties of those looked at.
    pub fn look(&self, agents: &Agents<'_>, layers: usize) -> Vec<Clustering> {
        let people = agents.people();
        let none = || vec![Clustering::default(); layers];
        let add = |sums: Vec<Clustering>, more: Vec<Clustering>| -> Vec<Clustering> {
            sums.into_iter().zip(&more).map(|(sum, more)| sum.add(more)).collect()
        };
        let of_place = |place: usize| {
            let words = people.words_of(place).into_par_iter().with_min_len(256);
            let looked = words.fold(
                || (none(), Vec::new()),
                |(mut sums, mut ties), word| {
                    for bit in bits::set(people.alive(word)) {
                        let slot = (word as u64) << 6 | bit;
                        if hash(self.key, people.person_at(place, slot)) <= self.below {
                            ties.clear();
                            agents.contacts().every(people, slot, &mut ties);
                            for (layer, sums) in sums.iter_mut().enumerate() {
                                sums.look(agents, layer, slot, &ties);
                            }
                        }
                    }
                    (sums, ties)
                },
            );
            looked.map(|(sums, _)| sums).reduce(none, add)
        };
        (0..people.place_count()).map(of_place).fold(none(), add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn use_is_clustered_when_users_know_users() {
        // Two pairs: one of users, one of others. All of a user's ties are users, half of anyone's.
        let pairs = Ends { ties: 4, to_users: 2, of_users: 2, between_users: 2 };
        assert_eq!((pairs.of_users(), pairs.of_anyone(), pairs.ratio()), (Some(1.0), Some(0.5), Some(2.0)));
        assert_eq!(pairs.assortativity(), Some(1.0));
        // A user tied to another person, twice: nobody's tie is like them.
        let mixed = Ends { ties: 4, to_users: 2, of_users: 2, between_users: 0 };
        assert_eq!((mixed.ratio(), mixed.assortativity()), (Some(0.0), Some(-1.0)));
        let nobody = Ends { ties: 4, ..Ends::default() };
        assert_eq!((nobody.ratio(), nobody.assortativity(), Ends::default().of_anyone()), (None, None, None));
    }
}
