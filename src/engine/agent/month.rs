//! One month's pass over the people: who leaves, who adopts.

use std::ops::Range;

use rayon::prelude::*;

use super::CAUSES;
use super::arrivals::{BLOCK_BITS, BLOCK_WORDS, Beyond, SHARED, Tiers};
use super::bits;
use super::contacts::{Contacts, Levels};
use super::people::People;
use super::room::{Candidate, Room, Rooms, keep, list};
use super::rules::{LayerRule, Rules};
use crate::rng::{hash, unit53};

/// Words of a task: whole blocks, enough to be worth handing out, few enough to be shared evenly.
const TASK_WORDS: usize = 2 * BLOCK_WORDS;

/// What a month's pass reads.
pub struct Pass<'a> {
    pub rules: &'a Rules,
    pub people: &'a People,
    /// By layer, those who may have access; empty where everyone may.
    pub able: &'a [Vec<u64>],
    pub contacts: &'a Contacts,
    pub levels: Levels,
    /// Users when the month begins, `[word * layers + layer]`.
    pub users: &'a [u64],
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
    next: &'n mut [u64],
}

impl Pass<'_> {
    /// Works out the users at the end of the month. The same for any number of threads.
    pub fn run(&self, next: &mut [u64]) -> Vec<Tally> {
        let layers = self.rules.layers();
        let mut tasks = Vec::new();
        let mut rest = next;
        for place in 0..self.people.place_count() {
            let range = self.people.place(place).word_range();
            let mut first = range.start;
            while first < range.end {
                let end = ((first / TASK_WORDS + 1) * TASK_WORDS).min(range.end);
                let (own, others) = rest.split_at_mut((end - first) * layers);
                rest = others;
                tasks.push(Task { place, first, next: own });
                first = end;
            }
        }
        let arch = pulp::Arch::new();
        tasks
            .into_par_iter()
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
            && self.rules.at(0)[0].most_adopting.max(self.rules.at(0)[0].most_leaving) <= SHARED
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
        let Self { pass, task: Task { place, first, next }, room } = self;
        let (layers, kinds) = (pass.rules.layers(), pass.rules.kinds);
        let mut tally = Tally { place, flows: vec![[0; 2]; layers * kinds], causes: vec![[0; CAUSES]; layers] };
        let rules = pass.rules.at(place);
        let plain = pass.is_plain_ring();
        let mut done = 0;
        while done * layers < next.len() {
            let from = first + done;
            let number = from / BLOCK_WORDS;
            let words = from..((number + 1) * BLOCK_WORDS).min(first + next.len() / layers);
            let next = &mut next[done * layers..(done + words.len()) * layers];
            done += words.len();
            next.copy_from_slice(&pass.users[words.start * layers..words.end * layers]);
            let mut people = Block { pass, rules, place, number, words, tally: &mut tally, room };
            if plain {
                people.on_plain_ring(next);
            } else {
                people.month(next);
            }
        }
        tally
    }
}

/// The people of a block who live at one place.
pub(super) struct Block<'p, 'a, 't> {
    pub pass: &'p Pass<'a>,
    pub rules: &'p [LayerRule],
    place: usize,
    pub number: usize,
    /// The words of the block that belong to the place.
    pub words: Range<usize>,
    pub tally: &'t mut Tally,
    pub room: &'t mut Room,
}

impl Block<'_, '_, '_> {
    /// First slot of the block.
    #[inline(always)]
    pub fn base(&self) -> u64 {
        (self.number as u64) << BLOCK_BITS
    }

    /// First word of the block.
    #[inline(always)]
    fn origin(&self) -> usize {
        self.number * BLOCK_WORDS
    }

    /// Where the users of layer `l` among the people of word `word` of the block are in the place's part of it.
    #[inline(always)]
    fn index(&self, word: usize, l: usize) -> usize {
        (self.origin() + word - self.words.start) * self.pass.rules.layers() + l
    }

    #[inline(always)]
    fn month(&mut self, next: &mut [u64]) {
        let layers = self.pass.rules.layers();
        for l in 0..layers {
            self.leave(l, next);
        }
        for l in (0..layers).rev() {
            self.adopt(l, next);
        }
    }

    /// Finds who uses a layer and who may adopt it; whether there are any of each.
    #[inline(always)]
    fn look_over(&mut self, l: usize) -> (bool, bool) {
        let (pass, rule) = (self.pass, &self.rules[l]);
        let layers = pass.rules.layers();
        let (using, open) = (&mut self.room.using, &mut self.room.open[l]);
        *using = [0; BLOCK_WORDS];
        *open = [0; BLOCK_WORDS];
        if !rule.active {
            return (false, false);
        }
        let from = self.words.start - self.number * BLOCK_WORDS;
        let here = from..from + self.words.len();
        let users = &pass.users[self.words.start * layers..self.words.end * layers];
        let using = &mut using[here.clone()];
        for (using, users) in using.iter_mut().zip(users.chunks_exact(layers)) {
            *using = users[l];
        }
        let any_using = using.iter().fold(0, |any, users| any | users);
        if rule.most_adopting <= 0.0 {
            return (any_using != 0, false);
        }
        let open = &mut open[here];
        pass.people.living(self.words.clone(), open);
        for (open, using) in open.iter_mut().zip(&*using) {
            *open &= !using;
        }
        for &required in &pass.rules.requires[l] {
            for (open, users) in open.iter_mut().zip(users.chunks_exact(layers)) {
                *open &= users[required];
            }
        }
        if let Some(able) = pass.able[l].get(self.words.clone()) {
            for (open, able) in open.iter_mut().zip(able) {
                *open &= able;
            }
        }
        let any_open = open.iter().fold(0, |any, open| any | open);
        (any_using != 0, any_open != 0)
    }

    /// Those who leave a layer: with a required one, by loss of access, by discontinuance. Finds who may adopt it, too.
    #[inline(always)]
    fn leave(&mut self, l: usize, next: &mut [u64]) {
        let (pass, rule) = (self.pass, &self.rules[l]);
        let kinds = pass.rules.kinds;
        self.leave_with_required(l, next);
        let (using, open) = self.look_over(l);
        if using && rule.recheck {
            for word in 0..BLOCK_WORDS {
                for bit in bits::set(self.room.using[word]) {
                    let slot = self.base() | (word as u64) << 6 | bit;
                    if !rule.access.admits(pass.people.person_at(self.place, slot)) {
                        self.stop(l, slot, next);
                    }
                }
            }
        }
        let leaving = if using { rule.most_leaving } else { 0.0 };
        let zone = if open { rule.zone } else { 0.0 };
        if leaving > SHARED {
            let count = list(&self.room.using, &mut self.room.positions);
            for i in 0..count {
                let slot = self.base() | u64::from(self.room.positions[i]);
                let share = rule.leaving_beyond[pass.people.kind(slot)];
                if Beyond::first(hash(pass.keys[l].leaving[1], slot)).below(share) {
                    self.stop(l, slot, next);
                }
            }
        }
        let tiers = Tiers::get();
        for tier in tiers.below(leaving.max(zone)) {
            let count = tiers.draw(pass.keys[l].leaving[0], self.number, tier, &mut self.room.points);
            let Room { points, found, using, open, .. } = &mut *self.room;
            if tier.from < zone {
                for point in &points[..count] {
                    open[l][point.word()] &= !(1 << point.bit());
                }
            }
            if tier.from < leaving {
                let steps = tier.steps_below(leaving);
                let count = keep(&points[..count], using, found, 0, |point| point.step() < steps);
                for i in 0..count {
                    let point = self.room.found[i];
                    let slot = self.base() | u64::from(point.position());
                    if kinds == 1 || tier.height(point) < rule.leaving[pass.people.kind(slot)] {
                        self.stop(l, slot, next);
                    }
                }
            }
        }
    }

    /// Those who lost a layer that `l` requires.
    #[inline(always)]
    fn leave_with_required(&mut self, l: usize, next: &mut [u64]) {
        let (layers, kinds) = (self.pass.rules.layers(), self.pass.rules.kinds);
        let requires = &self.pass.rules.requires[l];
        if requires.is_empty() {
            return;
        }
        for (word, here) in self.words.clone().zip(next.chunks_exact_mut(layers)) {
            let held = requires.iter().fold(!0, |held, &r| held & here[r]);
            let gone = here[l] & !held;
            here[l] &= held;
            for bit in bits::set(gone) {
                let slot = (word as u64) << 6 | bit;
                self.tally.flows[l * kinds + self.pass.people.kind(slot)][1] += 1;
            }
        }
    }

    /// The user in `slot` stops, unless they have this month already.
    #[inline(always)]
    fn stop(&mut self, l: usize, slot: u64, next: &mut [u64]) {
        let users = &mut next[((slot >> 6) as usize - self.words.start) * self.pass.rules.layers() + l];
        let used = *users >> (slot & 63) & 1;
        *users &= !(1 << (slot & 63));
        self.tally.flows[l * self.pass.rules.kinds + self.pass.people.kind(slot)][1] += used as u32;
    }

    /// Those who adopt a layer that they did not use before. In stages, so that each runs through without waiting for what the next
    /// one looks at: contacts live anywhere in memory.
    #[inline(always)]
    fn adopt(&mut self, l: usize, next: &mut [u64]) {
        let (pass, rule) = (self.pass, &self.rules[l]);
        let origin = self.origin();
        let mut any = 0;
        for word in self.words.clone() {
            let kept = pass.rules.requires[l].iter().fold(!0, |kept, &r| kept & next[self.index(word - origin, r)]);
            let open = &mut self.room.open[l][word - origin];
            *open &= kept;
            any |= *open;
        }
        if any == 0 {
            return;
        }
        // 1. Who has an arrival below their own height, is old enough and has access.
        let tiers = Tiers::get();
        let mut kept = 0;
        for tier in tiers.below(rule.most_adopting) {
            let count = tiers.draw(pass.keys[l].adopting[0], self.number, tier, &mut self.room.points);
            let steps = tier.steps_below(rule.most_adopting);
            let base = self.base();
            let Room { points, found, open, candidates, .. } = &mut *self.room;
            let count = keep(&points[..count], &open[l], found, 0, |point| point.step() < steps);
            if candidates.len() < kept + count {
                candidates.resize(2 * (kept + count), Candidate::default());
            }
            for &point in &found[..count] {
                let slot = base | u64::from(point.position());
                let kind = pass.people.kind(slot);
                let height = tier.height(point);
                let [outside, at_most] = rule.adopting[kind];
                let cause = u8::from(height >= outside);
                let more = point.bits(pass.keys[l].adopting[0]);
                candidates[kept] =
                    Candidate { at: point.position() as u16, kind: kind as u8, cause, more, other: slot };
                kept += usize::from(height < at_most);
            }
        }
        if rule.most_adopting > SHARED {
            kept = self.arrive_beyond(l, kept);
        }
        if !rule.access.open_to_all() || pass.people.ages_known() {
            let candidates = &mut self.room.candidates;
            let mut able = 0;
            for i in 0..kept {
                let candidate = candidates[i];
                let slot = candidate.other;
                candidates[able] = candidate;
                let old_enough =
                    !rule.ask_age[usize::from(candidate.kind)] || pass.people.born_by(slot, rule.access.born_by);
                able += usize::from(old_enough & rule.access.admits(pass.people.person_at(self.place, slot)));
            }
            kept = able;
        }
        // 2. Whom they look at.
        self.room.find_contacts(pass, self.place, kept);
        // 3. What they see: a user, or at least someone who lives.
        let (layers, kinds) = (pass.rules.layers(), pass.rules.kinds);
        let Room { candidates, causes: seen, .. } = &mut *self.room;
        seen.resize(kept.max(seen.len()), 0);
        for (seen, candidate) in seen.iter_mut().zip(&candidates[..kept]) {
            let (word, bit) = ((candidate.other >> 6) as usize, candidate.other & 63);
            let sees = pass.users[word * layers + l] >> bit & 1;
            let lives = pass.people.alive(word) >> bit & 1;
            *seen = (sees | lives << 1) as u8;
        }
        for i in 0..kept {
            let candidate = self.room.candidates[i];
            let (sees, lives) = (self.room.causes[i] & 1 == 1, self.room.causes[i] & 2 == 2);
            let cause = if candidate.cause == 0 {
                Some(0)
            } else if sees && !pass.rules.hidden[l] {
                Some(usize::from(candidate.cause))
            } else if lives && !pass.rules.hidden[l] {
                // The look was at someone who lives: it is over, unless what it saw may be hidden.
                None
            } else {
                self.look_again(l, &candidate)
            };
            if let Some(cause) = cause {
                // An arrival may be the second of the month.
                let users = &mut next[self.index(usize::from(candidate.at >> 6), l)];
                let new = u32::from(*users >> (candidate.at & 63) & 1 == 0);
                *users |= 1 << (candidate.at & 63);
                self.tally.flows[l * kinds + usize::from(candidate.kind)][0] += new;
                self.tally.causes[l][cause] += new;
            }
        }
    }

    /// Appends to the `kept` candidates for layer `l` those of the open people who have arrivals of their own; how many there are then.
    #[inline(always)]
    fn arrive_beyond(&mut self, l: usize, mut kept: usize) -> usize {
        let (pass, rule) = (self.pass, &self.rules[l]);
        let (base, key) = (self.base(), pass.keys[l].adopting[1]);
        let Room { positions, hashes, open, candidates, .. } = &mut *self.room;
        let count = list(&open[l], positions);
        let positions = &mut positions[..count];
        hashes.clear();
        hashes.extend(positions.iter().map(|&at| hash(key, base | u64::from(at))));
        let mut met = 0;
        for i in 0..count {
            let (at, bits) = (positions[i], hashes[i]);
            let limit = rule.met_beyond[pass.people.kind(base | u64::from(at))];
            positions[met] = at;
            hashes[met] = bits;
            met += usize::from(bits >> 11 < limit);
        }
        for (&at, &bits) in positions[..met].iter().zip(&*hashes) {
            let slot = base | u64::from(at);
            let kind = pass.people.kind(slot);
            let [outside, at_most] = rule.adopting_beyond[kind];
            let mut point = Beyond::first(bits);
            while point.below(at_most) {
                if candidates.len() == kept {
                    candidates.resize(2 * kept + 64, Candidate::default());
                }
                let cause = u8::from(!point.below(outside));
                candidates[kept] = Candidate { at, kind: kind as u8, cause, more: point.more(), other: slot };
                kept += 1;
                point = point.next();
            }
        }
        kept
    }

    /// Someone who saw no user at the first look: another contact, if that one was nobody; what made them adopt, if anything did.
    #[inline(always)]
    fn look_again(&self, l: usize, candidate: &Candidate) -> Option<usize> {
        let pass = self.pass;
        let slot = self.base() | u64::from(candidate.at);
        let proposed = (candidate.other, candidate.cause);
        let (other, cause) = pass.contacts.look(pass.people, slot, self.place, &pass.levels, candidate.more, proposed);
        self.sees(l, other, candidate.more).then_some(usize::from(cause))
    }

    /// Whether `other` is seen to use the layer.
    #[inline(always)]
    fn sees(&self, l: usize, other: u64, chance: u64) -> bool {
        let pass = self.pass;
        if pass.users[(other >> 6) as usize * pass.rules.layers() + l] >> (other & 63) & 1 == 0 {
            return false;
        }
        if !pass.rules.hidden[l] {
            return true;
        }
        let hidden = pass.rules.at(pass.people.place_of(other))[l].suspended;
        unit53(hash(chance, 17)) >= hidden
    }
}
