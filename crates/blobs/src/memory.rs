use crate::*;
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Parts in memory, for tests. Nothing is durable.
#[derive(Default)]
pub struct MemoryBlobs(Mutex<BTreeMap<BlobKey, Bytes>>);

impl MemoryBlobs {
    fn parts(&self) -> MutexGuard<'_, BTreeMap<BlobKey, Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn put(
        &self,
        key: BlobKey,
        mut body: BodyStream,
        expected: Expected,
    ) -> BlobResult<Written> {
        let mut bytes = BytesMut::new();
        while let Some(piece) = body.next().await {
            bytes.extend_from_slice(&piece.map_err(BlobError::Body)?);
            check_not_over(bytes.len() as u64, expected)?;
        }
        let written = Written {
            length: bytes.len() as u64,
            crc32c: crc32c::crc32c(&bytes),
        };
        check_written(written, expected)?;
        self.parts().insert(key, bytes.freeze());
        Ok(written)
    }

    async fn length(&self, key: BlobKey) -> BlobResult<Option<u64>> {
        Ok(self.parts().get(&key).map(|bytes| bytes.len() as u64))
    }

    async fn get_range(&self, key: BlobKey, start: u64, end: u64) -> BlobResult<BlobStream> {
        let bytes = self.parts().get(&key).cloned().ok_or(BlobError::NotFound)?;
        if start > end || end > bytes.len() as u64 {
            return Err(BlobError::RangeOutside);
        }
        let bytes = bytes.slice(start as usize..end as usize);
        let pieces: Vec<_> = bytes
            .chunks(PIECE_BYTES)
            .map(|piece| Ok(bytes.slice_ref(piece)))
            .collect();
        Ok(stream::iter(pieces).boxed())
    }

    async fn delete(&self, key: BlobKey) -> BlobResult<bool> {
        Ok(self.parts().remove(&key).is_some())
    }

    async fn delete_revision(&self, key: RevisionKey) -> BlobResult<()> {
        self.parts().retain(|part, _| part.revision != key);
        Ok(())
    }

    async fn list(&self, key: RevisionKey) -> BlobResult<Vec<(BlobKey, u64)>> {
        Ok(self
            .parts()
            .iter()
            .filter(|(part, _)| part.revision == key)
            .map(|(part, bytes)| (*part, bytes.len() as u64))
            .collect())
    }

    async fn revisions(&self) -> BlobResult<Vec<RevisionKey>> {
        let mut keys: Vec<_> = self.parts().keys().map(|part| part.revision).collect();
        keys.dedup();
        Ok(keys)
    }

    async fn probe(&self) -> BlobResult<()> {
        Ok(())
    }
}
