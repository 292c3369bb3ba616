//! The cohort engine's chance: whole people.
//!
//! Who adopts and who stops is a binomial draw. How many users there are among people who die, age, move or lose
//! access for reasons that have nothing to do with the layer is the expected number, rounded up or down at random
//! so that its mean is exact (systematic sampling): the people leaving a cell are taken to be representative of it. This
//! leaves out a variance that is small beside that of adoption and keeps every count feasible: a layer's users
//! never outnumber those of a layer it requires.

use super::binomial;
use super::chance::{Chance, Reason};
use crate::rng::{Address, Purpose, Stream, unit32};
use crate::scenario::Scenario;

/// Blocks of a transition address from which further attempts of a draw come.
const ADOPTION_BLOCKS: u32 = 1;
const LEAVING_BLOCKS: u32 = 1 << 16;
/// 2^-21, for 21-bit slices of a random pair.
const STEP_21: f64 = 1.0 / 2_097_152.0;

/// Whole people and keyed random numbers, for one member.
#[derive(Clone, Debug)]
pub struct WholePeople {
    replicate: u32,
    layers: Vec<LayerStreams>,
}

#[derive(Clone, Debug)]
struct LayerStreams {
    transitions: Stream,
    moves: Stream,
    initial: Stream,
    /// Four words per cell for the current step.
    transition_words: Vec<u32>,
    move_words: Vec<u32>,
}

impl WholePeople {
    /// The chance of member `replicate` of a scenario run under `seed`.
    #[must_use]
    pub fn new(scenario: &Scenario, seed: u64, replicate: u32) -> Self {
        let words = 4 * scenario.population.grid.cells();
        let layers = scenario
            .layers
            .iter()
            .map(|layer| LayerStreams {
                transitions: Stream::new(seed, Purpose::Transitions, &layer.name),
                moves: Stream::new(seed, Purpose::Moves, &layer.name),
                initial: Stream::new(seed, Purpose::Initial, &layer.name),
                transition_words: vec![0; words],
                move_words: vec![0; words],
            })
            .collect();
        Self { replicate, layers }
    }

    fn address(&self, step: usize, cell: usize) -> Address {
        Address { replicate: self.replicate, step: step as u32, entity: cell as u32 }
    }
}

/// `expected` rounded up or down by `u` in 0..1, so that the mean over `u` is `expected`.
#[inline]
fn round_at(expected: f64, u: f64) -> f64 {
    // Truncation equals floor here (expected >= 0) and needs no call on machines without a rounding instruction.
    (expected + u) as i64 as f64
}

impl Chance<f64> for WholePeople {
    const EXPECTED: bool = false;

    fn begin(&mut self, step: usize, layer: usize) {
        let replicate = self.replicate;
        let streams = &mut self.layers[layer];
        streams.transitions.fill(replicate, step as u32, &mut streams.transition_words);
        streams.moves.fill(replicate, step as u32, &mut streams.move_words);
    }

    #[inline]
    fn part(&mut self, layer: usize, cell: usize, reason: Reason, expected: f64) -> f64 {
        let words = &self.layers[layer].move_words[4 * cell..4 * cell + 4];
        let index = reason as usize;
        let pair = (index / 3) * 2;
        let bits = u64::from(words[pair]) | (u64::from(words[pair + 1]) << 32);
        let slice = (bits >> (21 * (index % 3))) & 0x1f_ffff;
        round_at(expected, (slice as f64 + 0.5) * STEP_21)
    }

    #[inline]
    fn adopters(&mut self, step: usize, layer: usize, cell: usize, at_risk: f64, hazard: f64) -> f64 {
        let at_risk = self.part(layer, cell, Reason::AtRisk, at_risk);
        if at_risk <= 0.0 || hazard <= 0.0 {
            return 0.0;
        }
        let streams = &self.layers[layer];
        let words = &streams.transition_words[4 * cell..4 * cell + 4];
        let first = [words[0], words[1]];
        binomial::events(at_risk, hazard, first, || {
            streams.transitions.draws(self.address(step, cell), ADOPTION_BLOCKS)
        })
    }

    #[inline]
    fn leavers(&mut self, step: usize, layer: usize, cell: usize, users: f64, hazard: f64) -> f64 {
        if users <= 0.0 || hazard <= 0.0 {
            return 0.0;
        }
        let streams = &self.layers[layer];
        let words = &streams.transition_words[4 * cell..4 * cell + 4];
        let first = [words[2], words[3]];
        binomial::events(users, hazard, first, || streams.transitions.draws(self.address(step, cell), LEAVING_BLOCKS))
    }

    fn initial(&mut self, layer: usize, cell: usize, expected: f64) -> f64 {
        let address = Address { replicate: self.replicate, step: 0, entity: cell as u32 };
        round_at(expected, unit32(self.layers[layer].initial.block(address, 0)[0]))
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
}
