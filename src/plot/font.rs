//! The font that measures text and draws it in PNG files.
//!
//! SVG names only the generic `sans-serif`, so a reader sees a font of his own; [`text_width`] therefore
//! allows for faces wider than ours. Replacing the font means changing [`REGULAR`] and [`BOLD`].
//!
//! Noto Sans is copyright Google, under the SIL Open Font License 1.1, which allows it to be embedded and passed on.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, ScaleFont};

/// Font of plain text.
pub(super) const REGULAR: &[u8] = notosans::REGULAR_TTF;
/// Font of bold text; the same file when the family has no bold face.
pub(super) const BOLD: &[u8] = notosans::BOLD_TTF;

/// Common sans-serif faces (`DejaVu`, Verdana) run up to this much wider than ours.
const ALLOWANCE: f64 = 1.1;
/// Bold faces run this much wider still.
const BOLD_ALLOWANCE: f64 = 1.09;
/// Width of a character that our font does not hold, in units of the text size.
const UNKNOWN: f64 = 0.9;
/// Keeps a text in the very room made for it from being cut for a rounding error, in pixels.
const ROUNDING: f64 = 1e-6;
/// Size at which glyphs are measured; widths are proportional to size.
const MEASURED_AT: f32 = 100.0;

static FONT: LazyLock<Option<FontRef<'static>>> = LazyLock::new(|| FontRef::try_from_slice(REGULAR).ok());

/// Width of one line of text, in the unit of `size` (the em, as `font-size` means it); generous rather than exact.
/// Linear in the length of `text`.
#[must_use]
pub fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size * ALLOWANCE
}

/// Width of one line of bold text.
pub(super) fn bold_width(text: &str, size: f64) -> f64 {
    text_width(text, size) * BOLD_ALLOWANCE
}

/// Whether our font draws `character` itself.
pub(super) fn holds(character: char) -> bool {
    FONT.as_ref().is_some_and(|font| font.glyph_id(character).0 != 0)
}

/// Advance of one character, in em.
fn advance(character: char) -> f64 {
    match FONT.as_ref() {
        Some(font) if holds(character) => {
            // A scale in ab_glyph is the height from descent to ascent; the em is smaller.
            let em = font.units_per_em().map_or(1.0, |units| f64::from(units) / f64::from(font.height_unscaled()));
            let scaled = font.as_scaled(MEASURED_AT);
            f64::from(scaled.h_advance(font.glyph_id(character))) / f64::from(MEASURED_AT) / em
        }
        _ => UNKNOWN,
    }
}

/// `text` cut to `width` with an ellipsis where it is longer.
pub(super) fn fit(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width + ROUNDING {
        return text.to_owned();
    }
    let room = width - text_width("…", size);
    let mut used = 0.0;
    let kept: String = text
        .chars()
        .take_while(|&c| {
            used += advance(c) * size * ALLOWANCE;
            used <= room
        })
        .collect();
    format!("{}…", kept.trim_end())
}

/// The largest size from `size` down to `smallest` at which bold `text` fits `width`, and the text, cut if even that fails.
pub(super) fn shrink_bold(text: &str, size: f64, smallest: f64, width: f64) -> (String, f64) {
    let natural = bold_width(text, size);
    if natural <= width + ROUNDING {
        return (text.to_owned(), size);
    }
    let shrunk = (size * width / natural * 10.0).floor() / 10.0;
    if shrunk >= smallest {
        return (text.to_owned(), shrunk);
    }
    (fit(text, smallest, width / BOLD_ALLOWANCE), smallest)
}

/// `text` in lines no wider than `width`, `most` of them at most; what is left over is cut with an ellipsis. Lines break at
/// spaces, and inside a word, never before a mark that belongs to the letter it follows, where the word alone is too wide.
pub(super) fn wrap(text: &str, size: f64, width: f64, most: usize) -> Vec<String> {
    let (mut lines, mut rest) = (Vec::new(), text.trim());
    while !rest.is_empty() {
        if lines.len() + 1 >= most || text_width(rest, size) <= width + ROUNDING {
            lines.push(fit(rest, size, width));
            break;
        }
        let cut = line_end(rest, size, width);
        lines.push(rest[..cut].trim_end().to_owned());
        rest = rest[cut..].trim_start();
    }
    lines
}

/// [`wrap`] for bold text.
pub(super) fn wrap_bold(text: &str, size: f64, width: f64, most: usize) -> Vec<String> {
    wrap(text, size, width / BOLD_ALLOWANCE, most)
}

/// Where the first line of `text` ends, in bytes: always after its first character.
fn line_end(text: &str, size: f64, width: f64) -> usize {
    let (mut used, mut space, mut letter) = (0.0, None, None);
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        let is_space = character.is_whitespace() || character == ZERO_WIDTH_SPACE;
        if at > 0 && is_space {
            space = Some(at);
        } else if at > 0 && !is_mark(character) && before != KHMER_COENG {
            letter = Some(at);
        }
        used += advance(character) * size * ALLOWANCE;
        if used > width + ROUNDING
            && !is_space
            && let Some(end) = space.or(letter)
        {
            return end;
        }
        before = character;
    }
    text.len()
}

/// Between words in scripts that write none, such as Khmer.
const ZERO_WIDTH_SPACE: char = '\u{200B}';
/// Puts the Khmer consonant after it under the one before.
const KHMER_COENG: char = '\u{17D2}';

/// Marks that combine with the letter before them: general ones, and the vowels and signs of Khmer.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{0300}'..='\u{036F}' | '\u{17B4}'..='\u{17D3}' | '\u{17DD}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_plausible_and_proportional_to_size() {
        let width = text_width("Internet", 10.0);
        assert!((30.0..60.0).contains(&width), "{width}");
        assert!((text_width("Internet", 20.0) - 2.0 * width).abs() < 1e-9);
    }

    #[test]
    fn digits_are_of_one_width() {
        let one = text_width("1", 10.0);
        assert!("0123456789".chars().all(|c| (text_width(&c.to_string(), 10.0) - one).abs() < 1e-9));
    }

    #[test]
    fn a_long_text_is_cut_with_an_ellipsis_and_fits() {
        let cut = fit("a very long text that will not fit", 12.0, 80.0);
        assert!(cut.ends_with('…') && text_width(&cut, 12.0) <= 80.0, "{cut}");
        assert_eq!(fit("short", 12.0, 80.0), "short");
        assert_eq!(fit("no room at all", 12.0, 0.0), "…");
    }

    #[test]
    fn a_long_title_shrinks_before_it_is_cut() {
        assert_eq!(shrink_bold("title", 20.0, 14.0, 900.0), ("title".to_owned(), 20.0));
        let (text, size) = shrink_bold(&"x".repeat(70), 20.0, 14.0, 700.0);
        assert!(text.len() == 70 && (14.0..20.0).contains(&size), "{size}");
        let (text, size) = shrink_bold(&"x".repeat(500), 20.0, 14.0, 700.0);
        assert!(text.ends_with('…') && (size - 14.0).abs() < 1e-9);
    }

    #[test]
    fn a_wrapped_text_keeps_its_words_and_fits() {
        let text = "A rights-respecting cybercrime law with judicial oversight";
        let lines = wrap(text, 10.0, 120.0, 9);
        assert!(lines.len() > 2 && lines.iter().all(|line| text_width(line, 10.0) <= 120.0), "{lines:?}");
        assert_eq!(lines.join(" "), text);
        let cut = wrap(text, 10.0, 120.0, 2);
        assert!(cut.len() == 2 && cut[1].ends_with('…'), "{cut:?}");
        assert!(wrap("  ", 10.0, 100.0, 3).is_empty());
    }

    #[test]
    fn a_word_wider_than_the_line_breaks_between_letters_but_not_before_their_marks() {
        assert_eq!(wrap(&"x".repeat(9), 10.0, 3.5 * text_width("x", 10.0), 9), ["xxx", "xxx", "xxx"]);
        let khmer = "ព្រះរាជាណាចក្រកម្ពុជា";
        let lines = wrap(khmer, 10.0, 45.0, 99);
        assert_eq!(lines.concat(), khmer);
        assert!(lines.len() > 1 && lines.iter().all(|line| line.chars().next().is_some_and(|c| !is_mark(c))));
        assert_eq!(wrap("xyz", 10.0, 0.0, 99).len(), 3);
    }

    #[test]
    fn our_font_holds_what_we_write() {
        assert!("0123456789 %…·–—≥−+".chars().all(holds));
        assert!(!holds('ក'));
    }
}
