//! What every request passes: which host and origin it names, how long it may take, and what browsers may do with the
//! answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::ApiError;

/// Longest time until an answer begins.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the page may do: load its own files, and nothing else.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
                           base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// What a report may do: show itself.
const REPORT_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'; \
                             frame-ancestors 'none'; sandbox";
/// What any other answer may do: nothing.
const FILE_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// Names under which the server answers, beside addresses and `localhost`.
#[derive(Debug, Clone, Default)]
pub struct Hosts(pub Vec<String>);

impl Hosts {
    /// Whether a request may name this host. An address cannot be made to mean another machine; a name can, so it
    /// must be known.
    #[must_use]
    pub fn allow(&self, host: &str) -> bool {
        let name = match host.strip_prefix('[') {
            Some(rest) => rest.split_once(']').map_or("", |(address, port)| if is_port(port) { address } else { "" }),
            None => match host.rsplit_once(':') {
                Some((name, port)) if is_port(&format!(":{port}")) => name,
                Some(_) => "",
                None => host,
            },
        };
        let known = |known: &String| known.eq_ignore_ascii_case(name);
        name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok() || self.0.iter().any(known)
    }
}

/// Nothing, or a colon and digits.
fn is_port(text: &str) -> bool {
    text.is_empty()
        || text.strip_prefix(':').is_some_and(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

/// Checks a request, limits its time, and marks its answer.
pub async fn guard(State(hosts): State<Arc<Hosts>>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let mut response = match check(&hosts, &request) {
        Err(error) => error.into_response(),
        Ok(()) => match tokio::time::timeout(PATIENCE, next.run(request)).await {
            Ok(response) => response,
            Err(_) => ApiError::new(StatusCode::REQUEST_TIMEOUT, "the answer took too long").into_response(),
        },
    };
    mark(&path, response.headers_mut());
    response
}

fn check(hosts: &Hosts, request: &Request) -> Result<(), ApiError> {
    let text = |name: HeaderName| request.headers().get(name).map(|value| value.to_str().unwrap_or("").to_owned());
    let host = text(header::HOST).or_else(|| request.uri().authority().map(ToString::to_string));
    let Some(host) = host else { return Err(ApiError::new(StatusCode::BAD_REQUEST, "the request names no host")) };
    if !hosts.allow(&host) {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "the request names a host that this server is not known by")
            .advise("start it with --host NAME"));
    }
    let harmless = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if let (false, Some(origin)) = (harmless, text(header::ORIGIN)) {
        let own = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        if own != Some(host.as_str()) {
            return Err(ApiError::new(StatusCode::FORBIDDEN, "the request comes from a page of another origin"));
        }
    }
    Ok(())
}

fn mark(path: &str, headers: &mut HeaderMap) {
    let html = headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    let policy = match (path.starts_with("/api/"), html) {
        (false, _) => PAGE_POLICY,
        (true, true) => REPORT_POLICY,
        (true, false) => FILE_POLICY,
    };
    let mut set = |name: HeaderName, value: &'static str| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_SECURITY_POLICY, policy);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(header::CACHE_CONTROL, if path.starts_with("/api/") { "no-store" } else { "no-cache" });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_localhost_and_known_names_are_hosts() {
        let hosts = Hosts(vec!["planner.example".to_owned()]);
        for good in [
            "localhost",
            "localhost:8017",
            "127.0.0.1:8017",
            "[::1]:8017",
            "192.168.1.7",
            "Planner.Example:80",
            "[::1]",
        ] {
            assert!(hosts.allow(good), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:80",
            "localhost:80:90",
            "localhost@evil",
            "[::1",
            "[::1]x",
            "planner.example.",
        ] {
            assert!(!hosts.allow(bad), "{bad}");
        }
    }
}
