//! Regression trees over binned features, whose leaves remember their examples.

use rayon::prelude::*;

use crate::rng::{Address, Draws, Purpose, Stream};

/// Most values that a feature is told apart by.
const BINS: usize = 64;

/// What a forest learns from: examples in the order of their targets.
pub(super) struct Training {
    /// Values of each feature, one an example; not a number where unknown.
    pub columns: Vec<Vec<f64>>,
    /// What is learned, never falling.
    pub targets: Vec<f64>,
    /// How much each example counts.
    pub weights: Vec<f64>,
    /// Which country each is of.
    pub countries: Vec<usize>,
    /// Number of countries.
    pub all_countries: usize,
}

/// How trees are grown.
#[derive(Clone, Copy)]
pub(super) struct Growth {
    /// Trees.
    pub trees: u32,
    /// Fewest examples in a leaf.
    pub leaf: usize,
    /// Share of the features a split chooses from.
    pub features: f64,
    /// Share of the countries a tree learns from.
    pub countries: f64,
}

/// Where a node leads.
enum Node {
    /// Values above the threshold go to the second node, all others, and unknown ones, to the first.
    Split { feature: usize, threshold: f64, children: [usize; 2] },
    /// Examples, and the sum of their weights.
    Leaf { examples: Vec<u32>, weight: f64 },
}

/// Trees.
pub(super) struct Forest {
    trees: Vec<Vec<Node>>,
}

impl Forest {
    /// Grows a forest; `subject` names its stream of random choices.
    pub fn grow(training: &Training, growth: Growth, subject: &str) -> Self {
        let binned: Vec<Binned> = training.columns.iter().map(|column| Binned::new(column)).collect();
        let stream = Stream::new(0, Purpose::Trees, subject);
        let trees = (0..growth.trees).into_par_iter();
        let trees = trees.map(|tree| {
            let mut draws = stream.draws(Address { replicate: tree, ..Address::default() }, 0);
            grow_tree(training, &binned, growth, &mut draws)
        });
        Self { trees: trees.collect() }
    }

    /// Adds to `weights`, one an example, how much each is like `features`: over all trees they sum to 1.
    pub fn alike(&self, features: &[f64], training: &Training, weights: &mut [f64]) {
        let share = 1.0 / self.trees.len() as f64;
        for tree in &self.trees {
            let mut at = 0;
            let (examples, weight) = loop {
                match &tree[at] {
                    Node::Split { feature, threshold, children } => {
                        at = children[usize::from(features[*feature] > *threshold)];
                    }
                    Node::Leaf { examples, weight } => break (examples, weight),
                }
            };
            for &example in examples {
                weights[example as usize] += share * training.weights[example as usize] / weight;
            }
        }
    }
}

/// A feature cut into at most [`BINS`] ranges with about as many examples each.
struct Binned {
    /// Upper end of each range but the last.
    edges: Vec<f64>,
    /// Range of each example; unknown values are in the first.
    bins: Vec<u8>,
}

impl Binned {
    fn new(column: &[f64]) -> Self {
        let mut sorted: Vec<f64> = column.iter().copied().filter(|value| !value.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        let mut edges: Vec<f64> =
            (1..BINS).filter_map(|edge| sorted.get(edge * sorted.len() / BINS).copied()).collect();
        edges.dedup();
        // Above the largest value there is nothing to tell apart.
        while edges.last().is_some_and(|edge| Some(edge) == sorted.last()) {
            edges.pop();
        }
        let bins = column.iter().map(|value| edges.partition_point(|edge| edge < value) as u8);
        Self { bins: bins.collect(), edges }
    }
}

/// A way to part the examples of a node.
#[derive(Clone, Copy)]
struct Cut {
    gain: f64,
    feature: usize,
    edge: usize,
}

fn grow_tree(training: &Training, binned: &[Binned], growth: Growth, draws: &mut Draws) -> Vec<Node> {
    let chosen = choose(draws, training.all_countries, share_of(training.all_countries, growth.countries));
    let mut learns = vec![false; training.all_countries];
    for country in chosen {
        learns[country] = true;
    }
    let all = 0..training.targets.len() as u32;
    let mut order: Vec<u32> = all.filter(|&example| learns[training.countries[example as usize]]).collect();
    let mut nodes = Vec::new();
    let (mut known, mut right) = (Vec::with_capacity(order.len()), Vec::with_capacity(order.len()));
    // Ranges of `order` yet to become nodes, with the place that waits for them.
    let mut waiting = vec![(0, order.len(), None::<(usize, usize)>)];
    while let Some((from, to, parent)) = waiting.pop() {
        let here = nodes.len();
        if let Some((node, side)) = parent
            && let Node::Split { children, .. } = &mut nodes[node]
        {
            children[side] = here;
        }
        let part = &mut order[from..to];
        let cut = (part.len() >= 2 * growth.leaf)
            .then(|| best_cut(training, binned, part, &mut known, growth, draws))
            .flatten();
        if let Some(cut) = cut {
            let feature = &binned[cut.feature];
            // Both sides keep their order, so that a leaf's examples stay sorted.
            let mut left = 0;
            right.clear();
            for at in 0..part.len() {
                let example = part[at];
                if usize::from(feature.bins[example as usize]) <= cut.edge {
                    part[left] = example;
                    left += 1;
                } else {
                    right.push(example);
                }
            }
            part[left..].copy_from_slice(&right);
            nodes.push(Node::Split { feature: cut.feature, threshold: feature.edges[cut.edge], children: [0, 0] });
            let middle = from + left;
            waiting.push((middle, to, Some((here, 1))));
            waiting.push((from, middle, Some((here, 0))));
        } else {
            let weight = part.iter().map(|&example| training.weights[example as usize]).sum();
            nodes.push(Node::Leaf { examples: part.to_vec(), weight });
        }
    }
    nodes
}

/// The cut that lowers the weighted squared error most, among a random choice of the features. `known` is room for weights and weighted
/// targets in the order of `part`: they are looked up once, not once for each feature.
fn best_cut(
    training: &Training,
    binned: &[Binned],
    part: &[u32],
    known: &mut Vec<(f64, f64)>,
    growth: Growth,
    draws: &mut Draws,
) -> Option<Cut> {
    let mut best: Option<Cut> = None;
    known.clear();
    known.extend(part.iter().map(|&example| {
        let weight = training.weights[example as usize];
        (weight, weight * training.targets[example as usize])
    }));
    for feature in choose(draws, binned.len(), share_of(binned.len(), growth.features)) {
        let Binned { edges, bins } = &binned[feature];
        let mut sums = [(0.0_f64, 0.0_f64, 0_usize); BINS];
        for (&example, &(weight, weighted)) in part.iter().zip(known.iter()) {
            let sum = &mut sums[usize::from(bins[example as usize]) % BINS];
            sum.0 += weight;
            sum.1 += weighted;
            sum.2 += 1;
        }
        let whole = sums.iter().fold((0.0, 0.0), |whole, sum| (whole.0 + sum.0, whole.1 + sum.1));
        let mut left = (0.0, 0.0, 0);
        for (edge, sum) in sums.iter().enumerate().take(edges.len()) {
            left = (left.0 + sum.0, left.1 + sum.1, left.2 + sum.2);
            if left.2 < growth.leaf || part.len() - left.2 < growth.leaf {
                continue;
            }
            let right = (whole.0 - left.0, whole.1 - left.1);
            let gain = left.1 * left.1 / left.0 + right.1 * right.1 / right.0 - whole.1 * whole.1 / whole.0;
            if gain > best.map_or(1e-12, |best| best.gain) {
                best = Some(Cut { gain, feature, edge });
            }
        }
    }
    best
}

/// A share of a number of things, at least one of them.
fn share_of(count: usize, share: f64) -> usize {
    ((count as f64 * share).round() as usize).clamp(1, count)
}

/// `wanted` of `0..count`, without repeating one, in random order.
fn choose(draws: &mut Draws, count: usize, wanted: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..count).collect();
    for at in 0..wanted {
        let left = (count - at) as u64;
        let other = at + ((u64::from(draws.word()) * left) >> 32) as usize;
        all.swap(at, other);
    }
    all.truncate(wanted);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 400 examples of 40 countries; the target is the first feature, the second is noise.
    fn training() -> Training {
        let count = 400;
        Training {
            columns: vec![
                (0..count).map(|i| f64::from(i / 100)).collect(),
                (0..count).map(|i| f64::from(i * 37 % 101)).collect(),
            ],
            targets: (0..count).map(|i| f64::from(i / 100)).collect(),
            weights: vec![1.0; count as usize],
            countries: (0..count as usize).map(|i| i % 40).collect(),
            all_countries: 40,
        }
    }

    #[test]
    fn a_forest_finds_what_decides() {
        let training = training();
        let growth = Growth { trees: 20, leaf: 10, features: 1.0, countries: 0.6 };
        let forest = Forest::grow(&training, growth, "test");
        for level in 0..4 {
            let mut weights = vec![0.0; training.targets.len()];
            forest.alike(&[f64::from(level), 50.0], &training, &mut weights);
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            let mean: f64 = weights.iter().zip(&training.targets).map(|(weight, target)| weight * target).sum();
            assert!((mean - f64::from(level)).abs() < 1e-9, "{level}: {mean}");
        }
    }

    #[test]
    fn unknown_values_go_with_the_lowest() {
        let mut training = training();
        for (at, value) in training.columns[0].iter_mut().enumerate() {
            if at < 100 {
                *value = f64::NAN;
            }
        }
        let growth = Growth { trees: 5, leaf: 10, features: 1.0, countries: 1.0 };
        let forest = Forest::grow(&training, growth, "test");
        let mut weights = vec![0.0; training.targets.len()];
        forest.alike(&[f64::NAN, 50.0], &training, &mut weights);
        assert!(weights[100..].iter().sum::<f64>() < 1.0);
        assert!(weights.iter().all(|weight| weight.is_finite()));
    }

    #[test]
    fn choices_are_without_repetition() {
        let mut draws = Stream::new(0, Purpose::Trees, "x").draws(Address::default(), 0);
        let mut chosen = choose(&mut draws, 10, 10);
        chosen.sort_unstable();
        assert_eq!(chosen, (0..10).collect::<Vec<_>>());
    }
}
