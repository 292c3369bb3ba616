//! The histories of a sample of people: what happened to each of them, month by month.

use std::collections::BinaryHeap;

use crate::engine::agent::{Conditions, bits};
use crate::engine::{Agents, Law, World};
use crate::population::Grid;
use crate::rng::{Purpose, Stream, hash};
use crate::scenario::Scenario;
use crate::units::Month;

/// Bytes of an event, and events of a person, about.
const BYTES: u64 = 24 * 12 + 64;

/// The people to follow: each of those who ever live in the country has the same chance.
///
/// So many are taken out of those who live at the start or are born later; of those who come from abroad, whose number is known
/// only when they come, the same share is. The sample depends on seed and population alone: the same persons in every member and in every
/// scenario with these people, so that histories can be compared.
#[derive(Clone, Debug)]
pub struct Sample {
    key: u64,
    /// Largest hash of those who are in.
    upto: u64,
    /// How many are in of those who live at the start or are born later.
    count: usize,
}

impl Sample {
    /// `count` persons. Cost: persons; memory: those sampled.
    #[must_use]
    pub fn new(world: &World<'_>, count: u64) -> Self {
        let seed = world.scenario.run.seed;
        let key = Stream::new(seed, Purpose::Samples, "trace").hash_key(0, 0);
        let people = crate::engine::agent::everyone(world, seed);
        let mut nearest: BinaryHeap<u64> = BinaryHeap::new();
        let mut all = 0_u64;
        for place in 0..people.place_count() {
            for slot in people.residents_ever(place) {
                all += 1;
                let hash = hash(key, slot);
                if (nearest.len() as u64) < count {
                    nearest.push(hash);
                } else if nearest.peek().is_some_and(|farthest| hash < *farthest) {
                    nearest.pop();
                    nearest.push(hash);
                }
            }
        }
        let upto = if count >= all { u64::MAX } else { nearest.peek().copied().unwrap_or(0) };
        Self { key, upto, count: if count == 0 { 0 } else { nearest.len() } }
    }

    fn has(&self, person: u64) -> bool {
        self.count > 0 && hash(self.key, person) <= self.upto
    }
}

/// Bytes that following `persons` in every member takes, about.
#[must_use]
pub fn trace_memory(scenario: &Scenario, persons: u64) -> u64 {
    let people = scenario.population.stock_at(scenario.time.start).iter().sum::<f64>() * 3.0;
    persons.min(people as u64) * u64::from(scenario.run.members.max(1)) * BYTES
}

/// What happens to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// Lives in the country when the run begins.
    Present,
    /// Is born.
    Born,
    /// Comes from abroad.
    Arrived,
    /// Moves to another household, mostly of another place.
    Moved,
    /// Begins to meet the layer's conditions of access, those of layers it requires aside.
    AccessGained,
    /// Meets them no longer.
    AccessLost,
    /// Uses the layer when the run begins.
    User,
    /// Adopts the layer.
    Adopted,
    /// Stops using it.
    Left,
    /// Dies.
    Died,
    /// Leaves the country.
    Emigrated,
}

impl Happening {
    /// Name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Happening::Present => "present",
            Happening::Born => "born",
            Happening::Arrived => "arrived",
            Happening::Moved => "moved",
            Happening::AccessGained => "access-gained",
            Happening::AccessLost => "access-lost",
            Happening::User => "user",
            Happening::Adopted => "adopted",
            Happening::Left => "left",
            Happening::Died => "died",
            Happening::Emigrated => "emigrated",
        }
    }
}

/// Something that happened to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// The person.
    pub person: u32,
    /// In which month; the month before the first for what was so when the run began.
    pub date: Month,
    /// Where: a position among the places of the population's grid.
    pub place: u16,
    /// Which layer it is about, if one.
    pub layer: Option<u8>,
    /// What.
    pub what: Happening,
}

/// Someone who is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TracedPerson {
    /// Number: the same in every scenario with these people.
    pub person: u32,
    /// Position of the sex in the population's grid.
    pub sex: usize,
    /// Month of birth, where ages are told apart.
    pub born: Option<Month>,
    /// The place where they first lived.
    pub place: u16,
    /// From when on they are followed: the month before the first, or that of birth or arrival.
    pub from: Month,
}

/// The histories of a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The cells of the population.
    pub grid: Grid,
    /// Names of layers.
    pub layers: Vec<String>,
    /// Who is followed, by number.
    pub persons: Vec<TracedPerson>,
    /// By member, what happened: by person, then in order.
    pub members: Vec<Vec<Event>>,
}

/// Someone on their way.
#[derive(Clone, Copy, Debug)]
struct Followed {
    slot: u64,
    place: usize,
    lives: bool,
    /// Layers used, and those whose conditions are met, as bits.
    uses: u64,
    access: u64,
}

/// Follows one member.
pub struct Tracer<'w> {
    world: &'w World<'w>,
    sample: &'w Sample,
    layers: usize,
    persons: Vec<TracedPerson>,
    followed: Vec<Followed>,
    /// Positions by person, by number of person.
    index: std::collections::BTreeMap<u32, usize>,
    events: Vec<Event>,
}

impl<'w> Tracer<'w> {
    /// Before the first month.
    #[must_use]
    pub fn new(world: &'w World<'w>, sample: &'w Sample, agents: &Agents<'_>, law: &Law<f64>) -> Self {
        let mut tracer = Self {
            world,
            sample,
            layers: law.layers.len(),
            persons: Vec::new(),
            followed: Vec::new(),
            index: std::collections::BTreeMap::new(),
            events: Vec::new(),
        };
        let people = agents.people();
        let conditions = agents.conditions(law, 0);
        let before = world.scenario.time.start.plus(-1);
        for word in 0..people.words() {
            for bit in bits::set(people.alive(word)) {
                let slot = (word as u64) << 6 | bit;
                if sample.has(people.person(slot)) {
                    tracer.begin(agents, slot, before, Happening::Present);
                    let person = tracer.followed.len() - 1;
                    tracer.look(agents, &conditions, person, before, true);
                }
            }
        }
        tracer
    }

    /// Takes in the month that has just ended.
    pub fn month(&mut self, agents: &Agents<'_>, law: &Law<f64>) {
        let month = agents.step() - 1;
        let date = self.world.scenario.time.start.plus(month as i32);
        let people = agents.people();
        let conditions = agents.conditions(law, month);
        for &slot in agents.born() {
            if self.sample.has(people.person(slot)) {
                self.begin(agents, slot, date, Happening::Born);
            }
        }
        for &slot in agents.arrived() {
            let person = people.person(slot);
            if !self.sample.has(person) {
                continue;
            }
            if let Some(&at) = self.index.get(&(person as u32)) {
                let place = people.place_of(slot);
                self.followed[at] = Followed { slot, place, ..self.followed[at] };
                self.tell(at, date, None, Happening::Moved);
            } else {
                self.begin(agents, slot, date, Happening::Arrived);
            }
        }
        let mut abroad: Vec<u64> = agents.gone_abroad().to_vec();
        abroad.sort_unstable();
        for at in 0..self.followed.len() {
            let followed = self.followed[at];
            if !followed.lives {
                continue;
            }
            if people.lives(followed.slot) {
                self.look(agents, &conditions, at, date, false);
            } else {
                self.followed[at].lives = false;
                let person = u64::from(self.persons[at].person);
                let abroad = abroad.binary_search(&person).is_ok();
                self.tell(at, date, None, if abroad { Happening::Emigrated } else { Happening::Died });
            }
        }
    }

    /// Begins to follow the person in a slot.
    fn begin(&mut self, agents: &Agents<'_>, slot: u64, from: Month, what: Happening) {
        let (people, grid) = (agents.people(), &self.world.demography.grid);
        let place = people.place_of(slot);
        let person = people.person(slot) as u32;
        let born = people.born(slot).map(|month| self.world.scenario.time.start.plus(month));
        let sex = people.kind(slot) / grid.ages.len().max(1);
        self.index.insert(person, self.persons.len());
        self.persons.push(TracedPerson { person, sex, born, place: place as u16, from });
        self.followed.push(Followed { slot, place, lives: true, uses: 0, access: 0 });
        self.tell(self.persons.len() - 1, from, None, what);
    }

    /// Tells what changed of someone's access and use.
    fn look(&mut self, agents: &Agents<'_>, conditions: &Conditions, at: usize, date: Month, start: bool) {
        let Followed { slot, place, uses, access, .. } = self.followed[at];
        for layer in 0..self.layers {
            let bit = 1 << layer;
            let had = access & bit != 0;
            let has = conditions.met(agents.people(), place, slot, layer);
            if has != had {
                let what = if has { Happening::AccessGained } else { Happening::AccessLost };
                self.tell(at, date, Some(layer), what);
                self.followed[at].access ^= bit;
            }
            let used = uses & bit != 0;
            if agents.uses(slot, layer) != used {
                let what = match (used, start) {
                    (true, _) => Happening::Left,
                    (false, true) => Happening::User,
                    (false, false) => Happening::Adopted,
                };
                self.tell(at, date, Some(layer), what);
                self.followed[at].uses ^= bit;
            }
        }
    }

    fn tell(&mut self, at: usize, date: Month, layer: Option<usize>, what: Happening) {
        let place = self.followed[at].place as u16;
        let event = Event { person: self.persons[at].person, date, place, layer: layer.map(|l| l as u8), what };
        self.events.push(event);
    }

    /// Who was followed, and what happened to them; both by number of person.
    #[must_use]
    pub fn finish(mut self) -> (Vec<TracedPerson>, Vec<Event>) {
        // What happened to one person in one month stays in its order.
        self.events.sort_by_key(|event| (event.person, event.date));
        self.persons.sort_by_key(|person| person.person);
        (self.persons, self.events)
    }
}
