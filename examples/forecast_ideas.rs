//! What each idea in the pooled forecaster is worth: the backtest of variants that leave one out or turn one up.
//!
//! `cargo run --release --example forecast_ideas -- PANEL [COVARIATES COLUMN,COLUMN]` prints a row a variant.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::path::Path;

use uptake::data::{Columns, Covariates, Panel, Reading, read};
use uptake::forecast::{Forecaster, Pooled, Protocol, Settings, Source, backtest};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let panel = args.first().ok_or("usage: forecast_ideas PANEL [COVARIATES COLUMN,COLUMN]")?;
    let reading = Reading { columns: Columns::default(), ..Reading::default() };
    let panel = read(Path::new(panel), &reading)?;
    println!("| variant | forecasts | MAE | WIS | in 50 % | in 80 % | in 95 % |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    let usual = Settings::default();
    let none = Covariates::default();
    for (name, settings) in [
        ("as it is", usual),
        ("logit alone", Settings { slopes: [0.0; 2], ..usual }),
        ("between alone", Settings { slopes: [2.0; 2], ..usual }),
        ("nearly percent alone", Settings { slopes: [50.0; 2], ..usual }),
        ("not widened by the scatter of figures", Settings { widening: 0.0, ..usual }),
        ("leads all alike", Settings { bandwidth: 1e6, ..usual }),
        ("leads apart", Settings { bandwidth: 0.05, ..usual }),
        ("long ago counts as much", Settings { half_life: 1e6, ..usual }),
        ("half-life of 3 years", Settings { half_life: 3.0, ..usual }),
        ("trees see all countries", Settings { countries: 1.0, ..usual }),
        ("trees see all features", Settings { features: 1.0, ..usual }),
        ("leaves of 10", Settings { leaf: 10, ..usual }),
        ("leaves of 60", Settings { leaf: 60, ..usual }),
        ("20 trees", Settings { trees: 20, ..usual }),
        ("300 trees", Settings { trees: 300, ..usual }),
        ("examples up to 8 years ahead", Settings { longest: 8, ..usual }),
    ] {
        row(name, settings, &panel, &none);
    }
    for half in 0..2 {
        let mut part = panel.clone();
        let codes: Vec<String> =
            part.countries.iter().skip(half).step_by(2).map(|country| country.iso3.clone()).collect();
        part.countries.retain(|country| codes.contains(&country.iso3));
        row(&format!("every second country alone, from the {}", ["first", "second"][half]), usual, &part, &none);
    }
    if let [_, file, columns] = args.as_slice() {
        let columns: Vec<String> = columns.split(',').map(str::to_owned).collect();
        let covariates = uptake::data::read::read_covariates(Path::new(file), &columns, &Reading::default())?;
        row(&format!("with {}", columns.join(", ")), usual, &panel, &covariates);
        for (name, series) in &covariates.series {
            let one = Covariates { series: vec![(name.clone(), series.clone())] };
            row(&format!("with {name}"), usual, &panel, &one);
        }
    }
    Ok(())
}

fn row(name: &str, settings: Settings, panel: &Panel, covariates: &Covariates) {
    let ours: [Box<dyn Forecaster>; 1] = [Box::new(Pooled { settings })];
    let found = backtest(&Protocol::default(), Source::Latest(panel), covariates, &ours, None, None);
    let Some(summary) = found.and_then(|found| found.overall(0)) else { return };
    let [half, most, nearly] = summary.coverage.map(|coverage| 100.0 * coverage.share);
    println!(
        "| {name} | {} | {:.2} | {:.2} | {half:.1} | {most:.1} | {nearly:.1} |",
        summary.count, summary.mae, summary.wis
    );
}
