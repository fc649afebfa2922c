//! Every context that is ever signed, derived from or bound to a box (formats, section 3).
//! What is not here is forbidden.

use crate::cbor::{bytes, to_cbor};
use strongroom_types::*;

/// Context of a device certificate.
pub fn device(tenant: TenantId, identity: IdentityId, device: DeviceId) -> Vec<u8> {
    to_cbor(&("device/1", SUITE, tenant, identity, device))
}

/// Context of a wrap key certificate.
pub fn wrap_generation(
    tenant: TenantId,
    identity: IdentityId,
    generation: u64,
    wrap_key_hash: Digest,
) -> Vec<u8> {
    to_cbor(&(
        "wrapgen/1",
        SUITE,
        tenant,
        identity,
        generation,
        wrap_key_hash,
    ))
}

/// What a joiner signs.
#[allow(clippy::too_many_arguments)]
pub fn join(
    tenant: TenantId,
    invite: InviteId,
    name: &str,
    identity_public: &[u8],
    device_public: &[u8],
    wrap_public: &[u8],
    directory_index: u64,
    directory_hash: Digest,
) -> Vec<u8> {
    to_cbor(&(
        "join/1",
        SUITE,
        tenant,
        invite,
        name,
        bytes(identity_public),
        bytes(device_public),
        bytes(wrap_public),
        directory_index,
        directory_hash,
    ))
}

/// What both the old and the new key of an identity sign when it is renewed.
pub struct RenewalContext<'a> {
    pub tenant: TenantId,
    pub identity: IdentityId,
    /// Hash of the key that ends.
    pub old_key_hash: Digest,
    /// Public bytes of the key that begins.
    pub new_public: &'a [u8],
    pub generation: u64,
    pub wrap_key_hash: Digest,
    /// Devices that stay, sorted.
    pub stay: &'a [DeviceId],
    pub renewed_ms: TimestampMs,
    pub directory_index: u64,
    pub directory_hash: Digest,
}

/// The renewal of an identity's key.
pub fn identity_renewal(c: &RenewalContext<'_>) -> Vec<u8> {
    to_cbor(&(
        "idrenew/1",
        SUITE,
        c.tenant,
        c.identity,
        c.old_key_hash,
        bytes(c.new_public),
        c.generation,
        c.wrap_key_hash,
        c.stay,
        c.renewed_ms,
        c.directory_index,
        c.directory_hash,
    ))
}

/// What the recovery key signs to appoint an administrator.
pub fn directory_recover(tenant: TenantId, identity: IdentityId, directory_index: u64) -> Vec<u8> {
    to_cbor(&("drecover/1", SUITE, tenant, identity, directory_index))
}

/// Keys of an invitation; purposes `id`, `auth`, `root`, `sign-ed25519`, `sign-ml-dsa`.
pub fn invite_key(purpose: &str) -> Vec<u8> {
    to_cbor(&("invkey/1", SUITE, purpose))
}

/// The box that carries the root of trust to a joiner.
pub fn invite_root(invite: InviteId) -> Vec<u8> {
    to_cbor(&("invroot/1", SUITE, invite))
}

/// A wrap of an epoch secret.
pub fn wrap(
    tenant: TenantId,
    vault: VaultId,
    epoch: Epoch,
    control_hash: Digest,
    recipient_key_hash: Digest,
    issuer: DeviceId,
) -> Vec<u8> {
    to_cbor(&(
        "wrap/1",
        SUITE,
        tenant,
        vault,
        epoch,
        control_hash,
        recipient_key_hash,
        issuer,
    ))
}

/// The public commitment of an epoch secret.
pub fn epoch_commitment(tenant: TenantId, vault: VaultId, epoch: Epoch) -> Vec<u8> {
    to_cbor(&("ecommit/1", SUITE, tenant, vault, epoch))
}

/// What an epoch secret is split for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EpochPurpose {
    /// Record boxes.
    Records,
    /// Key boxes of files.
    Files,
    /// Names, manifests, attributes.
    Meta,
    /// The previous epoch's secret.
    History,
}

/// One purpose key of an epoch.
pub fn epoch_key(tenant: TenantId, vault: VaultId, epoch: Epoch, purpose: EpochPurpose) -> Vec<u8> {
    let purpose = match purpose {
        EpochPurpose::Records => "records",
        EpochPurpose::Files => "files",
        EpochPurpose::Meta => "meta",
        EpochPurpose::History => "history",
    };
    to_cbor(&("ekey/1", SUITE, tenant, vault, epoch, purpose))
}

/// The previous epoch's secret inside `epoch`'s entry.
pub fn history(tenant: TenantId, vault: VaultId, epoch: Epoch) -> Vec<u8> {
    to_cbor(&("hist/1", SUITE, tenant, vault, epoch))
}

/// The full identity of a record version.
pub struct RecordContext<'a> {
    pub tenant: TenantId,
    pub vault: VaultId,
    pub epoch: Epoch,
    pub table: &'a str,
    pub table_definition_hash: Digest,
    pub record: RecordId,
    pub version: VersionId,
    pub parents: &'a [VersionId],
    pub device: DeviceId,
    pub clear_fields_hash: Digest,
    pub deleted: bool,
}

/// A record box.
pub fn record(c: &RecordContext<'_>) -> Vec<u8> {
    to_cbor(&(
        "rec/1",
        SUITE,
        c.tenant,
        c.vault,
        c.epoch,
        c.table,
        c.table_definition_hash,
        c.record,
        c.version,
        c.parents,
        c.device,
        c.clear_fields_hash,
        c.deleted,
    ))
}

/// The box with a vault's name.
pub fn vault_meta(
    tenant: TenantId,
    vault: VaultId,
    epoch: Epoch,
    device: DeviceId,
    device_seq: u64,
) -> Vec<u8> {
    to_cbor(&("vmeta/1", SUITE, tenant, vault, epoch, device, device_seq))
}

/// File content.
pub fn file(tenant: TenantId, vault: VaultId, file: FileId, revision: RevisionId) -> Vec<u8> {
    to_cbor(&("file/1", SUITE, tenant, vault, file, revision))
}

/// The key box of a file revision.
pub fn file_key(
    tenant: TenantId,
    vault: VaultId,
    epoch: Epoch,
    file: FileId,
    revision: RevisionId,
) -> Vec<u8> {
    to_cbor(&("fwrap/1", SUITE, tenant, vault, epoch, file, revision))
}

/// The box with a file manifest.
pub fn file_manifest(
    tenant: TenantId,
    vault: VaultId,
    epoch: Epoch,
    record: RecordId,
    file: FileId,
    revision: RevisionId,
    device: DeviceId,
) -> Vec<u8> {
    to_cbor(&(
        "fmanbox/1",
        SUITE,
        tenant,
        vault,
        epoch,
        record,
        file,
        revision,
        device,
    ))
}

/// The box with file attributes.
#[allow(clippy::too_many_arguments)]
pub fn file_attributes(
    tenant: TenantId,
    vault: VaultId,
    epoch: Epoch,
    record: RecordId,
    file: FileId,
    version: VersionId,
    device: DeviceId,
    deleted: bool,
    protected: bool,
) -> Vec<u8> {
    to_cbor(&(
        "fattr/1", SUITE, tenant, vault, epoch, record, file, version, device, deleted, protected,
    ))
}

/// A link box.
pub fn link(
    tenant: TenantId,
    vault: VaultId,
    file: FileId,
    revision: RevisionId,
    link: LinkId,
) -> Vec<u8> {
    to_cbor(&("link/1", SUITE, tenant, vault, file, revision, link))
}

/// Keys of a link; purposes `box`, `auth`, `salt`.
pub fn link_key(link: LinkId, purpose: &str) -> Vec<u8> {
    to_cbor(&("linkkey/1", SUITE, link, purpose))
}

/// The wallet box.
pub fn wallet(
    tenant: TenantId,
    identity: IdentityId,
    key_generation: u64,
    version: u64,
) -> Vec<u8> {
    to_cbor(&("wallet/1", SUITE, tenant, identity, key_generation, version))
}

/// A slot: the wallet key in a box.
pub fn slot(
    tenant: TenantId,
    identity: IdentityId,
    key_generation: u64,
    kind: u64,
    slot: SlotId,
) -> Vec<u8> {
    to_cbor(&(
        "slot/1",
        SUITE,
        tenant,
        identity,
        key_generation,
        kind,
        slot,
    ))
}

/// An inner slot: the identity key in a box.
pub fn inner_slot(tenant: TenantId, identity: IdentityId, kind: u64, slot: SlotId) -> Vec<u8> {
    to_cbor(&("islot/1", SUITE, tenant, identity, kind, slot))
}

/// The identity's signing seed.
pub fn identity_box(tenant: TenantId, identity: IdentityId) -> Vec<u8> {
    to_cbor(&("ident/1", SUITE, tenant, identity))
}

/// What a passkey's authenticator is asked to answer (input of WebAuthn's `prf` extension). The
/// same for everybody: the answer is another one for each passkey.
pub const PASSKEY_INPUT: &[u8] = b"strongroom/passkey/1";

/// Keys of slots; purposes `passphrase`, `passphrase-identity`, `recovery`,
/// `recovery-identity`, `passkey`, `passkey-identity`, `local`, `browser`, `passkey-browser`.
pub fn slot_key(purpose: &str) -> Vec<u8> {
    to_cbor(&("slotkey/1", SUITE, purpose))
}

/// What logs in for recovery.
pub fn recover_auth() -> Vec<u8> {
    to_cbor(&("recover-auth/1", SUITE))
}

/// Boxes of the local profile; purposes `cache`, `device`, and `kept/NAME` in a browser.
pub fn local(tenant: TenantId, identity: IdentityId, device: DeviceId, purpose: &str) -> Vec<u8> {
    to_cbor(&("local/1", SUITE, tenant, identity, device, purpose))
}
