//! The law of one member: every parameter of a scenario worked out for every month and place.

use crate::adoption::access::{affordable_share, old_enough_share, scale_odds};
use crate::adoption::exposure::ContactWeights;
use crate::adoption::hazard::per_step;
use crate::engine::values::{Track, Values};
use crate::number::Number;
use crate::population::Grid;
use crate::scenario::{Access, Driver, Features, Layer, Parameter, Scenario};
use crate::units::Unit;

/// Values by month and column; one row when nothing changes in time.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<N> {
    width: usize,
    values: Vec<N>,
}

impl<N: Number> Table<N> {
    fn monthly(width: usize, months: usize, mut row: impl FnMut(usize, &mut Vec<N>)) -> Self {
        let mut values = Vec::with_capacity(width * months);
        for month in 0..months {
            row(month, &mut values);
        }
        Self { width, values }
    }

    /// The values in `month`.
    #[inline]
    #[must_use]
    pub fn row(&self, month: usize) -> &[N] {
        if self.is_constant() { &self.values } else { &self.values[month * self.width..(month + 1) * self.width] }
    }

    /// Columns whose values are equal in every row, in groups, each column in one of them.
    fn equal_columns(&self) -> Vec<Vec<usize>> {
        let column = |c: usize| self.values.iter().skip(c).step_by(self.width.max(1)).map(|v| v.value());
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for c in 0..self.width {
            match groups.iter_mut().find(|group| column(group[0]).eq(column(c))) {
                Some(group) => group.push(c),
                None => groups.push(vec![c]),
            }
        }
        groups
    }

    /// Whether it has one row for all time.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.values.len() == self.width
    }
}

/// Everything an engine asks about behaviour, for one member.
#[derive(Clone, Debug)]
pub struct Law<N> {
    /// Whom people look at, by month (or once for all time).
    pub contacts: Vec<ContactWeights<N>>,
    /// By layer, in the scenario's order.
    pub layers: Vec<LayerLaw<N>>,
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
    /// Outside influence p, per year.
    pub innovation: Track<N>,
    /// Imitation q, per year.
    pub imitation: Track<N>,
    /// Cumulative hazard of leaving in one step.
    pub leaving: Track<N>,
    /// Share of those who have the required layers who also have access (0..=1), by month and place.
    pub access: Table<N>,
    /// Share of an age band old enough, of those old enough for the required layers, 0..=1.
    pub old_enough: Vec<f64>,
    /// Multiplier of the adoption hazard by month and place.
    pub place_multiplier: Table<N>,
    /// Multiplier of the adoption hazard by month and (sex, age).
    pub person_multiplier: Table<N>,
    /// The (sex, age) positions that have the same multiplier in every month, each in one group.
    pub person_groups: Vec<Vec<usize>>,
}

impl<N: Number> Law<N> {
    /// The law of `scenario` with the drawn numbers `values` gives. Cost: layers x months x places.
    pub fn new(scenario: &Scenario, values: &impl Values<N>) -> Self {
        let (start, months) = (scenario.time.start, scenario.time.months());
        let track = |parameter: &Parameter| Track::new(parameter, values, start, months);
        let drivers: Vec<PlaceDriver<N>> =
            scenario.drivers.iter().map(|driver| PlaceDriver::new(driver, &track)).collect();

        let contacts = &scenario.contacts;
        let levels = [&contacts.household, &contacts.village, &contacts.province, &contacts.nation].map(&track);
        let rows = if levels.iter().all(Track::is_constant) { 1 } else { months };
        let contacts = (0..rows)
            .map(|m| ContactWeights::normalised(levels[0].at(m), levels[1].at(m), levels[2].at(m), levels[3].at(m)))
            .collect();

        let context = Context { grid: &scenario.population.grid, months, drivers: &drivers, track: &track };
        let mut layers: Vec<LayerLaw<N>> = Vec::with_capacity(scenario.layers.len());
        for layer in &scenario.layers {
            let built = context.layer(layer, scenario, &layers);
            layers.push(built);
        }
        Self { contacts, layers }
    }

    /// Contact weights in `month`.
    #[inline]
    #[must_use]
    pub fn contacts(&self, month: usize) -> &ContactWeights<N> {
        &self.contacts[if self.contacts.len() == 1 { 0 } else { month }]
    }
}

/// A driver's values over time: urban and rural, then moved by region.
struct PlaceDriver<'a, N> {
    driver: &'a Driver,
    urban: Track<N>,
    rural: Track<N>,
}

impl<'a, N: Number> PlaceDriver<'a, N> {
    fn new(driver: &'a Driver, track: &impl Fn(&Parameter) -> Track<N>) -> Self {
        Self { driver, urban: track(&driver.urban), rural: track(&driver.rural) }
    }

    fn is_constant(&self) -> bool {
        self.urban.is_constant() && self.rural.is_constant()
    }

    fn at(&self, month: usize, region: usize, urban: bool) -> N {
        let value = if urban { self.urban.at(month) } else { self.rural.at(month) };
        let change = self.driver.by_region.get(region).copied().unwrap_or(1.0);
        if change == 1.0 {
            value
        } else if self.driver.unit == Unit::Share {
            scale_odds(value, change)
        } else {
            value * change
        }
    }
}

/// What the tables of every layer are made from.
struct Context<'a, N, T> {
    grid: &'a Grid,
    months: usize,
    drivers: &'a [PlaceDriver<'a, N>],
    track: &'a T,
}

impl<N: Number, T: Fn(&Parameter) -> Track<N>> Context<'_, N, T> {
    fn layer(&self, layer: &Layer, scenario: &Scenario, earlier: &[LayerLaw<N>]) -> LayerLaw<N> {
        let mut ancestors: Vec<usize> =
            layer.requires.iter().flat_map(|&r| earlier[r].ancestors.iter().copied().chain([r])).collect();
        ancestors.sort_unstable();
        ancestors.dedup();

        let start = scenario.time.start;
        let launch = layer.launch.map_or(0, |month| month.months_since(start).max(0) as usize);
        let above: Vec<&Access> = ancestors.iter().map(|&a| &scenario.layers[a].access).collect();
        let leaving = match (self.track)(&layer.discontinuance) {
            Track::Constant(rate) => Track::Constant(per_step(rate)),
            Track::Monthly(rates) => Track::Monthly(rates.into_iter().map(per_step).collect()),
        };
        let person_multiplier = self.person_multiplier(&layer.features);
        LayerLaw {
            person_groups: person_multiplier.equal_columns(),
            requires: layer.requires.clone(),
            launch,
            initial: (self.track)(&layer.initial).at(0),
            innovation: (self.track)(&layer.innovation),
            imitation: (self.track)(&layer.imitation),
            leaving,
            access: self.access(&layer.access, &above),
            old_enough: self.old_enough(&layer.access, &above),
            place_multiplier: self.place_multiplier(&layer.features),
            person_multiplier,
            ancestors,
        }
    }

    /// The share with access among those who have the required layers: conditions that a required layer
    /// already imposes hold for all of them, for a person's mark is the same for both.
    fn access(&self, access: &Access, above: &[&Access]) -> Table<N> {
        let places = self.grid.places();
        if let Some(ceiling) = &access.ceiling {
            let track = (self.track)(ceiling);
            let rows = if track.is_constant() { 1 } else { self.months };
            return Table::monthly(places, rows, |month, row| row.extend((0..places).map(|_| track.at(month))));
        }
        let imposed = |driver: &usize| above.iter().any(|a| a.ceiling.is_none() && a.shares.contains(driver));
        let shares: Vec<&PlaceDriver<N>> =
            access.shares.iter().filter(|d| !imposed(d)).map(|&d| &self.drivers[d]).collect();
        let affordability = access
            .affordability
            .as_ref()
            .filter(|own| !above.iter().any(|a| a.ceiling.is_none() && a.affordability.as_ref() == Some(own)));
        let payment =
            affordability.map(|a| (&self.drivers[a.price], (self.track)(&a.threshold), (self.track)(&a.income_spread)));

        let still = shares.iter().all(|d| d.is_constant())
            && payment.as_ref().is_none_or(|(price, t, s)| price.is_constant() && t.is_constant() && s.is_constant());
        let rows = if still { 1 } else { self.months };
        Table::monthly(places, rows, |month, row| {
            self.each_place(|region, urban| {
                let mut share = N::from(1.0);
                for driver in &shares {
                    share = share * driver.at(month, region, urban);
                }
                if let Some((price, threshold, spread)) = &payment {
                    let price = price.at(month, region, urban);
                    share = share * affordable_share(price, threshold.at(month), spread.at(month));
                }
                row.push(share);
            });
        })
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
            self.each_place(|region, is_urban| {
                let mut log = if divided && is_urban { urban.at(month) } else { N::from(0.0) };
                for (driver, coefficient) in &effects {
                    log = log + coefficient.at(month) * driver.at(month, region, is_urban);
                }
                row.push(log.exp());
            });
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

    fn each_place(&self, mut visit: impl FnMut(usize, bool)) {
        for region in 0..self.grid.regions.len() {
            for residence in &self.grid.residences {
                visit(region, residence != "rural");
            }
        }
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

    #[test]
    fn a_table_of_one_row_holds_for_all_time() {
        let table = Table { width: 2, values: vec![1.0, 2.0] };
        assert_eq!(table.row(0), table.row(99));
        let table = Table::monthly(2, 3, |m, row: &mut Vec<f64>| row.extend([m as f64, 0.0]));
        assert_eq!(table.row(2), [2.0, 0.0]);
    }

    #[test]
    fn equal_columns_are_grouped() {
        let table = Table { width: 4, values: vec![1.0, 2.0, 1.0, 2.0, 5.0, 6.0, 5.0, 7.0] };
        assert_eq!(table.equal_columns(), [vec![0, 2], vec![1], vec![3]]);
    }
}
