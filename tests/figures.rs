//! Figures: their structure, their numbers, and what they make of odd input.
//!
//! `cargo test --test figures -- --ignored` writes every picture of the realistic projection as SVG and PNG (full and half size) to the folder named by
//! `FIGURES_DIR`, or to `figures-preview` in the system's temporary folder, to be looked at.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may fail by panic, and invents its data")]

use proptest::prelude::*;
use roxmltree::{Document, Node};
use uptake::plot::{self, Figure, Footer, PlotError};
use uptake::series::{ALL, ErrorModel, Estimate, Group, LayerLabel, Observation, Projection, Quantity};
use uptake::units::Month;

/// Drawing units in a pixel: the picture is 960 x 540 pixels in a view box of 9600 x 5400.
const UNITS: f64 = 10.0;

const PROVINCES: [(&str, f64); 25] = [
    ("Banteay Meanchey", 0.90),
    ("Battambang", 0.92),
    ("Kampong Cham", 0.88),
    ("Kampong Chhnang", 0.80),
    ("Kampong Speu", 0.87),
    ("Kampong Thom", 0.78),
    ("Kampot", 0.86),
    ("Kandal", 1.02),
    ("Kep", 0.90),
    ("Koh Kong", 0.93),
    ("Kratie", 0.77),
    ("Mondul Kiri", 0.75),
    ("Oddar Meanchey", 0.74),
    ("Pailin", 0.91),
    ("Phnom Penh", 1.22),
    ("Preah Sihanouk", 1.08),
    ("Preah Vihear", 0.70),
    ("Prey Veng", 0.79),
    ("Pursat", 0.79),
    ("Ratanak Kiri", 0.68),
    ("Siem Reap", 0.97),
    ("Stung Treng", 0.72),
    ("Svay Rieng", 0.83),
    ("Takeo", 0.89),
    ("Tboung Khmum", 0.81),
];

/// Steepness, midpoint and ceiling of a layer's logistic curve.
const LAYERS: [(&str, &str, f64, f64, f64); 4] = [
    ("internet", "Internet", 0.42, 2017.8, 0.74),
    ("facebook", "Facebook", 0.50, 2018.0, 0.62),
    ("messaging", "Messaging", 0.48, 2019.2, 0.66),
    ("political-expression", "Political expression", 0.45, 2019.0, 0.09),
];

fn everybody() -> Group {
    Group::everybody()
}

/// Groups of the realistic projection, each with its population and its advantage over everybody (1 = none).
fn groups() -> Vec<(Group, f64, f64)> {
    let total = 16.0e6;
    let mut groups = vec![(everybody(), total, 1.0)];
    for (name, edge) in PROVINCES {
        groups.push((Group { region: name.to_owned(), ..everybody() }, total / 25.0, edge));
    }
    for (name, share, edge) in [("urban", 0.3, 1.2), ("rural", 0.7, 0.9)] {
        groups.push((Group { residence: name.to_owned(), ..everybody() }, total * share, edge));
    }
    for (name, share, edge) in [("female", 0.51, 0.96), ("male", 0.49, 1.04)] {
        groups.push((Group { sex: name.to_owned(), ..everybody() }, total * share, edge));
    }
    let edges = [0.0, 0.25, 0.85, 1.3, 1.33, 1.3, 1.25, 1.18, 1.1, 1.0, 0.9, 0.78, 0.65, 0.5, 0.36, 0.25, 0.15];
    for (i, edge) in edges.into_iter().enumerate() {
        let name = if i == 16 { "80+".to_owned() } else { format!("{}-{}", i * 5, i * 5 + 4) };
        groups.push((Group { age: name, ..everybody() }, total / 17.0, edge));
    }
    groups
}

fn logistic(year: f64, steepness: f64, middle: f64) -> f64 {
    1.0 / (1.0 + (-steepness * (year - middle)).exp())
}

/// Quantiles around `value`, wider in the later years.
fn around(value: f64, year: f64, most: f64) -> Estimate {
    let spread = (0.04 + 0.012 * (year - 2016.0).max(0.0)) * value * (1.0 - 0.5 * value / most);
    let z = [-1.96, -1.28, -0.67, 0.0, 0.67, 1.28, 1.96];
    let quantiles = z.map(|z| (value + z * spread).clamp(0.0, most));
    Estimate { mean: value, quantiles }
}

fn realistic() -> Projection {
    let groups = groups();
    let mut dates = vec![Month::try_new(2000, 1).unwrap()];
    dates.extend((2000..=2035).map(|y| Month::try_new(y, 12).unwrap()));
    let mut estimates = Vec::new();
    for (_, _, steepness, middle, ceiling) in LAYERS {
        for (_, people, edge) in &groups {
            let share = |year: f64| {
                let ceiling = (ceiling * edge).min(0.97);
                ceiling * logistic(year, steepness, middle - (edge - 1.0) * 6.0)
            };
            let mut before = 0.0;
            for date in &dates {
                let year = date.end_year();
                let population = people * (0.76 + 0.012 * (year - 2000.0));
                let users = share(year) * population;
                estimates.push(around(users, year, population));
                estimates.push(around(share(year), year, 1.0));
                estimates.push(around((users - before).max(0.0), year, population));
                estimates.push(around(users * 0.02, year, population));
                estimates.push(Estimate::certain(population));
                estimates.extend([Estimate::default(); 3]);
                before = users;
            }
        }
    }
    Projection {
        scenario: "cambodia".to_owned(),
        title: "Cambodia, baseline".to_owned(),
        engine: "cohort".to_owned(),
        members: 200,
        seed: 0,
        layers: LAYERS.iter().map(|l| LayerLabel { name: l.0.to_owned(), title: l.1.to_owned() }).collect(),
        victims: None,
        groups: groups.into_iter().map(|g| g.0).collect(),
        dates,
        estimates,
    }
}

fn observation(
    layer: &str,
    date: &str,
    value: f64,
    unit: &str,
    source: &str,
    measures: &str,
    comparable: bool,
) -> Observation {
    Observation {
        layer: layer.to_owned(),
        date: date.parse().unwrap(),
        value,
        unit: unit.to_owned(),
        measures: measures.to_owned(),
        base: ALL.to_owned(),
        group: everybody(),
        source: source.to_owned(),
        vintage: "2025-12".to_owned(),
        quality: "B".to_owned(),
        comparable,
        error: ErrorModel::default(),
    }
}

/// One source's values by month, all of one kind.
type Published = (&'static str, &'static str, &'static str, &'static str, bool, &'static [(&'static str, f64)]);

const PUBLISHED: [Published; 9] = [
    (
        "internet",
        "share",
        "ITU/World Bank",
        "individuals, used in the last 3 months",
        true,
        &[
            ("1999-12", 0.0003),
            ("2002-12", 0.0023),
            ("2005-12", 0.0032),
            ("2008-12", 0.0051),
            ("2010-12", 0.0126),
            ("2011-12", 0.031),
            ("2012-12", 0.0494),
            ("2013-12", 0.06),
            ("2014-12", 0.14),
            ("2015-12", 0.0643),
            ("2016-12", 0.324),
            ("2017-12", 0.329),
            ("2019-12", 0.523),
            ("2020-12", 0.537),
            ("2021-12", 0.58),
            ("2022-12", 0.597),
            ("2023-12", 0.607),
        ],
    ),
    (
        "internet",
        "share",
        "ITU, vintage 2021",
        "individuals, as published in 2021, later revised",
        true,
        &[
            ("2014-12", 0.14),
            ("2015-12", 0.18),
            ("2016-12", 0.324),
            ("2018-12", 0.65),
            ("2019-12", 0.783),
            ("2020-12", 0.788),
        ],
    ),
    (
        "internet",
        "subscriptions",
        "Regulator",
        "mobile SIMs with data and fixed lines, can exceed population",
        false,
        &[
            ("2010-12", 0.32e6),
            ("2011-12", 1.69e6),
            ("2012-12", 2.7e6),
            ("2013-12", 3.8e6),
            ("2014-12", 5.0e6),
            ("2016-12", 8.1e6),
            ("2017-12", 10.8e6),
            ("2018-12", 13.6e6),
            ("2019-12", 16.3e6),
            ("2020-12", 16.6e6),
            ("2021-11", 17.2e6),
            ("2024-06", 20.0e6),
        ],
    ),
    (
        "internet",
        "persons",
        "Press 2016",
        "claim: 7 million users, almost half the population",
        false,
        &[("2016-06", 7.0e6)],
    ),
    (
        "internet",
        "persons",
        "We Are Social",
        "claimed users, compiled from ministries",
        false,
        &[("2015-01", 3.8e6), ("2016-01", 5.0e6)],
    ),
    (
        "internet",
        "share",
        "Open Institute survey",
        "ever used the internet, face to face, n = 2061",
        true,
        &[("2013-09", 0.203), ("2014-09", 0.215), ("2015-09", 0.322), ("2016-09", 0.37)],
    ),
    (
        "facebook",
        "share",
        "Open Institute survey",
        "ever used Facebook or the internet, face to face",
        true,
        &[("2013-09", 0.16), ("2014-09", 0.233), ("2015-09", 0.345), ("2016-09", 0.48)],
    ),
    (
        "facebook",
        "accounts",
        "Facebook ads tool",
        "accounts reachable, ages 13 and over",
        false,
        &[
            ("2010-01", 0.1e6),
            ("2012-03", 0.49e6),
            ("2012-12", 0.74e6),
            ("2013-12", 1.12e6),
            ("2014-09", 1.42e6),
            ("2017-12", 4.8e6),
            ("2018-11", 7.0e6),
            ("2019-12", 8.8e6),
            ("2020-06", 10.9e6),
            ("2021-12", 12.8e6),
            ("2023-01", 11.7e6),
            ("2025-01", 12.9e6),
        ],
    ),
    (
        "facebook",
        "persons",
        "DataReportal",
        "social-media users, largest platform's reach",
        false,
        &[("2015-01", 2.4e6), ("2016-01", 3.4e6), ("2022-01", 10.4e6), ("2023-01", 10.95e6)],
    ),
];

fn observations() -> Vec<Observation> {
    let mut all = Vec::new();
    for (layer, unit, source, measures, comparable, values) in PUBLISHED {
        for (date, value) in values {
            let mut one = observation(layer, date, *value, unit, source, measures, comparable);
            if source.contains("survey") {
                "15-65".clone_into(&mut one.base);
            }
            all.push(one);
        }
    }
    let mut urban = observation("internet", "2016-09", 0.48, "share", "Open Institute survey", "urban", true);
    "urban".clone_into(&mut urban.group.residence);
    all.push(urban);
    all
}

fn footer() -> Footer {
    Footer { data_vintage: "as published by 2025-12".to_owned() }
}

/// A projection of `layers` layers, for everybody alone unless more groups are given, with one value throughout.
fn flat(layers: usize, groups: Vec<Group>, dates: &[&str], share: f64, people: f64) -> Projection {
    let dates: Vec<Month> = dates.iter().map(|d| d.parse().unwrap()).collect();
    let one = [share * people, share, share * people * 0.1, 0.0, people, 0.0, 0.0, 0.0].map(Estimate::certain);
    Projection {
        scenario: "flat".to_owned(),
        title: "Flat".to_owned(),
        engine: "mean-field".to_owned(),
        members: 20,
        seed: 7,
        layers: (0..layers).map(|i| LayerLabel { name: format!("layer-{i}"), title: format!("Layer {i}") }).collect(),
        estimates: one.repeat(layers * groups.len() * dates.len()),
        victims: None,
        groups,
        dates,
    }
}

fn draw(projection: &Projection, observations: &[Observation]) -> Vec<Figure> {
    plot::figures(projection, observations, &footer()).unwrap()
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
        let (x, y) = (number(text, "x") / UNITS, number(text, "y") / UNITS - 0.1 * size);
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
    let root = document.root_element();
    assert_eq!((root.attribute("width"), root.attribute("height")), (Some("960"), Some("540")));
    for name in ["title", "desc"] {
        let element = root.children().find(|n| n.has_tag_name(name)).unwrap();
        assert!(!words(element).is_empty(), "{}: {name}", figure.name);
    }
    for node in document.descendants() {
        for attribute in node.attributes().filter(|a| a.name() != "data-series") {
            let value = attribute.value();
            assert!(
                !value.contains("NaN") && !value.contains("inf"),
                "{}: {} = {value}",
                figure.name,
                attribute.name()
            );
        }
    }
    assert!(figure.csv.starts_with("figure,panel,series,date,quantity,statistic,value,unit\n"), "{}", figure.name);
    assert!(!figure.csv.contains("NaN") && !figure.csv.contains(",inf,"), "{}", figure.name);
}

fn rows(figure: &Figure) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(figure.csv.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn every_figure_of_a_full_projection_is_drawn_and_named_beforehand() {
    let projection = realistic();
    let drawn: Vec<String> = draw(&projection, &observations()).into_iter().map(|f| f.name).collect();
    let expected = [
        "growth",
        "growth_by_layer",
        "by_residence",
        "by_sex",
        "by_age",
        "provinces",
        "provinces_facebook",
        "provinces_messaging",
        "provinces_political-expression",
        "adopters",
    ];
    assert_eq!(drawn, expected);
    assert_eq!(plot::figure_names(&Projection { estimates: Vec::new(), ..projection.clone() }), expected);
    assert_eq!(plot::file_names(&projection)[..2], ["growth.svg", "growth.csv"]);
}

#[test]
fn every_figure_is_sound_and_legible() {
    for figure in draw(&realistic(), &observations()) {
        assert_sound(&figure);
        assert_legible(&figure);
    }
}

#[test]
fn equal_inputs_give_equal_bytes() {
    let (projection, observations) = (realistic(), observations());
    for (one, other) in draw(&projection, &observations).iter().zip(draw(&projection, &observations)) {
        assert!(one.svg == other.svg && one.csv == other.csv, "{}", one.name);
    }
}

#[test]
fn growth_shows_each_layer_with_bands_median_and_label_and_each_source() {
    let figures = draw(&realistic(), &observations());
    let document = Document::parse(&named(&figures, "growth").svg).unwrap();
    for class in ["band", "median", "label"] {
        let series: Vec<_> = groups_of(&document, class).filter_map(|g| g.attribute("data-series")).collect();
        assert_eq!(series, LAYERS.map(|l| l.0), "{class}");
    }
    let label = groups_of(&document, "label").next().unwrap();
    assert_eq!(words(texts(label).next().unwrap()), "Internet 74\u{2009}%");
    assert_eq!(groups_of(&document, "observations").count(), PUBLISHED.len());
    let legend: Vec<String> = groups_of(&document, "legend").flat_map(texts).map(words).collect();
    for (_, _, source, ..) in PUBLISHED {
        assert!(legend.iter().any(|text| text.contains(source)), "{source} in {legend:?}");
    }
    assert!(legend[0].contains("50 %") && legend[0].contains("80 %"));
}

#[test]
fn the_axis_runs_from_0_to_100_per_cent_with_whole_years() {
    let figures = draw(&realistic(), &[]);
    let document = Document::parse(&named(&figures, "growth").svg).unwrap();
    let ticks: Vec<String> = groups_of(&document, "ticks").flat_map(texts).map(words).collect();
    for tick in ["0\u{2009}%", "50\u{2009}%", "100\u{2009}%", "2000", "2015", "2035"] {
        assert!(ticks.iter().any(|t| t == tick), "{tick} in {ticks:?}");
    }
}

#[test]
fn hollow_marks_are_what_is_not_comparable() {
    let figures = draw(&realistic(), &observations());
    let document = Document::parse(&named(&figures, "growth").svg).unwrap();
    for group in groups_of(&document, "observations") {
        let source = group.attribute("data-series").unwrap();
        let comparable = PUBLISHED.iter().find(|p| p.2 == source).unwrap().4;
        let stroked = group.descendants().any(|n| n.has_tag_name("polyline"));
        assert_eq!(stroked, !comparable, "{source}");
    }
}

#[test]
fn the_table_holds_the_projection_s_numbers() {
    let projection = realistic();
    let figures = draw(&projection, &[]);
    let rows = rows(named(&figures, "growth"));
    assert_eq!(rows.len(), LAYERS.len() * projection.dates.len() * 5);
    for (layer, label) in projection.layers.iter().enumerate() {
        for (date, month) in projection.dates.iter().enumerate() {
            let estimate = projection.estimate(layer, 0, date, Quantity::Penetration);
            for (statistic, value) in
                [("q10", estimate.quantiles[1]), ("median", estimate.median()), ("q90", estimate.quantiles[5])]
            {
                let found =
                    rows.iter().find(|r| r[2] == label.name && r[3] == month.to_string() && r[5] == statistic).unwrap();
                assert_eq!(found[6], value.to_string());
                assert_eq!((found[4].as_str(), found[7].as_str()), ("penetration", "share"));
            }
        }
    }
}

#[test]
fn counts_become_values_per_person_and_those_above_all_are_kept_out_of_the_picture() {
    let projection = flat(1, vec![everybody()], &["2010-12", "2020-12"], 0.5, 1000.0);
    let seen = [
        observation("layer-0", "2015-12", 250.0, "accounts", "a", "accounts", false),
        observation("layer-0", "2015-12", 1500.0, "subscriptions", "b", "subscriptions", false),
        observation("layer-0", "2001-12", 0.1, "share", "c", "people", true),
        observation("other", "2015-12", 0.1, "share", "d", "people", true),
    ];
    let figures = draw(&projection, &seen);
    let rows = rows(named(&figures, "growth"));
    let published: Vec<_> =
        rows.iter().filter(|r| r[5].starts_with("published")).map(|r| (&*r[2], &*r[4], &*r[6])).collect();
    assert_eq!(published, [("a", "accounts", "0.25"), ("b", "subscriptions", "1.5"), ("c", "penetration", "0.1")]);
    let document = Document::parse(&named(&figures, "growth").svg).unwrap();
    let drawn: Vec<_> = groups_of(&document, "observations").filter_map(|g| g.attribute("data-series")).collect();
    assert_eq!(drawn, ["a"]);
    let legend: Vec<String> = groups_of(&document, "legend").flat_map(texts).map(words).collect();
    let note = legend.iter().find(|t| t.starts_with("Not drawn")).unwrap();
    assert!(note.contains("1 above 100") && note.contains("150") && note.contains("1 outside"), "{note}");
}

#[test]
fn observations_of_a_group_are_not_drawn_for_everybody() {
    let rows = rows(named(&draw(&realistic(), &observations()), "growth"));
    let urban = rows
        .iter()
        .filter(|r| r[5].starts_with("published") && r[3] == "2016-09" && r[6] == "0.48" && r[2].contains("survey"));
    assert_eq!(urban.count(), 1, "only the Facebook figure of that value is of everybody");
}

#[test]
fn provinces_are_sorted_by_the_last_value_under_the_total() {
    let projection = realistic();
    let figures = draw(&projection, &[]);
    let document = Document::parse(&named(&figures, "provinces").svg).unwrap();
    let order: Vec<_> = groups_of(&document, "row").filter_map(|g| g.attribute("data-series")).collect();
    assert_eq!(order.len(), 26);
    assert_eq!(&order[..2], ["All regions", "Phnom Penh"]);
    let last = |name: &str| {
        let group = projection.groups.iter().position(|g| g.region == name).unwrap();
        projection.estimate(0, group, projection.dates.len() - 1, Quantity::Penetration).median()
    };
    assert!(order[1..].windows(2).all(|pair| last(pair[0]) >= last(pair[1])));
}

#[test]
fn adopters_are_counted_by_calendar_year() {
    let projection = realistic();
    let rows = rows(named(&draw(&projection, &[]), "adopters"));
    let value = |year: &str| -> f64 {
        let row = rows.iter().find(|r| r[2] == "internet" && r[3] == year && r[5] == "median").unwrap();
        row[6].parse().unwrap()
    };
    let adoption = |date: usize| projection.estimate(0, 0, date, Quantity::Adoption).median();
    assert!((value("2000") - adoption(0) - adoption(1)).abs() < 1e-6);
    assert!((value("2016") - adoption(17)).abs() < 1e-6);
}

#[test]
fn figures_without_groups_or_whole_years_are_left_out() {
    let names = |projection: &Projection| draw(projection, &[]).into_iter().map(|f| f.name).collect::<Vec<_>>();
    assert_eq!(names(&flat(1, vec![everybody()], &["2010-06"], 0.5, 100.0)), ["growth"]);
    assert_eq!(
        names(&flat(2, vec![everybody()], &["2010-12", "2011-12"], 0.5, 100.0)),
        ["growth", "growth_by_layer", "adopters"]
    );
    assert!(names(&flat(0, vec![everybody()], &["2010-06"], 0.5, 100.0)).is_empty());
    assert!(names(&flat(1, vec![everybody()], &[], 0.5, 100.0)).is_empty());
    assert!(names(&flat(1, vec![], &["2010-06"], 0.5, 100.0)).is_empty());
}

#[test]
fn a_projection_of_the_wrong_shape_is_refused() {
    let mut projection = flat(1, vec![everybody()], &["2010-06"], 0.5, 100.0);
    projection.estimates.pop();
    let error = plot::figures(&projection, &[], &footer()).unwrap_err();
    assert!(matches!(error, PlotError::Shape { found: 7, expected: 8 }), "{error}");
}

#[test]
fn odd_values_and_sizes_are_drawn_legibly() {
    let every = || groups().into_iter().map(|g| g.0).collect::<Vec<_>>();
    let long: &[&str] = &["2000-12", "2010-12", "2020-12", "2035-12"];
    let cases = [
        flat(1, every(), long, 0.4, 1e7),
        flat(5, every(), &["2016-06"], 0.4, 1e7),
        flat(10, every(), long, 0.4, 1e7),
        flat(3, every(), &["2016-02", "2016-03", "2016-04"], 0.0003, 1e7),
        flat(3, every(), long, 0.0, 0.0),
        flat(3, every(), long, 1.0, 1.0),
        flat(3, every(), long, 1.0, 1e10),
        flat(2, every(), long, f64::NAN, f64::NAN),
        flat(2, every(), long, f64::INFINITY, f64::INFINITY),
        flat(2, every(), long, -1.0, -5.0),
        flat(30, vec![everybody()], long, 0.4, 1e7),
    ];
    for (i, projection) in cases.iter().enumerate() {
        for members in [1, 20] {
            let projection = Projection { members, ..projection.clone() };
            let mut seen = observations();
            for (position, one) in seen.iter_mut().enumerate() {
                one.layer = format!("layer-{}", position % 3);
            }
            for figure in draw(&projection, &seen) {
                println!("case {i}, members {members}, {}", figure.name);
                assert_sound(&figure);
                assert_legible(&figure);
            }
        }
    }
}

#[test]
fn many_regions_show_the_highest_and_the_lowest() {
    let mut groups = vec![everybody()];
    groups.extend((0..200).map(|i| Group { region: format!("Region {i}"), ..everybody() }));
    let figures = draw(&flat(1, groups, &["2010-12", "2011-12"], 0.4, 1e7), &[]);
    assert_legible(named(&figures, "provinces"));
    assert_eq!(rows(named(&figures, "provinces")).len(), 201 * (1 + 5), "the table holds all");
}

#[test]
fn many_sources_are_counted_in_the_legend() {
    let projection = flat(1, vec![everybody()], &["2010-12", "2020-12"], 0.4, 1e7);
    let seen: Vec<_> = (0..60)
        .map(|i| {
            observation(
                "layer-0",
                "2015-12",
                0.2,
                "share",
                &format!("Source {i}"),
                "individuals of many kinds",
                i % 2 == 0,
            )
        })
        .collect();
    let figures = draw(&projection, &seen);
    assert_legible(named(&figures, "growth"));
    let document = Document::parse(&named(&figures, "growth").svg).unwrap();
    assert!(groups_of(&document, "legend").flat_map(texts).any(|t| words(t).ends_with("more, listed in the CSV file")));
    assert_eq!(groups_of(&document, "observations").count(), 60);
}

#[test]
fn khmer_and_markup_in_names_pass_through() {
    let mut projection = realistic();
    "ព្រះរាជាណាចក្រកម្ពុជា".clone_into(&mut projection.title);
    "<b>\"A & B\"</b>\u{0}\u{8}".clone_into(&mut projection.layers[0].title);
    "x<&>\"'".clone_into(&mut projection.layers[0].name);
    "y<&>\"'".clone_into(&mut projection.groups[1].region);
    for figure in draw(&projection, &observations()) {
        assert_sound(&figure);
        let document = Document::parse(&figure.svg).unwrap();
        let title = groups_of(&document, "title").flat_map(texts).next().unwrap();
        assert!(words(title).ends_with(": ព្រះរាជាណាចក្រកម្ពុជា"), "{}", words(title));
    }
    let figures = draw(&projection, &[]);
    let document = Document::parse(&named(&figures, "growth").svg).unwrap();
    assert_eq!(groups_of(&document, "median").next().unwrap().attribute("data-series"), Some("x<&>\"'"));
    plot::png(&figures[0].svg, 0.5).unwrap();
}

#[test]
fn a_very_long_title_is_cut_in_the_picture_and_whole_in_the_document() {
    let mut projection = realistic();
    projection.title = "A very long title indeed ".repeat(40);
    projection.layers[0].title = "A layer with a very long title ".repeat(10);
    projection.groups[1].region = "A province with a very long name ".repeat(10);
    for figure in draw(&projection, &observations()) {
        assert_legible(&figure);
        let document = Document::parse(&figure.svg).unwrap();
        let shown = groups_of(&document, "title").flat_map(texts).map(words).next().unwrap();
        assert!(shown.ends_with('…'), "{shown}");
        let whole = document.root_element().children().find(|n| n.has_tag_name("title")).unwrap();
        assert!(words(whole).len() > 900);
    }
}

#[test]
fn a_picture_becomes_png_at_the_scale_asked_for() {
    let figures = draw(&flat(1, vec![everybody()], &["2010-12", "2020-12"], 0.4, 1e7), &[]);
    for (scale, width) in [(1.0_f32, 960_u32), (0.5, 480), (2.0, 1920)] {
        let bytes = plot::png(&figures[0].svg, scale).unwrap();
        assert_eq!(&bytes[1..4], b"PNG");
        assert_eq!(u32::from_be_bytes(bytes[16..20].try_into().unwrap()), width);
    }
    for scale in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e6] {
        assert!(matches!(plot::png(&figures[0].svg, scale), Err(PlotError::Png(_))), "{scale}");
    }
    assert!(matches!(plot::png("no picture", 1.0), Err(PlotError::Png(_))));
}

#[test]
fn layers_without_a_panel_are_owned_up_to() {
    for (layers, expected) in [(20, false), (25, true)] {
        let figures = draw(&flat(layers, vec![everybody()], &["2000-12", "2010-12"], 0.4, 1e7), &[]);
        let panels = figures.iter().find(|figure| figure.name == "growth_by_layer").unwrap();
        let said = panels.svg.contains(&format!("panels show the first 20 of {layers} layers"));
        assert_eq!(said, expected, "{layers}");
    }
}

#[test]
fn a_title_with_a_colon_is_set_off_by_a_dash() {
    let titled = |title: &str| Projection {
        title: title.to_owned(),
        ..flat(1, vec![everybody()], &["2000-12", "2010-12"], 0.4, 1e7)
    };
    let shown = |title: &str| draw(&titled(title), &[])[0].svg.clone();
    assert!(shown("Cambodia: baseline").contains(" – Cambodia: baseline</title>"));
    assert!(shown("Cambodia").contains(": Cambodia</title>"));
}

#[test]
#[ignore = "writes pictures to look at"]
fn preview() {
    let folder = std::env::var("FIGURES_DIR").map_or_else(|_| std::env::temp_dir().join("figures-preview"), Into::into);
    std::fs::create_dir_all(&folder).unwrap();
    let mut figures = draw(&realistic(), &observations());
    let every: Vec<Group> = groups().into_iter().map(|g| g.0).collect();
    for (name, projection) in [
        ("ten", flat(10, every.clone(), &["2000-12", "2010-12", "2020-12", "2035-12"], 0.4, 1e7)),
        ("tiny", flat(3, every.clone(), &["2016-02", "2016-03", "2016-04"], 0.0003, 1e7)),
        ("once", flat(1, every, &["2016-06"], 0.4, 1e7)),
    ] {
        figures.extend(draw(&projection, &[]).into_iter().map(|f| Figure { name: format!("{name}-{}", f.name), ..f }));
    }
    for Figure { name, svg, csv } in figures {
        std::fs::write(folder.join(format!("{name}.png")), plot::png(&svg, 1.0).unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}-half.png")), plot::png(&svg, 0.5).unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}.svg")), svg).unwrap();
        std::fs::write(folder.join(format!("{name}.csv")), csv).unwrap();
    }
}

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.0..1.0f64,
        1 => -1e3..1e12f64,
        1 => prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), Just(0.0), Just(f64::MAX), Just(f64::MIN_POSITIVE)],
    ]
}

prop_compose! {
    fn any_projection()(
        layers in prop::collection::vec((".{0,12}", ".{0,40}"), 0..5),
        groups in prop::collection::vec(("all|A|B", "all|urban|rural", "all|female|male", "all|0-4|5-9"), 0..6),
        dates in prop::collection::btree_set(1900 * 12..2201 * 12i32, 0..8),
        members in 0..3usize,
        title in ".{0,120}",
        values in prop::collection::vec(prop::array::uniform7(any_value()), 1..40),
    ) -> Projection {
        let first = Month::try_new(1900, 1).unwrap();
        let dates: Vec<Month> = dates.into_iter().map(|d| first.plus(d - 1900 * 12)).collect();
        let groups: Vec<Group> = groups.into_iter().map(|(region, residence, sex, age)| Group { region, residence, sex, age }).collect();
        let count = layers.len() * groups.len() * dates.len() * Quantity::EVERY.len();
        let estimates = (0..count).map(|i| Estimate { mean: 0.0, quantiles: values[i % values.len()] }).collect();
        let layers = layers.into_iter().map(|(name, title)| LayerLabel { name, title }).collect();
        Projection { scenario: title.clone(), title, engine: String::new(), members, seed: 1, layers, victims: None, groups, dates, estimates }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_projection_is_drawn_without_panic_and_without_nan(
        projection in any_projection(),
        seen in prop::collection::vec((0..2201 * 12i32, any_value(), "share|persons|accounts|.{0,5}", ".{0,30}", any::<bool>()), 0..12),
    ) {
        let seen: Vec<Observation> = seen.into_iter().map(|(date, value, unit, words, comparable)| {
            let mut one = observation("", "2000-12", value, &unit, &words, &words, comparable);
            one.layer = projection.layers.first().map_or_else(String::new, |l| l.name.clone());
            one.date = Month::try_new(1900, 1).unwrap().plus(date % 3600);
            one
        }).collect();
        let figures = draw(&projection, &seen);
        prop_assert_eq!(figures.len(), plot::figure_names(&projection).len());
        for figure in &figures {
            assert_sound(figure);
        }
    }
}
