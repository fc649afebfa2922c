//! A file through the server: put by one command, got by another, over TLS on loopback,
//! everything on the same disk. Peer: curl and nginx with the plaintext, both made durable.

use super::{
    Context, Scale,
    measure::{Cost, run},
    nginx::Nginx,
    report::{Report, Row},
};
use crate::shell;
use anyhow::{Context as _, Result};
use std::{path::Path, process::Command};

/// Measures all; see the module.
pub fn transfer(context: &Context, report: &mut Report) -> Result<()> {
    let bytes: u64 = match context.scale {
        Scale::Quick => 128 << 20,
        _ => 1 << 30,
    };
    let folder = context.space.disk("transfer")?;
    let plain = folder.join("plain");
    let mut sample = Command::new(context.program("strongroom-bench"));
    sample.args(["sample", "--bytes", &bytes.to_string(), "--out"]);
    sample.arg(&plain);
    run(sample)?;
    let peer = nginx(&folder, &plain, if context.scale == Scale::Quick { 1 } else { 3 })?;
    for (work, cost) in [("put", peer.0), ("get", peer.1)] {
        report.row(Row {
            work: work.to_owned(),
            who: "curl, nginx".to_owned(),
            cost: Some(cost),
            rate: Some((bytes as f64 / 1e6 / cost.wall.as_secs_f64(), "MB/s")),
            note: "plaintext, with an fsync",
            ..Row::default()
        });
    }
    Ok(())
}

/// The quickest rounds of put and get.
fn nginx(folder: &Path, plain: &Path, rounds: usize) -> Result<(Cost, Cost)> {
    let nginx = Nginx::start(&folder.join("nginx"))?;
    let plain = plain.to_string_lossy();
    let back = folder.join("back");
    let (mut put, mut get) = (None, None);
    for _ in 0..rounds {
        settle()?;
        let cost = both(&nginx, || {
            // -T announces itself with Expect: one round trip more, so not here
            let (sent, _) = run(nginx.curl(&["-H", "Expect:", "-T", &plain], "file"))?;
            Ok(sent.then(fsync(&nginx.file("file"))?))
        })?;
        put = quicker(put, cost);
        settle()?;
        let to = back.to_string_lossy();
        let cost = both(&nginx, || {
            let (got, _) = run(nginx.curl(&["-o", &to], "file"))?;
            Ok(got.then(fsync(&back)?))
        })?;
        get = quicker(get, cost);
        run(shell::command("cmp", &[&plain, &to])).context("nginx gave back something else")?;
        std::fs::remove_file(&back)?;
        std::fs::remove_file(nginx.file("file"))?;
    }
    Ok((put.unwrap_or_default(), get.unwrap_or_default()))
}

/// Adds what nginx used while `work` ran.
fn both(nginx: &Nginx, work: impl FnOnce() -> Result<Cost>) -> Result<Cost> {
    let before = nginx.cpu()?;
    let cost = work()?;
    let cost = cost.beside(nginx.cpu()?.saturating_sub(before));
    Ok(Cost {
        peak_bytes: cost.peak_bytes.max(nginx.peak()?),
        ..cost
    })
}

fn quicker(best: Option<Cost>, cost: Cost) -> Option<Cost> {
    Some(match best {
        Some(best) if best.wall <= cost.wall => best,
        _ => cost,
    })
}

/// Waits until the file is on the disk; a program of its own, so that its CPU time counts.
fn fsync(path: &Path) -> Result<Cost> {
    Ok(run(shell::command("sync", &[&path.to_string_lossy()]))?.0)
}

/// Nothing that came before shall be written during the next measurement.
fn settle() -> Result<()> {
    run(shell::command("sync", &[])).map(drop)
}
