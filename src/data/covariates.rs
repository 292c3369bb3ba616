//! What else is published of the countries of a panel.

use super::panel::Panel;

/// Further yearly series by country, each with a name: income, subscriptions, urban share. Values are in the publisher's units.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Covariates {
    /// Name and figures of each, in the order given.
    pub series: Vec<(String, Panel)>,
}

impl Covariates {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// The covariates as they would look if nothing dated after a year were known.
    #[must_use]
    pub fn until(&self, year: i32) -> Self {
        Self { series: self.series.iter().map(|(name, panel)| (name.clone(), panel.until(year))).collect() }
    }

    /// The last figure of a country up to a year, of the covariate at a position.
    #[must_use]
    pub fn last(&self, position: usize, iso3: &str, year: i32) -> Option<f64> {
        let (_, panel) = self.series.get(position)?;
        panel.country(iso3)?.until(year).last().map(|point| point.value)
    }
}
