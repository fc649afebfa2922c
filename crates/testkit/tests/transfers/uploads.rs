use crate::scene::{PART, Scene};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use strongroom_client::{Progress, PutOptions, Source};
use strongroom_testkit::liar::Answer;
use strongroom_testkit::world::{World, add, noise, put};

/// The source changes between the kill and the next run, in every way: what arrives is always
/// one content, whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_source_is_never_mixed() {
    let scene = Scene::set_up().await;
    let old = noise(5 * PART, 5);
    for (name, change) in [
        ("longer", 0),
        ("other-time", 1),
        ("same-time-and-size", 2),
        ("behind-what-was-sent", 3),
    ] {
        let path = scene.write(name, &old);
        let before = std::fs::metadata(&path).unwrap().modified().unwrap();
        scene.put_broken(&path, 2 * PART as u64).await;
        let mut new = old.clone();
        match change {
            0 => new.push(1),
            1 => new[100] ^= 1,
            2 => new[100] ^= 1,
            _ => new[5 * PART - 1] ^= 1,
        }
        std::fs::write(&path, &new).unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        match change {
            // The same size, time and inode: only the content tells.
            2 | 3 => file.set_modified(before).unwrap(),
            _ => file.set_modified(before + Duration::from_secs(3)).unwrap(),
        }
        let done = scene.put(&path, &PutOptions::default()).await;
        // What was read ahead of what was sent decides in the last case.
        assert!(change == 3 || done.parts_resumed == 0, "{name}");
        assert!(scene.content(done.file).await == new, "{name}");
    }
    let files = scene.alice.files(scene.record, true, false).await.unwrap();
    assert_eq!(files.len(), 4, "no half upload became a file");
    let used = scene.alice.whoami().await.unwrap().used_bytes;
    let sealed: u64 = files.iter().map(|line| line.sealed_bytes).sum();
    assert_eq!(used, sealed, "what was given up takes no room");
}

/// Somebody writes to the source while it is read.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_changes_while_it_is_read_is_read_again() {
    let scene = Scene::set_up().await;
    let old = noise(5 * PART, 6);
    let mut new = old.clone();
    for place in [0, 5 * PART - 1] {
        new[place] ^= 1;
    }
    let path = scene.write("busy.bin", &old);
    struct Writer(Mutex<Option<(PathBuf, Vec<u8>)>>);
    impl Progress for Writer {
        fn advance(&self, bytes: u64) {
            if bytes < PART as u64 {
                return;
            }
            if let Some((path, content)) = self.0.lock().unwrap().take() {
                std::fs::write(&path, content).unwrap();
                let later = std::fs::metadata(&path).unwrap().modified().unwrap();
                let file = std::fs::File::options().write(true).open(&path).unwrap();
                file.set_modified(later + Duration::from_secs(5)).unwrap();
            }
        }
    }
    let writer = Writer(Mutex::new(Some((path.clone(), new.clone()))));
    let options = PutOptions::default();
    let done = scene
        .alice
        .file_put(scene.record, Source::Path(&path), &options, &writer)
        .await
        .unwrap();
    assert!(scene.content(done.file).await == new, "a mixture arrived");
    let files = scene.alice.files(scene.record, true, false).await.unwrap();
    assert_eq!(files.len(), 1);
}

/// The answer to a put was lost after its entry had arrived: the same command says that it is
/// done, and puts nothing twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_put_whose_answer_was_lost_is_not_put_twice() {
    let world = World::start().await.unwrap();
    let (alice, vault) = world.own_vault().await.unwrap();
    let record = add(&alice, vault, "files").await.unwrap();
    drop(alice);
    let alice = world.reopen_impatient("alice").unwrap();
    let path = world.write("plan.txt", b"plan").unwrap();
    world.liar.tell(Arc::new(|answer: &mut Answer| {
        let lost = answer.method == "POST" && answer.path().ends_with("/entries");
        if lost {
            answer.status = axum::http::StatusCode::SERVICE_UNAVAILABLE;
            answer.body = bytes::Bytes::new();
        }
        lost
    }));
    let put = || put(&alice, record, &path);
    put().await.unwrap_err();
    assert!(world.liar.stop() > 0, "no answer was lost");
    let done = put().await.unwrap();
    assert_eq!((done.bytes, done.parts_resumed), (4, 1));
    let files = alice.files(record, true, false).await.unwrap();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].revision, done.revision);
    assert_eq!(files[0].revisions, 1);
    // Once: the next time it is a name that is taken.
    assert_eq!(put().await.unwrap_err().code(), "name_taken");
}
