//! Methods that anyone would try first, each from one country's own series alone.
//!
//! [`Univariate`] turns a pure function from yearly values to quantiles into a forecaster; [`all`] lists them, [`Combination`] averages
//! them. They set the mark that a better method has to pass. Their intervals are the textbook's: normal errors whose spread grows with
//! the lead as the method says.
//!
//! No crate is used: those that exist for exponential smoothing compute with the platform's mathematics and bring a second
//! generator of random numbers, where results here are the same bits on every machine. ARIMA is a small search
//! ([`arima`]), not the whole of `auto.arima`.

pub mod arima;
pub mod curves;
pub mod damped;
pub mod naive;
mod search;
pub mod theta;

pub(super) use search::minimise;

use super::{Fitted, ForecastError, Forecaster, Known};
use crate::score::{LEVELS, Quantiles};

/// Quantiles of the standard normal distribution at [`LEVELS`].
pub(super) const NORMAL: [f64; 7] = [
    -1.959_963_984_540_054,
    -1.281_551_565_544_600_5,
    -0.674_489_750_196_081_7,
    0.0,
    0.674_489_750_196_081_7,
    1.281_551_565_544_600_5,
    1.959_963_984_540_054,
];

/// From yearly values (percent, not empty, the last at the origin) to quantiles 1, 2 ... years ahead.
pub type Method = fn(&[f64], u32) -> Vec<Quantiles>;

/// A forecaster that looks at one country's own series.
#[derive(Clone, Copy, Debug)]
pub struct Univariate {
    name: &'static str,
    method: Method,
}

/// Every single reference.
#[must_use]
pub fn all() -> [Univariate; 8] {
    let method = |name, method| Univariate { name, method };
    [
        method("last-value", naive::last_value as Method),
        method("drift", naive::drift),
        method("damped-trend", damped::forecast),
        method("theta", theta::forecast),
        method("arima", arima::forecast),
        method("logistic", curves::logistic),
        method("gompertz", curves::gompertz),
        method("bass", curves::bass),
    ]
}

impl Forecaster for Univariate {
    fn name(&self) -> &str {
        self.name
    }

    fn fit(&self, known: &Known) -> Box<dyn Fitted> {
        Box::new(Alone { known: known.clone(), methods: vec![self.method] })
    }
}

/// The mean of five references' quantiles, each counting alike: damped trend, Theta, ARIMA, logistic and Bass.
#[derive(Clone, Copy, Debug)]
pub struct Combination;

impl Forecaster for Combination {
    fn name(&self) -> &'static str {
        "combination"
    }

    fn fit(&self, known: &Known) -> Box<dyn Fitted> {
        let methods: Vec<Method> =
            vec![damped::forecast, theta::forecast, arima::forecast, curves::logistic, curves::bass];
        Box::new(Alone { known: known.clone(), methods })
    }
}

/// Methods with the series they look at; their quantiles are averaged.
struct Alone {
    known: Known,
    methods: Vec<Method>,
}

impl Fitted for Alone {
    fn forecast(&self, iso3: &str, longest: u32) -> Result<Vec<Quantiles>, ForecastError> {
        let values = self.known.yearly(iso3)?;
        let fans: Vec<Vec<Quantiles>> = self.methods.iter().map(|method| method(&values, longest)).collect();
        let mean = |ahead: usize| {
            let mut quantiles = [0.0; LEVELS.len()];
            for fan in &fans {
                for (sum, one) in quantiles.iter_mut().zip(fan[ahead]) {
                    *sum += one / fans.len() as f64;
                }
            }
            quantiles
        };
        Ok((0..longest as usize).map(mean).collect())
    }
}

/// Quantiles of a normal distribution, held within 0..=100.
fn normal(mean: f64, deviation: f64) -> Quantiles {
    let deviation = if deviation.is_finite() { deviation.max(0.0) } else { 0.0 };
    NORMAL.map(|z| within(mean + z * deviation))
}

/// The same on the scale of [`logit`], turned back into percent.
fn normal_of_logit(mean: f64, deviation: f64) -> Quantiles {
    let deviation = if deviation.is_finite() { deviation.max(0.0) } else { 0.0 };
    NORMAL.map(|z| within(percent(mean + z * deviation)))
}

fn within(percent: f64) -> f64 {
    if percent.is_nan() { 0.0 } else { percent.clamp(0.0, 100.0) }
}

/// The logit of a percentage, held within 0.001 and 99.9 %.
fn logit(percent: f64) -> f64 {
    let share = (percent / 100.0).clamp(1e-5, 0.999);
    libm::log(share / (1.0 - share))
}

/// Back from the logit.
fn percent(logit: f64) -> f64 {
    100.0 / (1.0 + libm::exp(-logit))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Series that a method must give an answer to.
    fn awkward() -> Vec<Vec<f64>> {
        vec![
            vec![0.0],
            vec![5.0],
            vec![5.0, 5.0],
            vec![40.0; 12],
            vec![99.9; 9],
            vec![100.0; 4],
            vec![1.0, 2.0, 4.0],
            vec![1e-4, 1e-4, 2e-4, 80.0],
            vec![80.0, 60.0, 30.0, 10.0, 1.0],
            (0..30).map(|year| percent(f64::from(year) / 3.0 - 5.0)).collect(),
        ]
    }

    #[test]
    fn every_method_stays_in_bounds_and_never_crosses() {
        for values in awkward() {
            for Univariate { name, method } in all() {
                let fans = method(&values, 12);
                assert_eq!(fans.len(), 12, "{name}");
                for fan in fans {
                    let fine = fan.iter().all(|quantile| (0.0..=100.0).contains(quantile));
                    assert!(fine && fan.windows(2).all(|pair| pair[0] <= pair[1]), "{name} {values:?}: {fan:?}");
                }
            }
        }
    }

    #[test]
    fn curves_find_the_curve_a_series_was_made_from() {
        // 80 % of the way up a logistic with a ceiling of 70 %.
        let made = |year: f64| 70.0 / (1.0 + libm::exp(-0.4 * (year - 12.0)));
        let values: Vec<f64> = (0..18).map(|year| made(f64::from(year))).collect();
        let fans = curves::logistic(&values, 6);
        assert!((fans[5][3] - made(23.0)).abs() < 0.5, "{} {}", fans[5][3], made(23.0));
    }

    #[test]
    fn straight_lines_go_on() {
        let values: Vec<f64> = (0..20).map(|year| 10.0 + f64::from(year)).collect();
        for (name, method) in [("drift", naive::drift as Method), ("arima", arima::forecast)] {
            let fans = method(&values, 3);
            assert!((fans[2][3] - 32.0).abs() < 0.3, "{name}: {}", fans[2][3]);
        }
    }
}
