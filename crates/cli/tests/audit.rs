//! The audit on a real data folder: blind as the server leaves it, and not after somebody put
//! readable things in.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use rusqlite::{Connection, params};
use std::{io::Write, path::Path};
use strongroom_cli::audit::{Allowed, Options, Report, run};
use strongroom_server::{ServeOptions, start};

const CANARY: &str = "Harbour lease, second floor";

/// A data folder as a server leaves it.
fn data_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let options = ServeOptions::new(folder.path(), "127.0.0.1:0".parse().unwrap());
        start(options).await.unwrap().stop().await;
    });
    folder
}

fn database(folder: &Path) -> Connection {
    let key = std::fs::read(folder.join("keys/database.key")).unwrap();
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let database = Connection::open(folder.join("strongroom.db")).unwrap();
    database
        .execute_batch(&format!(
            "PRAGMA key = \"x'{hex}'\"; PRAGMA cipher_hmac_algorithm = HMAC_SHA256; PRAGMA foreign_keys = OFF;"
        ))
        .unwrap();
    database
}

fn audit(folder: &Path) -> Report {
    run(&Options {
        data: folder.to_owned(),
        canaries: vec![CANARY.as_bytes().to_vec()],
        also: Vec::new(),
    })
    .unwrap()
}

fn places(report: &Report) -> Vec<&str> {
    report
        .violations
        .iter()
        .map(|found| found.place.as_str())
        .collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn a_new_folder_is_blind() {
    let folder = data_folder();
    let report = audit(folder.path());
    assert!(report.blind, "{:#?} {:#?}", report.violations, report.hits);
    let stored: Vec<&str> = report
        .columns
        .iter()
        .map(|line| line.column.as_str())
        .collect();
    let allowed = Allowed::published().unwrap();
    for listed in allowed
        .columns
        .keys()
        .filter(|name| !name.starts_with("sqlite_"))
    {
        assert!(
            stored.contains(&listed.as_str()),
            "{listed} is listed but not stored"
        );
    }
    assert!(report.searched_bytes > 0);
}

#[test]
fn a_new_column_or_table_is_found() {
    let folder = data_folder();
    let database = database(folder.path());
    database
        .execute_batch(
            "ALTER TABLE account ADD COLUMN note TEXT; CREATE TABLE search_index (word TEXT);",
        )
        .unwrap();
    database
        .execute("INSERT INTO search_index VALUES (?1)", params![CANARY])
        .unwrap();
    drop(database);
    let report = audit(folder.path());
    assert_eq!(places(&report), ["account.note", "search_index.word"]);
    assert!(
        report
            .hits
            .iter()
            .any(|hit| hit.place == "search_index.word")
    );
}

#[test]
fn readable_values_in_sealed_columns_are_found() {
    let folder = data_folder();
    let database = database(folder.path());
    let insert = |table: &str, columns: &str, values: &[&dyn rusqlite::ToSql]| {
        let marks: Vec<String> = (1..=values.len()).map(|mark| format!("?{mark}")).collect();
        database
            .execute(
                &format!(
                    "INSERT INTO {table} ({columns}) VALUES ({})",
                    marks.join(",")
                ),
                values,
            )
            .unwrap();
    };
    // a canary deep inside: base64 of gzip in a stored answer
    let packed = data_encoding::BASE64.encode(&gzip(CANARY.repeat(3).as_bytes()));
    let answer = format!("{{\"log\":\"{packed}\",\"title\":\"x\"}}").into_bytes();
    insert(
        "answer",
        "tenant_id, account_id, idempotency_key, request_hash, http_status, answer_body, created_ms",
        &[
            &[1_u8; 32],
            &[1_u8; 16],
            &[1_u8; 16],
            &[1_u8; 32],
            &200,
            &answer,
            &0,
        ],
    );
    insert(
        "invite",
        "tenant_no, invite_id, auth_hash, account_role, expires_ms, root_box",
        &[
            &1,
            &[1_u8; 16],
            &[1_u8; 32],
            &1,
            &0,
            &CANARY.repeat(9).into_bytes(),
        ],
    );
    insert(
        "entry",
        "entry_row, tenant_no, log_no, entry_index, device_no, device_seq, entry_kind, control, appended_ms, chain_hash, body, signatures, payload",
        &[
            &1,
            &1,
            &1,
            &0,
            &1,
            &1,
            &32,
            &0,
            &0,
            &[1_u8; 32],
            &b"x".to_vec(),
            &b"y".to_vec(),
            &b"\x82\x66note/1\x61x".to_vec(),
        ],
    );
    drop(database);
    let report = audit(folder.path());
    let places = places(&report);
    for place in [
        "answer.answer_body",
        "invite.root_box",
        "entry.body",
        "entry.signatures",
        "entry.payload",
    ] {
        assert!(places.contains(&place), "{place}: {places:?}");
    }
    let hit = |place: &str, form: &str| {
        report
            .hits
            .iter()
            .any(|hit| hit.place == place && hit.form.ends_with(form))
    };
    assert!(hit("invite.root_box", "as it is"), "{:#?}", report.hits);
    assert!(
        hit("answer.answer_body", "gzip > as it is"),
        "{:#?}",
        report.hits
    );
    assert!(!report.blind);
}

#[test]
fn deleted_rows_are_found_in_the_pages() {
    let folder = data_folder();
    let database = database(folder.path());
    database
        .execute_batch("PRAGMA secure_delete = OFF; CREATE TABLE x (y TEXT);")
        .unwrap();
    database
        .execute("INSERT INTO x VALUES (?1)", params![CANARY])
        .unwrap();
    database
        .execute_batch("DELETE FROM x; DROP TABLE x;")
        .unwrap();
    drop(database);
    let report = audit(folder.path());
    assert!(report.violations.is_empty(), "{:#?}", report.violations);
    assert!(report.hits.iter().any(|hit| hit.place == "decrypted pages"));
}

#[test]
fn files_that_are_not_sealed_are_found() {
    let folder = data_folder();
    let parts = folder.path().join("blobs/a/b/c");
    std::fs::create_dir_all(&parts).unwrap();
    std::fs::write(parts.join("p00000000"), "a readable part ".repeat(1_000)).unwrap();
    std::fs::write(parts.join("contract.pdf"), CANARY).unwrap();
    // across the edge of two pieces
    let mut log = vec![b'.'; (4 << 20) - 9];
    log.extend_from_slice(CANARY.as_bytes());
    std::fs::write(folder.path().join("server.log"), log).unwrap();
    let report = audit(folder.path());
    assert_eq!(
        places(&report),
        ["blobs/a/b/c/contract.pdf", "blobs/a/b/c/p00000000"]
    );
    let found: Vec<&str> = report.hits.iter().map(|hit| hit.place.as_str()).collect();
    assert_eq!(found, ["blobs/a/b/c/contract.pdf", "server.log"]);
}

#[test]
fn an_unencrypted_database_is_no_database() {
    let folder = data_folder();
    std::fs::remove_file(folder.path().join("strongroom.db")).unwrap();
    Connection::open(folder.path().join("strongroom.db"))
        .unwrap()
        .execute_batch("CREATE TABLE account (account_name TEXT)")
        .unwrap();
    let options = Options {
        data: folder.path().to_owned(),
        canaries: Vec::new(),
        also: Vec::new(),
    };
    assert!(run(&options).is_err());
}
