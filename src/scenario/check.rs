//! The check of what a file says, once its shape is right: references, order in time, combinations.

use std::path::PathBuf;

use super::check_policy::World;
use super::diagnostics::{Faults, Place, Sources};
use super::extends;
use super::load::{InputFile, ParameterNote, Warning};
use super::model::{
    Access, Affordability, Contacts, Dimension, Driver, EngineKind, Exposure, Features, Frequency, Layer, Outputs,
    Parameter, RunSettings, Scenario, Shape, Source, TimeSpan,
};
use super::parameters::Default;
use super::raw::{At, FromNode, RawAccess, RawDriver, RawFeatures, RawLayer, RawOutputs, RawPopulation, RawScenario};
use super::suggest;
use super::tree::Node;
use crate::population::{Grid, PopulationFiles, PopulationTables};
use crate::series::Observation;
use crate::units::{Month, Unit};

/// Deaths per person and year when only a total population is given; the world's is about 7.6 per thousand.
const DEATH_RATE: f64 = 0.008;
/// Standard deviation of log income: a Gini index of about 0.38.
const INCOME_SPREAD: f64 = 0.7;
/// Weights of household, village, province and nation.
const CONTACTS: [f64; 4] = [0.2, 0.4, 0.25, 0.15];

/// Turns a tree into a scenario, gathering faults, warnings and notes.
pub(super) struct Checker<'a> {
    pub sources: &'a mut Sources,
    pub faults: &'a mut Faults,
    pub inputs: &'a mut Vec<InputFile>,
    pub warnings: Vec<(Place, Warning)>,
    pub notes: Vec<(Option<Place>, ParameterNote)>,
}

/// A driver or layer that can be referred to.
struct Named<'a> {
    name: &'a str,
    /// `None` when the file does not say, which is reported where the driver is.
    unit: Option<Unit>,
}

impl Checker<'_> {
    /// The scenario a tree describes; meaningful only if no fault is found.
    pub fn scenario(&mut self, root: &Node, file_name: &str) -> Option<Scenario> {
        let raw = RawScenario::from_node(root)?;
        let time = self.time(&raw);
        let run = run_settings(&raw);
        let population = self.population(raw.population.as_ref(), time);
        let grid = population.as_ref().map(|tables| tables.grid.clone());
        let raw_drivers = raw.driver.as_deref().unwrap_or_default();
        let drivers = self.drivers(raw_drivers, grid.as_ref());
        let raw_layers = raw.layer.as_deref().unwrap_or_default();
        let layers = self.layers(raw_layers, raw_drivers, time);
        let contacts = self.contacts(&raw, &layers);
        let network = self.network(raw.network.as_ref(), raw.population.as_ref(), population.as_ref());
        let victimisation = self.victimisation(raw.victimisation.as_ref(), &layers);
        let world = World {
            time,
            population: population.as_ref(),
            raw_drivers,
            drivers: &drivers,
            layers: &layers,
            victimisation: raw.victimisation.is_some(),
        };
        let interventions = self.interventions(raw.intervention.as_deref().unwrap_or_default(), &world);
        let names: Vec<String> =
            raw_layers.iter().filter_map(|layer| Some(layer.name.as_ref()?.value.clone())).collect();
        let published = self.observations(&raw, &names, grid.as_ref(), time);
        let is_revised = |o: &Observation| published.iter().any(|other| other.revises(o));
        let (revised, observations) = published.iter().cloned().partition(is_revised);
        let outputs = self.outputs(raw.outputs.as_ref(), grid.as_ref());
        // After every parameter has been noted: columns are found by their names.
        let posterior = self.posterior(raw.posterior.as_ref(), raw.posterior_times.as_ref());
        if raw.layer.is_some() && raw_layers.is_empty() && self.faults.is_empty() {
            self.faults.push_help(
                root.get("layer").map_or(root.place, |node| node.place),
                "the scenario has no layer",
                "add a `[[layer]]` table",
            );
        }
        let name = raw.name.map_or_else(|| file_name.to_owned(), |name| name.value);
        Some(Scenario {
            title: raw.title.map_or_else(|| name.clone(), |title| title.value),
            name,
            description: raw.description.map(|text| text.value).unwrap_or_default(),
            time: time?,
            run,
            population: population?,
            contacts,
            network,
            drivers,
            layers,
            victimisation,
            interventions,
            observations,
            revised,
            posterior,
            outputs,
        })
    }

    /// Adds a warning.
    pub fn warn(&mut self, place: Place, name: &str, message: impl Into<String>) {
        let warning = Warning { name: name.to_owned(), place: self.sources.place_text(place), message: message.into() };
        self.warnings.push((place, warning));
    }

    fn time(&mut self, raw: &RawScenario) -> Option<TimeSpan> {
        let time = raw.time.as_ref()?;
        let (start_text, end_text) = (time.start.as_ref()?, time.end.as_ref()?);
        let (start, end) = (month(start_text)?, month(end_text)?);
        if end < start {
            let message = format!("`time.end` is {end}, before `time.start`, which is {start}");
            self.faults.push_help(end_text.place, message, "both months are simulated; `end` may equal `start`");
            return None;
        }
        Some(TimeSpan { start, end })
    }

    fn population(&mut self, raw: Option<&RawPopulation>, time: Option<TimeSpan>) -> Option<PopulationTables> {
        let raw = raw?;
        let written = |key: &str| raw.written.iter().any(|written| written == key);
        if written("total") && written("age_sex") {
            let place = raw.age_sex.as_ref().map_or(raw.place, |path| path.place);
            self.faults.push_help(
                place,
                "`population` has both `total` and `age_sex`",
                "keep one: the total alone, or tables by age and sex",
            );
            return None;
        }
        if let Some(total) = &raw.total {
            let tables =
                [("vital_events", &raw.vital_events), ("regions", &raw.regions), ("urban_share", &raw.urban_share)];
            for (key, table) in tables {
                if let Some(table) = table {
                    self.faults.push_help(
                        table.place,
                        format!("`population.{key}` goes with `age_sex`, not with `total`"),
                        "a population known by its total alone is not divided",
                    );
                }
            }
            let parameter = self.parameter(Some(total), "population.total", Default::Neutral(0.0));
            let rate = self.parameter(raw.death_rate.as_ref(), "population.death_rate", Default::Assumed(DEATH_RATE));
            let points = match &parameter.shape {
                Shape::Fixed(value) => vec![(time?.start, *value)],
                Shape::Dated(values) => values.points.clone(),
                Shape::Drawn(_) => {
                    self.faults.push_help(
                        total.place,
                        "`population.total` is a distribution, expected a number or a series",
                        "the population is the same for every member",
                    );
                    return None;
                }
            };
            let same_for_all = |parameter: &Parameter| parameter.factor.is_none();
            if !same_for_all(&parameter) {
                self.faults.push(
                    total.place,
                    "`population.total` has a `factor`; the population is the same for every member",
                );
            }
            let Shape::Fixed(death_rate) = rate.shape else {
                let place = raw.death_rate.as_ref().map_or(raw.place, |rate| rate.place);
                self.faults.push(place, "`population.death_rate` varies, expected one fixed number");
                return None;
            };
            let source = match &parameter.source {
                Source::Cited(text) => text.clone(),
                Source::CommandLine => super::overrides::COMMAND_LINE.to_owned(),
                _ => "assumed".to_owned(),
            };
            return Some(PopulationTables::from_totals(&points, death_rate, &source));
        }
        if let Some(rate) = &raw.death_rate {
            self.faults.push_help(
                rate.place,
                "`population.death_rate` goes with `total`",
                "deaths by year are read from the table `vital_events`",
            );
        }
        let Some(age_sex) = &raw.age_sex else {
            if !written("total") && !written("age_sex") {
                let help = "give `total` (a number or a series by month), or the table `age_sex`";
                self.faults.push_help(raw.place, "`population` says neither `total` nor `age_sex`", help);
            }
            return None;
        };
        self.population_tables(raw, age_sex)
    }

    fn population_tables(&mut self, raw: &RawPopulation, age_sex: &At<String>) -> Option<PopulationTables> {
        let mut all_there = true;
        let mut existing = |path: &At<String>, key: &str| {
            let found = self.data_file(path, &format!("population.{key}"));
            all_there &= found.is_some();
            found
        };
        let files = PopulationFiles {
            age_sex: existing(age_sex, "age_sex").unwrap_or_default(),
            vital_events: raw.vital_events.as_ref().and_then(|path| existing(path, "vital_events")),
            regions: raw.regions.as_ref().and_then(|path| existing(path, "regions")),
            urban_share: raw.urban_share.as_ref().and_then(|path| existing(path, "urban_share")),
        };
        if !all_there {
            return None;
        }
        if let Some(known) = self.sources.known_population.as_ref().filter(|known| known.files == files) {
            return Some(known.tables.clone());
        }
        match PopulationTables::from_files(&files) {
            Ok(tables) => {
                self.sources.known_population =
                    Some(std::sync::Arc::new(super::reading::KnownPopulation { files, tables: tables.clone() }));
                Some(tables)
            }
            Err(faults) => {
                for fault in faults {
                    self.table_fault(&fault.file, fault.line, fault.message);
                }
                None
            }
        }
    }

    /// The path of a data file that can be read, which is added to the inputs.
    pub fn data_file(&mut self, path: &At<String>, key: &str) -> Option<PathBuf> {
        if path.value.is_empty() || path.value.contains('\0') {
            return None;
        }
        let full = self.sources.dir(path.place.file).join(&path.value);
        let read = if self.sources.may_read(&full) {
            extends::read_bytes(&full, extends::LARGEST_DATA, "csv")
        } else {
            Err(extends::Unreadable::not_offered())
        };
        match read {
            Ok(bytes) => {
                self.inputs.push(extends::fingerprint(&full, &bytes));
                Some(full)
            }
            Err(fault) => {
                let message = format!("`{key}`: `{}`: {}", full.display(), fault.message);
                let help =
                    fault.remedy(std::path::Path::new(&path.value)).unwrap_or_else(|| extends::PATHS_START.to_owned());
                self.faults.push_help(path.place, message, help);
                None
            }
        }
    }

    pub fn table_fault(&mut self, path: &std::path::Path, line: usize, message: String) {
        let shown = path.display().to_string();
        if line == 0 {
            self.faults.push_file(shown, message, None);
            return;
        }
        let known = (0..self.sources.len()).find(|&file| self.sources.name(file) == shown);
        let file = known.unwrap_or_else(|| {
            let bytes = extends::read_bytes(path, extends::LARGEST_DATA, "csv").unwrap_or_default();
            let dir = path.parent().map(std::path::Path::to_owned).unwrap_or_default();
            self.sources.add(shown, dir, &String::from_utf8_lossy(&bytes))
        });
        self.faults.push(self.sources.line_place(file, line), message);
    }

    fn contacts(&mut self, raw: &RawScenario, layers: &[Layer]) -> Contacts {
        let given = raw.contacts.as_ref();
        let default =
            |index: usize| if given.is_some() { Default::Neutral(0.0) } else { Default::Assumed(CONTACTS[index]) };
        let contacts = Contacts {
            household: self.parameter(given.and_then(|raw| raw.household.as_ref()), "contacts.household", default(0)),
            village: self.parameter(given.and_then(|raw| raw.village.as_ref()), "contacts.village", default(1)),
            province: self.parameter(given.and_then(|raw| raw.province.as_ref()), "contacts.province", default(2)),
            nation: self.parameter(given.and_then(|raw| raw.nation.as_ref()), "contacts.nation", default(3)),
        };
        let weights = [&contacts.household, &contacts.village, &contacts.province, &contacts.nation];
        let zero_at = |shape: &Shape| matches!(shape, Shape::Fixed(value) if *value == 0.0);
        let all_zero = weights.iter().all(|weight| zero_at(&weight.shape));
        let imitated = layers.iter().any(|layer| !zero_at(&layer.imitation.shape));
        if let (Some(raw), true, true) = (given, all_zero, imitated) {
            self.faults.push_help(
                raw.place,
                "all weights of `contacts` are 0, but people imitate their contacts",
                "give at least one weight above 0, or leave the table out for the defaults",
            );
        }
        contacts
    }

    fn drivers(&mut self, raw: &[RawDriver], grid: Option<&Grid>) -> Vec<Driver> {
        raw.iter().filter_map(|raw| self.driver(raw, grid)).collect()
    }

    fn driver(&mut self, raw: &RawDriver, grid: Option<&Grid>) -> Option<Driver> {
        let name = raw.name.as_ref()?.value.clone();
        let unit = driver_unit(raw)?;
        let written = |key: &str| raw.written.iter().any(|written| written == key);
        let missing: Vec<&str> = ["urban", "rural"].into_iter().filter(|key| !written(key)).collect();
        if !written("value") && !missing.is_empty() {
            let message = format!("`driver.{name}` has no {}", if missing.len() == 2 { "value" } else { missing[0] });
            self.faults.push_help(raw.place, message, "give `value` for all places, or `urban` and `rural`");
        }
        let mut value_of = |own: &Option<super::raw::Param<super::raw::DriverValue>>, key: &str| match own {
            Some(own) => {
                self.parameter_in(Some(own), format!("driver.{name}.{key}"), Default::Neutral(0.0), unit, unit.range())
            }
            None => self.parameter_in(
                raw.value.as_ref(),
                format!("driver.{name}.value"),
                Default::Neutral(0.0),
                unit,
                unit.range(),
            ),
        };
        let (urban, rural) = (value_of(&raw.urban, "urban"), value_of(&raw.rural, "rural"));
        Some(Driver {
            title: raw.title.as_ref().map_or_else(|| name.clone(), |title| title.value.clone()),
            unit,
            urban,
            rural,
            by_region: self.by_region(raw, &name, grid),
            name,
        })
    }

    fn by_region(&mut self, raw: &RawDriver, name: &str, grid: Option<&Grid>) -> Vec<f64> {
        let Some(grid) = grid else { return Vec::new() };
        let mut ratios = vec![1.0; grid.regions.len()];
        let given = raw.by_region.as_ref().map(|map| map.0.as_slice()).unwrap_or_default();
        if let (Some((first, _)), true) = (given.first(), grid.regions.len() == 1) {
            let message = format!("`driver.{name}.by_region` has no effect: the population is not divided by region");
            self.warn(first.place, "regions-not-used", message);
            return ratios;
        }
        for (region, ratio) in given {
            match grid.regions.iter().position(|known| *known == region.value) {
                Some(at) => ratios[at] = ratio.0.value,
                None => {
                    let regions: Vec<&str> = grid.regions.iter().map(String::as_str).collect();
                    let message = format!("unknown region `{}` in `driver.{name}.by_region`", region.value);
                    self.faults.push_help(region.place, message, suggest::remedy(&region.value, &regions));
                }
            }
        }
        ratios
    }

    fn layers(&mut self, raw: &[RawLayer], drivers: &[RawDriver], time: Option<TimeSpan>) -> Vec<Layer> {
        let raw: Vec<&RawLayer> = raw.iter().filter(|layer| layer.name.is_some()).collect();
        let names: Vec<&str> = raw.iter().filter_map(|layer| Some(layer.name.as_ref()?.value.as_str())).collect();
        let mut requires: Vec<Vec<usize>> = Vec::new();
        for (own, layer) in raw.iter().enumerate() {
            requires.push(self.requires(layer, own, &names));
        }
        let Some(order) = in_order(&requires) else {
            self.report_cycle(&raw, &requires, &names);
            return Vec::new();
        };
        let mut position = vec![0; order.len()];
        for (place, &at) in order.iter().enumerate() {
            position[at] = place;
        }
        let known: Vec<Named<'_>> = drivers
            .iter()
            .filter_map(|driver| Some(Named { name: &driver.name.as_ref()?.value, unit: driver_unit(driver) }))
            .collect();
        let mut layers: Vec<Option<Layer>> = raw
            .iter()
            .enumerate()
            .map(|(at, layer)| {
                let required = requires[at].iter().map(|&required| position[required]).collect();
                Some(self.layer(layer, names[at], required, &known, time))
            })
            .collect();
        order.iter().filter_map(|&at| layers[at].take()).collect()
    }

    fn requires(&mut self, layer: &RawLayer, own: usize, names: &[&str]) -> Vec<usize> {
        let mut requires = Vec::new();
        for required in layer.requires.as_deref().unwrap_or_default() {
            match names.iter().position(|name| *name == required.value) {
                Some(at) if at == own => {
                    self.faults.push(required.place, format!("`layer.{}` requires itself", names[own]));
                }
                Some(at) if requires.contains(&at) => {
                    self.faults
                        .push(required.place, format!("`layer.{}` requires `{}` twice", names[own], required.value));
                }
                Some(at) => requires.push(at),
                None => {
                    let others: Vec<&str> =
                        names.iter().enumerate().filter(|(at, _)| *at != own).map(|(_, name)| *name).collect();
                    let message =
                        format!("`layer.{}` requires `{}`, but there is no such layer", names[own], required.value);
                    self.faults.push_help(required.place, message, suggest::remedy(&required.value, &others));
                }
            }
        }
        requires
    }

    fn report_cycle(&mut self, raw: &[&RawLayer], requires: &[Vec<usize>], names: &[&str]) {
        for cycle in cycles(requires) {
            let shown: Vec<&str> = cycle.iter().chain(&cycle[..1]).map(|&at| names[at]).collect();
            let next = names[cycle[1 % cycle.len()]];
            let place =
                raw[cycle[0]].requires.as_deref().unwrap_or_default().iter().find(|required| required.value == next);
            let place = place.map_or(raw[cycle[0]].place, |required| required.place);
            let message = format!("`requires` goes in a circle: {}", shown.join(" -> "));
            self.faults.push_help(
                place,
                message,
                "nobody could ever use any of them; remove one of these requirements",
            );
        }
    }

    fn layer(
        &mut self,
        raw: &RawLayer,
        name: &str,
        requires: Vec<usize>,
        drivers: &[Named<'_>],
        time: Option<TimeSpan>,
    ) -> Layer {
        let path = |key: &str| format!("layer.{name}.{key}");
        let launch = raw.launch.as_ref().and_then(month);
        let initial = self.parameter(raw.initial.as_ref(), path("initial"), Default::Neutral(0.0));
        if let (Some(text), Some(launch), Some(time)) = (&raw.launch, launch, time) {
            if launch > time.end {
                self.warn(
                    text.place,
                    "never-launched",
                    format!("`layer.{name}` is launched in {launch}, after the last simulated month, {}", time.end),
                );
            } else if let (true, Some(initial_raw)) = (launch > time.start, &raw.initial) {
                let message = format!(
                    "`layer.{name}.initial` has no effect: the layer is launched in {launch}, after the start in {}",
                    time.start
                );
                self.warn(initial_raw.place, "initial-not-used", message);
            }
        }
        Layer {
            name: name.to_owned(),
            title: raw.title.as_ref().map_or_else(|| name.to_owned(), |title| title.value.clone()),
            requires,
            launch,
            initial,
            innovation: self.parameter(raw.innovation.as_ref(), path("innovation"), Default::Neutral(0.0)),
            imitation: self.parameter(raw.imitation.as_ref(), path("imitation"), Default::Neutral(0.0)),
            discontinuance: self.parameter(raw.discontinuance.as_ref(), path("discontinuance"), Default::Neutral(0.0)),
            access: self.access(raw.access.as_ref(), name, drivers),
            features: self.features(raw.features.as_ref(), name, drivers),
        }
    }

    fn access(&mut self, raw: Option<&RawAccess>, name: &str, drivers: &[Named<'_>]) -> Access {
        let path = format!("layer.{name}.access");
        let Some(raw) = raw else {
            return Access { shares: Vec::new(), affordability: None, min_age: 0.0, ceiling: None };
        };
        let mut shares = Vec::new();
        for text in raw.shares.as_deref().unwrap_or_default() {
            if let Some(at) = self.driver_reference(text, &format!("{path}.shares"), Some(Unit::Share), drivers) {
                if shares.contains(&at) {
                    self.faults.push(text.place, format!("`{path}.shares` names `{}` twice", text.value));
                } else {
                    shares.push(at);
                }
            }
        }
        let affordability = raw.affordability.as_ref().and_then(|raw| {
            let threshold = self.parameter(
                raw.threshold.as_ref(),
                format!("{path}.affordability.threshold"),
                Default::Neutral(0.0),
            );
            let income_spread = self.parameter(
                raw.income_spread.as_ref(),
                format!("{path}.affordability.income_spread"),
                Default::Assumed(INCOME_SPREAD),
            );
            let price = self.driver_reference(
                raw.price.as_ref()?,
                &format!("{path}.affordability.price"),
                Some(Unit::IncomeShare),
                drivers,
            )?;
            Some(Affordability { price, threshold, income_spread })
        });
        let ceiling = raw
            .ceiling
            .as_ref()
            .map(|ceiling| self.parameter(Some(ceiling), format!("{path}.ceiling"), Default::Neutral(1.0)));
        if let (Some(given), true) = (&raw.ceiling, !shares.is_empty() || affordability.is_some()) {
            let message = format!(
                "`{path}.ceiling` replaces the access that `shares` and `affordability` give, which have no effect"
            );
            self.warn(given.place, "ceiling-replaces-access", message);
        }
        Access { shares, affordability, min_age: raw.min_age.as_ref().map_or(0.0, |age| age.value), ceiling }
    }

    /// The position of a driver named somewhere, which must have the given unit.
    fn driver_reference(
        &mut self,
        text: &At<String>,
        path: &str,
        unit: Option<Unit>,
        drivers: &[Named<'_>],
    ) -> Option<usize> {
        let fitting: Vec<&str> =
            drivers.iter().filter(|driver| unit.is_none() || unit == driver.unit).map(|driver| driver.name).collect();
        let Some(at) = drivers.iter().position(|driver| driver.name == text.value) else {
            let message = format!("`{path}` names the driver `{}`, but there is no such driver", text.value);
            let help = if fitting.is_empty() {
                format!("add a `[[driver]]` with `name = \"{}\"`", text.value)
            } else {
                suggest::remedy(&text.value, &fitting)
            };
            self.faults.push_help(text.place, message, help);
            return None;
        };
        match unit {
            Some(unit) if drivers[at].unit.is_some_and(|known| known != unit) => {
                let wanted = if unit == Unit::Share { "share" } else { "income-share" };
                let known = drivers[at].unit.map_or("", Unit::name);
                let message = format!(
                    "`{path}` names `{}`, whose unit is {known}, expected a driver of unit `{wanted}`",
                    text.value
                );
                if fitting.is_empty() {
                    self.faults.push(text.place, message);
                } else {
                    self.faults.push_help(
                        text.place,
                        message,
                        format!("drivers of this unit: {}", suggest::list(fitting)),
                    );
                }
                None
            }
            _ => Some(at),
        }
    }

    fn features(&mut self, raw: Option<&RawFeatures>, name: &str, drivers: &[Named<'_>]) -> Features {
        let path = |key: &str| format!("layer.{name}.features.{key}");
        let urban = self.parameter(raw.and_then(|raw| raw.urban.as_ref()), path("urban"), Default::Neutral(0.0));
        let female = self.parameter(raw.and_then(|raw| raw.female.as_ref()), path("female"), Default::Neutral(0.0));
        let mut age: Vec<(f64, Parameter)> = Vec::new();
        for (first, coefficient) in raw.and_then(|raw| raw.age.as_ref()).map(|map| map.0.as_slice()).unwrap_or_default()
        {
            let Ok(years) = first.value.parse::<u32>() else { continue };
            age.push((
                f64::from(years),
                self.parameter(Some(coefficient), path(&format!("age.{years}")), Default::Neutral(0.0)),
            ));
        }
        age.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut by_driver = Vec::new();
        for (driver, coefficient) in
            raw.and_then(|raw| raw.drivers.as_ref()).map(|map| map.0.as_slice()).unwrap_or_default()
        {
            let parameter =
                self.parameter(Some(coefficient), path(&format!("drivers.{}", driver.value)), Default::Neutral(0.0));
            if let Some(at) = self.driver_reference(driver, &path("drivers"), None, drivers) {
                by_driver.push((at, parameter));
            }
        }
        by_driver.sort_by_key(|(at, _)| *at);
        Features { urban, female, age, drivers: by_driver }
    }

    fn outputs(&mut self, raw: Option<&RawOutputs>, grid: Option<&Grid>) -> Outputs {
        let frequency = match raw.and_then(|raw| raw.frequency.as_ref()).map(|text| text.value.as_str()) {
            Some("monthly") => Frequency::Monthly,
            _ => Frequency::Annual,
        };
        let divided = |dimension: &Dimension| grid.is_none_or(|grid| divides(grid, *dimension));
        let Some(given) = raw.and_then(|raw| raw.breakdowns.as_ref()) else {
            let breakdowns =
                DIMENSIONS.iter().map(|(_, dimension)| *dimension).filter(divided).map(|dimension| vec![dimension]);
            return Outputs { frequency, breakdowns: breakdowns.collect() };
        };
        let (mut breakdowns, mut seen): (Vec<Vec<Dimension>>, Vec<Vec<Dimension>>) = (Vec::new(), Vec::new());
        for text in given {
            let Some(breakdown) = self.breakdown(text) else { continue };
            if seen.contains(&breakdown) {
                self.faults.push(text.place, format!("the breakdown `{}` is given twice", text.value));
            } else if let Some(missing) = breakdown.iter().find(|dimension| !divided(dimension)) {
                let message = format!(
                    "the breakdown `{}` is left out: the population is not divided by {}",
                    text.value,
                    dimension_name(*missing)
                );
                self.warn(text.place, "breakdown-not-available", message);
            } else {
                breakdowns.push(breakdown.clone());
            }
            seen.push(breakdown);
        }
        Outputs { frequency, breakdowns }
    }

    fn breakdown(&mut self, text: &At<String>) -> Option<Vec<Dimension>> {
        let mut breakdown = Vec::new();
        for word in text.value.split(" x ").map(str::trim) {
            let Some((_, dimension)) = DIMENSIONS.iter().find(|(name, _)| *name == word) else {
                let message =
                    format!("`outputs.breakdowns` has `{}`, where `{word}` is no way of dividing people", text.value);
                let names: Vec<&str> = DIMENSIONS.iter().map(|(name, _)| *name).collect();
                self.faults.push_help(
                    text.place,
                    message,
                    format!("{}; crossings are written `region x sex`", suggest::remedy(word, &names)),
                );
                return None;
            };
            if breakdown.contains(dimension) {
                self.faults.push(text.place, format!("the breakdown `{}` has `{word}` twice", text.value));
                return None;
            }
            breakdown.push(*dimension);
        }
        breakdown.sort();
        Some(breakdown)
    }
}

const DIMENSIONS: [(&str, Dimension); 4] = [
    ("region", Dimension::Region),
    ("residence", Dimension::Residence),
    ("sex", Dimension::Sex),
    ("age", Dimension::Age),
];

/// The unit a driver states, if it is one.
fn driver_unit(raw: &RawDriver) -> Option<Unit> {
    match raw.unit.as_ref()?.value.as_str() {
        "share" => Some(Unit::Share),
        "income-share" => Some(Unit::IncomeShare),
        "factor" => Some(Unit::Factor),
        _ => None,
    }
}

fn dimension_name(dimension: Dimension) -> &'static str {
    DIMENSIONS.iter().find(|(_, known)| *known == dimension).map_or("", |(name, _)| name)
}

fn divides(grid: &Grid, dimension: Dimension) -> bool {
    let values = match dimension {
        Dimension::Region => grid.regions.len(),
        Dimension::Residence => grid.residences.len(),
        Dimension::Sex => grid.sexes.len(),
        Dimension::Age => grid.ages.len(),
    };
    values > 1
}

/// The month of a text whose shape was checked.
pub(super) fn month(text: &At<String>) -> Option<Month> {
    text.value.parse().ok()
}

fn run_settings(raw: &RawScenario) -> RunSettings {
    let run = raw.run.as_ref();
    let count = |number: Option<&At<u64>>, default: u32| {
        number.and_then(|number| u32::try_from(number.value).ok()).unwrap_or(default)
    };
    let engine = run.and_then(|run| run.engine.as_ref()).map(|engine| engine.value.as_str());
    let exposure = run.and_then(|run| run.exposure.as_ref()).map(|exposure| exposure.value.as_str());
    RunSettings {
        engine: EngineKind::EVERY.into_iter().find(|known| Some(known.name()) == engine).unwrap_or(EngineKind::Cohort),
        exposure: Exposure::EVERY
            .into_iter()
            .find(|known| Some(known.name()) == exposure)
            .unwrap_or(Exposure::Midpoint),
        members: count(run.and_then(|run| run.members.as_ref()), 200),
        replicates: count(run.and_then(|run| run.replicates.as_ref()), 1),
        seed: run.and_then(|run| run.seed.as_ref()).map_or(0, |seed| seed.value),
    }
}

/// An order in which each follows those it requires, otherwise the one given; `None` if there is a circle.
fn in_order(requires: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut order: Vec<usize> = Vec::with_capacity(requires.len());
    while order.len() < requires.len() {
        let next = (0..requires.len())
            .find(|at| !order.contains(at) && requires[*at].iter().all(|required| order.contains(required)))?;
        order.push(next);
    }
    Some(order)
}

/// One circle for each group of layers that require each other, from its first layer on.
fn cycles(requires: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut cycles: Vec<Vec<usize>> = Vec::new();
    for start in 0..requires.len() {
        if cycles.iter().flatten().any(|at| *at == start) {
            continue;
        }
        // Breadth first from `start` back to itself: the shortest circle through it.
        let mut came_from: Vec<Option<usize>> = vec![None; requires.len()];
        let mut queue = std::collections::VecDeque::from([start]);
        'search: while let Some(at) = queue.pop_front() {
            for &next in &requires[at] {
                if next == start {
                    let mut cycle = vec![at];
                    while let Some(before) =
                        came_from[cycle[cycle.len() - 1]].filter(|_| cycle[cycle.len() - 1] != start)
                    {
                        cycle.push(before);
                    }
                    cycle.reverse();
                    cycles.push(cycle);
                    break 'search;
                }
                if came_from[next].is_none() {
                    came_from[next] = Some(at);
                    queue.push_back(next);
                }
            }
        }
    }
    cycles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_follow_those_they_require_and_else_keep_their_order() {
        type Case<'a> = (&'a [&'a [usize]], Option<&'a [usize]>);
        let cases: [Case<'_>; 4] = [
            (&[&[], &[], &[]], Some(&[0, 1, 2])),
            (&[&[2], &[], &[1]], Some(&[1, 2, 0])),
            (&[&[1], &[]], Some(&[1, 0])),
            (&[&[1], &[0]], None),
        ];
        for (requires, expected) in cases {
            let requires: Vec<Vec<usize>> = requires.iter().map(|list| list.to_vec()).collect();
            assert_eq!(in_order(&requires).as_deref(), expected);
        }
    }

    #[test]
    fn regions_are_the_populations_own() {
        let mut grid = PopulationTables::from_totals(&[], 0.0, "").grid;
        grid.regions = vec!["Phnom Penh".to_owned(), "Kandal".to_owned()];
        let text = "name = \"coverage\"\nby_region = { \"Phnom Phen\" = 3.0, Kandal = 0.5 }";
        let (mut sources, mut faults, mut inputs) = (Sources::default(), Faults::default(), Vec::new());
        let file = sources.add("a.toml", PathBuf::new(), text);
        let node = super::super::tree::parse(&sources, file, &mut faults).expect("valid TOML");
        let raw = RawDriver::from_node(&node).expect("a table");
        let mut checker = Checker {
            sources: &mut sources,
            faults: &mut faults,
            inputs: &mut inputs,
            warnings: Vec::new(),
            notes: Vec::new(),
        };
        assert_eq!(checker.by_region(&raw, "coverage", Some(&grid)), [1.0, 0.5]);
        let errors = faults.into_errors(sources);
        assert_eq!(
            errors.to_string(),
            "a.toml:2:15: unknown region `Phnom Phen` in `driver.coverage.by_region`; did you mean `Phnom Penh`? allowed: `Phnom Penh`, `Kandal`"
        );
    }

    #[test]
    fn every_circle_is_found_once() {
        let requires = vec![vec![1], vec![2], vec![0], vec![4], vec![3], vec![0]];
        assert_eq!(cycles(&requires), vec![vec![0, 1, 2], vec![3, 4]]);
    }
}
