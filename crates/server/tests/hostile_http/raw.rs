//! Bytes that only look like HTTP, or TLS.

use crate::{
    wire::{Connection, Request},
    world::World,
};
use std::time::Duration;
use strongroom_wire::ServerInfo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Sends bytes, says that there are no more, and reads to the end.
pub async fn say(connection: &mut Connection, bytes: &[u8]) -> String {
    let (mut reader, mut writer) = tokio::io::split(&mut connection.stream);
    let mut answer = Vec::new();
    let both = async {
        let write = async {
            let _ = writer.write_all(bytes).await;
            let _ = writer.flush().await;
            // Time for an answer to what is complete.
            tokio::time::sleep(Duration::from_millis(60)).await;
            let _ = writer.shutdown().await;
        };
        let read = reader.read_to_end(&mut answer);
        let _ = tokio::join!(write, read);
    };
    tokio::time::timeout(Duration::from_secs(30), both)
        .await
        .unwrap_or_else(|_| panic!("hangs on {}", String::from_utf8_lossy(bytes)));
    String::from_utf8_lossy(&answer).into_owned()
}

/// Statuses of all answers on the connection.
fn statuses(answer: &str) -> Vec<u16> {
    answer
        .match_indices("HTTP/1.1 ")
        .filter_map(|(at, _)| answer.get(at + 9..at + 12)?.parse().ok())
        .collect()
}

const INNER: &str = "GET /v1/server HTTP/1.1\r\nhost: x\r\n\r\n";

/// A request whose body is another one. However its length is told, the inner one is never
/// taken for a request of its own by one reading and for a body by the other.
#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_smuggled_in_a_body() {
    let world = World::new().await;
    let length = INNER.len();
    let chunk = format!("{length:x}\r\n{INNER}\r\n0\r\n\r\n");
    let head = "POST /v1/logout HTTP/1.1\r\nhost: x\r\n";
    // What must be refused, or end the connection, before anything behind it is read.
    for (what, request) in [
        (
            "two lengths",
            format!("{head}content-length: 0\r\ncontent-length: {length}\r\n\r\n{INNER}"),
        ),
        (
            "two lengths in one",
            format!("{head}content-length: 0, {length}\r\n\r\n{INNER}"),
        ),
        (
            "length and chunks",
            format!(
                "{head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{INNER}"
            ),
        ),
        (
            "chunks and length",
            format!(
                "{head}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n{INNER}"
            ),
        ),
        (
            "chunks not last",
            format!("{head}transfer-encoding: chunked, gzip\r\n\r\n{chunk}{INNER}"),
        ),
        (
            "chunks not at all",
            format!("{head}transfer-encoding: identity\r\n\r\n{INNER}"),
        ),
        (
            "nearly chunks",
            format!("{head}transfer-encoding: xchunked\r\n\r\n{chunk}{INNER}"),
        ),
        (
            "a length with a sign",
            format!("{head}content-length: +{length}\r\n\r\n{INNER}{INNER}"),
        ),
        (
            "a negative length",
            format!("{head}content-length: -1\r\n\r\n{INNER}"),
        ),
        (
            "a hexadecimal length",
            format!("{head}content-length: 0x10\r\n\r\n{INNER}{INNER}"),
        ),
        (
            "a huge length",
            format!("{head}content-length: 99999999999999999999\r\n\r\n{INNER}"),
        ),
        (
            "space before the colon",
            format!("{head}content-length : {length}\r\n\r\n{INNER}{INNER}"),
        ),
        (
            "a folded header",
            format!("{head}x: y\r\n content-length: {length}\r\n\r\n{INNER}{INNER}"),
        ),
        (
            "NUL in a header",
            format!("{head}content-length: {length}\0\r\n\r\n{INNER}{INNER}"),
        ),
        (
            "a lone carriage return",
            format!("{head}x: y\rcontent-length: 9\r\n\r\n{INNER}"),
        ),
        (
            "HTTP/1.0 in chunks",
            format!(
                "POST /v1/logout HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{INNER}"
            ),
        ),
        (
            "a chunk with a sign",
            format!("{head}transfer-encoding: chunked\r\n\r\n+0\r\n\r\n{INNER}"),
        ),
        (
            "a huge chunk",
            format!("{head}transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{INNER}"),
        ),
        (
            "an endless chunk extension",
            format!(
                "{head}transfer-encoding: chunked\r\n\r\n1;{}\r\n{INNER}",
                "x".repeat(300_000)
            ),
        ),
        (
            "endless trailers",
            format!(
                "{head}transfer-encoding: chunked\r\n\r\n0\r\n{}\r\n{INNER}",
                "x: y\r\n".repeat(20_000)
            ),
        ),
    ] {
        let mut connection = world.wire.connect().await;
        let answer = say(&mut connection, request.as_bytes()).await;
        let found = statuses(&answer);
        assert!(found.len() <= 1, "{what}: {answer}");
        assert!(
            found.iter().all(|status| (400..500).contains(status)),
            "{what}: {answer}"
        );
        assert!(!answer.contains("setup_open"), "{what}: {answer}");
    }
    // What has a length is a body, and what follows it a request.
    for request in [
        format!("{head}content-length: {length}\r\n\r\n{INNER}"),
        format!("{head}content-length: {length}\r\ncontent-length: {length}\r\n\r\n{INNER}"),
        format!("{head}transfer-encoding: chunked\r\n\r\n{chunk}"),
        format!("GET /v1/account HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{INNER}"),
        format!("PATCH /v1/account HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{INNER}"),
        format!("GET /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{INNER}"),
    ] {
        let mut connection = world.wire.connect().await;
        let answer = say(&mut connection, request.as_bytes()).await;
        assert_eq!(statuses(&answer).len(), 1, "{request}: {answer}");
        assert!(!answer.contains("setup_open"), "{request}: {answer}");
        let mut connection = world.wire.connect().await;
        let two = format!("{request}GET /livez HTTP/1.1\r\nhost: x\r\n\r\n");
        let answer = say(&mut connection, two.as_bytes()).await;
        let found = statuses(&answer);
        // The server may have hung up after refusing a body that it did not read.
        assert!(found.len() == 1 || found[1] == 200, "{request}: {answer}");
        assert!(!answer.contains("setup_open"), "{request}: {answer}");
    }
    let answer = world.ask(&Request::new("GET", "/v1/server")).await;
    let _: ServerInfo = answer.json();
    world.assert_ready().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_gets_no_further() {
    let world = World::new().await;
    let many_headers = format!(
        "GET /livez HTTP/1.1\r\n{}\r\n",
        (0..500).map(|n| format!("h{n}: x\r\n")).collect::<String>()
    );
    let mut long_header = b"GET /livez HTTP/1.1\r\nx: ".to_vec();
    long_header.resize(2 << 20, b'a');
    let mut long_target = b"GET /".to_vec();
    long_target.resize(2 << 20, b'a');
    long_target.extend_from_slice(b" HTTP/1.1\r\n\r\n");
    let mut binary = Vec::new();
    for n in 0..100_000_u32 {
        binary.push((n.wrapping_mul(2_654_435_761) >> 13) as u8);
    }
    let pieces: [&[u8]; 16] = [
        b"",
        b"\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /livez\r\n",
        b"GET /livez HTTP/9.9\r\n\r\n",
        b"GET /livez HTTP/2.0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        b"GET  /livez HTTP/1.1\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET livez HTTP/1.1\r\nhost: x\r\n\r\n",
        b"CONNECT localhost:22 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /v1/account HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
        many_headers.as_bytes(),
        &long_header,
        &long_target,
        &binary,
    ];
    for bytes in pieces {
        let mut connection = world.wire.connect().await;
        let answer = say(&mut connection, bytes).await;
        let what = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        for status in statuses(&answer) {
            assert!((400..500).contains(&status), "{what}: {answer}");
        }
    }
    // Odd, but HTTP.
    for target in ["https://elsewhere.example/livez", "/livez?"] {
        world.ask(&Request::new("GET", target)).await.ok();
    }
    let options = world.ask(&Request::new("OPTIONS", "*")).await;
    assert!((400..500).contains(&options.status));
    // In plain text there is nothing to hear.
    let mut plain = TcpStream::connect(world.wire.address).await.unwrap();
    plain
        .write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!answer.windows(4).any(|window| window == b"HTTP"));
    world.assert_ready().await;
}

/// A ClientHello that offers TLS 1.2 and nothing newer, as of old.
fn old_hello(version: [u8; 2]) -> Vec<u8> {
    let mut body = version.to_vec();
    body.extend_from_slice(&[7; 32]);
    body.push(0);
    // ECDHE with AES-GCM and ChaCha20, certificates of either kind
    let suites = [
        0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x2c, 0xc0, 0x30, 0xcc, 0xa9, 0xcc, 0xa8,
    ];
    body.extend_from_slice(&[0, suites.len() as u8]);
    body.extend_from_slice(&suites);
    body.extend_from_slice(&[1, 0]);
    let name = b"localhost";
    let mut extensions = vec![0, 0, 0, name.len() as u8 + 5, 0, name.len() as u8 + 3, 0, 0];
    extensions.push(name.len() as u8);
    extensions.extend_from_slice(name);
    // groups x25519 and P-256; point format; signatures ECDSA and RSA-PSS with SHA-256
    extensions.extend_from_slice(&[0, 10, 0, 6, 0, 4, 0, 29, 0, 23]);
    extensions.extend_from_slice(&[0, 11, 0, 2, 1, 0]);
    extensions.extend_from_slice(&[0, 13, 0, 6, 0, 4, 4, 3, 8, 4]);
    body.extend_from_slice(&(extensions.len() as u16).to_be_bytes());
    body.extend_from_slice(&extensions);
    let mut hello = vec![22, 3, 1];
    hello.extend_from_slice(&(body.len() as u16 + 4).to_be_bytes());
    hello.extend_from_slice(&[1, 0]);
    hello.extend_from_slice(&(body.len() as u16).to_be_bytes());
    hello.extend_from_slice(&body);
    hello
}

#[tokio::test(flavor = "multi_thread")]
async fn no_older_tls_is_spoken() {
    let world = World::new().await;
    for version in [[3, 3], [3, 2], [3, 1], [3, 0]] {
        let mut plain = TcpStream::connect(world.wire.address).await.unwrap();
        plain.write_all(&old_hello(version)).await.unwrap();
        let mut answer = Vec::new();
        let _ = plain.read_to_end(&mut answer).await;
        // One fatal alert: protocol_version.
        assert_eq!(answer.first(), Some(&21), "{version:?}: {answer:?}");
        assert_eq!(&answer[5..7], [2, 70], "{version:?}");
        assert_eq!(answer.len(), 7);
    }
    // Broken hellos of all lengths harm nobody.
    let hello = old_hello([3, 3]);
    for length in (0..hello.len()).step_by(7) {
        let mut plain = TcpStream::connect(world.wire.address).await.unwrap();
        let mut bytes = hello[..length].to_vec();
        if let Some(last) = bytes.last_mut() {
            *last ^= 0x55;
        }
        plain.write_all(&bytes).await.unwrap();
        plain.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = plain.read_to_end(&mut answer).await;
        assert_ne!(answer.first(), Some(&22));
    }
    world.assert_ready().await;
}
