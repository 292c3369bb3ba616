//! Members of an ensemble: parameter draws x replicates, run in parallel, reduced to quantiles.

use std::sync::atomic::AtomicBool;

use crate::scenario::Scenario;
use crate::series::Projection;

/// How to run an ensemble; nothing here changes its results.
#[derive(Default)]
pub struct Options<'a> {
    /// Worker threads; `None`: one per core.
    pub threads: Option<usize>,
    /// Called with (members done, members in all), from any thread.
    pub progress: Option<&'a (dyn Fn(usize, usize) + Sync)>,
    /// Set to stop early.
    pub cancel: Option<&'a AtomicBool>,
}

/// Why an ensemble gave no projection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnsembleError {
    /// Stopped through [`Options::cancel`].
    #[error("stopped before the last member was done")]
    Cancelled,
    /// The results asked for would not fit.
    #[error("the results asked for need about {needed} bytes of memory, the limit is {limit}; ask for fewer breakdowns, dates or members")]
    TooLarge {
        /// Bytes needed.
        needed: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// The worker threads could not be started.
    #[error("the worker threads could not be started")]
    Threads(#[source] rayon::ThreadPoolBuildError),
}

/// The size of a run before it starts.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Plan {
    /// Cells of the population.
    pub cells: usize,
    /// Simulated months.
    pub months: usize,
    /// Layers.
    pub layers: usize,
    /// Members.
    pub members: usize,
    /// Reported groups.
    pub groups: usize,
    /// Reported dates.
    pub dates: usize,
    /// Expected peak memory of the run, bytes.
    pub memory_bytes: u64,
}

/// Measures a run without starting it.
#[must_use]
pub fn plan(_scenario: &Scenario) -> Plan {
    todo!()
}

/// Runs every member and reduces them to quantiles. Bit-identical for any number of threads.
///
/// # Errors
/// See [`EnsembleError`].
pub fn run(_scenario: &Scenario, _options: &Options<'_>) -> Result<Projection, EnsembleError> {
    todo!()
}
