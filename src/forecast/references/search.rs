//! The smallest value of a function of a few numbers.

/// Steps of the search.
const STEPS: usize = 400;

/// The downhill simplex of Nelder and Mead (1965) from `start` with first steps of `size`; what is not a number counts as very large.
pub(in crate::forecast) fn minimise<const N: usize>(
    start: [f64; N],
    size: [f64; N],
    of: impl Fn(&[f64; N]) -> f64,
) -> ([f64; N], f64) {
    let value = |point: &[f64; N]| {
        let value = of(point);
        if value.is_nan() { f64::MAX } else { value }
    };
    let mut simplex: Vec<([f64; N], f64)> = vec![(start, value(&start))];
    for along in 0..N {
        let mut corner = start;
        corner[along] += size[along];
        simplex.push((corner, value(&corner)));
    }
    for _ in 0..STEPS {
        simplex.sort_by(|one, other| one.1.total_cmp(&other.1));
        let (best, worst) = (simplex[0].1, simplex[N]);
        if (worst.1 - best).abs() <= 1e-10 * (best.abs() + 1e-10) {
            break;
        }
        let mut centre = [0.0; N];
        for (corner, _) in &simplex[..N] {
            for (sum, one) in centre.iter_mut().zip(corner) {
                *sum += one / N as f64;
            }
        }
        let along = |step: f64| {
            let mut point = centre;
            for (place, from) in point.iter_mut().zip(worst.0) {
                *place += step * (*place - from);
            }
            (point, value(&point))
        };
        let reflected = along(1.0);
        let better = if reflected.1 < best {
            let further = along(2.0);
            if further.1 < reflected.1 { Some(further) } else { Some(reflected) }
        } else if reflected.1 < simplex[N - 1].1 {
            Some(reflected)
        } else {
            let inside = if reflected.1 < worst.1 { along(0.5) } else { along(-0.5) };
            (inside.1 < worst.1.min(reflected.1)).then_some(inside)
        };
        match better {
            Some(corner) => simplex[N] = corner,
            None => {
                let to = simplex[0].0;
                for corner in &mut simplex[1..] {
                    for (place, toward) in corner.0.iter_mut().zip(to) {
                        *place = f64::midpoint(*place, toward);
                    }
                    corner.1 = value(&corner.0);
                }
            }
        }
    }
    simplex.sort_by(|one, other| one.1.total_cmp(&other.1));
    simplex[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banana_is_found() {
        let banana = |p: &[f64; 2]| (1.0 - p[0]) * (1.0 - p[0]) + 100.0 * (p[1] - p[0] * p[0]) * (p[1] - p[0] * p[0]);
        let (at, value) = minimise([-1.2, 1.0], [0.5, 0.5], banana);
        assert!(value < 1e-6 && (at[0] - 1.0).abs() < 1e-2, "{at:?} {value}");
    }
}
