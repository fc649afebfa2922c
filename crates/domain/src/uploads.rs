use crate::{
    Caller, Domain, DomainError, DomainResult, WriteAnswer, content::PartOf, error::refuse,
    maintain::blob_key,
};
use bytes::Bytes;
use futures::{FutureExt, StreamExt, TryStreamExt, stream::BoxStream};
use std::io;
use strongroom_blobs::{BlobError, Expected};
use strongroom_format::file::PartGeometry;
use strongroom_store::{NewUpload, PartRow, StoreError, UploadKey, UploadRow, What};
use strongroom_types::*;
use strongroom_wire::{ProblemCode, UploadStart, UploadView};

/// A part on its way in.
pub type PartStream = BoxStream<'static, io::Result<Bytes>>;

impl Domain {
    /// Begins an upload, or finds it again. Role, locks, limits and quota are judged here,
    /// before the first byte travels.
    pub async fn start_upload(
        &self,
        caller: &Caller,
        vault: VaultId,
        start: UploadStart,
    ) -> DomainResult<UploadView> {
        self.require_role(caller, vault, Role::Writer).await?;
        self.require_second_key(caller, vault).await?;
        let geometry = PartGeometry::of(start.sealed_length)?;
        let quota = self.effective_quota(caller).await?;
        if start.sealed_length > quota.file_max_bytes {
            return refuse(
                ProblemCode::QuotaExceeded,
                "the file is larger than your limit",
            );
        }
        if let Some(file) = self.store.file(caller.tenant, vault, start.file).await? {
            if file.protected {
                return refuse(ProblemCode::Locked, "the file is protected");
            }
            let other = file.lease.filter(|lease| lease.identity != caller.identity);
            if other.is_some_and(|lease| lease.expires_ms > self.now_ms()) {
                return refuse(ProblemCode::Locked, "the file is locked by someone else");
            }
        }
        let upload = NewUpload {
            key: UploadKey {
                tenant: caller.tenant,
                vault,
                revision: start.revision,
            },
            file: start.file,
            record: start.record,
            account: caller.account,
            sealed_length: start.sealed_length,
            part_count: geometry.part_count,
            tree_part_count: geometry.tree_part_count,
            total_max_bytes: quota.total_max_bytes,
            now_ms: self.now_ms(),
        };
        let row = match self.store.start_upload(upload).await {
            Ok(row) => row,
            Err(StoreError::AlreadyExists(What::Revision)) => {
                return refuse(ProblemCode::Conflict, "the revision is already there");
            }
            Err(StoreError::QuotaExceeded) => {
                return refuse(
                    ProblemCode::QuotaExceeded,
                    "this would pass your total limit",
                );
            }
            Err(error) => return Err(error.into()),
        };
        self.view(&row, quota.parts_in_flight_max).await
    }

    /// What is stored of an upload of the caller's own.
    pub async fn upload_view(
        &self,
        caller: &Caller,
        vault: VaultId,
        revision: RevisionId,
    ) -> DomainResult<UploadView> {
        let row = self.own_upload(caller, vault, revision).await?;
        let quota = self.effective_quota(caller).await?;
        self.view(&row, quota.parts_in_flight_max).await
    }

    /// Gives up an upload of the caller's own.
    pub async fn delete_upload(
        &self,
        caller: &Caller,
        vault: VaultId,
        revision: RevisionId,
        answer: WriteAnswer,
    ) -> DomainResult<()> {
        let row = self.own_upload(caller, vault, revision).await?;
        if !self.store.delete_upload(row.key, Some(answer.0)).await? {
            return Err(DomainError::new(ProblemCode::NotFound));
        }
        // The rest is left to the next round of clearing out if this fails.
        if let Err(error) = self.collect_garbage().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "clearing out failed"
            );
        }
        Ok(())
    }

    /// Stores a part, durable when it returns. A part that is stored already is not written
    /// again. At most the account's number of parts are written at the same time; more wait.
    /// A newer attempt at the same part ends the older one.
    #[allow(clippy::too_many_arguments)]
    pub async fn put_part(
        &self,
        caller: &Caller,
        vault: VaultId,
        revision: RevisionId,
        part_of: PartOf,
        number: u64,
        crc32c: u32,
        declared_length: Option<u64>,
        body: PartStream,
    ) -> DomainResult<()> {
        let row = self.own_upload(caller, vault, revision).await?;
        let geometry = PartGeometry::of(row.sealed_length)?;
        let length = match part_of {
            PartOf::Content => geometry.part_bytes(number),
            PartOf::Tree => geometry.tree_part_bytes(number),
        };
        let Some(length) = length else {
            return refuse(ProblemCode::Malformed, "the upload has no such part");
        };
        if let Some(declared) = declared_length.filter(|declared| *declared != length) {
            let error = BlobError::WrongLength {
                expected: length,
                got: declared,
            };
            return Err(error.into());
        }
        let quota = self.effective_quota(caller).await?;
        let tree = part_of == PartOf::Tree;
        let revision_key = blob_key(row.key);
        let key = if tree {
            revision_key.tree_part(number)
        } else {
            revision_key.part(number)
        };
        // Whoever sends a part again has given the earlier attempt up: its body ends here, so
        // that it holds neither its place nor its turn until somebody notices that nothing
        // comes any more.
        let (_attempt, over) = self.part_attempts.begin(key);
        let body = body.take_until(over.boxed()).boxed();
        let _place = self
            .part_places
            .take(caller.account, quota.parts_in_flight_max)
            .await;
        let _turn = self.part_locks.turn(key).await;
        // Waiting may have taken long: a finished revision is never written to.
        self.own_upload(caller, vault, revision).await?;
        if let Some(stored) = self.store.stored_part(row.key, tree, number).await? {
            if stored.crc32c != crc32c {
                return refuse(
                    ProblemCode::Conflict,
                    "another part is stored under this number",
                );
            }
            drain(body, length).await;
            return Ok(());
        }
        let body = body.map_err(|error| Box::new(error) as _).boxed();
        self.blobs
            .put(
                key,
                body,
                Expected {
                    length,
                    crc32c: Some(crc32c),
                },
            )
            .await?;
        let part = PartRow {
            tree,
            number,
            length,
            crc32c,
        };
        match self.store.record_part(row.key, part, self.now_ms()).await {
            Err(StoreError::NotFound) => {
                // Given up meanwhile: nothing may stay behind. But what was finished meanwhile,
                // by another copy of this request, stays.
                let finished = self.store.revision(caller.tenant, vault, revision).await?;
                if finished.is_none() {
                    self.blobs.delete(key).await?;
                }
                Err(DomainError::new(ProblemCode::NotFound))
            }
            other => Ok(other?),
        }
    }

    async fn own_upload(
        &self,
        caller: &Caller,
        vault: VaultId,
        revision: RevisionId,
    ) -> DomainResult<UploadRow> {
        self.require_role(caller, vault, Role::Writer).await?;
        let key = UploadKey {
            tenant: caller.tenant,
            vault,
            revision,
        };
        self.store
            .upload(key)
            .await?
            .filter(|row| row.account == caller.account)
            .ok_or_else(|| DomainError::new(ProblemCode::NotFound))
    }

    /// Data needs somebody besides one set of devices who can open it again.
    pub(crate) async fn require_second_key(
        &self,
        caller: &Caller,
        vault: VaultId,
    ) -> DomainResult<()> {
        if caller.recovery_confirmed {
            return Ok(());
        }
        if self.store.members(caller.tenant, vault).await?.len() < 2 {
            return refuse(ProblemCode::Forbidden, SECOND_KEY);
        }
        Ok(())
    }

    async fn view(&self, row: &UploadRow, parts_in_flight_max: u32) -> DomainResult<UploadView> {
        let parts = self.store.stored_parts(row.key).await?;
        let numbers = |tree: bool| {
            parts
                .iter()
                .filter(move |part| part.tree == tree)
                .map(|part| part.number)
        };
        Ok(UploadView {
            revision: row.key.revision,
            sealed_length: row.sealed_length,
            part_count: row.part_count,
            parts_stored: ranges(numbers(false)),
            tree_part_count: row.tree_part_count,
            tree_parts_stored: ranges(numbers(true)),
            parts_in_flight_max,
        })
    }
}

/// Why a lonely vault takes no data yet.
pub(crate) const SECOND_KEY: &str = "confirm your recovery kit first, or add a second member: otherwise nobody could open this vault again";

/// Reads on to the end of a body that is not needed, so that its sender hears the answer.
async fn drain(mut body: PartStream, limit: u64) {
    let mut rest = limit;
    while let Some(Ok(piece)) = body.next().await {
        match rest.checked_sub(piece.len() as u64) {
            Some(left) => rest = left,
            None => return,
        }
    }
}

/// Ascending numbers as ranges `[first, end)`.
fn ranges(numbers: impl Iterator<Item = u64>) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, end)) if *end == number => *end = number.saturating_add(1),
            _ => ranges.push((number, number.saturating_add(1))),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    #[test]
    fn ranges() {
        let ranges = |numbers: &[u64]| super::ranges(numbers.iter().copied());
        assert_eq!(ranges(&[]), []);
        assert_eq!(ranges(&[0, 1, 2, 5, 7, 8]), [(0, 3), (5, 6), (7, 9)]);
    }
}
