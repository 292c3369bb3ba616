//! The posterior density: priors of the law's numbers and of the sources' errors, and the likelihood of the statistics,
//! with the gradient.
//!
//! A point is a vector of coordinates: the law's free numbers first (in the order the law asks for them), then bias and
//! spread of each source, then level and growth of each quantity. The latter have standard normal coordinates.

use std::cell::RefCell;

use super::prior::{Free, Placed};
use super::statistics::{Counted, GROWTH_SD, PER_USER, Statistics, TAILS};
use crate::engine::values::{Part, Values};
use crate::engine::{ExpectedUsers, Law, Recorder, Report, Simulation, World};
use crate::ensemble::ParameterDraw;
use crate::fit::Role;
use crate::number::Number;
use crate::scenario::{Distribution, Parameter};

/// Added to users before logarithms are taken, in persons: nobody at all is not an infinite error.
const LEAST_USERS: f64 = 1e-3;

/// What is estimated: numbers of the law, sources' errors, quantities.
#[derive(Debug)]
pub struct Model<'a> {
    /// The simulated country.
    pub world: &'a World<'a>,
    /// The law's free numbers.
    pub free: Vec<Free>,
    /// What they are compared with.
    pub statistics: Statistics,
    /// Estimated numbers beyond the law's.
    pub nuisances: Vec<Nuisance>,
    /// Distinct months at which statistics stand, and the statistics of each.
    stops: Vec<(usize, Vec<usize>)>,
    report: Report,
    /// For each statistic, what the full grid has more than this one on the scale of comparison.
    offsets: Vec<f64>,
    /// For each source, the coordinates of its bias and spread.
    of_source: Vec<(Option<usize>, usize)>,
    /// For each quantity, the coordinates of level and growth.
    of_quantity: Vec<(usize, usize)>,
}

/// An estimated number of the observation model: `mean + sd z`, or `exp` of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Nuisance {
    /// `bias: SOURCE`, `spread: SOURCE`, `QUANTITY`, `growth: QUANTITY`.
    pub name: String,
    /// Mean on its own scale, or of the logarithm.
    pub mean: f64,
    /// Standard deviation.
    pub sd: f64,
    /// Whether the logarithm is normal.
    pub log: bool,
    /// What it is.
    pub role: Role,
}

impl Nuisance {
    /// The number at a coordinate.
    #[must_use]
    pub fn value(&self, z: f64) -> f64 {
        let plain = self.mean + self.sd * z;
        if self.log { libm::exp(plain) } else { plain }
    }
}

/// Asks the law for its free numbers.
#[derive(Default)]
struct Asked(RefCell<Vec<Free>>);

impl Values<f64> for Asked {
    fn drawn(&self, parameter: &Parameter, part: Part, distribution: &Distribution) -> f64 {
        let mut asked = self.0.borrow_mut();
        if !asked.iter().any(|free| free.part == part && free.parameter.path == parameter.path) {
            asked.push(Free::new(parameter, part, *distribution));
        }
        ParameterDraw { seed: 0, draw: 0 }.drawn(parameter, part, distribution)
    }
}

/// Numbers by their place among the free ones.
struct At<'a, N> {
    free: &'a [Free],
    values: &'a [N],
}

impl<N: Number> Values<N> for At<'_, N> {
    fn drawn(&self, parameter: &Parameter, part: Part, _: &Distribution) -> N {
        let position = self.free.iter().position(|f| f.part == part && f.parameter.path == parameter.path);
        self.values[position.expect("the law asks for the same numbers every time")]
    }
}

impl super::Statistic {
    /// What it would be without errors, given the users of its base: a share of the base, or the users.
    fn measured<N: Number>(&self, users: N) -> N {
        let users = users + N::from(LEAST_USERS);
        match self.counted {
            Counted::People => users * (1.0 / (self.people + 2.0 * LEAST_USERS)),
            _ => users,
        }
    }
}

/// What the model says at one point, in plain numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// For each statistic: a share of its base, or users.
    pub modelled: Vec<f64>,
    /// For each statistic, at its date: users of its layer over everybody.
    pub everybody: Vec<f64>,
    /// For each layer asked for: users over everybody at each step asked for.
    pub curves: Vec<Vec<f64>>,
}

impl<'a> Model<'a> {
    /// The model of a world and its statistics.
    #[must_use]
    pub fn new(world: &'a World<'a>, statistics: Statistics) -> Self {
        let asked = Asked::default();
        let _ = Law::new(world.scenario, &asked);
        let free = asked.0.into_inner();
        let mut nuisances = Vec::new();
        let mut add = |role: Role, name: String, mean: f64, sd: f64| {
            let log = matches!(role, Role::Spread | Role::PerUser);
            nuisances.push(Nuisance { name, mean, sd, log, role });
            free.len() + nuisances.len() - 1
        };
        let of_source = statistics
            .sources
            .iter()
            .map(|source| {
                let bias = (source.bias.1 > 0.0)
                    .then(|| add(Role::Bias, format!("bias: {}", source.name), source.bias.0, source.bias.1));
                (
                    bias,
                    add(Role::Spread, format!("spread: {}", source.name), libm::log(source.spread.0), source.spread.1),
                )
            })
            .collect();
        let of_quantity = statistics
            .quantities
            .iter()
            .map(|q| {
                (
                    add(Role::PerUser, q.name.clone(), PER_USER.0, PER_USER.1),
                    add(Role::Growth, format!("growth: {}", q.name), 0.0, GROWTH_SD),
                )
            })
            .collect();
        let mut stops: Vec<(usize, Vec<usize>)> = Vec::new();
        for (position, statistic) in statistics.used().iter().enumerate() {
            match stops.last_mut() {
                Some((step, of)) if *step == statistic.step => of.push(position),
                _ => stops.push((statistic.step, vec![position])),
            }
        }
        let report = Report::nothing(&world.demography);
        let offsets = vec![0.0; statistics.statistics.len()];
        Self { world, free, statistics, nuisances, stops, report, offsets, of_source, of_quantity }
    }

    /// Sets the model right for the full grid at one point: from here on, what the full grid has more there is added to every
    /// statistic used. `fine` has the same numbers and statistics.
    pub fn align(&mut self, fine: &Model<'_>, point: &[f64]) {
        let (coarse, exact) = (self.modelled(point), fine.modelled(point));
        for (i, statistic) in self.statistics.used().iter().enumerate() {
            let offset = statistic.on_scale(exact[i]) - statistic.on_scale(coarse[i]);
            self.offsets[i] = if offset.is_finite() { offset } else { 0.0 };
        }
    }

    /// Coordinates of a point.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.free.len() + self.nuisances.len()
    }

    /// Names of all estimated numbers, in the order of coordinates.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.free.iter().map(Free::name).chain(self.nuisances.iter().map(|n| n.name.clone())).collect()
    }

    /// The estimated numbers at a point.
    #[must_use]
    pub fn numbers(&self, point: &[f64]) -> Vec<f64> {
        let (law, rest) = point.split_at(self.free.len());
        let law = self.free.iter().zip(law).map(|(free, z)| free.at(*z).value);
        law.chain(self.nuisances.iter().zip(rest).map(|(n, z)| n.value(*z))).collect()
    }

    /// The coordinates of estimated numbers.
    #[must_use]
    pub fn coordinates(&self, numbers: &[f64]) -> Vec<f64> {
        let (law, rest) = numbers.split_at(self.free.len());
        let law = self.free.iter().zip(law).map(|(free, x)| free.coordinate(*x));
        let own = |(n, x): (&Nuisance, &f64)| ((if n.log { libm::log(*x) } else { *x }) - n.mean) / n.sd;
        law.chain(self.nuisances.iter().zip(rest).map(own)).collect()
    }

    /// What the model has for each statistic under the law's numbers: users over the base for people, users for counts.
    fn measured<N: Number>(&self, numbers: &[N]) -> Vec<N> {
        self.follow(&self.law(numbers))
    }

    /// The law under its free numbers.
    pub(super) fn law<N: Number>(&self, numbers: &[N]) -> Law<N> {
        Law::new(self.world.scenario, &At { free: &self.free, values: numbers })
    }

    /// What a simulation under `law` has for each statistic used.
    pub(super) fn follow<N: Number>(&self, law: &Law<N>) -> Vec<N> {
        let mut chance = ExpectedUsers::default();
        let mut recorder = Recorder::new(&self.report, 0);
        let mut simulation = Simulation::new(self.world, law, &chance);
        let mut measured = Vec::with_capacity(self.statistics.used().len());
        for (step, of) in &self.stops {
            simulation.run_to(*step, law, &mut chance, &mut recorder);
            for &position in of {
                let statistic = &self.statistics.statistics[position];
                measured.push(statistic.measured(simulation.users(law, statistic.layer, &statistic.weights)));
            }
        }
        measured
    }

    /// Users of layers over everybody at the ends of given steps, and over the time of each statistic, with what the model has for
    /// the statistics themselves.
    #[must_use]
    pub fn trace(&self, point: &[f64], layers: &[usize], steps: &[usize]) -> Trace {
        let numbers: Vec<f64> = self.free.iter().zip(point).map(|(free, z)| free.at(*z).value).collect();
        let law = self.law(&numbers);
        let (mut chance, mut recorder) = (ExpectedUsers::default(), Recorder::new(&self.report, 0));
        let mut simulation = Simulation::new(self.world, &law, &chance);
        let cells = self.world.demography.grid.cells();
        let everybody: Vec<(usize, f64)> = (0..cells).map(|cell| (cell, 1.0)).collect();
        let share = |simulation: &Simulation<'_, f64>, layer: usize, step: usize| {
            let people = self.living(step);
            if people > 0.0 { (simulation.users(&law, layer, &everybody) / people).clamp(0.0, 1.0) } else { 0.0 }
        };
        let statistics = &self.statistics.statistics;
        let zeros = || vec![0.0; statistics.len()];
        let mut trace = Trace { modelled: zeros(), everybody: zeros(), curves: vec![Vec::new(); layers.len()] };
        let mut stops: Vec<usize> = statistics.iter().map(|s| s.step).chain(steps.iter().copied()).collect();
        stops.sort_unstable();
        stops.dedup();
        for step in stops {
            simulation.run_to(step, &law, &mut chance, &mut recorder);
            for (position, statistic) in statistics.iter().enumerate().filter(|(_, s)| s.step == step) {
                let users = simulation.users(&law, statistic.layer, &statistic.weights);
                trace.modelled[position] = statistic.measured(users);
                trace.everybody[position] = share(&simulation, statistic.layer, step);
            }
            if steps.contains(&step) {
                for (curve, &layer) in trace.curves.iter_mut().zip(layers) {
                    curve.push(share(&simulation, layer, step));
                }
            }
        }
        trace
    }

    /// For each statistic used, at a point: what the model has, on the published scale and base, before the source's errors:
    /// a share, or accounts or subscriptions.
    #[must_use]
    pub fn modelled(&self, point: &[f64]) -> Vec<f64> {
        let law: Vec<f64> = self.free.iter().zip(point).map(|(free, z)| free.at(*z).value).collect();
        self.measured(&law)
    }

    /// For each statistic at a point, the mean and scale of its error distribution on the scale of comparison, given
    /// what [`Self::modelled`] has for it.
    #[must_use]
    pub fn expected(&self, point: &[f64], modelled: &[f64]) -> Vec<(f64, f64)> {
        let place = |((s, m), offset): ((&super::Statistic, &f64), &f64)| {
            let (mean, spread) = self.errors(point, s);
            (s.on_scale(*m) + offset + mean, spread)
        };
        self.statistics.statistics.iter().zip(modelled).zip(&self.offsets).map(place).collect()
    }

    /// What is added to the model's value of a statistic, and the scale of its error.
    #[must_use]
    pub fn errors(&self, point: &[f64], statistic: &super::Statistic) -> (f64, f64) {
        let number =
            |at: usize| self.nuisances[at - self.free.len()].mean + self.nuisances[at - self.free.len()].sd * point[at];
        let (bias, spread) = self.of_source[statistic.source];
        let bias = bias.map_or(self.statistics.sources[statistic.source].bias.0, number);
        let quantity = statistic.quantity.map_or(0.0, |q| {
            let (level, growth) = self.of_quantity[q];
            number(level) + number(growth) * statistic.years
        });
        (bias + quantity, libm::exp(number(spread)) * statistic.grade)
    }

    /// Everybody alive at the end of `step` months.
    #[must_use]
    pub fn living(&self, step: usize) -> f64 {
        let cells = self.world.demography.grid.cells();
        self.world.demography.people[step * cells..(step + 1) * cells].iter().sum()
    }

    /// For each number beyond the law's, its coordinate in `other`, if that has it.
    #[must_use]
    pub fn places_in(&self, other: &Model<'_>) -> Vec<Option<usize>> {
        let mut places = vec![None; self.nuisances.len()];
        let own = |coordinate: usize| coordinate - self.free.len();
        for (source, &(bias, spread)) in self.statistics.sources.iter().zip(&self.of_source) {
            let Some(at) = other.statistics.sources.iter().position(|s| s.is_same(source)) else { continue };
            places[own(spread)] = Some(other.of_source[at].1);
            if let Some(bias) = bias {
                places[own(bias)] = other.of_source[at].0;
            }
        }
        for (quantity, &(level, growth)) in self.statistics.quantities.iter().zip(&self.of_quantity) {
            let same = |q: &super::statistics::Quantity| q.layer == quantity.layer && q.counted == quantity.counted;
            if let Some(at) = other.statistics.quantities.iter().position(same) {
                places[own(level)] = Some(other.of_quantity[at].0);
                places[own(growth)] = Some(other.of_quantity[at].1);
            }
        }
        places
    }

    /// Log prior density at a point, up to a constant, and its gradient.
    pub fn log_prior(&self, point: &[f64], gradient: &mut [f64]) -> f64 {
        let mut sum = 0.0;
        for ((slope, free), z) in gradient.iter_mut().zip(&self.free).zip(point) {
            let placed = free.at(*z);
            sum += placed.log_density;
            *slope = placed.log_density_slope;
        }
        for (slope, z) in gradient[self.free.len()..].iter_mut().zip(&point[self.free.len()..]) {
            sum -= 0.5 * z * z;
            *slope = -z;
        }
        sum
    }

    /// Log posterior density at a point, up to a constant, and its gradient. Not finite where the model has no answer.
    pub fn log_density(&self, point: &[f64], gradient: &mut [f64]) -> f64 {
        let mut sum = self.log_prior(point, gradient);
        let placed: Vec<Placed> = self.free.iter().zip(point).map(|(free, z)| free.at(*z)).collect();
        let (measured, slopes) = self.differentiated(&placed);
        let width = self.free.len();
        for (i, statistic) in self.statistics.used().iter().enumerate() {
            let m = measured[i];
            let (scaled, steep) = match statistic.counted {
                Counted::People => (statistic.on_scale(m), 1.0 / (m * (1.0 - m))),
                _ => (statistic.on_scale(m), 1.0 / m),
            };
            let (mean, scale) = self.errors(point, statistic);
            let residual = statistic.value - scaled - self.offsets[i] - mean;
            let (density, by_residual, by_log_scale) = student(residual, scale);
            sum += density;
            for (slope, own) in gradient[..width].iter_mut().zip(&slopes[i * width..(i + 1) * width]) {
                *slope -= by_residual * steep * own;
            }
            let mut add = |at: usize, by: f64| gradient[at] += by * self.nuisances[at - width].sd;
            let (bias, spread) = self.of_source[statistic.source];
            if let Some(bias) = bias {
                add(bias, -by_residual);
            }
            add(spread, by_log_scale);
            if let Some(quantity) = statistic.quantity {
                let (level, growth) = self.of_quantity[quantity];
                add(level, -by_residual);
                add(growth, -by_residual * statistic.years);
            }
        }
        sum
    }

    /// Log likelihood of the statistics at a point, with plain numbers.
    #[must_use]
    pub fn log_likelihood(&self, point: &[f64]) -> f64 {
        self.log_likelihood_of(point, &self.modelled(point))
    }

    /// The same, given what [`Self::modelled`] has at the point.
    #[must_use]
    pub fn log_likelihood_of(&self, point: &[f64], modelled: &[f64]) -> f64 {
        let expected = self.expected(point, modelled);
        let pairs = self.statistics.used().iter().zip(expected);
        pairs.map(|(s, (mean, scale))| student(s.value - mean, scale).0).sum()
    }
}

/// Log density of Student's t at `residual` with `scale`, up to a constant; its derivative by the residual and by the logarithm
/// of the scale.
fn student(residual: f64, scale: f64) -> (f64, f64, f64) {
    let far = residual / scale;
    let heavy = TAILS + far * far;
    let density = -0.5 * (TAILS + 1.0) * libm::log1p(far * far / TAILS) - libm::log(scale);
    let pull = (TAILS + 1.0) * far / heavy;
    (density, -pull / scale, pull * far - 1.0)
}
