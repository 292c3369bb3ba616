//! The Bass curve in closed form: what the engines must reproduce when people are alike.

/// The adopted share of the market potential at time `t` years:
///
/// ```text
/// F(t) = (1 - a e^{-(p+q) t}) / (1 + a (q/p) e^{-(p+q) t}),   a = (1 - F0) / (1 + (q/p) F0)
/// ```
///
/// Bass (1969, eq. 7) with a start `initial` F0 in 0..=1; `innovation` p > 0 and `imitation` q >= 0 per year.
/// For p = 0 it is the logistic curve `1 / (1 + ((1 - F0)/F0) e^{-q t})`, for q = 0 the exponential approach
/// `1 - (1 - F0) e^{-p t}`.
#[must_use]
pub fn bass_share(initial: f64, innovation: f64, imitation: f64, years: f64) -> f64 {
    if innovation <= 0.0 {
        if initial <= 0.0 {
            return 0.0;
        }
        return 1.0 / (1.0 + (1.0 - initial) / initial * libm::exp(-imitation * years));
    }
    let ratio = imitation / innovation;
    let start = (1.0 - initial) / (1.0 + ratio * initial);
    let decay = start * libm::exp(-(innovation + imitation) * years);
    (1.0 - decay) / (1.0 + ratio * decay)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_where_told_and_ends_at_one() {
        for (p, q) in [(0.03, 0.38), (0.01, 0.0), (0.0, 0.5)] {
            assert!((bass_share(0.02, p, q, 0.0) - 0.02).abs() < 1e-15);
            assert!((bass_share(0.02, p, q, 1e4) - 1.0).abs() < 1e-9);
        }
        assert_eq!(bass_share(0.0, 0.0, 0.5, 10.0), 0.0);
    }

    #[test]
    fn it_solves_its_own_equation() {
        // dF/dt = (p + q F)(1 - F), by central differences
        let (p, q, h) = (0.02, 0.45, 1e-5);
        for t in [0.5, 3.0, 8.0, 15.0] {
            let slope = (bass_share(0.01, p, q, t + h) - bass_share(0.01, p, q, t - h)) / (2.0 * h);
            let f = bass_share(0.01, p, q, t);
            assert!((slope - (p + q * f) * (1.0 - f)).abs() < 1e-8);
        }
    }
}
