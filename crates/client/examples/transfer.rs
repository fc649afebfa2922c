//! Measures put and get of one large file, with a server in this process:
//! `cargo run --example transfer -p strongroom-client -- 1024` (MiB).
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a measurement needs the real clock, and stops where something is wrong"
)]

use std::io::Write;
use std::time::Instant;
use strongroom_client::*;
use strongroom_server::{ServeOptions, start};

fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = text.rsplit_once(") ").unwrap().1.split(' ').collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn peak_mib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[tokio::main]
async fn main() {
    let mib: usize = std::env::args().nth(1).map_or(256, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let options = ServeOptions::new(folder.path().join("data"), "127.0.0.1:0".parse().unwrap());
    let server = start(options).await.unwrap();
    let request = SignupRequest {
        home: folder.path().join("one"),
        url: server.url.clone(),
        code: server.setup_code.clone().unwrap(),
        name: "alice".into(),
        ca_file: server.ca_file.clone(),
        passphrase: Passphrase::new("correct horse battery").unwrap(),
        device_name: "one".into(),
        kit_out: Some(folder.path().join("kit")),
    };
    let (client, _) = Client::signup(request).await.unwrap();
    let vault = client.vault_create("big").await.unwrap().vault;
    let set = [("title".to_owned(), "files".to_owned())];
    let record = client.record_add(vault, "case", &set).await.unwrap().record;
    let path = folder.path().join("big.bin");
    let mut file = std::fs::File::create(&path).unwrap();
    let block: Vec<u8> = (0..1 << 20).map(|n: u32| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for _ in 0..mib {
        file.write_all(&block).unwrap();
    }
    println!("before: peak {} MiB", peak_mib());
    let (begin, cpu) = (Instant::now(), cpu_seconds());
    let done = client
        .file_put(record, Source::Path(&path), &PutOptions::default(), &NoProgress)
        .await
        .unwrap();
    let wall = begin.elapsed().as_secs_f64();
    println!("put: {wall:.2} s, {:.0} MiB/s, CPU {:.2} s, peak {} MiB", mib as f64 / wall, cpu_seconds() - cpu, peak_mib());
    let (begin, cpu) = (Instant::now(), cpu_seconds());
    let out = folder.path().join("out.bin");
    client.file_get(done.file, &out, &GetOptions::default(), &NoProgress).await.unwrap();
    let wall = begin.elapsed().as_secs_f64();
    println!("get: {wall:.2} s, {:.0} MiB/s, CPU {:.2} s, peak {} MiB", mib as f64 / wall, cpu_seconds() - cpu, peak_mib());
    server.stop().await;
}
