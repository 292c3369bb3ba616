//! `comparison.csv`: every level and every paired difference as one tidy row per statistic.
//!
//! Columns are those of `results.csv` and then `baseline` and `difference`: `value` is the statistic of the scenario's own
//! level, `baseline` that of the baseline's level, `difference` the statistic *of the members' differences* from the
//! baseline. Members are paired, so this is not `value - baseline`, except for means: the 10 % quantile of the differences
//! is not the difference of the 10 % quantiles.
//!
//! Everybody is told at every reported date, smaller groups at the chosen years; which statistics a quantity has is as in
//! `results.csv`. Rows come by scenario, in the order given, and within it: population, then layer, group, date,
//! quantity, statistic; then what only a comparison has, about everybody:
//!
//! - `user-years-gained` (person-years since the start of the run), and the `share-of-members-with-more-users` and
//!   `-fewer-users`, at every date;
//! - `share-of-members-reaching-50` and `months-earlier-50` (and 75: percent of everybody), at the last date. Months earlier are counted
//!   over the members that reach it in both scenarios;
//! - `cost` (above the baseline, since the start of the run; layer `all`), `cost-per-user` and `cost-per-user-year` (per
//!   additional one) at every date, for scenarios that state costs. A member without a gain counts as infinite, and an
//!   infinite number is an empty field.
//!
//! What is itself a comparison stands in `value`, with `baseline` and `difference` empty; the share of members that reach
//! a milestone has all three. Rows about money state its currency and year in `unit`, such as `USD of 2016`. A share of
//! members has the statistic `mean`. The baseline has rows as well, with differences of 0 and without the last kinds.
//! Numbers are rounded as in `results.csv`.

use std::io::{self, Write};

use crate::comparison::{Comparison, Costs, Outcome, Ratio};
use crate::output::results::{self, STATISTICS, Statistic, rounded};
use crate::series::{ALL, Estimate, Group, Quantity};

/// The columns, in order.
pub const COLUMNS: [&str; 13] = [
    "scenario",
    "layer",
    "region",
    "residence",
    "sex",
    "age",
    "date",
    "quantity",
    "statistic",
    "value",
    "unit",
    "baseline",
    "difference",
];

/// Writes the table.
///
/// # Errors
/// Those of `out`.
pub fn write(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(COLUMNS).map_err(results::plain)?;
    let mut rows = Rows {
        table,
        comparison,
        dates: comparison.dates.iter().map(ToString::to_string).collect(),
        everybody: Group::everybody(),
    };
    for (position, outcome) in comparison.outcomes.iter().enumerate() {
        rows.levels(outcome)?;
        if position != comparison.baseline {
            rows.comparisons(outcome)?;
        }
    }
    rows.table.flush()
}

/// What a row is about.
struct Subject<'a> {
    scenario: &'a str,
    layer: &'a str,
    group: &'a Group,
    date: usize,
    quantity: &'a str,
    unit: &'a str,
}

impl<'a> Subject<'a> {
    /// About a scenario and everybody in it.
    fn about(
        (scenario, group): (&'a str, &'a Group),
        layer: &'a str,
        date: usize,
        quantity: &'a str,
        unit: &'a str,
    ) -> Self {
        Self { scenario, layer, group, date, quantity, unit }
    }
}

/// The table being written.
struct Rows<'a, W: Write> {
    table: csv::Writer<W>,
    comparison: &'a Comparison,
    dates: Vec<String>,
    everybody: Group,
}

impl<W: Write> Rows<'_, W> {
    /// Levels and differences of every quantity of results.
    fn levels(&mut self, outcome: &Outcome) -> io::Result<()> {
        if !self.comparison.layers.is_empty() {
            self.of_quantities(outcome, ALL, 0, &[Quantity::Population])?;
        }
        let quantities: Vec<Quantity> = Quantity::EVERY.into_iter().filter(|q| *q != Quantity::Population).collect();
        let comparison = self.comparison;
        for (layer, label) in comparison.layers.iter().enumerate() {
            self.of_quantities(outcome, &label.name, layer, &quantities)?;
        }
        Ok(())
    }

    fn of_quantities(
        &mut self,
        outcome: &Outcome,
        name: &str,
        layer: usize,
        quantities: &[Quantity],
    ) -> io::Result<()> {
        let comparison = self.comparison;
        let baseline = &comparison.outcomes[comparison.baseline];
        for (group, who) in comparison.groups.iter().enumerate() {
            for date in 0..comparison.dates.len() {
                for &quantity in quantities {
                    let Some(index) = comparison.index(layer, group, date, quantity) else { continue };
                    let subject = Subject {
                        scenario: &outcome.name,
                        layer: name,
                        group: who,
                        date,
                        quantity: quantity.name(),
                        unit: quantity.unit(),
                    };
                    for &statistic in results::statistics(quantity, group, comparison.victims == Some(layer)) {
                        let number = |of: &[Estimate]| Some(rounded(quantity, statistic.of(&of[index])));
                        let (level, base) = (number(&outcome.levels), number(&baseline.levels));
                        let difference = number(&outcome.differences);
                        self.row(&subject, statistic, [level, base, difference])?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What only a comparison has.
    fn comparisons(&mut self, outcome: &Outcome) -> io::Result<()> {
        let comparison = self.comparison;
        let last = comparison.dates.len().saturating_sub(1);
        let everybody = self.everybody.clone();
        let all = (outcome.name.as_str(), &everybody);
        for (layer, label) in comparison.layers.iter().enumerate() {
            for date in 0..comparison.dates.len() {
                let total = &outcome.totals[comparison.total_index(layer, date)];
                let gained = Subject::about(all, &label.name, date, "user-years-gained", Quantity::UserYears.unit());
                self.estimate(&gained, &total.user_years)?;
                for (name, share) in [("more", total.more), ("fewer", total.fewer)] {
                    let quantity = format!("share-of-members-with-{name}-users");
                    let subject = Subject::about(all, &label.name, date, &quantity, "share");
                    self.row(&subject, Statistic::Mean, [Some(as_share(share)), None, None])?;
                }
            }
            for milestone in outcome.milestones.iter().filter(|milestone| milestone.layer == layer) {
                let percent = (100.0 * milestone.share).round();
                let quantity = format!("share-of-members-reaching-{percent}");
                let (own, base) = (milestone.reached, milestone.reached_in_baseline);
                let numbers = [own, base, own - base].map(|share| Some(as_share(share)));
                self.row(&Subject::about(all, &label.name, last, &quantity, "share"), Statistic::Mean, numbers)?;
                if let Some(earlier) = &milestone.months_earlier {
                    let quantity = format!("months-earlier-{percent}");
                    self.estimate(&Subject::about(all, &label.name, last, &quantity, "months"), earlier)?;
                }
            }
        }
        let Some(costs) = &outcome.cost else { return Ok(()) };
        let money = money(costs);
        for date in 0..comparison.dates.len() {
            self.estimate(&Subject::about(all, ALL, date, "cost", &money), &costs.total[date])?;
        }
        for (layer, label) in comparison.layers.iter().enumerate() {
            for date in 0..comparison.dates.len() {
                let index = comparison.total_index(layer, date);
                self.ratio(&Subject::about(all, &label.name, date, "cost-per-user", &money), &costs.per_user[index])?;
                self.ratio(
                    &Subject::about(all, &label.name, date, "cost-per-user-year", &money),
                    &costs.per_user_year[index],
                )?;
            }
        }
        Ok(())
    }

    /// Rows of a number that is itself a comparison.
    fn estimate(&mut self, subject: &Subject<'_>, estimate: &Estimate) -> io::Result<()> {
        for statistic in STATISTICS {
            self.row(subject, statistic, [Some(amount(statistic.of(estimate))), None, None])?;
        }
        Ok(())
    }

    /// Rows of a ratio; it has no mean.
    fn ratio(&mut self, subject: &Subject<'_>, ratio: &Ratio) -> io::Result<()> {
        for statistic in STATISTICS {
            if let Statistic::Quantile(level) = statistic {
                let value = Some(ratio.quantiles[level]).filter(|value| value.is_finite()).map(amount);
                self.row(subject, statistic, [value, None, None])?;
            }
        }
        Ok(())
    }

    fn row(&mut self, subject: &Subject<'_>, statistic: Statistic, numbers: [Option<f64>; 3]) -> io::Result<()> {
        let [value, baseline, difference] = numbers.map(|number| number.map(|n| n.to_string()).unwrap_or_default());
        let Group { region, residence, sex, age } = subject.group;
        self.table
            .write_record([
                subject.scenario,
                subject.layer,
                region,
                residence,
                sex,
                age,
                &self.dates[subject.date],
                subject.quantity,
                statistic.name(),
                &value,
                subject.unit,
                &baseline,
                &difference,
            ])
            .map_err(results::plain)
    }
}

/// The unit of money: `USD of 2016`.
#[must_use]
pub fn money(costs: &Costs) -> String {
    format!("{} of {}", costs.currency, costs.price_year)
}

/// Rounded as counts are: to 1 decimal, to 4 below ten.
#[must_use]
pub fn amount(value: f64) -> f64 {
    rounded(Quantity::Users, value)
}

/// Rounded as shares are: to 6 decimals.
#[must_use]
pub fn as_share(value: f64) -> f64 {
    rounded(Quantity::Penetration, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::comparison::sample::comparison;

    fn text(comparison: &Comparison) -> String {
        let mut bytes = Vec::new();
        write(comparison, &mut bytes).expect("written");
        String::from_utf8(bytes).expect("text")
    }

    /// The numbers (value, baseline, difference) of the row that begins with `start`, as text.
    fn numbers<'a>(text: &'a str, start: &str) -> [&'a str; 3] {
        let row = text.lines().find(|row| row.starts_with(start)).unwrap_or_else(|| panic!("no row `{start}`"));
        let fields: Vec<&str> = row.split(',').collect();
        [fields[9], fields[11], fields[12]]
    }

    #[test]
    fn a_row_has_the_level_the_baselines_level_and_the_paired_difference() {
        let text = text(&comparison());
        assert_eq!(text.lines().next(), Some(COLUMNS.join(",").as_str()));
        let everybody = "towers,internet,all,all,all,all,2030-12";
        assert_eq!(numbers(&text, &format!("{everybody},users,median")), ["9400000", "9000000", "400000"]);
        // 0.9 of 9.4 million, of 9 million, and of 400,000: the last is not the first less the second.
        assert_eq!(numbers(&text, &format!("{everybody},users,q10")), ["8460000", "8100000", "360000"]);
        assert_eq!(numbers(&text, &format!("{everybody},penetration,mean")), ["0.5875", "0.5625", "0.025"]);
        assert_eq!(numbers(&text, "law,internet,Kep,all,all,all,2018-12,users,median")[2], "-37500");
        assert_eq!(numbers(&text, "base,internet,all,all,all,all,2030-12,users,median"), ["9000000", "9000000", "0"]);
        assert_eq!(numbers(&text, "towers,all,all,rural,all,all,2018-12,population"), ["10000000", "10000000", "0"]);
    }

    #[test]
    fn what_only_a_comparison_has_stands_in_value() {
        let text = text(&comparison());
        for (start, expected) in [
            ("towers,internet,all,all,all,all,2030-12,user-years-gained,median", ["4000000", "", ""]),
            ("towers,internet,all,all,all,all,2030-12,share-of-members-with-more-users,mean", ["0.98", "", ""]),
            ("towers,internet,all,all,all,all,2030-12,share-of-members-reaching-50,mean", ["1", "1", "0"]),
            ("towers,internet,all,all,all,all,2030-12,months-earlier-50,median", ["4", "", ""]),
            ("towers,all,all,all,all,all,2018-12,cost,q90", ["13200000", "", ""]),
            ("towers,internet,all,all,all,all,2030-12,cost-per-user-year,q90", ["4.4", "", ""]),
        ] {
            assert_eq!(numbers(&text, start), expected, "{start}");
        }
        assert!(text.contains(",cost,median,12000000,USD of 2016,,\n"));
        assert!(!text.lines().any(|row| row.starts_with("law,") && row.contains(",cost")));
        assert!(!text.lines().any(|row| row.starts_with("base,") && row.contains("gained")));
        assert!(!text.contains("months-earlier-75"));
    }

    #[test]
    fn infinite_costs_are_empty_fields() {
        let mut comparison = comparison();
        let costs = comparison.outcomes[1].cost.as_mut().expect("costs");
        costs.per_user[1].quantiles[6] = f64::INFINITY;
        let text = text(&comparison);
        let start = "towers,internet,all,all,all,all,2030-12,cost-per-user,q975";
        assert_eq!(numbers(&text, start), ["", "", ""]);
        assert!(!text.contains("inf,") && !text.contains("NaN"));
    }

    #[test]
    fn differences_of_a_division_add_up_to_everybodys() {
        let text = text(&comparison());
        let mean = |group: &str| -> f64 {
            let row = format!("towers,internet,{group},all,all,2030-12,users,mean");
            numbers(&text, &row)[2].parse().expect("a number")
        };
        assert_eq!(mean("Kep,all") + mean("Phnom Penh,all"), mean("all,all"));
        assert_eq!(mean("all,urban") + mean("all,rural"), mean("all,all"));
    }

    #[test]
    fn every_row_is_told_once() {
        let text = text(&comparison());
        let mut keys: Vec<String> =
            text.lines().skip(1).map(|row| row.split(',').take(9).collect::<Vec<_>>().join(",")).collect();
        let rows = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), rows);
    }
}
