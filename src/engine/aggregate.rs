//! The schedule of the aggregate engines: one month at a time, cell by cell.
//!
//! In each month, for every layer after those it requires:
//!
//! 1. people die, age, leave, arrive and are born (the demography's whole people); users are among them in proportion;
//! 2. exposure: users over people in each place, province and the nation;
//! 3. leaving: with a required layer, by loss of access, then by discontinuance;
//! 4. adoption: of people who have every required layer and access and did not use the layer when the month began.
//!
//! A layer with one requirement is exact. A layer with several is taken to be held independently by those
//! who hold what the required layers share (the agent engine has no need of this).

use super::chance::{Chance, Reason};
use super::law::{Law, LayerLaw};
use super::record::Recorder;
use super::world::World;
use crate::adoption::hazard::{adoption_hazard, per_step};
use crate::number::Number;

/// Runs one member from the first month to the last, filling `recorder`. Cost: cells x months x layers.
pub fn simulate<N: Number, C: Chance<N>>(
    world: &World<'_>,
    law: &Law<N>,
    chance: &mut C,
    recorder: &mut Recorder<'_, N>,
) {
    let mut run = Run::new(world, law);
    run.initialise(chance);
    for step in 0..world.demography.months {
        run.step(step, chance);
        if let Some(date) = recorder.report().date_of(step) {
            for (l, state) in run.layers.iter_mut().enumerate() {
                recorder.add(l, date, &state.users, &state.adopted, &state.left);
                state.adopted.fill(N::from(0.0));
                state.left.fill(N::from(0.0));
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
    /// This step: users who died, aged, moved away, arrived.
    dead: Vec<N>,
    aged: Vec<N>,
    gone: Vec<N>,
    came: Vec<N>,
    /// This step: users who left for any reason, and those of them who did not lose a required layer.
    leaving: Vec<N>,
    own_leaving: Vec<N>,
    /// Users by place.
    place_users: Vec<N>,
    /// Users on their way between places, by (sex, age).
    pool: Vec<N>,
    /// What of the pool is still to be dealt.
    pool_left: Vec<N>,
    /// Whether there are users, or anyone could adopt.
    active: bool,
}

struct Run<'a, N> {
    world: &'a World<'a>,
    law: &'a Law<N>,
    layers: Vec<LayerState<N>>,
    /// People of each place at the end of the current month's moves.
    place_people: Vec<f64>,
    /// Scratch, by (sex, age): people who left, people who arrive, and those still to be dealt to cells.
    remaining: Vec<f64>,
    arrivals: Vec<f64>,
    base: Vec<N>,
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
        let layers = law
            .layers
            .iter()
            .map(|_| LayerState {
                users: zeros(cells),
                adopted: zeros(cells),
                left: zeros(cells),
                dead: zeros(cells),
                aged: zeros(cells),
                gone: zeros(cells),
                came: zeros(cells),
                leaving: zeros(cells),
                own_leaving: zeros(cells),
                place_users: zeros(places),
                pool: zeros(per_place),
                pool_left: zeros(per_place),
                active: false,
            })
            .collect();
        Self {
            world,
            law,
            layers,
            place_people: vec![0.0; places],
            remaining: vec![0.0; per_place],
            arrivals: vec![0.0; per_place],
            base: zeros(per_place),
            cells,
            per_place,
            ages: grid.ages.len(),
            residences: grid.residences.len(),
        }
    }

    /// Users before the first step: the initial share of those with the required layers and access.
    fn initialise<C: Chance<N>>(&mut self, chance: &mut C) {
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
                let users = chance.initial(l, cell, able * law.initial);
                state.users[cell] = limit(users, law, earlier, cell);
            }
            state.active = state.users.iter().any(|u| u.value() > 0.0);
        }
    }

    fn step<C: Chance<N>>(&mut self, step: usize, chance: &mut C) {
        for (l, law) in self.law.layers.iter().enumerate() {
            let open = step >= law.launch && (law.innovation.at(step).value() > 0.0 || self.layers[l].active);
            self.layers[l].active |= open;
            if self.layers[l].active {
                chance.begin(step, l);
            }
        }
        self.move_people(step, chance);
        self.count_places(step);
        self.leave(step, chance);
        self.adopt(step, chance);
    }

    /// 1. Deaths, ageing, moves and births.
    fn move_people<C: Chance<N>>(&mut self, step: usize, chance: &mut C) {
        for l in 0..self.layers.len() {
            if self.layers[l].active {
                self.die_and_age(step, l, chance);
            }
        }
        if self.world.rates.moving[step] {
            for l in 0..self.layers.len() {
                if self.layers[l].active {
                    self.arrive(step, l, chance);
                }
            }
        }
    }

    fn die_and_age<C: Chance<N>>(&mut self, step: usize, l: usize, chance: &mut C) {
        let zero = N::from(0.0);
        let parent = self.law.layers[l].requires.first().copied();
        let (earlier, rest) = self.layers.split_at_mut(l);
        let state = &mut rest[0];
        state.pool.fill(zero);
        let rates = &self.world.rates;
        let parent = parent.map(|p| &earlier[p]);
        let offset = step * self.cells;
        let mut from_younger = zero;
        for cell in 0..self.cells {
            if cell % self.ages == 0 {
                from_younger = zero;
            }
            let mut users = state.users[cell];
            if users.value() <= 0.0 && from_younger.value() <= 0.0 {
                state.dead[cell] = zero;
                state.aged[cell] = zero;
                state.gone[cell] = zero;
                continue;
            }
            // Users among those who go: in proportion; for whole people, in proportion to the required layer's
            // users who go, so that the two stay nested. `stock` is what `gone` was taken from.
            let mut split = |users: N, reason: Reason, rate: f64, parent: Option<(N, N)>| -> N {
                if rate <= 0.0 || users.value() <= 0.0 {
                    return zero;
                }
                let expected = match parent {
                    Some((gone, stock)) if !C::EXPECTED => {
                        if gone.value() <= 0.0 {
                            zero
                        } else {
                            users * (gone / stock)
                        }
                    }
                    _ => users * rate,
                };
                chance.part(l, cell, reason, expected)
            };
            let at = offset + cell;
            // The required layer's stocks at each stage, worked back from its end: its cells are already moved.
            let above = parent.map(|p| {
                let arrived = if cell % self.ages == 0 { zero } else { p.aged[cell - 1] };
                let before_leaving = p.users[cell] + p.gone[cell];
                let before_ageing = before_leaving + p.aged[cell] - arrived;
                (before_ageing + p.dead[cell], before_ageing, before_leaving, p)
            });
            let dead = split(users, Reason::Death, rates.death[at], above.map(|a| (a.3.dead[cell], a.0)));
            users = users - dead;
            let aged = split(users, Reason::Ageing, rates.ageing[at], above.map(|a| (a.3.aged[cell], a.1)));
            users = users - aged + from_younger;
            let gone = split(users, Reason::Leaving, rates.leaving[at], above.map(|a| (a.3.gone[cell], a.2)));
            state.users[cell] = users - gone;
            state.dead[cell] = dead;
            state.aged[cell] = aged;
            state.gone[cell] = gone;
            let kind = cell % self.per_place;
            state.pool[kind] = state.pool[kind] + gone;
            from_younger = aged;
        }
    }

    /// Deals the users who moved to the cells where people arrive.
    fn arrive<C: Chance<N>>(&mut self, step: usize, l: usize, chance: &mut C) {
        let demography = &self.world.demography;
        let offset = step * self.cells;
        let arriving = &demography.arriving[offset..offset + self.cells];
        let leaving = &demography.leaving[offset..offset + self.cells];
        let law = &self.law.layers[l];
        let (earlier, rest) = self.layers.split_at_mut(l);
        let state = &mut rest[0];
        let parent = law.requires.first().map(|&p| &earlier[p]);
        // What remains to be dealt of the required layer's users (or of the people) on their way, as cells are passed.
        let base = &mut self.base;
        if let Some(parent) = parent {
            base.clone_from_slice(&parent.pool);
        } else {
            self.remaining.fill(0.0);
            self.arrivals.fill(0.0);
            for cell in 0..self.cells {
                self.remaining[cell % self.per_place] += leaving[cell];
                self.arrivals[cell % self.per_place] += arriving[cell];
            }
            for (kind, base) in base.iter_mut().enumerate() {
                // More arrive than left: the rest come from abroad as non-users. More left: the rest go abroad.
                *base = N::from(self.remaining[kind].max(self.arrivals[kind]));
            }
        }
        let LayerState { pool, pool_left, users, came: came_to, .. } = state;
        pool_left.clone_from_slice(pool);
        for cell in 0..self.cells {
            let kind = cell % self.per_place;
            let dealt = parent.map_or(N::from(arriving[cell]), |p| p.came[cell]);
            let mut came = N::from(0.0);
            if dealt.value() > 0.0 {
                if pool_left[kind].value() > 0.0 {
                    let expected = pool_left[kind] * (dealt / base[kind]);
                    came = chance.part(l, cell, Reason::Arriving, expected);
                }
                base[kind] = base[kind] - dealt;
                pool_left[kind] = pool_left[kind] - came;
                users[cell] = users[cell] + came;
            }
            came_to[cell] = came;
        }
    }

    /// 2. Users and people by place, after the moves.
    fn count_places(&mut self, step: usize) {
        let offset = (step + 1) * self.cells;
        let people = &self.world.demography.people[offset..offset + self.cells];
        for (place, cells) in people.chunks_exact(self.per_place).enumerate() {
            self.place_people[place] = cells.iter().sum();
        }
        for state in self.layers.iter_mut().filter(|s| s.active) {
            for (place, cells) in state.users.chunks_exact(self.per_place).enumerate() {
                state.place_users[place] = cells.iter().fold(N::from(0.0), |sum, &u| sum + u);
            }
        }
    }

    /// 3. Users who leave.
    fn leave<C: Chance<N>>(&mut self, step: usize, chance: &mut C) {
        let zero = N::from(0.0);
        for (l, law) in self.law.layers.iter().enumerate() {
            let (earlier, rest) = self.layers.split_at_mut(l);
            let state = &mut rest[0];
            if !state.active {
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
                let cells = place * self.per_place..(place + 1) * self.per_place;
                for cell in cells {
                    let users = state.users[cell];
                    state.leaving[cell] = zero;
                    state.own_leaving[cell] = zero;
                    if users.value() <= 0.0 {
                        continue;
                    }
                    let lost = lost_requirement(law, earlier, cell, users);
                    let lost = if lost.value() > 0.0 { chance.part(l, cell, Reason::Loss, lost) } else { zero };
                    let mut stay = users - lost;
                    stay = stay - chance.leavers(step, l, cell, stay, hazard);
                    // A layer with several requirements may not outnumber any of them.
                    stay = limit(stay, law, earlier, cell);
                    state.leaving[cell] = users - stay;
                    state.own_leaving[cell] = users - stay - lost;
                    state.left[cell] = state.left[cell] + users - stay;
                    state.users[cell] = stay;
                }
            }
        }
    }

    /// 4. People who adopt. Layers in reverse order: a layer sees its required layers before they gain adopters.
    fn adopt<C: Chance<N>>(&mut self, step: usize, chance: &mut C) {
        let contacts = self.law.contacts(step);
        let offset = (step + 1) * self.cells;
        let people = &self.world.demography.people[offset..offset + self.cells];
        let nation_people: f64 = self.place_people.iter().sum();
        for (l, law) in self.law.layers.iter().enumerate().rev() {
            let (earlier, rest) = self.layers.split_at_mut(l);
            let state = &mut rest[0];
            if !state.active || step < law.launch {
                continue;
            }
            let (innovation, imitation) = (law.innovation.at(step), law.imitation.at(step));
            let access = law.access.row(step);
            let place_multiplier = law.place_multiplier.row(step);
            let person_multiplier = law.person_multiplier.row(step);
            let nation = penetration(sum(&state.place_users), nation_people);
            for region in 0..self.place_people.len() / self.residences {
                let places = region * self.residences..(region + 1) * self.residences;
                let province = penetration(
                    sum(&state.place_users[places.clone()]),
                    self.place_people[places.clone()].iter().sum(),
                );
                for place in places {
                    let here = penetration(state.place_users[place], self.place_people[place]);
                    let exposure = contacts.mixed(here, province, nation);
                    let hazard = per_step(adoption_hazard(place_multiplier[place], innovation, imitation, exposure));
                    if hazard.value() <= 0.0 || access[place].value() <= 0.0 {
                        continue;
                    }
                    for kind in 0..self.per_place {
                        let cell = place * self.per_place + kind;
                        let able = access[place] * law.old_enough[kind % self.ages];
                        if able.value() <= 0.0 {
                            continue;
                        }
                        let base = holders(law, earlier, cell, people[cell], &self.law.layers);
                        let at_risk = base * able - state.users[cell] - state.own_leaving[cell];
                        if at_risk.value() <= 0.0 {
                            continue;
                        }
                        let adopters = chance.adopters(step, l, cell, at_risk, hazard * person_multiplier[kind]);
                        let users = limit(state.users[cell] + adopters, law, earlier, cell);
                        state.adopted[cell] = state.adopted[cell] + users - state.users[cell];
                        state.users[cell] = users;
                    }
                }
            }
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
