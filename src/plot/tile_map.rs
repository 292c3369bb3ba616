//! Maps of a layer by region, one small map a year: tiles laid out to resemble the country, or real shapes where the
//! user has them.
//!
//! The layout of Cambodia's 25 provinces is our own drawing: neighbours stand near each other and the outline is
//! recognisable; areas and borders are not shown. Regions of other countries stand in their own order in a block of
//! tiles.

use crate::series::{Projection, Quantity};

use super::axis;
use super::canvas::{Anchor, Canvas, Point, TextLook};
use super::frame::{self, Page, Panel, Rect, Words};
use super::geometry::Geometry;
use super::groups::{self, Division};
use super::table::{Row, Table};
use super::{Figure, Footer, PlotError, font, heat, style};

/// File stem of the first layer's map; the others add their layer's name.
pub(super) const NAME: &str = "map";
/// Most small maps.
const MOST_MAPS: usize = 8;
/// Free space between tiles, share of a tile.
const GAP: f64 = 0.07;

/// A tile: region, its label, its official number, column from the west, row from the north.
type Tile = (&'static str, &'static str, &'static str, usize, usize);

/// Cambodia's provinces as tiles.
#[rustfmt::skip]
const CAMBODIA: [Tile; 25] = [
    ("Oddar Meanchey", "OMC", "22", 2, 0), ("Preah Vihear", "PVH", "13", 3, 0), ("Stung Treng", "STG", "19", 4, 0), ("Ratanak Kiri", "RTK", "16", 5, 0),
    ("Banteay Meanchey", "BMC", "01", 1, 1), ("Siem Reap", "SRP", "17", 2, 1), ("Kampong Thom", "KTM", "06", 3, 1), ("Kratie", "KRT", "10", 4, 1),
    ("Mondul Kiri", "MDK", "11", 5, 1),
    ("Pailin", "PLN", "24", 0, 2), ("Battambang", "BTB", "02", 1, 2), ("Pursat", "PST", "15", 2, 2), ("Kampong Chhnang", "KCN", "04", 3, 2),
    ("Kampong Cham", "KCM", "03", 4, 2), ("Tboung Khmum", "TBK", "25", 5, 2),
    ("Koh Kong", "KKG", "09", 1, 3), ("Kampong Speu", "KSP", "05", 2, 3), ("Phnom Penh", "PNP", "12", 3, 3), ("Kandal", "KDL", "08", 4, 3),
    ("Prey Veng", "PVG", "14", 5, 3),
    ("Preah Sihanouk", "SHV", "18", 1, 4), ("Kampot", "KPT", "07", 2, 4), ("Takeo", "TKO", "21", 3, 4), ("Svay Rieng", "SVR", "20", 5, 4),
    ("Kep", "KEP", "23", 2, 5),
];

/// Where a region's tile stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TilePlace {
    /// The region's name.
    pub region: String,
    /// A label of a few letters.
    pub label: String,
    /// Official codes of the region; may be empty.
    pub codes: Vec<String>,
    /// Column, from the west.
    pub column: usize,
    /// Row, from the north.
    pub row: usize,
}

/// The tiles of `regions`, in their order: Cambodia's own layout when every one of them is a province of it, else a
/// block in reading order with labels of the first letters.
#[must_use]
pub fn tile_places(regions: &[&str]) -> Vec<TilePlace> {
    let known = |region: &&str| CAMBODIA.iter().find(|tile| tile.0 == *region);
    let places: Vec<&Tile> = regions.iter().filter_map(known).collect();
    if places.len() == regions.len() {
        return places
            .into_iter()
            .map(|&(region, label, code, column, row)| TilePlace {
                region: region.to_owned(),
                label: label.to_owned(),
                codes: vec![format!("KH-{code}"), code.to_owned(), code.trim_start_matches('0').to_owned()],
                column,
                row,
            })
            .collect();
    }
    let columns = (1..=regions.len()).find(|side| side * side >= regions.len()).unwrap_or(1);
    regions
        .iter()
        .enumerate()
        .map(|(position, region)| TilePlace {
            region: (*region).to_owned(),
            label: region.chars().filter(|c| c.is_alphanumeric()).take(3).collect::<String>().to_uppercase(),
            codes: Vec::new(),
            column: position % columns,
            row: position / columns,
        })
        .collect()
}

/// A small map for each of up to eight dates, coloured by the median share of people who use `layer`; `None` where the
/// projection has no regions. `dates` are positions among the projection's; those beyond the eighth are left out.
///
/// # Errors
/// When drawing fails.
pub fn province_map(
    projection: &Projection,
    layer: usize,
    dates: &[usize],
    geometry: Option<&Geometry>,
    footer: &Footer,
) -> Result<Option<Figure>, PlotError> {
    let regions = groups::one_way(&projection.groups, Division::Region);
    let dates: Vec<usize> = dates.iter().copied().filter(|&d| d < projection.dates.len()).take(MOST_MAPS).collect();
    if regions.is_empty() || dates.is_empty() || layer >= projection.layers.len() {
        return Ok(None);
    }
    let label = &projection.layers[layer];
    let name = if layer == 0 { NAME.to_owned() } else { format!("{NAME}_{layer}") };
    let (first, last) = (year(projection, dates[0]), year(projection, dates[dates.len() - 1]));
    let words = Words {
        figure: name.clone(),
        shows: format!("{}, share of people using it by region", label.title),
        subtitle: "Users, % of all living people of the region, at the end of the year; medians".to_owned(),
        description: format!(
            "Small maps of the regions for {} years from {first} to {last}: the median share of people using {}, darker where larger. The table of the figure has every number.",
            dates.len(),
            label.title
        ),
    };
    let mut page = Page::open(projection, footer, &words)?;
    let mut table = Table::new(&name);
    let body = Rect {
        left: page.body.left - frame::VALUE_LABELS,
        bottom: page.body.bottom - heat::KEY_HEIGHT + 14.0,
        ..page.body
    };
    let columns = dates.len().min(if dates.len() <= 6 { 3 } else { 4 });
    let places = tile_places(&regions.iter().map(|region| region.1).collect::<Vec<_>>());
    for (&date, panel) in dates.iter().zip(frame::panels_in(body, dates.len(), columns, 6.0)) {
        let whole = projection.estimate(layer, 0, date, Quantity::Penetration).median();
        let area = header(&mut page.canvas, &panel, &year(projection, date), &format!("all {}", axis::percent(whole)))?;
        let share = |group: usize| projection.estimate(layer, group, date, Quantity::Penetration).median();
        match geometry {
            Some(geometry) => {
                let shades: Vec<_> =
                    regions.iter().map(|&(group, region)| (region, heat::colour(share(group)))).collect();
                geometry.draw(&mut page.canvas, area, &shades)?;
            }
            None => {
                for (place, &(group, region)) in places.iter().zip(&regions) {
                    tile(&mut page.canvas, area, &places, place, (region, share(group)))?;
                }
            }
        }
        let month = projection.dates[date].to_string();
        for &(group, region) in &regions {
            let row = Row {
                panel: &label.name,
                series: region,
                date: &month,
                quantity: Quantity::Penetration.name(),
                unit: Quantity::Penetration.unit(),
            };
            table.number(row, "median", share(group));
        }
    }
    heat::key(&mut page.canvas, (page.body.left, page.body.bottom - heat::KEY_HEIGHT + 12.0))?;
    Ok(Some(Figure { name, svg: page.close(), csv: table.write()? }))
}

/// Year of a December, month of any other date.
fn year(projection: &Projection, date: usize) -> String {
    let date = projection.dates[date];
    if date.month() == 12 { date.year().to_string() } else { date.to_string() }
}

fn header(canvas: &mut Canvas, panel: &Panel, name: &str, fact: &str) -> Result<Rect, PlotError> {
    frame::header(canvas, panel, name, fact)
}

fn tile(
    canvas: &mut Canvas,
    area: Rect,
    places: &[TilePlace],
    place: &TilePlace,
    (region, share): (&str, f64),
) -> Result<(), PlotError> {
    let most = |of: fn(&TilePlace) -> usize| places.iter().map(of).max().unwrap_or(0) + 1;
    let (columns, rows) = (most(|p| p.column) as f64, most(|p| p.row) as f64);
    let side = (area.width() / columns).min(area.height() / rows);
    let left = area.left + (area.width() - side * columns) / 2.0 + place.column as f64 * side;
    let top = area.top + place.row as f64 * side;
    let (low, high): (Point, Point) = ((left, top), (left + side * (1.0 - GAP), top + side * (1.0 - GAP)));
    let shade = heat::colour(share);
    let middle = f64::midpoint(low.0, high.0);
    canvas.group("tile", region, |pen| {
        pen.rectangle(low, high, shade);
        let ink = style::ink_on(shade);
        let size = (side * 0.3).clamp(style::SMALLEST, style::TICK);
        let label = font::fit(&place.label, size * 0.9, side);
        pen.text(&label, (middle, top + side * 0.28), TextLook::new(size * 0.9, ink).at(Anchor::Middle));
        let text = if share.is_finite() { axis::percent_number(share) } else { "–".to_owned() };
        pen.text(&text, (middle, top + side * 0.64), TextLook::new(size, ink).at(Anchor::Middle).bold());
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_province_has_a_place_and_a_label_of_its_own() {
        let places: BTreeSet<(usize, usize)> = CAMBODIA.iter().map(|tile| (tile.3, tile.4)).collect();
        let labels: BTreeSet<&str> = CAMBODIA.iter().map(|tile| tile.1).collect();
        let codes: BTreeSet<&str> = CAMBODIA.iter().map(|tile| tile.2).collect();
        assert_eq!((places.len(), labels.len(), codes.len()), (25, 25, 25));
        // Neighbours that everybody knows: Kandal lies east of the capital here, Kep in the south, Pailin in the west.
        let at = |name: &str| CAMBODIA.iter().find(|tile| tile.0 == name).map(|tile| (tile.3, tile.4)).expect("known");
        assert_eq!(at("Kandal").1, at("Phnom Penh").1);
        assert!(CAMBODIA.iter().all(|tile| tile.4 <= at("Kep").1 && tile.3 >= at("Pailin").0));
    }

    #[test]
    fn regions_of_another_country_stand_in_a_block() {
        let places = tile_places(&["North", "South", "East", "West", "Île"]);
        assert_eq!(
            places.iter().map(|p| (p.column, p.row)).collect::<Vec<_>>(),
            [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1)]
        );
        assert_eq!(places[4].label, "ÎLE");
        assert!(tile_places(&[]).is_empty());
    }
}
