//! Figures with their tables, and maps.

use std::collections::BTreeMap;

use super::html::{Page, Table};
use super::source::{Content, Picture, Source};
use super::words::Language;
use super::{Options, ReportError, layer, layer_names};
use crate::plot::{self, Figure, Footer};
use crate::series::Projection;

/// Most dates in a table.
const MOST_DATES: usize = 10;
/// Most rows in a table.
const MOST_ROWS: usize = 600;
/// Years between the maps of a run, at least two and at most eight of them.
const MAPS: usize = 8;

/// The pictures of runs and comparisons.
pub fn tell(page: &mut Page, sources: &[Source], options: &Options) -> Result<(), ReportError> {
    let language = &options.language;
    let mut begun = false;
    for source in sources {
        let (first, more) = match &source.content {
            Content::Run(run) => {
                let footer = Footer { data_vintage: run.summary.data_vintage.clone() };
                let figures = plot::figures(&run.projection, &run.summary.observations(), &footer)?;
                let figures: Vec<Picture> = figures.into_iter().map(Picture::from).collect();
                figures.into_iter().partition(|figure| headline(&figure.name))
            }
            Content::Comparison(comparison) => {
                let names = layer_names(source);
                let about = names.get(layer(source, options)).cloned().unwrap_or_default();
                ordered(&comparison.pictures, &about)
            }
            Content::Other(_) => continue,
        };
        if !begun {
            page.section(language.text("headings.figures"));
            begun = true;
        }
        if first.is_empty() {
            page.paragraph(language.text("figures.none"));
        }
        for picture in &first {
            with_table(page, picture, language);
        }
        if !more.is_empty() {
            page.open_details(language.text("figures.more"));
            for picture in &more {
                page.figure(&picture.svg, None);
            }
            page.close_details();
        }
    }
    Ok(())
}

/// Whether a run's figure is shown at once.
fn headline(name: &str) -> bool {
    ["growth_by_layer", "by_residence", "by_sex", "by_age", "provinces"].contains(&name)
}

/// The figures about a layer first, in reading order; then the differences of the other layers. The rest stay in the
/// folder.
fn ordered(pictures: &[Picture], about: &str) -> (Vec<Picture>, Vec<Picture>) {
    let kinds = ["ranking", "difference", "levels", "groups", "regions", "cost"];
    let named = |kind: &str| {
        let name = format!("compare_{kind}_{about}");
        pictures.iter().find(move |picture| picture.name == name)
    };
    let first = kinds.iter().filter_map(|kind| named(kind)).cloned().collect();
    let own = format!("compare_difference_{about}");
    let other = |picture: &&Picture| {
        (picture.name.starts_with("compare_difference_") && picture.name != own) || picture.name == "compare_incidents"
    };
    (first, pictures.iter().filter(other).cloned().collect())
}

impl From<Figure> for Picture {
    fn from(figure: Figure) -> Self {
        Self { name: figure.name, svg: figure.svg, csv: figure.csv }
    }
}

fn with_table(page: &mut Page, picture: &Picture, language: &Language) {
    let file = format!("figures/{}.csv", picture.name);
    match table(&picture.csv, &language.fill("figures.table_note", &[("file", &file)]), language) {
        Some(table) => page.figure(&picture.svg, Some((language.text("figures.table"), &table))),
        None => page.figure(&picture.svg, None),
    }
}

/// The numbers of a figure: a row for each line of the picture and date, a column for each statistic.
pub fn table(csv: &str, note: &str, language: &Language) -> Option<Table> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let heads = reader.headers().ok()?.clone();
    let at = |name: &str| heads.iter().position(|head| head == name);
    let (series, date, statistic, value) = (at("series")?, at("date")?, at("statistic")?, at("value")?);
    let (panel, quantity, unit) = (at("panel")?, at("quantity")?, at("unit")?);
    let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().ok()?;
    let text = |record: &csv::StringRecord, at: usize| record.get(at).unwrap_or_default().to_owned();
    let mut dates: Vec<String> = records.iter().map(|record| text(record, date)).collect();
    dates.sort();
    dates.dedup();
    let kept = spread(&dates);
    let mut statistics: Vec<String> = Vec::new();
    let mut rows: Vec<([String; 4], BTreeMap<String, String>)> = Vec::new();
    let mut places: BTreeMap<[String; 4], usize> = BTreeMap::new();
    for record in records.iter().filter(|record| kept.contains(&text(record, date))) {
        let key = [panel, series, date, quantity].map(|at| text(record, at));
        let place = *places.entry(key.clone()).or_insert_with(|| {
            rows.push((key, BTreeMap::new()));
            rows.len() - 1
        });
        let name = text(record, statistic);
        let number = text(record, value).parse::<f64>();
        let told = number.map_or_else(|_| text(record, value), |number| in_unit(number, &text(record, unit), language));
        rows[place].1.insert(name.clone(), told);
        if !statistics.contains(&name) {
            statistics.push(name);
        }
    }
    if rows.is_empty() {
        return None;
    }
    rows.truncate(MOST_ROWS);
    // A column that says the same everywhere says nothing.
    let varies = |position: usize| rows.iter().any(|(key, _)| key[position] != rows[0].0[position]);
    let columns: Vec<usize> = (0..4).filter(|&position| position == 1 || varies(position)).collect();
    let names = ["panel", "series", "date", "quantity"];
    let heads = columns.iter().map(|&position| language.text(&format!("figures.{}", names[position])).to_owned());
    let heads: Vec<String> = heads.chain(statistics.iter().map(|name| statistic_name(name, language))).collect();
    let numbers_from = columns.len();
    let rows = rows
        .into_iter()
        .map(|(key, values)| {
            let told = columns.iter().map(|&position| match position {
                2 => language.number(&key[2]),
                _ => key[position].clone(),
            });
            told.chain(statistics.iter().map(|name| values.get(name).cloned().unwrap_or_default())).collect()
        })
        .collect();
    Some(Table { caption: note.to_owned(), heads, rows, numbers_from })
}

/// At most ten of the dates: the last, and evenly spaced ones before it.
fn spread(dates: &[String]) -> Vec<String> {
    let step = dates.len().div_ceil(MOST_DATES).max(1);
    dates.iter().rev().step_by(step).cloned().collect()
}

fn statistic_name(name: &str, language: &Language) -> String {
    match name {
        "median" | "mean" | "value" => language.text(&format!("figures.{name}")).to_owned(),
        other => match other.strip_prefix('q').and_then(|digits| format!("0.{digits}").parse::<f64>().ok()) {
            Some(level) => {
                let number = format!("{}", (level * 1000.0).round() / 10.0);
                language.fill("words.percent", &[("n", &language.number(&number))])
            }
            None => other.to_owned(),
        },
    }
}

fn in_unit(number: f64, unit: &str, language: &Language) -> String {
    match unit {
        "share" if number < 0.0 => format!("\u{2212}{}", language.share(-number)),
        "share" => language.share(number),
        "persons" | "person-years" | "incidents" => language.count(number),
        _ if number.abs() >= 1000.0 => language.count(number),
        _ => language.number(&format!("{}", (number * 1e4).round() / 1e4)),
    }
}

/// The regions over time.
pub fn maps(page: &mut Page, sources: &[Source], options: &Options) -> Result<(), ReportError> {
    let language = &options.language;
    let mut projections: Vec<(&Projection, Footer, bool, usize)> = Vec::new();
    for source in sources {
        let about = layer(source, options);
        match &source.content {
            Content::Run(run) => {
                let footer = Footer { data_vintage: run.summary.data_vintage.clone() };
                projections.push((&run.projection, footer, false, about));
            }
            Content::Comparison(comparison) => {
                projections.extend(comparison.regions.as_ref().map(|p| (p, Footer::default(), true, about)));
            }
            Content::Other(_) => {}
        }
    }
    if projections.is_empty() {
        return Ok(());
    }
    page.section(language.text("headings.map"));
    // A run of a baseline tells its provinces year by year; its comparison would only repeat a few of them.
    let runs: Vec<String> = projections.iter().filter(|one| !one.2).map(|one| one.0.scenario.clone()).collect();
    projections.retain(|one| !one.2 || !runs.contains(&one.0.scenario));
    for (projection, footer, baseline, about) in projections {
        let geometry = options.geometry.as_ref();
        let dates = map_dates(projection);
        let figure = plot::province_map(projection, about, &dates, geometry.map(|(shapes, _)| shapes), &footer)?;
        let Some(figure) = figure else {
            page.paragraph(language.text("map.none"));
            continue;
        };
        let title = projection.layers[about].title.as_str();
        match geometry {
            Some((_, file)) => {
                page.paragraph(&language.fill("map.about_shapes", &[("layer", title), ("file", file)]));
            }
            None => page.paragraph(&language.fill("map.about", &[("layer", title)])),
        }
        if baseline {
            page.paragraph(&language.fill("map.baseline", &[("title", &projection.title)]));
        }
        let table = table(&figure.csv, language.text("figures.table_note_here"), language);
        page.figure(&figure.svg, table.as_ref().map(|table| (language.text("figures.table"), table)));
    }
    Ok(())
}

/// Evenly spaced Decembers, the last among them; from the first in which a hundredth of anyone uses the first layer.
fn map_dates(projection: &Projection) -> Vec<usize> {
    use crate::series::Quantity;
    let decembers: Vec<usize> =
        (0..projection.dates.len()).filter(|&date| projection.dates[date].month() == 12).collect();
    let seen = |&&date: &&usize| {
        let share = projection.estimate(0, 0, date, Quantity::Penetration).median();
        share.is_nan() || share >= 0.01
    };
    let from = decembers.iter().position(|date| seen(&date)).unwrap_or(0);
    let decembers = &decembers[from..];
    let step = decembers.len().div_ceil(MAPS).max(1);
    let mut dates: Vec<usize> = decembers.iter().rev().step_by(step).copied().collect();
    dates.reverse();
    if dates.is_empty() {
        dates.extend(projection.dates.len().checked_sub(1));
    }
    dates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_row_for_each_line_and_date_and_a_column_for_each_statistic() {
        let csv = "figure,panel,series,date,quantity,statistic,value,unit\n\
                   f,internet,model,2010-12,penetration,median,0.25,share\n\
                   f,internet,model,2010-12,penetration,q10,0.2,share\n\
                   f,internet,model,2011-12,penetration,median,0.5,share\n";
        let table = table(csv, "note", &Language::english()).expect("a table");
        assert_eq!(table.heads, ["Series", "Date", "Median", "10 %"]);
        assert_eq!(table.rows, [vec!["model", "2010-12", "25 %", "20 %"], vec!["model", "2011-12", "50 %", ""]]);
        assert!(super::table("a,b\n1,2\n", "", &Language::english()).is_none());
    }

    #[test]
    fn few_dates_are_kept_and_the_last_is_among_them() {
        let dates: Vec<String> = (2000..2036).map(|year| format!("{year}-12")).collect();
        let kept = spread(&dates);
        assert!(kept.len() <= MOST_DATES && kept.contains(&"2035-12".to_owned()));
        assert_eq!(spread(&dates[..3]).len(), 3);
    }
}
