//! What other commands found: a calibration, a forecast with its track record, anything that left JSON and pictures.
//!
//! Sentences are made from the numbers that a document is known to hold. One that lacks them, from another version, is
//! told by its pictures and by the list of all its numbers.

use serde_json::Value;

use super::figures::table;
use super::html::{Page, Table};
use super::source::{Content, Other, OtherKind, Picture, Source};
use super::words::Language;
use super::{INTERVAL, Options};

/// Most entries of a document that are told.
const MOST_ENTRIES: usize = 400;
/// Pictures of a calibration that a planner reads, in order; the others are for who checks it.
const CALIBRATION: [&str; 4] =
    ["calibration_fit", "calibration_percentiles", "calibration_sources", "calibration_vintages"];

/// A section for each folder of another command.
pub fn tell(page: &mut Page, sources: &[Source], options: &Options) {
    let language = &options.language;
    for source in sources {
        let Content::Other(Other { kind, documents, pictures }) = &source.content else { continue };
        match kind {
            OtherKind::Calibration => page.section(language.text("headings.calibration")),
            OtherKind::Forecast => page.section(language.text("headings.forecast")),
            OtherKind::Unknown => page.section(&language.fill("headings.other", &[("folder", &source.shown)])),
        }
        let document = |name: &str| documents.iter().find(|(file, _)| file == name).map(|(_, document)| document);
        if let Some(found) = document("calibration.json") {
            calibration(page, found, language);
        }
        let found = document("forecast.json");
        if let Some(found) = found {
            forecast(page, found, language);
        }
        let place = |picture: &Picture| CALIBRATION.iter().position(|name| *name == picture.name);
        let (mut first, more): (Vec<&Picture>, Vec<&Picture>) =
            pictures.iter().partition(|picture| *kind != OtherKind::Calibration || place(picture).is_some());
        first.sort_by_key(|picture| place(picture));
        // A folder whose pictures have other names shows all of them.
        let (first, more) = if first.is_empty() { (more, first) } else { (first, more) };
        let draw = |page: &mut Page, picture: &Picture| {
            let table = table(&picture.csv, language.text("figures.table_note_here"), language);
            page.figure(&picture.svg, table.as_ref().map(|table| (language.text("figures.table"), table)));
        };
        for picture in first {
            draw(page, picture);
        }
        if let Some(found) = found {
            track_record(page, found, language);
        }
        if !more.is_empty() {
            page.open_details(language.text("other.more"));
            for picture in more {
                page.figure(&picture.svg, None);
            }
            page.close_details();
        }
        for (file, document) in documents {
            let mut rows = Vec::new();
            flatten("", document, &mut rows, language);
            let heads = ["provenance.item", "figures.value"].map(|key| language.text(key).to_owned()).to_vec();
            page.open_details(&language.fill("other.numbers", &[("file", file)]));
            page.table(&Table { caption: file.clone(), heads, rows, numbers_from: 1 });
            page.close_details();
        }
    }
}

/// Whether draws can be used, and how many published figures they foresee.
fn calibration(page: &mut Page, found: &Value, language: &Language) {
    let number = |value: &Value| value.as_f64().map(|value| language.number(&value.to_string()));
    let verdict = &found["verdict"];
    let chains = found["chains"].as_u64().zip(found["draws"].as_u64());
    match (verdict["trusted"].as_bool(), chains) {
        (Some(true), Some((chains, draws))) => {
            let r_hat = verdict["r_hat"].as_f64().map(|value| language.number(&format!("{value:.3}")));
            page.paragraph(&language.fill(
                "calibration.trusted",
                &[
                    ("chains", &language.number(&chains.to_string())),
                    ("draws", &language.count((chains * draws) as f64)),
                    ("r_hat", &r_hat.unwrap_or_default()),
                ],
            ));
        }
        (Some(false), _) => {
            let objections = verdict["objections"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let objections = objections.collect::<Vec<_>>().join("; ");
            page.lead(&language.fill("calibration.not_trusted", &[("objections", &objections)]));
        }
        _ => {}
    }
    // The last entry is about every figure that was used.
    let all = found["coverage_80"].as_array().and_then(|all| all.last());
    if let Some((inside, count)) = all.and_then(|all| number(&all["inside"]).zip(number(&all["count"]))) {
        let level = language.share(INTERVAL);
        page.paragraph(
            &language.fill("calibration.inside", &[("inside", &inside), ("count", &count), ("level", &level)]),
        );
    }
}

/// Where each country's forecast ends.
fn forecast(page: &mut Page, found: &Value, language: &Language) {
    let levels: Vec<f64> = found["levels"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    let at = |level: f64| levels.iter().position(|known| (known - level).abs() < 1e-9);
    let (Some(low), Some(middle), Some(high)) = (at(0.5 - INTERVAL / 2.0), at(0.5), at(0.5 + INTERVAL / 2.0)) else {
        return;
    };
    let mut told = Vec::new();
    for country in found["countries"].as_array().into_iter().flatten() {
        let Some(last) = country["years"].as_array().and_then(|years| years.last()) else { continue };
        let share = |at: usize| last["quantiles"][at].as_f64().map(|percent| language.share(percent / 100.0));
        let year = |value: &Value| value.as_i64().map(|year| language.number(&year.to_string()));
        let (Some(low), Some(median), Some(high)) = (share(low), share(middle), share(high)) else { continue };
        let (Some(to), Some(origin)) = (year(&last["year"]), year(&country["origin"])) else { continue };
        told.push(language.fill(
            "forecast.told",
            &[
                ("country", country["country"].as_str().unwrap_or_default()),
                ("year", &to),
                ("origin", &origin),
                ("median", &median),
                ("level", &language.share(INTERVAL)),
                ("range", &language.fill("words.range", &[("low", &low), ("high", &high)])),
            ],
        ));
    }
    if told.is_empty() {
        return;
    }
    page.list(&told);
    page.paragraph(language.text("forecast.about"));
}

/// How far forecasts of the past were off, by how far they looked ahead.
fn track_record(page: &mut Page, found: &Value, language: &Language) {
    let mut rows = Vec::new();
    for lead in found["track_record"].as_array().into_iter().flatten() {
        let points = |value: &Value| {
            let value = value.as_f64()?;
            let sign = if value < 0.0 { "\u{2212}" } else { "" };
            Some(format!("{sign}{}", language.number(&format!("{:.1}", value.abs()))))
        };
        let held = lead["coverage"].as_array().into_iter().flatten().find_map(|one| {
            let nominal = one["nominal"].as_f64()?;
            let share = one["share"].as_f64()?;
            ((nominal - INTERVAL).abs() < 1e-9).then(|| language.share(share))
        });
        let ahead = lead["ahead"].as_str().map(|ahead| language.number(ahead));
        let cells = [
            ahead,
            lead["count"].as_f64().map(|count| language.count(count)),
            points(&lead["mae"]),
            points(&lead["bias"]),
            points(&lead["width80"]),
            held,
        ];
        rows.extend(cells.into_iter().collect::<Option<Vec<String>>>());
    }
    if rows.is_empty() {
        return;
    }
    let level = language.share(INTERVAL);
    let keys = ["ahead", "count", "error", "bias", "width", "held"];
    page.paragraph(language.text("forecast.record"));
    page.table(&Table {
        caption: language.text("forecast.caption").to_owned(),
        heads: keys.map(|key| language.fill(&format!("forecast.{key}"), &[("level", &level)])).to_vec(),
        rows,
        numbers_from: 0,
    });
}

/// The plain values of a JSON document with their paths.
fn flatten(path: &str, value: &Value, rows: &mut Vec<Vec<String>>, language: &Language) {
    if rows.len() >= MOST_ENTRIES {
        return;
    }
    let under = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                flatten(&under(key), value, rows, language);
            }
        }
        Value::Array(items) => {
            for (position, value) in items.iter().enumerate() {
                flatten(&under(&position.to_string()), value, rows, language);
            }
        }
        Value::Number(number) => rows.push(vec![path.to_owned(), language.number(&number.to_string())]),
        Value::String(text) => rows.push(vec![path.to_owned(), text.clone()]),
        Value::Bool(true) => rows.push(vec![path.to_owned(), language.text("words.yes").to_owned()]),
        Value::Bool(false) => rows.push(vec![path.to_owned(), language.text("words.no").to_owned()]),
        Value::Null => {}
    }
}
