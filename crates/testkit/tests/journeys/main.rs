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
    Client, GetOptions, LinkGetRequest, LinkOptions, LoginRequest, NoProgress, Passphrase,
    PutOptions, Query, QuotaSettings, RecoverRequest, Source, Value, link_get,
};
use strongroom_testkit::process::quiet_address;
use strongroom_testkit::world::{PASSPHRASE, World, set};
use strongroom_types::{FileId, RecordId, Role, VaultId};

async fn shared_vault(world: &World) -> (Client, Client, VaultId) {
    let alice = world.founder("alice").await.unwrap();
    let bob = world.join(&alice, "bob").await.unwrap();
    let vault = alice.vault_create("Cases").await.unwrap().vault;
    alice
        .vault_invite(vault, "bob", Role::Writer)
        .await
        .unwrap();
    bob.sync().await.unwrap();
    (alice, bob, vault)
}

async fn add(client: &Client, vault: VaultId, title: &str) -> RecordId {
    client
        .record_add(vault, "case", &set(&[("title", title)]))
        .await
        .unwrap()
        .record
}

async fn put(
    world: &World,
    client: &Client,
    record: RecordId,
    name: &str,
    content: &[u8],
) -> FileId {
    let path = world.folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    client
        .file_put(
            record,
            Source::Path(&path),
            &PutOptions::default(),
            &NoProgress,
        )
        .await
        .unwrap()
        .file
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
