//! `uptake forecast`: a country's coming years, with the track record of the method beside them.

use comfy_table::CellAlignment;
use serde::Serialize;

use super::args::Format;
use super::failure::{Failure, interrupted};
use super::forecast_args::ForecastArgs;
use super::progress::Progress;
use super::screen::{Screen, plain_table};
use super::words::wrapped;
use super::{Exit, panel_file, produce, track};
use crate::data::{Country, Panel, flags};
use crate::forecast::{Backtest, Forecaster, Grouping, Known, Protocol, Source, backtest};
use crate::output::skill::{quantile_columns, quantiles};
use crate::output::{FIGURES, Staging, check_target};
use crate::plot::forecast::{self as figures, About, Forecast};
use crate::score::{LEVELS, Quantiles, Summary};

/// Years forecast where no end is asked for.
const USUAL: u32 = 8;
/// Most years that may be forecast: beyond it nobody has a track record.
const MOST: u32 = 30;
/// File name of the quantiles.
const QUANTILES: &str = "forecast.csv";
/// File name of everything.
const RECORD: &str = "forecast.json";

/// Everything, for programs.
#[derive(Serialize)]
struct Told {
    model: String,
    vintage: Option<String>,
    inputs: Vec<(String, String)>,
    levels: [f64; 7],
    countries: Vec<Projected>,
    /// Scores of past forecasts by years ahead.
    track_record: Vec<Lead>,
}

#[derive(Serialize)]
struct Lead {
    ahead: String,
    #[serde(flatten)]
    summary: Summary,
}

#[derive(Serialize)]
struct Projected {
    iso3: String,
    country: String,
    origin: i32,
    last_year: i32,
    last_value: f64,
    doubtful: Vec<String>,
    years: Vec<Year>,
}

#[derive(Serialize)]
struct Year {
    year: i32,
    quantiles: Quantiles,
}

/// Runs the command.
pub fn run(args: &ForecastArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let forecaster = super::backtest::chosen(std::slice::from_ref(&args.model))?.remove(0);
    let existing = args.folder.existing();
    if let Some(out) = &args.folder.out {
        check_target(out, existing)?;
    }
    let loaded = panel_file::load(&args.panel)?;
    let panel = loaded.vintages.newest();
    let flag = screen.watch_interrupts();
    let (countries, record) = super::with_threads(args.threads, || -> Result<_, Failure> {
        let mut countries = Vec::new();
        for code in &args.country {
            let country = panel_file::country(panel, code)?;
            countries.push(project(args, forecaster.as_ref(), panel, country, &loaded)?);
        }
        let record = if args.no_track_record {
            None
        } else {
            Some(past(forecaster, panel, &countries, &loaded, screen.progress, flag)?)
        };
        Ok((countries, record))
    })??;
    let by_lead = record.as_ref().map(|found| found.scores(0, Grouping::Horizon)).unwrap_or_default();
    let told = Told {
        model: args.model.clone(),
        vintage: panel.vintage.clone(),
        inputs: loaded.inputs.clone(),
        levels: LEVELS,
        countries,
        track_record: by_lead.into_iter().map(|(ahead, summary)| Lead { ahead, summary }).collect(),
    };
    let csv = csv(&told);
    let json = serde_json::to_string_pretty(&told).expect("forecasts hold no maps with odd keys") + "\n";
    if let Some(out) = &args.folder.out {
        let mut staging = Staging::create(out, existing)?;
        staging.write(QUANTILES, csv.as_bytes())?;
        staging.write(RECORD, json.as_bytes())?;
        let drawn: Vec<_> = told.countries.iter().map(|one| draw(one, panel, &told)).collect::<Result<_, _>>()?;
        produce::write_figures(drawn, args.folder.png, |name, bytes| {
            Ok(staging.write(&format!("{FIGURES}/{name}"), bytes)?)
        })?;
        for file in staging.commit()? {
            screen.remark("wrote", &out.join(&file.path).display().to_string());
        }
    }
    match args.format {
        Format::Json => write!(screen.out, "{json}")?,
        Format::Csv => write!(screen.out, "{csv}")?,
        Format::Table => write!(screen.out, "{}", words(&told, screen.width))?,
    }
    Ok(Exit::Ok)
}

fn project(
    args: &ForecastArgs,
    forecaster: &dyn Forecaster,
    panel: &Panel,
    country: &Country,
    loaded: &panel_file::Loaded,
) -> Result<Projected, Failure> {
    let invalid = |text: String| Failure::new(Exit::Invalid, anyhow::anyhow!(text));
    let newest = country.points.last().ok_or_else(|| invalid(format!("there are no figures of {}", country.iso3)))?;
    let origin = args.origin.unwrap_or(newest.year);
    let latest = panel_file::this_year();
    if origin > latest {
        let error = anyhow::anyhow!("--origin is {origin}, expected at most {latest}");
        return Err(Failure::new(Exit::Usage, error).advise("leave it out to start from the country's last figure"));
    }
    let known = country.until(origin);
    let last =
        known.last().ok_or_else(|| invalid(format!("there are no figures of {} up to {origin}", country.iso3)))?;
    let to = args.to.unwrap_or_else(|| origin.saturating_add_unsigned(USUAL));
    let ahead = to - origin;
    if !(1..=MOST as i32).contains(&ahead) {
        let error = anyhow::anyhow!("--to is {to}, expected {} to {}", origin + 1, origin + MOST as i32);
        return Err(Failure::new(Exit::Usage, error).advise("choose a year after the origin, or an earlier --origin"));
    }
    let fitted = forecaster.fit(&Known::at(origin, panel, &loaded.covariates));
    let fans = fitted.forecast(&country.iso3, ahead as u32).map_err(|error| Failure::new(Exit::Invalid, error))?;
    let doubtful = flags::of_country(&Country { points: known.to_vec(), ..country.clone() });
    Ok(Projected {
        iso3: country.iso3.clone(),
        country: country.name.clone(),
        origin,
        last_year: last.year,
        last_value: last.value,
        doubtful: doubtful.iter().map(ToString::to_string).collect(),
        years: (origin + 1..).zip(fans).map(|(year, quantiles)| Year { year, quantiles }).collect(),
    })
}

/// The same method from past origins, of all countries; only origins whose futures lie before the present origin count.
fn past(
    forecaster: Box<dyn Forecaster>,
    panel: &Panel,
    countries: &[Projected],
    loaded: &panel_file::Loaded,
    shown: bool,
    flag: &std::sync::atomic::AtomicBool,
) -> Result<Backtest, Failure> {
    let origin = countries.iter().map(|one| one.origin).min().unwrap_or(i32::MAX);
    let mut protocol = Protocol::default();
    protocol.origins.retain(|past| *past < origin);
    let known = panel.until(origin);
    let progress = Progress::of(shown, "looking back", "origins");
    let update = |done: u64, all: u64| progress.update(done as usize, all as usize);
    backtest(&protocol, Source::Latest(&known), &loaded.covariates, &[forecaster], Some(&update), Some(flag))
        .ok_or_else(interrupted)
}

fn draw(one: &Projected, panel: &Panel, told: &Told) -> Result<crate::plot::Figure, Failure> {
    let vintage = told.vintage.as_ref().map(|date| format!(" · data of {date}")).unwrap_or_default();
    let forecast = Forecast {
        country: one.country.clone(),
        iso3: one.iso3.clone(),
        origin: one.origin,
        published: panel.country(&one.iso3).map(|country| country.points.clone()).unwrap_or_default(),
        fan: one.years.iter().map(|year| (year.year, year.quantiles)).collect(),
        fact: String::new(),
    };
    let about = About {
        indicator: track::INDICATOR.to_owned(),
        facts: format!(
            "Method {} · origin {} · learned from {} countries{vintage}",
            told.model,
            one.origin,
            panel.countries.len()
        ),
    };
    Ok(figures::fan(&forecast, &about)?)
}

fn csv(told: &Told) -> String {
    let mut text = format!("model,iso3,origin,year,{}\n", quantile_columns());
    for one in &told.countries {
        for year in &one.years {
            let (model, iso3, origin) = (&told.model, &one.iso3, one.origin);
            text.push_str(&format!("{model},{iso3},{origin},{},{}\n", year.year, quantiles(&year.quantiles)));
        }
    }
    text
}

fn words(told: &Told, width: usize) -> String {
    let mut text = String::new();
    for one in &told.countries {
        let Some(last) = one.years.last() else { continue };
        let [.., median, _, high, _] = last.quantiles;
        let low = last.quantiles[1];
        text.push_str(&wrapped(
            &format!(
                "{}: {:.0} % in {} (80 % interval {low:.0}-{high:.0} %), from {:.1} % in {}.",
                one.country, median, last.year, one.last_value, one.last_year
            ),
            width,
            0,
            "",
        ));
        let mut table = plain_table(width);
        table.set_header(["Year", "Median", "50 %", "80 %", "95 %"]);
        for year in &one.years {
            let range = |low: usize| format!("{:.1}-{:.1}", year.quantiles[low], year.quantiles[6 - low]);
            table.add_row([year.year.to_string(), format!("{:.1}", year.quantiles[3]), range(2), range(1), range(0)]);
        }
        for column in table.column_iter_mut() {
            column.set_cell_alignment(CellAlignment::Right);
        }
        text.push_str(&format!("\n{}\n\n", table.trim_fmt()));
        if !one.doubtful.is_empty() {
            text.push_str(&wrapped(&format!("Doubtful in the figures: {}.", one.doubtful.join("; ")), width, 0, ""));
        }
    }
    let lead = |ahead: &str| told.track_record.iter().find(|lead| lead.ahead == ahead);
    for lead in ["1", "5", "8"].into_iter().filter_map(lead) {
        let years = if lead.ahead == "1" { "One year ahead".to_owned() } else { format!("{} years ahead", lead.ahead) };
        text.push_str(&wrapped(
            &format!(
                "{years}, this method missed by {:.1} points on average; its 80 % intervals held {:.0} % of the time ({} past forecasts of all countries).",
                lead.summary.mae,
                lead.summary.coverage[1].share * 100.0,
                lead.summary.count
            ),
            width,
            0,
            "",
        ));
    }
    if told.countries.iter().any(|one| one.years.len() > 8) {
        text.push_str(&wrapped("Beyond eight years there is no track record here.", width, 0, ""));
    }
    text
}
