//! SVG to PNG with our own font, so that the picture is the same on every machine.

use std::path::{Path, PathBuf};

use resvg::usvg::{Options, Tree};
use resvg::{tiny_skia, usvg};

use super::{PlotError, font};

/// Most pixels along one side.
const MOST_PIXELS: f32 = 16_384.0;
/// Where systems keep fonts; looked into only for characters that our font does not hold.
const SYSTEM_FONTS: [&str; 5] =
    ["/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts", "C:\\Windows\\Fonts"];

/// See [`super::png`].
pub(super) fn png(svg: &str, scale: f32) -> Result<Vec<u8>, PlotError> {
    let fault = |message: String| PlotError::Png(message);
    let tree = Tree::from_str(svg, &options(svg)).map_err(|e| fault(e.to_string()))?;
    let size = tree.size();
    let (width, height) = (size.width() * scale, size.height() * scale);
    if !(width >= 0.5 && height >= 0.5 && width <= MOST_PIXELS && height <= MOST_PIXELS) {
        return Err(fault(format!("{width} x {height} pixels, expected 1 to {MOST_PIXELS} a side; change the scale")));
    }
    let mut pixels = tiny_skia::Pixmap::new(width.round() as u32, height.round() as u32)
        .ok_or_else(|| fault("no memory for the picture".to_owned()))?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| fault(e.to_string()))
}

fn options(svg: &str) -> Options<'static> {
    let mut options = Options::default();
    let fonts = options.fontdb_mut();
    fonts.load_font_data(font::REGULAR.to_vec());
    if font::BOLD.as_ptr() != font::REGULAR.as_ptr() {
        fonts.load_font_data(font::BOLD.to_vec());
    }
    let family = fonts.faces().find_map(|face| face.families.first().map(|family| family.0.clone()));
    for data in system_fonts_for(svg) {
        fonts.load_font_data(data);
    }
    if let Some(family) = family {
        fonts.set_sans_serif_family(family.clone());
        options.font_family = family;
    }
    options.text_rendering = usvg::TextRendering::GeometricPrecision;
    options
}

/// Fonts of this system that hold the characters ours does not; empty when there are no such characters or no such fonts.
fn system_fonts_for(svg: &str) -> Vec<Vec<u8>> {
    let mut missing: Vec<char> =
        svg.chars().filter(|&c| !c.is_ascii() && !c.is_whitespace() && !font::holds(c)).collect();
    missing.sort_unstable();
    missing.dedup();
    let mut fonts = Vec::new();
    if missing.is_empty() {
        return fonts;
    }
    for file in SYSTEM_FONTS.iter().flat_map(|root| font_files(Path::new(root), 4)) {
        let Ok(data) = std::fs::read(&file) else { continue };
        let before = missing.len();
        missing.retain(|&c| !font_holds(&data, c));
        if missing.len() < before {
            fonts.push(data);
        }
        if missing.is_empty() {
            break;
        }
    }
    fonts
}

fn font_holds(data: &[u8], character: char) -> bool {
    use ab_glyph::Font;
    ab_glyph::FontRef::try_from_slice_and_index(data, 0).is_ok_and(|font| font.glyph_id(character).0 != 0)
}

/// Font files below `root`, sorted by path.
fn font_files(root: &Path, depth: usize) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(root) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() && depth > 0 {
            files.extend(font_files(&path, depth - 1));
        } else if path
            .extension()
            .is_some_and(|e| ["ttf", "otf", "ttc"].iter().any(|known| e.eq_ignore_ascii_case(known)))
        {
            files.push(path);
        }
    }
    files
}
