//! Repeating a write is harmless: the first answer is kept for a day and given again.

use crate::{
    config::Api,
    error::{ApiError, ApiResult},
};
use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use std::future::Future;
use strongroom_domain::{Caller, StoredAnswer};
use strongroom_types::IdempotencyKey;
use strongroom_wire::ProblemCode;

/// Runs `operation` once for each key of the caller's account. A repetition with the same
/// method, path and body gets the stored answer; with others it is refused. Failures are not
/// stored: nothing was changed by them, so they may be tried again.
pub(crate) async fn once<F, R>(
    api: &Api,
    caller: &Caller,
    key: IdempotencyKey,
    request: (&Method, &Uri, &Bytes),
    operation: impl FnOnce() -> F,
) -> ApiResult<Response>
where
    F: Future<Output = ApiResult<R>>,
    R: IntoResponse,
{
    let (method, uri, body) = request;
    let hash = api.domain.request_hash(method.as_str(), uri.path(), body);
    let turn = api.domain.idempotency_turn(caller, key).await;
    if let Some(stored) = api.domain.stored_answer(caller, key).await? {
        if stored.request_hash != hash {
            return Err(ApiError::new(ProblemCode::IdempotencyMismatch));
        }
        return Ok(rebuild(stored));
    }
    let response = operation().await?.into_response();
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .map_err(|_| ApiError::new(ProblemCode::Internal))?;
    let stored = StoredAnswer {
        request_hash: hash,
        status: status.as_u16(),
        body: bytes.to_vec(),
    };
    api.domain.store_answer(caller, key, &stored).await?;
    drop(turn);
    Ok(rebuild(stored))
}

/// Stored answers are JSON or empty.
fn rebuild(stored: StoredAnswer) -> Response {
    let empty = stored.body.is_empty();
    let mut response = Response::new(Body::from(stored.body));
    *response.status_mut() = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK);
    if !empty {
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
    }
    response
}
