//! From a written parameter to a checked one.

use super::check::Checker;
use super::diagnostics::Place;
use super::load::ParameterNote;
use super::model::{DatedValues, Distribution, Interpolation, Parameter, Shape, Source};
use super::overrides::COMMAND_LINE;
use super::raw::{At, Given, MapOf, Measure, Param, RawDistribution, RawParameter};
use super::shape;
use super::suggest;
use crate::units::{Month, Unit};

/// Rates above this many per year are doubted: half of those concerned would act within three weeks.
const UNLIKELY_RATE: f64 = 12.0;
/// Least mass a distribution must have inside the range of its parameter.
const LEAST_MASS: f64 = 0.05;
/// Mass below which the cut is worth a warning.
const DOUBTFUL_MASS: f64 = 0.95;

/// What stands between the words of a value and those of its factor.
pub(super) const TIMES_A_FACTOR: &str = "; times a factor: ";
/// Names of the families of distributions.
pub(super) const FAMILIES: [&str; 6] = ["normal", "lognormal", "logitnormal", "beta", "triangular", "uniform"];

/// The value a parameter has when the file does not give it.
#[derive(Clone, Copy)]
pub(super) enum Default {
    /// A number that changes nothing.
    Neutral(f64),
    /// A number that matters, and counts as assumed.
    Assumed(f64),
}

/// The numbers of a distribution as written.
type Numbers<'a> = [(&'static str, Option<&'a At<f64>>); 8];

impl Checker<'_> {
    /// A parameter in the unit and range of its measure.
    pub fn parameter<M: Measure>(
        &mut self,
        raw: Option<&Param<M>>,
        path: impl Into<String>,
        default: Default,
    ) -> Parameter {
        self.parameter_in(raw, path.into(), default, M::UNIT, M::range())
    }

    /// A parameter in a unit and range that are not those of its measure alone.
    pub fn parameter_in<M: Measure>(
        &mut self,
        raw: Option<&Param<M>>,
        path: String,
        default: Default,
        unit: Unit,
        range: (f64, f64),
    ) -> Parameter {
        let Some(raw) = raw else {
            let (value, assumed) = match default {
                Default::Neutral(value) => (value, false),
                Default::Assumed(value) => (value, true),
            };
            self.note(&path, &Shape::Fixed(value), None, unit, ("default".to_owned(), assumed), None);
            return Parameter { path, unit, range, shape: Shape::Fixed(value), factor: None, source: Source::Default };
        };
        let place = raw.place;
        // Beyond the range of the measure the check of the shape has reported it.
        let narrower = (range != M::range()).then(M::range);
        let (shape, factor, source) = match &raw.given {
            Given::Number(value) => {
                if let Some(measured) = narrower {
                    self.in_range(*value, place, &path, (range, measured), unit);
                }
                (Shape::Fixed(*value), None, Source::Missing)
            }
            Given::Table(table) => {
                let shape = self.shape(table, &path, range, unit, narrower).unwrap_or(Shape::Fixed(range.0.max(0.0)));
                let factor = table.factor.as_ref().and_then(|factor| self.factor(table, factor, &path));
                (shape, factor, self.source(table, &path))
            }
        };
        if source == Source::Missing {
            let example = match &raw.given {
                Given::Number(value) => format!("write `{{ value = {value}, source = \"...\" }}`"),
                Given::Table(_) => "add `source = \"...\"`".to_owned(),
            };
            let message = format!("`{path}` has no source and counts as assumed; {example}, or `source = \"assumed\"`");
            self.warn(place, "unsourced-parameter", message);
        }
        if unit == Unit::PerYear && largest(&shape) > UNLIKELY_RATE {
            let message = format!(
                "`{path}` reaches {} per year, where half of the people concerned act within three weeks; is it per year?",
                largest(&shape)
            );
            self.warn(place, "unlikely-rate", message);
        }
        let words = source_words(&source);
        self.note(&path, &shape, factor.as_ref(), unit, words, Some(place));
        Parameter { path, unit, range, shape, factor, source }
    }

    fn note(
        &mut self,
        path: &str,
        shape: &Shape,
        factor: Option<&Distribution>,
        unit: Unit,
        source: (String, bool),
        place: Option<Place>,
    ) {
        let mut value = shape_words(shape);
        if let Some(factor) = factor {
            value.push_str(&format!("{TIMES_A_FACTOR}{}", distribution_words(factor)));
        }
        let at = place.map(|place| self.sources.place_text(place)).unwrap_or_default();
        let note = ParameterNote {
            path: path.to_owned(),
            value,
            unit: unit.name().to_owned(),
            source: source.0,
            assumed: source.1,
            place: at,
        };
        self.notes.push((place, note));
    }

    /// Checks a number against a range within that of its measure.
    fn in_range(&mut self, value: f64, place: Place, path: &str, ranges: ((f64, f64), (f64, f64)), unit: Unit) {
        let (range, measured) = ranges;
        if !(range.0..=range.1).contains(&value) && (measured.0..=measured.1).contains(&value) {
            let found = shape::token(self.sources, place).unwrap_or_else(|| value.to_string());
            shape::out_of_range(self.faults, place, path, &found, value, range, Some(unit.name()));
        }
    }

    fn shape(
        &mut self,
        table: &RawParameter,
        path: &str,
        range: (f64, f64),
        unit: Unit,
        narrower: Option<(f64, f64)>,
    ) -> Option<Shape> {
        const WAYS: [&str; 3] = ["value", "series", "distribution"];
        let written = |key: &str| table.written.iter().any(|written| written == key);
        let ways: Vec<&str> = WAYS.into_iter().filter(|way| written(way)).collect();
        match ways.as_slice() {
            [] => {
                // Numbers of a distribution that is not named say which one was meant.
                let meant = families_with(|key| written(key));
                let help = match meant.as_slice() {
                    [] => "give one of `value`, `series` and `distribution`".to_owned(),
                    families => format!("did you mean `distribution = \"{}\"`?", families[0]),
                };
                self.faults.push_help(table.place, format!("`{path}` has no value"), help);
                return None;
            }
            [_] => {}
            [first, second, ..] => {
                let message = format!("`{path}` has both `{first}` and `{second}`");
                self.faults.push_help(
                    table.place,
                    message,
                    "keep one: a fixed `value`, a dated `series`, or a `distribution` drawn once per member",
                );
                return None;
            }
        }
        if let Some(interpolation) = table.interpolation.as_ref().filter(|_| ways[0] != "series") {
            self.faults.push(
                interpolation.place,
                format!("`{path}.interpolation` goes with a `series`, not with a `{}`", ways[0]),
            );
        }
        if let Some(family) = &table.distribution {
            let numbers = [
                ("median", table.median.as_ref()),
                ("sigma", table.sigma.as_ref()),
                ("mean", table.mean.as_ref()),
                ("sd", table.sd.as_ref()),
                ("concentration", table.concentration.as_ref()),
                ("low", table.low.as_ref()),
                ("mode", table.mode.as_ref()),
                ("high", table.high.as_ref()),
            ];
            return self
                .distribution(family, &numbers, &table.written, table.place, path, range, unit)
                .map(Shape::Drawn);
        }
        let stray = [
            ("median", &table.median),
            ("sigma", &table.sigma),
            ("mean", &table.mean),
            ("sd", &table.sd),
            ("concentration", &table.concentration),
            ("low", &table.low),
            ("mode", &table.mode),
            ("high", &table.high),
        ];
        for (key, number) in stray {
            if let Some(number) = number {
                let message = format!("`{path}.{key}` belongs to a distribution, but `{path}` has a `{}`", ways[0]);
                self.faults.push_help(
                    number.place,
                    message,
                    "for chance around a value or a series, give a `factor = { distribution = ... }`",
                );
            }
        }
        if let Some(value) = &table.value {
            if let Some(measured) = narrower {
                self.in_range(value.value, value.place, path, (range, measured), unit);
            }
            return Some(Shape::Fixed(value.value));
        }
        let series = table.series.as_ref()?;
        let interpolation = match table.interpolation.as_ref().map(|text| text.value.as_str()) {
            Some("step") => Interpolation::Step,
            _ => Interpolation::Linear,
        };
        if let Some(measured) = narrower {
            for (month, value) in &series.0 {
                let path = format!("{path}.series.{}", month.value);
                self.in_range(value.value, value.place, &path, (range, measured), unit);
            }
        }
        let points = points(series);
        (!points.is_empty()).then_some(Shape::Dated(DatedValues { points, interpolation }))
    }

    fn factor(&mut self, table: &RawParameter, raw: &RawDistribution, path: &str) -> Option<Distribution> {
        let path = format!("{path}.factor");
        if table.distribution.is_some() {
            let message = format!("`{path}` goes with a `value` or a `series`, not with a `distribution`");
            self.faults.push(raw.place, message);
            return None;
        }
        let numbers = [
            ("median", raw.median.as_ref()),
            ("sigma", raw.sigma.as_ref()),
            ("mean", raw.mean.as_ref()),
            ("sd", raw.sd.as_ref()),
            ("concentration", raw.concentration.as_ref()),
            ("low", raw.low.as_ref()),
            ("mode", raw.mode.as_ref()),
            ("high", raw.high.as_ref()),
        ];
        let family = raw.distribution.as_ref()?;
        self.distribution(family, &numbers, &raw.written, raw.place, &path, Unit::Factor.range(), Unit::Factor)
    }

    #[allow(clippy::too_many_arguments, reason = "the two tables that hold distributions have no type in common")]
    fn distribution(
        &mut self,
        family: &At<String>,
        numbers: &Numbers<'_>,
        written: &[String],
        place: Place,
        path: &str,
        range: (f64, f64),
        unit: Unit,
    ) -> Option<Distribution> {
        let name = family.value.as_str();
        let keys = keys_of(name)?;
        let mut whole = true;
        for (key, number) in numbers {
            if keys.contains(key) && number.is_none() {
                whole = false;
                if !written.iter().any(|written| written == key) {
                    self.faults.push_help(place, format!("`{path}` is {name} but has no `{key}`"), family_help(name));
                }
            } else if let (false, Some(number)) = (keys.contains(key), number) {
                whole = false;
                self.faults.push_help(
                    number.place,
                    format!("`{path}` is {name}, which has no `{key}`"),
                    family_help(name),
                );
            }
        }
        if !whole {
            return None;
        }
        let at = |key: &str| numbers.iter().find(|(name, _)| *name == key).and_then(|(_, number)| *number);
        let number = |key: &str| at(key).map_or(f64::NAN, |number| number.value);
        let mut wrong = |key: &str, expected: &str| {
            let (found, place) = at(key).map_or((f64::NAN, place), |number| (number.value, number.place));
            self.faults.push(place, format!("`{path}.{key}` is {found}, expected {expected}"));
        };
        let before = numbers_in_order(name, &number, &mut wrong);
        if !before {
            return None;
        }
        let distribution = match name {
            "normal" => Distribution::Normal { mean: number("mean"), sd: number("sd") },
            "lognormal" => Distribution::LogNormal { median: number("median"), sigma: number("sigma") },
            "logitnormal" => Distribution::LogitNormal { median: number("median"), sigma: number("sigma") },
            "beta" => Distribution::Beta { mean: number("mean"), concentration: number("concentration") },
            "triangular" => Distribution::Triangular { low: number("low"), mode: number("mode"), high: number("high") },
            _ => Distribution::Uniform { low: number("low"), high: number("high") },
        };
        let inside = mass(&distribution, range.0, range.1);
        let (low, high) = range;
        if inside.is_nan() || inside < LEAST_MASS {
            let message = format!(
                "`{path}` lies outside its range, {low} to {high} ({}): only {:.2} % of it is inside",
                unit.name(),
                inside.max(0.0) * 100.0
            );
            let percentage = unit == Unit::Share && middle(&distribution) > 1.0 && middle(&distribution) <= 100.0;
            if percentage {
                self.faults.push_help(place, message, "is it in percent? shares are written from 0 to 1");
            } else {
                self.faults.push(place, message);
            }
            return None;
        }
        if inside < DOUBTFUL_MASS {
            let message = format!(
                "only {:.0} % of `{path}` is inside its range, {low} to {high}; the rest is cut off, which moves its mean",
                inside * 100.0
            );
            self.warn(place, "truncated-distribution", message);
        }
        Some(distribution)
    }

    fn source(&mut self, table: &RawParameter, path: &str) -> Source {
        match &table.source {
            None => Source::Missing,
            Some(source) => match source.value.trim() {
                "" => {
                    self.faults.push_help(
                        source.place,
                        format!("`{path}.source` is empty"),
                        "name the source, or write \"assumed\"",
                    );
                    Source::Missing
                }
                COMMAND_LINE => Source::CommandLine,
                "assumed" => Source::Assumed,
                _ => Source::Cited(source.value.clone()),
            },
        }
    }
}

/// A source in words, and whether it counts as assumed.
pub(super) fn source_words(source: &Source) -> (String, bool) {
    match source {
        // With its reasons: `assumed; near the dropouts of ...`.
        Source::Cited(text) => (text.clone(), text.starts_with("assumed")),
        Source::Assumed => ("assumed".to_owned(), true),
        Source::Missing => ("not given".to_owned(), true),
        Source::Default => ("default".to_owned(), true),
        Source::CommandLine => (COMMAND_LINE.to_owned(), true),
    }
}

/// The points of a series in order of time.
fn points(series: &MapOf<At<f64>>) -> Vec<(Month, f64)> {
    let mut points: Vec<(Month, f64)> =
        series.0.iter().filter_map(|(month, value)| Some((month.value.parse().ok()?, value.value))).collect();
    points.sort_by_key(|(month, _)| *month);
    points
}

/// The numbers of a family.
fn keys_of(family: &str) -> Option<&'static [&'static str]> {
    Some(match family {
        "normal" => &["mean", "sd"],
        "lognormal" | "logitnormal" => &["median", "sigma"],
        "beta" => &["mean", "concentration"],
        "triangular" => &["low", "mode", "high"],
        "uniform" => &["low", "high"],
        _ => return None,
    })
}

fn family_help(family: &str) -> String {
    let keys = keys_of(family).unwrap_or_default();
    format!("a {family} distribution has {}", suggest::list(keys.iter().copied()))
}

/// Families all of whose numbers are written.
fn families_with(written: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let all = |family: &&str| keys_of(family).is_some_and(|keys| keys.iter().all(|key| written(key)));
    ["lognormal", "logitnormal", "beta", "normal", "triangular", "uniform"].into_iter().filter(all).collect()
}

/// Whether the numbers of a family make a distribution; tells what is wrong with those that do not.
fn numbers_in_order(family: &str, number: &impl Fn(&str) -> f64, wrong: &mut impl FnMut(&str, &str)) -> bool {
    let mut fine = true;
    let mut need = |holds: bool, key: &str, expected: &str| {
        if !holds {
            wrong(key, expected);
            fine = false;
        }
    };
    let above_zero = "a number above 0; for a value without chance write `value = ...`";
    match family {
        "normal" => need(number("sd") > 0.0, "sd", above_zero),
        "lognormal" => {
            need(number("median") > 0.0, "median", "a number above 0");
            need(number("sigma") > 0.0, "sigma", above_zero);
        }
        "logitnormal" => {
            let within = number("median") > 0.0 && number("median") < 1.0;
            need(within, "median", "a number between 0 and 1, neither included");
            need(number("sigma") > 0.0, "sigma", above_zero);
        }
        "beta" => {
            need(number("mean") > 0.0 && number("mean") < 1.0, "mean", "a number between 0 and 1, neither included");
            need(number("concentration") > 0.0, "concentration", "a number above 0");
        }
        _ => {
            let (low, high) = (number("low"), number("high"));
            need(low < high && (high - low).is_finite(), "high", &format!("a number above `low`, which is {low}"));
            if family == "triangular" && low < high {
                need(
                    (low..=high).contains(&number("mode")),
                    "mode",
                    &format!("a number from `low` to `high`, {low} to {high}"),
                );
            }
        }
    }
    fine
}

/// Probability that a draw falls into `low..=high`.
fn mass(distribution: &Distribution, low: f64, high: f64) -> f64 {
    let normal = |z: f64| 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
    let below = |x: f64| match *distribution {
        Distribution::Normal { mean, sd } => normal((x - mean) / sd),
        Distribution::LogNormal { median, sigma } => {
            if x <= 0.0 {
                0.0
            } else {
                normal((libm::log(x) - libm::log(median)) / sigma)
            }
        }
        // Every range holds all of 0..1.
        Distribution::LogitNormal { .. } | Distribution::Beta { .. } => f64::from(u8::from(x >= 1.0)),
        Distribution::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
        Distribution::Triangular { low, mode, high } => {
            if x <= low {
                0.0
            } else if x < mode {
                (x - low) / (high - low) * ((x - low) / (mode - low))
            } else if x < high {
                1.0 - (high - x) / (high - low) * ((high - x) / (high - mode))
            } else {
                1.0
            }
        }
    };
    below(high) - below(low)
}

/// A number in the middle of a distribution.
fn middle(distribution: &Distribution) -> f64 {
    match *distribution {
        Distribution::Normal { mean, .. } | Distribution::Beta { mean, .. } => mean,
        Distribution::LogNormal { median, .. } | Distribution::LogitNormal { median, .. } => median,
        Distribution::Triangular { mode, .. } => mode,
        Distribution::Uniform { low, high } => low + (high - low) / 2.0,
    }
}

/// The largest value, or the middle of those drawn.
fn largest(shape: &Shape) -> f64 {
    match shape {
        Shape::Fixed(value) => *value,
        Shape::Dated(values) => values.points.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max),
        Shape::Drawn(distribution) => middle(distribution),
    }
}

/// A value in words.
fn shape_words(shape: &Shape) -> String {
    match shape {
        Shape::Fixed(value) => value.to_string(),
        Shape::Drawn(distribution) => distribution_words(distribution),
        Shape::Dated(DatedValues { points, interpolation }) => {
            let way = match interpolation {
                Interpolation::Linear => "linear",
                Interpolation::Step => "step",
            };
            let (first, last) = (points[0], points[points.len() - 1]);
            match points.len() {
                1 => format!("{} from {}", first.1, first.0),
                count => format!("{} in {} to {} in {} ({count} points, {way})", first.1, first.0, last.1, last.0),
            }
        }
    }
}

/// A distribution in words, as `lognormal, median 0.4, sigma 0.3`.
#[must_use]
pub fn distribution_words(distribution: &Distribution) -> String {
    match distribution {
        Distribution::Normal { mean, sd } => format!("normal, mean {mean}, sd {sd}"),
        Distribution::LogNormal { median, sigma } => format!("lognormal, median {median}, sigma {sigma}"),
        Distribution::LogitNormal { median, sigma } => format!("logitnormal, median {median}, sigma {sigma}"),
        Distribution::Beta { mean, concentration } => format!("beta, mean {mean}, concentration {concentration}"),
        Distribution::Triangular { low, mode, high } => format!("triangular, {low} to {high}, mode {mode}"),
        Distribution::Uniform { low, high } => format!("uniform, {low} to {high}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mass_agrees_with_hand_arithmetic() {
        let cases = [
            // half of a symmetric distribution lies below its middle
            (Distribution::Normal { mean: 0.0, sd: 1.0 }, 0.0, 1e6, 0.5),
            (Distribution::LogNormal { median: 2.0, sigma: 0.5 }, 0.0, 2.0, 0.5),
            (Distribution::Uniform { low: -1.0, high: 3.0 }, 0.0, 1.0, 0.25),
            // the triangle from 0 to 2 with its tip at 1: 1/8 up to 0.5
            (Distribution::Triangular { low: 0.0, mode: 1.0, high: 2.0 }, 0.0, 0.5, 0.125),
            (Distribution::Triangular { low: 0.0, mode: 0.0, high: 1.0 }, 0.0, 1.0, 1.0),
            (Distribution::Triangular { low: 0.0, mode: 1.0, high: 1.0 }, 0.0, 1.0, 1.0),
            (Distribution::Beta { mean: 0.3, concentration: 5.0 }, 0.0, 1.0, 1.0),
            (Distribution::LogitNormal { median: 0.9, sigma: 1.0 }, 0.0, 1.0, 1.0),
            (Distribution::Normal { mean: 40.0, sd: 2.0 }, 0.0, 1.0, 0.0),
        ];
        for (distribution, low, high, expected) in cases {
            let found = mass(&distribution, low, high);
            assert!((found - expected).abs() < 1e-12, "{distribution:?}: {found}");
        }
    }
}
