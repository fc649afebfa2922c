//! Too large, too slow, too many.

use crate::{
    people::Person,
    wire::{Connection, Request},
    world::{World, forgiving},
};
use std::{
    io::ErrorKind,
    time::{Duration, Instant},
};
use strongroom_server::ServeOptions;
use strongroom_types::{VaultId, limits};
use strongroom_wire::{ProblemCode::*, *};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const SHORT: Duration = Duration::from_millis(900);

fn impatient(options: &mut ServeOptions) {
    forgiving(options);
    options.limits.handshake = SHORT;
    options.limits.headers = SHORT;
    options.limits.body = SHORT;
    options.limits.stall = SHORT;
    options.limits.part = SHORT * 2;
    options.limits.idle = SHORT;
}

async fn world_with_vault(change: fn(&mut ServeOptions)) -> (World, Person, VaultId) {
    let world = World::with(change).await;
    let ada = world.founder("Ada", world.setup_code()).await;
    let (vault, _) = world.create_vault(&ada).await;
    (world, ada, vault)
}

/// Writes head and then body for as long as the server takes it; gives what was written of
/// the body, and the answer if one was heard.
async fn pour(connection: &mut Connection, head: &[u8], chunked: bool) -> (usize, String) {
    let (mut reader, mut writer) = tokio::io::split(&mut connection.stream);
    writer.write_all(head).await.unwrap();
    let mut piece = vec![b' '; 64 << 10];
    if chunked {
        piece.splice(0..0, b"10000\r\n".iter().copied());
        piece.extend_from_slice(b"\r\n");
    }
    let mut written = 0;
    let pour = async {
        while written < 64 << 20 {
            if writer.write_all(&piece).await.is_err() {
                break;
            }
            written += 64 << 10;
        }
    };
    let mut answer = Vec::new();
    let read = reader.read_to_end(&mut answer);
    tokio::pin!(read);
    // Whoever pours reads only when it is done: an answer must still be there then.
    tokio::select! {
        () = pour => { let _ = read.await; }
        _ = &mut read => {}
    }
    (written, String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_refused_without_being_read() {
    let (world, ada, vault) = world_with_vault(forgiving).await;
    let upload = world.seal_file(&ada, vault, &[1; 100]);
    world
        .ask(&world.start_upload(&ada, vault, &upload))
        .await
        .ok();
    let entries = format!("/v1/vaults/{vault}/entries");
    let part = format!("{}/parts/0", upload.path(vault));
    let (json, cbor) = ("application/json", CBOR_MEDIA_TYPE);
    let cases: [(&str, &str, &str, usize, &str); 7] = [
        ("POST", &entries, cbor, limits::APPEND_MAX_BYTES, "413"),
        ("POST", "/v1/login/start", json, 64 << 10, "413"),
        (
            "POST",
            "/v1/signup/finish",
            json,
            limits::JSON_MAX_BYTES,
            "413",
        ),
        ("PUT", "/v1/wallet", json, limits::JSON_MAX_BYTES, "413"),
        ("POST", "/v1/logout", json, 0, "400"),
        ("PUT", &part, "application/octet-stream", 0, "412"),
        ("POST", "/v1/nowhere", json, 0, "404"),
    ];
    for (method, path, media, limit, status) in cases {
        for chunked in [false, true] {
            let framing = if chunked {
                "transfer-encoding: chunked".to_owned()
            } else {
                format!("content-length: {}", (64 << 20) + 1)
            };
            let head = format!(
                "{method} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
                 idempotency-key: {}\r\nstrongroom-crc32c: 00000000\r\n\
                 content-type: {media}\r\n{framing}\r\n\r\n",
                ada.token(),
                world.key()
            );
            let mut connection = world.wire.connect().await;
            let (written, answer) = pour(&mut connection, head.as_bytes(), chunked).await;
            let what = format!("{path} {chunked}: {written}: {answer}");
            let expected = format!("HTTP/1.1 {status} ");
            assert!(answer.starts_with(&expected), "{what}");
            assert!(answer.contains(PROBLEM_MEDIA_TYPE), "{what}");
            assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{what}");
            // What the network holds on its way comes on top.
            assert!(written < limit + (24 << 20), "{what}");
        }
    }
    world.get("/v1/account", ada.token()).await.ok();
    world.assert_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_early_answer_is_heard_by_who_is_still_sending() {
    let (world, ada, vault) = world_with_vault(forgiving).await;
    let bytes = vec![b' '; 8 << 20];
    let mut requests = vec![
        Request::new("GET", "/v1/openapi.json"),
        Request::new("POST", "/v1/wallet").bearer(ada.token()),
        Request::new(
            "PUT",
            &format!("/v1/vaults/{vault}/uploads/{}/parts/0", "00".repeat(16)),
        ),
        world.write("POST", "/v1/login/start", ""),
    ];
    for request in &mut requests {
        *request = request.clone().body("application/json", bytes.clone());
    }
    for request in requests.iter().cycle().take(40) {
        let (bytes, mut connection) = (request.bytes(), world.wire.connect().await);
        connection.stream.write_all(&bytes).await.unwrap();
        let answer = connection.exchange(b"", false).await.unwrap();
        assert!(
            [200, 401, 405, 413].contains(&answer.status),
            "{}",
            answer.text()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_that_is_allowed_is_read() {
    let (world, ada, _) = world_with_vault(forgiving).await;
    let mut body = br#"{"opaque_request":"AAAA"}"#.to_vec();
    body.resize(64 << 10, b' ');
    let path = "/v1/credentials/start";
    let at_limit = world
        .write("POST", path, ada.token())
        .body("application/json", body.clone());
    world.ask(&at_limit).await.refused(Malformed);
    body.push(b' ');
    for chunked in [false, true] {
        let mut over = world
            .write("POST", path, ada.token())
            .body("application/json", body.clone());
        over.chunked = chunked;
        world.ask(&over).await.refused(TooLarge);
    }
}

/// Bytes until the other side hangs up, and after how long.
async fn until_cut(connection: &mut Connection, trickle: &[u8]) -> (Duration, String) {
    let start = Instant::now();
    let (mut reader, mut writer) = tokio::io::split(&mut connection.stream);
    let mut answer = Vec::new();
    let read = async {
        match reader.read_to_end(&mut answer).await {
            Ok(_) => {}
            Err(error) => assert_ne!(error.kind(), ErrorKind::InvalidData),
        }
    };
    let write = async {
        for byte in trickle {
            tokio::time::sleep(Duration::from_millis(100)).await;
            if writer.write_all(&[*byte]).await.is_err() || writer.flush().await.is_err() {
                break;
            }
        }
        std::future::pending::<()>().await;
    };
    let cut = async {
        tokio::select! { () = read => {}, () = write => {} }
    };
    tokio::time::timeout(Duration::from_secs(15), cut)
        .await
        .expect("the server waits for ever");
    (
        start.elapsed(),
        String::from_utf8_lossy(&answer).into_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_slow_is_cut_off() {
    let (world, ada, vault) = world_with_vault(impatient).await;
    let upload = world.seal_file(&ada, vault, &vec![1; 3_000_000]);
    world
        .ask(&world.start_upload(&ada, vault, &upload))
        .await
        .ok();
    let soon = SHORT * 5;
    // Headers, byte by byte.
    let mut connection = world.wire.connect().await;
    let head = b"GET /livez HTTP/1.1\r\nhost: x\r\nlong: ".repeat(20);
    let (after, answer) = until_cut(&mut connection, &head).await;
    assert!(after < soon, "{after:?} {answer}");
    // Nothing at all.
    let mut connection = world.wire.connect().await;
    let (after, answer) = until_cut(&mut connection, b"").await;
    assert!(after < soon && answer.is_empty(), "{after:?} {answer}");
    // Bodies, byte by byte and not at all.
    for trickle in [&[b' '; 200][..], &[]] {
        for (path, media) in [
            ("/v1/login/start".to_owned(), "application/json"),
            (format!("/v1/vaults/{vault}/entries"), CBOR_MEDIA_TYPE),
        ] {
            let mut connection = world.wire.connect().await;
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
                 idempotency-key: {}\r\ncontent-type: {media}\r\ncontent-length: 1000\r\n\r\n",
                ada.token(),
                world.key()
            );
            connection.stream.write_all(head.as_bytes()).await.unwrap();
            let (after, answer) = until_cut(&mut connection, trickle).await;
            assert!(after < soon, "{path} {after:?} {answer}");
            assert!(answer.starts_with("HTTP/1.1 408 "), "{path} {answer}");
        }
    }
    // A part of which little comes now and then, never so little that it stands still.
    let bytes = world.put_part(&ada, vault, &upload, 0).bytes();
    let mut connection = world.wire.connect().await;
    connection.stream.write_all(&bytes[..90_000]).await.unwrap();
    let (after, answer) = until_cut(&mut connection, &[0; 200]).await;
    assert!(after < soon, "{after:?} {answer}");
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    // Parts that stand still, more of them than may be under way.
    let mut stalled = Vec::new();
    for _ in 0..12 {
        let upload = world.seal_file(&ada, vault, &vec![1; 200_000]);
        world
            .ask(&world.start_upload(&ada, vault, &upload))
            .await
            .ok();
        let bytes = world.put_part(&ada, vault, &upload, 0).bytes();
        let mut connection = world.wire.connect().await;
        stalled.push(async move {
            connection.stream.write_all(&bytes[..90_000]).await.unwrap();
            until_cut(&mut connection, b"").await
        });
    }
    let part = world.put_part(&ada, vault, &upload, 0);
    let stalled = futures::future::join_all(stalled);
    let (stalled, answer) = tokio::join!(stalled, world.ask(&part));
    answer.ok();
    for (after, answer) in stalled {
        assert!(after < soon * 2, "{after:?} {answer}");
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{answer}"
        );
    }
    world.ask(&world.put_tree(&ada, vault, &upload)).await.ok();
    world.finish_upload(&ada, vault, &upload).await.ok();
    world.assert_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_cut_off() {
    let (world, ada, vault) = world_with_vault(impatient).await;
    let file = world.put_file(&ada, vault, &vec![1; 8_000_000]).await;
    let request = Request::new("GET", &file.content_path(vault, "content")).bearer(ada.token());
    let mut connections = Vec::new();
    for _ in 0..4 {
        let mut connection = world.wire.connect().await;
        let bytes = request.bytes().repeat(8);
        connection.stream.write_all(&bytes).await.unwrap();
        connections.push(connection);
    }
    tokio::time::sleep(SHORT * 4).await;
    for mut connection in connections {
        let mut answer = Vec::new();
        let _ = connection.stream.read_to_end(&mut answer).await;
        assert!(answer.len() < 8 * 8_000_000, "{}", answer.len());
    }
    world.assert_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_waits_and_is_served() {
    let world = World::with(|options| {
        impatient(options);
        options.limits.connections = 8;
    })
    .await;
    // Silent connections in every place; the next one comes in when they are shown out.
    let mut silent = Vec::new();
    for _ in 0..8 {
        let stream = tokio::net::TcpStream::connect(world.wire.address).await;
        silent.push(stream.unwrap());
    }
    let start = Instant::now();
    world.ask(&Request::new("GET", "/livez")).await.ok();
    assert!(start.elapsed() < SHORT * 5);
    // Streams of one connection have a limit too, and the rest waits for them.
    let (client, url) = (world.http2(), world.url());
    let all = (0..300).map(|_| {
        let request = client.get(format!("{url}/v1/server"));
        async move { request.send().await.unwrap().status().as_u16() }
    });
    let statuses = futures::future::join_all(all).await;
    assert!(statuses.iter().all(|status| *status == 200));
}
