//! What every adapter must do. Each check starts with an empty store and fails by panicking,
//! so run it in a test of the adapter.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use crate::*;
use bytes::Bytes;
use futures::{StreamExt, stream};
use std::sync::Arc;
use strongroom_types::*;

/// Runs all checks; `make` opens an empty store each time.
pub async fn run(make: impl AsyncFn() -> Arc<dyn Blobs>) {
    put_and_read(make().await).await;
    bad_bodies_leave_nothing(make().await).await;
    the_same_part_at_the_same_time(make().await).await;
    ranges_of_a_part(make().await).await;
    ranges_across_parts(make().await).await;
    lists_and_deletes(make().await).await;
}

/// A revision whose ids repeat `seed`.
pub fn revision(seed: u8) -> RevisionKey {
    RevisionKey {
        tenant: TenantId::from_bytes([seed; 32]),
        vault: VaultId::from_bytes([seed; 32]),
        revision: RevisionId::from_bytes([seed; 16]),
    }
}

/// Bytes without a short period, different for each seed.
pub fn bytes(seed: u8, length: usize) -> Bytes {
    let mut state = u64::from(seed) + 1;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 56) as u8
        })
        .collect::<Vec<_>>()
        .into()
}

/// A body that comes in pieces.
pub fn body(bytes: &Bytes, piece: usize) -> BodyStream {
    let pieces: Vec<_> = bytes
        .chunks(piece)
        .map(|part| Ok(bytes.slice_ref(part)))
        .collect();
    stream::iter(pieces).boxed()
}

/// What is expected of these bytes.
pub fn expected(bytes: &[u8]) -> Expected {
    Expected {
        length: bytes.len() as u64,
        crc32c: Some(crc32c::crc32c(bytes)),
    }
}

/// Everything of a stream.
pub async fn collect(mut stream: BlobStream) -> BlobResult<Vec<u8>> {
    let mut all = Vec::new();
    while let Some(piece) = stream.next().await {
        let piece = piece?;
        assert!((1..=crate::PIECE_BYTES).contains(&piece.len()));
        all.extend_from_slice(&piece);
    }
    Ok(all)
}

async fn put_and_read(blobs: Arc<dyn Blobs>) {
    blobs.probe().await.unwrap();
    for (number, length) in [0, 1, 65_537, 1_048_575, 1_048_576, 1_048_577, 3_000_000]
        .into_iter()
        .enumerate()
    {
        for key in [
            revision(1).part(number as u64),
            revision(1).tree_part(number as u64),
        ] {
            let bytes = bytes(u8::from(key.tree), length);
            let written = blobs
                .put(key, body(&bytes, 7_001), expected(&bytes))
                .await
                .unwrap();
            assert_eq!(written.length, length as u64);
            assert_eq!(written.crc32c, crc32c::crc32c(&bytes));
            assert_eq!(blobs.length(key).await.unwrap(), Some(length as u64));
            let read = blobs.get_range(key, 0, length as u64).await.unwrap();
            assert_eq!(collect(read).await.unwrap(), bytes);
        }
    }
    assert_eq!(
        crc32c::crc32c(b"123456789"),
        0xe306_9283,
        "the check value of CRC-32C"
    );
    assert_eq!(blobs.length(revision(2).part(0)).await.unwrap(), None);
    let missing = blobs.get_range(revision(1).part(99), 0, 0).await;
    assert!(matches!(missing.err(), Some(BlobError::NotFound)));
}

async fn bad_bodies_leave_nothing(blobs: Arc<dyn Blobs>) {
    let good = bytes(1, 300_000);
    for before in [None, Some(bytes(2, 5_000))] {
        let key = revision(1).part(u64::from(before.is_some()));
        if let Some(before) = &before {
            blobs
                .put(key, body(before, 999), expected(before))
                .await
                .unwrap();
        }
        let unchanged = async || {
            let length = before.as_ref().map(|bytes| bytes.len() as u64);
            assert_eq!(blobs.length(key).await.unwrap(), length);
        };
        let promised = |length| Expected {
            length,
            crc32c: None,
        };
        let short = blobs.put(key, body(&good, 9_999), promised(300_001)).await;
        assert!(matches!(
            short,
            Err(BlobError::WrongLength { got: 300_000, .. })
        ));
        unchanged().await;
        let endless = stream::repeat_with(|| Ok(Bytes::from_static(&[0; 1_000]))).boxed();
        let long = blobs.put(key, endless, promised(10_500)).await;
        assert!(matches!(
            long,
            Err(BlobError::WrongLength {
                expected: 10_500,
                ..
            })
        ));
        unchanged().await;
        let wrong = Expected {
            length: 300_000,
            crc32c: Some(1),
        };
        let other = blobs.put(key, body(&good, 9_999), wrong).await;
        assert!(matches!(other, Err(BlobError::ChecksumMismatch)));
        unchanged().await;
        let broken = body(&good, 9_999)
            .take(3)
            .chain(stream::iter([Err("gone".into())]))
            .boxed();
        let failed = blobs.put(key, broken, expected(&good)).await;
        assert!(matches!(failed, Err(BlobError::Body(_))));
        unchanged().await;
        blobs
            .put(key, body(&good, 9_999), expected(&good))
            .await
            .unwrap();
        assert_eq!(blobs.length(key).await.unwrap(), Some(300_000));
    }
}

async fn the_same_part_at_the_same_time(blobs: Arc<dyn Blobs>) {
    let key = revision(1).part(0);
    let tasks: Vec<_> = (0..8)
        .map(|seed| {
            let (blobs, bytes) = (blobs.clone(), bytes(seed, 400_000));
            tokio::spawn(async move { blobs.put(key, body(&bytes, 5_000), expected(&bytes)).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let read = collect(blobs.get_range(key, 0, 400_000).await.unwrap())
        .await
        .unwrap();
    assert!(
        (0..8).any(|seed| bytes(seed, 400_000) == read),
        "one of them, whole"
    );
}

async fn ranges_of_a_part(blobs: Arc<dyn Blobs>) {
    let (key, all) = (revision(1).part(0), bytes(1, 700_000));
    blobs
        .put(key, body(&all, 70_000), expected(&all))
        .await
        .unwrap();
    for (start, end) in [
        (0, 0),
        (0, 1),
        (699_999, 700_000),
        (700_000, 700_000),
        (5, 600_001),
    ] {
        let read = collect(blobs.get_range(key, start, end).await.unwrap())
            .await
            .unwrap();
        assert_eq!(read, all[start as usize..end as usize]);
    }
    for (start, end) in [(0, 700_001), (5, 4), (u64::MAX, u64::MAX)] {
        let outside = blobs.get_range(key, start, end).await;
        assert!(matches!(outside.err(), Some(BlobError::RangeOutside)));
    }
}

async fn ranges_across_parts(blobs: Arc<dyn Blobs>) {
    let (key, all, part) = (revision(1), bytes(1, 1_050_000), 300_000);
    for (number, bytes) in all.chunks(part).enumerate() {
        let bytes = all.slice_ref(bytes);
        blobs
            .put(
                key.part(number as u64),
                body(&bytes, 4_096),
                expected(&bytes),
            )
            .await
            .unwrap();
    }
    let read = |start, end| {
        read_revision(
            blobs.clone(),
            key,
            false,
            part as u64,
            all.len() as u64,
            start..end,
        )
    };
    for (start, end) in [
        (0, 1_050_000),
        (0, 0),
        (1_050_000, 1_050_000),
        (299_999, 300_001),
        (300_000, 600_000),
        (250_000, 1_000_000),
        (1_049_999, 1_050_000),
    ] {
        let bytes = collect(read(start, end).await.unwrap()).await.unwrap();
        assert_eq!(bytes, all[start as usize..end as usize], "{start}..{end}");
    }
    assert!(matches!(
        read(0, 1_050_001).await.err(),
        Some(BlobError::RangeOutside)
    ));
    blobs.delete(key.part(1)).await.unwrap();
    assert!(matches!(
        read(300_000, 300_001).await.err(),
        Some(BlobError::NotFound)
    ));
    let broken = collect(read(0, 400_000).await.unwrap()).await;
    assert!(matches!(broken, Err(BlobError::NotFound)));
}

async fn lists_and_deletes(blobs: Arc<dyn Blobs>) {
    let data = bytes(1, 100);
    for key in [
        revision(1).part(10),
        revision(1).part(2),
        revision(1).tree_part(0),
        revision(2).part(123_456_789),
    ] {
        blobs
            .put(key, body(&data, 50), expected(&data))
            .await
            .unwrap();
    }
    let list = blobs.list(revision(1)).await.unwrap();
    let keys = [
        revision(1).part(2),
        revision(1).part(10),
        revision(1).tree_part(0),
    ];
    assert_eq!(list, keys.map(|key| (key, 100)));
    assert_eq!(
        blobs.list(revision(2)).await.unwrap(),
        [(revision(2).part(123_456_789), 100)]
    );
    let mut revisions = blobs.revisions().await.unwrap();
    revisions.sort();
    assert_eq!(revisions, [revision(1), revision(2)]);

    assert!(blobs.delete(revision(1).part(2)).await.unwrap());
    assert!(!blobs.delete(revision(1).part(2)).await.unwrap());
    assert_eq!(blobs.list(revision(1)).await.unwrap().len(), 2);
    for _ in 0..2 {
        blobs.delete_revision(revision(1)).await.unwrap();
    }
    assert!(blobs.list(revision(1)).await.unwrap().is_empty());
    assert_eq!(blobs.revisions().await.unwrap(), [revision(2)]);
    blobs
        .put(revision(1).part(0), body(&data, 50), expected(&data))
        .await
        .unwrap();
    assert_eq!(blobs.list(revision(1)).await.unwrap().len(), 1);
}
