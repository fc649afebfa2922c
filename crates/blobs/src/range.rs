use crate::{BlobError, BlobResult, BlobStream, Blobs, RevisionKey};
use bytes::Bytes;
use futures::{StreamExt, stream};
use std::{ops::Range, sync::Arc};

/// The bytes `[range)` of a revision's content (or tree), across parts, in constant memory.
///
/// `part_length` is the length of every part but the last, `total_length` that of all together.
/// `RangeOutside` if the range is not inside; a missing or short part shows as an error in the
/// stream, except for the first one, which is opened before this returns.
pub async fn read_revision(
    blobs: Arc<dyn Blobs>,
    key: RevisionKey,
    tree: bool,
    part_length: u64,
    total_length: u64,
    range: Range<u64>,
) -> BlobResult<BlobStream> {
    if range.start > range.end || range.end > total_length || part_length == 0 {
        return Err(BlobError::RangeOutside);
    }
    let mut reader = Reader {
        blobs,
        key,
        tree,
        part_length,
        at: range.start,
        end: range.end,
        part: None,
    };
    if reader.at < reader.end {
        reader.open_part().await?;
    }
    Ok(stream::unfold(Some(reader), |reader| async move {
        let mut reader = reader?;
        match reader.next().await {
            Ok(Some(piece)) => Some((Ok(piece), Some(reader))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed())
}

struct Reader {
    blobs: Arc<dyn Blobs>,
    key: RevisionKey,
    tree: bool,
    part_length: u64,
    at: u64,
    end: u64,
    part: Option<BlobStream>,
}

impl Reader {
    async fn open_part(&mut self) -> BlobResult<()> {
        let number = self.at / self.part_length;
        let start = self.at % self.part_length;
        let part_end = self.part_length.min(self.end - number * self.part_length);
        let key = if self.tree {
            self.key.tree_part(number)
        } else {
            self.key.part(number)
        };
        self.part = Some(self.blobs.get_range(key, start, part_end).await?);
        Ok(())
    }

    async fn next(&mut self) -> BlobResult<Option<Bytes>> {
        loop {
            if let Some(part) = &mut self.part {
                match part.next().await {
                    Some(Ok(piece)) => {
                        self.at += piece.len() as u64;
                        return Ok(Some(piece));
                    }
                    Some(Err(error)) => return Err(error),
                    None => self.part = None,
                }
            }
            if self.at >= self.end {
                return Ok(None);
            }
            self.open_part().await?;
        }
    }
}
