//! People who adopt: of those who have every required layer and access and did not use the layer when the month began.

use super::groups::{Division, divisions, mask};
use super::{Simulation, Size, counted, holders};
use crate::adoption::hazard::{adoption_hazard, per_step};
use crate::engine::chance::{Chance, Event};
use crate::engine::law::{Hazard, Law, LayerLaw, changed_rates};
use crate::number::Number;

impl<N: Number> Simulation<'_, N> {
    #[inline(always)]
    pub(super) fn adopt<C: Chance<N>>(&mut self, l: usize, law: &Law<N>, chance: &C) {
        let layer = &law.layers[l];
        let step = self.step;
        self.expose(l, law);
        let divisions = divisions(layer, step, &layer.person_groups, |hazard| hazard != Hazard::Discontinuance);
        let (innovation, imitation) = (layer.innovation.row(step), layer.imitation.row(step));
        let mut any = !divisions.is_empty();
        for (place, base) in self.scratch.base.iter_mut().enumerate() {
            let hazard =
                adoption_hazard(N::from(1.0), innovation[place], imitation[place], self.scratch.exposure[place]);
            *base = self.scratch.per_month[place] * hazard;
            any |= base.value() > 0.0;
        }
        if !any {
            return;
        }
        self.count_at_risk(l, layer, &law.layers);
        let multiplier = layer.person_multiplier.row(step);
        for group in layer.person_groups.iter().filter(|_| divisions.is_empty()) {
            let factor = multiplier[group[0]];
            for (hazard, &base) in self.scratch.rows[2].iter_mut().zip(&self.scratch.base) {
                *hazard = base * factor;
            }
            self.begin_using(l, layer, group, None, chance);
        }
        for Division { places, changes, groups } in &divisions {
            for group in groups {
                let leader = group[0];
                for (place, hazard) in self.scratch.rows[2].iter_mut().enumerate() {
                    // Where nothing acts, the same arithmetic as above, and so the same bits.
                    *hazard = if changes.is_empty() {
                        self.scratch.base[place] * multiplier[leader]
                    } else {
                        let rates = [multiplier[leader], innovation[place], imitation[place]];
                        let [g, p, q] = changed_rates(rates, step, leader, changes.iter().copied());
                        let hazard = adoption_hazard(g, p, q, self.scratch.exposure[place]);
                        per_step(hazard) * (1.0 - layer.suspended(step, place))
                    };
                }
                self.begin_using(l, layer, group, places.as_deref(), chance);
            }
        }
    }

    /// Exposure, and the part of a year that the month holds for this layer, by place.
    #[inline(always)]
    fn expose(&mut self, l: usize, law: &Law<N>) {
        let Size { places, residences, .. } = self.size;
        let contacts = law.contacts(self.step);
        let people = self.world.place_people(self.step);
        let exposing = &self.layers[l].exposing;
        let nation = penetration(sum(exposing), people.iter().sum());
        for region in 0..places / residences {
            let here = region * residences..(region + 1) * residences;
            let province = penetration(sum(&exposing[here.clone()]), people[here.clone()].iter().sum());
            for place in here {
                let own = penetration(exposing[place], people[place]);
                self.scratch.exposure[place] = contacts.mixed(own, province, nation);
            }
        }
        let layer = &law.layers[l];
        for (place, part) in self.scratch.per_month.iter_mut().enumerate() {
            *part = per_step(N::from(1.0 - layer.suspended(self.step, place)));
        }
    }

    /// By cell: people with the required layers and access, less those who use the layer or did this month.
    #[inline(always)]
    fn count_at_risk(&mut self, l: usize, law: &LayerLaw<N>, laws: &[LayerLaw<N>]) {
        let Size { places, ages, .. } = self.size;
        let people = self.world.people(self.step + 1);
        let access = &law.access.row(self.step)[..places];
        let (earlier, rest) = self.layers.split_at_mut(l);
        let state = &rest[0];
        for &kind in &state.kinds {
            let row = kind * places..(kind + 1) * places;
            let old_enough = law.old_enough[kind % ages];
            let users = &state.users[row.clone()];
            let own = &state.own_leaving[row.clone()];
            let at_risk = &mut self.scratch.at_risk[row.clone()];
            match law.requires.as_slice() {
                [] => {
                    let people = &people[row];
                    for place in 0..places {
                        at_risk[place] = risk(access[place] * old_enough * people[place], users[place], own[place]);
                    }
                }
                [one] => {
                    let held = &earlier[*one].users[row];
                    for place in 0..places {
                        at_risk[place] = risk(held[place] * (access[place] * old_enough), users[place], own[place]);
                    }
                }
                _ => {
                    for (place, cell) in row.enumerate() {
                        let base = holders(law, earlier, cell, people[cell], laws);
                        at_risk[place] = risk(base * (access[place] * old_enough), users[place], own[place]);
                    }
                }
            }
        }
    }

    /// Those of a group who adopt, at some places or at all; the group's hazards are in the third row.
    #[inline(always)]
    fn begin_using<C: Chance<N>>(
        &mut self,
        l: usize,
        law: &LayerLaw<N>,
        group: &[usize],
        within: Option<&[bool]>,
        chance: &C,
    ) {
        let Size { places, ages, .. } = self.size;
        let (earlier, rest) = self.layers.split_at_mut(l);
        let state = &mut rest[0];
        let dealing = &mut self.scratch.dealing;
        let at_risk = &self.scratch.at_risk;
        let [parts, totals, hazards] = &mut self.scratch.rows;
        let mut within_age = group.iter().filter(|kind| law.old_enough[**kind % ages] > 0.0);
        let Some(&first) = within_age.next() else { return };
        if C::TOTALS {
            for (total, &at_risk) in totals.iter_mut().zip(&at_risk[first * places..][..places]) {
                *total = at_risk + N::from(0.0);
            }
            for &kind in within_age {
                for (total, &at_risk) in totals.iter_mut().zip(&at_risk[kind * places..][..places]) {
                    *total = *total + at_risk;
                }
            }
            mask(within, totals);
        }
        chance.draw(Event::Adoption, l, group[0], totals, hazards, dealing);
        if let Some(within) = within {
            mask(Some(within), &mut dealing.shares);
        }
        let people = self.world.people(self.step + 1);
        for &kind in group.iter().filter(|kind| law.old_enough[**kind % ages] > 0.0) {
            let row = kind * places..(kind + 1) * places;
            C::deal(dealing, &at_risk[row.clone()], parts);
            let users = &mut state.users[row.clone()];
            let adopted = &mut state.adopted[counted::<N, C>(&row)];
            let parts = &parts[..places];
            match law.requires.as_slice() {
                [] => {
                    let people = &people[row];
                    for place in 0..places {
                        let after = (users[place] + parts[place]).min(N::from(people[place]));
                        if C::FLOWS {
                            adopted[place] = adopted[place] + (after - users[place]);
                        }
                        users[place] = after;
                    }
                }
                [one] => {
                    let held = &earlier[*one].users[row];
                    for place in 0..places {
                        let after = (users[place] + parts[place]).min(held[place]);
                        if C::FLOWS {
                            adopted[place] = adopted[place] + (after - users[place]);
                        }
                        users[place] = after;
                    }
                }
                _ => {
                    for (place, cell) in row.enumerate() {
                        let after = super::limit(users[place] + parts[place], law, earlier, cell);
                        if C::FLOWS {
                            adopted[place] = adopted[place] + (after - users[place]);
                        }
                        users[place] = after;
                    }
                }
            }
        }
    }
}

/// People who can use the layer, less those who do and those who stopped this month. (A function rather than a
/// closure: closures cannot be made part of the wide code around them.)
#[inline(always)]
fn risk<N: Number>(able: N, users: N, left: N) -> N {
    (able - users - left).max(N::from(0.0))
}

#[inline(always)]
fn penetration<N: Number>(users: N, people: f64) -> N {
    if people > 0.0 { users * (1.0 / people) } else { N::from(0.0) }
}

#[inline(always)]
fn sum<N: Number>(values: &[N]) -> N {
    values.iter().fold(N::from(0.0), |sum, &v| sum + v)
}
