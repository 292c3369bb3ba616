//! Answers while a lever moves: a few members of the mean-field engine, paired with those of the scenario as it stands.
//!
//! Fans come from the scenario with like provinces merged ([`Scenario::coarse`]), which is several times as fast and
//! near it; a map is worked out with all of them, from fewer members. People do not depend on levers, so they are
//! worked out once for each scenario and kept; so are the members of the scenario without policies, from which
//! differences are taken, member by member. An answer that nobody waits for any more is given up between two members.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::ApiError;
use super::library::Offer;
use crate::engine::{People, World};
use crate::ensemble::{self, Members, Options};
use crate::output::as_written;
use crate::scenario::{Dimension, EngineKind, Frequency, Scenario};
use crate::series::{ALL, Estimate, Observation, Projection, Quantity};
use crate::units::Month;

/// Members of an answer, where the scenario is small enough for them. More make a better fan and a slower page: with
/// eight, 50 visitors on two processors waited 1.4 seconds for the slowest twentieth of their answers.
const MEMBERS: u32 = 5;
/// Regions that provinces are merged into for an answer's fans: with towns and countryside eight places, which fill
/// the registers of the engine's rows; with five it takes a quarter more instructions.
const REGIONS: usize = 4;
/// Members of a map, which needs every province: the medians of few draws, in place of the fans' own.
const MAP_MEMBERS: u32 = 2;
/// Most cell-months of layers that one answer may cost.
const LARGEST: usize = 60_000_000;
/// Most peoples kept; each holds some tens of megabytes for a country of provinces.
const KEPT_PEOPLE: usize = 4;
/// Most baselines kept.
const KEPT_BASELINES: usize = 64;

/// How an answer is divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Breakdown {
    /// Everybody only.
    #[default]
    None,
    /// Towns and countryside.
    Residence,
    /// Women and men.
    Sex,
    /// Age bands.
    Age,
    /// Provinces.
    Region,
}

impl Breakdown {
    fn dimension(self) -> Option<Dimension> {
        match self {
            Breakdown::None => None,
            Breakdown::Residence => Some(Dimension::Residence),
            Breakdown::Sex => Some(Dimension::Sex),
            Breakdown::Age => Some(Dimension::Age),
            Breakdown::Region => Some(Dimension::Region),
        }
    }
}

/// Quantiles by date.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[allow(missing_docs, reason = "the fields are quantiles by their names")]
pub struct Fan {
    pub q10: Vec<f64>,
    pub q25: Vec<f64>,
    pub median: Vec<f64>,
    pub q75: Vec<f64>,
    pub q90: Vec<f64>,
}

impl Fan {
    fn push(&mut self, estimate: &Estimate) {
        let [_, q10, q25, median, q75, q90, _] = estimate.quantiles.map(rounded);
        self.q10.push(q10);
        self.q25.push(q25);
        self.median.push(median);
        self.q75.push(q75);
        self.q90.push(q90);
    }
}

/// One layer of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LayerAnswer {
    /// Key.
    pub name: String,
    /// Words on screen.
    pub title: String,
    /// Users over everybody, 0..=1.
    pub share: Fan,
    /// Difference of that share from the scenario as it stands, member by member.
    pub difference: Fan,
}

/// One group of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct GroupAnswer {
    /// Province, `urban`, `female` or an age band.
    pub label: String,
    /// Median users over people of the group, 0..=1, by layer and date.
    pub share: Vec<Vec<f64>>,
}

/// What a choice leads to.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Answer {
    /// Scenario name.
    pub scenario: String,
    /// Scenario title.
    pub title: String,
    /// Members the quantiles are taken over.
    pub members: usize,
    /// Reported months, increasing; values describe their ends.
    pub dates: Vec<Month>,
    /// Living people by date.
    pub population: Vec<f64>,
    /// The layer asked about, or all in the scenario's order.
    pub layers: Vec<LayerAnswer>,
    /// How `groups` divide the people.
    pub breakdown: Breakdown,
    /// Groups; empty without a breakdown, or where the population is not divided so.
    pub groups: Vec<GroupAnswer>,
}

/// Six decimals are a person in a million.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// What is kept between answers.
#[derive(Debug)]
pub struct Live {
    pool: rayon::ThreadPool,
    people: Mutex<Vec<Arc<People>>>,
    baselines: Mutex<Vec<Baseline>>,
}

/// The members of an offer as it stands.
#[derive(Debug)]
struct Baseline {
    offer: String,
    layer: Option<usize>,
    breakdown: Breakdown,
    members: Arc<Members>,
}

/// Sets a flag when it is dropped: nobody waits any more.
#[derive(Debug, Default)]
pub struct Waiting(pub Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Live {
    /// Nothing kept yet; answers are worked out on `threads` threads.
    ///
    /// # Errors
    /// When the threads cannot be started.
    pub fn new(threads: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok(Self { pool, people: Mutex::default(), baselines: Mutex::default() })
    }

    /// Works out an answer about one layer, by position, or all. `given_up` stops it.
    ///
    /// # Errors
    /// When the scenario is too large to be answered at once, or it was given up.
    pub fn answer(
        &self,
        offer: &Offer,
        scenario: &Scenario,
        layer: Option<usize>,
        breakdown: Breakdown,
        given_up: &AtomicBool,
    ) -> Result<Answer, ApiError> {
        let fans = if breakdown == Breakdown::Region { Breakdown::None } else { breakdown };
        let about = layer.map_or_else(|| scenario.clone(), |layer| scenario.only(layer));
        let small = prepared(about.coarse(REGIONS), fans)?;
        let baseline = self.baseline(offer, layer, fans)?;
        let members = self.members(&small, given_up)?;
        let mut answer = told(&small, &members, &baseline, fans);
        if breakdown == Breakdown::Region {
            let mut whole = prepared(about, breakdown)?;
            whole.run.members = whole.run.members.min(MAP_MEMBERS);
            answer.groups = groups(whole.layers.len(), &self.members(&whole, given_up)?);
            answer.breakdown = breakdown;
        }
        if layer.is_some() {
            // Those that it requires were only needed on the way.
            answer.layers.drain(..small.layers.len() - 1);
            answer.groups.iter_mut().for_each(|group| drop(group.share.drain(..small.layers.len() - 1)));
        }
        Ok(answer)
    }

    /// The whole projection of an answer's members, for figures, with the statistics they show.
    ///
    /// # Errors
    /// When the scenario is too large to be answered at once.
    pub fn projection(scenario: Scenario) -> Result<(Projection, Vec<Observation>), ApiError> {
        let breakdowns = scenario.outputs.breakdowns.clone();
        let mut scenario = prepared(scenario, Breakdown::None)?;
        scenario.outputs.breakdowns = breakdowns;
        let projection = ensemble::run(&scenario, &Options { threads: Some(1), ..Options::default() })?;
        Ok((as_written(&projection), scenario.observations))
    }

    /// Works out what the first answer would need.
    ///
    /// # Errors
    /// As [`Live::answer`].
    pub fn warm(&self, offer: &Offer) -> Result<(), ApiError> {
        self.baseline(offer, Some(0), Breakdown::Residence).map(|_| ())
    }

    fn members(&self, scenario: &Scenario, given_up: &AtomicBool) -> Result<Members, ApiError> {
        let options = Options { cancel: Some(given_up), ..Options::default() };
        self.pool.install(|| {
            let people = self.people(scenario);
            let world = people.under(scenario).expect("the people were found for this scenario");
            Ok(Members::run(&world, &options)?)
        })
    }

    /// The people of a scenario, worked out when no scenario before had the same.
    fn people(&self, scenario: &Scenario) -> Arc<People> {
        let known = {
            let mut kept = self.people.lock().unwrap_or_else(PoisonError::into_inner);
            let at = kept.iter().position(|people| people.under(scenario).is_some());
            // The one used last is kept longest.
            at.map(|at| {
                let people = kept.remove(at);
                kept.push(Arc::clone(&people));
                people
            })
        };
        known.unwrap_or_else(|| {
            let people = Arc::new(World::new(scenario).shared_people());
            let mut kept = self.people.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push(Arc::clone(&people));
            let over = kept.len().saturating_sub(KEPT_PEOPLE);
            kept.drain(..over);
            people
        })
    }

    fn baseline(&self, offer: &Offer, layer: Option<usize>, breakdown: Breakdown) -> Result<Arc<Members>, ApiError> {
        let find = |kept: &Vec<Baseline>| {
            let found = kept
                .iter()
                .find(|known| known.offer == offer.id && known.layer == layer && known.breakdown == breakdown);
            found.map(|known| Arc::clone(&known.members))
        };
        if let Some(members) = find(&self.baselines.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(members);
        }
        let scenario = &offer.loaded.scenario;
        let about = layer.map_or_else(|| scenario.clone(), |layer| scenario.only(layer));
        let scenario = prepared(about.coarse(REGIONS), breakdown)?;
        let members = Arc::new(self.members(&scenario, &AtomicBool::new(false))?);
        let mut kept = self.baselines.lock().unwrap_or_else(PoisonError::into_inner);
        if find(&kept).is_none() {
            kept.push(Baseline { offer: offer.id.clone(), layer, breakdown, members: Arc::clone(&members) });
            let over = kept.len().saturating_sub(KEPT_BASELINES);
            kept.drain(..over);
        }
        Ok(members)
    }
}

/// A scenario as answers run it: mean-field, a few members with a draw each, year ends.
fn prepared(mut scenario: Scenario, breakdown: Breakdown) -> Result<Scenario, ApiError> {
    scenario.run.engine = EngineKind::MeanField;
    scenario.run.replicates = 1;
    scenario.run.members = 1;
    scenario.outputs.frequency = Frequency::Annual;
    scenario.outputs.breakdowns = breakdown.dimension().map(|dimension| vec![dimension]).into_iter().collect();
    let plan = ensemble::plan(&scenario);
    let cost = plan.cells * plan.months * plan.layers;
    let members = (LARGEST / cost.max(1)).min(MEMBERS as usize);
    if members == 0 {
        return Err(ApiError::unprocessable("the scenario is too large to be answered while a lever moves")
            .advise("run it in full, or divide its people less finely"));
    }
    scenario.run.members = members as u32;
    Ok(scenario)
}

fn told(scenario: &Scenario, members: &Members, baseline: &Members, breakdown: Breakdown) -> Answer {
    let dates = 0..members.dates().len();
    let layers = scenario.layers.iter().enumerate().map(|(layer, of)| {
        let (mut share, mut difference) = (Fan::default(), Fan::default());
        for date in dates.clone() {
            share.push(&members.level(layer, 0, date, Quantity::Penetration));
            let gained = members.difference(baseline, layer, 0, date, Quantity::Penetration);
            difference.push(&gained.unwrap_or_default());
        }
        LayerAnswer { name: of.name.clone(), title: of.title.clone(), share, difference }
    });
    let layers: Vec<LayerAnswer> = layers.collect();
    Answer {
        scenario: scenario.name.clone(),
        title: scenario.title.clone(),
        members: members.count(),
        dates: members.dates().to_vec(),
        population: dates.clone().map(|date| members.level(0, 0, date, Quantity::Population).mean).collect(),
        groups: groups(layers.len(), members),
        layers,
        breakdown,
    }
}

/// Medians of every group but everybody.
fn groups(layers: usize, members: &Members) -> Vec<GroupAnswer> {
    let dates = 0..members.dates().len();
    let groups = members.groups().iter().enumerate().skip(1).map(|(group, who)| {
        let parts = [&who.region, &who.residence, &who.sex, &who.age];
        let label = parts.into_iter().find(|part| *part != ALL).cloned().unwrap_or_default();
        let median =
            |layer: usize, date: usize| rounded(members.level(layer, group, date, Quantity::Penetration).median());
        let share = (0..layers).map(|layer| dates.clone().map(|date| median(layer, date)).collect()).collect();
        GroupAnswer { label, share }
    });
    groups.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::library::{Choice, Library};
    use std::path::Path;

    fn library() -> Library {
        let at = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(name);
        Library::open(&[at("cambodia.toml"), at("policies/rural-towers.toml")]).expect("valid")
    }

    /// An answer is what `ensemble::compare` says of the same members.
    #[test]
    fn an_answer_is_a_comparison_with_the_scenario_as_it_stands() {
        let library = library();
        let offer = library.find("cambodia").expect("offered");
        let choice = Choice { policies: vec!["rural-towers".to_owned()], ..Choice::default() };
        let chosen = library.chosen(&offer, &choice, &[]).expect("valid").scenario;
        let live = Live::new(2).expect("threads");
        let answer =
            live.answer(&offer, &chosen, None, Breakdown::Residence, &AtomicBool::new(false)).expect("answered");
        let (base, towers) = (
            prepared(offer.loaded.scenario.coarse(REGIONS), Breakdown::Residence).expect("small"),
            prepared(chosen.coarse(REGIONS), Breakdown::Residence).expect("small"),
        );
        let date = *answer.dates.last().expect("dates");
        let whole = ensemble::compare(&[&base, &towers], 0, &[date], &Options::default()).expect("compared");
        let last = answer.dates.len() - 1;
        let index = whole.index(0, 0, last, Quantity::Penetration).expect("everybody");
        let (level, gained) = (&whole.outcomes[1].levels[index], &whole.outcomes[1].differences[index]);
        assert!((answer.layers[0].share.median[last] - level.median()).abs() < 1e-6);
        assert!((answer.layers[0].difference.median[last] - gained.median()).abs() < 1e-6);
        assert!(gained.median() > 0.0, "{gained:?}");
        assert_eq!(answer.groups.iter().map(|group| group.label.as_str()).collect::<Vec<_>>(), ["urban", "rural"]);
    }

    #[test]
    fn an_answer_nobody_waits_for_is_given_up() {
        let library = library();
        let offer = library.find("cambodia").expect("offered");
        let live = Live::new(1).expect("threads");
        let waiting = Waiting::default();
        let flag = Arc::clone(&waiting.0);
        drop(waiting);
        assert!(live.answer(&offer, &offer.loaded.scenario, Some(0), Breakdown::None, &flag).is_err());
    }
}
