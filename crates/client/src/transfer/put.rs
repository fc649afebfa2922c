//! Uploads: parts in flight, retried by the HTTP layer, resumed by the journal.

use super::Progress;
use super::buffers::Pool;
use super::seal::{Part, Work};
use crate::cache::Cache;
use crate::client::Shared;
use crate::http::{Auth, Repeat};
use crate::{ClientError, Result};
use bytes::Bytes;
use futures::stream::{FuturesUnordered, StreamExt};
use reqwest::Method;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use strongroom_format::file::{PartGeometry, TREE_PART_BYTES};
use strongroom_types::*;
use strongroom_vault::file::{FileDetails, FileSealer, SealedFile};
use strongroom_wire::{UploadStart, UploadView};

/// More parts at the same time than this only cost memory.
const IN_FLIGHT_MAX: usize = 4;

/// What is to be uploaded.
pub(crate) struct Plan {
    pub vault: VaultId,
    /// Of a revision that the cache knows with its key.
    pub sealer: FileSealer,
    pub details: FileDetails,
    pub source: Box<dyn Read + Send>,
    /// Whether the source is still what it was before the first byte was read.
    pub unchanged: Box<dyn Fn() -> bool + Send>,
}

/// An upload whose parts are all stored; its entry is still to be sent.
pub(crate) struct Uploaded {
    pub sealed: SealedFile,
    pub parts_resumed: u64,
}

impl Uploaded {
    /// The same bytes, marked as a conflict copy.
    pub fn as_conflict_copy(&self, details: FileDetails) -> Result<Self> {
        Ok(Self {
            sealed: self.sealed.as_conflict_copy(details)?,
            parts_resumed: self.parts_resumed,
        })
    }
}

/// Seals and sends every part that the server lacks.
pub(crate) async fn upload(
    shared: &Shared,
    journal: Cache,
    folder: &Path,
    plan: Plan,
    progress: &dyn Progress,
) -> Result<Uploaded> {
    let sealer = plan.sealer;
    let (file, revision, record) = {
        let new = sealer.revision();
        (new.file, new.revision, new.record)
    };
    journal.set_durable(true)?;
    let base = format!("/v1/vaults/{}/uploads", plan.vault);
    let start = UploadStart {
        file,
        revision,
        record,
        sealed_length: sealer.sealed_length(),
    };
    let view: UploadView = shared
        .http
        .send_json(Method::POST, &base, Auth::Session, &start, Repeat::Always)
        .await?;
    let parts_resumed = view
        .parts_stored
        .iter()
        .map(|(first, end)| end.saturating_sub(*first))
        .sum();
    let geometry = sealer.geometry();
    let in_flight = usize::try_from(view.parts_in_flight_max)
        .unwrap_or(1)
        .clamp(1, IN_FLIGHT_MAX);
    let part_max = geometry.part_bytes(0).unwrap_or(0);
    let (parts, mut ready) = tokio::sync::mpsc::channel(1);
    let work = Work {
        sealer,
        source: plan.source,
        unchanged: plan.unchanged,
        journal,
        revision,
        stored: view.parts_stored.clone(),
        details: plan.details,
        leaves: tempfile::tempfile_in(folder)?,
        pool: Pool::new(in_flight + 1, part_max),
        parts,
    };
    let sealing = tokio::task::spawn_blocking(move || work.run());
    let sent = send_parts(
        shared,
        &format!("{base}/{revision}"),
        &mut ready,
        in_flight,
        progress,
    )
    .await;
    drop(ready);
    let sealed = sealing.await.map_err(|error| {
        ClientError::failed("internal", "sealing stopped unexpectedly").with_source(error)
    })?;
    sent?;
    let (sealed, leaves) = sealed?;
    send_tree(
        shared,
        &format!("{base}/{revision}"),
        leaves,
        geometry,
        &view.tree_parts_stored,
    )
    .await?;
    Ok(Uploaded {
        sealed,
        parts_resumed,
    })
}

async fn send_parts(
    shared: &Shared,
    base: &str,
    ready: &mut tokio::sync::mpsc::Receiver<Part>,
    in_flight: usize,
    progress: &dyn Progress,
) -> Result<()> {
    let mut sending = FuturesUnordered::new();
    let mut done_bytes = 0;
    let mut open = true;
    while open || !sending.is_empty() {
        tokio::select! {
            biased;
            Some(sent) = sending.next(), if !sending.is_empty() => {
                let plain_bytes: Result<u64> = sent;
                done_bytes += plain_bytes?;
                progress.advance(done_bytes);
            }
            part = ready.recv(), if open && sending.len() < in_flight => match part {
                None => open = false,
                Some(part) => match part.bytes {
                    None => {
                        done_bytes += part.plain_bytes;
                        progress.advance(done_bytes);
                    }
                    Some(bytes) => {
                        let path = format!("{base}/parts/{}", part.number);
                        sending.push(async move {
                            shared.http.put_part(&path, bytes, part.checksum).await?;
                            Ok(part.plain_bytes)
                        });
                    }
                },
            },
        }
    }
    Ok(())
}

async fn send_tree(
    shared: &Shared,
    base: &str,
    mut leaves: File,
    geometry: PartGeometry,
    stored: &[(u64, u64)],
) -> Result<()> {
    for number in 0..geometry.tree_part_count {
        let length = geometry.tree_part_bytes(number).unwrap_or(0);
        debug_assert!(length <= TREE_PART_BYTES);
        let mut part = vec![0; usize::try_from(length).unwrap_or(0)];
        leaves.read_exact(&mut part)?;
        let there = stored
            .iter()
            .any(|(first, end)| (*first..*end).contains(&number));
        if !there {
            let path = format!("{base}/tree/{number}");
            let checksum = crc32c::crc32c(&part);
            shared
                .http
                .put_part(&path, Bytes::from(part), checksum)
                .await?;
        }
    }
    Ok(())
}
