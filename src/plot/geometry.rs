//! Shapes of regions from a `GeoJSON` file of the user's, drawn in place of tiles.
//!
//! Longitudes and latitudes are laid out flat with the scale of the middle latitude, which is right to within a few
//! per cent for a country of some hundred kilometres. Only polygons are read; rings after the first are holes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::PlotError;
use super::canvas::{Canvas, Point};
use super::frame::Rect;
use super::style::{self, Colour};

/// Most corners kept of one file; a country's provinces at printing resolution have a few ten thousand.
const MOST_CORNERS: usize = 2_000_000;

/// Why a file gives no shapes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GeometryError {
    /// It is not JSON.
    #[error("not JSON")]
    Json(#[source] serde_json::Error),
    /// It is not what `GeoJSON` calls a feature collection.
    #[error("not a GeoJSON FeatureCollection, whose `features` is a list")]
    NotACollection,
    /// No feature has the key.
    #[error("no feature has the property `{key}`; there are {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") })]
    NoKey {
        /// The key asked for.
        key: String,
        /// Properties of the first feature.
        known: Vec<String>,
    },
    /// Regions without a shape.
    #[error("no feature's `{key}` names {}; the file has {}", missing.join(", "), found.join(", "))]
    Missing {
        /// The key asked for.
        key: String,
        /// Regions that no feature names.
        missing: Vec<String>,
        /// Values of the key that name no region.
        found: Vec<String>,
    },
    /// More corners than can be drawn.
    #[error("more than {MOST_CORNERS} corners; simplify the shapes first")]
    TooMany,
}

/// A closed line of longitudes and latitudes.
type Ring = Vec<Point>;

/// Shapes by region.
#[derive(Clone, Debug, PartialEq)]
pub struct Geometry {
    /// For each region, its polygons, each an outline and its holes.
    shapes: BTreeMap<String, Vec<Vec<Ring>>>,
}

impl Geometry {
    /// Reads a feature collection whose property `key` names each region: by its name, by its tile's letters, or, for
    /// Cambodia, by its official code with or without the country's part (`KH-01`, `01`, `1`).
    ///
    /// # Errors
    /// When the text is no feature collection, or a region has no shape.
    pub fn parse(text: &str, key: &str, regions: &[&str]) -> Result<Self, GeometryError> {
        let file: Value = serde_json::from_str(text).map_err(GeometryError::Json)?;
        let features = file.get("features").and_then(Value::as_array).ok_or(GeometryError::NotACollection)?;
        let names = names(regions);
        let (mut shapes, mut found, mut keyed): (BTreeMap<String, Vec<Vec<Ring>>>, Vec<String>, bool) =
            (BTreeMap::new(), Vec::new(), false);
        let mut corners = 0;
        for feature in features {
            let Some(value) = feature.pointer(&format!("/properties/{}", key.replace('~', "~0").replace('/', "~1")))
            else {
                continue;
            };
            keyed = true;
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let Some(region) = names.get(&plain(&value)) else {
                found.push(value);
                continue;
            };
            let polygons = polygons(feature.get("geometry").unwrap_or(&Value::Null));
            corners += polygons.iter().flatten().map(Vec::len).sum::<usize>();
            if corners > MOST_CORNERS {
                return Err(GeometryError::TooMany);
            }
            shapes.entry(region.clone()).or_default().extend(polygons);
        }
        if !keyed {
            let known = features.first().and_then(|first| first.get("properties")?.as_object());
            let known = known.map(|known| known.keys().cloned().collect()).unwrap_or_default();
            return Err(GeometryError::NoKey { key: key.to_owned(), known });
        }
        let has = |region: &&&str| shapes.get(**region).is_some_and(|polygons| !polygons.is_empty());
        let missing: Vec<String> = regions.iter().filter(|region| !has(region)).map(|r| (*r).to_owned()).collect();
        if missing.is_empty() {
            return Ok(Self { shapes });
        }
        let found = if found.is_empty() { vec!["no others".to_owned()] } else { found };
        Err(GeometryError::Missing { key: key.to_owned(), missing, found })
    }

    /// Draws every region in its colour.
    pub(super) fn draw(&self, canvas: &mut Canvas, area: Rect, shades: &[(&str, Colour)]) -> Result<(), PlotError> {
        let corners = || self.shapes.values().flatten().flatten().flatten();
        let ends = |of: fn(&Point) -> f64| {
            corners().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
        };
        let ((west, east), (south, north)) = (ends(|p| p.0), ends(|p| p.1));
        let narrow = libm::cos(f64::midpoint(south, north).to_radians()).max(0.01);
        let (wide, high) = (((east - west) * narrow).max(1e-9), (north - south).max(1e-9));
        let scale = (area.width() / wide).min(area.height() / high);
        let left = area.left + (area.width() - wide * scale) / 2.0;
        let place = |&(x, y): &Point| (left + (x - west) * narrow * scale, area.top + (north - y) * scale);
        for &(region, shade) in shades {
            canvas.group("shape", region, |pen| {
                for rings in self.shapes.get(region).into_iter().flatten() {
                    for (position, ring) in rings.iter().enumerate() {
                        let ring = thinned(ring.iter().map(place));
                        pen.polygon(&ring, if position == 0 { shade } else { style::PAPER }, 1.0);
                        pen.line(&ring, style::HAIR, style::AXIS, None);
                    }
                }
            })?;
        }
        Ok(())
    }
}

/// A ring without corners nearer than a third of a pixel to the one before.
fn thinned(ring: impl Iterator<Item = Point>) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    for corner in ring {
        if kept.last().is_none_or(|last| libm::hypot(last.0 - corner.0, last.1 - corner.1) > 0.33) {
            kept.push(corner);
        }
    }
    if let (Some(&first), true) = (kept.first(), kept.len() > 1) {
        kept.push(first);
    }
    kept
}

/// What may name a region, in plain letters.
fn names(regions: &[&str]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for place in super::tile_map::tile_places(regions) {
        for name in place.codes.iter().chain([&place.label]) {
            names.insert(plain(name), place.region.clone());
        }
    }
    // A region's own name wins.
    names.extend(regions.iter().map(|region| (plain(region), (*region).to_owned())));
    names
}

/// Small letters and digits only: spaces, hyphens and case differ between publishers.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The polygons of a geometry.
fn polygons(geometry: &Value) -> Vec<Vec<Ring>> {
    let coordinates = geometry.get("coordinates").and_then(Value::as_array);
    match (geometry.get("type").and_then(Value::as_str), coordinates) {
        (Some("Polygon"), Some(rings)) => vec![rings.iter().map(ring).collect()],
        (Some("MultiPolygon"), Some(polygons)) => {
            polygons.iter().filter_map(Value::as_array).map(|rings| rings.iter().map(ring).collect()).collect()
        }
        (Some("GeometryCollection"), _) => {
            geometry.get("geometries").and_then(Value::as_array).into_iter().flatten().flat_map(polygons).collect()
        }
        _ => Vec::new(),
    }
}

fn ring(value: &Value) -> Ring {
    let corner = |corner: &Value| {
        let (x, y) = (corner.get(0)?.as_f64()?, corner.get(1)?.as_f64()?);
        (x.abs() <= 360.0 && y.abs() <= 90.0).then_some((x, y))
    };
    value.as_array().into_iter().flatten().filter_map(corner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"code":"KH-01","name":"banteay meanchey","no":1},
         "geometry":{"type":"Polygon","coordinates":[[[102,13],[103,13],[103,14],[102,13]]]}},
        {"type":"Feature","properties":{"code":"KH-02","name":"BATTAMBANG","no":2},
         "geometry":{"type":"MultiPolygon","coordinates":[[[[102,12],[103,12],[103,13],[102,12]]]]}}]}"#;
    const BOTH: [&str; 2] = ["Banteay Meanchey", "Battambang"];

    #[test]
    fn regions_are_found_by_code_number_or_name() {
        let by = |key: &str| Geometry::parse(TWO, key, &BOTH).expect("shapes");
        assert_eq!(by("code"), by("name"));
        assert_eq!(by("code"), by("no"));
        assert_eq!(by("code").shapes["Battambang"][0][0].len(), 4);
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = |key: &str, regions: &[&str]| Geometry::parse(TWO, key, regions).expect_err("refused").to_string();
        assert!(error("id", &BOTH).contains("there are code, name, no"), "{}", error("id", &BOTH));
        let text = error("name", &["Battambang", "Inner Side"]);
        assert!(text.contains("Inner Side") && text.contains("banteay meanchey"), "{text}");
        assert!(matches!(Geometry::parse("[]", "a", &[]), Err(GeometryError::NotACollection)));
        assert!(matches!(Geometry::parse("{", "a", &[]), Err(GeometryError::Json(_))));
    }
}
