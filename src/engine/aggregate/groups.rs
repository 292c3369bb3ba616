//! Groups of people of a place who share a hazard.
//!
//! Without interventions for some sexes or ages, groups are those of the law and the same everywhere. Where such
//! interventions act, groups are split by how much of each (sex, age) position is touched; elsewhere they stay as they
//! are, so that other places keep their random numbers.

use crate::engine::law::{Hazard, LayerLaw, Targeted};
use crate::number::Number;

/// Places where the same targeted changes act.
pub(super) struct Division<'a, N> {
    /// By place; `None`: all.
    pub places: Option<Vec<bool>>,
    /// The changes that act there.
    pub changes: Vec<&'a Targeted<N>>,
    /// (Sex, age) positions with a hazard in common.
    pub groups: Vec<Vec<usize>>,
}

/// The divisions for hazards that `concerns` selects in `month`; none when no targeted change acts.
#[inline]
pub(super) fn divisions<'a, N: Number>(
    law: &'a LayerLaw<N>,
    month: usize,
    groups: &[Vec<usize>],
    concerns: impl Fn(Hazard) -> bool,
) -> Vec<Division<'a, N>> {
    if law.targeted.is_empty() { Vec::new() } else { acting_divisions(law, month, groups, concerns) }
}

fn acting_divisions<'a, N: Number>(
    law: &'a LayerLaw<N>,
    month: usize,
    groups: &[Vec<usize>],
    concerns: impl Fn(Hazard) -> bool,
) -> Vec<Division<'a, N>> {
    let acting: Vec<&Targeted<N>> = law.targeted.iter().filter(|t| concerns(t.what) && t.acts(month)).collect();
    let Some(first) = acting.first() else { return Vec::new() };
    let places = first.touches.len();
    let touching = |place: usize| -> Vec<bool> { acting.iter().map(|t| t.touches[place]).collect() };
    let mut patterns: Vec<(Vec<bool>, Vec<bool>)> = Vec::new();
    for place in 0..places {
        let pattern = touching(place);
        let at = match patterns.iter().position(|(known, _)| *known == pattern) {
            Some(at) => at,
            None => {
                patterns.push((pattern, vec![false; places]));
                patterns.len() - 1
            }
        };
        patterns[at].1[place] = true;
    }
    let divide = |(pattern, members): (Vec<bool>, Vec<bool>)| {
        let changes: Vec<&Targeted<N>> =
            acting.iter().zip(&pattern).filter(|(_, acts)| **acts).map(|(t, _)| *t).collect();
        Division { places: Some(members), groups: split(groups, &changes), changes }
    };
    patterns.into_iter().map(divide).collect()
}

/// Groups split so that all members of one are touched alike by every change.
fn split<N: Number>(groups: &[Vec<usize>], changes: &[&Targeted<N>]) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = Vec::new();
    for group in groups {
        let first = all.len();
        for &kind in group {
            let alike = |part: &Vec<usize>| changes.iter().all(|c| c.shares[part[0]] == c.shares[kind]);
            match all[first..].iter().position(alike) {
                Some(part) => all[first + part].push(kind),
                None => all.push(vec![kind]),
            }
        }
    }
    all
}

/// Sets to zero what is not of the given places.
pub(super) fn mask<N: Number>(places: Option<&[bool]>, totals: &mut [N]) {
    for (total, _) in totals.iter_mut().zip(places.unwrap_or_default()).filter(|(_, within)| !**within) {
        *total = N::from(0.0);
    }
}
