use crate::scene::Scene;
use strongroom_client::{NoProgress, PutOptions, SameName, Source};
use strongroom_testkit::world::{add, put};

/// A name that a file of the record has, however composed and in whatever case, is asked about.
#[tokio::test(flavor = "multi_thread")]
async fn names_are_taken_by_others_only() {
    let scene = Scene::set_up().await;
    let path = scene.write("Caf\u{e9}.txt", b"one");
    let first = scene.put(&path, &PutOptions::default()).await.file;
    let other = scene.write("CAFE\u{301}.TXT", b"two");
    let refused = put(&scene.alice, scene.record, &other).await.unwrap_err();
    assert_eq!((refused.exit_code(), refused.code()), (6, "name_taken"));
    let hint = refused.hint().unwrap();
    assert!(hint.contains("--new-revision") && hint.contains("--keep-both"));
    let with = |same_name| PutOptions {
        same_name,
        ..PutOptions::default()
    };
    let newer = scene.put(&other, &with(SameName::NewRevision)).await;
    assert_eq!(newer.file, first);
    assert_eq!(scene.content(first).await, b"two");
    let beside = scene.put(&path, &with(SameName::KeepBoth)).await;
    assert_ne!(beside.file, first);
    let unclear = scene
        .alice
        .file_put(
            scene.record,
            Source::Path(&path),
            &with(SameName::NewRevision),
            &NoProgress,
        )
        .await
        .unwrap_err();
    assert_eq!(unclear.code(), "name_taken");
    // Another record has names of its own, and the trash holds none.
    let elsewhere = add(&scene.alice, scene.vault, "other").await.unwrap();
    put(&scene.alice, elsewhere, &path).await.unwrap();
    // All files of the record, into one folder, and none over another.
    let got = scene
        .alice
        .files_get(scene.record, &scene.out, false, &NoProgress)
        .await
        .unwrap();
    assert_eq!(got.len(), 2);
    for done in &got {
        let expected: &[u8] = if done.file == first { b"two" } else { b"one" };
        assert_eq!(std::fs::read(&done.path).unwrap(), expected);
    }
    let names: Vec<String> = std::fs::read_dir(&scene.out)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .file_name()
                .into_string()
                .unwrap()
                .to_lowercase()
        })
        .collect();
    assert!(names.iter().any(|name| name.contains("(2)")), "{names:?}");
    let again = scene
        .alice
        .files_get(scene.record, &scene.out, false, &NoProgress)
        .await
        .unwrap_err();
    assert_eq!(again.code(), "file_exists");
}
