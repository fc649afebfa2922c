//! What a transfer takes from the world around it, beside what the core takes.

use crate::Result;
use crate::platform::{HttpFailure, Response};
use std::ops::Range;
use strongroom_crypto::sealed_box::BulkKey;
use strongroom_types::limits::TREE_GROUP_BYTES;
use zeroize::Zeroizing;

/// Names in lower case; values may be secret.
pub type Headers = Vec<(&'static str, Zeroizing<String>)>;

/// Of what was taken from a flow so much stays at hand: neighbours share a group at most.
pub const AGAIN_MAX_BYTES: u64 = TREE_GROUP_BYTES as u64;

/// An answer whose body stays outside of the core's memory.
pub struct Fetched<T> {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After` in seconds, where the server said so.
    pub retry_after_seconds: Option<u64>,
    /// The body.
    pub body: T,
}

/// Bytes in bulk: read, sealed, sent, fetched and opened where they are. Only what is hashed is
/// copied into the core's memory, in pieces.
pub trait Bulk {
    /// An AES-256-GCM key, with its base nonce.
    type Key;
    /// Bytes outside of the core's memory.
    type Bytes;
    /// What a person chose to put.
    type Source;
    /// Bytes on their way out, wherever the browser keeps them.
    type Parcel;
    /// The rest of an answer's body. Dropped, it is not fetched any more.
    type Flow;

    /// Takes a key in; it serves one of the two directions.
    fn import(&self, key: BulkKey, sealing: bool) -> impl Future<Output = Result<Self::Key>>;

    /// Reads `plain_bytes` from `offset`, with zeros behind them up to `padded_bytes`.
    ///
    /// # Errors
    /// `source_gone` where it cannot be read any more.
    fn read(
        &self,
        source: &Self::Source,
        offset: u64,
        plain_bytes: usize,
        padded_bytes: usize,
    ) -> impl Future<Output = Result<Self::Bytes>>;

    /// Seals a run of `chunks` chunks; all but the last are full.
    fn seal(
        &self,
        key: &Self::Key,
        first_chunk: u64,
        plain: Self::Bytes,
        chunks: usize,
    ) -> impl Future<Output = Result<Self::Bytes>>;

    /// Opens the chunks in a place of `sealed`; all but the last are full.
    ///
    /// # Errors
    /// Integrity where one does not open.
    fn open(
        &self,
        key: &Self::Key,
        first_chunk: u64,
        sealed: Self::Bytes,
        place: Range<usize>,
    ) -> impl Future<Output = Result<Self::Bytes>>;

    /// How many there are.
    fn length(&self, bytes: &Self::Bytes) -> usize;

    /// Copies from `offset` into the core's memory, as many as `to` holds.
    fn copy(&self, bytes: &Self::Bytes, offset: usize, to: &mut [u8]);

    /// The first `length` of them.
    fn cut(&self, bytes: Self::Bytes, from: usize, length: usize) -> Self::Bytes;

    /// Takes back what nobody needs any more: a garbage collector notices it late.
    fn free(&self, bytes: Self::Bytes);

    /// Makes bytes ready to be sent, as often as it takes, and takes back where they lay.
    fn pack(&self, bytes: Self::Bytes) -> Self::Parcel;

    /// Sends bytes.
    fn put(
        &self,
        path: &str,
        headers: Headers,
        body: &Self::Parcel,
    ) -> impl Future<Output = Result<Response, HttpFailure>>;

    /// Fetches a range of bytes.
    fn get(
        &self,
        path: &str,
        headers: Headers,
        range: Range<u64>,
    ) -> impl Future<Output = Result<Fetched<Self::Bytes>, HttpFailure>>;

    /// Begins to fetch a range of bytes, for [`Bulk::take`].
    fn flow(
        &self,
        path: &str,
        headers: Headers,
        range: Range<u64>,
    ) -> impl Future<Output = Result<Fetched<Self::Flow>, HttpFailure>>;

    /// The last `again` bytes of those that were taken before, at most [`AGAIN_MAX_BYTES`], and
    /// the next `fresh` ones; fewer where the body ends.
    fn take(
        &self,
        flow: &mut Self::Flow,
        again: usize,
        fresh: usize,
    ) -> impl Future<Output = Result<Self::Bytes, HttpFailure>>;

    /// Waits.
    fn pause(&self, milliseconds: u64) -> impl Future<Output = ()>;
}
