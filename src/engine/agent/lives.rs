//! A month of the people: who dies, grows older, moves and is born.
//!
//! How many in each cell is the demography's; who it is, is drawn here, from streams that depend on the seed alone: the same people
//! in every member and scenario. The oldest of a band pass into the next one first, so growing older is a bound that moves on among
//! residents, who lie in the order of age. A person who moves gets a slot at the new place and keeps their number, and with it their
//! marks.

use std::ops::Range;

use rayon::prelude::*;

use super::bits;
use super::layout::PlaceLayout;
use super::people::People;
use super::queue::Queue;
use super::residents::{Residents, width};
use crate::engine::world::World;
use crate::rng::{Address, Draws, Stream};

/// Tries to meet someone who lives before the living are counted.
const TRIES: usize = 32;

/// Someone on the way from one place to another.
#[derive(Clone, Copy, Debug)]
struct Mover {
    person: u32,
    born: i16,
    /// Layers used, as bits.
    uses: u64,
}

/// Those who come to a place in a month, with their kinds, after so many who came before.
struct Incoming {
    before: usize,
    movers: Vec<(usize, Mover)>,
}

impl Incoming {
    fn after(before: usize) -> Self {
        Self { before, movers: Vec::new() }
    }
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

/// Whether anyone is born in month `step`.
#[must_use]
pub fn births_in(world: &World<'_>, step: usize) -> bool {
    let cells = world.demography.grid.cells();
    world.demography.births[step * cells..(step + 1) * cells].iter().any(|&births| births > 0.0)
}

impl People {
    /// Lets the month's people die, age, leave, arrive and be born. `users` holds each layer's users by word.
    pub(super) fn advance(&mut self, world: &World<'_>, step: usize, users: &mut [Vec<u64>]) -> Changes {
        let (kinds, ages) = self.kind_count();
        let (places, cells) = (self.place_count(), world.demography.grid.cells());
        let mut changes = Changes::default();
        let mut pools: Vec<Vec<Mover>> = vec![Vec::new(); kinds];
        {
            let work = self.split(users);
            let done: Vec<Departures> =
                work.into_par_iter().with_max_len(1).map(|mut place| place.depart(world, step)).collect();
            for (place, departures) in done.into_iter().enumerate() {
                for (kind, layer, change) in departures.users {
                    changes.users.push((kind * places + place, layer, change));
                }
                for (pool, movers) in pools.iter_mut().zip(departures.movers) {
                    pool.extend(movers);
                }
            }
        }
        let now = step * cells..(step + 1) * cells;
        let (arriving, births) = (&world.demography.arriving[now.clone()], &world.demography.births[now]);
        let mut incoming: Vec<Incoming> =
            (0..places).map(|place| Incoming::after(self.newcomers.come[place])).collect();
        for (kind, pool) in pools.iter_mut().enumerate() {
            let at = Address { replicate: 1, step: step as u32, entity: kind as u32 };
            let mut draws = self.stream.draws(at, 0);
            shuffle(pool, &mut draws);
            for (place, incoming) in incoming.iter_mut().enumerate() {
                for _ in 0..arriving[place * kinds + kind] as usize {
                    let slot = self.place(place).newcomer(incoming.before + incoming.movers.len());
                    let mover = pool.pop().unwrap_or_else(|| {
                        let band = &world.demography.grid.ages[kind % ages].1;
                        let age = band.from + width(band) * crate::rng::unit32(draws.word());
                        Mover { person: slot as u32, born: (step as i32 - (age * 12.0) as i32) as i16, uses: 0 }
                    });
                    incoming.movers.push((kind, mover));
                    changes.arrived.push(slot);
                }
            }
            changes.abroad.extend(pool.iter().map(|mover| u64::from(mover.person)));
        }
        for (place, incoming) in incoming.iter().enumerate() {
            self.newcomers.come[place] += incoming.movers.len();
            for sex in 0..self.residents[place].len() {
                let (first, from) =
                    (self.place(place).residents(sex).start, self.residents[place][sex].so_far() as u64);
                let born = births[place * kinds + sex * ages] as u64;
                changes.born.extend(first + from..first + from + born);
            }
        }
        let work: Vec<(PlacePeople<'_>, Incoming)> = self.split(users).into_iter().zip(incoming).collect();
        let done: Vec<Vec<(usize, usize, i64)>> = work
            .into_par_iter()
            .with_max_len(1)
            .map(|(mut place, incoming)| {
                let births = &births[place.number * kinds..(place.number + 1) * kinds];
                place.receive(&incoming, births)
            })
            .collect();
        for (place, arrived) in done.into_iter().enumerate() {
            changes
                .users
                .extend(arrived.into_iter().map(|(kind, layer, change)| (kind * places + place, layer, change)));
        }
        changes
    }

    /// Every place with what is its own, to be worked on at once.
    fn split<'p>(&'p mut self, users: &'p mut [Vec<u64>]) -> Vec<PlacePeople<'p>> {
        let (kinds, ages) = self.kind_count();
        let counts: Vec<(usize, usize)> =
            self.layouts().iter().map(|layout| (layout.word_range().len(), layout.newcomers())).collect();
        let mut users: Vec<&mut [u64]> = users.iter_mut().map(Vec::as_mut_slice).collect();
        let (layouts, parts) = self.parts();
        let (mut alive, mut of_newcomers) = (parts.alive, &mut parts.newcomers.kinds[..]);
        let (mut persons, mut born) = (&mut parts.newcomers.persons[..], &mut parts.newcomers.born[..]);
        let mut work = Vec::with_capacity(layouts.len());
        let each = layouts.iter().zip(parts.residents).zip(&mut parts.newcomers.queues);
        for (number, ((layout, residents), queues)) in each.enumerate() {
            let (words, newcomers) = counts[number];
            work.push(PlacePeople {
                number,
                layout,
                kinds,
                ages,
                alive: alive.split_off_mut(..words).expect("each place's words"),
                users: users.iter_mut().map(|users| users.split_off_mut(..words).expect("as many words")).collect(),
                residents,
                newcomers: of_newcomers.split_off_mut(..newcomers).expect("each place's newcomers"),
                persons: persons.split_off_mut(..newcomers).expect("as many newcomers"),
                born: born.split_off_mut(..newcomers).expect("as many newcomers"),
                queues,
                stream: parts.stream,
            });
        }
        work
    }
}

fn shuffle(pool: &mut [Mover], draws: &mut Draws) {
    for i in (1..pool.len()).rev() {
        let j = ((u128::from(draws.pair()) * (i as u128 + 1)) >> 64) as usize;
        pool.swap(i, j);
    }
}

/// One place's people. Bits and newcomers are counted from its first.
struct PlacePeople<'p> {
    number: usize,
    layout: &'p PlaceLayout,
    kinds: usize,
    ages: usize,
    alive: &'p mut [u64],
    /// By layer.
    users: Vec<&'p mut [u64]>,
    residents: &'p mut [Residents],
    /// (Sex, age) positions of the newcomers, their numbers as persons, and their months of birth.
    newcomers: &'p mut [u8],
    persons: &'p mut [u32],
    born: &'p mut [i16],
    queues: &'p mut [Queue],
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
        let first = step * demography.grid.cells() + self.number * self.kinds;
        let row = |flows: &[f64], kind: usize| flows[first + kind] as usize;
        let mut change = vec![0_i64; self.kinds * self.users.len()];
        let mut departures = Departures { users: Vec::new(), movers: vec![Vec::new(); self.kinds] };
        for sex in 0..self.residents.len() {
            let mut end = self.residents[sex].so_far();
            let mut grown: Vec<(i16, Vec<u32>)> = Vec::new();
            for age in 0..self.ages {
                let kind = sex * self.ages + age;
                let at = Address { replicate: 0, step: step as u32, entity: (self.number * self.kinds + kind) as u32 };
                let mut draws = self.stream.draws(at, 0);
                let start = self.residents[sex].start(age);
                let dead = self.take(kind, start..end, row(&demography.deaths, kind), &mut draws);
                self.forget(&dead, kind, &mut change, |_, _| ());
                let ageing = if age + 1 < self.ages { row(&demography.ageing, kind) } else { 0 };
                let (next, older) = self.oldest(kind, start..end, ageing, &mut change);
                let gone = self.take(kind, next..end, row(&demography.leaving, kind), &mut draws);
                let movers = &mut departures.movers[kind];
                movers.extend(gone.iter().map(|&slot| self.person(sex, slot)));
                self.forget(&gone, kind, &mut change, |i, layer| movers[i].uses |= 1 << layer);
                for (born, slots) in grown {
                    for &slot in &slots {
                        if let Some(number) = self.newcomer(slot) {
                            self.newcomers[number] = kind as u8;
                        }
                    }
                    self.queues[kind].append(born, slots);
                }
                self.residents[sex].begin(age, next);
                (grown, end) = (older, start);
            }
        }
        departures.users = self.changed(&change);
        departures
    }

    /// Lets people in: those who come from elsewhere, and those who are born, by kind.
    fn receive(&mut self, incoming: &Incoming, births: &[f64]) -> Vec<(usize, usize, i64)> {
        let layers = self.users.len();
        let mut change = vec![0_i64; self.kinds * layers];
        for (number, &(kind, mover)) in (incoming.before..).zip(&incoming.movers) {
            let slot = self.layout.newcomer(number) as u32;
            let bit = self.bit(slot);
            self.alive[bit >> 6] |= 1 << (bit & 63);
            self.newcomers[number] = kind as u8;
            self.persons[number] = mover.person;
            self.born[number] = mover.born;
            self.queues[kind].push(mover.born, slot);
            for layer in bits::set(mover.uses) {
                self.users[layer as usize][bit >> 6] |= 1 << (bit & 63);
                change[kind * layers + layer as usize] += 1;
            }
        }
        for sex in 0..self.residents.len() {
            let first = self.first(sex);
            let from = self.residents[sex].so_far();
            self.residents[sex].bear(births[sex * self.ages] as usize);
            for (word, mask) in bits::words_of(first + from..first + self.residents[sex].so_far()) {
                self.alive[word] |= mask;
            }
        }
        self.changed(&change)
    }

    /// The changes of users by kind and layer that are not 0.
    fn changed(&self, change: &[i64]) -> Vec<(usize, usize, i64)> {
        let layers = self.users.len().max(1);
        let some = change.iter().enumerate().filter(|(_, change)| **change != 0);
        some.map(|(at, &change)| (at / layers, at % layers, change)).collect()
    }

    /// The first bit of the residents of a sex.
    fn first(&self, sex: usize) -> usize {
        (self.layout.residents(sex).start as usize) - (self.layout.word_range().start << 6)
    }

    /// The bit of a slot.
    fn bit(&self, slot: u32) -> usize {
        slot as usize - (self.layout.word_range().start << 6)
    }

    fn slot(&self, bit: usize) -> u32 {
        (bit + (self.layout.word_range().start << 6)) as u32
    }

    fn lives(&self, slot: u32) -> bool {
        let bit = self.bit(slot);
        self.alive[bit >> 6] >> (bit & 63) & 1 == 1
    }

    /// The number among the place's newcomers, if `slot` is one's.
    fn newcomer(&self, slot: u32) -> Option<usize> {
        u64::from(slot).checked_sub(self.layout.first_newcomer_slot()).map(|number| number as usize)
    }

    /// A person as one who moves, before it is known what they use.
    fn person(&self, sex: usize, slot: u32) -> Mover {
        let (person, born) = match self.newcomer(slot) {
            Some(number) => (self.persons[number], self.born[number]),
            None if self.ages == 1 => (slot, 0),
            None => (slot, self.residents[sex].born(self.bit(slot) - self.first(sex)) as i16),
        };
        Mover { person, born, uses: 0 }
    }

    /// Takes `count` people of a kind out of those who live, any of them as likely as any other, or as many as there are: of its residents,
    /// whose numbers are given, and its newcomers. First all are drawn, then looked at: they lie anywhere in memory.
    fn take(&mut self, kind: usize, residents: Range<usize>, count: usize, draws: &mut Draws) -> Vec<u32> {
        let mut taken = Vec::with_capacity(count);
        if residents.is_empty() && self.queues[kind].len() == 0 {
            return taken;
        }
        taken.extend((0..count).map(|_| self.draw(kind, residents.clone(), draws)));
        let lives: Vec<bool> = taken.iter().map(|&slot| self.lives(slot)).collect();
        let mut kept = 0;
        for i in 0..count {
            // Someone may have been drawn twice.
            let found = if lives[i] && self.lives(taken[i]) {
                Some(taken[i])
            } else {
                self.pick(kind, residents.clone(), draws)
            };
            let Some(slot) = found else { break };
            let bit = self.bit(slot);
            self.alive[bit >> 6] &= !(1 << (bit & 63));
            taken[kept] = slot;
            kept += 1;
        }
        taken.truncate(kept);
        taken
    }

    /// Anyone of a kind, living or not.
    fn draw(&self, kind: usize, residents: Range<usize>, draws: &mut Draws) -> u32 {
        let all = (residents.len() + self.queues[kind].len()) as u64;
        let index = ((u64::from(draws.word()) * all) >> 32) as usize;
        let resident = self.slot(self.first(kind / self.ages) + residents.start + index.min(residents.len()));
        index.checked_sub(residents.len()).and_then(|newcomer| self.queues[kind].get(newcomer)).unwrap_or(resident)
    }

    /// Anyone living of a kind, each as likely as the other: of its residents, whose numbers are given, and its newcomers; `None`
    /// when nobody is left.
    fn pick(&mut self, kind: usize, residents: Range<usize>, draws: &mut Draws) -> Option<u32> {
        if residents.is_empty() && self.queues[kind].len() == 0 {
            return None;
        }
        for _ in 0..TRIES {
            let slot = self.draw(kind, residents.clone(), draws);
            if self.lives(slot) {
                return Some(slot);
            }
        }
        let first = self.first(kind / self.ages);
        // Most of them are gone: among those who are left, by number.
        let mut queue = std::mem::take(&mut self.queues[kind]);
        queue.retain(|slot| self.lives(slot));
        self.queues[kind] = queue;
        let bits = first + residents.start..first + residents.end;
        let living = bits::count(self.alive, bits.clone());
        let left = living + self.queues[kind].len();
        if left == 0 {
            return None;
        }
        let index = ((u64::from(draws.word()) * left as u64) >> 32) as usize;
        match index.checked_sub(living) {
            None => bits::select(self.alive, bits, index).map(|bit| self.slot(bit)),
            Some(newcomer) => self.queues[kind].get(newcomer),
        }
    }

    /// Takes the oldest `count` of a kind, or as many as there are, out of it and into the next older one: the number of the first
    /// resident who stays, and the newcomers who go.
    fn oldest(
        &mut self,
        kind: usize,
        residents: Range<usize>,
        count: usize,
        change: &mut [i64],
    ) -> (usize, Vec<(i16, Vec<u32>)>) {
        let (sex, layers) = (kind / self.ages, self.users.len());
        let first = self.first(sex);
        let (mut at, mut left, mut grown) = (residents.start, count, Vec::new());
        while left > 0 {
            // First the residents who are older than the oldest newcomers.
            let month = self.queues[kind].first_month();
            let older = month.map_or(residents.end, |month| self.residents[sex].born_by(i32::from(month) - 1));
            let older = older.min(residents.end).max(at);
            let living = bits::count(self.alive, first + at..first + older);
            if living >= left {
                let last = bits::select(self.alive, first + at..first + older, left - 1);
                at = last.map_or(older, |last| last + 1 - first);
                break;
            }
            (at, left) = (older, left - living);
            let Some((born, mut slots)) = self.queues[kind].pop_month() else { break };
            slots.retain(|&slot| self.lives(slot));
            let stay = slots.split_off(left.min(slots.len()));
            self.queues[kind].append_first(born, stay);
            left -= slots.len();
            for layer in 0..layers {
                let users = &self.users[layer];
                let uses =
                    slots.iter().map(|&slot| self.bit(slot)).map(|bit| (users[bit >> 6] >> (bit & 63) & 1) as i64);
                let uses: i64 = uses.sum();
                change[kind * layers + layer] -= uses;
                change[(kind + 1) * layers + layer] += uses;
            }
            grown.push((born, slots));
        }
        for layer in 0..layers {
            let uses = bits::count(self.users[layer], first + residents.start..first + at) as i64;
            change[kind * layers + layer] -= uses;
            if uses > 0 {
                change[(kind + 1) * layers + layer] += uses;
            }
        }
        (at, grown)
    }

    /// Those who are gone use nothing any more; `used` is told of each that they used: whose, by position, and which layer.
    fn forget(&mut self, gone: &[u32], kind: usize, change: &mut [i64], mut used: impl FnMut(usize, usize)) {
        let (start, layers) = (self.layout.word_range().start << 6, self.users.len());
        for (layer, users) in self.users.iter_mut().enumerate() {
            for (i, &slot) in gone.iter().enumerate() {
                let bit = slot as usize - start;
                if users[bit >> 6] >> (bit & 63) & 1 == 1 {
                    users[bit >> 6] &= !(1 << (bit & 63));
                    change[kind * layers + layer] -= 1;
                    used(i, layer);
                }
            }
        }
    }
}
