//! The first page: what came out, in sentences.

use super::html::Page;
use super::source::{Content, Source, StoredComparison};
use super::words::Language;
use super::{INTERVAL, Options, layer};
use crate::output::StoredRun;
use crate::output::comparison::report::{DateReport, LayerReport, QuantityReport, ScenarioReport};
use crate::output::summary::Spread;
use crate::series::{Projection, Quantity};

/// Smallest change of another layer worth a sentence, as a share of its users in the baseline.
const WORTH_NAMING: f64 = 0.005;

/// Tells one source.
pub fn tell(page: &mut Page, source: &Source, options: &Options) {
    let language = &options.language;
    match &source.content {
        Content::Run(run) => of_run(page, run, language),
        Content::Comparison(comparison) => of_comparison(page, comparison, layer(source, options), language),
        Content::Other(_) => {}
    }
}

fn of_run(page: &mut Page, run: &StoredRun, language: &Language) {
    let projection = &run.projection;
    let sentences: Vec<String> = last_december(projection)
        .map(|date| (0..projection.layers.len()).map(|layer| level(projection, layer, date, language)).collect())
        .unwrap_or_default();
    page.lead(&projection.title);
    page.list(&sentences);
    page.paragraph(&members(projection.members, &projection.engine, projection.seed, language));
}

/// The last December, or the last date.
pub fn last_december(projection: &Projection) -> Option<usize> {
    let dates = &projection.dates;
    dates.iter().rposition(|date| date.month() == 12).or(dates.len().checked_sub(1))
}

fn level(projection: &Projection, layer: usize, date: usize, language: &Language) -> String {
    let estimate = |quantity| projection.estimate(layer, 0, date, quantity);
    let users = estimate(Quantity::Users);
    let (low, high) = users.interval80();
    let several = projection.members > 1;
    language.fill(
        if several { "summary.level_interval" } else { "summary.level" },
        &[
            ("layer", &projection.layers[layer].title),
            ("count", &language.count(users.median())),
            ("month", &language.month(projection.dates[date])),
            ("share", &language.share(estimate(Quantity::Penetration).median())),
            ("level", &language.share(INTERVAL)),
            ("range", &language.range(low, high)),
        ],
    )
}

fn members(members: usize, engine: &str, seed: u64, language: &Language) -> String {
    let key = if members > 1 { "summary.members" } else { "summary.one_member" };
    let (members, seed) = (language.number(&members.to_string()), language.number(&seed.to_string()));
    language.fill(key, &[("members", &members), ("engine", engine), ("seed", &seed)])
}

fn of_comparison(page: &mut Page, comparison: &StoredComparison, layer: usize, language: &Language) {
    let report = &comparison.report;
    if let Some(baseline) = report.scenarios.iter().find(|one| one.is_baseline)
        && let Some((of, date)) = last(baseline, layer)
        && let (Some(users), Some(share)) = (quantity(date, "users"), quantity(date, "penetration"))
    {
        let sentence = language.fill(
            "summary.baseline",
            &[
                ("title", &baseline.title),
                ("layer", &of.title),
                ("count", &language.count(users.level.median)),
                ("month", &language.month(date.date)),
                ("share", &language.share(share.level.median)),
            ],
        );
        page.lead(&sentence);
    }
    let several = report.members > 1;
    let policies = report.scenarios.iter().filter(|one| !one.is_baseline);
    page.list(&policies.filter_map(|policy| verdict(comparison, policy, layer, several, language)).collect::<Vec<_>>());
    page.paragraph(&members(report.members, &report.engine, report.seed, language));
}

/// A layer of a scenario and its last chosen year.
fn last(scenario: &ScenarioReport, layer: usize) -> Option<(&LayerReport, &DateReport)> {
    let of = scenario.layers.get(layer)?;
    Some((of, of.dates.last()?))
}

/// A quantity by name.
pub fn quantity<'a>(date: &'a DateReport, name: &str) -> Option<&'a QuantityReport> {
    date.quantities.iter().find(|quantity| quantity.quantity == name)
}

/// Which way a difference of people goes: clearly up, clearly down, unclear (`None` within), or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Less than half a person in every quantile.
    Nowhere,
    /// The interval holds zero.
    Unclear,
    /// Up.
    More,
    /// Down.
    Fewer,
}

/// Which way a difference goes, by its 80 % interval.
pub fn way(difference: &Spread) -> Way {
    let Spread { median, q025, q10, q90, q975, mean, .. } = *difference;
    if [median, q025, q10, q90, q975, mean].iter().all(|value| value.abs() < 0.5) {
        Way::Nowhere
    } else if q10 > 0.0 {
        Way::More
    } else if q90 < 0.0 {
        Way::Fewer
    } else {
        Way::Unclear
    }
}

fn verdict(
    comparison: &StoredComparison,
    policy: &ScenarioReport,
    layer: usize,
    several: bool,
    language: &Language,
) -> Option<String> {
    let (of, date) = last(policy, layer)?;
    let users = &quantity(date, "users")?.difference;
    let share = &quantity(date, "penetration")?.difference;
    let month = language.month(date.date);
    let level = language.share(INTERVAL);
    let signed = |value: f64| {
        let key = if value < 0.0 { "summary.fewer_short" } else { "summary.more_short" };
        language.fill(key, &[("n", &language.count(value.abs()))])
    };
    let (low, high) = if users.q90 < 0.0 { (-users.q90, -users.q10) } else { (users.q10, users.q90) };
    let range = language.range(low, high);
    let interval = if several {
        language.fill("summary.interval", &[("level", &level), ("range", &range)])
    } else {
        String::new()
    };
    let key = match way(users) {
        Way::Nowhere => "summary.none",
        Way::Unclear => "summary.unclear",
        Way::More => "summary.more",
        Way::Fewer => "summary.fewer",
    };
    let mut text = language.fill(
        key,
        &[
            ("policy", &policy.title),
            ("layer", &of.title),
            ("month", &month),
            ("count", &language.count(users.median.abs())),
            ("interval", &interval),
            ("points", &language.points(share.median)),
            ("median", &signed(users.median)),
            ("level", &level),
            ("low", &signed(users.q10)),
            ("high", &signed(users.q90)),
        ],
    );
    if let Some(more) = elsewhere(comparison, policy, layer, language) {
        text.push(' ');
        text.push_str(&more);
    }
    Some(text)
}

/// The layer and year on which a policy acts most, in relation to the users without it, when it is another layer.
fn elsewhere(
    comparison: &StoredComparison,
    policy: &ScenarioReport,
    layer: usize,
    language: &Language,
) -> Option<String> {
    let baseline = comparison.report.scenarios.iter().find(|one| one.is_baseline)?;
    let mut most: Option<(f64, usize, usize)> = None;
    for (position, of) in policy.layers.iter().enumerate() {
        for (at, date) in of.dates.iter().enumerate() {
            let users = quantity(date, "users")?;
            let before = quantity(baseline.layers.get(position)?.dates.get(at)?, "users")?.level.median;
            let share = users.difference.median.abs() / before.max(1.0);
            let clear = matches!(way(&users.difference), Way::More | Way::Fewer);
            if clear && most.is_none_or(|(largest, ..)| share > largest) {
                most = Some((share, position, at));
            }
        }
    }
    let (share, position, at) = most.filter(|(share, position, _)| *position != layer && *share >= WORTH_NAMING)?;
    let of = &policy.layers[position];
    let users = &quantity(&of.dates[at], "users")?.difference;
    let word = if users.median < 0.0 { "summary.word_fewer" } else { "summary.word_more" };
    Some(language.fill(
        "summary.elsewhere",
        &[
            ("layer", &of.title),
            ("count", &language.count(users.median.abs())),
            ("word", language.text(word)),
            ("month", &language.month(of.dates[at].date)),
            ("share", &language.share(share)),
        ],
    ))
}
