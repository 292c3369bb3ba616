//! The schedule of the aggregate engines: one month at a time, cell by cell.
//!
//! In each month, for every layer after those it requires:
//!
//! 1. people die, age, leave, arrive and are born (the demography's whole people); users are among them in proportion;
//! 2. exposure: users over people in each place, province and the nation; with [`Exposure::Midpoint`], users as they
//!    will be in the middle of the month if they go on changing as they did over the last;
//! 3. leaving: with a required layer, by loss of access, then by discontinuance;
//! 4. adoption: of people who have every required layer and access and did not use the layer when the month began.
//!
//! A layer with one requirement is exact. A layer with several is taken to be held independently by those
//! who hold what the required layers share.

use super::chance::{Chance, Reason};
use super::law::{Law, LayerLaw};
use super::record::Recorder;
use super::world::World;
use crate::adoption::hazard::{adoption_hazard, per_step};
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
    let mut run = Run::new(world, law);
    run.initialise(&*chance);
    for step in 0..world.demography.months {
        run.step(step, chance);
        if let Some(date) = recorder.report().date_of(step) {
            for (l, state) in run.layers.iter_mut().enumerate() {
                recorder.add(l, date, [&state.users, &state.adopted, &state.left, &state.use_years, &state.incidents]);
                for flow in [&mut state.adopted, &mut state.left, &mut state.use_years, &mut state.incidents] {
                    flow.fill(N::from(0.0));
                }
            }
        }
    }
}

/// One layer's numbers by cell.
struct LayerState<N> {
    users: Vec<N>,
    /// Adopters since the last reported date.
    adopted: Vec<N>,
    /// People who stopped since the last reported date.
    left: Vec<N>,
    /// Person-years of use since the last reported date.
    use_years: Vec<N>,
    /// Incidents since the last reported date.
    incidents: Vec<N>,
    /// This step: users who left for any reason, and those of them who did not lose a required layer.
    leaving: Vec<N>,
    own_leaving: Vec<N>,
    /// Users by place, after the month's moves, and those that exposure counts.
    place_users: Vec<N>,
    exposing: Vec<N>,
    /// Whether there are users, or anyone could adopt.
    active: bool,
}

struct Run<'a, N> {
    world: &'a World<'a>,
    law: &'a Law<N>,
    layers: Vec<LayerState<N>>,
    /// People of each place at the end of the current month's moves.
    place_people: Vec<f64>,
    /// By (sex, age): users on the way between places, then their share of all people on the way.
    pool: Vec<N>,
    /// Scratch for the cells of one place: people who may adopt, their hazards, and how many do (or who stay and leave).
    at_risk: Vec<N>,
    hazards: Vec<N>,
    adopters: Vec<N>,
    cells: usize,
    per_place: usize,
    ages: usize,
    residences: usize,
}

impl<'a, N: Number> Run<'a, N> {
    fn new(world: &'a World<'a>, law: &'a Law<N>) -> Self {
        let grid = &world.demography.grid;
        let (cells, places, per_place) = (grid.cells(), grid.places(), grid.cells_per_place());
        let zeros = |n: usize| vec![N::from(0.0); n];
        let layer = |_: &LayerLaw<N>| LayerState {
            users: zeros(cells),
            adopted: zeros(cells),
            left: zeros(cells),
            use_years: zeros(cells),
            incidents: zeros(cells),
            leaving: zeros(cells),
            own_leaving: zeros(cells),
            place_users: zeros(places),
            exposing: zeros(places),
            active: false,
        };
        Self {
            world,
            law,
            layers: law.layers.iter().map(layer).collect(),
            place_people: vec![0.0; places],
            pool: zeros(per_place),
            at_risk: zeros(per_place),
            hazards: zeros(per_place),
            adopters: zeros(per_place),
            cells,
            per_place,
            ages: grid.ages.len(),
            residences: grid.residences.len(),
        }
    }

    /// Users before the first step: the initial share of those with the required layers and access.
    fn initialise<C: Chance<N>>(&mut self, chance: &C) {
        let people = &self.world.demography.people[..self.cells];
        for (l, law) in self.law.layers.iter().enumerate() {
            if law.launch > 0 || law.initial.value() <= 0.0 {
                continue;
            }
            let (earlier, rest) = self.layers.split_at_mut(l);
            let state = &mut rest[0];
            let access = law.access.row(0);
            for cell in 0..self.cells {
                let base = holders(law, earlier, cell, people[cell], &self.law.layers);
                let able = base * access[cell / self.per_place] * law.old_enough[cell % self.ages];
                let users = chance.initial(cell, able * law.initial);
                state.users[cell] = limit(users, law, earlier, cell);
            }
            state.active = state.users.iter().any(|u| u.value() > 0.0);
        }
    }

    fn step<C: Chance<N>>(&mut self, step: usize, chance: &mut C) {
        chance.begin_step(step);
        for (l, law) in self.law.layers.iter().enumerate() {
            let state = &mut self.layers[l];
            state.active |= step >= law.launch && law.innovation.at(step).value() > 0.0;
        }
        self.move_people(step, chance);
        self.count_places(step);
        self.leave(step, chance);
        self.adopt(step, chance);
        for state in self.layers.iter_mut().filter(|s| s.active) {
            for (years, &users) in state.use_years.iter_mut().zip(&state.users) {
                *years = *years + users * STEP_YEARS;
            }
        }
    }

    /// 1. Deaths, ageing, moves and births. Users are among those who go in proportion; births bring non-users.
    fn move_people<C: Chance<N>>(&mut self, step: usize, chance: &C) {
        let moving = self.world.rates.moving[step];
        for l in 0..self.layers.len() {
            if self.layers[l].active {
                self.die_age_and_leave(step, l, chance);
                if moving {
                    self.arrive(step, l, chance);
                }
            }
        }
    }

    fn die_age_and_leave<C: Chance<N>>(&mut self, step: usize, l: usize, chance: &C) {
        let zero = N::from(0.0);
        let cells = step * self.cells..(step + 1) * self.cells;
        let rates = &self.world.rates;
        let (death, ageing, leaving) =
            (&rates.death[cells.clone()], &rates.ageing[cells.clone()], &rates.leaving[cells]);
        self.pool.fill(zero);
        let ages = self.ages;
        let lines = self.per_place / ages;
        for (line, users) in self.layers[l].users.chunks_exact_mut(ages).enumerate() {
            let first = line * ages;
            let (death, ageing, leaving) =
                (&death[first..][..ages], &ageing[first..][..ages], &leaving[first..][..ages]);
            let pool = &mut self.pool[(line % lines) * ages..][..ages];
            let mut from_younger = zero;
            for age in 0..ages {
                let mut stay = users[age];
                if stay.value() <= 0.0 && from_younger.value() <= 0.0 {
                    continue;
                }
                stay = stay - chance.part(first + age, Reason::Death, stay * death[age]);
                let aged = chance.part(first + age, Reason::Ageing, stay * ageing[age]);
                stay = stay - aged + from_younger;
                let gone = chance.part(first + age, Reason::Leaving, stay * leaving[age]);
                users[age] = stay - gone;
                pool[age] = pool[age] + gone;
                from_younger = aged;
            }
        }
    }

    /// Those who arrive use the layer as much as those on the way do.
    fn arrive<C: Chance<N>>(&mut self, step: usize, l: usize, chance: &C) {
        let movers = &self.world.rates.movers[step * self.per_place..(step + 1) * self.per_place];
        for (share, people) in self.pool.iter_mut().zip(movers) {
            *share = if *people > 0.0 { *share * (1.0 / people) } else { N::from(0.0) };
        }
        let arriving = &self.world.demography.arriving[step * self.cells..(step + 1) * self.cells];
        let users = self.layers[l].users.chunks_exact_mut(self.per_place);
        for (place, (users, arriving)) in users.zip(arriving.chunks_exact(self.per_place)).enumerate() {
            for (kind, (users, &arriving)) in users.iter_mut().zip(arriving).enumerate() {
                if arriving > 0.0 && self.pool[kind].value() > 0.0 {
                    let cell = place * self.per_place + kind;
                    *users = *users + chance.part(cell, Reason::Arriving, self.pool[kind] * arriving);
                }
            }
        }
    }

    /// 2. Users and people by place, after the moves.
    fn count_places(&mut self, step: usize) {
        let people = &self.world.demography.people[(step + 1) * self.cells..][..self.cells];
        for (total, people) in self.place_people.iter_mut().zip(people.chunks_exact(self.per_place)) {
            *total = people.iter().sum();
        }
        let ahead = if self.world.scenario.run.exposure == Exposure::Midpoint && step > 0 { 0.5 } else { 0.0 };
        for state in self.layers.iter_mut().filter(|s| s.active) {
            for (place, users) in state.users.chunks_exact(self.per_place).enumerate() {
                let now = sum(users);
                let change = now - state.place_users[place];
                let people = N::from(self.place_people[place]);
                state.exposing[place] = (now + change * ahead).max(N::from(0.0)).min(people);
                state.place_users[place] = now;
            }
        }
    }

    /// 3. Users who leave.
    fn leave<C: Chance<N>>(&mut self, step: usize, chance: &C) {
        for (l, law) in self.law.layers.iter().enumerate() {
            if !self.layers[l].active {
                continue;
            }
            let hazard = law.leaving.at(step);
            let access = law.access.row(step);
            let before = law.access.row(step.saturating_sub(1));
            let falling = !law.access.is_constant();
            for place in 0..self.place_people.len() {
                // Losing access is one more hazard: staying takes keeping access and not stopping.
                let hazard = if falling && access[place].value() < before[place].value() {
                    hazard + access_loss(before[place], access[place])
                } else {
                    hazard
                };
                self.leave_place(l, place, hazard, chance);
            }
        }
    }

    /// Users of one place who leave: with a required layer, then by their own hazard.
    fn leave_place<C: Chance<N>>(&mut self, l: usize, place: usize, hazard: N, chance: &C) {
        let law = &self.law.layers[l];
        let first = place * self.per_place;
        let cells = first..first + self.per_place;
        let (earlier, rest) = self.layers.split_at_mut(l);
        let state = &mut rest[0];
        let users = &mut state.users[cells.clone()];
        let (stay, leavers) = (&mut self.at_risk, &mut self.adopters);
        if state.place_users[place].value() <= 0.0 {
            state.leaving[cells.clone()].fill(N::from(0.0));
            state.own_leaving[cells].fill(N::from(0.0));
            return;
        }
        stay.copy_from_slice(users);
        if !law.requires.is_empty() {
            let lost = &mut self.hazards;
            for (kind, lost) in lost.iter_mut().enumerate() {
                *lost = lost_requirement(law, earlier, first + kind, stay[kind]);
            }
            chance.losses(l, first, lost);
            for (stay, &lost) in stay.iter_mut().zip(lost.iter()) {
                *stay = *stay - lost;
            }
        }
        chance.leavers(l, first, stay, hazard, leavers);
        let leaving = &mut state.leaving[cells.clone()];
        let own_leaving = &mut state.own_leaving[cells.clone()];
        let left = &mut state.left[cells];
        for kind in 0..users.len() {
            let after = limit(stay[kind] - leavers[kind], law, earlier, first + kind);
            leaving[kind] = users[kind] - after;
            own_leaving[kind] = stay[kind] - after;
            left[kind] = left[kind] + leaving[kind];
            users[kind] = after;
        }
    }

    /// 4. People who adopt. Layers in reverse order: a layer sees its required layers before they gain adopters.
    fn adopt<C: Chance<N>>(&mut self, step: usize, chance: &C) {
        let nation_people: f64 = self.place_people.iter().sum();
        for (l, law) in self.law.layers.iter().enumerate().rev() {
            if !self.layers[l].active || step < law.launch {
                continue;
            }
            let (innovation, imitation) = (law.innovation.at(step), law.imitation.at(step));
            let contacts = self.law.contacts(step);
            let multiplier = law.place_multiplier.row(step);
            let nation = penetration(sum(&self.layers[l].exposing), nation_people);
            for region in 0..self.place_people.len() / self.residences {
                let places = region * self.residences..(region + 1) * self.residences;
                let users = sum(&self.layers[l].exposing[places.clone()]);
                let province = penetration(users, self.place_people[places.clone()].iter().sum());
                for place in places {
                    let here = penetration(self.layers[l].exposing[place], self.place_people[place]);
                    let exposure = contacts.mixed(here, province, nation);
                    let hazard = per_step(adoption_hazard(multiplier[place], innovation, imitation, exposure));
                    if hazard.value() > 0.0 {
                        self.adopt_in_place(step, l, place, hazard, chance);
                    }
                }
            }
        }
    }

    fn adopt_in_place<C: Chance<N>>(&mut self, step: usize, l: usize, place: usize, hazard: N, chance: &C) {
        let law = &self.law.layers[l];
        let access = law.access.row(step)[place];
        if access.value() <= 0.0 {
            return;
        }
        let person_multiplier = law.person_multiplier.row(step);
        let cells = place * self.per_place..(place + 1) * self.per_place;
        let (earlier, rest) = self.layers.split_at_mut(l);
        let state = &mut rest[0];
        let zero = N::from(0.0);
        let users = &mut state.users[cells.clone()];
        let left = &state.own_leaving[cells.clone()];
        let mut risk = |kind: usize, base: N| {
            let able = access * law.old_enough[kind % self.ages];
            self.at_risk[kind] = (base * able - users[kind] - left[kind]).max(zero);
            self.hazards[kind] = hazard * person_multiplier[kind];
        };
        let people = &self.world.demography.people[(step + 1) * self.cells..][cells.clone()];
        match law.requires.as_slice() {
            [] => people.iter().enumerate().for_each(|(kind, &people)| risk(kind, N::from(people))),
            [one] => earlier[*one].users[cells.clone()].iter().enumerate().for_each(|(kind, &held)| risk(kind, held)),
            _ => people.iter().enumerate().for_each(|(kind, &people)| {
                risk(kind, holders(law, earlier, cells.start + kind, people, &self.law.layers));
            }),
        }
        chance.adopters(l, cells.start, &law.person_groups, &self.at_risk, &self.hazards, &mut self.adopters);
        let adopted = &mut state.adopted[cells.clone()];
        for (kind, &adopters) in self.adopters.iter().enumerate() {
            let after = limit(users[kind] + adopters, law, earlier, cells.start + kind);
            adopted[kind] = adopted[kind] + after - users[kind];
            users[kind] = after;
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

/// Users, but no more than the users of any of several required layers (one requirement needs no such care).
#[inline]
fn limit<N: Number>(users: N, law: &LayerLaw<N>, earlier: &[LayerState<N>], cell: usize) -> N {
    if law.requires.len() < 2 {
        return users;
    }
    law.requires.iter().fold(users, |least, &r| least.min(earlier[r].users[cell]))
}

/// Users expected among those who have just lost a required layer.
#[inline]
fn lost_requirement<N: Number>(law: &LayerLaw<N>, earlier: &[LayerState<N>], cell: usize, users: N) -> N {
    let mut lost = N::from(0.0);
    for (i, &r) in law.requires.iter().enumerate() {
        let required = &earlier[r];
        // The first requirement's leavers count those who lost what the two share; the others' only their own.
        let leavers = if i == 0 { required.leaving[cell] } else { required.own_leaving[cell] };
        if leavers.value() > 0.0 {
            lost = lost + (users - lost) * (leavers / (required.users[cell] + required.leaving[cell]));
        }
    }
    lost
}

/// The cumulative hazard with which access shrinking from `before` to `after` takes users away.
fn access_loss<N: Number>(before: N, after: N) -> N {
    if after.value() > 0.0 { (before / after).ln() } else { N::from(1e6) }
}

#[inline]
fn penetration<N: Number>(users: N, people: f64) -> N {
    if people > 0.0 { users * (1.0 / people) } else { N::from(0.0) }
}

#[inline]
fn sum<N: Number>(values: &[N]) -> N {
    values.iter().fold(N::from(0.0), |sum, &v| sum + v)
}
