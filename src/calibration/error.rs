//! Why there is no posterior.

/// Why there is no posterior.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrationError {
    /// Stopped on request.
    #[error("stopped before the last draw")]
    Cancelled,
    /// Nothing to compare with.
    #[error("there are no statistics to calibrate with: {0}")]
    NoStatistics(String),
    /// Nothing to estimate.
    #[error("no number of the scenario that the statistics depend on has a distribution; there is nothing to estimate")]
    NothingFree,
    /// The density is not finite at the centre of the priors.
    #[error("the posterior density is not a number at the centre of the priors")]
    NotFinite,
    /// The sampler gave up.
    #[error("the sampler cannot go on: {0}")]
    Sampler(String),
    /// The two grids do not have the same statistics or numbers.
    #[error("the full grid does not have the statistics of the coarse one; use the full resolution")]
    Grids,
    /// The worker threads could not be started.
    #[error("the worker threads could not be started")]
    Threads(#[source] rayon::ThreadPoolBuildError),
}
