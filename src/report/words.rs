//! The words of a report in one language, and numbers as that language writes them.
//!
//! A language is one file (`en.toml`, `km.toml`): texts by section and key, with `{placeholders}`, the ten digits,
//! the decimal and the thousands mark. A test holds every file to the same keys and placeholders as the English one.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::units::Month;

/// The file of each language, in the order they are offered.
const FILES: [(&str, &str); 2] = [("en", include_str!("en.toml")), ("km", include_str!("km.toml"))];

/// A language that reports are written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Language {
    texts: BTreeMap<String, Vec<String>>,
    digits: Vec<char>,
}

/// Why a text names no language.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no language of reports, expected one of {expected}", expected = Language::CODES.join(", "))]
pub struct LanguageError(pub String);

impl Language {
    /// The codes of every language.
    pub const CODES: [&'static str; 2] = ["en", "km"];

    /// English.
    #[must_use]
    pub fn english() -> Self {
        "en".parse().expect("English is shipped")
    }

    /// Its code, for instance `en`.
    #[must_use]
    pub fn code(&self) -> &str {
        self.text("language.code")
    }

    /// The text of a key, as it stands.
    ///
    /// # Panics
    /// When no language has the key: a test looks up every key that is used.
    #[must_use]
    pub fn text(&self, key: &str) -> &str {
        self.texts.get(key).and_then(|texts| texts.first()).unwrap_or_else(|| panic!("no text `{key}`"))
    }

    /// The texts of a key that has several.
    #[must_use]
    pub fn list(&self, key: &str) -> &[String] {
        self.texts.get(key).map_or(&[], Vec::as_slice)
    }

    /// The text of a key with its placeholders filled.
    #[must_use]
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        // One pass, so that a value that looks like a placeholder stays as it is.
        let (mut filled, mut rest) = (String::new(), self.text(key));
        while let Some(open) = rest.find('{') {
            let Some(length) = rest[open..].find('}') else { break };
            let name = &rest[open + 1..open + length];
            filled.push_str(&rest[..open]);
            filled.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
            rest = &rest[open + length + 1..];
        }
        filled + rest
    }

    /// Digits and marks of a number written the English way, as this language writes them.
    #[must_use]
    pub fn number(&self, english: &str) -> String {
        let (decimal, thousands) = (self.text("language.decimal"), self.text("language.thousands"));
        let mut text = String::with_capacity(english.len());
        for character in english.chars() {
            match character {
                '.' => text.push_str(decimal),
                ',' => text.push_str(thousands),
                _ => match character.to_digit(10) {
                    Some(digit) => text.push(self.digits[digit as usize]),
                    None => text.push(character),
                },
            }
        }
        text
    }

    /// A count in three digits that mean something: `423,000`, `7.4 million`.
    #[must_use]
    pub fn count(&self, value: f64) -> String {
        let size = value.abs();
        if size >= 999_950_000.0 {
            return self.fill("words.billion", &[("n", &self.number(&format!("{:.1}", value / 1e9)))]);
        }
        if size >= 999_500.0 {
            return self.fill("words.million", &[("n", &self.number(&format!("{:.1}", value / 1e6)))]);
        }
        let step = match size {
            s if s >= 99_950.0 => 1_000.0,
            s if s >= 9_995.0 => 100.0,
            s if s >= 999.5 => 10.0,
            _ => 1.0,
        };
        self.number(&grouped((value / step).round() * step))
    }

    /// Two counts as a range.
    #[must_use]
    pub fn range(&self, low: f64, high: f64) -> String {
        self.fill("words.range", &[("low", &self.count(low)), ("high", &self.count(high))])
    }

    /// A share of 0..=1 as percent: `71 %`, `4.2 %`, never rounded to nobody or everybody.
    #[must_use]
    pub fn share(&self, value: f64) -> String {
        let percent = 100.0 * value;
        let english = if percent <= 0.0 {
            "0".to_owned()
        } else if percent < 0.05 {
            let least = self.fill("words.percent", &[("n", &self.number("0.1"))]);
            return self.fill("words.under", &[("n", &least)]);
        } else if percent < 9.95 || (percent >= 99.5 && value < 1.0) {
            format!("{:.1}", percent.min(99.9))
        } else {
            format!("{percent:.0}")
        };
        self.fill("words.percent", &[("n", &self.number(&english))])
    }

    /// A difference of shares in percentage points, without sign.
    #[must_use]
    pub fn points(&self, share: f64) -> String {
        let points = 100.0 * share.abs();
        if points < 0.05 {
            return self.fill("words.under", &[("n", &self.fill("words.points", &[("n", &self.number("0.1"))]))]);
        }
        self.fill("words.points", &[("n", &self.number(&format!("{points:.1}")))])
    }

    /// A difference with its sign: `+423,000`, `−1.2 million`, `0`.
    #[must_use]
    pub fn signed(&self, value: f64, told: impl Fn(&Self, f64) -> String) -> String {
        let size = told(self, value.abs());
        let nothing = !size.chars().any(|c| self.digits.iter().skip(1).any(|digit| *digit == c));
        match (nothing, value < 0.0) {
            (true, _) => size,
            (_, true) => format!("\u{2212}{size}"),
            (_, false) => format!("+{size}"),
        }
    }

    /// An amount of money per unit: `0.41`, `4.1`, `4,100`.
    #[must_use]
    pub fn money(&self, value: f64) -> String {
        match value.abs() {
            size if size < 0.995 => self.number(&format!("{value:.2}")),
            size if size < 9.95 => self.number(&format!("{value:.1}")),
            _ => self.count(value),
        }
    }

    /// A month in words: `December 2030`.
    #[must_use]
    pub fn month(&self, month: Month) -> String {
        let name = &self.list("words.months")[month.month() as usize - 1];
        self.fill("words.month", &[("month", name), ("year", &self.number(&month.year().to_string()))])
    }

    /// Texts joined as a list.
    #[must_use]
    pub fn joined(&self, texts: &[String]) -> String {
        match texts {
            [] => String::new(),
            [one] => one.clone(),
            [first @ .., last] => format!("{} {} {last}", first.join(", "), self.text("words.and")),
        }
    }
}

impl FromStr for Language {
    type Err = LanguageError;

    fn from_str(code: &str) -> Result<Self, LanguageError> {
        let file = FILES.iter().find(|(known, _)| *known == code).ok_or_else(|| LanguageError(code.to_owned()))?;
        let table: toml::Table = file.1.parse().expect("a language file is TOML");
        let mut texts = BTreeMap::new();
        for (section, keys) in &table {
            for (key, value) in keys.as_table().into_iter().flatten() {
                let value = match value {
                    toml::Value::Array(items) => items.iter().filter_map(|i| i.as_str()).map(str::to_owned).collect(),
                    other => other.as_str().map(str::to_owned).into_iter().collect(),
                };
                texts.insert(format!("{section}.{key}"), value);
            }
        }
        let mut language = Self { texts, digits: Vec::new() };
        language.digits = language.text("language.digits").chars().collect();
        assert_eq!(language.digits.len(), 10, "ten digits");
        Ok(language)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A whole number with commas.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    if value <= -0.5 {
        text.push('\u{2212}');
    }
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn placeholders(texts: &[String]) -> BTreeSet<String> {
        let text = texts.join(" ");
        text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn every_language_has_every_text_with_the_same_placeholders() {
        let english = Language::english();
        for code in Language::CODES {
            let language: Language = code.parse().expect("shipped");
            assert_eq!(language.code(), code);
            let keys = |language: &Language| language.texts.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(&language), keys(&english), "{code}");
            for (key, texts) in &english.texts {
                let own = &language.texts[key];
                assert_eq!(placeholders(own), placeholders(texts), "{code}: {key}");
                assert_eq!(own.len(), texts.len(), "{code}: {key}");
            }
        }
        assert!("xx".parse::<Language>().expect_err("none").to_string().contains("en, km"));
    }

    #[test]
    fn khmer_text_is_marked_for_review_and_written_in_khmer() {
        let khmer: Language = "km".parse().expect("shipped");
        assert!(khmer.text("language.review").contains("review of a native reader"));
        let latin = ["language.", "provenance.fingerprint", "words.percent"];
        for (key, texts) in khmer.texts.iter().filter(|(key, _)| !latin.iter().any(|l| key.starts_with(l))) {
            let plain = texts
                .iter()
                .all(|text| text.is_empty() || text.chars().any(|c| ('\u{1780}'..='\u{17ff}').contains(&c)));
            let only_placeholders = texts.iter().all(|text| text.starts_with('{') || text.is_empty());
            assert!(plain || only_placeholders, "{key}: {texts:?}");
        }
    }

    #[test]
    fn numbers_follow_the_language() {
        let english = Language::english();
        let khmer: Language = "km".parse().expect("shipped");
        for (value, en, km) in [
            (7_449_000.0, "7.4 million", "៧,៤ លាន"),
            (423_187.0, "423,000", "៤២៣.០០០"),
            (57.4, "57", "៥៧"),
            (-123_456.0, "\u{2212}123,000", "\u{2212}១២៣.០០០"),
        ] {
            assert_eq!((english.count(value), khmer.count(value)), (en.to_owned(), km.to_owned()));
        }
        for (value, told) in [
            (0.0, "0 %"),
            (0.000_1, "under 0.1 %"),
            (0.042, "4.2 %"),
            (0.71, "71 %"),
            (0.997, "99.7 %"),
            (1.0, "100 %"),
        ] {
            assert_eq!(english.share(value), told);
        }
        assert_eq!(english.signed(-0.02, Language::points), "\u{2212}2.0 percentage points");
        assert_eq!(english.signed(0.2, Language::count), "0");
        assert_eq!(english.month(Month::try_new(2018, 7).expect("a month")), "July 2018");
    }

    #[test]
    fn a_value_that_looks_like_a_placeholder_stays() {
        let text =
            Language::english().fill("summary.none", &[("policy", "{layer}"), ("layer", "Internet"), ("month", "x")]);
        assert_eq!(text, "{layer}: no difference in Internet users in x.");
    }
}
