//! Writing HTML: escaped text, tables, figures with ids of their own, and the page around them.

use std::fmt::Write as _;

use super::words::Language;

/// The style of a report; colours meet WCAG AA on both papers.
const STYLE: &str = include_str!("report.css");
/// Khmer glyphs of Noto Sans Khmer, regular and bold (SIL Open Font License 1.1, see `fonts/LICENSE`).
const KHMER: [(&str, &[u8]); 2] = [
    ("400", include_bytes!("fonts/noto-sans-khmer-khmer-400-normal.woff2")),
    ("700", include_bytes!("fonts/noto-sans-khmer-khmer-700-normal.woff2")),
];

/// Escaped text with what stands between `backticks` as code.
fn with_code(escaped: &str) -> String {
    let parts: Vec<&str> = escaped.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped.to_owned();
    }
    let told = parts.iter().enumerate().map(|(at, part)| match at % 2 {
        0 => (*part).to_owned(),
        _ => format!("<code>{part}</code>"),
    });
    told.collect()
}

/// Text in which HTML gives no character a meaning.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() && c != '\n' && c != '\t' => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A document in the making; begun with nothing in it.
#[derive(Debug, Default)]
pub struct Page {
    body: String,
    contents: Vec<(String, String)>,
    figures: usize,
    /// Boxes that scroll, each a landmark with a name of its own.
    boxes: usize,
}

impl Page {
    /// Begins a section; its id is made from its number.
    pub fn section(&mut self, title: &str) {
        let id = format!("section-{}", self.contents.len() + 1);
        if !self.contents.is_empty() {
            self.body.push_str("</section>\n");
        }
        let title = escape(title);
        let _ = writeln!(self.body, "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{title}</h2>");
        self.contents.push((id, title));
    }

    /// A heading below a section's.
    pub fn heading(&mut self, title: &str) {
        let _ = writeln!(self.body, "<h3>{}</h3>", escape(title));
    }

    /// A paragraph.
    pub fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.body, "<p>{}</p>", with_code(&escape(text)));
    }

    /// A paragraph that is read first.
    pub fn lead(&mut self, text: &str) {
        let _ = writeln!(self.body, "<p class=\"lead\">{}</p>", escape(text));
    }

    /// A list of sentences; nothing without any.
    pub fn list(&mut self, items: &[String]) {
        if items.is_empty() {
            return;
        }
        self.body.push_str("<ul>\n");
        for item in items {
            let _ = writeln!(self.body, "<li>{}</li>", escape(item));
        }
        self.body.push_str("</ul>\n");
    }

    /// Begins what is shown when its summary is opened.
    pub fn open_details(&mut self, summary: &str) {
        let _ = writeln!(self.body, "<details>\n<summary>{}</summary>", escape(summary));
    }

    /// The same, but shown on paper whether it is open or not.
    pub fn open_printed_details(&mut self, summary: &str) {
        let _ = writeln!(self.body, "<details class=\"printed\">\n<summary>{}</summary>", escape(summary));
    }

    /// Ends it.
    pub fn close_details(&mut self) {
        self.body.push_str("</details>\n");
    }

    /// A picture, its ids made its own, with its table of numbers to be opened.
    pub fn figure(&mut self, svg: &str, table: Option<(&str, &Table)>) {
        self.figures += 1;
        let id = format!("figure-{}", self.figures);
        let svg = own_ids(svg, &id);
        let _ =
            writeln!(self.body, "<figure id=\"{id}\">\n<div class=\"picture\" tabindex=\"0\">{}</div>", svg.trim_end());
        if let Some((summary, table)) = table {
            self.open_details(summary);
            self.table(table);
            self.close_details();
        }
        self.body.push_str("</figure>\n");
    }

    /// A table in a box of its own that scrolls sideways when it must.
    pub fn table(&mut self, table: &Table) {
        let label = escape(&table.caption);
        self.boxes += 1;
        let number = self.boxes;
        let _ = writeln!(
            self.body,
            "<section class=\"scroll\" tabindex=\"0\" aria-label=\"{number}. {label}\">\n<table>\n<caption>{label}</caption>\n<thead>\n<tr>"
        );
        for (position, head) in table.heads.iter().enumerate() {
            let class = if table.numbers_from <= position { " class=\"number\"" } else { "" };
            let _ = write!(self.body, "<th scope=\"col\"{class}>{}</th>", escape(head));
        }
        self.body.push_str("</tr>\n</thead>\n<tbody>\n");
        for row in &table.rows {
            self.body.push_str("<tr>");
            for (position, cell) in row.iter().enumerate() {
                let text = escape(cell);
                let _ = match (position, table.numbers_from <= position) {
                    (0, _) => write!(self.body, "<th scope=\"row\">{text}</th>"),
                    (_, true) => write!(self.body, "<td class=\"number\">{text}</td>"),
                    (_, false) => write!(self.body, "<td>{text}</td>"),
                };
            }
            self.body.push_str("</tr>\n");
        }
        self.body.push_str("</tbody>\n</table>\n</section>\n");
    }

    /// Text as it stands in a file.
    pub fn verbatim(&mut self, label: &str, text: &str) {
        let label = escape(label);
        let text = escape(text);
        self.boxes += 1;
        let number = self.boxes;
        let _ = writeln!(
            self.body,
            "<section class=\"scroll\" tabindex=\"0\" aria-label=\"{number}. {label}\"><pre>{text}</pre></section>"
        );
    }

    /// The finished document.
    #[must_use]
    pub fn finish(mut self, language: &Language, title: &str, made_by: &str) -> String {
        if !self.contents.is_empty() {
            self.body.push_str("</section>\n");
        }
        let links: String =
            self.contents.iter().map(|(id, title)| format!("<li><a href=\"#{id}\">{title}</a></li>\n")).collect();
        let note = |key: &str| match language.text(key) {
            "" => String::new(),
            text => format!("<p class=\"note\">{}</p>\n", escape(text)),
        };
        format!(
            "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
             <style>\n{fonts}{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#section-1\">{skip}</a>\n\
             <header>\n<h1>{title}</h1>\n{review}<p>{made_by}</p>\n{english}</header>\n\
             <nav aria-label=\"{contents}\">\n<ol>\n{links}</ol>\n</nav>\n<main>\n{body}</main>\n</body>\n</html>\n",
            lang = language.code(),
            title = escape(title),
            fonts = fonts(language),
            skip = escape(language.text("report.skip")),
            review = note("language.review"),
            made_by = escape(made_by),
            english = note("report.figures_english"),
            contents = escape(language.text("report.contents")),
            body = self.body,
        )
    }
}

/// A table: heads, rows whose first cell names the row, and the column from which on there are numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// Heads of the columns.
    pub heads: Vec<String>,
    /// Rows, each as long as the heads.
    pub rows: Vec<Vec<String>>,
    /// Position of the first column of numbers.
    pub numbers_from: usize,
}

/// The fonts a language needs inside the document, as style rules.
fn fonts(language: &Language) -> String {
    if language.code() != "km" {
        return String::new();
    }
    let face = |(weight, data): (&str, &[u8])| {
        format!(
            "@font-face {{ font-family: \"Noto Sans Khmer\"; font-weight: {weight}; src: url(data:font/woff2;base64,{}) format(\"woff2\"); unicode-range: U+1780-17FF, U+19E0-19FF; }}\n",
            base64(data)
        )
    };
    KHMER.into_iter().map(face).collect()
}

/// RFC 4648 base 64 with padding.
fn base64(data: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(data.len().div_ceil(3) * 4);
    for bytes in data.chunks(3) {
        let word = bytes.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - bytes.len()));
        for position in 0..4 {
            let digit = DIGITS[(word >> (18 - 6 * position) & 63) as usize];
            text.push(if position <= bytes.len() { digit as char } else { '=' });
        }
    }
    text
}

/// An SVG picture whose title and description have ids that no other picture of the page has.
fn own_ids(svg: &str, id: &str) -> String {
    let svg = svg.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map_or(svg, |(_, rest)| rest);
    svg.replacen("aria-labelledby=\"title desc\"", &format!("aria-labelledby=\"{id}-title {id}-desc\""), 1)
        .replacen("<title id=\"title\">", &format!("<title id=\"{id}-title\">"), 1)
        .replacen("<desc id=\"desc\">", &format!("<desc id=\"{id}-desc\">"), 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_harmless() {
        assert_eq!(escape("<script>\"'&\u{0}"), "&lt;script&gt;&quot;&#39;&amp; ");
    }

    #[test]
    fn base64_pads_as_the_standard_says() {
        // RFC 4648, section 10.
        for (text, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), coded);
        }
    }

    #[test]
    fn two_pictures_share_no_id() {
        let svg = "<svg aria-labelledby=\"title desc\"><title id=\"title\">a</title><desc id=\"desc\">b</desc></svg>";
        let mut page = Page::default();
        page.section("s");
        page.figure(svg, None);
        page.figure(svg, None);
        let html = page.finish(&Language::english(), "t", "m");
        assert_eq!(html.matches("id=\"figure-1-title\"").count(), 1);
        assert_eq!(html.matches("id=\"figure-2-title\"").count(), 1);
        assert!(!html.contains("id=\"title\""));
    }
}
