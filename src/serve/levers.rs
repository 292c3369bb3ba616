//! What can be moved: the numbers and dates of a scenario, each with unit, range and source, and how a new value is
//! written.
//!
//! A lever moves where a number lies and keeps its spread: the median of a lognormal, the mean of a normal or beta,
//! all three corners of a triangle; a dated series is multiplied. A number that runs take from a posterior stands where
//! the median of its draws does, and moving it multiplies every draw: a little way on the slider is a little change,
//! member by member, and what the statistics say about numbers together is kept. What is written is an override as on
//! the command line, checked as if it stood in the file.

use schemars::JsonSchema;
use serde::Serialize;

use crate::scenario::{
    Distribution, DriverChange, Effect, Interpolation, Intervention, LayerChange, Parameter, Posterior, Scenario,
    Shape, Source,
};
use crate::units::{Month, Unit};

/// Widest factor of a slider to either side of a positive number.
const WIDEST: f64 = 4.0;

/// How a lever is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A number.
    Number,
    /// A month, such as 2018-01.
    Month,
}

/// One number or date that can be moved.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Lever {
    /// Dotted path in the scenario, for instance `layer.internet.imitation`.
    pub key: String,
    /// What it belongs to: the title of a layer, a driver or a policy.
    pub group: String,
    /// What it is.
    pub label: String,
    /// How it is moved.
    pub kind: Kind,
    /// Unit; a factor multiplies a series of values by date.
    pub unit: String,
    /// Where it stands in the scenario: a number, or a month as text.
    pub value: Place,
    /// Least value of the slider.
    pub low: Place,
    /// Largest value of the slider.
    pub high: Place,
    /// Whether equal ways on the slider are equal factors.
    pub logarithmic: bool,
    /// The number in words with its spread, for instance `lognormal, median 1.8, sigma 0.1`.
    pub words: String,
    /// Source as the scenario states it; empty where it states none.
    pub source: String,
    /// What the number rests on.
    pub basis: Basis,
    /// Whether it is among the few that matter most.
    pub main: bool,
    #[serde(skip)]
    written: Written,
}

/// What a number rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// A source that the scenario names.
    Cited,
    /// A guess.
    Assumed,
    /// Draws of the posterior, which runs take one by one; its source is that of the distribution before.
    Estimated,
}

/// A place on a lever.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Place {
    /// A number.
    Number(f64),
    /// A month.
    Month(Month),
}

impl Place {
    fn number(&self) -> f64 {
        match self {
            Place::Number(value) => *value,
            Place::Month(month) => month.end_year(),
        }
    }
}

/// How a new value is written.
#[derive(Clone, Debug, PartialEq)]
enum Written {
    /// The value in place of a plain number.
    Plain,
    /// The location of a distribution under this key.
    Location(&'static str),
    /// A whole distribution moved or stretched.
    Moved(Distribution, (f64, f64)),
    /// A series whose factor is this distribution.
    Factor(Distribution),
    /// Draws of a posterior, by the name there, whose median is this.
    Draws(String, f64),
    /// A series without a factor.
    Series(Vec<(Month, f64)>, Interpolation, (f64, f64)),
    /// A month.
    Month,
}

/// Why a value cannot be set.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LeverError {
    /// A number where a month is expected, or the other way round.
    #[error("`{key}` is {found}, expected {expected}")]
    Kind {
        /// The lever.
        key: String,
        /// What was given.
        found: String,
        /// What is expected.
        expected: &'static str,
    },
    /// A value outside of the slider.
    #[error("`{key}` is {found}, expected {low} to {high}")]
    Range {
        /// The lever.
        key: String,
        /// What was given.
        found: String,
        /// Least value.
        low: String,
        /// Largest value.
        high: String,
    },
}

impl Lever {
    /// The override that sets the lever to `value`.
    ///
    /// # Errors
    /// When it is not a value of the lever's kind and range.
    pub fn set(&self, value: &serde_json::Value) -> Result<String, LeverError> {
        let kind = |expected| LeverError::Kind { key: self.key.clone(), found: value.to_string(), expected };
        if self.kind == Kind::Month {
            let month = value
                .as_str()
                .and_then(|text| text.parse::<Month>().ok())
                .ok_or(kind("a month such as \"2018-01\""))?;
            self.within(month.end_year(), &month.to_string())?;
            return Ok(format!("{}=\"{month}\"", self.key));
        }
        let number = value.as_f64().filter(|number| number.is_finite()).ok_or(kind("a number"))?;
        self.within(number, &number.to_string())?;
        Ok(self.written(number))
    }

    fn within(&self, value: f64, found: &str) -> Result<(), LeverError> {
        let (low, high) = (self.low.number(), self.high.number());
        // A slider's own arithmetic may step a rounding error beyond its ends.
        let slack = 1e-9 * (high - low).abs().max(1e-12);
        if (low - slack..=high + slack).contains(&value) {
            return Ok(());
        }
        let told = |place: &Place| match place {
            Place::Number(value) => value.to_string(),
            Place::Month(month) => month.to_string(),
        };
        let (low, high) = (told(&self.low), told(&self.high));
        Err(LeverError::Range { key: self.key.clone(), found: found.to_owned(), low, high })
    }

    fn written(&self, value: f64) -> String {
        let key = &self.key;
        match &self.written {
            Written::Plain | Written::Month => format!("{key}={value:?}"),
            Written::Location(of) => format!("{key}.{of}={value:?}"),
            Written::Moved(distribution, range) => format!("{key}={}", moved(*distribution, value, *range)),
            Written::Factor(distribution) => format!("{key}.factor={}", stretched(*distribution, value)),
            Written::Draws(name, median) => format!("posterior_times.\"{name}\"={:?}", value / median),
            Written::Series(points, interpolation, (low, high)) => {
                let points: Vec<String> = points
                    .iter()
                    .map(|(month, point)| format!("\"{month}\" = {:?}", (point * value).clamp(*low, *high)))
                    .collect();
                let interpolation = match interpolation {
                    Interpolation::Linear => "linear",
                    Interpolation::Step => "step",
                };
                format!("{key}={{ series = {{ {} }}, interpolation = \"{interpolation}\" }}", points.join(", "))
            }
        }
    }
}

/// A triangle or a uniform with its mode or middle moved to `to`, kept within `range`.
fn moved(distribution: Distribution, to: f64, (low, high): (f64, f64)) -> String {
    let by = to - location(distribution);
    let held = |value: f64| (value + by).clamp(low, high);
    match distribution {
        Distribution::Triangular { low: a, mode, high: b } if held(a) < held(b) => {
            format!(
                "{{ distribution = \"triangular\", low = {:?}, mode = {:?}, high = {:?} }}",
                held(a),
                held(mode),
                held(b)
            )
        }
        Distribution::Uniform { low: a, high: b } if held(a) < held(b) => {
            format!("{{ distribution = \"uniform\", low = {:?}, high = {:?} }}", held(a), held(b))
        }
        // At the very end of the range no spread is left.
        _ => format!("{:?}", to.clamp(low, high)),
    }
}

/// A factor's distribution multiplied by `by`.
fn stretched(distribution: Distribution, by: f64) -> String {
    match distribution {
        Distribution::LogNormal { median, sigma } => {
            format!("{{ distribution = \"lognormal\", median = {:?}, sigma = {sigma:?} }}", median * by)
        }
        Distribution::Normal { mean, sd } => {
            format!("{{ distribution = \"normal\", mean = {:?}, sd = {:?} }}", mean * by, sd * by)
        }
        Distribution::Triangular { low, mode, high } => format!(
            "{{ distribution = \"triangular\", low = {:?}, mode = {:?}, high = {:?} }}",
            low * by,
            mode * by,
            high * by
        ),
        Distribution::Uniform { low, high } => {
            format!("{{ distribution = \"uniform\", low = {:?}, high = {:?} }}", low * by, high * by)
        }
        Distribution::LogitNormal { median, sigma } => {
            format!("{{ distribution = \"logitnormal\", median = {:?}, sigma = {sigma:?} }}", (median * by).min(0.999))
        }
        Distribution::Beta { mean, concentration } => {
            format!(
                "{{ distribution = \"beta\", mean = {:?}, concentration = {concentration:?} }}",
                (mean * by).min(0.999)
            )
        }
    }
}

/// Where a distribution lies: its median, mean, mode or middle.
fn location(distribution: Distribution) -> f64 {
    match distribution {
        Distribution::Normal { mean, .. } | Distribution::Beta { mean, .. } => mean,
        Distribution::LogNormal { median, .. } | Distribution::LogitNormal { median, .. } => median,
        Distribution::Triangular { mode, .. } => mode,
        Distribution::Uniform { low, high } => f64::midpoint(low, high),
    }
}

/// Every lever of a scenario, in the order of the format; those of its interventions last.
#[must_use]
pub fn levers(scenario: &Scenario) -> Vec<Lever> {
    let mut levers = Vec::new();
    for layer in &scenario.layers {
        let main = [
            (&layer.innovation, "Outside influence"),
            (&layer.imitation, "Imitation"),
            (&layer.discontinuance, "Stopping"),
        ];
        levers.extend(main.map(|(parameter, label)| number(parameter, &layer.title, label, true)));
        levers.extend(layer.access.ceiling.iter().map(|p| number(p, &layer.title, "Largest share with access", true)));
        if let Some(pay) = &layer.access.affordability {
            levers.push(number(&pay.threshold, &layer.title, "Share of income people pay", true));
            levers.push(number(&pay.income_spread, &layer.title, "Spread of incomes", false));
        }
        levers.push(number(&layer.initial, &layer.title, "Users at the start", false));
        levers.push(number(&layer.features.urban, &layer.title, "Townspeople adopt faster (log)", false));
        levers.push(number(&layer.features.female, &layer.title, "Women adopt faster (log)", false));
        for (position, parameter) in &layer.features.drivers {
            let label = format!("{} speeds adoption (log)", scenario.drivers[*position].title);
            levers.push(number(parameter, &layer.title, &label, false));
        }
        for (age, parameter) in &layer.features.age {
            levers.push(number(parameter, &layer.title, &format!("From age {age} (log)"), false));
        }
    }
    for driver in &scenario.drivers {
        // One value for both residences is one parameter.
        if driver.urban.path == driver.rural.path {
            levers.push(number(&driver.urban, &driver.title, "Everywhere", true));
        } else {
            levers.push(number(&driver.urban, &driver.title, "In towns", true));
            levers.push(number(&driver.rural, &driver.title, "In the countryside", true));
        }
    }
    if let Some(crime) = &scenario.victimisation {
        let group = "Cybercrime";
        levers.push(number(&crime.rate, group, "Incidents per user and year", true));
        levers.push(number(&crime.capacity, group, "Trained investigators", true));
        levers.push(number(&crime.effectiveness, group, "Effect of each investigator", false));
        levers.push(number(&crime.leaving, group, "Victims who leave", false));
        levers.push(number(&crime.distrust, group, "Distrust", false));
    }
    for intervention in &scenario.interventions {
        levers.extend(of_intervention(intervention, scenario));
    }
    if let Some(posterior) = &scenario.posterior {
        for lever in &mut levers {
            drawn_jointly(lever, posterior);
        }
    }
    // A number given nowhere cannot be told apart from its default; it stays a lever all the same.
    levers.retain(|lever| lever.kind == Kind::Month || lever.low.number() < lever.high.number());
    levers
}

/// Puts the lever of a number that is drawn from a posterior where its draws lie.
fn drawn_jointly(lever: &mut Lever, posterior: &Posterior) {
    let stretched = matches!(lever.written, Written::Factor(_));
    let name = if stretched { format!("{}.factor", lever.key) } else { lever.key.clone() };
    let Some(mut draws) = posterior.draws_of(&name).filter(|draws| !draws.is_empty()) else { return };
    draws.sort_by(f64::total_cmp);
    let at = |share: f64| draws[(share * (draws.len() - 1) as f64).round() as usize];
    // The factor of a series multiplies what the draws say, whatever they say.
    let median = if stretched { 1.0 } else { at(0.5) };
    if median == 0.0 {
        return;
    }
    let (low, high) = (lever.low.number(), lever.high.number());
    let (low, high) = if lever.logarithmic { (low.min(at(0.0)), high.max(at(1.0))) } else { (low, high) };
    lever.value = Place::Number(rounded(median));
    lever.low = Place::Number(low.min(median));
    lever.high = Place::Number(high.max(median));
    lever.words = format!("{} draws, 80 % of them {} to {}", draws.len(), rounded(at(0.1)), rounded(at(0.9)));
    lever.basis = Basis::Estimated;
    lever.written = Written::Draws(name, rounded(median));
}

/// Four digits, as many as a slider can tell.
fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// The dates and strengths of an intervention.
fn of_intervention(intervention: &Intervention, scenario: &Scenario) -> Vec<Lever> {
    let group = intervention.title.as_str();
    let (first, last) = (scenario.time.start, scenario.time.end);
    let date = |key: &str, label: &str, value: Month, low: Month, high: Month| Lever {
        key: format!("intervention.{}.{key}", intervention.name),
        group: group.to_owned(),
        label: label.to_owned(),
        kind: Kind::Month,
        unit: "month".to_owned(),
        value: Place::Month(value),
        low: Place::Month(low),
        high: Place::Month(high),
        logarithmic: false,
        words: value.to_string(),
        source: String::new(),
        basis: Basis::Cited,
        main: true,
        written: Written::Month,
    };
    let mut levers = vec![date("start", "Starts", intervention.start, first, intervention.end.unwrap_or(last))];
    levers.extend(intervention.end.map(|end| date("end", "Ends", end, intervention.start, last)));
    for effect in &intervention.effects {
        levers.push(match effect {
            Effect::Layer { layer, change } => {
                let (what, parameter) = match change {
                    LayerChange::Adoption(p) => ("adoption, times", p),
                    LayerChange::Innovation(p) => ("outside influence, times", p),
                    LayerChange::Imitation(p) => ("imitation, times", p),
                    LayerChange::Discontinuance(p) => ("stopping, times", p),
                    LayerChange::OutsideInfluence(p) => ("outside influence, more", p),
                    LayerChange::Ceiling(p) => ("at most this share", p),
                    LayerChange::Suspension { lost, .. } => ("suspended; users lost", lost),
                };
                number(parameter, group, &format!("{}: {what}", scenario.layers[*layer].title), true)
            }
            Effect::Driver { driver, change, amount } => {
                let what = match change {
                    DriverChange::Shift => "more",
                    DriverChange::Multiply => "times",
                    DriverChange::Set => "set to",
                };
                number(amount, group, &format!("{}: {what}", scenario.drivers[*driver].title), true)
            }
            Effect::Incidents(p) => number(p, group, "Cybercrime: incidents, times", true),
            Effect::Capacity(p) => number(p, group, "Cybercrime: investigators, more", true),
            Effect::Trust(p) => number(p, group, "Trust, times", true),
        });
    }
    levers
}

fn number(parameter: &Parameter, group: &str, label: &str, main: bool) -> Lever {
    let range = parameter.range;
    let multiplied = Unit::Factor.name();
    let (value, written, unit) = match (&parameter.shape, parameter.factor) {
        (Shape::Fixed(value), _) => (*value, Written::Plain, parameter.unit.name()),
        (Shape::Drawn(distribution), _) => {
            let written = match distribution {
                Distribution::Normal { .. } | Distribution::Beta { .. } => Written::Location("mean"),
                Distribution::LogNormal { .. } | Distribution::LogitNormal { .. } => Written::Location("median"),
                other => Written::Moved(*other, range),
            };
            (location(*distribution), written, parameter.unit.name())
        }
        (Shape::Dated(_), Some(factor)) => (1.0, Written::Factor(factor), multiplied),
        (Shape::Dated(dated), None) => {
            (1.0, Written::Series(dated.points.clone(), dated.interpolation, range), multiplied)
        }
    };
    let dated = matches!(parameter.shape, Shape::Dated(_));
    let unit_of_range = if dated { Unit::Factor } else { parameter.unit };
    let limits = if dated { Unit::Factor.range() } else { range };
    let (low, high, logarithmic) = span(unit_of_range, value, limits, &parameter.shape);
    let (source, assumed) = match &parameter.source {
        Source::Cited(text) => (text.clone(), text.trim_start().starts_with("assumed")),
        Source::Assumed => ("assumed".to_owned(), true),
        Source::Missing => (String::new(), true),
        Source::Default => ("default".to_owned(), true),
        Source::CommandLine => ("set here".to_owned(), true),
    };
    Lever {
        key: parameter.path.clone(),
        group: group.to_owned(),
        label: label.to_owned(),
        kind: Kind::Number,
        unit: unit.to_owned(),
        value: Place::Number(value),
        low: Place::Number(low),
        high: Place::Number(high),
        logarithmic,
        words: words(&parameter.shape),
        source,
        basis: if assumed { Basis::Assumed } else { Basis::Cited },
        main,
        written,
    }
}

/// The ends of a slider, and whether equal ways on it are equal factors.
fn span(unit: Unit, value: f64, (least, most): (f64, f64), shape: &Shape) -> (f64, f64, bool) {
    let spread = match shape {
        Shape::Drawn(Distribution::LogNormal { sigma, .. }) => libm::exp(3.0 * sigma).min(20.0),
        _ => WIDEST,
    };
    // A beta's mean, a logitnormal's and a lognormal's median have open ends.
    let inner = match shape {
        Shape::Drawn(Distribution::LogitNormal { .. } | Distribution::Beta { .. }) => (1e-3, 1.0 - 1e-3),
        Shape::Drawn(Distribution::LogNormal { .. }) => (1e-9, f64::MAX),
        _ => (f64::MIN, f64::MAX),
    };
    let (least, most) = (least.max(inner.0), most.min(inner.1));
    let (low, high, logarithmic) = match unit {
        Unit::Share => (0.0, 1.0, false),
        Unit::LogFactor => (value - 2.0, value + 2.0, false),
        Unit::Years => (value - 20.0, value + 20.0, false),
        _ if value > 0.0 => (value / spread.max(WIDEST), value * spread.max(WIDEST), true),
        _ if value < 0.0 => (value * WIDEST, -value * WIDEST, false),
        _ => (0.0, 1.0, false),
    };
    (low.clamp(least, most).min(value), high.clamp(least, most).max(value), logarithmic)
}

/// A value in words.
fn words(shape: &Shape) -> String {
    match shape {
        Shape::Fixed(value) => value.to_string(),
        Shape::Dated(dated) => {
            let ends = dated.points.first().zip(dated.points.last());
            ends.map_or_else(String::new, |((from, first), (to, last))| {
                if from == to { first.to_string() } else { format!("{first} in {from} to {last} in {to}, times this") }
            })
        }
        Shape::Drawn(distribution) => match distribution {
            Distribution::Normal { mean, sd } => format!("normal, mean {mean}, sd {sd}"),
            Distribution::LogNormal { median, sigma } => format!("lognormal, median {median}, sigma {sigma}"),
            Distribution::LogitNormal { median, sigma } => format!("logitnormal, median {median}, sigma {sigma}"),
            Distribution::Beta { mean, concentration } => format!("beta, mean {mean}, concentration {concentration}"),
            Distribution::Triangular { low, mode, high } => format!("triangular, {low} to {high}, mode {mode}"),
            Distribution::Uniform { low, high } => format!("uniform, {low} to {high}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{load, load_with};
    use std::path::{Path, PathBuf};

    fn shipped(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name)
    }

    /// Every lever of a scenario with its policies, moved to either end and back to where it stood, gives a valid
    /// scenario.
    #[test]
    fn every_place_of_every_lever_is_valid() {
        let base = shipped("cambodia.toml");
        let policies = ["strict-law", "rural-towers", "shutdown", "training", "social-media-tax"];
        let policies: Vec<PathBuf> = policies.iter().map(|name| shipped(&format!("policies/{name}.toml"))).collect();
        let loaded = load_with(&base, &policies, &[]).expect("valid");
        let levers = levers(&loaded.scenario);
        assert!(levers.len() > 60, "{}", levers.len());
        let reading = crate::scenario::Reading { population: loaded.known_population(), ..Default::default() };
        let json = |place: &Place| serde_json::to_value(place).expect("a number or text");
        for place in
            [|lever: &Lever| lever.low.clone(), |lever: &Lever| lever.high.clone(), |lever: &Lever| lever.value.clone()]
        {
            // Dates are checked one by one: all starts at their latest and all ends at their first would cross.
            for lever in &levers {
                let text = lever.set(&json(&place(lever))).expect("within its range");
                if lever.kind == Kind::Month || lever.key.starts_with("intervention.") {
                    let result = crate::scenario::load_as(&base, &policies, std::slice::from_ref(&text), &reading);
                    assert!(result.is_ok(), "{text}: {}", result.expect_err("faults"));
                }
            }
            let numbers = levers.iter().filter(|lever| lever.kind == Kind::Number);
            let texts: Vec<String> = numbers.map(|lever| lever.set(&json(&place(lever))).expect("within")).collect();
            let result = crate::scenario::load_as(&base, &policies, &texts, &reading);
            assert!(result.is_ok(), "{}", result.expect_err("faults"));
        }
    }

    #[test]
    fn a_lever_put_where_it_stands_changes_no_number() {
        let base = shipped("minimal.toml");
        let loaded = load(&base, &[]).expect("valid");
        for lever in levers(&loaded.scenario) {
            let text = lever.set(&serde_json::to_value(&lever.value).expect("a number")).expect("within");
            let again = load(&base, &[text]).expect("valid");
            let moved = levers(&again.scenario).into_iter().find(|other| other.key == lever.key).expect("still there");
            assert_eq!((&moved.value, &moved.words), (&lever.value, &lever.words), "{}", lever.key);
        }
    }

    /// The lever of a number of the posterior stands at its median, and a little way moves every draw a little.
    #[test]
    fn a_number_of_the_posterior_is_multiplied_draw_by_draw() {
        let base = shipped("cambodia.toml");
        let loaded = load(&base, &[]).expect("valid");
        let before = loaded.scenario.posterior.clone().expect("the scenario names one");
        let levers = levers(&loaded.scenario);
        let lever = |key: &str| levers.iter().find(|lever| lever.key == key).expect("there");
        let reading = crate::scenario::Reading { population: loaded.known_population(), ..Default::default() };
        for (key, name) in [
            ("layer.internet.imitation", "layer.internet.imitation"),
            ("layer.internet.features.female", "layer.internet.features.female"),
            ("layer.internet.innovation", "layer.internet.innovation.factor"),
        ] {
            let lever = lever(key);
            assert_eq!(lever.basis, Basis::Estimated, "{key}");
            let mut draws = before.draws_of(name).expect("a column");
            let text = lever.set(&serde_json::json!(lever.value.number() * 1.01)).expect("within");
            let moved = crate::scenario::load_as(&base, &[], &[text], &reading).expect("valid");
            let after = moved.scenario.posterior.expect("still there").draws_of(name).expect("still a column");
            assert!(draws.iter().zip(&after).all(|(a, b)| (b / a - 1.01).abs() < 1e-9), "{key}");
            draws.sort_by(f64::total_cmp);
            let median = draws[draws.len() / 2];
            let expected = if name.ends_with(".factor") { 1.0 } else { median };
            assert!((lever.value.number() / expected - 1.0).abs() < 0.01, "{key}: {:?}", lever.value);
        }
        assert_ne!(lever("layer.messaging.imitation").basis, Basis::Estimated);
    }

    #[test]
    fn values_of_another_kind_or_beyond_the_ends_are_refused() {
        let loaded = load(&shipped("minimal.toml"), &[]).expect("valid");
        let levers = levers(&loaded.scenario);
        let imitation = levers.iter().find(|lever| lever.key == "layer.internet.imitation").expect("there");
        for bad in ["\"fast\"", "null", "1e9", "-1", "[0.4]"] {
            let value = serde_json::from_str(bad).expect("JSON");
            assert!(imitation.set(&value).is_err(), "{bad}");
        }
        assert_eq!(imitation.set(&serde_json::json!(0.5)).expect("within"), "layer.internet.imitation.median=0.5");
    }
}
