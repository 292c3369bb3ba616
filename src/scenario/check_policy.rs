//! The check of `[victimisation]` and `[[intervention]]`: dates, whom they touch, what they act on, costs.

use super::check::{Checker, month};
use super::diagnostics::Place;
use super::model::{Driver, Layer, Parameter, Shape, TimeSpan};
use super::parameters::Default;
use super::policy::{Cost, DriverChange, Effect, Intervention, LayerChange, Ramp, RampShape, Target, Victimisation};
use super::raw::{
    At, Measure, Param, RawAges, RawCost, RawDriver, RawDriverChange, RawIntervention, RawLayerChange, RawTarget,
    RawVictimisation, RawVictimisationChange,
};
use super::suggest;
use crate::population::{Grid, PopulationTables};
use crate::units::{Month, Unit};

/// What interventions act in.
pub(super) struct World<'a> {
    pub time: Option<TimeSpan>,
    pub population: Option<&'a PopulationTables>,
    /// Drivers as written; one of those may be at fault and absent from `drivers`.
    pub raw_drivers: &'a [RawDriver],
    pub drivers: &'a [Driver],
    /// Empty when they require each other in a circle, which is reported elsewhere.
    pub layers: &'a [Layer],
    /// Whether there is a table `[victimisation]`.
    pub victimisation: bool,
}

/// An intervention with the places that checks across interventions speak of.
struct Checked {
    intervention: Intervention,
    /// Layer and place of each `suspend`.
    suspensions: Vec<(usize, Place)>,
    /// Currency and price year as written.
    prices: Option<(At<String>, At<u64>)>,
}

/// When an intervention acts, as far as its dates can be read.
#[derive(Clone, Copy)]
struct Dates {
    start: Option<Month>,
    start_place: Place,
    end: Option<Month>,
    end_place: Place,
}

impl Checker<'_> {
    /// Cybercrime, if the scenario follows it.
    pub fn victimisation(&mut self, raw: Option<&RawVictimisation>, layers: &[Layer]) -> Option<Victimisation> {
        let raw = raw?;
        let path = |key: &str| format!("victimisation.{key}");
        let rate = self.parameter(raw.rate.as_ref(), path("rate"), Default::Neutral(0.0));
        let capacity = self.parameter(raw.capacity.as_ref(), path("capacity"), Default::Neutral(0.0));
        let effectiveness = self.parameter(raw.effectiveness.as_ref(), path("effectiveness"), Default::Neutral(0.0));
        let leaving = self.parameter(raw.leaving.as_ref(), path("leaving"), Default::Neutral(0.0));
        let distrust = self.parameter(raw.distrust.as_ref(), path("distrust"), Default::Neutral(0.0));
        let layer = self.layer_reference(raw.layer.as_ref()?, "victimisation.layer", layers)?;
        Some(Victimisation { layer, rate, capacity, effectiveness, leaving, distrust })
    }

    /// Every intervention, in the order of the file.
    pub fn interventions(&mut self, raw: &[RawIntervention], world: &World<'_>) -> Vec<Intervention> {
        let checked: Vec<Checked> = raw.iter().filter_map(|raw| self.intervention(raw, world)).collect();
        self.overlapping_suspensions(&checked, world);
        self.one_currency(&checked);
        checked.into_iter().map(|checked| checked.intervention).collect()
    }

    fn intervention(&mut self, raw: &RawIntervention, world: &World<'_>) -> Option<Checked> {
        let name = raw.name.as_ref()?.value.clone();
        let path = format!("intervention.{name}");
        let dates = self.dates(raw, &path, world.time);
        let ramp = self.ramp(raw, &path, &dates, world.time);
        let who = self.target(raw.who.as_ref(), &path, world.population);
        let people = raw.who.as_ref().and_then(|who| {
            let sex = who.sex.as_ref().map(|sex| (sex.place, "sex"));
            sex.or(who.age.as_ref().map(|age| (age.place, "age")))
        });
        let mut effects = Vec::new();
        let mut of_places: Vec<String> = Vec::new();
        self.driver_effects(raw, &path, world, &mut effects, &mut of_places);
        let suspensions = self.layer_effects(raw, &path, &dates, world, &mut effects, &mut of_places);
        if let Some(change) = &raw.victimisation {
            of_places.push(format!("`{path}.victimisation`"));
            self.victimisation_effects(change, &path, world, &mut effects);
        }
        if let (Some((place, key)), false) = (people, of_places.is_empty()) {
            let message = format!(
                "`{path}.who.{key}` cannot limit {}, which {} of places, whoever lives there",
                of_places.join(", "),
                if of_places.len() == 1 { "is" } else { "are" }
            );
            let help = "limit it by `regions` and `residence`, or give what is of people an intervention of its own";
            self.faults.push_help(place, message, help);
        }
        if !["driver", "layer", "victimisation"].iter().any(|key| written(&raw.written, key)) {
            let help = "give it a `driver`, `layer` or `victimisation` table, for instance \
                        `[intervention.layer.internet]` with `adoption = 1.2`";
            self.faults.push_help(raw.place, format!("`{path}` does nothing"), help);
        }
        let cost = raw.cost.as_ref().and_then(|cost| self.cost(cost, &path));
        let prices = raw.cost.as_ref().and_then(|cost| Some((cost.currency.clone()?, cost.price_year.clone()?)));
        let intervention = Intervention {
            title: raw.title.as_ref().map_or_else(|| name.clone(), |title| title.value.clone()),
            name,
            description: raw.description.as_ref().map(|text| text.value.clone()).unwrap_or_default(),
            start: dates.start?,
            end: dates.end,
            ramp,
            who: who?,
            effects,
            cost,
        };
        Some(Checked { intervention, suspensions, prices })
    }

    fn dates(&mut self, raw: &RawIntervention, path: &str, time: Option<TimeSpan>) -> Dates {
        let read = |text: &Option<At<String>>| text.as_ref().and_then(month);
        let place = |text: &Option<At<String>>| text.as_ref().map_or(raw.place, |text| text.place);
        let dates = Dates {
            start: read(&raw.start),
            start_place: place(&raw.start),
            end: read(&raw.end),
            end_place: place(&raw.end),
        };
        if let Some(time) = time {
            for (key, date, place) in [("start", dates.start, dates.start_place), ("end", dates.end, dates.end_place)] {
                let Some(date) = date.filter(|date| !(time.start..=time.end).contains(date)) else { continue };
                let message =
                    format!("`{path}.{key}` is {date}, outside the simulated time, {} to {}", time.start, time.end);
                let help = match key {
                    "end" if date > time.end => "leave `end` out for an intervention that lasts to the end",
                    _ => "give a month within it, or change `time`",
                };
                self.faults.push_help(place, message, help);
            }
        }
        if let (Some(start), Some(end)) = (dates.start, dates.end)
            && end < start
        {
            let message = format!("`{path}.end` is {end}, before its `start`, which is {start}");
            self.faults.push_help(dates.end_place, message, "`end` is the last month in which it acts");
        }
        dates
    }

    fn ramp(&mut self, raw: &RawIntervention, path: &str, dates: &Dates, time: Option<TimeSpan>) -> Ramp {
        let months = raw.ramp.as_ref().and_then(|months| u32::try_from(months.value).ok()).unwrap_or(0);
        let shape = raw.ramp_shape.as_ref().map(|shape| shape.value.as_str());
        let shape = RampShape::EVERY.into_iter().find(|known| Some(known.name()) == shape).unwrap_or(RampShape::Linear);
        let last = dates.end.or(time.map(|time| time.end));
        if let (Some(given), Some(start), Some(last)) = (&raw.ramp, dates.start, last) {
            let lasts = i64::from(last.months_since(start)) + 1;
            if lasts > 0 && i64::from(months) >= lasts {
                let message = format!(
                    "`{path}.ramp` is {months} months, but the intervention acts for {lasts} ({start} to {last}): it never \
                     reaches full force"
                );
                self.warn(given.place, "ramp-unfinished", message);
            }
        }
        Ramp { months, shape }
    }

    fn target(&mut self, raw: Option<&RawTarget>, path: &str, population: Option<&PopulationTables>) -> Option<Target> {
        let Some(raw) = raw else { return Some(Target::default()) };
        let age = raw.age.as_ref().map(|ages| self.ages(ages, path));
        let population = population?;
        let grid = &population.grid;
        let path = format!("{path}.who");
        let mut regions = Vec::new();
        for text in raw.regions.as_deref().unwrap_or_default() {
            if let Some(at) = self.place_reference(text, &format!("{path}.regions"), "region", &grid.regions) {
                if regions.contains(&at) {
                    self.faults.push(text.place, format!("`{path}.regions` names `{}` twice", text.value));
                } else {
                    regions.push(at);
                }
            }
        }
        if let (Some(given), true) = (&raw.regions, written(&raw.written, "regions"))
            && given.is_empty()
        {
            self.faults.push_help(
                raw.place,
                format!("`{path}.regions` is empty"),
                "name at least one region, or leave the key out for all",
            );
        }
        let of = |text: &Option<At<String>>, key: &str, labels: &[String], checker: &mut Self| {
            let text = text.as_ref()?;
            checker.place_reference(text, &format!("{path}.{key}"), key, labels)
        };
        let residence = of(&raw.residence, "residence", &grid.residences, self);
        let sex = of(&raw.sex, "sex", &grid.sexes, self);
        let mut target = Target { regions, residence, sex, age: None };
        if let (Some(age), Some(ages)) = (age.flatten(), &raw.age) {
            if grid.ages.len() == 1 {
                let message = format!("`{path}.age` cannot be told: the population is not divided by age");
                self.faults.push_help(ages.place, message, NOT_DIVIDED);
            }
            target.age = Some(age);
        }
        if self.faults.is_empty() && !touches_someone(&target, population) {
            let message = format!("`{path}` touches no one: nobody of the population meets all its conditions");
            self.warn(raw.place, "touches-no-one", message);
        }
        Some(target)
    }

    fn ages(&mut self, raw: &RawAges, path: &str) -> Option<(f64, f64)> {
        let age = |given: &Option<At<u64>>, default: f64| given.as_ref().map_or(default, |age| age.value as f64);
        let (from, to) = (age(&raw.from, 0.0), age(&raw.to, 120.0));
        if from > to {
            let place = raw.from.as_ref().map_or(raw.place, |from| from.place);
            let message = format!("`{path}.who.age` goes from {from} to {to}");
            self.faults.push_help(place, message, "`from` is the youngest age touched, `to` the oldest");
            return None;
        }
        Some((from, to))
    }

    /// The position of a region, residence or sex.
    fn place_reference(&mut self, text: &At<String>, path: &str, what: &str, labels: &[String]) -> Option<usize> {
        let at = labels.iter().position(|label| *label == text.value);
        if at.is_some() {
            return at;
        }
        if labels.len() == 1 {
            let message = format!("`{path}` names `{}`, but the population is not divided by {what}", text.value);
            self.faults.push_help(text.place, message, NOT_DIVIDED);
        } else {
            let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
            let message = format!("unknown {what} `{}` in `{path}`", text.value);
            self.faults.push_help(text.place, message, suggest::remedy(&text.value, &labels));
        }
        None
    }

    fn layer_reference(&mut self, text: &At<String>, path: &str, layers: &[Layer]) -> Option<usize> {
        let at = layers.iter().position(|layer| layer.name == text.value);
        if at.is_none() && !layers.is_empty() {
            let names: Vec<&str> = layers.iter().map(|layer| layer.name.as_str()).collect();
            let message = format!("`{path}` names the layer `{}`, but there is no such layer", text.value);
            self.faults.push_help(text.place, message, suggest::remedy(&text.value, &names));
        }
        at
    }

    fn driver_effects(
        &mut self,
        raw: &RawIntervention,
        path: &str,
        world: &World<'_>,
        effects: &mut Vec<Effect>,
        of_places: &mut Vec<String>,
    ) {
        let mut found = Vec::new();
        for (name, change) in raw.driver.as_ref().map(|map| map.0.as_slice()).unwrap_or_default() {
            let path = format!("{path}.driver.{}", name.value);
            of_places.push(format!("`{path}`"));
            let known = |driver: &RawDriver| driver.name.as_ref().is_some_and(|known| known.value == name.value);
            let at = world.drivers.iter().position(|driver| driver.name == name.value);
            if at.is_none() && !world.raw_drivers.iter().any(known) {
                let names: Vec<&str> =
                    world.raw_drivers.iter().filter_map(|driver| Some(driver.name.as_ref()?.value.as_str())).collect();
                let message = format!("`{path}` changes the driver `{}`, but there is no such driver", name.value);
                self.faults.push_help(name.place, message, suggest::remedy(&name.value, &names));
            }
            let unit = at.map_or(Unit::Factor, |at| world.drivers[at].unit);
            if let (Some((change, amount)), Some(driver)) = (self.driver_change(change, name.place, &path, unit), at) {
                found.push((driver, Effect::Driver { driver, change, amount }));
            }
        }
        found.sort_by_key(|(driver, _)| *driver);
        effects.extend(found.into_iter().map(|(_, effect)| effect));
    }

    fn driver_change(
        &mut self,
        raw: &RawDriverChange,
        place: Place,
        path: &str,
        unit: Unit,
    ) -> Option<(DriverChange, Parameter)> {
        const WAYS: [&str; 3] = ["shift", "multiply", "set"];
        let ways: Vec<&str> = WAYS.into_iter().filter(|way| written(&raw.written, way)).collect();
        if ways.len() != 1 {
            let message = match ways.as_slice() {
                [] => format!("`{path}` does not say how the driver changes"),
                ways => format!("`{path}` has {} at once", suggest::list(ways.iter().copied())),
            };
            let help = "give one of `shift` (added), `multiply` (a factor) and `set` (takes its place)";
            self.faults.push_help(place, message, help);
            return None;
        }
        let (low, high) = unit.range();
        if let Some(shift) = &raw.shift {
            let path = format!("{path}.shift");
            let span = high - low;
            let amount = self.parameter_in(Some(shift), path, Default::Neutral(0.0), unit, (-span, span));
            self.doubt_effect(&amount, shift.place, 0.0);
            return Some((DriverChange::Shift, amount));
        }
        if let Some(factor) = &raw.multiply {
            return Some((DriverChange::Multiply, self.strength(factor, format!("{path}.multiply"), 1.0)));
        }
        let set = raw.set.as_ref()?;
        let path = format!("{path}.set");
        Some((DriverChange::Set, self.parameter_in(Some(set), path, Default::Neutral(0.0), unit, (low, high))))
    }

    /// Returns layer and place of each `suspend`.
    fn layer_effects(
        &mut self,
        raw: &RawIntervention,
        path: &str,
        dates: &Dates,
        world: &World<'_>,
        effects: &mut Vec<Effect>,
        of_places: &mut Vec<String>,
    ) -> Vec<(usize, Place)> {
        let (mut found, mut suspensions) = (Vec::new(), Vec::new());
        for (name, change) in raw.layer.as_ref().map(|map| map.0.as_slice()).unwrap_or_default() {
            let path = format!("{path}.layer.{}", name.value);
            for key in ["ceiling", "suspend"] {
                if written(&change.written, key) {
                    of_places.push(format!("`{path}.{key}`"));
                }
            }
            let layer = self.layer_reference(name, &path, world.layers);
            if let Some(layer) = layer {
                self.launched(&world.layers[layer], name, &path, dates);
            }
            let changes = self.layer_changes(change, name.place, &path);
            let Some(layer) = layer else { continue };
            if let (Some(suspend), true) =
                (&change.suspend, changes.iter().any(|change| matches!(change, LayerChange::Suspension { .. })))
            {
                suspensions.push((layer, suspend.place));
            }
            found.extend(changes.into_iter().map(|change| (layer, Effect::Layer { layer, change })));
        }
        found.sort_by_key(|(layer, _)| *layer);
        effects.extend(found.into_iter().map(|(_, effect)| effect));
        suspensions
    }

    /// Whether a layer that an intervention acts on has been launched.
    fn launched(&mut self, layer: &Layer, name: &At<String>, path: &str, dates: &Dates) {
        let (Some(launch), Some(start)) = (layer.launch, dates.start) else { return };
        if let Some(end) = dates.end.filter(|end| *end < launch && start <= *end) {
            let message = format!("`{path}` has no effect: it ends in {end}, before the layer is launched in {launch}");
            self.faults.push_help(name.place, message, "change the dates, or leave the table out");
        } else if start < launch {
            let message = format!(
                "`{path}` has no effect at first: it starts in {start}, before the layer is launched in {launch}"
            );
            self.warn(name.place, "before-launch", message);
        }
    }

    fn layer_changes(&mut self, raw: &RawLayerChange, place: Place, path: &str) -> Vec<LayerChange> {
        if raw.written.is_empty() {
            let help = "give at least one of `adoption`, `innovation`, `imitation`, `discontinuance`, \
                        `outside_influence`, `ceiling` and `suspend`";
            self.faults.push_help(place, format!("`{path}` does not say what changes"), help);
        }
        let mut changes = Vec::new();
        let key = |key: &str| format!("{path}.{key}");
        if let Some(factor) = &raw.adoption {
            changes.push(LayerChange::Adoption(self.strength(factor, key("adoption"), 1.0)));
        }
        if let Some(factor) = &raw.innovation {
            changes.push(LayerChange::Innovation(self.strength(factor, key("innovation"), 1.0)));
        }
        if let Some(factor) = &raw.imitation {
            changes.push(LayerChange::Imitation(self.strength(factor, key("imitation"), 1.0)));
        }
        if let Some(factor) = &raw.discontinuance {
            changes.push(LayerChange::Discontinuance(self.strength(factor, key("discontinuance"), 1.0)));
        }
        if let Some(rate) = &raw.outside_influence {
            changes.push(LayerChange::OutsideInfluence(self.strength(rate, key("outside_influence"), 0.0)));
        }
        if let Some(share) = &raw.ceiling {
            changes.push(LayerChange::Ceiling(self.strength(share, key("ceiling"), 1.0)));
        }
        if let Some(suspend) = &raw.suspend {
            let lost = self.parameter(suspend.lost.as_ref(), key("suspend.lost"), Default::Neutral(0.0));
            let part_of_month = suspend.part_of_month.as_ref().map_or(1.0, |part| part.value);
            if let Some(part) = suspend.part_of_month.as_ref().filter(|part| part.value == 0.0) {
                let message = format!("`{}` is 0, expected a part above 0, up to 1", key("suspend.part_of_month"));
                self.faults.push_help(part.place, message, "21 days of a month are 0.69");
            }
            changes.push(LayerChange::Suspension { lost, part_of_month });
        }
        changes
    }

    fn victimisation_effects(
        &mut self,
        raw: &RawVictimisationChange,
        path: &str,
        world: &World<'_>,
        effects: &mut Vec<Effect>,
    ) {
        let path = format!("{path}.victimisation");
        if !world.victimisation {
            let help = "add a `[victimisation]` table with `layer` and `rate`, or leave this one out";
            self.faults.push_help(raw.place, format!("`{path}` acts on cybercrime, which the scenario lacks"), help);
        }
        if raw.written.is_empty() {
            let help = "give at least one of `incidents`, `capacity` and `trust`";
            self.faults.push_help(raw.place, format!("`{path}` does not say what changes"), help);
        }
        if let Some(factor) = &raw.incidents {
            effects.push(Effect::Incidents(self.strength(factor, format!("{path}.incidents"), 1.0)));
        }
        if let Some(capacity) = &raw.capacity {
            effects.push(Effect::Capacity(self.strength(capacity, format!("{path}.capacity"), 0.0)));
        }
        if let Some(factor) = &raw.trust {
            effects.push(Effect::Trust(self.strength(factor, format!("{path}.trust"), 1.0)));
        }
    }

    fn cost(&mut self, raw: &RawCost, path: &str) -> Option<Cost> {
        let path = |key: &str| format!("{path}.cost.{key}");
        let mut amount = |given: &Option<Param<super::raw::Money>>, key: &str| {
            given.as_ref().map(|given| self.parameter(Some(given), path(key), Default::Neutral(0.0)))
        };
        let one_off = amount(&raw.one_off, "one_off");
        let per_year = amount(&raw.per_year, "per_year");
        let per_person = amount(&raw.per_person, "per_person");
        let reached = self.parameter(raw.reached.as_ref(), path("reached"), Default::Neutral(1.0));
        if !["one_off", "per_year", "per_person"].iter().any(|key| written(&raw.written, key)) {
            let help = "give at least one of `one_off`, `per_year` and `per_person`, or leave the table out";
            let owner = path("");
            self.faults.push_help(raw.place, format!("`{}` states no amount", owner.trim_end_matches('.')), help);
        } else if let (Some(given), false) = (&raw.reached, written(&raw.written, "per_person")) {
            let message = format!("`{}` has no effect without a `per_person` amount", path("reached"));
            self.warn(given.place, "no-effect", message);
        }
        Some(Cost {
            currency: raw.currency.as_ref()?.value.clone(),
            price_year: i32::try_from(raw.price_year.as_ref()?.value).ok()?,
            one_off,
            per_year,
            per_person,
            reached,
        })
    }

    /// The strength of an effect; `neutral` is the one that changes nothing.
    fn strength<M: Measure>(&mut self, raw: &Param<M>, path: String, neutral: f64) -> Parameter {
        let parameter = self.parameter(Some(raw), path, Default::Neutral(neutral));
        self.doubt_effect(&parameter, raw.place, neutral);
        parameter
    }

    fn doubt_effect(&mut self, parameter: &Parameter, place: Place, neutral: f64) {
        let same = match &parameter.shape {
            Shape::Fixed(value) => *value == neutral,
            Shape::Dated(values) => values.points.iter().all(|(_, value)| *value == neutral),
            Shape::Drawn(_) => false,
        };
        if same && parameter.factor.is_none() {
            let message = format!("`{}` is {neutral}, which changes nothing", parameter.path);
            self.warn(place, "no-effect", message);
        }
    }

    fn overlapping_suspensions(&mut self, checked: &[Checked], world: &World<'_>) {
        let (Some(time), Some(population)) = (world.time, world.population) else { return };
        let grid = &population.grid;
        for (at, later) in checked.iter().enumerate() {
            for earlier in &checked[..at] {
                let (one, other) = (&later.intervention, &earlier.intervention);
                let last = |of: &Intervention| of.end.unwrap_or(time.end);
                let in_time = one.start <= last(other) && other.start <= last(one);
                if !in_time || !share_a_place(one, other, grid) {
                    continue;
                }
                for (layer, place) in &later.suspensions {
                    if earlier.suspensions.iter().any(|(known, _)| known == layer) {
                        let name = &world.layers[*layer].name;
                        let message = format!(
                            "`intervention.{}` suspends `{name}` in months and places in which `intervention.{}` does too",
                            one.name, other.name
                        );
                        let help = "let one end before the other starts, or make them one";
                        self.faults.push_help(*place, message, help);
                    }
                }
            }
        }
    }

    fn one_currency(&mut self, checked: &[Checked]) {
        let mut first: Option<(&str, &At<String>, &At<u64>)> = None;
        for other in checked {
            let Some((currency, year)) = &other.prices else { continue };
            let name = other.intervention.name.as_str();
            let Some((known, first_currency, first_year)) = first else {
                first = Some((name, currency, year));
                continue;
            };
            let help = "costs are added up and compared: state all of them in one currency and the prices of one year";
            if currency.value != first_currency.value {
                let message = format!(
                    "`intervention.{name}.cost.currency` is `{}`, but that of `intervention.{known}` is `{}`",
                    currency.value, first_currency.value
                );
                self.faults.push_help(currency.place, message, help);
            }
            if year.value != first_year.value {
                let message = format!(
                    "`intervention.{name}.cost.price_year` is {}, but that of `intervention.{known}` is {}",
                    year.value, first_year.value
                );
                self.faults.push_help(year.place, message, help);
            }
        }
    }
}

/// The remedy for a condition that the population cannot tell.
const NOT_DIVIDED: &str = "leave the condition out, or describe the population by tables that divide it";

fn written(keys: &[String], key: &str) -> bool {
    keys.iter().any(|written| written == key)
}

fn share_a_place(one: &Intervention, other: &Intervention, grid: &Grid) -> bool {
    (0..grid.places()).any(|place| one.who.touches_place(grid, place) && other.who.touches_place(grid, place))
}

/// Whether anyone of the tables' people is touched at any time.
fn touches_someone(target: &Target, population: &PopulationTables) -> bool {
    let grid = &population.grid;
    let kinds = grid.cells_per_place();
    let shares: Vec<f64> = (0..kinds).map(|kind| target.share_of_kind(grid, kind)).collect();
    population.stocks.iter().any(|(_, people)| {
        (0..grid.cells()).any(|cell| {
            target.touches_place(grid, grid.place_of(cell)) && shares[cell % kinds] > 0.0 && people[cell] > 0.0
        })
    })
}
