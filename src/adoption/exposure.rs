//! Exposure: the share of a person's contacts who use a layer.

use crate::number::Number;

/// Weights of the levels at which people look at others, normalised to sum 1 (all zero stays all zero).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContactWeights<N> {
    /// Same household.
    pub household: N,
    /// Same village.
    pub village: N,
    /// Same province.
    pub province: N,
    /// Anyone in the country.
    pub nation: N,
}

impl<N: Number> ContactWeights<N> {
    /// Weights in proportion to the given non-negative numbers.
    pub fn normalised(household: N, village: N, province: N, nation: N) -> Self {
        let total = household + village + province + nation;
        if total.value() <= 0.0 {
            let zero = N::from(0.0);
            return Self { household: zero, village: zero, province: zero, nation: zero };
        }
        Self {
            household: household / total,
            village: village / total,
            province: province / total,
            nation: nation / total,
        }
    }

    /// Exposure in the aggregate engines, where households and villages are seen as their place: the weighted
    /// penetration (0..=1) of the place, the province and the nation.
    #[inline(always)]
    pub fn mixed(&self, place: N, province: N, nation: N) -> N {
        (self.household + self.village) * place + self.province * province + self.nation * nation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_normalised_and_mix() {
        let w = ContactWeights::normalised(4.0_f64, 2.0, 2.0, 2.0);
        // 0.6 x 0.5 + 0.2 x 0.25 + 0.2 x 0.1 = 0.37
        assert!((w.mixed(0.5, 0.25, 0.1) - 0.37).abs() < 1e-15);
        let none = ContactWeights::normalised(0.0_f64, 0.0, 0.0, 0.0);
        assert_eq!(none.mixed(1.0, 1.0, 1.0), 0.0);
    }
}
