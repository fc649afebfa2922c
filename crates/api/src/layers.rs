//! What surrounds every handler: headers, limits of time, panics, measurements.

use crate::{config::Api, error::ApiError};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use strongroom_wire::ProblemCode;
use tracing::{Instrument, field::Empty};

/// Target of the one span that each request has, at the level `debug`: its method, the pattern
/// of its route and its status. No ids, names or addresses.
pub const REQUEST_SPANS: &str = "strongroom_request";

/// Where entries are appended to a vault.
pub(crate) const VAULT_ENTRIES: &str = "/v1/vaults/{vault}/entries";

const HEADERS: [(&str, &str); 7] = [
    (
        "strict-transport-security",
        "max-age=63072000; includeSubDomains",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "interest-cohort=()"),
];

/// Around everything: counts a request by route and status and how long it takes, and gives
/// the answer the headers that tell browsers to be careful. Paths are counted by their
/// pattern: ids never become labels.
pub(crate) async fn around(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unknown".to_owned(), |path| path.as_str().to_owned());
    let method = method_name(request.method());
    let start = tokio::time::Instant::now();
    let span = tracing::debug_span!(
        target: REQUEST_SPANS,
        "request",
        otel.name = format!("{method} {route}"),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
    );
    let mut response = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", response.status().as_u16());
    if response.status().is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    secure(response.headers_mut());
    let seconds = start.elapsed().as_secs_f64();
    let status = status_name(response.status());
    metrics::counter!("strongroom_http_requests_total",
        "method" => method, "route" => route.clone(), "status" => status)
    .increment(1);
    metrics::histogram!("strongroom_http_request_seconds", "method" => method, "route" => route)
        .record(seconds);
    response
}

/// What a handler set itself of policy and caching stays.
fn secure(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ));
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

/// Answers in time. A write that was begun goes on to its end even if its client hangs up or
/// waits no longer: it is never left half done between the database and memory.
pub(crate) async fn in_time(State(api): State<Api>, request: Request, next: Next) -> Response {
    let limit = api.config.request_timeout;
    let response = if may_be_dropped(&request) {
        tokio::time::timeout(limit, next.run(request)).await
    } else {
        let task = tokio::spawn(next.run(request));
        tokio::time::timeout(limit, task).await.map(|joined| {
            joined.unwrap_or_else(|error| match error.try_into_panic() {
                Ok(cause) => panicked(cause),
                Err(_) => ApiError::new(ProblemCode::Unavailable).into_response(),
            })
        })
    };
    response.unwrap_or_else(|_| {
        ApiError::with_detail(ProblemCode::Unavailable, "this took too long; try again")
            .into_response()
    })
}

/// Whether a handler changes nothing by itself: it reads, or it appends to a vault, which is
/// the work of the vault's own task from the moment that the request is in its queue.
fn may_be_dropped(request: &Request) -> bool {
    let route = request.extensions().get::<MatchedPath>();
    matches!(*request.method(), Method::GET | Method::HEAD)
        || (*request.method() == Method::POST
            && route.is_some_and(|route| route.as_str() == VAULT_ENTRIES))
}

/// Refuses a query on operations that take none.
pub(crate) async fn without_query(request: Request, next: Next) -> Response {
    if request.uri().query().is_some_and(|query| !query.is_empty()) {
        return ApiError::malformed("this operation takes no query").into_response();
    }
    next.run(request).await
}

fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

fn status_name(status: StatusCode) -> metrics::SharedString {
    match status {
        StatusCode::OK => metrics::SharedString::const_str("200"),
        other => other.as_str().to_owned().into(),
    }
}

/// What a panicking handler answers; the panic itself goes to the log.
pub(crate) fn panicked(cause: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let text = cause
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| cause.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(panic = text, "a handler panicked");
    ApiError::new(ProblemCode::Internal).into_response()
}

/// Paths of no operation: the web client's, else unknown.
pub(crate) async fn page(State(api): State<Api>, request: Request) -> Response {
    let pages = api.config.pages.as_ref();
    pages
        .and_then(|answer| answer(request.method(), request.uri(), request.headers()))
        .unwrap_or_else(|| ApiError::new(ProblemCode::NotFound).into_response())
}

/// Known paths, other methods.
pub(crate) async fn method_not_allowed() -> ApiError {
    ApiError::malformed("this path does not take this method")
        .status(StatusCode::METHOD_NOT_ALLOWED)
}
