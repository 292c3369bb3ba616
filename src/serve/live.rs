//! Answers while a lever moves: a few members of the mean-field engine, paired with those of the scenario as it stands;
//! and many of them once it rests.
//!
//! Member for member they are those of `uptake run --engine mean-field`: the first draws of the posterior that the
//! scenario names, or else of its distributions. A few show at once where the median lies; how wide the band is needs
//! many, which are worked out a few at a time, while no lever moves anywhere.
//!
//! Fans come from the scenario with like provinces merged ([`Scenario::coarse`]), which is several times as fast and
//! near it; a map is worked out with all of them, from fewer members. People do not depend on levers, so they are
//! worked out once for each scenario and kept; so are the members of the scenario without policies, from which
//! differences are taken, member by member. An answer that nobody waits for any more is given up between two members.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

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
/// Members of an answer once levers rest: the ends of an 80 % interval from a hundred draws lie within a tenth or so of
/// its width of those from all.
const MANY_MEMBERS: u32 = 100;
/// Members of a map, which needs every province: the medians of few draws, in place of the fans' own.
const MAP_MEMBERS: u32 = 2;
/// Members of a map once levers rest.
const MANY_MAP_MEMBERS: u32 = 10;
/// Members of a figure to be saved.
const FIGURE_MEMBERS: u32 = 20;
/// How long an answer of many members gives way before it looks again whether answers that are in a hurry are done.
const PAUSE: Duration = Duration::from_millis(10);
/// Most pauses of an answer of many members; then it tells what it has.
const MOST_PAUSES: usize = 800;
/// Most cell-months of layers that one answer of a few members may cost.
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

/// How many draws an answer takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Draws {
    /// A few, at once.
    #[default]
    Few,
    /// Many, a few at a time while nobody is in a hurry; fewer of them when that takes too long.
    Many,
}

/// What an answer is about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Question {
    /// Position of the layer; all without one.
    pub layer: Option<usize>,
    /// How people are divided.
    pub breakdown: Breakdown,
    /// How many draws.
    pub draws: Draws,
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
    /// Members the quantiles are taken over, each with a draw of the uncertain numbers.
    pub members: usize,
    /// Whether draws come from a posterior, where it has the number: they then agree with published statistics.
    pub posterior: bool,
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
    hurried: AtomicUsize,
}

/// The members of an offer as it stands.
#[derive(Debug)]
struct Baseline {
    offer: String,
    layer: Option<usize>,
    breakdown: Breakdown,
    draws: Draws,
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

/// Answers of many members give way for as long as it lives.
#[derive(Debug)]
pub struct Hurry<'a>(&'a AtomicUsize);

impl Drop for Hurry<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Live {
    /// Nothing kept yet; answers are worked out on `threads` threads.
    ///
    /// # Errors
    /// When the threads cannot be started.
    pub fn new(threads: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok(Self { pool, people: Mutex::default(), baselines: Mutex::default(), hurried: AtomicUsize::new(0) })
    }

    /// Says that an answer is waited for while a lever moves.
    pub fn hurry(&self) -> Hurry<'_> {
        self.hurried.fetch_add(1, Ordering::SeqCst);
        Hurry(&self.hurried)
    }

    /// Works out an answer. `given_up` stops it.
    ///
    /// # Errors
    /// When the scenario is too large to be answered at once, or it was given up.
    pub fn answer(
        &self,
        offer: &Offer,
        scenario: &Scenario,
        question: Question,
        given_up: &AtomicBool,
    ) -> Result<Answer, ApiError> {
        let Question { layer, breakdown, draws } = question;
        let fans = if breakdown == Breakdown::Region { Breakdown::None } else { breakdown };
        let about = layer.map_or_else(|| scenario.clone(), |layer| scenario.only(layer));
        let small = prepared(about.coarse(REGIONS), fans, draws)?;
        let mut baseline = self.baseline(offer, Question { breakdown: fans, ..question }, given_up)?;
        let mut members = self.members(&small, draws, given_up)?;
        // Time may have run out for one of them.
        let count = members.count().min(baseline.count());
        members.truncate(count);
        if baseline.count() > count {
            Arc::make_mut(&mut baseline).truncate(count);
        }
        let mut answer = told(&small, &members, &baseline, fans);
        if breakdown == Breakdown::Region {
            let mut whole = prepared(about, breakdown, draws)?;
            let most = if draws == Draws::Few { MAP_MEMBERS } else { MANY_MAP_MEMBERS };
            whole.run.members = whole.run.members.min(most);
            answer.groups = groups(whole.layers.len(), &self.members(&whole, draws, given_up)?);
            answer.breakdown = breakdown;
        }
        if layer.is_some() {
            // Those that it requires were only needed on the way.
            answer.layers.drain(..small.layers.len() - 1);
            answer.groups.iter_mut().for_each(|group| drop(group.share.drain(..small.layers.len() - 1)));
        }
        Ok(answer)
    }

    /// The projection of some members, for figures, with the statistics they show.
    ///
    /// # Errors
    /// When the scenario is too large to be answered at once.
    pub fn projection(scenario: Scenario) -> Result<(Projection, Vec<Observation>), ApiError> {
        let breakdowns = scenario.outputs.breakdowns.clone();
        let mut scenario = prepared(scenario, Breakdown::None, Draws::Many)?;
        scenario.run.members = scenario.run.members.min(FIGURE_MEMBERS);
        scenario.outputs.breakdowns = breakdowns;
        let projection = ensemble::run(&scenario, &Options { threads: Some(1), ..Options::default() })?;
        Ok((as_written(&projection), scenario.observations))
    }

    /// Works out what the first answer would need.
    ///
    /// # Errors
    /// As [`Live::answer`].
    pub fn warm(&self, offer: &Offer) -> Result<(), ApiError> {
        let first = Question { layer: Some(0), breakdown: Breakdown::Residence, draws: Draws::Few };
        self.baseline(offer, first, &AtomicBool::new(false)).map(|_| ())
    }

    fn members(&self, scenario: &Scenario, draws: Draws, given_up: &AtomicBool) -> Result<Members, ApiError> {
        let options = Options { cancel: Some(given_up), ..Options::default() };
        let people = self.people(scenario);
        let world = people.under(scenario).expect("the people were found for this scenario");
        let run = |which| self.pool.install(|| Members::run_some(&world, which, &options));
        let all = scenario.run.members;
        // No fewer than the answer that it takes the place of.
        let mut done = match draws {
            Draws::Few => all,
            Draws::Many => MEMBERS.min(all),
        };
        let mut members = run(0..done)?;
        let step = self.pool.current_num_threads() as u32;
        let mut pauses = 0;
        while done < all && self.may_go_on(&mut pauses) {
            let next = (done + step).min(all);
            members.extend(run(done..next)?);
            done = next;
        }
        Ok(members)
    }

    /// Waits while others are in a hurry; false when that took too long.
    fn may_go_on(&self, pauses: &mut usize) -> bool {
        while self.hurried.load(Ordering::SeqCst) > 0 {
            if *pauses == MOST_PAUSES {
                return false;
            }
            *pauses += 1;
            std::thread::sleep(PAUSE);
        }
        true
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
            let people = Arc::new(self.pool.install(|| World::new(scenario).shared_people()));
            let mut kept = self.people.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push(Arc::clone(&people));
            let over = kept.len().saturating_sub(KEPT_PEOPLE);
            kept.drain(..over);
            people
        })
    }

    fn baseline(&self, offer: &Offer, question: Question, given_up: &AtomicBool) -> Result<Arc<Members>, ApiError> {
        let Question { layer, breakdown, draws } = question;
        let find = |kept: &Vec<Baseline>| {
            let is = |known: &&Baseline| {
                known.offer == offer.id && known.layer == layer && known.breakdown == breakdown && known.draws == draws
            };
            kept.iter().find(is).map(|known| Arc::clone(&known.members))
        };
        if let Some(members) = find(&self.baselines.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(members);
        }
        let scenario = &offer.loaded.scenario;
        let about = layer.map_or_else(|| scenario.clone(), |layer| scenario.only(layer));
        let scenario = prepared(about.coarse(REGIONS), breakdown, draws)?;
        let members = Arc::new(self.members(&scenario, draws, given_up)?);
        let mut kept = self.baselines.lock().unwrap_or_else(PoisonError::into_inner);
        if find(&kept).is_none() && members.count() == scenario.run.members as usize {
            let members = Arc::clone(&members);
            kept.push(Baseline { offer: offer.id.clone(), layer, breakdown, draws, members });
            let over = kept.len().saturating_sub(KEPT_BASELINES);
            kept.drain(..over);
        }
        Ok(members)
    }
}

/// A scenario as answers run it: mean-field, members with a draw each, year ends.
fn prepared(mut scenario: Scenario, breakdown: Breakdown, draws: Draws) -> Result<Scenario, ApiError> {
    scenario.run.engine = EngineKind::MeanField;
    scenario.run.replicates = 1;
    scenario.run.members = 1;
    scenario.outputs.frequency = Frequency::Annual;
    scenario.outputs.breakdowns = breakdown.dimension().map(|dimension| vec![dimension]).into_iter().collect();
    let plan = ensemble::plan(&scenario);
    let cost = plan.cells * plan.months * plan.layers;
    let (most, longer) = match draws {
        Draws::Few => (MEMBERS, 1),
        Draws::Many => (MANY_MEMBERS, (MANY_MEMBERS / MEMBERS) as usize),
    };
    let members = (longer * LARGEST / cost.max(1)).min(most as usize);
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
        posterior: scenario.posterior.is_some(),
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

    const RESIDENCE: Question = Question { layer: None, breakdown: Breakdown::Residence, draws: Draws::Few };

    /// An answer is what `ensemble::compare` says of the same members.
    #[test]
    fn an_answer_is_a_comparison_with_the_scenario_as_it_stands() {
        let library = library();
        let offer = library.find("cambodia").expect("offered");
        let choice = Choice { policies: vec!["rural-towers".to_owned()], ..Choice::default() };
        let chosen = library.chosen(&offer, &choice, &[]).expect("valid").scenario;
        let live = Live::new(2).expect("threads");
        let answer = live.answer(&offer, &chosen, RESIDENCE, &AtomicBool::new(false)).expect("answered");
        let (base, towers) = (
            prepared(offer.loaded.scenario.coarse(REGIONS), Breakdown::Residence, Draws::Few).expect("small"),
            prepared(chosen.coarse(REGIONS), Breakdown::Residence, Draws::Few).expect("small"),
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

    /// The fan's members are those of a mean-field run: the first draws of the posterior. With every province, as the
    /// map has it, they are equal; merged regions move them by little.
    #[test]
    fn the_fan_is_that_of_a_mean_field_run_of_as_many_members() {
        let library = library();
        let offer = library.find("cambodia").expect("offered");
        let scenario = &offer.loaded.scenario;
        assert!(scenario.posterior.is_some());
        let live = Live::new(2).expect("threads");
        let ask = |breakdown| {
            let question = Question { layer: Some(0), breakdown, draws: Draws::Few };
            live.answer(&offer, scenario, question, &AtomicBool::new(false)).expect("answered")
        };
        let (fan, map) = (ask(Breakdown::None), ask(Breakdown::Region));
        assert!(fan.posterior);
        // As `uptake run --engine mean-field --members N` has it.
        let run = |members| {
            let mut asked = scenario.clone();
            (asked.run.engine, asked.run.members) = (EngineKind::MeanField, members);
            asked.outputs.frequency = Frequency::Annual;
            asked.outputs.breakdowns = vec![vec![Dimension::Region]];
            ensemble::run(&asked, &Options::default()).expect("runs")
        };
        let whole = run(MEMBERS);
        for (date, _) in fan.dates.iter().enumerate() {
            let [_, q10, q25, median, q75, q90, _] = whole.estimate(0, 0, date, Quantity::Penetration).quantiles;
            let share = &fan.layers[0].share;
            for (shown, run) in [
                (share.q10[date], q10),
                (share.q25[date], q25),
                (share.median[date], median),
                (share.q75[date], q75),
                (share.q90[date], q90),
            ] {
                assert!((shown - run).abs() < 0.001, "{}: {shown} {run}", fan.dates[date]);
            }
        }
        let whole = run(MAP_MEMBERS);
        for (place, group) in map.groups.iter().enumerate() {
            for (date, shown) in group.share[0].iter().enumerate() {
                let run = whole.estimate(0, place + 1, date, Quantity::Penetration).median();
                assert!((shown - run).abs() <= 1e-6, "{}: {shown} {run}", group.label);
            }
        }
    }

    /// A little way on the slider of a number of the posterior is a little change, not a jump to its prior.
    #[test]
    fn a_lever_of_the_posterior_moves_the_curve_gently() {
        let library = library();
        let offer = library.find("cambodia").expect("offered");
        let live = Live::new(2).expect("threads");
        let key = "layer.internet.access.affordability.threshold";
        let lever = offer.levers.iter().find(|lever| lever.key == key).expect("there");
        let at = serde_json::to_value(&lever.value).expect("a number").as_f64().expect("a number");
        let gained = |by: f64| {
            let set = [(key.to_owned(), serde_json::json!(at * by))].into();
            let chosen = library.chosen(&offer, &Choice { set, ..Choice::default() }, &[]).expect("valid").scenario;
            let question = Question { layer: Some(0), ..Question::default() };
            let answer = live.answer(&offer, &chosen, question, &AtomicBool::new(false)).expect("answered");
            answer.layers[0].difference.clone()
        };
        let still = gained(1.0);
        assert!(still.q10.iter().chain(&still.q90).all(|gain| gain.abs() < 1e-6), "{still:?}");
        let little = gained(1.01);
        assert!(little.q10.iter().skip(15).all(|gain| *gain > 0.0), "{little:?}");
        assert!(little.q90.iter().all(|gain| *gain < 0.01), "{little:?}");
    }

    #[test]
    fn many_draws_begin_with_the_few_and_give_way_to_who_is_in_a_hurry() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/minimal.toml");
        let library = Library::open(&[path]).expect("valid");
        let offer = library.find("minimal").expect("offered");
        let live = Live::new(2).expect("threads");
        let ask = |draws| {
            let question = Question { draws, ..Question::default() };
            live.answer(&offer, &offer.loaded.scenario, question, &AtomicBool::new(false)).expect("answered")
        };
        let (few, many) = (ask(Draws::Few), ask(Draws::Many));
        assert_eq!((few.members, many.members), (MEMBERS as usize, MANY_MEMBERS as usize));
        let width = |answer: &Answer| {
            let share = &answer.layers[0].share;
            share.q90.iter().zip(&share.q10).map(|(high, low)| high - low).sum::<f64>()
        };
        assert!(width(&many) > 0.0 && width(&few) > 0.0);
        let mut pauses = MOST_PAUSES - 1;
        let hurry = live.hurry();
        assert!(!live.may_go_on(&mut pauses), "it stops when its time is up");
        drop(hurry);
        assert!(live.may_go_on(&mut pauses));
    }

    #[test]
    fn an_answer_nobody_waits_for_is_given_up() {
        let library = library();
        let offer = library.find("cambodia").expect("offered");
        let live = Live::new(1).expect("threads");
        let waiting = Waiting::default();
        let flag = Arc::clone(&waiting.0);
        drop(waiting);
        assert!(live.answer(&offer, &offer.loaded.scenario, RESIDENCE, &flag).is_err());
    }
}
