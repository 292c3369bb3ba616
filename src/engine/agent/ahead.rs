//! Who may have access to a layer in the months ahead: most who have not need not be looked at month by month.

use rayon::prelude::*;

use super::people::People;
use super::rules::Access;

/// Words that a thread takes at once.
const TASK_WORDS: usize = 256;

/// Puts into `able`, the words of `place`, the living people who meet `access`, age included.
pub fn look(people: &People, place: usize, access: &Access, able: &mut [u64]) {
    let (arch, first) = (pulp::Arch::new(), people.place(place).word_range().start);
    able.par_chunks_mut(TASK_WORDS).enumerate().for_each(|(task, able)| {
        arch.dispatch(Task { people, place, access, first: first + task * TASK_WORDS, able });
    });
}

/// Some words, as work for the widest registers that the processor has.
struct Task<'p, 'a> {
    people: &'p People,
    place: usize,
    access: &'p Access,
    first: usize,
    able: &'a mut [u64],
}

impl pulp::NullaryFnOnce for Task<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { people, place, access, first, able } = self;
        let mut persons = [0; 64];
        for (word, able) in (first..).zip(able) {
            *able = people.alive(word);
            if *able == 0 {
                continue;
            }
            people.persons_of_word(place, word, &mut persons);
            *able &= access.admitted(&persons);
            if let Some(born) = people.born_in_word(word) {
                let mut old_enough = 0;
                for (bit, &born) in born.iter().enumerate() {
                    old_enough |= u64::from(i32::from(born) <= access.born_by) << bit;
                }
                *able &= old_enough;
            }
        }
    }
}
