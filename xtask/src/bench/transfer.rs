//! A file through the server: put by one command, got by another, over TLS on loopback,
//! everything on the same disk. Peer: curl and nginx with the plaintext. Both sides are made
//! durable: ours by itself, nginx's by an fsync of the file that counts.

use super::{
    Context, Scale,
    measure::{Cost, run},
    nginx::Nginx,
    report::{Report, Row},
    server::{Served, Server},
};
use crate::shell;
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Of nginx's throughput, at least.
const THROUGHPUT: f64 = 0.9;
/// Of nginx's and curl's CPU time, at most.
const CPU: f64 = 1.6;
const PEAK_MEBIBYTES: f64 = 80.0;
const HUGE_BYTES: u64 = 10 << 30;

/// Measures all; see the module.
pub fn transfer(context: &Context, report: &mut Report) -> Result<()> {
    let (bytes, rounds) = match context.scale {
        Scale::Quick => (128 << 20, 1),
        _ => (1 << 30, 3),
    };
    let folder = context.space.disk("transfer")?;
    if context.scale == Scale::Huge {
        // the sample, the server's copy, what comes back, and the smaller files before
        context.space.require_disk(4 * HUGE_BYTES)?;
    }
    let plain = sample(context, &folder, bytes)?;
    let peer = Peer {
        nginx: Nginx::start(&folder.join("nginx"))?,
        folder: folder.clone(),
    };
    let ours = Ours::start(context, &folder)?;
    let (mut peer_put, mut peer_get) = (Best::default(), Best::default());
    let (mut our_put, mut our_get) = (Best::default(), Best::default());
    let (mut client_peak, mut server_peak) = ([0; 2], [0; 2]);
    // in turns, so that a busy minute of the machine hits both
    for number in 0..rounds {
        let (put, get) = peer.round(&plain, number)?;
        peer_put.take(put);
        peer_get.take(get);
        let pair = ours.round(&plain)?;
        our_put.take(pair[0].sum());
        our_get.take(pair[1].sum());
        for (place, served) in pair.into_iter().enumerate() {
            raise(&mut client_peak, place, served.client.peak_bytes);
            raise(&mut server_peak, place, served.server_peak_bytes);
        }
    }
    for (work, ours, peer) in [("put", our_put, peer_put), ("get", our_get, peer_get)] {
        for (who, best, note) in [
            ("strongroom", ours, "sealed, verified, durable"),
            ("curl, nginx", peer, "plaintext, with an fsync"),
        ] {
            let cost = Cost {
                cpu: best.cheapest.cpu,
                ..best.quickest
            };
            report.row(Row {
                work: work.to_owned(),
                who: who.to_owned(),
                cost: Some(cost),
                rate: Some((bytes as f64 / 1e6 / cost.wall.as_secs_f64(), "MB/s")),
                ratio: Some((ratio(peer.quickest.wall, cost.wall), "nginx's throughput")),
                note,
            });
        }
        let throughput = ratio(peer.quickest.wall, ours.quickest.wall);
        report.at_least(
            format!("{work}: throughput"),
            throughput,
            THROUGHPUT,
            "of nginx",
        );
        let cpu = ratio(ours.cheapest.cpu, peer.cheapest.cpu);
        report.at_most(
            format!("{work}: CPU, client and server"),
            cpu,
            CPU,
            "of nginx",
        );
    }
    peaks(report, "", client_peak, server_peak);
    drop(peer);
    if context.scale == Scale::Huge {
        std::fs::remove_file(&plain)?;
        let plain = sample(context, &folder, HUGE_BYTES)?;
        let pair = ours.round(&plain)?;
        for (work, served) in ["put", "get"].into_iter().zip(pair) {
            let cost = served.sum();
            report.row(Row {
                work: format!("{work} 10 GiB"),
                who: "strongroom".to_owned(),
                cost: Some(cost),
                rate: Some((HUGE_BYTES as f64 / 1e6 / cost.wall.as_secs_f64(), "MB/s")),
                ..Row::default()
            });
        }
        peaks(
            report,
            " 10 GiB",
            pair.map(|served| served.client.peak_bytes),
            pair.map(|served| served.server_peak_bytes),
        );
    }
    Ok(())
}

fn raise(peaks: &mut [u64; 2], place: usize, bytes: u64) {
    if let Some(peak) = peaks.get_mut(place) {
        *peak = (*peak).max(bytes);
    }
}

fn peaks(report: &mut Report, size: &str, client: [u64; 2], server: [u64; 2]) {
    for (who, peaks) in [("client", client), ("server", server)] {
        for (work, peak) in ["put", "get"].into_iter().zip(peaks) {
            let mebibytes = peak as f64 / f64::from(1 << 20);
            let what = format!("{work}{size}: peak memory of the {who}");
            report.at_most(what, mebibytes, PEAK_MEBIBYTES, "MiB");
        }
    }
}

fn sample(context: &Context, folder: &Path, bytes: u64) -> Result<PathBuf> {
    let plain = folder.join("plain");
    let mut sample = Command::new(context.program("strongroom-bench"));
    sample.args(["sample", "--bytes", &bytes.to_string(), "--out"]);
    sample.arg(&plain);
    run(sample)?;
    Ok(plain)
}

/// The quickest and the cheapest of several rounds; they need not be the same.
#[derive(Clone, Copy, Default)]
struct Best {
    quickest: Cost,
    cheapest: Cost,
    rounds: u32,
}

impl Best {
    fn take(&mut self, cost: Cost) {
        if self.rounds == 0 || cost.wall < self.quickest.wall {
            self.quickest = cost;
        }
        if self.rounds == 0 || cost.cpu < self.cheapest.cpu {
            self.cheapest = cost;
        }
        self.rounds += 1;
    }
}

fn ratio(of: std::time::Duration, to: std::time::Duration) -> f64 {
    of.as_secs_f64() / to.as_secs_f64().max(1e-9)
}

struct Peer {
    nginx: Nginx,
    folder: PathBuf,
}

impl Peer {
    /// Each round puts a file of its own, as each revision is one of ours: pages that the last
    /// round set free would be cheaper than new ones.
    fn round(&self, plain: &Path, number: u32) -> Result<(Cost, Cost)> {
        let nginx = &self.nginx;
        let name = format!("file-{number}");
        let (plain, back) = (plain.to_string_lossy(), self.folder.join("back"));
        settle()?;
        let put = self.both(|| {
            // -T announces itself with Expect: one round trip more, so not here
            let (sent, _) = run(nginx.curl(&["-H", "Expect:", "-T", &plain], &name))?;
            Ok(sent.then(fsync(&nginx.file(&name))?))
        })?;
        settle()?;
        let to = back.to_string_lossy();
        let get = self.both(|| {
            let (got, _) = run(nginx.curl(&["-o", &to], &name))?;
            Ok(got.then(fsync(&back)?))
        })?;
        same(&plain, &to)?;
        Ok((put, get))
    }

    /// Adds what nginx used while `work` ran.
    fn both(&self, work: impl FnOnce() -> Result<Cost>) -> Result<Cost> {
        let before = self.nginx.cpu()?;
        let cost = work()?;
        let cost = cost.beside(self.nginx.cpu()?.saturating_sub(before));
        Ok(Cost {
            peak_bytes: cost.peak_bytes.max(self.nginx.peak()?),
            ..cost
        })
    }
}

struct Ours {
    server: Server,
    home: PathBuf,
    folder: PathBuf,
    record: String,
}

impl Ours {
    fn start(context: &Context, folder: &Path) -> Result<Self> {
        let server = Server::start(context, &folder.join("strongroom"))?;
        let home = folder.join("home");
        let passphrase = folder.join("passphrase");
        std::fs::write(&passphrase, "correct horse battery staple")?;
        let kit = folder.join("kit.txt");
        let [ca_file, passphrase, kit] =
            [&server.ca_file, &passphrase, &kit].map(|path| path.to_string_lossy().into_owned());
        run(server.client(
            &home,
            &[
                "signup",
                &server.url,
                "--code",
                &server.setup_code,
                "--name",
                "Ada",
                "--ca",
                &ca_file,
                "--passphrase-file",
                &passphrase,
                "--recovery-kit",
                &kit,
            ],
        ))?;
        let say = |arguments: &[&str], key: &str| -> Result<String> {
            let (_, output) = run(server.client(&home, arguments))?;
            find(&output, key)
        };
        let vault = say(&["vault", "create", "bench"], "vault")?;
        let add = [
            "record",
            "add",
            &vault,
            "--table",
            "case",
            "--set",
            "title=bench",
        ];
        let record = say(&add, "record")?;
        Ok(Self {
            server,
            home,
            folder: folder.to_owned(),
            record,
        })
    }

    fn round(&self, plain: &Path) -> Result<[Served; 2]> {
        let (server, home) = (&self.server, &self.home);
        let plain = plain.to_string_lossy();
        let back = self.folder.join("back");
        let to = back.to_string_lossy();
        settle()?;
        let mut file = String::new();
        let put = server.beside(|| {
            let (cost, output) =
                run(server.client(home, &["file", "put", &self.record, &plain, "--keep-both"]))?;
            file = find(&output, "file")?;
            Ok(cost)
        })?;
        settle()?;
        let get = server
            .beside(|| Ok(run(server.client(home, &["file", "get", &file, "-o", &to]))?.0))?;
        same(&plain, &to)?;
        Ok([put, get])
    }
}

/// The text under `key` in an object, or in the first one of a list.
fn find(output: &str, key: &str) -> Result<String> {
    let value: Value = serde_json::from_str(output).context("the client printed no JSON")?;
    let object = value.get(0).unwrap_or(&value);
    let text = object.get(key).and_then(Value::as_str);
    text.map(str::to_owned)
        .with_context(|| format!("no {key} in {output}"))
}

/// Compares and removes the second file.
fn same(plain: &str, back: &str) -> Result<()> {
    ensure!(
        shell::succeeds(shell::command("cmp", &[plain, back])),
        "what came back differs"
    );
    std::fs::remove_file(back)?;
    Ok(())
}

/// Waits until the file is on the disk; a program of its own, so that its CPU time counts.
fn fsync(path: &Path) -> Result<Cost> {
    Ok(run(shell::command("sync", &[&path.to_string_lossy()]))?.0)
}

/// Nothing that came before shall be written during the next measurement.
fn settle() -> Result<()> {
    run(shell::command("sync", &[])).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn quickest_and_cheapest_are_kept_apart() {
        let cost = |wall, cpu| Cost {
            wall: Duration::from_secs(wall),
            cpu: Duration::from_secs(cpu),
            peak_bytes: 0,
        };
        let mut best = Best::default();
        for (wall, cpu) in [(5, 3), (4, 4), (6, 2)] {
            best.take(cost(wall, cpu));
        }
        assert_eq!(best.quickest.wall, Duration::from_secs(4));
        assert_eq!(best.cheapest.cpu, Duration::from_secs(2));
    }

    #[test]
    fn ratios() {
        let seconds = Duration::from_secs;
        assert_eq!(ratio(seconds(3), seconds(2)), 1.5);
        assert!(ratio(seconds(3), Duration::ZERO).is_finite());
    }

    #[test]
    fn what_the_client_prints_is_found() {
        assert_eq!(find(r#"{"file":"a"}"#, "file").unwrap(), "a");
        assert_eq!(find(r#"[{"file":"b"}]"#, "file").unwrap(), "b");
        assert!(find("{}", "file").is_err());
        assert!(find("no", "file").is_err());
    }
}
