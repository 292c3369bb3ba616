//! What goes wrong, as the interface says it: a status and a problem in JSON.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use super::levers::LeverError;
use crate::ensemble::EnsembleError;
use crate::output::OutputError;
use crate::plot::PlotError;
use crate::report::ReportError;
use crate::scenario::{Fault, ScenarioErrors};

/// What is wrong with a request.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Problem {
    /// In words.
    pub error: String,
    /// What to do; may be empty.
    pub advice: String,
    /// The faults of a scenario, each at its place.
    pub faults: Vec<Fault>,
}

/// A problem with its status.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// What is wrong.
    pub problem: Problem,
}

impl ApiError {
    /// A problem in words.
    pub fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, problem: Problem { error: error.into(), advice: String::new(), faults: Vec::new() } }
    }

    /// Something that is not there.
    pub fn not_found(error: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, error)
    }

    /// A request that is understood and cannot be met.
    pub fn unprocessable(error: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, error)
    }

    /// The same with what to do.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.problem.advice = advice.into();
        self
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        super::exchange::json(self.status, &self.problem)
    }
}

impl From<LeverError> for ApiError {
    fn from(error: LeverError) -> Self {
        Self::unprocessable(error.to_string())
    }
}

impl From<ScenarioErrors> for ApiError {
    fn from(errors: ScenarioErrors) -> Self {
        let count = errors.faults.len() + errors.more;
        let noun = if count == 1 { "fault" } else { "faults" };
        let mut error = Self::unprocessable(format!("the scenario is not valid: {count} {noun}"));
        error.problem.faults = errors.faults;
        error
    }
}

impl From<EnsembleError> for ApiError {
    fn from(error: EnsembleError) -> Self {
        Self::unprocessable(error.to_string())
    }
}

impl From<PlotError> for ApiError {
    fn from(error: PlotError) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

impl From<OutputError> for ApiError {
    fn from(error: OutputError) -> Self {
        // The path is the server's own and nobody else's business.
        let words = match error {
            OutputError::Io { action, .. } => format!("the server could not {action} a file of its store"),
            _ => "a file of the store does not say what it should".to_owned(),
        };
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, words)
    }
}

impl From<ReportError> for ApiError {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Output(error) => error.into(),
            ReportError::Plot(error) => error.into(),
            _ => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the report could not be written"),
        }
    }
}
