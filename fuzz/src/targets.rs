//! One function for each decoder that reads bytes from somebody else. A target fails by
//! panicking, or by accepting bytes that it would write differently.

use strongroom_crypto::sealed_box;
use strongroom_crypto::sign::SignPublic;
use strongroom_crypto::tree::{Segments, check_group};
use strongroom_crypto::wrap::{WrapPublic, WrapSecret};
use strongroom_crypto::{SymmetricKey, opaque};
use strongroom_format::codes::{self, CodeKind};
use strongroom_format::directory::DirectoryPayload;
use strongroom_format::entry::{EntryBody, Kind, UnverifiedEntry};
use strongroom_format::file::{self, FileManifest, PartGeometry};
use strongroom_format::signing::Signatures;
use strongroom_format::table::TableDefinition;
use strongroom_format::transport::{Append, Page, Wraps};
use strongroom_format::vault_payload::VaultPayload;
use strongroom_format::wallet::{StoredWallet, WalletContent};
use strongroom_format::{link, names, pad, record};
use strongroom_types::{Digest, TenantId, VaultId};

/// Name and function of every target.
pub const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("entry_body", entry_body),
    ("entry", entry),
    ("signatures", signatures),
    ("vault_payload", vault_payload),
    ("directory_payload", directory_payload),
    ("append", append),
    ("page", page),
    ("wraps", wraps),
    ("stored_wallet", stored_wallet),
    ("wallet_content", wallet_content),
    ("file_manifest", file_manifest),
    ("padded_contents", padded_contents),
    ("record_fields", record_fields),
    ("codes_and_names", codes_and_names),
    ("table_definition", table_definition),
    ("recovery_kit", recovery_kit),
    ("sealed_box", open_box),
    ("tree", tree),
    ("public_keys", public_keys),
    ("opaque_messages", opaque_messages),
    ("part_geometry", part_geometry),
];

const KIND_NUMBERS: std::ops::Range<u64> = 0..80;

fn entry_body(input: &[u8]) {
    if let Ok(body) = EntryBody::from_bytes(input) {
        assert_eq!(body.to_bytes(), input);
    }
}

fn entry(input: &[u8]) {
    if let Ok(entry) = UnverifiedEntry::from_bytes(input) {
        assert_eq!(entry.to_bytes(), input);
    }
}

fn signatures(input: &[u8]) {
    if let Ok(signatures) = Signatures::from_bytes(input) {
        assert_eq!(signatures.to_bytes(), input);
    }
}

fn vault_payload(input: &[u8]) {
    for kind in KIND_NUMBERS.filter_map(|number| Kind::from_number(number).ok()) {
        if let Ok(payload) = VaultPayload::from_bytes(kind, input, TenantId::ZERO, VaultId::ZERO) {
            assert_eq!(payload.kind(), kind);
            assert_eq!(payload.to_bytes(TenantId::ZERO, VaultId::ZERO), input);
        }
    }
}

fn directory_payload(input: &[u8]) {
    for kind in KIND_NUMBERS.filter_map(|number| Kind::from_number(number).ok()) {
        if let Ok(payload) = DirectoryPayload::from_bytes(kind, input) {
            assert_eq!(payload.kind(), kind);
            assert_eq!(payload.to_bytes(), input);
        }
    }
}

fn append(input: &[u8]) {
    if let Ok(append) = Append::from_bytes(input) {
        assert_eq!(append.to_bytes(), input);
    }
}

fn page(input: &[u8]) {
    if let Ok(page) = Page::from_bytes(input) {
        assert_eq!(page.to_bytes(), input);
    }
}

fn wraps(input: &[u8]) {
    if let Ok(wraps) = Wraps::from_bytes(input) {
        assert_eq!(wraps.to_bytes(), input);
    }
}

fn stored_wallet(input: &[u8]) {
    if let Ok(wallet) = StoredWallet::from_bytes(input) {
        assert_eq!(wallet.to_bytes(), input);
    }
}

fn wallet_content(input: &[u8]) {
    let _ = WalletContent::unpack(input);
    let _ = WalletContent::unpack(&pad::pad(input));
}

fn file_manifest(input: &[u8]) {
    if let Ok(manifest) = FileManifest::from_bytes(input) {
        assert_eq!(manifest.to_bytes(), input);
    }
    let _ = FileManifest::unpack(&pad::pad(input));
}

fn padded_contents(input: &[u8]) {
    if let Ok(data) = pad::unpad(input) {
        assert_eq!(&pad::pad(data)[..], input);
    }
    let _ = file::unpack_attributes(&pad::pad(input));
    let _ = link::unpack_shared(&pad::pad(input));
}

fn record_fields(input: &[u8]) {
    if let Ok(fields) = record::unpack_fields(&pad::pad(input)) {
        let packed = record::pack_fields(&fields);
        if let Ok(packed) = packed {
            assert_eq!(packed, pad::pad(input));
        }
    }
}

fn codes_and_names(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for kind in [CodeKind::Invite, CodeKind::Setup, CodeKind::Recover, CodeKind::Device] {
        let prefixed = format!("{}{text}", kind.prefix());
        if let Ok(secret) = codes::read_code(kind, &prefixed) {
            let written = codes::write_code(kind, &secret);
            assert!(codes::read_code(kind, &written).is_ok_and(|again| again.danger_bytes() == secret.danger_bytes()));
        }
    }
    if let Ok(name) = names::normalise(&text) {
        assert_eq!(names::normalise(&name).as_deref(), Ok(name.as_str()));
        let _ = names::look(&name);
    }
}

fn table_definition(input: &[u8]) {
    if let Ok(table) = TableDefinition::from_json(&String::from_utf8_lossy(input)) {
        let _ = table.definition_hash();
    }
}

fn recovery_kit(input: &[u8]) {
    let _ = strongroom_vault::kit::RecoveryKit::from_text(&String::from_utf8_lossy(input));
}

fn open_box(input: &[u8]) {
    let key = SymmetricKey::from_bytes([7; 32]);
    let _ = sealed_box::open(&key, b"context", input);
    let _ = sealed_box::plain_len(input.len() as u64);
}

fn tree(input: &[u8]) {
    let (length, rest) = input.split_at_checked(4).unwrap_or((&[], input));
    let sealed_length = length.iter().fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte)) % (64 << 20);
    let mut builder = Segments::builder(sealed_length);
    for piece in rest.chunks(100) {
        builder.push_leaves(piece);
    }
    if let Ok(segments) = builder.finish(&Digest::ZERO) {
        let _ = segments.check_leaves(0, rest);
    }
    let _ = check_group(sealed_length, 0, rest, &[0; 32]);
}

fn public_keys(input: &[u8]) {
    if let Ok(public) = SignPublic::from_slice(input) {
        assert_eq!(public.to_bytes(), input);
    }
    if let Ok(public) = WrapPublic::from_slice(input) {
        assert_eq!(public.as_bytes(), input);
    }
    let _ = WrapSecret::from_seed([3; 32]).unwrap(b"context", input);
}

fn opaque_messages(input: &[u8]) {
    let mut rng = strongroom_crypto::DangerSeededRng::new(1);
    let setup = opaque::ServerSetup::make(&mut rng);
    let _ = opaque::ServerSetup::from_bytes(input);
    let _ = opaque::server_register_start(&setup, input, b"credential");
    let _ = opaque::server_register_finish(input);
}

fn part_geometry(input: &[u8]) {
    let number = |at: usize| input.iter().skip(at).take(8).fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
    if let Ok(geometry) = PartGeometry::of(number(0)) {
        let part = number(8) % (geometry.part_count + 2);
        assert_eq!(geometry.part_bytes(part).is_some(), part < geometry.part_count);
    }
    let _ = file::sealed_file_len(number(0));
}
