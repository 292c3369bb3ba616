//! A command that did not end well: its exit code, its causes, and what to do next.

use std::io;

use super::screen::Screen;
use super::{Exit, words};
use crate::calibration::CalibrationError;
use crate::ensemble::EnsembleError;
use crate::output::{MANIFEST, OutputError};
use crate::plot::PlotError;

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    /// The faults of a scenario, already laid out; printed before the error.
    details: String,
    error: anyhow::Error,
    advice: Option<String>,
}

impl Failure {
    /// A failure with its exit code.
    pub fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self { exit, details: String::new(), error: error.into(), advice: None }
    }

    /// Adds what to do next: a sentence without a full stop.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Adds text to be shown before the error.
    #[must_use]
    pub fn detail(mut self, details: String) -> Self {
        self.details = details;
        self
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// The error and its causes in one line.
    pub fn words(&self) -> String {
        self.error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
    }

    /// Prints `error:`, the causes, and what to do next.
    pub fn print(&self, screen: &mut Screen<'_>) -> io::Result<()> {
        let (error, next) = (screen.label("error:", "1;31"), screen.label("next:", "1;36"));
        if !self.details.is_empty() {
            writeln!(screen.err, "{}", self.details.trim_end())?;
        }
        writeln!(screen.err, "{error} {}", self.error)?;
        let mut said = self.error.to_string();
        for cause in self.error.chain().skip(1) {
            let cause = cause.to_string();
            // Some libraries repeat their source in their own message.
            if !said.contains(&cause) {
                writeln!(screen.err, "  because: {cause}")?;
            }
            said = cause;
        }
        if let Some(advice) = &self.advice {
            writeln!(screen.err, "  {next} {advice}")?;
        }
        screen.err.flush()
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Exit::Failed, error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        anyhow::Error::from(error).context("could not write the output").into()
    }
}

impl From<PlotError> for Failure {
    fn from(error: PlotError) -> Self {
        Self::new(Exit::Failed, error)
    }
}

impl From<EnsembleError> for Failure {
    fn from(error: EnsembleError) -> Self {
        match error {
            EnsembleError::Cancelled => interrupted(),
            EnsembleError::TooLarge { needed, for_persons, limit } => Self::new(
                Exit::Failed,
                anyhow::anyhow!(
                    "the run would need about {} of memory, more than the {} it may take; nothing was written",
                    words::bytes(needed),
                    words::bytes(limit)
                ),
            )
            .advise(what_to_lower(needed, for_persons)),
            EnsembleError::NotComparable(_) => Self::new(Exit::Invalid, error)
                .advise("let every policy be a short file that begins with `extends = \"BASELINE.toml\"`"),
            other => Self::new(Exit::Failed, other),
        }
    }
}

impl From<CalibrationError> for Failure {
    fn from(error: CalibrationError) -> Self {
        match error {
            CalibrationError::Cancelled => Self::new(
                Exit::Interrupted,
                anyhow::anyhow!("interrupted; the draws made so far are kept beside the folder"),
            )
            .advise("go on with the same command and --resume"),
            CalibrationError::NoStatistics(_) => Self::new(Exit::Invalid, error).advise(
                "give `[[observation]]` tables or `data.observations`, a later --until, or look at --prior-only",
            ),
            CalibrationError::NothingFree => Self::new(Exit::Invalid, error)
                .advise("give the numbers that are not known exactly a `distribution`: it is their prior"),
            CalibrationError::NotFinite => Self::new(Exit::Invalid, error)
                .advise("look at the priors with --prior-only: some middle value makes no sense"),
            CalibrationError::Grids => Self::new(Exit::Failed, error).advise("add --resolution full"),
            other => Self::new(Exit::Failed, other),
        }
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        let advice = match &error {
            OutputError::NotEmpty { path } if path.join(MANIFEST).is_file() => {
                Some("add --force to replace the earlier run in it, or choose another folder with --out")
            }
            OutputError::NotEmpty { .. } => {
                Some("choose another folder with --out, or add --force to write beside the files in it")
            }
            OutputError::NotAFolder { .. } | OutputError::NoName { .. } => Some("choose another folder with --out"),
            OutputError::NotARun { .. } => Some("write one with `uptake run SCENARIO --out DIR`"),
            OutputError::IsComparison { .. } => Some("draw its figures again with `uptake compare ... --force`"),
            OutputError::Results { .. } | OutputError::Json { .. } => {
                Some("write the folder again with `uptake run SCENARIO --out DIR --force`")
            }
            error if error.is_full_disk() => Some("free some space, or write to another disk"),
            OutputError::Io { source, .. }
                if matches!(source.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) =>
            {
                Some("choose a folder that you may write to")
            }
            _ => None,
        };
        let failure = Self::new(
            match &error {
                OutputError::Json { .. } | OutputError::Results { .. } => Exit::Invalid,
                _ => Exit::Failed,
            },
            error,
        );
        match advice {
            Some(advice) => failure.advise(advice),
            None => failure,
        }
    }
}

/// What makes a run that is too large smaller.
pub fn what_to_lower(needed: u64, for_persons: u64) -> &'static str {
    if for_persons > needed / 2 {
        "follow fewer people or years with --set population.total=COUNT or --set time.end=MONTH, or use --engine cohort, which \
         follows groups; fewer members or breakdowns would not help"
    } else {
        "lower --members, drop entries of `outputs.breakdowns`, or set `outputs.frequency=\"annual\"`"
    }
}

/// Stopped on request.
pub fn interrupted() -> Failure {
    Failure::new(Exit::Interrupted, anyhow::anyhow!("interrupted; nothing was written"))
}
