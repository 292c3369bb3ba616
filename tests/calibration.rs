//! Calibration: gradients, chains, simulation-based calibration, recovery, interruption, bad input, and the posterior in use.

mod calibration {
    pub mod invented;
}

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use calibration::invented::{Invented, Setup};
use rayon::prelude::*;
use uptake::calibration::{
    CalibrationError, Country, Model, Optimum, Resolution, Sampling, Settings, Statistics, Tape, Task, Watch, known_at,
    prior_points, sample,
};
use uptake::fit::Method;
use uptake::scenario::{self, Scenario};
use uptake::series::Observation;
use uptake::units::Month;

fn cambodia() -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/cambodia.toml");
    scenario::load(&path, &[]).unwrap_or_else(|faults| panic!("{faults}")).scenario
}

fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

fn watched<T>(run: impl FnOnce(&Watch<'_>) -> T, threads: usize) -> T {
    let cancel = AtomicBool::new(false);
    run(&Watch { progress: &|_, _| {}, cancel: &cancel, threads: Some(threads) })
}

/// Central differences of fourth order, by plain numbers, against the gradient.
fn largest_gap(model: &Model<'_>, point: &[f64], coordinates: impl Iterator<Item = usize>) -> f64 {
    let mut gradient = vec![0.0; model.dimension()];
    model.log_density(point, &mut gradient);
    let mut scratch = gradient.clone();
    let mut density = |i: usize, by: f64| {
        let mut moved = point.to_vec();
        moved[i] += by;
        model.log_prior(&moved, &mut scratch) + model.log_likelihood(&moved)
    };
    coordinates
        .map(|i| {
            let h = 2e-4;
            let (near, far) = (density(i, h) - density(i, -h), density(i, 2.0 * h) - density(i, -2.0 * h));
            let slope = (8.0 * near - far) / (12.0 * h);
            (slope - gradient[i]).abs() / slope.abs().max(1.0)
        })
        .fold(0.0, f64::max)
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let scenario = cambodia();
    let observations = known_at(&scenario.observations, None);
    let country = Country::new(&scenario, &observations, Resolution::Nation, month("2025-12"));
    let world = country.world();
    let model = Model::new(&world, Statistics::new(&country.scenario, &country.demography, &observations, &[]));
    assert!(model.free.len() >= 15, "{}", model.free.len());
    let gap = largest_gap(&model, &prior_points(&model, 7, 1)[0], 0..model.dimension());
    assert!(gap < 1e-6, "{gap:e}");
}

#[test]
fn gradients_hold_for_every_kind_of_prior_and_many_numbers() {
    let invented = Invented::new(Setup::EveryPrior);
    let world = invented.world();
    let model = invented.model(&world, &Invented::observations(3));
    assert!(model.free.len() >= 24, "{}", model.free.len());
    let gap = largest_gap(&model, &prior_points(&model, 1, 1)[0], (0..model.dimension()).step_by(2));
    assert!(gap < 1e-6, "{gap:e}");
}

#[test]
fn the_nation_stands_for_every_province() {
    // The same numbers on both grids, at the centre of the priors: shares of people within 1.5 points, 0.5 on average.
    let scenario = cambodia();
    let observations = known_at(&scenario.observations, None);
    let measured = |resolution| {
        let country = Country::new(&scenario, &observations, resolution, month("2025-12"));
        let world = country.world();
        let model = Model::new(&world, Statistics::new(&country.scenario, &country.demography, &observations, &[]));
        let shares: Vec<bool> = model.statistics.used().iter().map(|s| s.quantity.is_none()).collect();
        let modelled = model.modelled(&vec![0.0; model.dimension()]);
        modelled.into_iter().zip(shares).filter(|(_, share)| *share).map(|(m, _)| m).collect::<Vec<f64>>()
    };
    let (nation, full) = (measured(Resolution::Nation), measured(Resolution::Full));
    let gaps: Vec<f64> = nation.iter().zip(&full).map(|(a, b)| 100.0 * (a - b).abs()).collect();
    let (largest, mean) = (gaps.iter().copied().fold(0.0, f64::max), gaps.iter().sum::<f64>() / gaps.len() as f64);
    assert!(largest < 1.5 && mean < 0.5, "{largest} {mean}");
}

/// A sink that many hold.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no other holder panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const SHORT: Sampling = Sampling { chains: 2, draws: 60, warm_up: 100, seed: 4, acceptance: 0.8, depth: 4 };

#[test]
fn a_broken_run_goes_on_as_an_unbroken_one_and_threads_do_not_matter() {
    let invented = Invented::new(Setup::Plain);
    let world = invented.world();
    let model = invented.model(&world, &Invented::observations(5));
    let optimum = Optimum::find(&model).expect("a finite density");
    let whole = watched(|watch| sample(&model, &optimum, &SHORT, vec![], watch), 2).expect("samples");

    // Stopped after some hundred draws of both chains, with what was recorded torn in the middle of a record.
    let sinks = [Shared::default(), Shared::default()];
    let tape = |sink: &Shared, recorded: Vec<u8>| Tape { recorded, sink: Some(Box::new(sink.clone())) };
    let (cancel, seen) = (AtomicBool::new(false), AtomicUsize::new(0));
    let count = |_: usize, _: usize| {
        if seen.fetch_add(1, Ordering::Relaxed) == 170 {
            cancel.store(true, Ordering::Relaxed);
        }
    };
    let watch = Watch { progress: &count, cancel: &cancel, threads: Some(1) };
    let tapes = sinks.iter().map(|sink| tape(sink, Vec::new())).collect();
    let broken = sample(&model, &optimum, &SHORT, tapes, &watch);
    assert!(matches!(broken, Err(CalibrationError::Cancelled)), "{broken:?}");
    let recorded: Vec<Vec<u8>> = sinks.iter().map(|sink| sink.0.lock().expect("done").clone()).collect();
    let total: usize = recorded.iter().map(Vec::len).sum();
    assert!(total > 10_000, "{total}");
    let tapes = recorded.iter().zip(&sinks).map(|(bytes, sink)| tape(sink, bytes[..bytes.len() * 9 / 10].to_vec()));
    let resumed = watched(|watch| sample(&model, &optimum, &SHORT, tapes.collect(), watch), 1).expect("samples");
    assert_eq!(resumed, whole);
    // A tape of another run is of no use, and does no harm.
    let strange = vec![Tape { recorded: vec![7; 5000], sink: None }];
    let anew = watched(|watch| sample(&model, &optimum, &SHORT, strange, watch), 3).expect("samples");
    assert_eq!(anew, whole);
}

#[test]
fn a_fixed_seed_gives_the_frozen_chain() {
    // Frozen: a change here changes every posterior and is value-breaking. The density and its slopes are ours and the same on
    // every machine, to the last digits. The sampler is not: it adds in the order of the machine's widest registers, so its answers
    // differ by a part in 1e16, which grows from draw to draw and flips a decision in the end. Three draws after ten, of at
    // most fifteen steps each, are far from that: six digits of them must hold everywhere.
    let invented = Invented::new(Setup::Plain);
    let world = invented.world();
    let model = invented.model(&world, &Invented::observations(5));
    let point: Vec<f64> = (0..model.dimension()).map(|i| 0.1 * (i as f64 - 4.0)).collect();
    let mut gradient = vec![0.0; model.dimension()];
    let density = model.log_density(&point, &mut gradient);
    let mut told = format!("density {density:.12e}\n");
    for (name, slope) in model.names().iter().zip(&gradient) {
        told.push_str(&format!("slope   {slope:.12e} {name}\n"));
    }
    let optimum = Optimum::find(&model).expect("a finite density");
    let digits =
        |point: &[f64]| model.numbers(point).iter().take(4).map(|x| format!("{x:.5e}")).collect::<Vec<_>>().join(" ");
    told.push_str(&format!("mode    {}\n", digits(&optimum.point)));
    let sampling = Sampling { chains: 1, draws: 3, warm_up: 10, seed: 1, acceptance: 0.8, depth: 4 };
    let chains = watched(|watch| sample(&model, &optimum, &sampling, vec![], watch), 1).expect("samples");
    for draw in &chains[0].points {
        told.push_str(&format!("draw    {}\n", digits(draw)));
    }
    insta::assert_snapshot!(told);
}

/// Ranks of the truth among draws, for each number and simulated data set; and how often 80 % intervals hold the truth.
struct Simulated {
    ranks: Vec<Vec<usize>>,
    names: Vec<String>,
    of: usize,
    covered: Vec<f64>,
}

/// Draws truths from the priors, data from the truths, and posteriors from the data (Talts et al. 2018). `spoil` changes
/// the data before the posterior sees them.
fn simulated(count: usize, draws: usize, spoil: &(dyn Fn(&mut Observation) + Sync)) -> Simulated {
    let invented = Invented::new(Setup::Plain);
    let world = invented.world();
    let template = invented.model(&world, &Invented::observations(0));
    let truths = prior_points(&template, 11, count);
    let thin = 4;
    let sampling = Sampling { chains: 1, draws, warm_up: draws / 2, seed: 3, acceptance: 0.8, depth: 4 };
    let one = |(index, truth): (usize, &Vec<f64>)| -> (Vec<usize>, Vec<f64>) {
        let mut data = Invented::simulate(&template, truth, index as u64);
        data.iter_mut().for_each(spoil);
        let model = invented.model(&world, &data);
        assert_eq!(model.names(), template.names());
        let optimum = Optimum::find(&model).expect("a finite density");
        let own = Sampling { seed: index as u64, ..sampling };
        let chains = watched(|watch| sample(&model, &optimum, &own, vec![], watch), 1).expect("samples");
        let kept: Vec<&Vec<f64>> = chains[0].points.iter().step_by(thin).collect();
        let rank = |i: usize| kept.iter().filter(|point| point[i] < truth[i]).count();
        let ranks: Vec<usize> = (0..truth.len()).map(rank).collect();
        let inside = |rank: &usize| {
            let place = (*rank as f64 + 0.5) / (kept.len() + 1) as f64;
            if (0.1..=0.9).contains(&place) { 1.0 } else { 0.0 }
        };
        let covered = ranks.iter().map(inside).collect();
        (ranks, covered)
    };
    let results: Vec<(Vec<usize>, Vec<f64>)> = truths.par_iter().enumerate().map(one).collect();
    let width = template.dimension();
    Simulated {
        ranks: (0..width).map(|i| results.iter().map(|r| r.0[i]).collect()).collect(),
        names: template.names(),
        of: sampling.draws.div_ceil(thin) + 1,
        covered: (0..width).map(|i| results.iter().map(|r| r.1[i]).sum::<f64>() / count as f64).collect(),
    }
}

impl Simulated {
    /// For each number: how many standard errors its mean rank lies off the middle.
    fn off_middle(&self) -> Vec<f64> {
        let of = self.of as f64;
        let score = |ranks: &Vec<usize>| {
            let mean = ranks.iter().map(|r| (*r as f64 + 0.5) / of).sum::<f64>() / ranks.len() as f64;
            (mean - 0.5) / (1.0 / 12.0 / ranks.len() as f64).sqrt()
        };
        self.ranks.iter().map(score).collect()
    }

    /// For each number: chi-squared of ten equal parts, and the largest distance of the empirical distribution function
    /// from the diagonal, times the root of the number of data sets.
    fn uniformity(&self) -> Vec<(f64, f64)> {
        let test = |ranks: &Vec<usize>| {
            let n = ranks.len() as f64;
            let mut parts = [0.0; 10];
            for r in ranks {
                parts[r * 10 / self.of] += 1.0;
            }
            let chi = parts.iter().map(|count| (count - n / 10.0) * (count - n / 10.0) / (n / 10.0)).sum();
            let mut sorted = ranks.clone();
            sorted.sort_unstable();
            let far = |(i, r): (usize, &usize)| {
                let even = (*r as f64 + 0.5) / self.of as f64;
                ((i as f64 + 1.0) / n - even).abs().max((even - i as f64 / n).abs())
            };
            (chi, sorted.iter().enumerate().map(far).fold(0.0, f64::max) * n.sqrt())
        };
        self.ranks.iter().map(test).collect()
    }
}

#[test]
fn ranks_of_known_truths_are_even_and_a_wrong_likelihood_is_caught() {
    // 10 data sets: a mean rank beyond 3.6 standard errors has a probability of 3e-4, of any of 12 numbers 4e-3; the seed is fixed.
    let right = simulated(10, 80, &|_| {});
    for (name, score) in right.names.iter().zip(right.off_middle()) {
        assert!(score.abs() < 3.6, "{name}: {score:.1}");
    }
    // Figures with odds three times too high, of which the model knows nothing.
    let wrong = simulated(10, 80, &|o| o.value = odds_times(o.value, &o.unit, 3.0));
    let worst = wrong.off_middle().into_iter().map(f64::abs).fold(0.0, f64::max);
    assert!(worst > 3.6, "{worst:.1}");
}

/// A share with its odds, or a count, multiplied.
fn odds_times(value: f64, unit: &str, factor: f64) -> f64 {
    if unit == "share" { factor * value / (1.0 - value + factor * value) } else { factor * value }
}

#[test]
#[ignore = "long: run with cargo test --release -- --ignored"]
fn simulation_based_calibration_over_300_data_sets() {
    let result = simulated(300, 396, &|_| {});
    // At a level of 1 % over all 12 numbers (Bonferroni: 8.3e-4 each): chi-squared with 9 degrees of freedom 28.3;
    // Kolmogorov's distribution 1.97.
    let tests = result.uniformity();
    for ((name, (chi, far)), covered) in result.names.iter().zip(&tests).zip(&result.covered) {
        println!("{name:45} chi-squared {chi:5.1}  distance {far:.2}  80 % intervals hold {:.1} %", 100.0 * covered);
    }
    for (name, (chi, far)) in result.names.iter().zip(&tests) {
        assert!(*chi < 28.3 && *far < 1.97, "{name}: {chi:.1} {far:.2}");
    }
    let mean = result.covered.iter().sum::<f64>() / result.covered.len() as f64;
    println!("80 % intervals hold {:.1} % of the truths", 100.0 * mean);
    assert!((0.75..=0.85).contains(&mean), "{mean}");
    // Each number: 300 data sets have a standard error of 2.3 points; three of them.
    assert!(result.covered.iter().all(|c| (0.73..=0.87).contains(c)), "{:?}", result.covered);

    // Odds that are half again too high in every share, within what the sources' biases allow: the truth's ranks show it.
    let wrong =
        simulated(100, 396, &|o| o.value = if o.unit == "share" { odds_times(o.value, &o.unit, 1.6) } else { o.value });
    assert!(
        wrong.uniformity().iter().any(|(chi, far)| *chi > 28.3 && *far > 1.97),
        "a wrong likelihood goes unnoticed"
    );
}

fn settings(method: Method) -> Settings {
    Settings {
        method,
        sampling: Sampling { chains: 2, draws: 50, warm_up: 50, seed: 0, acceptance: 0.8, depth: 4 },
        resolution: Resolution::Nation,
        until: None,
        keep: 20,
        by_source: false,
        focus: None,
    }
}

fn outcome(scenario: &Scenario, settings: Settings) -> Result<uptake::calibration::Outcome, CalibrationError> {
    let task = Task::new(scenario, settings)?;
    watched(|watch| task.run(scenario, vec![], watch), 2)
}

/// Nothing that is not a number anywhere.
fn is_sound(fit: &uptake::fit::Fit) -> bool {
    let numbers = fit.numbers.iter().all(|n| n.mean.is_finite() && n.quantiles.iter().all(|q| q.is_finite()));
    let curves = fit.curves.iter().flat_map(|c| &c.quantiles).flatten().all(|q| (0.0..=1.0).contains(q));
    numbers && curves && fit.statistics.iter().all(|s| s.percentile.is_finite() && s.residual.is_finite())
}

#[test]
fn odd_statistics_give_an_error_or_a_posterior_but_never_nonsense() {
    let invented = Invented::new(Setup::Plain);
    let with = |observations: Vec<Observation>| Scenario { observations, ..invented.scenario.clone() };
    let some = Invented::observations(2);
    let altered = |value: f64| some.iter().map(|o| Observation { value, ..o.clone() }).collect::<Vec<_>>();

    let none = outcome(&with(vec![]), settings(Method::Map));
    assert!(matches!(none, Err(CalibrationError::NoStatistics(_))), "{none:?}");
    let zeros = outcome(&with(altered(0.0)), settings(Method::Map));
    assert!(matches!(&zeros, Err(CalibrationError::NoStatistics(why)) if why.contains("zero")), "{zeros:?}");
    let too_early = Settings { until: Some(month("1999-12")), ..settings(Method::Map) };
    assert!(matches!(outcome(&with(some.clone()), too_early), Err(CalibrationError::NoStatistics(_))));

    // A constant series; exact contradictions; figures at the very ends.
    let constant = outcome(&with(altered(0.3)), settings(Method::Map)).expect("a posterior");
    assert!(is_sound(&constant.fit));
    let mut contradicting = some.clone();
    contradicting.extend(some.iter().map(|o| Observation { value: (o.value * 0.2).min(0.999), ..o.clone() }));
    let torn = outcome(&with(contradicting), settings(Method::Nuts)).expect("a posterior");
    assert!(is_sound(&torn.fit));
    assert!(
        !torn.fit.verdict.expect("chains have one").trusted(),
        "two chains of 50 draws are not enough for anything"
    );
    let ends = some
        .iter()
        .enumerate()
        .map(|(i, o)| Observation { value: if i % 2 == 0 { 1e-12 } else { 1.0 - 1e-12 }, ..o.clone() });
    let ends = outcome(&with(ends.collect()), settings(Method::Map)).expect("a posterior");
    assert!(is_sound(&ends.fit));

    // Nothing to estimate.
    let mut fixed = with(some);
    for layer in &mut fixed.layers {
        for p in [&mut layer.innovation, &mut layer.imitation, &mut layer.discontinuance] {
            *p = uptake::scenario::sample::fixed(&p.path, p.unit, 0.1);
        }
        layer.access.ceiling = None;
    }
    assert!(matches!(outcome(&fixed, settings(Method::Map)), Err(CalibrationError::NothingFree)));
}

#[test]
fn ten_thousand_statistics_are_no_trouble() {
    let invented = Invented::new(Setup::Plain);
    let some = Invented::observations(2);
    let many: Vec<Observation> = some.iter().cycle().take(10_000).cloned().collect();
    let scenario = Scenario { observations: many, ..invented.scenario.clone() };
    let found = outcome(&scenario, settings(Method::Map)).expect("a posterior");
    assert!(is_sound(&found.fit));
    assert_eq!(found.fit.statistics.len(), 10_000);
}

#[test]
fn what_was_not_yet_published_is_not_used() {
    let scenario = cambodia();
    let published: Vec<Observation> = scenario.observations.iter().chain(&scenario.revised).cloned().collect();
    let known = known_at(&published, Some(month("2014-12")));
    assert!(known.iter().all(|o| o.date <= month("2014-12")));
    let itu = |known: &[Observation], date: &str| {
        let own = known.iter().find(|o| o.source.starts_with("ITU") && o.date == month(date));
        own.map(|o| o.value)
    };
    // ITU's 6 % of 2013 was out, its 2014 was not; a year later that was 9 %, and became 14 only afterwards.
    assert_eq!((itu(&known, "2013-12"), itu(&known, "2014-12")), (Some(0.06), None));
    let known = known_at(&published, Some(month("2015-12")));
    assert_eq!(itu(&known, "2014-12"), Some(0.09));
    assert_eq!(itu(&known_at(&published, None), "2014-12"), Some(0.14));
    // Each figure once.
    let known = known_at(&published, None);
    assert!(!known.iter().any(|o| known.iter().any(|other| other.revises(o))));
    assert_eq!(known.len(), scenario.observations.len());
}

#[test]
fn the_shipped_posterior_is_that_of_the_shipped_statistics() {
    // The mode and its curvature, made anew, against the shipped draws: medians within a posterior standard deviation of the
    // mode (posteriors are skew, and the coarse grid is off by a tenth or two), which a change of statistics or law would break.
    let scenario = cambodia();
    let shipped = scenario.posterior.clone().expect("the scenario names one");
    assert!(shipped.draws.len() >= 200);
    let observations = known_at(&scenario.observations, None);
    let country = Country::new(&scenario, &observations, Resolution::Nation, month("2025-12"));
    let world = country.world();
    let model = Model::new(&world, Statistics::new(&country.scenario, &country.demography, &observations, &[]));
    let names: Vec<String> = model.free.iter().map(uptake::calibration::Free::name).collect();
    assert_eq!(shipped.names, names, "every free number, with its present prior");
    let optimum = Optimum::find(&model).expect("a finite density");
    let sds = optimum.standard_deviations();
    for (column, free) in model.free.iter().enumerate() {
        let mut values: Vec<f64> = shipped.draws.iter().map(|row| free.coordinate(row[column])).collect();
        values.sort_by(f64::total_cmp);
        let far = (values[values.len() / 2] - optimum.point[column]) / sds[column];
        assert!(far.abs() < 1.0, "{}: the shipped median lies {far:.2} standard deviations off the mode", free.name());
    }
}

#[test]
#[ignore = "long: run with cargo test --release -- --ignored"]
fn the_shipped_posterior_is_made_again_within_monte_carlo_error() {
    let scenario = cambodia();
    let shipped = scenario.posterior.clone().expect("the scenario names one");
    let sampling = Sampling { seed: 99, ..Sampling::default() };
    let found = outcome(&scenario, Settings { sampling, ..settings(Method::Nuts) }).expect("a posterior");
    for number in found.fit.numbers.iter().filter(|n| shipped.names.contains(&n.name)) {
        let column = shipped.names.iter().position(|name| *name == number.name).expect("just found");
        let values: Vec<f64> = shipped.draws.iter().map(|row| row[column]).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        // 400 shipped draws and as many effective ones at least: four standard errors of the difference of means.
        let error = number.sd * (1.0 / values.len() as f64 + 1.0 / 400.0_f64).sqrt();
        assert!((mean - number.mean).abs() < 4.0 * error, "{}: {mean} shipped, {} now", number.name, number.mean);
    }
}

#[test]
#[ignore = "long: run with cargo test --release -- --ignored"]
fn what_was_known_in_2014_and_2016_holds_what_was_published_later() {
    // Share of everybody, 80 % interval of each year against ITU's figure of December 2025 (docs/CALIBRATION.md).
    let later = [(2019, 0.523), (2020, 0.537), (2021, 0.580), (2022, 0.597)];
    let scenario = cambodia();
    let widths = ["2014-12", "2016-12"].map(|until| {
        // As the command line has it, with which these are the numbers of that page.
        let sampling = Sampling::default();
        let asked = Settings { until: Some(month(until)), sampling, ..settings(Method::Map) };
        let found = outcome(&scenario, asked).expect("a posterior").fit;
        let curve = found.curves.iter().find(|curve| curve.layer == "internet").expect("it has statistics");
        later
            .map(|(year, published)| {
                let at = curve.dates.iter().position(|d| *d == month(&format!("{year}-12"))).expect("a December");
                let (low, high) = (curve.quantiles[at][1], curve.quantiles[at][5]);
                println!("known until {until}: {year} {low:.3} to {high:.3}, published {published}");
                assert!((low..=high).contains(&published), "{until} {year}: {low} to {high}");
                high - low
            })
            .iter()
            .sum::<f64>()
    });
    assert!(widths[1] < widths[0], "{widths:?}");
}

#[test]
fn pooled_priors_speak_where_a_country_has_few_figures() {
    // Two figures, at 2 and 6 %: they say how fast take-up begins, and nothing of where it ends.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("few.toml");
    let calibrated = |numbers: &str| {
        let figure = |date: &str, value: f64| {
            format!(
                "[[observation]]\nlayer = \"internet\"\ndate = \"{date}\"\nvalue = {value}\nunit = \"share\"\nsource = \"ITU\"\n"
            )
        };
        let text = format!(
            "format = 1\n{}time = {{ start = \"2006-01\", end = \"2035-12\" }}\n\
             population = {{ total = {{ value = 1e6, source = \"assumed\" }} }}\n\
             [[layer]]\nname = \"internet\"\ninitial = {{ value = 0.01, source = \"assumed\" }}\n{numbers}{}{}",
            if numbers.is_empty() { "priors = \"pooled\"\n" } else { "" },
            figure("2008-12", 0.02),
            figure("2012-12", 0.06),
        );
        std::fs::write(&path, text).expect("written");
        let scenario = scenario::load(&path, &[]).unwrap_or_else(|faults| panic!("{faults}")).scenario;
        let sampling = Sampling { chains: 1, draws: 400, seed: 5, ..Sampling::default() };
        let found = outcome(&scenario, Settings { sampling, keep: 400, ..settings(Method::Map) }).expect("a posterior");
        assert!(is_sound(&found.fit));
        found.fit
    };
    let own = "innovation = { distribution = \"lognormal\", median = 0.004, sigma = 0.4, source = \"assumed\" }\n\
               imitation = { distribution = \"lognormal\", median = 0.45, sigma = 0.15, source = \"assumed\" }\n";
    let (pooled, own) = (calibrated(""), calibrated(own));
    let number = |fit: &uptake::fit::Fit, name: &str| {
        fit.numbers.iter().find(|n| n.name.ends_with(name)).unwrap_or_else(|| panic!("{name}")).clone()
    };
    // The priors are the table's: 400 draws, three standard errors of a median.
    let table = uptake::forecast::priors::pooled();
    let prior = |name: &str| libm::log(number(&pooled, name).prior_quantiles[3]);
    let near = |found: f64, median: f64, sigma: f64| (found - libm::log(median)).abs() < 3.0 * 1.25 * sigma / 20.0;
    assert!(near(prior("imitation"), table.imitation.median, table.imitation.sigma), "{}", prior("imitation"));
    assert!(near(prior("innovation"), table.innovation.median, table.innovation.sigma), "{}", prior("innovation"));
    // Nothing is learned of the ceiling, something of the pace.
    assert!((0.8..1.3).contains(&number(&pooled, "ceiling").contraction), "{}", number(&pooled, "ceiling").contraction);
    assert!(number(&pooled, "innovation").contraction < 0.8, "{}", number(&pooled, "innovation").contraction);
    // With priors of its own and no ceiling it would be sure that nearly everybody follows soon; others took their time.
    let last = |fit: &uptake::fit::Fit| {
        let curve = &fit.curves[0];
        let at = curve.dates.len() - 1;
        (curve.quantiles[at][1], curve.quantiles[at][3], curve.quantiles[at][5])
    };
    let (pooled, own) = (last(&pooled), last(&own));
    assert!(pooled.1 < own.1 - 0.05 && pooled.2 - pooled.0 > 2.0 * (own.2 - own.0), "{pooled:?} {own:?}");
}

#[test]
fn members_take_the_posterior_draw_by_draw() {
    use uptake::engine::values::{Part, Values};
    use uptake::ensemble::MemberDraw;
    use uptake::scenario::{Distribution, Posterior, sample};
    use uptake::units::Unit;

    let invented = Invented::new(Setup::Plain);
    let mut scenario = invented.scenario.clone();
    scenario.run.replicates = 2;
    scenario.posterior =
        Some(Posterior { names: vec!["layer.internet.imitation".to_owned()], draws: vec![vec![0.5], vec![2e9]] });
    let prior = Distribution::Uniform { low: 0.0, high: 0.1 };
    let (known, other) =
        (sample::drawn("layer.internet.imitation", Unit::PerYear, prior), sample::drawn("x", Unit::PerYear, prior));
    let drawn = |member: u32, p| MemberDraw::new(&scenario, member).drawn(p, Part::Level, &prior);
    // Two members share a draw; draws are counted round; the range holds; other numbers keep their distribution.
    assert_eq!([0, 1, 4].map(|m| drawn(m, &known)), [0.5; 3]);
    assert_eq!(drawn(2, &known), known.range.1);
    assert!((0.0..=0.1).contains(&drawn(0, &other)));
    assert!((0.0..=0.1).contains(&MemberDraw::new(&scenario, 0).drawn(&known, Part::Factor, &prior)));
}
