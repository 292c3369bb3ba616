//! Where the work on a block of people is put, and the sifting of its points.

use std::sync::Mutex;

use super::arrivals::{BLOCK_PEOPLE, BLOCK_WORDS, Point, Tiers};
use super::contacts;
use super::month::Pass;

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
    /// Position in the block.
    pub at: u16,
    pub kind: u8,
    /// Where the contact comes from, by its position among the causes of adoption; 0: adopts whatever others do.
    pub cause: u8,
    /// Random bits.
    pub more: u64,
    /// The contact looked at.
    pub other: u64,
}

/// Words of a block, from its first.
pub type Masks = [u64; BLOCK_WORDS];

/// Room for the work on a block.
#[derive(Debug)]
pub struct Room {
    pub points: Vec<Point>,
    pub found: Vec<Point>,
    pub asking: Vec<Point>,
    pub others: Vec<i32>,
    pub perhaps: Vec<u32>,
    pub far: Vec<u64>,
    pub candidates: Vec<Candidate>,
    /// Of the candidates who look at a contact: which, random bits, the contact and where it comes from.
    looking: Vec<u32>,
    chances: Vec<u64>,
    contacts: Vec<u64>,
    pub causes: Vec<u8>,
    finding: contacts::Room,
    pub positions: Vec<u16>,
    pub hashes: Vec<u64>,
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
            finding: contacts::Room::default(),
            positions: vec![0; BLOCK_PEOPLE],
            hashes: Vec::new(),
            using: [0; BLOCK_WORDS],
            open: vec![[0; BLOCK_WORDS]; layers],
        }
    }

    /// Finds whom the first `count` candidates look at, those of them who do.
    #[inline(always)]
    pub fn find_contacts(&mut self, pass: &Pass<'_>, place: usize, count: usize) {
        let Self { candidates, looking, chances, contacts, causes, finding, .. } = self;
        let candidates = &mut candidates[..count];
        looking.resize(count.max(looking.len()), 0);
        chances.resize(count.max(chances.len()), 0);
        contacts.resize(count.max(contacts.len()), 0);
        causes.resize(count.max(causes.len()), 0);
        let mut found = 0;
        for (i, candidate) in (0..).zip(&*candidates) {
            looking[found] = i;
            chances[found] = candidate.more;
            contacts[found] = candidate.other;
            found += usize::from(candidate.cause > 0);
        }
        let (contacts, causes) = (&mut contacts[..found], &mut causes[..found]);
        pass.contacts.propose(
            pass.people,
            place,
            &pass.levels,
            &chances[..found],
            (&mut *contacts, &mut *causes),
            finding,
        );
        for ((&i, &other), &cause) in looking.iter().zip(&*contacts).zip(&*causes) {
            let candidate = &mut candidates[i as usize];
            candidate.cause = cause;
            candidate.other = other;
        }
    }
}

/// Appends those of `points` who belong to `masks` and keep `rule`, and drops the others; how many there are then. `found` has room for
/// all.
#[inline(always)]
pub fn keep(
    points: &[Point],
    masks: &Masks,
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

/// Lists the people of `masks` by their position; how many there are.
#[inline(always)]
pub fn list(masks: &Masks, positions: &mut [u16]) -> usize {
    let mut count = 0;
    for (word, &mask) in masks.iter().enumerate() {
        let base = (word as u16) << 6;
        let mut left = mask;
        let mut at = count;
        // Two at a time whether or not they are there: how many there are is chance, and not worth a guess for each.
        while left != 0 {
            positions[at & (BLOCK_PEOPLE - 1)] = base | left.trailing_zeros() as u16 & 63;
            left &= left.wrapping_sub(1);
            positions[(at + 1) & (BLOCK_PEOPLE - 1)] = base | left.trailing_zeros() as u16 & 63;
            left &= left.wrapping_sub(1);
            at += 2;
        }
        count += mask.count_ones() as usize;
    }
    count
}
