//! The files of a vault in the browser's storage: one value for every 512 places of the log that
//! tell of files, one for each thumbnail, one that says which there are. They are written before
//! the vault's state that counts them.

use super::log::{Attributes, Event, FileLog, Origin, Revision, What};
use crate::Result;
use crate::platform::{Platform, Storage};
use crate::store::Keeper;
use strongroom_crypto::SymmetricKey;
use strongroom_format::cbor::{Blob, from_cbor, to_cbor};
use strongroom_format::entry::Kind;
use strongroom_format::file::FileManifest;
use strongroom_format::vault_payload::VaultPayload;
use strongroom_types::*;
use strongroom_vault::lease::{Lease, Leases};
use zeroize::Zeroizing;

const KEPT_MAX_BYTES: usize = 64 << 20;

type LeaseTuple = (FileId, LeaseId, u64, IdentityId, DeviceId, u64);
type IndexTuple = (String, Vec<u64>, Vec<LeaseTuple>);
type RevisionTuple = (
    FileId,
    RevisionId,
    RecordId,
    Vec<RevisionId>,
    u64,
    bool,
    Option<Blob>,
    Option<Blob>,
    Epoch,
    Option<String>,
);
type AttributesTuple = (FileId, RecordId, bool, bool, Option<(String, bool)>);
type KeyTuple = (FileId, RevisionId, Option<Blob>, Epoch);
type EventTuple = (
    u64,
    IdentityId,
    u64,
    Option<RevisionTuple>,
    Option<AttributesTuple>,
    Option<KeyTuple>,
    Option<Blob>,
);

fn name_of(vault: VaultId) -> String {
    format!("files/{vault}")
}

fn name_of_segment(vault: VaultId, segment: u64) -> String {
    format!("files/{vault}/{segment}")
}

/// Where the thumbnail of a revision lies.
pub(crate) fn name_of_thumbnail(vault: VaultId, revision: RevisionId) -> String {
    format!("thumbnail/{vault}/{revision}")
}

/// Keeps what changed of a vault's files.
pub(crate) async fn keep<H, S: Storage>(
    platform: &Platform<H, S>,
    keeper: &Keeper,
    (tenant, vault): (TenantId, VaultId),
    log: &mut FileLog,
) -> Result<()> {
    for (revision, thumbnail) in std::mem::take(&mut log.thumbnails) {
        let name = name_of_thumbnail(vault, revision);
        keeper.put(platform, &name, &thumbnail).await?;
    }
    for revision in std::mem::take(&mut log.erased) {
        let name = name_of_thumbnail(vault, revision);
        keeper.delete(platform, &name).await?;
    }
    for segment in std::mem::take(&mut log.unkept) {
        let events: Vec<EventTuple> = log
            .segment(segment)
            .map(|event| event_out(event, tenant, vault))
            .collect();
        let events = Zeroizing::new(to_cbor(&events));
        let name = name_of_segment(vault, segment);
        keeper.put(platform, &name, &events).await?;
    }
    if log.is_kept {
        return Ok(());
    }
    let leases: Vec<LeaseTuple> = log
        .leases
        .iter()
        .map(|lease| {
            (
                lease.file,
                lease.lease,
                lease.fence,
                lease.identity,
                lease.device,
                lease.expires_ms,
            )
        })
        .collect();
    let segments: Vec<u64> = log.segments.iter().copied().collect();
    let index = to_cbor(&("browser-files/1", segments, leases));
    keeper.put(platform, &name_of(vault), &index).await?;
    log.is_kept = true;
    Ok(())
}

/// The files up to the log's place `entries`; `None` where something of them is missing.
pub(crate) async fn load<H, S: Storage>(
    platform: &Platform<H, S>,
    keeper: &Keeper,
    (tenant, vault): (TenantId, VaultId),
    entries: u64,
) -> Result<Option<FileLog>> {
    let index = keeper.get(platform, &name_of(vault)).await?;
    let index = index.and_then(|index| {
        from_cbor::<IndexTuple>(&index, KEPT_MAX_BYTES, "files")
            .ok()
            .filter(|index| index.0 == "browser-files/1")
    });
    let Some((_, segments, leases)) = index else {
        return Ok(None);
    };
    let mut log = FileLog::default();
    log.leases = Leases::new(leases.into_iter().map(|t| Lease {
        file: t.0,
        lease: t.1,
        fence: t.2,
        identity: t.3,
        device: t.4,
        expires_ms: t.5,
    }));
    log.segments = segments.iter().copied().collect();
    log.is_kept = true;
    for segment in segments {
        let name = name_of_segment(vault, segment);
        let kept = keeper.get(platform, &name).await?;
        let events = kept.and_then(|kept| {
            from_cbor::<Vec<EventTuple>>(&kept, KEPT_MAX_BYTES, "files")
                .ok()?
                .into_iter()
                .map(|event| event_in(event, tenant, vault))
                .collect::<Option<Vec<_>>>()
        });
        let Some(events) = events else {
            return Ok(None);
        };
        // What came after the vault's state was kept is read again.
        for event in events {
            if event.origin.index < entries {
                log.restore(event);
            }
        }
    }
    Ok(Some(log))
}

fn event_out(event: &Event, tenant: TenantId, vault: VaultId) -> EventTuple {
    let key_out =
        |key: &Option<SymmetricKey>| key.as_ref().map(|key| key.danger_bytes().to_vec().into());
    let (mut revision, mut attributes, mut key, mut link) = (None, None, None, None);
    match &event.what {
        What::Revision(known) => {
            revision = Some((
                known.file,
                known.revision,
                known.record,
                known.parents.clone(),
                known.sealed_length,
                known.has_thumbnail,
                known
                    .manifest
                    .as_ref()
                    .map(|manifest| manifest.to_bytes().into()),
                key_out(&known.key),
                known.epoch,
                known.damage.clone(),
            ));
        }
        What::Attributes(known) => {
            attributes = Some((
                known.file,
                known.record,
                known.deleted,
                known.protected,
                known.content.clone(),
            ));
        }
        What::Key {
            file,
            revision,
            key: known,
            epoch,
        } => key = Some((*file, *revision, key_out(known), *epoch)),
        What::Link(payload) => {
            link = Some(VaultPayload::Link(*payload).to_bytes(tenant, vault).into());
        }
    }
    let origin = event.origin;
    (
        origin.index,
        origin.identity,
        origin.appended_ms,
        revision,
        attributes,
        key,
        link,
    )
}

fn event_in(t: EventTuple, tenant: TenantId, vault: VaultId) -> Option<Event> {
    let key_in = |key: Option<Blob>| match key {
        None => Some(None),
        Some(key) => {
            let key = Zeroizing::new(Vec::from(key));
            SymmetricKey::from_slice(&key).map(Some)
        }
    };
    let what = match (t.3, t.4, t.5, t.6) {
        (Some(r), ..) => What::Revision(Box::new(Revision {
            file: r.0,
            revision: r.1,
            record: r.2,
            parents: r.3,
            sealed_length: r.4,
            has_thumbnail: r.5,
            manifest: match r.6 {
                None => None,
                Some(manifest) => Some(FileManifest::from_bytes(&Vec::from(manifest)).ok()?),
            },
            key: key_in(r.7)?,
            epoch: r.8,
            damage: r.9,
        })),
        (_, Some(a), ..) => What::Attributes(Attributes {
            file: a.0,
            record: a.1,
            deleted: a.2,
            protected: a.3,
            content: a.4,
        }),
        (_, _, Some(k), _) => What::Key {
            file: k.0,
            revision: k.1,
            key: key_in(k.2)?,
            epoch: k.3,
        },
        (_, _, _, Some(link)) => {
            let bytes = Vec::from(link);
            match VaultPayload::from_bytes(Kind::Link, &bytes, tenant, vault).ok()? {
                VaultPayload::Link(payload) => What::Link(payload),
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(Event {
        origin: Origin {
            index: t.0,
            identity: t.1,
            appended_ms: t.2,
        },
        what,
    })
}
