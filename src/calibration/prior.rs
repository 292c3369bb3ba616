//! Priors: the distributions of the scenario as densities over the whole line, where a sampler moves freely.
//!
//! Every free number `x` is a smooth increasing function of a coordinate `z` in (-inf, inf):
//!
//! - normal and lognormal priors that their range does not cut, and logitnormal ones: `x = mean + sd z`, or the same for `ln x` or `logit x`;
//! - all others: `y = a + (b - a) / (1 + exp(-z))` with `(a, b)` the part of the prior's support within the range, `y` being `x`, or
//!   `ln x` for a lognormal prior. Unbounded tails end eight standard deviations out, beyond which lies a mass of 1e-15.
//!
//! The log density of `z` is that of `x` plus `ln dx/dz`, up to a constant (Stan Reference Manual, "Constraint transforms").

use crate::engine::values::{Part, Values};
use crate::ensemble::ParameterDraw;
use crate::scenario::{Distribution, Parameter};

/// Standard deviations at which unbounded priors end when they have to be cut anyway.
const TAIL: f64 = 8.0;

/// A free number of the scenario: what its distribution is the prior of.
#[derive(Clone, Debug, PartialEq)]
pub struct Free {
    /// The parameter; its path and part name the number.
    pub parameter: Parameter,
    /// Its value, or the factor of its value.
    pub part: Part,
    /// Its prior, before the cut to the range.
    pub prior: Distribution,
    map: Map,
}

/// From the line to the number.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Map {
    /// `y = a + b z`.
    Straight { at: f64, by: f64, scale: Scale },
    /// `y = a + (b - a) / (1 + exp(-z))`.
    Between { low: f64, high: f64, scale: Scale },
}

/// What `y` is of the number.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scale {
    Itself,
    Logarithm,
    LogOdds,
}

impl Scale {
    /// `y`.
    fn of(self, value: f64) -> f64 {
        match self {
            Scale::Itself => value,
            Scale::Logarithm => libm::log(value),
            Scale::LogOdds => {
                let value = value.clamp(1e-300, 1.0 - 1e-16);
                libm::log(value) - libm::log1p(-value)
            }
        }
    }

    /// The number and its slope by `y`.
    fn back(self, y: f64) -> (f64, f64) {
        match self {
            Scale::Itself => (y, 1.0),
            Scale::Logarithm => (libm::exp(y), libm::exp(y)),
            Scale::LogOdds => (logistic(y), logistic(y) * logistic(-y)),
        }
    }
}

/// A point of the line as the sampler and the law see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// The number.
    pub value: f64,
    /// `dx/dz`.
    pub slope: f64,
    /// Log prior density of `z`, up to a constant.
    pub log_density: f64,
    /// Its derivative by `z`.
    pub log_density_slope: f64,
}

impl Free {
    /// The number that `prior` draws for `part` of `parameter`.
    #[must_use]
    pub fn new(parameter: &Parameter, part: Part, prior: Distribution) -> Self {
        let range = match part {
            Part::Level => parameter.range,
            Part::Factor => (0.0, f64::INFINITY),
        };
        Self { parameter: parameter.clone(), part, prior, map: Map::of(&prior, range) }
    }

    /// `layer.internet.imitation`, or `layer.internet.innovation.factor`.
    #[must_use]
    pub fn name(&self) -> String {
        name(&self.parameter.path, self.part)
    }

    /// The number at `z`, with slopes and prior density.
    #[must_use]
    pub fn at(&self, z: f64) -> Placed {
        let (y, dy, log_jacobian, jacobian_slope, scale) = match self.map {
            Map::Straight { at, by, scale } => (at + by * z, by, 0.0, 0.0, scale),
            Map::Between { low, high, scale } => {
                let share = logistic(z);
                let slope = (high - low) * share * logistic(-z);
                // ln share + ln (1 - share), and its derivative 1 - 2 share.
                (low + (high - low) * share, slope, -softplus(-z) - softplus(z), 1.0 - 2.0 * share, scale)
            }
        };
        let (value, steep) = scale.back(y);
        let (density, density_slope) = log_density(&self.prior, y);
        Placed {
            value,
            slope: steep * dy,
            log_density: density + log_jacobian,
            log_density_slope: density_slope * dy + jacobian_slope,
        }
    }

    /// The coordinate of a number, held inside the ends of its support.
    #[must_use]
    pub fn coordinate(&self, value: f64) -> f64 {
        match self.map {
            Map::Straight { at, by, scale } => (scale.of(value) - at) / by,
            Map::Between { low, high, scale } => {
                let share = ((scale.of(value) - low) / (high - low)).clamp(1e-12, 1.0 - 1e-12);
                libm::log(share / (1.0 - share))
            }
        }
    }

    /// The number's value in draw `draw` of the prior under `seed`: what a run without a posterior takes.
    #[must_use]
    pub fn prior_draw(&self, seed: u64, draw: u32) -> f64 {
        ParameterDraw { seed, draw }.drawn(&self.parameter, self.part, &self.prior)
    }
}

/// The name of a free number.
#[must_use]
pub fn name(path: &str, part: Part) -> String {
    match part {
        Part::Level => path.to_owned(),
        Part::Factor => format!("{path}.factor"),
    }
}

impl Map {
    fn of(prior: &Distribution, (low, high): (f64, f64)) -> Self {
        let within = |a: f64, b: f64| Map::Between { low: a.max(low), high: b.min(high), scale: Scale::Itself };
        match *prior {
            Distribution::Normal { mean, sd } => {
                let (a, b) = (mean - TAIL * sd, mean + TAIL * sd);
                if low <= a && b <= high {
                    Map::Straight { at: mean, by: sd, scale: Scale::Itself }
                } else {
                    within(a, b)
                }
            }
            Distribution::LogNormal { median, sigma } => {
                let at = libm::log(median);
                let (a, b) = (at - TAIL * sigma, at + TAIL * sigma);
                let (low, high) = (if low > 0.0 { libm::log(low) } else { f64::NEG_INFINITY }, libm::log(high));
                if low <= a && b <= high {
                    Map::Straight { at, by: sigma, scale: Scale::Logarithm }
                } else {
                    Map::Between { low: a.max(low), high: b.min(high), scale: Scale::Logarithm }
                }
            }
            // Every range holds all of 0..1.
            Distribution::LogitNormal { median, sigma } => {
                Map::Straight { at: Scale::LogOdds.of(median), by: sigma, scale: Scale::LogOdds }
            }
            Distribution::Beta { .. } => within(0.0, 1.0),
            Distribution::Triangular { low: a, high: b, .. } | Distribution::Uniform { low: a, high: b } => {
                within(a, b)
            }
        }
    }
}

/// Log density at `y` and its derivative, up to a constant; `y` is the number, or its logarithm or log odds for a lognormal
/// or logitnormal prior (whose density is then that of `y`).
fn log_density(prior: &Distribution, y: f64) -> (f64, f64) {
    let bell = |mean: f64, sd: f64| {
        let far = (y - mean) / sd;
        (-0.5 * far * far, -far / sd)
    };
    match *prior {
        Distribution::Normal { mean, sd } => bell(mean, sd),
        Distribution::LogNormal { median, sigma } => bell(libm::log(median), sigma),
        Distribution::LogitNormal { median, sigma } => bell(Scale::LogOdds.of(median), sigma),
        Distribution::Beta { mean, concentration } => {
            let (a, b) = (mean * concentration - 1.0, (1.0 - mean) * concentration - 1.0);
            let y = y.clamp(1e-300, 1.0 - 1e-16);
            (a * libm::log(y) + b * libm::log1p(-y), a / y - b / (1.0 - y))
        }
        Distribution::Triangular { low, mode, high } => {
            let tiny = 1e-300;
            if (y < mode && mode > low) || mode >= high {
                let up = (y - low).max(tiny);
                (libm::log(up / (mode - low)), 1.0 / up)
            } else {
                let down = (high - y).max(tiny);
                (libm::log(down / (high - mode)), -1.0 / down)
            }
        }
        Distribution::Uniform { .. } => (0.0, 0.0),
    }
}

/// `1 / (1 + exp(-z))`.
#[must_use]
pub fn logistic(z: f64) -> f64 {
    if z >= 0.0 {
        1.0 / (1.0 + libm::exp(-z))
    } else {
        let e = libm::exp(z);
        e / (1.0 + e)
    }
}

/// `ln(1 + exp(z))`.
fn softplus(z: f64) -> f64 {
    z.max(0.0) + libm::log1p(libm::exp(-z.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::sample;
    use crate::units::Unit;

    fn cases() -> Vec<Free> {
        let free = |unit, prior| Free::new(&sample::drawn("x", unit, prior), Part::Level, prior);
        vec![
            free(Unit::LogFactor, Distribution::Normal { mean: -1.0, sd: 0.3 }),
            // cut at 0
            free(Unit::Share, Distribution::Normal { mean: 0.1, sd: 0.2 }),
            free(Unit::PerYear, Distribution::LogNormal { median: 0.4, sigma: 0.5 }),
            // cut at 1
            free(Unit::Share, Distribution::LogNormal { median: 0.8, sigma: 0.5 }),
            free(Unit::Share, Distribution::LogitNormal { median: 0.9, sigma: 1.0 }),
            free(Unit::Share, Distribution::Beta { mean: 0.3, concentration: 8.0 }),
            free(Unit::Factor, Distribution::Triangular { low: 0.5, mode: 0.8, high: 2.0 }),
            free(Unit::Factor, Distribution::Triangular { low: 0.5, mode: 0.5, high: 2.0 }),
            free(Unit::Factor, Distribution::Uniform { low: 1.0, high: 3.0 }),
        ]
    }

    #[test]
    fn slopes_are_those_of_central_differences() {
        for free in cases() {
            for z in [-2.1, -0.4, 0.03, 1.7] {
                let (h, at) = (1e-5, free.at(z));
                let (below, above) = (free.at(z - h), free.at(z + h));
                let slope = (above.value - below.value) / (2.0 * h);
                assert!((slope - at.slope).abs() < 1e-7 * slope.abs().max(1e-3), "{:?} {z}", free.prior);
                let steep = (above.log_density - below.log_density) / (2.0 * h);
                assert!((steep - at.log_density_slope).abs() < 1e-6 * steep.abs().max(1.0), "{:?} {z}", free.prior);
            }
        }
    }

    #[test]
    fn coordinates_lead_back() {
        for free in cases() {
            for z in [-3.0, 0.0, 2.5] {
                assert!((free.coordinate(free.at(z).value) - z).abs() < 1e-8, "{:?}", free.prior);
            }
        }
    }

    #[test]
    fn densities_give_the_means_that_draws_have() {
        // The mean of x under the density over z, by the trapezium rule, against 20,000 draws (5 standard errors).
        for free in cases() {
            let (mut mass, mut sum, mut square) = (0.0, 0.0, 0.0);
            for i in -4000..=4000 {
                let at = free.at(f64::from(i) * 0.005);
                let weight = libm::exp(at.log_density);
                mass += weight;
                sum += weight * at.value;
                square += weight * at.value * at.value;
            }
            let (mean, sd) = (sum / mass, libm::sqrt((square / mass - sum * sum / mass / mass).max(0.0)));
            let drawn = (0..20_000).map(|draw| free.prior_draw(3, draw)).sum::<f64>() / 20_000.0;
            assert!((mean - drawn).abs() < 5.0 * sd / libm::sqrt(20_000.0), "{:?}: {mean} {drawn}", free.prior);
        }
    }
}
