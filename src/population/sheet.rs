//! Small strict tables of text: comma-separated lines with one header, `#` comments and located faults.
//!
//! Lines are split here, not by a general reader, because every fault must name the line of the file it stands in, comments
//! and blank lines counted. Quoted fields may hold commas and doubled quotes, but no line breaks.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::tables::TableFault;

/// Largest file that is read, bytes: a country with 500 regions needs a tenth of it.
const MAX_BYTES: u64 = 4 << 20;
/// Faults told per file; the rest are only counted.
const MAX_FAULTS: usize = 50;
/// Longest header.
const MAX_COLUMNS: usize = 500;
/// Largest number of persons accepted in one field.
const MAX_PERSONS: f64 = 1e11;

/// Faults of one file, in the order found; told up to a limit, counted beyond it.
pub(super) struct Faults {
    file: PathBuf,
    list: Vec<TableFault>,
    untold: usize,
}

impl Faults {
    pub(super) fn new(file: &Path) -> Self {
        Self { file: file.to_owned(), list: Vec::new(), untold: 0 }
    }

    /// Notes a fault at a line (1-based; 0 for the whole file).
    pub(super) fn at(&mut self, line: usize, message: impl Into<String>) {
        if self.list.len() < MAX_FAULTS {
            self.list.push(TableFault { file: self.file.clone(), line, message: message.into() });
        } else {
            self.untold += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All faults by line, with the number of untold ones last.
    pub(super) fn into_list(mut self) -> Vec<TableFault> {
        self.list.sort_by_key(|fault| fault.line);
        if self.untold > 0 {
            let message = format!("{} more faults are not shown", self.untold);
            self.list.push(TableFault { file: self.file, line: 0, message });
        }
        self.list
    }
}

/// One data line.
pub(super) struct Row {
    /// Line in the file, 1-based.
    pub(super) line: usize,
    /// As many fields as the header has, trimmed.
    pub(super) fields: Vec<String>,
}

/// A header and its rows.
pub(super) struct Sheet {
    /// Line of the header, 1-based.
    pub(super) header_line: usize,
    /// Column names, trimmed.
    pub(super) header: Vec<String>,
    /// Rows of the header's length; others were noted as faults.
    pub(super) rows: Vec<Row>,
    /// Text of `# source:` comments, with the file's name.
    pub(super) sources: Vec<String>,
}

impl Sheet {
    /// Reads and splits a file; `None` when nothing can be made of it, with the reason among the faults.
    pub(super) fn read(path: &Path, faults: &mut Faults) -> Option<Self> {
        match read_text(path) {
            Ok(text) => Self::parse(&text, path, faults),
            Err((line, message)) => {
                faults.at(line, message);
                None
            }
        }
    }

    fn parse(text: &str, path: &Path, faults: &mut Faults) -> Option<Self> {
        let name = path.file_name().map_or_else(|| path.display().to_string(), |n| n.to_string_lossy().into_owned());
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut sheet = Self { header_line: 0, header: Vec::new(), rows: Vec::new(), sources: Vec::new() };
        for (index, content) in text.lines().enumerate() {
            let (line, content) = (index + 1, content.trim());
            if let Some(comment) = content.strip_prefix('#') {
                if let Some(source) = comment.trim_start().strip_prefix("source:") {
                    sheet.sources.push(format!("{name}: {}", clip(source.trim(), 300)));
                }
            } else if content.is_empty() {
            } else if let Some(fields) = split(content) {
                sheet.add(line, fields, faults);
            } else {
                faults.at(line, "a quotation mark is not closed");
            }
        }
        if sheet.header.is_empty() {
            faults.at(0, "the file is empty, expected a line of column names and lines of figures");
            return None;
        }
        if sheet.sources.is_empty() {
            sheet.sources.push(name);
        }
        Some(sheet)
    }

    fn add(&mut self, line: usize, fields: Vec<String>, faults: &mut Faults) {
        if self.header.is_empty() {
            self.header_line = line;
            self.header = fields;
            // A header that long is no header of ours, and comparing all pairs of names would take forever.
            if self.header.len() > MAX_COLUMNS {
                faults.at(line, format!("{} columns, expected at most {MAX_COLUMNS}", self.header.len()));
                self.header.truncate(MAX_COLUMNS);
            }
            for (i, column) in self.header.iter().enumerate() {
                if self.header[..i].contains(column) {
                    faults.at(line, format!("column `{}` appears twice", clip(column, 40)));
                }
            }
        } else if fields.len() == self.header.len() {
            self.rows.push(Row { line, fields });
        } else {
            let (found, wanted) = (fields.len(), self.header.len());
            faults.at(line, format!("{found} fields, expected {wanted} as in the header (line {})", self.header_line));
        }
    }

    /// Position of a column, if there is one.
    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// Position of a column that must be there.
    pub(super) fn required(&self, name: &str, faults: &mut Faults) -> Option<usize> {
        let found = self.column(name);
        if found.is_none() {
            let near = self.header.iter().map(|c| (strsim::damerau_levenshtein(&clip(c, 40), name), c)).min();
            let hint = match near {
                Some((distance, column)) if distance <= 2 => format!("; did you mean it by `{}`?", clip(column, 40)),
                _ => String::new(),
            };
            faults.at(self.header_line, format!("column `{name}` is missing{hint}"));
        }
        found
    }
}

/// A count of persons, 0 or more.
pub(super) fn persons(row: &Row, column: usize, header: &[String], faults: &mut Faults) -> Option<f64> {
    number(row, column, header, MAX_PERSONS, "", faults)
}

/// A share, 0..=1.
pub(super) fn share(row: &Row, column: usize, header: &[String], faults: &mut Faults) -> Option<f64> {
    number(row, column, header, 1.0, "; is it a percentage?", faults)
}

fn number(row: &Row, column: usize, header: &[String], most: f64, hint: &str, faults: &mut Faults) -> Option<f64> {
    let (text, name) = (&row.fields[column], clip(&header[column], 40));
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
    match text.parse::<f64>() {
        Ok(value) if plain && (0.0..=most).contains(&value) => return Some(value),
        Ok(value) if plain && value > most => {
            faults.at(row.line, format!("{name} is {}, expected at most {most}{hint}", clip(text, 40)));
        }
        Ok(_) if plain => faults.at(row.line, format!("{name} is {}, expected 0 or more", clip(text, 40))),
        _ if text.is_empty() => faults.at(row.line, format!("{name} is empty, expected a number")),
        _ => faults.at(row.line, format!("{name} is `{}`, expected a plain number such as 12345.6", clip(text, 40))),
    }
    None
}

/// A year, 1900..=2200.
pub(super) fn year(row: &Row, column: usize, faults: &mut Faults) -> Option<i32> {
    let text = &row.fields[column];
    let value = parse_year(text);
    if value.is_none() {
        faults.at(row.line, format!("year is `{}`, expected a whole number from 1900 to 2200", clip(text, 40)));
    }
    value
}

/// A four-digit year, 1900..=2200.
pub(super) fn parse_year(text: &str) -> Option<i32> {
    let digits = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok().filter(|year| (1900..=2200).contains(year)) } else { None }
}

/// At most `most` characters of a text, control characters shown as `?`, so that junk cannot flood or confuse a terminal.
pub(super) fn clip(text: &str, most: usize) -> String {
    let mut short: String = text.chars().take(most).map(|c| if c.is_control() { '?' } else { c }).collect();
    if text.chars().nth(most).is_some() {
        short.push('…');
    }
    short
}

/// Fields of one line, or `None` when a quotation stays open.
fn split(line: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        rest = rest.trim_start();
        let Some(quoted) = rest.strip_prefix('"') else {
            let (field, tail) = rest.split_once(',').map_or((rest, None), |(field, tail)| (field, Some(tail)));
            fields.push(field.trim_end().to_owned());
            match tail {
                Some(tail) => rest = tail,
                None => return Some(fields),
            }
            continue;
        };
        let mut field = String::new();
        let mut inside = quoted;
        loop {
            let (before, after) = inside.split_once('"')?;
            field.push_str(before);
            match after.strip_prefix('"') {
                Some(more) => {
                    field.push('"');
                    inside = more;
                }
                None => {
                    inside = after.trim_start();
                    break;
                }
            }
        }
        fields.push(field.trim().to_owned());
        if inside.is_empty() {
            return Some(fields);
        }
        rest = inside.strip_prefix(',')?;
    }
}

fn read_text(path: &Path) -> Result<String, (usize, String)> {
    let failed = |error: std::io::Error| (0, format!("cannot be read: {error}"));
    let about = std::fs::metadata(path).map_err(failed)?;
    // Devices and pipes could block or never end.
    if !about.is_file() {
        return Err((
            0,
            if about.is_dir() { "is a directory, expected a file" } else { "is not a plain file" }.to_owned(),
        ));
    }
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err((0, format!("is larger than {} MB, which no population table is", MAX_BYTES >> 20)));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..valid].iter().filter(|&&b| b == b'\n').count();
        (line, "is not UTF-8 text; save it as UTF-8".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_at_commas_outside_quotes() {
        let cases: [(&str, Option<&[&str]>); 8] = [
            ("a,b", Some(&["a", "b"])),
            (" a , b ", Some(&["a", "b"])),
            ("a,,", Some(&["a", "", ""])),
            ("\"a,b\",c", Some(&["a,b", "c"])),
            ("\"a \"\"b\"\"\" , c", Some(&["a \"b\"", "c"])),
            ("\"\"", Some(&[""])),
            ("\"open,b", None),
            ("\"a\"b,c", None),
        ];
        for (line, fields) in cases {
            let wanted = fields.map(|f| f.iter().map(|&s| s.to_owned()).collect::<Vec<_>>());
            assert_eq!(split(line), wanted, "{line}");
        }
    }

    #[test]
    fn junk_is_clipped() {
        assert_eq!(clip("abc", 3), "abc");
        assert_eq!(clip("ab\u{1b}[1mcd", 4), "ab?[…");
    }
}
