//! Households with ties in village, region and nation: whom a person looks at.

use std::ops::Range;

use super::contacts::NO_SLOT;
use super::people::People;
use crate::network::{Level, Pairing};
use crate::rng::{hash, mix};
use crate::scenario::Households;

/// Ties beyond the household, computed from a key.
#[derive(Clone, Debug)]
pub struct Homes {
    villages: Vec<Villages>,
    /// By region: first slot, and the pairing of which every tie has a variant.
    regions: Vec<(u64, Pairing)>,
    nation: Pairing,
    village_ties: u32,
    province_ties: u32,
    nation_ties: u32,
    /// Places of a region.
    residences: usize,
}

/// The villages of a place, rows of the plan of neighbours: all alike but for the last, which has what is left.
#[derive(Clone, Debug)]
struct Villages {
    /// First position of the place.
    first: u64,
    /// Rows of a village.
    rows: u32,
    count: u32,
    /// Every tie of every village has a variant of it.
    pairing: Pairing,
    of_last: Pairing,
}

impl Villages {
    fn new(of_place: Range<usize>, rows: u64, key: u64) -> Self {
        let all = of_place.len() as u64;
        let count = all / rows;
        let last = all - count.saturating_sub(1) * rows;
        let pairing = |rows: u64| Pairing::new(rows << 6, key);
        Self {
            first: (of_place.start as u64) << 6,
            rows: rows as u32,
            count: count as u32,
            pairing: pairing(rows),
            of_last: pairing(last),
        }
    }

    /// Number of the village of a position, and its first position.
    #[inline(always)]
    fn village(&self, position: u64) -> (u32, u64) {
        let village = (((position - self.first) >> 6) as u32 / self.rows).min(self.count.saturating_sub(1));
        (village, self.first + (u64::from(village * self.rows) << 6))
    }
}

/// Room to look up the ties of many people, level by level.
#[derive(Debug, Default)]
pub struct Room {
    /// Positions of those who look at a level; how many look at the household.
    who: [Vec<u32>; 4],
    at_home: usize,
    picked: Vec<u32>,
    numbers: Vec<u64>,
    variants: Vec<u32>,
    partners: Vec<u64>,
}

impl Homes {
    /// The ties within places, among the slots of `regions` (each the first slot and how many) and of the nation, `key` giving a key for
    /// a name.
    pub fn new(
        homes: &Households,
        people: &People,
        (regions, nation): (&[[u64; 2]], u64),
        key: impl Fn(&str) -> u64,
    ) -> Self {
        let villages = people.layouts().iter().enumerate().map(|(place, layout)| {
            let (rows, initial) = (layout.row_range().len() as u64, layout.initial().max(1) as u64);
            let size = ((u64::from(homes.village) * rows + initial / 2) / initial).clamp(1, rows.max(1));
            Villages::new(layout.row_range(), size, mix(key("village") ^ place as u64))
        });
        let region =
            |(r, &[first, slots]): (usize, &[u64; 2])| (first, Pairing::new(slots, mix(key("region") ^ r as u64)));
        Self {
            villages: villages.collect(),
            regions: regions.iter().enumerate().map(region).collect(),
            nation: Pairing::new(nation, key("nation")),
            village_ties: homes.village_ties,
            province_ties: homes.province_ties,
            nation_ties: homes.nation_ties,
            residences: people.place_count() / regions.len().max(1),
        }
    }

    /// Ties of a person at a level, by its position, beyond the household.
    #[inline(always)]
    pub fn ties_at(&self, level: u8) -> u32 {
        [0, self.village_ties, self.province_ties, self.nation_ties][usize::from(level) & 3]
    }

    /// Tie number `tie` of a slot at a level beyond the household; the slot itself where it has none.
    pub fn tie(&self, people: &People, slot: u64, place: usize, level: Level, tie: u32) -> u64 {
        match level {
            Level::Village => {
                let (villages, layout) = (&self.villages[place], people.place(place));
                let position = layout.position(slot);
                let (village, start) = villages.village(position);
                let pairing = if village + 1 == villages.count { &villages.of_last } else { &villages.pairing };
                let partner = start + pairing.partner_in(village * self.village_ties + tie, position - start);
                layout.slot_at(partner).unwrap_or(slot)
            }
            Level::Province => {
                let (first, pairing) = &self.regions[place / self.residences];
                first + pairing.partner_in(tie, slot - first)
            }
            _ => self.nation.partner_in(tie, slot),
        }
    }

    /// The number of the tie that `chance` picks at a level, by its position, beyond the household.
    #[inline(always)]
    pub fn tie_number(&self, level: u8, chance: u64) -> u32 {
        scaled(chance, u64::from(self.ties_at(level))) as u32
    }

    /// For each of `others`, slots at `place`, the contact that `chances` pick at their level (by its position), put in the slot's
    /// stead: of the household someone who lives, else anyone; [`NO_SLOT`] if there is none.
    #[inline(always)]
    pub fn pick(
        &self,
        people: &People,
        place: usize,
        levels: &[u8],
        chances: &[u64],
        others: &mut [u64],
        room: &mut Room,
    ) {
        let mut numbers = std::mem::take(&mut room.picked);
        numbers.clear();
        numbers.extend(levels.iter().zip(chances).map(|(&level, &chance)| self.tie_number(level, chance)));
        self.ties_of(people, place, levels, &numbers, others, room);
        room.picked = numbers;
        for &i in &room.who[Level::Household as usize][..room.at_home] {
            let (other, chance) = (&mut others[i as usize], chances[i as usize]);
            let mut living = [0; 64];
            let mut count = 0;
            for mate in people.place(place).housemates(*other) {
                living[count & 63] = mate;
                count += (people.alive((mate >> 6) as usize) >> (mate & 63) & 1) as usize;
            }
            *other = if count > 0 { living[scaled(chance, count as u64) as usize & 63] } else { NO_SLOT };
        }
    }

    /// For each of `others`, slots at `place`, who is at the other end of the tie of this number at their level (by its position), put in
    /// the slot's stead; [`NO_SLOT`] where there is no such tie (of the household, the slot itself). In stages, for wide registers.
    #[inline(always)]
    pub fn ties_of(
        &self,
        people: &People,
        place: usize,
        levels: &[u8],
        numbers_of_ties: &[u32],
        others: &mut [u64],
        room: &mut Room,
    ) {
        for who in &mut room.who {
            who.resize(others.len().max(who.len()), 0);
        }
        let mut counts = [0; 4];
        for (i, &level) in (0..).zip(levels) {
            let level = usize::from(level & 3);
            room.who[level][counts[level]] = i;
            counts[level] += 1;
        }
        room.at_home = counts[Level::Household as usize];
        let (villages, layout) = (&self.villages[place], people.place(place));
        let (region, of_region) = &self.regions[place / self.residences];
        for (level, pairing) in
            [(Level::Village, &villages.pairing), (Level::Province, of_region), (Level::Nation, &self.nation)]
        {
            let who = &room.who[level as usize][..counts[level as usize]];
            let ties = self.ties_at(level as u8);
            if ties == 0 {
                for &i in who {
                    others[i as usize] = NO_SLOT;
                }
                continue;
            }
            let (numbers, variants, partners) = (&mut room.numbers, &mut room.variants, &mut room.partners);
            numbers.clear();
            variants.clear();
            for &i in who {
                let (slot, tie) = (others[i as usize], numbers_of_ties[i as usize]);
                let (village, number) = match level {
                    Level::Village => {
                        let position = layout.position(slot);
                        let (village, start) = villages.village(position);
                        (village, position - start)
                    }
                    Level::Province => (0, slot - region),
                    _ => (0, slot),
                };
                numbers.push(number);
                variants.push(village * ties + tie);
            }
            partners.resize(who.len().max(partners.len()), 0);
            for ((partner, &number), &variant) in partners.iter_mut().zip(&*numbers).zip(&*variants) {
                *partner = pairing.partner_in(variant, number);
            }
            if level != Level::Village {
                let first = if level == Level::Province { *region } else { 0 };
                for ((&i, &partner), &number) in who.iter().zip(&*partners).zip(&*numbers) {
                    others[i as usize] = if partner == number { NO_SLOT } else { first + partner };
                }
                continue;
            }
            for (k, &i) in who.iter().enumerate() {
                let (village, number) = (variants[k] / ties, numbers[k]);
                // The last village has another size.
                let last = village + 1 == villages.count;
                let partner = if last { villages.of_last.partner_in(variants[k], number) } else { partners[k] };
                let start = villages.first + (u64::from(village * villages.rows) << 6);
                let other = if partner == number { None } else { layout.slot_at(start + partner) };
                others[i as usize] = other.unwrap_or(NO_SLOT);
            }
        }
    }
}

/// `bits` as a whole number below `count`.
#[inline(always)]
pub fn scaled(bits: u64, count: u64) -> u64 {
    ((u128::from(bits) * u128::from(count)) >> 64) as u64
}

/// More random bits from those that picked the level.
#[inline(always)]
pub fn further(chance: u64) -> u64 {
    hash(chance, 2)
}
