//! `results.csv`: every estimate as one tidy row per statistic, and the way back.
//!
//! Columns are [`COLUMNS`]. Rows come in this order: the population of every group and date (layer `all`, statistic
//! `mean`: it is the same in every member), then layer, group, date, quantity, statistic. Users and penetration carry
//! all of [`STATISTICS`]; flows carry them for the total, and `median`, `q10`, `q90`, `mean` in every smaller group
//! (their outer quantiles there would make up a quarter of the file). User-years are given for the total only, incidents
//! and victims for the layer they befall only.
//!
//! Numbers are rounded: shares to 6 decimals; persons to 1 decimal, to 4 below ten. Rounding keeps quantiles in order.

use std::collections::BTreeMap;
#[allow(clippy::disallowed_types, reason = "looked up, never iterated")]
use std::collections::HashMap;
use std::io::{self, Read, Write};

use crate::series::{ALL, Estimate, Group, LayerLabel, Projection, Quantity};
use crate::units::Month;

/// The columns, in order.
pub const COLUMNS: [&str; 11] =
    ["scenario", "layer", "region", "residence", "sex", "age", "date", "quantity", "statistic", "value", "unit"];

/// The statistics, in the order of rows.
pub const STATISTICS: [Statistic; 8] = [
    Statistic::Quantile(3),
    Statistic::Quantile(0),
    Statistic::Quantile(1),
    Statistic::Quantile(2),
    Statistic::Quantile(4),
    Statistic::Quantile(5),
    Statistic::Quantile(6),
    Statistic::Mean,
];

/// The statistics of flows in groups smaller than everybody.
const SHORT: [Statistic; 4] = [Statistic::Quantile(3), Statistic::Quantile(1), Statistic::Quantile(5), Statistic::Mean];

const QUANTILE_NAMES: [&str; 7] = ["q025", "q10", "q25", "median", "q75", "q90", "q975"];

/// A number that describes the members' values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// A quantile, by position in [`crate::series::LEVELS`].
    Quantile(usize),
    /// The arithmetic mean.
    Mean,
}

impl Statistic {
    /// Name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Statistic::Quantile(level) => QUANTILE_NAMES[level],
            Statistic::Mean => "mean",
        }
    }

    /// Its value in an estimate.
    #[must_use]
    pub fn of(self, estimate: &Estimate) -> f64 {
        match self {
            Statistic::Quantile(level) => estimate.quantiles[level],
            Statistic::Mean => estimate.mean,
        }
    }
}

/// What the table does not say about itself, needed to read it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// Scenario name.
    pub scenario: String,
    /// Scenario title.
    pub title: String,
    /// Engine name.
    pub engine: String,
    /// Members.
    pub members: usize,
    /// Master seed.
    pub seed: u64,
    /// Layers, in the scenario's order.
    pub layers: Vec<LayerLabel>,
    /// Position of the layer whose users incidents befall.
    pub victims: Option<usize>,
}

/// Why a table of results cannot be read back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResultsError {
    /// It is no such table.
    #[error("the columns are `{found}`, expected `{}`", COLUMNS.join(","))]
    Columns {
        /// The header found.
        found: String,
    },
    /// A field has a value that cannot be.
    #[error("line {line}: `{column}` is `{found}`, expected {expected}")]
    Field {
        /// Line, counted from 1.
        line: u64,
        /// Column.
        column: &'static str,
        /// Its text.
        found: String,
        /// What is allowed.
        expected: &'static str,
    },
    /// An estimate that the other rows call for is missing.
    #[error(
        "no `{statistic}` of {quantity} for layer `{layer}`, group {group}, date {date}; has the file been filtered or cut?"
    )]
    Missing {
        /// Statistic.
        statistic: &'static str,
        /// Quantity.
        quantity: &'static str,
        /// Layer.
        layer: String,
        /// Group in words.
        group: String,
        /// Date.
        date: Month,
    },
    /// It holds no rows.
    #[error("it holds no rows")]
    Empty,
    /// It is not CSV, or the system refused.
    #[error("it cannot be read as CSV")]
    Csv(#[from] csv::Error),
}

/// The statistics written of `quantity` for the group at position `group` (0 is everybody), on a layer whose users
/// incidents befall if `victims`. Quantities without any read back as 0.
#[must_use]
pub fn statistics(quantity: Quantity, group: usize, victims: bool) -> &'static [Statistic] {
    match quantity {
        Quantity::Population => &[Statistic::Mean],
        Quantity::Users | Quantity::Penetration => &STATISTICS,
        Quantity::Incidents | Quantity::Victims if !victims => &[],
        Quantity::UserYears if group > 0 => &[],
        _ if group == 0 => &STATISTICS,
        _ => &SHORT,
    }
}

/// A value as the table prints it.
#[must_use]
pub fn rounded(quantity: Quantity, value: f64) -> f64 {
    let factor = match quantity {
        Quantity::Penetration => 1e6,
        _ if value.abs() < 10.0 => 1e4,
        _ => 10.0,
    };
    // Adding zero turns a negative zero into a plain one.
    (value * factor).round() / factor + 0.0
}

/// The projection as its table says it: numbers rounded, and quantiles that are not written replaced by the nearest
/// written one on the way to the median. Reading the table back gives exactly this, so what is drawn and told
/// from it is the same during the run and later.
#[must_use]
pub fn as_written(projection: &Projection) -> Projection {
    let mut written = projection.clone();
    for layer in 0..projection.layers.len() {
        for group in 0..projection.groups.len() {
            for date in 0..projection.dates.len() {
                for quantity in Quantity::EVERY {
                    // Every layer sees the same people; the table holds them once, as the first layer does.
                    let source = if quantity == Quantity::Population { 0 } else { layer };
                    let estimate = projection.estimate(source, group, date, quantity);
                    let mut partial = Partial::default();
                    let statistics = statistics(quantity, group, projection.victims == Some(source));
                    for &statistic in statistics {
                        partial.set(statistic, rounded(quantity, statistic.of(estimate)));
                    }
                    let index = projection.index(layer, group, date, quantity);
                    written.estimates[index] = if statistics.is_empty() {
                        Estimate::default()
                    } else {
                        partial.complete(quantity).expect("every written set of statistics can be completed")
                    };
                }
            }
        }
    }
    written
}

/// Writes the table.
///
/// # Errors
/// Those of `out`.
pub fn write(projection: &Projection, out: &mut dyn Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS).map_err(plain)?;
    let mut rows = Rows { table, scenario: &projection.scenario, value: String::new() };
    let dates: Vec<String> = projection.dates.iter().map(ToString::to_string).collect();
    if !projection.layers.is_empty() {
        for (group, who) in projection.groups.iter().enumerate() {
            for (date, when) in dates.iter().enumerate() {
                let estimate = projection.estimate(0, group, date, Quantity::Population);
                let written = statistics(Quantity::Population, group, false);
                rows.estimate((ALL, who, when), written, Quantity::Population, estimate)?;
            }
        }
    }
    for (layer, label) in projection.layers.iter().enumerate() {
        for (group, who) in projection.groups.iter().enumerate() {
            for (date, when) in dates.iter().enumerate() {
                for quantity in Quantity::EVERY {
                    if quantity != Quantity::Population {
                        let estimate = projection.estimate(layer, group, date, quantity);
                        let written = statistics(quantity, group, projection.victims == Some(layer));
                        rows.estimate((&label.name, who, when), written, quantity, estimate)?;
                    }
                }
            }
        }
    }
    rows.table.flush()
}

/// Reads a table back; equal to [`as_written`] of the projection it was written from.
///
/// # Errors
/// When a column, a value or a row is not as [`write()`] leaves it.
#[allow(clippy::disallowed_types, reason = "looked up, never iterated")]
pub fn read(input: impl Read, labels: &Labels) -> Result<Projection, ResultsError> {
    let mut table = csv::ReaderBuilder::new().from_reader(input);
    let header = table.headers()?;
    if !header.iter().eq(COLUMNS) {
        return Err(ResultsError::Columns { found: header.iter().collect::<Vec<_>>().join(",") });
    }
    let mut groups: Vec<Group> = Vec::new();
    let mut positions: HashMap<Group, usize> = HashMap::new();
    let mut dates: BTreeMap<Month, usize> = BTreeMap::new();
    let mut rows: Vec<Row> = Vec::new();
    let mut record = csv::StringRecord::new();
    while table.read_record(&mut record)? {
        let line = record.position().map_or(0, csv::Position::line);
        let field = |column: usize| record.get(column).unwrap_or_default();
        let wrong = |column: usize, expected: &'static str| ResultsError::Field {
            line,
            column: COLUMNS[column],
            found: field(column).to_owned(),
            expected,
        };
        let group = Group {
            region: field(2).to_owned(),
            residence: field(3).to_owned(),
            sex: field(4).to_owned(),
            age: field(5).to_owned(),
        };
        let group = match positions.get(&group) {
            Some(&position) => position,
            None => {
                positions.insert(group.clone(), groups.len());
                groups.push(group);
                groups.len() - 1
            }
        };
        let date: Month = field(6).parse().map_err(|_| wrong(6, "a month such as `2016-06`"))?;
        dates.insert(date, 0);
        let quantity = Quantity::EVERY
            .into_iter()
            .find(|quantity| quantity.name() == field(7))
            .ok_or_else(|| wrong(7, "a quantity such as `users`"))?;
        let statistic = STATISTICS
            .into_iter()
            .find(|statistic| statistic.name() == field(8))
            .ok_or_else(|| wrong(8, "a statistic such as `median`"))?;
        let value: f64 =
            field(9).parse().ok().filter(|value: &f64| value.is_finite()).ok_or_else(|| wrong(9, "a finite number"))?;
        let layer = if quantity == Quantity::Population {
            0
        } else {
            let named = |label: &LayerLabel| label.name == field(1);
            labels.layers.iter().position(named).ok_or_else(|| wrong(1, "a layer named in summary.json"))?
        };
        rows.push(Row { layer, group, date, quantity, statistic, value });
    }
    if rows.is_empty() {
        return Err(ResultsError::Empty);
    }
    for (position, date) in dates.values_mut().enumerate() {
        *date = position;
    }
    assemble(labels, groups, &dates, &rows)
}

/// Lays rows out as a projection.
fn assemble(
    labels: &Labels,
    groups: Vec<Group>,
    dates: &BTreeMap<Month, usize>,
    rows: &[Row],
) -> Result<Projection, ResultsError> {
    let mut projection = Projection {
        scenario: labels.scenario.clone(),
        title: labels.title.clone(),
        engine: labels.engine.clone(),
        members: labels.members,
        seed: labels.seed,
        layers: labels.layers.clone(),
        victims: labels.victims,
        groups,
        dates: dates.keys().copied().collect(),
        estimates: Vec::new(),
    };
    let length = labels.layers.len() * projection.groups.len() * dates.len() * Quantity::EVERY.len();
    let mut partials = vec![Partial::default(); length];
    for row in rows {
        partials[projection.index(row.layer, row.group, dates[&row.date], row.quantity)].set(row.statistic, row.value);
    }
    projection.estimates.reserve(length);
    for (layer, label) in labels.layers.iter().enumerate() {
        for (group, who) in projection.groups.iter().enumerate() {
            for (date, &month) in projection.dates.iter().enumerate() {
                for quantity in Quantity::EVERY {
                    let source = if quantity == Quantity::Population { 0 } else { layer };
                    if statistics(quantity, group, labels.victims == Some(source)).is_empty() {
                        projection.estimates.push(Estimate::default());
                        continue;
                    }
                    let partial = &partials[projection.index(source, group, date, quantity)];
                    let estimate = partial.complete(quantity).map_err(|statistic| ResultsError::Missing {
                        statistic,
                        quantity: quantity.name(),
                        layer: if quantity == Quantity::Population { ALL.to_owned() } else { label.name.clone() },
                        group: format!("{}/{}/{}/{}", who.region, who.residence, who.sex, who.age),
                        date: month,
                    })?;
                    projection.estimates.push(estimate);
                }
            }
        }
    }
    Ok(projection)
}

/// One row, as read.
struct Row {
    layer: usize,
    group: usize,
    date: Month,
    quantity: Quantity,
    statistic: Statistic,
    value: f64,
}

/// An estimate of which some statistics may be missing.
#[derive(Clone, Copy, Default)]
struct Partial {
    mean: Option<f64>,
    quantiles: [Option<f64>; 7],
}

impl Partial {
    fn set(&mut self, statistic: Statistic, value: f64) {
        match statistic {
            Statistic::Quantile(level) => self.quantiles[level] = Some(value),
            Statistic::Mean => self.mean = Some(value),
        }
    }

    /// Fills the gaps towards the median; the name of the missing statistic when that cannot be.
    fn complete(&self, quantity: Quantity) -> Result<Estimate, &'static str> {
        let mean = self.mean.ok_or("mean")?;
        if quantity == Quantity::Population {
            return Ok(Estimate::certain(mean));
        }
        let median = self.quantiles[3].ok_or("median")?;
        let mut quantiles = [median; 7];
        for level in (0..3).rev() {
            quantiles[level] = self.quantiles[level].unwrap_or(quantiles[level + 1]);
        }
        for level in 4..7 {
            quantiles[level] = self.quantiles[level].unwrap_or(quantiles[level - 1]);
        }
        Ok(Estimate { mean, quantiles })
    }
}

/// The table being written.
struct Rows<'a, W: Write> {
    table: csv::Writer<W>,
    scenario: &'a str,
    value: String,
}

impl<W: Write> Rows<'_, W> {
    fn estimate(
        &mut self,
        (layer, who, when): (&str, &Group, &str),
        written: &[Statistic],
        quantity: Quantity,
        estimate: &Estimate,
    ) -> io::Result<()> {
        use std::fmt::Write as _;
        for &statistic in written {
            self.value.clear();
            let _ = write!(self.value, "{}", rounded(quantity, statistic.of(estimate)));
            self.table
                .write_record([
                    self.scenario,
                    layer,
                    &who.region,
                    &who.residence,
                    &who.sex,
                    &who.age,
                    when,
                    quantity.name(),
                    statistic.name(),
                    &self.value,
                    quantity.unit(),
                ])
                .map_err(plain)?;
        }
        Ok(())
    }
}

/// The system's error inside a CSV error, so that a full disk is still recognised.
pub(super) fn plain(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_enough_digits_and_their_order() {
        for (quantity, value, expected) in [
            (Quantity::Users, 12_900_123.456, "12900123.5"),
            (Quantity::Users, 12_900_123.04, "12900123"),
            (Quantity::Users, 9.999_96, "10"),
            (Quantity::Users, 0.123_456, "0.1235"),
            (Quantity::Users, 1e10, "10000000000"),
            (Quantity::Users, -0.0, "0"),
            (Quantity::Penetration, 0.123_456_78, "0.123457"),
            (Quantity::Penetration, 1.0, "1"),
            (Quantity::Penetration, 4e-7, "0"),
        ] {
            assert_eq!(rounded(quantity, value).to_string(), expected, "{value}");
        }
        let grid: Vec<f64> = (0..2_000).map(|step| f64::from(step) * 0.009_1).collect();
        assert!(grid.windows(2).all(|pair| rounded(Quantity::Users, pair[0]) <= rounded(Quantity::Users, pair[1])));
    }

    #[test]
    fn missing_quantiles_are_filled_towards_the_median() {
        let mut partial = Partial::default();
        for (statistic, value) in SHORT.into_iter().zip([5.0, 2.0, 9.0, 5.5]) {
            partial.set(statistic, value);
        }
        let estimate = partial.complete(Quantity::Adoption).expect("complete");
        assert_eq!(estimate.quantiles, [2.0, 2.0, 5.0, 5.0, 5.0, 9.0, 9.0]);
        assert_eq!(Partial::default().complete(Quantity::Users), Err("mean"));
    }
}
