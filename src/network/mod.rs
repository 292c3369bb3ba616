//! Whom people are tied to: graphs whose ties are computed when asked for, or read from a file.
//!
//! A tie is symmetric and persistent: if `a` is a tie of `b`, then `b` is one of `a`, in every month. [`Pairing`] pairs the
//! people of a group at random without storing anything; [`Ring`] is a small world made of it; [`EdgeList`] is a graph read
//! from a file. Graphs know nothing of who lives when and where: people are numbers from 0 on.
//!
//! [`measure`] tells what a graph is like.
//!
//! Start from [`Ties`], what every graph of persons can tell.

pub mod edges;
pub mod measure;
pub mod pairing;
pub mod ring;

pub use edges::EdgeList;
pub use pairing::Pairing;
pub use ring::Ring;

/// Where a contact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The same household.
    Household,
    /// The same village.
    Village,
    /// The same region.
    Province,
    /// Anywhere in the country.
    Nation,
    /// A tie of a graph without places: a ring or a list of edges.
    Tie,
}

impl Level {
    /// Every level.
    pub const EVERY: [Level; 5] = [Level::Household, Level::Village, Level::Province, Level::Nation, Level::Tie];

    /// Name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Household => "household",
            Level::Village => "village",
            Level::Province => "province",
            Level::Nation => "nation",
            Level::Tie => "tie",
        }
    }
}

/// A graph of persons.
pub trait Ties: Sync {
    /// Persons are numbered 0 up to, not including, this.
    fn persons(&self) -> u64;

    /// Whether a number stands for someone who lives.
    fn lives(&self, person: u64) -> bool;

    /// Appends the living ties of `person`, who lives. A tie that two levels give is listed twice.
    fn ties(&self, person: u64, found: &mut Vec<(Level, u64)>);
}
