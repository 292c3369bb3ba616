//! The law of one member: every parameter of a scenario worked out for every month and place.

mod change;
mod drivers;
mod suspension;
mod table;
mod targeted;

use change::Change;
use drivers::{Place, PlaceDriver};
pub use suspension::Suspension;
pub use table::Table;
pub use targeted::{Hazard, Targeted, changed_rates};

use crate::adoption::access::{affordable_share, old_enough_share};
use crate::adoption::exposure::ContactWeights;
use crate::adoption::hazard::{adoption_hazard, per_step};
use crate::adoption::victimisation::{deterred_rate, trust};
use crate::engine::values::{Track, Values};
use crate::number::Number;
use crate::population::Grid;
use crate::scenario::{Access, Effect, Features, Layer, LayerChange, Parameter, Scenario, Victimisation};

/// Everything an engine asks about behaviour, for one member.
#[derive(Clone, Debug)]
pub struct Law<N> {
    /// Whom people look at, by month (or once for all time).
    pub contacts: Vec<ContactWeights<N>>,
    /// By layer, in the scenario's order.
    pub layers: Vec<LayerLaw<N>>,
}

/// A condition of access: a person meets it when their mark, uniform in 0..1 and kept for life, lies below the share.
#[derive(Clone, Debug)]
pub struct Condition<N> {
    /// Which of a person's marks.
    pub mark: Mark,
    /// The share of people who meet it, 0..=1, by month and place.
    pub share: Table<N>,
}

/// What a mark of a person stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Luck with a driver (its position in the scenario), such as being covered.
    Driver(usize),
    /// Rank of income, from the richest.
    Income,
    /// Being among those whom a layer's ceiling lets in.
    Layer,
    /// Being among those whom policies that lower a layer's ceiling let stay.
    Policy,
}

/// The law of one layer.
#[derive(Clone, Debug)]
pub struct LayerLaw<N> {
    /// Layers it requires, all earlier.
    pub requires: Vec<usize>,
    /// Every layer it requires directly or through others, increasing.
    pub ancestors: Vec<usize>,
    /// First month of the run in which anyone can adopt.
    pub launch: usize,
    /// Share of people with access who use it before the first step, 0..=1.
    pub initial: N,
    /// Outside influence p by month and place, per year, with all that multiplies the hazard of everyone at the place.
    pub innovation: Table<N>,
    /// Imitation q by month and place, likewise.
    pub imitation: Table<N>,
    /// Cumulative hazard of leaving in one step, by month and place.
    pub leaving: Table<N>,
    /// Share of those who have the required layers who also have access (0..=1), by month and place.
    pub access: Table<N>,
    /// The conditions whose product `access` is, each on a mark of its own.
    pub conditions: Vec<Condition<N>>,
    /// Youngest age, in years, at which the layer and those it requires can be used.
    pub min_age: f64,
    /// Share of an age band old enough, of those old enough for the required layers, 0..=1.
    pub old_enough: Vec<f64>,
    /// Multiplier of the adoption hazard by month and (sex, age).
    pub person_multiplier: Table<N>,
    /// The (sex, age) positions that have the same multiplier in every month, each in one group.
    pub person_groups: Vec<Vec<usize>>,
    /// Changes of hazards for some sexes or ages only.
    pub targeted: Vec<Targeted<N>>,
    /// When and where nobody can use it, because of itself or of a layer it requires.
    pub suspensions: Vec<Suspension<N>>,
    /// Incidents per user-year by month and place, if they befall users of this layer.
    pub incidents: Option<Table<N>>,
}

impl<N: Number> Law<N> {
    /// The law of `scenario` with the drawn numbers `values` gives. Cost: layers x months x places.
    pub fn new(scenario: &Scenario, values: &impl Values<N>) -> Self {
        let (start, months) = (scenario.time.start, scenario.time.months());
        let track = |parameter: &Parameter| Track::new(parameter, values, start, months);
        let changes = Change::every(scenario, values);
        let drivers: Vec<PlaceDriver<N>> = scenario
            .drivers
            .iter()
            .enumerate()
            .map(|(d, driver)| PlaceDriver::new(d, driver, &changes, &track))
            .collect();

        let contacts = &scenario.contacts;
        let levels = [&contacts.household, &contacts.village, &contacts.province, &contacts.nation].map(&track);
        let rows = if levels.iter().all(Track::is_constant) { 1 } else { months };
        let contacts = (0..rows)
            .map(|m| ContactWeights::normalised(levels[0].at(m), levels[1].at(m), levels[2].at(m), levels[3].at(m)))
            .collect();

        let grid = &scenario.population.grid;
        let context =
            Context { grid, places: places(grid), months, drivers: &drivers, changes: &changes, track: &track };
        let crime = scenario.victimisation.as_ref().map(|v| context.crime(v));
        let mut layers: Vec<LayerLaw<N>> = Vec::with_capacity(scenario.layers.len());
        for (position, layer) in scenario.layers.iter().enumerate() {
            let crime = crime.as_ref().filter(|crime| crime.layer == position);
            let built = context.layer(position, layer, scenario, &layers, crime);
            layers.push(built);
        }
        Self { contacts, layers }
    }

    /// The law with every number changed, in a fixed order; for instance to carry its derivatives in other directions.
    #[must_use]
    pub fn map<M: Number>(&self, mut change: impl FnMut(N) -> M) -> Law<M> {
        let change = &mut change;
        let mut contacts = Vec::with_capacity(self.contacts.len());
        for w in &self.contacts {
            contacts.push(ContactWeights {
                household: change(w.household),
                village: change(w.village),
                province: change(w.province),
                nation: change(w.nation),
            });
        }
        Law { contacts, layers: self.layers.iter().map(|layer| layer.map(change)).collect() }
    }

    /// Contact weights in `month`.
    #[inline]
    #[must_use]
    pub fn contacts(&self, month: usize) -> &ContactWeights<N> {
        &self.contacts[if self.contacts.len() == 1 { 0 } else { month }]
    }
}

impl<N: Number> LayerLaw<N> {
    fn map<M: Number>(&self, change: &mut impl FnMut(N) -> M) -> LayerLaw<M> {
        LayerLaw {
            requires: self.requires.clone(),
            ancestors: self.ancestors.clone(),
            launch: self.launch,
            initial: change(self.initial),
            innovation: self.innovation.map(change),
            imitation: self.imitation.map(change),
            leaving: self.leaving.map(change),
            access: self.access.map(change),
            conditions: self
                .conditions
                .iter()
                .map(|condition| Condition { mark: condition.mark, share: condition.share.map(change) })
                .collect(),
            min_age: self.min_age,
            old_enough: self.old_enough.clone(),
            person_multiplier: self.person_multiplier.map(change),
            person_groups: self.person_groups.clone(),
            targeted: self.targeted.iter().map(|t| t.map(change)).collect(),
            suspensions: self.suspensions.iter().map(|s| s.map(change)).collect(),
            incidents: self.incidents.as_ref().map(|table| table.map(change)),
        }
    }

    /// Whether anyone could adopt it by outside influence in `month`.
    #[must_use]
    pub fn can_start(&self, month: usize) -> bool {
        let outside = |t: &Targeted<N>| t.what == Hazard::Outside && t.acts(month);
        month >= self.launch
            && (self.innovation.row(month).iter().any(|p| p.value() > 0.0) || self.targeted.iter().any(outside))
    }

    /// The adoption hazard of (sex, age) position `kind` at `place` in `month`, per step: the part by outside influence and
    /// the part by imitation when all contacts are users; suspensions left out.
    #[must_use]
    pub fn adoption_per_step(&self, month: usize, place: usize, kind: usize) -> [N; 2] {
        let multiplier = self.person_multiplier.row(month)[kind];
        let rates = [multiplier, self.innovation.row(month)[place], self.imitation.row(month)[place]];
        let acting = self.targeted.iter().filter(|change| change.acts(month) && change.touches[place]);
        let [multiplier, innovation, imitation] = targeted::changed_rates(rates, month, kind, acting);
        let outside = adoption_hazard(multiplier, innovation, imitation, N::from(0.0));
        [per_step(outside), per_step(multiplier * imitation)]
    }

    /// The hazard with which users of (sex, age) position `kind` at `place` stop in `month`, per step, loss of access apart.
    #[must_use]
    pub fn leaving_per_step(&self, month: usize, place: usize, kind: usize) -> N {
        let acting = |change: &&Targeted<N>| {
            change.what == Hazard::Discontinuance && change.acts(month) && change.touches[place]
        };
        let own = self.targeted.iter().filter(acting).fold(N::from(1.0), |f, change| f * change.amount(month, kind));
        let stopping = self.leaving.row(month)[place] * own * (1.0 - self.suspended(month, place));
        self.suspensions.iter().filter_map(|s| s.lost(month, place)).fold(stopping, |hazard, lost| hazard + lost)
    }

    /// Whether someone at `place` who met the conditions of access a month before `month` may not do so now.
    #[must_use]
    pub fn access_falls(&self, month: usize, place: usize) -> bool {
        let share = |condition: &Condition<N>, month: usize| condition.share.row(month)[place].value();
        month > 0 && self.conditions.iter().any(|condition| share(condition, month) < share(condition, month - 1))
    }

    /// The part of `month` in which nobody at `place` can use it, 0..=1.
    #[must_use]
    pub fn suspended(&self, month: usize, place: usize) -> f64 {
        self.suspensions.iter().map(|s| s.part(month, place)).fold(0.0, f64::max)
    }
}

/// Every place in the order of the grid.
fn places(grid: &Grid) -> Vec<Place> {
    let residences = grid.residences.len();
    (0..grid.places())
        .map(|index| Place { index, region: index / residences, urban: grid.residences[index % residences] != "rural" })
        .collect()
}

/// Victimisation of one member.
struct Crime<N> {
    layer: usize,
    /// Incidents per user-year, by month and place.
    rate: Table<N>,
    /// Multiplier of the adoption hazard, by month and place.
    trust: Table<N>,
    /// Probability that a victim leaves.
    leaving: Track<N>,
}

/// What the tables of every layer are made from.
struct Context<'a, N, T> {
    grid: &'a Grid,
    places: Vec<Place>,
    months: usize,
    drivers: &'a [PlaceDriver<'a, N>],
    changes: &'a [Change<'a, N>],
    track: &'a T,
}

impl<'a, N: Number, T: Fn(&Parameter) -> Track<N>> Context<'a, N, T> {
    fn layer(
        &self,
        position: usize,
        layer: &Layer,
        scenario: &Scenario,
        earlier: &[LayerLaw<N>],
        crime: Option<&Crime<N>>,
    ) -> LayerLaw<N> {
        let mut ancestors: Vec<usize> =
            layer.requires.iter().flat_map(|&r| earlier[r].ancestors.iter().copied().chain([r])).collect();
        ancestors.sort_unstable();
        ancestors.dedup();

        let start = scenario.time.start;
        let launch = layer.launch.map_or(0, |month| month.months_since(start).max(0) as usize);
        let above: Vec<&Access> = ancestors.iter().map(|&a| &scenario.layers[a].access).collect();
        let person_multiplier = self.person_multiplier(&layer.features);
        let mut suspensions = Suspension::of(position, self.changes);
        suspensions
            .extend(layer.requires.iter().flat_map(|&r| earlier[r].suspensions.iter().map(Suspension::inherited)));
        let (innovation, imitation) = self.hazards(position, layer, crime);
        let leaving = self.leaving(position, layer, crime);
        let (access, conditions) = self.access(position, &layer.access, &above);
        LayerLaw {
            person_groups: person_multiplier.equal_columns(),
            requires: layer.requires.clone(),
            launch,
            initial: (self.track)(&layer.initial).at(0),
            innovation,
            imitation,
            leaving,
            access,
            conditions,
            min_age: above.iter().map(|a| a.min_age).fold(layer.access.min_age, f64::max),
            old_enough: self.old_enough(&layer.access, &above),
            person_multiplier,
            targeted: Targeted::of(position, self.changes, self.grid),
            suspensions,
            incidents: crime.map(|crime| crime.rate.clone()),
            ancestors,
        }
    }

    /// Changes of a layer's hazards that touch everyone at their places.
    fn changes_of(&self, position: usize) -> Vec<(&'a LayerChange, &'a Change<'a, N>)> {
        let own = |change: &'a Change<'a, N>| match change.effect {
            Effect::Layer { layer, change: what } if *layer == position && change.who.is_everyone() => {
                Some((what, change))
            }
            _ => None,
        };
        self.changes.iter().filter_map(own).collect()
    }

    /// p and q by month and place.
    fn hazards(&self, position: usize, layer: &Layer, crime: Option<&Crime<N>>) -> (Table<N>, Table<N>) {
        let (p, q) = ((self.track)(&layer.innovation), (self.track)(&layer.imitation));
        let multiplier = self.place_multiplier(&layer.features);
        let changes: Vec<_> = self
            .changes_of(position)
            .into_iter()
            .filter(|(what, _)| !matches!(what, LayerChange::Discontinuance(_) | LayerChange::Ceiling(_)))
            .collect();
        let still = multiplier.is_constant() && changes.is_empty() && crime.is_none_or(|c| c.trust.is_constant());
        let table = |base: &Track<N>, innovation: bool| {
            let rows = if still && base.is_constant() { 1 } else { self.months };
            Table::monthly(self.places.len(), rows, |month, row| {
                let (base, multiplier) = (base.at(month), multiplier.row(month));
                let trust = crime.map(|crime| crime.trust.row(month));
                for place in 0..multiplier.len() {
                    let (mut rate, mut factor) = (base, multiplier[place]);
                    for (what, change) in changes.iter().filter(|(_, change)| change.acts(month, place)) {
                        match what {
                            LayerChange::Adoption(_) => factor = change.multiplied(factor, month),
                            LayerChange::Innovation(_) if innovation => rate = change.multiplied(rate, month),
                            LayerChange::Imitation(_) if !innovation => rate = change.multiplied(rate, month),
                            _ => {}
                        }
                    }
                    for (what, change) in changes.iter().filter(|(_, change)| change.acts(month, place)) {
                        if innovation && matches!(what, LayerChange::OutsideInfluence(_)) {
                            rate = rate + change.addition(month, 1.0);
                        }
                    }
                    if let Some(trust) = trust {
                        factor = factor * trust[place];
                    }
                    row.push(factor * rate);
                }
            })
        };
        (table(&p, true), table(&q, false))
    }

    /// The cumulative hazard of leaving in a step, by month and place.
    fn leaving(&self, position: usize, layer: &Layer, crime: Option<&Crime<N>>) -> Table<N> {
        let base = (self.track)(&layer.discontinuance);
        let changes: Vec<_> = self
            .changes_of(position)
            .into_iter()
            .filter(|(what, _)| matches!(what, LayerChange::Discontinuance(_)))
            .map(|(_, change)| change)
            .collect();
        let still = base.is_constant()
            && changes.is_empty()
            && crime.is_none_or(|crime| crime.rate.is_constant() && crime.leaving.is_constant());
        let rows = if still { 1 } else { self.months };
        Table::monthly(self.places.len(), rows, |month, row| {
            for place in 0..self.places.len() {
                let mut rate = base.at(month);
                for change in changes.iter().filter(|change| change.acts(month, place)) {
                    rate = change.multiplied(rate, month);
                }
                if let Some(crime) = crime {
                    // Victims who leave are a share of incidents: one more hazard.
                    rate = rate + crime.rate.row(month)[place] * crime.leaving.at(month);
                }
                row.push(per_step(rate));
            }
        })
    }

    /// Incidents and trust by month and place.
    fn crime(&self, v: &Victimisation) -> Crime<N> {
        let [rate, capacity, effectiveness, distrust] =
            [&v.rate, &v.capacity, &v.effectiveness, &v.distrust].map(self.track);
        let changes: Vec<&Change<N>> = self
            .changes
            .iter()
            .filter(|c| matches!(c.effect, Effect::Incidents(_) | Effect::Capacity(_) | Effect::Trust(_)))
            .collect();
        let still =
            changes.is_empty() && [&rate, &capacity, &effectiveness, &distrust].iter().all(|track| track.is_constant());
        let rows = if still { 1 } else { self.months };
        let active = |month: usize, place: usize| changes.iter().filter(move |change| change.acts(month, place));
        let rates = Table::monthly(self.places.len(), rows, |month, row| {
            for place in 0..self.places.len() {
                let (mut rate, mut capacity) = (rate.at(month), capacity.at(month));
                for change in active(month, place) {
                    match change.effect {
                        Effect::Incidents(_) => rate = change.multiplied(rate, month),
                        Effect::Capacity(_) => capacity = capacity + change.addition(month, 1.0),
                        _ => {}
                    }
                }
                row.push(deterred_rate(rate, effectiveness.at(month), capacity));
            }
        });
        let trusts = Table::monthly(self.places.len(), rows, |month, row| {
            for (place, &rate) in rates.row(month).iter().enumerate() {
                let mut value = trust(distrust.at(month), rate);
                for change in active(month, place).filter(|change| matches!(change.effect, Effect::Trust(_))) {
                    value = change.multiplied(value, month);
                }
                row.push(value.min(N::from(1.0)));
            }
        });
        Crime { layer: v.layer, rate: rates, trust: trusts, leaving: (self.track)(&v.leaving) }
    }

    /// The share with access among those who have the required layers, and the conditions whose product it is: conditions that a
    /// required layer already imposes hold for all of them, for a person's mark is the same for both.
    fn access(&self, position: usize, access: &Access, above: &[&Access]) -> (Table<N>, Vec<Condition<N>>) {
        let ceilings: Vec<_> = self
            .changes_of(position)
            .into_iter()
            .filter(|(what, _)| matches!(what, LayerChange::Ceiling(_)))
            .map(|(_, change)| change)
            .collect();
        let mut conditions = self.conditions(access, above);
        let rows = if conditions.iter().all(|condition| condition.share.is_constant()) { 1 } else { self.months };
        let base = Table::monthly(self.grid.places(), rows, |month, row| {
            row.extend((0..self.grid.places()).map(|place| {
                conditions.iter().fold(N::from(1.0), |share, condition| share * condition.share.row(month)[place])
            }));
        });
        if ceilings.is_empty() {
            return (base, conditions);
        }
        let lowered = Table::monthly(self.places.len(), self.months, |month, row| {
            for (place, &share) in base.row(month).iter().enumerate() {
                let lowered = ceilings.iter().filter(|change| change.acts(month, place)).map(|change| {
                    let ceiling = change.strength.at(month).min(share);
                    change.moved(share, ceiling, month)
                });
                row.push(lowered.fold(share, Number::min));
            }
        });
        let kept = Table::monthly(self.places.len(), self.months, |month, row| {
            for (&share, &lowered) in base.row(month).iter().zip(lowered.row(month)) {
                row.push(if share.value() > 0.0 { (lowered / share).min(N::from(1.0)) } else { N::from(1.0) });
            }
        });
        conditions.push(Condition { mark: Mark::Policy, share: kept });
        (lowered, conditions)
    }

    /// The conditions of access without policies that lower it.
    fn conditions(&self, access: &Access, above: &[&Access]) -> Vec<Condition<N>> {
        let places = self.grid.places();
        if let Some(ceiling) = &access.ceiling {
            let track = (self.track)(ceiling);
            let rows = if track.is_constant() { 1 } else { self.months };
            let share = Table::monthly(places, rows, |month, row| row.extend((0..places).map(|_| track.at(month))));
            return vec![Condition { mark: Mark::Layer, share }];
        }
        let imposed = |driver: &usize| above.iter().any(|a| a.ceiling.is_none() && a.shares.contains(driver));
        let mut conditions = Vec::new();
        for &position in access.shares.iter().filter(|driver| !imposed(driver)) {
            let driver = &self.drivers[position];
            let rows = if driver.is_constant() { 1 } else { self.months };
            let share = Table::monthly(places, rows, |month, row| {
                row.extend(self.places.iter().map(|&place| driver.at(month, place)));
            });
            conditions.push(Condition { mark: Mark::Driver(position), share });
        }
        let affordability = access
            .affordability
            .as_ref()
            .filter(|own| !above.iter().any(|a| a.ceiling.is_none() && a.affordability.as_ref() == Some(own)));
        if let Some(own) = affordability {
            let price = &self.drivers[own.price];
            let (threshold, spread) = ((self.track)(&own.threshold), (self.track)(&own.income_spread));
            let still = price.is_constant() && threshold.is_constant() && spread.is_constant();
            let share = Table::monthly(places, if still { 1 } else { self.months }, |month, row| {
                row.extend(
                    self.places
                        .iter()
                        .map(|&place| affordable_share(price.at(month, place), threshold.at(month), spread.at(month))),
                );
            });
            conditions.push(Condition { mark: Mark::Income, share });
        }
        conditions
    }

    fn old_enough(&self, access: &Access, above: &[&Access]) -> Vec<f64> {
        let required = above.iter().map(|a| a.min_age).fold(0.0, f64::max);
        let own = access.min_age.max(required);
        self.grid
            .ages
            .iter()
            .map(|(_, band)| {
                let base = old_enough_share(required, band.from, band.to);
                if base > 0.0 { old_enough_share(own, band.from, band.to) / base } else { 0.0 }
            })
            .collect()
    }

    fn place_multiplier(&self, features: &Features) -> Table<N> {
        let urban = (self.track)(&features.urban);
        let effects: Vec<(&PlaceDriver<N>, Track<N>)> =
            features.drivers.iter().map(|(d, c)| (&self.drivers[*d], (self.track)(c))).collect();
        let still = urban.is_constant() && effects.iter().all(|(d, c)| d.is_constant() && c.is_constant());
        let rows = if still { 1 } else { self.months };
        let divided = self.grid.residences.len() > 1;
        Table::monthly(self.grid.places(), rows, |month, row| {
            for &place in &self.places {
                let mut log = if divided && place.urban { urban.at(month) } else { N::from(0.0) };
                for (driver, coefficient) in &effects {
                    log = log + coefficient.at(month) * driver.at(month, place);
                }
                row.push(log.exp());
            }
        })
    }

    fn person_multiplier(&self, features: &Features) -> Table<N> {
        let female = (self.track)(&features.female);
        let ages: Vec<(f64, Track<N>)> = features.age.iter().map(|(from, c)| (*from, (self.track)(c))).collect();
        let grid = self.grid;
        let rows = if female.is_constant() && ages.iter().all(|(_, c)| c.is_constant()) { 1 } else { self.months };
        Table::monthly(grid.cells_per_place(), rows, |month, row| {
            for sex in &grid.sexes {
                for (_, band) in &grid.ages {
                    let mut log = if sex == "female" { female.at(month) } else { N::from(0.0) };
                    if band.from > 0.0 || band.to.is_finite() {
                        log = log + age_effect(&ages, band.from, band.to, month);
                    }
                    row.push(log.exp());
                }
            }
        })
    }
}

/// The coefficient of an age band: the mean over the band of the ranges it overlaps; 0 below the first range. An
/// open band counts as five years wide.
fn age_effect<N: Number>(ranges: &[(f64, Track<N>)], from: f64, to: f64, month: usize) -> N {
    let to = if to.is_finite() { to } else { from + 5.0 };
    let mut sum = N::from(0.0);
    for (i, (start, coefficient)) in ranges.iter().enumerate() {
        let end = ranges.get(i + 1).map_or(f64::INFINITY, |next| next.0);
        let overlap = (to.min(end) - from.max(*start)).max(0.0);
        if overlap > 0.0 {
            sum = sum + coefficient.at(month) * (overlap / (to - from));
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_band_takes_the_mean_of_the_ranges_it_overlaps() {
        let ranges = [(13.0, Track::Constant(1.0_f64)), (17.0, Track::Constant(3.0))];
        // 10-14: two of five years at 1
        assert!((age_effect(&ranges, 10.0, 15.0, 0) - 0.4).abs() < 1e-15);
        // 15-19: two years at 1, three at 3
        assert!((age_effect(&ranges, 15.0, 20.0, 0) - 2.2).abs() < 1e-15);
        assert!((age_effect(&ranges, 80.0, f64::INFINITY, 0) - 3.0).abs() < 1e-15);
        assert_eq!(age_effect(&ranges, 0.0, 5.0, 0), 0.0);
    }
}
