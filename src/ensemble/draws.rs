//! Parameter draws: one set of values per draw, from keyed streams.

use rand_distr::{Beta, Distribution as _, LogNormal, Normal, Triangular, Uniform};

use crate::engine::values::{Part, Values};
use crate::rng::{Address, Draws, Purpose, Stream};
use crate::scenario::{Distribution, Parameter, Posterior, Scenario};

/// Tries to draw inside the parameter's range before the nearest end is taken. A checked scenario's distributions
/// have their mass inside, so this is not reached in practice.
const TRIES: usize = 1000;

/// Values of draw number `draw` under a master seed.
///
/// Each parameter has a stream of its own, named by its path: two scenarios of one seed that share a parameter draw
/// the same value for it, whatever else they contain.
#[derive(Clone, Copy, Debug)]
pub struct ParameterDraw {
    /// Master seed.
    pub seed: u64,
    /// Number of the draw.
    pub draw: u32,
}

impl Values<f64> for ParameterDraw {
    fn drawn(&self, parameter: &Parameter, part: Part, distribution: &Distribution) -> f64 {
        let stream = Stream::new(self.seed, Purpose::Parameters, &parameter.path);
        let entity = part as u32;
        let mut draws = stream.draws(Address { replicate: self.draw, step: 0, entity }, 0);
        let (low, high) = match part {
            Part::Level => parameter.range,
            Part::Factor => (0.0, f64::INFINITY),
        };
        truncated(distribution, low, high, &mut draws)
    }
}

/// The drawn numbers of one member: from the scenario's posterior where it has them, else from their distributions.
///
/// Member `i` takes row `i / replicates` of the posterior, counted round. This is the one place that decides a member's parameters.
#[derive(Clone, Copy, Debug)]
pub struct MemberDraw<'a> {
    posterior: Option<&'a Posterior>,
    own: ParameterDraw,
}

impl<'a> MemberDraw<'a> {
    /// The draw of member number `member` of a run of `scenario`.
    #[must_use]
    pub fn new(scenario: &'a Scenario, member: u32) -> Self {
        let run = &scenario.run;
        let own = ParameterDraw { seed: run.seed, draw: member / run.replicates.max(1) };
        Self { posterior: scenario.posterior.as_ref(), own }
    }
}

impl Values<f64> for MemberDraw<'_> {
    fn drawn(&self, parameter: &Parameter, part: Part, distribution: &Distribution) -> f64 {
        let joint = self.posterior.and_then(|p| p.value(&parameter.path, part == Part::Factor, self.own.draw));
        match joint {
            // The file may come from anywhere; the law relies on the range.
            Some(value) if part == Part::Level => value.clamp(parameter.range.0, parameter.range.1),
            Some(value) => value.max(0.0),
            None => self.own.drawn(parameter, part, distribution),
        }
    }
}

/// A draw from `distribution` conditional on `low..=high`.
fn truncated(distribution: &Distribution, low: f64, high: f64, draws: &mut Draws) -> f64 {
    let mut value = f64::NAN;
    for _ in 0..TRIES {
        value = sample(distribution, draws);
        if (low..=high).contains(&value) {
            return value;
        }
    }
    if value.is_nan() { low } else { value.clamp(low, high) }
}

/// One draw; NaN when the distribution's own numbers are not allowed (a checked scenario has none such).
fn sample(distribution: &Distribution, draws: &mut Draws) -> f64 {
    match *distribution {
        Distribution::Normal { mean, sd } => Normal::new(mean, sd).map_or(f64::NAN, |d| d.sample(draws)),
        Distribution::LogNormal { median, sigma } => {
            LogNormal::new(libm::log(median), sigma).map_or(f64::NAN, |d| d.sample(draws))
        }
        Distribution::LogitNormal { median, sigma } => {
            let odds = libm::log(median / (1.0 - median));
            Normal::new(odds, sigma).map_or(f64::NAN, |d| 1.0 / (1.0 + libm::exp(-d.sample(draws))))
        }
        Distribution::Beta { mean, concentration } => {
            Beta::new(mean * concentration, (1.0 - mean) * concentration).map_or(f64::NAN, |d| d.sample(draws))
        }
        Distribution::Triangular { low, mode, high } => {
            Triangular::new(low, high, mode).map_or(f64::NAN, |d| d.sample(draws))
        }
        Distribution::Uniform { low, high } => Uniform::new_inclusive(low, high).map_or(f64::NAN, |d| d.sample(draws)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Shape, Source};
    use crate::units::Unit;

    fn parameter(path: &str, distribution: Distribution, range: (f64, f64)) -> Parameter {
        Parameter {
            path: path.to_owned(),
            unit: Unit::Factor,
            range,
            shape: Shape::Drawn(distribution),
            factor: None,
            source: Source::Assumed,
        }
    }

    fn draws(distribution: Distribution, range: (f64, f64), count: u32) -> Vec<f64> {
        let p = parameter("layer.x.imitation", distribution, range);
        (0..count).map(|draw| ParameterDraw { seed: 1, draw }.drawn(&p, Part::Level, &distribution)).collect()
    }

    #[test]
    fn draws_have_the_stated_centre() {
        // (distribution, exact mean); 20,000 draws: tolerance 4 standard errors.
        let cases = [
            (Distribution::Normal { mean: 3.0, sd: 0.5 }, 3.0, 0.5),
            (Distribution::LogNormal { median: 2.0, sigma: 0.25 }, 2.0 * libm::exp(0.03125), 0.52),
            // Even odds, and as many draws above as below.
            (Distribution::LogitNormal { median: 0.5, sigma: 1.0 }, 0.5, 0.21),
            (Distribution::Beta { mean: 0.3, concentration: 20.0 }, 0.3, 0.1),
            (Distribution::Triangular { low: 0.0, mode: 1.0, high: 5.0 }, 2.0, 1.08),
            (Distribution::Uniform { low: 1.0, high: 4.0 }, 2.5, 0.87),
        ];
        for (distribution, mean, sd) in cases {
            let values = draws(distribution, (0.0, 1e6), 20_000);
            let average = values.iter().sum::<f64>() / 20_000.0;
            assert!((average - mean).abs() < 4.0 * sd / libm::sqrt(20_000.0), "{distribution:?}: {average}");
        }
    }

    #[test]
    fn draws_stay_in_range_and_depend_on_path_and_draw_only() {
        let normal = Distribution::Normal { mean: 0.9, sd: 0.5 };
        let values = draws(normal, (0.0, 1.0), 500);
        assert!(values.iter().all(|v| (0.0..=1.0).contains(v)));
        assert_eq!(values, draws(normal, (0.0, 1.0), 500));
        let other = parameter("layer.y.imitation", normal, (0.0, 1.0));
        let draw = ParameterDraw { seed: 1, draw: 0 };
        assert_ne!(values[0], draw.drawn(&other, Part::Level, &normal));
        assert_ne!(values[0], values[1]);
    }
}
