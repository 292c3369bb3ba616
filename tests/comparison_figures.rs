//! Figures of comparisons: their structure, their numbers, and what they make of odd input.
//!
//! `cargo test --test comparison_figures -- --ignored` writes the pictures of comparisons of 2, 6 and 17 scenarios as SVG and
//! PNG to the folder named by `FIGURES_DIR`, or to `figures-preview` in the system's temporary folder, to be looked at.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail by panic, and invents its data")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use roxmltree::{Document, Node};
use uptake::comparison::{Comparison, Costs, Outcome, Ratio, Total};
use uptake::plot::{self, Figure, Footer, PlotError};
use uptake::series::{Estimate, Group, LayerLabel, Quantity};
use uptake::units::Month;

/// Drawing units in a pixel: the picture is 960 x 540 pixels in a view box of 9600 x 5400.
const UNITS: f64 = 10.0;

/// Title, effect by 2035 in percentage points, cost in millions (0: none stated).
const POLICIES: [(&str, f64, f64); 19] = [
    ("Strict cybercrime law", -3.4, 6.0),
    ("Rights-respecting cybercrime law with judicial oversight", 0.4, 9.0),
    ("Investigator training", 0.9, 4.0),
    ("Investigator training and the strict cybercrime law", -2.6, 10.0),
    ("Investigator training and the rights-respecting law of 2016", 1.2, 13.0),
    ("Rural towers", 4.8, 140.0),
    ("Cheaper data", 3.1, 75.0),
    ("Digital skills and Khmer content", 2.6, 38.0),
    ("Rapid economic growth", 5.9, 0.0),
    ("Diaspora voices", 0.05, 0.0),
    ("2018 election", 0.02, 0.0),
    ("Social-media tax", -1.9, 2.0),
    ("Three-week shutdown", -0.2, 1.0),
    ("Platform block", -0.7, 1.5),
    ("Slow growth", -4.2, 0.0),
    ("Towers, cheaper data and digital skills together", 8.8, 250.0),
    ("Free school connections", 1.6, 60.0),
    ("Public access points in every commune council of the country", 0.8, 25.0),
    ("Device subsidy", 1.9, 90.0),
];

const PROVINCES: [&str; 25] = [
    "Banteay Meanchey",
    "Battambang",
    "Kampong Cham",
    "Kampong Chhnang",
    "Kampong Speu",
    "Kampong Thom",
    "Kampot",
    "Kandal",
    "Kep",
    "Koh Kong",
    "Kratie",
    "Mondul Kiri",
    "Oddar Meanchey",
    "Pailin",
    "Phnom Penh",
    "Preah Sihanouk",
    "Preah Vihear",
    "Prey Veng",
    "Pursat",
    "Ratanak Kiri",
    "Siem Reap",
    "Stung Treng",
    "Svay Rieng",
    "Takeo",
    "Tboung Khmum",
];

fn groups() -> Vec<Group> {
    let everybody = Group::everybody;
    let mut groups = vec![everybody()];
    groups.extend(PROVINCES.map(|name| Group { region: name.to_owned(), ..everybody() }));
    groups.extend(["urban", "rural"].map(|name| Group { residence: name.to_owned(), ..everybody() }));
    groups.extend(["female", "male"].map(|name| Group { sex: name.to_owned(), ..everybody() }));
    groups.extend((0..17).map(|band| {
        let age = if band == 16 { "80+".to_owned() } else { format!("{}-{}", band * 5, band * 5 + 4) };
        Group { age, ..everybody() }
    }));
    groups
}

/// Quantiles of a normal distribution.
fn normal(middle: f64, spread: f64) -> Estimate {
    let quantiles = [-1.96, -1.28, -0.67, 0.0, 0.67, 1.28, 1.96].map(|z| middle + z * spread);
    Estimate { mean: middle, quantiles }
}

/// Where an outcome's numbers stand.
#[derive(Clone, Copy)]
struct At {
    layer: usize,
    group: usize,
    date: usize,
    quantity: Quantity,
}

/// A comparison of `scenarios` scenarios on two layers whose numbers come from `level` and `difference`.
fn build(
    scenarios: usize,
    members: usize,
    level: impl Fn(usize, At) -> Estimate,
    difference: impl Fn(usize, At) -> Estimate,
) -> Comparison {
    let mut dates = vec![Month::try_new(2000, 1).unwrap()];
    dates.extend((2000..=2035).map(|year| Month::try_new(year, 12).unwrap()));
    let mut comparison = Comparison {
        engine: "cohort".to_owned(),
        members,
        seed: 0,
        baseline: 0,
        layers: [("internet", "Internet"), ("political-expression", "Political expression")]
            .map(|(name, title)| LayerLabel { name: name.to_owned(), title: title.to_owned() })
            .to_vec(),
        victims: Some(0),
        groups: groups(),
        dates,
        chosen: vec![19, 21, 31, 36],
        outcomes: Vec::new(),
    };
    let size = comparison.layers.len() * comparison.slots() * Quantity::EVERY.len();
    for scenario in 0..scenarios {
        let (title, _, cost) = if scenario == 0 { ("Cambodia: baseline", 0.0, 0.0) } else { POLICIES[scenario - 1] };
        let mut outcome = Outcome {
            name: format!("scenario-{scenario}"),
            title: title.to_owned(),
            description: String::new(),
            levels: vec![Estimate::default(); size],
            differences: vec![Estimate::default(); size],
            totals: Vec::new(),
            cost: None,
            milestones: Vec::new(),
        };
        for layer in 0..comparison.layers.len() {
            for group in 0..comparison.groups.len() {
                for date in 0..comparison.dates.len() {
                    for quantity in Quantity::EVERY {
                        let Some(index) = comparison.index(layer, group, date, quantity) else { continue };
                        let at = At { layer, group, date, quantity };
                        outcome.levels[index] = level(scenario, at);
                        if scenario > 0 {
                            outcome.differences[index] = difference(scenario, at);
                        }
                    }
                }
            }
        }
        let gain = |scenario, layer, date| {
            let users = difference(scenario, At { layer, group: 0, date, quantity: Quantity::Users });
            Estimate { mean: users.mean * 6.0, quantiles: users.quantiles.map(|q| q * 6.0) }
        };
        for layer in 0..comparison.layers.len() {
            for date in 0..comparison.dates.len() {
                let user_years = if scenario == 0 { Estimate::default() } else { gain(scenario, layer, date) };
                outcome.totals.push(Total { more: 0.5, fewer: 0.5, user_years });
            }
        }
        if cost > 0.0 {
            let ratio = Ratio { quantiles: [f64::INFINITY; 7], gain: 0.0 };
            let ratios = vec![ratio; comparison.layers.len() * comparison.dates.len()];
            outcome.cost = Some(Costs {
                currency: "USD".to_owned(),
                price_year: 2016,
                without: if scenario == 4 { vec!["Strict law".to_owned()] } else { Vec::new() },
                total: (0..comparison.dates.len()).map(|d| normal(cost * 1e6, cost * 4e3 * d as f64)).collect(),
                per_user: ratios.clone(),
                per_user_year: ratios,
            });
        }
        comparison.outcomes.push(outcome);
    }
    comparison
}

/// Effect of a policy in a group at a date, a share.
fn effect(scenario: usize, at: At) -> f64 {
    let size = if scenario == 0 { 0.0 } else { POLICIES[scenario - 1].1 / 100.0 };
    let grown = ((at.date as f64 - 16.0) / 20.0).clamp(0.0, 1.0);
    let tilt = if at.group == 0 { 1.0 } else { 0.4 + (at.group * 7 % 13) as f64 / 8.0 };
    size * grown * tilt * if at.layer == 0 { 1.0 } else { 0.3 }
}

fn realistic(scenarios: usize) -> Comparison {
    let people = |quantity| match quantity {
        Quantity::Penetration => 1.0,
        Quantity::Incidents => 3e4,
        _ => 16e6,
    };
    let level = move |scenario, at: At| {
        let share = 0.74 / (1.0 + (-0.42 * (at.date as f64 - 18.0)).exp()) * if at.layer == 0 { 1.0 } else { 0.15 };
        let scale = people(at.quantity);
        normal((share + effect(scenario, at)) * scale, share * 0.08 * scale)
    };
    let difference = move |scenario, at: At| {
        let middle = effect(scenario, at);
        normal(middle * people(at.quantity), (middle.abs() * 0.4 + 0.0004) * people(at.quantity))
    };
    build(scenarios, 200, level, difference)
}

fn footer() -> Footer {
    Footer { data_vintage: "as published by 2025-12".to_owned() }
}

fn draw(comparison: &Comparison) -> Vec<Figure> {
    plot::comparison_figures(comparison, &footer()).unwrap()
}

fn named<'a>(figures: &'a [Figure], name: &str) -> &'a Figure {
    figures.iter().find(|f| f.name == name).unwrap_or_else(|| panic!("no figure {name}"))
}

fn groups_of<'a>(document: &'a Document<'a>, class: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    document.descendants().filter(move |node| node.has_tag_name("g") && node.attribute("class") == Some(class))
}

fn texts<'a>(node: Node<'a, 'a>) -> impl Iterator<Item = Node<'a, 'a>> {
    node.descendants().filter(|n| n.has_tag_name("text"))
}

fn words(node: Node<'_, '_>) -> String {
    node.text().unwrap_or_default().trim().to_owned()
}

fn number(node: Node<'_, '_>, attribute: &str) -> f64 {
    node.attribute(attribute).unwrap().parse().unwrap()
}

/// Left, top, right, bottom of a text in pixels.
#[derive(Debug, Clone, Copy)]
struct Box4(f64, f64, f64, f64);

impl Box4 {
    fn of(text: Node<'_, '_>) -> Self {
        let size = number(text, "font-size") / UNITS;
        let width = plot::text_width(&words(text), size);
        let (x, y) = (number(text, "x") / UNITS, number(text, "y") / UNITS);
        if text.attribute("transform").is_some_and(|turn| turn.starts_with("rotate(270")) {
            let x = x - 0.1 * size;
            return Self(x - size * 0.4, y - width, x + size * 0.4, y);
        }
        let y = y - 0.1 * size;
        let left = match text.attribute("text-anchor").unwrap() {
            "start" => x,
            "middle" => x - width / 2.0,
            _ => x - width,
        };
        Self(left, y - size * 0.4, left + width, y + size * 0.4)
    }

    fn meets(self, other: Self) -> bool {
        self.0 < other.2 && other.0 < self.2 && self.1 < other.3 && other.1 < self.3
    }
}

/// No text leaves the frame and no two texts of the picture meet.
fn assert_legible(figure: &Figure) {
    let document = Document::parse(&figure.svg).unwrap();
    let boxes: Vec<(String, Box4)> = texts(document.root()).map(|t| (words(t), Box4::of(t))).collect();
    for (text, b) in &boxes {
        let inside = b.0 >= 0.0 && b.1 >= 0.0 && b.2 <= 960.0 && b.3 <= 540.0;
        assert!(inside, "{}: `{text}` leaves the frame: {b:?}", figure.name);
    }
    for (i, (text, a)) in boxes.iter().enumerate() {
        for (other, b) in &boxes[i + 1..] {
            assert!(!a.meets(*b), "{}: `{text}` {a:?} meets `{other}` {b:?}", figure.name);
        }
    }
}

/// Well-formed, named, and without a trace of a value that is no number.
fn assert_sound(figure: &Figure) {
    let document = Document::parse(&figure.svg).unwrap_or_else(|e| panic!("{}: {e}", figure.name));
    for name in ["title", "desc"] {
        let element = document.root_element().children().find(|n| n.has_tag_name(name)).unwrap();
        assert!(!words(element).is_empty(), "{}: {name}", figure.name);
    }
    for node in document.descendants() {
        for attribute in node.attributes().filter(|a| a.name() != "data-series") {
            let value = attribute.value();
            assert!(!value.contains("NaN") && !value.contains("inf"), "{}: {value}", figure.name);
        }
    }
    assert!(figure.csv.starts_with("figure,panel,series,date,quantity,statistic,value,unit\n"), "{}", figure.name);
    assert!(!figure.csv.contains("NaN") && !figure.csv.contains(",inf,"), "{}", figure.name);
}

fn rows(figure: &Figure) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(figure.csv.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// The value of the row with this panel, series, date and statistic.
fn value(rows: &[Vec<String>], panel: &str, series: &str, date: &str, statistic: &str) -> f64 {
    let row = rows.iter().find(|r| r[1] == panel && r[2] == series && r[3] == date && r[5] == statistic);
    row.unwrap_or_else(|| panic!("no {panel} {series} {date} {statistic}"))[6].parse().unwrap()
}

fn plain(text: &str) -> f64 {
    text.replace('−', "-").replace(['+', '\u{2009}'], "").parse().unwrap_or_else(|_| panic!("`{text}` is no number"))
}

#[test]
fn every_figure_is_drawn_named_beforehand_sound_and_legible() {
    for scenarios in [2, 3, 5, 6, 9, 13, 17, 20] {
        let comparison = realistic(scenarios);
        let figures = draw(&comparison);
        let names: Vec<String> = figures.iter().map(|f| f.name.clone()).collect();
        let mut bare = comparison.clone();
        for outcome in &mut bare.outcomes {
            outcome.levels.clear();
            outcome.differences.clear();
        }
        assert_eq!(plot::comparison_figure_names(&bare), names);
        let kinds = ["levels", "difference", "ranking", "groups", "regions", "cost"];
        let mut expected: Vec<String> = ["internet", "political-expression"]
            .iter()
            .flat_map(|layer| kinds.map(|kind| format!("compare_{kind}_{layer}")))
            .collect();
        expected.push("compare_incidents".to_owned());
        assert_eq!(names, expected);
        for figure in &figures {
            assert_sound(figure);
            assert_legible(figure);
        }
    }
}

#[test]
fn figures_without_their_data_are_not_drawn() {
    let mut comparison = realistic(3);
    comparison.victims = None;
    for outcome in &mut comparison.outcomes {
        outcome.cost = None;
    }
    assert!(plot::comparison_figure_names(&comparison).iter().all(|n| !n.contains("cost") && !n.contains("incidents")));
    comparison.outcomes.truncate(1);
    assert!(draw(&comparison).is_empty());
}

#[test]
fn numbers_that_do_not_match_the_comparison_are_refused() {
    let mut comparison = realistic(3);
    comparison.outcomes[2].differences.pop();
    let refused = plot::comparison_figures(&comparison, &footer());
    assert!(matches!(refused, Err(PlotError::Comparison { what: "differences", .. })), "{refused:?}");
    let mut comparison = realistic(2);
    let last = comparison.chosen.len() - 1;
    comparison.chosen[last] = comparison.dates.len();
    assert!(matches!(plot::comparison_figures(&comparison, &footer()), Err(PlotError::Chosen { .. })));
}

#[test]
fn equal_inputs_give_equal_bytes() {
    let comparison = realistic(7);
    for (one, other) in draw(&comparison).iter().zip(draw(&comparison)) {
        assert!(one.svg == other.svg && one.csv == other.csv, "{}", one.name);
    }
}

/// Colours of lines, bands and dots drawn for a scenario.
fn colours(figure: &Figure, series: &str) -> BTreeSet<String> {
    let document = Document::parse(&figure.svg).unwrap();
    let own = document.descendants().filter(|g| {
        g.attribute("data-series") == Some(series)
            && matches!(g.attribute("class"), Some("median" | "band" | "interval"))
    });
    own.flat_map(|g| g.descendants())
        .filter(|n| !n.has_tag_name("text"))
        .flat_map(|n| [n.attribute("stroke"), n.attribute("fill")])
        .flatten()
        .filter(|c| c.starts_with('#') && *c != "#FFFFFF")
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_scenario_keeps_its_colour_in_every_figure() {
    let figures = draw(&realistic(6));
    let mut first: BTreeMap<String, String> = BTreeMap::new();
    for figure in &figures {
        for scenario in 0..6 {
            let series = format!("scenario-{scenario}");
            for colour in colours(figure, &series) {
                let known = first.entry(series.clone()).or_insert_with(|| colour.clone());
                assert_eq!(*known, colour, "{} {series}", figure.name);
            }
        }
    }
    assert_eq!(first.len(), 6);
    assert_eq!(first.values().collect::<BTreeSet<_>>().len(), 6, "{first:?}");
    // Grey: all parts alike.
    let grey = &first["scenario-0"];
    assert!(grey[1..3] == grey[3..5] && grey[3..5] == grey[5..7], "{grey}");
}

#[test]
fn few_scenarios_share_a_plot_with_two_fans_at_most_and_many_do_not() {
    for (scenarios, fans) in [(2, 2), (3, 1), (5, 1)] {
        let figures = draw(&realistic(scenarios));
        let document = Document::parse(&named(&figures, "compare_levels_internet").svg).unwrap();
        assert_eq!(groups_of(&document, "band").count(), fans, "{scenarios}");
        assert_eq!(groups_of(&document, "label").count(), scenarios, "{scenarios}");
    }
    let figures = draw(&realistic(8));
    let document = Document::parse(&named(&figures, "compare_levels_internet").svg).unwrap();
    assert_eq!(groups_of(&document, "header").count(), 7);
    let baselines = groups_of(&document, "median").filter(|g| g.attribute("data-series") == Some("scenario-0"));
    assert_eq!(baselines.count(), 7);
}

#[test]
fn the_ranking_is_sorted_by_the_last_year_and_its_numbers_are_in_the_table() {
    let figures = draw(&realistic(17));
    let figure = named(&figures, "compare_ranking_internet");
    let rows = rows(figure);
    let document = Document::parse(&figure.svg).unwrap();
    let order: Vec<_> = groups_of(&document, "name").filter_map(|g| g.attribute("data-series")).collect();
    assert_eq!(order.len(), 16);
    let last = |series: &str| value(&rows, "2035-12", series, "2035-12", "median");
    assert!(order.windows(2).all(|pair| last(pair[0]) >= last(pair[1])), "{order:?}");
    let intervals: Vec<_> = groups_of(&document, "interval").collect();
    assert_eq!(intervals.len(), 16 * 4);
    for (position, interval) in intervals.iter().enumerate() {
        let date = ["2018-12", "2020-12", "2030-12", "2035-12"][position / 16];
        let series = interval.attribute("data-series").unwrap();
        let shown = plain(&words(texts(*interval).next().unwrap()));
        let median = value(&rows, date, series, date, "median") * 100.0;
        assert!((shown - median).abs() <= 0.0501, "{date} {series}: {shown} for {median}");
        for statistic in ["q2.5", "q10", "q90", "q97.5"] {
            value(&rows, date, series, date, statistic);
        }
    }
}

#[test]
fn every_number_in_a_cell_is_in_the_table_and_bold_means_clear_of_zero() {
    let comparison = realistic(9);
    let figures = draw(&comparison);
    for (name, columns) in [("compare_groups_internet", 22), ("compare_regions_internet", 26)] {
        let figure = named(&figures, name);
        let rows = rows(figure);
        assert_eq!(rows.len(), 8 * columns * 3, "{name}");
        let document = Document::parse(&figure.svg).unwrap();
        for row in groups_of(&document, "row") {
            let series = row.attribute("data-series").unwrap();
            let own: Vec<_> = rows.iter().filter(|r| r[2] == series).collect();
            let cells: Vec<_> = texts(row).filter(|t| t.attribute("text-anchor") == Some("middle")).collect();
            assert_eq!(cells.len(), columns, "{name} {series}");
            for (cell, three) in cells.into_iter().zip(own.chunks(3)) {
                let [low, median, high] = [0, 1, 2].map(|i| three[i][6].parse::<f64>().unwrap());
                assert!((plain(&words(cell)) - median * 100.0).abs() <= 0.0501, "{name} {series} {three:?}");
                let bold = cell.attribute("font-weight") == Some("bold");
                assert_eq!(bold, low > 0.0 || high < 0.0, "{name} {series} {three:?}");
            }
        }
    }
}

#[test]
fn differences_hold_the_comparison_s_numbers() {
    let comparison = realistic(4);
    let figures = draw(&comparison);
    let rows = rows(named(&figures, "compare_difference_internet"));
    assert_eq!(rows.len(), 3 * comparison.dates.len() * 5);
    let (outcome, date) = (&comparison.outcomes[2], 36);
    let estimate = outcome.differences[comparison.index(0, 0, date, Quantity::Users).unwrap()];
    for (statistic, level) in [("q2.5", 0), ("q10", 1), ("median", 3), ("q90", 5), ("q97.5", 6)] {
        assert_eq!(value(&rows, "scenario-2", "scenario-2", "2035-12", statistic), estimate.quantiles[level]);
    }
}

#[test]
fn cost_figures_number_their_points_and_own_up_to_policies_without_a_cost() {
    let comparison = realistic(17);
    let figure = &draw(&comparison).into_iter().find(|f| f.name == "compare_cost_internet").unwrap();
    let document = Document::parse(&figure.svg).unwrap();
    let priced = POLICIES[..16].iter().filter(|p| p.2 > 0.0).count();
    assert_eq!(groups_of(&document, "interval").count(), priced);
    let labels: BTreeSet<String> = groups_of(&document, "label").flat_map(texts).map(words).collect();
    assert_eq!(labels.len(), priced);
    let note: Vec<String> = groups_of(&document, "note").flat_map(texts).map(words).collect();
    let note = note.join(" ");
    for (title, _, _) in POLICIES[..16].iter().filter(|p| p.2 == 0.0) {
        assert!(note.contains(title), "{title} in {note}");
    }
    assert!(note.contains("leaves out") && note.contains(POLICIES[3].0), "{note}");
    let rows = rows(figure);
    assert_eq!(rows.len(), priced * 6);
    assert!(rows.iter().any(|r| r[4] == "total cost" && r[7] == "USD of 2016"));
}

#[test]
fn nothing_changing_and_huge_intervals_and_a_single_member_are_drawn() {
    let share = |at: At| if at.quantity == Quantity::Penetration { 1.0 } else { 1e7 };
    for scenarios in [2, 20] {
        let level = |_, at: At| Estimate::certain(0.5 * share(at));
        let nothing = build(scenarios, 1, level, |_, _| Estimate::default());
        let huge = build(scenarios, 50, level, |_, at: At| normal(0.3 * share(at), 0.7 * share(at)));
        for figure in draw(&nothing).iter().chain(&draw(&huge)) {
            assert_sound(figure);
            assert_legible(figure);
        }
        let single = draw(&nothing);
        let document = Document::parse(&named(&single, "compare_difference_internet").svg).unwrap();
        assert_eq!(groups_of(&document, "band").count(), 0);
        assert!(rows(named(&single, "compare_difference_internet")).iter().all(|row| row[5] == "median"));
        let document = Document::parse(&named(&single, "compare_groups_internet").svg).unwrap();
        let cells =
            groups_of(&document, "row").flat_map(texts).filter(|t| t.attribute("text-anchor") == Some("middle"));
        assert!(cells.map(words).all(|cell| plain(&cell) == 0.0));
    }
}

#[test]
fn long_and_khmer_titles_stay_in_their_places() {
    let mut comparison = realistic(17);
    for (position, outcome) in comparison.outcomes.iter_mut().enumerate() {
        outcome.title = match position % 3 {
            0 => "ព្រះរាជាណាចក្រកម្ពុជា ព្រះរាជាណាចក្រកម្ពុជា".to_owned(),
            1 => "W".repeat(60),
            _ => "a title far longer than anyone should ever give to a policy ".repeat(4),
        };
    }
    comparison.layers[0].title = "A layer with a very long title ".repeat(6);
    for figure in draw(&comparison) {
        assert_sound(&figure);
        assert_legible(&figure);
    }
}

#[test]
#[ignore = "writes pictures to look at"]
fn preview() {
    let folder = std::env::var("FIGURES_DIR").map_or_else(|_| std::env::temp_dir().join("figures-preview"), Into::into);
    std::fs::create_dir_all(&folder).unwrap();
    for scenarios in [2, 4, 6, 17] {
        for Figure { name, svg, csv } in draw(&realistic(scenarios)) {
            let stem = folder.join(format!("{scenarios:02}-{name}"));
            std::fs::write(stem.with_extension("png"), plot::png(&svg, 1.0).unwrap()).unwrap();
            std::fs::write(stem.with_extension("svg"), svg).unwrap();
            std::fs::write(stem.with_extension("csv"), csv).unwrap();
        }
    }
}

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -1.0..1.0f64,
        1 => -1e12..1e12f64,
        1 => prop_oneof![
            Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(0.0), Just(f64::MAX), Just(f64::MIN_POSITIVE)
        ],
    ]
}

prop_compose! {
    fn any_comparison()(
        layers in prop::collection::vec((".{0,12}", ".{0,40}"), 0..3),
        groups in prop::collection::vec(("all|A|B", "all|urban|rural", "all|female|male", "all|0-4|5-9"), 0..6),
        dates in prop::collection::btree_set(1900 * 12..2201 * 12i32, 0..6),
        chosen in prop::collection::btree_set(0..6usize, 0..6),
        scenarios in prop::collection::vec((".{0,12}", ".{0,70}", any::<bool>(), ".{0,4}"), 0..25),
        baseline in 0..4usize,
        members in 0..3usize,
        victims in prop::option::of(0..4usize),
        values in prop::collection::vec(prop::array::uniform7(any_value()), 1..40),
    ) -> Comparison {
        let first = Month::try_new(1900, 1).unwrap();
        let dates: Vec<Month> = dates.into_iter().map(|d| first.plus(d - 1900 * 12)).collect();
        let groups = groups.into_iter().map(|(region, residence, sex, age)| Group { region, residence, sex, age }).collect();
        let layers: Vec<LayerLabel> = layers.into_iter().map(|(name, title)| LayerLabel { name, title }).collect();
        let chosen = chosen.into_iter().filter(|&c| c < dates.len()).collect();
        let mut comparison = Comparison {
            engine: String::new(), members, seed: 1, baseline, layers, victims, groups, dates, chosen, outcomes: Vec::new(),
        };
        let estimates = |count: usize, from: usize| -> Vec<Estimate> {
            (0..count).map(|i| Estimate { mean: 0.0, quantiles: values[(from + i) % values.len()] }).collect()
        };
        let count = comparison.layers.len() * comparison.slots() * Quantity::EVERY.len();
        let (dates, totals) = (comparison.dates.len(), comparison.layers.len() * comparison.dates.len());
        for (position, (name, title, priced, currency)) in scenarios.into_iter().enumerate() {
            let total = |user_years| Total { more: 0.0, fewer: 0.0, user_years };
            comparison.outcomes.push(Outcome {
                levels: estimates(count, position),
                differences: estimates(count, position + 7),
                totals: estimates(totals, position).into_iter().map(total).collect(),
                cost: priced.then(|| Costs {
                    currency, price_year: 2016, without: vec![title.clone()], total: estimates(dates, position),
                    per_user: Vec::new(), per_user_year: Vec::new(),
                }),
                name, title, description: String::new(), milestones: Vec::new(),
            });
        }
        comparison
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_comparison_is_drawn_without_panic_and_without_nan(comparison in any_comparison()) {
        let figures = draw(&comparison);
        prop_assert_eq!(figures.len(), plot::comparison_figure_names(&comparison).len());
        for figure in &figures {
            assert_sound(figure);
        }
    }
}
