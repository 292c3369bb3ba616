//! The month of people who are all alike, on a ring that they all live on: the same arrivals and looks as everybody's, worked out for
//! a block of people at once.

use super::arrivals::{BLOCK_PEOPLE, BLOCK_WORDS, Point, Tiers};
use super::contacts::cause;
use super::month::Part;
use super::room::{Room, keep, of_block};
use crate::network::Level;

impl Part<'_, '_, '_> {
    /// The users of the block at the end of the month.
    #[inline(always)]
    pub fn on_plain_ring(&mut self, next: &mut [u64]) {
        let users = &self.pass.users[0][self.words.clone()];
        self.leave_plainly(next);
        let innovators = self.sift(next);
        self.look_around(next);
        // Who adopted did not use before, so did not leave.
        let (mut adopted, mut left) = (0, 0);
        for (users, next) in users.iter().zip(&*next) {
            adopted += (next & !users).count_ones();
            left += (users & !next).count_ones();
        }
        self.tally.flows[0][0] += adopted;
        self.tally.flows[0][1] += left;
        self.tally.causes[0][0] += innovators;
        self.tally.causes[0][usize::from(cause(Level::Tie))] += adopted - innovators;
    }

    /// Those who leave; and finds those who may adopt.
    #[inline(always)]
    fn leave_plainly(&mut self, next: &mut [u64]) {
        let (pass, rule, block, words) = (self.pass, &self.rules[0], self.number(), self.words.len());
        let open = &mut self.room.open[0];
        open[..BLOCK_WORDS].fill(0);
        if rule.most_adopting > 0.0 {
            for (open, users) in open.iter_mut().zip(&pass.users[0][self.words.clone()]) {
                *open = !users;
            }
            // Only the last word of all may have room left.
            let last = self.words.end - 1;
            open[self.words.len() - 1] &= pass.people.alive(last);
        }
        let tiers = Tiers::get();
        for tier in tiers.below(rule.most_leaving.max(rule.zone)) {
            let count = tiers.draw(pass.keys[0].leaving[0], block, tier, &mut self.room.points);
            let Room { points, open, .. } = &mut *self.room;
            let (in_zone, steps) = (tier.from < rule.zone, tier.steps_below(rule.most_leaving));
            for point in points[..count].iter().filter(|point| point.word() < words) {
                let bit = 1 << point.bit();
                open[0][point.word()] &= !(if in_zone { bit } else { 0 });
                next[point.word()] &= !(if point.step() < steps { bit } else { 0 });
            }
        }
    }

    /// Finds the arrivals of those who look at a contact; those who adopt whatever others do have adopted, and are counted.
    #[inline(always)]
    fn sift(&mut self, next: &mut [u64]) -> u32 {
        let (pass, rule, block) = (self.pass, &self.rules[0], self.number());
        let [outside, at_most] = rule.adopting[0];
        let tiers = Tiers::get();
        let (mut looking, mut innovators) = (0, 0);
        for tier in tiers.below(at_most) {
            let count = tiers.draw(pass.keys[0].adopting[0], block, tier, &mut self.room.points);
            let Room { points, found, open, .. } = &mut *self.room;
            if found.len() < looking + count {
                found.resize(2 * (looking + count), Point::default());
            }
            let points = &points[..count];
            if tier.from >= outside && tier.to <= at_most {
                looking = keep(points, of_block(&mut open[0], 0), found, looking, |_| true);
                continue;
            }
            let (innovating, steps) = (tier.steps_below(outside), tier.steps_below(at_most));
            let innovation = if innovating > 0 { points } else { &[] };
            for point in innovation.iter().filter(|point| point.step() < innovating) {
                let new = open[0][point.word()] >> point.bit() & 1;
                open[0][point.word()] &= !(1 << point.bit());
                if new == 1 {
                    next[point.word()] |= 1 << point.bit();
                    innovators += 1;
                }
            }
            let open = of_block(&mut open[0], 0);
            looking = keep(points, open, found, looking, |p| (p.step() >= innovating) & (p.step() < steps));
        }
        let Room { others, perhaps, .. } = &mut *self.room;
        others.resize(looking, 0);
        perhaps.resize(looking, 0);
        innovators
    }

    /// What those who look see, and whether they adopt.
    #[inline(always)]
    fn look_around(&mut self, next: &mut [u64]) {
        let (pass, base, number) = (self.pass, self.base(), self.number());
        let Some(ring) = pass.contacts.ring() else { return };
        let Room { asking, found, others, perhaps, far, .. } = &mut *self.room;
        let found = &found[..others.len()];
        asking.resize(found.len().max(asking.len()), Point::default());
        let ties = ring.neighbours();
        // The far neighbours of the block are those of the ring, unless one of its ends is near.
        let inside = number > 0 && (base as usize + 2 * BLOCK_PEOPLE) >> 6 < pass.users[0].len();
        let mut count = 0;
        let adopt = |next: &mut [u64], point: Point, other: u64| {
            let sees = pass.users[0][(other >> 6) as usize] >> (other & 63) & 1;
            next[point.word()] |= sees << point.bit();
        };
        if inside {
            ring.near(base, found, |point| (point.position(), point.below(ties)), others, perhaps);
            for ((&point, &other), &perhaps) in found.iter().zip(&*others).zip(&*perhaps) {
                // Whoever has to ask looks at themselves, who are no user.
                let other = if perhaps == 1 { point.position() as i32 } else { other };
                adopt(next, point, base.wrapping_add_signed(i64::from(other)));
                asking[count] = point;
                count += perhaps as usize;
            }
        } else {
            count = found.len();
            asking[..count].copy_from_slice(found);
        }
        // First whom to look at, then what is seen: looks go anywhere in memory, and should not wait for each other.
        far.resize(count.max(far.len()), 0);
        for (other, point) in far.iter_mut().zip(&asking[..count]) {
            *other = ring.tie(base | u64::from(point.position()), point.below(ties));
        }
        for (&point, &other) in asking[..count].iter().zip(&*far) {
            adopt(next, point, other);
        }
    }
}
