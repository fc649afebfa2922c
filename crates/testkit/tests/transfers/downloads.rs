use crate::scene::{PART, Scene};
use strongroom_client::{GetOptions, NoProgress, PutOptions, SameName};
use strongroom_testkit::world::noise;

#[tokio::test(flavor = "multi_thread")]
async fn a_download_goes_on_where_it_was() {
    let scene = Scene::set_up().await;
    let data = noise(5 * PART, 1);
    let path = scene.write("big.bin", &data);
    let file = scene.put(&path, &PutOptions::default()).await.file;
    scene.get_broken(file, 2 * PART as u64 + 1).await;
    let there = std::fs::metadata(scene.part_file()).unwrap().len();
    assert!(there > 2 * PART as u64, "what came is kept");
    assert_eq!(scene.seen.take(), [0]);
    let done = scene
        .alice
        .file_get(file, &scene.out, &GetOptions::default(), &NoProgress)
        .await
        .unwrap();
    assert!(done.bytes_resumed > 2 * PART as u64 - 40_000, "{done:?}");
    let asked = scene.seen.take();
    assert!(
        asked.iter().all(|first| *first > 2 * PART as u64 - 40_000),
        "what is there is not fetched again: {asked:?}"
    );
    assert_eq!(std::fs::read(&done.path).unwrap(), data);
    assert_eq!(std::fs::read_dir(&scene.out).unwrap().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_on_the_disk_is_not_believed() {
    let scene = Scene::set_up().await;
    let data = noise(5 * PART, 2);
    let path = scene.write("big.bin", &data);
    let file = scene.put(&path, &PutOptions::default()).await.file;
    scene.get_broken(file, 3 * PART as u64).await;
    let part = scene.part_file();
    let mut kept = std::fs::read(&part).unwrap();
    kept[PART + 1_000_000] ^= 1;
    std::fs::write(&part, &kept).unwrap();
    let done = scene
        .alice
        .file_get(file, &scene.out, &GetOptions::default(), &NoProgress)
        .await
        .unwrap();
    let resumed = done.bytes_resumed as usize;
    assert!((PART..=PART + 1_000_000).contains(&resumed), "{resumed}");
    assert_eq!(std::fs::read(&done.path).unwrap(), data);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_revision_meanwhile_begins_anew() {
    let scene = Scene::set_up().await;
    let path = scene.write("big.bin", &noise(5 * PART, 3));
    let file = scene.put(&path, &PutOptions::default()).await.file;
    scene.get_broken(file, 3 * PART as u64).await;
    let data = noise(4 * PART, 4);
    let path = scene.write("big.bin", &data);
    let newer = PutOptions {
        same_name: SameName::NewRevision,
        ..PutOptions::default()
    };
    assert_eq!(scene.put(&path, &newer).await.file, file);
    scene.seen.take();
    let done = scene
        .alice
        .file_get(file, &scene.out, &GetOptions::default(), &NoProgress)
        .await
        .unwrap();
    assert_eq!(done.bytes_resumed, 0);
    assert_eq!(scene.seen.take(), [0]);
    assert_eq!(std::fs::read(&done.path).unwrap(), data);
    assert_eq!(std::fs::read_dir(&scene.out).unwrap().count(), 1);
}
