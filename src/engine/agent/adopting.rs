//! Who adopts a layer in a month.

use super::arrivals::{BLOCK_BITS, Beyond, Tiers};
use super::month::{Part, Pass};
use super::room::{Candidate, PART_PEOPLE, Room, keep, list, of_block};
use crate::rng::{hash, unit53};

/// What is seen at a contact: one who uses the layer, or nobody who lives.
const USER: u8 = 1;
const NOBODY: u8 = 2;

impl Pass<'_> {
    /// What is seen at each of `others`: a [`USER`] of layer `l`, [`NOBODY`] who lives, or somebody. They lie anywhere in memory: the loop is
    /// as short as can be, so that many are looked at at once.
    #[inline(always)]
    fn see(&self, l: usize, others: impl Iterator<Item = u64>, seen: &mut [u8]) {
        let users = &self.users[l][..];
        let Some(alive) = self.people.alive_by_word().filter(|alive| alive.len() == users.len()) else {
            for (seen, other) in seen.iter_mut().zip(others) {
                let uses = users.get((other >> 6) as usize).is_some_and(|users| users >> (other & 63) & 1 == 1);
                *seen = u8::from(uses) | if self.people.lives(other) { 0 } else { NOBODY };
            }
            return;
        };
        let alive = &alive[..users.len()];
        for (seen, other) in seen.iter_mut().zip(others) {
            let (word, bit) = ((other >> 6) as usize, other & 63);
            let (users, alive) = if word < users.len() { (users[word], alive[word]) } else { (0, 0) };
            *seen = (users >> bit & 1 | (!alive >> bit & 1) << 1) as u8;
        }
    }

    /// Whether the use of `other`, a user, is seen: for part of a month it may be suspended where they live.
    #[inline(always)]
    fn shows(&self, l: usize, other: u64, chance: u64) -> bool {
        !self.rules.hidden[l] || unit53(hash(chance, 17)) >= self.rules.at(self.people.place_of(other))[l].suspended
    }
}

impl Part<'_, '_, '_> {
    /// Those who adopt a layer that they did not use before. In stages, so that each runs through without waiting for what the next
    /// one looks at: contacts live anywhere in memory.
    #[inline(always)]
    pub fn adopt(&mut self, l: usize, next: &mut [&mut [u64]]) {
        let (own, here) = (self.own(), self.within..self.within + self.words.len());
        let open = &mut self.room.open[l][own];
        for &required in &self.pass.rules.requires[l] {
            for (open, kept) in open.iter_mut().zip(&next[required][here.clone()]) {
                *open &= kept;
            }
        }
        if open.iter().fold(0, |any, open| any | open) == 0 {
            return;
        }
        let (most, shared) = (self.most_adopting(l), self.pass.rules.shared[l]);
        let mut kept = self.arrive(l, most.min(shared));
        if most > shared {
            kept = self.arrive_beyond(l, kept);
        }
        kept = self.admit(l, kept);
        self.adopt_without_looking(l, kept, next);
        let looking = self.room.find_contacts(self.pass, self.place, self.base(), kept);
        self.look_and_adopt(l, looking, next);
    }

    /// The candidates for layer `l`: those of the open people who have an arrival below their own height, among the arrivals that the block
    /// shares; how many.
    #[inline(always)]
    fn arrive(&mut self, l: usize, most: f64) -> usize {
        let (pass, rule) = (self.pass, &self.rules[l]);
        let tiers = Tiers::get();
        let mut kept = 0;
        let pieces = self.blocks().flat_map(|block| tiers.below(most).iter().map(move |tier| (block, tier)));
        for (block, tier) in pieces {
            let number = self.number() + block;
            let count = tiers.draw(pass.keys[l].adopting[0], number, tier, &mut self.room.points);
            let steps = tier.steps_below(most);
            let Room { points, found, open, candidates, kinds, .. } = &mut *self.room;
            let count = keep(&points[..count], of_block(&mut open[l], block), found, 0, |point| point.step() < steps);
            if candidates.len() < kept + count {
                candidates.resize(2 * (kept + count), Candidate::default());
            }
            for &point in &found[..count] {
                let at = (block as u32) << BLOCK_BITS | point.position();
                let kind = kinds.of[at as usize & (PART_PEOPLE - 1)];
                let height = tier.height(point);
                let [outside, at_most] = rule.adopting[usize::from(kind)];
                candidates[kept] = Candidate {
                    at: at as u16,
                    kind,
                    looks: height >= outside,
                    more: point.bits(pass.keys[l].adopting[0]),
                };
                kept += usize::from(height < at_most);
            }
        }
        kept
    }

    /// Keeps of the `kept` candidates for layer `l` those who have access; how many. Their age is asked of newcomers only: of all
    /// others those too young are not open.
    #[inline(always)]
    fn admit(&mut self, l: usize, kept: usize) -> usize {
        let (pass, rule) = (self.pass, &self.rules[l]);
        let newcomers = pass.people.ages_known() && self.own().end << 6 > self.room.kinds.newcomers;
        if rule.access.open_to_all() && !newcomers {
            return kept;
        }
        let everyone = rule.access.open_to_all();
        let sure = pass.sure[l].get(self.words.clone()).unwrap_or(&[]);
        let (base, from, first_newcomer) = (self.base(), self.own().start, self.room.kinds.newcomers);
        let young = |candidate: &Candidate| {
            usize::from(candidate.at) >= first_newcomer && rule.ask_age[usize::from(candidate.kind)]
        };
        // Those of whom it is not sure; then who they are, and only then what they have: each looks elsewhere in memory.
        let Room { candidates, listed, persons, .. } = &mut *self.room;
        listed.resize(kept.max(listed.len()), 0);
        let mut doubtful = 0;
        for (i, candidate) in (0..).zip(&candidates[..kept]) {
            let at = usize::from(candidate.at);
            let is_sure = sure.get((at >> 6) - from).map_or(everyone, |sure| sure >> (at & 63) & 1 == 1);
            listed[doubtful] = i;
            doubtful += usize::from(!is_sure | young(candidate));
        }
        let listed = &mut listed[..doubtful];
        persons.clear();
        persons.extend(listed.iter().map(|&i| {
            let at = candidates[i as usize].at;
            pass.people.person_at(self.place, base | u64::from(at))
        }));
        let mut dropped = 0;
        for k in 0..doubtful {
            let candidate = &candidates[listed[k] as usize];
            let slot = base | u64::from(candidate.at);
            let old_enough = !young(candidate) || pass.people.newcomer_born_by(self.place, slot, rule.access.born_by);
            listed[dropped] = listed[k];
            dropped += usize::from(!(old_enough && rule.access.admits(persons[k])));
        }
        // The others move up, in order.
        for (k, &gap) in listed[..dropped].iter().enumerate() {
            let end = listed[..dropped].get(k + 1).map_or(kept, |&next| next as usize);
            candidates.copy_within(gap as usize + 1..end, gap as usize - k);
        }
        kept - dropped
    }

    /// Lets those of the `kept` candidates for layer `l` adopt who do so whatever others do.
    #[inline(always)]
    fn adopt_without_looking(&mut self, l: usize, kept: usize, next: &mut [&mut [u64]]) {
        // A list first: who does is chance, and not worth a guess for each.
        let Room { candidates, listed, .. } = &mut *self.room;
        listed.resize(kept.max(listed.len()), 0);
        let mut count = 0;
        for (i, candidate) in (0..).zip(&candidates[..kept]) {
            listed[count] = i;
            count += usize::from(!candidate.looks);
        }
        for i in 0..count {
            let candidate = self.room.candidates[self.room.listed[i] as usize];
            self.adopted(l, &candidate, 0, next);
        }
    }

    /// Lets the first `looking` of those who look for layer `l` do so: whoever sees a user adopts. Who picked somebody who does not live
    /// searches on.
    #[inline(always)]
    fn look_and_adopt(&mut self, l: usize, looking: usize, next: &mut [&mut [u64]]) {
        let (pass, base) = (self.pass, self.base());
        let Room { candidates, looking: who, contacts, causes, seen, searches, listed, .. } = &mut *self.room;
        seen.resize(looking.max(seen.len()), 0);
        pass.see(l, contacts[..looking].iter().copied(), &mut seen[..looking]);
        // Lists of those who adopt and of those who search on.
        listed.resize((2 * looking).max(listed.len()), 0);
        let (adopting, searching) = listed.split_at_mut(looking);
        let (mut adopt, mut search) = (0, 0);
        for (i, &seen) in (0..).zip(&seen[..looking]) {
            adopting[adopt] = i;
            adopt += usize::from(seen == USER);
            searching[search] = i;
            search += usize::from(seen == NOBODY);
        }
        searches.clear();
        for &i in &searching[..search] {
            let (number, cause) = (who[i as usize], causes[i as usize]);
            let candidate = &candidates[number as usize];
            let who = (number, base | u64::from(candidate.at));
            searches.push(pass.contacts.search(&pass.levels, who, candidate.more, cause));
        }
        for i in 0..adopt {
            let i = self.room.listed[i] as usize;
            let candidate = self.room.candidates[self.room.looking[i] as usize];
            if pass.shows(l, self.room.contacts[i], candidate.more) {
                self.adopted(l, &candidate, self.room.causes[i], next);
            }
        }
        while !self.room.searches.is_empty() {
            let Room { searches, finding, seen, .. } = &mut *self.room;
            pass.contacts.search_on(pass.people, self.place, &pass.levels, searches, finding);
            pass.see(l, searches.iter().map(|search| search.other), &mut seen[..searches.len()]);
            let mut left = 0;
            for i in 0..searches.len() {
                let (search, seen) = (self.room.searches[i], self.room.seen[i]);
                self.room.searches[left] = search;
                left += usize::from(seen == NOBODY);
                let candidate = self.room.candidates[search.candidate as usize];
                if seen == USER && pass.shows(l, search.other, candidate.more) {
                    self.adopted(l, &candidate, search.cause, next);
                }
            }
            self.room.searches.truncate(left);
        }
    }

    /// A candidate adopts, for a cause.
    #[inline(always)]
    fn adopted(&mut self, l: usize, candidate: &Candidate, cause: u8, next: &mut [&mut [u64]]) {
        let users = &mut next[l][self.index(usize::from(candidate.at >> 6))];
        // The arrival may be the second of the month.
        let new = u32::from(*users >> (candidate.at & 63) & 1 == 0);
        *users |= 1 << (candidate.at & 63);
        self.tally.flows[l * self.pass.rules.kinds + usize::from(candidate.kind)][0] += new;
        self.tally.causes[l][usize::from(cause)] += new;
    }

    /// Appends to the `kept` candidates for layer `l` those of the open people who have arrivals of their own; how many there are then.
    #[inline(always)]
    fn arrive_beyond(&mut self, l: usize, mut kept: usize) -> usize {
        let (rule, base, key) = (&self.rules[l], self.base(), self.pass.keys[l].adopting[1]);
        let share = |kind: u8| rule.adopting_beyond[usize::from(kind)][1];
        let most = match self.pass.rules.kinds {
            1 => share(0),
            _ => self.room.kinds.present.iter().fold(0.0, |most, &kind| share(kind).max(most)),
        };
        let own = self.own();
        let Room { positions, beyond: points, mores, open, candidates, kinds, .. } = &mut *self.room;
        for word in own.clone() {
            let open = &mut open[l][word];
            *open = Beyond::may_lie_below(*open, key, base | (word as u64) << 6, most);
        }
        let mut count = list(&open[l], own, positions);
        points.resize(count.max(points.len()), Beyond::default());
        mores.resize(count.max(mores.len()), 0);
        for (point, &at) in points.iter_mut().zip(&positions[..count]) {
            *point = Beyond::first(key, base | u64::from(at));
        }
        // The first arrivals of all, then the second of those who have one, and so on. In stages, for wide registers.
        let kind = |at: u16| kinds.of[usize::from(at) & (PART_PEOPLE - 1)];
        while count > 0 {
            let mut left = 0;
            for i in 0..count {
                let (at, point) = (positions[i], points[i]);
                (positions[left], points[left]) = (at, point);
                left += usize::from(point.below(share(kind(at))));
            }
            count = left;
            for (more, point) in mores.iter_mut().zip(&points[..count]) {
                *more = point.more();
            }
            if candidates.len() < kept + count {
                candidates.resize(2 * (kept + count), Candidate::default());
            }
            for i in 0..count {
                let (at, kind) = (positions[i], kind(positions[i]));
                let looks = !points[i].below(rule.adopting_beyond[usize::from(kind)][0]);
                candidates[kept + i] = Candidate { at, kind, looks, more: mores[i] };
            }
            kept += count;
            for point in &mut points[..count] {
                *point = point.next();
            }
        }
        kept
    }
}
