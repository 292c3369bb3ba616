//! Who lives where: one slot for everyone who ever lives at a place, and the demography's flows person by person.
//!
//! How many die, age, move and are born in each cell and month is the demography's; who it is, is drawn here, from streams
//! that depend on the seed alone: the same people in every member and scenario. The oldest of a band pass into the next
//! one first. A person who moves gets a slot at the new place and keeps their number, and with it their marks.

use rayon::prelude::*;

use super::layout::{Demand, PlaceLayout};
use crate::engine::world::World;
use crate::rng::{Address, Draws, Purpose, Stream};
use crate::scenario::{Households, Network};

/// Width in years that an open age band is taken to have.
const OPEN_BAND: f64 = 20.0;

/// Everyone, by slot. A slot is `word * 64 + bit`.
#[derive(Clone, Debug)]
pub struct People {
    places: Vec<PlaceLayout>,
    /// First words of the places, and the number of words.
    firsts: Vec<usize>,
    kinds: usize,
    /// Living people; empty when every place is full up to its last word, `tails`.
    alive: Vec<u64>,
    tails: Vec<u64>,
    /// (Sex, age) position by slot; empty when there is one.
    kind: Vec<u8>,
    /// Month of birth, counted from the start of the run; empty when ages are not told apart.
    born: Vec<i16>,
    /// Numbers of persons in newcomers' slots.
    newcomers: Vec<u32>,
    /// By place and kind: slots from the oldest to the youngest, some of them left. Empty when nothing changes.
    queues: Vec<Vec<Queue>>,
    /// Residents and newcomers so far, by place.
    filled: Vec<[usize; 2]>,
    stream: Stream,
}

/// Slots of the people of a cell in the order of age; those who died or left stay until they are passed.
#[derive(Clone, Debug, Default)]
struct Queue {
    slots: std::collections::VecDeque<u32>,
}

/// Someone on the way from one place to another.
#[derive(Clone, Copy, Debug)]
struct Mover {
    person: u32,
    born: i16,
    /// Layers used, as bits.
    uses: u64,
}

/// What a month's moves change.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Changes of the number of users: (cell in the engine's order, layer, change).
    pub users: Vec<(usize, usize, i64)>,
    /// Slots of those who arrived.
    pub arrived: Vec<u64>,
    /// Slots of those who were born.
    pub born: Vec<u64>,
    /// Persons who left the country.
    pub abroad: Vec<u64>,
}

impl People {
    /// Everyone before the first month.
    #[must_use]
    pub fn new(world: &World<'_>, seed: u64) -> Self {
        let demography = &world.demography;
        let grid = &demography.grid;
        let (places, kinds, cells) = (grid.places(), grid.cells_per_place(), grid.cells());
        let households = Households::default();
        let (sizes, social) = match &world.scenario.network {
            Network::Households(own) => (&own.sizes, true),
            _ => (&households.sizes, false),
        };
        let changing = changes(world);
        let sequential = !(changing || social && kinds > 1);
        let total = |flows: &[f64], place: usize| -> usize {
            flows
                .chunks_exact(cells.max(1))
                .map(|row| row[place * kinds..(place + 1) * kinds].iter().sum::<f64>())
                .sum::<f64>() as usize
        };
        let mut layouts = Vec::with_capacity(places);
        let (mut first, mut first_newcomer) = (0, 0);
        for place in 0..places {
            let demand = Demand {
                initial: total(&demography.people[..cells], place),
                births: total(&demography.births, place),
                newcomers: total(&demography.arriving, place),
            };
            let layout = PlaceLayout::new((place, first, first_newcomer), demand, sequential, sizes, seed);
            first = layout.word_range().end;
            first_newcomer += layout.newcomers();
            layouts.push(layout);
        }
        let slots = first * 64;
        let ages = grid.ages.len();
        let mut people = Self {
            firsts: layouts.iter().map(|l| l.word_range().start).chain([first]).collect(),
            kinds,
            alive: if sequential { Vec::new() } else { vec![0; first] },
            tails: layouts.iter().map(|l| tail(l.initial())).collect(),
            kind: if kinds > 1 { vec![0; slots] } else { Vec::new() },
            born: if ages > 1 { vec![0; slots] } else { Vec::new() },
            newcomers: vec![u32::MAX; first_newcomer],
            queues: if changing { vec![vec![Queue::default(); kinds]; places] } else { Vec::new() },
            filled: layouts.iter().map(|l| [l.initial(), 0]).collect(),
            stream: Stream::new(seed, Purpose::Lives, ""),
            places: layouts,
        };
        if !(sequential && kinds == 1) {
            people.settle(world);
        }
        people
    }

    /// Puts the people of the start into their slots: bands from the oldest on, sexes mixed.
    fn settle(&mut self, world: &World<'_>) {
        let grid = &world.demography.grid;
        let ages = grid.ages.len();
        for place in 0..self.places.len() {
            let mut next = 0;
            for band in (0..ages).rev() {
                let of = |sex: usize| world.demography.people[place * self.kinds + sex * ages + band] as usize;
                let counts: Vec<usize> = (0..grid.sexes.len()).map(of).collect();
                let (all, range) = (counts.iter().sum::<usize>(), &grid.ages[band].1);
                let width = if range.to.is_finite() { range.to - range.from } else { OPEN_BAND };
                let mut done = vec![0_usize; counts.len()];
                for i in 0..all {
                    // The sex that is furthest behind its share.
                    let behind = |sex: &usize| counts[*sex] as i64 * (i as i64 + 1) - done[*sex] as i64 * all as i64;
                    let sex = (0..counts.len()).filter(|&sex| done[sex] < counts[sex]).max_by_key(behind).unwrap_or(0);
                    done[sex] += 1;
                    let age = range.from + width * (1.0 - (i as f64 + 0.5) / all as f64);
                    let slot = self.places[place].resident(next);
                    next += 1;
                    self.enter(place, slot, sex * ages + band, -((age * 12.0) as i32) - 1);
                }
            }
        }
    }

    /// Someone begins to live in `slot`.
    fn enter(&mut self, place: usize, slot: u64, kind: usize, born: i32) {
        if !self.alive.is_empty() {
            self.alive[(slot >> 6) as usize] |= 1 << (slot & 63);
        }
        if !self.kind.is_empty() {
            self.kind[slot as usize] = kind as u8;
        }
        if !self.born.is_empty() {
            self.born[slot as usize] = born as i16;
        }
        if let Some(queues) = self.queues.get_mut(place) {
            queues[kind].slots.push_back(slot as u32);
        }
    }

    /// Words, of 64 slots each.
    #[must_use]
    pub fn words(&self) -> usize {
        self.firsts.last().copied().unwrap_or(0)
    }

    /// Number of places.
    #[must_use]
    pub fn place_count(&self) -> usize {
        self.places.len()
    }

    /// The slots of a place.
    #[inline]
    #[must_use]
    pub(super) fn place(&self, place: usize) -> &PlaceLayout {
        &self.places[place]
    }

    /// The slots of a place: a first word and those that follow.
    #[must_use]
    pub fn words_of(&self, place: usize) -> std::ops::Range<usize> {
        self.places[place].word_range()
    }

    /// The slot of resident number `index` of a place: those who live there at the start, then those born there.
    #[must_use]
    pub fn resident(&self, place: usize, index: usize) -> u64 {
        self.places[place].resident(index)
    }

    /// How many residents of a place there have been so far.
    #[must_use]
    pub fn residents(&self, place: usize) -> usize {
        self.filled[place][0]
    }

    /// The place that a slot belongs to.
    #[inline]
    #[must_use]
    pub fn place_of(&self, slot: u64) -> usize {
        let word = (slot >> 6) as usize;
        if self.places.len() == 1 { 0 } else { self.firsts.partition_point(|&first| first <= word) - 1 }
    }

    /// The living people of a word.
    #[inline(always)]
    #[must_use]
    pub fn alive(&self, word: usize) -> u64 {
        match self.alive.get(word) {
            Some(&alive) => alive,
            None => self.full(word),
        }
    }

    /// The living people of some words.
    #[inline(always)]
    pub fn living(&self, words: std::ops::Range<usize>, into: &mut [u64]) {
        match self.alive.get(words.clone()) {
            Some(alive) => into.copy_from_slice(alive),
            None => into.iter_mut().zip(words).for_each(|(into, word)| *into = self.full(word)),
        }
    }

    /// The people of a word of a population that fills its words.
    #[inline(always)]
    fn full(&self, word: usize) -> u64 {
        if word + 1 == self.words() {
            return self.tails.last().copied().unwrap_or(0);
        }
        if self.places.len() == 1 {
            return !0;
        }
        let place = self.place_of((word as u64) << 6);
        if word + 1 == self.places[place].word_range().end { self.tails[place] } else { !0 }
    }

    /// Whether someone lives in `slot`.
    #[inline]
    #[must_use]
    pub fn lives(&self, slot: u64) -> bool {
        let word = (slot >> 6) as usize;
        word < self.words() && self.alive(word) >> (slot & 63) & 1 == 1
    }

    /// (Sex, age) position of the person in `slot`.
    #[inline(always)]
    #[must_use]
    pub fn kind(&self, slot: u64) -> usize {
        self.kind.get(slot as usize).map_or(0, |&kind| usize::from(kind))
    }

    /// Whether the person in `slot` was born by `month`, counted from the start of the run; where ages are not told apart, yes.
    #[inline]
    #[must_use]
    pub fn born_by(&self, slot: u64, month: i32) -> bool {
        self.born.get(slot as usize).is_none_or(|&born| i32::from(born) <= month)
    }

    /// Whether every slot holds someone who lives, up to the last of its place.
    #[must_use]
    pub fn all_live(&self) -> bool {
        self.alive.is_empty()
    }

    /// Whether ages are told apart.
    #[must_use]
    pub fn ages_known(&self) -> bool {
        !self.born.is_empty()
    }

    /// Month of birth of the person in `slot`, counted from the start of the run, where ages are told apart.
    #[must_use]
    pub fn born(&self, slot: u64) -> Option<i32> {
        self.born.get(slot as usize).map(|&born| i32::from(born))
    }

    /// The number of the person in `slot`: the slot in which they first lived.
    #[inline]
    #[must_use]
    pub fn person(&self, slot: u64) -> u64 {
        if self.newcomers.is_empty() { slot } else { self.person_at(self.place_of(slot), slot) }
    }

    /// As [`People::person`], for a slot of `place`.
    #[inline(always)]
    #[must_use]
    pub fn person_at(&self, place: usize, slot: u64) -> u64 {
        match self.places[place].newcomer_number(slot) {
            Some(number) if self.newcomers[number] != u32::MAX => u64::from(self.newcomers[number]),
            _ => slot,
        }
    }

    /// The numbers of the persons of a word of `place`; a slot that is still free has its own number.
    #[inline(always)]
    pub fn persons_of_word(&self, place: usize, word: usize, persons: &mut [u64; 64]) {
        let first = (word as u64) << 6;
        for (bit, person) in (0..).zip(persons.iter_mut()) {
            *person = first + bit;
        }
        let Some(number) = self.places[place].newcomer_number(first | 63) else { return };
        let count = self.places[place].newcomers_in_word();
        let newcomers = &self.newcomers[number + 1 - count..=number];
        for (person, &newcomer) in persons[64 - count..].iter_mut().zip(newcomers) {
            if newcomer != u32::MAX {
                *person = u64::from(newcomer);
            }
        }
    }

    /// Months of birth by slot of a word, where ages are told apart.
    #[inline(always)]
    #[must_use]
    pub fn born_in_word(&self, word: usize) -> Option<&[i16]> {
        self.born.get(word << 6..(word + 1) << 6)
    }

    /// Lets the month's people die, age, leave, arrive and be born. `users` holds the layers' users, `layers` to a word.
    pub(super) fn advance(&mut self, world: &World<'_>, step: usize, users: &mut [u64], layers: usize) -> Changes {
        let (kinds, places) = (self.kinds, self.places.len());
        let mut changes = Changes::default();
        let mut pools: Vec<Vec<Mover>> = vec![Vec::new(); kinds];
        {
            let work = self.split(users, layers);
            let done: Vec<Departures> = work.into_par_iter().map(|mut place| place.depart(world, step)).collect();
            for (place, departures) in done.into_iter().enumerate() {
                for (kind, layer, change) in departures.users {
                    changes.users.push((kind * places + place, layer, change));
                }
                for (pool, movers) in pools.iter_mut().zip(departures.movers) {
                    pool.extend(movers);
                }
            }
        }
        let cells = world.demography.grid.cells();
        let now = step * cells..(step + 1) * cells;
        let (arriving, births) = (&world.demography.arriving[now.clone()], &world.demography.births[now]);
        let ages = world.demography.grid.ages.len();
        for (kind, pool) in pools.iter_mut().enumerate() {
            let at = Address { replicate: 1, step: step as u32, entity: kind as u32 };
            let mut draws = self.stream.draws(at, 0);
            shuffle(pool, &mut draws);
            for place in 0..places {
                for _ in 0..arriving[place * kinds + kind] as usize {
                    let slot = self.places[place].newcomer(self.filled[place][1]);
                    self.filled[place][1] += 1;
                    let mover = pool.pop().unwrap_or_else(|| {
                        let band = &world.demography.grid.ages[kind % ages].1;
                        let width = if band.to.is_finite() { band.to - band.from } else { OPEN_BAND };
                        let age = band.from + width * crate::rng::unit32(draws.word());
                        Mover { person: slot as u32, born: (step as i32 - (age * 12.0) as i32) as i16, uses: 0 }
                    });
                    self.arrive(place, slot, kind, mover);
                    let word = (slot >> 6) as usize * layers;
                    for layer in (0..layers).filter(|layer| mover.uses >> layer & 1 == 1) {
                        users[word + layer] |= 1 << (slot & 63);
                        changes.users.push((kind * places + place, layer, 1));
                    }
                    changes.arrived.push(slot);
                }
            }
            changes.abroad.extend(pool.iter().map(|mover| u64::from(mover.person)));
        }
        for place in 0..places {
            for kind in 0..kinds {
                for _ in 0..births[place * kinds + kind] as usize {
                    let slot = self.places[place].resident(self.filled[place][0]);
                    self.filled[place][0] += 1;
                    self.enter(place, slot, kind, step as i32);
                    changes.born.push(slot);
                }
            }
        }
        changes
    }

    fn arrive(&mut self, place: usize, slot: u64, kind: usize, mover: Mover) {
        if let Some(number) = self.places[place].newcomer_number(slot) {
            self.newcomers[number] = mover.person;
        }
        self.enter(place, slot, kind, i32::from(mover.born));
    }

    /// Every place with what is its own, to be worked on at once.
    fn split<'p>(&'p mut self, users: &'p mut [u64], layers: usize) -> Vec<PlacePeople<'p>> {
        let (kinds, stream) = (self.kinds, self.stream);
        let (mut alive, mut kind, mut users) = (&mut self.alive[..], &mut self.kind[..], users);
        let (born, newcomers, places) = (&self.born, &self.newcomers, &self.places);
        let mut work = Vec::with_capacity(places.len());
        for ((number, layout), queues) in places.iter().enumerate().zip(&mut self.queues) {
            let words = layout.word_range().len();
            let (own_alive, rest) = alive.split_at_mut(words);
            alive = rest;
            let (own_kind, rest) = kind.split_at_mut(if kinds > 1 { words * 64 } else { 0 });
            kind = rest;
            let (own_users, rest) = users.split_at_mut(words * layers);
            users = rest;
            work.push(PlacePeople {
                number,
                layout,
                kinds,
                layers,
                alive: own_alive,
                kind: own_kind,
                users: own_users,
                queues,
                born,
                newcomers,
                stream,
            });
        }
        work
    }
}

/// Whether anyone is born in month `step`.
#[must_use]
pub fn births_in(world: &World<'_>, step: usize) -> bool {
    let cells = world.demography.grid.cells();
    world.demography.births[step * cells..(step + 1) * cells].iter().any(|&births| births > 0.0)
}

/// Whether anyone is born, dies, ages or moves.
fn changes(world: &World<'_>) -> bool {
    world.rates.changing.iter().any(|&changing| changing) || world.demography.births.iter().any(|&births| births > 0.0)
}

/// The bits of the last word of `people` people.
fn tail(people: usize) -> u64 {
    match people % 64 {
        0 => !0,
        some => (1 << some) - 1,
    }
}

fn shuffle(pool: &mut [Mover], draws: &mut Draws) {
    for i in (1..pool.len()).rev() {
        let j = ((u128::from(draws.pair()) * (i as u128 + 1)) >> 64) as usize;
        pool.swap(i, j);
    }
}

/// One place's people.
struct PlacePeople<'p> {
    number: usize,
    layout: &'p PlaceLayout,
    kinds: usize,
    layers: usize,
    alive: &'p mut [u64],
    kind: &'p mut [u8],
    users: &'p mut [u64],
    queues: &'p mut [Queue],
    born: &'p [i16],
    newcomers: &'p [u32],
    stream: Stream,
}

/// Who left a place, and the change of users by (kind, layer).
struct Departures {
    users: Vec<(usize, usize, i64)>,
    movers: Vec<Vec<Mover>>,
}

impl PlacePeople<'_> {
    fn depart(&mut self, world: &World<'_>, step: usize) -> Departures {
        let demography = &world.demography;
        let (kinds, ages) = (self.kinds, demography.grid.ages.len());
        let first = step * demography.grid.cells() + self.number * kinds;
        let row = |flows: &[f64], kind: usize| flows[first + kind] as usize;
        let mut change = vec![0_i64; kinds * self.layers];
        let mut departures = Departures { users: Vec::new(), movers: vec![Vec::new(); kinds] };
        let mut older: Vec<u32> = Vec::new();
        for kind in 0..kinds {
            if kind % ages == 0 {
                older.clear();
            }
            let at = Address { replicate: 0, step: step as u32, entity: (self.number * kinds + kind) as u32 };
            let mut draws = self.stream.draws(at, 0);
            for _ in 0..row(&demography.deaths, kind) {
                let Some(slot) = self.pick(kind, &mut draws) else { break };
                self.go(slot, kind, &mut change);
            }
            let ageing = row(&demography.ageing, kind);
            let mut next = Vec::with_capacity(ageing);
            while next.len() < ageing {
                let Some(slot) = self.queues[kind].slots.pop_front() else { break };
                if self.lives(slot) {
                    next.push(slot);
                }
            }
            for _ in 0..row(&demography.leaving, kind) {
                let Some(slot) = self.pick(kind, &mut draws) else { break };
                let person = self.person(slot);
                let born = self.born.get(slot as usize).copied().unwrap_or(0);
                let uses = self.go(slot, kind, &mut change);
                departures.movers[kind].push(Mover { person, born, uses });
            }
            for &slot in &older {
                let local = slot as usize - (self.layout.word_range().start << 6);
                self.kind[local] = kind as u8;
                let (word, bit) = (local >> 6, local & 63);
                for layer in 0..self.layers {
                    if self.users[word * self.layers + layer] >> bit & 1 == 1 {
                        change[(kind - 1) * self.layers + layer] -= 1;
                        change[kind * self.layers + layer] += 1;
                    }
                }
            }
            self.queues[kind].slots.extend(older.drain(..));
            older = next;
            self.tidy(kind);
        }
        departures.users = change
            .into_iter()
            .enumerate()
            .filter(|(_, change)| *change != 0)
            .map(|(at, change)| (at / self.layers.max(1), at % self.layers.max(1), change))
            .collect();
        departures
    }

    fn lives(&self, slot: u32) -> bool {
        let local = slot as usize - (self.layout.word_range().start << 6);
        self.alive[local >> 6] >> (local & 63) & 1 == 1
    }

    fn person(&self, slot: u32) -> u32 {
        match self.layout.newcomer_number(u64::from(slot)).map(|number| self.newcomers[number]) {
            Some(person) if person != u32::MAX => person,
            _ => slot,
        }
    }

    /// Anyone living of a kind, each as likely as the other; `None` when nobody is left.
    fn pick(&self, kind: usize, draws: &mut Draws) -> Option<u32> {
        let slots = &self.queues[kind].slots;
        if slots.is_empty() {
            return None;
        }
        for _ in 0..100_000 {
            let index = (u64::from(draws.word()) * slots.len() as u64) >> 32;
            let slot = slots[index as usize];
            if self.lives(slot) {
                return Some(slot);
            }
        }
        slots.iter().copied().find(|&slot| self.lives(slot))
    }

    /// Someone goes for good; the layers they used.
    fn go(&mut self, slot: u32, kind: usize, change: &mut [i64]) -> u64 {
        let local = slot as usize - (self.layout.word_range().start << 6);
        let (word, bit) = (local >> 6, local & 63);
        self.alive[word] &= !(1 << bit);
        let mut uses = 0;
        for layer in 0..self.layers {
            let users = &mut self.users[word * self.layers + layer];
            if *users >> bit & 1 == 1 {
                *users &= !(1 << bit);
                uses |= 1 << layer;
                change[kind * self.layers + layer] -= 1;
            }
        }
        uses
    }

    /// Forgets those who are gone once they are most of a queue.
    fn tidy(&mut self, kind: usize) {
        let start = self.layout.word_range().start << 6;
        let alive = &self.alive;
        let lives = |slot: &u32| {
            let local = *slot as usize - start;
            alive[local >> 6] >> (local & 63) & 1 == 1
        };
        let slots = &mut self.queues[kind].slots;
        // Looked at every few years is enough: the share of those gone grows slowly.
        let sample = slots.iter().step_by(slots.len() / 64 + 1).filter(|slot| !lives(slot)).count();
        if sample > 32 {
            slots.retain(lives);
        }
    }
}
