//! Where the work on a block of people is put, and the sifting of its points.

use std::ops::Range;
use std::sync::Mutex;

use super::arrivals::{BLOCK_PEOPLE, BLOCK_WORDS, Beyond, Point, Tiers};
use super::contacts;
use super::month::Pass;
use super::people::Kinds;
use super::search::Search;

/// Blocks that are worked on together: enough people for lists of those concerned to be long.
const PART_BLOCKS: usize = 4;
/// Words and people of such a part.
pub const PART_WORDS: usize = PART_BLOCKS * BLOCK_WORDS;
pub const PART_PEOPLE: usize = PART_BLOCKS * BLOCK_PEOPLE;

/// Rooms that were used and can be used again: as many as there are threads.
#[derive(Debug, Default)]
#[allow(clippy::vec_box, reason = "a room is large, and is handed out for every task")]
pub struct Rooms(Mutex<Vec<Box<Room>>>);

impl Rooms {
    pub fn take(&self, layers: usize) -> Box<Room> {
        self.0.lock().ok().and_then(|mut rooms| rooms.pop()).unwrap_or_else(|| Box::new(Room::new(layers)))
    }

    pub fn give_back(&self, room: Box<Room>) {
        if let Ok(mut rooms) = self.0.lock() {
            rooms.push(room);
        }
    }
}

/// Someone on the way to a decision.
#[derive(Clone, Copy, Debug, Default)]
pub struct Candidate {
    /// Position in the part.
    pub at: u16,
    pub kind: u8,
    /// Whether they adopt only if the contact that they look at is a user.
    pub looks: bool,
    /// Random bits.
    pub more: u64,
}

/// Words of a part, from its first.
pub type Masks = [u64; PART_WORDS];

/// Room for the work on a part.
#[derive(Debug)]
pub struct Room {
    pub points: Vec<Point>,
    pub found: Vec<Point>,
    pub asking: Vec<Point>,
    pub others: Vec<i32>,
    pub perhaps: Vec<u32>,
    pub far: Vec<u64>,
    pub candidates: Vec<Candidate>,
    /// Of the candidates who look at a contact: which, random bits, the contact, where it comes from (its position among the causes of
    /// adoption) and what is seen there.
    pub looking: Vec<u32>,
    chances: Vec<u64>,
    pub contacts: Vec<u64>,
    pub causes: Vec<u8>,
    pub seen: Vec<u8>,
    pub searches: Vec<Search>,
    pub finding: contacts::Room,
    pub positions: Vec<u16>,
    /// Points of single people, and random bits of each.
    pub beyond: Vec<Beyond>,
    pub mores: Vec<u64>,
    /// Candidates, by their number, and who they are.
    pub listed: Vec<u32>,
    pub persons: Vec<u64>,
    pub living: Masks,
    pub kinds: Kinds<PART_PEOPLE>,
    pub using: Masks,
    /// By layer: those who may adopt.
    pub open: Vec<Masks>,
}

impl Room {
    fn new(layers: usize) -> Self {
        let most = Tiers::get().most_points();
        Self {
            points: vec![Point::default(); most],
            found: vec![Point::default(); most],
            asking: Vec::new(),
            others: Vec::new(),
            perhaps: Vec::new(),
            far: Vec::new(),
            candidates: Vec::new(),
            looking: Vec::new(),
            chances: Vec::new(),
            contacts: Vec::new(),
            causes: Vec::new(),
            seen: Vec::new(),
            searches: Vec::new(),
            finding: contacts::Room::default(),
            positions: vec![0; PART_PEOPLE],
            beyond: Vec::new(),
            mores: Vec::new(),
            listed: Vec::new(),
            persons: Vec::new(),
            living: [0; PART_WORDS],
            kinds: Kinds::default(),
            using: [0; PART_WORDS],
            open: vec![[0; PART_WORDS]; layers],
        }
    }

    /// Finds whom those of the first `count` candidates look at who do; how many those are.
    #[inline(always)]
    pub fn find_contacts(&mut self, pass: &Pass<'_>, place: usize, base: u64, count: usize) -> usize {
        let Self { candidates, looking, chances, contacts, causes, finding, .. } = self;
        looking.resize(count.max(looking.len()), 0);
        chances.resize(count.max(chances.len()), 0);
        contacts.resize(count.max(contacts.len()), 0);
        causes.resize(count.max(causes.len()), 0);
        let mut found = 0;
        for (i, candidate) in (0..).zip(&candidates[..count]) {
            looking[found] = i;
            chances[found] = candidate.more;
            contacts[found] = base | u64::from(candidate.at);
            found += usize::from(candidate.looks);
        }
        let places = (&mut contacts[..found], &mut causes[..found]);
        pass.contacts.propose(pass.people, place, &pass.levels, &chances[..found], places, finding);
        found
    }
}

/// Appends those of the `points` of a block who belong to its `masks` and keep `rule`, and drops the others; how many there are then. `found` has room for
/// all.
#[inline(always)]
pub fn keep(
    points: &[Point],
    masks: &[u64; BLOCK_WORDS],
    found: &mut [Point],
    mut count: usize,
    rule: impl Fn(Point) -> bool,
) -> usize {
    for &point in points {
        found[count] = point;
        count += (masks[point.word()] >> point.bit()) as usize & usize::from(rule(point));
    }
    count
}

/// The words of a block of a part.
#[inline(always)]
pub fn of_block(masks: &mut Masks, block: usize) -> &mut [u64; BLOCK_WORDS] {
    &mut masks.as_chunks_mut().0[block]
}

/// Lists the people of `words` of a part, whose masks are given, by their position in it; how many there are.
#[inline(always)]
pub fn list(masks: &Masks, words: Range<usize>, positions: &mut [u16]) -> usize {
    let mut count = 0;
    for (word, &mask) in (words.start..).zip(&masks[words]) {
        let base = (word as u16) << 6;
        let (mut left, mut at) = (mask, count);
        // Four at a time whether or not they are there: how many there are is chance, and not worth a guess for each.
        loop {
            for next in 0..4 {
                positions[(at + next) & (PART_PEOPLE - 1)] = base | left.trailing_zeros() as u16 & 63;
                left &= left.wrapping_sub(1);
            }
            if left == 0 {
                break;
            }
            at += 4;
        }
        count += mask.count_ones() as usize;
    }
    count
}
