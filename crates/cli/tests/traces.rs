//! What a collector of traces is told: that requests were made, and nothing of what was in them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Command, Stdio},
    sync::mpsc,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_strongroom");

/// Takes batches as a collector would; gives the bodies of `POST /v1/traces`.
fn collect() -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (give, take) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let (mut line, mut length) = (String::new(), 0);
            reader.read_line(&mut line).unwrap();
            assert!(line.starts_with("POST /v1/traces HTTP/1.1"), "{line}");
            loop {
                line.clear();
                reader.read_line(&mut line).unwrap();
                let text = line.trim().to_ascii_lowercase();
                if text.is_empty() {
                    break;
                }
                if let Some(value) = text.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                          content-length: 2\r\n\r\n{}";
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
            if give.send(String::from_utf8(body).unwrap()).is_err() {
                return;
            }
        }
    });
    (url, take)
}

#[test]
fn spans_tell_of_requests_and_of_nobody() {
    let temp = tempfile::tempdir().unwrap();
    let path = |name: &str| temp.path().join(name).to_str().unwrap().to_owned();
    let (collector, bodies) = collect();
    let mut server = Command::new(PROGRAM)
        .args(["--json", "serve", "--listen", "127.0.0.1:0"])
        .args(["--data", &path("data"), "--otlp-endpoint", &collector])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(server.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let text = |name: &str| ready[name].as_str().unwrap().to_owned();
    std::fs::write(path("passphrase"), "correct horse battery staple").unwrap();
    let signup = Command::new(PROGRAM)
        .args(["--json", "--home", &path("home"), "signup", &text("url")])
        .args(["--code", &text("setup_code"), "--name", "Wilhelmina"])
        .args(["--ca", &text("ca_file"), "--recovery-kit", &path("kit")])
        .args(["--passphrase-file", &path("passphrase")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&signup.stderr);
    assert!(signup.status.success(), "{said}");
    let account: Value = serde_json::from_slice(&signup.stdout).unwrap();
    let pid = server.id().to_string();
    let kill = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    assert!(kill.success());
    assert!(server.wait().unwrap().success());

    // The last batch was sent before the server ended.
    let all: Vec<String> = bodies.try_iter().collect();
    let all = all.join("\n");
    assert!(all.contains("POST /v1/signup/finish"), "{all}");
    assert!(all.contains("http.response.status_code"), "{all}");
    for secret in [
        "Wilhelmina",
        "127.0.0.1",
        "earer",
        account["tenant"].as_str().unwrap(),
        account["identity"].as_str().unwrap(),
        account["account"].as_str().unwrap(),
    ] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    let usage = Command::new(PROGRAM)
        .args(["serve", "--data", &path("other")])
        .args(["--otlp-endpoint", "https://collector"])
        .output()
        .unwrap();
    assert_eq!(usage.status.code(), Some(2));
}
