//! A file in the trash and a new revision of it: it never disappears there without a word.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use axum::http::Method;
use std::path::Path;
use std::sync::Arc;
use strongroom_client::{
    Client, ClientError, FileId, NoProgress, PutDone, PutOptions, RecordId, Role, Source,
};
use strongroom_testkit::gate::{Door, Gate, gate};
use strongroom_testkit::liar::Asked;
use strongroom_testkit::world::{World, add, cat, put};

async fn replace(
    client: &Client,
    record: RecordId,
    file: FileId,
    path: &Path,
) -> Result<PutDone, ClientError> {
    let options = PutOptions {
        replace: Some(file),
        ..PutOptions::default()
    };
    client
        .file_put(record, Source::Path(path), &options, &NoProgress)
        .await
}

/// A file of alice's that bob may write too.
async fn scene(world: &World) -> (Client, Client, RecordId, FileId) {
    let (alice, bob, vault) = world.shared_vault(Role::Writer).await.unwrap();
    let record = add(&alice, vault, "case").await.unwrap();
    let path = world.write("report.txt", b"first").unwrap();
    let file = put(&alice, record, &path).await.unwrap().file;
    world.write("report.txt", b"second").unwrap();
    bob.sync().await.unwrap();
    (alice, bob, record, file)
}

/// Holds the first request that `held` says yes to, before the server sees it.
fn hold(world: &World, held: impl Fn(&Asked) -> bool + Send + Sync + 'static) -> Gate {
    let (gate, door): (Gate, Door) = gate();
    world.liar.take(Arc::new(move |asked: &Asked| {
        if held(asked) {
            door.pass();
        }
        None
    }));
    gate
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_revision_of_a_removed_file_is_refused_until_it_is_restored() {
    let world = World::start().await.unwrap();
    let (alice, bob, record, file) = scene(&world).await;
    let path = world.folder.path().join("report.txt");
    alice.file_remove(file).await.unwrap();
    let refused = replace(&bob, record, file, &path).await.unwrap_err();
    assert_eq!((refused.code(), refused.exit_code()), ("in_trash", 4));
    assert_eq!(bob.file_revisions(file).await.unwrap().len(), 1);
    bob.file_restore(file).await.unwrap();
    replace(&bob, record, file, &path).await.unwrap();
    assert_eq!(alice.files(record, false, false).await.unwrap().len(), 1);
    assert_eq!(cat(&alice, file).await.unwrap(), b"second");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_learns_of_the_removal_during_the_upload_goes_on_after_a_restore() {
    let world = World::start().await.unwrap();
    let (alice, bob, record, file) = scene(&world).await;
    let path = world.folder.path().join("report.txt");
    let mut gate = hold(&world, |asked| {
        asked.method == Method::PUT && asked.uri.path().contains("/uploads/")
    });
    let source = path.clone();
    let putting = tokio::spawn(async move { replace(&bob, record, file, &source).await });
    gate.reached().await;
    alice.file_remove(file).await.unwrap();
    let bob = world.reopen("bob").unwrap();
    bob.sync().await.unwrap();
    gate.open();
    let refused = putting.await.unwrap().unwrap_err();
    assert_eq!((refused.code(), refused.exit_code()), ("in_trash", 4));
    assert_eq!(bob.file_revisions(file).await.unwrap().len(), 1);
    bob.file_restore(file).await.unwrap();
    let done = replace(&bob, record, file, &path).await.unwrap();
    assert!(done.parts_resumed > 0, "nothing is sent twice");
    assert_eq!(cat(&alice, file).await.unwrap(), b"second");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_removal_that_overtakes_a_revision_is_told() {
    let world = World::start().await.unwrap();
    let (alice, bob, record, file) = scene(&world).await;
    let path = world.folder.path().join("report.txt");
    let mut gate = hold(&world, |asked| {
        asked.method == Method::POST && asked.uri.path().ends_with("/entries")
    });
    let putting = tokio::spawn(async move { replace(&bob, record, file, &path).await });
    gate.reached().await;
    alice.file_remove(file).await.unwrap();
    gate.open();
    let told = putting.await.unwrap().unwrap_err();
    assert_eq!((told.code(), told.exit_code()), ("in_trash", 6));
    assert!(alice.files(record, false, false).await.unwrap().is_empty());
    assert_eq!(alice.file_revisions(file).await.unwrap().len(), 2);
    alice.file_restore(file).await.unwrap();
    assert_eq!(cat(&alice, file).await.unwrap(), b"second");
}
