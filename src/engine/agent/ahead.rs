//! Who may have access to a layer in the months ahead: most who have not need not be looked at month by month.

use rayon::prelude::*;

use super::bits;
use super::people::People;
use super::rules::Access;

/// Words that a thread takes at once.
const TASK_WORDS: usize = 256;

/// Puts into `able`, the words of `place`, the living people who meet `access`, age included, in some month; into `sure` those who meet its
/// shares in every month.
pub fn look(people: &People, place: usize, access: &Access, able: &mut [u64], sure: &mut [u64]) {
    let (arch, first) = (pulp::Arch::new(), people.place(place).word_range().start);
    let too_young = if people.ages_known() { people.born_after(place, access.born_by) } else { Vec::new() };
    let tasks = able.par_chunks_mut(TASK_WORDS).zip(sure.par_chunks_mut(TASK_WORDS)).enumerate();
    tasks.for_each(|(task, (able, sure))| {
        let first = first + task * TASK_WORDS;
        arch.dispatch(Task { people, place, access, first, able: &mut *able, sure });
        let base = (first as u64) << 6;
        for young in &too_young {
            bits::clear(able, base, young.clone());
        }
    });
}

/// Some words, as work for the widest registers that the processor has.
struct Task<'p, 'a> {
    people: &'p People,
    place: usize,
    access: &'p Access,
    first: usize,
    able: &'a mut [u64],
    sure: &'a mut [u64],
}

impl pulp::NullaryFnOnce for Task<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { people, place, access, first, able, sure } = self;
        let mut persons = [0; 64];
        for ((word, able), sure) in (first..).zip(able).zip(sure) {
            let alive = people.alive(word);
            if alive == 0 {
                (*able, *sure) = (0, 0);
                continue;
            }
            people.persons_of_word(place, word, &mut persons);
            let [once, always] = access.admitted(&persons);
            (*able, *sure) = (alive & once, alive & always);
            if people.ages_known() {
                for (bit, &born) in people.newcomers_of_word(place, word).iter().take(64).enumerate() {
                    *able &= !(u64::from(i32::from(born) > access.born_by) << bit);
                }
            }
        }
    }
}
