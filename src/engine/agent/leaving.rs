//! Who leaves a layer in a month.

use super::arrivals::{BLOCK_BITS, Beyond, SHARED, Tiers};
use super::bits;
use super::month::Part;
use super::room::{Room, keep, list, of_block};

impl Part<'_, '_, '_> {
    /// Those who leave a layer: with a required one, by loss of access, by discontinuance. Finds who may adopt it, too.
    #[inline(always)]
    pub fn leave(&mut self, l: usize, next: &mut [&mut [u64]]) {
        let (pass, rule) = (self.pass, &self.rules[l]);
        self.leave_with_required(l, next);
        let (using, open) = self.look_over(l);
        if using && rule.recheck {
            self.leave_without_access(l, next);
        }
        let leaving = if using { self.most_leaving(l) } else { 0.0 };
        let zone = if open { rule.zone } else { 0.0 };
        if leaving > SHARED {
            let own = self.own();
            let count = list(&self.room.using, own, &mut self.room.positions);
            for i in 0..count {
                let at = u32::from(self.room.positions[i]);
                let share = rule.leaving_beyond[self.kind(at)];
                let slot = self.base() | u64::from(at);
                if Beyond::first(pass.keys[l].leaving[1], slot).below(share) {
                    self.stop(l, at, next);
                }
            }
        }
        let tiers = Tiers::get();
        let pieces =
            self.blocks().flat_map(|block| tiers.below(leaving.max(zone)).iter().map(move |tier| (block, tier)));
        for (block, tier) in pieces {
            let number = self.number() + block;
            let count = tiers.draw(pass.keys[l].leaving[0], number, tier, &mut self.room.points);
            let Room { points, found, using, open, .. } = &mut *self.room;
            if tier.from < zone {
                let open = of_block(&mut open[l], block);
                for point in &points[..count] {
                    open[point.word()] &= !(1 << point.bit());
                }
            }
            if tier.from < leaving {
                let steps = tier.steps_below(leaving);
                let using = of_block(using, block);
                let count = keep(&points[..count], using, found, 0, |point| point.step() < steps);
                for i in 0..count {
                    let point = self.room.found[i];
                    let at = (block as u32) << BLOCK_BITS | point.position();
                    if tier.height(point) < rule.leaving[self.kind(at)] {
                        self.stop(l, at, next);
                    }
                }
            }
        }
    }

    /// Those who lost a layer that `l` requires.
    #[inline(always)]
    fn leave_with_required(&mut self, l: usize, next: &mut [&mut [u64]]) {
        let here = self.within..self.within + self.words.len();
        let (before, own) = next.split_at_mut(l);
        let users = &mut own[0][here.clone()];
        for &required in &self.pass.rules.requires[l] {
            let held = &before[required][here.clone()];
            if users.iter().zip(held).fold(0, |gone, (users, held)| gone | users & !held) == 0 {
                continue;
            }
            for ((word, users), held) in self.own().zip(users.iter_mut()).zip(held) {
                for bit in bits::set(*users & !held) {
                    let kind = self.kind((word as u32) << 6 | bit as u32);
                    self.tally.flows[l * self.pass.rules.kinds + kind][1] += 1;
                }
                *users &= held;
            }
        }
    }

    /// Those who have no access any more.
    #[inline(always)]
    fn leave_without_access(&mut self, l: usize, next: &mut [&mut [u64]]) {
        let (pass, access) = (self.pass, &self.rules[l].access);
        for word in self.own() {
            let sure = pass.sure[l].get(self.origin + word).copied().unwrap_or(0);
            for bit in bits::set(self.room.using[word] & !sure) {
                let at = (word as u64) << 6 | bit;
                if !access.admits(pass.people.person_at(self.place, self.base() | at)) {
                    self.stop(l, at as u32, next);
                }
            }
        }
    }

    /// The user at a position in the part stops, unless they have this month already.
    #[inline(always)]
    fn stop(&mut self, l: usize, at: u32, next: &mut [&mut [u64]]) {
        let users = &mut next[l][self.index((at >> 6) as usize)];
        let used = *users >> (at & 63) & 1;
        *users &= !(1 << (at & 63));
        let kind = self.kind(at);
        self.tally.flows[l * self.pass.rules.kinds + kind][1] += used as u32;
    }
}
