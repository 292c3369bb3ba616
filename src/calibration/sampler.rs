//! Chains of draws from the posterior: the No-U-Turn Sampler of the crate `nuts-rs`, in the coordinates of the Laplace
//! approximation.
//!
//! Each chain has a random stream of its own and runs on one thread, so draws do not depend on the number of threads. Everything
//! a chain learns of the density can be kept on a *tape* (position, density, gradient, in the order of evaluation): a chain that is
//! run again with its tape gets the recorded answers, at no cost, up to where the tape ends. So a killed run that is resumed
//! draws what an unbroken one does, warm-up included, whatever the sampler keeps inside.

#[allow(clippy::disallowed_types, reason = "the sampler's interface asks for it; its order is never looked at")]
use std::collections::HashMap as DimensionSizes;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use nuts_rs::{
    Chain as _, CpuLogpFunc, CpuMath, CpuMathError, DiagNutsSettings, HasDims, LogpError, Settings as _, Storable,
    Value,
};
use rand_distr::{Distribution as _, StandardNormal};
use rayon::prelude::*;

use super::CalibrationError;
use super::linear::forward;
use super::model::Model;
use super::optimum::Optimum;
use crate::rng::{Address, Purpose, Stream, name_hash};

/// How to sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// Chains.
    pub chains: usize,
    /// Draws kept of each.
    pub draws: usize,
    /// Draws before those, in which the sampler learns its step. Few are enough: in the coordinates of the Laplace approximation every
    /// number is nearly as wide as every other from the start.
    pub warm_up: usize,
    /// Master seed.
    pub seed: u64,
    /// Mean acceptance that the step size is fitted to, 0..1. Where paths end by their depth, as here, smaller steps cost nothing, and
    /// a chain whose short warm-up fits them badly does not stick.
    pub acceptance: f64,
    /// Doublings of a path, at most: paths have fewer steps than `2^depth`. In the coordinates of the Laplace approximation a short
    /// path crosses the posterior, but for tails that the statistics hardly touch: 4 reaches them for Cambodia, 3 does with some seeds only.
    /// Where a path is too short, R-hat and effective draws show it.
    pub depth: u32,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { chains: 4, draws: 1000, warm_up: 150, seed: 0, acceptance: 0.95, depth: 4 }
    }
}

/// A chain's tape: what was recorded before, and where to record what comes.
pub struct Tape<'a> {
    /// Recorded earlier; a torn end is ignored.
    pub recorded: Vec<u8>,
    /// Takes whole records.
    pub sink: Option<Box<dyn Write + Send + 'a>>,
}

impl Tape<'_> {
    /// No tape.
    #[must_use]
    pub fn none() -> Self {
        Self { recorded: Vec::new(), sink: None }
    }
}

/// The draws of one chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// Points, in the model's coordinates.
    pub points: Vec<Vec<f64>>,
    /// Log posterior density of each, up to a constant.
    pub log_density: Vec<f64>,
    /// Total energy at each.
    pub energy: Vec<f64>,
    /// Whether the path to each went astray.
    pub diverging: Vec<bool>,
    /// Steps of the path to each.
    pub steps: Vec<u32>,
    /// Step size after warm-up.
    pub step_size: f64,
    /// Times the density was asked for, warm-up included.
    pub evaluations: usize,
}

/// What goes on around the chains.
pub struct Watch<'a> {
    /// Called with (draws done, draws in all, warm-up included), from any thread.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
    /// Set to stop early.
    pub cancel: &'a AtomicBool,
    /// Worker threads; `None`: one per core.
    pub threads: Option<usize>,
}

/// Runs all chains; in order.
///
/// # Errors
/// [`CalibrationError::Cancelled`], or when the sampler cannot go on.
pub fn sample(
    model: &Model<'_>,
    optimum: &Optimum,
    sampling: &Sampling,
    tapes: Vec<Tape<'_>>,
    watch: &Watch<'_>,
) -> Result<Vec<Chain>, CalibrationError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(watch.threads.unwrap_or(0)).build();
    let pool = pool.map_err(CalibrationError::Threads)?;
    let done = AtomicUsize::new(0);
    let all = sampling.chains * (sampling.draws + sampling.warm_up);
    let tick = || (watch.progress)(done.fetch_add(1, Ordering::Relaxed) + 1, all);
    let mut tapes: Vec<Tape<'_>> = tapes;
    tapes.resize_with(sampling.chains, Tape::none);
    pool.install(|| {
        let chains = tapes.into_par_iter().enumerate();
        chains.map(|(chain, tape)| run_chain(model, optimum, sampling, chain, tape, &tick, watch.cancel)).collect()
    })
}

fn run_chain(
    model: &Model<'_>,
    optimum: &Optimum,
    sampling: &Sampling,
    chain: usize,
    tape: Tape<'_>,
    tick: &(dyn Fn() + Sync),
    cancel: &AtomicBool,
) -> Result<Chain, CalibrationError> {
    let n = model.dimension();
    let stream = Stream::new(sampling.seed, Purpose::Calibration, "chain");
    let mut random = stream.draws(Address { replicate: chain as u32, step: 0, entity: 0 }, 0);
    let mut settings = DiagNutsSettings {
        num_tune: sampling.warm_up as u64,
        num_draws: sampling.draws as u64,
        maxdepth: u64::from(sampling.depth),
        seed: sampling.seed,
        ..DiagNutsSettings::default()
    };
    settings.adapt_options.step_size_settings.target_accept = sampling.acceptance;
    let evaluations = AtomicUsize::new(0);
    let density = Density { model, optimum, tape, at: 0, evaluations: &evaluations, cancel };
    let failed = |error: anyhow::Error| {
        if cancel.load(Ordering::Relaxed) {
            CalibrationError::Cancelled
        } else {
            CalibrationError::Sampler(error.to_string())
        }
    };
    let mut sampler = settings.new_chain(chain as u64, CpuMath::new(density), &mut random).map_err(failed)?;
    // Starts are wider than the posterior, so that chains that agree have forgotten where they began.
    let start: Vec<f64> = (0..n)
        .map(|_| {
            1.5 * {
                let x: f64 = StandardNormal.sample(&mut random);
                x
            }
            .clamp(-2.0, 2.0)
        })
        .collect();
    sampler.set_position(&start).map_err(failed)?;
    let mut kept = Chain {
        points: Vec::with_capacity(sampling.draws),
        log_density: Vec::new(),
        energy: Vec::new(),
        diverging: Vec::new(),
        steps: Vec::new(),
        step_size: 0.0,
        evaluations: 0,
    };
    for draw in 0..sampling.warm_up + sampling.draws {
        let (position, _, mut stats, progress) = sampler.expanded_draw().map_err(failed)?;
        tick();
        if draw < sampling.warm_up {
            continue;
        }
        let dims = (&*sampler.math()).into();
        let (mut energy, mut log_density) = (f64::NAN, f64::NAN);
        for (name, value) in stats.get_all(&dims) {
            match (name, value) {
                ("energy", Some(Value::ScalarF64(x))) => energy = x,
                ("logp", Some(Value::ScalarF64(x))) => log_density = x,
                _ => {}
            }
        }
        kept.points.push(optimum.from_standard(&position));
        kept.energy.push(energy);
        kept.log_density.push(log_density);
        kept.diverging.push(progress.diverging);
        kept.steps.push(progress.num_steps as u32);
        kept.step_size = progress.step_size;
    }
    drop(sampler);
    kept.evaluations = evaluations.into_inner();
    Ok(kept)
}

/// The density as the sampler asks for it, in standard coordinates.
struct Density<'a> {
    model: &'a Model<'a>,
    optimum: &'a Optimum,
    tape: Tape<'a>,
    /// Bytes of the tape already used.
    at: usize,
    evaluations: &'a AtomicUsize,
    cancel: &'a AtomicBool,
}

/// Why the density has no answer.
#[derive(Debug, thiserror::Error)]
enum NoDensity {
    #[error("the density is not finite")]
    NotFinite,
    #[error("stopped")]
    Stopped,
}

impl LogpError for NoDensity {
    fn is_recoverable(&self) -> bool {
        matches!(self, NoDensity::NotFinite)
    }
}

impl HasDims for Density<'_> {
    #[allow(clippy::disallowed_types, reason = "the sampler's interface asks for it; its order is never looked at")]
    fn dim_sizes(&self) -> DimensionSizes<String, u64> {
        [("unconstrained_parameter".to_owned(), self.model.dimension() as u64)].into_iter().collect()
    }
}

impl Density<'_> {
    /// The next record of the tape, if it is of this position.
    fn recalled(&mut self, mark: u64, gradient: &mut [f64]) -> Option<f64> {
        let size = 8 * (gradient.len() + 2);
        let record = self.tape.recorded.get(self.at..self.at + size)?;
        let word = |i: usize| u64::from_le_bytes(std::array::from_fn(|b| record[8 * i + b]));
        if word(0) != mark {
            // Of another run: nothing that follows can be used.
            self.tape.recorded.truncate(self.at);
            self.tape.sink = None;
            return None;
        }
        for (i, slope) in gradient.iter_mut().enumerate() {
            *slope = f64::from_bits(word(i + 2));
        }
        self.at += size;
        Some(f64::from_bits(word(1)))
    }

    fn record(&mut self, mark: u64, density: f64, gradient: &[f64]) {
        let Some(sink) = &mut self.tape.sink else { return };
        let numbers = [density.to_bits()].into_iter().chain(gradient.iter().map(|g| g.to_bits()));
        let bytes: Vec<u8> = [mark].into_iter().chain(numbers).flat_map(u64::to_le_bytes).collect();
        if sink.write_all(&bytes).is_err() {
            // A tape that cannot be written is no reason to stop: the run cannot be resumed, nothing else.
            self.tape.sink = None;
        }
    }
}

impl CpuLogpFunc for Density<'_> {
    type LogpError = NoDensity;
    type FlowParameters = ();
    type ExpandedVector = Vec<f64>;

    fn dim(&self) -> usize {
        self.model.dimension()
    }

    fn logp(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, NoDensity> {
        self.evaluations.fetch_add(1, Ordering::Relaxed);
        let bytes: Vec<u8> = position.iter().flat_map(|x| x.to_bits().to_le_bytes()).collect();
        let mark = name_hash(&bytes);
        let density = match self.recalled(mark, gradient) {
            Some(density) => density,
            None => {
                if self.cancel.load(Ordering::Relaxed) {
                    return Err(NoDensity::Stopped);
                }
                let point = self.optimum.from_standard(position);
                let density = self.model.log_density(&point, gradient);
                forward(&self.optimum.factor, gradient);
                self.record(mark, density, gradient);
                density
            }
        };
        if density.is_finite() && gradient.iter().all(|g| g.is_finite()) {
            Ok(density)
        } else {
            Err(NoDensity::NotFinite)
        }
    }

    fn expand_vector<R: rand::Rng + ?Sized>(&mut self, _: &mut R, position: &[f64]) -> Result<Vec<f64>, CpuMathError> {
        Ok(position.to_vec())
    }
}
