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
use super::chance::{Chance, Dealing, Event, Reason};
use crate::number::floor;
use crate::rng::{Address, Purpose, Stream, unit32};
use crate::scenario::Scenario;

/// Blocks of a transition address: the first and those after it are for adoption, these for leaving and for incidents.
const LEAVING_BLOCKS: u32 = 1 << 16;
const INCIDENT_BLOCKS: u32 = 2 << 16;
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
    /// Numbers in 0..1 by [`Reason`] and cell for the current step, and the words they are made of.
    move_units: [Vec<f64>; 4],
    move_words: Vec<u32>,
    /// By layer.
    transitions: Vec<Stream>,
}

impl WholePeople {
    /// The chance of member `replicate` of a scenario run under `seed`.
    #[must_use]
    pub fn new(scenario: &Scenario, seed: u64, replicate: u32) -> Self {
        Self {
            replicate,
            step: 0,
            moves: Stream::new(seed, Purpose::Moves, ""),
            initial: Stream::new(seed, Purpose::Initial, ""),
            move_units: std::array::from_fn(|_| Vec::new()),
            move_words: Vec::new(),
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

/// The smallest whole number from `value` on, for 0 <= `value` < 2^51.
#[inline(always)]
fn ceil(value: f64) -> f64 {
    let below = floor(value);
    if below < value { below + 1.0 } else { below }
}

/// The smaller of two, without a branch.
#[inline(always)]
fn least(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// `expected` rounded up or down by `u` in 0..1, so that the mean over `u` is `expected`.
#[inline(always)]
fn round_at(expected: f64, u: f64) -> f64 {
    floor(expected + u)
}

impl Chance<f64> for WholePeople {
    fn begin_step(&mut self, step: usize, cells: usize) {
        self.step = step as u32;
        self.move_words.resize(4 * cells, 0);
        self.moves.fill(self.replicate, self.step, &mut self.move_words);
        for (reason, units) in self.move_units.iter_mut().enumerate() {
            units.resize(cells, 0.0);
            let words = &self.move_words[reason * cells..(reason + 1) * cells];
            for (unit, &word) in units.iter_mut().zip(words) {
                *unit = unit32(word);
            }
        }
    }

    #[inline(always)]
    fn units(&self, reason: Reason) -> &[f64] {
        &self.move_units[reason as usize]
    }

    #[inline(always)]
    fn round(expected: f64, unit: f64) -> f64 {
        round_at(expected, unit)
    }

    fn initial(&self, cell: usize, expected: f64) -> f64 {
        let address = Address { replicate: self.replicate, step: 0, entity: cell as u32 };
        round_at(expected, unit32(self.initial.block(address, 0)[0]))
    }

    #[inline(always)]
    fn begin_losses(&self, layer: usize, dealing: &mut Dealing<f64>) {
        for (place, start) in dealing.starts.iter_mut().enumerate() {
            *start = unit32(self.transitions[layer].block(self.address(place), LEAVING_BLOCKS)[ROUND]);
        }
        dealing.passed.fill(0.0);
        dealing.dealt.fill(0.0);
    }

    #[inline(always)]
    fn draw(
        &self,
        event: Event,
        layer: usize,
        leader: usize,
        totals: &[f64],
        hazards: &[f64],
        dealing: &mut Dealing<f64>,
    ) {
        let stream = &self.transitions[layer];
        let block = match event {
            Event::Adoption => 0,
            Event::Leaving => LEAVING_BLOCKS,
            Event::Incident => INCIDENT_BLOCKS,
        };
        dealing.passed.fill(0.0);
        dealing.dealt.fill(0.0);
        let places = totals.len();
        for place in 0..places {
            let (total, hazard) = (totals[place], hazards[place]);
            dealing.totals[place] = total;
            if total <= 0.0 || hazard <= 0.0 {
                dealing.counts[place] = 0.0;
                dealing.shares[place] = 0.0;
                continue;
            }
            let address = self.address(leader * places + place);
            let words = stream.block(address, block);
            let people = round_at(total, unit32(words[ROUND]));
            let count = binomial::events(people, hazard, words[DRAW], || stream.draws(address, block + 1));
            dealing.counts[place] = count;
            dealing.shares[place] = least(count / total, 1.0);
            dealing.starts[place] = unit32(words[DEAL]);
        }
    }

    #[inline(always)]
    fn deal(dealing: &mut Dealing<f64>, sizes: &[f64], parts: &mut [f64]) {
        let places = parts.len();
        let (counts, totals) = (&dealing.counts[..places], &dealing.totals[..places]);
        let (shares, starts) = (&dealing.shares[..places], &dealing.starts[..places]);
        let (passed, dealt) = (&mut dealing.passed[..places], &mut dealing.dealt[..places]);
        let sizes = &sizes[..places];
        for place in 0..places {
            let so_far = passed[place] + sizes[place];
            passed[place] = so_far;
            let due = least(round_at(so_far * shares[place], starts[place]), counts[place]);
            // The sum of all cells brings the count to its end, whatever rounding has done to it on the way.
            let due = if so_far >= totals[place] { counts[place] } else { due };
            // A cell has no more people to give than it has, rounded up.
            parts[place] = least(due - dealt[place], ceil(sizes[place]));
            dealt[place] = due;
        }
    }

    #[inline(always)]
    fn deal_losses(dealing: &mut Dealing<f64>, expected: &[f64], parts: &mut [f64]) {
        let places = parts.len();
        let starts = &dealing.starts[..places];
        let (passed, dealt) = (&mut dealing.passed[..places], &mut dealing.dealt[..places]);
        let expected = &expected[..places];
        for place in 0..places {
            let so_far = passed[place] + expected[place];
            passed[place] = so_far;
            let due = round_at(so_far, starts[place]);
            parts[place] = least(due - dealt[place], ceil(expected[place]));
            dealt[place] = due;
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
                    let mut dealing = Dealing::new(1);
                    dealing.counts[0] = f64::from(leaving);
                    dealing.totals[0] = total;
                    dealing.shares[0] = f64::from(leaving) / total;
                    dealing.starts[0] = (f64::from(i) + 0.5) / 400.0;
                    let deal = |&size: &f64| {
                        let mut part = [0.0];
                        WholePeople::deal(&mut dealing, &[size], &mut part);
                        part[0]
                    };
                    let parts: Vec<f64> = users.iter().map(deal).collect();
                    assert_eq!(parts.iter().sum::<f64>(), f64::from(leaving), "{users:?}");
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
