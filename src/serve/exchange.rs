//! What a request carries and an answer is made of: ids, bodies, queries, their refusals, and types of content.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use super::library::LONGEST_TEXT;

/// A JSON answer.
pub fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => of_type(status, "application/json", body),
        Err(_) => {
            of_type(status, "application/json", b"{\"error\":\"not JSON\",\"advice\":\"\",\"faults\":[]}".to_vec())
        }
    }
}

/// An answer of a type.
pub fn of_type(status: StatusCode, media: &'static str, body: impl Into<Body>) -> Response {
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static(media))], body.into()).into_response()
}

/// A file to be saved under a name of plain letters.
pub fn download(media: &'static str, name: &str, body: impl Into<Body>) -> Response {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' }).collect();
    let mut response = of_type(StatusCode::OK, media, body);
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// The id in a path.
pub struct Id(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(id)| Self(id)).map_err(|_| ApiError::not_found("the path is not readable"))
    }
}

/// A JSON body.
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        check_media(request.headers(), "application/json")?;
        let bytes = body(request, state).await?;
        let wrong = |status| {
            move |words: &dyn std::fmt::Display| {
                ApiError::new(status, format!("the body is not what is expected: {words}"))
            }
        };
        let value: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|error| wrong(StatusCode::BAD_REQUEST)(&error))?;
        // What is derived would take a list for an object, its items for the fields in their order.
        let is_object = |value: Option<&serde_json::Value>| value.is_none_or(serde_json::Value::is_object);
        let unprocessable = wrong(StatusCode::UNPROCESSABLE_ENTITY);
        if !is_object(Some(&value)) || !is_object(value.get("choice")) {
            return Err(unprocessable(&"expected an object"));
        }
        serde_json::from_value(value).map(Self).map_err(|error| unprocessable(&error))
    }
}

/// A scenario as text.
pub struct Text(pub String);

impl<S: Send + Sync> FromRequest<S> for Text {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        check_media(request.headers(), "text/plain")?;
        let bytes = body(request, state).await?;
        if bytes.len() > LONGEST_TEXT {
            let kib = LONGEST_TEXT >> 10;
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the text is longer than {kib} KiB")));
        }
        let text = String::from_utf8(bytes.to_vec());
        text.map(Self).map_err(|_| ApiError::new(StatusCode::BAD_REQUEST, "the text is not UTF-8"))
    }
}

/// A query.
pub struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(asked)| Self(asked)).map_err(|error| {
            ApiError::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                format!("the query is not what is expected: {}", error.body_text()),
            )
        })
    }
}

async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, ApiError> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        let status = rejection.into_response().status();
        let words =
            if status == StatusCode::PAYLOAD_TOO_LARGE { "the body is too long" } else { "the body cannot be read" };
        ApiError::new(if status.is_server_error() { StatusCode::BAD_REQUEST } else { status }, words)
    })
}

/// Refuses another type than `media`: a page of another origin can send some types without being asked.
fn check_media(headers: &HeaderMap, media: &str) -> Result<(), ApiError> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media) {
        return Ok(());
    }
    Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("expected a body of type {media}")))
}
