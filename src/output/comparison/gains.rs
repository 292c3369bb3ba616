//! Who gains most and least from a policy.

use crate::comparison::{Comparison, Outcome};
use crate::series::{ALL, Estimate, Group, Quantity};

/// Groups named at each end of the order.
pub const NAMED: usize = 5;

/// A group and the change of its penetration against the baseline.
#[derive(Clone, Debug, PartialEq)]
pub struct Gain<'a> {
    /// The group; one of its four labels is not `all`.
    pub group: &'a Group,
    /// Difference in penetration from the baseline, a share of the group: 0.04 is four points.
    pub difference: &'a Estimate,
}

impl Gain<'_> {
    /// The group in one word: its province, residence, sex or age band.
    #[must_use]
    pub fn label(&self) -> &str {
        let Group { region, residence, sex, age } = self.group;
        [region, residence, sex, age].into_iter().find(|label| *label != ALL).map_or(ALL, String::as_str)
    }
}

/// The groups of one way of dividing (province, residence, sex or age band), by median difference in penetration at a
/// chosen date, largest first; ties in the order of groups. Groups without users in both scenarios, such as small children,
/// are left out. Empty where the comparison has no such groups or the date is not chosen.
#[must_use]
pub fn gains<'a>(comparison: &'a Comparison, outcome: &'a Outcome, layer: usize, date: usize) -> Vec<Gain<'a>> {
    let baseline = &comparison.outcomes[comparison.baseline];
    let mut gains: Vec<Gain<'a>> = comparison
        .groups
        .iter()
        .enumerate()
        .filter(|(_, group)| is_one_way(group))
        .filter_map(|(group, who)| {
            let index = comparison.index(layer, group, date, Quantity::Penetration)?;
            let used = |of: &[Estimate]| of[index].quantiles[6] > 0.0;
            (used(&outcome.levels) || used(&baseline.levels)).then_some(())?;
            Some(Gain { group: who, difference: &outcome.differences[index] })
        })
        .collect();
    gains.sort_by(|one, other| other.difference.median().total_cmp(&one.difference.median()));
    gains
}

/// Whether a group divides in exactly one way.
fn is_one_way(group: &Group) -> bool {
    let Group { region, residence, sex, age } = group;
    [region, residence, sex, age].into_iter().filter(|label| *label != ALL).count() == 1
}
