//! The HTTP side: one trusted CA, bounded answers, bounded retries with the same idempotency
//! key, problem details as errors.

mod answer;
mod authority;
mod part;
mod sse;
pub(crate) mod tls;

use crate::{ClientError, Environment, Result};
pub(crate) use answer::explain;
use answer::problem_of;
pub(crate) use answer::read_body;
use bytes::Bytes;
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use rustls::ClientConfig;
use serde::{Serialize, de::DeserializeOwned};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;
use strongroom_types::limits::{ENTRY_PAYLOAD_MAX_BYTES, JSON_MAX_BYTES, PAGE_TARGET_BYTES};
use strongroom_types::*;
use strongroom_wire::*;
use zeroize::Zeroizing;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection on which nothing arrives for so long is given up.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest pause that a server may ask for before we rather say so.
const RETRY_AFTER_MAX_SECONDS: u64 = 8;
const CBOR_MAX_BYTES: usize = PAGE_TARGET_BYTES * 2 + ENTRY_PAYLOAD_MAX_BYTES;

/// Who asks.
#[derive(Clone, Copy)]
pub(crate) enum Auth<'a> {
    /// Nobody.
    None,
    /// The profile's session.
    Session,
    /// The holder of a token of its own.
    Bearer(&'a str),
    /// A joiner with an invitation.
    Invite(InviteId, Digest),
    /// The holder of a link.
    Link(&'a Digest),
}

/// Whether a request may be sent again when it is not known whether it arrived.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Idempotent by key or by content.
    Always,
    /// Only when it surely did not arrive.
    Unsent,
}

/// A connection to one server.
pub(crate) struct Http {
    control: reqwest::Client,
    bulk: reqwest::Client,
    /// For parts, which are watched instead of timed.
    upload: reqwest::Client,
    base: Url,
    environment: Environment,
    token: RwLock<Option<Zeroizing<String>>>,
}

impl Http {
    /// Prepares connections to `url` (`https://HOST:PORT`), trusting only `ca_pem`.
    pub fn new(url: &str, ca_pem: &[u8], environment: Environment) -> Result<Self> {
        let base = parse_url(url)?;
        let ca = tls::read_ca(ca_pem)?;
        let config = |alpn: &[&str]| tls::client_config(&ca, alpn);
        Ok(Self {
            control: build(config(&["h2", "http/1.1"])?, Some(READ_TIMEOUT))?,
            bulk: build(config(&["http/1.1"])?, Some(READ_TIMEOUT))?,
            upload: build(config(&["http/1.1"])?, None)?,
            base,
            environment,
            token: RwLock::new(None),
        })
    }

    /// The server's address without a path.
    pub fn origin(&self) -> String {
        self.base.as_str().trim_end_matches('/').to_owned()
    }

    /// The token that [`Auth::Session`] sends.
    pub fn set_token(&self, token: Option<Zeroizing<String>>) {
        *self.token.write().unwrap_or_else(PoisonError::into_inner) = token;
    }

    fn request(
        &self,
        client: &reqwest::Client,
        method: Method,
        path: &str,
        auth: Auth<'_>,
    ) -> RequestBuilder {
        let url = format!("{}{path}", self.origin());
        let request = client.request(method, url);
        match auth {
            Auth::None => request,
            Auth::Session => {
                let token = self.token.read().unwrap_or_else(PoisonError::into_inner);
                match token.as_ref() {
                    Some(token) => request.bearer_auth(token.as_str()),
                    None => request,
                }
            }
            Auth::Bearer(token) => request.bearer_auth(token),
            Auth::Invite(invite, auth) => {
                request.header("authorization", format!("Invite {invite}.{auth}"))
            }
            Auth::Link(token) => request.header(LINK_TOKEN_HEADER, token.to_string()),
        }
    }

    /// A fresh name for a write.
    pub fn idempotency_key(&self) -> String {
        IdempotencyKey::make(&mut self.environment.rng()).to_string()
    }

    /// `GET` of a JSON answer.
    pub async fn get_json<T: DeserializeOwned>(&self, path: &str, auth: Auth<'_>) -> Result<T> {
        let response = self
            .send(Repeat::Always, || {
                self.request(&self.control, Method::GET, path, auth)
            })
            .await?;
        decode(&read_body(response, JSON_MAX_BYTES).await?)
    }

    /// A write with a JSON body and a JSON answer; repeated under one idempotency key.
    pub async fn send_json<B: Serialize, T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        auth: Auth<'_>,
        body: &B,
        repeat: Repeat,
    ) -> Result<T> {
        let response = self.write_json(method, path, auth, body, repeat).await?;
        decode(&read_body(response, JSON_MAX_BYTES).await?)
    }

    /// A write with a JSON body and no answer.
    pub async fn send_json_quiet<B: Serialize>(
        &self,
        method: Method,
        path: &str,
        auth: Auth<'_>,
        body: &B,
    ) -> Result<()> {
        self.write_json(method, path, auth, body, Repeat::Always)
            .await
            .map(drop)
    }

    async fn write_json<B: Serialize>(
        &self,
        method: Method,
        path: &str,
        auth: Auth<'_>,
        body: &B,
        repeat: Repeat,
    ) -> Result<Response> {
        let body = Bytes::from(serde_json::to_vec(body)?);
        let key = self.idempotency_key();
        self.send(repeat, || {
            self.request(&self.control, method.clone(), path, auth)
                .header("content-type", "application/json")
                .header(IDEMPOTENCY_KEY_HEADER, &key)
                .body(body.clone())
        })
        .await
    }

    /// A write without body or answer (`DELETE`, `POST /logout`).
    pub async fn send_empty(&self, method: Method, path: &str, auth: Auth<'_>) -> Result<()> {
        let key = self.idempotency_key();
        self.send(Repeat::Always, || {
            self.request(&self.control, method.clone(), path, auth)
                .header(IDEMPOTENCY_KEY_HEADER, &key)
        })
        .await
        .map(drop)
    }

    /// `GET` of a CBOR answer.
    pub async fn get_cbor(&self, path: &str, auth: Auth<'_>) -> Result<Vec<u8>> {
        let response = self
            .send(Repeat::Always, || {
                self.request(&self.control, Method::GET, path, auth)
            })
            .await?;
        read_body(response, CBOR_MAX_BYTES).await
    }

    /// An append: CBOR there, JSON back. Idempotent by content.
    pub async fn append(&self, path: &str, body: Bytes) -> Result<Appended> {
        self.append_as(path, body, Auth::Session).await
    }

    /// As [`Http::append`], for whoever `auth` says.
    pub async fn append_as(&self, path: &str, body: Bytes, auth: Auth<'_>) -> Result<Appended> {
        let key = self.idempotency_key();
        let response = self
            .send(Repeat::Always, || {
                self.request(&self.control, Method::POST, path, auth)
                    .header("content-type", CBOR_MEDIA_TYPE)
                    .header(IDEMPOTENCY_KEY_HEADER, &key)
                    .body(body.clone())
            })
            .await?;
        decode(&read_body(response, JSON_MAX_BYTES).await?)
    }

    /// Sends one part with its CRC-32C; idempotent by content, so it is repeated as it is. A
    /// connection on which it stands still is given up; the server ends an attempt when the
    /// next one comes.
    pub async fn put_part(&self, path: &str, part: Bytes, checksum: u32) -> Result<()> {
        let checksum = format!("{checksum:08x}");
        let key = self.idempotency_key();
        self.send_watched(Repeat::Always, || {
            let (body, watch) = part::watched(part.clone());
            let request = self
                .request(&self.upload, Method::PUT, path, Auth::Session)
                .header("content-type", "application/octet-stream")
                .header("content-length", part.len())
                .header(CHECKSUM_HEADER, &checksum)
                .header(IDEMPOTENCY_KEY_HEADER, &key)
                .body(body);
            (request, Some(watch))
        })
        .await
        .map(drop)
    }

    /// Opens raw content; `range` is `[first, end)` in bytes of the content.
    pub async fn get_raw(
        &self,
        path: &str,
        auth: Auth<'_>,
        range: Option<(u64, u64)>,
    ) -> Result<Response> {
        let response = self
            .send(Repeat::Always, || {
                let request = self.request(&self.bulk, Method::GET, path, auth);
                match range {
                    Some((first, end)) => {
                        request.header("range", format!("bytes={first}-{}", end.saturating_sub(1)))
                    }
                    None => request,
                }
            })
            .await?;
        let expected = if range.is_some() {
            StatusCode::PARTIAL_CONTENT
        } else {
            StatusCode::OK
        };
        if response.status() == expected {
            Ok(response)
        } else {
            Err(ClientError::failed(
                "unexpected_answer",
                "the server did not answer with the bytes that were asked for",
            ))
        }
    }

    /// `GET` as a browser makes it: whatever comes is the answer.
    pub async fn visit(&self, path: &str, accepted_encoding: &str) -> Result<Response> {
        self.request(&self.control, Method::GET, path, Auth::None)
            .header("accept", "*/*")
            .header("accept-encoding", accepted_encoding)
            .send()
            .await
            .map_err(|error| explain(error).0)
    }

    /// Opens the event stream.
    pub async fn events(&self) -> Result<sse::EventStream> {
        let response = self
            .send(Repeat::Always, || {
                self.request(&self.control, Method::GET, "/v1/events", Auth::Session)
                    .header("accept", "text/event-stream")
            })
            .await?;
        Ok(sse::EventStream::new(response))
    }

    /// Sends, and sends again where that is harmless and promising.
    async fn send(&self, repeat: Repeat, build: impl Fn() -> RequestBuilder) -> Result<Response> {
        self.send_watched(repeat, || (build(), None)).await
    }

    async fn send_watched(
        &self,
        repeat: Repeat,
        build: impl Fn() -> (RequestBuilder, Option<part::Watch>),
    ) -> Result<Response> {
        let mut attempt = 0;
        loop {
            let (request, watch) = build();
            let sent = match &watch {
                None => request.send().await.map_err(Broken::Connection),
                Some(watch) => tokio::select! {
                    sent = request.send() => sent.map_err(Broken::Connection),
                    () = watch.stalled() => Err(Broken::Stalled),
                },
            };
            let (error, again, wait_ms) = match sent {
                Ok(response) if response.status().is_success() => return Ok(response),
                Ok(response) => {
                    let status = response.status();
                    let error = problem_of(response).await;
                    let busy = matches!(status.as_u16(), 502..=504);
                    let slow_down = status == StatusCode::TOO_MANY_REQUESTS;
                    let asked = error.retry_after_seconds();
                    let again = (busy && repeat == Repeat::Always)
                        || (slow_down
                            && repeat == Repeat::Always
                            && asked.is_some_and(|s| s <= RETRY_AFTER_MAX_SECONDS));
                    (error, again, asked.map(|seconds| seconds * 1_000))
                }
                Err(Broken::Stalled) => {
                    let error = ClientError::offline("the connection to the server stands still");
                    (error, repeat == Repeat::Always, Some(0))
                }
                Err(Broken::Connection(error)) => {
                    let unsent = error.is_connect();
                    let (error, hopeless) = explain(error);
                    let again = !hopeless && (unsent || repeat == Repeat::Always);
                    (error, again, None)
                }
            };
            if !again || attempt >= self.environment.retries() {
                return Err(error);
            }
            let pause = wait_ms.unwrap_or_else(|| self.environment.pause_ms(attempt));
            tracing::debug!(attempt, pause, code = error.code(), "trying again");
            tokio::time::sleep(Duration::from_millis(pause)).await;
            attempt += 1;
        }
    }
}

/// Why there is no answer.
enum Broken {
    Connection(reqwest::Error),
    Stalled,
}

/// Reads an address; only `https` without path, query or credentials.
///
/// # Errors
/// Usage.
pub(crate) fn parse_url(text: &str) -> Result<Url> {
    let wrong = || {
        ClientError::usage(format!(
            "{:?} is not a server's address; it looks like https://localhost:8443",
            text.chars().take(200).collect::<String>()
        ))
    };
    let url = Url::parse(text.trim()).map_err(|_| wrong())?;
    let plain = url.scheme() == "https"
        && url.host().is_some()
        && matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if plain { Ok(url) } else { Err(wrong()) }
}

fn build(config: ClientConfig, read_timeout: Option<Duration>) -> Result<reqwest::Client> {
    let http1 = !config.alpn_protocols.iter().any(|name| name == b"h2");
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(config)
        .https_only(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(Duration::from_secs(30))
        .tcp_nodelay(true)
        .user_agent(concat!("strongroom/", env!("CARGO_PKG_VERSION")));
    if http1 {
        builder = builder.http1_only();
    }
    if let Some(read_timeout) = read_timeout {
        builder = builder.read_timeout(read_timeout);
    }
    builder.build().map_err(|error| {
        ClientError::failed("tls", "the connection could not be set up").with_source(error)
    })
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|error| {
        ClientError::failed(
            "unexpected_answer",
            "the server's answer does not have the expected form",
        )
        .with_hint("client and server may be of different versions")
        .with_source(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in [
            "https://localhost:8443",
            "https://a.example/",
            "https://[::1]:1",
        ] {
            assert!(parse_url(good).is_ok(), "{good}");
        }
        for bad in [
            "http://localhost",
            "localhost:8443",
            "https://a/b",
            "https://u:p@a",
            "https://a?x",
            "",
        ] {
            assert_eq!(parse_url(bad).unwrap_err().exit_code(), 2, "{bad}");
        }
    }

    #[tokio::test]
    async fn nobody_there_is_offline_after_bounded_retries() {
        let ca = include_bytes!("../testdata/ca.pem");
        let environment = Environment::default().with_retries(2, 1);
        let http = Http::new("https://127.0.0.1:9", ca, environment).unwrap();
        let error = http
            .get_json::<ServerInfo>("/v1/server", Auth::None)
            .await
            .unwrap_err();
        assert!(error.is_offline(), "{error:?}");
    }
}
