//! A graph read from a CSV file of ties: the columns `a` and `b`, a tie a row.

use std::path::Path;

use super::check::Checker;
use super::diagnostics::Place;
use super::extends;
use super::raw::At;
use super::suggest;
use crate::network::EdgeList;

/// The columns, in any order.
const COLUMNS: [&str; 2] = ["a", "b"];
/// What other programs separate cells by.
const OTHER_DELIMITERS: [(char, &str); 4] = [(';', "semicolons"), ('\t', "tabs"), ('|', "bars"), (' ', "spaces")];
/// Faults of one file that are told; the rest are counted.
const MOST_FAULTS: usize = 50;

/// A fault at a line, counted from 1, and the bytes of the line it is about.
struct Fault {
    line: usize,
    span: (usize, usize),
    message: String,
    help: Option<String>,
}

/// What a file says.
#[derive(Default)]
struct Rows {
    pairs: Vec<(u64, u64)>,
    faults: Vec<Fault>,
    /// Faults beyond those kept.
    more: usize,
}

impl Checker<'_> {
    /// The graph of `persons` people that a file gives; faults are located at its lines.
    pub fn edge_file(&mut self, path: &At<String>, persons: u32) -> Option<EdgeList> {
        let full = self.data_file(path, "network.edges")?;
        let bytes = extends::read_bytes(&full, extends::LARGEST_DATA, "csv").unwrap_or_default();
        let rows = read(&bytes, persons);
        if !rows.faults.is_empty() {
            self.tell(&full, &bytes, rows);
            return None;
        }
        let (graph, repeated) = EdgeList::try_new(persons, &rows.pairs).expect("every row was checked");
        if rows.pairs.is_empty() {
            let message = format!("`{}` names no tie: nobody has anyone to imitate", path.value);
            self.warn(path.place, "no-ties", message);
        }
        if repeated > 0 {
            let ties =
                if repeated == 1 { "1 row repeats a tie".to_owned() } else { format!("{repeated} rows repeat ties") };
            let message = format!(
                "`{}`: {ties} named before, in this or the other direction; each tie counts once, which leaves {}",
                path.value,
                graph.len()
            );
            self.warn(path.place, "repeated-ties", message);
        }
        Some(graph)
    }

    /// Adds the faults of a file to those of the scenario.
    fn tell(&mut self, path: &Path, bytes: &[u8], rows: Rows) {
        let text = String::from_utf8_lossy(bytes);
        let dir = path.parent().map(Path::to_owned).unwrap_or_default();
        let file = self.sources.add(path.display().to_string(), dir, &text);
        for fault in rows.faults {
            let line = self.sources.line_place(file, fault.line);
            // Bytes that are no text are longer once replaced: the line as a whole is then at fault.
            let whole = text.len() != bytes.len();
            let place =
                if whole { line } else { Place::new(file, line.start + fault.span.0..line.start + fault.span.1) };
            match fault.help {
                Some(help) => self.faults.push_help(place, fault.message, help),
                None => self.faults.push(place, fault.message),
            }
        }
        if rows.more > 0 {
            let message = format!("and {} more faults of this kind in later lines", rows.more);
            let last = self.sources.line_place(file, usize::MAX);
            self.faults.push(last, message);
        }
    }
}

impl Rows {
    fn fault(&mut self, line: usize, span: (usize, usize), message: String, help: Option<String>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault { line, span, message, help });
        } else {
            self.more += 1;
        }
    }
}

/// Reads and checks every row. Blank lines and lines that begin with `#` are passed over.
fn read(bytes: &[u8], persons: u32) -> Rows {
    let mut rows = Rows::default();
    let mark: &[u8] = "\u{feff}".as_bytes();
    let mut columns: Option<[usize; 2]> = None;
    let mut start = if bytes.starts_with(mark) { mark.len() } else { 0 };
    let mut number = 0;
    while start < bytes.len() {
        let end = bytes[start..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |at| start + at);
        number += 1;
        // The mark is part of the first line.
        let shift = if number == 1 { start } else { 0 };
        let line = &bytes[start..end];
        start = end + 1;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii().is_empty() || line.starts_with(b"#") {
            continue;
        }
        match columns {
            None => match heading(line) {
                Ok(found) => columns = Some(found),
                Err((message, help)) => {
                    rows.fault(number, (shift, shift + line.len()), message, help);
                    return rows;
                }
            },
            Some(at) => row(&mut rows, line, number, at, persons),
        }
    }
    if columns.is_none() {
        rows.fault(
            1,
            (0, 0),
            "the file of ties is empty, expected a heading and rows".to_owned(),
            Some("write `a,b` in the first line, then two persons a line, numbered from 0".to_owned()),
        );
    }
    rows
}

/// The cells of a line with their places in it.
fn cells(line: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut start = 0;
    line.split(|b| *b == b',').map(move |cell| {
        let at = start + (cell.len() - cell.trim_ascii_start().len());
        start += cell.len() + 1;
        (at, cell.trim_ascii())
    })
}

/// A cell without quotes around it.
fn unquoted(cell: &[u8]) -> &[u8] {
    cell.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(cell)
}

/// Where the columns `a` and `b` stand.
fn heading(line: &[u8]) -> Result<[usize; 2], (String, Option<String>)> {
    let names: Vec<String> =
        cells(line).map(|(_, cell)| String::from_utf8_lossy(unquoted(cell)).into_owned()).collect();
    let place = |name: &str| names.iter().position(|known| known == name);
    if let (Some(a), Some(b), 2) = (place("a"), place("b"), names.len()) {
        return Ok([a, b]);
    }
    let help = if let Some((_, delimiter)) =
        OTHER_DELIMITERS.iter().find(|(mark, _)| names.len() == 1 && names[0].contains(*mark))
    {
        format!("this file seems to have {delimiter} between its cells; save it with commas")
    } else if names.iter().all(|name| name.parse::<u64>().is_ok()) {
        "the first line is the heading: write `a,b` above the first tie".to_owned()
    } else if let Some(odd) = names.iter().find(|name| !COLUMNS.contains(&name.as_str())) {
        if names.len() > 2 {
            format!("leave out the column `{odd}`: ties have no more than two ends")
        } else {
            format!("the columns are called {}, not `{odd}`", suggest::list(COLUMNS))
        }
    } else {
        format!("columns, in any order: {}", suggest::list(COLUMNS))
    };
    let shown: String = String::from_utf8_lossy(line).chars().take(60).collect();
    Err((format!("the heading of a file of ties is `a,b`, found `{}`", shown.trim()), Some(help)))
}

fn row(rows: &mut Rows, line: &[u8], number: usize, columns: [usize; 2], persons: u32) {
    let mut found: [(usize, &[u8]); 2] = [(0, &[]); 2];
    let mut count = 0;
    for (at, cell) in cells(line) {
        if count < 2 {
            found[count] = (at, cell);
        }
        count += 1;
    }
    if count != 2 {
        let noun = if count == 1 { "cell" } else { "cells" };
        let message = format!("{count} {noun} in this row, expected 2 as in the heading");
        rows.fault(number, (0, line.len()), message, None);
        return;
    }
    let mut ends = [0; 2];
    for (end, name) in COLUMNS.into_iter().enumerate() {
        let (at, cell) = found[columns[end]];
        let span = (at, at + cell.len().max(1));
        let Some(person) = number_of(unquoted(cell)) else {
            let found = String::from_utf8_lossy(&cell[..cell.len().min(40)]);
            let found = if found.is_empty() { "empty".to_owned() } else { format!("`{found}`") };
            let message = format!("`{name}` is {found}, expected the number of a person");
            rows.fault(number, span, message, Some("persons are whole numbers from 0 on".to_owned()));
            return;
        };
        if person >= u64::from(persons) {
            let last = u64::from(persons).saturating_sub(1);
            let message = format!("person {person} does not exist, expected 0 to {last}");
            let help = if person == u64::from(persons) {
                "persons are numbered from 0, not from 1"
            } else {
                "`population.total` says how many people there are"
            };
            rows.fault(number, span, message, Some(help.to_owned()));
            return;
        }
        ends[end] = person;
    }
    if ends[0] == ends[1] {
        let message = format!("person {} is tied to itself", ends[0]);
        rows.fault(number, (0, line.len()), message, Some("leave out the row".to_owned()));
        return;
    }
    rows.pairs.push((ends[0], ends[1]));
}

/// A whole number written in digits alone.
fn number_of(cell: &[u8]) -> Option<u64> {
    if cell.is_empty() || cell.len() > 18 {
        return None;
    }
    cell.iter().try_fold(0_u64, |number, digit| digit.is_ascii_digit().then(|| 10 * number + u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        read(text.as_bytes(), 4).faults.into_iter().map(|fault| format!("{}: {}", fault.line, fault.message)).collect()
    }

    #[test]
    fn ties_are_read_whatever_the_order_of_columns_and_the_line_ends() {
        for text in [
            "a,b\n0,1\n2,3\n",
            "\u{feff}a,b\r\n0,1\r\n\r\n2,3",
            "# friends\nb,a\n1,0\n# more\n 3 , 2 \n",
            "\"a\",\"b\"\n\"0\",\"1\"\n2,3",
        ] {
            let rows = read(text.as_bytes(), 4);
            assert!(rows.faults.is_empty(), "{text:?}: {:?}", said(text));
            assert_eq!(rows.pairs, [(0, 1), (2, 3)], "{text:?}");
        }
        assert!(read(b"a,b\n", 4).pairs.is_empty());
    }

    #[test]
    fn faults_are_told_at_their_lines() {
        let found = said("a,b\n0,1\n0,4\n\n1,1\n0\n0,-1\nx,2\n0,1,2\n99999999999999999999,0\n");
        assert_eq!(
            found,
            [
                "3: person 4 does not exist, expected 0 to 3",
                "5: person 1 is tied to itself",
                "6: 1 cell in this row, expected 2 as in the heading",
                "7: `b` is `-1`, expected the number of a person",
                "8: `a` is `x`, expected the number of a person",
                "9: 3 cells in this row, expected 2 as in the heading",
                "10: `a` is `99999999999999999999`, expected the number of a person",
            ]
        );
    }

    #[test]
    fn headings_are_explained() {
        let help = |text: &str| heading(text.as_bytes()).err().and_then(|(_, help)| help).unwrap_or_default();
        assert!(help("a;b").contains("semicolons"));
        assert!(help("a\tb").contains("tabs"));
        assert!(help("0,1").contains("above the first tie"));
        assert!(help("from,to").contains("not `from`"));
        assert!(help("a,b,weight").contains("`weight`"));
        assert!(help("a").contains("`a`, `b`"));
        for empty in ["", "\n\n", "# nothing\n", "\u{feff}"] {
            assert_eq!(said(empty), ["1: the file of ties is empty, expected a heading and rows"], "{empty:?}");
        }
    }

    #[test]
    fn of_many_faults_the_first_are_told_and_the_rest_counted() {
        let rows = read(format!("a,b\n{}", "1,1\n".repeat(MOST_FAULTS + 7)).as_bytes(), 4);
        assert_eq!((rows.faults.len(), rows.more), (MOST_FAULTS, 7));
    }
}
