//! Every colour and size of the figures. Sizes are in pixels of the 960 x 540 picture.

/// A colour, red, green, blue.
pub(super) type Colour = (u8, u8, u8);

/// Width of every figure.
pub(super) const WIDTH: f64 = 960.0;
/// Height of every figure.
pub(super) const HEIGHT: f64 = 540.0;
/// Drawing units in one pixel. The backend counts in whole units, and whole pixels make curves jagged.
pub(super) const UNITS: f64 = 10.0;
/// Free space along the frame.
pub(super) const MARGIN: f64 = 18.0;

/// Title.
pub(super) const TITLE: f64 = 20.0;
/// Smallest size a long title shrinks to before it is cut.
pub(super) const TITLE_MIN: f64 = 14.0;
/// Line under the title: quantity, unit, denominator.
pub(super) const SUBTITLE: f64 = 13.5;
/// Header of one panel.
pub(super) const PANEL: f64 = 14.0;
/// Tick labels.
pub(super) const TICK: f64 = 12.5;
/// Labels at the end of lines.
pub(super) const LABEL: f64 = 13.5;
/// Legend.
pub(super) const LEGEND: f64 = 12.5;
/// Smallest size a legend shrinks to before its words are cut.
pub(super) const LEGEND_MIN: f64 = 11.0;
/// Footer.
pub(super) const FOOTER: f64 = 11.5;
/// Smallest text drawn anywhere.
pub(super) const SMALLEST: f64 = 8.0;

/// Height of one row of the legend.
pub(super) const LEGEND_ROW: f64 = 17.5;
/// Height of one label at the end of a line, in units of its text size.
pub(super) const LABEL_LEADING: f64 = 1.18;

/// Median line.
pub(super) const LINE: f64 = 2.2;
/// Line of a single member.
pub(super) const LINE_SINGLE: f64 = 1.2;
/// Thin line: grid, ticks, leaders.
pub(super) const HAIR: f64 = 0.8;
/// Radius of an observation's mark.
pub(super) const MARK: f64 = 4.2;

/// Opacity of the lighter band.
pub(super) const OUTER_BAND: f64 = 0.16;
/// Opacity of the darker band, drawn over the lighter one.
pub(super) const INNER_BAND: f64 = 0.26;

/// Paper.
pub(super) const PAPER: Colour = (255, 255, 255);
/// Title and panel headers.
pub(super) const INK: Colour = (34, 34, 34);
/// Tick labels, subtitle, legend.
pub(super) const SOFT: Colour = (80, 80, 80);
/// Footer and leaders.
pub(super) const FAINT: Colour = (118, 118, 118);
/// Zero line and ticks.
pub(super) const AXIS: Colour = (130, 130, 130);
/// Horizontal grid.
pub(super) const GRID: Colour = (226, 226, 226);
/// Observations: never a series' colour.
pub(super) const OBSERVED: Colour = (40, 40, 40);
/// What stands for any series in a legend; also the baseline's grey.
pub(super) const BASELINE: Colour = (110, 110, 110);

/// Okabe and Ito (2008), without black (observations), grey (baseline) and the yellow that vanishes on white.
const SERIES: [Colour; 6] =
    [(0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167), (230, 159, 0), (86, 180, 233)];

/// Dash lengths (on, off) in pixels; they repeat the distinction once colours run out.
const DASHES: [Option<(f64, f64)>; 4] = [None, Some((7.0, 4.0)), Some((2.5, 3.0)), Some((12.0, 4.0))];

/// Light to dark, after the colour-blind-safe `YlGnBu` of Brewer (2003).
const SEQUENTIAL: [Colour; 8] = [
    (255, 255, 229),
    (237, 248, 187),
    (199, 233, 180),
    (127, 205, 187),
    (65, 182, 196),
    (29, 145, 192),
    (34, 94, 168),
    (12, 44, 132),
];

/// Loss to gain, after the colour-blind-safe `RdBu` of Brewer (2003); the middle is white.
const DIVERGING: [Colour; 9] = [
    (178, 24, 43),
    (214, 96, 77),
    (244, 165, 130),
    (253, 219, 199),
    (255, 255, 255),
    (209, 229, 240),
    (146, 197, 222),
    (67, 147, 195),
    (33, 102, 172),
];

/// Numbers on coloured cells: with anything lighter the middle of the scale would fall below a contrast of 4.5.
const BLACK: Colour = (0, 0, 0);
/// A cell without a value.
pub(super) const MISSING: Colour = (240, 240, 240);

/// Colour of the series at `position`.
pub(super) fn series_colour(position: usize) -> Colour {
    SERIES[position % SERIES.len()]
}

/// Dash of the series at `position`; solid until colours repeat.
pub(super) fn series_dash(position: usize) -> Option<(f64, f64)> {
    DASHES[position / SERIES.len() % DASHES.len()]
}

/// The same hue, dark enough for text on white.
pub(super) fn for_text(colour: Colour) -> Colour {
    let scale = |part: u8| (f64::from(part) * 0.72).round() as u8;
    (scale(colour.0), scale(colour.1), scale(colour.2))
}

/// Colour of a share on the sequential scale; outside 0..=1 is clamped.
pub(super) fn sequential(share: f64) -> Colour {
    if !share.is_finite() {
        return MISSING;
    }
    between(&SEQUENTIAL, share.clamp(0.0, 1.0))
}

/// Colour of a loss (-1) or gain (1) on the diverging scale, white at 0; outside -1..=1 is clamped.
pub(super) fn diverging(gain: f64) -> Colour {
    if !gain.is_finite() {
        return MISSING;
    }
    between(&DIVERGING, f64::midpoint(gain.clamp(-1.0, 1.0), 1.0))
}

/// Colour at `share` (0..=1) of the way along `scale`.
fn between(scale: &[Colour], share: f64) -> Colour {
    let place = share * (scale.len() - 1) as f64;
    let low = (place.floor() as usize).min(scale.len() - 2);
    let part = place - low as f64;
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as u8;
    let (a, b) = (scale[low], scale[low + 1]);
    (mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// Black or white, whichever contrasts more with `background` (WCAG 2 relative luminance).
pub(super) fn ink_on(background: Colour) -> Colour {
    if contrast(BLACK, background) >= contrast(PAPER, background) { BLACK } else { PAPER }
}

/// Contrast ratio of two colours, 1..=21 (WCAG 2).
pub(super) fn contrast(one: Colour, other: Colour) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: Colour) -> f64 {
    let linear = |part: u8| {
        let c = f64::from(part) / 255.0;
        if c <= 0.03928 { c / 12.92 } else { libm::pow((c + 0.055) / 1.055, 2.4) }
    };
    0.2126 * linear(colour.0) + 0.7152 * linear(colour.1) + 0.0722 * linear(colour.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_every_heat_cell_is_readable() {
        for step in 0..=100 {
            for background in [sequential(f64::from(step) / 100.0), diverging(f64::from(step) / 50.0 - 1.0)] {
                assert!(contrast(ink_on(background), background) >= 4.5, "{step} %");
            }
        }
    }

    #[test]
    fn the_sequential_scale_darkens_all_the_way() {
        let shades: Vec<f64> = (0..=50).map(|i| luminance(sequential(f64::from(i) / 50.0))).collect();
        assert!(shades.windows(2).all(|pair| pair[1] < pair[0]));
    }

    #[test]
    fn no_change_is_white_and_loss_and_gain_are_not() {
        assert_eq!(diverging(0.0), PAPER);
        assert!(diverging(-0.2) != PAPER && diverging(0.2) != diverging(-0.2));
    }

    #[test]
    fn labels_in_series_colours_are_readable_on_paper() {
        for position in 0..6 {
            assert!(contrast(for_text(series_colour(position)), PAPER) >= 3.0, "{position}");
        }
    }
}
