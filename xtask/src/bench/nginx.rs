//! nginx as the peer: its own prefix folder, TLS 1.3, WebDAV's PUT, one process.

use super::measure::{cpu_of, peak_of};
use crate::shell;
use anyhow::{Context, Result, bail};
use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A running nginx, stopped when dropped.
pub struct Nginx {
    process: Child,
    folder: PathBuf,
    port: u16,
}

/// A port of the loopback address that was free a moment ago.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

impl Nginx {
    /// Starts nginx with everything it writes below `folder`, an absolute path.
    pub fn start(folder: &Path) -> Result<Self> {
        for name in ["files", "body", "logs"] {
            std::fs::create_dir_all(folder.join(name))?;
        }
        certificate(folder)?;
        let port = free_port()?;
        let config = folder.join("nginx.conf");
        std::fs::write(&config, configuration(folder, port))?;
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder).arg("-c").arg(&config);
        command.arg("-e").arg(folder.join("logs/error.log"));
        // Debian keeps it outside of an ordinary user's search path
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
        let process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("cannot start nginx")?;
        let mut nginx = Self {
            process,
            folder: folder.to_owned(),
            port,
        };
        nginx.wait_until_ready()?;
        Ok(nginx)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        for _ in 0..100 {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return Ok(());
            }
            if self.process.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = std::fs::read_to_string(self.folder.join("logs/error.log")).unwrap_or_default();
        bail!("nginx does not answer: {}", log.trim())
    }

    /// Where it keeps an uploaded file.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join("files").join(name)
    }

    /// A curl that trusts its certificate; `arguments` come before the address of the file.
    pub fn curl(&self, arguments: &[&str], name: &str) -> Command {
        let certificate = self.folder.join("certificate.pem");
        let mut command = shell::command("curl", &["--silent", "--show-error", "--fail"]);
        command.args(["--noproxy", "*", "--tlsv1.3", "--http1.1"]);
        command.arg("--cacert").arg(certificate);
        command.args(arguments);
        command.arg(format!("https://localhost:{}/{name}", self.port));
        command
    }

    /// CPU time so far.
    pub fn cpu(&self) -> Result<Duration> {
        cpu_of(self.process.id())
    }

    /// Largest memory so far.
    pub fn peak(&self) -> Result<u64> {
        peak_of(self.process.id())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // its own process, by its number; nothing is left to report to
        self.process.kill().unwrap_or_default();
        self.process.wait().map(drop).unwrap_or_default();
    }
}

fn certificate(folder: &Path) -> Result<()> {
    let mut command = shell::command("openssl", &["req", "-x509", "-nodes", "-days", "2"]);
    command.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    command.args(["-subj", "/CN=bench peer"]);
    command.args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
    command.arg("-keyout").arg(folder.join("key.pem"));
    command.arg("-out").arg(folder.join("certificate.pem"));
    super::measure::run(command)?;
    Ok(())
}

/// One process without a master, so that its CPU time is one number. What it would gain by
/// several is no gain here: one client, one connection.
fn configuration(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
events {{ worker_connections 64; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    client_max_body_size 0;
    client_body_buffer_size 1m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/body;
    fastcgi_temp_path {folder}/body;
    uwsgi_temp_path {folder}/body;
    scgi_temp_path {folder}/body;
    server {{
        listen 127.0.0.1:{port} ssl;
        server_name localhost;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/key.pem;
        ssl_protocols TLSv1.3;
        root {folder}/files;
        location / {{ dav_methods PUT DELETE; create_full_put_path on; }}
    }}
}}
"
    )
}
