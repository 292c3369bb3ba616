//! What chance does in an aggregate engine.

use crate::number::Number;

/// Why people of a cell are looked at, when only a number among them has to be found.
///
/// Each reason has its own random number for each layer, cell and step.
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
    /// Users who lose a required layer or access.
    Loss = 4,
    /// People who may adopt.
    AtRisk = 5,
}

/// How an aggregate engine turns expected numbers into numbers.
pub trait Chance<N: Number> {
    /// Whether numbers are expectations, so that every part of a group has the group's composition.
    const EXPECTED: bool;

    /// Begins a step; `layer` by layer because streams are.
    fn begin(&mut self, step: usize, layer: usize);

    /// How many of `layer`'s users in `cell` are among a part of the cell that holds `expected` of them on average.
    fn part(&mut self, layer: usize, cell: usize, reason: Reason, expected: N) -> N;

    /// How many of `at_risk` people adopt in a step of cumulative hazard `hazard`.
    fn adopters(&mut self, step: usize, layer: usize, cell: usize, at_risk: N, hazard: N) -> N;

    /// How many of `users` leave in a step of cumulative hazard `hazard`.
    fn leavers(&mut self, step: usize, layer: usize, cell: usize, users: N, hazard: N) -> N;

    /// How many users there are before the first step when `expected` are on average.
    fn initial(&mut self, layer: usize, cell: usize, expected: N) -> N;
}
