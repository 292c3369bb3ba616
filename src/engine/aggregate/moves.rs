//! Deaths, ageing, moves and births. Users are among those who go in proportion; births bring non-users.

use super::{Simulation, Size};
use crate::engine::chance::{Chance, Reason};
use crate::number::Number;

impl<N: Number> Simulation<'_, N> {
    #[inline(always)]
    pub(super) fn move_people<C: Chance<N>>(&mut self, chance: &C) {
        if !self.world.rates.changing[self.step] {
            return;
        }
        let moving = self.world.rates.moving[self.step];
        for l in 0..self.layers.len() {
            if self.layers[l].active {
                self.die_age_and_leave(l, chance);
                if moving {
                    self.arrive(l, chance);
                }
            }
        }
    }

    #[inline(always)]
    fn die_age_and_leave<C: Chance<N>>(&mut self, l: usize, chance: &C) {
        let Size { places, ages, cells, .. } = self.size;
        let rates = &self.world.rates;
        let [units_death, units_ageing, units_leaving] =
            [Reason::Death, Reason::Ageing, Reason::Leaving].map(|reason| chance.units(reason));
        let [from_younger, all_gone, _] = &mut self.scratch.rows;
        let state = &mut self.layers[l];
        let mut line = usize::MAX;
        for &kind in &state.kinds {
            if kind / ages != line {
                line = kind / ages;
                from_younger.fill(N::from(0.0));
            }
            let row = kind * places;
            let now = self.step * cells + row;
            let users = &mut state.users[row..][..places];
            let (death, ageing, leaving) =
                (&rates.death[now..][..places], &rates.ageing[now..][..places], &rates.leaving[now..][..places]);
            let (u_death, u_ageing, u_leaving) =
                (&units_death[row..][..places], &units_ageing[row..][..places], &units_leaving[row..][..places]);
            let (from_younger, all_gone) = (&mut from_younger[..places], &mut all_gone[..places]);
            for place in 0..places {
                let mut stay = users[place];
                stay = stay - C::round(stay * death[place], u_death[place]).min(stay);
                let aged = C::round(stay * ageing[place], u_ageing[place]).min(stay);
                stay = stay - aged + from_younger[place];
                from_younger[place] = aged;
                let gone = C::round(stay * leaving[place], u_leaving[place]).min(stay);
                users[place] = stay - gone;
                all_gone[place] = gone;
            }
            self.scratch.pool[kind] = sum(all_gone);
        }
    }

    /// Those who arrive use the layer as much as those on the way do.
    #[inline(always)]
    fn arrive<C: Chance<N>>(&mut self, l: usize, chance: &C) {
        let Size { places, kinds, cells, .. } = self.size;
        let rates = &self.world.rates;
        let units = chance.units(Reason::Arriving);
        let state = &mut self.layers[l];
        for &kind in &state.kinds {
            let (on_the_way, movers) = (self.scratch.pool[kind], rates.movers[self.step * kinds + kind]);
            if movers <= 0.0 || on_the_way.value() <= 0.0 {
                continue;
            }
            let share = on_the_way * (1.0 / movers);
            let row = kind * places;
            let users = &mut state.users[row..][..places];
            let arriving = &rates.arriving[self.step * cells + row..][..places];
            for ((users, &arriving), &unit) in users.iter_mut().zip(arriving).zip(&units[row..][..places]) {
                *users = *users + C::round(share * arriving, unit).min(N::from(arriving));
            }
        }
    }
}

/// The sum, in four parts at once: the order of additions is fixed, so the result is too.
#[inline(always)]
fn sum<N: Number>(values: &[N]) -> N {
    let zero = N::from(0.0);
    let mut parts = [zero; 4];
    let (fours, rest) = values.as_chunks::<4>();
    for four in fours {
        for (part, &value) in parts.iter_mut().zip(four) {
            *part = *part + value;
        }
    }
    let rest = rest.iter().fold(zero, |sum, &value| sum + value);
    (parts[0] + parts[1]) + (parts[2] + parts[3]) + rest
}
