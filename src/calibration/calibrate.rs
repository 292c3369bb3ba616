//! From a scenario to its posterior: the whole calibration, in steps.
//!
//! 1. the statistics known at the chosen date, and the country at the chosen resolution;
//! 2. the posterior's mode and curvature there;
//! 3. draws: chains, the normal approximation, or the priors;
//! 4. what the draws say of every statistic and of each layer over time;
//! 5. the draws on the full grid, and the compact posterior that runs take their parameters from;
//! 6. each source alone, and all without it.

use std::sync::atomic::Ordering;

use rand_distr::{Distribution as _, StandardNormal, StudentT};
use rayon::prelude::*;

use super::CalibrationError;
use super::diagnostics;
use super::model::{Model, Trace};
use super::optimum::Optimum;
use super::resolution::{Country, Resolution};
use super::sampler::{Chain, Sampling, Tape, Watch, sample};
use super::statistics::{Counted, Statistics, TAILS, known_at};
use super::summary::quantiles;
use super::weigh::Weights;
use crate::fit::{Curve, Estimated, Fit, Fitted, FittedSource, GridCheck, Method, Role};
use crate::rng::{Address, Purpose, Stream, mix};
use crate::scenario::{Posterior, Scenario, distribution_words};
use crate::series::Observation;
use crate::units::Month;

/// Draws that figures and predictions are made from, at most.
const TRACED: usize = 400;
/// Draws simulated on the full grid, at most.
const WEIGHED: usize = 1000;
/// Draws of the normal approximation for one source.
const BY_SOURCE: usize = 100;

/// How to calibrate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How draws are made.
    pub method: Method,
    /// Chains and draws.
    pub sampling: Sampling,
    /// How finely the country is divided.
    pub resolution: Resolution,
    /// Use only what was known at the end of this month; `None`: everything.
    pub until: Option<Month>,
    /// Draws in the compact posterior, 1 or more.
    pub keep: usize,
    /// Whether each source is also taken alone and left out.
    pub by_source: bool,
    /// Month that sources are compared at; `None`: the December of the last statistic's year.
    pub focus: Option<Month>,
}

/// A finished calibration and what runs need of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Every number.
    pub fit: Fit,
    /// Compact draws of the scenario's numbers.
    pub posterior: Posterior,
}

/// What a calibration works on.
pub struct Task {
    settings: Settings,
    country: Country,
    used: Vec<Observation>,
    later: Vec<Observation>,
    focus: Month,
}

impl Task {
    /// Gathers what is known, and the country to compare it with.
    ///
    /// # Errors
    /// [`CalibrationError::NoStatistics`].
    pub fn new(scenario: &Scenario, settings: Settings) -> Result<Self, CalibrationError> {
        let published: Vec<Observation> = scenario.observations.iter().chain(&scenario.revised).cloned().collect();
        let used = known_at(&published, settings.until);
        let later = scenario.observations.iter().filter(|o| settings.until.is_some_and(|until| o.date > until));
        let later: Vec<Observation> = later.cloned().collect();
        if used.is_empty() && settings.method != Method::Prior {
            let message = match settings.until {
                Some(until) if !published.is_empty() => {
                    format!("none of the scenario's {} was published by {until}", published.len())
                }
                _ => "the scenario has none; name a file of them in `data.observations`".to_owned(),
            };
            return Err(CalibrationError::NoStatistics(message));
        }
        let everything: Vec<Observation> = used.iter().chain(&later).cloned().collect();
        let last = used.iter().map(|o| o.date).max().unwrap_or(scenario.time.end);
        let focus = settings.focus.unwrap_or_else(|| Month::try_new(last.year(), 12).unwrap_or(last));
        let focus = focus.clamp(scenario.time.start, scenario.time.end);
        let country = Country::new(scenario, &everything, settings.resolution, last.max(focus));
        Ok(Self { settings, country, used, later, focus })
    }

    /// The same statistics and the full grid, to the end of the scenario.
    fn full(&self, scenario: &Scenario) -> Country {
        let everything: Vec<Observation> = self.used.iter().chain(&self.later).cloned().collect();
        Country::new(scenario, &everything, Resolution::Full, scenario.time.end)
    }

    /// The statistics used, set beside a country.
    fn used(&self, country: &Country) -> Statistics {
        Statistics::new(&country.scenario, &country.demography, &self.used, &[])
    }

    /// A text that differs whenever the draws could: what a tape belongs to.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let world = self.country.world();
        let model = Model::new(&world, self.used(&self.country));
        let mut gradient = vec![0.0; model.dimension()];
        let density = model.log_density(&vec![0.1; model.dimension()], &mut gradient);
        let numbers: Vec<u64> = gradient.iter().chain([&density]).map(|x| x.to_bits()).collect();
        format!("{:?}\n{:?}\n{numbers:x?}", self.settings.sampling, model.names())
    }

    /// Bytes of one record of a tape: what a whole number of must be kept of a torn one.
    #[must_use]
    pub fn record_bytes(&self) -> usize {
        let world = self.country.world();
        8 * (Model::new(&world, self.used(&self.country)).dimension() + 2)
    }

    /// Does it. `tapes` are those of the chains, if any.
    ///
    /// # Errors
    /// See [`CalibrationError`].
    pub fn run(
        &self,
        scenario: &Scenario,
        tapes: Vec<Tape<'_>>,
        watch: &Watch<'_>,
    ) -> Result<Outcome, CalibrationError> {
        let settings = &self.settings;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(watch.threads.unwrap_or(0)).build();
        let pool = pool.map_err(CalibrationError::Threads)?;
        let world = self.country.world();
        let mut model = Model::new(&world, self.used(&self.country));
        if model.free.is_empty() {
            return Err(CalibrationError::NothingFree);
        }
        if model.statistics.used().is_empty() && settings.method != Method::Prior {
            let left_out = &model.statistics.left_out;
            let first = left_out.first().map_or("none is left", |l| l.reason.as_str());
            return Err(CalibrationError::NoStatistics(format!(
                "all {} were left out, the first because: {first}",
                left_out.len()
            )));
        }
        let full = self.full(scenario);
        let full_world = full.world();
        let everything = Statistics::new(&full.scenario, &full.demography, &self.used, &self.later);
        let fine = Model::new(&full_world, everything);
        // The fine model may have sources more, of which only later statistics are known; theirs come after.
        if model.free.len() != fine.free.len() || model.statistics.used().len() != fine.statistics.used().len() {
            return Err(CalibrationError::Grids);
        }
        let own = Model::new(&full_world, self.used(&full));
        if own.names() != model.names() {
            return Err(CalibrationError::Grids);
        }

        let (points, chains, evaluations) = self.draw(&mut model, &own, tapes, watch)?;
        let cancelled = || if watch.cancel.load(Ordering::Relaxed) { Err(CalibrationError::Cancelled) } else { Ok(()) };
        cancelled()?;
        pool.install(|| {
            let numbers: Vec<Vec<f64>> = points.iter().map(|point| model.numbers(point)).collect();
            let prior_points = prior_points(&model, settings.sampling.seed, TRACED);
            let estimated = self.estimated(&model, &points, &numbers, &prior_points, chains.as_deref());
            let verdict = chains.as_ref().map(|chains| {
                let named: Vec<_> = estimated.iter().filter_map(|e| Some((e.name.clone(), e.convergence?))).collect();
                diagnostics::verdict(&named, chains)
            });
            let (weights, weighed, grid) = self.weigh(&model, &own, &points);
            cancelled()?;
            let traced: Vec<usize> =
                weights.choose(TRACED.min(weighed.len())).into_iter().map(|i| weighed[i]).collect();
            let (layers, steps, dates) = curve_dates(&full, &fine);
            let traces = |points: Vec<&Vec<f64>>| -> Result<Vec<Trace>, CalibrationError> {
                let one = |point: &Vec<f64>| {
                    cancelled()?;
                    Ok(fine.trace(point, &layers, &steps))
                };
                points.into_par_iter().map(one).collect()
            };
            let posterior_traces = traces(traced.iter().map(|&i| &points[i]).collect())?;
            let prior_traces = traces(prior_points.iter().collect())?;
            let fitted = self.fitted(&model, &fine, &traced, &points, &posterior_traces);
            let curves = layers
                .iter()
                .enumerate()
                .map(|(at, &layer)| Curve {
                    layer: scenario.layers[layer].name.clone(),
                    title: scenario.layers[layer].title.clone(),
                    dates: dates.clone(),
                    quantiles: by_date(&posterior_traces, at, dates.len()),
                    prior: by_date(&prior_traces, at, dates.len()),
                })
                .collect();
            let sources = self.sources(&model, &fine, &cancelled)?;
            let posterior = self.compact(&model, &weights, &weighed, &numbers);
            let fit = Fit {
                scenario: scenario.name.clone(),
                title: scenario.title.clone(),
                seed: settings.sampling.seed,
                method: settings.method,
                resolution: self.country.resolution.name(),
                until: settings.until,
                chains: settings.sampling.chains,
                draws: settings.sampling.draws,
                numbers: estimated,
                sources,
                statistics: fitted,
                left_out: fine.statistics.left_out.clone(),
                curves,
                focus: self.focus,
                verdict,
                grid,
                evaluations,
                log_density: chains.iter().flatten().flat_map(|c| c.log_density.iter().copied()).collect(),
                diverging: chains.iter().flatten().flat_map(|c| c.diverging.iter().copied()).collect(),
            };
            Ok(Outcome { fit, posterior })
        })
    }

    /// Draws in the model's coordinates, the chains they come from if any, and evaluations of the density.
    #[allow(clippy::type_complexity, reason = "three results of one step")]
    fn draw(
        &self,
        model: &mut Model<'_>,
        full: &Model<'_>,
        tapes: Vec<Tape<'_>>,
        watch: &Watch<'_>,
    ) -> Result<(Vec<Vec<f64>>, Option<Vec<Chain>>, usize), CalibrationError> {
        let sampling = &self.settings.sampling;
        let count = sampling.chains * sampling.draws;
        if self.settings.method == Method::Prior {
            return Ok((prior_points(model, sampling.seed, count), None, 0));
        }
        let mut optimum = Optimum::find(model).ok_or(CalibrationError::NotFinite)?;
        if self.country.resolution == Resolution::Nation {
            model.align(full, &optimum.point);
            optimum = Optimum::find(model).ok_or(CalibrationError::NotFinite)?;
        }
        if self.settings.method == Method::Map {
            let points = standard_normals(sampling.seed, "map", count, model.dimension());
            let points = points.iter().map(|standard| optimum.from_standard(standard)).collect();
            return Ok((points, None, optimum.evaluations));
        }
        let chains = sample(model, &optimum, sampling, tapes, watch)?;
        let points = chains.iter().flat_map(|chain| chain.points.iter().cloned()).collect();
        let evaluations = optimum.evaluations + chains.iter().map(|c| c.evaluations).sum::<usize>();
        Ok((points, Some(chains), evaluations))
    }

    fn estimated(
        &self,
        model: &Model<'_>,
        points: &[Vec<f64>],
        numbers: &[Vec<f64>],
        prior_points: &[Vec<f64>],
        chains: Option<&[Chain]>,
    ) -> Vec<Estimated> {
        let prior_numbers: Vec<Vec<f64>> = prior_points.iter().map(|point| model.numbers(point)).collect();
        let of = |position: usize, name: String| {
            let draws: Vec<f64> = numbers.iter().map(|row| row[position]).collect();
            let prior_draws: Vec<f64> = prior_numbers.iter().map(|row| row[position]).collect();
            let spread = |rows: &[Vec<f64>]| moments(&rows.iter().map(|row| row[position]).collect::<Vec<f64>>()).1;
            let (mean, sd) = moments(&draws);
            let length = self.settings.sampling.draws.max(1);
            let (role, unit, prior) = match position.checked_sub(model.free.len()) {
                None => {
                    let free = &model.free[position];
                    let unit = if free.part == crate::engine::values::Part::Factor {
                        "factor"
                    } else {
                        free.parameter.unit.name()
                    };
                    (Role::Law, unit.to_owned(), distribution_words(&free.prior))
                }
                Some(own) => {
                    let own = &model.nuisances[own];
                    let shape = if own.log { "lognormal, median" } else { "normal, mean" };
                    let width = if own.log { "sigma" } else { "sd" };
                    let centre = if own.log { libm::exp(own.mean) } else { own.mean };
                    (own.role, String::new(), format!("{shape} {}, {width} {}", rounded(centre), rounded(own.sd)))
                }
            };
            Estimated {
                name,
                role,
                unit,
                prior,
                prior_quantiles: quantiles(prior_draws.clone()),
                mean,
                sd,
                quantiles: quantiles(draws.clone()),
                contraction: spread(points) / spread(prior_points),
                convergence: chains
                    .map(|_| diagnostics::convergence(&draws.chunks(length).map(<[f64]>::to_vec).collect::<Vec<_>>())),
                draws,
                prior_draws,
            }
        };
        model.names().into_iter().enumerate().map(|(position, name)| of(position, name)).collect()
    }

    fn fitted(
        &self,
        model: &Model<'_>,
        fine: &Model<'_>,
        traced: &[usize],
        points: &[Vec<f64>],
        traces: &[Trace],
    ) -> Vec<Fitted> {
        let student = StudentT::new(TAILS).expect("a positive number of degrees of freedom");
        let seed = self.settings.sampling.seed;
        let stream = Stream::new(seed, Purpose::Calibration, "predicted");
        let statistics = &fine.statistics.statistics;
        // Errors of sources of which only later statistics are known are as the priors say.
        let unknown = standard_normals(seed, "unknown", traced.len(), fine.nuisances.len());
        let places = fine.places_in(model);
        let points: Vec<Vec<f64>> = traced
            .iter()
            .zip(&unknown)
            .map(|(&i, prior)| {
                let own = places.iter().zip(prior).map(|(place, z)| place.map_or(*z, |place| points[i][place]));
                points[i][..model.free.len()].iter().copied().chain(own).collect()
            })
            .collect();
        let one = |(at, statistic): (usize, &super::Statistic)| {
            let mut modelled = Vec::with_capacity(traces.len());
            let (mut predicted, mut residuals, mut corrected) = (modelled.clone(), modelled.clone(), modelled.clone());
            let mut below = 0.0;
            for (row, (trace, point)) in traces.iter().zip(&points).enumerate() {
                let (added, scale) = fine.errors(point, statistic);
                let value = trace.modelled[at];
                let on_scale = statistic.on_scale(value);
                let address = Address { replicate: row as u32, step: at as u32, entity: 0 };
                let error: f64 = student.sample(&mut stream.draws(address, 0));
                let figure = on_scale + added + scale * error;
                let unbiased = statistic.from_scale(statistic.value - added);
                // Of the statistic's own base, then of everybody.
                let own = if statistic.counted == Counted::People { unbiased * statistic.people } else { unbiased };
                let users = if statistic.counted == Counted::People { value * statistic.people } else { value };
                modelled.push(value);
                predicted.push(statistic.published(figure));
                residuals.push((statistic.value - on_scale - added) / scale);
                corrected.push((own / users * trace.everybody[at]).clamp(0.0, 1.0));
                below += if figure < statistic.value { 1.0 } else { 0.0 };
            }
            Fitted {
                observation: statistic.observation.clone(),
                source: statistic.source,
                modelled: quantiles(modelled),
                predicted: quantiles(predicted),
                percentile: below / traces.len() as f64,
                residual: quantiles(residuals)[3],
                corrected: quantiles(corrected)[3],
                shown: match statistic.counted {
                    Counted::People => statistic.from_scale(statistic.value),
                    _ => statistic.observation.value / fine.living(statistic.step),
                },
                used: statistic.used,
            }
        };
        statistics.par_iter().enumerate().map(one).collect()
    }

    /// Weights of draws for the full grid, the draws weighed, and what the two grids differ by.
    fn weigh(
        &self,
        model: &Model<'_>,
        full: &Model<'_>,
        points: &[Vec<f64>],
    ) -> (Weights, Vec<usize>, Option<GridCheck>) {
        let weighed = spread_out(points.len(), WEIGHED);
        if self.country.resolution == Resolution::Full || self.settings.method == Method::Prior {
            let even = vec![1.0 / weighed.len() as f64; weighed.len()];
            return (Weights { weights: even, shape: f64::NEG_INFINITY }, weighed, None);
        }
        let compared: Vec<(f64, Vec<f64>)> = weighed
            .par_iter()
            .map(|&i| {
                let (coarse, exact) = (model.modelled(&points[i]), full.modelled(&points[i]));
                let statistics = model.statistics.used().iter();
                let gaps = statistics.zip(coarse.iter().zip(&exact)).filter(|(s, _)| s.counted == Counted::People);
                let gaps = gaps.map(|(_, (a, b))| 100.0 * (a - b).abs()).collect();
                (full.log_likelihood_of(&points[i], &exact) - model.log_likelihood_of(&points[i], &coarse), gaps)
            })
            .collect();
        let ratios: Vec<f64> = compared.iter().map(|c| c.0).collect();
        let gaps: Vec<f64> = compared.iter().flat_map(|c| c.1.iter().copied()).collect();
        let weights = Weights::smoothed(&ratios);
        let check = GridCheck {
            cells: [model.world.demography.grid.cells(), full.world.demography.grid.cells()],
            draws: weighed.len(),
            largest_gap_points: gaps.iter().copied().fold(0.0, f64::max),
            mean_gap_points: gaps.iter().sum::<f64>() / gaps.len().max(1) as f64,
            pareto_k: weights.shape.max(-1.0),
            effective_draws: weights.effective(),
        };
        (weights, weighed, Some(check))
    }

    fn sources(
        &self,
        model: &Model<'_>,
        fine: &Model<'_>,
        cancelled: &(dyn Fn() -> Result<(), CalibrationError> + Sync),
    ) -> Result<Vec<FittedSource>, CalibrationError> {
        let key = |s: &super::Statistic| (s.layer, s.counted, s.observation.source.clone());
        let of = |source: &super::statistics::Source, keep: bool| -> Option<crate::fit::Quantiles> {
            let position = fine.statistics.sources.iter().position(|s| s == source)?;
            let mine = fine.statistics.used().iter().find(|s| s.source == position).map(key)?;
            let used = model.statistics.used().iter().filter(|s| (key(s) == mine) == keep);
            let used: Vec<Observation> = used.map(|s| s.observation.clone()).collect();
            if used.is_empty() {
                return None;
            }
            let scenario = &self.country.scenario;
            let own = Model::new(model.world, Statistics::new(scenario, &self.country.demography, &used, &[]));
            let optimum = Optimum::find(&own)?;
            let step = (self.focus.months_since(scenario.time.start) + 1) as usize;
            let shares = standard_normals(self.settings.sampling.seed, "sources", BY_SOURCE, own.dimension())
                .iter()
                .map(|standard| own.trace(&optimum.from_standard(standard), &[0], &[step]).curves[0][0])
                .collect();
            Some(quantiles(shares))
        };
        let by_source = self.settings.by_source && self.settings.method != Method::Prior;
        let fit_one = |(position, source): (usize, &super::statistics::Source)| {
            cancelled()?;
            let used = fine.statistics.used().iter().filter(|s| s.source == position).count();
            Ok(FittedSource {
                name: source.name.clone(),
                layer: self.country.scenario.layers[source.layer].name.clone(),
                counts: source.counted.name(),
                statistics: used,
                without: if by_source && used > 0 { of(source, false) } else { None },
                alone: if by_source && used > 0 { of(source, true) } else { None },
            })
        };
        fine.statistics.sources.par_iter().enumerate().map(fit_one).collect()
    }

    /// The draws that runs take: chosen by weight, in an order in which any first ones stand for all.
    fn compact(&self, model: &Model<'_>, weights: &Weights, weighed: &[usize], numbers: &[Vec<f64>]) -> Posterior {
        let width = model.free.len();
        let mut chosen: Vec<(u64, usize)> = weights
            .choose(self.settings.keep)
            .into_iter()
            .enumerate()
            .map(|(place, at)| (mix(place as u64), weighed[at]))
            .collect();
        chosen.sort_unstable();
        Posterior {
            names: model.free.iter().map(super::Free::name).collect(),
            draws: chosen.into_iter().map(|(_, i)| numbers[i][..width].iter().map(|x| rounded(*x)).collect()).collect(),
        }
    }
}

/// Layers that statistics speak of, the steps of their curves (each December, and the last month), and those months.
fn curve_dates(country: &Country, model: &Model<'_>) -> (Vec<usize>, Vec<usize>, Vec<Month>) {
    let time = country.scenario.time;
    let mut layers: Vec<usize> = model.statistics.statistics.iter().map(|s| s.layer).collect();
    layers.sort_unstable();
    layers.dedup();
    let last = time.months();
    let steps: Vec<usize> =
        (1..=last).filter(|&step| time.start.plus(step as i32 - 1).month() == 12 || step == last).collect();
    let dates = steps.iter().map(|&step| time.start.plus(step as i32 - 1)).collect();
    (layers, steps, dates)
}

/// Points drawn from the priors: the law's numbers are those that runs without a posterior take.
#[must_use]
pub fn prior_points(model: &Model<'_>, seed: u64, count: usize) -> Vec<Vec<f64>> {
    let own = standard_normals(seed, "prior", count, model.nuisances.len());
    let point = |(draw, own): (usize, Vec<f64>)| {
        let law = model.free.iter().map(|free| free.coordinate(free.prior_draw(seed, draw as u32)));
        law.chain(own).collect()
    };
    own.into_iter().enumerate().map(point).collect()
}

/// `count` rows of `width` independent standard normals.
fn standard_normals(seed: u64, subject: &str, count: usize, width: usize) -> Vec<Vec<f64>> {
    let stream = Stream::new(seed, Purpose::Calibration, subject);
    (0..count)
        .map(|row| {
            let mut random = stream.draws(Address { replicate: row as u32, step: 0, entity: 0 }, 0);
            (0..width).map(|_| StandardNormal.sample(&mut random)).collect()
        })
        .collect()
}

/// At most `most` positions evenly over `count`.
fn spread_out(count: usize, most: usize) -> Vec<usize> {
    let kept = count.min(most);
    (0..kept).map(|i| (2 * i + 1) * count / (2 * kept)).collect()
}

/// For each date, quantiles over traces of one curve.
fn by_date(traces: &[Trace], curve: usize, dates: usize) -> Vec<crate::fit::Quantiles> {
    (0..dates).map(|date| quantiles(traces.iter().map(|t| t.curves[curve][date]).collect())).collect()
}

fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt())
}

/// Six significant digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}
