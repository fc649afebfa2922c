use super::*;
use crate::DangerSeededRng;

fn sample(length: usize) -> Vec<u8> {
    (0..length).map(|place| (place * 31 % 251) as u8).collect()
}

fn key() -> SymmetricKey {
    SymmetricKey::from_bytes([5; 32])
}

#[test]
fn edge_sizes_round_trip() {
    for length in [0, 1, 16_383, 16_384, 16_385, 32_768, 50_000] {
        let plain = sample(length);
        let sealed = seal(&key(), b"context", &plain, &mut DangerSeededRng::new(1));
        assert_eq!(sealed.len() as u64, sealed_len(length as u64));
        assert_eq!(plain_len(sealed.len() as u64), Ok(length as u64));
        assert_eq!(*open(&key(), b"context", &sealed).unwrap(), plain);
        for cut in 1..40.min(sealed.len()) {
            assert!(open(&key(), b"context", &sealed[..sealed.len() - cut]).is_err());
        }
        let mut longer = sealed.clone();
        longer.push(0);
        assert!(open(&key(), b"context", &longer).is_err());
    }
}

#[test]
fn lengths() {
    assert_eq!(sealed_len(0), 72);
    assert_eq!(sealed_len(16_384), 56 + 16_400 + 16);
    assert_eq!(plain_len(71), Err(BoxError::Truncated));
    assert_eq!(plain_len(56 + 16_400), Err(BoxError::Truncated));
    assert_eq!(plain_len(56 + 16_400 + 15), Err(BoxError::Truncated));
    assert_eq!(plain_len(u64::MAX - 100), Err(BoxError::TooManyChunks));
    assert_eq!(sealed_len(u64::MAX), u64::MAX);
}

#[test]
fn wrong_key_context_or_header() {
    let sealed = seal(&key(), b"context", b"text", &mut DangerSeededRng::new(1));
    let other = SymmetricKey::from_bytes([6; 32]);
    assert_eq!(
        open(&other, b"context", &sealed).err(),
        Some(BoxError::Commitment)
    );
    assert_eq!(
        open(&key(), b"Context", &sealed).err(),
        Some(BoxError::Commitment)
    );
    assert_eq!(open(&key(), b"", &sealed).err(), Some(BoxError::Commitment));
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        let wanted = if place < 56 {
            BoxError::Commitment
        } else {
            BoxError::Chunk { index: 0 }
        };
        assert_eq!(open(&key(), b"context", &changed).err(), Some(wanted));
    }
}

#[test]
fn reordered_repeated_and_exchanged_chunks() {
    let plain = sample(3 * 16_384 + 5);
    let sealed = seal(&key(), b"c", &plain, &mut DangerSeededRng::new(1));
    let chunk = |number: usize| 56 + number * 16_400..56 + (number + 1) * 16_400;
    let mut swapped = sealed.clone();
    swapped[chunk(0)].copy_from_slice(&sealed[chunk(1)]);
    swapped[chunk(1)].copy_from_slice(&sealed[chunk(0)]);
    assert_eq!(
        open(&key(), b"c", &swapped).err(),
        Some(BoxError::Chunk { index: 0 })
    );
    let mut repeated = sealed.clone();
    repeated[chunk(2)].copy_from_slice(&sealed[chunk(1)]);
    assert_eq!(
        open(&key(), b"c", &repeated).err(),
        Some(BoxError::Chunk { index: 2 })
    );
    let second = seal(&key(), b"c", &plain, &mut DangerSeededRng::new(2));
    let mut exchanged = sealed.clone();
    exchanged[chunk(1)].copy_from_slice(&second[chunk(1)]);
    assert_eq!(
        open(&key(), b"c", &exchanged).err(),
        Some(BoxError::Chunk { index: 1 })
    );
    let dropped = [&sealed[..56], &sealed[chunk(1).start..]].concat();
    assert_eq!(
        open(&key(), b"c", &dropped).err(),
        Some(BoxError::Chunk { index: 0 })
    );
    assert_eq!(
        open(&key(), b"c", &sealed[..chunk(2).end]).err(),
        Some(BoxError::Truncated)
    );
}

#[test]
fn pieces_in_any_order_and_resumed() {
    fn shared<T: Send + Sync>() {}
    shared::<Sealer>();
    shared::<Opener>();
    let plain = sample(16_384 + 100);
    let sealer = Sealer::new(&key(), b"c", &mut DangerSeededRng::new(9));
    let mut last = Vec::new();
    sealer.seal_chunk(1, &plain[16_384..], &mut last).unwrap();
    let resumed = Sealer::resume(&key(), b"c", sealer.header()).unwrap();
    assert!(Sealer::resume(&key(), b"d", sealer.header()).is_err());
    let mut first = [plain[..16_384].to_vec(), vec![0; 16]].concat();
    assert_eq!(resumed.seal_in_place(0, &mut first, 16_384), Ok(16_400));
    let whole = [sealer.header().as_slice(), &first, &last].concat();
    assert_eq!(
        whole,
        seal(&key(), b"c", &plain, &mut DangerSeededRng::new(9))
    );

    let opener = Opener::new(&key(), b"c", sealer.header()).unwrap();
    assert_eq!(
        opener.open_chunk(1, true, &mut last.clone()).unwrap(),
        &plain[16_384..]
    );
    assert_eq!(
        opener.open_chunk(0, false, &mut first.clone()).unwrap(),
        &plain[..16_384]
    );
    let error =
        |index, last, bytes: &[u8]| opener.open_chunk(index, last, &mut bytes.to_vec()).err();
    assert_eq!(error(0, true, &first), Some(BoxError::Truncated));
    assert_eq!(error(1, false, &last), Some(BoxError::Length));
    assert_eq!(error(0, true, &[0; 15]), Some(BoxError::Truncated));
    assert_eq!(error(0, true, &[0; 16_401]), Some(BoxError::Length));
    assert_eq!(error(1 << 38, true, &last), Some(BoxError::TooManyChunks));
}

#[test]
fn sealing_refuses_what_cannot_be_a_chunk() {
    let sealer = Sealer::new(&key(), b"c", &mut DangerSeededRng::new(9));
    let mut out = vec![1, 2, 3];
    assert_eq!(
        sealer.seal_chunk(0, &[0; 16_385], &mut out),
        Err(BoxError::Length)
    );
    assert_eq!(
        sealer.seal_chunk(1 << 38, &[0], &mut out),
        Err(BoxError::TooManyChunks)
    );
    assert_eq!(out, [1, 2, 3]);
    assert_eq!(
        sealer.seal_in_place(0, &mut [0; 20], 5),
        Err(BoxError::Length)
    );
    assert_eq!(
        sealer.seal_in_place(0, &mut [0; 4], 5),
        Err(BoxError::Length)
    );
}
