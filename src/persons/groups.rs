//! The groups that set people apart in one way, and counting people by them.

use rayon::prelude::*;

use crate::engine::Agents;
use crate::engine::agent::bits;
use crate::population::Grid;
use crate::series::{ALL, Group};

/// Which groups a cell belongs to.
pub struct Division {
    /// Groups; the first is everybody.
    pub groups: Vec<Group>,
    /// By cell, in the grid's order.
    of_cell: Vec<Vec<usize>>,
    /// By place, those that divide by place alone.
    of_place: Vec<Vec<usize>>,
    kinds: usize,
}

impl Division {
    /// Everybody; each region, residence, sex and age band, where there are two or more.
    pub fn new(grid: &Grid) -> Self {
        let mut groups = vec![Group::everybody()];
        let sizes = [grid.regions.len(), grid.residences.len(), grid.sexes.len(), grid.ages.len()];
        let mut firsts = [0; 4];
        for (way, &size) in sizes.iter().enumerate().filter(|(_, size)| **size > 1) {
            firsts[way] = groups.len();
            for i in 0..size {
                let mut group = Group::everybody();
                match way {
                    0 => group.region.clone_from(&grid.regions[i]),
                    1 => group.residence.clone_from(&grid.residences[i]),
                    2 => group.sex.clone_from(&grid.sexes[i]),
                    _ => group.age.clone_from(&grid.ages[i].0),
                }
                groups.push(group);
            }
        }
        let of = |cell: usize| -> Vec<usize> {
            let (region, residence, sex, age) = grid.position(cell);
            let at = [region, residence, sex, age];
            let others = (0..4).filter(|&way| sizes[way] > 1).map(|way| firsts[way] + at[way]);
            std::iter::once(0).chain(others).collect()
        };
        let of_cell: Vec<Vec<usize>> = (0..grid.cells()).map(of).collect();
        let kinds = grid.cells_per_place();
        let place = |p: usize| of_cell[p * kinds].iter().copied().filter(|&group| by_place(&groups[group])).collect();
        let of_place = (0..grid.places()).map(place).collect();
        Self { groups, of_cell, of_place, kinds }
    }

    /// The groups of a cell.
    pub fn of_cell(&self, cell: usize) -> &[usize] {
        &self.of_cell[cell]
    }

    /// The groups of a place that divide by place alone.
    pub fn of_place(&self, place: usize) -> &[usize] {
        &self.of_place[place]
    }

    /// The cell of a (sex, age) position of a place.
    pub fn cell(&self, place: usize, kind: usize) -> usize {
        place * self.kinds + kind
    }

    /// Sums of cells by group.
    pub fn sums<const N: usize>(&self, cells: &[[u64; N]]) -> Vec<[u64; N]> {
        let mut sums = vec![[0; N]; self.groups.len()];
        for (cell, counts) in cells.iter().enumerate() {
            for &group in &self.of_cell[cell] {
                for (sum, more) in sums[group].iter_mut().zip(counts) {
                    *sum += more;
                }
            }
        }
        sums
    }
}

/// Whether a group says nothing of sex and age.
pub fn by_place(group: &Group) -> bool {
    group.sex == ALL && group.age == ALL
}

/// Counts people by group: `masks` gives, for a word and its living people, those to be counted. Cost: persons counted.
pub fn count<const N: usize>(
    agents: &Agents<'_>,
    division: &Division,
    masks: impl Fn(usize, u64) -> [u64; N] + Sync,
) -> Vec<[u64; N]> {
    let people = agents.people();
    let kinds = division.kinds;
    let mut cells = vec![[0; N]; people.place_count() * kinds];
    for place in 0..people.place_count() {
        let none = || vec![[0_u64; N]; kinds];
        let found = people
            .words_of(place)
            .into_par_iter()
            .with_min_len(512)
            .fold(none, |mut found, word| {
                for (i, mask) in masks(word, people.alive(word)).into_iter().enumerate() {
                    if kinds == 1 {
                        found[0][i] += u64::from(mask.count_ones());
                        continue;
                    }
                    for bit in bits::set(mask) {
                        found[people.kind((word as u64) << 6 | bit)][i] += 1;
                    }
                }
                found
            })
            .reduce(none, |mut sums, more| {
                for (sum, more) in sums.iter_mut().zip(more) {
                    for (sum, more) in sum.iter_mut().zip(more) {
                        *sum += more;
                    }
                }
                sums
            });
        cells[place * kinds..(place + 1) * kinds].copy_from_slice(&found);
    }
    division.sums(&cells)
}
