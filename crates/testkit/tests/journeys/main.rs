//! Whole journeys through the SDK against a real server over TLS: what two people do all day.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod accounts;
mod files;
mod records;
mod sharing;

use strongroom_client::{
    Client, GetOptions, LinkGetRequest, LinkOptions, NoProgress, PutOptions, QuotaSettings, Source,
    Value, link_get,
};
use strongroom_testkit::world::{PASSPHRASE, World, add, cases, passphrase, put, set};
use strongroom_types::{FileId, RecordId, Role, VaultId};

/// Alice owns the vault, Bob writes in it.
async fn shared_vault(world: &World) -> (Client, Client, VaultId) {
    world.shared_vault(Role::Writer).await.unwrap()
}

/// A file with this content in the record.
async fn file_of(
    world: &World,
    client: &Client,
    record: RecordId,
    name: &str,
    content: &[u8],
) -> FileId {
    let path = world.write(name, content).unwrap();
    put(client, record, &path).await.unwrap().file
}

async fn content(world: &World, client: &Client, file: FileId) -> Vec<u8> {
    let target = world.folder.path().join(format!("out-{}", file.short()));
    let options = GetOptions {
        overwrite: true,
        ..GetOptions::default()
    };
    let done = client
        .file_get(file, &target, &options, &NoProgress)
        .await
        .unwrap();
    std::fs::read(done.path).unwrap()
}
