//! Boxes of records, files, names: what an author seals into a payload.

use crate::vault::Vault;
use strongroom_crypto::sign::SignSecret;
use strongroom_crypto::tree::TreeHasher;
use strongroom_crypto::{DangerSeededRng, SymmetricKey, sealed_box, sha256};
use strongroom_format::context::{self, EpochPurpose, RecordContext};
use strongroom_format::file::{FileManifest, ManifestParts, pack_attributes};
use strongroom_format::pad::{pad, padded_file_len};
use strongroom_format::person::device_id;
use strongroom_format::record::{Fields, Value as Field, pack_fields};
use strongroom_format::vault_payload::{
    FileAttributesPayload, FilePayload, RecordPayload, VaultPayload,
};
use strongroom_format::{cbor::to_cbor, table::TableDefinition};
use strongroom_types::limits::BOX_HEADER_BYTES;
use strongroom_types::*;

pub const CASE: &str = r#"{"name":"case","title":"Cases","fields":[{"name":"title","title":"Title","type":"text","required":true},{"name":"amount","title":"Amount","type":"decimal"}]}"#;

/// Random 16-byte ids that are easy to tell apart.
pub fn id(kind: u8, number: u8) -> [u8; 16] {
    let mut id = [kind; 16];
    id[15] = number;
    id
}

pub fn fields(title: &str) -> Fields {
    Fields::from([
        ("title".to_owned(), Field::Text(title.to_owned())),
        ("amount".to_owned(), Field::Text("12.50".to_owned())),
        ("count".to_owned(), Field::Integer(-3)),
        ("open".to_owned(), Field::Bool(true)),
        ("note".to_owned(), Field::Null),
    ])
}

/// The hash of the table `case` of the vectors.
pub fn case_hash() -> Digest {
    TableDefinition::from_json(CASE).unwrap().definition_hash()
}

pub struct Version<'a> {
    pub record: u8,
    pub version: u8,
    pub parents: &'a [u8],
    pub deleted: bool,
}

/// A record version; `content` replaces the packed fields.
pub fn record(
    vault: &Vault<'_>,
    device: &SignSecret,
    version: &Version<'_>,
    content: &[u8],
    rng: &mut DangerSeededRng,
) -> RecordPayload {
    let mut payload = RecordPayload {
        table: "case".to_owned(),
        table_definition_hash: case_hash(),
        record: RecordId::from_bytes(id(0xaa, version.record)),
        version: VersionId::from_bytes(id(0xbb, version.version)),
        parents: version
            .parents
            .iter()
            .map(|parent| VersionId::from_bytes(id(0xbb, *parent)))
            .collect(),
        deleted: version.deleted,
        clear_fields: vec![0x80],
        sealed: Vec::new(),
    };
    let context = context::record(&RecordContext {
        tenant: vault.tenant(),
        vault: vault.vault(),
        epoch: vault.epoch(),
        table: &payload.table,
        table_definition_hash: payload.table_definition_hash,
        record: payload.record,
        version: payload.version,
        parents: &payload.parents,
        device: device_id(device.public()),
        clear_fields_hash: sha256(&payload.clear_fields),
        deleted: payload.deleted,
    });
    payload.sealed = sealed_box::seal(&vault.key(EpochPurpose::Records), &context, content, rng);
    payload
}

pub fn record_entry(
    vault: &Vault<'_>,
    device: &SignSecret,
    version: &Version<'_>,
    title: &str,
    rng: &mut DangerSeededRng,
) -> VaultPayload {
    let content = pack_fields(&fields(title)).unwrap();
    VaultPayload::Record(record(vault, device, version, &content, rng))
}

pub fn name_entry(
    vault: &Vault<'_>,
    device: &SignSecret,
    name: &str,
    rng: &mut DangerSeededRng,
) -> VaultPayload {
    let id = device_id(device.public());
    let seq = vault.state.tip(id).map_or(1, |tip| tip.device_seq + 1);
    let context = context::vault_meta(vault.tenant(), vault.vault(), vault.epoch(), id, seq);
    let content = pad(&to_cbor(&("vname/1", name)));
    VaultPayload::VaultMeta {
        sealed: sealed_box::seal(&vault.key(EpochPurpose::Meta), &context, &content, rng),
    }
}

/// A sealed file with its key and leaves.
pub struct SealedFile {
    pub key: SymmetricKey,
    pub sealed: Vec<u8>,
    pub leaves: Vec<u8>,
    pub manifest: FileManifest,
}

/// The plaintext of the vectors: `(7·i + length) mod 251`.
pub fn pattern(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| ((7 * at + length) % 251) as u8)
        .collect()
}

/// Which file a revision belongs to, and under what name.
#[derive(Clone, Copy)]
pub struct FileIds<'a> {
    pub tenant: TenantId,
    pub vault: VaultId,
    pub file: u8,
    pub revision: u8,
    pub parents: &'a [u8],
    pub name: &'a str,
}

/// Seals `content` with zeros after it; `padded` overrides content and padding together.
pub fn seal_file(
    ids: &FileIds<'_>,
    content: &[u8],
    padded: Option<Vec<u8>>,
    rng: &mut DangerSeededRng,
) -> SealedFile {
    let key = SymmetricKey::make(rng);
    let file = FileId::from_bytes(id(0xcc, ids.file));
    let revision = RevisionId::from_bytes(id(0xdd, ids.revision));
    let padded = padded.unwrap_or_else(|| {
        let mut padded = content.to_vec();
        padded.resize(padded_file_len(content.len() as u64) as usize, 0);
        padded
    });
    let context = context::file(ids.tenant, ids.vault, file, revision);
    let sealed = sealed_box::seal(&key, &context, &padded, rng);
    let mut leaves = Vec::new();
    let mut tree = TreeHasher::new();
    tree.update(&sealed, &mut leaves);
    let tree_root = tree.finish(&mut leaves);
    let mut header = [0; BOX_HEADER_BYTES];
    header.copy_from_slice(&sealed[..BOX_HEADER_BYTES]);
    let manifest = FileManifest::new(ManifestParts {
        tenant: ids.tenant,
        vault: ids.vault,
        record: RecordId::from_bytes(id(0xaa, 1)),
        file,
        revision,
        parents: ids
            .parents
            .iter()
            .map(|parent| RevisionId::from_bytes(id(0xdd, *parent)))
            .collect(),
        true_length: content.len() as u64,
        header,
        tree_root,
        name: ids.name.to_owned(),
        media_type: "application/pdf".to_owned(),
        thumbnail: (ids.revision % 2 == 1).then(|| vec![0xff, 0xd8]),
        conflict: false,
        created_ms: 1_790_000_000_000,
    })
    .unwrap();
    SealedFile {
        key,
        sealed,
        leaves,
        manifest,
    }
}

pub fn key_box(
    vault: &Vault<'_>,
    file: FileId,
    revision: RevisionId,
    key: &SymmetricKey,
    rng: &mut DangerSeededRng,
) -> Vec<u8> {
    let context = context::file_key(vault.tenant(), vault.vault(), vault.epoch(), file, revision);
    let files = vault.key(EpochPurpose::Files);
    sealed_box::seal(&files, &context, key.danger_bytes(), rng)
}

/// A file revision's payload; `manifest` need not tell the truth about `file`.
pub fn file_payload(
    vault: &Vault<'_>,
    device: &SignSecret,
    file: &SealedFile,
    manifest: &[u8],
    fence: u64,
    rng: &mut DangerSeededRng,
) -> FilePayload {
    let m = &file.manifest;
    let context = context::file_manifest(
        vault.tenant(),
        vault.vault(),
        vault.epoch(),
        m.record,
        m.file,
        m.revision,
        device_id(device.public()),
    );
    FilePayload {
        file: m.file,
        revision: m.revision,
        record: m.record,
        parents: m.parents.clone(),
        sealed_length: m.sealed_length,
        fence,
        key_box: key_box(vault, m.file, m.revision, &file.key, rng),
        manifest_box: sealed_box::seal(
            &vault.key(EpochPurpose::Meta),
            &context,
            &pad(manifest),
            rng,
        ),
    }
}

pub fn attributes_entry(
    vault: &Vault<'_>,
    device: &SignSecret,
    name: &str,
    (number, deleted, protected): (u8, bool, bool),
    rng: &mut DangerSeededRng,
) -> VaultPayload {
    let record = RecordId::from_bytes(id(0xaa, 1));
    let file = FileId::from_bytes(id(0xcc, 1));
    let version = VersionId::from_bytes(id(0xbb, number));
    let context = context::file_attributes(
        vault.tenant(),
        vault.vault(),
        vault.epoch(),
        record,
        file,
        version,
        device_id(device.public()),
        deleted,
        protected,
    );
    let content = pack_attributes(name, true);
    VaultPayload::FileAttributes(FileAttributesPayload {
        file,
        record,
        version,
        deleted,
        protected,
        sealed: sealed_box::seal(&vault.key(EpochPurpose::Meta), &context, &content, rng),
    })
}
