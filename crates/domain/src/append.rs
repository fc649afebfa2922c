//! What all appends have in common, and the appends to vaults up to the sequencer's queue.

use crate::{Caller, Domain, DomainError, DomainResult, error::refuse, sequencer::Job};
use bytes::Bytes;
use std::sync::Arc;
use strongroom_format::{
    LogError,
    directory::DirectoryState,
    entry::{self, DeviceTip, Kind, UnverifiedEntry},
    transport,
    vault_log::SignedEntry,
};
use strongroom_store::{LogKey, NewEntry};
use strongroom_types::*;
use strongroom_wire::{Appended, ProblemCode};

/// An entry with its place, for the store.
pub(crate) fn new_entry(
    entry: &UnverifiedEntry,
    head: entry::Head,
    now_ms: TimestampMs,
) -> NewEntry {
    let body = entry.body();
    NewEntry {
        index: head.index,
        chain_hash: head.hash,
        body_hash: entry.body_hash(),
        kind: body.kind.number(),
        control: body.kind.is_control(),
        device: body.device,
        device_seq: body.device_seq,
        body: Bytes::copy_from_slice(entry.body_bytes()),
        signatures: Bytes::copy_from_slice(entry.signatures_bytes()),
        payload: entry.payload().map(Bytes::copy_from_slice),
        appended_ms: now_ms,
    }
}

/// The author's device has to be the caller's, and good by all that the directory knows now:
/// a revoked device must not get in by naming an older directory.
pub(crate) fn check_author(
    caller: &Caller,
    entry: &UnverifiedEntry,
    directory: &DirectoryState,
) -> DomainResult<()> {
    let device = entry.body().device;
    if directory.device(device).is_none() {
        return Err(LogError::UnknownDevice(device).into());
    }
    check_not_foreign(caller, entry, directory)?;
    let now = directory.head().map_or(0, |head| head.index);
    if !directory.device_active_at(device, now) {
        return Err(LogError::DeviceRevoked(device).into());
    }
    Ok(())
}

/// A device that the directory knows as someone else's is not the caller's.
pub(crate) fn check_not_foreign(
    caller: &Caller,
    entry: &UnverifiedEntry,
    directory: &DirectoryState,
) -> DomainResult<()> {
    let known = directory.device(entry.body().device);
    if known.is_some_and(|device| device.identity != caller.identity) {
        return refuse(
            ProblemCode::Forbidden,
            "the entry was signed by someone else's device",
        );
    }
    Ok(())
}

impl Domain {
    /// Where the entries of a request stand, if all of them are in the log already.
    pub(crate) async fn find_again(
        &self,
        log: LogKey,
        entries: &[UnverifiedEntry],
        tip: impl Fn(DeviceId) -> Option<DeviceTip>,
    ) -> DomainResult<Option<Appended>> {
        let Some(first) = entries.first() else {
            return Ok(None);
        };
        let body = first.body();
        if tip(body.device).is_none_or(|tip| tip.device_seq < body.device_seq) {
            return Ok(None);
        }
        let (mut first_place, mut last_hash) = (None, Digest::ZERO);
        for entry in entries {
            let body = entry.body();
            let place = self
                .store
                .find_entry(log, body.device, body.device_seq)
                .await?;
            let Some(place) = place.filter(|place| place.body == entry.body_bytes()) else {
                return Ok(None);
            };
            first_place.get_or_insert((place.index, place.appended_ms));
            last_hash = place.chain_hash;
        }
        Ok(first_place.map(|(first_index, appended_ms)| Appended {
            log: log.log.to_string(),
            first_index,
            last_hash,
            appended_ms,
        }))
    }

    /// Appends to a vault's log (`append/1`): all entries of the request or none, on disk when
    /// it returns. The same request again gets the same place.
    pub async fn append_vault(
        self: &Arc<Self>,
        caller: &Caller,
        vault: VaultId,
        body: &[u8],
    ) -> DomainResult<Appended> {
        let append = transport::Append::from_bytes(body)?;
        if append
            .entries
            .iter()
            .any(|entry| entry.body().kind == Kind::Genesis)
        {
            return refuse(
                ProblemCode::Malformed,
                "a vault is made with an operation of its own",
            );
        }
        self.submit(caller, vault, append, false).await
    }

    /// Makes a vault of genesis and first epoch, and what else comes along (`append/1`).
    pub async fn create_vault(
        self: &Arc<Self>,
        caller: &Caller,
        body: &[u8],
    ) -> DomainResult<Appended> {
        let append = transport::Append::from_bytes(body)?;
        let mut kinds = append.entries.iter().map(|entry| entry.body().kind);
        if kinds.next() != Some(Kind::Genesis) || kinds.next() != Some(Kind::Epoch) {
            return refuse(
                ProblemCode::Malformed,
                "a vault begins with genesis and first epoch",
            );
        }
        let Some(genesis) = append.entries.first() else {
            return refuse(ProblemCode::Malformed, "a vault begins with its genesis");
        };
        let vault = VaultId::from_bytes(*genesis.body_hash().as_bytes());
        self.submit(caller, vault, append, true).await
    }

    async fn submit(
        self: &Arc<Self>,
        caller: &Caller,
        vault: VaultId,
        append: transport::Append,
        genesis: bool,
    ) -> DomainResult<Appended> {
        caller.require_full()?;
        let directory = self.directory(caller.tenant).await?;
        // The costly half of the checks needs no order and runs here, many at a time.
        let entries = append
            .entries
            .into_iter()
            .map(|entry| {
                check_author(caller, &entry, &directory)?;
                Ok(SignedEntry::verify(
                    entry,
                    caller.tenant,
                    vault,
                    &directory,
                )?)
            })
            .collect::<DomainResult<Vec<_>>>()?;
        drop(directory);
        let key = LogKey::vault(caller.tenant, vault);
        let (answer, answered) = tokio::sync::oneshot::channel();
        let job = Job {
            caller: *caller,
            entries,
            wraps: append.wraps,
            link_boxes: append.link_boxes,
            genesis,
            answer,
        };
        self.enqueue(key, job);
        answered
            .await
            .unwrap_or_else(|_| Err(DomainError::new(ProblemCode::Internal)))
    }
}
