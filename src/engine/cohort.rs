//! The cohort engine's chance: whole people.
//!
//! How many adopt is a binomial draw for each group of people in a place who share a hazard; how many stop is one for each
//! place. They are dealt to the cells of the group in proportion, by systematic sampling. How many users there are among
//! people who die, age, move or lose a required layer is the expected number, rounded up or down at random so that its
//! mean is exact: people who go for reasons that have nothing to do with the layer are taken to be representative of
//! their cell. So numbers have the variance of independent persons for every place, province and the nation; by age and sex a
//! little less. Deaths and moves are rounded with one random number for all layers, which keeps them nested: who uses
//! Facebook and dies was on the internet and died.

use super::binomial;
use super::chance::{Chance, Reason};
use crate::rng::{Address, Purpose, Stream, unit32};
use crate::scenario::Scenario;

/// Blocks of a transition address: the first and those after it are for adoption, these for leaving.
const LEAVING_BLOCKS: u32 = 1 << 16;
/// Words of a first block: the draw, the rounding of people at risk or of losses, the start of dealing.
const DRAW: usize = 0;
const ROUND: usize = 1;
const DEAL: usize = 2;

/// Whole people and keyed random numbers, for one member.
#[derive(Clone, Debug)]
pub struct WholePeople {
    replicate: u32,
    step: u32,
    moves: Stream,
    initial: Stream,
    /// Four numbers in 0..1 per cell for the current step, one for each [`Reason`], and the words they are made of.
    move_units: Vec<f64>,
    move_words: Vec<u32>,
    /// By layer.
    transitions: Vec<Stream>,
}

impl WholePeople {
    /// The chance of member `replicate` of a scenario run under `seed`.
    #[must_use]
    pub fn new(scenario: &Scenario, seed: u64, replicate: u32) -> Self {
        let cells = scenario.population.grid.cells();
        Self {
            replicate,
            step: 0,
            moves: Stream::new(seed, Purpose::Moves, ""),
            initial: Stream::new(seed, Purpose::Initial, ""),
            move_units: vec![0.0; 4 * cells],
            move_words: vec![0; 4 * cells],
            transitions: scenario
                .layers
                .iter()
                .map(|layer| Stream::new(seed, Purpose::Transitions, &layer.name))
                .collect(),
        }
    }

    fn address(&self, cell: usize) -> Address {
        Address { replicate: self.replicate, step: self.step, entity: cell as u32 }
    }
}

/// The largest whole number up to `value`, for 0 <= `value` < 2^51.
#[inline]
fn floor(value: f64) -> f64 {
    // Adding and taking away 2^52 rounds to the nearest whole number: no call and no branch on machines without a rounding
    // instruction.
    const BIG: f64 = 4_503_599_627_370_496.0;
    let nearest = (value + BIG) - BIG;
    nearest - one_if(nearest > value)
}

/// 1 or 0 without a branch: which it is is a matter of chance here, and a processor would guess wrong half the time.
#[inline]
fn one_if(condition: bool) -> f64 {
    f64::from_bits(u64::from(condition).wrapping_neg() & 1.0_f64.to_bits())
}

/// The smallest whole number from `value` on, for 0 <= `value` < 2^51.
#[inline]
fn ceil(value: f64) -> f64 {
    let below = floor(value);
    below + one_if(below < value)
}

/// `expected` rounded up or down by `u` in 0..1, so that the mean over `u` is `expected`.
#[inline]
fn round_at(expected: f64, u: f64) -> f64 {
    floor(expected + u)
}

/// Deals `count` people to cells in proportion to `sizes`, which sum to `total`, by systematic sampling from `start` in
/// 0..1. The parts are whole, at most their size rounded up, and add up to `count` (at most `total` rounded up).
#[inline]
fn deal(count: f64, total: f64, start: f64, sizes: impl Iterator<Item = f64>, mut give: impl FnMut(usize, f64)) {
    if count <= 0.0 {
        return;
    }
    let share = (count / total).min(1.0);
    let mut passed = 0.0;
    let mut dealt = 0.0;
    for (i, size) in sizes.enumerate() {
        passed += size;
        // The last cell brings the sum to its end, whatever rounding has done to it on the way.
        let due = if passed < total * (1.0 - 1e-12) { round_at(passed * share, start) } else { count };
        let due = due.min(dealt + ceil(size)).max(dealt);
        give(i, due - dealt);
        dealt = due;
    }
}

impl Chance<f64> for WholePeople {
    fn begin_step(&mut self, step: usize) {
        self.step = step as u32;
        self.moves.fill(self.replicate, self.step, &mut self.move_words);
        for (unit, &word) in self.move_units.iter_mut().zip(&self.move_words) {
            *unit = unit32(word);
        }
    }

    #[inline]
    fn part(&self, cell: usize, reason: Reason, expected: f64) -> f64 {
        round_at(expected, self.move_units[4 * cell + reason as usize])
    }

    fn initial(&self, cell: usize, expected: f64) -> f64 {
        let address = Address { replicate: self.replicate, step: 0, entity: cell as u32 };
        round_at(expected, unit32(self.initial.block(address, 0)[0]))
    }

    #[inline]
    fn losses(&self, layer: usize, first: usize, expected: &mut [f64]) {
        let words = self.transitions[layer].block(self.address(first), LEAVING_BLOCKS);
        let mut passed = 0.0;
        let mut dealt = 0.0;
        let start = unit32(words[ROUND]);
        for part in expected {
            passed += *part;
            // No cell may lose more users than it has, whatever rounding has done to the sum.
            let due = round_at(passed, start).min(dealt + ceil(*part)).max(dealt);
            *part = due - dealt;
            dealt = due;
        }
    }

    #[inline]
    fn leavers(&self, layer: usize, first: usize, users: &[f64], hazard: f64, leavers: &mut [f64]) {
        let total: f64 = users.iter().sum();
        let stream = &self.transitions[layer];
        let words = stream.block(self.address(first), LEAVING_BLOCKS);
        let leaving =
            binomial::events(total, hazard, words[DRAW], || stream.draws(self.address(first), LEAVING_BLOCKS + 1));
        leavers.fill(0.0);
        deal(leaving, total, unit32(words[DEAL]), users.iter().copied(), |cell, part| leavers[cell] = part);
    }

    #[inline]
    fn adopters(
        &self,
        layer: usize,
        first: usize,
        groups: &[Vec<usize>],
        at_risk: &[f64],
        hazards: &[f64],
        adopters: &mut [f64],
    ) {
        let stream = &self.transitions[layer];
        adopters.fill(0.0);
        for group in groups {
            let leader = group[0];
            let total: f64 = group.iter().map(|&cell| at_risk[cell]).sum();
            if total <= 0.0 || hazards[leader] <= 0.0 {
                continue;
            }
            let words = stream.block(self.address(first + leader), 0);
            let people = round_at(total, unit32(words[ROUND]));
            let adopting = binomial::events(people, hazards[leader], words[DRAW], || {
                stream.draws(self.address(first + leader), 1)
            });
            let shares = group.iter().map(|&cell| at_risk[cell]);
            deal(adopting, total, unit32(words[DEAL]), shares, |i, part| adopters[group[i]] = part);
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
        for users in [vec![5.0, 0.0, 3.0, 12.0, 1.0], vec![7.0], vec![0.0, 2.0], vec![1.0; 30], vec![0.3, 2.6, 0.1]] {
            let total: f64 = users.iter().sum();
            for leaving in 0..=total as u32 {
                let mut means = vec![0.0; users.len()];
                for i in 0..400 {
                    let mut parts = vec![0.0; users.len()];
                    let start = (f64::from(i) + 0.5) / 400.0;
                    deal(f64::from(leaving), total, start, users.iter().copied(), |cell, part| parts[cell] = part);
                    assert_eq!(parts.iter().sum::<f64>(), f64::from(leaving), "{users:?} {start}");
                    assert!(
                        parts.iter().zip(&users).all(|(p, u)| (0.0..=u.ceil()).contains(p)),
                        "{parts:?} of {users:?}"
                    );
                    parts.iter().zip(&mut means).for_each(|(part, mean)| *mean += part / 400.0);
                }
                for (mean, users) in means.iter().zip(&users) {
                    let exact = f64::from(leaving) * users / total;
                    assert!((mean - exact).abs() < 0.006, "{mean} {exact}");
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
