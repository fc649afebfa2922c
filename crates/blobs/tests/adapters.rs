//! The adapters: the suite, and what is particular to local files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use futures::{StreamExt, stream};
use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use strongroom_blobs::{
    conformance::{self, body, bytes, collect, expected, revision},
    *,
};
use tempfile::TempDir;

#[tokio::test(flavor = "multi_thread")]
async fn memory() {
    conformance::run(async || Arc::new(MemoryBlobs::default()) as _).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn local() {
    let (folder, number) = (TempDir::new().unwrap(), AtomicU32::new(0));
    conformance::run(async || {
        let name = number.fetch_add(1, Ordering::Relaxed).to_string();
        let root = folder.path().join(name);
        fs::create_dir(&root).unwrap();
        Arc::new(LocalBlobs::open(&root).unwrap()) as _
    })
    .await;
}

fn files_in(path: &Path) -> usize {
    fs::read_dir(path).unwrap().count()
}

#[tokio::test(flavor = "multi_thread")]
async fn left_overs_go_and_parts_stay() {
    let folder = TempDir::new().unwrap();
    let data = bytes(1, 1_000_000);
    let blobs = LocalBlobs::open(folder.path()).unwrap();
    blobs
        .put(revision(1).part(0), body(&data, 9_000), expected(&data))
        .await
        .unwrap();
    let temporary = folder.path().join("tmp");
    assert_eq!(files_in(&temporary), 0);

    // A sender that stops for ever, and a server that goes away meanwhile.
    let half = body(&data, 9_000).take(60).chain(stream::pending()).boxed();
    let put = blobs.put(revision(1).part(1), half, expected(&data));
    let stopped = tokio::time::timeout(std::time::Duration::from_millis(200), put).await;
    assert!(stopped.is_err());
    // What is under way in the background takes its file with it.
    for _ in 0..100 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        if files_in(&temporary) == 0 {
            break;
        }
    }
    assert_eq!(files_in(&temporary), 0);
    fs::write(temporary.join("0000000000000000"), b"left over").unwrap();
    let blobs = LocalBlobs::open(folder.path()).unwrap();
    assert_eq!(files_in(&temporary), 0);
    assert_eq!(blobs.list(revision(1)).await.unwrap().len(), 1);
    let read = blobs
        .get_range(revision(1).part(0), 0, 1_000_000)
        .await
        .unwrap();
    assert_eq!(collect(read).await.unwrap(), data);
}

#[tokio::test]
async fn a_part_cut_on_disk_is_damaged_not_short() {
    let folder = TempDir::new().unwrap();
    let data = bytes(1, 600_000);
    let blobs = LocalBlobs::open(folder.path()).unwrap();
    let key = revision(1).part(0);
    blobs
        .put(key, body(&data, 9_000), expected(&data))
        .await
        .unwrap();
    let stream = blobs.get_range(key, 0, 600_000).await.unwrap();
    let path = folder.path().join("blobs").join(key.to_string());
    fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(300_000)
        .unwrap();
    assert!(matches!(collect(stream).await, Err(BlobError::Damaged)));
    let again = blobs.get_range(key, 0, 600_000).await;
    assert!(matches!(again.err(), Some(BlobError::RangeOutside)));
}

#[test]
fn a_full_or_read_only_disk_is_full() {
    for errno in [
        rustix::io::Errno::NOSPC,
        rustix::io::Errno::ROFS,
        rustix::io::Errno::DQUOT,
    ] {
        let error = BlobError::from(std::io::Error::from(errno));
        assert!(matches!(error, BlobError::Full), "{errno}");
    }
}

#[test]
fn paths_are_ids_and_numbers() {
    let path = revision(0xab).part(12).to_string();
    assert_eq!(
        path,
        format!("{0}/{0}/{1}/p00000012", "ab".repeat(32), "ab".repeat(16))
    );
    assert!(revision(1).tree_part(0).to_string().ends_with("/t00000000"));
}
