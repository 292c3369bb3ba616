//! The people and ties of a scenario before its first month, to be looked at as a graph.

use super::contacts::Contacts;
use super::people::People;
use crate::engine::world::World;
use crate::network::{Level, Ties};

/// People and their ties at the start of a run.
pub struct Society {
    people: People,
    contacts: Contacts,
    residences: usize,
}

/// The society that the agent engine begins with. Cost and memory: persons.
#[must_use]
pub fn society(world: &World<'_>, seed: u64) -> Society {
    let people = People::new(world, seed);
    let contacts = Contacts::new(world, &people, seed);
    Society { contacts, people, residences: world.demography.grid.residences.len() }
}

impl Society {
    /// Position of the residence of `person` in the population's grid.
    #[must_use]
    pub fn residence_of(&self, person: u64) -> usize {
        self.people.place_of(person) % self.residences.max(1)
    }
}

impl Ties for Society {
    fn persons(&self) -> u64 {
        (self.people.words() as u64) << 6
    }

    fn lives(&self, person: u64) -> bool {
        self.people.lives(person)
    }

    fn ties(&self, person: u64, found: &mut Vec<(Level, u64)>) {
        self.contacts.every(&self.people, person, found);
    }
}
