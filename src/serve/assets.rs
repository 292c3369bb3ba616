//! The page's files, inside the program.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;

use super::exchange::of_type;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// Path, type and bytes of each file. `vendor/` is copied from the package named in `tests/browser/package-lock.json`.
#[rustfmt::skip]
const FILES: &[(&str, &str, &[u8])] = &[
    ("/", "text/html; charset=utf-8", include_bytes!("page/index.html")),
    ("/style.css", STYLE, include_bytes!("page/style.css")),
    ("/app.js", SCRIPT, include_bytes!("page/app.js")),
    ("/state.js", SCRIPT, include_bytes!("page/state.js")),
    ("/client.js", SCRIPT, include_bytes!("page/client.js")),
    ("/chart.js", SCRIPT, include_bytes!("page/chart.js")),
    ("/levers.js", SCRIPT, include_bytes!("page/levers.js")),
    ("/groups.js", SCRIPT, include_bytes!("page/groups.js")),
    ("/runs.js", SCRIPT, include_bytes!("page/runs.js")),
    ("/editor.js", SCRIPT, include_bytes!("page/editor.js")),
    ("/words.js", SCRIPT, include_bytes!("page/words.js")),
    ("/icon.svg", "image/svg+xml", include_bytes!("page/icon.svg")),
    ("/vendor/uPlot.js", SCRIPT, include_bytes!("page/vendor/uPlot.iife.min.js")),
    ("/vendor/uPlot.css", STYLE, include_bytes!("page/vendor/uPlot.min.css")),
];

/// Serves them.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.iter().fold(Router::new(), |router, &(path, media, bytes)| {
        router.route(path, get(async move || of_type(StatusCode::OK, media, bytes)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page and its scripts name no file that is not served, and nothing of another host.
    #[test]
    fn the_page_needs_nothing_from_elsewhere() {
        let served: Vec<&str> = FILES.iter().map(|file| file.0).collect();
        for (path, _, bytes) in FILES.iter().filter(|file| !file.0.starts_with("/vendor")) {
            let text = std::str::from_utf8(bytes).expect("text");
            let outside = text
                .match_indices("://")
                .filter(|(at, _)| !text[..*at].ends_with("http") || !text[*at..].starts_with("://www.w3.org/"));
            assert_eq!(outside.count(), 0, "{path} names another host");
            for mark in ["src=\"", "href=\"/", "from \"./", "import \"./"] {
                for part in text.split(mark).skip(1) {
                    let name = part.split('"').next().unwrap_or_default().trim_start_matches('/');
                    assert!(
                        name.starts_with("api/")
                            || name.contains("${")
                            || served.contains(&format!("/{name}").as_str()),
                        "{path}: {name}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_page_is_small() {
        let bytes: usize = FILES.iter().map(|file| file.2.len()).sum();
        assert!(bytes < 300_000, "{bytes}");
    }
}
