//! What a graph of persons is like: degrees, clustering, distances, who is tied to people like themselves.
//!
//! Everything is measured on persons drawn at random (without replacement, by a keyed hash, so that equal seeds draw
//! equally whatever the threads), or on everybody where they are few. Whoever is tied to someone at two levels is one tie
//! here, but counts at both levels in [`Degrees::levels`]. Left out: anything that needs the whole graph in
//! memory, such as communities or central persons.
//!
//! Start from [`measure`].

mod clustering;
mod degrees;
mod mixing;
mod paths;
mod sample;

pub use clustering::Clustering;
pub use degrees::Degrees;
pub use mixing::{Mixing, Pairs};
pub use paths::Paths;

use super::{Level, Ties};

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Persons whose ties are looked at; where no more than this live, everybody.
    pub persons: usize,
    /// Persons from whom distances are measured, at most.
    pub sources: usize,
    /// Persons whose ties are looked up for distances, about: no further source is begun that would go beyond it, and one
    /// that goes beyond twice as many is given up. A source costs as many look-ups as there are people it reaches.
    pub look_ups: u64,
    /// Seed of the sample.
    pub seed: u64,
}

impl Default for Effort {
    /// Ten thousand persons, and distances from as many as thirty million look-ups allow: two in a nation of 15 million.
    fn default() -> Self {
        Self { persons: 10_000, sources: 10_000, look_ups: 30_000_000, seed: 0 }
    }
}

/// What a graph is like.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Living persons.
    pub persons: u64,
    /// Persons whose ties were looked at; all of them when [`Self::persons`] are as many.
    pub sampled: u64,
    /// Ties of a person.
    pub degrees: Degrees,
    /// How often one's ties are tied to each other.
    pub clustering: Clustering,
    /// Steps from person to person.
    pub paths: Paths,
    /// Correlation of the degrees of tied persons (Newman 2002, "Assortative mixing in networks", equation 4); `None`
    /// where all have as many ties, or there are none.
    pub degree_assortativity: Option<f64>,
    /// Whether tied persons bear the same label; `None` without labels.
    pub mixing: Option<Mixing>,
}

/// Measures a graph; `label` gives a small number for each person, for instance of their residence.
///
/// Cost: `persons` times the ties of ties for clustering, and the look-ups of [`Effort::look_ups`] for distances, shared by
/// the threads of the current pool; memory of two bits for each person and what a breadth-first search holds at once.
///
/// # Examples
/// ```
/// use uptake::network::{Ring, measure::{Effort, measure}};
/// let ring = Ring::new(1_000, 10, 0.0, 0);
/// let measured = measure(&ring, None, &Effort::default());
/// assert_eq!(measured.degrees.mean, 10.0);
/// // 3 (k - 2) / (4 (k - 1)) for k neighbours.
/// assert!((measured.clustering.local.unwrap() - 2.0 / 3.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn measure(ties: &dyn Ties, label: Option<&(dyn Fn(u64) -> usize + Sync)>, effort: &Effort) -> Measured {
    let persons = sample::living(ties);
    let sampled = sample::draw(ties, persons, effort.persons, effort.seed);
    let pairs = Pairs::of(ties, &sampled);
    Measured {
        persons,
        sampled: sampled.len() as u64,
        degrees: degrees::of(ties, &sampled),
        clustering: clustering::of(ties, &sampled),
        paths: paths::of(ties, persons, effort),
        degree_assortativity: pairs.degree_assortativity(),
        mixing: label.map(|label| pairs.mixing(label)),
    }
}

/// The persons `person` is tied to, each once, increasing; `scratch` is overwritten.
fn others(ties: &dyn Ties, person: u64, scratch: &mut Vec<(Level, u64)>, found: &mut Vec<u64>) {
    scratch.clear();
    found.clear();
    ties.ties(person, scratch);
    found.extend(scratch.iter().map(|(_, other)| *other).filter(|other| *other != person));
    found.sort_unstable();
    found.dedup();
}

#[cfg(test)]
pub(crate) mod graphs {
    //! Small graphs whose statistics can be worked out by hand.

    use crate::network::EdgeList;

    /// A graph of the given ties.
    pub fn graph(persons: u32, pairs: &[(u64, u64)]) -> EdgeList {
        EdgeList::try_new(persons, pairs).expect("a graph").0
    }

    /// One tied to each of three others, who are not tied to each other.
    pub fn star() -> EdgeList {
        graph(4, &[(0, 1), (0, 2), (0, 3)])
    }

    /// A triangle, and a fourth person tied to one of its corners.
    pub fn kite() -> EdgeList {
        graph(4, &[(0, 1), (1, 2), (2, 0), (2, 3)])
    }

    /// Four in a row.
    pub fn path() -> EdgeList {
        graph(4, &[(0, 1), (1, 2), (2, 3)])
    }
}
