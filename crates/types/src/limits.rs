//! Limits that both sides keep. Sizes are in bytes unless the name says otherwise.

/// Plaintext bytes of a full chunk.
pub const CHUNK_PLAIN_BYTES: usize = 16_384;
/// Sealed bytes of a full chunk: plaintext and a 16-byte tag.
pub const CHUNK_SEALED_BYTES: usize = 16_400;
/// Salt (24) and commitment (32) before the first chunk of a box.
pub const BOX_HEADER_BYTES: usize = 56;
/// Chunks in an upload part.
pub const PART_CHUNKS: usize = 512;
/// Plaintext bytes of a full part (8 MiB).
pub const PART_PLAIN_BYTES: usize = CHUNK_PLAIN_BYTES * PART_CHUNKS;
/// Sealed bytes of a full part.
pub const PART_SEALED_BYTES: usize = CHUNK_SEALED_BYTES * PART_CHUNKS;
/// Sealed bytes under one leaf of the BLAKE3 tree.
pub const TREE_GROUP_BYTES: usize = 16_384;
/// Leaf groups in a tree segment (8 MiB of sealed bytes, 16 KiB of leaf values).
pub const TREE_SEGMENT_GROUPS: usize = 512;

/// Largest signed body of an entry.
pub const ENTRY_BODY_MAX_BYTES: usize = 1_024;
/// Largest payload of an entry.
pub const ENTRY_PAYLOAD_MAX_BYTES: usize = 1 << 20;
/// Most entries in one append request.
pub const APPEND_MAX_ENTRIES: usize = 256;
/// Largest append request.
pub const APPEND_MAX_BYTES: usize = 8 << 20;
/// Most entries in one page of a log.
pub const PAGE_MAX_ENTRIES: usize = 1_000;
/// A page of a log closes when it is larger than this.
pub const PAGE_TARGET_BYTES: usize = 1 << 20;
/// Most members of a vault.
pub const VAULT_MAX_MEMBERS: usize = 5_000;
/// Most accounts of a tenant.
pub const TENANT_MAX_IDENTITIES: usize = 20_000;
/// Most entries that one erase entry names.
pub const ERASE_MAX_ENTRIES: usize = 1_000;
/// Longest name of a person, device, vault, table or field, in bytes of UTF-8.
pub const NAME_MAX_BYTES: usize = 200;
/// Longest file name, in bytes of UTF-8.
pub const FILE_NAME_MAX_BYTES: usize = 1_024;
/// Largest plaintext of a record version.
pub const RECORD_MAX_BYTES: usize = 256 << 10;
/// Largest wallet.
pub const WALLET_MAX_BYTES: usize = 4 << 20;
/// Most slots of a wallet.
pub const WALLET_MAX_SLOTS: usize = 32;
/// Largest control request in JSON.
pub const JSON_MAX_BYTES: usize = 8 << 20;
/// Longest passphrase, in bytes of UTF-8.
pub const PASSPHRASE_MAX_BYTES: usize = 1_024;
/// Shortest passphrase, in characters.
pub const PASSPHRASE_MIN_CHARS: usize = 8;
/// Largest file, sealed: the tree and the counter allow more, the product does not promise it.
pub const FILE_MAX_SEALED_BYTES: u64 = 16 << 40;
/// Days between the trash and the earliest erase without `--now`.
pub const TRASH_DELAY_DAYS: u64 = 30;
