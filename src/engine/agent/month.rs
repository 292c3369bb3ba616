//! One month's pass over the people: who leaves, who adopts.

use rayon::prelude::*;

use super::CAUSES;
use super::contacts::{Contacts, cause};
use super::people::People;
use super::planes::{self, Planes, WORDS};
use super::rules::{LayerRule, Rules};
use crate::adoption::exposure::ContactWeights;
use crate::network::Level;
use crate::rng::{Stream, hash, unit53};

/// Words of a task: enough to be worth handing out, few enough to be shared evenly.
const TASK_WORDS: usize = 1024;

/// What a month's pass reads.
pub struct Pass<'a> {
    pub rules: &'a Rules,
    pub people: &'a People,
    /// By layer, those who may have access; empty where everyone may.
    pub able: &'a [Vec<u64>],
    pub contacts: &'a Contacts,
    pub weights: &'a ContactWeights<f64>,
    /// Users when the month begins, `[word * layers + layer]`.
    pub users: &'a [u64],
    /// By layer.
    pub streams: &'a [Stream],
    /// Keys of what is drawn person by person, by layer.
    pub keys: Vec<u64>,
    pub member: u32,
    pub step: u32,
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
                let words = TASK_WORDS.min(range.end - first);
                let (own, others) = rest.split_at_mut(words * layers);
                rest = others;
                tasks.push(Task { place, first, next: own });
                first += words;
            }
        }
        let arch = pulp::Arch::new();
        tasks
            .into_par_iter()
            .map_init(Room::default, |room, task| arch.dispatch(TaskOf { pass: self, task, room }))
            .collect()
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
        // One layer: its hazards are the only ones, so bits of more people at once are worth drawing. A choice by the scenario's
        // layers, not by their hazards: two scenarios with and without a policy draw the same bits.
        let Self { pass, task, room } = self;
        if pass.rules.layers() == 1 { work::<8>(pass, task, room) } else { work::<4>(pass, task, room) }
    }
}

/// People of a batch of words.
const PEOPLE: usize = WORDS * 64;

/// What of a batch of words one layer concerns.
#[derive(Clone, Copy)]
struct Batch<const P: usize> {
    planes: Planes<P>,
    /// Those who may leave, and those who may adopt, by their first bits.
    may_leave: [u64; WORDS],
    may_adopt: [u64; WORDS],
}

/// Someone whose number lies below their threshold, on the way to a decision.
#[derive(Clone, Copy, Default)]
struct Candidate {
    /// Position in the batch: word * 64 + bit.
    at: u16,
    kind: u8,
    /// Where the contact comes from, by its position among the causes of adoption; 0: adopts whatever others do.
    cause: u8,
    /// Their number, and more random bits.
    number: f64,
    more: u64,
    /// The contact looked at.
    other: u64,
}

/// Room for the candidates of a batch.
struct Room {
    found: [u16; PEOPLE],
    candidates: Vec<Candidate>,
    many: Many,
}

/// People of some batches who look at a contact, whatever the rest of their number is, on a ring of people who are alike:
/// column by column, so that wide registers do the work.
#[derive(Default)]
struct Many {
    slots: Vec<u64>,
    chances: Vec<u64>,
    others: Vec<u64>,
    again: Vec<bool>,
}

impl Default for Room {
    fn default() -> Self {
        Self { found: [0; PEOPLE], candidates: vec![Candidate::default(); PEOPLE], many: Many::default() }
    }
}

#[inline(always)]
fn work<const P: usize>(pass: &Pass<'_>, Task { place, first: from, next: to }: Task<'_>, room: &mut Room) -> Tally {
    let layers = pass.rules.layers();
    let kinds = pass.rules.kinds;
    let rules = pass.rules.at(place);
    let mut tally = Tally { place, flows: vec![[0; 2]; layers * kinds], causes: vec![[0; CAUSES]; layers] };
    let none = Batch::<P> { planes: [[0; WORDS]; P], may_leave: [0; WORDS], may_adopt: [0; WORDS] };
    let mut batches = vec![none; layers];
    let count = to.len() / layers;
    let requirements = pass.rules.requires.iter().any(|requires| !requires.is_empty());
    let alike = layers == 1
        && kinds == 1
        && pass.contacts.is_ring()
        && pass.people.all_live()
        && !pass.rules.hidden[0]
        && rules[0].access.open_to_all();
    for start in (0..count).step_by(WORDS) {
        let words = WORDS.min(count - start);
        let first = from + start;
        let users = &pass.users[first * layers..(first + words) * layers];
        let next = &mut to[start * layers..(start + words) * layers];
        next.copy_from_slice(users);
        let mut people = Persons { pass, rules, place, first, words, tally: &mut tally, room };
        for (l, batch) in batches.iter_mut().enumerate() {
            people.prefilter(l, users, batch);
            if alike {
                people.set_aside(batch);
            }
            people.leave(l, batch, next, requirements);
        }
        for l in (0..layers).rev() {
            people.adopt(l, &batches[l], next);
        }
        if alike && (people.room.many.slots.len() >= PEOPLE || start + words == count) {
            people.look_at_once::<P>(from, to);
        }
    }
    tally
}

/// The people of a batch of words.
struct Persons<'p, 'a, 't> {
    pass: &'p Pass<'a>,
    rules: &'p [LayerRule],
    place: usize,
    first: usize,
    words: usize,
    tally: &'t mut Tally,
    room: &'t mut Room,
}

/// Lists the set bits of a batch; how many there are.
#[inline(always)]
fn list(masks: &[u64; WORDS], found: &mut [u16; PEOPLE]) -> usize {
    let mut count = 0;
    for (word, &mask) in masks.iter().enumerate() {
        let mut left = mask;
        let base = (word as u16) << 6;
        let all = left.count_ones() as usize;
        // Two at a time whether or not they are there: how many there are is chance, and not worth a guess for each.
        let mut at = count;
        while left != 0 {
            found[at & (PEOPLE - 1)] = base | left.trailing_zeros() as u16 & 63;
            left &= left.wrapping_sub(1);
            found[(at + 1) & (PEOPLE - 1)] = base | left.trailing_zeros() as u16 & 63;
            left &= left.wrapping_sub(1);
            at += 2;
        }
        count += all;
    }
    count
}

/// The number of the person in `slot`, whose first `P` bits make `first`, and 64 more random bits.
#[inline(always)]
fn number_of<const P: usize>(key: u64, slot: u64, first: u32) -> (f64, u64) {
    let more = hash(key, slot);
    // 2^-32 of what the first bits leave, and half of that: never 0, never 1.
    let rest = (f64::from((more >> 32) as u32) + 0.5) * (1.0 / 4_294_967_296.0);
    ((f64::from(first) + rest) * (1.0 / f64::from(1_u32 << P)), more)
}

impl Persons<'_, '_, '_> {
    #[inline(always)]
    fn slot(&self, at: u16) -> u64 {
        ((self.first as u64) << 6) + u64::from(at)
    }

    /// Finds who may leave or adopt by the first bits of their numbers.
    #[inline(always)]
    fn prefilter<const P: usize>(&self, l: usize, users: &[u64], batch: &mut Batch<P>) {
        let (pass, rule) = (self.pass, &self.rules[l]);
        let layers = pass.rules.layers();
        batch.may_leave = [0; WORDS];
        batch.may_adopt = [0; WORDS];
        if !rule.active {
            return;
        }
        let (mut using, mut open) = ([0_u64; WORDS], [0_u64; WORDS]);
        let (leaves, adopts) = (rule.most_leaving > 0.0 || rule.recheck, rule.most_adopting > 0.0);
        let able = &pass.able[l];
        let mut any = 0;
        for word in 0..self.words {
            let own = users[word * layers + l];
            if leaves {
                using[word] = own;
            }
            if adopts {
                let open_to = pass.rules.requires[l].iter().fold(!own, |open, &r| open & users[word * layers + r]);
                let able = able.get(self.first + word).copied().unwrap_or(!0);
                open[word] = open_to & able & pass.people.alive(self.first + word);
            }
            any |= using[word] | open[word];
        }
        if any == 0 {
            return;
        }
        batch.planes = planes::draw::<P>(&pass.streams[l], pass.member, pass.step, self.first);
        let most = (1_u32 << P) - 1;
        let bound = |share: f64| ((share * f64::from(1_u32 << P)) as u32).min(most);
        if rule.recheck {
            batch.may_leave = using;
        } else if rule.most_leaving > 0.0 {
            let below = planes::at_most(&batch.planes, bound(rule.most_leaving), !0);
            for word in 0..WORDS {
                batch.may_leave[word] = using[word] & below[word];
            }
        }
        if adopts {
            let below = planes::at_most(&batch.planes, bound(rule.most_adopting), 0);
            for word in 0..WORDS {
                batch.may_adopt[word] = open[word] & below[word];
            }
        }
    }

    /// Of people who are alike, takes those who will look at a contact, whatever the rest of their number is, out of the candidates.
    #[inline(always)]
    fn set_aside<const P: usize>(&mut self, batch: &mut Batch<P>) {
        if batch.may_adopt == [0; WORDS] {
            return;
        }
        let [outside, at_most] = self.rules[0].adopting[0];
        let bound = |share: f64| ((share * f64::from(1_u32 << P)) as u32).min((1 << P) - 1);
        let (below, _) = planes::compared(&batch.planes, bound(at_most), 0);
        let innovators = planes::at_most(&batch.planes, bound(outside), 0);
        let mut sure = [0; WORDS];
        for word in 0..WORDS {
            sure[word] = batch.may_adopt[word] & below[word] & !innovators[word];
            batch.may_adopt[word] &= !sure[word];
        }
        let count = list(&sure, &mut self.room.found);
        let first = (self.first as u64) << 6;
        self.room.many.slots.extend(self.room.found[..count].iter().map(|&at| first + u64::from(at)));
    }

    /// What those who were set aside see, and whether they adopt.
    #[inline(always)]
    fn look_at_once<const P: usize>(&mut self, from: usize, next: &mut [u64]) {
        let pass = self.pass;
        let mut many = std::mem::take(&mut self.room.many);
        let Many { slots, chances, others, again } = &mut many;
        let at_most = self.rules[0].adopting[0][1];
        let limit = libm::ceil(at_most * 9_007_199_254_740_992.0) as u64;
        chances.clear();
        chances.extend(slots.iter().map(|&slot| hash(hash(pass.keys[0], slot), 7)));
        // A further arrival can lie below the bound only if its own distance does.
        again.clear();
        again.extend(chances.iter().map(|&chance| hash(chance, 11) >> 11 < limit));
        others.resize(slots.len(), 0);
        pass.contacts.on_ring(slots, chances, others);
        let mut adopted = 0;
        for ((&slot, &other), &again) in slots.iter().zip(others.iter()).zip(again.iter()) {
            let sees = pass.users[(other >> 6) as usize] >> (other & 63) & 1;
            next[(slot >> 6) as usize - from] |= sees << (slot & 63);
            adopted += sees as u32;
            if again && sees == 0 {
                adopted += u32::from(self.look_further::<P>(slot, other, from, next));
            }
        }
        slots.clear();
        self.room.many = many;
        self.tally.flows[0][0] += adopted;
        self.tally.causes[0][usize::from(cause(Level::Tie))] += adopted;
    }

    /// The arrivals after the first, of someone set aside who saw no user; whether one made them adopt.
    #[inline(never)]
    fn look_further<const P: usize>(&self, slot: u64, other: u64, from: usize, next: &mut [u64]) -> bool {
        let pass = self.pass;
        let word = (slot >> 6) as usize;
        let first = planes::one::<P>(pass.streams[0], pass.member, pass.step, word, (slot & 63) as u32);
        let (number, more) = number_of::<P>(pass.keys[0], slot, first);
        let candidate =
            Candidate { number, more: hash(more, 7), other, cause: cause(Level::Tie), ..Candidate::default() };
        let adopts = self.look_again(0, slot, self.rules[0].adopting[0][1], &candidate).is_some();
        next[word - from] |= u64::from(adopts) << (slot & 63);
        adopts
    }

    /// A person's number for the month, in 0..1, and 64 more random bits.
    #[inline(always)]
    fn number<const P: usize>(&self, l: usize, planes: &Planes<P>, at: u16) -> (f64, u64) {
        let first = planes::value(planes, usize::from(at >> 6), u32::from(at & 63));
        number_of::<P>(self.pass.keys[l], self.slot(at), first)
    }

    /// Those who leave a layer: with a required one, by loss of access, by discontinuance.
    #[inline(always)]
    fn leave<const P: usize>(&mut self, l: usize, batch: &Batch<P>, next: &mut [u64], requirements: bool) {
        let kinds = self.pass.rules.kinds;
        let layers = self.pass.rules.layers();
        if requirements && !self.pass.rules.requires[l].is_empty() {
            for word in 0..self.words {
                let here = &mut next[word * layers..(word + 1) * layers];
                let held = self.pass.rules.requires[l].iter().fold(!0, |held, &r| held & here[r]);
                let mut gone = here[l] & !held;
                here[l] &= held;
                while gone != 0 {
                    let at = (word as u16) << 6 | gone.trailing_zeros() as u16;
                    let kind = self.pass.people.kind(self.slot(at));
                    self.tally.flows[l * kinds + kind][1] += 1;
                    gone &= gone - 1;
                }
            }
        }
        let rule = &self.rules[l];
        let count = list(&batch.may_leave, &mut self.room.found);
        for i in 0..count {
            let at = self.room.found[i];
            let slot = self.slot(at);
            let kind = self.pass.people.kind(slot);
            let (number, _) = self.number(l, &batch.planes, at);
            let stops = 1.0 - number < rule.leaving[kind];
            if stops || rule.recheck && !rule.access.admits(self.pass.people.person_at(self.place, slot)) {
                let users = &mut next[usize::from(at >> 6) * layers + l];
                let (bit, flow) = (1 << (at & 63), &mut self.tally.flows[l * kinds + kind][1]);
                *flow += u32::from(*users & bit != 0);
                *users &= !bit;
            }
        }
    }

    /// Those who adopt a layer that they did not use before. In stages, so that each runs through without waiting for what the next
    /// one looks at: contacts live anywhere in memory.
    #[inline(always)]
    fn adopt<const P: usize>(&mut self, l: usize, batch: &Batch<P>, next: &mut [u64]) {
        let pass = self.pass;
        let (layers, kinds) = (pass.rules.layers(), pass.rules.kinds);
        let rule = &self.rules[l];
        let mut may = batch.may_adopt;
        if may == [0; WORDS] {
            return;
        }
        for &required in &pass.rules.requires[l] {
            for (word, may) in may[..self.words].iter_mut().enumerate() {
                *may &= next[word * layers + required];
            }
        }
        // 1. Whose number lies below their own threshold, is old enough and has access.
        let count = list(&may, &mut self.room.found);
        let mut kept = 0;
        for i in 0..count {
            let at = self.room.found[i];
            let slot = self.slot(at);
            let kind = pass.people.kind(slot);
            let (number, more) = self.number(l, &batch.planes, at);
            let [outside, at_most] = rule.adopting[kind];
            let cause = u8::from(number >= outside);
            self.room.candidates[kept] = Candidate { at, kind: kind as u8, cause, number, more, other: slot };
            kept += usize::from(number < at_most);
        }
        if !rule.access.open_to_all() || pass.people.ages_known() {
            let candidates = &mut self.room.candidates;
            let mut able = 0;
            for i in 0..kept {
                let candidate = candidates[i];
                let slot = candidate.other;
                if (!rule.ask_age[usize::from(candidate.kind)] || pass.people.born_by(slot, rule.access.born_by))
                    && rule.access.admits(pass.people.person_at(self.place, slot))
                {
                    candidates[able] = candidate;
                    able += 1;
                }
            }
            kept = able;
        }
        // 2. Whom they look at.
        for candidate in &mut self.room.candidates[..kept] {
            candidate.more = hash(candidate.more, 7);
            if candidate.cause > 0 {
                let (other, cause) =
                    pass.contacts.propose(pass.people, candidate.other, self.place, pass.weights, candidate.more);
                candidate.cause = cause;
                candidate.other = other;
            }
        }
        // 3. What they see.
        for candidate in &self.room.candidates[..kept] {
            let other = candidate.other;
            let sees = pass.users[(other >> 6) as usize * layers + l] >> (other & 63) & 1 == 1;
            let cause = if candidate.cause == 0 {
                Some(0)
            } else if sees && !pass.rules.hidden[l] {
                Some(usize::from(candidate.cause))
            } else {
                let slot = ((self.first as u64) << 6) + u64::from(candidate.at);
                self.look_again(l, slot, rule.adopting[usize::from(candidate.kind)][1], candidate)
            };
            if let Some(cause) = cause {
                next[usize::from(candidate.at >> 6) * layers + l] |= 1 << (candidate.at & 63);
                self.tally.flows[l * kinds + usize::from(candidate.kind)][0] += 1;
                self.tally.causes[l][cause] += 1;
            }
        }
    }

    /// Someone who saw no user at the first look: another contact if that one was nobody, then one for each further arrival up to
    /// the largest hazard; what made them adopt, if anything did.
    #[inline(always)]
    fn look_again(&self, l: usize, slot: u64, at_most: f64, candidate: &Candidate) -> Option<usize> {
        let pass = self.pass;
        let (mut number, mut more) = (candidate.number, candidate.more);
        let mut proposed = (candidate.other, candidate.cause);
        // The first look was at someone who lives: it is over, unless what it saw may be hidden.
        let mut seen = !pass.rules.hidden[l] && pass.people.lives(candidate.other);
        loop {
            if !seen {
                let (other, cause) = pass.contacts.look(pass.people, slot, self.place, pass.weights, more, proposed);
                if self.sees(l, other, more) {
                    return Some(usize::from(cause));
                }
            }
            // Hazards have no memory: the next arrival lies as far beyond this one as the first beyond 0.
            more = hash(more, 11);
            number += unit53(more) * (1.0 - number);
            if number >= at_most {
                return None;
            }
            seen = false;
            more = hash(more, 13);
            proposed = pass.contacts.propose(pass.people, slot, self.place, pass.weights, more);
        }
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
