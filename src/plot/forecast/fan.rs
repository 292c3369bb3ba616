//! One country: what was published, and the fan.

use super::super::axis::Shown;
use super::super::frame::{self, Page, Rect, Words};
use super::super::table::Table;
use super::super::{EVERY_PANEL, Figure, PlotError};
use super::{About, Forecast, sketch};

/// Years shown before the origin.
const BEFORE: i32 = 15;

/// The fan of one country, with the published figures, also those after the origin.
///
/// # Errors
/// When drawing fails.
pub fn fan(forecast: &Forecast, about: &About) -> Result<Figure, PlotError> {
    let name = format!("fan_{}_{}", forecast.iso3, forecast.origin);
    let words = Words {
        figure: name.clone(),
        shows: format!("Forecast from {}", forecast.origin),
        subtitle: format!("{}{}", about.indicator, if forecast.fact.is_empty() { String::new() } else { format!(". {}", forecast.fact) }),
        description: "A curve over time with the published figures as dots, from 0 to 100 %: after the origin, a dashed line, the median of the \
                      forecast with its central 50, 80 and 95 % bands; hollow dots are figures that the forecast did not know."
            .to_owned(),
    };
    let mut page = Page::about(&forecast.country, &about.facts, &words)?;
    let body = sketch::key(&mut page, sketch::entries())?;
    let area = Rect {
        left: body.left + frame::VALUE_LABELS,
        top: body.top + 8.0,
        right: body.right - 12.0,
        bottom: body.bottom - frame::YEAR_LABELS,
    };
    let range = sketch::range(std::iter::once(forecast), BEFORE);
    sketch::draw(&mut page.canvas, area, range, forecast, Shown { values: true, years: true })?;
    let mut table = Table::new(&name);
    sketch::tabulate(&mut table, EVERY_PANEL, forecast, range);
    Ok(Figure { name, svg: page.close(), csv: table.write()? })
}
