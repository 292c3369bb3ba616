//! A plain paired comparison: every scenario's members are kept whole, then subtracted.

use super::{EnsembleError, Options, members, quantiles, run_members, victims};
use crate::comparison::{Comparison, Milestone, Outcome, Total};
use crate::engine::{Report, World};
use crate::scenario::Scenario;
use crate::series::{LayerLabel, Quantity};
use crate::units::Month;

/// Runs every scenario and subtracts the baseline member by member.
///
/// # Errors
/// See [`EnsembleError`].
#[allow(clippy::too_many_lines, reason = "stands in")]
pub fn compare(
    scenarios: &[&Scenario],
    baseline: usize,
    years: &[Month],
    options: &Options<'_>,
) -> Result<Comparison, EnsembleError> {
    let base = scenarios[baseline];
    let not = |what: &str, s: &Scenario| {
        EnsembleError::NotComparable(format!("`{}` and `{}` differ in {what}", base.name, s.name))
    };
    for s in scenarios {
        let names = |s: &Scenario| s.layers.iter().map(|l| l.name.clone()).collect::<Vec<_>>();
        if names(s) != names(base) {
            return Err(not("their layers", s));
        }
        if s.time != base.time || s.outputs != base.outputs {
            return Err(not("their dates or outputs", s));
        }
        if s.population != base.population {
            return Err(not("their population", s));
        }
        if s.run.members != base.run.members || s.run.seed != base.run.seed {
            return Err(not("their members or seed", s));
        }
    }
    let world = World::new(base);
    let report = Report::new(&base.outputs, &base.time, &world.demography);
    let chosen: Vec<usize> = years
        .iter()
        .map(|y| {
            report
                .dates
                .iter()
                .position(|d| d == y)
                .ok_or_else(|| EnsembleError::NotComparable(format!("{y} is not reported")))
        })
        .collect::<Result<_, _>>()?;
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads.unwrap_or(0))
        .build()
        .map_err(EnsembleError::Threads)?;
    let mut runs = Vec::new();
    for s in scenarios {
        let world = World::new(s);
        runs.push(pool.install(|| run_members(&world, &report, options))?);
    }
    let layers = base.layers.len();
    let mut slots: Vec<(usize, usize)> = (0..report.dates.len()).map(|d| (0, d)).collect();
    slots.extend((1..report.groups.len()).flat_map(|g| chosen.iter().map(move |&d| (g, d))));
    let value = |run: usize, m: usize, l: usize, (g, d): (usize, usize), q: Quantity| -> f64 {
        let v = &runs[run][m];
        let at = report.index(l, g, d);
        let people = report.population[g * report.dates.len() + d];
        match q {
            Quantity::Users => v[at],
            Quantity::Penetration => {
                if people > 0.0 {
                    (v[at] / people).clamp(0.0, 1.0)
                } else {
                    0.0
                }
            }
            Quantity::Adoption => v[at + 1],
            Quantity::Discontinuance => v[at + 2],
            Quantity::Population => people,
            Quantity::UserYears => v[at + 3],
            Quantity::Incidents => v[at + 4],
            Quantity::Victims => victims(v[at + 3] / report.period(d), v[at + 4]),
        }
    };
    let n = members(base);
    let estimate = |f: &dyn Fn(usize) -> f64| quantiles::estimate(&mut (0..n).map(f).collect::<Vec<_>>());
    let reach = |run: usize, m: usize, l: usize, share: f64| -> Option<f64> {
        let at = |d: usize| value(run, m, l, (0, d), Quantity::Penetration);
        let d = (0..report.dates.len()).find(|&d| at(d) >= share)?;
        let year = |d: usize| report.dates[d].end_year();
        Some(if d == 0 {
            year(0)
        } else {
            year(d - 1) + (year(d) - year(d - 1)) * (share - at(d - 1)) / (at(d) - at(d - 1))
        })
    };
    let outcomes = scenarios.iter().enumerate().map(|(run, s)| {
        let (mut levels, mut differences, mut totals, mut milestones) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for l in 0..layers {
            for &slot in &slots {
                for q in Quantity::EVERY {
                    levels.push(estimate(&|m| value(run, m, l, slot, q)));
                    differences.push(estimate(&|m| value(run, m, l, slot, q) - value(baseline, m, l, slot, q)));
                }
            }
            for d in 0..report.dates.len() {
                let diff = |m: usize| {
                    value(run, m, l, (0, d), Quantity::Users) - value(baseline, m, l, (0, d), Quantity::Users)
                };
                let share = |f: &dyn Fn(f64) -> bool| (0..n).filter(|&m| f(diff(m))).count() as f64 / n as f64;
                totals.push(Total {
                    more: share(&|x| x > 0.0),
                    fewer: share(&|x| x < 0.0),
                    user_years: estimate(&|m| {
                        (0..=d)
                            .map(|d| {
                                value(run, m, l, (0, d), Quantity::UserYears)
                                    - value(baseline, m, l, (0, d), Quantity::UserYears)
                            })
                            .sum()
                    }),
                });
            }
            for share in Comparison::MILESTONES {
                let mine: Vec<Option<f64>> = (0..n).map(|m| reach(run, m, l, share)).collect();
                let theirs: Vec<Option<f64>> = (0..n).map(|m| reach(baseline, m, l, share)).collect();
                let reached = |of: &[Option<f64>]| of.iter().flatten().count() as f64 / n as f64;
                let mut sorted: Vec<f64> = mine.iter().map(|y| y.unwrap_or(f64::INFINITY)).collect();
                sorted.sort_by(f64::total_cmp);
                let mut both: Vec<f64> =
                    mine.iter().zip(&theirs).filter_map(|(a, b)| Some(12.0 * ((*b)? - (*a)?))).collect();
                milestones.push(Milestone {
                    layer: l,
                    share,
                    reached: reached(&mine),
                    reached_in_baseline: reached(&theirs),
                    median_year: Some(sorted[n / 2]).filter(|y| y.is_finite()),
                    months_earlier: (!both.is_empty()).then(|| quantiles::estimate(&mut both)),
                });
            }
        }
        Outcome {
            name: s.name.clone(),
            title: s.title.clone(),
            description: s.description.clone(),
            levels,
            differences,
            totals,
            cost: None,
            milestones,
        }
    });
    let outcomes = outcomes.collect();
    Ok(Comparison {
        engine: base.run.engine.name().to_owned(),
        members: n,
        seed: base.run.seed,
        baseline,
        layers: base.layers.iter().map(|l| LayerLabel { name: l.name.clone(), title: l.title.clone() }).collect(),
        victims: scenarios.iter().find_map(|s| s.victimisation.as_ref().map(|v| v.layer)),
        groups: report.groups.clone(),
        dates: report.dates.clone(),
        chosen,
        outcomes,
    })
}
