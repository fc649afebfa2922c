//! Files: all sizes, revisions, locks, links, uploads that stop.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn files_of_all_sizes_come_back_equal() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = world.shared_vault(Role::Reader).await.unwrap();
    let record = add(&alice, vault, "t").await.unwrap();
    let out = world.folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    for length in [
        0, 1, 255, 16_383, 16_384, 16_385, 8_388_608, 8_388_609, 20_000_000,
    ] {
        let data = noise(length, length as u32);
        let path = world.write(&format!("f{length}.bin"), &data).unwrap();
        let done = put(&alice, record, &path).await.unwrap();
        assert_eq!(done.bytes, length as u64);
        assert_eq!(cat(&bob, done.file).await.unwrap(), data, "{length}");
        let got = bob
            .file_get(done.file, &out, &GetOptions::default(), &NoProgress)
            .await
            .unwrap();
        assert_eq!(std::fs::read(&got.path).unwrap(), data);
        let again = bob
            .file_get(done.file, &out, &GetOptions::default(), &NoProgress)
            .await;
        assert_eq!(again.unwrap_err().code(), "file_exists");
        if length > 20_000 {
            for (first, last) in [
                (0, 0),
                (16_383, 16_384),
                (16_384, 40_000.min(length - 1)),
                (length - 1, length + 50),
                (length / 2, length / 2 + 17),
            ] {
                let range = cat_range(&bob, done.file, first as u64, last as u64).await;
                assert_eq!(
                    range.unwrap(),
                    data[first..=last.min(length - 1)],
                    "{length} {first} {last}"
                );
            }
        }
    }
    assert_eq!(
        std::fs::read_dir(&out).unwrap().count(),
        9,
        "no temporary files stay"
    );
    // a pipe
    let data = noise(300_000, 3);
    let source = Source::Reader {
        name: "pipe.bin".into(),
        reader: Box::new(std::io::Cursor::new(data.clone())),
    };
    let done = alice
        .file_put(record, source, &PutOptions::default(), &NoProgress)
        .await
        .unwrap();
    assert_eq!(cat(&bob, done.file).await.unwrap(), data);
    assert_eq!(bob.files(record, false, false).await.unwrap().len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn revisions_locks_flags_moves_and_links() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = world.shared_vault(Role::Writer).await.unwrap();
    let record = add(&alice, vault, "t").await.unwrap();
    let path = world.write("report.txt", b"first").unwrap();
    let file = put(&alice, record, &path).await.unwrap().file;
    bob.sync().await.unwrap();
    // locks
    let lease = bob.file_lock(file, 60_000).await.unwrap();
    assert!(lease.mine);
    let replace = PutOptions {
        replace: Some(file),
        ..PutOptions::default()
    };
    std::fs::write(&path, b"second").unwrap();
    let locked = alice
        .file_put(record, Source::Path(&path), &replace, &NoProgress)
        .await;
    assert_eq!(locked.unwrap_err().code(), "locked");
    assert_eq!(
        alice.file_lock(file, 60_000).await.unwrap_err().code(),
        "locked"
    );
    bob.file_put(record, Source::Path(&path), &replace, &NoProgress)
        .await
        .unwrap();
    assert_eq!(cat(&alice, file).await.unwrap(), b"second");
    assert_eq!(alice.file_revisions(file).await.unwrap().len(), 2);
    alice.file_unlock(file, true).await.unwrap();
    // bob does not know yet that his lock was broken and alice wrote: his write is kept beside
    std::fs::write(&path, b"third").unwrap();
    alice
        .file_put(record, Source::Path(&path), &replace, &NoProgress)
        .await
        .unwrap();
    let old = alice
        .file_revisions(file)
        .await
        .unwrap()
        .last()
        .unwrap()
        .revision;
    let mut out = Vec::new();
    alice
        .file_cat(file, Some(old), None, &mut out)
        .await
        .unwrap();
    assert_eq!(out, b"first");
    // flags
    alice
        .file_set(file, Some(true), Some(true), Some("renamed.txt"))
        .await
        .unwrap();
    assert!(bob.files(record, false, false).await.unwrap().is_empty());
    let line = bob.file_show(file).await.unwrap();
    assert!(line.hidden && line.protected);
    assert_eq!(line.name, "renamed.txt");
    assert_eq!(bob.file_remove(file).await.unwrap_err().code(), "protected");
    alice
        .file_set(file, Some(false), Some(false), None)
        .await
        .unwrap();
    bob.file_remove(file).await.unwrap();
    assert!(alice.files(record, false, false).await.unwrap().is_empty());
    alice.file_restore(file).await.unwrap();
    // moves
    let second = add(&alice, vault, "u").await.unwrap();
    alice.file_move(file, second, &NoProgress).await.unwrap();
    assert_eq!(bob.files(second, false, false).await.unwrap().len(), 1);
    let other = alice.vault_create("other").await.unwrap().vault;
    let third = add(&alice, other, "v").await.unwrap();
    let copy = alice.file_copy(file, third, &NoProgress).await.unwrap();
    assert_eq!(copy.vault, other);
    assert_eq!(cat(&alice, copy.file).await.unwrap(), b"third");
    let moved = alice
        .file_move(copy.file, second, &NoProgress)
        .await
        .unwrap();
    assert_eq!(cat(&bob, moved.file).await.unwrap(), b"third");
    // links
    assert_eq!(
        bob.link_create(file, &LinkOptions::default())
            .await
            .err()
            .unwrap()
            .exit_code(),
        4
    );
    let options = LinkOptions {
        max_count: Some(2),
        passphrase: Some(passphrase("open sesame").unwrap()),
        ..LinkOptions::default()
    };
    let link = alice.link_create(file, &options).await.unwrap();
    let out = world.folder.path().join("linked.txt");
    let right = passphrase("open sesame").unwrap();
    let wrong = passphrase("open barley").unwrap();
    let get = |passphrase| LinkGetRequest {
        url: &link.url,
        ca_file: Some(&world.server.ca_file),
        passphrase,
        dest: &out,
        overwrite: true,
    };
    assert_eq!(
        link_get(get(None), &NoProgress).await.unwrap_err().code(),
        "passphrase_needed"
    );
    assert_eq!(
        link_get(get(Some(&wrong)), &NoProgress)
            .await
            .unwrap_err()
            .exit_code(),
        4
    );
    assert_eq!(
        link_get(get(Some(&right)), &NoProgress)
            .await
            .unwrap()
            .bytes,
        5
    );
    assert_eq!(std::fs::read(&out).unwrap(), b"third");
    assert_eq!(
        link_get(get(Some(&right)), &NoProgress)
            .await
            .unwrap_err()
            .code(),
        "gone"
    );
    let link = alice
        .link_create(file, &LinkOptions::default())
        .await
        .unwrap();
    assert_eq!(alice.links(Some(second)).await.unwrap().len(), 2);
    alice.link_revoke(link.link).await.unwrap();
    let get = LinkGetRequest {
        url: &link.url,
        ca_file: Some(&world.server.ca_file),
        passphrase: None,
        dest: &out,
        overwrite: true,
    };
    assert_eq!(link_get(get, &NoProgress).await.unwrap_err().code(), "gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_holder_writes_a_conflict_copy() {
    let world = World::start().await.unwrap();
    let (alice, bob, vault) = world.shared_vault(Role::Writer).await.unwrap();
    let record = add(&alice, vault, "t").await.unwrap();
    let path = world.write("report.txt", b"first").unwrap();
    let file = put(&alice, record, &path).await.unwrap().file;
    bob.file_lock(file, 60_000).await.unwrap();
    // While bob's bytes travel, alice breaks the lock and writes.
    struct Interfere(
        std::sync::Mutex<Option<tokio::sync::oneshot::Sender<()>>>,
        std::sync::Mutex<std::sync::mpsc::Receiver<()>>,
    );
    impl Progress for Interfere {
        fn advance(&self, _: u64) {
            if let Some(go) = self.0.lock().unwrap().take() {
                go.send(()).unwrap();
                self.1.lock().unwrap().recv().unwrap();
            }
        }
    }
    let (go, going) = tokio::sync::oneshot::channel();
    let (done, ready) = std::sync::mpsc::channel();
    let home = world.home("alice");
    let dir = world.folder.path().to_owned();
    let alice_task = tokio::spawn(async move {
        going.await.unwrap();
        let alice = Client::open(&home).unwrap();
        alice.file_unlock(file, true).await.unwrap();
        let path = dir.join("hers.txt");
        std::fs::write(&path, b"hers").unwrap();
        let replace = PutOptions {
            replace: Some(file),
            ..PutOptions::default()
        };
        alice
            .file_put(record, Source::Path(&path), &replace, &NoProgress)
            .await
            .unwrap();
        done.send(()).unwrap();
    });
    std::fs::write(&path, b"his").unwrap();
    let replace = PutOptions {
        replace: Some(file),
        ..PutOptions::default()
    };
    let progress = Interfere(
        std::sync::Mutex::new(Some(go)),
        std::sync::Mutex::new(ready),
    );
    let error = bob
        .file_put(record, Source::Path(&path), &replace, &progress)
        .await
        .unwrap_err();
    alice_task.await.unwrap();
    assert_eq!((error.exit_code(), error.code()), (6, "conflict_copy"));
    let revisions = alice.file_revisions(file).await.unwrap();
    assert_eq!(revisions.iter().filter(|r| r.current).count(), 2);
    assert_eq!(revisions.iter().filter(|r| r.conflict).count(), 1);
    assert!(alice.file_show(file).await.unwrap().conflict);
    assert_eq!(
        cat(&alice, file).await.unwrap(),
        b"hers",
        "the copy does not take the place"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_upload_goes_on_and_a_changed_source_begins_anew() {
    let world = World::start().await.unwrap();
    let (alice, vault) = world.own_vault().await.unwrap();
    let record = add(&alice, vault, "t").await.unwrap();
    let data = noise(40_000_000, 9);
    let path = world.write("big.bin", &data).unwrap();
    struct Halt(tokio::sync::Notify);
    impl Progress for Halt {
        fn advance(&self, bytes: u64) {
            if bytes > 20_000_000 {
                self.0.notify_one();
            }
        }
    }
    let halt = Halt(tokio::sync::Notify::new());
    let options = PutOptions::default();
    tokio::select! {
        _ = alice.file_put(record, Source::Path(&path), &options, &halt) => panic!("too fast"),
        () = halt.0.notified() => {}
    }
    drop(alice);
    let alice = world.reopen("alice").unwrap();
    let done = put(&alice, record, &path).await.unwrap();
    assert!(done.parts_resumed >= 2, "{}", done.parts_resumed);
    assert_eq!(cat(&alice, done.file).await.unwrap(), data);
    assert_eq!(alice.files(record, false, false).await.unwrap().len(), 1);
}
