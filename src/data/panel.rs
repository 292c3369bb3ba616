//! One indicator for many countries.

use std::collections::BTreeMap;

/// A published figure: the value of one year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Calendar year the figure is for.
    pub year: i32,
    /// Percent of the population, 0..=100.
    pub value: f64,
}

/// The series of one country.
#[derive(Clone, Debug, PartialEq)]
pub struct Country {
    /// ISO 3166-1 alpha-3 code in capitals, or the code the publisher uses instead (`XKX`).
    pub iso3: String,
    /// Name as published, or the code where the publisher gave none.
    pub name: String,
    /// Figures by rising year, at most one a year; years without a figure are absent, zeros are kept.
    pub points: Vec<Point>,
}

impl Country {
    /// The figure of a year.
    #[must_use]
    pub fn value(&self, year: i32) -> Option<f64> {
        self.points.binary_search_by_key(&year, |point| point.year).ok().map(|at| self.points[at].value)
    }

    /// The figures up to and including a year.
    #[must_use]
    pub fn until(&self, year: i32) -> &[Point] {
        &self.points[..self.points.partition_point(|point| point.year <= year)]
    }
}

/// One indicator of many countries, as known on one day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// Day of publication, `YYYY-MM-DD`, where it is known.
    pub vintage: Option<String>,
    /// Countries by rising code, each once.
    pub countries: Vec<Country>,
}

impl Panel {
    /// A panel from countries in any order; their points may be in any order too.
    ///
    /// A country or year that occurs twice keeps its last figure: readers refuse such files before they come here.
    #[must_use]
    pub fn new(countries: impl IntoIterator<Item = Country>) -> Self {
        let mut sorted = BTreeMap::new();
        for mut country in countries {
            let points: BTreeMap<i32, f64> = country.points.iter().map(|point| (point.year, point.value)).collect();
            country.points = points.into_iter().map(|(year, value)| Point { year, value }).collect();
            sorted.insert(country.iso3.clone(), country);
        }
        Self { vintage: None, countries: sorted.into_values().collect() }
    }

    /// The series of a country by its code.
    #[must_use]
    pub fn country(&self, iso3: &str) -> Option<&Country> {
        self.countries.binary_search_by(|country| country.iso3.as_str().cmp(iso3)).ok().map(|at| &self.countries[at])
    }

    /// The panel as it would look if nothing dated after a year were known.
    #[must_use]
    pub fn until(&self, year: i32) -> Self {
        let countries =
            self.countries.iter().map(|country| Country { points: country.until(year).to_vec(), ..country.clone() });
        Self { vintage: self.vintage.clone(), countries: countries.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(iso3: &str, points: &[(i32, f64)]) -> Country {
        let points = points.iter().map(|&(year, value)| Point { year, value }).collect();
        Country { iso3: iso3.to_owned(), name: iso3.to_owned(), points }
    }

    #[test]
    fn a_panel_is_sorted_and_found_by_code_and_year() {
        let panel = Panel::new([country("KHM", &[(2016, 32.4), (2014, 14.0)]), country("AFG", &[(2001, 0.0)])]);
        assert_eq!(panel.countries[0].iso3, "AFG");
        assert_eq!(panel.country("KHM").and_then(|khm| khm.value(2016)), Some(32.4));
        assert_eq!(panel.country("KHM").and_then(|khm| khm.value(2015)), None);
        assert_eq!(panel.country("VNM"), None);
    }

    #[test]
    fn until_forgets_later_years_only() {
        let panel = Panel::new([country("KHM", &[(2014, 14.0), (2016, 32.4)])]).until(2015);
        assert_eq!(panel.countries[0].points, [Point { year: 2014, value: 14.0 }]);
    }
}
