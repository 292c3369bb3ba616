//! The scales that changes are measured on.

/// Percent are held within these before they are transformed.
const LOWEST: f64 = 0.02;
const HIGHEST: f64 = 99.6;
/// Halvings of the interval in which the inverse is searched: to about 1e-13 percent.
const HALVINGS: u32 = 50;

/// `logit(p / 100) + slope * p / 25` for a percentage p: the logit for slope 0, more and more like percent as it rises.
///
/// On the logit alone the pace of growth falls as a country fills up, in percent alone it vanishes at both ends; in between, a
/// medium stage weighs more than the noise of the first percent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    /// Weight of percent; 0 or more.
    pub slope: f64,
}

impl Scale {
    /// From percent. Never falls.
    pub fn of(self, percent: f64) -> f64 {
        let percent = percent.clamp(LOWEST, HIGHEST);
        libm::log(percent / (100.0 - percent)) + self.slope * percent / 25.0
    }

    /// Back to percent; what lies beyond the ends is held there.
    pub fn percent(self, value: f64) -> f64 {
        let (mut low, mut high) = (LOWEST, HIGHEST);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if self.of(middle) < value {
                low = middle;
            } else {
                high = middle;
            }
        }
        f64::midpoint(low, high)
    }
}

/// The logit of a percentage.
pub(super) fn logit(percent: f64) -> f64 {
    Scale { slope: 0.0 }.of(percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for slope in [0.0, 0.5, 2.0] {
            let scale = Scale { slope };
            for percent in [0.02, 0.5, 12.0, 50.0, 99.0, 99.6] {
                assert!((scale.percent(scale.of(percent)) - percent).abs() < 1e-9, "{slope} {percent}");
            }
            assert!(scale.percent(1e9) <= 100.0 && scale.percent(-1e9) >= 0.0);
        }
        assert_eq!(logit(50.0), 0.0);
    }
}
