//! Placing labels beside the ends of lines so that none covers another.

/// Heights of the middles of labels, as near as possible to where they are `wanted`.
///
/// Every label is `height` tall and must lie within `low..=high`. Minimises the sum of squared displacements while keeping
/// the order of the wanted heights (ties keep their given order): with each label's offset in a solid stack subtracted this
/// is isotonic regression, solved exactly by pooling adjacent violators; clamping the pooled values keeps it
/// optimal under the bounds. Returned in the order given; `None` when the labels do not fit. Cost is that of sorting.
pub(super) fn spread(wanted: &[f64], height: f64, low: f64, high: f64) -> Option<Vec<f64>> {
    if wanted.len() > capacity(height, low, high) {
        return None;
    }
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    let offset = |rank: usize| rank as f64 * height;
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (rank, &label) in order.iter().enumerate() {
        let mut block = (wanted[label] - offset(rank), 1);
        while let Some(&(mean, count)) = blocks.last().filter(|last| last.0 > block.0) {
            let both = count + block.1;
            block = ((mean * count as f64 + block.0 * block.1 as f64) / both as f64, both);
            blocks.pop();
        }
        blocks.push(block);
    }
    let first = low + height / 2.0;
    let last = (high - height / 2.0 - offset(wanted.len().saturating_sub(1))).max(first);
    let bases = blocks.iter().flat_map(|&(mean, count)| std::iter::repeat_n(mean.clamp(first, last), count));
    let mut placed = vec![0.0; wanted.len()];
    for (rank, (base, &label)) in bases.zip(&order).enumerate() {
        placed[label] = base + offset(rank);
    }
    Some(placed)
}

/// How many labels of `height` fit between `low` and `high`.
pub(super) fn capacity(height: f64, low: f64, high: f64) -> usize {
    // The tolerance keeps a stack that fills the space exactly from being refused for a rounding error.
    ((high - low) / height + 1e-9).max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn labels_far_apart_stay_where_they_are_wanted() {
        assert_eq!(spread(&[50.0, 20.0], 10.0, 0.0, 100.0), Some(vec![50.0, 20.0]));
    }

    #[test]
    fn labels_at_one_height_part_evenly_and_keep_their_order() {
        // Three of height 10 at 50: 40, 50, 60.
        assert_eq!(spread(&[50.0, 50.0, 50.0], 10.0, 0.0, 100.0), Some(vec![40.0, 50.0, 60.0]));
    }

    #[test]
    fn a_stack_is_pushed_inside_the_frame() {
        assert_eq!(spread(&[1.0, 2.0], 10.0, 0.0, 100.0), Some(vec![5.0, 15.0]));
        assert_eq!(spread(&[100.0, 99.0], 10.0, 0.0, 100.0), Some(vec![95.0, 85.0]));
    }

    #[test]
    fn a_pushed_label_pushes_its_neighbour() {
        // 50 and 52 become 46 and 56; 58 would touch 56, so the three share mean displacement: (50+42+38)/3 = 43.33.
        let placed = spread(&[50.0, 52.0, 58.0], 10.0, 0.0, 100.0).unwrap();
        assert!((placed[0] - 43.333_333).abs() < 1e-5 && (placed[2] - placed[1] - 10.0).abs() < 1e-9);
    }

    #[test]
    fn too_many_labels_are_refused_and_a_full_frame_is_not() {
        assert_eq!(spread(&[1.0; 11], 10.0, 0.0, 100.0), None);
        let full = spread(&[70.0; 10], 10.0, 0.0, 100.0).unwrap();
        assert!((full[0] - 5.0).abs() < 1e-9 && (full[9] - 95.0).abs() < 1e-9);
        assert_eq!(spread(&[], 10.0, 0.0, 100.0), Some(vec![]));
    }

    proptest! {
        #[test]
        fn placed_labels_never_touch_and_never_leave_the_frame(wanted in prop::collection::vec(-50.0..150.0f64, 0..10)) {
            let placed = spread(&wanted, 10.0, 0.0, 100.0).unwrap();
            let mut sorted = placed.clone();
            sorted.sort_by(f64::total_cmp);
            prop_assert!(sorted.windows(2).all(|pair| pair[1] - pair[0] >= 10.0 - 1e-9));
            prop_assert!(sorted.iter().all(|&y| (5.0 - 1e-9..=95.0 + 1e-9).contains(&y)));
            for (a, b) in (0..wanted.len()).flat_map(|a| (0..wanted.len()).map(move |b| (a, b))) {
                prop_assert!(wanted[a] >= wanted[b] || placed[a] < placed[b]);
            }
        }
    }
}
