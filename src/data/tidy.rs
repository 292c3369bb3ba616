//! The plain table that panels are kept in.

use super::panel::Panel;

/// A panel as text: `iso3,country,year,value`, with the column `vintage` where a date of publication is known.
///
/// Read back, it is the same panel.
#[must_use]
pub fn write_tidy(panel: &Panel) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let vintage = panel.vintage.as_deref();
    let heading = ["iso3", "country", "year", "value", "vintage"];
    let width = heading.len() - usize::from(vintage.is_none());
    let fine = "writing into memory cannot fail";
    writer.write_record(&heading[..width]).expect(fine);
    for country in &panel.countries {
        for point in &country.points {
            let (year, value) = (point.year.to_string(), point.value.to_string());
            let row = [&country.iso3, &country.name, year.as_str(), value.as_str(), vintage.unwrap_or_default()];
            writer.write_record(&row[..width]).expect(fine);
        }
    }
    String::from_utf8(writer.into_inner().expect(fine)).expect("what was text stays text")
}
