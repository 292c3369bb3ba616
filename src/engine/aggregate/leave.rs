//! Users who leave: with a required layer, by loss of access, then by their own hazard.

use super::groups::{Division, divisions, mask};
use super::{LayerState, Simulation, Size, counted, sum_rows};
use crate::engine::chance::{Chance, Event};
use crate::engine::law::{Hazard, LayerLaw};
use crate::number::Number;

impl<N: Number> Simulation<'_, N> {
    #[inline(always)]
    pub(super) fn leave<C: Chance<N>>(&mut self, l: usize, law: &LayerLaw<N>, chance: &C) {
        if !law.requires.is_empty() {
            self.lose_required(l, law, chance);
        }
        let state = &self.layers[l];
        if C::TOTALS {
            sum_rows(&state.users, &state.kinds, &mut self.scratch.rows[1]);
        }
        self.leaving_hazards(law);
        let everyone = std::slice::from_ref(&self.layers[l].kinds);
        let divisions = divisions(law, self.step, everyone, |hazard| hazard == Hazard::Discontinuance);
        if divisions.is_empty() {
            let kinds = std::mem::take(&mut self.layers[l].kinds);
            self.stop_using(l, law, &kinds, chance);
            self.layers[l].kinds = kinds;
        } else {
            self.layers[l].own_leaving.fill(N::from(0.0));
            if law.requires.is_empty() {
                self.layers[l].leaving.fill(N::from(0.0));
            }
            let base = self.scratch.rows[2].clone();
            for division in divisions {
                self.stop_using_by_group(l, law, &base, &division, chance);
            }
        }
    }

    /// Users who have just lost a required layer.
    #[inline(always)]
    fn lose_required<C: Chance<N>>(&mut self, l: usize, law: &LayerLaw<N>, chance: &C) {
        let Size { places, .. } = self.size;
        let (earlier, rest) = self.layers.split_at_mut(l);
        let state = &mut rest[0];
        let dealing = &mut self.scratch.dealing;
        let [expected, parts, _] = &mut self.scratch.rows;
        chance.begin_losses(l, dealing);
        for &kind in &state.kinds {
            let row = kind * places..(kind + 1) * places;
            let users = &mut state.users[row.clone()];
            expected_losses(law, earlier, row.start, users, expected);
            C::deal_losses(dealing, expected, parts);
            let leaving = &mut state.leaving[row.clone()];
            let left = &mut state.left[counted::<N, C>(&row)];
            let parts = &parts[..places];
            for place in 0..places {
                let lost = parts[place].min(users[place]);
                users[place] = users[place] - lost;
                leaving[place] = lost;
                if C::FLOWS {
                    left[place] = left[place] + lost;
                }
            }
        }
    }

    /// The cumulative hazard of leaving this month, by place, into the third row.
    #[inline(always)]
    fn leaving_hazards(&mut self, law: &LayerLaw<N>) {
        let step = self.step;
        let hazards = &mut self.scratch.rows[2];
        for (hazard, &leaving) in hazards.iter_mut().zip(law.leaving.row(step)) {
            *hazard = leaving + N::from(0.0);
        }
        if !law.access.is_constant() {
            // Losing access is one more hazard: staying takes keeping access and not stopping.
            let (before, now) = (law.access.row(step.saturating_sub(1)), law.access.row(step));
            for ((hazard, &before), &now) in hazards.iter_mut().zip(before).zip(now) {
                if now.value() < before.value() {
                    *hazard = *hazard + access_loss(before, now);
                }
            }
        }
        if !law.suspensions.is_empty() {
            for (place, hazard) in hazards.iter_mut().enumerate() {
                *hazard = *hazard * (1.0 - law.suspended(step, place));
                for lost in law.suspensions.iter().filter_map(|s| s.lost(step, place)) {
                    *hazard = *hazard + lost;
                }
            }
        }
    }

    /// All users of a place have one hazard; their numbers are in the second row.
    #[inline(always)]
    fn stop_using<C: Chance<N>>(&mut self, l: usize, law: &LayerLaw<N>, kinds: &[usize], chance: &C) {
        let Size { places, .. } = self.size;
        let Some(&leader) = kinds.first() else { return };
        let (earlier, rest) = self.layers.split_at_mut(l);
        let state = &mut rest[0];
        let dealing = &mut self.scratch.dealing;
        let [parts, totals, hazards] = &mut self.scratch.rows;
        if hazards.iter().all(|hazard| hazard.value() <= 0.0) {
            state.own_leaving.fill(N::from(0.0));
            if law.requires.is_empty() {
                state.leaving.fill(N::from(0.0));
            }
            if law.requires.len() > 1 {
                for kind in kinds {
                    keep_nested::<N, C>(law, earlier, state, kind * places..(kind + 1) * places);
                }
            }
            return;
        }
        chance.draw(Event::Leaving, l, leader, totals, hazards, dealing);
        for &kind in kinds {
            let row = kind * places..(kind + 1) * places;
            let users = &mut state.users[row.clone()];
            C::deal(dealing, users, parts);
            let own = &mut state.own_leaving[row.clone()];
            let leaving = &mut state.leaving[row.clone()];
            let left = &mut state.left[counted::<N, C>(&row)];
            let parts = &parts[..places];
            for place in 0..places {
                let gone = parts[place].min(users[place]);
                users[place] = users[place] - gone;
                own[place] = gone;
                if C::FLOWS {
                    left[place] = left[place] + gone;
                }
            }
            if law.requires.is_empty() {
                for (leaving, &own) in leaving.iter_mut().zip(own.iter()) {
                    *leaving = own + N::from(0.0);
                }
            } else {
                for (leaving, &own) in leaving.iter_mut().zip(own.iter()) {
                    *leaving = *leaving + own;
                }
            }
            if law.requires.len() > 1 {
                keep_nested::<N, C>(law, earlier, state, row);
            }
        }
    }

    /// As [`Self::stop_using`], for groups with hazards of their own at some places.
    fn stop_using_by_group<C: Chance<N>>(
        &mut self,
        l: usize,
        law: &LayerLaw<N>,
        base: &[N],
        division: &Division<'_, N>,
        chance: &C,
    ) {
        let Size { places, .. } = self.size;
        let step = self.step;
        let (earlier, rest) = self.layers.split_at_mut(l);
        let state = &mut rest[0];
        let dealing = &mut self.scratch.dealing;
        let [parts, totals, hazards] = &mut self.scratch.rows;
        for group in &division.groups {
            let leader = group[0];
            let factor = division.changes.iter().fold(N::from(1.0), |f, c| f * c.amount(step, leader));
            sum_rows(&state.users, group, totals);
            mask(division.places.as_deref(), totals);
            for (hazard, &base) in hazards.iter_mut().zip(base) {
                *hazard = base * factor;
            }
            chance.draw(Event::Leaving, l, leader, totals, hazards, dealing);
            if let Some(within) = &division.places {
                for (share, _) in dealing.shares.iter_mut().zip(within).filter(|(_, within)| !**within) {
                    *share = N::from(0.0);
                }
            }
            for &kind in group {
                let row = kind * places..(kind + 1) * places;
                let users = &mut state.users[row.clone()];
                C::deal(dealing, users, parts);
                for (place, cell) in row.clone().enumerate() {
                    let gone = parts[place].min(users[place]);
                    users[place] = users[place] - gone;
                    state.own_leaving[cell] = state.own_leaving[cell] + gone;
                    state.leaving[cell] = state.leaving[cell] + gone;
                    if C::FLOWS {
                        state.left[cell] = state.left[cell] + gone;
                    }
                }
                if law.requires.len() > 1 {
                    keep_nested::<N, C>(law, earlier, state, row);
                }
            }
        }
    }
}

/// Users expected among those who have just lost a required layer, for the cells of a row from `first`.
#[inline(always)]
fn expected_losses<N: Number>(
    law: &LayerLaw<N>,
    earlier: &[LayerState<N>],
    first: usize,
    users: &[N],
    expected: &mut [N],
) {
    for (i, &r) in law.requires.iter().enumerate() {
        let required = &earlier[r];
        // The first requirement's leavers count those who lost what the two share; the others' only their own.
        let leavers = if i == 0 { &required.leaving } else { &required.own_leaving };
        let cells = first..first + users.len();
        let (leavers, left, stay) = (&leavers[cells.clone()], &required.leaving[cells.clone()], &required.users[cells]);
        for (place, expected) in expected.iter_mut().enumerate() {
            let before = stay[place] + left[place];
            let share = leavers[place] / before.max(N::from(f64::MIN_POSITIVE));
            *expected = if i == 0 { users[place] * share } else { *expected + (users[place] - *expected) * share };
        }
    }
}

/// Users beyond those of a required layer leave too.
fn keep_nested<N: Number, C: Chance<N>>(
    law: &LayerLaw<N>,
    earlier: &[LayerState<N>],
    state: &mut LayerState<N>,
    cells: std::ops::Range<usize>,
) {
    for cell in cells {
        let after = super::limit(state.users[cell], law, earlier, cell);
        let beyond = state.users[cell] - after;
        state.users[cell] = after;
        state.leaving[cell] = state.leaving[cell] + beyond;
        if C::FLOWS {
            state.left[cell] = state.left[cell] + beyond;
        }
    }
}

/// The cumulative hazard with which access shrinking from `before` to `after` takes users away.
fn access_loss<N: Number>(before: N, after: N) -> N {
    if after.value() > 0.0 { (before / after).ln() } else { N::from(1e6) }
}
