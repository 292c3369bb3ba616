//! Who lives where: one slot for everyone who ever lives at a place (`layout`), who of them is alive, how old and of which sex.

use super::layout::{Demand, PlaceLayout};
use super::queue::Queue;
use super::residents::Residents;
use crate::engine::world::World;
use crate::rng::{Purpose, Stream};
use crate::scenario::{Households, Network};

/// Everyone, by slot. A slot is `word * 64 + bit`.
#[derive(Clone, Debug)]
pub struct People {
    places: Vec<PlaceLayout>,
    /// First words and first rows of the places, and the number of words and rows.
    firsts: Vec<usize>,
    first_rows: Vec<usize>,
    kinds: usize,
    ages: usize,
    /// Living people; empty when every place is full up to its last word, `tails`.
    pub(super) alive: Vec<u64>,
    tails: Vec<u64>,
    /// By place and sex.
    pub(super) residents: Vec<Vec<Residents>>,
    pub(super) newcomers: Newcomers,
    pub(super) stream: Stream,
}

/// Those who came to a place, by their number among all places' newcomers.
#[derive(Clone, Debug)]
pub(super) struct Newcomers {
    /// Numbers of persons; `u32::MAX` in a slot that is still free.
    pub persons: Vec<u32>,
    /// (Sex, age) positions.
    pub kinds: Vec<u8>,
    /// Months of birth.
    pub born: Vec<i16>,
    /// How many have come so far, by place.
    pub come: Vec<usize>,
    /// By place and kind.
    pub queues: Vec<Vec<Queue>>,
}

/// What of people changes from month to month.
pub(super) struct Parts<'p> {
    pub alive: &'p mut [u64],
    pub residents: &'p mut [Vec<Residents>],
    pub newcomers: &'p mut Newcomers,
    pub stream: Stream,
}

/// The (sex, age) positions of people side by side.
#[derive(Debug)]
pub struct Kinds<const N: usize> {
    /// By person.
    pub of: Box<[u8; N]>,
    /// Those that some of the people may have.
    pub present: Vec<u8>,
    /// From this person on there are newcomers.
    pub newcomers: usize,
}

impl<const N: usize> Default for Kinds<N> {
    fn default() -> Self {
        let of = vec![0; N].into_boxed_slice().try_into().expect("as many as were made");
        Self { of, present: Vec::new(), newcomers: 0 }
    }
}

impl People {
    /// Everyone before the first month.
    #[must_use]
    pub fn new(world: &World<'_>, seed: u64) -> Self {
        let demography = &world.demography;
        let grid = &demography.grid;
        let (places, kinds, cells) = (grid.places(), grid.cells_per_place(), grid.cells());
        let ages = grid.ages.len();
        let households = Households::default();
        let sizes = match &world.scenario.network {
            Network::Households(own) => &own.sizes,
            _ => &households.sizes,
        };
        let changing = world.rates.changing.iter().any(|&changing| changing)
            || demography.births.iter().any(|&births| births > 0.0);
        let mut layouts: Vec<PlaceLayout> = Vec::with_capacity(places);
        let mut residents = Vec::with_capacity(places);
        let (mut first, mut first_row, mut first_newcomer) = (0, 0, 0);
        for place in 0..places {
            let of_sexes: Vec<Residents> =
                (0..grid.sexes.len()).map(|sex| Residents::new(demography, place, sex)).collect();
            let arriving = demography.arriving.chunks_exact(cells.max(1));
            let newcomers: f64 = arriving.map(|row| row[place * kinds..(place + 1) * kinds].iter().sum::<f64>()).sum();
            let demand = Demand {
                residents: of_sexes.iter().map(|residents| [residents.initial(), residents.births()]).collect(),
                newcomers: newcomers as usize,
            };
            let layout = PlaceLayout::new((place, first, first_row, first_newcomer), &demand, sizes, seed);
            (first, first_row) = (layout.word_range().end, layout.row_range().end);
            first_newcomer += layout.newcomers();
            layouts.push(layout);
            residents.push(of_sexes);
        }
        let queues = || vec![Queue::default(); kinds];
        let mut people = Self {
            firsts: layouts.iter().map(|l| l.word_range().start).chain([first]).collect(),
            first_rows: layouts.iter().map(|l| l.row_range().start).chain([first_row]).collect(),
            kinds,
            ages,
            alive: if kinds == 1 && !changing { Vec::new() } else { vec![0; first] },
            tails: layouts.iter().map(|l| tail(l.initial())).collect(),
            residents,
            newcomers: Newcomers {
                persons: vec![u32::MAX; first_newcomer],
                kinds: vec![0; first_newcomer],
                born: vec![0; first_newcomer],
                come: vec![0; places],
                queues: if changing { vec![queues(); places] } else { Vec::new() },
            },
            stream: Stream::new(seed, Purpose::Lives, ""),
            places: layouts,
        };
        if !people.alive.is_empty() {
            for (layout, of_sexes) in people.places.iter().zip(&people.residents) {
                for (sex, residents) in of_sexes.iter().enumerate() {
                    let first = layout.residents(sex).start as usize;
                    for (word, mask) in super::bits::words_of(first..first + residents.initial()) {
                        people.alive[word] |= mask;
                    }
                }
            }
        }
        people
    }

    /// Words, of 64 slots each.
    #[must_use]
    pub fn words(&self) -> usize {
        self.firsts.last().copied().unwrap_or(0)
    }

    /// Rows of the plan of neighbours, of 64 positions each.
    #[must_use]
    pub(super) fn rows(&self) -> usize {
        self.first_rows.last().copied().unwrap_or(0)
    }

    /// Number of places.
    #[must_use]
    pub fn place_count(&self) -> usize {
        self.places.len()
    }

    /// (Sex, age) positions, and age bands.
    pub(super) fn kind_count(&self) -> (usize, usize) {
        (self.kinds, self.ages)
    }

    /// The slots of a place.
    #[inline]
    #[must_use]
    pub(super) fn place(&self, place: usize) -> &PlaceLayout {
        &self.places[place]
    }

    /// The slots of all places.
    pub(super) fn layouts(&self) -> &[PlaceLayout] {
        &self.places
    }

    /// The slots of all places, and what a month changes.
    pub(super) fn parts(&mut self) -> (&[PlaceLayout], Parts<'_>) {
        let parts = Parts {
            alive: &mut self.alive,
            residents: &mut self.residents,
            newcomers: &mut self.newcomers,
            stream: self.stream,
        };
        (&self.places, parts)
    }

    /// The slots of a place: a first word and those that follow.
    #[must_use]
    pub fn words_of(&self, place: usize) -> std::ops::Range<usize> {
        self.places[place].word_range()
    }

    /// The slots of all who are residents of a place at some time, living yet or not: who live there at the start or are born there.
    pub fn residents_ever(&self, place: usize) -> impl Iterator<Item = u64> {
        (0..self.residents[place].len()).flat_map(move |sex| self.places[place].residents(sex))
    }

    /// The place that a slot belongs to.
    #[inline]
    #[must_use]
    pub fn place_of(&self, slot: u64) -> usize {
        let word = (slot >> 6) as usize;
        if self.places.len() == 1 { 0 } else { self.firsts.partition_point(|&first| first <= word) - 1 }
    }

    /// The slot at a position on a ring; `None` if there is none.
    pub(super) fn slot_on_ring(&self, position: u64) -> Option<u64> {
        let row = (position >> 6) as usize;
        let place = self.first_rows.partition_point(|&first| first <= row) - 1;
        self.places.get(place)?.slot_on_ring(position)
    }

    /// The living people of a word.
    #[inline(always)]
    #[must_use]
    pub fn alive(&self, word: usize) -> u64 {
        match self.alive.get(word) {
            Some(&alive) => alive,
            None => self.full(word),
        }
    }

    /// The living people by word, where not everyone is alive.
    #[inline(always)]
    pub(super) fn alive_by_word(&self) -> Option<&[u64]> {
        if self.alive.is_empty() { None } else { Some(&self.alive) }
    }

    /// The living people of some words.
    #[inline(always)]
    pub fn living(&self, words: std::ops::Range<usize>, into: &mut [u64]) {
        match self.alive.get(words.clone()) {
            Some(alive) => into.copy_from_slice(alive),
            None => into.iter_mut().zip(words).for_each(|(into, word)| *into = self.full(word)),
        }
    }

    /// The people of a word of a population that fills its words.
    #[inline(always)]
    fn full(&self, word: usize) -> u64 {
        if word + 1 == self.words() {
            return self.tails.last().copied().unwrap_or(0);
        }
        if self.places.len() == 1 {
            return !0;
        }
        let place = self.place_of((word as u64) << 6);
        if word + 1 == self.places[place].word_range().end { self.tails[place] } else { !0 }
    }

    /// Whether someone lives in `slot`.
    #[inline]
    #[must_use]
    pub fn lives(&self, slot: u64) -> bool {
        let word = (slot >> 6) as usize;
        word < self.words() && self.alive(word) >> (slot & 63) & 1 == 1
    }

    /// (Sex, age) position of the person in `slot`.
    #[must_use]
    pub fn kind(&self, slot: u64) -> usize {
        if self.kinds == 1 {
            return 0;
        }
        let place = self.place_of(slot);
        let layout = &self.places[place];
        if let Some(number) = layout.newcomer_number(slot) {
            return usize::from(self.newcomers.kinds[number]);
        }
        let sex = layout.section(slot);
        let at = (slot - layout.residents(sex).start) as usize;
        sex * self.ages + self.residents[place][sex].band(at)
    }

    /// The (sex, age) positions of the people of some `words` of `place`, of the part that begins with word `origin`, into `kinds`.
    pub(super) fn kinds_of<const N: usize>(
        &self,
        place: usize,
        words: std::ops::Range<usize>,
        origin: usize,
        kinds: &mut Kinds<N>,
    ) {
        kinds.present.clear();
        let (layout, base) = (&self.places[place], (origin as u64) << 6);
        let (from, to) = ((words.start as u64) << 6, (words.end as u64) << 6);
        for (sex, residents) in self.residents[place].iter().enumerate() {
            let first = layout.residents(sex).start;
            if first >= to || layout.residents(sex).end <= from {
                continue;
            }
            for (age, range) in residents.bands().enumerate() {
                let (from, to) = ((first + range.start as u64).max(from), (first + range.end as u64).min(to));
                if from < to {
                    let kind = (sex * self.ages + age) as u8;
                    kinds.of[(from - base) as usize..(to - base) as usize].fill(kind);
                    kinds.present.push(kind);
                }
            }
        }
        let first = layout.first_newcomer_slot();
        kinds.newcomers = (first.max(base) - base).min(N as u64) as usize;
        let (from, to) = (first.max(from), (first + layout.newcomers() as u64).min(to));
        if from < to {
            let number = layout.newcomer_number(from).unwrap_or(0);
            let newcomers = &self.newcomers.kinds[number..number + (to - from) as usize];
            kinds.of[(from - base) as usize..(to - base) as usize].copy_from_slice(newcomers);
            kinds.present.clear();
            kinds.present.extend(0..self.kinds as u8);
        }
    }

    /// Slots of `place` of residents who were born after `month`, counted from the start of the run: of each sex those from the first
    /// on to the last.
    pub(super) fn born_after(&self, place: usize, month: i32) -> Vec<std::ops::Range<u64>> {
        let of = |(sex, residents): (usize, &Residents)| {
            let slots = self.places[place].residents(sex);
            slots.start + residents.born_by(month) as u64..slots.end
        };
        self.residents[place].iter().enumerate().map(of).collect()
    }

    /// Whether the person in `slot` was born by `month`, counted from the start of the run; where ages are not told apart, yes.
    #[must_use]
    pub fn born_by(&self, slot: u64, month: i32) -> bool {
        self.born(slot).is_none_or(|born| born <= month)
    }

    /// Whether a newcomer in `slot` of `place` was born by `month`; where ages are not told apart, yes.
    #[inline(always)]
    pub(super) fn newcomer_born_by(&self, place: usize, slot: u64, month: i32) -> bool {
        let number = self.places[place].newcomer_number(slot);
        self.ages == 1 || number.is_none_or(|number| i32::from(self.newcomers.born[number]) <= month)
    }

    /// Whether every slot holds someone who lives, up to the last of its place.
    #[must_use]
    pub fn all_live(&self) -> bool {
        self.alive.is_empty()
    }

    /// Whether ages are told apart.
    #[must_use]
    pub fn ages_known(&self) -> bool {
        self.ages > 1
    }

    /// Month of birth of the person in `slot`, counted from the start of the run, where ages are told apart.
    #[must_use]
    pub fn born(&self, slot: u64) -> Option<i32> {
        if self.ages == 1 {
            return None;
        }
        let place = self.place_of(slot);
        let layout = &self.places[place];
        if let Some(number) = layout.newcomer_number(slot) {
            return Some(i32::from(self.newcomers.born[number]));
        }
        let sex = layout.section(slot);
        Some(self.residents[place][sex].born((slot - layout.residents(sex).start) as usize))
    }

    /// The number of the person in `slot`: the slot in which they first lived.
    #[inline]
    #[must_use]
    pub fn person(&self, slot: u64) -> u64 {
        if self.newcomers.persons.is_empty() { slot } else { self.person_at(self.place_of(slot), slot) }
    }

    /// As [`People::person`], for a slot of `place`.
    #[inline(always)]
    #[must_use]
    pub fn person_at(&self, place: usize, slot: u64) -> u64 {
        match self.places[place].newcomer_number(slot) {
            Some(number) if self.newcomers.persons[number] != u32::MAX => u64::from(self.newcomers.persons[number]),
            _ => slot,
        }
    }

    /// The numbers of the persons of a word of `place`; a slot that is still free has its own number.
    #[inline(always)]
    pub(super) fn persons_of_word(&self, place: usize, word: usize, persons: &mut [u64; 64]) {
        let first = (word as u64) << 6;
        for (bit, person) in (0..).zip(persons.iter_mut()) {
            *person = first + bit;
        }
        let Some(number) = self.places[place].newcomer_number(first) else { return };
        for (person, &newcomer) in persons.iter_mut().zip(&self.newcomers.persons[number..]) {
            if newcomer != u32::MAX {
                *person = u64::from(newcomer);
            }
        }
    }

    /// Months of birth of the newcomers of a word of `place`; none if it is not one of newcomers.
    #[inline(always)]
    pub(super) fn newcomers_of_word(&self, place: usize, word: usize) -> &[i16] {
        let number = self.places[place].newcomer_number((word as u64) << 6);
        number.map_or(&[], |number| &self.newcomers.born[number..])
    }
}

/// The bits of the last word of `people` people.
fn tail(people: usize) -> u64 {
    match people % 64 {
        0 => !0,
        some => (1 << some) - 1,
    }
}
