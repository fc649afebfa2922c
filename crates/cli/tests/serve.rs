//! A server that cannot start says why, what to do, and ends with the right code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};
use strongroom_store::sqlite::{SqliteOptions, SqliteStore};

fn serve(data: &Path, listen: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strongroom"));
    command
        .args(["--json", "serve", "--listen", listen, "--data"])
        .arg(data)
        .env("RUST_LOG", "off")
        .stdin(Stdio::null());
    command
}

/// Exit code, stable code, message and hint of a start that fails.
struct Refusal {
    exit: i32,
    code: String,
    message: String,
    hint: String,
}

fn refused(data: &Path, listen: &str) -> Refusal {
    let output = serve(data, listen).output().unwrap();
    assert!(output.stdout.is_empty());
    let text = String::from_utf8(output.stderr).unwrap();
    let error = &serde_json::from_str::<Value>(&text).expect(&text)["error"];
    let field = |name: &str| error[name].as_str().expect(&text).to_owned();
    Refusal {
        exit: output.status.code().unwrap(),
        code: field("code"),
        message: field("message"),
        hint: field("hint"),
    }
}

#[track_caller]
fn says(refusal: &Refusal, exit: i32, code: &str, named: &str, hint: &str) {
    assert_eq!((refusal.exit, refusal.code.as_str()), (exit, code));
    assert!(refusal.message.contains(named), "{}", refusal.message);
    assert!(refusal.hint.contains(hint), "{}", refusal.hint);
}

/// A server that runs until it is dropped.
struct Running(Child);

impl Running {
    fn start(data: &Path) -> Self {
        let mut child = serve(data, "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        assert!(line.contains("\"url\""), "{line}");
        Self(child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

const FREE: &str = "127.0.0.1:0";

#[test]
fn a_data_folder_that_is_none() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("file");
    fs::write(&file, "x").unwrap();
    for path in [&file, &file.join("below")] {
        says(&refused(path, FREE), 2, "no_folder", "file", "--data");
    }
    // Somebody's own things stay as they are.
    let refusal = refused(temp.path(), FREE);
    says(&refusal, 2, "foreign_folder", "not empty", "--data");
    assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1);
}

#[test]
fn a_data_folder_that_refuses_writes() {
    // Nobody may make a folder here, whatever rights the tests run with.
    let refusal = refused(Path::new("/sys/strongroom"), FREE);
    says(&refusal, 1, "not_writable", "/sys/strongroom", "--data");
}

#[test]
fn a_data_folder_that_another_server_holds() {
    let temp = tempfile::tempdir().unwrap();
    let _running = Running::start(temp.path());
    let refusal = refused(temp.path(), FREE);
    says(&refusal, 1, "in_use", "another server", "stop it first");
}

#[test]
fn a_data_folder_of_a_newer_version_and_lost_keys() {
    let temp = tempfile::tempdir().unwrap();
    drop(Running::start(temp.path()));
    let key_file = temp.path().join("keys/database.key");
    let key = fs::read(&key_file).unwrap();
    let database = temp.path().join("strongroom.db");
    {
        let mut wrong: [u8; 32] = key.clone().try_into().unwrap();
        wrong[0] ^= 1;
        fs::write(&key_file, wrong).unwrap();
        let refusal = refused(temp.path(), FREE);
        says(&refusal, 1, "wrong_key", "strongroom.db", "backup");
        fs::remove_file(&key_file).unwrap();
        let refusal = refused(temp.path(), FREE);
        says(&refusal, 1, "key_missing", "database.key", "backup");
        fs::write(&key_file, &key).unwrap();
    }
    // As a program of the year after next would leave it.
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let key: [u8; 32] = key.try_into().unwrap();
    drop(SqliteStore::open(&database, &key, SqliteOptions::default()).unwrap());
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection
        .execute_batch(&format!(
            "PRAGMA key = \"x'{text}'\"; PRAGMA cipher_hmac_algorithm = HMAC_SHA256;
             PRAGMA user_version = 1000;"
        ))
        .unwrap();
    drop(connection);
    let refusal = refused(temp.path(), FREE);
    says(&refusal, 1, "newer_version", "schema 1000", "newer program");
}

#[test]
fn an_address_that_cannot_be_had() {
    let temp = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refusal = refused(&temp.path().join("a"), &address);
    says(&refusal, 1, "address_in_use", &address, "--listen");
    // Kept for documentation: no machine has it.
    let refusal = refused(&temp.path().join("b"), "192.0.2.1:8443");
    says(&refusal, 2, "address", "192.0.2.1", "this machine");
    let output = serve(&temp.path().join("c"), "nonsense").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_public_name_needs_agreement_and_arguments_that_can_work() {
    let temp = tempfile::tempdir().unwrap();
    let name = ["--acme-name", "rooms.example.org"];
    let agreed = ["--acme-name", "rooms.example.org", "--acme-agree-tos"];
    let cases: [(&[&str], &[&str], &str); 6] = [
        (&name[..], &[][..], "--acme-agree-tos"),
        (&["--acme-agree-tos"], &[], "--acme-name"),
        (
            &["--acme-name", "rooms", "--acme-agree-tos"],
            &[],
            "full host name",
        ),
        (
            &agreed,
            &["--acme-directory", "http://acme.example/dir"],
            "https://HOST",
        ),
        (&agreed, &["--acme-contact", "nobody"], "e-mail address"),
        (&agreed, &["--acme-root", "/nowhere.pem"], "/nowhere.pem"),
    ];
    for (first, more, named) in cases {
        let mut command = serve(&temp.path().join("data"), FREE);
        let output = command.args(first).args(more).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(named), "{named} in {text}");
    }
    // nothing was begun
    assert!(!temp.path().join("data").exists());
}
