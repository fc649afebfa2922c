//! Measures first sync, filters and sorting over many records, with a server in this process:
//! `cargo run --example measure -p strongroom-client -- 100000`.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a measurement needs the real clock, and stops where something is wrong"
)]

use std::time::Instant;
use strongroom_client::*;
use strongroom_server::{ServeOptions, start};

#[tokio::main]
async fn main() {
    let count: usize = std::env::args()
        .nth(1)
        .map_or(20_000, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let options = ServeOptions::new(folder.path().join("data"), "127.0.0.1:0".parse().unwrap());
    let server = start(options).await.unwrap();
    let kit = folder.path().join("kit");
    let passphrase = || Passphrase::new("correct horse battery").unwrap();
    let request = SignupRequest {
        home: folder.path().join("one"),
        admission: Admission::read(
            &server.url,
            server.setup_code.as_deref(),
            Some(&server.ca_file),
        )
        .unwrap(),
        name: "alice".into(),
        passphrase: passphrase(),
        device_name: "one".into(),
        kit_out: Some(kit.clone()),
    };
    let (writer, _) = Client::signup(request).await.unwrap();
    let vault = writer.vault_create("big").await.unwrap().vault;
    let begin = Instant::now();
    let status = ["open", "waiting", "closed"];
    let records = (0..count)
        .map(|n| {
            [
                (
                    "title".to_owned(),
                    Value::Text(format!("Case number {n} of Müller & Söhne")),
                ),
                ("status".to_owned(), Value::Text(status[n % 3].to_owned())),
                (
                    "client".to_owned(),
                    Value::Text(format!("Client {}", n % 977)),
                ),
                (
                    "amount".to_owned(),
                    Value::Text(format!("{}.{:02}", n % 5_000, n % 100)),
                ),
                (
                    "date".to_owned(),
                    Value::Text(format!("2026-{:02}-{:02}", n % 12 + 1, n % 28 + 1)),
                ),
            ]
            .into()
        })
        .collect();
    writer
        .record_add_many(vault, "case", records)
        .await
        .unwrap();
    println!("add {count}: {:?}", begin.elapsed());
    let begin = Instant::now();
    writer
        .record_add(vault, "case", &[("title".into(), "one more".into())])
        .await
        .unwrap();
    println!("add one: {:?}", begin.elapsed());
    let request = LoginRequest {
        home: folder.path().join("two"),
        url: server.url.clone(),
        name: "alice".into(),
        ca_file: server.ca_file.clone(),
        passphrase: passphrase(),
        kit_text: Some(std::fs::read_to_string(&kit).unwrap()),
        device_name: "two".into(),
    };
    let reader = Client::login(request).await.unwrap();
    let begin = Instant::now();
    reader.sync().await.unwrap();
    println!("first sync: {:?}", begin.elapsed());
    let begin = Instant::now();
    reader.sync().await.unwrap();
    println!("empty sync: {:?}", begin.elapsed());
    drop(reader);
    for round in 0..2 {
        let begin = Instant::now();
        let reader = Client::open(&folder.path().join("two")).unwrap();
        println!("open {round}: {:?}", begin.elapsed());
        for (filter, sort) in [
            ("client = \"Client 5\"", None),
            ("status = open and amount > 4900", None),
            ("title ~ \"99999\"", None),
            ("title ~ \"söhne\" and client = \"Client 7\"", None),
            (
                "status != open and not (amount < 4990 or date > 2026-06-01)",
                None,
            ),
            ("client = \"Client 5\"", Some("-amount")),
        ] {
            let query = Query {
                filter: Some(filter.into()),
                sort: sort.map(str::to_owned),
                limit: Some(50),
                trash: false,
            };
            let begin = Instant::now();
            let list = reader
                .record_list_cached(vault, "case", &query)
                .await
                .unwrap();
            println!("{filter} {sort:?}: {} in {:?}", list.total, begin.elapsed());
        }
        let query = Query {
            sort: Some("amount".into()),
            limit: Some(50),
            ..Query::default()
        };
        let begin = Instant::now();
        let list = reader
            .record_list_cached(vault, "case", &query)
            .await
            .unwrap();
        println!("sort all: {} in {:?}", list.total, begin.elapsed());
    }
    server.stop().await;
}
