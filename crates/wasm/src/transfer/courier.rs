//! Who carries bytes for one session: requests under its token, tried again while the network is
//! away.

use super::control::{State, Transfer};
use super::port::{Bulk, Headers};
use crate::http::{Auth, authorization};
use crate::platform::{Http, Platform, Request};
use crate::store::Keeper;
use crate::{CoreError, Result};
use std::ops::Range;
use std::rc::Rc;
use strongroom_types::IdempotencyKey;
use strongroom_wire::{CHECKSUM_HEADER, IDEMPOTENCY_KEY_HEADER, ProblemCode};
use zeroize::Zeroizing;

/// Pauses before a request is sent again, milliseconds. Whoever is away for longer goes on by
/// hand.
const PAUSES_MS: [u64; 10] = [
    500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 30_000, 30_000, 30_000,
];
/// A refusal is not longer.
pub(super) const ANSWER_MAX_BYTES: usize = 64 << 10;

/// See the module.
pub(super) struct Courier<H, S, B> {
    pub platform: Rc<Platform<H, S>>,
    pub bulk: Rc<B>,
    pub session: Option<Session>,
}

/// Whose session it is, and where they keep things.
pub(super) struct Session {
    pub token: Zeroizing<String>,
    pub keeper: Keeper,
}

/// Whether the same request may do better later.
fn may_pass(error: &CoreError) -> bool {
    error.is_offline()
        || matches!(
            error.problem(),
            Some(
                ProblemCode::TooManyRequests
                    | ProblemCode::Unavailable
                    | ProblemCode::ChecksumMismatch
            )
        )
}

impl<H: Http, S, B: Bulk> Courier<H, S, B> {
    pub fn auth(&self) -> Auth<'_> {
        match &self.session {
            Some(session) => Auth::Session(&session.token),
            None => Auth::None,
        }
    }

    pub fn headers(&self) -> Headers {
        authorization(self.auth()).into_iter().collect()
    }

    /// Does what needs the network, again and again while it is away.
    pub async fn patiently<T>(
        &self,
        transfer: &Transfer,
        mut work: impl AsyncFnMut() -> Result<T>,
    ) -> Result<T> {
        for pause_ms in PAUSES_MS {
            match work().await {
                Err(error) if may_pass(&error) => {
                    transfer.set_state(State::Waiting);
                    let asked_ms = error.retry_after_seconds().unwrap_or(0) * 1_000;
                    self.bulk.pause(pause_ms.max(asked_ms)).await;
                    transfer.pass().await?;
                }
                other => {
                    transfer.set_state(State::Running);
                    return other;
                }
            }
        }
        work().await
    }

    fn part_headers(&self, checksum: u32) -> Headers {
        let mut headers = self.headers();
        let key = IdempotencyKey::make(&mut self.platform.rng()).to_string();
        headers.push((IDEMPOTENCY_KEY_HEADER, Zeroizing::new(key)));
        headers.push((CHECKSUM_HEADER, Zeroizing::new(format!("{checksum:08x}"))));
        let media_type = "application/octet-stream".to_owned();
        headers.push(("content-type", Zeroizing::new(media_type)));
        headers
    }

    /// Sends a part.
    pub async fn put(&self, path: &str, checksum: u32, body: &B::Parcel) -> Result<()> {
        let headers = self.part_headers(checksum);
        let answer = self.bulk.put(path, headers, body).await?;
        check(answer.status, answer.retry_after_seconds, &answer.body)
    }

    /// Sends a part that lies in the core's memory.
    pub async fn put_own(&self, path: &str, body: &[u8]) -> Result<()> {
        let request = Request {
            method: "PUT",
            path: path.to_owned(),
            headers: self.part_headers(crc32c::crc32c(body)),
            body: body.to_vec(),
            answer_max_bytes: ANSWER_MAX_BYTES,
        };
        let answer = self.platform.http.send(request).await?;
        check(answer.status, answer.retry_after_seconds, &answer.body)
    }

    /// Fetches a range. What came is as long as the server says, not as was asked.
    pub async fn get(&self, path: &str, range: Range<u64>) -> Result<B::Bytes> {
        let fetched = self.bulk.get(path, self.headers(), range).await?;
        if !(200..300).contains(&fetched.status) {
            let length = self.bulk.length(&fetched.body).min(ANSWER_MAX_BYTES);
            let mut body = vec![0; length];
            self.bulk.copy(&fetched.body, 0, &mut body);
            check(fetched.status, fetched.retry_after_seconds, &body)?;
        }
        Ok(fetched.body)
    }

    /// Fetches a range into the core's memory.
    pub async fn get_own(&self, path: &str, range: Range<u64>) -> Result<Vec<u8>> {
        let mut headers = self.headers();
        let last = range.end.saturating_sub(1);
        let text = format!("bytes={}-{last}", range.start);
        headers.push(("range", Zeroizing::new(text)));
        let length = usize::try_from(range.end - range.start).unwrap_or(0);
        let request = Request {
            method: "GET",
            path: path.to_owned(),
            headers,
            body: Vec::new(),
            answer_max_bytes: length.max(ANSWER_MAX_BYTES),
        };
        let answer = self.platform.http.send(request).await?;
        check(answer.status, answer.retry_after_seconds, &answer.body)?;
        Ok(answer.body)
    }
}

pub(super) fn check(status: u16, retry_after_seconds: Option<u64>, body: &[u8]) -> Result<()> {
    match (200..300).contains(&status) {
        true => Ok(()),
        false => Err(CoreError::from_answer(status, retry_after_seconds, body)),
    }
}
