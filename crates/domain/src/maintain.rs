use crate::{Domain, DomainResult};
use strongroom_blobs::RevisionKey;
use strongroom_store::UploadKey;

/// What one round of clearing out did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClearedOut {
    /// Rows that had no use any more.
    pub rows: u64,
    /// Uploads that stood still for too long.
    pub uploads: u64,
    /// Revisions whose blobs were deleted.
    pub revisions: u64,
}

pub(crate) fn blob_key(key: UploadKey) -> RevisionKey {
    RevisionKey {
        tenant: key.tenant,
        vault: key.vault,
        revision: key.revision,
    }
}

impl Domain {
    /// One round of clearing out; to be called every few minutes. What fails is tried again in
    /// the next round.
    pub async fn clear_out(&self) -> DomainResult<ClearedOut> {
        self.sweep_logins().await?;
        let now_ms = self.now_ms();
        let mut done = ClearedOut {
            rows: self
                .store
                .purge(now_ms.saturating_sub(self.config.answers_ms), now_ms)
                .await?,
            ..ClearedOut::default()
        };
        let before_ms = now_ms.saturating_sub(self.config.stale_upload_ms);
        for upload in self.store.stale_uploads(before_ms, 100).await? {
            self.store.delete_upload(upload.key, None).await?;
            done.uploads += 1;
        }
        done.revisions = self.collect_garbage().await?;
        Ok(done)
    }

    /// Deletes blobs that nothing refers to any more.
    pub(crate) async fn collect_garbage(&self) -> DomainResult<u64> {
        let mut count = 0;
        for key in self.store.garbage(1_000).await? {
            self.blobs.delete_revision(blob_key(key)).await?;
            self.store.clear_garbage(key).await?;
            count += 1;
        }
        Ok(count)
    }
}
