//! How far published figures scatter from one year to the next.

use super::super::references::NORMAL;
use crate::data::Panel;
use crate::score::{MEDIAN, Quantiles};

/// Only figures above this show it, percent: below, growth bends too much within three years.
const ABOVE: f64 = 20.0;
/// Fewest figures to measure it on.
const FEWEST: usize = 50;
/// Points, where there are fewer: about what is measured where there are enough.
const ASSUMED: f64 = 1.3;

/// Standard deviation of a single figure about its neighbours, points: from the median distance of a figure from the mean of
/// those of the years before and after, whose variance is 3/2 of a single one's.
pub(super) fn measure(panel: &Panel) -> f64 {
    let triples = panel.countries.iter().flat_map(|country| country.points.windows(3));
    let mut distances: Vec<f64> = triples
        .filter(|three| three[2].year - three[0].year == 2 && three[1].value > ABOVE)
        .map(|three| (three[1].value - f64::midpoint(three[0].value, three[2].value)).abs())
        .collect();
    if distances.len() < FEWEST {
        return ASSUMED;
    }
    distances.sort_by(f64::total_cmp);
    // Of a normal distribution, half lies within 0.6745 standard deviations.
    distances[distances.len() / 2] / 0.674_489_750_196_081_7 / 1.5_f64.sqrt()
}

/// Widens a forecast by the scatter of the figure that it will be held against, in proportion to the last figure's `level`, percent.
///
/// Analogues carry scatter of their own, but those near saturation are few, and their figures happened to be smooth. In proportion to the level because near zero
/// figures scatter little, and because it scored best there and in the middle too.
pub(super) fn widen(forecast: &Quantiles, level: f64, noise: f64) -> Quantiles {
    let median = forecast[MEDIAN];
    let spread = noise * level / 100.0;
    let mut wider = *forecast;
    for (quantile, z) in wider.iter_mut().zip(NORMAL) {
        let from = libm::hypot(*quantile - median, z * spread);
        *quantile = (median + if z < 0.0 { -from } else { from }).clamp(0.0, 100.0);
    }
    wider
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widening_adds_as_variances_do_and_keeps_the_order() {
        let fan = [88.0, 89.0, 90.0, 90.0, 90.5, 99.0, 100.0];
        let wider = widen(&fan, 100.0, 2.0);
        assert_eq!(wider[MEDIAN], 90.0);
        assert!((wider[2] - (90.0 - 2.0 * 0.674_489_750_196_081_7)).abs() < 1e-12);
        assert!(wider.windows(2).all(|pair| pair[0] <= pair[1]) && wider[6] <= 100.0);
        assert_eq!(widen(&fan, 0.0, 2.0), fan);
    }
}
