//! Repeating a write is harmless: the first answer is kept for a day and given again.

use crate::{
    body::{JsonBody, NoBody},
    config::Api,
    error::{ApiError, ApiResult},
    extract::{Admin, AnySession, InPath, Session, WriteKey},
};
use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;
use std::{future::Future, marker::PhantomData};
use strongroom_domain::{Caller, DomainResult, StoredAnswer, WriteAnswer, WriteBegun, WriteTurn};
use strongroom_types::{Digest, IdempotencyKey};
use strongroom_wire::ProblemCode;

/// A write of somebody with a session, under its idempotency key: `Who` may ask, for what the
/// ids `P` in the path name, with the body `B`. Looked at in this order. The same key with the
/// same method, path and body gets the stored answer; with others it is refused. Failures are
/// not stored: nothing was changed by them, so they may be tried again.
pub(crate) struct Write<Who, P, B> {
    caller: Caller,
    path: P,
    body: B,
    key: IdempotencyKey,
    request_hash: Digest,
    who: PhantomData<fn() -> Who>,
}

/// A session of some kind.
pub(crate) trait Asks: FromRequestParts<Api, Rejection = ApiError> + Send {
    fn caller(&self) -> Caller;
}

impl Asks for Session {
    fn caller(&self) -> Caller {
        self.0
    }
}

impl Asks for AnySession {
    fn caller(&self) -> Caller {
        self.0
    }
}

impl Asks for Admin {
    fn caller(&self) -> Caller {
        self.0
    }
}

/// A body that takes part in what makes two requests the same.
pub(crate) trait Sent: FromRequest<Api, Rejection = ApiError> + Send {
    fn bytes(&self) -> Bytes;
}

impl<T: DeserializeOwned + Send, const LIMIT: usize> Sent for JsonBody<T, LIMIT> {
    fn bytes(&self) -> Bytes {
        self.bytes.clone()
    }
}

impl Sent for NoBody {
    fn bytes(&self) -> Bytes {
        Bytes::new()
    }
}

impl<Who: Asks, P: DeserializeOwned + Send, B: Sent> FromRequest<Api> for Write<Who, P, B> {
    type Rejection = ApiError;
    async fn from_request(request: Request, api: &Api) -> ApiResult<Self> {
        let (mut parts, body) = request.into_parts();
        let caller = Who::from_request_parts(&mut parts, api).await?.caller();
        let InPath(path) = InPath::from_request_parts(&mut parts, api).await?;
        let WriteKey(key) = WriteKey::from_request_parts(&mut parts, api).await?;
        let (method, uri) = (parts.method.clone(), parts.uri.clone());
        let body = B::from_request(Request::from_parts(parts, body), api).await?;
        let request_hash = api
            .domain
            .request_hash(method.as_str(), uri.path(), &body.bytes());
        Ok(Self {
            caller,
            path,
            body,
            key,
            request_hash,
            who: PhantomData,
        })
    }
}

impl<Who, P, B> Write<Who, P, B> {
    /// Runs an operation that says no more than that it is done. It keeps that answer in the
    /// same step as what it does: after a crash both are there, or neither.
    pub async fn done<F>(
        self,
        api: &Api,
        operation: impl FnOnce(Caller, P, B, WriteAnswer) -> F,
    ) -> ApiResult<Response>
    where
        F: Future<Output = DomainResult<()>>,
    {
        let turn = match self.begin(api).await? {
            WriteBegun::Answered(stored) => return Ok(rebuild(stored)),
            WriteBegun::Turn(turn) => turn,
        };
        let done = StoredAnswer {
            status: StatusCode::NO_CONTENT.as_u16(),
            body: Vec::new(),
        };
        let answer = api.domain.write_answer(&turn, &done);
        operation(self.caller, self.path, self.body, answer).await?;
        Ok(rebuild(done))
    }

    /// Runs an operation whose answer is known only when it is done, and keeps the answer
    /// then. A crash in between loses the answer: so only for operations that find what they
    /// did when they are repeated, or that do nothing which lasts.
    pub async fn answered<F, R>(
        self,
        api: &Api,
        operation: impl FnOnce(Caller, P, B) -> F,
    ) -> ApiResult<Response>
    where
        F: Future<Output = DomainResult<R>>,
        R: IntoResponse,
    {
        let turn: WriteTurn = match self.begin(api).await? {
            WriteBegun::Answered(stored) => return Ok(rebuild(stored)),
            WriteBegun::Turn(turn) => turn,
        };
        let response = operation(self.caller, self.path, self.body).await?;
        let response = response.into_response();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .map_err(|_| ApiError::new(ProblemCode::Internal))?
            .to_vec();
        let stored = StoredAnswer { status, body };
        api.domain.store_answer(&turn, &stored).await?;
        Ok(rebuild(stored))
    }

    async fn begin(&self, api: &Api) -> ApiResult<WriteBegun> {
        let begun = api
            .domain
            .begin_write(&self.caller, self.key, self.request_hash);
        Ok(begun.await?)
    }
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
