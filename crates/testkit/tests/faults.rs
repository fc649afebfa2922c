//! Faults: a server that is killed again and again under load, clients that are killed in the
//! middle of a transfer, disks that are full or read-only, connections cut anywhere.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use strongroom_client::{
    Client, GetOptions, NoProgress, Passphrase, PutOptions, Query, SameName, SignupRequest, Source,
};
use strongroom_testkit::process::{ServerProcess, program, quiet_address};
use strongroom_testkit::world::{PASSPHRASE, World, set};
use strongroom_types::VaultId;

async fn founder(folder: &Path, server: &ServerProcess) -> Client {
    let request = SignupRequest {
        home: folder.join("alice"),
        url: server.url.clone(),
        code: server.setup_code.clone().unwrap(),
        name: "alice".to_owned(),
        ca_file: server.ca_file.clone(),
        passphrase: Passphrase::new(PASSPHRASE).unwrap(),
        device_name: "test".to_owned(),
        kit_out: Some(folder.join("alice.kit")),
    };
    Client::signup(request).await.unwrap().0
}

fn listen(server: &ServerProcess) -> String {
    server
        .url
        .trim_start_matches("https://")
        .replace("localhost", "127.0.0.1")
}

async fn all_titles(client: &Client, vault: VaultId) -> BTreeSet<String> {
    let query = Query {
        limit: Some(1_000_000),
        ..Query::default()
    };
    client
        .record_list(vault, "case", &query)
        .await
        .unwrap()
        .records
        .iter()
        .map(|line| match line.fields.get("title").unwrap() {
            strongroom_client::Value::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        })
        .collect()
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

/// A disk that fills up refuses clearly, loses nothing, and works again when there is space.
#[tokio::test(flavor = "multi_thread")]
async fn full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let mount = folder.path().join("small");
    std::fs::create_dir_all(&mount).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"])
        .arg(&mount)
        .status()
        .is_ok_and(|status| status.success());
    assert!(mounted, "this test mounts a small tmpfs and needs root");
    let result = full_disk_on(folder.path(), &mount).await;
    let _ = Command::new("umount").arg("-l").arg(&mount).status();
    result.unwrap();
}

async fn full_disk_on(folder: &Path, mount: &Path) -> anyhow::Result<()> {
    let server = ServerProcess::start(&mount.join("server"), "127.0.0.1:0")?;
    let alice = founder(folder, &server).await;
    let vault = alice.vault_create("Full").await?.vault;
    let record = alice
        .record_add(vault, "case", &set(&[("title", "before")]))
        .await?
        .record;
    let source = folder.join("large.bin");
    std::fs::write(&source, vec![7u8; 40 << 20])?;
    let error = alice
        .file_put(
            record,
            Source::Path(&source),
            &PutOptions::default(),
            &NoProgress,
        )
        .await
        .expect_err("40 MiB do not fit on 24 MiB");
    assert_eq!(error.code(), "unavailable", "{error}");
    assert!(
        alice.files(record, true, false).await?.is_empty(),
        "no half file is visible"
    );
    // Fill what is left, so that the database cannot grow either.
    let filler = mount.join("filler");
    let _ = Command::new("dd")
        .arg("if=/dev/zero")
        .arg(format!("of={}", filler.display()))
        .args(["bs=64k"])
        .stderr(Stdio::null())
        .status();
    let mut refused = false;
    let mut acknowledged = 1;
    for number in 0..400 {
        let notes = "x".repeat(20_000);
        match alice
            .record_add(
                vault,
                "case",
                &set(&[("title", &format!("n {number}")), ("notes", &notes)]),
            )
            .await
        {
            Ok(change) if !change.queued => acknowledged += 1,
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error.code(), "unavailable", "{error}");
                refused = true;
                break;
            }
        }
    }
    assert!(refused, "a full disk must refuse");
    assert!(
        alice.vault_verify(vault).await.is_ok(),
        "reading works on a full disk"
    );
    std::fs::remove_file(&filler)?;
    alice
        .record_add(vault, "case", &set(&[("title", "after")]))
        .await?;
    assert!(all_titles(&alice, vault).await.len() > acknowledged);
    alice.vault_verify(vault).await?;
    Ok(())
}

/// A server on a read-only disk says so and changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn read_only_disk() {
    let folder = tempfile::tempdir().unwrap();
    let mount = folder.path().join("disk");
    std::fs::create_dir_all(&mount).unwrap();
    let run = |arguments: &[&str]| {
        Command::new("mount")
            .args(arguments)
            .arg(&mount)
            .status()
            .is_ok_and(|s| s.success())
    };
    assert!(
        run(&["-t", "tmpfs", "-o", "size=64m", "tmpfs"]),
        "this test mounts a tmpfs and needs root"
    );
    let data = mount.join("server");
    let result: anyhow::Result<()> = async {
        let mut server = ServerProcess::start(&data, "127.0.0.1:0")?;
        let alice = founder(folder.path(), &server).await;
        alice.vault_create("Read").await?;
        drop(alice);
        server.kill()?;
        assert!(run(&["-o", "remount,ro"]));
        let output = Command::new(program()?)
            .args(["serve", "--listen", "127.0.0.1:0", "--json", "--data"])
            .arg(&data)
            .stdin(Stdio::null())
            .output()?;
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(said.contains("read-only"), "{said}");
        assert!(run(&["-o", "remount,rw"]));
        let server = ServerProcess::start(&data, "127.0.0.1:0")?;
        assert!(server.setup_code.is_none(), "the tenant is still there");
        Ok(())
    }
    .await;
    let _ = Command::new("umount").arg("-l").arg(&mount).status();
    result.unwrap();
}

/// A relay that cuts connections after a random number of bytes: everything still arrives,
/// once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_cut_at_random_bytes() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let world = World::start().await.unwrap();
    let relay = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let relay_port = relay.local_addr().unwrap().port();
    let target = world.server.addr;
    let cutting = Arc::new(AtomicBool::new(false));
    let cut = Arc::clone(&cutting);
    tokio::spawn(async move {
        let mut random = 88_172_645_463_325_252u64;
        while let Ok((mut near, _)) = relay.accept().await {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let budget = if cut.load(Ordering::SeqCst) {
                3_000 + random % 400_000
            } else {
                u64::MAX
            };
            tokio::spawn(async move {
                let Ok(mut far) = tokio::net::TcpStream::connect(target).await else {
                    return;
                };
                let (mut near_read, mut near_write) = near.split();
                let (mut far_read, mut far_write) = far.split();
                let mut left = budget;
                let (mut up, mut down) = (vec![0u8; 16_384], vec![0u8; 16_384]);
                while left > 0 {
                    let read = tokio::select! {
                        read = near_read.read(&mut up) => match read {
                            Ok(count) if count > 0 => far_write.write_all(&up[..count]).await.map(|()| count),
                            _ => break,
                        },
                        read = far_read.read(&mut down) => match read {
                            Ok(count) if count > 0 => near_write.write_all(&down[..count]).await.map(|()| count),
                            _ => break,
                        },
                    };
                    let Ok(count) = read else { break };
                    left = left.saturating_sub(count as u64);
                }
            });
        }
    });
    let request = SignupRequest {
        home: world.home("alice"),
        url: format!("https://localhost:{relay_port}"),
        code: world.server.setup_code.clone().unwrap(),
        name: "alice".to_owned(),
        ca_file: world.server.ca_file.clone(),
        passphrase: Passphrase::new(PASSPHRASE).unwrap(),
        device_name: "test".to_owned(),
        kit_out: Some(world.kit_file("alice")),
    };
    let (alice, _) = Client::signup(request).await.unwrap();
    let vault = alice.vault_create("Cut").await.unwrap().vault;
    let record = alice
        .record_add(vault, "case", &set(&[("title", "first")]))
        .await
        .unwrap()
        .record;
    cutting.store(true, Ordering::SeqCst);
    let mut expected = BTreeSet::from(["first".to_owned()]);
    for number in 0..40 {
        let title = format!("cut {number}");
        let mut tries = 0;
        while let Err(error) = alice
            .record_add(vault, "case", &set(&[("title", &title)]))
            .await
        {
            tries += 1;
            assert!(tries < 20, "{error}");
        }
        expected.insert(title);
    }
    let content = vec![42u8; 30_000_000];
    let source = world.folder.path().join("cut.bin");
    std::fs::write(&source, &content).unwrap();
    let mut tries = 0;
    let file = loop {
        match alice
            .file_put(
                record,
                Source::Path(&source),
                &PutOptions::default(),
                &NoProgress,
            )
            .await
        {
            Ok(done) => break done.file,
            Err(error) => {
                tries += 1;
                if tries == 5 {
                    // A part of 8 MiB never fits into these budgets: whole connections again.
                    cutting.store(false, Ordering::SeqCst);
                }
                assert!(tries < 20, "{error}");
            }
        }
    };
    cutting.store(false, Ordering::SeqCst);
    alice.sync().await.unwrap();
    assert!(all_titles(&alice, vault).await.is_superset(&expected));
    alice.vault_verify(vault).await.unwrap();
    let done = alice
        .file_get(
            file,
            world.folder.path().join("got").as_path(),
            &GetOptions::default(),
            &NoProgress,
        )
        .await
        .unwrap();
    assert_eq!(std::fs::read(done.path).unwrap(), content);
}

/// The server's clock jumps 100 days ahead and back: sessions end or live on, nothing is lost,
/// and places in logs do not depend on it.
#[tokio::test(flavor = "multi_thread")]
async fn clock_jumps() {
    use strongroom_types::{Clock, ManualClock};
    const JUMP_MS: u64 = 100 * 86_400_000;
    // Certificates are checked against the machine's clock, so the test begins there.
    let start_ms = strongroom_server::SystemClock.now_ms();
    let clock = Arc::new(ManualClock::at(start_ms));
    let world = World::start_at(clock.clone()).await.unwrap();
    let alice = world.founder("alice").await.unwrap();
    let vault = alice.vault_create("Clock").await.unwrap().vault;
    alice
        .record_add(vault, "case", &set(&[("title", "now")]))
        .await
        .unwrap();
    clock.set(start_ms - JUMP_MS);
    alice
        .record_add(vault, "case", &set(&[("title", "back")]))
        .await
        .unwrap();
    clock.set(start_ms);
    alice
        .record_add(vault, "case", &set(&[("title", "again")]))
        .await
        .unwrap();
    clock.set(start_ms + JUMP_MS);
    let ended = alice
        .sync()
        .await
        .expect_err("a session of 90 days ends within 100");
    assert_eq!(ended.exit_code(), 4, "{ended}");
    clock.set(start_ms);
    let fresh = world.login_elsewhere("alice", "second").await.unwrap();
    fresh.sync().await.unwrap();
    assert_eq!(all_titles(&fresh, vault).await.len(), 3);
    fresh.vault_verify(vault).await.unwrap();
}
