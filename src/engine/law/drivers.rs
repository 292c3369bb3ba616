//! Drivers by month and place, with what interventions do to them.

use super::change::Change;
use crate::adoption::access::scale_odds;
use crate::engine::values::Track;
use crate::number::Number;
use crate::scenario::{Driver, DriverChange, Effect, Parameter};
use crate::units::Unit;

/// A driver's values over time: urban and rural, moved by region, then changed by interventions.
pub(super) struct PlaceDriver<'a, N> {
    driver: &'a Driver,
    urban: Track<N>,
    rural: Track<N>,
    changes: Vec<(DriverChange, &'a Change<'a, N>)>,
}

/// A place as drivers see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub index: usize,
    pub region: usize,
    pub urban: bool,
}

impl<'a, N: Number> PlaceDriver<'a, N> {
    pub fn new(
        position: usize,
        driver: &'a Driver,
        changes: &'a [Change<'a, N>],
        track: &impl Fn(&Parameter) -> Track<N>,
    ) -> Self {
        let own = |change: &'a Change<'a, N>| match change.effect {
            Effect::Driver { driver, change: how, .. } if *driver == position => Some((*how, change)),
            _ => None,
        };
        let changes = changes.iter().filter_map(own).collect();
        Self { driver, urban: track(&driver.urban), rural: track(&driver.rural), changes }
    }

    pub fn is_constant(&self) -> bool {
        self.urban.is_constant() && self.rural.is_constant() && self.changes.is_empty()
    }

    /// The value, within the range of the driver's unit.
    pub fn at(&self, month: usize, place: Place) -> N {
        let value = if place.urban { self.urban.at(month) } else { self.rural.at(month) };
        let by_region = self.driver.by_region.get(place.region).copied().unwrap_or(1.0);
        let mut value = if by_region == 1.0 {
            value
        } else if self.driver.unit == Unit::Share {
            scale_odds(value, by_region)
        } else {
            value * by_region
        };
        for (how, change) in &self.changes {
            if change.acts(month, place.index) {
                value = match how {
                    DriverChange::Shift => value + change.addition(month, 1.0),
                    DriverChange::Multiply => change.multiplied(value, month),
                    DriverChange::Set => change.moved(value, change.strength.at(month), month),
                };
                let (low, high) = self.driver.unit.range();
                value = value.max(N::from(low)).min(N::from(high));
            }
        }
        value
    }
}
