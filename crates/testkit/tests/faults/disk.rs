//! Disks that are full or read-only.

use crate::scene::{all_titles, founder};
use std::path::Path;
use std::process::{Command, Stdio};
use strongroom_client::{NoProgress, PutOptions, Source};
use strongroom_testkit::process::{ServerProcess, program};
use strongroom_testkit::world::set;

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
