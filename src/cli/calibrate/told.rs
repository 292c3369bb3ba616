//! What a calibration says on screen.

use comfy_table::CellAlignment;

use super::super::screen::plain_table;
use super::super::words;
use crate::fit::{Estimated, Fit, Method, Quantiles, Role};
use crate::output::calibration::coverage;

/// Sentences and tables.
pub fn told(fit: &Fit, width: usize) -> String {
    let mut text = String::new();
    for curve in &fit.curves {
        let Some(at) = curve.dates.iter().position(|date| *date == fit.focus) else { continue };
        let q = &curve.quantiles[at];
        text.push_str(&format!(
            "{}: {} of everybody in {} (80 % interval {} to {}; under the priors {} to {}).\n",
            curve.title,
            words::share(q[3]),
            words::month(fit.focus),
            words::share(q[1]),
            words::share(q[5]),
            words::share(curve.prior[at][1]),
            words::share(curve.prior[at][5]),
        ));
    }
    let used = fit.statistics.iter().filter(|s| s.used).count();
    let known = fit.until.map_or(String::new(), |until| format!(" published by {}", words::month(until)));
    let how = match fit.method {
        Method::Nuts => format!(
            "{} of {} draws each, {} evaluations of the model",
            words::plural(fit.chains, "chain"),
            fit.draws,
            fit.evaluations
        ),
        Method::Map => "normal approximation around the mode".to_owned(),
        Method::Prior => "priors alone".to_owned(),
    };
    text.push_str(&format!(
        "{} of {}{known}; {how}; seed {}.\n",
        words::plural(used, "statistic"),
        words::plural(fit.sources.iter().filter(|s| s.statistics > 0).count(), "source"),
        fit.seed
    ));
    if !fit.left_out.is_empty() {
        text.push_str(&format!(
            "{} left out; calibration.json says why.\n",
            words::plural(fit.left_out.len(), "statistic")
        ));
    }
    for coverage in coverage(fit) {
        text.push_str(&format!(
            "80 % predictive intervals hold {} of {} statistics ({}).\n",
            coverage.inside, coverage.count, coverage.name
        ));
    }
    text.push_str("\nEstimated numbers (median and 80 % interval; width: standard deviation over the prior's):\n");
    text.push_str(&numbers(fit, width));
    if fit.sources.iter().any(|s| s.alone.is_some()) {
        text.push_str(&format!(
            "\nWhat each source says of {} in {} (80 % interval, normal approximation):\n{}",
            fit.curves.first().map_or("use", |curve| curve.title.as_str()),
            words::month(fit.focus),
            sources(fit, width)
        ));
    }
    text.push('\n');
    text.push_str(&verdict(fit));
    text
}

/// A number with three significant digits or so.
fn short(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || !value.is_finite() {
        format!("{value}")
    } else if size >= 100.0 {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else if size >= 0.1 {
        format!("{value:.2}")
    } else if size >= 0.001 {
        format!("{value:.4}")
    } else {
        format!("{value:.1e}")
    }
}

fn interval(q: &Quantiles) -> String {
    format!("{} ({} to {})", short(q[3]), short(q[1]), short(q[5]))
}

fn numbers(fit: &Fit, width: usize) -> String {
    let mut table = plain_table(width);
    let sampled = fit.numbers.iter().any(|n| n.convergence.is_some());
    let mut header = vec!["Number", "Prior", "Posterior", "Width"];
    if sampled {
        header.extend(["R-hat", "ESS bulk", "tail"]);
    }
    table.set_header(header);
    let row = |n: &Estimated| {
        let mut cells =
            vec![n.name.clone(), interval(&n.prior_quantiles), interval(&n.quantiles), format!("{:.2}", n.contraction)];
        if let Some(c) = n.convergence {
            cells.extend([format!("{:.3}", c.r_hat), format!("{:.0}", c.bulk), format!("{:.0}", c.tail)]);
        }
        cells
    };
    for role in [Role::Law, Role::PerUser, Role::Growth, Role::Bias, Role::Spread] {
        for number in fit.numbers.iter().filter(|n| n.role == role) {
            table.add_row(row(number));
        }
    }
    for column in table.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{}\n", table.trim_fmt())
}

fn sources(fit: &Fit, width: usize) -> String {
    let mut table = plain_table(width);
    table.set_header(["Source", "Statistics", "Alone", "All without it"]);
    let share = |q: &Option<Quantiles>| {
        q.as_ref().map_or_else(String::new, |q| {
            format!("{} ({} to {})", words::share(q[3]), words::share(q[1]), words::share(q[5]))
        })
    };
    for source in &fit.sources {
        table.add_row([
            source.name.clone(),
            source.statistics.to_string(),
            share(&source.alone),
            share(&source.without),
        ]);
    }
    format!("{}\n", table.trim_fmt())
}

fn verdict(fit: &Fit) -> String {
    let mut text = String::new();
    if let Some(grid) = &fit.grid {
        let trusted = if grid.pareto_k <= 0.7 {
            "and the posterior is corrected for it"
        } else {
            "and the correction cannot be relied upon: calibrate with --resolution full"
        };
        text.push_str(&format!(
            "Grid: {} cells stand for {}; shares differ by {:.2} percentage points on average, {:.2} at most, {trusted} (Pareto k {:.2}, {:.0} of {} draws effective).\n",
            grid.cells[0], grid.cells[1], grid.mean_gap_points, grid.largest_gap_points, grid.pareto_k, grid.effective_draws, grid.draws
        ));
    }
    match &fit.verdict {
        None => text.push_str("Verdict: none; these draws are independent by construction.\n"),
        Some(v) => {
            let words = if v.trusted() {
                "the draws can be trusted".to_owned()
            } else {
                format!("DO NOT TRUST these draws: {}", v.objections.join("; "))
            };
            text.push_str(&format!(
                "Verdict: {words}.\n  worst R-hat {:.4}, effective draws {:.0} (bulk) and {:.0} (tail), {}, E-BFMI {:.2}\n",
                v.r_hat,
                v.bulk,
                v.tail,
                words::plural(v.divergences, "divergence"),
                v.energy
            ));
        }
    }
    text
}
