use crate::{Caller, Domain, DomainError, DomainResult};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use std::{io, sync::Arc};
use strongroom_blobs::{Blobs, RevisionKey, read_revision};
use strongroom_format::file::{PartGeometry, TREE_PART_BYTES};
use strongroom_store::RevisionRow;
use strongroom_types::*;
use strongroom_wire::ProblemCode;

/// Which bytes of a revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartOf {
    /// The sealed bytes without the header, which travels in the manifest.
    Content,
    /// The leaves of the tree over all sealed bytes.
    Tree,
}

/// Bytes that may be read.
pub struct Content {
    blobs: Arc<dyn Blobs>,
    key: RevisionKey,
    part_of: PartOf,
    total_bytes: u64,
}

impl Content {
    /// Length of the whole.
    pub fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    /// Which revision it is; the same revision always has the same bytes.
    pub fn revision(&self) -> RevisionId {
        self.key.revision
    }

    /// The bytes `[start, end)` in constant memory. A range outside, or a part that cannot be
    /// read, ends the stream with an error.
    pub fn read(self, start: u64, end: u64) -> BoxStream<'static, io::Result<Bytes>> {
        let (tree, part_bytes) = match self.part_of {
            PartOf::Content => (false, limits::PART_SEALED_BYTES as u64),
            PartOf::Tree => (true, TREE_PART_BYTES),
        };
        futures::stream::once(async move {
            let total = self.total_bytes;
            read_revision(self.blobs, self.key, tree, part_bytes, total, start..end).await
        })
        .try_flatten()
        .map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "reading content failed"
            );
            io::Error::other("content cannot be read")
        })
        .boxed()
    }
}

impl Domain {
    /// A revision's bytes, for members of its vault.
    pub async fn content(
        &self,
        caller: &Caller,
        vault: VaultId,
        file: FileId,
        revision: RevisionId,
        part_of: PartOf,
    ) -> DomainResult<Content> {
        self.role_in(caller, vault).await?;
        let row = self
            .revision_of(caller.tenant, vault, file, revision)
            .await?;
        self.content_of(caller.tenant, vault, &row, part_of)
    }

    pub(crate) async fn revision_of(
        &self,
        tenant: TenantId,
        vault: VaultId,
        file: FileId,
        revision: RevisionId,
    ) -> DomainResult<RevisionRow> {
        self.store
            .revision(tenant, vault, revision)
            .await?
            .filter(|row| row.file == file)
            .ok_or_else(|| DomainError::new(ProblemCode::NotFound))
    }

    pub(crate) fn content_of(
        &self,
        tenant: TenantId,
        vault: VaultId,
        row: &RevisionRow,
        part_of: PartOf,
    ) -> DomainResult<Content> {
        let geometry = PartGeometry::of(row.sealed_length)?;
        let total_bytes = match part_of {
            PartOf::Content => geometry.content_bytes,
            PartOf::Tree => geometry.tree_bytes,
        };
        let key = RevisionKey {
            tenant,
            vault,
            revision: row.revision,
        };
        Ok(Content {
            blobs: self.blobs.clone(),
            key,
            part_of,
            total_bytes,
        })
    }
}
