//! Figures of a calibration, from its result types.
//!
//! `calibration_fit` (the fan through every source's figures, as published and with biases taken off), `calibration_prior_law` and
//! `calibration_prior_sources` (posterior against prior), `calibration_pairs`, `calibration_traces` (trace and rank plots of the
//! numbers that mix worst), `calibration_residuals`, `calibration_percentiles` (posterior predictive checks),
//! `calibration_sources` (each source alone, and all without it), `calibration_vintages` (what was published when).

mod curves;
mod densities;
mod pairs;
mod percentiles;
mod residuals;
mod scale;
mod sources;
mod traces;
mod vintages;

use crate::fit::{Fit, Role};
use crate::series::Observation;

use super::frame::{Page, Words};
use super::{Figure, PlotError};

/// Every figure of a calibration that its numbers allow.
///
/// `observations` are the last vintages, `revised` the earlier ones.
///
/// # Errors
/// When drawing fails.
pub fn calibration_figures(
    fit: &Fit,
    observations: &[Observation],
    revised: &[Observation],
) -> Result<Vec<Figure>, PlotError> {
    let mut figures = Vec::new();
    if !fit.curves.is_empty() {
        figures.push(curves::draw(fit)?);
    }
    let law = |role: Role| role == Role::Law;
    figures.extend(densities::draw(fit, "calibration_prior_law", "Numbers of the law", law)?);
    figures.extend(densities::draw(fit, "calibration_prior_sources", "Errors of the sources", |role| !law(role))?);
    figures.extend(pairs::draw(fit)?);
    figures.extend(traces::draw(fit)?);
    if fit.statistics.iter().any(|s| s.used) {
        figures.push(residuals::draw(fit)?);
        figures.push(percentiles::draw(fit)?);
    }
    figures.extend(sources::draw(fit)?);
    figures.extend(vintages::draw(fit, observations, revised)?);
    Ok(figures)
}

/// A page with the footer that all figures of a calibration share.
fn open(fit: &Fit, figure: &str, shows: &str, subtitle: &str, description: &str) -> Result<Page, PlotError> {
    let place = if fit.title.trim().is_empty() { &fit.scenario } else { &fit.title };
    let draws = fit.numbers.first().map_or(0, |n| n.draws.len());
    let known = fit.until.map_or(String::new(), |until| format!(" · known by {until}"));
    let facts = format!(
        "Scenario {} · calibration by {} · seed {} · {draws} draws · {} statistics{known}",
        fit.scenario,
        fit.method.name(),
        fit.seed,
        fit.statistics.iter().filter(|s| s.used).count(),
    );
    Page::about(
        place,
        &facts,
        &Words {
            figure: figure.to_owned(),
            shows: shows.to_owned(),
            subtitle: subtitle.to_owned(),
            description: description.to_owned(),
        },
    )
}

/// The last parts of a parameter's path, short enough for a panel: `internet.imitation`.
fn short_name(name: &str) -> String {
    let plain = name.strip_prefix("layer.").or_else(|| name.strip_prefix("driver.")).unwrap_or(name);
    let plain = plain.replace(".features.", ".").replace(".access.affordability.", ".").replace(".factor", " (factor)");
    let source = plain.strip_prefix("growth: ").map(|rest| format!("growth, {rest}"));
    source.unwrap_or(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shortened_but_stay_apart() {
        assert_eq!(short_name("layer.internet.access.affordability.threshold"), "internet.threshold");
        assert_eq!(short_name("driver.coverage.rural.factor"), "coverage.rural (factor)");
        assert_eq!(short_name("bias: ITU"), "bias: ITU");
    }
}
