use crate::{KeptAnswer, StoreResult};
use async_trait::async_trait;
use strongroom_types::*;

/// Names an upload, and later the revision's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UploadKey {
    pub tenant: TenantId,
    pub vault: VaultId,
    pub revision: RevisionId,
}

/// An upload that is about to begin.
#[derive(Clone, Debug)]
pub struct NewUpload {
    pub key: UploadKey,
    pub file: FileId,
    pub record: RecordId,
    pub account: AccountId,
    /// Sealed bytes, header included; reserved on the account's quota.
    pub sealed_length: u64,
    pub part_count: u64,
    pub tree_part_count: u64,
    /// Limit that the account's usage must not pass.
    pub total_max_bytes: Option<u64>,
    pub now_ms: TimestampMs,
}

/// An upload under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadRow {
    pub key: UploadKey,
    pub file: FileId,
    pub record: RecordId,
    pub account: AccountId,
    pub sealed_length: u64,
    pub part_count: u64,
    pub tree_part_count: u64,
    pub started_ms: TimestampMs,
    /// When the last part came, or the start.
    pub touched_ms: TimestampMs,
}

/// A part that is durable on the blob side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartRow {
    /// Part of the tree's leaves instead of the content.
    pub tree: bool,
    pub number: u64,
    pub length: u64,
    pub crc32c: u32,
}

/// Uploads and what is left over of them.
#[async_trait]
pub trait UploadStore: Send + Sync + 'static {
    /// Begins an upload and reserves its bytes; finds the same one again. `AlreadyExists(Upload)`
    /// if the revision is being uploaded with other facts or by another account,
    /// `AlreadyExists(Revision)` if it is finished, `QuotaExceeded` over the limit.
    async fn start_upload(&self, upload: NewUpload) -> StoreResult<UploadRow>;

    /// An upload under way.
    async fn upload(&self, key: UploadKey) -> StoreResult<Option<UploadRow>>;

    /// Its parts, content first, each kind ascending.
    async fn stored_parts(&self, key: UploadKey) -> StoreResult<Vec<PartRow>>;

    /// One part, if it is stored.
    async fn stored_part(
        &self,
        key: UploadKey,
        tree: bool,
        number: u64,
    ) -> StoreResult<Option<PartRow>>;

    /// Notes that a part is durable; the same again is no error. `NotFound` without the upload.
    async fn record_part(
        &self,
        key: UploadKey,
        part: PartRow,
        now_ms: TimestampMs,
    ) -> StoreResult<()>;

    /// Ends an upload, gives its bytes back to the quota and leaves its blobs to
    /// [`garbage`](Self::garbage); `false`, and no answer kept, if there was none.
    async fn delete_upload(&self, key: UploadKey, answer: Option<KeptAnswer>) -> StoreResult<bool>;

    /// Uploads that nobody touched since before `before_ms`, oldest first.
    async fn stale_uploads(
        &self,
        before_ms: TimestampMs,
        limit: usize,
    ) -> StoreResult<Vec<UploadRow>>;

    /// Revisions whose blobs are to be deleted.
    async fn garbage(&self, limit: usize) -> StoreResult<Vec<UploadKey>>;

    /// Forgets garbage whose blobs are gone.
    async fn clear_garbage(&self, key: UploadKey) -> StoreResult<()>;
}
