//! A page of countries.

use super::super::axis::Shown;
use super::super::frame::{self, Page, Words};
use super::super::table::Table;
use super::super::{Figure, PlotError};
use super::{About, Forecast, sketch};

/// Years shown before the earliest origin.
const BEFORE: i32 = 10;

/// Small fans of several countries on one scale: at most 20, in the order given; `shows` is the title.
///
/// # Errors
/// When drawing fails.
pub fn countries(name: &str, shows: &str, forecasts: &[Forecast], about: &About) -> Result<Figure, PlotError> {
    let words = Words {
        figure: name.to_owned(),
        shows: shows.to_owned(),
        subtitle: format!("{}. Beside the name: {}", about.indicator, "mean absolute error of the median, points"),
        description: "Small pictures, one a country: published figures as dots, and from the origin, a dashed line, the median of the forecast with its central \
                      50, 80 and 95 % bands, all from 0 to 100 %."
            .to_owned(),
    };
    let mut page = Page::about("published and forecast", &about.facts, &words)?;
    let body = sketch::key(&mut page, sketch::entries())?;
    let shown = &forecasts[..forecasts.len().min(frame::MOST_PANELS)];
    let mut table = Table::new(name);
    for (panel, forecast) in frame::panels(body, shown.len()).iter().zip(shown) {
        let area = frame::header(&mut page.canvas, panel, &forecast.country, &forecast.fact)?;
        let range = sketch::range(std::iter::once(forecast), BEFORE);
        let same = shown.iter().all(|other| other.origin == forecast.origin);
        let axes = Shown { values: panel.leftmost, years: panel.lowest || !same };
        let area = if same { area } else { frame::Rect { bottom: area.bottom - frame::YEAR_LABELS, ..area } };
        sketch::draw(&mut page.canvas, area, range, forecast, axes)?;
        sketch::tabulate(&mut table, &format!("{} {}", forecast.iso3, forecast.origin), forecast, range);
    }
    Ok(Figure { name: name.to_owned(), svg: page.close(), csv: table.write()? })
}
