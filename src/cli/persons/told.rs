//! Sentences and tables of `uptake persons`.

use comfy_table::CellAlignment;

use super::super::screen::plain_table;
use super::super::words::{self, wrapped};
use crate::engine::agent::CAUSES;
use crate::network::Level;
use crate::output::persons::cause_names;
use crate::persons::{Categories, Ends, Observed, ObservedLayer, Pair};
use crate::plot::PersonsCaption;
use crate::series::{ALL, Group};

/// One scenario: sentences of every layer, a table of one.
pub fn observed(observed: &Observed, layer: usize, caption: &PersonsCaption, width: usize) -> String {
    let mut text = String::new();
    for layer in &observed.layers {
        text.push_str(&wrapped(&sentences(observed, layer), width, 0, ""));
    }
    text.push_str(&wrapped(&provenance(caption), width, 0, ""));
    let about = format!(
        "{}: adopters by {}, the share of them in each of Rogers' categories (innovators, early adopters, \
         early and late majority, laggards), and the months within which 25 and 50 % of those \
         with access use it:",
        observed.layers[layer].label.title,
        observed.dates.last().map_or_else(String::new, |date| words::month(*date)),
    );
    text.push_str(&format!("\n{}", wrapped(&about, width, 0, "")));
    let found = &observed.layers[layer];
    let categories = Categories::of(&found.firsts);
    let mut table = plain_table(width);
    let heads = ["Group", "Adopters", "Innov.", "Early a.", "Early m.", "Late m.", "Laggards", "25 %", "50 %"];
    table.set_header(heads);
    for (g, group) in observed.groups.iter().enumerate() {
        let adopters = found.firsts[g].iter().sum::<u64>();
        let shares = categories.shares(g);
        let months = |share| {
            found.waiting[g].months_until(share).map_or_else(|| "not yet".to_owned(), |months| months.to_string())
        };
        let row = [name(group), words::count(adopters as f64)].into_iter();
        let row = row.chain((0..5).map(|c| shares.map_or_else(String::new, |shares| words::share(shares[c]))));
        table.add_row(row.chain([months(0.25), months(0.5)]));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    text.push_str(&format!("{}\n", table.trim_fmt()));
    text
}

fn provenance(caption: &PersonsCaption) -> String {
    format!(
        "One member (number {}, seed {}), every person followed: other members differ by chance and parameters.",
        caption.member, caption.seed
    )
}

/// The name of a one-way group.
fn name(group: &Group) -> String {
    let parts = [&group.region, &group.residence, &group.sex];
    let own = parts.into_iter().find(|part| *part != ALL).cloned();
    own.unwrap_or_else(|| if group.age == ALL { "everybody".to_owned() } else { format!("ages {}", group.age) })
}

fn sentences(observed: &Observed, layer: &ObservedLayer) -> String {
    let last = observed.dates.len().saturating_sub(1);
    let Some(date) = observed.dates.last() else { return String::new() };
    let adopters: u64 = layer.firsts[0].iter().sum();
    let mut text = format!(
        "{}: {} people had adopted it by {}, and {} used it.",
        layer.label.title,
        words::count(adopters as f64),
        words::month(*date),
        words::count(layer.users[last] as f64)
    );
    if let Some(causes) = causes(&layer.causes[0][last]) {
        text.push_str(&format!(" What set adoptions off: {causes}."));
    }
    let waiting = &layer.waiting[0];
    match (waiting.months_until(0.25), waiting.months_until(0.5)) {
        _ if waiting.spells() == 0 => {}
        (Some(quarter), Some(half)) => text.push_str(&format!(
            " Of those who get access, a quarter use it within {} and half within {}.",
            words::plural(quarter, "month"),
            words::plural(half, "month")
        )),
        (Some(quarter), None) => text.push_str(&format!(
            " Of those who get access, a quarter use it within {}; half have not been seen to.",
            words::plural(quarter, "month")
        )),
        _ => text.push_str(" Of those who get access, not a quarter have been seen to use it."),
    }
    // When few or nearly all are users, users know users by chance alone.
    let middle = (0..layer.clustering.len()).min_by(|a, b| {
        let from_third = |date: usize| (observed.penetration_of(layer, date) - 1.0 / 3.0).abs();
        from_third(*a).total_cmp(&from_third(*b))
    });
    if let Some(at) = middle
        && let Some(sentence) = clustering(observed, layer, at)
    {
        text.push_str(&sentence);
    }
    text
}

fn causes(causes: &[u64; CAUSES]) -> Option<String> {
    let total: u64 = causes.iter().sum();
    if total == 0 {
        return None;
    }
    let named = cause_names().into_iter().zip(causes).filter(|(_, count)| **count > 0);
    let told = named.map(|(name, count)| {
        let who = match name {
            "outside" => "outside influence".to_owned(),
            "tie" => "a tie".to_owned(),
            "nation" => "a contact anywhere in the nation".to_owned(),
            level => format!("a contact in the {level}"),
        };
        format!("{who} {}", words::share(*count as f64 / total as f64))
    });
    Some(told.collect::<Vec<_>>().join(", "))
}

fn clustering(observed: &Observed, layer: &ObservedLayer, date: usize) -> Option<String> {
    let clustering = &layer.clustering[date];
    let all = clustering.all();
    let (users, anyone, ratio) = (all.of_users()?, all.of_anyone()?, all.ratio()?);
    let levels = clustering.levels();
    let by_level: Vec<String> = levels
        .iter()
        .filter(|_| levels.len() > 1)
        .filter_map(|level: &Level| {
            let ends: &Ends = clustering.at(*level);
            Some(format!("{} {:.2}", level.name(), ends.ratio()?))
        })
        .collect();
    let by_level = if by_level.is_empty() { String::new() } else { format!(" (by level: {})", by_level.join(", ")) };
    Some(format!(
        " In {}, {} of users' ties were users, and {} of anyone's: {ratio:.2} times as many{by_level}.",
        words::month(observed.dates[date]),
        words::share(users),
        words::share(anyone)
    ))
}

/// Two scenarios: sentences of every layer, a table of one.
pub fn pair(pair: &Pair, layer: usize, caption: &PersonsCaption, width: usize) -> String {
    let mut text = String::new();
    let (Some(date), [first, second]) = (pair.dates.last(), &caption.scenarios[..]) else { return text };
    let last = pair.dates.len() - 1;
    let (first, second) = (&first[1], &second[1]);
    text.push_str(&wrapped(&format!("{second}, held person by person against {first}:"), width, 0, ""));
    for (l, label) in pair.layers.iter().enumerate() {
        let uses = pair.at(l, 0, last);
        let sentence = if uses.only_first + uses.only_second == 0 {
            format!("{}: everybody is in {} what they are in the other world.", label.title, words::month(*date))
        } else {
            format!(
                "{}: in {}, {} people use it who would not, and {} do not who would; {} use it in both worlds, {} in neither.",
                label.title,
                words::month(*date),
                words::count(uses.only_second as f64),
                words::count(uses.only_first as f64),
                words::count(uses.both as f64),
                words::count(uses.neither as f64),
            )
        };
        text.push_str(&wrapped(&sentence, width, 0, ""));
    }
    text.push_str(&wrapped(&provenance(caption), width, 0, ""));
    text.push_str(&format!(
        "\n{} in {}: people who use it, and the second less the first:\n",
        pair.layers[layer].title,
        words::month(*date)
    ));
    let mut table = plain_table(width);
    table.set_header([
        "Group",
        "Use it in both",
        "Only in the first",
        "Only in the second",
        "In neither",
        "Second less first",
    ]);
    for (g, group) in pair.groups.iter().enumerate() {
        let uses = pair.at(layer, g, last);
        let count = |count: u64| words::count(count as f64);
        let points = (uses.only_second as f64 - uses.only_first as f64) / (uses.people().max(1) as f64) * 100.0;
        table.add_row([
            name(group),
            count(uses.both),
            count(uses.only_first),
            count(uses.only_second),
            count(uses.neither),
            format!("{:+.1} points", points + 0.0),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    text.push_str(&format!("{}\n", table.trim_fmt()));
    text
}
