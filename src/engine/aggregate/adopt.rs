//! People who adopt: of those who have every required layer and access and did not use the layer when the month began.

use super::groups::{Division, divisions, mask};
use super::{Simulation, Size, holders};
use crate::adoption::hazard::{adoption_hazard, per_step};
use crate::engine::chance::{Chance, Event};
use crate::engine::law::{Hazard, Law, LayerLaw, Targeted};
use crate::number::Number;

/// What acts on everyone of a place alike, by place.
struct Influence<'a, N> {
    innovation: &'a [N],
    imitation: &'a [N],
    exposure: Vec<N>,
    /// Part of the month in which the layer can be used.
    open: Vec<f64>,
}

impl<N: Number> Influence<'_, N> {
    /// The cumulative hazard of the month at `place` for people with `multiplier`, under targeted `changes`.
    fn hazard(&self, place: usize, multiplier: N, month: usize, kind: usize, changes: &[&Targeted<N>]) -> N {
        let (mut multiplier, mut p, mut q) = (multiplier, self.innovation[place], self.imitation[place]);
        let mut outside = N::from(0.0);
        for change in changes {
            let amount = change.amount(month, kind);
            match change.what {
                Hazard::Adoption => multiplier = multiplier * amount,
                Hazard::Innovation => p = p * amount,
                Hazard::Imitation => q = q * amount,
                Hazard::Outside => outside = outside + amount,
                Hazard::Discontinuance => {}
            }
        }
        per_step(adoption_hazard(multiplier, p + outside, q, self.exposure[place])) * self.open[place]
    }
}

impl<N: Number> Simulation<'_, N> {
    pub(super) fn adopt<C: Chance<N>>(&mut self, l: usize, law: &Law<N>, chance: &C) {
        let layer = &law.layers[l];
        let step = self.step;
        let influence = self.influence(l, law);
        let divisions = divisions(layer, step, &layer.person_groups, |hazard| hazard != Hazard::Discontinuance);
        let one = N::from(1.0);
        let hazards: Vec<N> = (0..self.size.places).map(|place| influence.hazard(place, one, step, 0, &[])).collect();
        if divisions.is_empty() && hazards.iter().all(|hazard| hazard.value() <= 0.0) {
            return;
        }
        self.count_at_risk(l, layer, &law.layers);
        let multiplier = layer.person_multiplier.row(step);
        for group in layer.person_groups.iter().filter(|_| divisions.is_empty()) {
            let factor = multiplier[group[0]];
            for (hazard, &base) in self.scratch.rows[2].iter_mut().zip(&hazards) {
                *hazard = base * factor;
            }
            self.begin_using(l, layer, group, None, chance);
        }
        for Division { places, changes, groups } in &divisions {
            for group in groups {
                let leader = group[0];
                for (place, hazard) in self.scratch.rows[2].iter_mut().enumerate() {
                    *hazard = influence.hazard(place, multiplier[leader], step, leader, changes);
                }
                self.begin_using(l, layer, group, places.as_deref(), chance);
            }
        }
    }

    fn influence<'l>(&self, l: usize, law: &'l Law<N>) -> Influence<'l, N> {
        let Size { places, residences, .. } = self.size;
        let layer = &law.layers[l];
        let contacts = law.contacts(self.step);
        let people = self.world.place_people(self.step);
        let exposing = &self.layers[l].exposing;
        let nation = penetration(sum(exposing), people.iter().sum());
        let mut exposure = Vec::with_capacity(places);
        for region in 0..places / residences {
            let here = region * residences..(region + 1) * residences;
            let province = penetration(sum(&exposing[here.clone()]), people[here.clone()].iter().sum());
            exposure.extend(here.map(|p| contacts.mixed(penetration(exposing[p], people[p]), province, nation)));
        }
        Influence {
            innovation: layer.innovation.row(self.step),
            imitation: layer.imitation.row(self.step),
            exposure,
            open: (0..places).map(|place| 1.0 - layer.suspended(self.step, place)).collect(),
        }
    }

    /// By cell: people with the required layers and access, less those who use the layer or did this month.
    fn count_at_risk(&mut self, l: usize, law: &LayerLaw<N>, laws: &[LayerLaw<N>]) {
        let Size { places, ages, .. } = self.size;
        let people = self.world.people(self.step + 1);
        let access = &law.access.row(self.step)[..places];
        let (earlier, rest) = self.layers.split_at_mut(l);
        let state = &rest[0];
        let zero = N::from(0.0);
        for &kind in &state.kinds {
            let row = kind * places..(kind + 1) * places;
            let old_enough = law.old_enough[kind % ages];
            let users = &state.users[row.clone()];
            let own = &state.own_leaving[row.clone()];
            let at_risk = &mut self.scratch.at_risk[row.clone()];
            let risk =
                |base: N, place: usize| (base * (access[place] * old_enough) - users[place] - own[place]).max(zero);
            match law.requires.as_slice() {
                [] => {
                    let people = &people[row];
                    for place in 0..places {
                        at_risk[place] = risk(N::from(people[place]), place);
                    }
                }
                [one] => {
                    let held = &earlier[*one].users[row];
                    for place in 0..places {
                        at_risk[place] = risk(held[place], place);
                    }
                }
                _ => {
                    for (place, cell) in row.enumerate() {
                        at_risk[place] = risk(holders(law, earlier, cell, people[cell], laws), place);
                    }
                }
            }
        }
    }

    /// Those of a group who adopt, at some places or at all; the group's hazards are in the third row.
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
        let old_enough = |kind: &&usize| law.old_enough[**kind % ages] > 0.0;
        totals.fill(N::from(0.0));
        for &kind in group.iter().filter(old_enough) {
            for (total, &at_risk) in totals.iter_mut().zip(&at_risk[kind * places..][..places]) {
                *total = *total + at_risk;
            }
        }
        mask(within, totals);
        chance.draw(Event::Adoption, l, group[0], totals, hazards, dealing);
        if let Some(within) = within {
            mask(Some(within), &mut dealing.shares);
        }
        let people = self.world.people(self.step + 1);
        for &kind in group.iter().filter(old_enough) {
            let row = kind * places..(kind + 1) * places;
            C::deal(dealing, &at_risk[row.clone()], parts);
            let users = &mut state.users[row.clone()];
            let adopted = &mut state.adopted[row.clone()];
            let parts = &parts[..places];
            match law.requires.as_slice() {
                [] => {
                    let people = &people[row];
                    for place in 0..places {
                        let after = (users[place] + parts[place]).min(N::from(people[place]));
                        adopted[place] = adopted[place] + (after - users[place]);
                        users[place] = after;
                    }
                }
                [one] => {
                    let held = &earlier[*one].users[row];
                    for place in 0..places {
                        let after = (users[place] + parts[place]).min(held[place]);
                        adopted[place] = adopted[place] + (after - users[place]);
                        users[place] = after;
                    }
                }
                _ => {
                    for (place, cell) in row.enumerate() {
                        let after = super::limit(users[place] + parts[place], law, earlier, cell);
                        adopted[place] = adopted[place] + (after - users[place]);
                        users[place] = after;
                    }
                }
            }
        }
    }
}

#[inline]
fn penetration<N: Number>(users: N, people: f64) -> N {
    if people > 0.0 { users * (1.0 / people) } else { N::from(0.0) }
}

#[inline]
fn sum<N: Number>(values: &[N]) -> N {
    values.iter().fold(N::from(0.0), |sum, &v| sum + v)
}
