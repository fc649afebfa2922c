use crate::StoreResult;
use async_trait::async_trait;
use bytes::Bytes;
use std::time::Duration;
use strongroom_types::*;

/// Names a write of an account. For writes before there is an account, tenant and account may
/// be any fixed values, such as zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AnswerKey {
    pub tenant: TenantId,
    pub account: AccountId,
    pub key: IdempotencyKey,
}

/// The answer that a write got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerRow {
    /// Hash of the request, so that another one under the same key is noticed.
    pub request_hash: Digest,
    /// HTTP status.
    pub status: u16,
    pub body: Bytes,
    pub created_ms: TimestampMs,
}

/// An answer that is kept in the same step as the write that it answers: both are there after
/// a crash, or neither. The methods that take one fail with `AlreadyExists(Answer)`, and change
/// nothing, if there is an answer to another request under its key.
#[derive(Clone, Debug)]
pub struct KeptAnswer {
    pub key: AnswerKey,
    pub row: AnswerRow,
}

/// Failed attempts under one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Failures without a success or a quiet window between them.
    pub failures: u32,
    pub first_ms: TimestampMs,
    pub last_ms: TimestampMs,
}

/// What guards the server: repeated writes, guessing, health, and clearing out.
#[async_trait]
pub trait GuardStore: Send + Sync + 'static {
    /// The stored answer of a write.
    async fn lookup_answer(&self, key: AnswerKey) -> StoreResult<Option<AnswerRow>>;

    /// Keeps an answer. `AlreadyExists(Answer)` if there is one with another request.
    async fn put_answer(&self, key: AnswerKey, answer: AnswerRow) -> StoreResult<()>;

    /// Failures under a key (a hash that the caller makes of a name or an address).
    async fn attempts(&self, key: Digest) -> StoreResult<Attempts>;

    /// Counts a failure; begins anew if the last one is longer ago than `window_ms`.
    /// Returns the state after it.
    async fn record_failure(
        &self,
        key: Digest,
        now_ms: TimestampMs,
        window_ms: u64,
    ) -> StoreResult<Attempts>;

    /// Forgets the failures under a key.
    async fn clear_failures(&self, key: Digest) -> StoreResult<()>;

    /// Drops what has no use any more: answers and attempts older than `before_ms`, sessions and
    /// grants that expired before `now_ms`. Returns the number of rows.
    async fn purge(&self, before_ms: TimestampMs, now_ms: TimestampMs) -> StoreResult<u64>;

    /// Makes one durable write and says how long it took.
    async fn probe(&self) -> StoreResult<Duration>;
}
