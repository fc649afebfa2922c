//! A server process, people with profiles, and the program to run.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, Command, Stdio},
};
use tempfile::{NamedTempFile, TempDir};

const PROGRAM: &str = env!("CARGO_BIN_EXE_strongroom");

/// A server on a free port, and a folder for everything.
pub struct Stage {
    folder: TempDir,
    server: Child,
    pub url: String,
    pub ca: String,
    setup_code: String,
}

impl Stage {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Command::new(PROGRAM)
            .args(["--json", "serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.path().join("data"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let text = |name: &str| ready[name].as_str().unwrap().to_owned();
        Self {
            url: text("url"),
            ca: text("ca_file"),
            setup_code: text("setup_code"),
            folder,
            server,
        }
    }

    /// A path in the stage's folder.
    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    pub fn data(&self) -> String {
        self.path("data")
    }

    /// The first person.
    pub fn founder(&self, name: &str) -> Person {
        let by_code = [
            self.url.as_str(),
            "--code",
            &self.setup_code,
            "--ca",
            &self.ca,
        ];
        self.signup(&by_code, name)
    }

    /// A person with an invitation link from an administrator.
    pub fn joiner(&self, inviter: &Person, name: &str, role: &str) -> Person {
        let made = inviter.json(&["account", "invite", "--role", role]);
        self.signup(&[made["link"].as_str().unwrap()], name)
    }

    fn signup(&self, admission: &[&str], name: &str) -> Person {
        let person = Person::new(self, name);
        let kit = self.path(&format!("kit-{name}.txt"));
        let device = format!("{name}'s machine");
        let rest = [
            "--name",
            name,
            "--recovery-kit",
            &kit,
            "--device-name",
            &device,
        ];
        let made = person.json(&[&["signup"], admission, &rest].concat());
        for field in ["account", "tenant", "identity"] {
            assert!(made[field].is_string(), "{field}");
        }
        assert_eq!(made["name"], name);
        assert_eq!(made["recovery_kit"], kit);
        person
    }

    /// Somebody without a profile.
    pub fn nobody(&self) -> Person {
        Person::new(self, "nobody")
    }

    /// The authority of another server.
    pub fn other_ca(&self) -> String {
        let other = Stage::start();
        let copy = self.path("other-ca.pem");
        std::fs::copy(&other.ca, &copy).unwrap();
        copy
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // it may have ended already
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A profile and its passphrase file.
pub struct Person {
    pub home: PathBuf,
    pub passphrase: NamedTempFile,
}

impl Person {
    pub fn new(stage: &Stage, name: &str) -> Self {
        Self {
            home: stage.folder.path().join(format!("home-{name}")),
            passphrase: file_with(&format!("a good passphrase of {name}\n")),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .args(arguments)
            .env("STRONGROOM_HOME", &self.home)
            .env("STRONGROOM_PASSPHRASE_FILE", self.passphrase.path())
            .stdin(Stdio::null());
        command
    }

    /// Exit code, standard output, standard error.
    pub fn run(&self, arguments: &[&str]) -> (i32, Vec<u8>, Vec<u8>) {
        let done = self.command(arguments).output().unwrap();
        (done.status.code().unwrap_or(-1), done.stdout, done.stderr)
    }

    pub fn code(&self, arguments: &[&str]) -> i32 {
        let (code, _, error) = self.run(arguments);
        assert_eq!(
            code == 0,
            error.is_empty(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&error)
        );
        code
    }

    /// Standard output of a command that succeeds.
    pub fn bytes(&self, arguments: &[&str]) -> Vec<u8> {
        let (code, out, error) = self.run(arguments);
        assert_eq!(
            code,
            0,
            "{arguments:?}: {}",
            String::from_utf8_lossy(&error)
        );
        out
    }

    pub fn text(&self, arguments: &[&str]) -> String {
        String::from_utf8(self.bytes(arguments)).unwrap()
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let out = self.bytes(&[&["--json"], arguments].concat());
        serde_json::from_slice(&out)
            .unwrap_or_else(|_| panic!("{arguments:?}: {}", String::from_utf8_lossy(&out)))
    }

    pub fn json_with_input(&self, arguments: &[&str], input: &[u8]) -> Value {
        let mut child = self
            .command(&[&["--json"], arguments].concat())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success(), "{arguments:?}");
        serde_json::from_slice(&done.stdout).unwrap()
    }
}

/// A temporary file with this text.
pub fn file_with(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// Bytes without repetition.
pub fn pattern(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect()
}
