//! Sealing and opening a file, tmpfs to tmpfs, by CPU time. Peers: age, openssl enc and gpg;
//! the floor is dd, which only copies.

use super::{
    Context, Scale,
    measure::{Cost, cheapest, run},
    report::{Report, Row},
};
use crate::shell;
use anyhow::{Context as _, Result};
use std::{path::PathBuf, process::Command};

/// CPU seconds that we may need beyond dd for 1 GiB.
const BEYOND_DD_SECONDS: f64 = 0.45;
const OF_AGE: f64 = 0.8;
const PEAK_BYTES: f64 = (16 << 20) as f64;

struct Bench<'a> {
    context: &'a Context,
    folder: PathBuf,
    rounds: usize,
}

/// Measures all; see the module.
pub fn seal(context: &Context, report: &mut Report) -> Result<()> {
    let bytes: u64 = match context.scale {
        Scale::Quick => 256 << 20,
        _ => 1 << 30,
    };
    let bench = Bench {
        context,
        folder: context.space.memory("seal")?,
        rounds: if context.scale == Scale::Quick { 2 } else { 5 },
    };
    bench.prepare(bytes)?;
    let dd = bench.dd()?;
    let ours = bench.ours()?;
    let age = bench.age()?;
    let others = [
        ("age", age, "X25519, ChaCha20-Poly1305"),
        (
            "openssl enc",
            bench.openssl()?,
            "AES-256-CTR, PBKDF2; no integrity",
        ),
        ("gpg", bench.gpg()?, "AES-256, no compression, cheapest S2K"),
    ];
    let cpu = |cost: Cost| cost.cpu.as_secs_f64();
    let mut row = |work: &str, who: &str, cost: Cost, ratio: Option<f64>, note| {
        report.row(Row {
            work: work.to_owned(),
            who: who.to_owned(),
            cost: Some(cost),
            rate: Some((bytes as f64 / 1e9 / cpu(cost), "GB/CPU s")),
            ratio: ratio.map(|ratio| (ratio, "age")),
            note,
        });
    };
    row("copy", "dd bs=1M", dd, None, "the floor");
    for (place, work) in ["seal", "open"].into_iter().enumerate() {
        let of = |pair: (Cost, Cost)| if place == 0 { pair.0 } else { pair.1 };
        let base = cpu(of(age));
        row(
            work,
            "strongroom",
            of(ours),
            Some(cpu(of(ours)) / base),
            "with the BLAKE3 tree",
        );
        for (who, pair, note) in others {
            row(work, who, of(pair), Some(cpu(of(pair)) / base), note);
        }
    }
    for (work, ours, age) in [("seal", ours.0, age.0), ("open", ours.1, age.1)] {
        report.at_most(
            format!("{work}: CPU"),
            cpu(ours) / cpu(age),
            OF_AGE,
            "of age",
        );
        let allowed = BEYOND_DD_SECONDS * bytes as f64 / f64::from(1 << 30);
        report.at_most(
            format!("{work}: CPU beyond dd"),
            cpu(ours) - cpu(dd),
            allowed,
            "s",
        );
        let peak = ours.peak_bytes as f64 / f64::from(1 << 20);
        report.at_most(
            format!("{work}: peak memory"),
            peak,
            PEAK_BYTES / f64::from(1 << 20),
            "MiB",
        );
    }
    Ok(())
}

impl Bench<'_> {
    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_string_lossy().into_owned()
    }

    fn tool(&self, work: &str) -> Command {
        let mut command = Command::new(self.context.program("strongroom-bench"));
        command.arg(work);
        command
    }

    fn prepare(&self, bytes: u64) -> Result<()> {
        let mut sample = self.tool("sample");
        sample.args(["--bytes", &bytes.to_string(), "--out", &self.path("plain")]);
        run(sample)?;
        std::fs::write(self.path("passphrase"), "correct horse battery staple")?;
        Ok(())
    }

    /// Runs both directions several times, each time into new files, and compares the result.
    fn pair(
        &self,
        seal: impl Fn() -> Result<Command>,
        open: impl Fn() -> Result<Command>,
    ) -> Result<(Cost, Cost)> {
        let sealed = cheapest(self.rounds, || {
            self.remove(&["sealed", "leaves"])?;
            Ok(run(seal()?)?.0)
        })?;
        let opened = cheapest(self.rounds, || {
            self.remove(&["opened"])?;
            Ok(run(open()?)?.0)
        })?;
        let (plain, back) = (self.path("plain"), self.path("opened"));
        run(shell::command("cmp", &[&plain, &back])).context("what was opened differs")?;
        self.remove(&["sealed", "opened", "leaves"])?;
        Ok((sealed, opened))
    }

    fn remove(&self, names: &[&str]) -> Result<()> {
        for name in names {
            let path = self.folder.join(name);
            if path.exists() {
                std::fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    fn dd(&self) -> Result<Cost> {
        let (from, to) = (self.path("plain"), self.path("opened"));
        let (from, to) = (format!("if={from}"), format!("of={to}"));
        cheapest(self.rounds, || {
            self.remove(&["opened"])?;
            Ok(run(shell::command("dd", &[&from, &to, "bs=1M"]))?.0)
        })
    }

    fn ours(&self) -> Result<(Cost, Cost)> {
        let (leaves, ticket) = (self.path("leaves"), self.path("ticket"));
        let (plain, sealed, opened) =
            (self.path("plain"), self.path("sealed"), self.path("opened"));
        let common = ["--leaves", &leaves, "--ticket", &ticket];
        self.pair(
            || {
                let mut command = self.tool("seal");
                command.args(common);
                command.args(["--input", &plain, "--output", &sealed]);
                Ok(command)
            },
            || {
                let mut command = self.tool("open");
                command.args(common);
                command.args(["--input", &sealed, "--output", &opened]);
                Ok(command)
            },
        )
    }

    fn age(&self) -> Result<(Cost, Cost)> {
        let identity = self.path("age-identity");
        self.remove(&["age-identity"])?;
        run(shell::command("age-keygen", &["-o", &identity]))?;
        let (_, recipient) = run(shell::command("age-keygen", &["-y", &identity]))?;
        let (plain, sealed, opened) =
            (self.path("plain"), self.path("sealed"), self.path("opened"));
        self.pair(
            || {
                let arguments = ["-r", recipient.trim(), "-o", &sealed, &plain];
                Ok(shell::command("age", &arguments))
            },
            || {
                let arguments = ["-d", "-i", &identity, "-o", &opened, &sealed];
                Ok(shell::command("age", &arguments))
            },
        )
    }

    fn openssl(&self) -> Result<(Cost, Cost)> {
        let pass = format!("file:{}", self.path("passphrase"));
        let (plain, sealed, opened) =
            (self.path("plain"), self.path("sealed"), self.path("opened"));
        let enc = ["enc", "-aes-256-ctr", "-pbkdf2", "-pass", &pass];
        self.pair(
            || {
                let mut command = shell::command("openssl", &enc);
                command.args(["-in", &plain, "-out", &sealed]);
                Ok(command)
            },
            || {
                let mut command = shell::command("openssl", &enc);
                command.args(["-d", "-in", &sealed, "-out", &opened]);
                Ok(command)
            },
        )
    }

    fn gpg(&self) -> Result<(Cost, Cost)> {
        let home = self.folder.join("gpg");
        std::fs::create_dir_all(&home)?;
        std::fs::set_permissions(&home, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        let home_text = home.to_string_lossy();
        let passphrase = self.path("passphrase");
        let (plain, sealed, opened) =
            (self.path("plain"), self.path("sealed"), self.path("opened"));
        let common = [
            "--homedir",
            &home_text,
            "--batch",
            "--yes",
            "--quiet",
            "--pinentry-mode",
            "loopback",
            "--passphrase-file",
            &passphrase,
        ];
        let costs = self.pair(
            || {
                let mut command = shell::command("gpg", &common);
                command.args(["--cipher-algo", "AES256", "--compress-algo", "none"]);
                command.args(["--s2k-mode", "3", "--s2k-count", "1024"]);
                command.args(["--symmetric", "--output", &sealed, &plain]);
                Ok(command)
            },
            || {
                let mut command = shell::command("gpg", &common);
                command.args(["--output", &opened, "--decrypt", &sealed]);
                Ok(command)
            },
        );
        // gpg leaves an agent behind that belongs to this home alone
        let stop = ["--homedir", &home_text, "--kill", "gpg-agent"];
        shell::succeeds(shell::command("gpgconf", &stop));
        costs
    }
}
