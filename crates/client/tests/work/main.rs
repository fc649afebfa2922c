//! Vaults, records and files between two people, against a real server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

#[path = "../common/mod.rs"]
mod common;
mod files;
mod records;

use common::*;
use std::path::Path;
use strongroom_client::*;

fn noise(length: usize, seed: u8) -> Vec<u8> {
    let mut state = u32::from(seed) + 1;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect()
}

async fn put(client: &Client, record: RecordId, path: &Path) -> PutDone {
    client
        .file_put(
            record,
            Source::Path(path),
            &PutOptions::default(),
            &NoProgress,
        )
        .await
        .unwrap()
}

async fn cat(client: &Client, file: FileId, range: Option<(u64, Option<u64>)>) -> Vec<u8> {
    let mut out = Vec::new();
    client.file_cat(file, None, range, &mut out).await.unwrap();
    out
}
