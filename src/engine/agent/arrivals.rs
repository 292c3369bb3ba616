//! Arrivals: points at random on a plane whose one axis is the people and whose other axis is the hazard.
//!
//! On average one point falls on each person and unit of hazard, independently of all others: a Poisson process. A person to
//! whom something happens with cumulative hazard `x` in a month is one with a point below height `x`; that has probability
//! `1 - exp(-x)`. So a month costs as many points as things may happen, however many people there are. Points do not depend on
//! `x`: who is met at a low hazard is met at a higher one too, and two scenarios see the same points.
//!
//! Where hazards are small the plane is cut, up to a height ([`SHARED`]), into blocks of people and tiers of height: how many points a
//! piece has is one draw, and where they lie a hash each, keyed by the piece. That is quick where few of many people are met. Beyond,
//! or from the ground where hazards are large, people have points of their own ([`Beyond`]), drawn for those only who matter.

use std::sync::LazyLock;

use crate::adoption::hazard::probability;
use crate::rng::{hash, unit53};

/// Words of people of a block, as a power of two and as a number.
const BLOCK_WORD_BITS: u32 = 8;
pub const BLOCK_WORDS: usize = 1 << BLOCK_WORD_BITS;
/// People of a block, as a power of two and as a number.
pub const BLOCK_BITS: u32 = BLOCK_WORD_BITS + 6;
pub const BLOCK_PEOPLE: usize = 1 << BLOCK_BITS;

/// Height up to which points are drawn for a block of people, if they are. Of the pieces' ends the one at which both ways cost about the same.
pub const SHARED: f64 = 5.0 / 128.0;
/// Height of the lowest tiers.
const LOWEST: f64 = 1.0 / 512.0;
/// Heights of tiers: the lowest and its doubles.
const HEIGHTS: usize = 3;
/// Tiers of the lowest height, before four of each further one.
const LOW_TIERS: usize = 8;
/// Bits that say how high within its tier a point lies.
const HEIGHT_BITS: u32 = 24;
/// Bits that are left for what else is drawn.
const FREE_BITS: u32 = 64 - BLOCK_BITS - HEIGHT_BITS;

/// People of a word from whom on it is quicker to ask all of it.
const DENSE: u32 = 2;

/// A point of a block: whose it is, how high it lies within its tier, and bits for what else is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point(u64);

impl Point {
    /// Number of the person within the block.
    #[inline(always)]
    pub fn position(self) -> u32 {
        (self.0 >> (64 - BLOCK_BITS)) as u32
    }

    /// Word of the person within the block.
    #[inline(always)]
    pub fn word(self) -> usize {
        (self.0 >> (64 - BLOCK_WORD_BITS)) as usize
    }

    /// The person's bit within the word.
    #[inline(always)]
    pub fn bit(self) -> u32 {
        (self.0 >> (64 - BLOCK_BITS)) as u32 & 63
    }

    /// A whole number below `count` (up to 2^16), at random.
    #[inline(always)]
    pub fn below(self, count: u32) -> u32 {
        (((self.0 >> HEIGHT_BITS & ((1 << FREE_BITS) - 1)) * u64::from(count)) >> FREE_BITS) as u32
    }

    /// How high within its tier, in steps.
    #[inline(always)]
    pub fn step(self) -> u64 {
        self.0 & ((1 << HEIGHT_BITS) - 1)
    }

    /// Sixty-four random bits of its own.
    #[inline(always)]
    pub fn bits(self, key: u64) -> u64 {
        hash(key, self.0)
    }
}

/// A range of heights.
#[derive(Clone, Copy, Debug)]
pub struct Tier {
    index: u64,
    /// Lower and upper end.
    pub from: f64,
    pub to: f64,
    /// Position among the heights that tiers have.
    class: usize,
}

impl Tier {
    /// Points of this tier whose step lies below this lie below `height`.
    #[inline(always)]
    pub fn steps_below(&self, height: f64) -> u64 {
        (((height - self.from) / (self.to - self.from)).clamp(0.0, 1.0) * f64::from(1_u32 << HEIGHT_BITS)) as u64
    }

    /// The height of a point of this tier.
    #[inline(always)]
    pub fn height(&self, point: Point) -> f64 {
        self.from + (self.to - self.from) * ((point.step() as f64 + 0.5) * (1.0 / f64::from(1_u32 << HEIGHT_BITS)))
    }
}

/// How many points a piece has: the Poisson distribution, by its table.
#[derive(Debug)]
struct Counts {
    /// The count of the table's first entry.
    first: usize,
    /// Probabilities of up to this many, in units of 2^-64.
    up_to: Vec<u64>,
    /// By the first eight bits of a number, the first entry that may be it.
    guide: [u16; 256],
}

impl Counts {
    fn new(mean: f64) -> Self {
        // Beyond twelve standard deviations lies less than a double tells apart.
        let spread = 12.0 * mean.sqrt() + 30.0;
        let (first, last) = ((mean - spread).max(0.0) as usize, (mean + spread) as usize);
        let probability = |k: usize| libm::exp(k as f64 * libm::log(mean) - mean - libm::lgamma(k as f64 + 1.0));
        let total: f64 = (first..=last).map(probability).sum();
        let mut sum = 0.0;
        let mut up_to: Vec<u64> = (first..=last)
            .map(|k| {
                sum += probability(k) / total;
                (sum * 18_446_744_073_709_551_616.0) as u64
            })
            .collect();
        up_to.push(u64::MAX);
        let guide = std::array::from_fn(|bits| up_to.partition_point(|&p| p < (bits as u64) << 56) as u16);
        Self { first, up_to, guide }
    }

    #[inline(always)]
    fn draw(&self, bits: u64) -> usize {
        let mut entry = usize::from(self.guide[(bits >> 56) as usize]);
        while self.up_to[entry] < bits {
            entry += 1;
        }
        self.first + entry
    }

    fn most(&self) -> usize {
        self.first + self.up_to.len()
    }
}

/// Every tier, from the lowest on, without gaps.
#[derive(Debug)]
pub struct Tiers {
    tiers: Vec<Tier>,
    counts: Vec<Counts>,
}

static TIERS: LazyLock<Tiers> = LazyLock::new(Tiers::new);

impl Tiers {
    fn new() -> Self {
        let height = |class: usize| LOWEST * f64::from(1_u32 << class);
        let mut tiers: Vec<Tier> = Vec::new();
        let mut from = 0.0;
        while from < SHARED {
            let class =
                (tiers.len().saturating_sub(LOW_TIERS) / 4 + usize::from(tiers.len() >= LOW_TIERS)).min(HEIGHTS - 1);
            let to = from + height(class);
            tiers.push(Tier { index: tiers.len() as u64, from, to, class });
            from = to;
        }
        Self { tiers, counts: (0..HEIGHTS).map(|class| Counts::new(height(class) * BLOCK_PEOPLE as f64)).collect() }
    }

    /// The tiers of every run.
    pub fn get() -> &'static Self {
        &TIERS
    }

    /// The tiers that begin below `height`.
    #[inline(always)]
    pub fn below(&self, height: f64) -> &[Tier] {
        &self.tiers[..self.tiers.iter().filter(|tier| tier.from < height).count()]
    }

    /// The lowest upper end of a tier from `height` on; [`SHARED`] beyond.
    pub fn end_from(&self, height: f64) -> f64 {
        self.tiers.iter().map(|tier| tier.to).find(|&to| to >= height).unwrap_or(SHARED)
    }

    /// Most points that a piece may have.
    pub fn most_points(&self) -> usize {
        self.counts.iter().map(Counts::most).max().unwrap_or(0)
    }

    /// The points of `block` in `tier`, into `room`, which has room for [`Tiers::most_points`]; how many.
    #[inline(always)]
    pub fn draw(&self, key: u64, block: usize, tier: &Tier, room: &mut [Point]) -> usize {
        let key = hash(key, (block as u64) << 10 | tier.index);
        let count = self.counts[tier.class].draw(hash(key, 0));
        for (i, point) in (1..).zip(&mut room[..count]) {
            *point = Point(hash(key, i));
        }
        count
    }
}

/// A point of one person's own, beyond those that are shared.
///
/// The first lies `-ln(1 - u)` beyond, `u` uniform in 0..1; each further one as far beyond the last. They are told by `u`, which
/// is compared with a probability. The first sixteen bits of the first one's `u` are a quarter of a hash that four neighbours share, so
/// that many who have no point low enough are told quickly.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beyond {
    bits: u64,
    number: f64,
}

impl Beyond {
    /// The first sixteen bits of `u`, given the hash that the person in `slot` shares with their neighbours.
    #[inline(always)]
    fn quarter(shared: u64, slot: u64) -> u64 {
        shared >> ((slot & 3) << 4) & 0xffff
    }

    /// The first point of the person in `slot`.
    #[inline(always)]
    pub fn first(key: u64, slot: u64) -> Self {
        let shared = hash(key, slot >> 2);
        let bits = hash(shared, 13 + (slot & 3));
        Self { bits, number: (Self::quarter(shared, slot) as f64 + unit53(bits)) * (1.0 / 65_536.0) }
    }

    /// Those of the `open` people of a word that begins with slot `from` whose first point may lie below the height that `share` stands for:
    /// all for whom it does, and one in 65,536 of the others.
    #[inline(always)]
    pub fn may_lie_below(open: u64, key: u64, from: u64, share: f64) -> u64 {
        let limit = (share * 65_536.0) as u64;
        let is_met = |shared: u64, slot: u64| u64::from(Self::quarter(shared, slot) <= limit);
        if open.count_ones() < DENSE {
            let found = crate::engine::agent::bits::set(open);
            return found.fold(0, |met, bit| met | is_met(hash(key, (from | bit) >> 2), bit) << bit);
        }
        // In wide registers all are asked as quickly as a few one by one.
        let mut met = 0;
        for four in 0..16 {
            let shared = hash(key, (from >> 2) + four);
            for slot in 0..4 {
                met |= is_met(shared, slot) << (four * 4 + slot);
            }
        }
        open & met
    }

    /// The next point.
    #[inline(always)]
    pub fn next(self) -> Self {
        let bits = hash(self.bits, 11);
        Self { bits, number: self.number + unit53(bits) * (1.0 - self.number) }
    }

    /// Whether it lies below the height that `share` stands for (see [`share_beyond`]).
    #[inline(always)]
    pub fn below(self, share: f64) -> bool {
        self.number < share
    }

    /// Sixty-four random bits of its own.
    #[inline(always)]
    pub fn more(self) -> u64 {
        hash(self.bits, 7)
    }
}

/// The share of people with a point of their own below `height`, where points up to `shared` are shared.
pub fn share_beyond(height: f64, shared: f64) -> f64 {
    probability((height - shared).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The points of some blocks up to a height, and the heights of those within tiers.
    fn points(blocks: usize, height: f64) -> Vec<(u64, f64)> {
        let tiers = Tiers::get();
        let mut room = vec![Point::default(); tiers.most_points()];
        let mut found = Vec::new();
        for person in 0..(blocks << BLOCK_BITS) as u64 {
            let mut point = Beyond::first(98, person);
            while point.below(share_beyond(height, SHARED)) {
                found.push((person, SHARED - libm::log1p(-point.number)));
                point = point.next();
            }
        }
        for block in 0..blocks {
            for tier in tiers.below(height) {
                let count = tiers.draw(99, block, tier, &mut room);
                let here = room[..count].iter().filter(|point| point.step() < tier.steps_below(height));
                found.extend(here.map(|p| ((block as u64) << BLOCK_BITS | u64::from(p.position()), tier.height(*p))));
            }
        }
        found
    }

    #[test]
    fn tiers_have_no_gaps() {
        let tiers = &Tiers::get().tiers;
        assert!(tiers[0].from == 0.0 && tiers[tiers.len() - 1].to == SHARED && tiers.len() < 1 << 10);
        assert!(tiers.windows(2).all(|two| two[0].to == two[1].from));
        assert_eq!(tiers[LOW_TIERS].to - tiers[LOW_TIERS].from, 2.0 * LOWEST);
        for height in [0.0, 1e-9, 0.002, 0.0156, 0.036, 0.3, 1e9] {
            let below = Tiers::get().below(height);
            assert!(below.iter().all(|tier| tier.from < height), "{height}");
            assert!(tiers.get(below.len()).is_none_or(|tier| tier.from >= height), "{height}");
        }
    }

    #[test]
    fn a_person_has_a_point_below_a_height_with_the_probability_of_that_hazard() {
        let people = 64 << BLOCK_BITS;
        for height in [0.001, 0.036, 0.4, 3.0] {
            let mut met = vec![0_u32; people];
            for (person, at) in points(64, height) {
                assert!(at < height);
                met[person as usize] += 1;
            }
            // Nobody, one, two, three and more: chi-squared with three degrees of freedom below its 0.9999 point.
            let mut expected = [libm::exp(-height), 0.0, 0.0, 0.0];
            expected[1] = expected[0] * height;
            expected[2] = expected[1] * height / 2.0;
            expected[3] = 1.0 - expected[..3].iter().sum::<f64>();
            let chi: f64 = (0..4)
                .map(|k| {
                    let found = met.iter().filter(|&&n| n.min(3) == k).count() as f64;
                    let wanted = expected[k as usize] * people as f64;
                    if wanted < 1.0 { 0.0 } else { (found - wanted) * (found - wanted) / wanted }
                })
                .sum();
            assert!(chi < 21.1, "{height}: {chi}");
        }
    }

    #[test]
    fn whoever_has_a_point_below_is_told_and_few_others() {
        for share in [0.0, 0.01, 0.3, 0.999] {
            let (mut told, mut below) = (0, 0);
            for word in 0..4000_u64 {
                let open = if word % 3 == 0 { 0x11 << (word % 60) } else { !0 };
                let found = Beyond::may_lie_below(open, 3, word << 6, share);
                let are = crate::engine::agent::bits::set(open)
                    .filter(|bit| Beyond::first(3, word << 6 | bit).below(share))
                    .fold(0_u64, |are, bit| are | 1 << bit);
                assert!(are & !found == 0 && found & !open == 0, "{share}");
                (told, below) = (told + found.count_ones(), below + are.count_ones());
            }
            assert!(told - below < 20, "{told} told, {below} are, below {share}");
        }
    }

    #[test]
    fn points_lie_anywhere_in_their_piece_and_pieces_vary_as_they_should() {
        let found = points(512, 0.036);
        let mut bins = [0.0; 64];
        for (person, height) in &found {
            bins[(person >> 11 & 7) as usize * 8 + (height / 0.036 * 8.0) as usize] += 1.0;
        }
        let wanted = found.len() as f64 / 64.0;
        let chi: f64 = bins.iter().map(|n| (n - wanted) * (n - wanted) / wanted).sum();
        assert!(chi < 113.1, "{chi}");
        // Counts of blocks have the variance of a Poisson distribution: a ratio of 1 with standard error 0.0625.
        let mut counts = vec![0.0; 512];
        for (person, _) in &found {
            counts[(person >> BLOCK_BITS) as usize] += 1.0;
        }
        let mean = 0.036 * BLOCK_PEOPLE as f64;
        let ratio = counts.iter().map(|n| (n - mean) * (n - mean) / mean).sum::<f64>() / 512.0;
        assert!((ratio - 1.0).abs() < 0.25, "{ratio}");
    }

    #[test]
    fn free_bits_pick_evenly() {
        let mut counts = [0.0; 10];
        let tiers = Tiers::get();
        let mut room = vec![Point::default(); tiers.most_points()];
        for block in 0..4000 {
            let count = tiers.draw(5, block, &tiers.tiers[3], &mut room);
            room[..count].iter().for_each(|point| counts[point.below(10) as usize] += 1.0);
        }
        let wanted = counts.iter().sum::<f64>() / 10.0;
        let chi: f64 = counts.iter().map(|n| (n - wanted) * (n - wanted) / wanted).sum();
        // Nine degrees of freedom, the 0.9999 point.
        assert!(chi < 33.7, "{chi}");
    }
}
