//! A server as a program: says when it is ready, and stops when told to.

use crate::{
    options::ServeOptions,
    start::{RunningServer, start},
    start_error::StartError,
    telemetry,
    traces::Traces,
};
use serde::Serialize;
use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
};
use tokio::signal::unix::{SignalKind, signal};

/// What a server tells when it is ready; with `--json`, this as one line.
#[derive(Clone, Serialize)]
pub struct Ready {
    /// For clients: `https://localhost:8443`.
    pub url: String,
    /// For everybody, with a certificate by ACME: `https://rooms.example.org`.
    pub public_urls: Vec<String>,
    /// For browsers of this machine: `http://localhost:8080`.
    pub local_url: Option<String>,
    /// The certificate that clients are given.
    pub ca_file: PathBuf,
    /// SHA-256 of that certificate, hexadecimal.
    pub ca_fingerprint: String,
    /// One-time code for the first administrator, while there is no tenant. A secret.
    pub setup_code: Option<String>,
}

impl From<&RunningServer> for Ready {
    fn from(server: &RunningServer) -> Self {
        Self {
            url: server.url.clone(),
            public_urls: server.public_urls.clone(),
            local_url: server.local_url.clone(),
            ca_file: server.ca_file.clone(),
            ca_fingerprint: server.ca_fingerprint.clone(),
            setup_code: server.setup_code.clone(),
        }
    }
}

impl Ready {
    /// The text for people: address, authority, fingerprint, set-up code, three lines to try.
    pub fn text(&self) -> String {
        let ca = shown(&self.ca_file);
        let browser = self.local_url.as_ref().map_or_else(String::new, |url| {
            format!("  browser      {url} (on this machine alone)\n")
        });
        let public: String = self
            .public_urls
            .iter()
            .map(|url| {
                format!("  public       {url} (certificate by ACME; /readyz says how it goes)\n")
            })
            .collect();
        let mut text = format!(
            "Strongroom is ready.\n{browser}{public}  address      {}\n  authority    {ca}\n  fingerprint  {}\n",
            self.url, self.ca_fingerprint
        );
        match &self.setup_code {
            Some(code) => text.push_str(&format!(
                "  set-up code  {code}\n               (works once, is shown only now; \
                 without a first sign-up the next start makes another)\n\
                 \nTry this:\n  \
                 strongroom signup {url} --code {code} --name YOU --ca {ca} --recovery-kit kit.txt\n  \
                 strongroom account invite --role member\n  \
                 strongroom vault create first\n",
                url = self.url
            )),
            None => text.push_str(&format!(
                "\nTry this:\n  \
                 strongroom login {url} --name YOU --ca {ca}\n  \
                 strongroom vault list\n  \
                 strongroom record --help\n",
                url = self.url
            )),
        }
        text
    }
}

/// A path as it can be pasted into a shell.
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    if text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// Runs a server until SIGTERM or Ctrl-C. `ready` is called once it takes requests; use
/// [`print_ready`] to print what the options ask for.
pub async fn serve(options: ServeOptions, ready: impl FnOnce(Ready)) -> Result<(), StartError> {
    let traces = match &options.otlp_endpoint {
        Some(endpoint) => Some(Traces::start(endpoint).map_err(StartError::Traces)?),
        None => None,
    };
    telemetry::start_logging(traces.as_ref());
    let served = run(options, ready).await;
    if let Some(traces) = traces {
        traces.finish().await;
    }
    served
}

async fn run(options: ServeOptions, ready: impl FnOnce(Ready)) -> Result<(), StartError> {
    raise_file_limit();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut server = start(options).await?;
    tracing::info!(url = server.url, "taking requests");
    ready(Ready::from(&server));
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = server.wait() => return Ok(()),
    }
    tracing::info!("stopping: requests in flight may end; a second signal cuts them");
    server.begin_stop();
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = server.wait() => {}
    }
    tracing::info!("stopped");
    Ok(())
}

/// Prints the ready line (`json`) or text to standard output. A closed pipe is no failure.
pub fn print_ready(ready: &Ready, json: bool) {
    let text = if json {
        let mut line = serde_json::to_string(ready).unwrap_or_default();
        line.push('\n');
        line
    } else {
        ready.text()
    };
    let mut out = std::io::stdout().lock();
    if out
        .write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .is_err()
        && std::io::stderr().is_terminal()
    {
        eprintln!(
            "cannot print to standard output; the server runs at {}",
            ready.url
        );
    }
}

/// Every connection and every part in flight is a file descriptor: take what is allowed.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::debug!(%error, "cannot raise the limit of open files");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(setup_code: Option<&str>) -> Ready {
        Ready {
            url: "https://localhost:8443".to_owned(),
            public_urls: vec!["https://rooms.example.org".to_owned()],
            local_url: Some("http://localhost:8080".to_owned()),
            ca_file: "/srv/it's mine/ca.pem".into(),
            ca_fingerprint: "ab".repeat(32),
            setup_code: setup_code.map(str::to_owned),
        }
    }

    #[test]
    fn the_text_has_all_and_three_lines_to_try() {
        for (code, first) in [(Some("SR-SETUP-X"), "signup"), (None, "login")] {
            let text = ready(code).text();
            let (facts, lines) = text.split_once("Try this:\n").unwrap();
            assert!(facts.contains("https://localhost:8443"));
            assert!(facts.contains("http://localhost:8080"));
            assert!(facts.contains("https://rooms.example.org"));
            assert!(facts.contains(&"ab".repeat(32)));
            assert_eq!(facts.contains("SR-SETUP-X"), code.is_some());
            assert_eq!(lines.lines().count(), 3);
            assert!(lines.contains(first));
            assert!(lines.contains(r"'/srv/it'\''s mine/ca.pem'"));
        }
    }

    #[test]
    fn the_line_is_json() {
        let line = serde_json::to_value(ready(None)).unwrap();
        assert_eq!(line["url"], "https://localhost:8443");
        assert!(line["setup_code"].is_null());
    }
}
