//! One month's pass over the people: who leaves (`leaving`), who adopts (`adopting`).

use std::ops::{Range, RangeInclusive};

use rayon::prelude::*;

use super::CAUSES;
use super::arrivals::{BLOCK_WORDS, SHARED};
use super::bits;
use super::contacts::{Contacts, Levels};
use super::people::People;
use super::room::{PART_PEOPLE, PART_WORDS, Room, Rooms};
use super::rules::{LayerRule, Rules};
use crate::rng::hash;

/// Blocks of a task on a plain ring: enough to be worth handing out, and more where there are many.
const BLOCKS: RangeInclusive<usize> = 2..=4;
/// Tasks for each thread, where there are so many blocks: few enough people in each to be shared evenly.
const TASKS: usize = 4;

/// What a month's pass reads.
pub struct Pass<'a> {
    pub rules: &'a Rules,
    pub people: &'a People,
    /// By layer, those who may have access, and those who have whatever the month; empty where everyone has.
    pub able: &'a [Vec<u64>],
    pub sure: &'a [Vec<u64>],
    pub contacts: &'a Contacts,
    pub levels: Levels,
    /// Users when the month begins, by layer and word.
    pub users: &'a [Vec<u64>],
    /// Keys of the month's arrivals, by layer.
    pub keys: Vec<Keys>,
    pub rooms: &'a Rooms,
}

/// Keys of a month's arrivals: those that blocks share, and those of single people.
#[derive(Clone, Copy, Debug)]
pub struct Keys {
    pub leaving: [u64; 2],
    pub adopting: [u64; 2],
}

impl Keys {
    /// The keys made from one.
    pub fn new(key: u64) -> Self {
        let two = |first: u64| [hash(key, first), hash(key, first + 1)];
        Self { leaving: two(1), adopting: two(3) }
    }
}

/// Who adopted and who left in a task's words.
#[derive(Clone, Debug)]
pub struct Tally {
    pub place: usize,
    /// `[layer * kinds + kind]`: adopted, left.
    pub flows: Vec<[u32; 2]>,
    /// Adopters by cause, by layer.
    pub causes: Vec<[u32; CAUSES]>,
}

/// Some words of one place, and where their users at the end of the month go.
struct Task<'n> {
    place: usize,
    first: usize,
    /// By layer.
    next: Vec<&'n mut [u64]>,
}

impl Pass<'_> {
    /// Works out the users at the end of the month. The same for any number of threads.
    pub fn run(&self, next: &mut [Vec<u64>]) -> Vec<Tally> {
        let layers = self.rules.layers();
        let most = if self.is_plain_ring() {
            let blocks = self.people.words() / BLOCK_WORDS / (TASKS * rayon::current_num_threads());
            blocks.clamp(*BLOCKS.start(), *BLOCKS.end()) * BLOCK_WORDS
        } else {
            PART_WORDS
        };
        let mut tasks = Vec::new();
        let mut rest: Vec<&mut [u64]> = next.iter_mut().map(Vec::as_mut_slice).collect();
        for place in 0..self.people.place_count() {
            let range = self.people.place(place).word_range();
            let mut first = range.start;
            while first < range.end {
                let end = ((first / most + 1) * most).min(range.end);
                let own = rest.iter_mut().map(|rest| rest.split_off_mut(..end - first).expect("each place's words"));
                tasks.push(Task { place, first, next: own.collect() });
                first = end;
            }
        }
        let arch = pulp::Arch::new();
        tasks
            .into_par_iter()
            // Tasks take different times: halves of all would not.
            .with_max_len(1)
            .map(|task| {
                let mut room = self.rooms.take(layers);
                let tally = arch.dispatch(TaskOf { pass: self, task, room: &mut room });
                self.rooms.give_back(room);
                tally
            })
            .collect()
    }

    /// Whether everyone is alike, and looks at ties of a ring.
    fn is_plain_ring(&self) -> bool {
        self.rules.layers() == 1
            && self.rules.kinds == 1
            && self.people.place_count() == 1
            && self.contacts.ring().is_some()
            && self.people.all_live()
            && !self.rules.hidden[0]
            && self.rules.at(0)[0].access.open_to_all()
            && self.rules.at(0)[0].most_adopting <= self.rules.shared[0]
            && self.rules.at(0)[0].most_leaving <= SHARED
    }
}

/// A task as work for the widest registers that the processor has; the results are the same bits on any.
struct TaskOf<'p, 'a, 'n> {
    pass: &'p Pass<'a>,
    task: Task<'n>,
    room: &'p mut Room,
}

impl pulp::NullaryFnOnce for TaskOf<'_, '_, '_> {
    type Output = Tally;

    #[inline(always)]
    fn call(self) -> Tally {
        let Self { pass, task: Task { place, first, mut next }, room } = self;
        let (layers, kinds) = (pass.rules.layers(), pass.rules.kinds);
        let mut tally = Tally { place, flows: vec![[0; 2]; layers * kinds], causes: vec![[0; CAUSES]; layers] };
        let rules = pass.rules.at(place);
        let plain = pass.is_plain_ring();
        let end = first + next.first().map_or(0, |next| next.len());
        let mut from = first;
        while from < end {
            let size = if plain { BLOCK_WORDS } else { PART_WORDS };
            let origin = from / size * size;
            let words = from..(origin + size).min(end);
            for ((next, users), _) in next.iter_mut().zip(pass.users).zip(rules).filter(|(_, rule)| rule.active) {
                next[from - first..words.end - first].copy_from_slice(&users[words.clone()]);
            }
            let within = from - first;
            from = words.end;
            let mut people = Part { pass, rules, place, origin, words, within, tally: &mut tally, room };
            if plain {
                people.on_plain_ring(&mut next[0][within..from - first]);
            } else {
                people.month(&mut next);
            }
        }
        tally
    }
}

/// The people of a part (of one block, where everyone is alike) who live at one place.
pub(super) struct Part<'p, 'a, 't> {
    pub pass: &'p Pass<'a>,
    pub rules: &'p [LayerRule],
    pub place: usize,
    /// First word of the part.
    pub origin: usize,
    /// The words of the part that belong to the place, and where they begin among the task's.
    pub words: Range<usize>,
    pub within: usize,
    pub tally: &'t mut Tally,
    pub room: &'t mut Room,
}

impl Part<'_, '_, '_> {
    /// First slot of the part.
    #[inline(always)]
    pub fn base(&self) -> u64 {
        (self.origin as u64) << 6
    }

    /// Number of its first block.
    #[inline(always)]
    pub fn number(&self) -> usize {
        self.origin / BLOCK_WORDS
    }

    /// The blocks with words of the place, counted from the part's first.
    #[inline(always)]
    pub fn blocks(&self) -> Range<usize> {
        self.own().start / BLOCK_WORDS..self.own().end.div_ceil(BLOCK_WORDS)
    }

    /// Where the people of word `word` of the part are among the task's words.
    #[inline(always)]
    pub fn index(&self, word: usize) -> usize {
        self.within + self.origin + word - self.words.start
    }

    /// The words of the part that belong to the place, counted from the part's first.
    #[inline(always)]
    pub fn own(&self) -> Range<usize> {
        self.words.start - self.origin..self.words.end - self.origin
    }

    #[inline(always)]
    fn month(&mut self, next: &mut [&mut [u64]]) {
        let layers = self.pass.rules.layers();
        self.room.living = [0; PART_WORDS];
        let own = self.own();
        self.pass.people.living(self.words.clone(), &mut self.room.living[own]);
        if self.room.living.iter().all(|&living| living == 0) {
            return;
        }
        if self.pass.rules.kinds > 1 {
            self.pass.people.kinds_of(self.place, self.words.clone(), self.origin, &mut self.room.kinds);
        }
        for l in 0..layers {
            self.leave(l, next);
        }
        for l in (0..layers).rev() {
            self.adopt(l, next);
        }
    }

    /// Finds who uses a layer and who may adopt it; whether there are any of each.
    #[inline(always)]
    pub fn look_over(&mut self, l: usize) -> (bool, bool) {
        let (pass, rule, own) = (self.pass, &self.rules[l], self.own());
        let Room { using, open, .. } = &mut *self.room;
        *using = [0; PART_WORDS];
        open[l] = [0; PART_WORDS];
        if !rule.active {
            return (false, false);
        }
        let users = &pass.users[l][self.words.clone()];
        using[own.clone()].copy_from_slice(users);
        let any_using = users.iter().fold(0, |any, users| any | users);
        if self.most_adopting(l) <= 0.0 {
            return (any_using != 0, false);
        }
        let Room { open, living, .. } = &mut *self.room;
        let open = &mut open[l][own.clone()];
        for ((open, using), living) in open.iter_mut().zip(users).zip(&living[own.clone()]) {
            *open = living & !using;
        }
        for &required in &pass.rules.requires[l] {
            for (open, users) in open.iter_mut().zip(&pass.users[required][self.words.clone()]) {
                *open &= users;
            }
        }
        let base = (self.words.start as u64) << 6;
        for young in &rule.too_young {
            bits::clear(open, base, young.clone());
        }
        if let Some(able) = pass.able[l].get(self.words.clone()) {
            for (open, able) in open.iter_mut().zip(able) {
                *open &= able;
            }
        }
        let any_open = open.iter().fold(0, |any, open| any | open);
        (any_using != 0, any_open != 0)
    }

    /// The largest height that an arrival of adopting may have to count for anyone in the part.
    #[inline(always)]
    pub fn most_adopting(&self, l: usize) -> f64 {
        let rule = &self.rules[l];
        if self.pass.rules.kinds == 1 {
            return rule.most_adopting;
        }
        self.room.kinds.present.iter().fold(0.0, |most, &kind| rule.adopting[usize::from(kind)][1].max(most))
    }

    /// The same of leaving.
    #[inline(always)]
    pub fn most_leaving(&self, l: usize) -> f64 {
        let rule = &self.rules[l];
        if self.pass.rules.kinds == 1 {
            return rule.most_leaving;
        }
        self.room.kinds.present.iter().fold(0.0, |most, &kind| rule.leaving[usize::from(kind)].max(most))
    }

    /// (Sex, age) position of a person of the part.
    #[inline(always)]
    pub fn kind(&self, at: u32) -> usize {
        usize::from(self.room.kinds.of[at as usize & (PART_PEOPLE - 1)])
    }
}
