//! Requests by the browser's fetch, to the page's own origin only.

use crate::platform::{Http, HttpFailure, Request, Response};
use crate::{CoreError, Result};
use futures::StreamExt;
use reqwest::{Client, Method};
use zeroize::Zeroizing;

/// What a refusing event stream says is not longer.
const PROBLEM_MAX_BYTES: usize = 64 << 10;

/// See the module.
#[derive(Clone)]
pub(super) struct Fetch {
    client: Client,
    origin: String,
}

impl Fetch {
    pub fn new(origin: &str) -> Self {
        Self {
            client: Client::new(),
            origin: origin.trim_end_matches('/').to_owned(),
        }
    }

    async fn begin(&self, request: &Request) -> Result<reqwest::Response, HttpFailure> {
        let method =
            Method::from_bytes(request.method.as_bytes()).map_err(|_| HttpFailure::Offline)?;
        let url = format!("{}{}", self.origin, request.path);
        let mut builder = self.client.request(method, url).fetch_credentials_omit();
        for (name, value) in &request.headers {
            builder = builder.header(*name, value.as_str());
        }
        if !request.body.is_empty() {
            builder = builder.body(request.body.clone());
        }
        builder.send().await.map_err(|_| HttpFailure::Offline)
    }

    /// Hands on a stream as it comes; ends when `on_chunk` says so, or the connection does.
    pub async fn stream(
        &self,
        path: &str,
        token: &str,
        on_chunk: &mut dyn FnMut(&[u8]) -> bool,
    ) -> Result<()> {
        let request = Request {
            method: "GET",
            path: path.to_owned(),
            headers: vec![
                ("accept", Zeroizing::new("text/event-stream".to_owned())),
                ("authorization", Zeroizing::new(format!("Bearer {token}"))),
            ],
            body: Vec::new(),
            answer_max_bytes: PROBLEM_MAX_BYTES,
        };
        let response = self.begin(&request).await?;
        if !response.status().is_success() {
            let answer = read_whole(response, PROBLEM_MAX_BYTES).await?;
            return Err(CoreError::from_answer(
                answer.status,
                answer.retry_after_seconds,
                &answer.body,
            ));
        }
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| HttpFailure::Offline)?;
            if !on_chunk(&chunk) {
                break;
            }
        }
        Ok(())
    }
}

async fn read_whole(
    response: reqwest::Response,
    max_bytes: usize,
) -> Result<Response, HttpFailure> {
    let status = response.status().as_u16();
    let retry_after_seconds = response
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.trim().parse().ok());
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| HttpFailure::Offline)?;
        if body.len() + chunk.len() > max_bytes {
            return Err(HttpFailure::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response {
        status,
        retry_after_seconds,
        body,
    })
}

impl Http for Fetch {
    async fn send(&self, request: Request) -> Result<Response, HttpFailure> {
        let response = self.begin(&request).await?;
        read_whole(response, request.answer_max_bytes).await
    }
}
