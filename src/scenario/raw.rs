//! The scenario file as types: what may be written where, in which unit and range, and what it means.
//!
//! These types are the one description of the format. The check of a file's shape, the JSON Schema for editors and
//! `docs/scenario-format.md` are all derived from them; the documentation of a field is the text people read there.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::diagnostics::Place;
use super::model::{EngineKind, Exposure};
use super::policy::RampShape;
use super::pooled::POOLED;
use super::tree::{Node, Value};
use crate::units::Unit;

/// Reading a value from a tree. Where the shape is wrong there is no value: the check of shapes has reported it.
pub(super) trait FromNode: Sized {
    fn from_node(node: &Node) -> Option<Self>;
}

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    pub value: T,
    pub place: Place,
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl FromNode for At<String> {
    fn from_node(node: &Node) -> Option<Self> {
        node.text().map(|text| At { value: text.to_owned(), place: node.place })
    }
}

impl FromNode for At<f64> {
    fn from_node(node: &Node) -> Option<Self> {
        node.number().filter(|number| number.is_finite()).map(|value| At { value, place: node.place })
    }
}

impl FromNode for At<u64> {
    fn from_node(node: &Node) -> Option<Self> {
        match node.value {
            Value::Integer(number) => u64::try_from(number).ok().map(|value| At { value, place: node.place }),
            _ => None,
        }
    }
}

impl FromNode for At<bool> {
    fn from_node(node: &Node) -> Option<Self> {
        match node.value {
            Value::Boolean(value) => Some(At { value, place: node.place }),
            _ => None,
        }
    }
}

impl<T: FromNode> FromNode for Vec<T> {
    fn from_node(node: &Node) -> Option<Self> {
        Some(node.items()?.iter().filter_map(T::from_node).collect())
    }
}

/// A table whose keys are chosen by the writer, in file order.
#[derive(Debug)]
pub(super) struct MapOf<T>(pub Vec<(At<String>, T)>);

impl<T: FromNode> FromNode for MapOf<T> {
    fn from_node(node: &Node) -> Option<Self> {
        let read = |entry: &super::tree::Entry| {
            Some((At { value: entry.key.clone(), place: entry.key_place }, T::from_node(&entry.node)?))
        };
        Some(Self(node.entries()?.iter().filter_map(read).collect()))
    }
}

impl<T: JsonSchema> JsonSchema for MapOf<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("MapOf{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let values = generator.subschema_for::<T>();
        json_schema!({ "type": "object", "additionalProperties": values })
    }
}

/// What a kind of parameter is measured in.
pub(super) trait Measure: fmt::Debug {
    const UNIT: Unit;
    /// Name in the schema.
    const NAME: &'static str;
    /// Smallest and largest value allowed.
    fn range() -> (f64, f64) {
        Self::UNIT.range()
    }
    /// The unit in words; `None` when the file states it elsewhere.
    fn unit_name() -> Option<&'static str> {
        Some(Self::UNIT.name())
    }
}

macro_rules! measure {
    ($($(#[$meta:meta])* $name:ident = $unit:expr $(, $range:expr)?;)*) => {$(
        $(#[$meta])*
        #[derive(Debug)]
        pub(super) struct $name;
        impl Measure for $name {
            const UNIT: Unit = $unit;
            const NAME: &'static str = stringify!($name);
            $(fn range() -> (f64, f64) { $range })?
        }
    )*};
}

measure! {
    /// A share of people.
    Share = Unit::Share;
    /// A rate.
    PerYear = Unit::PerYear;
    /// A number of people.
    Persons = Unit::Persons;
    /// A log multiplier of the adoption hazard.
    LogFactor = Unit::LogFactor;
    /// A share of monthly income.
    IncomeShare = Unit::IncomeShare;
    /// A weight.
    Weight = Unit::Weight;
    /// Standard deviation of log income.
    IncomeSpread = Unit::Factor, (0.0, 10.0);
    /// A plain multiplier.
    Factor = Unit::Factor;
    /// A number per million people.
    PerMillion = Unit::PerMillion;
    /// An amount of money.
    Money = Unit::Money;
}

/// A driver's value, whose unit the driver states; checked against it once that is known.
#[derive(Debug)]
pub(super) struct DriverValue;

impl Measure for DriverValue {
    const UNIT: Unit = Unit::Factor;
    const NAME: &'static str = "DriverValue";
    fn unit_name() -> Option<&'static str> {
        None
    }
}

/// What is added to a driver, whose unit the driver states; checked against it once that is known.
#[derive(Debug)]
pub(super) struct DriverShift;

impl Measure for DriverShift {
    const UNIT: Unit = Unit::Factor;
    const NAME: &'static str = "DriverShift";
    fn range() -> (f64, f64) {
        let (_, most) = Self::UNIT.range();
        (-most, most)
    }
    fn unit_name() -> Option<&'static str> {
        None
    }
}

/// A numeric parameter: a bare number, or a table with a value, a dated series or a distribution, and a source.
#[derive(Debug)]
pub(super) struct Param<M> {
    pub place: Place,
    pub given: Given,
    measure: PhantomData<M>,
}

/// The two ways of writing a parameter.
#[derive(Debug)]
pub(super) enum Given {
    /// A bare number.
    Number(f64),
    /// A table.
    Table(Box<RawParameter>),
}

impl<M> FromNode for Param<M> {
    fn from_node(node: &Node) -> Option<Self> {
        let given = match node.value {
            Value::Table(_) => Given::Table(Box::new(RawParameter::from_node(node)?)),
            _ => Given::Number(At::<f64>::from_node(node)?.value),
        };
        Some(Self { place: node.place, given, measure: PhantomData })
    }
}

impl<M: Measure> JsonSchema for Param<M> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}Parameter", M::NAME).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (low, high) = M::range();
        let mut table = RawParameter::json_schema(generator).to_value();
        let mut limit = |pointer: &str| {
            if let Some(object) = table.pointer_mut(pointer).and_then(serde_json::Value::as_object_mut) {
                object.insert("minimum".to_owned(), low.into());
                object.insert("maximum".to_owned(), high.into());
                if let Some(unit) = M::unit_name() {
                    object.insert("x-unit".to_owned(), unit.into());
                }
            }
        };
        limit("/properties/value");
        limit("/properties/series/additionalProperties");
        let mut schema = json_schema!({
            "description": "A parameter: a number, or a table with a value, a series or a distribution, and a source.",
            "x-parameter": true,
            "anyOf": [{ "type": "number", "minimum": low, "maximum": high }, table],
        });
        if let Some(unit) = M::unit_name() {
            schema.insert("x-unit".to_owned(), unit.into());
        }
        schema
    }
}

macro_rules! raw_table {
    ($(
        $(#[$meta:meta])*
        $name:ident { $( $(#[$field_meta:meta])* $field:ident : $type:ty ),* $(,)? }
    )*) => {$(
        #[derive(Debug, JsonSchema)]
        #[schemars(deny_unknown_fields)]
        #[allow(dead_code, reason = "some tables have no place or presence to ask for, and `note` is for readers of the file")]
        $(#[$meta])*
        pub(super) struct $name {
            #[schemars(skip)]
            pub place: Place,
            /// Keys that are written, whether or not their values can be read.
            #[schemars(skip)]
            pub written: Vec<String>,
            $( $(#[$field_meta])* pub $field: Option<$type>, )*
        }
        impl FromNode for $name {
            fn from_node(node: &Node) -> Option<Self> {
                let written = node.entries()?.iter().map(|entry| entry.key.clone()).collect();
                Some(Self {
                    place: node.place,
                    written,
                    $( $field: node.get(stringify!($field)).and_then(<$type>::from_node), )*
                })
            }
        }
    )*};
}

/// Names of scenarios, layers, drivers and interventions.
pub(super) const NAME_PATTERN: &str = "^[a-z0-9][a-z0-9_-]*$";
/// Months.
pub(super) const MONTH_PATTERN: &str = "^[0-9]{4}-(0[1-9]|1[0-2])$";
/// First ages of ranges.
pub(super) const AGE_PATTERN: &str = "^([0-9]|[1-9][0-9]|1[01][0-9]|120)$";

/// Currencies.
const CURRENCY_PATTERN: &str = "^[A-Z]{3}$";

/// The courses of a ramp by name.
fn ramp_shapes() -> Vec<&'static str> {
    RampShape::EVERY.iter().map(|shape| shape.name()).collect()
}

/// The ways of counting exposure by name.
fn exposures() -> Vec<&'static str> {
    Exposure::EVERY.iter().map(|exposure| exposure.name()).collect()
}

/// The engines by name.
fn engines() -> Vec<&'static str> {
    EngineKind::EVERY.iter().map(|engine| engine.name()).collect()
}

raw_table! {
    /// A simulated world: when, who, what spreads, and what is written.
    #[schemars(title = "uptake scenario")]
    RawScenario {
        /// Version of this format.
        #[schemars(extend("minimum" = 1, "maximum" = 1, "x-default" = "required", "examples" = [1]))]
        format: At<u64>,
        /// Name of the scenario, used for folders and files; by default the name of the file. Not inherited.
        #[schemars(extend("pattern" = NAME_PATTERN, "x-format" = "name", "examples" = ["cambodia"]))]
        name: At<String>,
        /// One line, shown on screen and in figures; by default the name.
        #[schemars(extend("examples" = ["Cambodia, published plans"]))]
        title: At<String>,
        /// What the scenario represents, in sentences.
        description: At<String>,
        /// A scenario file to inherit from, as a path from this file. Keys written here replace those inherited: tables merge by key, lists of named tables by `name`, anything else is replaced, a parameter as a whole.
        #[schemars(extend("x-format" = "path", "examples" = ["cambodia.toml"]))]
        extends: At<String>,
        /// CSV file of posterior draws, as `uptake calibrate` writes it: runs take the numbers in it from there, draw by draw, in place of their distributions, which were the priors.
        #[schemars(extend("x-format" = "path", "examples" = ["cambodia/posterior.csv"]))]
        posterior: At<String>,
        /// Factors on draws of the posterior, by number: each draw of the number is multiplied, and so is its spread. For asking what if; the draws then no longer fit the statistics. Names as in the file's heading, in quotes.
        #[schemars(extend("examples" = [r#"{ "layer.internet.imitation" = 1.2 }"#]))]
        posterior_times: MapOf<At<f64>>,
        /// `pooled`: `innovation`, `imitation` and `access.ceiling` of the layer `internet` are distributions measured on the series of 101 countries, where the layer does not give its own; they need not be given then. A ceiling is not added where `access` has `shares` or `affordability`. An error where no layer is named `internet`, or where it requires another.
        #[schemars(extend("enum" = [POOLED], "x-default" = "every layer gives its own"))]
        priors: At<String>,
        /// The simulated months.
        #[schemars(extend("x-default" = "required"))]
        time: RawTime,
        /// How to run it.
        run: RawRun,
        /// Who lives when and where: either `total` alone, or the table `age_sex` and those that go with it.
        #[schemars(extend("x-default" = "required"))]
        population: RawPopulation,
        /// Whom people look at: weights of the levels at which they see others use a layer, relative to each other. Without this table the defaults hold; with it, a weight not given is 0.
        contacts: RawContacts,
        /// Ties between persons: who the contacts of each person are. Only the engine that follows every person (`agent`) has them; the other engines see the weights of `[contacts]` alone, and their results do not change with this table. Without it the kind is `households` with the defaults below.
        network: RawNetwork,
        /// Data files.
        data: RawData,
        /// Dated series by place: network coverage, prices, skills. Layers refer to them by name.
        #[schemars(extend("maxItems" = 500))]
        driver: Vec<RawDriver>,
        /// What people take up: the internet, a platform, a behaviour.
        #[schemars(extend("maxItems" = 60, "x-default" = "required"))]
        layer: Vec<RawLayer>,
        /// Cybercrime against the users of a layer. Without this table nobody is a victim.
        victimisation: RawVictimisation,
        /// Policies and events: when they act, on whom, how, and at what cost. Without any the scenario goes on as its drivers and layers say.
        #[schemars(extend("maxItems" = 200))]
        intervention: Vec<RawIntervention>,
        /// Published statistics to show beside the results; those of `data.observations` come first.
        observation: Vec<RawObservation>,
        /// What is written.
        outputs: RawOutputs,
    }

    /// The simulated months, both included.
    RawTime {
        /// First simulated month.
        #[schemars(extend("pattern" = MONTH_PATTERN, "x-format" = "month", "x-default" = "required", "examples" = ["2000-01"]))]
        start: At<String>,
        /// Last simulated month, not before `start`.
        #[schemars(extend("pattern" = MONTH_PATTERN, "x-format" = "month", "x-default" = "required", "examples" = ["2035-12"]))]
        end: At<String>,
    }

    /// How to run it; the command line can override each.
    RawRun {
        /// `cohort` counts whole people and draws chance; `mean-field` computes expected values.
        #[schemars(extend("enum" = engines(), "default" = "cohort"))]
        engine: At<String>,
        /// Which users a person sees in a month: those of its middle, extrapolated from the last month's change (closest to
        /// the law in continuous time), or those at its start (as synchronous models of persons do).
        #[schemars(extend("enum" = exposures(), "default" = "midpoint"))]
        exposure: At<String>,
        /// Number of ensemble members that intervals are taken over.
        #[schemars(extend("minimum" = 1, "maximum" = 1_000_000, "default" = 200))]
        members: At<u64>,
        /// Members that share one draw of the parameters and differ by chance alone.
        #[schemars(extend("minimum" = 1, "maximum" = 1_000_000, "default" = 1))]
        replicates: At<u64>,
        /// Master seed; equal seeds give equal results.
        #[schemars(extend("minimum" = 0, "maximum" = u64::MAX, "default" = 0))]
        seed: At<u64>,
    }

    /// Who lives when and where. Paths are written from the file they stand in.
    RawPopulation {
        /// Living people of the whole country: a number, or a series by month. The population is then not divided.
        #[schemars(extend("x-displaces" = ["age_sex", "vital_events", "regions", "urban_share"], "x-default" = "required unless `age_sex` is given"))]
        total: Param<Persons>,
        /// Deaths per person and year, with `total` only; one fixed number.
        #[schemars(extend("x-default" = "0.008, assumed"))]
        death_rate: Param<PerYear>,
        /// CSV file of people by year, sex and age.
        #[schemars(extend("x-format" = "path", "x-displaces" = ["total", "death_rate"], "examples" = ["cambodia/age_sex.csv"]))]
        age_sex: At<String>,
        /// CSV file of births and deaths by year, with `age_sex`.
        #[schemars(extend("x-format" = "path", "examples" = ["cambodia/vital_events.csv"]))]
        vital_events: At<String>,
        /// CSV file of regions and their people, with `age_sex`.
        #[schemars(extend("x-format" = "path", "examples" = ["cambodia/regions.csv"]))]
        regions: At<String>,
        /// CSV file of the urban share by year, with `age_sex`.
        #[schemars(extend("x-format" = "path", "examples" = ["cambodia/urban_share.csv"]))]
        urban_share: At<String>,
    }

    /// Weights of the levels at which people look at others; divided by their sum.
    RawContacts {
        /// The same household (aggregate engines: the same place).
        #[schemars(extend("x-default" = "0.2, assumed"))]
        household: Param<Weight>,
        /// The same village (aggregate engines: the same place, that is region and residence).
        #[schemars(extend("x-default" = "0.4, assumed"))]
        village: Param<Weight>,
        /// The same region.
        #[schemars(extend("x-default" = "0.25, assumed"))]
        province: Param<Weight>,
        /// Anyone in the country.
        #[schemars(extend("x-default" = "0.15, assumed"))]
        nation: Param<Weight>,
    }

    /// Ties between persons. Keys that belong to another kind are errors.
    RawNetwork {
        /// `households`: a household, a village, the region and the nation, looked at with the weights of `[contacts]`, and always the same people. `uniform`: whoever is looked at is anyone of the place, the region or the nation, anew at each look. `ring`: a small world, each tied to those next to them on a ring, some of these ties rewired to anywhere. `edges`: a graph read from a file. In the last two all ties count alike. Giving `kind` drops what is inherited of this table.
        #[schemars(extend("enum" = NETWORK_KINDS, "default" = "households", "x-displaces" = ["household_sizes", "village", "ties", "neighbours", "rewiring", "edges", "source"]))]
        kind: At<String>,
        /// For `households`: how many households have 1, 2, 3 ... members, as shares or in any other unit; divided by their sum.
        #[schemars(extend("maxItems" = MOST_SIZES, "x-default" = "0.03, 0.08, 0.16, 0.22, 0.20, 0.14, 0.08, 0.05, 0.02, 0.02, assumed", "examples" = [[0.05, 0.1, 0.2, 0.25, 0.2, 0.2]]))]
        household_sizes: Vec<HouseholdShare>,
        /// For `households`: people of a village, about.
        #[schemars(extend("minimum" = 50, "maximum" = 100_000, "x-default" = "1000, assumed", "x-unit" = "persons"))]
        village: At<u64>,
        /// For `households`: ties of each person beyond the household.
        ties: RawTies,
        /// For `ring`: ties of each person, an even number, less than there are people; half of them to either side.
        #[schemars(extend("minimum" = 2, "maximum" = 32, "x-default" = "required for a ring", "x-unit" = "ties", "examples" = [10]))]
        neighbours: At<u64>,
        /// For `ring`: share of the ties that lead to anywhere.
        #[schemars(extend("minimum" = 0.0, "maximum" = 1.0, "default" = 0, "x-unit" = "share", "examples" = [0.05]))]
        rewiring: At<f64>,
        /// For `edges`: CSV file of ties with the columns `a` and `b`, one tie a row, in either direction; persons are numbered from 0. The population must be one fixed `total`.
        #[schemars(extend("x-format" = "path", "x-default" = "required for edges", "examples" = ["friends.csv"]))]
        edges: At<String>,
        /// Where it comes from: a citation, or `assumed`.
        #[schemars(extend("examples" = ["census of 2008, table 3", "assumed"]))]
        source: At<String>,
    }

    /// Ties of each person beyond the household.
    RawTies {
        /// Within the village.
        #[schemars(extend("minimum" = 1, "maximum" = 32, "x-default" = "5, assumed", "x-unit" = "ties"))]
        village: At<u64>,
        /// Within the region.
        #[schemars(extend("minimum" = 1, "maximum" = 32, "x-default" = "3, assumed", "x-unit" = "ties"))]
        province: At<u64>,
        /// Anywhere in the nation.
        #[schemars(extend("minimum" = 1, "maximum" = 32, "x-default" = "2, assumed", "x-unit" = "ties"))]
        nation: At<u64>,
    }

    /// Data files.
    RawData {
        /// CSV file of published statistics, with the keys of `[[observation]]` as columns, in any order; an empty cell means the default.
        #[schemars(extend("x-format" = "path", "examples" = ["cambodia/observations.csv"]))]
        observations: At<String>,
    }

    /// A dated series by residence and region.
    RawDriver {
        /// Name that layers refer to.
        #[schemars(required, extend("pattern" = NAME_PATTERN, "x-format" = "name", "examples" = ["coverage"]))]
        name: At<String>,
        /// Words on screen; by default the name.
        title: At<String>,
        /// What the values are: a share of people, a share of the place's median monthly income, or a plain multiplier.
        #[schemars(extend("enum" = ["share", "income-share", "factor"], "x-default" = "required"))]
        unit: At<String>,
        /// Value everywhere, in the unit that `unit` names, unless `urban` or `rural` say otherwise.
        #[schemars(extend("x-displaces" = ["urban", "rural"], "x-default" = "required unless `urban` and `rural` are given"))]
        value: Param<DriverValue>,
        /// Value in urban places, and in places not divided by residence.
        #[schemars(extend("x-default" = "`value`"))]
        urban: Param<DriverValue>,
        /// Value in rural places.
        #[schemars(extend("x-default" = "`value`"))]
        rural: Param<DriverValue>,
        /// By region: for shares the ratio of its odds to the value's odds, otherwise a multiplier.
        #[schemars(extend("x-keys" = "region", "x-default" = "1 for a region not named", "examples" = [{"Phnom Penh": 3.0}]))]
        by_region: MapOf<RegionRatio>,
    }

    /// Something people take up, and how it spreads.
    RawLayer {
        /// Name that results and other layers refer to.
        #[schemars(required, extend("pattern" = NAME_PATTERN, "x-format" = "name", "examples" = ["internet"]))]
        name: At<String>,
        /// Words on screen; by default the name.
        title: At<String>,
        /// Layers a person must use before this one; who leaves one of them leaves this one.
        #[schemars(extend("default" = Vec::<String>::new(), "examples" = [["internet"]]))]
        requires: Vec<At<String>>,
        /// First month in which anyone can take it up; by default always.
        #[schemars(extend("pattern" = MONTH_PATTERN, "x-format" = "month", "examples" = ["2006-09"]))]
        launch: At<String>,
        /// Share of the people with access who use it before the first step.
        #[schemars(extend("x-default" = "0"))]
        initial: Param<Share>,
        /// Outside influence, Bass's p: the rate at which people take it up whatever others do.
        #[schemars(extend("x-default" = "required"))]
        innovation: Param<PerYear>,
        /// Influence of others, Bass's q: the rate at which people take it up when all their contacts use it.
        #[schemars(extend("x-default" = "required"))]
        imitation: Param<PerYear>,
        /// The rate at which users stop.
        #[schemars(extend("x-default" = "0"))]
        discontinuance: Param<PerYear>,
        /// Who can use it; by default everybody.
        access: RawAccess,
        /// Who takes it up faster: coefficients that add up to the logarithm of a multiplier of the adoption hazard.
        features: RawFeatures,
    }

    /// Conditions that a person must all meet to use a layer.
    RawAccess {
        /// Drivers of unit `share`: the person is among the share each of them reaches.
        #[schemars(extend("examples" = [["coverage", "skills"]]))]
        shares: Vec<At<String>>,
        /// Whether the person can pay.
        affordability: RawAffordability,
        /// Youngest age that can use it.
        #[schemars(extend("minimum" = 0.0, "maximum" = 120.0, "default" = 0, "x-unit" = "years"))]
        min_age: At<f64>,
        /// Replaces the share with access that `shares` and `affordability` give; `min_age` still holds.
        ceiling: Param<Share>,
    }

    /// People can pay when the price is at most `threshold` of their own income; incomes spread lognormally around the place's median.
    RawAffordability {
        /// Driver of unit `income-share`: the price of a month over the place's median monthly income.
        #[schemars(extend("x-default" = "required", "examples" = ["data-price"]))]
        price: At<String>,
        /// Largest share of income that people pay.
        #[schemars(extend("x-default" = "required"))]
        threshold: Param<IncomeShare>,
        /// Standard deviation of the logarithm of income.
        #[schemars(extend("x-default" = "0.7, assumed"))]
        income_spread: Param<IncomeSpread>,
    }

    /// Coefficients; 0 changes nothing, 0.7 doubles the hazard.
    RawFeatures {
        /// For urban people.
        #[schemars(extend("x-default" = "0"))]
        urban: Param<LogFactor>,
        /// For women.
        #[schemars(extend("x-default" = "0"))]
        female: Param<LogFactor>,
        /// By age: each key is the first age of a range that ends where the next begins. Below the first key the coefficient is 0.
        #[schemars(extend("x-keys" = "age", "propertyNames" = {"pattern": AGE_PATTERN}))]
        age: MapOf<Param<LogFactor>>,
        /// By driver: the coefficient of the driver's value at the place and month.
        #[schemars(extend("x-keys" = "driver"))]
        drivers: MapOf<Param<LogFactor>>,
    }

    /// Cybercrime against the users of a layer: incidents make some leave, and make others hesitate.
    RawVictimisation {
        /// Layer whose users it befalls.
        #[schemars(extend("x-default" = "required", "examples" = ["internet"]))]
        layer: At<String>,
        /// Incidents per user and year without enforcement.
        #[schemars(extend("x-default" = "required"))]
        rate: Param<PerYear>,
        /// Trained investigators per million people.
        #[schemars(extend("x-default" = "0"))]
        capacity: Param<PerMillion>,
        /// How far one more investigator per million lowers the rate: fall of its logarithm.
        #[schemars(extend("x-default" = "0"))]
        effectiveness: Param<Factor>,
        /// Probability that a victim leaves the layer.
        #[schemars(extend("x-default" = "0"))]
        leaving: Param<Share>,
        /// How far one incident per user and year lowers adoption: fall of the logarithm of its hazard.
        #[schemars(extend("x-default" = "0"))]
        distrust: Param<Factor>,
    }

    /// A policy or event.
    RawIntervention {
        /// Name; interventions of the same name in two scenarios share their random draws.
        #[schemars(required, extend("pattern" = NAME_PATTERN, "x-format" = "name", "examples" = ["rural-towers"]))]
        name: At<String>,
        /// Words on screen; by default the name.
        title: At<String>,
        /// What it represents, in sentences.
        #[schemars(extend("default" = ""))]
        description: At<String>,
        /// First month in which it acts.
        #[schemars(extend("pattern" = MONTH_PATTERN, "x-format" = "month", "x-default" = "required", "examples" = ["2017-01"]))]
        start: At<String>,
        /// Last month in which it acts; by default the last simulated month.
        #[schemars(extend("pattern" = MONTH_PATTERN, "x-format" = "month", "examples" = ["2020-12"]))]
        end: At<String>,
        /// Months until it is in full force.
        #[schemars(extend("minimum" = 0, "maximum" = 1200, "default" = 0, "x-unit" = "months"))]
        ramp: At<u64>,
        /// How its force grows over these months: in equal steps, or slowly at first and at last.
        #[schemars(extend("enum" = ramp_shapes(), "default" = "linear"))]
        ramp_shape: At<String>,
        /// Whom it touches; by default everybody. What acts on access (drivers, `ceiling`, `suspend`, victimisation) is of places, whoever lives there, and cannot be limited by sex or age.
        who: RawTarget,
        /// What it does to drivers, by name.
        #[schemars(extend("x-keys" = "driver"))]
        driver: MapOf<RawDriverChange>,
        /// What it does to layers, by name.
        #[schemars(extend("x-keys" = "layer"))]
        layer: MapOf<RawLayerChange>,
        /// What it does to cybercrime; needs `[victimisation]`. At least one of the keys.
        victimisation: RawVictimisationChange,
        /// What it costs. Every intervention of a scenario states its costs in the same currency and prices.
        cost: RawCost,
    }

    /// Whom it touches: those who meet every condition.
    RawTarget {
        /// Regions by name; by default all.
        #[schemars(extend("examples" = [["Kampot", "Kep"]]))]
        regions: Vec<At<String>>,
        /// Residence; by default both.
        #[schemars(extend("enum" = ["urban", "rural"]))]
        residence: At<String>,
        /// Sex; by default both.
        #[schemars(extend("enum" = ["female", "male"]))]
        sex: At<String>,
        /// Ages, both included; by default all.
        #[schemars(extend("examples" = [{"from": 18, "to": 30}]))]
        age: RawAges,
    }

    /// Ages, both included.
    RawAges {
        /// Youngest age touched.
        #[schemars(extend("minimum" = 0, "maximum" = 120, "default" = 0, "x-unit" = "years"))]
        from: At<u64>,
        /// Oldest age touched.
        #[schemars(extend("minimum" = 0, "maximum" = 120, "default" = 120, "x-unit" = "years"))]
        to: At<u64>,
    }

    /// What an intervention does to a driver: exactly one of the keys.
    RawDriverChange {
        /// Added to the driver, in its unit; may be negative.
        #[schemars(extend("x-displaces" = ["multiply", "set"]))]
        shift: Param<DriverShift>,
        /// Multiplies the driver.
        #[schemars(extend("x-displaces" = ["shift", "set"]))]
        multiply: Param<Factor>,
        /// Takes the driver's place, in its unit.
        #[schemars(extend("x-displaces" = ["shift", "multiply"]))]
        set: Param<DriverValue>,
    }

    /// What an intervention does to a layer: at least one of the keys.
    RawLayerChange {
        /// Multiplies the whole adoption hazard.
        adoption: Param<Factor>,
        /// Multiplies `innovation`.
        innovation: Param<Factor>,
        /// Multiplies `imitation`.
        imitation: Param<Factor>,
        /// Multiplies `discontinuance`.
        discontinuance: Param<Factor>,
        /// Added to `innovation`.
        outside_influence: Param<PerYear>,
        /// No larger share of those who use the required layers has access.
        ceiling: Param<Share>,
        /// Nobody can use the layer.
        suspend: RawSuspension,
    }

    /// Nobody can use the layer as long as the intervention lasts.
    RawSuspension {
        /// Share of its users who do not come back.
        #[schemars(extend("x-default" = "required"))]
        lost: Param<Share>,
        /// The part of each month that it lasts, above 0; 21 days are 0.69. Below 1, use is back when the month ends.
        #[schemars(extend("minimum" = 0.0, "maximum" = 1.0, "default" = 1))]
        part_of_month: At<f64>,
    }

    /// What an intervention does to cybercrime.
    RawVictimisationChange {
        /// Multiplies the rate of incidents.
        incidents: Param<Factor>,
        /// Added to the trained investigators per million people.
        capacity: Param<PerMillion>,
        /// Multiplies the trust that distrust lowers; trust never rises above 1.
        trust: Param<Factor>,
    }

    /// What an intervention costs: at least one of `one_off`, `per_year` and `per_person`.
    RawCost {
        /// Currency, three capital letters.
        #[schemars(extend("pattern" = CURRENCY_PATTERN, "x-format" = "currency", "x-default" = "required", "examples" = ["USD"]))]
        currency: At<String>,
        /// Year whose prices are meant.
        #[schemars(extend("minimum" = 1900, "maximum" = 2200, "x-default" = "required", "examples" = [2016]))]
        price_year: At<u64>,
        /// Once, in the first month.
        one_off: Param<Money>,
        /// For each year in which it acts.
        per_year: Param<Money>,
        /// For each person reached, once.
        per_person: Param<Money>,
        /// Share of the people touched who are reached.
        #[schemars(extend("x-default" = "1"))]
        reached: Param<Share>,
    }

    /// A published statistic.
    RawObservation {
        /// Layer it speaks of.
        #[schemars(extend("x-default" = "required"))]
        layer: At<String>,
        /// Month it speaks of.
        #[schemars(extend("pattern" = MONTH_PATTERN, "x-format" = "month", "x-default" = "required"))]
        date: At<String>,
        /// The published value; a share is written from 0 to 1.
        #[schemars(extend("minimum" = 0.0, "maximum" = 1e11, "x-default" = "required"))]
        value: At<f64>,
        /// What the value counts.
        #[schemars(extend("enum" = ["share", "persons", "accounts", "subscriptions"], "x-default" = "required"))]
        unit: At<String>,
        /// What was counted, in words.
        #[schemars(extend("default" = "", "examples" = ["individuals, used in the last 3 months"]))]
        measures: At<String>,
        /// Who is counted: `all`, or ages such as `15-65` or `15+`.
        #[schemars(extend("default" = "all", "x-format" = "ages"))]
        base: At<String>,
        /// Region it speaks of.
        #[schemars(extend("default" = "all"))]
        region: At<String>,
        /// Residence it speaks of.
        #[schemars(extend("enum" = ["all", "urban", "rural"], "default" = "all"))]
        residence: At<String>,
        /// Sex it speaks of.
        #[schemars(extend("enum" = ["all", "female", "male"], "default" = "all"))]
        sex: At<String>,
        /// Ages it speaks of: `all`, or ages such as `15-19` or `80+`.
        #[schemars(extend("default" = "all", "x-format" = "ages"))]
        age: At<String>,
        /// Short name of the source; each source has its own mark in figures.
        #[schemars(extend("x-default" = "required"))]
        source: At<String>,
        /// When it was published or extracted.
        #[schemars(extend("default" = ""))]
        vintage: At<String>,
        /// Grade of the source, A (census, large survey) to D (a claim).
        #[schemars(extend("enum" = ["A", "B", "C", "D"], "default" = "C"))]
        quality: At<String>,
        /// Whether it counts the people the model counts; by default so for shares and persons, not for accounts and subscriptions.
        comparable: At<bool>,
        /// For calibration: expected bias of the source, log odds for shares and persons, logarithm for counts. One statement holds for all rows of the source.
        #[schemars(extend("minimum" = -10.0, "maximum" = 10.0, "x-default" = "0"))]
        bias: At<f64>,
        /// For calibration: standard deviation of the source's bias; 0 means that it is known exactly.
        #[schemars(extend("minimum" = 0.0, "maximum" = 10.0, "x-default" = "0.3; 0.15 between sources that count the same thing"))]
        bias_sd: At<f64>,
        /// For calibration: expected spread (median) of the source's figures around its bias; a figure of grade B counts 1.25 times, C twice, D four times as wide.
        #[schemars(extend("minimum" = 0.001, "maximum" = 10.0, "x-default" = "0.15"))]
        spread: At<f64>,
    }

    /// What is written.
    RawOutputs {
        /// `annual` is each December and the first and last month.
        #[schemars(extend("enum" = ["annual", "monthly"], "default" = "annual"))]
        frequency: At<String>,
        /// Groups beyond the total: `region`, `residence`, `sex`, `age`, or a crossing such as `region x sex`.
        #[schemars(extend("default" = ["region", "residence", "sex", "age"], "x-format" = "breakdowns"))]
        breakdowns: Vec<At<String>>,
    }

    /// A parameter with its source: one of `value`, `series` and `distribution`.
    RawParameter {
        /// One number for all time.
        value: At<f64>,
        /// Numbers at months; the first holds before them and the last after them.
        #[schemars(extend("x-keys" = "month", "propertyNames" = {"pattern": MONTH_PATTERN}, "minProperties" = 1, "examples" = [{"2012-01": 0.1, "2016-06": 0.3}]))]
        series: MapOf<At<f64>>,
        /// How a series runs between its months: straight lines, or each value until the next.
        #[schemars(extend("enum" = ["linear", "step"], "default" = "linear"))]
        interpolation: At<String>,
        /// A distribution that each member draws one value from.
        #[schemars(extend("enum" = FAMILIES))]
        distribution: At<String>,
        /// Median, of a lognormal or logitnormal distribution.
        median: At<f64>,
        /// Standard deviation of the logarithm, of a lognormal distribution; of the log odds, of a logitnormal one.
        #[schemars(extend("maximum" = 10.0))]
        sigma: At<f64>,
        /// Mean, of a normal or beta distribution.
        mean: At<f64>,
        /// Standard deviation, of a normal distribution.
        sd: At<f64>,
        /// Sum of the two shape parameters of a beta distribution: how narrow it is.
        concentration: At<f64>,
        /// Smallest value, of a triangular or uniform distribution.
        low: At<f64>,
        /// Likeliest value, of a triangular distribution.
        mode: At<f64>,
        /// Largest value, of a triangular or uniform distribution.
        high: At<f64>,
        /// A distribution that each member draws one multiplier of `value` or `series` from.
        factor: RawDistribution,
        /// Where it comes from: a citation, or `assumed`.
        #[schemars(extend("examples" = ["Bass 1969", "assumed"]))]
        source: At<String>,
        /// Remarks for readers.
        note: At<String>,
    }

    /// A distribution.
    RawDistribution {
        /// Family.
        #[schemars(required, extend("enum" = FAMILIES))]
        distribution: At<String>,
        /// Median, of a lognormal or logitnormal distribution.
        median: At<f64>,
        /// Standard deviation of the logarithm, of a lognormal distribution; of the log odds, of a logitnormal one.
        #[schemars(extend("maximum" = 10.0))]
        sigma: At<f64>,
        /// Mean, of a normal or beta distribution.
        mean: At<f64>,
        /// Standard deviation, of a normal distribution.
        sd: At<f64>,
        /// Sum of the two shape parameters of a beta distribution.
        concentration: At<f64>,
        /// Smallest value, of a triangular or uniform distribution.
        low: At<f64>,
        /// Likeliest value, of a triangular distribution.
        mode: At<f64>,
        /// Largest value, of a triangular or uniform distribution.
        high: At<f64>,
    }
}

/// Families of distributions.
const FAMILIES: [&str; 6] = ["normal", "lognormal", "logitnormal", "beta", "triangular", "uniform"];

/// Kinds of networks.
pub(super) const NETWORK_KINDS: [&str; 4] = ["households", "uniform", "ring", "edges"];
/// Most sizes of households.
const MOST_SIZES: usize = 16;

/// How many households have one size.
#[derive(Debug)]
pub(super) struct HouseholdShare(pub At<f64>);

impl FromNode for HouseholdShare {
    fn from_node(node: &Node) -> Option<Self> {
        At::from_node(node).map(Self)
    }
}

impl JsonSchema for HouseholdShare {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "HouseholdShare".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0.0, "maximum": 1e12 })
    }
}

/// A region's odds ratio or multiplier.
#[derive(Debug)]
pub(super) struct RegionRatio(pub At<f64>);

impl FromNode for RegionRatio {
    fn from_node(node: &Node) -> Option<Self> {
        At::from_node(node).map(Self)
    }
}

impl JsonSchema for RegionRatio {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "RegionRatio".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0.0, "maximum": 1e6 })
    }
}
