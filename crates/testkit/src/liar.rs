//! A layer around the real server's router that changes answers on their way out.

use crate::world::stopped;
use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};
use strongroom_server::WrapRouter;

const BODY_MAX_BYTES: usize = 64 << 20;

/// A request before the real server sees it.
pub struct Asked {
    pub method: Method,
    pub uri: Uri,
    /// The session's token.
    pub token: Option<String>,
    pub body: Bytes,
}

/// An answer before it leaves.
pub struct Answer {
    pub method: Method,
    pub uri: Uri,
    /// The session's token, of whoever asked.
    pub token: Option<String>,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The path of the request.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// A query parameter of the request.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.uri
            .query()?
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|p| p.1)
    }
}

/// A lie: changes an answer in place and says whether it did.
pub type Lie = Arc<dyn Fn(&mut Answer) -> bool + Send + Sync>;

/// Answers a request with JSON in the real server's place, or leaves it to that.
pub type Take = Arc<dyn Fn(&Asked) -> Option<(StatusCode, Bytes)> + Send + Sync>;

/// The switch of the malicious server.
#[derive(Default)]
pub struct Liar {
    lie: Mutex<Option<Lie>>,
    take: Mutex<Option<Take>>,
    told: Mutex<u64>,
}

impl Liar {
    /// An honest server, for now.
    pub fn honest() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// From now on answers with `lie`; an earlier lie ends.
    pub fn tell(&self, lie: Lie) {
        *self.lie.lock().unwrap_or_else(PoisonError::into_inner) = Some(lie);
        *self.told.lock().unwrap_or_else(PoisonError::into_inner) = 0;
    }

    /// From now on requests go to `take` first.
    pub fn take(&self, take: Take) {
        *self.take.lock().unwrap_or_else(PoisonError::into_inner) = Some(take);
    }

    /// Honest again. Returns how often the lie changed an answer, so that a test can see that
    /// it was told at all.
    pub fn stop(&self) -> u64 {
        *self.lie.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *self.take.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One lie from beginning to end: tells it, lets a client try what it has to stop, and is
    /// honest again. Gives the stable code with which the client stopped.
    ///
    /// # Errors
    /// The client believed it, failed for another reason than integrity (exit code 5), or the
    /// lie changed no answer.
    pub async fn caught<T>(
        &self,
        lie: Lie,
        attempt: impl Future<Output = strongroom_client::Result<T>>,
    ) -> Result<String> {
        self.tell(lie);
        let tried = attempt.await;
        let told = self.stop();
        let code = stopped(tried).with_context(|| format!("told {told} times"))?;
        ensure!(told > 0, "the lie was never told: {code}");
        Ok(code)
    }

    /// The layer for [`strongroom_server::ServeOptions::wrap_router`].
    pub fn wrap(self: &Arc<Self>) -> WrapRouter {
        let liar = Arc::clone(self);
        Box::new(move |router: Router| {
            router.layer(middleware::from_fn(move |request: Request, next: Next| {
                let liar = Arc::clone(&liar);
                async move { liar.pass(request, next).await }
            }))
        })
    }

    async fn pass(&self, request: Request, next: Next) -> Response {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let token = bearer(request.headers());
        let take = self
            .take
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let request = match take {
            None => request,
            Some(take) => {
                let (parts, body) = request.into_parts();
                let Ok(body) = to_bytes(body, BODY_MAX_BYTES).await else {
                    return StatusCode::INTERNAL_SERVER_ERROR.into_response();
                };
                let asked = Asked {
                    method: method.clone(),
                    uri: uri.clone(),
                    token: token.clone(),
                    body,
                };
                if let Some((status, body)) = take(&asked) {
                    let json = [(header::CONTENT_TYPE, "application/json")];
                    return (status, json, body).into_response();
                }
                Request::from_parts(parts, Body::from(asked.body))
            }
        };
        let response = next.run(request).await;
        let Some(lie) = self
            .lie
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
        else {
            return response;
        };
        if uri.path().ends_with("/events") {
            return response;
        }
        let (parts, body) = response.into_parts();
        let Ok(body) = to_bytes(body, BODY_MAX_BYTES).await else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let mut answer = Answer {
            method,
            uri,
            token,
            status: parts.status,
            headers: parts.headers,
            body,
        };
        if lie(&mut answer) {
            *self.told.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        }
        answer.headers.remove(header::TRANSFER_ENCODING);
        answer
            .headers
            .insert(header::CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
        let mut response = Response::new(Body::from(answer.body));
        *response.status_mut() = answer.status;
        *response.headers_mut() = answer.headers;
        response
    }
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::to_owned)
}
