//! An SVG document drawn through plotters' SVG backend, in pixels with a tenth's precision.
//!
//! Each group is drawn by a backend of its own and wrapped in `<g>`, which gives the picture a structure
//! that a reader, a style sheet or a test can address; plotters itself writes neither groups nor titles.

use plotters::backend::SVGBackend;
use plotters::prelude::{DrawingBackend, ShapeStyle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, FontTransform, IntoTextStyle, RGBColor};

use super::PlotError;
use super::style::{self, Colour};

/// plotters writes `font-size` as its own size over this.
const FONT_SCALE: f64 = 1.24;
/// Share of the text size from the backend's middle (of small letters) to the middle of capitals and digits.
const CAPITALS: f64 = 0.1;
/// Coordinates beyond this many pixels are a mistake and are held here.
const FAR: f64 = 1e5;

/// A position in pixels, from the top left.
pub(super) type Point = (f64, f64);

/// Which end of a text its position names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// The left end.
    Start,
    /// The middle.
    Middle,
    /// The right end.
    End,
}

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextLook {
    /// Size in pixels.
    pub size: f64,
    /// Colour.
    pub colour: Colour,
    /// Which end is placed.
    pub anchor: Anchor,
    /// Bold.
    pub bold: bool,
}

impl TextLook {
    /// Plain text from its left end.
    pub fn new(size: f64, colour: Colour) -> Self {
        Self { size, colour, anchor: Anchor::Start, bold: false }
    }

    /// The same, placed by `anchor`.
    pub fn at(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    /// The same in bold.
    pub fn bold(self) -> Self {
        Self { bold: true, ..self }
    }
}

/// A document in the making.
pub(super) struct Canvas {
    figure: String,
    body: String,
}

impl Canvas {
    /// An empty sheet of paper for `figure`.
    pub fn try_new(figure: &str) -> Result<Self, PlotError> {
        let mut canvas = Self { figure: figure.to_owned(), body: String::new() };
        canvas.group("paper", "", |pen| {
            pen.rectangle((0.0, 0.0), (style::WIDTH, style::HEIGHT), style::PAPER);
        })?;
        Ok(canvas)
    }

    /// Draws a group with the given class and, unless empty, the name of the series it shows.
    pub fn group(&mut self, class: &str, series: &str, draw: impl FnOnce(&mut Pen<'_>)) -> Result<(), PlotError> {
        let mut drawn = String::new();
        let size = ((style::WIDTH * style::UNITS) as u32, (style::HEIGHT * style::UNITS) as u32);
        let mut pen = Pen { backend: SVGBackend::with_string(&mut drawn, size), fault: None };
        draw(&mut pen);
        let fault = pen.close();
        if let Some(message) = fault {
            return Err(PlotError::Backend { figure: self.figure.clone(), message });
        }
        self.wrap(class, series, &drawn);
        Ok(())
    }

    fn wrap(&mut self, class: &str, series: &str, drawn: &str) {
        let inner = drawn.split_once('\n').map_or("", |(_, rest)| rest);
        let inner = inner.strip_suffix("</svg>\n").unwrap_or(inner);
        self.body.push_str("<g class=\"");
        self.body.push_str(&escape(class));
        if !series.is_empty() {
            self.body.push_str("\" data-series=\"");
            self.body.push_str(&escape(series));
        }
        self.body.push_str("\">\n");
        self.body.push_str(inner);
        self.body.push_str("</g>\n");
    }

    /// The finished document; `title` and `description` are for readers who do not see the picture.
    pub fn finish(self, title: &str, description: &str) -> String {
        let (w, h) = (style::WIDTH, style::HEIGHT);
        let (title, description) = (escape(title), escape(description));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {} {}\" role=\"img\" \
             aria-labelledby=\"title desc\">\n<title id=\"title\">{title}</title>\n<desc id=\"desc\">{description}</desc>\n{}</svg>\n",
            w * style::UNITS,
            h * style::UNITS,
            self.body
        )
    }
}

/// Draws into one group. The first fault is kept and reported when the group ends.
pub(super) struct Pen<'a> {
    backend: SVGBackend<'a>,
    fault: Option<String>,
}

impl Pen<'_> {
    /// A line through `points`, solid or dashed (on, off).
    pub fn line(&mut self, points: &[Point], width: f64, colour: Colour, dash: Option<(f64, f64)>) {
        let pieces = dash.map_or_else(|| vec![points.to_vec()], |pattern| dashes(points, pattern));
        for piece in pieces.iter().filter(|piece| piece.len() > 1) {
            let path: Vec<_> = piece.iter().map(|&p| units(p)).collect();
            let result = self.backend.draw_path(path, &stroke(width, colour));
            self.note(result);
        }
    }

    /// A straight line.
    pub fn segment(&mut self, from: Point, to: Point, width: f64, colour: Colour) {
        let result = self.backend.draw_line(units(from), units(to), &stroke(width, colour));
        self.note(result);
    }

    /// A filled polygon.
    pub fn polygon(&mut self, corners: &[Point], colour: Colour, opacity: f64) {
        if corners.len() < 3 {
            return;
        }
        let path: Vec<_> = corners.iter().map(|&p| units(p)).collect();
        let result = self.backend.fill_polygon(path, &paint(colour, opacity));
        self.note(result);
    }

    /// A filled rectangle between two corners.
    pub fn rectangle(&mut self, top_left: Point, bottom_right: Point, colour: Colour) {
        let result = self.backend.draw_rect(units(top_left), units(bottom_right), &paint(colour, 1.0), true);
        self.note(result);
    }

    /// A filled disc.
    pub fn disc(&mut self, centre: Point, radius: f64, colour: Colour) {
        let radius = (radius * style::UNITS).round().clamp(0.0, FAR) as u32;
        let result = self.backend.draw_circle(units(centre), radius, &paint(colour, 1.0), true);
        self.note(result);
    }

    /// One line of text whose capitals are centred on `place`'s height.
    pub fn text(&mut self, text: &str, place: Point, look: TextLook) {
        self.turned(text, (place.0, place.1 + CAPITALS * look.size), look, FontTransform::None);
    }

    /// One line of text that runs upwards, its capitals centred on `place`'s distance from the left.
    pub fn upward_text(&mut self, text: &str, place: Point, look: TextLook) {
        self.turned(text, (place.0 + CAPITALS * look.size, place.1), look, FontTransform::Rotate270);
    }

    fn turned(&mut self, text: &str, place: Point, look: TextLook, turn: FontTransform) {
        let horizontal = match look.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let face = if look.bold { FontStyle::Bold } else { FontStyle::Normal };
        // Rounded, because the backend divides by its scale and would print all the digits of the quotient.
        let size = (look.size * style::UNITS).round() * FONT_SCALE;
        let colour = rgb(look.colour);
        let look_of_text = ("sans-serif", size, face)
            .into_text_style(&(style::WIDTH as u32, style::HEIGHT as u32))
            .color(&colour)
            .pos(Pos::new(horizontal, VPos::Center))
            .transform(turn);
        let result = self.backend.draw_text(&printable(text), &look_of_text, units(place));
        self.note(result);
    }

    fn note<E: std::fmt::Display>(&mut self, result: Result<(), E>) {
        if let (Err(error), None) = (result, &self.fault) {
            self.fault = Some(error.to_string());
        }
    }

    fn close(mut self) -> Option<String> {
        let result = self.backend.present();
        self.note(result.map_err(|error| error.to_string()));
        self.fault
    }
}

fn units(point: Point) -> (i32, i32) {
    let whole = |v: f64| if v.is_finite() { (v.clamp(-FAR, FAR) * style::UNITS).round() as i32 } else { 0 };
    (whole(point.0), whole(point.1))
}

fn rgb(colour: Colour) -> RGBColor {
    RGBColor(colour.0, colour.1, colour.2)
}

fn paint(colour: Colour, opacity: f64) -> ShapeStyle {
    ShapeStyle { color: rgb(colour).mix(opacity), filled: true, stroke_width: 0 }
}

fn stroke(width: f64, colour: Colour) -> ShapeStyle {
    ShapeStyle { color: rgb(colour).to_rgba(), filled: false, stroke_width: (width * style::UNITS).round() as u32 }
}

/// Cuts a line into dashes by its length.
fn dashes(points: &[Point], (on, off): (f64, f64)) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let mut piece: Vec<Point> = points.first().copied().into_iter().collect();
    let (mut drawing, mut left) = (true, on);
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        let mut rest = libm::hypot(to.0 - from.0, to.1 - from.1);
        while rest > left {
            let part = left / rest;
            from = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
            rest -= left;
            if drawing {
                piece.push(from);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![from];
            }
            drawing = !drawing;
            left = if drawing { on } else { off };
        }
        left -= rest;
        if drawing {
            piece.push(to);
        }
    }
    pieces.push(piece);
    pieces
}

/// Text with what XML forbids even when escaped (control characters, non-characters) turned into spaces.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') { ' ' } else { c }).collect()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in printable(text).chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_cover_the_line_in_the_given_pattern() {
        // 10 long, 3 on 2 off: 0-3, 5-8.
        let pieces: Vec<_> =
            dashes(&[(0.0, 0.0), (10.0, 0.0)], (3.0, 2.0)).into_iter().filter(|p| p.len() > 1).collect();
        assert_eq!(pieces, vec![vec![(0.0, 0.0), (3.0, 0.0)], vec![(5.0, 0.0), (8.0, 0.0)]]);
    }

    #[test]
    fn a_dash_bends_with_the_line() {
        let pieces = dashes(&[(0.0, 0.0), (2.0, 0.0), (2.0, 5.0)], (4.0, 100.0));
        assert_eq!(pieces[0], vec![(0.0, 0.0), (2.0, 0.0), (2.0, 2.0)]);
    }

    #[test]
    fn text_that_xml_forbids_or_gives_meaning_to_is_made_harmless() {
        assert_eq!(escape("a<b>&\"\u{0}\u{8}"), "a&lt;b&gt;&amp;&quot;  ");
    }
}
