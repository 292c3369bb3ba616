//! `uptake data show`: one country.

use comfy_table::CellAlignment;

use super::{Exit, Failure, REVISION, Row, Screen, panel_file, plain_table, wrapped};
use crate::cli::args::Format;
use crate::cli::forecast_args::ShowArgs;
use crate::data::read::read_vintages;
use crate::data::{Country, Vintages, flags};

/// Width of the longest bar.
const BAR: usize = 40;

/// Runs the command.
pub(super) fn run(args: &ShowArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let list = &args.list;
    let vintages = read_vintages(&list.panel, &list.table.reading(panel_file::this_year()))?;
    let country = panel_file::country(vintages.newest(), &args.country)?;
    match list.format {
        Format::Json => {
            let (row, _) = Row::new(country, &vintages);
            let mut json = serde_json::to_value(row).expect("rows hold no maps with odd keys");
            let points =
                country.points.iter().map(|point| serde_json::json!({"year": point.year, "value": point.value}));
            json["points"] = points.collect();
            writeln!(screen.out, "{}", serde_json::to_string_pretty(&json).expect("it was made of JSON"))?;
        }
        Format::Csv => {
            writeln!(screen.out, "iso3,year,value")?;
            for point in &country.points {
                writeln!(screen.out, "{},{},{}", country.iso3, point.year, point.value)?;
            }
        }
        Format::Table => write!(screen.out, "{}", table(country, &vintages, screen.width))?,
    }
    Ok(Exit::Ok)
}

fn table(country: &Country, vintages: &Vintages, width: usize) -> String {
    let of_series = flags::of_country(country);
    let mut table = plain_table(width);
    table.set_header(["Year", "%", "", "Doubtful"]);
    for point in &country.points {
        let length = (point.value / 100.0 * BAR as f64).round() as usize;
        let names = of_series.iter().filter(|flag| flag.year == point.year).map(|flag| flag.kind.name());
        table.add_row([
            point.year.to_string(),
            decimals(point.value),
            "#".repeat(length.min(BAR)),
            names.collect::<Vec<_>>().join(", "),
        ]);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut text = format!("{} ({})\n\n{}\n", country.name, country.iso3, table.trim_fmt());
    let revised = vintages.revisions(&country.iso3, REVISION);
    if !of_series.is_empty() || !revised.is_empty() {
        text.push('\n');
    }
    for flag in of_series.iter().chain(&revised) {
        text.push_str(&wrapped(&format!("{}: {flag}", flag.kind.name()), width, 2, ""));
    }
    text
}

/// As many digits as matter.
fn decimals(value: f64) -> String {
    if value >= 0.095 || value == 0.0 { format!("{value:.1}") } else { format!("{value:.4}") }
}
