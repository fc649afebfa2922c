//! Processes that are killed: the server under load, both sides in the middle of a transfer.

use crate::scene::{all_titles, founder};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use strongroom_client::{Client, GetOptions, NoProgress, PutOptions, SameName, Source};
use strongroom_testkit::process::{ServerProcess, program, quiet_address};
use strongroom_testkit::world::set;

/// The address to start the server at again, so that clients find it.
fn listen(server: &ServerProcess) -> String {
    server
        .url
        .trim_start_matches("https://")
        .replace("localhost", "127.0.0.1")
}

/// 200 kills with SIGKILL at random moments under a load of appends and uploads: every write
/// that was acknowledged is there, the log verifies, no half file is visible.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn server_killed_under_load() {
    const KILLS: u64 = 200;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("server");
    let mut server = ServerProcess::start(&data, &quiet_address()).unwrap();
    let address = listen(&server);
    let alice = Arc::new(founder(folder.path(), &server).await);
    let vault = alice.vault_create("Load").await.unwrap().vault;
    let record = alice
        .record_add(vault, "case", &set(&[("title", "files")]))
        .await
        .unwrap()
        .record;
    let stop = Arc::new(AtomicBool::new(false));
    let next = Arc::new(AtomicU64::new(0));

    let appender = {
        let (alice, stop, next) = (Arc::clone(&alice), Arc::clone(&stop), Arc::clone(&next));
        tokio::spawn(async move {
            let mut acknowledged = BTreeSet::new();
            while !stop.load(Ordering::SeqCst) {
                let title = format!("case {}", next.fetch_add(1, Ordering::SeqCst));
                match alice
                    .record_add(vault, "case", &set(&[("title", &title)]))
                    .await
                {
                    Ok(change) if !change.queued => {
                        acknowledged.insert(title);
                    }
                    _ => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
            acknowledged
        })
    };
    let uploader = {
        let (alice, stop) = (Arc::clone(&alice), Arc::clone(&stop));
        let source = folder.path().join("upload.bin");
        tokio::spawn(async move {
            let mut files = Vec::new();
            let mut number = 0u64;
            while !stop.load(Ordering::SeqCst) {
                let content = vec![(number % 256) as u8; 200_000 + (number as usize % 7) * 16_384];
                std::fs::write(&source, &content).unwrap();
                let put = alice
                    .file_put(
                        record,
                        Source::Path(&source),
                        &PutOptions {
                            same_name: SameName::KeepBoth,
                            ..PutOptions::default()
                        },
                        &NoProgress,
                    )
                    .await;
                if let Ok(done) = put {
                    files.push((done.file, content));
                }
                number += 1;
            }
            files
        })
    };

    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    for _ in 0..KILLS {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        tokio::time::sleep(Duration::from_millis(20 + random % 120)).await;
        server.kill().unwrap();
        server = ServerProcess::start(&data, &address).unwrap();
    }
    stop.store(true, Ordering::SeqCst);
    let acknowledged = appender.await.unwrap();
    let files = uploader.await.unwrap();
    assert!(
        acknowledged.len() > 20,
        "only {} appends came through",
        acknowledged.len()
    );
    assert!(!files.is_empty(), "no upload came through");

    alice.sync().await.unwrap();
    let report = alice.vault_verify(vault).await.unwrap();
    assert!(report.entries as usize > acknowledged.len());
    let present = all_titles(&alice, vault).await;
    let lost: Vec<_> = acknowledged.difference(&present).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    let target = folder.path().join("out");
    std::fs::create_dir_all(&target).unwrap();
    for (file, content) in &files {
        let options = GetOptions {
            overwrite: true,
            ..GetOptions::default()
        };
        let done = alice
            .file_get(*file, &target, &options, &NoProgress)
            .await
            .unwrap();
        assert_eq!(&std::fs::read(&done.path).unwrap(), content);
    }
    for line in alice.files(record, true, false).await.unwrap() {
        let options = GetOptions {
            overwrite: true,
            ..GetOptions::default()
        };
        alice
            .file_get(line.file, &target, &options, &NoProgress)
            .await
            .unwrap();
    }
}

fn cli(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program().unwrap());
    command
        .env("STRONGROOM_HOME", home)
        .env("STRONGROOM_CAUSES", "1")
        .args(arguments)
        .stdin(Stdio::null());
    command
}

/// The client is killed in the middle of an upload and of a download, the server too; the
/// same commands finish the work and what comes out is what went in.
#[tokio::test(flavor = "multi_thread")]
async fn both_sides_killed_during_a_transfer() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("server");
    let mut server = ServerProcess::start(&data, &quiet_address()).unwrap();
    let address = listen(&server);
    let alice = founder(folder.path(), &server).await;
    let vault = alice.vault_create("Big").await.unwrap().vault;
    let record = alice
        .record_add(vault, "case", &set(&[("title", "big")]))
        .await
        .unwrap()
        .record;
    drop(alice);
    let home = folder.path().join("alice");
    let source = folder.path().join("big.bin");
    let content: Vec<u8> = (0..100_000_000u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    std::fs::write(&source, &content).unwrap();
    let put = [
        "file",
        "put",
        &record.to_string(),
        source.to_str().unwrap(),
        "--json",
    ];
    for round in 0..4 {
        let mut child = cli(&home, &put)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(120 + 90 * round));
        if round % 2 == 0 {
            let _ = child.kill();
        } else {
            server.kill().unwrap();
            server = ServerProcess::start(&data, &address).unwrap();
            let _ = child.kill();
        }
        child.wait().unwrap();
    }
    let done = cli(&home, &put).output().unwrap();
    // An earlier round may have been through before its kill: then the name is taken, and by
    // the whole file, as is seen below.
    let said = String::from_utf8_lossy(&done.stderr);
    let arrived_before = done.status.code() == Some(6) && said.contains("name_taken");
    assert!(done.status.success() || arrived_before, "{said}");
    let client = Client::open(&home).unwrap();
    client.sync().await.unwrap();
    let files = client.files(record, false, false).await.unwrap();
    drop(client);
    assert!(!files.is_empty(), "the file is there");
    let out = folder.path().join("out.bin");
    let file = files.last().unwrap().file.to_string();
    let get = ["file", "get", &file, "-o", out.to_str().unwrap()];
    for round in 0..3 {
        let mut child = cli(&home, &get)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(60 + 60 * round));
        let killed = child.try_wait().unwrap().is_none();
        let _ = child.kill();
        child.wait().unwrap();
        if killed {
            assert!(
                !out.exists(),
                "a half file must not carry the name of a whole one"
            );
        } else {
            std::fs::remove_file(&out).unwrap();
        }
    }
    let done = cli(&home, &get).output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert_eq!(std::fs::read(&out).unwrap(), content);
}
