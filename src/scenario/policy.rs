//! Policies and events ([`Intervention`]) and cybercrime ([`Victimisation`]) of a validated scenario.

use super::model::Parameter;
use crate::population::Grid;
use crate::units::Month;

/// A policy or event: when, whom it touches, what it does, what it costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Intervention {
    /// Key, `[a-z0-9][a-z0-9_-]*`; equal names in two scenarios share their random draws.
    pub name: String,
    /// Words on screen.
    pub title: String,
    /// What it represents, in sentences; may be empty.
    pub description: String,
    /// First month with an effect; within the scenario's time.
    pub start: Month,
    /// Last month with an effect; `None`: the end of the run. Not before `start`.
    pub end: Option<Month>,
    /// How it comes into force.
    pub ramp: Ramp,
    /// Whom it touches.
    pub who: Target,
    /// What it does: to drivers and layers in their order, then to cybercrime.
    pub effects: Vec<Effect>,
    /// What it costs, if that is stated.
    pub cost: Option<Cost>,
}

impl Intervention {
    /// Whether it is in force in `month`.
    #[must_use]
    pub fn covers(&self, month: Month) -> bool {
        self.start <= month && self.end.is_none_or(|end| month <= end)
    }

    /// How far it is in force in `month`, 0..=1; 0 outside its dates.
    #[must_use]
    pub fn force(&self, month: Month) -> f64 {
        if self.covers(month) { self.ramp.share(month.months_since(self.start)) } else { 0.0 }
    }
}

/// How an intervention comes into force: from its start, over some months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ramp {
    /// Months until it is in full force; 0: at once.
    pub months: u32,
    /// On the way.
    pub shape: RampShape,
}

impl Ramp {
    /// The share of full force in month `month` (0: the first) of the intervention, 0..=1, never falling.
    #[must_use]
    pub fn share(&self, month: i32) -> f64 {
        if month < 0 {
            return 0.0;
        }
        let way = f64::from(month + 1) / (f64::from(self.months) + 1.0);
        if way >= 1.0 {
            return 1.0;
        }
        match self.shape {
            RampShape::Linear => way,
            RampShape::Logistic => {
                // From 1.8 % to 98.2 % of the way in logistic time, stretched to reach 0 and 1.
                let logistic = |x: f64| 1.0 / (1.0 + libm::exp(-8.0 * (x - 0.5)));
                (logistic(way) - logistic(0.0)) / (logistic(1.0) - logistic(0.0))
            }
        }
    }
}

/// The course of a [`Ramp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RampShape {
    /// In equal steps.
    Linear,
    /// Slow at first and at last.
    Logistic,
}

impl RampShape {
    /// Every choice.
    pub const EVERY: [RampShape; 2] = [RampShape::Linear, RampShape::Logistic];

    /// Name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            RampShape::Linear => "linear",
            RampShape::Logistic => "logistic",
        }
    }
}

/// Whom an intervention touches: places and people that meet every condition.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Target {
    /// Positions of regions in the population's grid; empty: all.
    pub regions: Vec<usize>,
    /// Position of the residence in the grid; `None`: both.
    pub residence: Option<usize>,
    /// Position of the sex in the grid; `None`: both.
    pub sex: Option<usize>,
    /// First and last age in years, both included; `None`: all.
    pub age: Option<(f64, f64)>,
}

impl Target {
    /// Whether it touches a place (region x residence, in the grid's order).
    #[must_use]
    pub fn touches_place(&self, grid: &Grid, place: usize) -> bool {
        let residences = grid.residences.len();
        (self.regions.is_empty() || self.regions.contains(&(place / residences)))
            && self.residence.is_none_or(|r| r == place % residences)
    }

    /// The share touched of the people of a (sex, age) position of the grid, 0..=1; ages are even within a band, and an
    /// open band counts as twenty years wide.
    #[must_use]
    pub fn share_of_kind(&self, grid: &Grid, kind: usize) -> f64 {
        let ages = grid.ages.len();
        if self.sex.is_some_and(|sex| sex != kind / ages) {
            return 0.0;
        }
        let Some((first, last)) = self.age else { return 1.0 };
        let band = grid.ages[kind % ages].1;
        let to = if band.to.is_finite() { band.to } else { band.from + 20.0 };
        ((to.min(last + 1.0) - band.from.max(first)) / (to - band.from)).clamp(0.0, 1.0)
    }

    /// Whether everyone in the places is touched alike.
    #[must_use]
    pub fn is_everyone(&self) -> bool {
        self.sex.is_none() && self.age.is_none()
    }
}

/// One mechanism of an intervention.
///
/// A strength `x` at force `f` (see [`Ramp`]): a multiplier acts as `1 + f (x - 1)`, an addition as `f x`, a set value
/// or ceiling moves that share of the way. Effects of several interventions on one quantity combine: multipliers
/// multiply, additions add, the lowest ceiling holds, changes of a driver apply in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// On a layer, by position.
    Layer {
        /// Position of the layer.
        layer: usize,
        /// What changes.
        change: LayerChange,
    },
    /// On a driver, by position; of places, whoever lives there.
    Driver {
        /// Position of the driver.
        driver: usize,
        /// How it changes.
        change: DriverChange,
        /// By how much, in the driver's unit (a factor for [`DriverChange::Multiply`]).
        amount: Parameter,
    },
    /// Multiplies the rate of incidents.
    Incidents(Parameter),
    /// Adds to enforcement capacity, in its unit.
    Capacity(Parameter),
    /// Multiplies trust.
    Trust(Parameter),
}

/// What an intervention changes about a layer.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerChange {
    /// Multiplies the whole adoption hazard.
    Adoption(Parameter),
    /// Multiplies innovation.
    Innovation(Parameter),
    /// Multiplies imitation.
    Imitation(Parameter),
    /// Multiplies discontinuance.
    Discontinuance(Parameter),
    /// Adds to innovation, per year.
    OutsideInfluence(Parameter),
    /// No larger share of those with the required layers has access; of places, whoever lives there.
    Ceiling(Parameter),
    /// Nobody can use it; of places, whoever lives there.
    Suspension {
        /// Share of users who do not come back.
        lost: Parameter,
        /// The part of each month that it lasts, above 0 up to 1. Below 1, use is back when the month ends: users are
        /// counted again in every month's figure, adoption is cut by this part, and `lost` leave once, in the last month.
        part_of_month: f64,
    },
}

/// How an intervention changes a driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriverChange {
    /// Adds to it.
    Shift,
    /// Multiplies it.
    Multiply,
    /// Sets it.
    Set,
}

/// What an intervention costs, in money of one year.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// Currency, for instance `USD`.
    pub currency: String,
    /// Year of the prices.
    pub price_year: i32,
    /// Once, in the first month.
    pub one_off: Option<Parameter>,
    /// For each year in force (a twelfth each month).
    pub per_year: Option<Parameter>,
    /// For each person reached, once, in the first month.
    pub per_person: Option<Parameter>,
    /// The share reached of the people touched who live in the first month.
    pub reached: Parameter,
}

/// Cybercrime against the users of a layer, as a flow of incidents.
///
/// Incidents per user-year: `rate x (1 - deterrence)`, `deterrence = 1 - exp(-effectiveness x capacity)`. A victim
/// leaves with probability `leaving`. Trust, `exp(-distrust x incidents per user-year)`, at most 1 with all that acts
/// on it, multiplies the adoption hazard.
#[derive(Clone, Debug, PartialEq)]
pub struct Victimisation {
    /// Position of the layer whose users it befalls.
    pub layer: usize,
    /// Incidents per user-year without enforcement.
    pub rate: Parameter,
    /// Enforcement capacity: trained investigators per million people.
    pub capacity: Parameter,
    /// Fall of the log rate per unit of capacity.
    pub effectiveness: Parameter,
    /// Probability that a victim leaves the layer.
    pub leaving: Parameter,
    /// Fall of the log adoption hazard per incident per user-year.
    pub distrust: Parameter,
}
