//! How the national population is spread over places: regions' shares and urban shares, year by year.
//!
//! Census shares of regions run in straight lines on the log scale between censuses. Beyond the first and last census the
//! trend fades with a time constant of [`FADE_YEARS`], so that the log-ratio of two regions can change by at most
//! `slope * FADE_YEARS` more: no region grows without end. The national urban share does the same on the log-odds scale.

/// Time constant with which a trend fades beyond the data, years. Assumed.
pub const FADE_YEARS: f64 = 15.0;
/// The trend beyond the first and last urban share is taken over at least this many years, where there are as many.
const TREND_YEARS: i32 = 5;
/// Steps of bisection for the common odds factor; more than the bits of a double.
const BISECTIONS: usize = 100;

/// A region as the censuses counted it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Region {
    /// Name.
    pub(super) name: String,
    /// (census year, persons), increasing years, the same years in every region.
    pub(super) counts: Vec<(i32, f64)>,
    /// (year, urban share) as far as known; increasing years; may be empty.
    pub(super) urban: Vec<(i32, f64)>,
}

/// The shares of regions in the nation's people in mid-`year`; they add up to 1.
pub(super) fn region_shares(regions: &[Region], year: i32) -> Vec<f64> {
    let censuses = regions.first().map_or(0, |region| region.counts.len());
    let totals: Vec<f64> = (0..censuses).map(|c| regions.iter().map(|region| region.counts[c].1).sum()).collect();
    let mut shares: Vec<f64> = regions
        .iter()
        .map(|region| {
            let points: Vec<(i32, f64)> =
                region.counts.iter().zip(&totals).map(|(&(year, count), total)| (year, count / total)).collect();
            if points.iter().all(|point| point.1 > 0.0) {
                let logs: Vec<(i32, f64)> = points.iter().map(|&(year, share)| (year, libm::log(share))).collect();
                libm::exp(follow(&logs, year, 1))
            } else {
                // No logarithm of an empty region: straight lines, constant outside.
                straight(&points, year)
            }
        })
        .collect();
    let sum: f64 = shares.iter().sum();
    if sum > 0.0 {
        for share in &mut shares {
            *share /= sum;
        }
    }
    shares
}

/// The national urban share in mid-`year`, from published points (increasing years, at least one).
pub(super) fn national_urban(points: &[(i32, f64)], year: i32) -> f64 {
    if points.iter().any(|point| point.1 <= 0.0 || point.1 >= 1.0) {
        return straight(points, year);
    }
    let odds: Vec<(i32, f64)> = points.iter().map(|&(year, share)| (year, libm::log(share / (1.0 - share)))).collect();
    let odds = libm::exp(follow(&odds, year, TREND_YEARS));
    odds / (1.0 + odds)
}

/// Urban share of each region in mid-`year`: the regions' own shares with their odds multiplied by one common factor, so
/// that the nation's share is `national`. Regions without a share of their own start from the national one.
pub(super) fn urban_shares(regions: &[Region], weights: &[f64], national: f64, year: i32) -> Vec<f64> {
    let own: Vec<f64> = regions
        .iter()
        .map(|region| if region.urban.is_empty() { national } else { straight(&region.urban, year) })
        .collect();
    let scaled = |factor: f64| {
        own.iter().map(move |&share| if share >= 1.0 { 1.0 } else { share * factor / (1.0 - share + share * factor) })
    };
    let nation = |factor: f64| scaled(factor).zip(weights).map(|(share, weight)| share * weight).sum::<f64>();
    // Where regions are wholly urban or rural the national share may be out of reach; the nearest end is taken.
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..BISECTIONS {
        let middle = 0.5 * (low + high);
        if nation(libm::exp(middle)) < national {
            low = middle;
        } else {
            high = middle;
        }
    }
    scaled(libm::exp(0.5 * (low + high))).collect()
}

/// Straight lines between points, constant outside; 0 without points.
fn straight(points: &[(i32, f64)], year: i32) -> f64 {
    let next = points.partition_point(|point| point.0 <= year);
    match (next.checked_sub(1).map(|i| points[i]), points.get(next)) {
        (Some((y0, v0)), Some(&(y1, v1))) => v0 + (v1 - v0) * f64::from(year - y0) / f64::from(y1 - y0),
        (Some((_, value)), None) | (None, Some(&(_, value))) => value,
        (None, None) => 0.0,
    }
}

/// Straight lines between points; outside, the trend of the last (first) `trend_years` or more goes on and fades.
fn follow(points: &[(i32, f64)], year: i32, trend_years: i32) -> f64 {
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else { return 0.0 };
    let faded = |end: (i32, f64), inner: (i32, f64)| {
        let slope = if inner.0 == end.0 { 0.0 } else { (end.1 - inner.1) / f64::from(end.0 - inner.0) };
        let gone = f64::from((year - end.0).abs());
        let sign = if year < end.0 { -1.0 } else { 1.0 };
        end.1 + sign * slope * FADE_YEARS * (1.0 - libm::exp(-gone / FADE_YEARS))
    };
    if year > last.0 {
        let inner = points.iter().rev().find(|point| last.0 - point.0 >= trend_years);
        faded(last, *inner.unwrap_or(&first))
    } else if year < first.0 {
        let inner = points.iter().find(|point| point.0 - first.0 >= trend_years);
        faded(first, *inner.unwrap_or(&last))
    } else {
        straight(points, year)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(name: &str, counts: [f64; 2], urban: &[(i32, f64)]) -> Region {
        Region { name: name.to_owned(), counts: vec![(2000, counts[0]), (2010, counts[1])], urban: urban.to_vec() }
    }

    #[test]
    fn regions_meet_their_censuses_and_do_not_explode() {
        let regions = [region("a", [10.0, 40.0], &[]), region("b", [90.0, 60.0], &[]), region("c", [0.0, 0.0], &[])];
        let close = |found: &[f64], wanted: [f64; 3]| found.iter().zip(wanted).all(|(f, w)| (f - w).abs() < 1e-12);
        assert!(close(&region_shares(&regions, 2000), [0.1, 0.9, 0.0]));
        assert!(close(&region_shares(&regions, 2010), [0.4, 0.6, 0.0]));
        // Half way on the log scale: sqrt(0.1 * 0.4) = 0.2 and sqrt(0.9 * 0.6) = 0.7348, then divided by their sum 0.9348.
        let middle = region_shares(&regions, 2005);
        assert!((middle[0] - 0.213_938).abs() < 1e-5, "{middle:?}");
        // For ever after: log-ratio a/b = ln(4/6) + 15 * (ln 4 - ln(2/3)) / 10 = 2.2822, so a has 0.9074.
        let end = region_shares(&regions, 2200);
        assert!((end[0] - 0.907_38).abs() < 1e-4, "{end:?}");
    }

    #[test]
    fn urban_shares_meet_the_nation_and_keep_odds_ratios() {
        let regions = [
            region("a", [1.0; 2], &[(2000, 0.5)]),
            region("b", [1.0; 2], &[(2000, 0.2)]),
            region("c", [1.0; 2], &[(2000, 1.0)]),
        ];
        let weights = [0.3, 0.5, 0.2];
        let shares = urban_shares(&regions, &weights, 0.6, 2004);
        let nation: f64 = shares.iter().zip(weights).map(|(s, w)| s * w).sum();
        assert!((nation - 0.6).abs() < 1e-9, "{nation}");
        let odds = |share: f64| share / (1.0 - share);
        assert!((odds(shares[0]) / odds(shares[1]) - 4.0).abs() < 1e-9);
        assert_eq!(shares[2], 1.0);
        // A fifth of the people live in a wholly urban region: 10 % cannot be met, the rest become rural.
        assert!(urban_shares(&regions, &weights, 0.1, 2004)[0] < 1e-9);
    }

    #[test]
    fn the_national_urban_share_stays_a_share() {
        let points = [(2000, 0.2), (2005, 0.3), (2006, 0.9)];
        assert!((national_urban(&points, 2005) - 0.3).abs() < 1e-12);
        for year in [1900, 1999, 2007, 2200] {
            let share = national_urban(&points, year);
            assert!(share > 0.0 && share < 1.0, "{year}: {share}");
        }
        assert_eq!(national_urban(&[(2000, 1.0)], 2050), 1.0);
        assert_eq!(national_urban(&[(2000, 0.25)], 2050), 0.25);
    }
}
