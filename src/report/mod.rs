//! One HTML file to hand over: results in plain language, with pictures, tables, assumptions and provenance.
//!
//! [`Source::read`] reads folders that other commands wrote; [`render`] tells them in one [`Language`]. The file
//! needs no network and has no script: tables open and close by HTML alone, so it can be mailed, printed and read
//! anywhere. Every number comes from the results. Left out: simulating (a scenario is run first, by the command that
//! reports on it).

mod figures;
mod html;
mod others;
mod policies;
mod provenance;
mod source;
mod summary;
mod words;

use std::path::PathBuf;

pub use html::{Page, Table, escape};
pub use source::{Content, Other, OtherKind, Picture, Source, StoredComparison};
pub use words::{Language, LanguageError};

use crate::output::OutputError;
use crate::plot::{Geometry, PlotError};

/// The central interval told everywhere, and its name.
const INTERVAL: f64 = 0.80;

/// How to tell it.
#[derive(Clone, Debug)]
pub struct Options {
    /// In which language.
    pub language: Language,
    /// The layer that comparisons are about; `None`: the first.
    pub layer: Option<String>,
    /// Real shapes of the regions, with the name of their file.
    pub geometry: Option<(Geometry, String)>,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// A folder could not be read.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A picture could not be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// A file could not be read.
    #[error("could not read `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
    /// A JSON file is none.
    #[error("`{}` is not JSON", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// A table cannot be read.
    #[error("`{}` cannot be read back", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        source: csv::Error,
    },
    /// No results have the layer.
    #[error("no results have a layer `{name}`, expected one of {}", known.join(", "))]
    NoLayer {
        /// The layer asked for.
        name: String,
        /// Layers that there are.
        known: Vec<String>,
    },
}

/// Tells `sources` in one HTML document.
///
/// # Errors
/// When a picture cannot be drawn, or no results have the layer asked for.
pub fn render(sources: &[Source], options: &Options) -> Result<String, ReportError> {
    check_layer(sources, options)?;
    let language = &options.language;
    let mut page = Page::default();
    page.section(language.text("headings.summary"));
    for source in sources {
        summary::tell(&mut page, source, options);
    }
    policies::tell(&mut page, sources, options);
    figures::tell(&mut page, sources, options)?;
    figures::maps(&mut page, sources, options)?;
    others::tell(&mut page, sources, options);
    provenance::assumptions(&mut page, sources, options);
    provenance::reading(&mut page, sources, options);
    provenance::records(&mut page, sources, options);
    let names: Vec<String> = sources.iter().map(|source| source.shown.clone()).collect();
    let made_by = language
        .fill("report.made_by", &[("version", env!("CARGO_PKG_VERSION")), ("sources", &language.joined(&names))]);
    let title = language.fill("report.title", &[("title", &title(sources))]);
    Ok(page.finish(language, &title, &made_by))
}

/// Layer names of a source.
fn layer_names(source: &Source) -> Vec<String> {
    match &source.content {
        Content::Run(run) => run.projection.layers.iter().map(|layer| layer.name.clone()).collect(),
        Content::Comparison(comparison) => comparison
            .report
            .scenarios
            .first()
            .map(|one| one.layers.iter().map(|layer| layer.name.clone()).collect())
            .unwrap_or_default(),
        Content::Other(_) => Vec::new(),
    }
}

fn check_layer(sources: &[Source], options: &Options) -> Result<(), ReportError> {
    let Some(name) = &options.layer else { return Ok(()) };
    let mut known: Vec<String> = sources.iter().flat_map(layer_names).collect();
    known.dedup();
    if known.contains(name) {
        return Ok(());
    }
    known.sort();
    known.dedup();
    Err(ReportError::NoLayer { name: name.clone(), known })
}

/// The position of the layer that a source's text is about.
fn layer(source: &Source, options: &Options) -> usize {
    let names = layer_names(source);
    options.layer.as_ref().and_then(|name| names.iter().position(|known| known == name)).unwrap_or(0)
}

/// What the report as a whole is about.
fn title(sources: &[Source]) -> String {
    let title = |source: &Source| match &source.content {
        Content::Run(run) => Some(run.projection.title.clone()),
        Content::Comparison(comparison) => {
            let report = &comparison.report;
            report.scenarios.iter().find(|one| one.is_baseline).map(|one| one.title.clone())
        }
        Content::Other(_) => None,
    };
    sources.iter().find_map(title).or_else(|| sources.first().map(|one| one.shown.clone())).unwrap_or_default()
}
