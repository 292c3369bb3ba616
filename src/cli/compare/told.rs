//! What each policy changes, in sentences and a ranking.

use comfy_table::CellAlignment;

use super::super::screen::plain_table;
use super::super::words;
use crate::comparison::{Comparison, Costs, Outcome};
use crate::output::comparison::{Gain, gains};
use crate::series::{ALL, Estimate, Quantity};
use crate::units::Month;

/// Smallest change of another layer worth naming, as a share of its users in the baseline.
const WORTH_NAMING: f64 = 0.005;

/// Half a tenth of a percentage point: less reads as nothing.
const POINTS_SEEN: f64 = 0.000_5;

/// Everything a person reads, about one layer.
pub fn told(comparison: &Comparison, layer: usize, width: usize) -> String {
    let mut text = wrapped(&reference(comparison, layer), width, 2);
    for (position, outcome) in comparison.outcomes.iter().enumerate() {
        if position != comparison.baseline {
            text.push('\n');
            text.push_str(&wrapped(&verdict(comparison, outcome, layer), width, 2));
        }
    }
    text.push('\n');
    for line in provenance(comparison) {
        text.push_str(&wrapped(&line, width, 0));
    }
    text.push('\n');
    text.push_str(&ranking(comparison, layer, width));
    text
}

/// What the policies are held against.
fn reference(comparison: &Comparison, layer: usize) -> String {
    let baseline = &comparison.outcomes[comparison.baseline];
    let users = comparison.chosen.iter().enumerate().map(|(position, &date)| {
        let users = estimate(comparison, &baseline.levels, layer, date, Quantity::Users).median();
        let noun = if position == 0 { format!(" {} users", comparison.layers[layer].title) } else { String::new() };
        format!("{}{noun} in {}", words::rough(users), words::month(comparison.dates[date]))
    });
    let users: Vec<String> = users.collect();
    format!("Baseline ({}): {}.", baseline.title, users.join(", "))
}

/// One policy in sentences.
fn verdict(comparison: &Comparison, outcome: &Outcome, layer: usize) -> String {
    let Some(&date) = comparison.chosen.last() else { return format!("{}.", title(comparison, outcome)) };
    let users = estimate(comparison, &outcome.differences, layer, date, Quantity::Users);
    let total = &outcome.totals[comparison.total_index(layer, date)];
    let several = comparison.members > 1;
    let sign = Sign::of_people(users);
    let noun = format!("{} users", comparison.layers[layer].title);
    let when = words::month(comparison.dates[date]);
    let mut clauses = vec![match sign {
        Sign::None => format!("no difference in {noun} in {when}"),
        Sign::Unclear => {
            let (low, high) = users.interval80();
            format!(
                "no clear difference in {noun} in {when} (median {}, 80 % interval from {} to {})",
                more_or_fewer(users.median()),
                more_or_fewer(low),
                more_or_fewer(high)
            )
        }
        Sign::More | Sign::Fewer => {
            let points = estimate(comparison, &outcome.differences, layer, date, Quantity::Penetration).median().abs();
            let interval = if several { interval(users) } else { String::new() };
            let (number, word) = (words::rough(users.median().abs()), sign.word());
            format!("{number} {word} {noun} in {when}{interval}, {} of the population", points_of(points))
        }
    }];
    match Sign::of_people(&total.user_years) {
        way @ (Sign::More | Sign::Fewer) => {
            let word = if way == Sign::More { "gained" } else { "lost" };
            clauses.push(format!("{} user-years {word} by then", words::rough(total.user_years.median().abs())));
        }
        Sign::None | Sign::Unclear => {}
    }
    if several {
        match sign {
            Sign::None => {}
            Sign::Unclear => clauses.push(format!(
                "more users in {} of members, fewer in {}",
                words::share(total.more),
                words::share(total.fewer)
            )),
            Sign::More => clauses.push(format!("more users in {} of members", words::share(total.more))),
            Sign::Fewer => clauses.push(format!("fewer users in {} of members", words::share(total.fewer))),
        }
    }
    clauses.extend(outcome.cost.as_ref().map(|costs| price(comparison, costs, layer, date)).unwrap_or_default());
    clauses.extend(milestones(comparison, outcome, layer));
    clauses.extend(incidents(comparison, outcome, date));
    let mut text = format!("{}: {}.", title(comparison, outcome), clauses.join("; "));
    let more = [winners(comparison, outcome, layer, date), elsewhere(comparison, outcome, layer, date)];
    for sentence in more.into_iter().flatten() {
        text.push(' ');
        text.push_str(&sentence);
    }
    text
}

/// The title of a scenario, with its name where another has the same title: a file inherits the one it states none of.
fn title(comparison: &Comparison, outcome: &Outcome) -> String {
    let shared = comparison.outcomes.iter().filter(|other| other.title == outcome.title).count() > 1;
    if shared { format!("{} [{}]", outcome.title, outcome.name) } else { outcome.title.clone() }
}

/// Which way a difference goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    /// Every member has the baseline's value.
    None,
    /// The 80 % interval holds zero.
    Unclear,
    More,
    Fewer,
}

impl Sign {
    fn of(difference: &Estimate) -> Self {
        let (low, high) = difference.interval80();
        if difference.mean == 0.0 && difference.quantiles.iter().all(|value| *value == 0.0) {
            Sign::None
        } else if low > 0.0 {
            Sign::More
        } else if high < 0.0 {
            Sign::Fewer
        } else {
            Sign::Unclear
        }
    }

    /// The same for counts, of which less than half a person is nobody.
    fn of_people(difference: &Estimate) -> Self {
        let nobody = difference.quantiles.iter().all(|value| value.abs() < 0.5);
        if nobody { Sign::None } else { Self::of(difference) }
    }

    fn word(self) -> &'static str {
        if self == Sign::Fewer { "fewer" } else { "more" }
    }
}

fn estimate<'a>(
    comparison: &Comparison,
    of: &'a [Estimate],
    layer: usize,
    date: usize,
    quantity: Quantity,
) -> &'a Estimate {
    &of[comparison.index(layer, 0, date, quantity).expect("everybody has every date")]
}

/// A clear difference's interval, without its sign: ` (80 % interval 100,000-800,000)`.
fn interval(difference: &Estimate) -> String {
    let (low, high) = difference.interval80();
    let (low, high) = if high < 0.0 { (-high, -low) } else { (low, high) };
    format!(" (80 % interval {})", words::rough_range(low, high))
}

fn more_or_fewer(value: f64) -> String {
    let number = words::rough(value.abs());
    match number.as_str() {
        "0" => "none".to_owned(),
        _ => format!("{number} {}", if value < 0.0 { "fewer" } else { "more" }),
    }
}

/// A share as percentage points: `2.1 points`.
fn points_of(share: f64) -> String {
    if share < POINTS_SEEN { "under 0.1 points".to_owned() } else { format!("{:.1} points", 100.0 * share) }
}

/// What it costs by then, in all and per user-year gained on the layer.
fn price(comparison: &Comparison, costs: &Costs, layer: usize, date: usize) -> Vec<String> {
    let currency = &costs.currency;
    let total = &costs.total[date];
    let mut clauses = Vec::new();
    if Sign::of(total) == Sign::None {
        return clauses;
    }
    let word = if total.median() < 0.0 { "saves" } else { "costs" };
    let (low, high) = total.interval80();
    let (low, high) = if total.median() < 0.0 { (-high, -low) } else { (low, high) };
    let range = if low < high && low >= 0.0 { format!(" ({})", words::rough_range(low, high)) } else { String::new() };
    let left_out = match costs.without.as_slice() {
        [] => String::new(),
        without => format!(", not counting {}, whose cost is not stated", without.join(", ")),
    };
    clauses.push(format!("{word} {currency} {}{range} by then{left_out}", words::rough(total.median().abs())));
    let ratio = &costs.per_user_year[comparison.total_index(layer, date)];
    let (low, median, high) = (ratio.quantiles[1], ratio.quantiles[3], ratio.quantiles[5]);
    if ratio.gain > 0.0 && total.median() > 0.0 {
        clauses.push(if !median.is_finite() {
            format!("user-years are gained in only {} of members", words::share(ratio.gain))
        } else if comparison.members == 1 {
            format!("{currency} {} per user-year gained", words::money(median))
        } else if high.is_finite() {
            let range = format!("{}-{}", words::money(low), words::money(high));
            format!("{currency} {} ({range}) per user-year gained", words::money(median))
        } else {
            let range = format!("from {} without limit", words::money(low));
            let gain = words::share(ratio.gain);
            format!("{currency} {} ({range}; gained in {gain} of members) per user-year gained", words::money(median))
        });
    }
    clauses
}

/// By how much shares of everybody are reached earlier or later, where that is clear and most members reach them.
fn milestones(comparison: &Comparison, outcome: &Outcome, layer: usize) -> Vec<String> {
    let told = outcome.milestones.iter().filter(|milestone| milestone.layer == layer).filter_map(|milestone| {
        let share = words::share(milestone.share);
        if milestone.reached >= 0.5 && milestone.reached_in_baseline >= 0.5 {
            let months = milestone.months_earlier.as_ref()?;
            let way = match Sign::of(months) {
                Sign::More => "earlier",
                Sign::Fewer => "later",
                Sign::None | Sign::Unclear => return None,
            };
            let number = months.median().abs().round();
            (number >= 1.0)
                .then(|| format!("{share} of the population reached {} {way}", words::plural(number as usize, "month")))
        } else {
            let apart = (milestone.reached - milestone.reached_in_baseline).abs();
            (comparison.members > 1 && apart >= 0.05).then(|| {
                let (own, base) = (words::share(milestone.reached), words::share(milestone.reached_in_baseline));
                format!("{share} of the population reached in {own} of members, not {base}")
            })
        }
    });
    told.collect()
}

/// The change of incidents in a year, where it is clear.
fn incidents(comparison: &Comparison, outcome: &Outcome, date: usize) -> Option<String> {
    let difference = estimate(comparison, &outcome.differences, comparison.victims?, date, Quantity::Incidents);
    let months = comparison.dates[date].months_since(comparison.dates[date.checked_sub(1)?]);
    match Sign::of_people(difference) {
        sign @ (Sign::More | Sign::Fewer) => {
            let a_year = difference.median().abs() * 12.0 / f64::from(months.max(1));
            Some(format!("{} {} incidents of cybercrime a year", words::rough(a_year), sign.word()))
        }
        Sign::None | Sign::Unclear => None,
    }
}

/// Which groups gain or lose most and least.
fn winners(comparison: &Comparison, outcome: &Outcome, layer: usize, date: usize) -> Option<String> {
    let everybody = estimate(comparison, &outcome.differences, layer, date, Quantity::Penetration);
    let mut order = gains(comparison, outcome, layer, date);
    let loses = everybody.median() < 0.0;
    if loses {
        order.reverse();
    }
    let [first, .., last] = order.as_slice() else { return None };
    let apart = (first.difference.median() - last.difference.median()).abs();
    let clear = matches!(Sign::of(first.difference), Sign::More | Sign::Fewer);
    if !clear || first.difference.median().abs() < POINTS_SEEN || apart < POINTS_SEEN {
        return None;
    }
    let second = order.get(1).filter(|_| order.len() > 2);
    let second = second.map_or(String::new(), |gain| format!(", {}", group_and_points(gain, "")));
    let verb = if loses { "Loses" } else { "Gains" };
    let (first, last) = (group_and_points(first, " points"), group_and_points(last, ""));
    Some(format!("{verb} most: {first}{second}; least: {last}."))
}

fn group_and_points(gain: &Gain<'_>, unit: &str) -> String {
    let age = if gain.group.age == ALL { "" } else { "ages " };
    format!("{age}{} ({}{unit})", gain.label(), signed(100.0 * gain.difference.median(), 1))
}

/// The layer and date on which it acts most, in relation to the baseline's users, unless they are those spoken of.
fn elsewhere(comparison: &Comparison, outcome: &Outcome, layer: usize, date: usize) -> Option<String> {
    let baseline = &comparison.outcomes[comparison.baseline];
    let difference = |(layer, date)| estimate(comparison, &outcome.differences, layer, date, Quantity::Users);
    let relative = |(layer, date): (usize, usize)| {
        let users = estimate(comparison, &baseline.levels, layer, date, Quantity::Users).median();
        difference((layer, date)).median().abs() / users.max(1.0)
    };
    let clear = |at: &(usize, usize)| matches!(Sign::of_people(difference(*at)), Sign::More | Sign::Fewer);
    let dates = 0..comparison.dates.len();
    let every = (0..comparison.layers.len()).flat_map(|layer| dates.clone().map(move |date| (layer, date)));
    let most = every.filter(clear).max_by(|one, other| relative(*one).total_cmp(&relative(*other)))?;
    let silent = !clear(&(layer, date));
    if most == (layer, date) || (relative(most) < WORTH_NAMING && !silent) {
        return None;
    }
    let users = difference(most);
    let interval = if comparison.members > 1 { interval(users) } else { String::new() };
    let when = if most.1 == date { String::new() } else { format!(" in {}", words::month(comparison.dates[most.1])) };
    let share = relative(most);
    let share = if share < 0.000_5 { "under 0.1 %".to_owned() } else { words::share(share) };
    Some(format!(
        "Acts most on {}{when}: {} {} users{interval}, {share} of the baseline's.",
        comparison.layers[most.0].title,
        words::rough(users.median().abs()),
        Sign::of_people(users).word(),
    ))
}

/// What the numbers are and what the intervals hold.
fn provenance(comparison: &Comparison) -> Vec<String> {
    let money = comparison.outcomes.iter().find_map(|outcome| outcome.cost.as_ref());
    let money = money.map_or(String::new(), |costs| format!(" Money is {} of {}.", costs.currency, costs.price_year));
    if comparison.members > 1 {
        let held =
            if comparison.engine == "mean-field" { "uncertain parameters" } else { "chance and uncertain parameters" };
        vec![
            format!(
                "Medians of the differences within {} pairs of members with equal draws ({} engine, seed {}).{money}",
                comparison.members, comparison.engine, comparison.seed,
            ),
            format!("Intervals cover {held}, but not errors in the statistics or in the model itself."),
        ]
    } else {
        vec![format!(
            "One member ({} engine, seed {}), so no interval is given; ask for more with --members 200.{money}",
            comparison.engine, comparison.seed,
        )]
    }
}

/// The policies by year, those with most additional users in the last year first.
fn ranking(comparison: &Comparison, layer: usize, width: usize) -> String {
    let difference =
        |outcome: &Outcome, date: usize| *estimate(comparison, &outcome.differences, layer, date, Quantity::Users);
    let mut policies: Vec<&Outcome> = comparison
        .outcomes
        .iter()
        .enumerate()
        .filter_map(|(position, outcome)| (position != comparison.baseline).then_some(outcome))
        .collect();
    let last = comparison.chosen.last().copied().unwrap_or(0);
    policies.sort_by(|one, other| difference(other, last).median().total_cmp(&difference(one, last).median()));
    let shown = policies.iter().flat_map(|policy| comparison.chosen.iter().map(|&date| difference(policy, date)));
    let unit = Unit::fitting(shown.map(|d| d.quantiles[1].abs().max(d.quantiles[5].abs())).fold(0.0, f64::max));
    let mut table = plain_table(width);
    let year = |month: Month| if month.month() == 12 { month.year().to_string() } else { month.to_string() };
    let years = comparison.chosen.iter().map(|&date| year(comparison.dates[date]));
    table.set_header(std::iter::once("Policy".to_owned()).chain(years));
    for policy in policies {
        let cells = comparison.chosen.iter().map(|&date| {
            let difference = difference(policy, date);
            let (low, high) = difference.interval80();
            let number = |value| unit.number(value);
            // A policy that has no effect yet, or one member: an interval would say nothing.
            if low == high {
                number(low)
            } else {
                format!("{} ({} to {})", number(difference.median()), number(low), number(high))
            }
        });
        table.add_row(std::iter::once(title(comparison, policy)).chain(cells));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let interval = if comparison.members > 1 { ", median (80 % interval)" } else { "" };
    let caption = format!(
        "{} users more or fewer than in the baseline{}{interval}; ordered by {}:",
        comparison.layers[layer].title,
        unit.caption,
        comparison.dates.get(last).map_or(String::new(), |date| year(*date)),
    );
    format!("{}{}\n", wrapped(&caption, width, 0), table.trim_fmt())
}

/// The unit of a whole ranking.
struct Unit {
    size: f64,
    decimals: usize,
    caption: &'static str,
}

impl Unit {
    fn fitting(largest: f64) -> Self {
        if largest >= 999_500.0 {
            Self { size: 1e6, decimals: 2, caption: ", millions" }
        } else if largest >= 99_500.0 {
            Self { size: 1e3, decimals: 0, caption: ", thousands" }
        } else if largest >= 9_995.0 {
            Self { size: 1e3, decimals: 1, caption: ", thousands" }
        } else {
            Self { size: 1.0, decimals: 0, caption: "" }
        }
    }

    fn number(&self, value: f64) -> String {
        signed(value / self.size, self.decimals)
    }
}

/// A number with its sign; what rounds to zero has none.
fn signed(value: f64, decimals: usize) -> String {
    let text = format!("{value:+.decimals$}");
    if text.chars().any(|c| c.is_ascii_digit() && c != '0') { text } else { "0".to_owned() }
}

/// Lines of at most `width` columns, those after the first indented; ends with a line break.
fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let mut lines = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += length;
    }
    lines.push('\n');
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparison::Milestone;
    use crate::output::comparison::sample::{around, comparison};

    fn verdict_of(change: impl FnOnce(&mut Comparison)) -> String {
        let mut comparison = comparison();
        change(&mut comparison);
        verdict(&comparison, &comparison.outcomes[1], 0)
    }

    /// Replaces a difference of everybody at the last date.
    fn set(comparison: &mut Comparison, layer: usize, quantity: Quantity, difference: Estimate) {
        let index = comparison.index(layer, 0, 1, quantity).expect("everybody");
        comparison.outcomes[1].differences[index] = difference;
    }

    #[test]
    fn a_whole_comparison_reads_well() {
        insta::assert_snapshot!("compare_told", told(&comparison(), 0, 100));
        insta::assert_snapshot!("compare_told_narrow", told(&comparison(), 1, 60));
        for line in told(&comparison(), 0, 60).lines() {
            assert!(line.chars().count() <= 60, "{line}");
        }
    }

    #[test]
    fn an_interval_that_holds_zero_is_no_clear_difference() {
        let text = verdict_of(|c| {
            let users = Estimate { mean: 9e3, quantiles: [-5e4, -3e4, 0.0, 1.2e4, 3e4, 5.4e4, 8e4] };
            set(c, 0, Quantity::Users, users);
            c.outcomes[1].totals[1].more = 0.61;
            c.outcomes[1].totals[1].fewer = 0.39;
        });
        let expected = "no clear difference in Internet users in December 2030 (median 12,000 more, 80 % interval from \
                        30,000 fewer to 54,000 more)";
        assert!(text.contains(expected), "{text}");
        assert!(text.contains("more users in 61 % of members, fewer in 39 %"), "{text}");
        for nobody in [Estimate::default(), around(0.3), around(-0.3)] {
            let text = verdict_of(|c| set(c, 0, Quantity::Users, nobody));
            assert!(text.contains("no difference in Internet users in December 2030"), "{text}");
        }
    }

    #[test]
    fn losses_are_told_as_losses() {
        let comparison = comparison();
        let text = verdict(&comparison, &comparison.outcomes[2], 0);
        for part in [
            "100,000 fewer Internet users in December 2030 (80 % interval 90,000-110,000), 0.6 points of the population",
            "1.0 million user-years lost by then",
            "fewer users in 98 % of members",
            "Loses most: Kep (-1.9 points)",
            "least: Phnom Penh (-0.2).",
            "Acts most on Political expression: 200,000 fewer users",
        ] {
            assert!(text.contains(part), "no `{part}` in {text}");
        }
    }

    #[test]
    fn a_cost_without_a_sure_gain_has_no_upper_limit() {
        let text = verdict_of(|c| {
            let costs = c.outcomes[1].cost.as_mut().expect("costs");
            costs.per_user_year[1].quantiles[5] = f64::INFINITY;
            costs.per_user_year[1].gain = 0.85;
        });
        assert!(text.contains("USD 4.0 (from 3.6 without limit; gained in 85 % of members) per user-year"), "{text}");
        let text = verdict_of(|c| {
            let costs = c.outcomes[1].cost.as_mut().expect("costs");
            costs.per_user_year[1].quantiles = [f64::INFINITY; 7];
            costs.per_user_year[1].gain = 0.2;
            costs.without = vec!["Skills".to_owned()];
        });
        assert!(text.contains("user-years are gained in only 20 % of members"), "{text}");
        assert!(text.contains("not counting Skills, whose cost is not stated"), "{text}");
        assert!(!text.contains("inf"), "{text}");
    }

    #[test]
    fn milestones_are_told_where_they_are_clear() {
        let milestone = |reached, reached_in_baseline, months| Milestone {
            layer: 0,
            share: 0.75,
            reached,
            reached_in_baseline,
            median_year: None,
            months_earlier: months,
        };
        let with = |m: Milestone| verdict_of(|c| c.outcomes[1].milestones = vec![m]);
        let text = with(milestone(1.0, 0.9, Some(around(-7.0))));
        assert!(text.contains("75 % of the population reached 7 months later"), "{text}");
        let text = with(milestone(0.62, 0.41, Some(around(5.0))));
        assert!(text.contains("75 % of the population reached in 62 % of members, not 41 %"), "{text}");
        let unclear = Estimate { mean: 1.0, quantiles: [-3.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0] };
        assert!(!with(milestone(1.0, 1.0, Some(unclear))).contains("75 %"));
        assert!(!with(milestone(0.42, 0.41, None)).contains("75 %"));
    }

    #[test]
    fn one_member_claims_no_interval() {
        let mut comparison = comparison();
        comparison.members = 1;
        let text = told(&comparison, 0, 100);
        assert!(text.contains("so no interval is given"), "{text}");
        assert!(!text.contains("80 %") && !text.contains(" of members"), "{text}");
    }

    #[test]
    fn the_best_policy_of_the_last_year_comes_first() {
        let text = ranking(&comparison(), 0, 100);
        let at = |title: &str| text.find(title).expect(title);
        // Towers gain 400,000, the law loses 100,000.
        assert!(at("Rural towers") < at("Strict law"), "{text}");
        assert!(text.contains("thousands") && text.contains("+400 (+360 to +440)"), "{text}");
        assert!(!text.contains("Baseline"), "{text}");
    }

    #[test]
    fn extremes_are_told_without_odd_numbers() {
        let values = [0.0, 1e-12, -1e-12, 0.6, -0.6, 1e12, -1e12];
        let wide = Estimate { mean: 0.0, quantiles: [-1e12, -1e9, -1.0, 0.0, 1.0, 1e9, 1e12] };
        for estimate in values.map(around).into_iter().chain([wide]) {
            for quantity in Quantity::EVERY {
                let mut comparison = comparison();
                for date in 0..2 {
                    let index = comparison.index(0, 1, date, quantity).expect("chosen");
                    comparison.outcomes[1].differences[index] = estimate;
                    let index = comparison.index(0, 0, date, quantity).expect("everybody");
                    comparison.outcomes[1].differences[index] = estimate;
                    comparison.outcomes[1].totals[date].user_years = estimate;
                    let costs = comparison.outcomes[1].cost.as_mut().expect("costs");
                    costs.total[date] = estimate;
                    costs.per_user_year[date].quantiles =
                        [f64::NEG_INFINITY, -1.0, 0.0, 0.0, 1.0, f64::INFINITY, f64::INFINITY];
                }
                for layer in 0..2 {
                    let text = told(&comparison, layer, 40);
                    assert!(!text.contains("inf") && !text.contains("NaN") && !text.contains("-0 "), "{text}");
                }
            }
        }
        // Twenty policies, and none but the baseline.
        let mut many = comparison();
        let law = many.outcomes[2].clone();
        many.outcomes.extend(std::iter::repeat_n(law, 17));
        assert_eq!(told(&many, 0, 100).matches("Strict law").count(), 2 * 18);
        many.outcomes.truncate(1);
        assert!(told(&many, 0, 100).starts_with("Baseline (Baseline): "));
    }

    #[test]
    fn policies_of_equal_title_are_told_apart_by_name() {
        let mut comparison = comparison();
        comparison.outcomes[2].title = "Rural towers".to_owned();
        let text = told(&comparison, 0, 100);
        for part in ["\nRural towers [towers]: ", "\nRural towers [law]: ", " Rural towers [law] "] {
            assert!(text.contains(part), "no `{part}` in {text}");
        }
    }

    #[test]
    fn what_rounds_to_zero_has_no_sign() {
        for (value, decimals, expected) in [(0.04, 1, "0"), (-0.04, 1, "0"), (0.06, 1, "+0.1"), (-12.0, 0, "-12")] {
            assert_eq!(signed(value, decimals), expected);
        }
    }
}
