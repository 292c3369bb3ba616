//! The one-way groups of a result: those that divide the population by one thing alone.

use crate::series::{ALL, Group};

/// A way of dividing the population.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Division {
    /// By region.
    Region,
    /// Urban and rural.
    Residence,
    /// Female and male.
    Sex,
    /// By age band.
    Age,
}

impl Division {
    fn parts(group: &Group) -> [(Division, &str); 4] {
        [
            (Division::Region, group.region.as_str()),
            (Division::Residence, group.residence.as_str()),
            (Division::Sex, group.sex.as_str()),
            (Division::Age, group.age.as_str()),
        ]
    }
}

/// Positions and names of the groups that `division` alone sets apart, in their order.
pub(super) fn one_way(groups: &[Group], division: Division) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (position, group) in groups.iter().enumerate() {
        let mut set = Division::parts(group).into_iter().filter(|(_, value)| *value != ALL);
        if let (Some((own, name)), None) = (set.next(), set.next())
            && own == division
        {
            found.push((position, name));
        }
    }
    found
}
