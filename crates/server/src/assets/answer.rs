//! Answers requests for the web client.

use super::{CONTENT_SECURITY_POLICY, Content, File, INDEX, WebClient, plain};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri, header},
};
use std::borrow::Cow;

/// First segments of addresses that are not the page's.
const NOT_PAGES: &[&str] = &["v1", "assets", "livez", "readyz", "metrics"];

/// Names under here hold a hash of what is in them.
const HASHED: &str = "assets/";

/// Besides those that surround every answer of this server.
const HEADERS: [(HeaderName, &str); 2] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (
        HeaderName::from_static("cross-origin-embedder-policy"),
        "require-corp",
    ),
];

impl WebClient {
    /// The answer to a request that no operation of the API takes; none where it is not for the
    /// web client either.
    pub fn answer(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Option<Response<Body>> {
        if method != Method::GET && method != Method::HEAD {
            return None;
        }
        let path = uri.path().strip_prefix('/')?;
        if !self.is_there() {
            return path.is_empty().then(plain::page);
        }
        let (name, file) = self.find(path)?;
        let mut response = deliver(name, file, headers);
        if method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        Some(response)
    }

    fn find<'a>(&'a self, path: &'a str) -> Option<(&'a str, &'a File)> {
        // it has one address, so that it cannot be cached under another
        if path != INDEX
            && let Some(file) = self.files.get(path)
        {
            return Some((path, file));
        }
        is_page(path).then_some(())?;
        Some((INDEX, self.files.get(INDEX)?))
    }
}

/// Whether the path is one that the page itself knows: not one of the API, not one of the API in
/// another spelling (`//v1`), and not a file's.
fn is_page(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let spelled_otherwise = path.starts_with('/') || path.contains("//");
    !spelled_otherwise && !NOT_PAGES.contains(&first) && !last.contains('.')
}

fn deliver(name: &str, file: &File, asked: &HeaderMap) -> Response<Body> {
    let (encoding, content) = choose(file, asked);
    let tag = format!("\"{}{}\"", file.sha256, encoding.unwrap_or_default());
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(match name {
            INDEX => "no-store",
            name if name.starts_with(HASHED) => "public, max-age=31536000, immutable",
            _ => "no-cache",
        }),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let known = asked
        .get(header::IF_NONE_MATCH)
        .and_then(|tags| tags.to_str().ok())
        .is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(media_type(name)),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(content.len()));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    *response.body_mut() = Body::from(match content {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::copy_from_slice(bytes),
    });
    response
}

/// The smallest copy that the client takes.
fn choose<'a>(file: &'a File, asked: &HeaderMap) -> (Option<&'static str>, &'a Content) {
    let copies = [("br", &file.brotli), ("gzip", &file.gzip)];
    for (encoding, copy) in copies {
        if let Some(copy) = copy
            && accepts(asked, encoding)
        {
            return (Some(encoding), copy);
        }
    }
    (None, &file.plain)
}

/// Whether an encoding is named and not with the weight 0.
fn accepts(asked: &HeaderMap, encoding: &str) -> bool {
    asked
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| {
            let (name, weight) = one.split_once(';').unwrap_or((one, ""));
            let weight = weight.trim().trim_start_matches("q=").trim();
            name.trim().eq_ignore_ascii_case(encoding)
                && (weight.is_empty() || weight.parse().is_ok_and(|weight: f32| weight > 0.0))
        })
}

/// The media type by the end of a name; browsers are told not to guess another.
pub fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, end)| end) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
