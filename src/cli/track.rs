//! From a backtest to its figures and to the words of a track record.

use super::failure::Failure;
use crate::data::Panel;
use crate::forecast::{Backtest, Grouping, Record};
use crate::plot::Figure;
use crate::plot::forecast::{self, About, Forecast, Track};

/// Methods drawn beside the first: lines beyond six repeat colours.
const DRAWN: usize = 6;
/// Countries on a page.
const PAGE: usize = 20;
/// Countries of each kind on the page of best and worst.
const EXTREMES: usize = 6;
/// What is forecast. Panels do not name their indicator.
pub const INDICATOR: &str = "Share of people, %";

/// Every figure of a backtest.
pub fn figures(found: &Backtest, panel: &Panel) -> Result<Vec<Figure>, Failure> {
    let about = about(found, panel);
    let tracks: Vec<Track> = (0..found.models.len()).filter_map(|model| track(found, model)).take(DRAWN).collect();
    let mut figures = vec![
        forecast::skill(&tracks, &about)?,
        forecast::reliability(&tracks, &about)?,
        forecast::pit(&tracks, &about)?,
    ];
    let missed = by_task(found);
    // From the last origin that the most countries can be forecast from, every so many by name.
    let origins = found.protocol.origins.iter().rev();
    let count = |origin: i32| missed.iter().filter(|task| task.1 == origin).count();
    let origin = origins.copied().max_by_key(|&origin| count(origin));
    if let Some(origin) = origin {
        let mut same: Vec<&Missed> = missed.iter().filter(|task| task.1 == origin).collect();
        same.sort_by(|one, other| one.0.cmp(&other.0));
        let step = same.len() as f64 / PAGE.min(same.len()).max(1) as f64;
        let chosen: Vec<Forecast> =
            (0..PAGE.min(same.len())).map(|at| fan_of(found, panel, same[(at as f64 * step) as usize])).collect();
        let shows = format!("{} countries from {origin}, evenly spaced by code", chosen.len());
        figures.push(forecast::countries("countries", &shows, &chosen, &about)?);
    }
    let mut sorted: Vec<&Missed> = missed.iter().collect();
    sorted.sort_by(|one, other| one.2.total_cmp(&other.2).then_with(|| (&one.0, one.1).cmp(&(&other.0, other.1))));
    let extremes = EXTREMES.min(sorted.len() / 2);
    if extremes > 0 {
        let ends = sorted[..extremes].iter().chain(sorted[sorted.len() - extremes..].iter().rev());
        let chosen: Vec<Forecast> = ends.map(|task| fan_of(found, panel, task)).collect();
        let shows = format!("The {extremes} best and the {extremes} worst forecasts");
        figures.push(forecast::countries("best_and_worst", &shows, &chosen, &about)?);
    }
    Ok(figures)
}

/// The words under every figure.
fn about(found: &Backtest, panel: &Panel) -> About {
    let origins: Vec<String> = found.protocol.origins.iter().map(ToString::to_string).collect();
    let vintage = panel.vintage.as_ref().map(|date| format!(" · data of {date}")).unwrap_or_default();
    About {
        indicator: INDICATOR.to_owned(),
        facts: format!(
            "Backtest · method {} · origins {} · {} tasks{vintage}",
            found.models[0],
            origins.join(" "),
            found.tasks
        ),
    }
}

/// A country, an origin and the mean absolute error of the first method there.
type Missed = (String, i32, f64);

fn by_task(found: &Backtest) -> Vec<Missed> {
    let mut tasks: Vec<(String, i32, f64, f64)> = Vec::new();
    for (record, scored) in found.scored(0) {
        match tasks.last_mut() {
            Some(last) if last.0 == record.iso3 && last.1 == record.origin => {
                last.2 += scored.absolute_error();
                last.3 += 1.0;
            }
            _ => tasks.push((record.iso3.clone(), record.origin, scored.absolute_error(), 1.0)),
        }
    }
    tasks.into_iter().map(|(iso3, origin, sum, count)| (iso3, origin, sum / count)).collect()
}

fn fan_of(found: &Backtest, panel: &Panel, (iso3, origin, missed): &Missed) -> Forecast {
    let own = |record: &&Record| record.model == 0 && record.iso3 == *iso3 && record.origin == *origin;
    let country = panel.country(iso3);
    Forecast {
        country: country.map_or(iso3.clone(), |country| country.name.clone()),
        iso3: iso3.clone(),
        origin: *origin,
        published: country.map(|country| country.points.clone()).unwrap_or_default(),
        fan: found.records.iter().filter(own).map(|record| (record.year, record.forecast)).collect(),
        fact: format!("{missed:.1}"),
    }
}

fn track(found: &Backtest, model: usize) -> Option<Track> {
    let overall = found.overall(model)?;
    let by_lead = found.scores(model, Grouping::Horizon).into_iter();
    Some(Track {
        model: found.models[model].clone(),
        by_lead: by_lead.filter_map(|(lead, summary)| Some((lead.parse().ok()?, summary.wis, summary.mae))).collect(),
        below: overall.below,
        pit: overall.pit,
    })
}
