//! Figures from result types only; nothing here runs a simulation.

use crate::series::{Observation, Projection};

/// A figure and the numbers it shows.
#[derive(Debug, Clone)]
pub struct Figure {
    /// File stem, for instance `growth`.
    pub name: String,
    /// The picture.
    pub svg: String,
    /// The plotted numbers, tidy CSV.
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
    /// The picture could not be turned into pixels.
    #[error("turning the picture into PNG failed: {0}")]
    Png(String),
}

/// Every figure of a run.
///
/// # Errors
/// When drawing fails.
pub fn figures(_projection: &Projection, _observations: &[Observation], _footer: &Footer) -> Result<Vec<Figure>, PlotError> {
    todo!()
}

/// The same picture as PNG, `scale` pixels per SVG unit.
///
/// # Errors
/// When the SVG cannot be read or drawn.
pub fn png(_svg: &str, _scale: f32) -> Result<Vec<u8>, PlotError> {
    todo!()
}

/// Names of the files the figures of a projection are written to; its estimates may be empty.
#[must_use]
pub fn file_names(_projection: &Projection) -> Vec<String> {
    vec!["growth.svg".to_owned(), "growth.csv".to_owned()]
}
