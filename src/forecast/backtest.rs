//! Forecasts repeated from past origins, and how they turned out.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;
use serde::Serialize;

use super::references::{self, Combination};
use super::{Forecaster, Known, Pooled, Protocol, Task};
use crate::data::{Covariates, Panel, Vintages};
use crate::score::{Difference, Quantiles, Scored, Summary, paired};

/// Every forecaster: ours first, then the combination of references, then each reference.
#[must_use]
pub fn contestants() -> Vec<Box<dyn Forecaster>> {
    let mut every: Vec<Box<dyn Forecaster>> = vec![Box::new(Pooled::default()), Box::new(Combination)];
    every.extend(references::all().into_iter().map(|one| Box::new(one) as Box<dyn Forecaster>));
    every
}

/// Where figures come from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// One panel: what is published today is cut off at each origin. Revisions since then are used as if known.
    Latest(&'a Panel),
    /// At each origin, the last publication of that year or before; scored on the newest.
    AsPublished(&'a Vintages),
}

impl Source<'_> {
    fn truth(&self) -> &Panel {
        match self {
            Source::Latest(panel) => panel,
            Source::AsPublished(vintages) => vintages.newest(),
        }
    }

    fn known(&self, origin: i32) -> Option<&Panel> {
        match self {
            Source::Latest(panel) => Some(panel),
            Source::AsPublished(vintages) => vintages.known_in(origin),
        }
    }
}

/// One forecast of one year.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Position of the forecaster in [`Backtest::models`].
    pub model: usize,
    /// Country.
    pub iso3: String,
    /// Origin.
    pub origin: i32,
    /// Year forecast.
    pub year: i32,
    /// Last figure above zero at the origin, percent.
    pub last: f64,
    /// The forecast, percent.
    pub forecast: Quantiles,
    /// What was observed, with the scores; `None` where nothing was.
    pub scored: Option<Scored>,
}

/// The forecasts of a backtest.
#[derive(Clone, Debug)]
pub struct Backtest {
    /// The rules.
    pub protocol: Protocol,
    /// Names of the forecasters.
    pub models: Vec<String>,
    /// Number of tasks: countries and origins.
    pub tasks: usize,
    /// Forecasts by origin, forecaster, country and year.
    pub records: Vec<Record>,
}

/// Told after each forecaster at each origin: how many are done, of how many.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// Lets each forecaster forecast each task of `protocol`. An origin before the first publication has no tasks.
///
/// `None` when `cancel` was set meanwhile. The result does not depend on the number of threads.
#[must_use]
pub fn backtest(
    protocol: &Protocol,
    source: Source<'_>,
    covariates: &Covariates,
    forecasters: &[Box<dyn Forecaster>],
    progress: Option<Progress<'_>>,
    cancel: Option<&AtomicBool>,
) -> Option<Backtest> {
    let mut found = Backtest {
        protocol: protocol.clone(),
        models: forecasters.iter().map(|one| one.name().to_owned()).collect(),
        tasks: 0,
        records: Vec::new(),
    };
    let all = (protocol.origins.len() * forecasters.len()) as u64;
    let mut done = 0;
    for &origin in &protocol.origins {
        let Some(panel) = source.known(origin) else { continue };
        let known = Known::at(origin, panel, covariates);
        let tasks = protocol.tasks(origin, known.panel(), source.truth());
        found.tasks += tasks.len();
        for (model, forecaster) in forecasters.iter().enumerate() {
            if cancel.is_some_and(|cancel| cancel.load(Ordering::SeqCst)) {
                return None;
            }
            if !tasks.is_empty() {
                let fitted = forecaster.fit(&known);
                let forecast = |task: &Task| {
                    let fans = fitted.forecast(&task.iso3, protocol.horizon).unwrap_or_default();
                    records(model, task, &fans)
                };
                let records: Vec<Vec<Record>> = tasks.par_iter().map(forecast).collect();
                found.records.extend(records.into_iter().flatten());
            }
            done += 1;
            if let Some(progress) = progress {
                progress(done, all);
            }
        }
    }
    Some(found)
}

fn records(model: usize, task: &Task, fans: &[Quantiles]) -> Vec<Record> {
    let observed = |year| task.future.iter().find(|point| point.year == year).map(|point| point.value);
    let record = |(year, fan): (i32, &Quantiles)| Record {
        model,
        iso3: task.iso3.clone(),
        origin: task.origin,
        year,
        last: task.last.value,
        forecast: *fan,
        scored: observed(year).map(|value| Scored::new(value, *fan)),
    };
    (task.origin + 1..).zip(fans).map(record).collect()
}

/// What scores may be broken down by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grouping {
    /// Not at all.
    All,
    /// Years ahead.
    Horizon,
    /// Origin.
    Origin,
    /// The last figure at the origin.
    Level,
    /// Country.
    Country,
}

/// Upper ends of the levels, percent, and their names.
const LEVEL_ENDS: [(f64, &str); 6] = [
    (1.0, "0-1 %"),
    (10.0, "1-10 %"),
    (30.0, "10-30 %"),
    (60.0, "30-60 %"),
    (85.0, "60-85 %"),
    (f64::INFINITY, "85-100 %"),
];

impl Grouping {
    /// Every way.
    pub const EVERY: [Grouping; 5] =
        [Grouping::All, Grouping::Horizon, Grouping::Origin, Grouping::Level, Grouping::Country];

    /// Name in tables and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Grouping::All => "all",
            Grouping::Horizon => "horizon",
            Grouping::Origin => "origin",
            Grouping::Level => "level",
            Grouping::Country => "country",
        }
    }

    /// The group of a record: a number that groups are ordered by, and its name.
    fn of(self, record: &Record) -> (i32, String) {
        match self {
            Grouping::All => (0, "all".to_owned()),
            Grouping::Horizon => (record.year - record.origin, (record.year - record.origin).to_string()),
            Grouping::Origin => (record.origin, record.origin.to_string()),
            Grouping::Level => {
                let at = LEVEL_ENDS.iter().position(|(end, _)| record.last < *end).unwrap_or(LEVEL_ENDS.len() - 1);
                (at as i32, LEVEL_ENDS[at].1.to_owned())
            }
            Grouping::Country => (0, record.iso3.clone()),
        }
    }
}

/// How one forecaster compares with another on the forecasts that both made.
#[derive(Clone, Debug, Serialize)]
pub struct Rivalry {
    /// The other.
    pub reference: String,
    /// Common forecasts.
    pub count: usize,
    /// `1 - WIS / WIS of the other`: above 0, ours is better.
    pub skill: f64,
    /// Ours less the other's weighted interval score, with its interval over resampled countries: below 0, ours is better.
    pub wis: Difference,
    /// The same for the absolute error.
    pub absolute_error: Difference,
}

impl Backtest {
    /// Position of a forecaster by name.
    #[must_use]
    pub fn model(&self, name: &str) -> Option<usize> {
        self.models.iter().position(|model| model == name)
    }

    /// The scored forecasts of one forecaster.
    pub fn scored(&self, model: usize) -> impl Iterator<Item = (&Record, &Scored)> {
        let own = self.records.iter().filter(move |record| record.model == model);
        own.filter_map(|record| Some((record, record.scored.as_ref()?)))
    }

    /// Scores of a forecaster in each group, in the order of the groups.
    #[must_use]
    pub fn scores(&self, model: usize, grouping: Grouping) -> Vec<(String, Summary)> {
        let mut groups: BTreeMap<(i32, String), Vec<&Scored>> = BTreeMap::new();
        for (record, scored) in self.scored(model) {
            groups.entry(grouping.of(record)).or_default().push(scored);
        }
        let summed = groups.into_iter().filter_map(|((_, name), scored)| Some((name, Summary::of(scored)?)));
        summed.collect()
    }

    /// Scores of a forecaster over everything; `None` when it has none.
    #[must_use]
    pub fn overall(&self, model: usize) -> Option<Summary> {
        Summary::of(self.scored(model).map(|(_, scored)| scored))
    }

    /// A forecaster against another; `None` when they have no common forecasts.
    #[must_use]
    pub fn rivalry(&self, model: usize, other: usize) -> Option<Rivalry> {
        let key = |record: &Record| (record.iso3.clone(), record.origin, record.year);
        let theirs: BTreeMap<_, &Scored> = self.scored(other).map(|(record, scored)| (key(record), scored)).collect();
        let common: Vec<(&Record, &Scored, &Scored)> = self
            .scored(model)
            .filter_map(|(record, scored)| Some((record, scored, *theirs.get(&key(record))?)))
            .collect();
        let difference = |of: &dyn Fn(&Scored) -> f64| {
            paired(common.iter().map(|(record, ours, theirs)| (record.iso3.as_str(), of(ours) - of(theirs))))
        };
        let total = |wis: &dyn Fn(&(&Record, &Scored, &Scored)) -> f64| common.iter().map(wis).sum::<f64>();
        Some(Rivalry {
            reference: self.models[other].clone(),
            count: common.len(),
            skill: 1.0 - total(&|one| one.1.wis) / total(&|one| one.2.wis),
            wis: difference(&|scored| scored.wis)?,
            absolute_error: difference(&Scored::absolute_error)?,
        })
    }
}
