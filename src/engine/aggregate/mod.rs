//! The schedule of the aggregate engines: one month at a time, cell by cell.
//!
//! In each month, for every layer after those it requires:
//!
//! 1. people die, age, leave, arrive and are born (the demography's whole people); users are among them in proportion
//!    (`moves`);
//! 2. exposure: users over people in each place, province and the nation; with [`Exposure::Midpoint`], users as they
//!    will be in the middle of the month if they go on changing as they did over the last;
//! 3. leaving: with a required layer, by loss of access, then by discontinuance (`leave`);
//! 4. adoption: of people who have every required layer and access and did not use the layer when the month began
//!    (`adopt`);
//! 5. what the month leaves behind: person-years of use, incidents.
//!
//! A layer with one requirement is exact. A layer with several is taken to be held independently by those
//! who hold what the required layers share. Users of a suspended layer wait: they die, age and move, are not counted and
//! not seen, and neither leave nor are joined by others until it is back.
//!
//! Cells are numbered (sex, age) position x places + place, so that every loop over a row runs over the places of one kind
//! of people: such loops have no branch and no dependence, and the compiler makes them wide.

mod adopt;
mod groups;
mod leave;
mod moves;

use super::chance::{Chance, Dealing, Event};
use super::law::{Law, LayerLaw};
use super::record::Recorder;
use super::world::World;
use crate::adoption::hazard::per_step;
use crate::number::Number;
use crate::scenario::Exposure;
use crate::units::STEP_YEARS;

/// Runs one member from the first month to the last, filling `recorder`. Cost: cells x months x layers.
pub fn simulate<N: Number, C: Chance<N>>(
    world: &World<'_>,
    law: &Law<N>,
    chance: &mut C,
    recorder: &mut Recorder<'_, N>,
) {
    let mut run = Simulation::new(world, law, chance);
    run.run_to(world.demography.months, law, chance, recorder);
}

/// One member on its way: users by cell after some months. A clone goes on as the original would, under the same law or
/// under one that is the same up to this month.
#[derive(Clone, Debug)]
pub struct Simulation<'a, N> {
    world: &'a World<'a>,
    /// Months simulated.
    step: usize,
    layers: Vec<LayerState<N>>,
    scratch: Scratch<N>,
    size: Size,
}

/// How many of what there is.
#[derive(Clone, Copy, Debug)]
struct Size {
    cells: usize,
    places: usize,
    /// (Sex, age) positions.
    kinds: usize,
    ages: usize,
    residences: usize,
}

/// One layer's numbers: by cell, unless by place.
#[derive(Clone, Debug)]
struct LayerState<N> {
    users: Vec<N>,
    /// Adopters since the last reported date; empty, as are the next three, where flows are not counted.
    adopted: Vec<N>,
    /// People who stopped since the last reported date.
    left: Vec<N>,
    /// Person-years of use since the last reported date.
    use_years: Vec<N>,
    /// Incidents since the last reported date; empty where they are not followed.
    incidents: Vec<N>,
    /// This step: users who left for any reason, and those of them who did not lose a required layer.
    leaving: Vec<N>,
    own_leaving: Vec<N>,
    /// Users by place, after the month's moves, and those that exposure counts.
    place_users: Vec<N>,
    exposing: Vec<N>,
    /// (Sex, age) positions of which anyone is old enough.
    kinds: Vec<usize>,
    /// Whether there are users, or anyone could adopt.
    active: bool,
}

/// Room for intermediate numbers; holds nothing from one step to the next.
#[derive(Clone, Debug)]
struct Scratch<N> {
    /// By (sex, age): users on the way between places.
    pool: Vec<N>,
    /// By cell: people who may adopt.
    at_risk: Vec<N>,
    /// By place: exposure, the part of a year in which people can adopt this month, and the hazard of those with a
    /// multiplier of 1.
    exposure: Vec<N>,
    per_month: Vec<N>,
    base: Vec<N>,
    /// By place, for anything.
    rows: [Vec<N>; 3],
    dealing: Dealing<N>,
}

impl<'a, N: Number> Simulation<'a, N> {
    /// Users before the first month: the initial share of those with the required layers and access.
    pub fn new<C: Chance<N>>(world: &'a World<'a>, law: &Law<N>, chance: &C) -> Self {
        let grid = &world.demography.grid;
        let size = Size {
            cells: grid.cells(),
            places: grid.places(),
            kinds: grid.cells_per_place(),
            ages: grid.ages.len(),
            residences: grid.residences.len(),
        };
        let zeros = |n: usize| vec![N::from(0.0); n];
        let flows = |followed: bool| zeros(if C::FLOWS && followed { size.cells } else { 0 });
        let layer = |law: &LayerLaw<N>| LayerState {
            users: zeros(size.cells),
            adopted: flows(true),
            left: flows(true),
            use_years: flows(true),
            incidents: flows(law.incidents.is_some()),
            leaving: zeros(size.cells),
            own_leaving: zeros(size.cells),
            place_users: zeros(size.places),
            exposing: zeros(size.places),
            kinds: (0..size.kinds).filter(|kind| law.old_enough[kind % size.ages] > 0.0).collect(),
            active: false,
        };
        let mut run = Self {
            world,
            step: 0,
            layers: law.layers.iter().map(layer).collect(),
            scratch: Scratch {
                pool: zeros(size.kinds),
                at_risk: zeros(size.cells),
                exposure: zeros(size.places),
                per_month: zeros(size.places),
                base: zeros(size.places),
                rows: std::array::from_fn(|_| zeros(size.places)),
                dealing: Dealing::new(size.places),
            },
            size,
        };
        run.initialise(law, chance);
        run
    }

    /// Simulates up to, and not including, month `end` of the run, under `law`.
    pub fn run_to<C: Chance<N>>(&mut self, end: usize, law: &Law<N>, chance: &mut C, recorder: &mut Recorder<'_, N>) {
        pulp::Arch::new().dispatch(Months { run: self, end, law, chance, recorder });
    }

    /// Users of `layer` after the months simulated, weighted by cell (in the engine's order, one (cell, weight) each);
    /// nobody uses a layer where it is suspended for the whole of the last month.
    #[must_use]
    pub fn users(&self, law: &Law<N>, layer: usize, weights: &[(usize, f64)]) -> N {
        let (state, law, places) = (&self.layers[layer], &law.layers[layer], self.size.places);
        let last = self.step.saturating_sub(1);
        let counted = |cell: usize| law.suspensions.is_empty() || law.suspended(last, cell % places) < 1.0;
        let users = weights.iter().filter(|(cell, _)| counted(*cell));
        users.fold(N::from(0.0), |sum, &(cell, weight)| sum + state.users[cell] * weight)
    }

    fn initialise<C: Chance<N>>(&mut self, law: &Law<N>, chance: &C) {
        let Size { places, ages, .. } = self.size;
        for (l, layer) in law.layers.iter().enumerate() {
            if layer.launch > 0 || layer.initial.value() <= 0.0 {
                continue;
            }
            let people = self.world.people(0);
            let (earlier, rest) = self.layers.split_at_mut(l);
            let state = &mut rest[0];
            let access = layer.access.row(0);
            for cell in 0..people.len() {
                let base = holders(layer, earlier, cell, people[cell], &law.layers);
                let able = base * access[cell % places] * layer.old_enough[cell / places % ages];
                let users = chance.initial(cell, able * layer.initial);
                state.users[cell] = limit(users, layer, earlier, cell);
            }
            state.active = state.users.iter().any(|u| u.value() > 0.0);
        }
    }

    #[inline(always)]
    fn month<C: Chance<N>>(&mut self, law: &Law<N>, chance: &mut C) {
        let step = self.step;
        chance.begin_step(step, self.size.cells);
        for (layer, state) in law.layers.iter().zip(&mut self.layers) {
            state.active = state.active || layer.can_start(step);
        }
        self.move_people(chance);
        self.count_places(law);
        for l in 0..law.layers.len() {
            if self.layers[l].active {
                self.leave(l, &law.layers[l], chance);
            }
        }
        // Layers in reverse order: a layer sees its required layers before they gain adopters.
        for l in (0..law.layers.len()).rev() {
            if self.layers[l].active && step >= law.layers[l].launch {
                self.adopt(l, law, chance);
            }
        }
        for (l, layer) in law.layers.iter().enumerate().filter(|_| C::FLOWS) {
            if self.layers[l].active {
                self.account(l, layer, chance);
            }
        }
    }

    /// Users by place after the moves, and those that exposure counts.
    #[inline(always)]
    fn count_places(&mut self, law: &Law<N>) {
        let Size { places, .. } = self.size;
        let ahead = if self.world.scenario.run.exposure == Exposure::Midpoint && self.step > 0 { 0.5 } else { 0.0 };
        let people = self.world.place_people(self.step);
        let now = &mut self.scratch.rows[0];
        for (state, law) in self.layers.iter_mut().zip(&law.layers).filter(|(state, _)| state.active) {
            sum_rows(&state.users, &state.kinds, now);
            let (exposing, before) = (&mut state.exposing[..places], &mut state.place_users[..places]);
            for place in 0..places {
                let change = now[place] - before[place];
                let seen = (now[place] + change * ahead).max(N::from(0.0)).min(N::from(people[place]));
                exposing[place] = seen;
                before[place] = now[place];
            }
            if !law.suspensions.is_empty() {
                for (place, exposing) in exposing.iter_mut().enumerate() {
                    *exposing = *exposing * (1.0 - law.suspended(self.step, place));
                }
            }
        }
    }

    /// Person-years of use and incidents of the month.
    #[inline(always)]
    fn account<C: Chance<N>>(&mut self, l: usize, law: &LayerLaw<N>, chance: &C) {
        let Size { places, .. } = self.size;
        let step = self.step;
        let state = &mut self.layers[l];
        let [in_use, totals, hazards] = &mut self.scratch.rows;
        if law.suspensions.is_empty() {
            for &kind in &state.kinds {
                let years = &mut state.use_years[kind * places..][..places];
                for (years, &users) in years.iter_mut().zip(&state.users[kind * places..][..places]) {
                    *years = *years + users * STEP_YEARS;
                }
            }
        } else {
            for (place, in_use) in in_use.iter_mut().enumerate() {
                *in_use = N::from((1.0 - law.suspended(step, place)) * STEP_YEARS);
            }
            for &kind in &state.kinds {
                let years = &mut state.use_years[kind * places..][..places];
                let users = &state.users[kind * places..][..places];
                for ((years, &users), &in_use) in years.iter_mut().zip(users).zip(in_use.iter()) {
                    *years = *years + users * in_use;
                }
            }
        }
        if let Some(rates) = &law.incidents {
            if C::TOTALS {
                sum_rows(&state.users, &state.kinds, totals);
            }
            for (place, (hazard, &rate)) in hazards.iter_mut().zip(rates.row(step)).enumerate() {
                *hazard = per_step(rate) * (1.0 - law.suspended(step, place));
            }
            let dealing = &mut self.scratch.dealing;
            chance.draw(Event::Incident, l, 0, totals, hazards, dealing);
            for &kind in &state.kinds {
                let incidents = &mut state.incidents[kind * places..][..places];
                let users = &state.users[kind * places..][..places];
                for ((incidents, &users), &share) in incidents.iter_mut().zip(users).zip(&dealing.shares) {
                    *incidents = *incidents + users * share;
                }
            }
        }
    }

    /// Hands the numbers of a reported date over, and begins to count anew.
    fn report(&mut self, law: &Law<N>, date: usize, recorder: &mut Recorder<'_, N>) {
        let zero = N::from(0.0);
        for (l, (state, law)) in self.layers.iter_mut().zip(&law.layers).enumerate() {
            if !state.active {
                continue;
            }
            let mut users = &state.users;
            if !law.suspensions.is_empty() {
                // Nobody uses a layer that is suspended for the whole month.
                let counted = &mut self.scratch.at_risk;
                counted.copy_from_slice(users);
                for place in (0..self.size.places).filter(|&p| law.suspended(self.step, p) >= 1.0) {
                    counted.iter_mut().skip(place).step_by(self.size.places).for_each(|users| *users = zero);
                }
                users = counted;
            }
            recorder.add(l, date, [users, &state.adopted, &state.left, &state.use_years, &state.incidents]);
            for flow in [&mut state.adopted, &mut state.left, &mut state.use_years, &mut state.incidents] {
                flow.fill(zero);
            }
        }
    }
}

/// Months as work for the widest registers that the processor has. They add and multiply as narrow ones do, so the
/// results are the same bits.
struct Months<'r, 'a, 'b, N, C> {
    run: &'r mut Simulation<'a, N>,
    end: usize,
    law: &'r Law<N>,
    chance: &'r mut C,
    recorder: &'r mut Recorder<'b, N>,
}

impl<N: Number, C: Chance<N>> pulp::NullaryFnOnce for Months<'_, '_, '_, N, C> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { run, end, law, chance, recorder } = self;
        while run.step < end {
            run.month(law, chance);
            if let Some(date) = recorder.report().date_of(run.step) {
                run.report(law, date, recorder);
            }
            run.step += 1;
        }
    }
}

/// The part of a flow's column that holds `row`: none of it where flows are not counted.
#[inline(always)]
fn counted<N: Number, C: Chance<N>>(row: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    if C::FLOWS { row.clone() } else { 0..0 }
}

/// The sum of the rows of `kinds`, by place.
#[inline(always)]
fn sum_rows<N: Number>(cells: &[N], kinds: &[usize], sums: &mut [N]) {
    let places = sums.len();
    let zero = N::from(0.0);
    let Some((&first, others)) = kinds.split_first() else {
        sums.fill(zero);
        return;
    };
    // Adding zero keeps the compiler from calling a copying routine, which costs more than a short row is worth.
    for (sum, &value) in sums.iter_mut().zip(&cells[first * places..][..places]) {
        *sum = value + zero;
    }
    for &kind in others {
        for (sum, &value) in sums.iter_mut().zip(&cells[kind * places..][..places]) {
            *sum = *sum + value;
        }
    }
}

/// People of a cell who hold every layer that `law`'s layer requires.
#[inline]
fn holders<N: Number>(
    law: &LayerLaw<N>,
    earlier: &[LayerState<N>],
    cell: usize,
    people: f64,
    laws: &[LayerLaw<N>],
) -> N {
    match law.requires.as_slice() {
        [] => N::from(people),
        [one] => earlier[*one].users[cell],
        _ => law.ancestors.iter().fold(N::from(people), |held, &a| {
            let base = holders(&laws[a], earlier, cell, people, laws);
            if base.value() > 0.0 { held * (earlier[a].users[cell] / base) } else { N::from(0.0) }
        }),
    }
}

/// Users, but no more than the users of any required layer.
#[inline]
fn limit<N: Number>(users: N, law: &LayerLaw<N>, earlier: &[LayerState<N>], cell: usize) -> N {
    law.requires.iter().fold(users, |least, &r| least.min(earlier[r].users[cell]))
}
