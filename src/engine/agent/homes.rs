//! Households with ties in village, region and nation: whom a person looks at.

use super::people::People;
use crate::network::{Level, Pairing};
use crate::rng::{hash, mix};
use crate::scenario::Households;

/// Most ties of a level.
const MOST_TIES: u32 = 64;

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

/// The villages of a place: all alike but for the last, which has what is left.
#[derive(Clone, Debug)]
struct Villages {
    /// First slot of the place.
    first: u64,
    /// Words of a village.
    words: u32,
    count: u32,
    /// Every tie of every village has a variant of it.
    pairing: Pairing,
    of_last: Pairing,
}

impl Villages {
    fn new([first, slots]: [u64; 2], words: u64, key: u64) -> Self {
        let count = (slots >> 6) / words;
        let last = (slots >> 6) - count.saturating_sub(1) * words;
        let pairing = |words: u64| Pairing::new(words << 6, key);
        Self { first, words: words as u32, count: count as u32, pairing: pairing(words), of_last: pairing(last) }
    }

    /// Number of the village of `slot`, and its first slot.
    #[inline(always)]
    fn village(&self, slot: u64) -> (u32, u64) {
        let village = (((slot - self.first) >> 6) as u32 / self.words).min(self.count.saturating_sub(1));
        (village, self.first + (u64::from(village * self.words) << 6))
    }
}

/// Room to look up the ties of many people, level by level.
#[derive(Debug, Default)]
pub struct Room {
    /// Positions of those who look at a level.
    who: [Vec<u32>; 4],
    numbers: Vec<u64>,
    variants: Vec<u32>,
    partners: Vec<u64>,
}

impl Homes {
    /// The ties among the slots of `places` and `regions` (each the first slot and how many), `key` giving a key for a name.
    pub fn new(
        homes: &Households,
        people: &People,
        (places, regions, nation): (&[[u64; 2]], &[[u64; 2]], u64),
        key: impl Fn(&str) -> u64,
    ) -> Self {
        let villages = places.iter().enumerate().map(|(place, &slots)| {
            let (words, initial) = (slots[1] >> 6, people.place(place).initial().max(1) as u64);
            let size = ((u64::from(homes.village) * words + initial / 2) / initial).clamp(1, words.max(1));
            Villages::new(slots, size, mix(key("village") ^ place as u64))
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
            residences: places.len() / regions.len().max(1),
        }
    }

    /// Ties of a person at a level beyond the household.
    pub fn ties_at(&self, level: Level) -> u32 {
        match level {
            Level::Household => 0,
            Level::Village => self.village_ties,
            Level::Province => self.province_ties,
            _ => self.nation_ties,
        }
    }

    /// Tie number `tie` of a slot at a level beyond the household; the slot itself where it has none.
    pub fn tie(&self, slot: u64, place: usize, level: Level, tie: u32) -> u64 {
        match level {
            Level::Village => {
                let villages = &self.villages[place];
                let (village, start) = villages.village(slot);
                let pairing = if village + 1 == villages.count { &villages.of_last } else { &villages.pairing };
                start + pairing.partner_in(village * self.village_ties + tie, slot - start)
            }
            Level::Province => {
                let (first, pairing) = &self.regions[place / self.residences];
                first + pairing.partner_in(tie, slot - first)
            }
            _ => self.nation.partner_in(tie, slot),
        }
    }

    /// The contact that `chance` picks at one level, alive or not; the slot itself if there is none.
    #[inline(always)]
    pub fn pick(&self, people: &People, slot: u64, place: usize, level: Level, chance: u64) -> u64 {
        if level == Level::Household {
            let others = people.place(place).household(slot) & people.alive((slot >> 6) as usize) & !(1 << (slot & 63));
            let count = u64::from(others.count_ones());
            return if count > 0 { slot & !63 | select(others, scaled(chance, count)) } else { slot };
        }
        if self.ties_at(level) == 0 { slot } else { self.tie(slot, place, level, self.tie_number(level, chance)) }
    }

    /// The number of the tie that `chance` picks at a level beyond the household.
    #[inline(always)]
    pub fn tie_number(&self, level: Level, chance: u64) -> u32 {
        scaled(chance, u64::from(self.ties_at(level))) as u32
    }

    /// One at random of the ties of a slot that `wanted` accepts, `tried` apart, at a level beyond the household.
    pub fn any_of(
        &self,
        slot: u64,
        place: usize,
        level: Level,
        tried: Option<u32>,
        mut chance: u64,
        wanted: impl Fn(u64) -> bool,
    ) -> Option<u64> {
        let mut untried = !0 >> (MOST_TIES - self.ties_at(level).min(MOST_TIES)).min(63);
        if self.ties_at(level) == 0 {
            return None;
        }
        untried &= !tried.map_or(0, |tie| 1_u64 << tie);
        while untried != 0 {
            chance = hash(chance, 1);
            let tie = select(untried, scaled(chance, u64::from(untried.count_ones())));
            let other = self.tie(slot, place, level, tie as u32);
            if other != slot && wanted(other) {
                return Some(other);
            }
            untried &= !(1 << tie);
        }
        None
    }

    /// For each of `others`, slots at `place`, the contact that `chances` pick at their level (its position among the levels): put in
    /// the slot's stead. As [`Homes::pick`], for wide registers.
    #[inline(always)]
    pub fn pick_many(
        &self,
        people: &People,
        place: usize,
        levels: &[u8],
        chances: &[u64],
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
        for &i in &room.who[0][..counts[0]] {
            let slot = others[i as usize];
            others[i as usize] = self.pick(people, slot, place, Level::Household, chances[i as usize]);
        }
        let villages = &self.villages[place];
        let (region, of_region) = &self.regions[place / self.residences];
        for (level, pairing) in
            [(Level::Village, &villages.pairing), (Level::Province, of_region), (Level::Nation, &self.nation)]
        {
            let who = &room.who[level as usize][..counts[level as usize]];
            let ties = self.ties_at(level);
            if who.is_empty() || ties == 0 {
                continue;
            }
            let (numbers, variants, partners) = (&mut room.numbers, &mut room.variants, &mut room.partners);
            numbers.clear();
            variants.clear();
            for &i in who {
                let slot = others[i as usize];
                let tie = scaled(chances[i as usize], u64::from(ties)) as u32;
                let (village, start) = match level {
                    Level::Village => villages.village(slot),
                    Level::Province => (0, *region),
                    _ => (0, 0),
                };
                numbers.push(slot - start);
                variants.push(village * ties + tie);
            }
            partners.resize(who.len().max(partners.len()), 0);
            for ((partner, &number), &variant) in partners.iter_mut().zip(&*numbers).zip(&*variants) {
                *partner = pairing.partner_in(variant, number);
            }
            for ((&i, &number), &partner) in who.iter().zip(&*numbers).zip(&*partners) {
                let other = &mut others[i as usize];
                *other = *other - number + partner;
            }
            // The last village has another size.
            if level == Level::Village {
                let last = villages.first + (u64::from(villages.count.saturating_sub(1) * villages.words) << 6);
                for (k, &i) in who.iter().enumerate() {
                    let start = others[i as usize] - partners[k];
                    if start == last {
                        others[i as usize] = start + villages.of_last.partner_in(variants[k], numbers[k]);
                    }
                }
            }
        }
    }
}

/// `bits` as a whole number below `count`.
#[inline(always)]
pub fn scaled(bits: u64, count: u64) -> u64 {
    ((u128::from(bits) * u128::from(count)) >> 64) as u64
}

/// The position of set bit number `index` of `bits`.
#[inline]
fn select(mut bits: u64, index: u64) -> u64 {
    for _ in 0..index {
        bits &= bits - 1;
    }
    u64::from(bits.trailing_zeros())
}

/// More random bits from those that picked the level.
#[inline(always)]
pub fn further(chance: u64) -> u64 {
    hash(chance, 2)
}
