//! How the people of a place are laid out: in the order of age, and who shares a household.
//!
//! Places that change keep a slot for everyone who will ever live there: for each sex those who live there at the start, from the oldest
//! to the youngest, then those yet unborn in the order of their birth; newcomers have slots of their own, the last ones. The slot
//! of a person depends on nothing but the scenario's population. People of the same sex and age lie side by side, so what
//! is true of all of them, a hazard or an age limit, is found out once for thousands.
//!
//! Neighbours are found on a second plan: the slots of a sex are dealt to rows like cards, as many rows to a place as make at most
//! 64 slots each. So every row holds people of all ages, and every row gets its share of the newborn and of the newcomers. Rows side by side
//! make a village. Within a row, households are dealt their members in the same way: the oldest first, one to each
//! household, then the next oldest to those with more members. Small households thus are of older people, and children live in large ones.

use super::bits;
use crate::rng::{Address, Purpose, Stream, unit32};

/// Ways in which rows are divided into households.
const PATTERNS: usize = 64;
/// Columns: slots of a row.
const COLUMNS: usize = 64;

/// The slots of one place.
#[derive(Clone, Debug)]
pub struct PlaceLayout {
    /// First word and number of words.
    first: usize,
    words: usize,
    /// First row among those of all places, and number of rows.
    first_row: usize,
    rows: u32,
    /// People at the start.
    initial: usize,
    /// One for each sex, then the newcomers.
    sections: Vec<Section>,
    /// Position of the place's first newcomer among all places' newcomers.
    first_newcomer: usize,
    columns: [Column; COLUMNS],
    patterns: Vec<Pattern>,
    key: u64,
}

/// Slots that follow each other.
#[derive(Clone, Copy, Debug)]
struct Section {
    first: u64,
    people: usize,
    /// First column.
    column: u32,
}

/// The slots of a column, one row after the other.
#[derive(Clone, Copy, Debug, Default)]
struct Column {
    first: u64,
    rows: u32,
}

/// A division of a row into households.
#[derive(Clone, Debug)]
struct Pattern {
    /// Members by household, as bits of the columns.
    members: Vec<u64>,
    household: [u8; COLUMNS],
    /// The columns, one household after the other, and where each is among them.
    order: [u8; COLUMNS],
    place: [u8; COLUMNS],
}

/// What a place has to hold.
#[derive(Clone, Debug, Default)]
pub struct Demand {
    /// By sex: people at the start, and births over the run.
    pub residents: Vec<[usize; 2]>,
    /// Newcomers over the run.
    pub newcomers: usize,
}

impl PlaceLayout {
    /// A layout that begins with a word, a row and a newcomer of these numbers. `sizes` are shares of households with 1, 2, 3 ... members.
    pub fn new(
        (place, first, first_row, first_newcomer): (usize, usize, usize, usize),
        demand: &Demand,
        sizes: &[f64],
        seed: u64,
    ) -> Self {
        let of_residents = demand.residents.iter().map(|[initial, births]| initial + births);
        let people: Vec<usize> = of_residents.chain([demand.newcomers]).collect();
        let all: usize = people.iter().sum();
        // Each section may begin a column that it does not fill.
        let some = people.iter().filter(|&&people| people > 0).count();
        let rows = all.div_ceil(if some > 1 { COLUMNS - some } else { COLUMNS });
        let (mut words, mut column) = (0, 0);
        let mut sections = Vec::with_capacity(people.len());
        let mut columns = [Column::default(); COLUMNS];
        for &people in &people {
            let section = Section { first: ((first + words) as u64) << 6, people, column: column as u32 };
            for (index, from) in (0..people).step_by(rows.max(1)).enumerate() {
                columns[column + index] =
                    Column { first: section.first + from as u64, rows: rows.min(people - from) as u32 };
            }
            words += people.div_ceil(64);
            column += people.div_ceil(rows.max(1));
            sections.push(section);
        }
        let stream = Stream::new(seed, Purpose::Ties, "households");
        let order = Order::new(demand, rows, &sections);
        let pattern = |index: usize| {
            let at = Address { replicate: index as u32, step: 0, entity: place as u32 };
            let mut draws = stream.draws(at, 0);
            Pattern::new(&order, sizes, || unit32(draws.word()))
        };
        Self {
            first,
            words,
            first_row,
            rows: rows as u32,
            initial: demand.residents.iter().map(|residents| residents[0]).sum(),
            sections,
            first_newcomer,
            columns,
            patterns: (0..PATTERNS).map(pattern).collect(),
            key: stream.hash_key(u32::MAX, place as u32),
        }
    }

    /// Its words.
    #[inline]
    pub fn word_range(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.words
    }

    /// Its rows.
    pub fn row_range(&self) -> std::ops::Range<usize> {
        self.first_row..self.first_row + self.rows as usize
    }

    /// People at the start.
    pub fn initial(&self) -> usize {
        self.initial
    }

    /// Newcomers' slots.
    pub fn newcomers(&self) -> usize {
        self.sections.last().map_or(0, |section| section.people)
    }

    /// Slots of the residents of a sex (by position) from the oldest to the last born.
    #[inline]
    pub fn residents(&self, sex: usize) -> std::ops::Range<u64> {
        let section = &self.sections[sex];
        section.first..section.first + section.people as u64
    }

    /// The slot of newcomer number `index`.
    pub fn newcomer(&self, index: usize) -> u64 {
        self.first_newcomer_slot() + index as u64
    }

    /// From this slot on there are newcomers.
    #[inline(always)]
    pub fn first_newcomer_slot(&self) -> u64 {
        self.sections[self.sections.len() - 1].first
    }

    /// The position among all places' newcomers' slots, if `slot` is one.
    #[inline(always)]
    pub fn newcomer_number(&self, slot: u64) -> Option<usize> {
        let first = self.first_newcomer_slot();
        (slot >= first).then(|| self.first_newcomer + (slot - first) as usize)
    }

    /// Number of the sex whose residents' slots include `slot`, or the number of sexes for newcomers.
    #[inline(always)]
    pub fn section(&self, slot: u64) -> usize {
        self.sections[1..].iter().map(|section| usize::from(slot >= section.first)).sum()
    }

    #[inline(always)]
    fn row_and_column(&self, slot: u64) -> (u32, u32) {
        let section = &self.sections[self.section(slot)];
        let (number, rows) = (slot - section.first, u64::from(self.rows));
        ((number % rows) as u32, section.column + (number / rows) as u32)
    }

    /// Where `slot` is on the plan of neighbours: its row among those of all places, times 64, and its column.
    #[inline(always)]
    pub fn position(&self, slot: u64) -> u64 {
        let (row, column) = self.row_and_column(slot);
        (self.first_row as u64 + u64::from(row)) << 6 | u64::from(column)
    }

    /// The slot at a position on the plan of neighbours; `None` where a column has no slot in that row.
    #[inline(always)]
    pub fn slot_at(&self, position: u64) -> Option<u64> {
        let row = (position >> 6) as u32 - self.first_row as u32;
        let column = &self.columns[(position & 63) as usize];
        (row < column.rows).then(|| column.first + u64::from(row))
    }

    #[inline(always)]
    fn pattern(&self, row: u32) -> &Pattern {
        &self.patterns[crate::rng::hash(self.key, u64::from(row)) as usize % PATTERNS]
    }

    /// Where `slot` is when households lie side by side, one row after the other: those yet unborn among those who live.
    pub fn position_on_ring(&self, slot: u64) -> u64 {
        let (row, column) = self.row_and_column(slot);
        let place = self.pattern(row).place[column as usize];
        (self.first_row as u64 + u64::from(row)) << 6 | u64::from(place)
    }

    /// The slot at such a position; `None` if there is none.
    pub fn slot_on_ring(&self, position: u64) -> Option<u64> {
        let row = (position >> 6) as u32 - self.first_row as u32;
        let column = self.pattern(row).order[(position & 63) as usize];
        self.slot_at(position & !63 | u64::from(column))
    }

    /// The slots of the household that `slot` belongs to, its own apart.
    #[inline(always)]
    pub fn housemates(&self, slot: u64) -> impl Iterator<Item = u64> {
        let (row, column) = self.row_and_column(slot);
        let pattern = self.pattern(row);
        let members = pattern.members[usize::from(pattern.household[column as usize])];
        bits::set(members & !(1 << column)).filter_map(move |column| {
            let column = &self.columns[column as usize];
            (row < column.rows).then(|| column.first + u64::from(row))
        })
    }
}

/// The columns in the order in which households are dealt their members: those of the start from the oldest on, those of the unborn,
/// those of newcomers.
struct Order {
    initial: Vec<u8>,
    unborn: Vec<u8>,
    newcomers: Vec<u8>,
}

impl Order {
    fn new(demand: &Demand, rows: usize, sections: &[Section]) -> Self {
        let rows = rows.max(1);
        let (mut initial, mut unborn) = (Vec::new(), Vec::new());
        for (section, &[first, births]) in sections.iter().zip(&demand.residents) {
            let (begun, all) = (first.div_ceil(rows), (first + births).div_ceil(rows));
            // Sexes in turn: by how far a column lies from the oldest to the youngest.
            let place = |from: usize, to: usize| {
                (from..to).map(move |column| {
                    (((column - from) * 2 + 1) as f64 / (to - from) as f64, section.column as u8 + column as u8)
                })
            };
            initial.extend(place(0, begun));
            unborn.extend(place(begun, all));
        }
        let sorted = |mut columns: Vec<(f64, u8)>| {
            columns.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            columns.into_iter().map(|column| column.1).collect()
        };
        let from = sections.last().map_or(0, |section| section.column as u8);
        let newcomers = (0..demand.newcomers.div_ceil(rows) as u8).map(|column| from + column).collect();
        Self { initial: sorted(initial), unborn: sorted(unborn), newcomers }
    }
}

impl Pattern {
    /// A division of rows into households.
    fn new(order: &Order, sizes: &[f64], mut uniform: impl FnMut() -> f64) -> Self {
        let mut drawn = || {
            let mut left = uniform();
            for (i, share) in sizes.iter().enumerate() {
                left -= share;
                if left < 0.0 {
                    return i + 1;
                }
            }
            sizes.len().max(1)
        };
        let mut take = |people: usize| {
            let mut households = Vec::new();
            let mut left = people;
            while left > 0 {
                let size = drawn().min(left);
                households.push(size);
                left -= size;
            }
            households
        };
        let mut members: Vec<u64> = Vec::new();
        let homes = take(order.initial.len());
        members.resize(homes.len(), 0);
        // The oldest to each household, then the next to those with more members.
        let mut next = order.initial.iter();
        for round in 0.. {
            let mut dealt = false;
            for (home, _) in homes.iter().enumerate().filter(|(_, size)| **size > round) {
                dealt = true;
                members[home] |= next.next().map_or(0, |column| 1 << column);
            }
            if !dealt {
                break;
            }
        }
        // Children, one household after another; to those of one person only if there are no others.
        let growing: Vec<usize> = (0..homes.len()).filter(|&home| homes[home] > 1).collect();
        let growing = if growing.is_empty() { (0..homes.len()).collect() } else { growing };
        if growing.is_empty() {
            members.push(0);
        }
        for (i, column) in order.unborn.iter().enumerate() {
            members[growing.get(i % growing.len().max(1)).copied().unwrap_or(0)] |= 1 << column;
        }
        let mut next = order.newcomers.iter();
        for size in take(order.newcomers.len()) {
            members.push(next.by_ref().take(size).fold(0, |members, column| members | 1 << column));
        }
        let (mut household, mut order, mut place) = ([0; COLUMNS], [0; COLUMNS], [0; COLUMNS]);
        let empty = !members.iter().fold(0, |all, members| all | members);
        let mut next = 0..COLUMNS;
        for (number, &members) in members.iter().chain([&empty]).enumerate() {
            for (column, at) in bits::set(members).zip(&mut next) {
                household[column as usize] = number as u8;
                order[at] = column as u8;
                place[column as usize] = at as u8;
            }
        }
        Self { members, household, order, place }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(residents: &[[usize; 2]], newcomers: usize) -> PlaceLayout {
        let demand = Demand { residents: residents.to_vec(), newcomers };
        PlaceLayout::new((3, 10, 20, 100), &demand, &[0.1, 0.2, 0.3, 0.25, 0.15], 5)
    }

    fn places() -> Vec<PlaceLayout> {
        vec![
            layout(&[[1, 0]], 0),
            layout(&[[64, 0]], 0),
            layout(&[[0, 0], [0, 0]], 0),
            layout(&[[600, 500], [400, 400]], 300),
            layout(&[[5, 0], [5, 0]], 4000),
            layout(&[[250, 1500], [250, 1500]], 7),
            layout(&[[0, 90], [0, 10]], 0),
        ]
    }

    fn slots(place: &PlaceLayout) -> Vec<u64> {
        let sexes = place.sections.len() - 1;
        let residents = (0..sexes).flat_map(|sex| place.residents(sex));
        residents.chain((0..place.newcomers()).map(|i| place.newcomer(i))).collect()
    }

    #[test]
    fn everyone_has_a_slot_and_a_position_of_their_own() {
        for place in places() {
            let mut slots = slots(&place);
            let words = place.word_range();
            assert!(slots.iter().all(|&slot| words.contains(&((slot >> 6) as usize))));
            let mut positions: Vec<u64> = slots.iter().map(|&slot| place.position(slot)).collect();
            for (&slot, &position) in slots.iter().zip(&positions) {
                assert_eq!(place.slot_at(position), Some(slot));
                let on_ring = place.position_on_ring(slot);
                assert_eq!((place.slot_on_ring(on_ring), on_ring >> 6), (Some(slot), position >> 6));
                assert!(place.row_range().contains(&((position >> 6) as usize)));
            }
            let numbers = slots.iter().filter_map(|&slot| place.newcomer_number(slot));
            assert!(numbers.eq(100..100 + place.newcomers()));
            let count = slots.len();
            for all in [&mut slots, &mut positions] {
                all.sort_unstable();
                all.dedup();
                assert_eq!(all.len(), count);
            }
            let found = place.row_range().flat_map(|row| (0..64).map(move |column| (row as u64) << 6 | column));
            assert_eq!(
                found.filter_map(|position| place.slot_at(position)).count(),
                count,
                "no other position has one"
            );
        }
    }

    #[test]
    fn who_shares_a_household_with_one_shares_it_with_all_of_it() {
        for place in places() {
            let mut apart = 0;
            for slot in slots(&place) {
                let mates: Vec<u64> = place.housemates(slot).collect();
                assert!(!mates.contains(&slot));
                apart += usize::from(mates.is_empty());
                for &mate in &mates {
                    let mut theirs: Vec<u64> = place.housemates(mate).filter(|&other| other != slot).collect();
                    theirs.push(mate);
                    theirs.sort_unstable();
                    let mut own = mates.clone();
                    own.sort_unstable();
                    assert_eq!(theirs, own);
                }
            }
            assert!(place.initial() < 64 || apart * 2 < place.initial(), "{apart} of {} live alone", place.initial());
        }
    }

    #[test]
    fn households_have_the_sizes_asked_for_and_both_sexes() {
        // Sizes 1 to 3 in equal shares, but for what is cut at the ends of rows.
        let demand = Demand { residents: vec![[32_000, 0], [32_000, 0]], newcomers: 0 };
        let place = PlaceLayout::new((0, 0, 0, 0), &demand, &[0.2, 0.3, 0.5], 1);
        let (mut sizes, mut mixed) = ([0.0; 4], 0.0);
        for slot in slots(&place) {
            let mates: Vec<u64> = place.housemates(slot).collect();
            sizes[mates.len() + 1] += 1.0 / (mates.len() + 1) as f64;
            mixed += f64::from(u8::from(mates.iter().any(|&mate| place.section(mate) != place.section(slot))));
        }
        let all: f64 = sizes.iter().sum();
        for (size, share) in [(1, 0.2), (2, 0.3), (3, 0.5)] {
            assert!((sizes[size] / all - share).abs() < 0.03, "{size}: {}", sizes[size] / all);
        }
        assert!(mixed > 0.4 * 64_000.0, "{mixed}");
    }
}
