//! The agent engine: every person, on a network of ties.
//!
//! A person is a bit: 64 of them make a word, and a layer's users are a word of each 64 people. People lie in the order of age, of each
//! sex and place (`layout`, `residents`), so a hazard or an age limit is found out once for thousands. In each month:
//!
//! 1. people die, age, leave, arrive and are born, one by one, in the numbers that the demography has fixed (`lives`); who
//!    moves takes their marks and their use with them;
//! 2. what people see is what there is now: users after the moves, before anyone leaves or adopts (a synchronous model);
//! 3. leaving: with a required layer, by loss of access, by discontinuance;
//! 4. adoption: those who have the required layers and access and did not use or stop;
//! 5. what the month leaves behind: person-years of use, incidents.
//!
//! What may happen to people in a month are arrivals (`arrivals`): points laid at random along the people and the hazard, some
//! for adopting and some for leaving. An arrival below a person's innovation hazard makes them adopt; one below innovation plus
//! imitation makes them look at ONE contact, drawn at random, and adopt if that contact is a user. That is adoption with probability
//! `1 - exp(-(p + q s))`, `s` being the share of users among the contacts, and it costs something only when something may come
//! of it. A user with an arrival below the hazard of leaving leaves. Whoever has one there does not adopt in the same month whatever
//! the scenario, which is made up for in the others' heights (`rules`): so, where hazards are
//! small, a policy that only helps makes nobody leave.
//!
//! A month is worked out for some ten thousand people at once, in stages (`month`, `leaving`, `adopting`; `ring` for people who are all alike): who may have an
//! arrival, who has, who may look, at whom (`contacts`, `homes`, `search`), what they see. Each stage runs through a list without a guess, so that
//! wide registers and many looks at memory at once are put to use. All random numbers are keyed by what they are for, so the results are the same bits for any number of threads, and
//! people whom a policy does not reach have the same history with and without it.
//!
//! Start from [`Agents`].

mod adopting;
mod ahead;
mod arrivals;
pub mod bits;
mod contacts;
mod homes;
mod layout;
mod leaving;
mod lives;
mod month;
mod people;
mod queue;
mod residents;
mod ring;
mod room;
mod rules;
mod search;
mod society;

pub use people::People;
pub use society::{Society, society};

use std::sync::Arc;

use rayon::prelude::*;

use super::binomial;
use super::law::Law;
use super::record::Recorder;
use super::world::World;
use crate::adoption::hazard::per_step;
use crate::network::Level;
use crate::rng::{Address, Purpose, Stream, hash};
use crate::scenario::Scenario;
use crate::units::{Month, STEP_YEARS};
use contacts::{Contacts, Levels};
use lives::Changes;
use month::{Keys, Pass, Tally};
use room::Rooms;
use rules::{Access, Marks, Rules};

/// Months for which it is found out at once who may have access.
const YEAR: usize = 12;
/// Most layers of one scenario: a person's use of all of them is kept in one word when they move.
pub const MOST_LAYERS: usize = 64;
/// Most (sex, age) positions.
pub const MOST_KINDS: usize = 256;

/// Where adopters got it from: outside influence, or a contact of a [`Level`].
pub const CAUSES: usize = 1 + Level::EVERY.len();

/// Slots that one member has, about, and whether its people are always the same.
fn slots(scenario: &Scenario) -> (f64, bool) {
    let tables = &scenario.population;
    let people = |month: Month| tables.stock_at(month).iter().sum::<f64>();
    let (start, months) = (scenario.time.start, scenario.time.months());
    let first = people(start.plus(-1));
    // Everyone who ever lives in a place has a slot there: births, and moves of half as many people as live at the start, are a guess
    // that holds for Cambodia.
    let none = |events: &[(i32, f64)]| events.iter().all(|event| event.1 == 0.0);
    let still = tables.grid.ages.len() == 1 && none(&tables.births) && none(&tables.deaths);
    let constant = still && tables.stocks.iter().all(|stock| stock.1 == tables.stocks[0].1);
    let years = months as f64 / 12.0;
    (if constant { first } else { first * (1.0 + 0.03 * years) + 0.35 * first }, constant)
}

/// Bytes that one member takes, about: known before anything is worked out.
#[must_use]
pub fn memory(scenario: &Scenario) -> u64 {
    let (slots, constant) = slots(scenario);
    let layers = scenario.layers.len() as f64;
    // Users now and at the end of the month, a bit each; who may have access and who surely has, where there are conditions.
    let users = layers * 0.25;
    let conditions = |access: &crate::scenario::Access| {
        !access.shares.is_empty() || access.affordability.is_some() || access.ceiling.is_some()
    };
    let asked = scenario.layers.iter().filter(|layer| conditions(&layer.access)).count() as f64 * 0.25;
    // One in seven is a newcomer, of whom more is kept.
    let lives = if constant && scenario.population.grid.cells_per_place() == 1 { 0.0 } else { 0.125 };
    let newcomers = if constant { 0.0 } else { 2.0 };
    (slots * (users + asked + lives + newcomers)) as u64
}

/// Bytes that something kept for everyone takes, of so many bytes each.
#[must_use]
pub fn memory_for_everyone(scenario: &Scenario, bytes: f64) -> u64 {
    (slots(scenario).0 * bytes) as u64
}

/// The people that a run begins with, before anyone is a user. Cost and memory: persons.
#[must_use]
pub fn everyone(world: &World<'_>, seed: u64) -> People {
    People::new(world, seed)
}

/// One member on its way, person by person. A clone goes on as the original would.
#[derive(Clone)]
pub struct Agents<'a> {
    world: &'a World<'a>,
    seed: u64,
    member: u32,
    /// Months simulated.
    step: usize,
    people: People,
    /// Who arrived, was born or left the country in the last month.
    changes: Changes,
    contacts: Arc<Contacts>,
    rooms: Arc<Rooms>,
    /// Users by layer and word, now and (while a month is worked out) at its end.
    users: Vec<Vec<u64>>,
    next: Vec<Vec<u64>>,
    /// By layer, those who may have access in the months up to `able_until`, and those who have in all of them; empty where everyone has.
    able: Vec<Vec<u64>>,
    sure: Vec<Vec<u64>>,
    able_until: usize,
    /// What access asks for in those months, `[layer][place]`; empty where it is asked of nobody.
    ahead: Vec<Vec<Access>>,
    layers: Vec<LayerCounts>,
    marks: Arc<Marks>,
    streams: Vec<Stream>,
    incidents: Stream,
}

/// One layer's numbers by cell, in the engine's order.
#[derive(Clone, Debug)]
struct LayerCounts {
    users: Vec<f64>,
    adopted: Vec<f64>,
    left: Vec<f64>,
    use_years: Vec<f64>,
    incidents: Vec<f64>,
    /// Adoptions since the start of the run by place and cause.
    causes: Vec<[u64; CAUSES]>,
    active: bool,
}

/// What everyone's access asks for in one month.
#[derive(Clone, Debug)]
pub struct Conditions {
    layers: usize,
    /// `[place * layers + layer]`.
    every: Vec<Access>,
}

impl Conditions {
    fn at(&self, place: usize, layer: usize) -> &Access {
        &self.every[place * self.layers + layer]
    }

    /// Whether the person in `slot` of `place` meets those of `layer`, age included. Layers that it requires are not asked for.
    #[inline]
    #[must_use]
    pub fn met(&self, people: &People, place: usize, slot: u64, layer: usize) -> bool {
        let access = self.at(place, layer);
        people.born_by(slot, access.born_by) && access.admits(people.person_at(place, slot))
    }
}

impl<'a> Agents<'a> {
    /// Member `member` under `seed`, before the first month. Cost and memory: persons.
    #[must_use]
    pub fn new(world: &'a World<'a>, law: &Law<f64>, seed: u64, member: u32) -> Self {
        let layers = law.layers.len();
        let people = People::new(world, seed);
        let contacts = Arc::new(Contacts::new(world, &people, seed));
        let cells = world.demography.grid.cells();
        let zeros = || vec![0.0; cells];
        let counts = |crime: bool| LayerCounts {
            users: zeros(),
            adopted: zeros(),
            left: zeros(),
            use_years: zeros(),
            incidents: if crime { zeros() } else { Vec::new() },
            causes: vec![[0; CAUSES]; world.demography.grid.places()],
            active: false,
        };
        let words = people.words();
        let mut agents = Self {
            world,
            seed,
            member,
            step: 0,
            contacts,
            rooms: Arc::default(),
            users: vec![vec![0; words]; layers],
            next: vec![vec![0; words]; layers],
            able: vec![Vec::new(); layers],
            sure: vec![Vec::new(); layers],
            able_until: 0,
            ahead: vec![Vec::new(); layers],
            layers: law.layers.iter().map(|layer| counts(layer.incidents.is_some())).collect(),
            marks: Arc::new(Marks::new(world.scenario, seed)),
            streams: world
                .scenario
                .layers
                .iter()
                .map(|layer| Stream::new(seed, Purpose::Persons, &layer.name))
                .collect(),
            incidents: Stream::new(seed, Purpose::Persons, "incidents of cybercrime"),
            changes: Changes::default(),
            people,
        };
        agents.initialise(law);
        agents
    }

    /// Simulates up to, and not including, month `end` of the run, under `law`.
    pub fn run_to(&mut self, end: usize, law: &Law<f64>, recorder: &mut Recorder<'_, f64>) {
        self.run_watched(end, law, recorder, |_| {});
    }

    /// As [`Agents::run_to`], with `watch` called at the end of each month. It sees people as they are and changes nothing.
    pub fn run_watched(
        &mut self,
        end: usize,
        law: &Law<f64>,
        recorder: &mut Recorder<'_, f64>,
        mut watch: impl FnMut(&Self),
    ) {
        // Another law may let others have access.
        self.able_until = self.step;
        while self.step < end {
            self.month(law);
            if let Some(date) = recorder.report().date_of(self.step) {
                self.report(law, date, recorder);
            }
            self.step += 1;
            watch(self);
        }
    }

    /// Months simulated.
    #[must_use]
    pub fn step(&self) -> usize {
        self.step
    }

    /// The people and their places.
    #[must_use]
    pub fn people(&self) -> &People {
        &self.people
    }

    /// Whom people look at.
    #[must_use]
    pub fn contacts(&self) -> &Contacts {
        &self.contacts
    }

    /// Whether the person in `slot` uses `layer`.
    #[inline]
    #[must_use]
    pub fn uses(&self, slot: u64, layer: usize) -> bool {
        self.users[layer][(slot >> 6) as usize] >> (slot & 63) & 1 == 1
    }

    /// Users of `layer` among the 64 people of a word.
    #[must_use]
    pub fn users_of_word(&self, word: usize, layer: usize) -> u64 {
        self.users[layer][word]
    }

    /// Adoptions of `layer` since the start, by what made people adopt: outside influence, then contacts of each [`Level`].
    #[must_use]
    pub fn causes(&self, layer: usize) -> [u64; CAUSES] {
        let add = |sum: [u64; CAUSES], more: &[u64; CAUSES]| std::array::from_fn(|cause| sum[cause] + more[cause]);
        self.layers[layer].causes.iter().fold([0; CAUSES], add)
    }

    /// The same by place, in the order of places.
    #[must_use]
    pub fn causes_by_place(&self, layer: usize) -> &[[u64; CAUSES]] {
        &self.layers[layer].causes
    }

    /// Slots of those who came to a place in the last month, from another place or from abroad.
    #[must_use]
    pub fn arrived(&self) -> &[u64] {
        &self.changes.arrived
    }

    /// Slots of those who were born in the last month.
    #[must_use]
    pub fn born(&self) -> &[u64] {
        &self.changes.born
    }

    /// Persons who left the country in the last month, in no particular order.
    #[must_use]
    pub fn gone_abroad(&self) -> &[u64] {
        &self.changes.abroad
    }

    /// Among the 64 people of a word, those who may have access to `layer` in this month, and perhaps some more: nobody else has.
    #[must_use]
    pub fn may_have_access(&self, word: usize, layer: usize) -> u64 {
        self.able[layer].get(word).copied().unwrap_or(!0)
    }

    /// The conditions of access in month `month`. Cost: places x layers.
    #[must_use]
    pub fn conditions(&self, law: &Law<f64>, month: usize) -> Conditions {
        let places = 0..self.people.place_count();
        let of = |place| law.layers.iter().enumerate().map(move |(l, layer)| (place, l, layer));
        let every = places.flat_map(of).map(|(place, l, layer)| rules::access(layer, &self.marks, l, month, place));
        Conditions { layers: law.layers.len(), every: every.collect() }
    }

    /// Whether the person in `slot` meets every condition of access to `layer` in month `month`, age included.
    #[must_use]
    pub fn has_access(&self, law: &Law<f64>, slot: u64, layer: usize, month: usize) -> bool {
        let place = self.people.place_of(slot);
        let rules = rules::access(&law.layers[layer], &self.marks, layer, month, place);
        rules.admits(self.people.person(slot)) && self.people.born_by(slot, rules.born_by)
    }

    fn initialise(&mut self, law: &Law<f64>) {
        let kinds = self.world.demography.grid.cells_per_place();
        let places = self.world.demography.grid.places();
        for (l, layer) in law.layers.iter().enumerate() {
            if layer.launch > 0 || layer.initial <= 0.0 {
                continue;
            }
            let key = Stream::new(self.seed, Purpose::Initial, &self.world.scenario.layers[l].name);
            let key = key.hash_key(self.member, 0);
            for place in 0..places {
                let access = rules::access(layer, &self.marks, l, 0, place);
                let range = self.people.place(place).word_range();
                let people = &self.people;
                let (required, rest) = self.users.split_at_mut(l);
                let add: Vec<u64> = rest[0][range.clone()]
                    .par_chunks_mut(512)
                    .enumerate()
                    .map(|(chunk, words)| {
                        let mut found = vec![0_u64; kinds];
                        for (i, users) in words.iter_mut().enumerate() {
                            let word = range.start + chunk * 512 + i;
                            let able =
                                layer.requires.iter().fold(people.alive(word), |able, &r| able & required[r][word]);
                            for bit in bits::set(able) {
                                let slot = (word as u64) << 6 | bit;
                                let person = people.person(slot);
                                if crate::rng::unit53(hash(key, person)) < layer.initial
                                    && access.admits(person)
                                    && people.born_by(slot, access.born_by)
                                {
                                    *users |= 1 << (slot & 63);
                                    found[people.kind(slot)] += 1;
                                }
                            }
                        }
                        found
                    })
                    .reduce(|| vec![0; kinds], |a, b| a.iter().zip(&b).map(|(a, b)| a + b).collect());
                for (kind, add) in add.into_iter().enumerate() {
                    self.layers[l].users[kind * places + place] += add as f64;
                }
            }
            self.layers[l].active = self.layers[l].users.iter().any(|&users| users > 0.0);
        }
    }

    fn month(&mut self, law: &Law<f64>) {
        let step = self.step;
        for (layer, counts) in law.layers.iter().zip(&mut self.layers) {
            counts.active = counts.active || layer.can_start(step);
        }
        self.move_people(law);
        if self.able_until <= step {
            self.look_ahead(law);
        }
        let active: Vec<bool> = self.layers.iter().map(|layer| layer.active).collect();
        if active.iter().any(|&active| active) {
            let rules = Rules::new((self.world, &self.people), law, &self.marks, step, &active);
            let keys = |stream: &Stream| Keys::new(stream.hash_key(self.member, step as u32));
            let pass = Pass {
                rules: &rules,
                people: &self.people,
                able: &self.able,
                sure: &self.sure,
                contacts: &self.contacts,
                levels: Levels::new(law.contacts(step)),
                users: &self.users,
                keys: self.streams.iter().map(keys).collect(),
                rooms: &self.rooms,
            };
            let tallies = pass.run(&mut self.next);
            std::mem::swap(&mut self.users, &mut self.next);
            self.count(&tallies);
        }
        self.account(law);
    }

    /// Finds, for the next year, who may have access to each layer: most who have not need not be looked at month by month.
    fn look_ahead(&mut self, law: &Law<f64>) {
        let until = (self.step + YEAR).min(self.world.demography.months);
        self.able_until = until;
        for (l, layer) in law.layers.iter().enumerate() {
            // Who is too young is told by where they lie.
            if layer.conditions.is_empty() || until <= layer.launch {
                continue;
            }
            let (able, sure) = (&mut self.able[l], &mut self.sure[l]);
            able.resize(self.people.words(), 0);
            sure.resize(self.people.words(), 0);
            let access = |place| rules::access_within(layer, &self.marks, l, self.step..until, place);
            self.ahead[l] = (0..self.people.place_count()).map(access).collect();
            for (place, access) in self.ahead[l].iter().enumerate() {
                let words = self.people.place(place).word_range();
                ahead::look(&self.people, place, access, &mut able[words.clone()], &mut sure[words]);
            }
        }
    }

    /// Deaths, ageing, moves and births; users go and come with people.
    fn move_people(&mut self, law: &Law<f64>) {
        if !self.world.rates.changing[self.step] && !lives::births_in(self.world, self.step) {
            self.changes = Changes::default();
            return;
        }
        let places = self.world.demography.grid.places();
        let changes = self.people.advance(self.world, self.step, &mut self.users);
        for &(cell, layer, change) in &changes.users {
            self.layers[layer].users[cell] += change as f64;
        }
        // Where the year was looked ahead, those who have come since are asked as well.
        for (l, layer) in law.layers.iter().enumerate().filter(|(l, _)| !self.ahead[*l].is_empty()) {
            // The newborn are too young for years, where age matters.
            let young = if layer.min_age < 1.0 || !self.people.ages_known() { &changes.born[..] } else { &[] };
            for &slot in changes.arrived.iter().chain(young) {
                let (place, word, bit) = (self.people.place_of(slot), (slot >> 6) as usize, slot & 63);
                let access = &self.ahead[l][place];
                let [once, always] = access.admits_in(self.people.person_at(place, slot));
                let old_enough = self.people.born_by(slot, access.born_by);
                self.able[l][word] |= u64::from(once && old_enough) << bit;
                self.sure[l][word] |= u64::from(always) << bit;
            }
        }
        // Who arrives where access is less wide stops at once.
        let conditions = if changes.arrived.is_empty() { None } else { Some(self.conditions(law, self.step)) };
        for &slot in &changes.arrived {
            let (word, bit) = ((slot >> 6) as usize, slot & 63);
            let Some(conditions) = conditions.as_ref().filter(|_| self.users.iter().any(|u| u[word] >> bit & 1 == 1))
            else {
                continue;
            };
            let (place, person) = (self.people.place_of(slot), self.people.person(slot));
            let cell = self.people.kind(slot) * places + place;
            for (l, layer) in law.layers.iter().enumerate() {
                let required = layer.requires.iter().all(|&r| self.users[r][word] >> bit & 1 == 1);
                if self.users[l][word] >> bit & 1 == 1 && !(required && conditions.at(place, l).admits(person)) {
                    self.users[l][word] &= !(1 << bit);
                    self.layers[l].users[cell] -= 1.0;
                    self.layers[l].left[cell] += 1.0;
                }
            }
        }
        self.changes = changes;
    }

    /// Adds up who adopted and who left.
    fn count(&mut self, tallies: &[Tally]) {
        let places = self.world.demography.grid.places();
        let kinds = self.world.demography.grid.cells_per_place();
        for tally in tallies {
            for (l, layer) in self.layers.iter_mut().enumerate() {
                for kind in 0..kinds {
                    let [adopted, left] = tally.flows[l * kinds + kind];
                    if adopted == 0 && left == 0 {
                        continue;
                    }
                    let cell = kind * places + tally.place;
                    layer.adopted[cell] += f64::from(adopted);
                    layer.left[cell] += f64::from(left);
                    layer.users[cell] += f64::from(adopted) - f64::from(left);
                }
                for (sum, &more) in layer.causes[tally.place].iter_mut().zip(&tally.causes[l]) {
                    *sum += u64::from(more);
                }
            }
        }
    }

    /// Person-years of use and incidents of the month.
    fn account(&mut self, law: &Law<f64>) {
        let places = self.world.demography.grid.places();
        for (layer, counts) in law.layers.iter().zip(&mut self.layers).filter(|(_, counts)| counts.active) {
            for (cell, (years, &users)) in counts.use_years.iter_mut().zip(&counts.users).enumerate() {
                *years += users * (1.0 - layer.suspended(self.step, cell % places)) * STEP_YEARS;
            }
            let Some(rates) = &layer.incidents else { continue };
            let rates = rates.row(self.step);
            for (cell, (incidents, &users)) in counts.incidents.iter_mut().zip(&counts.users).enumerate() {
                let place = cell % places;
                let hazard = per_step(rates[place]) * (1.0 - layer.suspended(self.step, place));
                if users > 0.0 && hazard > 0.0 {
                    let at = Address { replicate: self.member, step: self.step as u32, entity: cell as u32 };
                    let word = self.incidents.block(at, 0)[0];
                    *incidents += binomial::events(users, hazard, word, || self.incidents.draws(at, 1));
                }
            }
        }
    }

    /// Hands the numbers of a reported date over, and begins to count anew.
    fn report(&mut self, law: &Law<f64>, date: usize, recorder: &mut Recorder<'_, f64>) {
        let places = self.world.demography.grid.places();
        for (l, (counts, law)) in self.layers.iter_mut().zip(&law.layers).enumerate() {
            if !counts.active {
                continue;
            }
            let mut users = counts.users.clone();
            for place in (0..places).filter(|&place| law.suspended(self.step, place) >= 1.0) {
                // Nobody uses a layer that is suspended for the whole month.
                users.iter_mut().skip(place).step_by(places).for_each(|users| *users = 0.0);
            }
            let measures: [&[f64]; 5] = [&users, &counts.adopted, &counts.left, &counts.use_years, &counts.incidents];
            recorder.add(l, date, measures);
            for flow in [&mut counts.adopted, &mut counts.left, &mut counts.use_years, &mut counts.incidents] {
                flow.fill(0.0);
            }
        }
    }
}
