//! The mean-field engine's chance: expected numbers, nothing drawn.

use super::chance::{Chance, Reason};
use crate::adoption::hazard::probability;
use crate::number::Number;

/// Expected numbers of people, fractions allowed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected;

impl<N: Number> Chance<N> for Expected {
    const EXPECTED: bool = true;

    fn begin(&mut self, _step: usize, _layer: usize) {}

    #[inline]
    fn part(&mut self, _layer: usize, _cell: usize, _reason: Reason, expected: N) -> N {
        expected
    }

    #[inline]
    fn adopters(&mut self, _step: usize, _layer: usize, _cell: usize, at_risk: N, hazard: N) -> N {
        at_risk * probability(hazard)
    }

    #[inline]
    fn leavers(&mut self, _step: usize, _layer: usize, _cell: usize, users: N, hazard: N) -> N {
        users * probability(hazard)
    }

    fn initial(&mut self, _layer: usize, _cell: usize, expected: N) -> N {
        expected
    }
}
