//! What the results rest on: assumed numbers, what intervals hold, limits, and the record.

use super::html::{Page, Table};
use super::source::{Content, Source};
use super::words::Language;
use super::{INTERVAL, Options};
use crate::output::comparison::resolved_name;
use crate::output::manifest::{Input, Program, RunFacts};
use crate::output::{MANIFEST, RESOLVED};
use crate::scenario::{self, Posterior};
use crate::units::Month;

/// Characters of a fingerprint that are told; the manifest has all 64.
const TOLD: usize = 16;

/// Every number of every scenario with its source. Policies tell only what their baseline does not have.
pub fn assumptions(page: &mut Page, sources: &[Source], options: &Options) {
    let language = &options.language;
    let files: Vec<(String, std::path::PathBuf)> = sources
        .iter()
        .flat_map(|source| match &source.content {
            Content::Run(run) => vec![(run.manifest.title.clone(), source.folder.join(RESOLVED))],
            Content::Comparison(comparison) => {
                let baseline = comparison.manifest.command.baseline;
                let mut scenarios: Vec<_> = comparison.manifest.scenarios.iter().collect();
                if baseline < scenarios.len() {
                    let own = scenarios.remove(baseline);
                    scenarios.insert(0, own);
                }
                let file = |name: &str| source.folder.join(resolved_name(name));
                scenarios.into_iter().map(|one| (one.title.clone(), file(&one.name))).collect()
            }
            Content::Other(_) => Vec::new(),
        })
        .collect();
    if files.is_empty() {
        return;
    }
    page.section(language.text("headings.assumptions"));
    let mut told: Vec<scenario::load::ParameterNote> = Vec::new();
    for (title, file) in files {
        match scenario::load(&file, &[]) {
            Ok(loaded) => {
                let same = |one: &scenario::load::ParameterNote, other: &scenario::load::ParameterNote| {
                    one.path == other.path && one.value == other.value && one.source == other.source
                };
                let notes = loaded.parameters.into_iter();
                let new: Vec<_> = notes.filter(|note| !told.iter().any(|known| same(known, note))).collect();
                let posterior = loaded.scenario.posterior;
                if new.is_empty() {
                    continue;
                }
                listed(page, &title, &new, posterior.as_ref(), language);
                told.extend(new);
            }
            Err(errors) => {
                let why = errors.faults.first().map(|fault| fault.message.clone()).unwrap_or_default();
                let file = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                page.paragraph(&language.fill("assumptions.unreadable", &[("file", &file), ("why", &why)]));
            }
        }
    }
}

fn listed(
    page: &mut Page,
    title: &str,
    notes: &[scenario::load::ParameterNote],
    posterior: Option<&Posterior>,
    language: &Language,
) {
    let number = |count: usize| language.number(&count.to_string());
    let assumed = notes.iter().filter(|note| note.assumed).count();
    let text = |key: &str| language.text(key).to_owned();
    page.heading(&language.fill("assumptions.scenario", &[("title", title)]));
    page.paragraph(
        &language.fill("assumptions.about", &[("assumed", &number(assumed)), ("all", &number(notes.len()))]),
    );
    let draws = |note: &scenario::load::ParameterNote| {
        let posterior = posterior?;
        posterior.draws_of(&note.path).or_else(|| posterior.draws_of(&format!("{}.factor", note.path)))
    };
    let fitted = notes.iter().filter(|note| draws(note).is_some()).count();
    if let Some(posterior) = posterior.filter(|_| fitted > 0) {
        let values = [("n", number(fitted)), ("draws", number(posterior.draws.len()))];
        page.paragraph(
            &language.fill("assumptions.posterior", &values.each_ref().map(|(key, text)| (*key, &text[..]))),
        );
    }
    let rows = notes.iter().map(|note| {
        let yes = if note.assumed { text("words.yes") } else { text("words.no") };
        let value = language.number(&note.value);
        let value = draws(note).map_or_else(|| value.clone(), |draws| told_fitted(&value, draws, language));
        vec![note.path.clone(), value, note.unit.clone(), yes, note.source.clone()]
    });
    let keys = ["number", "value", "unit", "assumed", "source"];
    let caption = language.fill("assumptions.scenario", &[("title", title)]);
    page.open_printed_details(&caption);
    page.table(&Table {
        caption: caption.clone(),
        heads: keys.map(|key| text(&format!("assumptions.{key}"))).to_vec(),
        rows: rows.collect(),
        numbers_from: usize::MAX,
    });
    page.close_details();
}

/// A distribution with where the draws of its posterior lie; of a factor on a series, the factor's.
fn told_fitted(value: &str, mut draws: Vec<f64>, language: &Language) -> String {
    draws.sort_by(f64::total_cmp);
    let at = |share: f64| draws[(share * (draws.len() - 1) as f64).round() as usize];
    let told = |share: f64| language.number(&format!("{}", (at(share) * 1e4).round() / 1e4));
    let (low, high) = (told(0.5 - INTERVAL / 2.0), told(0.5 + INTERVAL / 2.0));
    language.fill(
        "assumptions.fitted",
        &[
            ("value", value),
            ("median", &told(0.5)),
            ("level", &language.share(INTERVAL)),
            ("range", &language.fill("words.range", &[("low", &low), ("high", &high)])),
        ],
    )
}

/// What the intervals hold, and what nothing here can tell.
pub fn reading(page: &mut Page, sources: &[Source], options: &Options) {
    let language = &options.language;
    page.section(language.text("headings.intervals"));
    page.paragraph(&language.fill("intervals.about", &[("level", &language.share(INTERVAL))]));
    let held = |source: &Source| match &source.content {
        Content::Run(run) => Some(run.summary.intervals.clone()),
        Content::Comparison(comparison) => Some(comparison.report.intervals.to_string()),
        Content::Other(_) => None,
    };
    let mut told: Vec<String> = sources.iter().filter_map(held).collect();
    told.dedup();
    for held in told {
        page.paragraph(&language.fill("intervals.held", &[("held", &held)]));
    }
    page.paragraph(language.text("intervals.not_held"));
    page.section(language.text("headings.limits"));
    page.list(language.list("limits.items"));
}

/// The record of each folder.
pub fn records(page: &mut Page, sources: &[Source], options: &Options) {
    let language = &options.language;
    page.section(language.text("headings.provenance"));
    page.paragraph(language.text("provenance.about"));
    for source in sources {
        let mut record = Record { rows: Vec::new(), language };
        record.row("folder", source.shown.clone());
        match &source.content {
            Content::Run(run) => {
                let manifest = &run.manifest;
                record.row("scenario", format!("{} ({})", manifest.title, manifest.command.scenario));
                record.shared(
                    (&manifest.program, &manifest.engine, manifest.members, manifest.seed),
                    (manifest.start, manifest.end),
                    &manifest.run,
                );
                record.row("vintage", run.summary.data_vintage.clone());
                record.row("overlays", manifest.command.with.join(", "));
                record.row("overrides", manifest.command.set.join(", "));
                record.row("warnings", manifest.warnings.join("; "));
                record.tell(page, &source.shown);
                inputs(page, &manifest.inputs, language);
            }
            Content::Comparison(comparison) => {
                let manifest = &comparison.manifest;
                let titles: Vec<String> = manifest.scenarios.iter().map(|one| one.title.clone()).collect();
                record.row("scenarios", titles.join("; "));
                record.shared(
                    (&manifest.program, &manifest.engine, manifest.members, manifest.seed),
                    (manifest.start, manifest.end),
                    &manifest.run,
                );
                record.row("overlays", manifest.command.with.join(", "));
                record.row("overrides", manifest.command.set.join(", "));
                let mut warnings: Vec<String> =
                    manifest.scenarios.iter().flat_map(|one| one.warnings.iter().cloned()).collect();
                warnings.sort();
                warnings.dedup();
                record.row("warnings", warnings.join("; "));
                record.tell(page, &source.shown);
                let mut files: Vec<Input> = Vec::new();
                for input in manifest.scenarios.iter().flat_map(|one| &one.inputs) {
                    if !files.contains(input) {
                        files.push(input.clone());
                    }
                }
                inputs(page, &files, language);
            }
            Content::Other(_) => {
                // Whatever record another command keeps is shown as it stands.
                if let Ok(text) = std::fs::read_to_string(source.folder.join(MANIFEST)) {
                    page.heading(&source.shown);
                    page.open_details(&language.fill("provenance.record", &[("file", MANIFEST)]));
                    page.verbatim(MANIFEST, &text);
                    page.close_details();
                }
            }
        }
    }
}

/// Rows of a record.
struct Record<'a> {
    rows: Vec<Vec<String>>,
    language: &'a Language,
}

impl Record<'_> {
    /// Adds a row unless there is nothing to say.
    fn row(&mut self, key: &str, value: String) {
        if !value.trim().is_empty() {
            self.rows.push(vec![self.language.text(&format!("provenance.{key}")).to_owned(), value]);
        }
    }

    fn shared(
        &mut self,
        (program, engine, members, seed): (&Program, &str, usize, u64),
        (start, end): (Month, Month),
        run: &RunFacts,
    ) {
        let language = self.language;
        self.row("program", format!("{} {} (commit {})", program.name, program.version, program.commit));
        self.row("engine", engine.to_owned());
        self.row("members", language.number(&members.to_string()));
        self.row("seed", language.number(&seed.to_string()));
        let (start, end) = (language.month(start), language.month(end));
        self.row("time", language.fill("words.range", &[("low", &start), ("high", &end)]));
        self.row("started", run.started.clone());
    }

    fn tell(self, page: &mut Page, caption: &str) {
        let heads = ["provenance.item", "provenance.value"].map(|key| self.language.text(key).to_owned()).to_vec();
        page.table(&Table { caption: caption.to_owned(), heads, rows: self.rows, numbers_from: usize::MAX });
    }
}

fn inputs(page: &mut Page, inputs: &[Input], language: &Language) {
    let text = |key: &str| language.text(key).to_owned();
    let rows = inputs.iter().map(|input| {
        let short: String = input.sha256.chars().take(TOLD).collect();
        vec![input.path.clone(), format!("{short}…")]
    });
    page.open_printed_details(language.text("provenance.inputs"));
    page.table(&Table {
        caption: text("provenance.inputs"),
        heads: vec![text("provenance.file"), text("provenance.fingerprint")],
        rows: rows.collect(),
        numbers_from: usize::MAX,
    });
    page.close_details();
}
