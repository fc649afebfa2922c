//! Durable appends through the API, every check on, from 1 and from 16 clients. Peer: rows of
//! the same bytes put straight into SQLCipher by one writer, as many in a transaction as there
//! are clients; plain SQLite is shown beside it.

use super::{
    Context, Scale,
    ask::{ask, number},
    report::{Report, Row},
    server::Server,
};
use anyhow::Result;
use serde_json::Value;
use std::{path::Path, process::Command};

/// Of the raw rate, at least, for 16 clients.
const OF_RAW: f64 = 0.5;
/// Milliseconds of one append over one raw commit.
const OVER_COMMIT_MS: f64 = 2.0;
const CLIENTS: [u64; 2] = [1, 16];

/// Measures all; see the module.
pub fn appends(context: &Context, report: &mut Report) -> Result<()> {
    let seconds = match context.scale {
        Scale::Quick => "2",
        _ => "6",
    };
    let folder = context.space.disk("appends")?;
    let server = Server::start(context, &folder.join("strongroom"))?;
    let clients = CLIENTS.map(|count| count.to_string()).join(",");
    let mut command = server.bench(context, "append", &folder)?;
    command.args(["--clients", &clients, "--seconds", seconds]);
    let answer = ask(command)?;
    drop(server);
    for count in CLIENTS {
        let run = answer
            .get("runs")
            .and_then(|runs| runs.get(count.to_string()))
            .unwrap_or(&Value::Null);
        let ours = number(run, &["per_second"])?;
        let raw = |plain: bool| raw(context, &folder, &answer, count, plain, seconds);
        let (cipher, plain) = (raw(false)?, raw(true)?);
        let base = number(&cipher, &["per_second"])?;
        let work = if count == 1 {
            "1 client".to_owned()
        } else {
            format!("{count} clients")
        };
        for (who, answer, times, note) in [
            ("strongroom", run, "latency", "TLS, signatures, log rules"),
            ("SQLCipher", &cipher, "commit", "raw inserts, batched alike"),
            ("SQLite", &plain, "commit", "raw inserts, batched alike"),
        ] {
            let rate = number(answer, &["per_second"])?;
            let median = number(answer, &[times, "median_ms"])?;
            report.row(Row {
                work: format!("{work}, median {median:.2} ms"),
                who: who.to_owned(),
                rate: Some((rate, "appends/s")),
                ratio: Some((rate / base, "SQLCipher")),
                note,
                ..Row::default()
            });
        }
        if count == 1 {
            let ours = number(run, &["latency", "median_ms"])?;
            let commit = number(&cipher, &["commit", "median_ms"])?;
            let what = "1 client: median over a raw commit";
            report.at_most(what, ours - commit, OVER_COMMIT_MS, "ms");
        } else {
            report.at_least(format!("{work}: rate"), ours / base, OF_RAW, "of SQLCipher");
        }
    }
    Ok(())
}

fn raw(
    context: &Context,
    folder: &Path,
    sizes: &Value,
    batch: u64,
    plain: bool,
    seconds: &str,
) -> Result<Value> {
    let file = folder.join(if plain { "plain.db" } else { "cipher.db" });
    for end in ["", "-wal", "-shm"] {
        let mut name = file.clone().into_os_string();
        name.push(end);
        if Path::new(&name).exists() {
            std::fs::remove_file(name)?;
        }
    }
    let mut command = Command::new(context.program("strongroom-bench"));
    command.arg("raw").arg("--file").arg(file);
    command.args(["--batch", &batch.to_string(), "--seconds", seconds]);
    for part in ["body", "signatures", "payload"] {
        let bytes = number(sizes, &["bytes", part])?;
        command.args([format!("--{part}"), bytes.to_string()]);
    }
    if plain {
        command.arg("--plain");
    }
    ask(command)
}
