//! The plain table that panels are kept in.

use super::panel::Panel;

/// Panels as one table: `iso3,country,year,value`, with the column `vintage` where a date of publication is known.
///
/// Read back, they are the same panels.
#[must_use]
pub fn write_tidy(panels: &[Panel]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let heading = ["iso3", "country", "year", "value", "vintage"];
    let dated = panels.iter().any(|panel| panel.vintage.is_some());
    let width = heading.len() - usize::from(!dated);
    let fine = "writing into memory cannot fail";
    writer.write_record(&heading[..width]).expect(fine);
    for panel in panels {
        let vintage = panel.vintage.as_deref().unwrap_or_default();
        for country in &panel.countries {
            for point in &country.points {
                let (year, value) = (point.year.to_string(), point.value.to_string());
                let row = [country.iso3.as_str(), &country.name, &year, &value, vintage];
                writer.write_record(&row[..width]).expect(fine);
            }
        }
    }
    String::from_utf8(writer.into_inner().expect(fine)).expect("what was text stays text")
}
