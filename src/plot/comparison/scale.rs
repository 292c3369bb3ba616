//! Axes that may reach below zero, and numbers with a sign.

use super::super::axis::{self, Magnitude, Tick};

/// The real minus, as wide as the plus.
const MINUS: char = '\u{2212}';
/// Numbers on an axis at or above this are written with a power of ten.
const LONG: f64 = 1e5;

/// Left free beyond the outermost values, a share of the range.
const MARGIN: f64 = 0.04;

/// A range with round ticks; always holds zero and is never empty.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Ticks, one of them at exactly 0.
    pub ticks: Vec<Tick>,
}

impl Scale {
    /// Covers `values` and zero in about `steps` steps; labels count in `unit`.
    pub fn covering(values: impl Iterator<Item = f64>, unit: f64, steps: f64) -> Self {
        let (low, high) = values
            .filter(|value| value.is_finite())
            .fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if high - low > 0.0 { (low / unit, high / unit) } else { (-1.0, 1.0) };
        let margin = MARGIN * (high - low);
        let low = if low < 0.0 { low - margin } else { 0.0 };
        let high = if high > 0.0 { high + margin } else { 0.0 };
        let least = if low < 0.0 && high > 0.0 { 3 } else { 2 };
        let whole = |step: f64| ((low / step).ceil() as i64, (high / step).floor() as i64);
        // The first step that is round may be so long that zero is the only tick.
        let step = (0..8)
            .map(|more| round_up((high - low) / (steps.max(1.0) + f64::from(more))))
            .find(|&step| whole(step).1 - whole(step).0 + 1 >= least)
            .unwrap_or((high - low) / 8.0);
        let (first, last) = whole(step);
        let decimals = (0..9).find(|&d| is_whole(step * libm::pow(10.0, f64::from(d)))).unwrap_or(9) as usize;
        let label = |value: f64| if value.abs() < LONG { signed(value, decimals) } else { powers(value) };
        let ticks = (first..=last).map(|i| i as f64 * step).map(|value| (value * unit, label(value))).collect();
        Self { low: low * unit, high: high * unit, ticks }
    }

    /// [`Scale::covering`] for persons, incidents or money, in thousands or millions where they are many.
    pub fn counting(values: &[f64], steps: f64) -> (Self, Magnitude) {
        let most = values.iter().filter(|v| v.is_finite()).fold(0.0, |most: f64, value| most.max(value.abs()));
        let magnitude = Magnitude::of(most);
        (Self::covering(values.iter().copied(), magnitude.size(), steps), magnitude)
    }
}

/// The smallest of 1, 2, 2.5, 5 times a power of ten that is no smaller than `value`.
pub(super) fn round_up(value: f64) -> f64 {
    if !(value.is_finite() && value > 0.0) {
        return 1.0;
    }
    let power = libm::pow(10.0, libm::log10(value).floor());
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|&step| step >= value * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-6
}

/// A number with its sign, none where it rounds to zero.
pub(super) fn signed(value: f64, decimals: usize) -> String {
    let text = axis::grouped(value.abs(), decimals);
    if text.chars().all(|c| !c.is_ascii_digit() || c == '0') {
        text
    } else if value < 0.0 {
        format!("{MINUS}{text}")
    } else {
        format!("+{text}")
    }
}

fn powers(value: f64) -> String {
    let text = format!("{:e}", value.abs());
    let short = text.split_once('e').map_or(text.clone(), |(digits, power)| {
        format!("{}e{power}", digits.chars().take(4).collect::<String>().trim_end_matches('.'))
    });
    if value < 0.0 { format!("{MINUS}{short}") } else { format!("+{short}") }
}

/// Persons, incidents or money with their sign: `+1.10 million`, `−48 thousand`.
pub(super) fn counted(value: f64) -> String {
    let text = axis::persons(value.abs());
    match signed(value, 0).chars().next() {
        Some(sign @ ('+' | MINUS)) => format!("{sign}{text}"),
        _ => text,
    }
}

/// Decimals that show differences of penetration up to `most` (share) in percentage points.
pub(super) fn point_decimals(most: f64) -> usize {
    if most < 0.00995 { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_holds_its_values_and_a_tick_at_exactly_zero() {
        let cases: [&[f64]; 7] = [&[], &[0.0], &[3.0, 7.0], &[-4e6, 1e6], &[-0.003], &[1e14, -1e-9], &[f64::NAN, 5.0]];
        for values in cases {
            let scale = Scale::covering(values.iter().copied(), 1.0, 4.0);
            assert!(scale.low < scale.high && scale.low <= 0.0 && scale.high >= 0.0, "{values:?}");
            assert!(values.iter().all(|v| v.is_nan() || (scale.low..=scale.high).contains(v)), "{values:?} {scale:?}");
            assert_eq!(scale.ticks.iter().filter(|(value, _)| *value == 0.0).count(), 1, "{values:?}");
            assert!((2..=8).contains(&scale.ticks.len()), "{values:?} {scale:?}");
        }
    }

    #[test]
    fn labels_count_in_the_unit() {
        // From -1.264 to 0.464 million in steps of half a million.
        let (scale, magnitude) = Scale::counting(&[-1.2e6, 0.4e6], 4.0);
        assert_eq!(magnitude, Magnitude::Million);
        let labels: Vec<_> = scale.ticks.iter().map(|tick| tick.1.as_str()).collect();
        assert_eq!(labels, ["−1.0", "−0.5", "0.0"]);
    }

    #[test]
    fn numbers_carry_their_sign_unless_they_round_to_zero() {
        assert_eq!(
            [signed(1.25, 1), signed(-0.26, 1), signed(-0.04, 1), signed(0.0, 0)].map(|t| t.replace('−', "-")),
            ["+1.2", "-0.3", "0.0", "0"]
        );
        assert_eq!(counted(-48_300.0), "−48\u{2009}thousand");
        assert_eq!(counted(0.2), "0");
        assert_eq!(powers(-2.5e9), "−2.5e9");
    }
}
