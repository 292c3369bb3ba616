//! A comparison with round numbers, for tests.

use crate::comparison::{Comparison, Costs, Milestone, Outcome, Ratio, Total};
use crate::series::{Estimate, Group, LayerLabel, Quantity};
use crate::units::Month;

/// Quantiles at 0.8 to 1.2 of a value; the 80 % interval is 0.9 to 1.1 of it.
pub(crate) fn around(value: f64) -> Estimate {
    let mut quantiles = [0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2].map(|factor| value * factor);
    quantiles.sort_unstable_by(f64::total_cmp);
    Estimate { mean: value, quantiles }
}

/// A baseline, rural towers (+400,000 users of 9 million by 2030, at a cost) and a strict law (-100,000, and a fifth of
/// expression); two layers, five groups, two dates, both chosen.
pub(crate) fn comparison() -> Comparison {
    let group = |region: &str, residence: &str| Group {
        region: region.to_owned(),
        residence: residence.to_owned(),
        ..Group::everybody()
    };
    let label = |name: &str, title: &str| LayerLabel { name: name.to_owned(), title: title.to_owned() };
    Comparison {
        engine: "cohort".to_owned(),
        members: 200,
        seed: 7,
        baseline: 0,
        layers: vec![label("internet", "Internet"), label("expression", "Political expression")],
        victims: Some(0),
        groups: vec![
            Group::everybody(),
            group("Kep", "all"),
            group("Phnom Penh", "all"),
            group("all", "urban"),
            group("all", "rural"),
        ],
        dates: [2018, 2030].map(|year| Month::try_new(year, 12).expect("a month")).to_vec(),
        chosen: vec![0, 1],
        outcomes: vec![
            outcome("base", "Baseline", [0.0, 0.0], None),
            outcome("towers", "Rural towers", [4e5, 1e3], Some(1.2e7)),
            outcome("law", "Strict law", [-1e5, -2e5], None),
        ],
    }
}

/// A scenario whose layers end with `gains` more users, half of it by the first date.
fn outcome(name: &str, title: &str, gains: [f64; 2], cost: Option<f64>) -> Outcome {
    // People and baseline users of each group, in the order of groups; the two divisions are of the same people.
    let people = [1.6e7, 4e6, 1.2e7, 6e6, 1e7];
    let part = [1.0, 0.75, 0.25, 0.2, 0.8];
    let (mut levels, mut differences, mut totals) = (Vec::new(), Vec::new(), Vec::new());
    for (layer, gain) in gains.into_iter().enumerate() {
        let users = [9e6, 1e6][layer];
        let mut slots = vec![(0, 0), (0, 1)];
        slots.extend((1..people.len()).flat_map(|group| [(group, 0), (group, 1)]));
        for (group, date) in slots {
            let by_then = [0.5, 1.0][date];
            let (base, more) = (users * by_then * people[group] / people[0], gain * by_then * part[group]);
            for quantity in Quantity::EVERY {
                let (level, difference) = match quantity {
                    Quantity::Users => (base + more, more),
                    Quantity::Penetration => ((base + more) / people[group], more / people[group]),
                    Quantity::UserYears => (10.0 * (base + more), 10.0 * more),
                    Quantity::Incidents if layer == 0 => (0.06 * (base + more), 0.06 * more),
                    Quantity::Population => (people[group], 0.0),
                    _ => (0.0, 0.0),
                };
                let certain = quantity == Quantity::Population;
                levels.push(if certain { Estimate::certain(level) } else { around(level) });
                differences.push(around(difference));
            }
        }
        for by_then in [0.5, 1.0] {
            let share = |holds: bool| if holds { 0.98 } else { 0.0 };
            totals.push(Total {
                more: share(gain > 0.0),
                fewer: share(gain < 0.0),
                user_years: around(10.0 * gain * by_then),
            });
        }
    }
    let ratio = |value: f64| Ratio { quantiles: around(value).quantiles, gain: 1.0 };
    Outcome {
        name: name.to_owned(),
        title: title.to_owned(),
        description: String::new(),
        levels,
        differences,
        totals,
        cost: cost.map(|cost| Costs {
            currency: "USD".to_owned(),
            price_year: 2016,
            without: Vec::new(),
            total: vec![around(cost), around(cost)],
            per_user: [60.0, 30.0, 1e4, 1e4].map(ratio).to_vec(),
            // 12 million over 2 million user-years by 2018; by 2030 over 3 million, as given.
            per_user_year: [6.0, 4.0, 1e3, 1e3].map(ratio).to_vec(),
        }),
        milestones: Comparison::MILESTONES
            .into_iter()
            .map(|share| Milestone {
                layer: 0,
                share,
                reached: if share < 0.6 { 1.0 } else { 0.0 },
                reached_in_baseline: if share < 0.6 { 1.0 } else { 0.0 },
                median_year: (share < 0.6).then_some(2027.5),
                months_earlier: (share < 0.6).then(|| around(gains[0] / 1e5)),
            })
            .collect(),
    }
}
