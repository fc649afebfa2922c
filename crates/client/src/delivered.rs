//! What a server delivers to browsers, byte by byte.

use crate::account::read_ca_file;
use crate::http::{Auth, Http, read_body};
use crate::{Environment, Result};
use std::path::Path;
use strongroom_wire::ServerInfo;

/// Largest file of a web client that is looked at.
const FILE_MAX_BYTES: usize = 32 << 20;

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// HTTP's status.
    pub status: u16,
    /// `Content-Type`.
    pub media_type: String,
    /// `Content-Encoding`; empty for none.
    pub encoding: String,
    /// `Content-Security-Policy`; several are joined by `, ` as browsers do.
    pub policy: String,
    /// The body, still encoded.
    pub body: Vec<u8>,
}

/// Asks a server for files, without an account.
pub struct Visitor(Http);

impl Visitor {
    /// For the server at `url`, trusting only the CA certificate in `ca_file` (PEM).
    ///
    /// # Errors
    /// Usage.
    pub fn new(url: &str, ca_file: &Path) -> Result<Self> {
        let ca_pem = read_ca_file(ca_file)?;
        Http::new(url, &ca_pem, Environment::default()).map(Self)
    }

    /// The version that the server says it has.
    ///
    /// # Errors
    /// Offline, or no Strongroom server.
    pub async fn version(&self) -> Result<String> {
        let info: ServerInfo = self.0.get_json("/v1/server", Auth::None).await?;
        Ok(info.version)
    }

    /// Whatever is delivered at `path` to who takes this encoding.
    ///
    /// # Errors
    /// Offline, or more than any file of a web client has.
    pub async fn get(&self, path: &str, accepted: &str) -> Result<Delivered> {
        let response = self.0.visit(path, accepted).await?;
        let status = response.status().as_u16();
        let text = |name: &str| {
            let values = response.headers().get_all(name).iter();
            let texts: Vec<_> = values
                .map(|value| String::from_utf8_lossy(value.as_bytes()))
                .collect();
            texts.join(", ")
        };
        let (media_type, encoding, policy) = (
            text("content-type"),
            text("content-encoding"),
            text("content-security-policy"),
        );
        Ok(Delivered {
            status,
            media_type,
            encoding,
            policy,
            body: read_body(response, FILE_MAX_BYTES).await?,
        })
    }
}
