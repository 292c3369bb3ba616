//! Faults: where they are, what they say, how they are shown.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceSpan, SpanContents,
};

/// Most faults that are reported; the rest are counted.
const MOST_FAULTS: usize = 50;
/// Most faults that are kept while checking.
const MOST_KEPT: usize = 2000;
/// Lines longer than this, in bytes, are shown in part.
const LONGEST_LINE: usize = 200;

/// A byte span of a source text; ordered as faults are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Position of the text in [`Sources`].
    pub file: usize,
    /// First byte.
    pub start: usize,
    /// First byte past the span.
    pub end: usize,
}

impl Place {
    /// A span of a text.
    pub fn new(file: usize, span: Range<usize>) -> Self {
        Self { file, start: span.start, end: span.end.max(span.start) }
    }
}

/// A text that faults can point into: a scenario file, a data file, or an override.
#[derive(Clone, Debug)]
struct SourceText {
    name: String,
    dir: PathBuf,
    text: Arc<str>,
    line_starts: Arc<[usize]>,
}

/// Every text read for one scenario, in reading order, and what may be read.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    texts: Vec<SourceText>,
    /// The scenario's own text where it is not read from its file.
    pub given: Option<(PathBuf, Arc<str>)>,
    /// The only files that may be read; `None`: any.
    pub only: Option<Arc<BTreeSet<PathBuf>>>,
    /// Population tables read before.
    pub known_population: Option<Arc<super::reading::KnownPopulation>>,
}

impl Sources {
    /// Whether a file may be read: any, or one of those offered, however its path is written.
    pub fn may_read(&self, path: &std::path::Path) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&super::reading::plain_path(path)))
    }

    /// Adds a text; `dir` is what relative paths inside it start from.
    pub fn add(&mut self, name: impl Into<String>, dir: PathBuf, text: &str) -> usize {
        let starts =
            std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1));
        self.texts.push(SourceText { name: name.into(), dir, text: text.into(), line_starts: starts.collect() });
        self.texts.len() - 1
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Name of a text as shown.
    pub fn name(&self, file: usize) -> &str {
        &self.texts[file].name
    }

    /// Folder that relative paths inside a text start from.
    pub fn dir(&self, file: usize) -> &std::path::Path {
        &self.texts[file].dir
    }

    /// The text.
    pub fn text(&self, file: usize) -> &str {
        &self.texts[file].text
    }

    /// The span of a whole line, counted from 1, without its line end.
    pub fn line_place(&self, file: usize, line: usize) -> Place {
        let source = &self.texts[file];
        let index = line.clamp(1, source.line_starts.len()) - 1;
        let start = source.line_starts[index];
        let end = source.line_starts.get(index + 1).map_or(source.text.len(), |next| next - 1);
        Place::new(file, start..end)
    }

    /// Line and column of the start of a place, both from 1; columns count characters.
    pub fn position(&self, place: Place) -> (usize, usize) {
        /// Beyond this many bytes a column counts bytes: counting characters again and again would be slow.
        const LONG: usize = 10_000;
        let source = &self.texts[place.file];
        let start = place.start.min(source.text.len());
        let line = source.line_starts.partition_point(|&first| first <= start);
        let first = source.line_starts[line - 1];
        let before = source.text.get(first..start);
        let column = match before {
            Some(before) if before.len() <= LONG => before.chars().count(),
            _ => start - first,
        };
        (line, column + 1)
    }

    /// `file:line:column` of the start of a place.
    pub fn place_text(&self, place: Place) -> String {
        let (line, column) = self.position(place);
        format!("{}:{line}:{column}", self.name(place.file))
    }
}

/// One fault of a scenario or of a file it names.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Fault {
    /// File as opened, or the override.
    pub file: String,
    /// Line, from 1; 0 when the file as a whole is at fault.
    pub line: usize,
    /// Column in characters, from 1; 0 when the file as a whole is at fault.
    pub column: usize,
    /// What was found and what is allowed.
    pub message: String,
    /// The likely remedy.
    pub help: Option<String>,
    #[serde(skip)]
    place: Option<Place>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if self.line > 0 {
            write!(f, "{}:{}:", self.line, self.column)?;
        }
        write!(f, " {}", self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

/// Faults gathered while a scenario is read.
#[derive(Debug, Default)]
pub(super) struct Faults {
    located: Vec<(Place, String, Option<String>)>,
    files: Vec<(String, String, Option<String>)>,
    dropped: usize,
}

impl Faults {
    /// A fault without a remedy beyond its message.
    pub fn push(&mut self, place: Place, message: impl Into<String>) {
        self.add(place, message.into(), None);
    }

    /// A fault with its likely remedy.
    pub fn push_help(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        self.add(place, message.into(), Some(help.into()));
    }

    /// A fault of a file as a whole.
    pub fn push_file(&mut self, file: impl Into<String>, message: impl Into<String>, help: Option<String>) {
        self.files.push((file.into(), message.into(), help));
    }

    fn add(&mut self, place: Place, message: String, help: Option<String>) {
        if self.located.len() < MOST_KEPT {
            self.located.push((place, message, help));
        } else {
            self.dropped += 1;
        }
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.located.is_empty() && self.files.is_empty()
    }

    /// The faults in file order.
    pub fn into_errors(mut self, sources: Sources) -> ScenarioErrors {
        let mut seen = BTreeSet::new();
        self.located.retain(|(place, message, _)| seen.insert((*place, message.clone())));
        self.located.sort_by_key(|(place, _, _)| *place);
        let whole = self.files.into_iter().map(|(file, message, help)| Fault {
            file,
            line: 0,
            column: 0,
            message,
            help,
            place: None,
        });
        let located = self.located.into_iter().map(|(place, message, help)| {
            let (line, column) = sources.position(place);
            Fault { file: sources.name(place.file).to_owned(), line, column, message, help, place: Some(place) }
        });
        let mut faults: Vec<Fault> = whole.chain(located).collect();
        let more = faults.len().saturating_sub(MOST_FAULTS) + self.dropped;
        faults.truncate(MOST_FAULTS);
        ScenarioErrors { faults, more, sources }
    }
}

/// All faults of a scenario file, in file order.
///
/// Displayed plainly, one fault a line (`file:line:column: message; remedy`); [`ScenarioErrors::render`] shows the
/// lines at fault with the offending words underlined.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ScenarioErrors {
    /// The first faults, in file order; never empty, at most 50.
    pub faults: Vec<Fault>,
    /// How many further faults were found.
    pub more: usize,
    #[serde(skip)]
    sources: Sources,
}

impl ScenarioErrors {
    /// The faults for a terminal `width` columns wide, each with the lines it is in.
    #[must_use]
    pub fn render(&self, color: bool, width: usize) -> String {
        let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler =
            GraphicalReportHandler::new_themed(theme).with_width(width.max(40)).with_links(false).with_context_lines(1);
        let mut text = String::new();
        for fault in &self.faults {
            let report = Report { fault, excerpt: fault.place.map(|place| Excerpt::new(&self.sources, place)) };
            let mut rendered = String::new();
            if handler.render_report(&mut rendered, &report).is_err() {
                rendered = format!("{fault}\n");
            }
            for line in rendered.trim_matches('\n').lines() {
                text.push_str(line.trim_end());
                text.push('\n');
            }
            text.push('\n');
        }
        text.push_str(&self.tally());
        text.push('\n');
        text
    }

    fn tally(&self) -> String {
        let count = self.faults.len() + self.more;
        let noun = if count == 1 { "fault" } else { "faults" };
        match self.more {
            0 => format!("{count} {noun}"),
            more => format!("{count} {noun}: the first {}, and {more} more", self.faults.len()),
        }
    }
}

impl fmt::Display for ScenarioErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{fault}")?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for ScenarioErrors {}

/// One fault as `miette` shows it.
#[derive(Debug)]
struct Report<'a> {
    fault: &'a Fault,
    excerpt: Option<Excerpt>,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.excerpt {
            Some(_) => f.write_str(&self.fault.message),
            None => write!(f, "{}: {}", self.fault.file, self.fault.message),
        }
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn help<'b>(&'b self) -> Option<Box<dyn fmt::Display + 'b>> {
        self.fault.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let excerpt = self.excerpt.as_ref()?;
        let label = LabeledSpan::new(None, excerpt.span.start, excerpt.span.len());
        Some(Box::new(std::iter::once(label)))
    }
}

/// The lines around a fault, long ones cut, so that a file of one huge line stays readable.
#[derive(Debug)]
struct Excerpt {
    name: String,
    text: String,
    /// Lines of the file before the excerpt.
    lines_before: usize,
    /// Column of the fault in the file, from 0.
    column: usize,
    /// The fault in the excerpt.
    span: Range<usize>,
}

impl Excerpt {
    fn new(sources: &Sources, place: Place) -> Self {
        let (line, column) = sources.position(place);
        let text = sources.text(place.file);
        let line_text = |number: usize| {
            let at = sources.line_place(place.file, number);
            text[at.start..at.end].trim_end_matches('\r')
        };
        let last = sources.texts[place.file].line_starts.len();
        let mut excerpt = String::new();
        let before = line.saturating_sub(1).max(1);
        if before < line {
            excerpt.push_str(&cut(line_text(before), 0).0);
            excerpt.push('\n');
        }
        let own = line_text(line);
        let first = sources.line_place(place.file, line).start;
        let start = (place.start.min(text.len()) - first).min(own.len());
        let end = place.end.saturating_sub(first).clamp(start, own.len());
        let (shown, shift) = cut(own, start);
        let base = excerpt.len();
        let within = |at: usize| base + (at + shift.1).saturating_sub(shift.0).min(shown.len());
        let span = within(start)..within(end);
        excerpt.push_str(&shown);
        excerpt.push('\n');
        if line < last {
            excerpt.push_str(&cut(line_text(line + 1), 0).0);
            excerpt.push('\n');
        }
        Self {
            name: sources.name(place.file).to_owned(),
            text: excerpt,
            lines_before: before - 1,
            column: column - 1,
            span,
        }
    }
}

/// A line, or the part of a long one around byte `at`; with the bytes cut off before it and the bytes put in their place.
fn cut(line: &str, at: usize) -> (String, (usize, usize)) {
    const MARK: &str = "… ";
    if line.len() <= LONGEST_LINE {
        return (line.to_owned(), (0, 0));
    }
    let boundary = |mut index: usize| {
        while !line.is_char_boundary(index) {
            index -= 1;
        }
        index
    };
    let from = boundary(at.saturating_sub(LONGEST_LINE / 4).min(line.len()));
    let to = boundary((from + LONGEST_LINE / 2).min(line.len()));
    let mark = if from > 0 { MARK } else { "" };
    let tail = if to < line.len() { " …" } else { "" };
    (format!("{mark}{}{tail}", &line[from..to]), (from, mark.len()))
}

impl miette::SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.read_span(span, before, after)?;
        // Asked for no context, it is the position in the heading that is wanted.
        let column = if before == 0 && after == 0 { self.column } else { inner.column() };
        let line = inner.line() + self.lines_before;
        let contents = MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            line,
            column,
            inner.line_count(),
        );
        Ok(Box::new(contents))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let mut sources = Sources::default();
        let file = sources.add("a.toml", PathBuf::new(), "é = 1\r\nb = 2\n");
        let cases = [(0, (1, 1)), (3, (1, 3)), (8, (2, 1)), (12, (2, 5)), (14, (3, 1)), (99, (3, 1))];
        for (start, expected) in cases {
            assert_eq!(sources.position(Place::new(file, start..start)), expected, "byte {start}");
        }
    }

    #[test]
    fn a_huge_line_is_shown_in_part() {
        let mut sources = Sources::default();
        let text = format!("a = \"{}\"", "é".repeat(100_000));
        let file = sources.add("a.toml", PathBuf::new(), &text);
        let mut faults = Faults::default();
        faults.push(Place::new(file, 4..text.len()), "too long");
        let rendered = faults.into_errors(sources).render(false, 80);
        assert!(rendered.len() < 3000, "{rendered}");
        assert!(rendered.contains("a.toml:1:5"), "{rendered}");
    }

    #[test]
    fn the_rest_is_counted() {
        let mut sources = Sources::default();
        let file = sources.add("a.toml", PathBuf::new(), &"x\n".repeat(60));
        let mut faults = Faults::default();
        for line in 1..=60 {
            faults.push(sources.line_place(file, line), "wrong");
        }
        let errors = faults.into_errors(sources);
        assert_eq!((errors.faults.len(), errors.more), (50, 10));
        assert!(errors.to_string().ends_with("and 10 more"));
    }
}
