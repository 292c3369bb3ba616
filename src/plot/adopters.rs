//! New users in each calendar year: the bell curve of diffusion, a panel for each layer.

use crate::series::{Estimate, Projection, Quantity};
use crate::units::Month;

use super::axis::{self, Plot, Shown};
use super::fan::{self, Curve, Look};
use super::frame::{self, Page, Rect, Words};
use super::legend::{self, Legend};
use super::table::{Row, Table};
use super::{Figure, Footer, PlotError};

/// Name of the figure.
pub(super) const NAME: &str = "adopters";

/// Calendar years that the reported dates cover whole: the year's last month, and the positions of its dates.
///
/// A year counts when December is reported and the report before that year's first is the December before, so that adoption since then falls within
/// the year; for the first date of all, which has no report before, when it is a January.
pub(super) fn years(dates: &[Month]) -> Vec<(Month, Vec<usize>)> {
    let mut found: Vec<(Month, Vec<usize>)> = Vec::new();
    let mut position = 0;
    while let Some(date) = dates.get(position) {
        let own: Vec<usize> = (position..dates.len()).take_while(|&d| dates[d].year() == date.year()).collect();
        let starts = match position.checked_sub(1).and_then(|before| dates.get(before)) {
            Some(before) => before.month() == 12 && before.year() == date.year() - 1,
            None => date.month() == 1,
        };
        let end = own.last().map_or(*date, |&last| dates[last]);
        position += own.len().max(1);
        if starts && end.month() == 12 {
            found.push((end, own));
        }
    }
    found
}

/// The figure.
pub(super) fn draw(projection: &Projection, footer: &Footer) -> Result<Figure, PlotError> {
    let curves: Vec<Curve> = (0..projection.layers.len()).map(|layer| yearly(projection, layer)).collect();
    let level = if projection.members > 1 { 5 } else { 3 };
    let largest = curves.iter().flatten().map(|(_, e)| e.quantiles[level]).fold(0.0, f64::max);
    let (high, magnitude, values) = axis::person_ticks(largest);
    let words = Words {
        figure: NAME.to_owned(),
        shows: "New users of each layer in each calendar year".to_owned(),
        subtitle: format!("People who began to use the layer during the year, {}people; returning users count again", magnitude.word()),
        description: "Small multiples, one for each layer: curves over time of the number of people who began to use it in each calendar year, \
                      the median of the members with its central 50 % and 80 % bands."
            .to_owned(),
    };
    let mut page = Page::open(projection, footer, &words)?;
    let legend = Legend::arrange(vec![legend::levels(projection.members, true)], page.body.width());
    let top = page.body.bottom - legend.height();
    legend.draw(&mut page.canvas, (page.body.left, top))?;
    let body = Rect { bottom: top - 8.0, ..page.body };
    let ends: Vec<Month> = years(&projection.dates).iter().map(|(end, _)| *end).collect();
    let mut table = Table::new(NAME);
    for (layer, panel) in frame::panels(body, projection.layers.len()).iter().enumerate() {
        let label = &projection.layers[layer];
        let area = frame::header(&mut page.canvas, panel, &label.title, &peak(&curves[layer]))?;
        let plot = Plot { area, time: axis::time_range(&ends), low: 0.0, high };
        let ticks = axis::year_ticks(&ends, area.width());
        let shown = Shown { values: panel.leftmost, years: panel.lowest };
        axis::draw(&mut page.canvas, &plot, &ticks, &values, shown)?;
        let look = Look::of(projection, layer, true);
        fan::bands(&mut page.canvas, &plot, &label.name, &curves[layer], look)?;
        fan::median(&mut page.canvas, &plot, &label.name, &curves[layer], look)?;
        tabulate(&mut table, &label.name, &curves[layer], look.banded);
    }
    Ok(Figure { name: NAME.to_owned(), svg: page.close(), csv: table.write()? })
}

/// Adoption by calendar year. Where a year holds several reports their quantiles are added: exact for the usual one report a
/// year, and for more an upper bound on the width of the bands, since members that are high in one month need not be in the next.
fn yearly(projection: &Projection, layer: usize) -> Curve {
    let mut curve = Curve::new();
    for (end, dates) in years(&projection.dates) {
        let mut sum = Estimate::default();
        for date in dates {
            let part = projection.estimate(layer, 0, date, Quantity::Adoption);
            sum.mean += part.mean;
            for (total, quantile) in sum.quantiles.iter_mut().zip(part.quantiles) {
                *total += quantile;
            }
        }
        if sum.quantiles.iter().all(|q| q.is_finite()) {
            curve.push((end, sum));
        }
    }
    curve
}

/// `most in 2016: 1.10 million`.
fn peak(curve: &Curve) -> String {
    match curve.iter().max_by(|a, b| a.1.median().total_cmp(&b.1.median())) {
        Some((date, estimate)) if estimate.median() > 0.0 => {
            format!("most in {}: {}", date.year(), axis::persons(estimate.median()))
        }
        _ => String::new(),
    }
}

fn tabulate(table: &mut Table, layer: &str, curve: &Curve, banded: bool) {
    for (date, estimate) in curve {
        let year = date.year().to_string();
        let row = Row {
            panel: layer,
            series: layer,
            date: &year,
            quantity: "adoption in the year",
            unit: Quantity::Adoption.unit(),
        };
        table.estimate(row, estimate, banded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(texts: &[&str]) -> Vec<Month> {
        texts.iter().map(|t| t.parse().unwrap()).collect()
    }

    #[test]
    fn only_whole_calendar_years_count() {
        let cases: [(&[&str], &[i32]); 6] = [
            (&["2000-01", "2000-12", "2001-12"], &[2000, 2001]),
            (&["2000-06", "2000-12", "2001-12", "2002-03"], &[2001]),
            (&["2000-12", "2005-12", "2006-12"], &[2006]),
            (&["2000-01"], &[]),
            (&["2000-12"], &[]),
            (&[], &[]),
        ];
        for (texts, expected) in cases {
            let found: Vec<i32> = years(&dates(texts)).iter().map(|(end, _)| end.year()).collect();
            assert_eq!(found, expected, "{texts:?}");
        }
    }
}
