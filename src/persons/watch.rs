//! Who first adopts when, and how long they had waited: one month after the other.
//!
//! A month is seen by comparing words of 64 users before and after it. What is kept of people is kept by slot, and moves with
//! them when they move.

use rayon::prelude::*;

use super::groups::Division;
use super::waiting::Waiting;
use crate::engine::agent::{Conditions, bits};
use crate::engine::{Agents, Law};

/// Words of a task.
const TASK: usize = 256;
/// Bytes kept for each slot and layer: three bits, and when waiting began.
pub const BYTES: f64 = 4.0 + 3.0 / 8.0;

/// What is known of everyone.
pub struct Watch {
    months: usize,
    month: usize,
    layers: usize,
    /// Who lived when the last month ended.
    lived: Vec<u64>,
    /// `[word * layers + layer]`: users then; those who ever used it; those who have access and wait.
    used: Vec<u64>,
    ever: Vec<u64>,
    waits: Vec<u64>,
    /// Since when they wait, and in which cell they began to: `[(word * layers + layer) * 64 + bit]`, month and cell in two bytes each.
    since: Vec<u32>,
    seen: Vec<SeenLayer>,
}

/// What was seen of a layer, by group.
pub struct SeenLayer {
    /// `[group][1 + month]`.
    pub firsts: Vec<Vec<u64>>,
    /// By group.
    pub waiting: Vec<Waiting>,
}

/// Something that happened to one person.
#[derive(Clone, Copy)]
struct Seen {
    layer: usize,
    /// The cell of a first adoption.
    first: Option<usize>,
    /// The cell in which waiting began and its months, if it ended, and whether in adoption.
    waited: Option<(usize, usize, bool)>,
}

/// The words of a task.
struct Slice<'s> {
    place: usize,
    first: usize,
    lived: &'s mut [u64],
    used: &'s mut [u64],
    ever: &'s mut [u64],
    waits: &'s mut [u64],
    since: &'s mut [u32],
}

/// What a month is looked at with.
struct Look<'a> {
    agents: &'a Agents<'a>,
    law: &'a Law<f64>,
    division: &'a Division,
    conditions: Conditions,
    month: usize,
}

fn pack(month: usize, cell: usize) -> u32 {
    (month as u32) << 16 | cell as u32
}

fn unpack(since: u32) -> (usize, usize) {
    ((since >> 16) as usize, (since & 0xffff) as usize)
}

impl Watch {
    /// Before the first month. Those who use a layer already count as adopters before it.
    pub fn new(agents: &Agents<'_>, law: &Law<f64>, division: &Division, months: usize) -> Self {
        let (words, layers) = (agents.people().words(), law.layers.len());
        let used: Vec<u64> =
            (0..words).flat_map(|word| (0..layers).map(move |layer| agents.users_of_word(word, layer))).collect();
        let groups = division.groups.len();
        let mut watch = Self {
            months,
            month: 0,
            layers,
            lived: (0..words).map(|word| agents.people().alive(word)).collect(),
            ever: used.clone(),
            used,
            waits: vec![0; words * layers],
            since: vec![0; words * layers * 64],
            seen: (0..layers)
                .map(|_| SeenLayer {
                    firsts: vec![vec![0; months + 1]; groups],
                    waiting: vec![Waiting::new(months); groups],
                })
                .collect(),
        };
        for (layer, seen) in watch.seen.iter_mut().enumerate() {
            let users = super::groups::count(agents, division, |word, _| [agents.users_of_word(word, layer)]);
            for (firsts, [users]) in seen.firsts.iter_mut().zip(users) {
                firsts[0] = users;
            }
        }
        watch
    }

    /// Takes in the month that has just ended.
    pub fn month(&mut self, agents: &Agents<'_>, law: &Law<f64>, division: &Division) {
        let month = self.month;
        let look = Look { agents, law, division, conditions: agents.conditions(law, month), month };
        let mut found = Vec::new();
        self.follow_movers(&look, &mut found);
        let slices = self.slices(agents);
        let seen: Vec<Vec<Seen>> = slices.into_par_iter().map(|slice| slice.month(&look)).collect();
        for seen in seen.iter().chain([&found]).flatten() {
            self.count(seen, division);
        }
        self.month += 1;
    }

    /// Lets what is known of those who moved go with them.
    fn follow_movers(&mut self, look: &Look<'_>, found: &mut Vec<Seen>) {
        let people = look.agents.people();
        if look.agents.arrived().is_empty() {
            return;
        }
        let mut gone: Vec<(u64, u64)> = Vec::new();
        for (word, &lived) in self.lived.iter().enumerate() {
            for bit in bits::set(lived & !people.alive(word)) {
                let slot = (word as u64) << 6 | bit;
                gone.push((people.person(slot), slot));
            }
        }
        gone.sort_unstable();
        for &slot in look.agents.arrived() {
            let person = people.person(slot);
            let Ok(at) = gone.binary_search_by_key(&person, |known| known.0) else { continue };
            let (from, old) = ((gone[at].1 >> 6) as usize, gone[at].1 & 63);
            let (to, new) = ((slot >> 6) as usize, slot & 63);
            let place = people.place_of(slot);
            for layer in 0..self.layers {
                let (from, to) = (from * self.layers + layer, to * self.layers + layer);
                self.used[to] |= (self.used[from] >> old & 1) << new;
                self.ever[to] |= (self.ever[from] >> old & 1) << new;
                if self.waits[from] >> old & 1 == 0 {
                    continue;
                }
                self.waits[from] &= !(1 << old);
                let since = self.since[from * 64 + old as usize];
                if look.conditions.met(people, place, slot, layer) {
                    self.waits[to] |= 1 << new;
                    self.since[to * 64 + new as usize] = since;
                } else {
                    let (began, cell) = unpack(since);
                    found.push(Seen { layer, first: None, waited: Some((cell, look.month - began, false)) });
                }
            }
        }
    }

    /// Everything kept, in pieces of one place each.
    fn slices(&mut self, agents: &Agents<'_>) -> Vec<Slice<'_>> {
        let (people, layers) = (agents.people(), self.layers);
        let (mut lived, mut used, mut ever) = (&mut self.lived[..], &mut self.used[..], &mut self.ever[..]);
        let (mut waits, mut since) = (&mut self.waits[..], &mut self.since[..]);
        let mut slices = Vec::new();
        for place in 0..people.place_count() {
            let range = people.words_of(place);
            for first in range.clone().step_by(TASK) {
                let words = TASK.min(range.end - first);
                slices.push(Slice {
                    place,
                    first,
                    lived: lived.split_off_mut(..words).expect("a piece of each place's words"),
                    used: used.split_off_mut(..words * layers).expect("as many words of each layer"),
                    ever: ever.split_off_mut(..words * layers).expect("as many words of each layer"),
                    waits: waits.split_off_mut(..words * layers).expect("as many words of each layer"),
                    since: since.split_off_mut(..words * layers * 64).expect("64 people to a word"),
                });
            }
        }
        slices
    }

    fn count(&mut self, seen: &Seen, division: &Division) {
        let layer = &mut self.seen[seen.layer];
        if let Some(cell) = seen.first {
            for &group in division.of_cell(cell) {
                layer.firsts[group][self.month + 1] += 1;
            }
        }
        if let Some((cell, months, adopted)) = seen.waited {
            for &group in division.of_cell(cell) {
                let waiting = &mut layer.waiting[group];
                let spells = if adopted { &mut waiting.adopted } else { &mut waiting.ended };
                spells[months] += 1;
            }
        }
    }

    /// Ends with those who still wait.
    pub fn finish(mut self, division: &Division) -> Vec<SeenLayer> {
        for (at, &waits) in self.waits.iter().enumerate() {
            for bit in bits::set(waits) {
                let (began, cell) = unpack(self.since[at * 64 + bit as usize]);
                for &group in division.of_cell(cell) {
                    self.seen[at % self.layers].waiting[group].ended[self.months - began] += 1;
                }
            }
        }
        self.seen
    }
}

impl Slice<'_> {
    /// What the month brought to the people of these words.
    fn month(self, look: &Look<'_>) -> Vec<Seen> {
        let (people, layers, month) = (look.agents.people(), look.law.layers.len(), look.month);
        let fell: Vec<bool> = look.law.layers.iter().map(|layer| layer.access_falls(month, self.place)).collect();
        let mut found = Vec::new();
        for (i, lived) in self.lived.iter_mut().enumerate() {
            let word = self.first + i;
            let slot = |bit: usize| (word as u64) << 6 | bit as u64;
            let cell = |bit: usize| look.division.cell(self.place, people.kind(slot(bit)));
            let alive = people.alive(word);
            *lived = alive;
            let used = &mut self.used[i * layers..(i + 1) * layers];
            for (l, law) in look.law.layers.iter().enumerate() {
                let at = i * layers + l;
                let now = look.agents.users_of_word(word, l);
                if month < law.launch {
                    continue;
                }
                let held = |held: u64, &r: &usize| held & used[r] & look.agents.users_of_word(word, r);
                let open = law.requires.iter().fold(alive & !used[l] & !self.ever[at], held);
                let new = now & !used[l] & !self.ever[at] & alive;
                let since = &mut self.since[at * 64..(at + 1) * 64];
                let mut waits = self.waits[at];
                let met = |bit: usize| look.conditions.met(people, self.place, slot(bit), l);
                let mut lost = waits & !open & !new;
                if fell[l] {
                    each(waits & !lost & !new, |bit| lost |= u64::from(!met(bit)) << bit);
                }
                each(lost, |bit| {
                    let (began, cell) = unpack(since[bit]);
                    found.push(Seen { layer: l, first: None, waited: Some((cell, month - began, false)) });
                });
                waits &= !lost;
                let may = open & !waits & !lost & look.agents.may_have_access(word, l) | new & !waits;
                each(may, |bit| {
                    if new >> bit & 1 == 1 || met(bit) {
                        waits |= 1 << bit;
                        since[bit] = pack(month, cell(bit));
                    }
                });
                each(new, |bit| {
                    let (began, from) = unpack(since[bit]);
                    found.push(Seen { layer: l, first: Some(cell(bit)), waited: Some((from, month - began, true)) });
                });
                self.waits[at] = waits & !new;
                self.ever[at] |= new;
            }
            for (l, used) in used.iter_mut().enumerate() {
                *used = look.agents.users_of_word(word, l);
            }
        }
        found
    }
}

fn each(mask: u64, act: impl FnMut(usize)) {
    bits::set(mask).map(|bit| bit as usize).for_each(act);
}
