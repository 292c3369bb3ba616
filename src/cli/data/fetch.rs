//! `uptake data fetch`: an indicator from the World Bank, kept under its day of publication.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Exit, Failure, Screen, deliver, panel_file};
use crate::cli::forecast_args::FetchArgs;
use crate::data::fetch::{FetchError, Request, fetch};
use crate::data::read::{Measure, from_pages};
use crate::data::{Panel, Reading, read};
use crate::output::{Existing, write_file};

/// Runs the command.
pub(super) fn run(args: &FetchArgs, screen: &mut Screen<'_>) -> Result<Exit, Failure> {
    let measure = if args.any_number { Measure::Any } else { Measure::Percent };
    let reading = Reading { measure, latest: panel_file::this_year(), ..Reading::default() };
    if let Some(path) = args.out.as_ref().filter(|path| path.exists() && !args.force) {
        let error = anyhow::anyhow!("`{}` already exists", path.display());
        return Err(Failure::new(Exit::Failed, error).advise("add --force to replace it, or choose another file"));
    }
    let folder = args.cache.join(&args.indicator);
    let panel = if args.offline { kept(&folder, &reading, screen)? } else { asked(args, &folder, &reading, screen)? };
    deliver(&[panel], args.out.as_deref(), args.force, screen)?;
    Ok(Exit::Ok)
}

fn asked(args: &FetchArgs, folder: &Path, reading: &Reading, screen: &mut Screen<'_>) -> Result<Panel, Failure> {
    let request = Request {
        address: args.address.clone(),
        indicator: args.indicator.clone(),
        timeout: Duration::from_secs(args.timeout),
        retries: args.retries,
    };
    let fetched = fetch(&request, &mut |page, pages| screen.remark("fetched", &format!("page {page} of {pages}")))?;
    let source = PathBuf::from(format!("{} of {}", args.indicator, args.address));
    let panel = from_pages(&source, &fetched.pages, reading)?;
    let date = panel.vintage.clone().unwrap_or_else(|| "undated".to_owned());
    let path = folder.join(format!("{date}.json"));
    // Whole answers, one after the other, so that nothing of what was said is lost.
    let text = format!("[{}]\n", fetched.texts.join(",\n"));
    write_file(&path, text.as_bytes(), Existing::Replace)?;
    screen.remark("kept", &path.display().to_string());
    Ok(panel)
}

/// The newest answer kept in a folder.
fn kept(folder: &Path, reading: &Reading, screen: &mut Screen<'_>) -> Result<Panel, Failure> {
    let entries = std::fs::read_dir(folder).map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path()));
    let answers = entries.into_iter().flatten().filter(|path| path.extension().is_some_and(|end| end == "json"));
    let Some(newest) = answers.max() else {
        let error = anyhow::anyhow!("nothing is kept in `{}`", folder.display());
        return Err(Failure::new(Exit::Failed, error).advise("fetch once without --offline"));
    };
    screen.remark("using", &newest.display().to_string());
    Ok(read(&newest, reading)?)
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        let exit = match &error {
            FetchError::Indicator { .. } => Exit::Usage,
            FetchError::Answer(_) | FetchError::Page { .. } => Exit::Invalid,
            _ => Exit::Failed,
        };
        let advice = match &error {
            FetchError::Unreachable { .. } => {
                "look at the connection, try again later, or use what is kept with --offline"
            }
            FetchError::Status { .. } => "look at the indicator's code and the address, or try again later",
            FetchError::Answer(_) => "look at the indicator's code on data.worldbank.org",
            _ => return Self::new(exit, error),
        };
        Self::new(exit, error).advise(advice)
    }
}
