//! What chance does in an aggregate engine.

use crate::number::Number;

/// Why people of a cell go, when how many users are among them has to be found. Each reason has its own random number
/// for each cell and step, the same for every layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Users among the dying.
    Death = 0,
    /// Users among those who pass into the next age band.
    Ageing = 1,
    /// Users among those who leave for another place.
    Leaving = 2,
    /// Users among those who arrive from another place.
    Arriving = 3,
}

/// How an aggregate engine turns expected numbers into numbers.
///
/// Slices run over consecutive cells from `first`.
pub trait Chance<N: Number> {
    /// Begins a step.
    fn begin_step(&mut self, step: usize);

    /// How many of a layer's users in `cell` are among a part of the cell that holds `expected` of them on average.
    ///
    /// With one random number for all layers, a layer's part never outnumbers that of a layer with as many users or
    /// more, nor does what is left.
    fn part(&self, cell: usize, reason: Reason, expected: N) -> N;

    /// How many users there are before the first step when `expected` are on average.
    fn initial(&self, cell: usize, expected: N) -> N;

    /// How many of a layer's users lost it with a required layer when `expected` did on average, cell by cell, in place.
    fn losses(&self, layer: usize, first: usize, expected: &mut [N]);

    /// How many of `users` stop in a step of cumulative hazard `hazard`, the same for all these cells, cell by cell into
    /// `leavers`.
    fn leavers(&self, layer: usize, first: usize, users: &[N], hazard: N, leavers: &mut [N]);

    /// How many of `at_risk` people adopt in a step of cumulative hazard `hazards`, cell by cell into `adopters`.
    /// `groups` are the cells (counted from `first`) that share a hazard, each cell in one of them.
    fn adopters(
        &self,
        layer: usize,
        first: usize,
        groups: &[Vec<usize>],
        at_risk: &[N],
        hazards: &[N],
        adopters: &mut [N],
    );
}
