//! Figures from result types only; nothing here runs a simulation.
//!
//! [`figures`] draws every figure a projection has the groups for, as SVG with the plotted numbers as CSV; [`png`] turns one into pixels.
//! One figure a file (`growth`, `breakdown`, `provinces`, `adopters`), on pieces they share: `canvas` (the document),
//! `frame` (page and panels), `axis`, `fan`, `marks` (published statistics), `ends` and `labels` (labels that never collide), `legend`, `heat`,
//! `table`; `style` holds every colour and size. Equal inputs give equal bytes. [`comparison_figures`] draws those of
//! scenarios side by side (`comparison`), [`network_figure`] what a graph of persons is like,
//! [`persons_figures`] and [`pair_figures`] what only persons can tell,
//! [`province_map`] regions on a map
//! of tiles or of shapes the user has (`geometry`).
//!
//! The axis of shares always runs from 0 to 100 %. Counts of accounts and subscriptions are drawn per 100 people; those above 100 are left out of
//! the picture, counted in its legend, and kept in its table.

use crate::series::{Observation, Projection, Quantity};

mod adopters;
mod axis;
mod breakdown;
mod calibration;
mod canvas;
mod comparison;
mod ends;
mod fan;
mod font;
pub mod forecast;
mod frame;
mod geometry;
mod groups;
mod growth;
mod heat;
mod labels;
mod legend;
mod marks;
mod network;
mod persons;
mod provinces;
mod raster;
mod style;
mod table;
mod tile_map;

use groups::Division;

pub use calibration::calibration_figures;
pub use comparison::{comparison_figure_names, comparison_figures};
pub use font::text_width;
pub use geometry::{Geometry, GeometryError};
pub use network::{Caption, NETWORK, network_figure};
pub use persons::{PersonsCaption, pair_figures, persons_figures};
pub use tile_map::{TilePlace, province_map, tile_places};

/// The panel column of numbers that stand in the one panel of their figure.
const EVERY_PANEL: &str = "all";

/// A figure and the numbers it shows.
#[derive(Debug, Clone)]
pub struct Figure {
    /// File stem, for instance `growth`.
    pub name: String,
    /// The picture.
    pub svg: String,
    /// The plotted numbers, tidy CSV: `figure,panel,series,date,quantity,statistic,value,unit`.
    pub csv: String,
}

/// What a figure's footer says beyond the projection itself.
#[derive(Debug, Clone, Default)]
pub struct Footer {
    /// Vintage of the data, in words; may be empty.
    pub data_vintage: String,
}

/// Why a figure was not drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// The drawing backend failed.
    #[error("drawing `{figure}` failed: {message}")]
    Backend {
        /// Figure.
        figure: String,
        /// Backend's words.
        message: String,
    },
    /// The table of plotted numbers could not be written.
    #[error("writing the numbers of `{figure}` failed: {message}")]
    Table {
        /// Figure.
        figure: String,
        /// Writer's words.
        message: String,
    },
    /// A projection whose estimates do not match its layers, groups and dates.
    #[error("a projection holds {found} estimates, expected {expected} (layers x groups x dates x quantities)")]
    Shape {
        /// Number of estimates.
        found: usize,
        /// Number its other fields call for.
        expected: usize,
    },
    /// A scenario whose numbers do not match the layers, groups and dates of its comparison.
    #[error("scenario `{scenario}` of a comparison holds {found} {what}, expected {expected}")]
    Comparison {
        /// Scenario name.
        scenario: String,
        /// What is counted.
        what: &'static str,
        /// Number found.
        found: usize,
        /// Number that the comparison's layers, groups and dates call for.
        expected: usize,
    },
    /// A chosen year that is none of a comparison's dates.
    #[error("a comparison chooses date {date}, expected a position below {dates}")]
    Chosen {
        /// Position.
        date: usize,
        /// Number of dates.
        dates: usize,
    },
    /// The picture could not be turned into pixels.
    #[error("turning the picture into PNG failed: {0}")]
    Png(String),
}

/// One figure to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Growth,
    GrowthByLayer,
    ByResidence,
    BySex,
    ByAge,
    Provinces(usize),
    Adopters,
}

impl Kind {
    /// The figures that `projection` has layers, groups and dates for; values are not looked at.
    fn of(projection: &Projection) -> Vec<Self> {
        if projection.layers.is_empty() || projection.groups.is_empty() || projection.dates.is_empty() {
            return Vec::new();
        }
        let has = |division| !groups::one_way(&projection.groups, division).is_empty();
        let mut kinds = vec![Self::Growth];
        kinds.extend((projection.layers.len() > 1).then_some(Self::GrowthByLayer));
        kinds.extend(has(Division::Residence).then_some(Self::ByResidence));
        kinds.extend(has(Division::Sex).then_some(Self::BySex));
        kinds.extend(has(Division::Age).then_some(Self::ByAge));
        if has(Division::Region) {
            kinds.extend((0..projection.layers.len()).map(Self::Provinces));
        }
        kinds.extend((!adopters::years(&projection.dates).is_empty()).then_some(Self::Adopters));
        kinds
    }

    fn name(self, projection: &Projection) -> String {
        match self {
            Self::Growth => growth::OVERLAY.to_owned(),
            Self::GrowthByLayer => growth::BY_LAYER.to_owned(),
            Self::ByResidence => "by_residence".to_owned(),
            Self::BySex => "by_sex".to_owned(),
            Self::ByAge => "by_age".to_owned(),
            Self::Provinces(layer) => provinces::name(projection, layer),
            Self::Adopters => adopters::NAME.to_owned(),
        }
    }

    fn draw(self, projection: &Projection, observations: &[Observation], footer: &Footer) -> Result<Figure, PlotError> {
        let name = self.name(projection);
        match self {
            Self::Growth => growth::overlay(projection, observations, footer),
            Self::GrowthByLayer => growth::by_layer(projection, observations, footer),
            Self::ByResidence => breakdown::lines(projection, Division::Residence, &name, footer),
            Self::BySex => breakdown::lines(projection, Division::Sex, &name, footer),
            Self::ByAge => breakdown::ages(projection, &name, footer),
            Self::Provinces(layer) => provinces::draw(projection, layer, footer),
            Self::Adopters => adopters::draw(projection, footer),
        }
    }
}

/// Every figure of a run, in the order of [`figure_names`].
///
/// `growth` (all layers in one plot) and, with two layers or more, `growth_by_layer`; `by_residence`, `by_sex`, `by_age` where
/// the projection has such groups; `provinces` (first layer) and `provinces_LAYER` where it has regions; `adopters` where its dates cover
/// a whole calendar year. Values that are not finite are left out. Linear in the number of estimates.
///
/// # Errors
/// When the estimates do not match layers, groups and dates, or when drawing fails.
pub fn figures(
    projection: &Projection,
    observations: &[Observation],
    footer: &Footer,
) -> Result<Vec<Figure>, PlotError> {
    let expected = projection.layers.len() * projection.groups.len() * projection.dates.len() * Quantity::EVERY.len();
    let found = projection.estimates.len();
    if found != expected {
        return Err(PlotError::Shape { found, expected });
    }
    Kind::of(projection).into_iter().map(|kind| kind.draw(projection, observations, footer)).collect()
}

/// Stems of the figures that [`figures`] draws for a projection of these layers, groups and dates; its estimates may be empty.
#[must_use]
pub fn figure_names(projection: &Projection) -> Vec<String> {
    Kind::of(projection).into_iter().map(|kind| kind.name(projection)).collect()
}

/// Names of the files those figures are written to: `growth.svg`, `growth.csv` ...
#[must_use]
pub fn file_names(projection: &Projection) -> Vec<String> {
    figure_names(projection).into_iter().flat_map(|name| [format!("{name}.svg"), format!("{name}.csv")]).collect()
}

/// The same picture as PNG, `scale` pixels per SVG unit.
///
/// Text is drawn in the font that comes with the program; fonts of the system serve only the characters it does not hold (Khmer).
///
/// # Errors
/// When the SVG cannot be read or drawn, or the picture would be empty or wider or higher than 16 384 pixels.
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>, PlotError> {
    raster::png(svg, scale)
}
