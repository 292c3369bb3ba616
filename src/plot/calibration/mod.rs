//! Figures of a calibration, from its result types.

use crate::fit::Fit;
use crate::series::Observation;

use super::{Figure, PlotError};

/// Every figure of a calibration.
///
/// # Errors
/// When drawing fails.
pub fn calibration_figures(_fit: &Fit, _observations: &[Observation], _revised: &[Observation]) -> Result<Vec<Figure>, PlotError> {
    Ok(Vec::new())
}
