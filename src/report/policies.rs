//! Policies side by side: a table, who gains, and what each policy is.

use super::html::{Page, Table};
use super::source::{Content, Source, StoredComparison};
use super::summary::{Way, quantity, way};
use super::words::Language;
use super::{INTERVAL, Options, layer};
use crate::output::comparison::report::{GainReport, ScenarioReport};
use crate::series::ALL;

/// A change of a share below this is shown as none, with one decimal of a percentage point.
const LEAST_TOLD: f64 = 0.0005;
/// Groups told at each end.
const TOLD: usize = 3;

/// Tells every comparison.
pub fn tell(page: &mut Page, sources: &[Source], options: &Options) {
    let language = &options.language;
    for source in sources {
        let Content::Comparison(comparison) = &source.content else { continue };
        let layer = layer(source, options);
        page.section(language.text("headings.policies"));
        compared(page, comparison, layer, language);
        page.section(language.text("headings.gains"));
        gains(page, comparison, layer, language);
    }
}

fn compared(page: &mut Page, comparison: &StoredComparison, layer: usize, language: &Language) {
    let report = &comparison.report;
    let Some(baseline) = report.scenarios.iter().find(|one| one.is_baseline) else { return };
    let Some(of) = baseline.layers.get(layer) else { return };
    page.paragraph(&language.fill("policies.about", &[("title", &baseline.title), ("layer", &of.title)]));
    for position in 0..report.dates.len() {
        page.table(&table(comparison, layer, position, language));
    }
    if let Some(cost) = report.scenarios.iter().find_map(|one| one.cost.as_ref()) {
        let year = language.number(&cost.price_year.to_string());
        page.paragraph(&language.fill("policies.money", &[("currency", &cost.currency), ("year", &year)]));
    }
    page.open_printed_details(language.text("policies.what"));
    for policy in report.scenarios.iter().filter(|one| !one.is_baseline) {
        page.heading(&policy.title);
        page.paragraph(&policy.description);
    }
    page.close_details();
}

/// The policies at one chosen year, those with most additional users first.
fn table(comparison: &StoredComparison, layer: usize, position: usize, language: &Language) -> Table {
    let report = &comparison.report;
    let mut policies: Vec<&ScenarioReport> = report.scenarios.iter().filter(|one| !one.is_baseline).collect();
    let users = |policy: &ScenarioReport| {
        let date = policy.layers.get(layer)?.dates.get(position)?;
        Some(quantity(date, "users")?.difference)
    };
    let rank = |policy: &ScenarioReport| users(policy).map_or(f64::NEG_INFINITY, |users| users.median);
    policies.sort_by(|one, other| rank(other).total_cmp(&rank(one)));
    let priced = policies.iter().any(|policy| policy.cost.is_some());
    let several = report.members > 1;
    let text = |key: &str| language.text(key).to_owned();
    let level = language.share(INTERVAL);
    let mut heads = vec![text("policies.policy"), text("policies.users")];
    if several {
        heads.push(language.fill("policies.interval", &[("level", &level)]));
        heads.push(text("policies.more_members"));
    }
    heads.push(text("policies.user_years"));
    if priced {
        heads.extend([text("policies.cost"), text("policies.cost_per")]);
    }
    let rows = policies
        .into_iter()
        .filter_map(|policy| {
            let date = policy.layers.get(layer)?.dates.get(position)?;
            let users = users(policy)?;
            let signed = |value: f64| language.signed(value, Language::count);
            let mut row = vec![policy.title.clone(), signed(users.median)];
            if several {
                row.push(language.fill("words.range", &[("low", &signed(users.q10)), ("high", &signed(users.q90))]));
                row.push(language.share(date.share_of_members_with_more_users));
            }
            row.push(signed(date.user_years_gained.median));
            if priced {
                row.extend(cost(policy, layer, position, language));
            }
            Some(row)
        })
        .collect();
    let of = report.scenarios.iter().find_map(|one| one.layers.get(layer)).map_or("", |of| of.title.as_str());
    let month = report.dates.get(position).map(|date| language.month(*date)).unwrap_or_default();
    let caption = language.fill("policies.caption", &[("layer", of), ("month", &month)]);
    Table { caption, heads, rows, numbers_from: 1 }
}

/// Total cost, and cost per user-year gained.
fn cost(policy: &ScenarioReport, layer: usize, position: usize, language: &Language) -> [String; 2] {
    let not_stated = || language.text("policies.not_stated").to_owned();
    let Some(date) = policy.cost.as_ref().and_then(|cost| cost.dates.get(position)) else {
        return [not_stated(), not_stated()];
    };
    let total = language.count(date.total.median);
    let per = date.layers.get(layer).and_then(|of| of.per_user_year.median);
    [total, per.map_or_else(|| language.text("policies.no_gain").to_owned(), |value| language.money(value))]
}

fn gains(page: &mut Page, comparison: &StoredComparison, layer: usize, language: &Language) {
    let report = &comparison.report;
    let Some(month) = report.dates.last().map(|date| language.month(*date)) else { return };
    page.paragraph(&language.fill("gains.about", &[("month", &month)]));
    let mut rows = Vec::new();
    for policy in report.scenarios.iter().filter(|one| !one.is_baseline) {
        let Some(date) = policy.layers.get(layer).and_then(|of| of.dates.last()) else { continue };
        let nowhere = quantity(date, "users").is_none_or(|users| way(&users.difference) == Way::Nowhere);
        let told = |gains: &[GainReport]| {
            let texts: Vec<String> = gains.iter().take(TOLD).map(|gain| of_group(gain, language)).collect();
            texts.join("; ")
        };
        let (most, least) = (told(&date.gain_most), told(&date.gain_least));
        let little = |gain: &GainReport| gain.difference.median.abs() < LEAST_TOLD;
        rows.push(if nowhere || most.is_empty() {
            vec![policy.title.clone(), language.text("gains.nobody").to_owned(), String::new()]
        } else if date.gain_most.iter().chain(&date.gain_least).all(little) {
            let points = language.points(LEAST_TOLD * 2.0);
            vec![policy.title.clone(), language.fill("gains.nobody_much", &[("points", &points)]), String::new()]
        } else {
            vec![policy.title.clone(), most, least]
        });
    }
    let text = |key: &str| language.text(key).to_owned();
    page.table(&Table {
        caption: text("headings.gains"),
        heads: vec![text("policies.policy"), text("gains.most"), text("gains.least")],
        rows,
        numbers_from: usize::MAX,
    });
}

/// A group and its change: `Phnom Penh +2.1 percentage points`.
fn of_group(gain: &GainReport, language: &Language) -> String {
    let points = |language: &Language, share: f64| language.number(&format!("{:.1}", 100.0 * share));
    format!("{} {}", group(gain, language), language.signed(gain.difference.median, points))
}

/// A group in the language's words.
fn group(gain: &GainReport, language: &Language) -> String {
    if gain.region != ALL {
        return gain.region.clone();
    }
    if gain.age != ALL {
        return language.fill("words.ages", &[("band", &language.number(&gain.age))]);
    }
    match [gain.residence.as_str(), gain.sex.as_str()] {
        ["urban", _] => language.text("words.urban").to_owned(),
        ["rural", _] => language.text("words.rural").to_owned(),
        [_, "female"] => language.text("words.female").to_owned(),
        [_, "male"] => language.text("words.male").to_owned(),
        [residence, ALL] => residence.to_owned(),
        [_, sex] => sex.to_owned(),
    }
}
