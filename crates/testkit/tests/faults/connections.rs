//! Connections that are cut anywhere.

use crate::scene::all_titles;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use strongroom_client::{
    Admission, Client, GetOptions, NoProgress, Passphrase, PutOptions, SignupRequest, Source,
};
use strongroom_testkit::world::{PASSPHRASE, World, set};

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
        admission: Admission::read(
            &format!("https://localhost:{relay_port}"),
            world.server.setup_code.as_deref(),
            Some(&world.server.ca_file),
        )
        .unwrap(),
        name: "alice".to_owned(),
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
