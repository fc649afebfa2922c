//! A platform with its own AES-GCM seals and reads the same files.

use super::*;
use crate::file::{Stretch, bulk_key};

const LENGTHS: [usize; 7] = [0, 1, 16_384, 100_000, 8_388_608, 8_388_609, 17_000_000];

/// Everything of a file, by stretches of `count` chunks, checked and opened in bulk.
fn read(
    sealed: &SealedFile,
    content: &[u8],
    leaves: &[u8],
    count: u64,
) -> Result<Vec<u8>, VaultError> {
    let manifest = sealed.manifest();
    let bulk = bulk_key(sealed.key(), manifest)?;
    let mut check = FileOpener::begin(sealed.key(), manifest.clone())?;
    check.push_leaves(leaves);
    let opener = check.finish()?;
    let (mut plain, mut first) = (Vec::new(), 0);
    while let Some(stretch) = Stretch::of(manifest, first, count) {
        let (from, until) = (stretch.segments().start, stretch.segments().end);
        let own = opener.leaves_of(from).start as usize..opener.leaves_of(until - 1).end as usize;
        let mut checking = opener.check(&stretch, &leaves[own])?;
        let bytes = &content[stretch.content.start as usize..stretch.content.end as usize];
        for piece in bytes.chunks(100_001) {
            checking.update(piece)?;
        }
        checking.finish()?;
        let mut chunks = bytes[stretch.skip..stretch.skip + stretch.sealed_bytes].to_vec();
        let mut opened = Vec::new();
        for (number, chunk) in stretch
            .chunks
            .clone()
            .zip(chunks.chunks_mut(CHUNK_SEALED_BYTES))
        {
            let last = stretch.ends_file && number + 1 == stretch.chunks.end;
            let chunk = bulk
                .opener()
                .open_chunk(number, last, chunk)
                .unwrap()
                .to_vec();
            opened.extend_from_slice(&chunk);
        }
        assert_eq!(opened.len(), stretch.plain_bytes);
        opener.check_padding(stretch.plain_start(), &opened)?;
        plain.extend_from_slice(&opened);
        first = stretch.chunks.end;
    }
    plain.truncate(manifest.true_length as usize);
    Ok(plain)
}

#[test]
fn stretches_give_the_file_and_bulk_sealing_the_same_bytes() {
    for length in LENGTHS {
        let plain = plaintext(length);
        let mut rng = DangerSeededRng::new(7);
        let new = new_revision(length as u64, &mut rng);
        let sealer = FileSealer::begin(TENANT, VAULT, new.clone(), &mut rng).unwrap();
        let (key, header) = (sealer.key().danger_duplicate(), *sealer.header());
        let (sealed, content, leaves) = seal_all(sealer, &plain);
        for count in [512, 3] {
            if count == 3 && length > 200_000 {
                continue;
            }
            assert!(read(&sealed, &content, &leaves, count).unwrap() == plain);
        }

        let mut sealer = FileSealer::resume(TENANT, VAULT, new, key, &header).unwrap();
        let bulk = sealer.bulk_key().unwrap();
        let mut padded = plain.clone();
        padded.resize(
            strongroom_format::pad::padded_file_len(length as u64) as usize,
            0,
        );
        let mut again = Vec::new();
        let chunks = padded.len() / CHUNK_PLAIN_BYTES + 1;
        for number in 0..chunks {
            let end = padded.len().min((number + 1) * CHUNK_PLAIN_BYTES);
            let chunk = &padded[number * CHUNK_PLAIN_BYTES..end];
            again.extend(bulk.seal_chunk(number as u64, chunk).unwrap());
        }
        assert!(again == content);
        let mut tree = Vec::new();
        let mut rest = again.as_slice();
        while let Some(piece) = sealer.next_piece() {
            let (own, behind) = rest.split_at(piece.sealed_bytes);
            sealer.take_sealed_piece(own, &mut tree).unwrap();
            rest = behind;
        }
        assert!(sealer.take_sealed_piece(&[0], &mut tree).is_err());
        let made = sealer.finish(details(), &mut tree).unwrap();
        assert!(tree == leaves);
        assert_eq!(made.manifest().tree_root, sealed.manifest().tree_root);
    }
}

#[test]
fn no_changed_byte_passes_a_stretch() {
    let plain = plaintext(8_400_000);
    let mut rng = DangerSeededRng::new(8);
    let new = new_revision(plain.len() as u64, &mut rng);
    let sealer = FileSealer::begin(TENANT, VAULT, new, &mut rng).unwrap();
    let (sealed, content, leaves) = seal_all(sealer, &plain);
    let refused = |content: &[u8], leaves: &[u8]| {
        let told = read(&sealed, content, leaves, 512).unwrap_err();
        assert_eq!(told, VaultError::Integrity(IntegrityError::TamperedContent));
    };
    for place in [0, 16_328, 16_400, 8_388_552, content.len() - 1] {
        let mut changed = content.clone();
        changed[place] ^= 1;
        refused(&changed, &leaves);
    }
    let mut swapped = content.clone();
    swapped.copy_within(16_400..32_800, 0);
    refused(&swapped, &leaves);
    let mut other = leaves.clone();
    other[40] ^= 1;
    refused(&content, &other);
    refused(&content, &leaves[32..]);
}
