//! The cohort engine's chance: whole people.
//!
//! How many adopt is a binomial draw in every cell; how many stop is one in every place, whose users all have the same
//! hazard, dealt to its cells in proportion. How many users there are among people who die, age, move or lose a
//! required layer is the expected number, rounded up or down at random so that its mean is exact (systematic
//! sampling): people who go for reasons that have nothing to do with the layer are taken to be representative of their
//! cell. This leaves out a variance that is small beside that of adoption. All layers are rounded with one random number, which keeps
//! them nested: who uses Facebook and dies was on the internet and died.

use super::binomial;
use super::chance::{Chance, Reason};
use crate::rng::{Address, Purpose, Stream, unit32};
use crate::scenario::Scenario;

/// Blocks of a transition address from which further attempts of a draw come.
const ADOPTION_BLOCKS: u32 = 1;
const LEAVING_BLOCKS: u32 = 1 << 16;

/// Whole people and keyed random numbers, for one member.
#[derive(Clone, Debug)]
pub struct WholePeople {
    replicate: u32,
    step: u32,
    moves: Stream,
    initial: Stream,
    /// Four words per cell for the current step, one for each [`Reason`].
    move_words: Vec<u32>,
    layers: Vec<Transitions>,
}

/// The transitions of one layer: two words per cell for the current step. The first is for adoption; halves of the second
/// round people at risk and losses.
#[derive(Clone, Debug)]
struct Transitions {
    stream: Stream,
    words: Vec<u32>,
}

impl WholePeople {
    /// The chance of member `replicate` of a scenario run under `seed`.
    #[must_use]
    pub fn new(scenario: &Scenario, seed: u64, replicate: u32) -> Self {
        let cells = scenario.population.grid.cells();
        let transitions = |name: &str| Transitions {
            stream: Stream::new(seed, Purpose::Transitions, name),
            words: vec![0; 2 * cells.next_multiple_of(2)],
        };
        Self {
            replicate,
            step: 0,
            moves: Stream::new(seed, Purpose::Moves, ""),
            initial: Stream::new(seed, Purpose::Initial, ""),
            move_words: vec![0; 4 * cells],
            layers: scenario.layers.iter().map(|layer| transitions(&layer.name)).collect(),
        }
    }

    fn address(&self, cell: usize) -> Address {
        Address { replicate: self.replicate, step: self.step, entity: cell as u32 }
    }
}

/// `expected` rounded up or down by `u` in 0..1, so that the mean over `u` is `expected`.
#[inline]
fn round_at(expected: f64, u: f64) -> f64 {
    // Floor by adding and taking away 2^52, which rounds to the nearest whole number: no call, no branch, exact for
    // 0 <= value < 2^51.
    const BIG: f64 = 4_503_599_627_370_496.0;
    let value = expected + u;
    let nearest = (value + BIG) - BIG;
    if nearest > value { nearest - 1.0 } else { nearest }
}

/// The upper or lower half of a word as a number strictly between 0 and 1.
#[inline]
fn unit16(half: u32) -> f64 {
    (f64::from(half & 0xffff) + 0.5) * (1.0 / 65_536.0)
}

/// Deals `leaving` of `total` people to cells in proportion to `users`, by systematic sampling from `start` in 0..1. The
/// parts are whole, at most `users`, and add up.
#[inline]
fn deal(leaving: f64, total: f64, start: f64, users: &[f64], parts: &mut [f64]) {
    let share = leaving / total;
    let mut passed = 0.0;
    let mut dealt = 0.0;
    for (part, &users) in parts.iter_mut().zip(users) {
        passed += users;
        let due = if passed < total { round_at(passed * share, start) } else { leaving };
        // Rounding in `share` must not give a cell one person more than it has.
        let due = due.clamp(dealt, dealt + users);
        *part = due - dealt;
        dealt = due;
    }
}

impl Chance<f64> for WholePeople {
    fn begin_step(&mut self, step: usize) {
        self.step = step as u32;
        self.moves.fill(self.replicate, self.step, &mut self.move_words);
    }

    fn begin_layer(&mut self, step: usize, layer: usize) {
        let transitions = &mut self.layers[layer];
        transitions.stream.fill(self.replicate, step as u32, &mut transitions.words);
    }

    #[inline]
    fn part(&self, cell: usize, reason: Reason, expected: f64) -> f64 {
        round_at(expected, unit32(self.move_words[4 * cell + reason as usize]))
    }

    fn initial(&self, cell: usize, expected: f64) -> f64 {
        let address = Address { replicate: self.replicate, step: 0, entity: cell as u32 };
        round_at(expected, unit32(self.initial.block(address, 0)[0]))
    }

    #[inline]
    fn losses(&self, layer: usize, cell: usize, expected: f64) -> f64 {
        round_at(expected, unit16(self.layers[layer].words[2 * cell + 1]))
    }

    #[inline]
    fn leavers(&self, layer: usize, first: usize, users: &[f64], hazard: f64, leavers: &mut [f64]) {
        let total: f64 = users.iter().sum();
        let transitions = &self.layers[layer];
        let mut draws = transitions.stream.draws(self.address(first), LEAVING_BLOCKS);
        let (word, start) = (draws.word(), unit32(draws.word()));
        let leaving = binomial::events(total, hazard, word, || draws);
        if leaving <= 0.0 {
            leavers.fill(0.0);
            return;
        }
        deal(leaving, total, start, users, leavers);
    }

    #[inline]
    fn adopters(&self, layer: usize, first: usize, at_risk: &[f64], hazards: &[f64], adopters: &mut [f64]) {
        let transitions = &self.layers[layer];
        let words = transitions.words[2 * first..].chunks_exact(2);
        let risks = at_risk.iter().zip(hazards);
        for (i, ((adopters, (&at_risk, &hazard)), words)) in adopters.iter_mut().zip(risks).zip(words).enumerate() {
            let people = round_at(at_risk, unit16(words[1] >> 16));
            *adopters = binomial::events(people, hazard, words[0], || {
                transitions.stream.draws(self.address(first + i), ADOPTION_BLOCKS)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_keeps_whole_numbers_and_means() {
        assert_eq!(round_at(7.0, 0.0001), 7.0);
        assert_eq!(round_at(7.0, 0.9999), 7.0);
        let mean = (0..1000).map(|i| round_at(2.3, (f64::from(i) + 0.5) / 1000.0)).sum::<f64>() / 1000.0;
        assert!((mean - 2.3).abs() < 1e-12);
    }

    #[test]
    fn dealing_adds_up_and_stays_within_the_cells() {
        for users in [vec![5.0, 0.0, 3.0, 12.0, 1.0], vec![7.0], vec![0.0, 2.0], vec![1.0; 30]] {
            let total: f64 = users.iter().sum();
            for leaving in 0..=total as u32 {
                for i in 0..40 {
                    let mut parts = vec![0.0; users.len()];
                    deal(f64::from(leaving), total, (f64::from(i) + 0.5) / 40.0, &users, &mut parts);
                    assert_eq!(parts.iter().sum::<f64>(), f64::from(leaving));
                    assert!(parts.iter().zip(&users).all(|(p, u)| (0.0..=*u).contains(p)), "{parts:?} of {users:?}");
                }
            }
        }
    }

    #[test]
    fn rounding_with_one_number_keeps_layers_nested() {
        for outer in 0..12 {
            for inner in 0..=outer {
                for rate in [0.0, 0.1, 1.0 / 3.0, 0.5, 0.99, 1.0] {
                    for i in 0..50 {
                        let u = (f64::from(i) + 0.5) / 50.0;
                        let (outer, inner) = (f64::from(outer), f64::from(inner));
                        let (out, within) = (round_at(outer * rate, u), round_at(inner * rate, u));
                        assert!(within <= out && inner - within <= outer - out, "{outer} {inner} {rate} {u}");
                    }
                }
            }
        }
    }
}
