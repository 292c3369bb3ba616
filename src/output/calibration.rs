//! The files of a calibration: draws, the compact posterior that scenarios name, statistics beside the model, all numbers as JSON, and
//! the record.

use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::manifest::{Input, Program, RunFacts};
use super::{WrittenFile, to_json};
use crate::fit::{Estimated, Fit, Quantiles, Role};
use crate::scenario::Posterior;
use crate::series::{LEVELS, Observation};
use crate::units::Month;

/// All draws, of every estimated number.
pub const DRAWS: &str = "draws.csv";
/// The compact draws of the scenario's numbers.
pub const POSTERIOR: &str = "posterior.csv";
/// Statistics beside the model.
pub const STATISTICS: &str = "statistics.csv";
/// Every number but the draws.
pub const REPORT: &str = "calibration.json";
/// Version of the layout of [`REPORT`] and [`CalibrationManifest`].
pub const FORMAT: u32 = 1;
/// What [`CalibrationManifest::verb`] says.
pub const VERB: &str = "calibrate";

/// The record of a calibration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationManifest {
    /// [`FORMAT`].
    pub format: u32,
    /// [`VERB`].
    pub verb: String,
    /// The program that ran.
    pub program: Program,
    /// The arguments that matter.
    pub command: CalibrationCommand,
    /// Scenario name.
    pub scenario: String,
    /// Scenario title.
    pub title: String,
    /// Every file read, in reading order.
    pub inputs: Vec<Input>,
    /// Parameters whose distributions are pooled from many countries (`priors = "pooled"`), by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pooled: Vec<String>,
    /// Warnings about the scenario: `name at place`.
    pub warnings: Vec<String>,
    /// Every file written but this one, in writing order.
    pub outputs: Vec<WrittenFile>,
    /// What differs from one time to the next.
    pub run: RunFacts,
}

/// The arguments that decide what a calibration writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationCommand {
    /// Scenario file, as given.
    pub scenario: String,
    /// Files laid over the scenario, as given, in order.
    pub with: Vec<String>,
    /// Overrides `key=value`, in the order applied.
    pub set: Vec<String>,
    /// How draws were made.
    pub method: String,
    /// `nation` or `full`.
    pub resolution: String,
    /// Statistics known at this month only.
    pub until: Option<Month>,
    /// Chains.
    pub chains: usize,
    /// Draws of each.
    pub draws: usize,
    /// Draws before those.
    pub warm_up: usize,
    /// Mean acceptance aimed at.
    pub acceptance: f64,
    /// Doublings of a path at most.
    pub depth: u32,
    /// Draws in the compact posterior.
    pub keep: usize,
    /// Master seed.
    pub seed: u64,
}

impl CalibrationManifest {
    /// The manifest as JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    /// Reads the manifest of a calibration; `None` when `path` is the manifest of something else, or nothing of the kind.
    #[must_use]
    pub fn read(path: &Path) -> Option<Self> {
        let manifest: Self = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
        (manifest.verb == VERB).then_some(manifest)
    }
}

/// Writes every draw: chain, draw, log density, whether it went astray, then a column for each number.
///
/// # Errors
/// When the system refuses.
pub fn write_draws(fit: &Fit, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let columns = ["chain", "draw", "log_density", "diverging"].into_iter();
    writer.write_record(columns.chain(fit.numbers.iter().map(|n| n.name.as_str()))).map_err(io::Error::other)?;
    let length = fit.draws.max(1);
    for row in 0..fit.numbers.first().map_or(0, |n| n.draws.len()) {
        let mut cells = vec![(row / length + 1).to_string(), (row % length + 1).to_string()];
        cells.push(fit.log_density.get(row).map_or(String::new(), |x| number(*x).to_string()));
        cells.push(fit.diverging.get(row).map_or(String::new(), ToString::to_string));
        cells.extend(fit.numbers.iter().map(|n| number(n.draws[row]).to_string()));
        writer.write_record(&cells).map_err(io::Error::other)?;
    }
    writer.flush()
}

/// Writes the compact posterior as scenarios read it.
///
/// # Errors
/// When the system refuses.
pub fn write_posterior(fit: &Fit, posterior: &Posterior, out: &mut dyn Write) -> io::Result<()> {
    let until = fit.until.map_or("everything published".to_owned(), |month| format!("what was published by {month}"));
    writeln!(
        out,
        "# Posterior draws of the numbers of scenario {}, made by uptake calibrate from {until}.",
        fit.scenario
    )?;
    writeln!(
        out,
        "# {} draws kept of {} ({}, seed {}, {} resolution). One row a draw, one column a number.",
        posterior.draws.len(),
        fit.numbers.first().map_or(0, |n| n.draws.len()),
        fit.method.name(),
        fit.seed,
        fit.resolution
    )?;
    if let Some(verdict) = fit.verdict.as_ref().filter(|verdict| !verdict.trusted()) {
        writeln!(out, "# DO NOT TRUST: {}", verdict.objections.join("; "))?;
    }
    writeln!(
        out,
        "# A number whose distribution in the scenario is no longer the prior given here is not taken from this file."
    )?;
    for number in fit.numbers.iter().filter(|n| n.role == Role::Law) {
        writeln!(out, "# prior {}: {}", number.name, number.prior)?;
    }
    writeln!(out, "draw,{}", posterior.names.join(","))?;
    for (i, row) in posterior.draws.iter().enumerate() {
        let cells: Vec<String> = row.iter().map(ToString::to_string).collect();
        writeln!(out, "{i},{}", cells.join(","))?;
    }
    Ok(())
}

/// Columns of [`STATISTICS`].
const STATISTIC_COLUMNS: [&str; 25] = [
    "layer",
    "date",
    "source",
    "value",
    "unit",
    "base",
    "region",
    "residence",
    "sex",
    "age",
    "quality",
    "vintage",
    "used",
    "percentile",
    "residual",
    "corrected_share",
    "modelled_q10",
    "modelled_median",
    "modelled_q90",
    "predicted_q025",
    "predicted_q10",
    "predicted_median",
    "predicted_q90",
    "predicted_q975",
    "measures",
];

/// Writes a row for each statistic: as published, what the model has for it, what a figure of its source would be.
///
/// # Errors
/// When the system refuses.
pub fn write_statistics(fit: &Fit, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(STATISTIC_COLUMNS).map_err(io::Error::other)?;
    for s in &fit.statistics {
        let o = &s.observation;
        let (m, p) = (&s.modelled, &s.predicted);
        let numbers = [s.percentile, s.residual, s.corrected, m[1], m[3], m[5], p[0], p[1], p[3], p[5], p[6]];
        let mut cells =
            vec![o.layer.clone(), o.date.to_string(), o.source.clone(), o.value.to_string(), o.unit.clone()];
        cells.extend([
            o.base.clone(),
            o.group.region.clone(),
            o.group.residence.clone(),
            o.group.sex.clone(),
            o.group.age.clone(),
        ]);
        cells.extend([o.quality.clone(), o.vintage.clone(), s.used.to_string()]);
        cells.extend(numbers.iter().map(|x| number(*x).to_string()));
        cells.push(o.measures.clone());
        writer.write_record(&cells).map_err(io::Error::other)?;
    }
    writer.flush()
}

/// Every number of a calibration but the draws, as JSON text.
#[must_use]
pub fn report(fit: &Fit) -> String {
    let quantiles = |q: &Quantiles| q.iter().map(|x| finite(*x)).collect::<Vec<Value>>();
    let estimated = |n: &Estimated| {
        json!({
            "name": n.name, "role": n.role.name(), "unit": n.unit, "prior": n.prior,
            "prior_quantiles": quantiles(&n.prior_quantiles), "mean": finite(n.mean), "sd": finite(n.sd),
            "quantiles": quantiles(&n.quantiles), "contraction": finite(n.contraction),
            "r_hat": n.convergence.map_or(Value::Null, |c| finite(c.r_hat)),
            "ess_bulk": n.convergence.map_or(Value::Null, |c| finite(c.bulk)),
            "ess_tail": n.convergence.map_or(Value::Null, |c| finite(c.tail)),
        })
    };
    let sources = fit.sources.iter().map(|s| {
        json!({
            "name": s.name, "layer": s.layer, "counts": s.counts, "statistics": s.statistics,
            "without": s.without.as_ref().map(&quantiles), "alone": s.alone.as_ref().map(&quantiles),
        })
    });
    let statistics = fit.statistics.iter().map(|s| {
        let o: &Observation = &s.observation;
        json!({
            "layer": o.layer, "date": o.date, "source": o.source, "value": o.value, "unit": o.unit, "base": o.base,
            "region": o.group.region, "residence": o.group.residence, "sex": o.group.sex, "age": o.group.age,
            "quality": o.quality, "vintage": o.vintage, "measures": o.measures, "used": s.used,
            "modelled": quantiles(&s.modelled), "predicted": quantiles(&s.predicted),
            "percentile": finite(s.percentile), "residual": finite(s.residual), "corrected_share": finite(s.corrected),
        })
    });
    let curves = fit.curves.iter().map(|c| {
        json!({
            "layer": c.layer, "title": c.title, "dates": c.dates,
            "quantiles": c.quantiles.iter().map(&quantiles).collect::<Vec<_>>(),
            "prior": c.prior.iter().map(&quantiles).collect::<Vec<_>>(),
        })
    });
    let coverage = coverage(fit);
    let value = json!({
        "format": FORMAT,
        "scenario": fit.scenario, "title": fit.title, "seed": fit.seed, "method": fit.method.name(),
        "resolution": fit.resolution, "until": fit.until, "chains": fit.chains, "draws": fit.draws,
        "evaluations": fit.evaluations, "levels": LEVELS,
        "verdict": fit.verdict.as_ref().map(|v| json!({
            "trusted": v.trusted(), "objections": v.objections, "r_hat": finite(v.r_hat), "ess_bulk": finite(v.bulk),
            "ess_tail": finite(v.tail), "divergences": v.divergences, "e_bfmi": finite(v.energy),
        })),
        "grid": fit.grid.map(|g| json!({
            "cells": g.cells, "draws": g.draws, "largest_gap_points": finite(g.largest_gap_points),
            "mean_gap_points": finite(g.mean_gap_points), "pareto_k": finite(g.pareto_k),
            "effective_draws": finite(g.effective_draws),
        })),
        "coverage_80": coverage.iter().map(|c| json!({
            "statistics": c.name, "count": c.count, "inside": c.inside,
        })).collect::<Vec<_>>(),
        "numbers": fit.numbers.iter().map(estimated).collect::<Vec<_>>(),
        "focus": fit.focus,
        "sources": sources.collect::<Vec<_>>(),
        "statistics": statistics.collect::<Vec<_>>(),
        "left_out": fit.left_out,
        "curves": curves.collect::<Vec<_>>(),
    });
    to_json(&value)
}

/// How many of some statistics lie in their 80 % predictive interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Which statistics, in words.
    pub name: String,
    /// How many there are.
    pub count: usize,
    /// How many lie inside.
    pub inside: usize,
}

/// Coverage of the 80 % predictive interval: of those used with grades A and B, of all used, of those published later.
#[must_use]
pub fn coverage(fit: &Fit) -> Vec<Coverage> {
    let of = |name: &str, keep: &dyn Fn(&crate::fit::Fitted) -> bool| {
        let kept: Vec<_> = fit.statistics.iter().filter(|s| keep(s)).collect();
        let inside = kept.iter().filter(|s| (0.1..=0.9).contains(&s.percentile)).count();
        Coverage { name: name.to_owned(), count: kept.len(), inside }
    };
    let good = |s: &crate::fit::Fitted| matches!(s.observation.quality.as_str(), "A" | "B");
    vec![
        of("used, quality A and B", &|s| s.used && good(s)),
        of("used, all", &|s| s.used),
        of("published later", &|s| !s.used),
    ]
    .into_iter()
    .filter(|c| c.count > 0)
    .collect()
}

/// A number as JSON; null when it is none.
fn finite(value: f64) -> Value {
    if value.is_finite() { json!(number(value)) } else { Value::Null }
}

/// Six significant digits.
fn number(value: f64) -> f64 {
    if value.is_finite() { format!("{value:.5e}").parse().unwrap_or(value) } else { value }
}
