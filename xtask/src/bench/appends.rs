//! Durable appends through the API, every check on, from 1 and from 16 clients. Peer: rows of
//! the same bytes put straight into SQLCipher by one writer, batched alike: as many in a
//! transaction as our server had on average, rounded up. Beside it plain SQLite, and SQLCipher
//! with as many rows in a transaction as there are clients, which a server reaches only if
//! every client waits for every other.

use super::{
    Context, Scale,
    ask::{ask, number},
    report::{Report, Row},
    server::Server,
};
use anyhow::Result;

/// Of the raw rate, at least, for 16 clients.
const OF_RAW: f64 = 0.5;
/// Milliseconds of one append over one raw commit.
const OVER_COMMIT_MS: f64 = 2.0;
const CLIENTS: [u64; 2] = [1, 16];

/// Measures all; see the module.
pub fn appends(context: &Context, report: &mut Report) -> Result<()> {
    let (seconds, rounds) = match context.scale {
        Scale::Quick => ("1", "1"),
        _ => ("2", "4"),
    };
    let folder = context.space.disk("appends")?;
    let server = Server::start(context, &folder.join("strongroom"))?;
    let clients = CLIENTS.map(|count| count.to_string()).join(",");
    let mut command = server.bench(context, "append", &folder)?;
    command.args([
        "--clients",
        &clients,
        "--seconds",
        seconds,
        "--rounds",
        rounds,
    ]);
    let answer = ask(command)?;
    drop(server);
    for count in CLIENTS {
        let count_text = count.to_string();
        let get = |who: &str, path: &[&str]| {
            let path: Vec<_> = ["runs", &count_text, who]
                .into_iter()
                .chain(path.iter().copied())
                .collect();
            number(&answer, &path)
        };
        let base = get("sqlcipher", &["per_second"])?;
        let work = if count == 1 {
            "1 client".to_owned()
        } else {
            format!("{count} clients")
        };
        for (key, who, note) in [
            ("strongroom", "strongroom", "TLS, signatures, log rules"),
            ("sqlcipher", "SQLCipher", "raw inserts, batched alike"),
            ("sqlite", "SQLite", "raw inserts, batched alike"),
            (
                "sqlcipher_full",
                "SQLCipher",
                "raw inserts, one batch of all clients",
            ),
        ] {
            let rate = get(key, &["per_second"])?;
            let median = get(key, &["times", "median_ms"])?;
            let batch = get(key, &["more", "batch"])?;
            report.row(Row {
                work: format!("{work}, {batch:.1} in a batch, median {median:.2} ms"),
                who: who.to_owned(),
                rate: Some((rate, "appends/s")),
                ratio: Some((rate / base, "SQLCipher")),
                note,
                ..Row::default()
            });
        }
        let several = get("several", &["per_second"])?;
        let several_raw = get("several_sqlcipher", &["per_second"])?;
        let batch = get("several", &["more", "batch"])?;
        report.row(Row {
            work: format!("{work}, 32 records in a request, {batch:.0} in a batch"),
            who: "strongroom".to_owned(),
            rate: Some((several, "appends/s")),
            ratio: Some((several / several_raw, "SQLCipher batched alike")),
            note: "as an import or a flush of offline edits sends them",
            ..Row::default()
        });
        let constant = get("constant", &["per_second"])?;
        report.row(Row {
            work: format!("{work}: requests for a constant"),
            who: "strongroom".to_owned(),
            rate: Some((constant, "requests/s")),
            ratio: Some((constant / base, "SQLCipher")),
            note: "TLS and HTTP alone: no append can be faster",
            ..Row::default()
        });
        for who in ["server", "client"] {
            let each = get("strongroom", &["more", &format!("{who}_cpu_us_each")])?;
            report.row(Row {
                work: format!("{work}: CPU of each append"),
                who: format!("strongroom, {who}"),
                rate: Some((each, "us")),
                ..Row::default()
            });
        }
        if count == 1 {
            let ours = get("strongroom", &["times", "median_ms"])?;
            let commit = get("sqlcipher", &["times", "median_ms"])?;
            let what = "1 client: median over a raw commit";
            report.at_most(what, ours - commit, OVER_COMMIT_MS, "ms");
        } else {
            let ours = get("strongroom", &["per_second"])?;
            report.at_least(format!("{work}: rate"), ours / base, OF_RAW, "of SQLCipher");
        }
    }
    Ok(())
}
