use super::*;
use crate::keyring::commitment;
use crate::{IntegrityError, Keyring, Place, VaultError};
use proptest::prelude::*;
use strongroom_crypto::{DangerSeededRng, Rng as _, SymmetricKey, blake3_hash};
use strongroom_format::file::FileManifest;
use strongroom_types::limits::*;
use strongroom_types::*;

mod boxes;
mod stretch;

const TENANT: TenantId = TenantId::from_bytes([1; 32]);
const VAULT: VaultId = VaultId::from_bytes([2; 32]);

fn place() -> Place {
    Place {
        tenant: TENANT,
        vault: VAULT,
        epoch: Epoch(1),
        device: DeviceId::from_bytes([3; 32]),
        device_seq: 4,
    }
}

fn keyring() -> Keyring {
    let mut keyring = Keyring::new(TENANT, VAULT);
    for epoch in [Epoch(1), Epoch(2)] {
        let secret = SymmetricKey::from_bytes([epoch.0 as u8; 32]);
        let announced = commitment(TENANT, VAULT, epoch, &secret);
        keyring.add(epoch, secret, announced).unwrap();
    }
    keyring
}

fn new_revision(true_length: u64, rng: &mut DangerSeededRng) -> NewRevision {
    NewRevision {
        file: FileId::make(rng),
        revision: RevisionId::make(rng),
        record: RecordId::make(rng),
        parents: vec![RevisionId::make(rng), RevisionId::make(rng)],
        true_length,
    }
}

fn details() -> FileDetails {
    FileDetails {
        name: "report.pdf".into(),
        media_type: "application/pdf".into(),
        thumbnail: Some(vec![1, 2, 3]),
        conflict: false,
        created_ms: 5,
    }
}

fn plaintext(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    DangerSeededRng::new(length as u64).fill_bytes(&mut bytes);
    bytes
}

/// File, its sealed content without header, its leaves.
fn seal_all(mut sealer: FileSealer, plain: &[u8]) -> (SealedFile, Vec<u8>, Vec<u8>) {
    let (mut content, mut leaves) = (Vec::new(), Vec::new());
    let mut buffer = Vec::with_capacity(PART_SEALED_BYTES);
    let geometry = sealer.geometry();
    let mut rest = plain;
    for number in 0..geometry.part_count {
        let length = sealer.part_plain_len(number).unwrap();
        buffer.clear();
        buffer.extend_from_slice(&rest[..length]);
        rest = &rest[length..];
        sealer.seal_part(number, &mut buffer, &mut leaves).unwrap();
        assert_eq!(buffer.len() as u64, geometry.part_bytes(number).unwrap());
        assert_eq!(buffer.capacity(), PART_SEALED_BYTES);
        content.extend_from_slice(&buffer);
    }
    assert!(rest.is_empty());
    let sealed = sealer.finish(details(), &mut leaves).unwrap();
    (sealed, content, leaves)
}

fn open_file(sealed: &SealedFile, leaves: &[u8]) -> Result<FileOpener, IntegrityError> {
    let mut check = FileOpener::begin(sealed.key(), sealed.manifest().clone())?;
    for piece in leaves.chunks(1_000) {
        check.push_leaves(piece);
    }
    check.finish()
}

/// Reads through; also says how many content bytes were asked for.
fn drain(
    mut reader: Reader<'_>,
    content: &[u8],
    leaves: &[u8],
    piece_groups: usize,
) -> Result<(Vec<u8>, u64), IntegrityError> {
    let (mut out, mut fetched) = (Vec::new(), 0);
    let mut expected = None;
    loop {
        match reader.need() {
            Need::Done => return Ok((out, fetched)),
            Need::Leaves { offset, length } => {
                reader.supply_leaves(&leaves[offset as usize..][..length])?;
            }
            Need::Content { offset, length } => {
                assert!(length <= PART_SEALED_BYTES);
                assert!(expected.is_none_or(|expected| expected == offset));
                // whole groups, as a stream might deliver them
                let mut length = length;
                if piece_groups > 0 {
                    let end = (offset + 56) / 16_384 + piece_groups as u64;
                    length = length.min((end * 16_384 - 56 - offset) as usize);
                }
                let bytes = &content[offset as usize..][..length];
                reader.supply_content(bytes, &mut out)?;
                fetched += length as u64;
                expected = Some(offset + length as u64);
            }
        }
    }
}

const EDGES: [usize; 19] = [
    0,
    1,
    100,
    255,
    256,
    257,
    8_192,
    16_327,
    16_328,
    16_383,
    16_384,
    16_385,
    32_768,
    65_535,
    65_536,
    131_072,
    262_143,
    1 << 20,
    (1 << 20) + 1,
];

#[test]
fn every_size_around_the_edges_comes_back() {
    let mut rng = DangerSeededRng::new(1);
    for length in EDGES {
        let plain = plaintext(length);
        let new = new_revision(length as u64, &mut rng);
        let sealer = FileSealer::begin(TENANT, VAULT, new, &mut rng).unwrap();
        let (sealed, content, leaves) = seal_all(sealer, &plain);
        let mut whole = sealed.manifest().header.to_vec();
        whole.extend_from_slice(&content);
        assert_eq!(sealed.manifest().sealed_length, whole.len() as u64);
        assert_eq!(sealed.manifest().tree_root, blake3_hash(&whole));
        // what an independent implementation of the box would read
        let context = strongroom_format::context::file(
            TENANT,
            VAULT,
            sealed.manifest().file,
            sealed.manifest().revision,
        );
        let padded = strongroom_crypto::sealed_box::open(sealed.key(), &context, &whole).unwrap();
        assert_eq!(&padded[..length], &plain[..]);
        assert!(padded[length..].iter().all(|byte| *byte == 0));

        let file = open_file(&sealed, &leaves).unwrap();
        for piece in [0, 1, 3] {
            let (out, fetched) = drain(file.read_all(), &content, &leaves, piece).unwrap();
            assert_eq!(out, plain, "{length}");
            assert_eq!(fetched, content.len() as u64);
        }
        let end = length as u64;
        for range in [
            0..0,
            0..end,
            end / 2..end,
            end..end,
            end.saturating_sub(1)..end,
        ] {
            let wanted = &plain[range.start as usize..range.end as usize];
            let reader = file.read(range).unwrap();
            assert_eq!(drain(reader, &content, &leaves, 0).unwrap().0, wanted);
        }
        assert!(file.read(0..end + 1).is_err());
        let backwards = std::ops::Range { start: 1, end: 0 };
        assert!(file.read(backwards).is_err());
    }
}

#[test]
fn several_parts_and_segments() {
    let mut rng = DangerSeededRng::new(2);
    // a last part of padding and tag alone, and files of several parts
    for length in [
        PART_PLAIN_BYTES,
        PART_PLAIN_BYTES + 1,
        2 * PART_PLAIN_BYTES + 12_345,
    ] {
        let plain = plaintext(length);
        let new = new_revision(length as u64, &mut rng);
        let sealer = FileSealer::begin(TENANT, VAULT, new, &mut rng).unwrap();
        let (sealed, content, leaves) = seal_all(sealer, &plain);
        let file = open_file(&sealed, &leaves).unwrap();
        let (out, _) = drain(file.read_all(), &content, &leaves, 7).unwrap();
        assert!(out == plain);
        let at = PART_PLAIN_BYTES as u64 - 20_000;
        let range = at..(at + 40_000).min(length as u64);
        let wanted = &plain[range.start as usize..range.end as usize];
        let reader = file.read(range).unwrap();
        let (out, fetched) = drain(reader, &content, &leaves, 0).unwrap();
        assert!(out == wanted);
        assert!(fetched <= 6 * TREE_GROUP_BYTES as u64);
    }
}

#[test]
fn a_resumed_revision_gives_the_same_bytes() {
    let mut rng = DangerSeededRng::new(3);
    let plain = plaintext(100_000);
    let new = new_revision(100_000, &mut rng);
    let first = FileSealer::begin(TENANT, VAULT, new.clone(), &mut rng).unwrap();
    let (key, header) = (first.key().danger_duplicate(), *first.header());
    let (_, content, leaves) = seal_all(first, &plain);
    let again =
        FileSealer::resume(TENANT, VAULT, new.clone(), key.danger_duplicate(), &header).unwrap();
    let (_, content_again, leaves_again) = seal_all(again, &plain);
    assert!(content == content_again && leaves == leaves_again);
    let other = NewRevision {
        revision: RevisionId::ZERO,
        ..new
    };
    assert_eq!(
        FileSealer::resume(TENANT, VAULT, other, key, &header).err(),
        Some(VaultError::Integrity(IntegrityError::SwappedFile))
    );
}

#[test]
fn pieces_in_a_used_buffer_give_the_same_bytes() {
    for length in [0, 1, 16_384, 16_385, 300_000, PART_PLAIN_BYTES + 70_000] {
        let mut rng = DangerSeededRng::new(9);
        let new = new_revision(length as u64, &mut rng);
        let sealer = FileSealer::begin(TENANT, VAULT, new.clone(), &mut rng).unwrap();
        let (key, header) = (sealer.key().danger_duplicate(), *sealer.header());
        let plain = plaintext(length);
        let (_, content, leaves) = seal_all(sealer, &plain);

        let mut again = FileSealer::resume(TENANT, VAULT, new, key, &header).unwrap();
        let mut buffer = vec![0xa5; PART_SEALED_BYTES];
        let (mut pieced, mut pieced_leaves, mut rest) = (Vec::new(), Vec::new(), &plain[..]);
        while let Some(piece) = again.next_piece() {
            assert!(piece.sealed_bytes <= Piece::MAX_BYTES);
            let region = &mut buffer[piece.region()];
            let (now, later) = rest.split_at(piece.plain_bytes);
            region[piece.room()].copy_from_slice(now);
            rest = later;
            let short = region.len() - 1;
            assert!(
                again
                    .seal_piece(&mut region[..short], &mut pieced_leaves)
                    .is_err()
            );
            again.seal_piece(region, &mut pieced_leaves).unwrap();
            pieced.extend_from_slice(region);
            let so_far = [&header[..], &pieced].concat();
            assert_eq!(again.hash_so_far(), strongroom_crypto::blake3_hash(&so_far));
        }
        assert!(rest.is_empty() && pieced == content, "{length}");
        again.finish(details(), &mut pieced_leaves).unwrap();
        assert!(pieced_leaves == leaves, "{length}");
    }
}

#[test]
fn parts_out_of_order_are_refused() {
    let mut rng = DangerSeededRng::new(4);
    let new = new_revision(100, &mut rng);
    let mut sealer = FileSealer::begin(TENANT, VAULT, new, &mut rng).unwrap();
    let mut leaves = Vec::new();
    assert!(sealer.seal_part(1, &mut vec![0; 100], &mut leaves).is_err());
    assert!(sealer.seal_part(0, &mut vec![0; 99], &mut leaves).is_err());
    sealer.seal_part(0, &mut vec![0; 100], &mut leaves).unwrap();
    assert!(sealer.seal_part(0, &mut vec![0; 100], &mut leaves).is_err());
    let new = new_revision(100, &mut rng);
    let sealer = FileSealer::begin(TENANT, VAULT, new, &mut rng).unwrap();
    assert!(sealer.finish(details(), &mut leaves).is_err());
}

#[test]
fn padding_that_is_not_zero_is_seen() {
    // a writer who hides bytes behind the end: header and tree fit, the zeros do not
    let mut rng = DangerSeededRng::new(7);
    let new = new_revision(300, &mut rng);
    let longer = NewRevision {
        true_length: 304,
        ..new
    };
    let sealer = FileSealer::begin(TENANT, VAULT, longer, &mut rng).unwrap();
    let (sealed, content, leaves) = seal_all(sealer, &plaintext(304));
    let m = sealed.manifest();
    let manifest = FileManifest::new(strongroom_format::file::ManifestParts {
        tenant: m.tenant,
        vault: m.vault,
        record: m.record,
        file: m.file,
        revision: m.revision,
        parents: m.parents.clone(),
        true_length: 300,
        header: *m.header,
        tree_root: m.tree_root,
        name: m.name.clone(),
        media_type: m.media_type.clone(),
        thumbnail: None,
        conflict: false,
        created_ms: 0,
    })
    .unwrap();
    assert_eq!(manifest.sealed_length, m.sealed_length);
    let short = SealedFile::from_parts(sealed.key().danger_duplicate(), manifest);
    let file = open_file(&short, &leaves).unwrap();
    assert_eq!(
        drain(file.read_all(), &content, &leaves, 0).err(),
        Some(IntegrityError::TamperedContent)
    );
    for start in [0, 299, 300] {
        let rest = file.read_rest(start).unwrap();
        assert_eq!(
            drain(rest, &content, &leaves, 0).err(),
            Some(IntegrityError::TamperedContent),
            "who goes on checks the zeros too"
        );
    }
    assert!(file.read_rest(301).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn any_range_of_any_size(length in 0_usize..200_000, a in any::<u64>(), b in any::<u64>(), piece in 0_usize..4) {
        let mut rng = DangerSeededRng::new(8);
        let plain = plaintext(length);
        let new = new_revision(length as u64, &mut rng);
        let sealer = FileSealer::begin(TENANT, VAULT, new, &mut rng).unwrap();
        let (sealed, content, leaves) = seal_all(sealer, &plain);
        let file = open_file(&sealed, &leaves).unwrap();
        let (a, b) = (a % (length as u64 + 1), b % (length as u64 + 1));
        let (start, end) = (a.min(b), a.max(b));
        let (out, fetched) = drain(file.read(start..end).unwrap(), &content, &leaves, piece).unwrap();
        prop_assert!(out == plain[start as usize..end as usize]);
        prop_assert!(fetched <= (end - start) + 4 * 16_400);
        let (rest, _) = drain(file.read_rest(start).unwrap(), &content, &leaves, piece).unwrap();
        prop_assert!(rest == plain[start as usize..]);
    }

    #[test]
    fn any_changed_byte_is_seen_before_it_is_released(length in 0_usize..100_000, place in any::<usize>(), bit in 0..8_u32, in_leaves in any::<bool>()) {
        let mut rng = DangerSeededRng::new(9);
        let plain = plaintext(length);
        let new = new_revision(length as u64, &mut rng);
        let sealer = FileSealer::begin(TENANT, VAULT, new, &mut rng).unwrap();
        let (sealed, mut content, mut leaves) = seal_all(sealer, &plain);
        if in_leaves {
            let honest = leaves.clone();
            let place = place % leaves.len();
            leaves[place] ^= 1 << bit;
            prop_assert_eq!(open_file(&sealed, &leaves).err(), Some(IntegrityError::TamperedContent));
            // honest at first, altered when they are used
            let file = open_file(&sealed, &honest).unwrap();
            prop_assert!(drain(file.read_all(), &content, &leaves, 0).is_err());
        } else {
            let file = open_file(&sealed, &leaves).unwrap();
            let place = place % content.len();
            content[place] ^= 1 << bit;
            let mut reader = file.read_all();
            let mut out = Vec::new();
            let group = (place + 56) / 16_384;
            loop {
                match reader.need() {
                    Need::Done => prop_assert!(false, "the change went unseen"),
                    Need::Leaves { offset, length } => reader.supply_leaves(&leaves[offset as usize..][..length]).unwrap(),
                    Need::Content { offset, length } => {
                        let end = (offset as usize + 56) / 16_384 + 1;
                        let length = length.min(end * 16_384 - 56 - offset as usize);
                        let bytes = &content[offset as usize..][..length];
                        if reader.supply_content(bytes, &mut out).is_err() {
                            break;
                        }
                    }
                }
            }
            prop_assert!(out.len() <= group * 16_384);
            prop_assert!(out == plain[..out.len()]);
        }
    }
}
