//! Posterior draws that a scenario names: the joint values of its drawn numbers that fit the statistics.
//!
//! The file is CSV, one draw a row, one column a number, named by the parameter's path (`layer.internet.imitation`, or
//! `layer.internet.innovation.factor` for a factor). Lines `# prior NAME: WORDS` say which distribution each number had when
//! the draws were made. A number whose distribution has been changed since keeps the distribution of the scenario. `posterior_times` multiplies
//! draws: a what-if that leaves their correlations alone, and equals the scenario as it was at a factor of 1.

use std::path::Path;

use super::check::Checker;
use super::diagnostics::Place;
use super::extends;
use super::raw::{At, MapOf};
use super::suggest;

/// The column that numbers the draws.
const DRAW: &str = "draw";

/// Draws of several numbers of a scenario, all of one length.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// Names of the numbers, in the order of columns.
    pub names: Vec<String>,
    /// One row a draw, each with a value for every name.
    pub draws: Vec<Vec<f64>>,
}

impl Posterior {
    /// The value of a number in draw `draw`, counted round; `None` when it is not among the numbers.
    #[must_use]
    pub fn value(&self, path: &str, factor: bool, draw: u32) -> Option<f64> {
        let is = |name: &String| {
            if factor { name.strip_suffix(".factor") == Some(path) } else { name == path }
        };
        let column = self.names.iter().position(is)?;
        let row = self.draws.get(draw as usize % self.draws.len().max(1))?;
        Some(row[column])
    }

    /// Every draw of the number of a name, as in the file's heading; `None` when it is not among the numbers.
    #[must_use]
    pub fn draws_of(&self, name: &str) -> Option<Vec<f64>> {
        let column = self.names.iter().position(|known| known == name)?;
        Some(self.draws.iter().map(|row| row[column]).collect())
    }

    /// Multiplies every draw of a number; false when it is not among the numbers.
    fn multiply(&mut self, name: &str, factor: f64) -> bool {
        let Some(column) = self.names.iter().position(|known| known == name) else { return false };
        self.draws.iter_mut().for_each(|row| row[column] *= factor);
        true
    }
}

/// A file of draws as read.
struct Read {
    names: Vec<String>,
    priors: Vec<(String, String)>,
    draws: Vec<Vec<f64>>,
}

impl Checker<'_> {
    /// The draws of the file that `posterior` names, without the columns that the scenario has no use for, multiplied as `posterior_times`
    /// says.
    pub fn posterior(&mut self, path: Option<&At<String>>, times: Option<&MapOf<At<f64>>>) -> Option<Posterior> {
        let times = times.map_or(&[][..], |times| &times.0[..]);
        let Some(path) = path else {
            if let Some((name, _)) = times.first() {
                let message = "`posterior_times` multiplies draws, but the scenario names no `posterior`";
                self.faults.push_help(
                    name.place,
                    message,
                    "name the file with `posterior = \"...\"`, or set the numbers",
                );
            }
            return None;
        };
        let full = self.data_file(path, "posterior")?;
        let read = match read(&full) {
            Ok(read) => read,
            Err((line, message)) => {
                self.table_fault(&full, line, message);
                return None;
            }
        };
        let used: Vec<usize> =
            (0..read.names.len()).filter(|&column| self.is_used(&read, column, path.place)).collect();
        let names = used.iter().map(|&column| read.names[column].clone()).collect();
        let draws = read.draws.iter().map(|row| used.iter().map(|&column| row[column]).collect()).collect();
        let mut posterior = Posterior { names, draws };
        for (name, factor) in times {
            if !posterior.multiply(&name.value, factor.value) {
                let known: Vec<&str> = posterior.names.iter().map(String::as_str).collect();
                let message = format!("no draws are taken for `{}` from the posterior", name.value);
                self.faults.push_help(name.place, message, suggest::remedy(&name.value, &known));
            }
        }
        Some(posterior)
    }

    /// Whether the scenario draws the number of a column, from the distribution it had.
    fn is_used(&mut self, read: &Read, column: usize, place: Place) -> bool {
        let name = &read.names[column];
        let current = self.distribution_of(name);
        let then = read.priors.iter().find(|(of, _)| of == name).map(|(_, words)| words.as_str());
        match (current, then) {
            (Some(now), Some(then)) if now != then => {
                let message = format!(
                    "the posterior's `{name}` was made with another prior ({then}; now {now}) and is not used; calibrate again"
                );
                self.warn(place, "posterior-other-prior", message);
                false
            }
            (Some(_), _) => true,
            (None, _) => {
                // A number that is fixed here, or not in this scenario, is what the scenario says.
                let known: Vec<String> = self.notes.iter().map(|(_, note)| note.path.clone()).collect();
                let bare = name.strip_suffix(".factor").unwrap_or(name);
                if !known.iter().any(|path| path == bare || path == name) {
                    let known: Vec<&str> = known.iter().map(String::as_str).collect();
                    let message = format!(
                        "the posterior has `{name}`, but the scenario has no such number; {}",
                        suggest::remedy(name, &known)
                    );
                    self.warn(place, "posterior-unknown-number", message);
                }
                false
            }
        }
    }

    /// The distribution, in words, that the scenario gives a number.
    fn distribution_of(&self, name: &str) -> Option<String> {
        let is_distribution = |words: &str| super::parameters::FAMILIES.iter().any(|family| words.starts_with(family));
        let note = |path: &str| self.notes.iter().find(|(_, note)| note.path == path).map(|(_, note)| &note.value);
        if let Some(value) = note(name).filter(|value| is_distribution(value)) {
            return Some(value.clone());
        }
        let value = note(name.strip_suffix(".factor")?)?;
        value.split_once(super::parameters::TIMES_A_FACTOR).map(|(_, words)| words.to_owned())
    }
}

/// Reads a file of draws; a fault has its line (0: the file as a whole).
fn read(path: &Path) -> Result<Read, (usize, String)> {
    let bytes =
        extends::read_bytes(path, extends::LARGEST_DATA, "csv").map_err(|_| (0, "could not be read".to_owned()))?;
    let text = String::from_utf8(bytes).map_err(|_| (0, "is not UTF-8 text".to_owned()))?;
    parse(&text)
}

fn parse(text: &str) -> Result<Read, (usize, String)> {
    let mut priors = Vec::new();
    let mut header: Option<Vec<String>> = None;
    let mut draws = Vec::new();
    for (number, line) in text.lines().enumerate().map(|(i, line)| (i + 1, line.trim())) {
        if let Some(remark) = line.strip_prefix('#') {
            if let Some((name, words)) = remark.trim().strip_prefix("prior ").and_then(|rest| rest.split_once(": ")) {
                priors.push((name.trim().to_owned(), words.trim().to_owned()));
            }
            continue;
        }
        if line.is_empty() {
            continue;
        }
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let Some(columns) = &header else {
            let names: Vec<String> = cells.iter().map(|&cell| cell.to_owned()).collect();
            if let Some(twice) = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
                return Err((number, format!("the column `{}` is there twice", twice.1)));
            }
            if names.iter().all(|name| name == DRAW) {
                return Err((
                    number,
                    "no column of a parameter, expected names such as `layer.internet.imitation`".to_owned(),
                ));
            }
            header = Some(names);
            continue;
        };
        if cells.len() != columns.len() {
            return Err((
                number,
                format!("{} cells in this row, expected {} as in the heading", cells.len(), columns.len()),
            ));
        }
        let mut row = Vec::with_capacity(cells.len());
        for (cell, column) in cells.iter().zip(columns).filter(|(_, column)| *column != DRAW) {
            match cell.parse::<f64>() {
                Ok(value) if value.is_finite() => row.push(value),
                _ => return Err((number, format!("`{column}` is `{cell}`, expected a number"))),
            }
        }
        draws.push(row);
    }
    let Some(names) = header else { return Err((0, "is empty, expected a heading and draws".to_owned())) };
    if draws.is_empty() {
        return Err((0, "has no draws; write it again with `uptake calibrate`".to_owned()));
    }
    Ok(Read { names: names.into_iter().filter(|name| name != DRAW).collect(), priors, draws })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_read_by_name_and_counted_round() {
        let text = "# prior a.b: uniform, 0 to 1\ndraw,a.b,c.factor\n0,0.5,2\n1,0.25,3\n";
        let Ok(read) = parse(text) else { panic!("it is well formed") };
        assert_eq!(read.priors, [("a.b".to_owned(), "uniform, 0 to 1".to_owned())]);
        let posterior = Posterior { names: read.names, draws: read.draws };
        assert_eq!(posterior.value("a.b", false, 1), Some(0.25));
        assert_eq!(posterior.value("c", true, 2), Some(2.0));
        assert_eq!(posterior.value("c", false, 2), None);
        assert_eq!(posterior.value("a", true, 0), None);
    }

    #[test]
    fn factors_multiply_every_draw_of_a_number() {
        let names = vec!["a.b".to_owned(), "c.factor".to_owned()];
        let mut posterior = Posterior { names, draws: vec![vec![0.5, 2.0], vec![0.25, 3.0]] };
        assert!(posterior.multiply("a.b", 2.0));
        assert!(!posterior.multiply("a", 2.0));
        assert_eq!(posterior.draws_of("a.b"), Some(vec![1.0, 0.5]));
        assert_eq!(posterior.draws_of("c.factor"), Some(vec![2.0, 3.0]));
    }

    #[test]
    fn faults_have_their_line() {
        let fault = |text: &str| parse(text).err().map(|fault| fault.0);
        assert_eq!(fault(""), Some(0));
        assert_eq!(fault("draw,a\n"), Some(0));
        assert_eq!(fault("draw\n1\n"), Some(1));
        assert_eq!(fault("a,a\n1,2\n"), Some(1));
        assert_eq!(fault("# x\na\n1\nNaN\n"), Some(4));
        assert_eq!(fault("a,b\n1\n"), Some(2));
    }
}
