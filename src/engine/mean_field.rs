//! The mean-field engine's chance: expected numbers, nothing drawn.

use super::chance::{Chance, Dealing, Event, Reason};
use crate::adoption::hazard::probability;
use crate::number::Number;

/// Expected numbers of people, fractions allowed.
pub type Expected = Expectation<true>;

/// The same for those who read users on the way and nothing else: calibration, which has derivatives to carry.
pub type ExpectedUsers = Expectation<false>;

/// Expected numbers of people, with what flows in and out or without.
#[derive(Clone, Debug, Default)]
pub struct Expectation<const FLOWS: bool> {
    zeros: Vec<f64>,
}

impl<N: Number, const FLOWS: bool> Chance<N> for Expectation<FLOWS> {
    const FLOWS: bool = FLOWS;
    const TOTALS: bool = false;

    fn begin_step(&mut self, _step: usize, cells: usize) {
        self.zeros.resize(cells, 0.0);
    }

    #[inline(always)]
    fn units(&self, _reason: Reason) -> &[f64] {
        &self.zeros
    }

    #[inline(always)]
    fn round(expected: N, _unit: f64) -> N {
        expected
    }

    #[inline(always)]
    fn initial(&self, _cell: usize, expected: N) -> N {
        expected
    }

    #[inline(always)]
    fn begin_losses(&self, _layer: usize, _dealing: &mut Dealing<N>) {}

    #[inline(always)]
    fn draw(
        &self,
        _event: Event,
        _layer: usize,
        _leader: usize,
        _totals: &[N],
        hazards: &[N],
        dealing: &mut Dealing<N>,
    ) {
        for (share, &hazard) in dealing.shares.iter_mut().zip(hazards) {
            *share = probability(hazard);
        }
    }

    #[inline(always)]
    fn deal(dealing: &mut Dealing<N>, sizes: &[N], parts: &mut [N]) {
        for ((part, &size), &share) in parts.iter_mut().zip(sizes).zip(&dealing.shares) {
            *part = size * share;
        }
    }

    #[inline(always)]
    fn deal_losses(_dealing: &mut Dealing<N>, expected: &[N], parts: &mut [N]) {
        parts.copy_from_slice(expected);
    }
}
