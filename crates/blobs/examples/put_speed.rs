//! Compares parts that are put with plain files that are written and synced, four at a time.
//!
//! `cargo run -p strongroom-blobs --features conformance --example put_speed [FOLDER]`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

use futures::{StreamExt, stream};
use std::{fs::File, io::Write, sync::Arc, time::Instant};
use strongroom_blobs::{
    conformance::{body, bytes, revision},
    *,
};

const PARTS: u64 = 64;
const PART_BYTES: usize = 8_396_800;

fn main() {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".into());
    let folder = tempfile::TempDir::new_in(folder).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let data = bytes(1, PART_BYTES);
    let mib = (PARTS as usize * PART_BYTES) as f64 / 1_048_576.0;
    for round in 0..3u8 {
        let start = Instant::now();
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let (data, path) = (&data, folder.path());
                scope.spawn(move || {
                    for number in (writer..PARTS).step_by(4) {
                        let mut file =
                            File::create(path.join(format!("{round}-{number}"))).unwrap();
                        for piece in data.chunks(256 << 10) {
                            file.write_all(piece).unwrap();
                        }
                        file.sync_data().unwrap();
                    }
                });
            }
        });
        let plain = mib / start.elapsed().as_secs_f64();
        let blobs = Arc::new(LocalBlobs::open(folder.path()).unwrap());
        let start = Instant::now();
        runtime.block_on(
            stream::iter(0..PARTS)
                .map(|number| {
                    let (blobs, body) = (blobs.clone(), body(&data, 16_384));
                    let expected = Expected {
                        length: PART_BYTES as u64,
                        crc32c: None,
                    };
                    let key = revision(round).part(number);
                    tokio::spawn(async move { blobs.put(key, body, expected).await.unwrap() })
                })
                .buffer_unordered(4)
                .for_each(async |written| assert!(written.is_ok())),
        );
        let put = mib / start.elapsed().as_secs_f64();
        let start = Instant::now();
        let total = PARTS * PART_BYTES as u64;
        let key = revision(round);
        let read = runtime.block_on(async {
            let part = PART_BYTES as u64;
            let mut all = read_revision(blobs, key, false, part, total, 0..total)
                .await
                .unwrap();
            let mut read = 0;
            while let Some(piece) = all.next().await {
                read += piece.unwrap().len() as u64;
            }
            read
        });
        assert_eq!(read, total);
        let get = mib / start.elapsed().as_secs_f64();
        println!(
            "plain files {plain:.0} MiB/s; put {put:.0} MiB/s ({:.2}); get {get:.0} MiB/s",
            put / plain
        );
    }
}
