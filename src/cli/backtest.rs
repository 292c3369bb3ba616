//! `uptake backtest`: forecasts repeated from past years, and scored.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use comfy_table::CellAlignment;

use super::args::Format;
use super::failure::{Failure, interrupted};
use super::forecast_args::BacktestArgs;
use super::panel_file::{self, Loaded};
use super::progress::Progress;
use super::screen::{Screen, plain_table};
use super::words::wrapped;
use super::{Exit, produce, track, words};
use crate::data::{Panel, Vintages};
use crate::forecast::{Backtest, Forecaster, Grouping, Protocol, Source, backtest, contestants};
use crate::output::skill::{self, FORECASTS, REPORT, Report, SCORES};
use crate::output::{Existing, FIGURES, Staging, check_target};

/// Years that a country's last figure may lie before an origin, where only what had been published is used: a figure appears one to two
/// years after its year.
const REAL_TIME_STALENESS: i32 = 3;

/// Runs the command.
pub fn run(args: &BacktestArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let forecasters = chosen(&args.models)?;
    let target = args.out.clone().unwrap_or_else(|| PathBuf::from("output/backtest"));
    let existing = Existing::replace_if(args.force);
    check_target(&target, existing)?;
    let loaded = panel_file::load(&args.panel)?;
    let panel = publication(&loaded.vintages, args.vintage.as_deref())?;
    let protocol = protocol(args, &loaded.vintages, panel)?;
    let flag = screen.watch_interrupts();
    let source = if args.real_time { Source::AsPublished(&loaded.vintages) } else { Source::Latest(panel) };
    let found = super::with_threads(args.threads, || {
        let progress = Progress::of(screen.progress, "forecasting", "fits");
        let update = |done: u64, all: u64| progress.update(done as usize, all as usize);
        backtest(&protocol, source, &loaded.covariates, &forecasters, Some(&update), Some(flag))
    })?
    .ok_or_else(interrupted)?;
    if found.records.iter().all(|record| record.scored.is_none()) {
        let error = anyhow::anyhow!("no country of the panel can be forecast and scored from these origins");
        return Err(Failure::new(Exit::Invalid, error).advise(format!(
            "a task needs {} figures above zero by the origin, one of the last {} years, and {} figures after it; see `uptake data list`",
            protocol.history,
            protocol.staleness + 1,
            protocol.future
        )));
    }
    let Loaded { inputs, .. } = loaded;
    let report = Report::new(&found, inputs, panel.vintage.clone(), args.real_time);
    let mut staging = Staging::create(&target, existing)?;
    staging.write(FORECASTS, skill::forecasts(&found).as_bytes())?;
    staging.write(SCORES, report.to_csv().as_bytes())?;
    staging.write(REPORT, report.to_json().as_bytes())?;
    if !args.no_figures {
        produce::write_figures(track::figures(&found, panel)?, args.png, |name, bytes| {
            Ok(staging.write(&format!("{FIGURES}/{name}"), bytes)?)
        })?;
    }
    if flag.load(Ordering::SeqCst) {
        return Err(interrupted());
    }
    let files = staging.commit()?;
    match args.format {
        Format::Json => write!(screen.out, "{}", report.to_json())?,
        Format::Csv => write!(screen.out, "{}", report.to_csv())?,
        Format::Table => write!(screen.out, "{}", told(&found, &report, screen.width))?,
    }
    for file in &files {
        screen.remark("wrote", &target.join(&file.path).display().to_string());
    }
    Ok(Exit::Ok)
}

/// The forecasters named, in that order; all without names.
pub fn chosen(names: &[String]) -> Result<Vec<Box<dyn Forecaster>>, Failure> {
    let mut every = contestants();
    if names.is_empty() {
        return Ok(every);
    }
    let known: Vec<String> = every.iter().map(|one| one.name().to_owned()).collect();
    let mut found: Vec<Box<dyn Forecaster>> = Vec::new();
    for name in names {
        let Some(at) = every.iter().position(|one| one.name() == name) else {
            let error = anyhow::anyhow!("there is no method `{name}`, or it is named twice");
            return Err(Failure::new(Exit::Usage, error).advise(format!("choose from {}", known.join(", "))));
        };
        found.push(every.swap_remove(at));
    }
    Ok(found)
}

fn publication<'a>(vintages: &'a Vintages, date: Option<&str>) -> Result<&'a Panel, Failure> {
    let Some(date) = date else { return Ok(vintages.newest()) };
    vintages.on(date).ok_or_else(|| {
        let dates: Vec<&str> = vintages.all().iter().filter_map(|panel| panel.vintage.as_deref()).collect();
        let error = anyhow::anyhow!("the panel has no publication of {date}");
        let has = if dates.is_empty() {
            "it has no column `vintage`".to_owned()
        } else {
            format!("it has {}", dates.join(", "))
        };
        Failure::new(Exit::Invalid, error).advise(has)
    })
}

fn protocol(args: &BacktestArgs, vintages: &Vintages, panel: &Panel) -> Result<Protocol, Failure> {
    let mut protocol = Protocol { horizon: args.horizon, history: args.min_history.max(1), ..Protocol::default() };
    if args.real_time {
        let dates = vintages.all().iter().filter_map(|panel| panel.vintage.as_deref());
        protocol.origins = dates.filter_map(|date| date.get(..4)?.parse().ok()).collect();
        protocol.origins.dedup();
        protocol.staleness = REAL_TIME_STALENESS;
        if protocol.origins.len() < 2 && args.origins.is_empty() {
            let error = anyhow::anyhow!("--real-time needs several publications, found {}", protocol.origins.len());
            return Err(Failure::new(Exit::Invalid, error).advise("give a table with a column `vintage` (YYYY-MM-DD)"));
        }
    }
    if !args.origins.is_empty() {
        protocol.origins.clone_from(&args.origins);
        protocol.origins.sort_unstable();
        protocol.origins.dedup();
    }
    for code in &args.countries {
        protocol.countries.push(panel_file::country(panel, code)?.iso3.clone());
    }
    Ok(protocol)
}

fn told(found: &Backtest, report: &Report, width: usize) -> String {
    let origins: Vec<String> = found.protocol.origins.iter().map(ToString::to_string).collect();
    let scored = found.overall(0).map_or(0, |summary| summary.count);
    let mut text = wrapped(
        &format!(
            "{} countries and origins ({}), 1 to {} years ahead; {} forecasts scored for each method{}.",
            found.tasks,
            origins.join(", "),
            found.protocol.horizon,
            words::count(scored as f64),
            if report.real_time { ", each made from what had been published by then" } else { "" },
        ),
        width,
        0,
        "",
    );
    let mut table = plain_table(width);
    table.set_header(["Method", "WIS", "CRPS", "MAE", "Median AE", "Bias", "In 50 %", "In 80 %", "In 95 %"]);
    for (at, model) in found.models.iter().enumerate() {
        let Some(summary) = found.overall(at) else { continue };
        let points = |value: f64| format!("{value:.2}");
        let mut row = vec![model.clone()];
        row.extend([summary.wis, summary.crps, summary.mae, summary.median_absolute_error, summary.bias].map(points));
        row.extend(summary.coverage.iter().map(|coverage| percent(coverage.share)));
        table.add_row(row);
    }
    right(&mut table);
    text.push_str(&format!("\n{}\n\n", table.trim_fmt()));
    for (by, heading) in
        [(Grouping::Horizon, "Years ahead"), (Grouping::Origin, "Origin"), (Grouping::Level, "Level at origin")]
    {
        let mut table = plain_table(width);
        let first = &found.models[0];
        table.set_header([heading, "Forecasts", "WIS", "MAE", "Bias", "In 80 %", "In 95 %"]);
        for (group, summary) in found.scores(0, by) {
            let points = |value: f64| format!("{value:.2}");
            table.add_row([
                group,
                summary.count.to_string(),
                points(summary.wis),
                points(summary.mae),
                points(summary.bias),
                percent(summary.coverage[1].share),
                percent(summary.coverage[2].share),
            ]);
        }
        right(&mut table);
        text.push_str(&format!("{first} by {}:\n{}\n\n", heading.to_lowercase(), table.trim_fmt()));
    }
    if !report.against.is_empty() {
        let mut table = plain_table(width);
        table.set_header(["Against", "Skill", "WIS less theirs", "95 % interval", "MAE less theirs", "95 % interval"]);
        for rival in &report.against {
            let interval = |one: &crate::score::Difference| format!("{:.2} to {:.2}", one.low, one.high);
            table.add_row([
                rival.reference.clone(),
                percent(rival.skill),
                format!("{:.2}", rival.wis.mean),
                interval(&rival.wis),
                format!("{:.2}", rival.absolute_error.mean),
                interval(&rival.absolute_error),
            ]);
        }
        right(&mut table);
        text.push_str(&format!(
            "{} against the others, on common forecasts:\n{}\n\n",
            found.models[0],
            table.trim_fmt()
        ));
    }
    text.push_str(&wrapped(
        "Points of percent; lower is better. WIS: weighted interval score. Bias: median less observed. In 80 %: how many observations the 80 % interval held. \
         Skill: 1 less WIS over theirs. Intervals of differences: whole countries drawn anew 2,000 times.",
        width,
        0,
        "",
    ));
    text
}

fn right(table: &mut comfy_table::Table) {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

/// `80.4 %`
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
