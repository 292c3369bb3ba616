//! What may touch a forecast.

use super::ForecastError;
use crate::data::{Country, Covariates, Panel, Point};

/// Everything dated up to an origin. There is no way to make one that holds anything later.
#[derive(Clone, Debug)]
pub struct Known {
    origin: i32,
    panel: Panel,
    covariates: Covariates,
}

impl Known {
    /// Cuts off what is dated after `origin`, of every country and covariate.
    #[must_use]
    pub fn at(origin: i32, panel: &Panel, covariates: &Covariates) -> Self {
        Self { origin, panel: panel.until(origin), covariates: covariates.until(origin) }
    }

    /// Last year whose figures may be used; leads count from it.
    #[must_use]
    pub fn origin(&self) -> i32 {
        self.origin
    }

    /// The series.
    #[must_use]
    pub fn panel(&self) -> &Panel {
        &self.panel
    }

    /// What else is known of the countries; may be empty.
    #[must_use]
    pub fn covariates(&self) -> &Covariates {
        &self.covariates
    }

    /// A country of which something is known.
    ///
    /// # Errors
    /// When the panel does not hold it, or has no figure of it up to the origin.
    pub fn country(&self, iso3: &str) -> Result<&Country, ForecastError> {
        let country =
            self.panel.country(iso3).ok_or_else(|| ForecastError::UnknownCountry { iso3: iso3.to_owned() })?;
        if country.points.is_empty() {
            return Err(ForecastError::NothingKnown { iso3: iso3.to_owned(), origin: self.origin });
        }
        Ok(country)
    }

    /// A country's yearly values from the first above zero to the origin, straight between figures and held after the last; of a
    /// country that has none above zero, its last figure held for one year.
    ///
    /// # Errors
    /// As [`Known::country`].
    pub fn yearly(&self, iso3: &str) -> Result<Vec<f64>, ForecastError> {
        Ok(yearly(&self.country(iso3)?.points, self.origin))
    }
}

/// See [`Known::yearly`]; `points` is not empty and ends by `until`.
pub(super) fn yearly(points: &[Point], until: i32) -> Vec<f64> {
    let positive: Vec<Point> = points.iter().copied().filter(|point| point.value > 0.0).collect();
    let (Some(first), Some(last)) = (positive.first(), positive.last()) else { return vec![0.0] };
    let mut values = Vec::with_capacity((until - first.year + 1).max(1) as usize);
    for pair in positive.windows(2) {
        let span = f64::from(pair[1].year - pair[0].year);
        values.extend((pair[0].year..pair[1].year).map(|year| {
            let part = f64::from(year - pair[0].year) / span;
            pair[0].value + (pair[1].value - pair[0].value) * part
        }));
    }
    values.extend((last.year..=until.max(last.year)).map(|_| last.value));
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_between_figures_lie_on_a_straight_line_and_the_last_is_held() {
        let points: Vec<Point> =
            [(1990, 0.0), (2000, 1.0), (2003, 4.0)].map(|(year, value)| Point { year, value }).to_vec();
        assert_eq!(yearly(&points, 2005), [1.0, 2.0, 3.0, 4.0, 4.0, 4.0]);
        assert_eq!(yearly(&points[..1], 2005), [0.0]);
    }

    #[test]
    fn nothing_later_is_known() {
        let country = |iso3: &str, year| Country {
            iso3: iso3.to_owned(),
            name: String::new(),
            points: vec![Point { year: 2000, value: 1.0 }, Point { year, value: 2.0 }],
        };
        let panel = Panel::new([country("AAA", 2009), country("BBB", 2011)]);
        let known = Known::at(2010, &panel, &Covariates::default());
        assert_eq!(known.panel().country("AAA").map(|c| c.points.len()), Some(2));
        assert_eq!(known.panel().country("BBB").map(|c| c.points.len()), Some(1));
        assert_eq!(known.yearly("CCC"), Err(ForecastError::UnknownCountry { iso3: "CCC".to_owned() }));
        let known = Known::at(1999, &panel, &Covariates::default());
        assert_eq!(known.yearly("AAA"), Err(ForecastError::NothingKnown { iso3: "AAA".to_owned(), origin: 1999 }));
    }
}
