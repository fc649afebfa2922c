//! A vault in the browser's storage: one value with the machine and what is known beside it,
//! one value for every 512 lines of the log. Lines are written before the machine that counts
//! them, so that a page that is closed in between goes on from the machine's place.

use crate::Result;
use crate::files;
use crate::platform::{Platform, Storage};
use crate::store::Keeper;
use crate::vault::{
    Access, AccessTuple, Line, SEGMENT_LINES, Sealed, Vault, Version, VersionFields,
};
use futures::stream::{self, StreamExt};
use strongroom_format::FormatError;
use strongroom_format::cbor::{Blob, bytes, expect_label, from_cbor, from_own_cbor, to_cbor};
use strongroom_format::entry::{Head, Kind};
use strongroom_types::*;
use strongroom_vault::VaultMachine;
use strongroom_vault::trust::Doubt;
use zeroize::Zeroizing;

/// No vault comes near it; it bounds what a damaged value can cost.
const KEPT_MAX_BYTES: usize = 256 << 20;
const VAULTS: &str = "vaults";
/// Segments that are asked for at once; each is some 100 kB.
const SEGMENTS_AHEAD: usize = 8;

type VersionTuple = (
    RecordId,
    VersionId,
    Vec<VersionId>,
    String,
    bool,
    Option<VersionFields>,
    Option<String>,
);
type SealedTuple = (u64, DeviceId, Epoch, u64, Blob);
type LineTuple = (
    Digest,
    u64,
    IdentityId,
    Option<VersionTuple>,
    Option<SealedTuple>,
);
type StateTuple = (
    String,
    String,
    u64,
    bool,
    u64,
    Option<(u64, Digest)>,
    Blob,
    Vec<AccessTuple>,
);

fn name_of(vault: VaultId) -> String {
    format!("vault/{vault}")
}

fn name_of_segment(vault: VaultId, segment: u64) -> String {
    format!("vault/{vault}/{segment}")
}

/// The vaults of which something is kept.
pub(crate) async fn kept_vaults<H, S: Storage>(
    platform: &Platform<H, S>,
    keeper: &Keeper,
) -> Result<Vec<VaultId>> {
    let kept = keeper.get(platform, VAULTS).await?;
    Ok(kept
        .and_then(|kept| from_cbor::<Vec<VaultId>>(&kept, KEPT_MAX_BYTES, "vaults").ok())
        .unwrap_or_default())
}

/// Keeps what changed of a vault.
pub(crate) async fn keep<H, S: Storage>(
    platform: &Platform<H, S>,
    keeper: &Keeper,
    vault: &mut Vault,
) -> Result<()> {
    let id = vault.id();
    let mut known = kept_vaults(platform, keeper).await?;
    if !known.contains(&id) {
        known.push(id);
        keeper.put(platform, VAULTS, &to_cbor(&known)).await?;
    }
    for segment in vault.take_unkept() {
        let lines = Zeroizing::new(to_cbor(&lines_out(vault.segment(segment))));
        let name = name_of_segment(id, segment);
        keeper.put(platform, &name, &lines).await?;
    }
    let place = (vault.machine.state().tenant(), id);
    files::keep(platform, keeper, place, &mut vault.files).await?;
    let machine = vault.machine.snapshot();
    let doubt = match vault.doubt {
        None => 0u64,
        Some(Doubt::OldPicture) => 1,
        Some(Doubt::OtherHistory) => 2,
    };
    let access: Vec<AccessTuple> = vault
        .access()
        .iter()
        .map(|event| event.to_tuple())
        .collect();
    let state = Zeroizing::new(to_cbor(&(
        "browser-vault/2",
        &vault.name,
        doubt,
        vault.gone,
        vault.synced_ms,
        vault.seen.map(|head| (head.index, head.hash)),
        bytes(&machine),
        access,
    )));
    keeper.put(platform, &name_of(id), &state).await
}

/// Forgets what was read of a vault, but not that it was there and up to which place. It is
/// kept as `vault`, which has read nothing.
pub(crate) async fn keep_emptied<H, S: Storage>(
    platform: &Platform<H, S>,
    keeper: &Keeper,
    vault: &mut Vault,
) -> Result<()> {
    keep(platform, keeper, vault).await?;
    let entries = vault.seen.map_or(0, |head| head.index + 1);
    for segment in 0..entries.div_ceil(SEGMENT_LINES) {
        let name = name_of_segment(vault.id(), segment);
        keeper.delete(platform, &name).await?;
    }
    Ok(())
}

/// A vault as it was kept. Where lines are missing it begins anew, and must come to the place
/// that was seen.
pub(crate) async fn load<H, S: Storage>(
    platform: &Platform<H, S>,
    keeper: &Keeper,
    (tenant, vault, me): (TenantId, VaultId, IdentityId),
) -> Result<Option<Vault>> {
    let Some(state) = keeper.get(platform, &name_of(vault)).await? else {
        return Ok(None);
    };
    let mut empty = Vault::new(tenant, vault, me);
    let Some((mut found, entries)) = state_in(&state, &mut empty) else {
        return Ok(Some(empty));
    };
    let mut lines = load_lines(platform, keeper, vault, entries).await?;
    // What came after the machine was kept is read again.
    lines.truncate(usize::try_from(entries).unwrap_or(usize::MAX));
    let head = found.machine.state().head();
    let whole = lines.len() as u64 == entries
        && lines.last().map(|line| line.hash) == head.map(|head| head.hash);
    let files = files::load(platform, keeper, (tenant, vault), entries).await?;
    let (true, Some(files)) = (whole, files) else {
        empty.name = std::mem::take(&mut found.name);
        return Ok(Some(empty));
    };
    found.files = files;
    Ok(Some(found.with_lines(lines)))
}

/// The lines of a log up to its place `entries`, as far as they are here; perhaps some more.
async fn load_lines<H, S: Storage>(
    platform: &Platform<H, S>,
    keeper: &Keeper,
    vault: VaultId,
    entries: u64,
) -> Result<Vec<Line>> {
    let segments = 0..entries.div_ceil(SEGMENT_LINES);
    let names = segments.map(|segment| name_of_segment(vault, segment));
    // The storage fetches the next ones while one is opened.
    let mut kept = stream::iter(names)
        .map(async |name| keeper.get(platform, &name).await)
        .buffered(SEGMENTS_AHEAD);
    let mut lines = Vec::with_capacity(usize::try_from(entries).unwrap_or(0));
    while let Some(segment) = kept.next().await {
        lines.extend(
            segment?
                .and_then(|segment| lines_in(&segment))
                .unwrap_or_default(),
        );
    }
    Ok(lines)
}

/// Reads the state. `empty` takes over what outlives a new beginning.
fn state_in(state: &[u8], empty: &mut Vault) -> Option<(Vault, u64)> {
    let t: StateTuple = from_cbor(state, KEPT_MAX_BYTES, "vault").ok()?;
    expect_label(&t.0, "browser-vault/2", "vault").ok()?;
    empty.doubt = match t.2 {
        0 => None,
        1 => Some(Doubt::OldPicture),
        _ => Some(Doubt::OtherHistory),
    };
    empty.gone = t.3;
    empty.seen = t.5.map(|(index, hash)| Head { index, hash });
    let machine = Zeroizing::new(Vec::from(t.6));
    let machine = VaultMachine::restore(&machine).ok()?;
    let access: Result<Vec<Access>, FormatError> =
        t.7.into_iter().map(Access::from_tuple).collect();
    let entries = machine.state().next_index();
    let state = machine.state();
    let mut vault =
        Vault::new(state.tenant(), empty.id(), machine.identity()).with_access(access.ok()?);
    vault.machine = machine;
    vault.name = t.1;
    vault.doubt = empty.doubt;
    vault.gone = empty.gone;
    vault.synced_ms = t.4;
    vault.seen = empty.seen;
    Some((vault, entries))
}

fn lines_out(lines: &[Line]) -> Vec<LineTuple> {
    let version_out = |version: &Version| {
        (
            version.record,
            version.version,
            version.parents.clone(),
            version.table.clone(),
            version.deleted,
            version.fields.clone(),
            version.damage.clone(),
        )
    };
    let sealed_out = |sealed: &Sealed| {
        (
            sealed.kind.number(),
            sealed.device,
            sealed.epoch,
            sealed.device_seq,
            sealed.payload.clone().into(),
        )
    };
    lines
        .iter()
        .map(|line| {
            (
                line.hash,
                line.appended_ms,
                line.identity,
                line.version.as_ref().map(version_out),
                line.sealed.as_ref().map(sealed_out),
            )
        })
        .collect()
}

fn lines_in(kept: &[u8]) -> Option<Vec<Line>> {
    let lines: Vec<LineTuple> = from_own_cbor(kept, KEPT_MAX_BYTES, "lines").ok()?;
    lines.into_iter().map(|line| line_in(line).ok()).collect()
}

fn line_in(line: LineTuple) -> Result<Line, FormatError> {
    let version = line.3.map(|t| Version {
        record: t.0,
        version: t.1,
        parents: t.2,
        table: t.3,
        deleted: t.4,
        fields: t.5,
        damage: t.6,
    });
    let sealed = line.4.map(|t| {
        Ok::<_, FormatError>(Sealed {
            kind: Kind::from_number(t.0)?,
            device: t.1,
            epoch: t.2,
            device_seq: t.3,
            payload: t.4.into(),
        })
    });
    Ok(Line {
        hash: line.0,
        appended_ms: line.1,
        identity: line.2,
        version,
        sealed: sealed.transpose()?,
    })
}
