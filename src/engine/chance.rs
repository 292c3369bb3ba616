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

/// What happens to some of the people of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// They begin to use a layer.
    Adoption,
    /// They stop using it.
    Leaving,
    /// They become victims.
    Incident,
}

/// How an event's people are shared out among the cells of each place, place by place; filled by [`Chance::draw`] or
/// [`Chance::begin_losses`], used by [`Chance::deal`].
#[derive(Clone, Debug, Default)]
pub struct Dealing<N> {
    /// People to share out.
    pub counts: Vec<N>,
    /// The people of all cells.
    pub totals: Vec<N>,
    /// `counts / totals`.
    pub shares: Vec<N>,
    /// Where systematic sampling starts, in 0..1.
    pub starts: Vec<N>,
    /// People of the cells passed.
    pub passed: Vec<N>,
    /// People shared out.
    pub dealt: Vec<N>,
}

impl<N: Number> Dealing<N> {
    /// For `places` places.
    #[must_use]
    pub fn new(places: usize) -> Self {
        let zeros = || vec![N::from(0.0); places];
        Self { counts: zeros(), totals: zeros(), shares: zeros(), starts: zeros(), passed: zeros(), dealt: zeros() }
    }
}

/// How an aggregate engine turns expected numbers into numbers.
///
/// Rows are values by place. A cell is numbered (sex, age) position x places + place.
pub trait Chance<N: Number> {
    /// Whether the engine counts what a report tells beside users: who adopts and leaves, years of use, incidents. No
    /// user depends on these.
    const FLOWS: bool = true;
    /// Whether [`Chance::draw`] looks at `totals`; if not, the engine leaves them as they are.
    const TOTALS: bool = true;

    /// Begins a step of a world of `cells` cells.
    fn begin_step(&mut self, step: usize, cells: usize);

    /// The numbers in 0..1, by cell, with which [`Chance::round`] rounds for a reason.
    ///
    /// With one random number for all layers, a layer's part never outnumbers that of a layer with as many users or
    /// more, nor does what is left.
    fn units(&self, reason: Reason) -> &[f64];

    /// How many users there are when `expected` are on average, given the cell's number in 0..1.
    fn round(expected: N, unit: f64) -> N;

    /// How many users there are before the first step when `expected` are on average.
    fn initial(&self, cell: usize, expected: N) -> N;

    /// Prepares to share out, cell by cell, users of `layer` who lost it with a required layer.
    fn begin_losses(&self, layer: usize, dealing: &mut Dealing<N>);

    /// How many of `totals` people meet an event of cumulative hazard `hazards`, for a group of cells of each place that
    /// have the hazard in common; `leader` is the group's first (sex, age) position.
    fn draw(&self, event: Event, layer: usize, leader: usize, totals: &[N], hazards: &[N], dealing: &mut Dealing<N>);

    /// The part that the next cell of each place gets, for the cell's people `sizes`.
    fn deal(dealing: &mut Dealing<N>, sizes: &[N], parts: &mut [N]);

    /// The part that the next cell of each place loses when it loses `expected` on average.
    fn deal_losses(dealing: &mut Dealing<N>, expected: &[N], parts: &mut [N]);
}
