use super::*;
use crate::{DangerSeededRng, Rng as _};

const GROUP: usize = TREE_GROUP_BYTES;
const SEGMENT: usize = TREE_SEGMENT_GROUPS * GROUP;

fn sample(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    DangerSeededRng::new(length as u64).fill_bytes(&mut bytes);
    bytes
}

fn hashed(bytes: &[u8], piece: usize) -> (Digest, Vec<u8>) {
    let (mut hasher, mut leaves) = (TreeHasher::new(), Vec::new());
    for piece in bytes.chunks(piece) {
        hasher.update(piece, &mut leaves);
        hasher.update(&[], &mut leaves);
    }
    assert_eq!(hasher.len(), bytes.len() as u64);
    (hasher.finish(&mut leaves), leaves)
}

fn built(sealed_len: usize, leaves: &[u8], root: &Digest) -> Result<Segments, TreeError> {
    let mut builder = Segments::builder(sealed_len as u64);
    for piece in leaves.chunks(45) {
        builder.push_leaves(piece);
    }
    builder.finish(root)
}

#[test]
fn root_is_the_ordinary_hash_and_every_group_checks() {
    let mut rng = DangerSeededRng::new(4);
    let mut sizes = vec![
        0,
        1,
        1_024,
        1_025,
        GROUP - 1,
        GROUP,
        GROUP + 1,
        2 * GROUP,
        3 * GROUP,
    ];
    sizes.extend([
        SEGMENT - 1,
        SEGMENT,
        SEGMENT + 1,
        2 * SEGMENT,
        3 * SEGMENT + GROUP + 7,
    ]);
    for _ in 0..30 {
        let mut random = [0; 4];
        rng.fill_bytes(&mut random);
        sizes.push(u32::from_le_bytes(random) as usize % (40 * GROUP));
    }
    for size in sizes {
        let bytes = sample(size);
        let (root, leaves) = hashed(&bytes, 16_400);
        assert_eq!(root, crate::blake3_hash(&bytes), "{size}");
        assert_eq!(leaves.len() as u64, leaves_len(size as u64));
        for piece in [1 + size / 3, GROUP, 8 * GROUP, size.max(1)] {
            assert_eq!(
                hashed(&bytes, piece),
                (root, leaves.clone()),
                "{size} by {piece}"
            );
        }
        let segments = built(size, &leaves, &root).unwrap();
        let by_segment: Vec<&[u8]> = leaves.chunks(32 * TREE_SEGMENT_GROUPS).collect();
        assert_eq!(segments.segment_count(), by_segment.len() as u64);
        for (number, part) in by_segment.iter().enumerate() {
            segments.check_leaves(number as u64, part).unwrap();
        }
        assert!(
            segments
                .check_leaves(by_segment.len() as u64, by_segment[0])
                .is_err()
        );
        for (number, leaf) in leaves.as_chunks::<32>().0.iter().enumerate() {
            let group = &bytes[number * GROUP..size.min((number + 1) * GROUP)];
            check_group(size as u64, number as u64, group, leaf).unwrap();
        }
    }
}

#[test]
fn every_changed_byte_is_caught() {
    let bytes = sample(2 * GROUP + 100);
    let length = bytes.len() as u64;
    let (root, leaves) = hashed(&bytes, 5_000);
    let leaf = |group: usize| leaves.as_chunks::<32>().0[group];
    for group in 0..3 {
        let range = group * GROUP..bytes.len().min((group + 1) * GROUP);
        // every byte of the short group, a sample of the long ones
        for place in range.clone().step_by(if group == 2 { 1 } else { 61 }) {
            let mut changed = bytes.clone();
            changed[place] ^= 0x80;
            let error = check_group(length, group as u64, &changed[range.clone()], &leaf(group));
            assert_eq!(
                error,
                Err(TreeError::Group {
                    group: group as u64
                })
            );
        }
    }
    for place in 0..leaves.len() {
        let mut changed = leaves.clone();
        changed[place] ^= 1;
        assert_eq!(
            built(bytes.len(), &changed, &root).err(),
            Some(TreeError::Root)
        );
        let segments = built(bytes.len(), &leaves, &root).unwrap();
        assert_eq!(
            segments.check_leaves(0, &changed),
            Err(TreeError::Segment { segment: 0 })
        );
    }
    let check = |group, bytes: &[u8], leaf: [u8; 32]| check_group(length, group, bytes, &leaf);
    assert_eq!(
        check(1, &bytes[..GROUP], leaf(0)),
        Err(TreeError::Group { group: 1 })
    );
    assert_eq!(check(3, &[], leaf(0)), Err(TreeError::Length));
    assert_eq!(
        check(0, &bytes[..GROUP - 1], leaf(0)),
        Err(TreeError::Length)
    );
    assert_eq!(
        check(2, &bytes[2 * GROUP..][..99], leaf(2)),
        Err(TreeError::Length)
    );
    assert_eq!(check(u64::MAX, &[], leaf(0)), Err(TreeError::Length));
}

#[test]
fn lists_cut_extended_or_exchanged() {
    let size = SEGMENT + 5 * GROUP;
    let (root, leaves) = hashed(&sample(size), SEGMENT);
    let error = |length: usize, leaves: &[u8]| built(length, leaves, &root).err();
    assert_eq!(error(size, &leaves), None);
    assert_eq!(
        error(size, &leaves[..leaves.len() - 32]),
        Some(TreeError::Length)
    );
    assert_eq!(
        error(size, &leaves[..leaves.len() - 1]),
        Some(TreeError::Length)
    );
    assert_eq!(error(size, &[]), Some(TreeError::Length));
    assert_eq!(
        error(size, &[leaves.clone(), vec![0; 32]].concat()),
        Some(TreeError::Length)
    );
    assert_eq!(
        error(size, &[leaves.clone(), vec![0; 3]].concat()),
        Some(TreeError::Length)
    );
    // the length of the manifest is wrong, the list fits it
    let cut = &leaves[..leaves.len() - 32];
    assert_eq!(error(size - GROUP, cut), Some(TreeError::Root));
    let mut swapped = leaves.clone();
    swapped[..32].copy_from_slice(&leaves[32..64]);
    swapped[32..64].copy_from_slice(&leaves[..32]);
    assert_eq!(error(size, &swapped), Some(TreeError::Root));
    // inner nodes given as leaves of a shorter file
    let (small_root, small) = hashed(&sample(2 * GROUP), GROUP);
    assert_eq!(built(GROUP, small_root.as_bytes(), &small_root).err(), None);
    let bytes = sample(2 * GROUP);
    let forged = check_group(GROUP as u64, 0, &bytes[..GROUP], small_root.as_bytes());
    assert_eq!(forged, Err(TreeError::Group { group: 0 }));
    assert_eq!(built(2 * GROUP, &small, &small_root).err(), None);

    let segments = built(size, &leaves, &root).unwrap();
    let first = &leaves[..32 * TREE_SEGMENT_GROUPS];
    let second = &leaves[32 * TREE_SEGMENT_GROUPS..];
    assert_eq!(segments.check_leaves(0, first), Ok(()));
    assert_eq!(segments.check_leaves(1, second), Ok(()));
    assert_eq!(segments.check_leaves(1, first), Err(TreeError::Length));
    assert_eq!(
        segments.check_leaves(1, &second[32..]),
        Err(TreeError::Length)
    );
    assert_eq!(
        segments.check_leaves(u64::MAX, second),
        Err(TreeError::Length)
    );
}
