//! Forecasts: they see nothing later, stay in bounds, score as other software scores them, and are the same on any number of threads.

use std::path::Path;

use uptake::data::{Country, Covariates, Panel, Point, Reading, read};
use uptake::forecast::{
    Backtest, Forecaster, Grouping, Known, Pooled, Protocol, Source, backtest, contestants, priors,
};
use uptake::output::skill;

fn panel() -> Panel {
    read(Path::new("tests/data/panel_excerpt.csv"), &Reading::default()).expect("the excerpt is valid")
}

/// Fewer trees: what is tested does not depend on their number.
fn quick() -> Pooled {
    let mut pooled = Pooled::default();
    pooled.settings.trees = 20;
    pooled
}

fn run(protocol: &Protocol, panel: &Panel, forecasters: &[Box<dyn Forecaster>]) -> Backtest {
    backtest(protocol, Source::Latest(panel), &Covariates::default(), forecasters, None, None).expect("not cancelled")
}

/// Two origins, so that tests are quick.
fn protocol() -> Protocol {
    Protocol { origins: vec![2010, 2015], ..Protocol::default() }
}

#[test]
fn nothing_dated_after_the_origin_touches_a_forecast() {
    let panel = panel();
    let origin = 2012;
    let mut forecasters = contestants();
    forecasters[0] = Box::new(quick());
    // Later figures changed, removed, and invented; a country with nothing but a future added at the end.
    let mut changed = panel.clone();
    for (at, country) in changed.countries.iter_mut().enumerate() {
        for point in country.points.iter_mut().filter(|point| point.year > origin) {
            point.value = 100.0 - point.value;
        }
        if at % 3 == 0 {
            country.points.retain(|point| point.year <= origin);
        }
    }
    let mut covariate = panel.clone();
    let covariates = Covariates { series: vec![("itself".to_owned(), covariate.clone())] };
    for country in &mut covariate.countries {
        country.points.iter_mut().filter(|point| point.year > origin).for_each(|point| point.value = 7.0);
    }
    let changed_covariates = Covariates { series: vec![("itself".to_owned(), covariate)] };
    for forecaster in &forecasters {
        let before = forecaster.fit(&Known::at(origin, &panel, &covariates));
        let after = forecaster.fit(&Known::at(origin, &changed, &changed_covariates));
        for country in &panel.countries {
            let (one, other) = (before.forecast(&country.iso3, 8), after.forecast(&country.iso3, 8));
            let bits = |fans: Result<Vec<[f64; 7]>, _>| {
                fans.map(|fans| fans.concat().iter().map(|q| q.to_bits()).collect::<Vec<_>>())
            };
            assert_eq!(bits(one), bits(other), "{} {}", forecaster.name(), country.iso3);
        }
    }
    // The test can fail: what is dated up to the origin does touch it.
    for point in
        changed.countries.iter_mut().flat_map(|country| &mut country.points).filter(|point| point.year == origin)
    {
        point.value = (point.value + 5.0).min(99.0);
    }
    let before = quick().fit(&Known::at(origin, &panel, &covariates)).forecast("KHM", 8);
    assert_ne!(before, quick().fit(&Known::at(origin, &changed, &changed_covariates)).forecast("KHM", 8));
}

#[test]
fn a_written_file_scores_the_same_elsewhere() {
    let panel = panel();
    let forecasters: Vec<Box<dyn Forecaster>> =
        contestants().into_iter().skip(2).take(2).chain([Box::new(quick()) as _]).collect();
    let found = run(&protocol(), &panel, &forecasters);
    let text = skill::forecasts(&found);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("model,iso3,origin,year,q0.025,q0.1,q0.25,q0.5,q0.75,q0.9,q0.975"));
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    for (at, model) in found.models.iter().enumerate() {
        // Slowly, from the text alone.
        let (mut count, mut wis, mut missed, mut held) = (0.0, 0.0, 0.0, 0.0);
        for row in rows.iter().filter(|row| row[0] == model) {
            let year: i32 = row[3].parse().expect("a year");
            let Some(observed) = panel.country(row[1]).and_then(|country| country.value(year)) else { continue };
            let q: Vec<f64> = row[4..].iter().map(|number| number.parse().expect("a number")).collect();
            let interval = |low: f64, high: f64, out: f64| {
                let beyond = if observed < low {
                    low - observed
                } else if observed > high {
                    observed - high
                } else {
                    0.0
                };
                out / 2.0 * (high - low) + beyond
            };
            wis += (0.5 * (observed - q[3]).abs()
                + interval(q[0], q[6], 0.05)
                + interval(q[1], q[5], 0.2)
                + interval(q[2], q[4], 0.5))
                / 3.5;
            missed += (observed - q[3]).abs();
            held += f64::from(u8::from(q[1] <= observed && observed <= q[5]));
            count += 1.0;
        }
        let summary = found.overall(at).expect("scored");
        assert_eq!(summary.count as f64, count);
        assert!((summary.wis - wis / count).abs() < 1e-9, "{model}");
        assert!((summary.mae - missed / count).abs() < 1e-9, "{model}");
        assert!((summary.coverage[1].share - held / count).abs() < 1e-9, "{model}");
    }
}

#[test]
fn the_last_value_scores_what_the_reference_protocol_says() {
    // By the reference implementation of the protocol (Python 3.11, pandas) on the forecasts that this test makes.
    let panel = panel();
    let found = run(&Protocol::default(), &panel, &contestants().drain(2..3).collect::<Vec<_>>());
    let summary = found.overall(0).expect("scored");
    let expected = FROZEN;
    let measured = [
        summary.count as f64,
        summary.mae,
        summary.median_absolute_error,
        summary.wis,
        summary.coverage[1].share,
        summary.coverage[2].share,
    ];
    for (one, other) in measured.iter().zip(expected) {
        assert!((one - other).abs() < 1e-9, "{measured:?}");
    }
}

/// Forecasts scored, mean and median absolute error, weighted interval score, coverage of 80 and 95 %.
const FROZEN: [f64; 6] = [
    1050.0,
    14.162_910_057_142_856,
    10.898_350_000_000_008,
    10.503_087_867_139_453,
    0.289_523_809_523_809_5,
    0.419_047_619_047_619_06,
];

#[test]
fn threads_change_nothing() {
    let panel = panel();
    let text = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| skill::forecasts(&run(&protocol(), &panel, &[Box::new(quick())])))
    };
    let one = text(1);
    assert!(one.lines().count() > 200);
    assert_eq!(one, text(2));
    assert_eq!(one, text(7));
}

#[test]
fn every_country_gets_a_sensible_answer_however_odd_its_figures() {
    let mut panel = panel();
    let odd: [(&str, &[(i32, f64)]); 9] = [
        ("ZZA", &[(2014, 8.0), (2015, 10.0), (2016, 12.0)]),
        ("ZZB", &[(2000, 1.0), (2004, 5.0), (2011, 22.0), (2016, 45.0)]),
        ("ZZC", &[(2008, 30.0), (2009, 30.0), (2010, 30.0), (2011, 30.0), (2012, 30.0), (2013, 30.0), (2016, 30.0)]),
        ("ZZD", &[(2012, 99.9), (2013, 99.9), (2014, 99.9), (2015, 99.9), (2016, 99.9)]),
        ("ZZE", &[(2016, 0.0)]),
        ("ZZF", &[(2016, 100.0)]),
        ("ZZG", &[(1999, 3.0)]),
        ("ZZH", &[(2014, 14.0), (2015, 0.0), (2016, 0.0)]),
        ("ZZI", &[(2014, 90.0), (2015, 40.0), (2016, 5.0)]),
    ];
    let country = |(iso3, points): (&str, &[(i32, f64)])| Country {
        iso3: iso3.to_owned(),
        name: iso3.to_owned(),
        points: points.iter().map(|&(year, value)| Point { year, value }).collect(),
    };
    panel = Panel::new(panel.countries.into_iter().chain(odd.into_iter().map(country)));
    let mut forecasters = contestants();
    forecasters[0] = Box::new(quick());
    for forecaster in &forecasters {
        let fitted = forecaster.fit(&Known::at(2016, &panel, &Covariates::default()));
        for country in &panel.countries {
            let fans = fitted.forecast(&country.iso3, 19).expect("something is known");
            assert_eq!(fans.len(), 19);
            for fan in &fans {
                let fine =
                    fan.iter().all(|q| (0.0..=100.0).contains(q)) && fan.windows(2).all(|pair| pair[0] <= pair[1]);
                assert!(fine, "{} {}: {fan:?}", forecaster.name(), country.iso3);
            }
        }
        assert!(fitted.forecast("NIX", 3).is_err());
    }
    let ours = quick().fit(&Known::at(2016, &panel, &Covariates::default()));
    let width = |iso3: &str, ahead: usize| {
        let fan = ours.forecast(iso3, 8).expect("known")[ahead - 1];
        fan[5] - fan[1]
    };
    for iso3 in ["ZZA", "ZZB", "ZZC", "ZZH"] {
        assert!(width(iso3, 8) > 10.0, "{iso3}: {}", width(iso3, 8));
        assert!(width(iso3, 8) > width(iso3, 1), "{iso3}");
    }
    let full = ours.forecast("ZZD", 8).expect("known")[7];
    assert!(full[3] > 90.0 && full[0] < 99.0, "{full:?}");
}

#[test]
fn a_panel_of_one_country_is_forecast_by_the_references() {
    let khm = panel().country("KHM").expect("there").clone();
    let alone = Panel::new([khm]);
    let known = Known::at(2016, &alone, &Covariates::default());
    let fans = Pooled::default().fit(&known).forecast("KHM", 8).expect("known");
    assert_eq!(fans, contestants()[1].fit(&known).forecast("KHM", 8).expect("known"));
}

#[test]
fn ours_beats_the_references_on_the_excerpt() {
    let found =
        run(&Protocol::default(), &panel(), &[Box::new(quick()), contestants().remove(1), contestants().remove(3)]);
    for other in 1..found.models.len() {
        let rivalry = found.rivalry(0, other).expect("common forecasts");
        assert!(rivalry.skill > 0.05, "{rivalry:?}");
        assert!(rivalry.wis.low <= rivalry.wis.mean && rivalry.wis.mean <= rivalry.wis.high);
    }
    let groups: usize = found.scores(0, Grouping::Level).iter().map(|(_, summary)| summary.count).sum();
    assert_eq!(groups, found.overall(0).expect("scored").count);
}

#[test]
fn covariates_are_used_where_given() {
    let panel = panel();
    // What will be gained within two years, known beforehand, as a covariate: it must help, and much.
    let mut ahead = panel.clone();
    for (country, known) in ahead.countries.iter_mut().zip(&panel.countries) {
        country.points.retain_mut(|point| {
            let later = known.value(point.year + 2);
            later.map(|later| point.value = later - point.value).is_some()
        });
    }
    let covariates = Covariates { series: vec![("oracle".to_owned(), ahead)] };
    let score = |covariates: &Covariates| {
        let found = backtest(&protocol(), Source::Latest(&panel), covariates, &[Box::new(quick())], None, None)
            .expect("not cancelled");
        found.scores(0, Grouping::Horizon)[1].1.wis
    };
    let (with, without) = (score(&covariates), score(&Covariates::default()));
    assert!(with < 0.9 * without, "{with} {without}");
}

#[test]
fn priors_can_be_measured_and_are_like_those_shipped() {
    let (measured, shipped) = (priors::estimate(&panel()).expect("enough countries"), priors::pooled());
    // Other countries: within one standard deviation of how countries differ.
    let apart = |one: f64, other: f64| libm::log(one / other).abs();
    assert!(apart(measured.imitation.median, shipped.imitation.median) < shipped.imitation.sigma, "{measured:?}");
    assert!(apart(measured.innovation.median, shipped.innovation.median) < shipped.innovation.sigma, "{measured:?}");
    assert!((measured.ceiling.median - shipped.ceiling.median).abs() < 0.15, "{measured:?}");
}

#[test]
#[ignore = "long: run with cargo test --release -- --ignored"]
fn intervals_hold_what_they_promise_on_the_excerpt() {
    let found = run(
        &Protocol { origins: (2004..=2016).collect(), ..Protocol::default() },
        &panel(),
        &[Box::new(Pooled::default())],
    );
    let coverage = found.overall(0).expect("scored").coverage;
    // 23 countries: the wide margins are those of so few.
    assert!((0.70..0.90).contains(&coverage[1].share), "{coverage:?}");
    assert!((0.87..0.99).contains(&coverage[2].share), "{coverage:?}");
}
