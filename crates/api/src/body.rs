//! Request bodies: bounded, of the right media type, and without fields nobody knows.

use crate::{
    config::Api,
    error::{ApiError, ApiResult},
};
use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};
use strongroom_types::limits;
use strongroom_wire::{CBOR_MEDIA_TYPE, ProblemCode};

/// Largest JSON body except a wallet's.
pub(crate) const SMALL_JSON_BYTES: usize = 64 << 10;

/// A JSON body of at most `LIMIT` bytes; the bytes are kept for the idempotency check.
pub(crate) struct JsonBody<T, const LIMIT: usize = SMALL_JSON_BYTES> {
    pub value: T,
    pub bytes: Bytes,
}

impl<T: DeserializeOwned, const LIMIT: usize> FromRequest<Api> for JsonBody<T, LIMIT> {
    type Rejection = ApiError;
    async fn from_request(request: Request, api: &Api) -> ApiResult<Self> {
        require_media_type(request.headers(), "application/json")?;
        let bytes = read_all(api, request.into_body(), LIMIT).await?;
        // serde's message names fields and positions of the caller's own text only.
        let value = serde_json::from_slice(&bytes)
            .map_err(|error| ApiError::malformed(format!("JSON: {error}")))?;
        Ok(Self { value, bytes })
    }
}

/// An append request in CBOR.
pub(crate) struct CborBody(pub Bytes);

impl FromRequest<Api> for CborBody {
    type Rejection = ApiError;
    async fn from_request(request: Request, api: &Api) -> ApiResult<Self> {
        require_media_type(request.headers(), CBOR_MEDIA_TYPE)?;
        Ok(Self(
            read_all(api, request.into_body(), limits::APPEND_MAX_BYTES).await?,
        ))
    }
}

/// No body at all.
pub(crate) struct NoBody;

impl FromRequest<Api> for NoBody {
    type Rejection = ApiError;
    async fn from_request(request: Request, api: &Api) -> ApiResult<Self> {
        if read_all(api, request.into_body(), 0).await.is_err() {
            return Err(ApiError::malformed("this operation takes no body"));
        }
        Ok(Self)
    }
}

fn require_media_type(headers: &HeaderMap, expected: &'static str) -> ApiResult<()> {
    let found = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = found
        .and_then(|text| text.split(';').next())
        .unwrap_or_default()
        .trim();
    if essence.eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    Err(
        ApiError::malformed(format!("the body has to be {expected}"))
            .status(axum::http::StatusCode::UNSUPPORTED_MEDIA_TYPE),
    )
}

async fn read_all(api: &Api, body: Body, limit: usize) -> ApiResult<Bytes> {
    use axum::body::HttpBody;
    if body.size_hint().lower() > limit as u64 {
        return Err(ApiError::new(ProblemCode::TooLarge));
    }
    // A write goes on when its client has stopped waiting; its body must not.
    let all = tokio::time::timeout(api.config.body_timeout, axum::body::to_bytes(body, limit));
    let all = all.await.map_err(|_| {
        ApiError::malformed("the body came too slowly")
            .status(axum::http::StatusCode::REQUEST_TIMEOUT)
    })?;
    all.map_err(|error| {
        let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(inner) = source {
            if inner.to_string().contains("length limit") {
                return ApiError::new(ProblemCode::TooLarge);
            }
            source = inner.source();
        }
        ApiError::malformed("the body ended early")
    })
}

/// JSON out.
pub(crate) struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => ([(header::CONTENT_TYPE, "application/json")], bytes).into_response(),
            Err(_) => ApiError::new(ProblemCode::Internal).into_response(),
        }
    }
}

/// CBOR out.
pub(crate) struct Cbor(pub Vec<u8>);

impl IntoResponse for Cbor {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, CBOR_MEDIA_TYPE)], self.0).into_response()
    }
}
