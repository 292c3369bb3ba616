//! `uptake explain`: what a scenario changes, and what its policies do, in words.

use std::fmt::Write as _;
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde::Serialize;

use super::args::ExplainArgs;
use super::failure::Failure;
use super::screen::Screen;
use super::words::wrapped;
use super::{Exit, scenario_file, words};
use crate::scenario::load::ParameterNote;
use crate::scenario::{
    Cost, Difference, Distribution, DriverChange, Effect, Intervention, LayerChange, Loaded, Parameter, Scenario, Shape,
};

/// Everything that is told, for programs.
#[derive(Serialize)]
struct Explanation {
    scenario: String,
    title: String,
    base: Option<String>,
    differences: Vec<Difference>,
    policies: Vec<Policy>,
}

/// An intervention in words.
#[derive(Serialize)]
struct Policy {
    name: String,
    title: String,
    /// Whether the base has it too, under this name.
    in_base: bool,
    /// The first sentence of its description; may be empty.
    about: String,
    when: String,
    who: String,
    effects: Vec<Told>,
    cost: Option<String>,
}

/// One mechanism in words.
#[derive(Serialize)]
struct Told {
    path: String,
    place: String,
    does: String,
    expected: String,
    source: String,
}

/// Runs the command.
pub fn run(args: &ExplainArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let overrides = args.overrides.texts();
    let loaded = scenario_file::load(&args.scenario, &args.overrides.with, &overrides, screen)?;
    let changed = !args.overrides.with.is_empty() || !args.overrides.set.is_empty();
    let base = match (&args.base, changed) {
        (Some(base), _) => Some(base.clone()),
        (None, true) => Some(args.scenario.clone()),
        (None, false) => extended(&args.scenario),
    };
    let base = match base {
        Some(path) => Some((path.display().to_string(), scenario_file::open(&path, &[], &[], screen)?)),
        None => None,
    };
    let explanation = explain(&loaded, base.as_ref().map(|(name, base)| (name.as_str(), base)));
    if args.format == "json" {
        let json = serde_json::to_string_pretty(&explanation).expect("an explanation holds no maps with odd keys");
        writeln!(screen.out, "{json}")?;
    } else {
        write!(screen.out, "{}", told(&explanation, screen.width))?;
    }
    Ok(Exit::Ok)
}

/// The file that a scenario file extends; it has been read before, so it is there.
fn extended(path: &Path) -> Option<PathBuf> {
    let table: toml::Table = fs::read_to_string(path).ok()?.parse().ok()?;
    let base = table.get("extends")?.as_str()?;
    let mut place = path.parent().unwrap_or(Path::new("")).to_owned();
    // `policies/../cambodia.toml` is `cambodia.toml` to a reader; folders that are links stay as they are.
    for part in Path::new(base).components() {
        let named = place.file_name().is_some() && !place.is_symlink();
        if part == Component::ParentDir && named {
            place.pop();
        } else {
            place.push(part);
        }
    }
    Some(place)
}

fn explain(loaded: &Loaded, base: Option<(&str, &Loaded)>) -> Explanation {
    let scenario = &loaded.scenario;
    let known = |name: &str| base.is_some_and(|(_, b)| b.scenario.interventions.iter().any(|i| i.name == name));
    // New policies are told in words, not key by key.
    let own_words = |difference: &Difference| {
        difference.path == "intervention"
            || difference.path.strip_prefix("intervention.").is_some_and(|rest| {
                let name = rest.split('.').next().unwrap_or(rest);
                !known(name)
            })
    };
    let differences = base.map(|(_, base)| loaded.differences(base)).unwrap_or_default();
    Explanation {
        scenario: scenario.name.clone(),
        title: scenario.title.clone(),
        base: base.map(|(name, _)| name.to_owned()),
        differences: differences.into_iter().filter(|difference| !own_words(difference)).collect(),
        policies: scenario.interventions.iter().map(|policy| in_words(policy, loaded, known(&policy.name))).collect(),
    }
}

fn told(explanation: &Explanation, width: usize) -> String {
    let mut text = format!("{} [{}]\n", explanation.title, explanation.scenario);
    match &explanation.base {
        None => {
            text.push_str(&wrapped("It extends no other scenario; --base FILE holds it against one.", width, 0, ""));
        }
        Some(base) if explanation.differences.is_empty() && explanation.policies.is_empty() => {
            let _ = writeln!(text, "Nothing differs from `{base}`.");
        }
        Some(base) if explanation.differences.is_empty() => {
            let _ = writeln!(text, "All of `{base}`, with these policies:");
        }
        Some(base) => {
            let _ = writeln!(text, "\nAgainst `{base}`:");
            for difference in &explanation.differences {
                let change = match (&difference.base, &difference.here) {
                    (Some(base), Some(here)) => format!("{here}, not {base}"),
                    (None, Some(here)) => format!("new: {here}"),
                    (Some(base), None) => format!("no longer: {base}"),
                    (None, None) => String::new(),
                };
                let _ = write!(text, "\n  {}\n{}", difference.path, wrapped(&change, width, 6, ""));
                text.push_str(&wrapped(&format!("at {}", difference.place), width, 6, ""));
            }
        }
    }
    for policy in &explanation.policies {
        let known = if policy.in_base { ", as in the base" } else { "" };
        let _ = write!(text, "\n{} [{}]{known}\n", policy.title, policy.name);
        if !policy.about.is_empty() {
            text.push_str(&wrapped(&policy.about, width, 2, ""));
        }
        text.push_str(&wrapped(&format!("{}, {}:", policy.when, policy.who), width, 2, ""));
        for effect in &policy.effects {
            text.push_str(&wrapped(&format!("{}, so {}.", effect.does, effect.expected), width, 4, "  - "));
            text.push_str(&wrapped(&format!("{} ({})", effect.source, effect.place), width, 6, ""));
        }
        let cost = policy.cost.as_deref().unwrap_or("No cost is stated.");
        text.push_str(&wrapped(cost, width, 2, ""));
    }
    text
}

fn in_words(policy: &Intervention, loaded: &Loaded, in_base: bool) -> Policy {
    let tell = |effect: &Effect| {
        let (parameter, does, expected) = Words { scenario: &loaded.scenario, loaded }.effect(effect);
        let note = note(loaded, &parameter.path);
        Told {
            path: parameter.path.clone(),
            place: note.map_or(String::new(), |note| note.place.clone()),
            does,
            expected,
            source: note.map_or(String::new(), |note| note.source.clone()),
        }
    };
    Policy {
        name: policy.name.clone(),
        title: policy.title.clone(),
        in_base,
        about: first_sentence(&policy.description),
        when: when(policy),
        who: who(policy, &loaded.scenario),
        effects: policy.effects.iter().map(tell).collect(),
        cost: policy.cost.as_ref().map(|cost| cost_in_words(cost, loaded)),
    }
}

fn note<'a>(loaded: &'a Loaded, path: &str) -> Option<&'a ParameterNote> {
    loaded.parameters.iter().find(|note| note.path == path)
}

fn first_sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.find(". ").map_or(text.clone(), |end| text[..=end].to_owned())
}

fn when(policy: &Intervention) -> String {
    let start = words::month(policy.start);
    let span = match policy.end {
        Some(end) if end == policy.start => format!("In {start} only"),
        Some(end) => format!("From {start} to {}", words::month(end)),
        None => format!("From {start} on"),
    };
    match policy.ramp.months {
        0 => span,
        months => format!("{span}, in full force after {}", words::plural(months as usize, "month")),
    }
}

fn who(policy: &Intervention, scenario: &Scenario) -> String {
    let (grid, who) = (&scenario.population.grid, &policy.who);
    let sex = match who.sex.map(|sex| grid.sexes[sex].as_str()) {
        Some("female") => Some("women"),
        Some("male") => Some("men"),
        _ => None,
    };
    let ages = who.age.map(|(from, to)| format!("of {from} to {to} years"));
    let people = match (sex, ages) {
        (None, None) => "for everyone".to_owned(),
        (Some(sex), None) => format!("for {sex}"),
        (sex, Some(ages)) => format!("for {} {ages}", sex.unwrap_or("people")),
    };
    let residence = who.residence.map(|residence| grid.residences[residence].as_str());
    let regions: Vec<&str> = who.regions.iter().map(|&region| grid.regions[region].as_str()).collect();
    match (residence, regions.as_slice()) {
        (None, []) => format!("{people} everywhere"),
        (Some(residence), []) => format!("{people} in {residence} places"),
        (None, regions) => format!("{people} in {}", regions.join(", ")),
        (Some(residence), regions) => format!("{people} in {residence} places of {}", regions.join(", ")),
    }
}

fn cost_in_words(cost: &Cost, loaded: &Loaded) -> String {
    let amount = |parameter: &Parameter, what: &str| {
        let (low, high) = spread(parameter);
        let range =
            if low < high { format!(" ({} to {})", words::money(low), words::money(high)) } else { String::new() };
        let source = note(loaded, &parameter.path).map_or(String::new(), |note| format!(" [{}]", note.source));
        format!("{} {}{range} {what}{source}", cost.currency, words::money(centre(parameter)))
    };
    let mut parts = Vec::new();
    parts.extend(cost.one_off.as_ref().map(|p| amount(p, "once")));
    parts.extend(cost.per_year.as_ref().map(|p| amount(p, "a year")));
    if let Some(per_person) = &cost.per_person {
        let reached = words::share(centre(&cost.reached));
        parts.push(amount(per_person, &format!("for each person reached, {reached} of those it touches")));
    }
    format!("Costs, in prices of {}: {}.", cost.price_year, parts.join("; "))
}

/// A number to tell a size by: what is given, the last of a dated series, the middle of a distribution.
fn centre(parameter: &Parameter) -> f64 {
    let value = match &parameter.shape {
        Shape::Fixed(value) => *value,
        Shape::Drawn(distribution) => middle(distribution),
        Shape::Dated(dated) => dated.points.last().map_or(0.0, |point| point.1),
    };
    value * parameter.factor.as_ref().map_or(1.0, middle)
}

fn middle(distribution: &Distribution) -> f64 {
    match *distribution {
        Distribution::Normal { mean, .. } | Distribution::Beta { mean, .. } => mean,
        Distribution::LogNormal { median, .. } | Distribution::LogitNormal { median, .. } => median,
        Distribution::Triangular { mode, .. } => mode,
        Distribution::Uniform { low, high } => f64::midpoint(low, high),
    }
}

/// Where a distribution's values lie: its ends, or about 95 % of it where it has none.
fn ends(distribution: &Distribution) -> (f64, f64) {
    match *distribution {
        Distribution::Normal { mean, sd } => (mean - 2.0 * sd, mean + 2.0 * sd),
        Distribution::LogNormal { median, sigma } => {
            (median * libm::exp(-2.0 * sigma), median * libm::exp(2.0 * sigma))
        }
        Distribution::LogitNormal { .. } | Distribution::Beta { .. } => (0.0, 1.0),
        Distribution::Triangular { low, high, .. } | Distribution::Uniform { low, high } => (low, high),
    }
}

/// Where a parameter's values lie, over time and over what is not known.
fn spread(parameter: &Parameter) -> (f64, f64) {
    let (low, high) = match &parameter.shape {
        Shape::Fixed(value) => (*value, *value),
        Shape::Drawn(distribution) => ends(distribution),
        Shape::Dated(dated) => {
            let values = dated.points.iter().map(|point| point.1);
            (values.clone().fold(f64::INFINITY, f64::min), values.fold(f64::NEG_INFINITY, f64::max))
        }
    };
    let (least, most) = parameter.factor.as_ref().map_or((1.0, 1.0), ends);
    let corners = [low * least, low * most, high * least, high * most];
    let (floor, top) = parameter.range;
    (
        corners.into_iter().fold(f64::INFINITY, f64::min).clamp(floor, top),
        corners.into_iter().fold(f64::NEG_INFINITY, f64::max).clamp(floor, top),
    )
}

/// Which way a strength goes from the value that changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lean {
    Up,
    Down,
    /// Up most likely, but the other way is within its range.
    MostlyUp,
    MostlyDown,
    /// Either way.
    Open,
    /// Nothing changes.
    Nothing,
}

impl Lean {
    fn of(parameter: &Parameter, neutral: f64) -> Self {
        let (low, high) = spread(parameter);
        let middle = centre(parameter);
        match (low < neutral, high > neutral) {
            (false, false) => Lean::Nothing,
            (false, true) => Lean::Up,
            (true, false) => Lean::Down,
            (true, true) if middle > neutral => Lean::MostlyUp,
            (true, true) if middle < neutral => Lean::MostlyDown,
            (true, true) => Lean::Open,
        }
    }

    fn turned(self) -> Self {
        match self {
            Lean::Up => Lean::Down,
            Lean::Down => Lean::Up,
            Lean::MostlyUp => Lean::MostlyDown,
            Lean::MostlyDown => Lean::MostlyUp,
            same => same,
        }
    }

    /// `up` or `down`, hedged where the range holds both.
    fn tell(self, up: &str, down: &str) -> String {
        match self {
            Lean::Up => up.to_owned(),
            Lean::Down => down.to_owned(),
            Lean::MostlyUp => format!("most likely {up} (its range includes the opposite)"),
            Lean::MostlyDown => format!("most likely {down} (its range includes the opposite)"),
            Lean::Open => "it is open which way it works".to_owned(),
            Lean::Nothing => "nothing changes".to_owned(),
        }
    }
}

/// What effects do and what is expected of them.
struct Words<'a> {
    scenario: &'a Scenario,
    loaded: &'a Loaded,
}

impl Words<'_> {
    /// The strength, what it does, and what is expected.
    fn effect<'e>(&self, effect: &'e Effect) -> (&'e Parameter, String, String) {
        match effect {
            Effect::Layer { layer, change } => self.on_layer(*layer, change),
            Effect::Driver { driver, change, amount } => self.on_driver(*driver, *change, amount),
            Effect::Incidents(p) => {
                let fewer = Lean::of(p, 1.0).tell("more incidents of cybercrime", "fewer incidents of cybercrime");
                (p, format!("multiplies incidents of cybercrime by {}", self.strength(p)), fewer)
            }
            Effect::Capacity(p) => {
                let fewer =
                    Lean::of(p, 0.0).tell("fewer incidents of cybercrime, and a little more trust", "more incidents");
                (p, format!("adds {} trained investigators per million people", self.strength(p)), fewer)
            }
            Effect::Trust(p) => {
                let trust = Lean::of(p, 1.0).tell("people join more readily", "people join less readily");
                (p, format!("multiplies trust by {}", self.strength(p)), trust)
            }
        }
    }

    fn on_layer<'e>(&self, layer: usize, change: &'e LayerChange) -> (&'e Parameter, String, String) {
        let title = &self.scenario.layers[layer].title;
        let also = self.requiring(layer);
        let spread = |p: &Parameter, neutral: f64| {
            let (faster, slower) =
                (format!("{title} spreads faster{also}"), format!("{title} spreads more slowly{also}"));
            Lean::of(p, neutral).tell(&faster, &slower)
        };
        match change {
            LayerChange::Adoption(p) => {
                let does = format!("multiplies the rate at which people begin to use {title} by {}", self.strength(p));
                (p, does, spread(p, 1.0))
            }
            LayerChange::Innovation(p) => {
                let does = format!("multiplies joining {title} by outside influence by {}", self.strength(p));
                (p, does, spread(p, 1.0))
            }
            LayerChange::Imitation(p) => {
                let does = format!("multiplies the pull of others who use {title} by {}", self.strength(p));
                (p, does, spread(p, 1.0))
            }
            LayerChange::OutsideInfluence(p) => {
                let does = format!("adds {} a year to joining {title} by outside influence", self.strength(p));
                (p, does, spread(p, 0.0))
            }
            LayerChange::Discontinuance(p) => {
                let does = format!("multiplies the rate at which users stop using {title} by {}", self.strength(p));
                let (fewer, more) = (format!("fewer stay with {title}{also}"), format!("more stay with {title}{also}"));
                (p, does, Lean::of(p, 1.0).tell(&fewer, &more))
            }
            LayerChange::Ceiling(p) => {
                let base = match self.scenario.layers[layer].requires.as_slice() {
                    [] => "of people".to_owned(),
                    _ => "of those who have what it requires".to_owned(),
                };
                let does = format!("lets no more than a share of {} {base} use {title}", self.strength(p));
                let fewer = format!("users beyond that leave and others cannot join{also}");
                (p, does, Lean::of(p, 1.0).tell("nothing changes", &fewer))
            }
            LayerChange::Suspension { lost, part_of_month } => {
                let time = if *part_of_month < 1.0 {
                    format!("for {} of each month", words::share(*part_of_month))
                } else {
                    "altogether".to_owned()
                };
                let does =
                    format!("cuts everyone off {title} {time}; a share of {} does not come back", self.strength(lost));
                (lost, does, format!("use stops meanwhile{also}, and most of it returns"))
            }
        }
    }

    fn on_driver<'e>(&self, driver: usize, change: DriverChange, p: &'e Parameter) -> (&'e Parameter, String, String) {
        let driver_of = &self.scenario.drivers[driver];
        let title = &driver_of.title;
        let (does, lean) = match change {
            DriverChange::Shift => {
                (format!("changes {title} by {}", signed(&self.strength(p), centre(p))), Some(Lean::of(p, 0.0)))
            }
            DriverChange::Multiply => (format!("multiplies {title} by {}", self.strength(p)), Some(Lean::of(p, 1.0))),
            DriverChange::Set => (format!("sets {title} to {}", self.strength(p)), None),
        };
        let mut expected = Vec::new();
        for (position, layer) in self.scenario.layers.iter().enumerate() {
            let name = format!("{}{}", layer.title, self.requiring(position));
            let open = layer.access.ceiling.is_none();
            let covers = open && layer.access.shares.contains(&driver);
            let priced = open && layer.access.affordability.as_ref().is_some_and(|a| a.price == driver);
            let feature = layer.features.drivers.iter().find(|(d, _)| *d == driver).map(|(_, c)| Lean::of(c, 0.0));
            let Some(lean) = lean else {
                if covers || priced || feature.is_some() {
                    expected.push(format!("{name} follows"));
                }
                continue;
            };
            if covers {
                expected
                    .push(lean.tell(&format!("more people can use {name}"), &format!("fewer people can use {name}")));
            }
            if priced {
                let (more, fewer) =
                    (format!("more people can pay for {name}"), format!("fewer people can pay for {name}"));
                expected.push(lean.turned().tell(&more, &fewer));
            }
            if let Some(sign) = feature.filter(|sign| *sign != Lean::Nothing) {
                let way = if matches!(sign, Lean::Down | Lean::MostlyDown) { lean.turned() } else { lean };
                expected.push(way.tell(&format!("{name} spreads faster"), &format!("{name} spreads more slowly")));
            }
        }
        if expected.is_empty() {
            expected.push("nothing changes: no layer depends on it".to_owned());
        }
        (p, does, expected.join("; "))
    }

    /// `, and with it Facebook and Messaging`, for the layers that require one.
    fn requiring(&self, layer: usize) -> String {
        let mut within = vec![layer];
        for (position, other) in self.scenario.layers.iter().enumerate() {
            if other.requires.iter().any(|r| within.contains(r)) {
                within.push(position);
            }
        }
        let titles: Vec<&str> = within[1..].iter().map(|&l| self.scenario.layers[l].title.as_str()).collect();
        match titles.as_slice() {
            [] => String::new(),
            [one] => format!(", and with it {one}"),
            [first @ .., last] => format!(", and with it {} and {last}", first.join(", ")),
        }
    }

    /// A strength: its middle, and its distribution or series.
    fn strength(&self, parameter: &Parameter) -> String {
        let given = note(self.loaded, &parameter.path).map_or("", |note| note.value.as_str());
        match (&parameter.shape, &parameter.factor) {
            (Shape::Fixed(value), None) => value.to_string(),
            (Shape::Dated(_), _) => given.to_owned(),
            _ => format!("{} ({given})", centre(parameter)),
        }
    }
}

/// With a plus where it has no sign.
fn signed(text: &str, value: f64) -> String {
    if value > 0.0 && !text.contains(" in ") { format!("+{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{DatedValues, Interpolation, sample};

    #[test]
    fn a_strength_leans_by_all_its_values_not_by_the_last() {
        let month = |text: &str| text.parse().expect("a month");
        let dated = |points: &[(&str, f64)]| Parameter {
            shape: Shape::Dated(DatedValues {
                points: points.iter().map(|(date, value)| (month(date), *value)).collect(),
                interpolation: Interpolation::Linear,
            }),
            range: (-1.0, 10.0),
            ..sample::fixed("p", crate::units::Unit::Factor, 0.0)
        };
        let drawn = |distribution| sample::drawn("p", crate::units::Unit::Factor, distribution);
        let triangular = |low, mode, high| drawn(Distribution::Triangular { low, mode, high });
        assert_eq!(Lean::of(&dated(&[("2017-01", 0.08), ("2030-01", 0.0)]), 0.0), Lean::Up);
        assert_eq!(Lean::of(&dated(&[("2018-01", 2.0), ("2018-07", 1.0)]), 1.0), Lean::Up);
        assert_eq!(Lean::of(&triangular(0.5, 1.0, 1.0), 1.0), Lean::Down);
        assert_eq!(Lean::of(&triangular(0.4, 0.65, 1.05), 1.0), Lean::MostlyDown);
        assert_eq!(Lean::of(&triangular(0.5, 1.0, 1.5), 1.0), Lean::Open);
        assert_eq!(Lean::of(&sample::fixed("p", crate::units::Unit::Factor, 1.0), 1.0), Lean::Nothing);
    }
}
