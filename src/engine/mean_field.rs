//! The mean-field engine's chance: expected numbers, nothing drawn.

use super::chance::{Chance, Reason};
use crate::adoption::hazard::probability;
use crate::number::Number;

/// Expected numbers of people, fractions allowed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected;

impl<N: Number> Chance<N> for Expected {
    fn begin_step(&mut self, _step: usize) {}

    #[inline]
    fn part(&self, _cell: usize, _reason: Reason, expected: N) -> N {
        expected
    }

    #[inline]
    fn initial(&self, _cell: usize, expected: N) -> N {
        expected
    }

    #[inline]
    fn losses(&self, _layer: usize, _first: usize, _expected: &mut [N]) {}

    #[inline]
    fn leavers(&self, _layer: usize, _first: usize, users: &[N], hazard: N, leavers: &mut [N]) {
        let probability = probability(hazard);
        for (leavers, &users) in leavers.iter_mut().zip(users) {
            *leavers = users * probability;
        }
    }

    #[inline]
    fn adopters(
        &self,
        _layer: usize,
        _first: usize,
        _groups: &[Vec<usize>],
        at_risk: &[N],
        hazards: &[N],
        adopters: &mut [N],
    ) {
        for ((adopters, &at_risk), &hazard) in adopters.iter_mut().zip(at_risk).zip(hazards) {
            *adopters = at_risk * probability(hazard);
        }
    }
}
