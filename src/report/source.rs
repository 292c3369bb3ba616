//! What a report is made from: folders of runs, of comparisons, and of other commands that leave JSON and pictures.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::ReportError;
use crate::output::comparison::{COMPARISON_REPORT, COMPARISON_TABLE, Report};
use crate::output::{CompareManifest, FIGURES, MANIFEST, StoredRun, read_comparison_report, read_run};
use crate::series::{ALL, Estimate, Group, LayerLabel, Projection, Quantity};
use crate::units::Month;

/// Largest JSON file of another command that is read, bytes.
const LARGEST_JSON: u64 = 16 << 20;
/// Most pictures taken from a folder of another command.
const MOST_PICTURES: usize = 24;

/// A picture as it lies in a folder, with its numbers as CSV where there are any.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// File stem.
    pub name: String,
    /// The picture.
    pub svg: String,
    /// Its numbers; may be empty.
    pub csv: String,
}

/// A comparison read back.
#[derive(Clone, Debug)]
pub struct StoredComparison {
    /// What each policy changes.
    pub report: Report,
    /// The record.
    pub manifest: CompareManifest,
    /// The pictures in it.
    pub pictures: Vec<Picture>,
    /// The baseline's shares by region at the chosen years, as far as a map needs them; without regions `None`.
    pub regions: Option<Projection>,
}

/// What another command left.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    /// What it is about.
    pub kind: OtherKind,
    /// Its JSON files: name and content.
    pub documents: Vec<(String, serde_json::Value)>,
    /// Its pictures.
    pub pictures: Vec<Picture>,
}

/// What a folder of another command is about, by the names of its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherKind {
    /// How the model fits published statistics.
    Calibration,
    /// Forecasts, and how earlier ones turned out.
    Forecast,
    /// Something else.
    Unknown,
}

/// One folder to report on.
#[derive(Clone, Debug)]
pub struct Source {
    /// How it is called in the report.
    pub shown: String,
    /// Where it is.
    pub folder: PathBuf,
    /// What is in it.
    pub content: Content,
}

/// What is in a folder.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "a report has a few")]
pub enum Content {
    /// A run.
    Run(StoredRun),
    /// A comparison.
    Comparison(StoredComparison),
    /// Another command's results.
    Other(Other),
}

impl Source {
    /// Reads a folder, called `shown` in the report.
    ///
    /// # Errors
    /// When it holds nothing that can be reported, or a file in it does not say what it should.
    pub fn read(folder: &Path, shown: &str) -> Result<Self, ReportError> {
        let manifest = CompareManifest::read(&folder.join(MANIFEST))?;
        let content = if let Some(manifest) = manifest {
            Content::Comparison(comparison(folder, manifest)?)
        } else if let (true, Some(other)) = (!folder.join(crate::output::RESULTS).is_file(), other(folder)?) {
            Content::Other(other)
        } else {
            Content::Run(read_run(folder)?)
        };
        Ok(Self { shown: shown.to_owned(), folder: folder.to_owned(), content })
    }
}

fn comparison(folder: &Path, manifest: CompareManifest) -> Result<StoredComparison, ReportError> {
    let report = read_comparison_report(&folder.join(COMPARISON_REPORT))?;
    let mut pictures = Vec::new();
    for file in &manifest.outputs {
        let name = file.path.strip_prefix(FIGURES).and_then(|rest| rest.strip_prefix('/'));
        if let Some(stem) = name.and_then(|name| name.strip_suffix(".svg")) {
            pictures.push(picture(&folder.join(FIGURES), stem)?);
        }
    }
    let regions = regions(&folder.join(COMPARISON_TABLE), &report, &manifest)?;
    Ok(StoredComparison { report, manifest, pictures, regions })
}

fn picture(folder: &Path, stem: &str) -> Result<Picture, ReportError> {
    let path = folder.join(format!("{stem}.svg"));
    let svg = fs::read_to_string(&path).map_err(|source| ReportError::Io { path, source })?;
    let csv = fs::read_to_string(folder.join(format!("{stem}.csv"))).unwrap_or_default();
    Ok(Picture { name: stem.to_owned(), svg: harmless(&svg), csv })
}

/// The picture, or a note in its place when it holds anything a plain picture does not need.
fn harmless(svg: &str) -> String {
    let lower = svg.to_lowercase();
    let start = lower.find("<svg").unwrap_or(0);
    let forbidden =
        ["<script", "<foreignobject", "<iframe", "<image", "<use", "<style", "javascript:", "<!entity", "<a "];
    let handlers = lower.split('<').any(|tag| {
        let inside = tag.split('>').next().unwrap_or_default();
        inside.split_whitespace().any(|word| word.starts_with("on") && word.contains('='))
    });
    if !lower[start..].starts_with("<svg") || handlers || forbidden.iter().any(|word| lower.contains(word)) {
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 60\" role=\"img\" aria-labelledby=\"title desc\">\
                <title id=\"title\">left out</title><desc id=\"desc\">This picture holds more than a drawing and was left out.</desc>\
                <text x=\"10\" y=\"35\" font-size=\"16\">This picture holds more than a drawing and was left out.</text></svg>"
            .to_owned();
    }
    svg[start..].to_owned()
}

/// The baseline's users over people by region at the chosen years.
fn regions(table: &Path, report: &Report, manifest: &CompareManifest) -> Result<Option<Projection>, ReportError> {
    let wrong = |source| ReportError::Table { path: table.to_owned(), source };
    let mut rows = csv::Reader::from_path(table).map_err(wrong)?;
    let heads = rows.headers().map_err(wrong)?.clone();
    let column = |name: &str| heads.iter().position(|head| head == name);
    let names = ["scenario", "layer", "region", "residence", "sex", "age", "date", "quantity", "statistic", "value"];
    let columns: Vec<usize> = names.iter().filter_map(|name| column(name)).collect();
    let Ok([scenario, layer, region, residence, sex, age, date, quantity, statistic, value]) =
        <[usize; 10]>::try_from(columns)
    else {
        return Ok(None);
    };
    let labels: Vec<LayerLabel> = report
        .scenarios
        .first()
        .map(|one| one.layers.iter().map(|l| LayerLabel { name: l.name.clone(), title: l.title.clone() }).collect())
        .unwrap_or_default();
    let mut groups = vec![Group::everybody()];
    let mut found: BTreeMap<(usize, usize, usize), f64> = BTreeMap::new();
    let mut record = csv::StringRecord::new();
    while rows.read_record(&mut record).map_err(wrong)? {
        let is = |at: usize, text: &str| record.get(at) == Some(text);
        let plain = is(residence, ALL) && is(sex, ALL) && is(age, ALL);
        if !(plain && is(quantity, "penetration") && is(statistic, "median") && is(scenario, &report.baseline)) {
            continue;
        }
        let text = |at: usize| record.get(at).unwrap_or_default();
        let month: Option<Month> = text(date).parse().ok();
        let at = month.and_then(|month| report.dates.iter().position(|known| *known == month));
        let of_layer = labels.iter().position(|label| label.name == text(layer));
        let (Some(date), Some(layer), Ok(value)) = (at, of_layer, text(value).parse()) else { continue };
        let name = text(region);
        let group = groups.iter().position(|group| group.region == name).unwrap_or_else(|| {
            groups.push(Group { region: name.to_owned(), ..Group::everybody() });
            groups.len() - 1
        });
        found.insert((layer, group, date), value);
    }
    if groups.len() < 2 {
        return Ok(None);
    }
    let title = manifest.scenarios.iter().find(|one| one.name == report.baseline).map(|one| one.title.clone());
    let mut projection = Projection {
        scenario: report.baseline.clone(),
        title: title.unwrap_or_else(|| report.baseline.clone()),
        engine: report.engine.clone(),
        members: report.members,
        seed: report.seed,
        layers: labels,
        victims: None,
        groups,
        dates: report.dates.clone(),
        estimates: Vec::new(),
    };
    let count = projection.layers.len() * projection.groups.len() * projection.dates.len() * Quantity::EVERY.len();
    projection.estimates = vec![Estimate::certain(f64::NAN); count];
    for ((layer, group, date), value) in found {
        let index = projection.index(layer, group, date, Quantity::Penetration);
        projection.estimates[index] = Estimate::certain(value);
    }
    Ok(Some(projection))
}

/// What another command left in a folder; `None` when there is neither JSON nor a picture.
fn other(folder: &Path) -> Result<Option<Other>, ReportError> {
    let (mut documents, mut kind) = (Vec::new(), OtherKind::Unknown);
    for path in files_of(folder, "json") {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        match stem.as_str() {
            "calibration" | "posterior" => kind = OtherKind::Calibration,
            "forecast" | "backtest" | "scores" if kind == OtherKind::Unknown => kind = OtherKind::Forecast,
            _ => {}
        }
        let large = fs::metadata(&path).is_ok_and(|about| about.len() > LARGEST_JSON);
        if large || path.file_name().is_some_and(|name| name == MANIFEST) {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|source| ReportError::Io { path: path.clone(), source })?;
        let document =
            serde_json::from_str(&text).map_err(|source| ReportError::Json { path: path.clone(), source })?;
        documents.push((path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(), document));
    }
    let figures = folder.join(FIGURES);
    let mut pictures = Vec::new();
    for path in files_of(&figures, "svg").into_iter().take(MOST_PICTURES) {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        pictures.push(picture(&figures, &stem)?);
    }
    let nothing = documents.is_empty() && pictures.is_empty();
    Ok((!nothing).then_some(Other { kind, documents, pictures }))
}

/// Files of a folder with an ending, by name; none where the folder is none.
fn files_of(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.retain(|path| path.extension().is_some_and(|known| known == ending));
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_that_could_act_are_left_out() {
        for bad in [
            "<svg><script>alert(1)</script></svg>",
            "<svg onload=\"alert(1)\"></svg>",
            "<svg><rect\nonclick='x()'/></svg>",
            "<svg><image href=\"http://x\"/></svg>",
            "not a picture",
        ] {
            assert!(harmless(bad).contains("left out"), "{bad}");
        }
        let good = "<?xml version=\"1.0\"?><svg><title>one on = two</title><path d=\"M0 0\"/></svg>";
        assert_eq!(harmless(good), "<svg><title>one on = two</title><path d=\"M0 0\"/></svg>");
    }
}
