//! A live export for the independent proof: a server, two people, records and a file, all
//! through the program as people use it.

use crate::{shell, workspace};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A server that ends with this value.
struct Server {
    child: Child,
    ready: Value,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

struct Stage {
    program: PathBuf,
    folder: PathBuf,
}

/// Makes an export under cargo's target folder and returns where it lies.
pub fn export() -> Result<PathBuf> {
    shell::run(shell::cargo(&["build", "--package", "strongroom"]))?;
    let target = workspace::target_directory()?;
    let folder = target.join("live-export");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("passphrase"), "correct horse battery staple")?;
    fs::write(
        folder.join("letter.txt"),
        "sealed from hand to hand\n".repeat(2_000),
    )?;
    let stage = Stage {
        program: target.join("debug/strongroom"),
        folder,
    };
    let server = stage.serve()?;
    stage.play(&server.ready)?;
    Ok(stage.folder.join("export"))
}

impl Stage {
    fn serve(&self) -> Result<Server> {
        let mut command = Command::new(&self.program);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--json", "--data"])
            .arg(self.folder.join("data"))
            .stdout(Stdio::piped())
            .stderr(fs::File::create(self.folder.join("server.log"))?);
        let mut child = command.spawn().context("cannot start the server")?;
        let stdout = child.stdout.take().context("the server has no output")?;
        let mut server = Server {
            child,
            ready: Value::Null,
        };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        server.ready = serde_json::from_str(&line).with_context(|| {
            let log = fs::read_to_string(self.folder.join("server.log"));
            format!(
                "the server did not become ready: {}",
                log.unwrap_or_default()
            )
        })?;
        Ok(server)
    }

    /// Anna founds the tenant, Ben joins; they share a vault with records and a file.
    fn play(&self, ready: &Value) -> Result<()> {
        let url = workspace::text(ready, "url");
        let ca = workspace::text(ready, "ca_file");
        let setup = workspace::text(ready, "setup_code");
        let kit = self.path("kit.txt");
        self.sign_up("anna", url, ca, setup, &kit)?;
        let invite = self.run("anna", &["account", "invite", "--role", "member"])?;
        let code = workspace::text(&invite, "code").to_owned();
        self.sign_up("ben", url, ca, &code, &self.path("kit-ben.txt"))?;

        self.run("anna", &["vault", "create", "clients"])?;
        self.run(
            "anna",
            &["vault", "invite", "clients", "ben", "--role", "writer"],
        )?;
        let add = |who: &str, title: &str| {
            let set = format!("title={title}");
            let args = ["record", "add", "clients", "--table", "case", "--set", &set];
            let added = self.run(who, &args)?;
            let record = workspace::text(&added, "record").to_owned();
            if record.is_empty() {
                bail!("`record add` names no record: {added}");
            }
            anyhow::Ok(record)
        };
        let first = add("anna", "Harbour lease")?;
        let second = add("ben", "Roof repair")?;
        self.run(
            "anna",
            &["record", "edit", &first, "--set", "status=closed"],
        )?;
        self.run("ben", &["record", "rm", &second])?;
        let letter = self.path("letter.txt");
        self.run("ben", &["file", "put", &first, &letter])?;
        self.run("anna", &["vault", "remove", "clients", "ben"])?;
        self.run("anna", &["record", "edit", &first, "--set", "status=open"])?;
        let out = self.path("export");
        let mut arguments = vec!["export"];
        arguments.extend(EXPORT_EVERYTHING);
        arguments.push(&out);
        self.run("anna", &arguments)?;
        Ok(())
    }

    fn sign_up(&self, name: &str, url: &str, ca: &str, code: &str, kit: &str) -> Result<()> {
        let passphrase = self.path("passphrase");
        self.run(
            name,
            &[
                "signup",
                url,
                "--code",
                code,
                "--name",
                name,
                "--ca",
                ca,
                "--passphrase-file",
                &passphrase,
                "--recovery-kit",
                kit,
            ],
        )?;
        Ok(())
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_string_lossy().into_owned()
    }

    /// Runs the program as `who` and reads the document that it prints.
    fn run(&self, who: &str, arguments: &[&str]) -> Result<Value> {
        let home: &Path = &self.folder.join("home").join(who);
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .arg("--json")
            .env("STRONGROOM_HOME", home)
            .env("STRONGROOM_PASSPHRASE_FILE", self.path("passphrase"))
            .stdin(Stdio::null());
        let text = shell::output(command)?;
        serde_json::from_str(&text)
            .with_context(|| format!("`{}` printed no JSON: {text}", arguments.join(" ")))
    }
}

/// What the proof can open: all vaults, their files, and the wallet with its seeds.
const EXPORT_EVERYTHING: &[&str] = &["--all", "--files", "--wallet"];
