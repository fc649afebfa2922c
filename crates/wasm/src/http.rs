//! Requests of the API over the port: bodies, idempotency keys, problem details as errors.

use crate::platform::{Http, HttpFailure, Platform, Request};
use crate::{CoreError, Result};
use serde::{Serialize, de::DeserializeOwned};
use strongroom_types::limits::{ENTRY_PAYLOAD_MAX_BYTES, JSON_MAX_BYTES, PAGE_TARGET_BYTES};
use strongroom_types::{Digest, IdempotencyKey, InviteId};
use strongroom_wire::{
    Appended, CBOR_MEDIA_TYPE, IDEMPOTENCY_KEY_HEADER, LINK_TOKEN_HEADER, ServerInfo,
};
use zeroize::Zeroizing;

const CBOR_MAX_BYTES: usize = PAGE_TARGET_BYTES * 2 + ENTRY_PAYLOAD_MAX_BYTES;
const PEM_MAX_BYTES: usize = 64 << 10;

/// Who asks.
#[derive(Clone, Copy)]
pub(crate) enum Auth<'a> {
    /// Nobody.
    None,
    /// The holder of a session.
    Session(&'a str),
    /// A joiner with an invitation.
    Invite(InviteId, Digest),
    /// The holder of a link, by its token.
    Link(Digest),
}

/// Whether a request is sent once more when it is not known whether it arrived.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Idempotent by key or by content.
    Once,
    Never,
}

impl<H: Http, S> Platform<H, S> {
    /// `GET` of a JSON answer.
    pub(crate) async fn get_json<T: DeserializeOwned>(
        &self,
        path: &str,
        auth: Auth<'_>,
    ) -> Result<T> {
        let body = self.get(path, auth, JSON_MAX_BYTES).await?;
        decode(&body)
    }

    /// `GET` of a CBOR answer.
    pub(crate) async fn get_cbor(&self, path: &str, auth: Auth<'_>) -> Result<Vec<u8>> {
        self.get(path, auth, CBOR_MAX_BYTES).await
    }

    /// `GET` of the CA's certificate.
    pub(crate) async fn get_pem(&self, path: &str) -> Result<Vec<u8>> {
        self.get(path, Auth::None, PEM_MAX_BYTES).await
    }

    /// A write with a JSON body and a JSON answer.
    pub(crate) async fn send_json<B: Serialize, T: DeserializeOwned>(
        &self,
        method: &'static str,
        path: &str,
        auth: Auth<'_>,
        body: &B,
        repeat: Repeat,
    ) -> Result<T> {
        let answer = self.write_json(method, path, auth, body, repeat).await?;
        decode(&answer)
    }

    /// A write with a JSON body and no answer.
    pub(crate) async fn send_quiet<B: Serialize>(
        &self,
        method: &'static str,
        path: &str,
        auth: Auth<'_>,
        body: &B,
    ) -> Result<()> {
        self.write_json(method, path, auth, body, Repeat::Once)
            .await
            .map(drop)
    }

    /// A write without body or answer.
    pub(crate) async fn send_empty(
        &self,
        method: &'static str,
        path: &str,
        auth: Auth<'_>,
    ) -> Result<()> {
        self.write(method, path, auth, None, Vec::new(), Repeat::Once)
            .await
            .map(drop)
    }

    /// An append: CBOR there, JSON back. Idempotent by content.
    pub(crate) async fn append(
        &self,
        path: &str,
        body: Vec<u8>,
        auth: Auth<'_>,
    ) -> Result<Appended> {
        let answer = self
            .write(
                "POST",
                path,
                auth,
                Some(CBOR_MEDIA_TYPE),
                body,
                Repeat::Once,
            )
            .await?;
        decode(&answer)
    }

    /// The server's address for other people and other machines: in links, and on recovery kits.
    /// The page's own, but where that is plain HTTP: such a page is on the server's own machine,
    /// `localhost` is another machine everywhere else, and no client takes a link without TLS.
    pub(crate) async fn address_for_others(&self) -> Result<String> {
        if !self.origin.starts_with("http://") {
            return Ok(self.origin.clone());
        }
        let server: ServerInfo = self.get_json("/v1/server", Auth::None).await?;
        let told = server.public_url.filter(|url| is_https_host(url));
        Ok(told.unwrap_or_else(|| self.origin.clone()))
    }

    async fn write_json<B: Serialize>(
        &self,
        method: &'static str,
        path: &str,
        auth: Auth<'_>,
        body: &B,
        repeat: Repeat,
    ) -> Result<Vec<u8>> {
        let body = serde_json::to_vec(body)?;
        self.write(method, path, auth, Some("application/json"), body, repeat)
            .await
    }

    async fn get(&self, path: &str, auth: Auth<'_>, max_bytes: usize) -> Result<Vec<u8>> {
        let build = || Request {
            method: "GET",
            path: path.to_owned(),
            headers: authorization(auth).into_iter().collect(),
            body: Vec::new(),
            answer_max_bytes: max_bytes,
        };
        self.send(build, Repeat::Once).await
    }

    async fn write(
        &self,
        method: &'static str,
        path: &str,
        auth: Auth<'_>,
        media_type: Option<&str>,
        body: Vec<u8>,
        repeat: Repeat,
    ) -> Result<Vec<u8>> {
        let key = IdempotencyKey::make(&mut self.rng()).to_string();
        let build = || {
            let mut headers: Vec<_> = authorization(auth).into_iter().collect();
            headers.push((IDEMPOTENCY_KEY_HEADER, Zeroizing::new(key.clone())));
            if let Some(media_type) = media_type {
                headers.push(("content-type", Zeroizing::new(media_type.to_owned())));
            }
            Request {
                method,
                path: path.to_owned(),
                headers,
                body: body.clone(),
                answer_max_bytes: JSON_MAX_BYTES,
            }
        };
        self.send(build, repeat).await
    }

    /// Sends; once more where the connection broke and that is harmless. Longer patience is the
    /// page's, which can show it.
    async fn send(&self, build: impl Fn() -> Request, repeat: Repeat) -> Result<Vec<u8>> {
        let answer = match self.http.send(build()).await {
            Err(HttpFailure::Offline) if repeat == Repeat::Once => self.http.send(build()).await?,
            sent => sent?,
        };
        if (200..300).contains(&answer.status) {
            return Ok(answer.body);
        }
        Err(CoreError::from_answer(
            answer.status,
            answer.retry_after_seconds,
            &answer.body,
        ))
    }
}

pub(crate) fn authorization(auth: Auth<'_>) -> Option<(&'static str, Zeroizing<String>)> {
    let value = match auth {
        Auth::None => return None,
        Auth::Session(token) => format!("Bearer {token}"),
        Auth::Invite(invite, auth) => format!("Invite {invite}.{auth}"),
        Auth::Link(token) => {
            return Some((LINK_TOKEN_HEADER, Zeroizing::new(token.to_string())));
        }
    };
    Some(("authorization", Zeroizing::new(value)))
}

/// Nothing but a host and a port: what a link puts behind it must stay the path.
fn is_https_host(url: &str) -> bool {
    let part_of_host = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    url.strip_prefix("https://")
        .is_some_and(|host| !host.is_empty() && host.chars().all(part_of_host))
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body).map_err(|_| {
        CoreError::failed(
            "unexpected_answer",
            "the server's answer does not have the expected form",
        )
        .with_hint("this page may be older than the server: reload it")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Response;
    use std::cell::Cell;
    use strongroom_crypto::SystemRng;
    use strongroom_types::ManualClock;

    /// A server that says this of its address, and how often it was asked.
    struct Says(Option<&'static str>, Cell<usize>);

    impl Http for Says {
        async fn send(&self, request: Request) -> Result<Response, HttpFailure> {
            assert_eq!(request.path, "/v1/server");
            self.1.set(self.1.get() + 1);
            let mut info = serde_json::json!({ "product": "strongroom", "version": "1",
                "suite": 1, "setup_open": false, "now_ms": 7 });
            if let Some(url) = self.0 {
                info["public_url"] = url.into();
            }
            Ok(Response {
                status: 200,
                retry_after_seconds: None,
                body: info.to_string().into_bytes(),
            })
        }
    }

    /// The address for others, and how often the server was asked for it.
    async fn address(origin: &str, says: Option<&'static str>) -> (String, usize) {
        let clock = Box::new(ManualClock::at(7));
        let net = Says(says, Cell::new(0));
        let platform = Platform::new(net, (), origin, "Browser", clock, Box::new(SystemRng));
        let address = platform.address_for_others().await.unwrap();
        (address, platform.http.1.get())
    }

    #[tokio::test]
    async fn only_a_page_without_tls_takes_the_servers_word_for_its_address() {
        let local = "http://localhost:8080";
        for url in ["https://rooms.example.org", "https://[::1]:8443"] {
            assert_eq!(address(local, Some(url)).await, (url.to_owned(), 1));
        }
        let own = "https://vault.example:8443";
        let elsewhere = Some("https://rooms.example.org");
        assert_eq!(address(own, elsewhere).await, (own.to_owned(), 0));
    }

    #[tokio::test]
    async fn an_address_that_is_missing_or_none_leaves_the_pages_own() {
        let local = "http://localhost:8080";
        assert_eq!(address(local, None).await.0, local);
        for url in [
            "",
            "https://",
            "http://rooms.example.org",
            "https://rooms.example.org/",
            "https://rooms.example.org/l/ab#",
            "https://rooms.example.org#",
            "https://rooms.example.org?a",
            "https://somebody@rooms.example.org",
            "https://rooms example.org",
        ] {
            assert_eq!(address(local, Some(url)).await.0, local, "{url}");
        }
    }
}
