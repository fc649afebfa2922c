//! Sealing and sending: parts in order through the journal, several on their way.

use super::control::{State, Transfer};
use super::courier::Courier;
use super::opened::Opened;
use super::port::Bulk;
use crate::files::{Job, journal_part};
use crate::http::Repeat;
use crate::platform::{Http, Storage};
use crate::{CoreError, Result};
use futures::future::{Either, select};
use futures::stream::{self, FuturesUnordered, StreamExt};
use std::rc::Rc;
use strongroom_format::file::{PartGeometry, TREE_PART_BYTES};
use strongroom_types::Digest;
use strongroom_types::limits::{CHUNK_SEALED_BYTES, PART_CHUNKS, PART_PLAIN_BYTES};
use strongroom_vault::file::{FileSealer, SealedFile, Stretch};
use strongroom_wire::{UploadStart, UploadView};

/// More parts at the same time than this only cost memory.
const IN_FLIGHT_MAX: usize = 3;
/// Parts that are read and sealed ahead.
const AHEAD: usize = 1;
const TAG_BYTES: usize = 16;

/// Where an upload's bytes come from.
pub enum Source<B: Bulk> {
    /// What a person chose.
    Chosen(B::Source),
    /// A file that lies in a vault.
    File(OpenedFile<B>),
}

/// A file that lies in a vault, proven.
pub struct OpenedFile<B: Bulk>(pub(super) Rc<Opened<B>>);

/// Sizes of a part.
#[derive(Clone, Copy)]
struct Part {
    number: u64,
    sealed_bytes: usize,
    chunks: usize,
    padded_bytes: usize,
    plain_bytes: usize,
}

impl Part {
    fn of(geometry: &PartGeometry, size_bytes: u64, number: u64) -> Option<Self> {
        let sealed_bytes = usize::try_from(geometry.part_bytes(number)?).ok()?;
        let chunks = sealed_bytes.div_ceil(CHUNK_SEALED_BYTES);
        let padded_bytes = sealed_bytes.checked_sub(chunks * TAG_BYTES)?;
        let before = number.checked_mul(PART_PLAIN_BYTES as u64)?;
        let rest = usize::try_from(size_bytes.saturating_sub(before)).unwrap_or(usize::MAX);
        Some(Self {
            number,
            sealed_bytes,
            chunks,
            padded_bytes,
            plain_bytes: rest.min(padded_bytes),
        })
    }
}

impl<H: Http, S: Storage, B: Bulk> Courier<H, S, B> {
    /// Seals and sends every part that the server lacks.
    ///
    /// # Errors
    /// `source_changed` where the source does not give the bytes of the journal.
    pub async fn upload(
        &self,
        job: &Job,
        mut sealer: FileSealer,
        source: &Source<B>,
        transfer: &Transfer,
    ) -> Result<SealedFile> {
        let base = format!("/v1/vaults/{}/uploads", job.vault);
        let start = UploadStart {
            file: job.file,
            revision: job.revision,
            record: job.record,
            sealed_length: sealer.sealed_length(),
        };
        let view: UploadView = self
            .patiently(transfer, async || {
                self.platform
                    .send_json("POST", &base, self.auth(), &start, Repeat::Once)
                    .await
            })
            .await?;
        let base = format!("{base}/{}", job.revision);
        let geometry = sealer.geometry();
        let key = self.bulk.import(sealer.bulk_key()?, true).await?;
        let wanted = usize::try_from(view.parts_in_flight_max).unwrap_or(1);
        let in_flight = wanted.clamp(1, IN_FLIGHT_MAX);
        let parts = (0..geometry.part_count)
            .filter_map(|number| Part::of(&geometry, job.size_bytes, number));
        let sealing = stream::iter(parts).map(|part| self.seal(part, source, &key, transfer));
        let mut ready = std::pin::pin!(sealing.buffered(AHEAD).peekable());
        let mut sending = FuturesUnordered::new();
        let mut tree = Tree::new(&base, geometry, &view.tree_parts_stored);
        let mut is_sealed = false;
        loop {
            if transfer.is_paused() && !sending.is_empty() {
                // What is on its way arrives.
                match select(std::pin::pin!(transfer.pass()), sending.next()).await {
                    Either::Left((passed, _)) => passed?,
                    Either::Right((sent, _)) => {
                        if let Some(sent) = sent {
                            self.count(transfer, sent?);
                        }
                    }
                }
                continue;
            }
            transfer.pass().await?;
            if is_sealed || sending.len() >= in_flight {
                // The next parts are read and sealed meanwhile.
                let sent = match is_sealed {
                    true => sending.next().await,
                    false => match select(ready.as_mut().peek(), sending.next()).await {
                        Either::Left(_) => sending.next().await,
                        Either::Right((sent, _)) => sent,
                    },
                };
                let Some(sent) = sent else { break };
                self.count(transfer, sent?);
                continue;
            }
            let next = if sending.is_empty() {
                ready.next().await
            } else {
                match select(ready.next(), sending.next()).await {
                    Either::Left((next, _)) => next,
                    Either::Right((sent, _)) => {
                        if let Some(sent) = sent {
                            self.count(transfer, sent?);
                        }
                        continue;
                    }
                }
            };
            let Some(part) = next else {
                is_sealed = true;
                continue;
            };
            let (part, bytes) = part?;
            let (hash, checksum) = self.take(&mut sealer, part, &bytes, &mut tree.leaves)?;
            let stored = holds(&view.parts_stored, part.number);
            if let Some(session) = &self.session {
                let place = (job.revision, part.number);
                journal_part(&self.platform, &session.keeper, place, hash, stored).await?;
            }
            if stored {
                self.bulk.free(bytes);
                self.count(transfer, part.plain_bytes);
            } else {
                let path = format!("{base}/parts/{}", part.number);
                let parcel = self.bulk.pack(bytes);
                sending.push(async move {
                    self.patiently(transfer, async || self.put(&path, checksum, &parcel).await)
                        .await?;
                    Ok::<usize, CoreError>(part.plain_bytes)
                });
            }
            self.send_tree(&mut tree, transfer, false).await?;
        }
        let sealed = sealer.finish(job.details(), &mut tree.leaves)?;
        self.send_tree(&mut tree, transfer, true).await?;
        Ok(sealed)
    }

    fn count(&self, transfer: &Transfer, plain_bytes: usize) {
        transfer.set_state(State::Running);
        transfer.advance(plain_bytes as u64, self.platform.now_ms());
    }

    async fn seal(
        &self,
        part: Part,
        source: &Source<B>,
        key: &B::Key,
        transfer: &Transfer,
    ) -> Result<(Part, B::Bytes)> {
        let plain = match source {
            Source::Chosen(source) => {
                let offset = part.number * PART_PLAIN_BYTES as u64;
                self.bulk
                    .read(source, offset, part.plain_bytes, part.padded_bytes)
                    .await?
            }
            Source::File(OpenedFile(opened)) => {
                let chunks = PART_CHUNKS as u64;
                let stretch = Stretch::of(opened.manifest(), part.number * chunks, chunks)
                    .ok_or_else(|| CoreError::failed("internal", "no such part"))?;
                self.stretch(opened, &stretch, transfer).await?
            }
        };
        let first = part.number * PART_CHUNKS as u64;
        let sealed = self.bulk.seal(key, first, plain, part.chunks).await?;
        if self.bulk.length(&sealed) != part.sealed_bytes {
            return Err(CoreError::failed("internal", "a part of another length"));
        }
        Ok((part, sealed))
    }

    /// Takes a sealed part into the tree; gives the hash of everything so far, and the part's
    /// checksum.
    fn take(
        &self,
        sealer: &mut FileSealer,
        part: Part,
        bytes: &B::Bytes,
        leaves: &mut Vec<u8>,
    ) -> Result<(Digest, u32)> {
        let mut checksum = 0;
        let mut region = Vec::new();
        while let Some(piece) = sealer.next_piece().filter(|next| next.part == part.number) {
            region.resize(piece.sealed_bytes, 0);
            self.bulk.copy(bytes, piece.start, &mut region);
            sealer.take_sealed_piece(&region, leaves)?;
            checksum = crc32c::crc32c_append(checksum, &region);
        }
        Ok((sealer.hash_so_far(), checksum))
    }

    /// Sends the leaves that fill a part, at the end also the last ones.
    async fn send_tree(&self, tree: &mut Tree<'_>, transfer: &Transfer, last: bool) -> Result<()> {
        loop {
            let length = tree.geometry.tree_part_bytes(tree.next).unwrap_or(0);
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            let is_full = length as u64 == TREE_PART_BYTES;
            if length == 0 || length > tree.leaves.len() || !(last || is_full) {
                return Ok(());
            }
            let rest = tree.leaves.split_off(length);
            let part = std::mem::replace(&mut tree.leaves, rest);
            if !holds(tree.stored, tree.next) {
                let path = format!("{}/tree/{}", tree.base, tree.next);
                self.patiently(transfer, async || self.put_own(&path, &part).await)
                    .await?;
            }
            tree.next += 1;
        }
    }
}

/// Leaves on their way to the server.
struct Tree<'a> {
    base: &'a str,
    geometry: PartGeometry,
    stored: &'a [(u64, u64)],
    leaves: Vec<u8>,
    next: u64,
}

impl<'a> Tree<'a> {
    fn new(base: &'a str, geometry: PartGeometry, stored: &'a [(u64, u64)]) -> Self {
        Self {
            base,
            geometry,
            stored,
            leaves: Vec::new(),
            next: 0,
        }
    }
}

fn holds(stored: &[(u64, u64)], number: u64) -> bool {
    stored
        .iter()
        .any(|(first, end)| (*first..*end).contains(&number))
}
