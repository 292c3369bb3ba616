//! What many countries say about the parameters of the simulator's law, for a country with few figures of its own.
//!
//! [`pooled`] gives the distributions as measured once; [`estimate`] measures them on a panel; [`fit`] puts one country's figures and the pooled
//! knowledge together.
//!
//! The law, for a country as a whole with a market ceiling `m`, innovation `p` and imitation `q` per year:
//!
//! ```text
//! dF/dt = (p + q F) (m - F)        F: share of all people who use it
//! ```
//!
//! which is Bass (1969) with `q m` for imitation: [`bass_share`]. Fits are least squares of `asin(sqrt(F))`, whose error is about the same
//! at every level, with a standard deviation of [`ERROR`], over the years from the first figure of 0.5 % on; the first figure is the start. The
//! prior of a first pass is wide; medians and spreads of its results over countries are the prior of a second, and
//! medians and spreads of that pass, together with the mean uncertainty of single countries, are the answer (empirical Bayes).
//!
//! Discontinuance is **not identified**: totals show growth, which is people who begin less people who stop. It is taken as zero, so
//! `m` is the share who use it in the long run, not who could. Someone who assumes a discontinuance has to raise `m` with it.

use super::references::minimise;
use crate::adoption::bass::bass_share;
use crate::data::{Country, Panel};

/// Standard deviation of published figures about the law, on the scale of `asin(sqrt(F))`: 0.05 is 5 points at one half.
pub const ERROR: f64 = 0.05;
/// First figure that is fitted, percent.
const START: f64 = 0.5;
/// Fewest figures of a country that the pooled distributions are measured on.
const FEWEST: usize = 8;

/// A distribution of a positive number whose logarithm is normal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNormal {
    /// Median.
    pub median: f64,
    /// Standard deviation of the logarithm.
    pub sigma: f64,
}

/// A distribution of a share whose logit is normal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogitNormal {
    /// Median, 0..=1.
    pub median: f64,
    /// Standard deviation of the logit.
    pub sigma: f64,
}

/// What is known of a country's parameters before its own figures are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// Innovation `p`, per year.
    pub innovation: LogNormal,
    /// Imitation `q`, per year, when everybody else uses it.
    pub imitation: LogNormal,
    /// Ceiling `m`: share of all people who use it in the end.
    pub ceiling: LogitNormal,
    /// Countries it was measured on.
    pub countries: usize,
}

/// Of the first pass: wide enough to hold any published diffusion of a medium.
const WIDE: Prior = Prior {
    innovation: LogNormal { median: 0.003, sigma: 1.5 },
    imitation: LogNormal { median: 0.4, sigma: 0.8 },
    ceiling: LogitNormal { median: 0.88, sigma: 1.2 },
    countries: 0,
};

/// The pooled distributions of internet use: [`estimate`] on the series of 101 countries, those with eight figures from 0.5 % on, of the World Bank's IT.NET.USER.ZS (from ITU, CC BY 4.0) as
/// published on 2025-12-08, figures up to 2024; `uptake data priors --panel FILE` makes such a table from any panel.
#[must_use]
pub fn pooled() -> Prior {
    Prior {
        innovation: LogNormal { median: 0.004_33, sigma: 1.54 },
        imitation: LogNormal { median: 0.232, sigma: 0.340 },
        ceiling: LogitNormal { median: 0.908, sigma: 1.04 },
        countries: 101,
    }
}

/// The law fitted to one country.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Innovation and its uncertainty.
    pub innovation: LogNormal,
    /// Imitation and its uncertainty.
    pub imitation: LogNormal,
    /// Ceiling and its uncertainty.
    pub ceiling: LogitNormal,
    /// Year of the first figure fitted.
    pub start: i32,
    /// That figure, share.
    pub initial: f64,
    /// Figures fitted.
    pub figures: usize,
    /// Root of the mean squared error of the fit, share.
    pub error: f64,
}

/// Measures the distributions over the countries of a panel; `None` when fewer than ten have enough figures.
#[must_use]
pub fn estimate(panel: &Panel) -> Option<Prior> {
    let pass = |prior: &Prior| -> Vec<Fit> {
        let fits = panel.countries.iter().filter_map(|country| fit(country, prior));
        fits.filter(|fit| fit.figures >= FEWEST).collect()
    };
    let first = pooled_from(&pass(&WIDE), false)?;
    pooled_from(&pass(&first), true)
}

/// Medians over countries; spreads with the mean variance of single countries added where `uncertain`, since what is asked for is
/// how countries differ, and fits that shrink to the middle differ too little.
fn pooled_from(fits: &[Fit], uncertain: bool) -> Option<Prior> {
    if fits.len() < 10 {
        return None;
    }
    let over = |value: &dyn Fn(&Fit) -> (f64, f64)| {
        let mut values: Vec<f64> = fits.iter().map(|fit| value(fit).0).collect();
        values.sort_by(f64::total_cmp);
        let at = |level: f64| values[(level * (values.len() - 1) as f64).round() as usize];
        // A robust standard deviation: half the central 68 %.
        let spread = (at(0.84) - at(0.16)) / 2.0;
        let own = fits.iter().map(|fit| value(fit).1 * value(fit).1).sum::<f64>() / fits.len() as f64;
        (at(0.5), (spread * spread + if uncertain { own } else { 0.0 }).sqrt().max(0.05))
    };
    let log = |(middle, sigma): (f64, f64)| LogNormal { median: libm::exp(middle), sigma };
    let (middle, sigma) = over(&|fit| (logit(fit.ceiling.median), fit.ceiling.sigma));
    Some(Prior {
        innovation: log(over(&|fit| (libm::log(fit.innovation.median), fit.innovation.sigma))),
        imitation: log(over(&|fit| (libm::log(fit.imitation.median), fit.imitation.sigma))),
        ceiling: LogitNormal { median: share(middle), sigma },
        countries: fits.len(),
    })
}

/// Fits the law to a country's figures with a prior; `None` when no figure reaches 0.5 %.
///
/// The most probable values, with the uncertainty of each from the curvature there (Laplace).
#[must_use]
pub fn fit(country: &Country, prior: &Prior) -> Option<Fit> {
    let start = country.points.iter().position(|point| point.value >= START)?;
    let points = &country.points[start..];
    let (year, initial) = (points[0].year, points[0].value / 100.0);
    let expected = |at: &[f64; 3], point_year: i32| {
        // No ceiling below what was there at the start.
        let ceiling = share(at[2]).max(initial + 1e-6);
        let (p, q) = (libm::exp(at[0]), libm::exp(at[1]));
        ceiling * bass_share(initial / ceiling, p, q * ceiling, f64::from(point_year - year))
    };
    let middle = [libm::log(prior.innovation.median), libm::log(prior.imitation.median), logit(prior.ceiling.median)];
    let spread = [prior.innovation.sigma, prior.imitation.sigma, prior.ceiling.sigma];
    let cost = |at: &[f64; 3]| {
        let misses = points[1..].iter().map(|point| {
            let miss = (angle(point.value / 100.0) - angle(expected(at, point.year))) / ERROR;
            miss * miss
        });
        let prior = (0..3).map(|i| ((at[i] - middle[i]) / spread[i]) * ((at[i] - middle[i]) / spread[i]));
        0.5 * (misses.sum::<f64>() + prior.sum::<f64>())
    };
    let (first, _) = minimise(middle, [0.5, 0.3, 0.5], cost);
    let (best, _) = minimise(first, [0.2, 0.1, 0.2], cost);
    let deviations = deviations(&best, &spread, cost);
    let squares = points.iter().map(|point| {
        let miss = point.value / 100.0 - expected(&best, point.year);
        miss * miss
    });
    Some(Fit {
        innovation: LogNormal { median: libm::exp(best[0]), sigma: deviations[0] },
        imitation: LogNormal { median: libm::exp(best[1]), sigma: deviations[1] },
        ceiling: LogitNormal { median: share(best[2]), sigma: deviations[2] },
        start: year,
        initial,
        figures: points.len(),
        error: (squares.sum::<f64>() / points.len() as f64).sqrt(),
    })
}

/// Standard deviations from the second derivatives of the cost; never more than the prior's.
fn deviations(best: &[f64; 3], prior: &[f64; 3], cost: impl Fn(&[f64; 3]) -> f64) -> [f64; 3] {
    const STEP: f64 = 0.02;
    let at = |moves: &[(usize, f64)]| {
        let mut point = *best;
        for &(along, by) in moves {
            point[along] += by * STEP;
        }
        cost(&point)
    };
    let mut curve = [[0.0; 3]; 3];
    for (i, row) in curve.iter_mut().enumerate() {
        for (j, cell) in row.iter_mut().enumerate() {
            let corner = |one: f64, other: f64| at(&[(i, one), (j, other)]);
            *cell =
                (corner(1.0, 1.0) - corner(1.0, -1.0) - corner(-1.0, 1.0) + corner(-1.0, -1.0)) / (4.0 * STEP * STEP);
        }
    }
    let minor = |i: usize, j: usize| {
        let others = |gone: usize| match gone {
            0 => (1, 2),
            1 => (0, 2),
            _ => (0, 1),
        };
        let ((a, b), (c, d)) = (others(i), others(j));
        curve[a][c] * curve[b][d] - curve[a][d] * curve[b][c]
    };
    let determinant = curve[0][0] * minor(0, 0) - curve[0][1] * minor(0, 1) + curve[0][2] * minor(0, 2);
    let mut deviations = *prior;
    for (i, deviation) in deviations.iter_mut().enumerate() {
        let variance = minor(i, i) / determinant;
        if variance.is_finite() && variance > 0.0 {
            *deviation = variance.sqrt().min(prior[i]);
        }
    }
    deviations
}

fn angle(share: f64) -> f64 {
    libm::asin(share.clamp(0.0, 1.0).sqrt())
}

fn logit(share: f64) -> f64 {
    let share = share.clamp(1e-6, 1.0 - 1e-6);
    libm::log(share / (1.0 - share))
}

fn share(logit: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-logit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Point;

    /// Figures that follow the law exactly.
    fn made(iso3: &str, p: f64, q: f64, m: f64, years: i32) -> Country {
        let value = |year| 100.0 * m * bass_share(0.01 / m, p, q * m, f64::from(year));
        let points = (0..years).map(|year| Point { year: 2000 + year, value: value(year) }).collect();
        Country { iso3: iso3.to_owned(), name: iso3.to_owned(), points }
    }

    #[test]
    fn a_long_series_is_fitted_by_its_own_parameters() {
        let fit = fit(&made("AAA", 0.004, 0.5, 0.8, 25), &WIDE).expect("figures");
        assert!((fit.ceiling.median - 0.8).abs() < 0.02, "{fit:?}");
        assert!((fit.imitation.median - 0.5).abs() < 0.05, "{fit:?}");
        assert!(fit.error < 0.01 && fit.ceiling.sigma < WIDE.ceiling.sigma, "{fit:?}");
    }

    #[test]
    fn few_figures_leave_what_the_prior_says() {
        let prior = Prior { ceiling: LogitNormal { median: 0.9, sigma: 0.4 }, ..WIDE };
        let fit = fit(&made("AAA", 0.004, 0.5, 0.8, 2), &prior).expect("figures");
        assert!((fit.ceiling.median - 0.9).abs() < 0.02 && fit.ceiling.sigma > 0.35, "{fit:?}");
        assert!(super::fit(&made("AAA", 1e-9, 1e-9, 0.8, 0), &prior).is_none());
    }

    #[test]
    fn the_spread_over_countries_is_found_again() {
        let codes: Vec<String> = (0..40).map(|i| format!("A{i:02}")).collect();
        let countries = codes.iter().enumerate().map(|(i, code)| {
            let z = (i as f64 - 19.5) / 11.5;
            made(code, 0.004, 0.5 * libm::exp(0.2 * z), share(1.5 + 0.5 * libm::sin(i as f64)), 25)
        });
        let prior = estimate(&Panel::new(countries)).expect("forty countries");
        assert_eq!(prior.countries, 40);
        assert!((prior.imitation.median - 0.5).abs() < 0.06, "{prior:?}");
        assert!((0.1..0.4).contains(&prior.imitation.sigma), "{prior:?}");
        assert!((prior.ceiling.median - share(1.5)).abs() < 0.05, "{prior:?}");
    }
}
