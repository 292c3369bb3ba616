//! Rogers' adopter categories: who came first.
//!
//! Everett M. Rogers (2003), *Diffusion of Innovations*, 5th edition, chapter 7, divides those who have adopted by the time at
//! which they first did: the first 2.5 % are innovators, the next 13.5 % early adopters, then 34 % early majority, 34 % late
//! majority and 16 % laggards. He means a diffusion that is over; of one that goes on, the categories are of those who
//! have adopted so far, and a later look moves everyone to an earlier category.
//!
//! # Numerics
//! People who first adopted in the same month are not told apart: a month that a bound cuts is divided in proportion, in every
//! group alike. So categories hold fractions of persons, and sum exactly to the shares above.

/// One of the five.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// The first 2.5 %.
    Innovators,
    /// The next 13.5 %.
    EarlyAdopters,
    /// The next 34 %.
    EarlyMajority,
    /// The next 34 %.
    LateMajority,
    /// The last 16 %.
    Laggards,
}

impl Category {
    /// Every category, from the first.
    pub const EVERY: [Category; 5] = [
        Category::Innovators,
        Category::EarlyAdopters,
        Category::EarlyMajority,
        Category::LateMajority,
        Category::Laggards,
    ];

    /// Name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Category::Innovators => "innovators",
            Category::EarlyAdopters => "early-adopters",
            Category::EarlyMajority => "early-majority",
            Category::LateMajority => "late-majority",
            Category::Laggards => "laggards",
        }
    }

    /// Name on screen and in figures.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Category::Innovators => "Innovators",
            Category::EarlyAdopters => "Early adopters",
            Category::EarlyMajority => "Early majority",
            Category::LateMajority => "Late majority",
            Category::Laggards => "Laggards",
        }
    }

    /// The part of all adopters at which it begins and ends.
    #[must_use]
    pub fn bounds(self) -> (f64, f64) {
        match self {
            Category::Innovators => (0.0, 0.025),
            Category::EarlyAdopters => (0.025, 0.16),
            Category::EarlyMajority => (0.16, 0.5),
            Category::LateMajority => (0.5, 0.84),
            Category::Laggards => (0.84, 1.0),
        }
    }
}

/// Adopters by category.
#[derive(Clone, Debug, PartialEq)]
pub struct Categories {
    /// Adopters of each category by group, in persons, `[group][category]`.
    pub adopters: Vec<[f64; 5]>,
    /// The position of the time at which each category's last member adopted; `None` when nobody adopted.
    pub until: [Option<usize>; 5],
}

impl Categories {
    /// Of people who adopted for the first time, by group and time, `[group][time]`; the first group is everybody.
    #[must_use]
    pub fn of(firsts: &[Vec<u64>]) -> Self {
        let all = firsts.first().map_or(&[][..], Vec::as_slice);
        let total = all.iter().sum::<u64>() as f64;
        let mut categories = Self { adopters: vec![[0.0; 5]; firsts.len()], until: [None; 5] };
        let mut before = 0.0;
        for (time, &adopters) in all.iter().enumerate().filter(|(_, adopters)| **adopters > 0) {
            let after = before + adopters as f64;
            for (c, category) in Category::EVERY.into_iter().enumerate() {
                let (from, to) = category.bounds();
                let part = (after.min(to * total) - before.max(from * total)) / adopters as f64;
                if part > 0.0 {
                    categories.until[c] = Some(time);
                    for (group, firsts) in categories.adopters.iter_mut().zip(firsts) {
                        group[c] += part * firsts[time] as f64;
                    }
                }
            }
            before = after;
        }
        categories
    }

    /// Each category's share of a group's adopters, 0..=1; `None` when nobody of the group adopted.
    #[must_use]
    pub fn shares(&self, group: usize) -> Option<[f64; 5]> {
        let total: f64 = self.adopters[group].iter().sum();
        (total > 0.0).then(|| self.adopters[group].map(|adopters| adopters / total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_that_a_bound_cuts_is_divided_in_proportion() {
        // 200 adopters, 100 in each of two months: 5, 27 and 68 of the first, then 68 and 32 of the second. Of the group's 10
        // in the first month, one in twenty is an innovator.
        let found = Categories::of(&[vec![0, 100, 100], vec![0, 10, 50]]);
        let expected = [[5.0, 27.0, 68.0, 68.0, 32.0], [0.5, 2.7, 6.8, 34.0, 16.0]];
        for (found, expected) in found.adopters.iter().zip(expected) {
            for (found, expected) in found.iter().zip(expected) {
                assert!((found - expected).abs() < 1e-9, "{found} {expected}");
            }
        }
        assert_eq!(found.until, [Some(1), Some(1), Some(1), Some(2), Some(2)]);
    }

    #[test]
    fn nobody_falls_into_no_category() {
        let found = Categories::of(&[vec![0, 0], vec![0, 0]]);
        assert_eq!((found.shares(0), found.until), (None, [None; 5]));
        assert_eq!(Categories::of(&[]).adopters.len(), 0);
    }
}
