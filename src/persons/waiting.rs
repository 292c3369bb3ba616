//! How long people wait: from the first month in which they could use a layer to the month in which they first do.
//!
//! Many still wait when the run ends, or die, or lose access; leaving them out would make waiting look short. So the share still
//! waiting is estimated by the product-limit method (E. L. Kaplan and P. Meier, 1958, *Nonparametric estimation from incomplete
//! observations*, J. Am. Stat. Assoc. 53, equation 2b), here on whole months: of those still waiting after `k` months, the
//! share who adopt in the next is counted, and the complements multiplied.

/// Spells of waiting by their length in months.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Spells that ended in adoption after so many months without; 0: in the first month with access.
    pub adopted: Vec<u64>,
    /// Spells that ended otherwise after so many months with access.
    pub ended: Vec<u64>,
}

impl Waiting {
    /// Nobody, with room for runs of `months`.
    #[must_use]
    pub fn new(months: usize) -> Self {
        Self { adopted: vec![0; months + 1], ended: vec![0; months + 1] }
    }

    /// Spells.
    #[must_use]
    pub fn spells(&self) -> u64 {
        self.adopted.iter().chain(&self.ended).sum()
    }

    /// The share still waiting after 1, 2, 3 ... months, as long as anyone was followed.
    #[must_use]
    pub fn still(&self) -> Vec<f64> {
        let mut at_risk = self.spells();
        let mut share = 1.0;
        let mut still = Vec::new();
        for (adopted, ended) in self.adopted.iter().zip(&self.ended) {
            // Who left after k months was not there to adopt in the month after.
            at_risk -= ended;
            if at_risk == 0 {
                break;
            }
            share *= 1.0 - *adopted as f64 / at_risk as f64;
            at_risk -= adopted;
            still.push(share);
        }
        still
    }

    /// Months within which a share of people have adopted, 1 or more; `None` if that was not seen.
    #[must_use]
    pub fn months_until(&self, share: f64) -> Option<usize> {
        self.still().iter().position(|still| *still <= 1.0 - share).map(|month| month + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_stop_waiting_otherwise_count_as_long_as_they_waited() {
        // 10 people: 2 adopt in the first month, 4 leave after it, 1 of the remaining 4 adopts in the second month.
        let waiting = Waiting { adopted: vec![2, 1, 0], ended: vec![0, 4, 3] };
        let still = waiting.still();
        assert_eq!(still.len(), 2);
        assert!((still[0] - 0.8).abs() < 1e-12 && (still[1] - 0.6).abs() < 1e-12, "{still:?}");
        assert_eq!([0.1, 0.2, 0.3, 0.5].map(|share| waiting.months_until(share)), [Some(1), Some(1), Some(2), None]);
        assert_eq!(waiting.spells(), 10);
    }

    #[test]
    fn nobody_waits_for_nothing() {
        assert!(Waiting::new(5).still().is_empty());
        assert_eq!(Waiting::default().months_until(0.5), None);
    }
}
