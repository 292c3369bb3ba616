//! Scenarios against a baseline, member by member.
//!
//! Member `i` of every scenario has the parameter draws and random numbers of member `i` of the baseline (common random
//! numbers), so what differs is caused by what the scenarios change. Scenarios that differ from the baseline by
//! interventions only share its past: they are simulated from the first month in which they differ.

mod cost;
mod member;
mod reduce;

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{EnsembleError, Options, afford, cancelled, each_member, members, plan, pool};
use crate::comparison::Comparison;
use crate::engine::{Report, World};
use crate::scenario::Scenario;
use crate::units::Month;
use member::{Pair, Slots};

/// Runs every member of every scenario and reduces the pairs. Bit-identical for any number of threads.
///
/// `baseline` is a position among `scenarios`; `years` are reported months at which groups are compared.
///
/// # Errors
/// [`EnsembleError::NotComparable`] when scenarios differ in more than what they do (people, months, layers, outputs,
/// members, seed, engine) or a year is not reported; else as [`super::run`].
///
/// # Panics
/// When `baseline` is not a position among `scenarios`.
pub fn compare(
    scenarios: &[&Scenario],
    baseline: usize,
    years: &[Month],
    options: &Options<'_>,
) -> Result<Comparison, EnsembleError> {
    let base = scenarios[baseline];
    for scenario in scenarios {
        comparable(base, scenario).map_err(EnsembleError::NotComparable)?;
    }
    let mut size = plan(base);
    let world = World::new(base);
    let report = Report::new(&base.outputs, &base.time, &world.demography);
    let slots = Slots::new(&report, chosen(&report, years)?);
    let kept = slots.count() * base.layers.len() * crate::engine::record::MEASURES * 8;
    size.memory_bytes += (kept * members(base) * scenarios.len()) as u64;
    afford(&size)?;

    let pairs: Vec<Pair<'_>> = scenarios.iter().map(|scenario| Pair::new(base, scenario)).collect();
    let (total, done) = (members(base), AtomicUsize::new(0));
    pool(options)?.install(|| {
        let results = each_member(base, |index| {
            cancelled(options)?;
            let outcome = member::run(&world, &report, &slots, &pairs, baseline, index);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if let Some(progress) = options.progress {
                progress(done, total);
            }
            Ok::<_, EnsembleError>(outcome)
        })?;
        Ok(reduce::comparison(scenarios, baseline, &report, &slots, &results))
    })
}

/// Positions of the chosen months among the report's dates, increasing, each once.
fn chosen(report: &Report, years: &[Month]) -> Result<Vec<usize>, EnsembleError> {
    let mut chosen = Vec::with_capacity(years.len());
    for year in years {
        let Some(at) = report.dates.iter().position(|date| date == year) else {
            let (first, last) = (report.dates.first(), report.dates.last());
            let range = first.zip(last).map(|(a, b)| format!(" between {a} and {b}")).unwrap_or_default();
            return Err(EnsembleError::NotComparable(format!(
                "{year} is not reported; choose Decembers{range}, or set `outputs.frequency = \"monthly\"`"
            )));
        };
        chosen.push(at);
    }
    chosen.sort_unstable();
    chosen.dedup();
    Ok(chosen)
}

/// Why two scenarios cannot be compared, if so.
fn comparable(base: &Scenario, other: &Scenario) -> Result<(), String> {
    let names = |s: &Scenario| s.layers.iter().map(|l| l.name.clone()).collect::<Vec<_>>().join(", ");
    let refuse =
        |what: &str, advice: &str| Err(format!("`{}` and `{}` differ in {what}; {advice}", base.name, other.name));
    if names(base) != names(other) {
        return refuse(
            &format!("their layers ({} against {})", names(base), names(other)),
            "give both the same layers in the same order, for instance by `extends`",
        );
    }
    if base.time != other.time {
        return refuse("the months they simulate", "give both the same `time`");
    }
    if base.population != other.population {
        return refuse("their population", "compare scenarios of one country with the same tables");
    }
    if base.outputs != other.outputs {
        return refuse("what they report", "give both the same `outputs`");
    }
    if base.run != other.run {
        return refuse("how they run", "set --members, --seed and --engine for all, or give both the same `run`");
    }
    if base.victimisation.as_ref().map(|v| v.layer) != other.victimisation.as_ref().map(|v| v.layer) {
        return refuse("the layer whose victims they follow", "give both the same `victimisation.layer`");
    }
    let money = |s: &Scenario| s.interventions.iter().find_map(|i| i.cost.clone()).map(|c| (c.currency, c.price_year));
    match (money(base), money(other)) {
        (Some(a), Some(b)) if a != b => refuse("the money of their costs", "state all costs in one currency and year"),
        _ => Ok(()),
    }
}
