//! Reading panels on behalf of commands.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Exit;
use super::failure::Failure;
use super::forecast_args::PanelArgs;
use crate::data::{Covariates, DataError, Panel, Reading, Vintages, flags, read};
use crate::output::sha256_of_file;

/// Everything that a forecast may learn from.
pub struct Loaded {
    /// Every publication of the panel.
    pub vintages: Vintages,
    /// What else is known; may be empty.
    pub covariates: Covariates,
    /// Files read: path as given and SHA-256.
    pub inputs: Vec<(String, String)>,
}

/// Reads a panel and its covariates.
pub fn load(args: &PanelArgs) -> Result<Loaded, Failure> {
    let reading = args.table.reading(this_year());
    let vintages = read::read_vintages(&args.panel, &reading)?;
    let mut inputs = vec![fingerprint(&args.panel)?];
    let mut covariates = Covariates::default();
    if let Some(path) = &args.covariates {
        covariates =
            read::read_covariates(path, &args.covariate, &Reading { latest: reading.latest, ..Reading::default() })?;
        inputs.push(fingerprint(path)?);
    }
    Ok(Loaded { vintages, covariates, inputs })
}

fn fingerprint(path: &Path) -> Result<(String, String), Failure> {
    Ok((path.to_string_lossy().into_owned(), sha256_of_file(path)?.unwrap_or_default()))
}

/// The current calendar year: no figure is for a later one.
#[allow(clippy::disallowed_methods, reason = "only to refuse figures that are dated in the future")]
pub fn this_year() -> i32 {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    // The mean length of a year of the Gregorian calendar is exact enough but for some hours around New Year.
    1970 + (seconds / 31_556_952) as i32
}

/// A country of the panel, or a failure that names near codes and names.
pub fn country<'a>(panel: &'a Panel, code: &str) -> Result<&'a crate::data::Country, Failure> {
    let wanted = code.to_ascii_uppercase();
    if let Some(country) = panel.country(&wanted) {
        return Ok(country);
    }
    let near = panel
        .countries
        .iter()
        .map(|country| {
            let by_code = strsim::jaro_winkler(&country.iso3, &wanted);
            let by_name = strsim::jaro_winkler(&country.name.to_lowercase(), &code.to_lowercase());
            (by_code.max(by_name), country)
        })
        .max_by(|one, other| one.0.total_cmp(&other.0));
    let error = anyhow::anyhow!("the panel has no country `{code}` among its {}", panel.countries.len());
    let failure = Failure::new(Exit::Invalid, error);
    Err(match near {
        Some((_, country)) => failure.advise(format!("did you mean {} ({})?", country.iso3, country.name)),
        None => failure,
    })
}

/// How many flags of each kind, in words: `3 gaps, 1 jump`.
pub fn told(flags: &[flags::Flag]) -> String {
    let kinds = ["gap", "zero", "jump", "drop", "revised", "withdrawn"];
    let counted = kinds.map(|kind| (kind, flags.iter().filter(|flag| flag.kind.name() == kind).count()));
    let told = counted.iter().filter(|(_, count)| *count > 0).map(|(kind, count)| match (*kind, *count) {
        ("revised" | "withdrawn", count) => format!("{count} {kind}"),
        ("zero", count) if count > 1 => format!("{count} zeros"),
        (kind, count) => super::words::plural(count, kind),
    });
    told.collect::<Vec<_>>().join(", ")
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Self {
        match error {
            DataError::Io { ref source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                Self::new(Exit::Invalid, error).advise("check the path of the file")
            }
            DataError::Io { .. } => Self::new(Exit::Failed, error),
            other => Self::new(Exit::Invalid, other),
        }
    }
}
