//! Published statistics as dots: one shape a source, filled where people are counted as the model counts them,
//! hollow where accounts, subscriptions or claims are.

use crate::series::{Group, Observation, Projection, Quantity};
use crate::units::Month;

use super::axis::{self, Plot};
use super::canvas::{Canvas, Pen, Point};
use super::legend::{Entry, Symbol};
use super::table::{Row, Table};
use super::{PlotError, style};

/// How a source's dots look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// Which outline; beyond the last they repeat.
    pub outline: usize,
    /// Not comparable with the model's users.
    pub hollow: bool,
}

/// Outlines that can be told apart.
const OUTLINES: usize = 10;

impl Shape {
    /// The shape of the source at `position` among its like: filled first, then hollow.
    pub fn of(position: usize) -> Self {
        Self { outline: position % OUTLINES, hollow: position / OUTLINES % 2 == 1 }
    }
}

/// One thing that one source measures about one layer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Source {
    /// Position of the layer.
    pub layer: usize,
    /// Short name.
    pub name: String,
    /// What is measured, in words.
    pub measures: String,
    /// Its unit on the axis, in words: `share` or `accounts per person`.
    pub unit: String,
    /// Look.
    pub shape: Shape,
}

/// One published value on the axis of shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Dot {
    /// Position of the source.
    pub source: usize,
    /// Month it speaks of.
    pub date: Month,
    /// Share of people, or accounts or subscriptions per person.
    pub value: f64,
}

/// What keeps a value out of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hidden {
    /// More than 100 per 100 people.
    Above,
    /// Outside the years shown.
    Outside,
}

/// All statistics of a figure.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Statistics {
    /// Sources, in order of first appearance.
    pub sources: Vec<Source>,
    /// Values.
    pub dots: Vec<Dot>,
}

impl Statistics {
    /// The observations that speak of everybody and of a layer shown, on the axis of shares.
    ///
    /// Counts become values per person with the projection's median population at their date, interpolated linearly between reported
    /// dates; a count at a date without people is left out, as are negative values.
    pub fn collect(projection: &Projection, observations: &[Observation]) -> Self {
        let mut all = Self::default();
        let mut names: Vec<&str> = Vec::new();
        let everybody = Group::everybody();
        for observation in observations.iter().filter(|o| o.group == everybody) {
            let Some(layer) = projection.layers.iter().position(|l| l.name == observation.layer) else { continue };
            let Some(value) = per_person(projection, observation) else { continue };
            let outline = names.iter().position(|&n| n == observation.source).unwrap_or_else(|| {
                names.push(&observation.source);
                names.len() - 1
            });
            let source = describe(observation, layer, outline);
            let source = all.sources.iter().position(|s| *s == source).unwrap_or_else(|| {
                all.sources.push(source);
                all.sources.len() - 1
            });
            all.dots.push(Dot { source, date: observation.date, value });
        }
        all
    }

    /// Why a dot is not drawn, if it is not.
    pub fn hidden(dot: &Dot, projection: &Projection) -> Option<Hidden> {
        let (from, to) = axis::time_range(&projection.dates);
        if !(from..=to).contains(&axis::place(dot.date)) {
            Some(Hidden::Outside)
        } else if dot.value > 1.0 {
            Some(Hidden::Above)
        } else {
            None
        }
    }

    /// Legend entries for what is drawn, and a note on what is not.
    pub fn entries(&self, projection: &Projection) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (position, source) in self.sources.iter().enumerate() {
            let drawn = |dot: &Dot| dot.source == position && Self::hidden(dot, projection).is_none();
            if self.dots.iter().any(drawn) {
                entries.push(Entry { symbol: Symbol::Mark(source.shape), text: Self::words(source, projection) });
            }
        }
        entries.extend(self.note(projection).map(|text| Entry { symbol: Symbol::None, text }));
        entries
    }

    fn words(source: &Source, projection: &Projection) -> String {
        let title = &projection.layers[source.layer].title;
        // Words are few in a legend: what the names say already is not said again.
        let told = projection.layers.len() < 2 || source.name.contains(title.as_str());
        let layer = if told { String::new() } else { format!("{title} · ") };
        let unit = match source.unit.as_str() {
            "share" => String::new(),
            unit if source.measures.contains(unit) => String::new(),
            unit => format!("{unit}, "),
        };
        format!("{layer}{}: {unit}{}", source.name, source.measures)
    }

    fn note(&self, projection: &Projection) -> Option<String> {
        let hidden = |why| self.dots.iter().filter(move |dot| Self::hidden(dot, projection) == Some(why));
        let mut parts = Vec::new();
        let above = hidden(Hidden::Above).count();
        if let Some(top) = hidden(Hidden::Above).max_by(|a, b| a.value.total_cmp(&b.value)) {
            let most = axis::grouped(top.value * 100.0, 0);
            parts.push(format!("{above} above 100 (up to {most}, {})", top.date.year()));
        }
        match hidden(Hidden::Outside).count() {
            0 => {}
            outside => parts.push(format!("{outside} outside these years")),
        }
        (!parts.is_empty()).then(|| format!("Not drawn: {}", parts.join("; ")))
    }

    /// Draws the dots of one layer, or of all.
    pub fn draw(
        &self,
        canvas: &mut Canvas,
        plot: &Plot,
        projection: &Projection,
        layer: Option<usize>,
    ) -> Result<(), PlotError> {
        for (position, source) in self.sources.iter().enumerate().filter(|(_, s)| layer.is_none_or(|l| l == s.layer)) {
            let own = self.dots.iter().filter(|dot| dot.source == position && Self::hidden(dot, projection).is_none());
            let places: Vec<Point> = own.map(|dot| plot.at(axis::place(dot.date), dot.value)).collect();
            if places.is_empty() {
                continue;
            }
            let radius = style::MARK * (plot.area.height() / 260.0).clamp(0.75, 1.0);
            canvas.group("observations", &source.name, |pen| {
                for place in places {
                    draw(pen, place, radius, source.shape);
                }
            })?;
        }
        Ok(())
    }

    /// Writes every value; the statistic says whether it is drawn.
    pub fn tabulate(&self, table: &mut Table, projection: &Projection, panel: impl Fn(&Source) -> String) {
        for dot in &self.dots {
            let source = &self.sources[dot.source];
            let statistic = match Self::hidden(dot, projection) {
                None => "published",
                Some(Hidden::Above) => "published, not drawn: above 100 %",
                Some(Hidden::Outside) => "published, not drawn: outside the years shown",
            };
            let (panel, date) = (panel(source), dot.date.to_string());
            let unit = if source.unit == "share" { "share" } else { "per person" };
            let quantity = if source.unit == "share" { "penetration" } else { source.unit.as_str() };
            let row = Row { panel: &panel, series: &source.name, date: &date, quantity, unit };
            table.number(row, statistic, dot.value);
        }
    }
}

fn describe(observation: &Observation, layer: usize, outline: usize) -> Source {
    let people = matches!(observation.unit.as_str(), "share" | "persons");
    let base =
        if observation.base == crate::series::ALL { String::new() } else { format!(" (of ages {})", observation.base) };
    Source {
        layer,
        name: observation.source.clone(),
        measures: format!("{}{base}", observation.measures),
        unit: if people { "share".to_owned() } else { observation.unit.clone() },
        shape: Shape { outline, hollow: !observation.comparable },
    }
}

fn per_person(projection: &Projection, observation: &Observation) -> Option<f64> {
    let value = if observation.unit == "share" {
        observation.value
    } else {
        observation.value / population(projection, observation.date)?
    };
    (value.is_finite() && value >= 0.0).then_some(value)
}

/// Median population at `date`, interpolated, and held beyond the first and last reported date.
fn population(projection: &Projection, date: Month) -> Option<f64> {
    let at = |position: usize| projection.estimate(0, 0, position, Quantity::Population).median();
    let after = projection.dates.partition_point(|&d| d < date);
    let people = match after {
        0 => at(0),
        n if n == projection.dates.len() => at(n - 1),
        n => {
            let (before, next) = (projection.dates[n - 1], projection.dates[n]);
            let part = f64::from(date.months_since(before)) / f64::from(next.months_since(before));
            at(n - 1) + (at(n) - at(n - 1)) * part
        }
    };
    (people.is_finite() && people > 0.0).then_some(people)
}

/// Draws one mark.
pub(super) fn draw(pen: &mut Pen<'_>, centre: Point, radius: f64, shape: Shape) {
    let corners = outline(shape.outline, centre, radius);
    if shape.hollow {
        pen.polygon(&corners, style::PAPER, 0.85);
        let closed: Vec<Point> = corners.iter().chain(corners.first()).copied().collect();
        pen.line(&closed, 1.2, style::OBSERVED, None);
    } else {
        // A rim of paper keeps neighbours apart.
        pen.polygon(&outline(shape.outline, centre, radius + 1.1), style::PAPER, 0.8);
        pen.polygon(&corners, style::OBSERVED, 1.0);
    }
}

/// Corners of the outline at `position`, of about equal area for one radius.
fn outline(position: usize, centre: Point, radius: f64) -> Vec<Point> {
    let corners: Vec<Point> = match position % 10 {
        0 => star(20, 0.0, 0.95, 0.95),
        1 => star(2, 45.0, 1.2, 1.2),
        2 => star(3, 0.0, 1.25, 0.625),
        3 => star(2, 0.0, 1.25, 1.25),
        4 => star(3, 180.0, 1.25, 0.625),
        5 => star(5, 0.0, 1.4, 0.6),
        6 => plus(0.0),
        7 => plus(45.0),
        8 => vec![(-1.1, -1.1), (1.1, -1.1), (-1.1, 1.1), (1.1, 1.1)],
        _ => star(3, 0.0, 1.1, 1.1),
    };
    corners.into_iter().map(|(x, y)| (centre.0 + x * radius, centre.1 + y * radius)).collect()
}

/// `points` corners at `outer` with one at `inner` between each two, the first upwards turned by `turn` degrees.
fn star(points: usize, turn: f64, outer: f64, inner: f64) -> Vec<Point> {
    (0..2 * points)
        .map(|i| {
            let angle = (turn + 180.0 / points as f64 * i as f64).to_radians();
            let radius = if i % 2 == 0 { outer } else { inner };
            (radius * libm::sin(angle), -radius * libm::cos(angle))
        })
        .collect()
}

/// A fat plus turned by `turn` degrees.
fn plus(turn: f64) -> Vec<Point> {
    let (a, b) = (0.42, 1.3);
    let corners =
        [(-a, -b), (a, -b), (a, -a), (b, -a), (b, a), (a, a), (a, b), (-a, b), (-a, a), (-b, a), (-b, -a), (-a, -a)];
    let (sin, cos) = (libm::sin(turn.to_radians()), libm::cos(turn.to_radians()));
    corners.iter().map(|&(x, y)| (x * cos - y * sin, x * sin + y * cos)).collect()
}
