//! Why a server does not start, and what to do about it.

use crate::{FolderError, certificates::CertificateError};
use std::{io, net::SocketAddr, path::PathBuf};
use strongroom_blobs::BlobError;
use strongroom_store::StoreError;

/// Why a server did not start. Nothing was changed in the data folder but what the next start
/// finds again.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {text}", text = listen_text(.1))]
    Listen(SocketAddr, #[source] io::Error),
    /// The database cannot be opened.
    #[error("cannot open {path}: {1}", path = .0.display())]
    Database(PathBuf, #[source] StoreError),
    /// The folder of sealed parts cannot be used.
    #[error("cannot open {path}: {1}", path = .0.display())]
    Blobs(PathBuf, #[source] BlobError),
    /// A set-up code could not be kept.
    #[error("cannot keep a set-up code: {0}")]
    SetupCode(#[source] StoreError),
    /// The certificate authority cannot be used.
    #[error("cannot use the certificate authority: {0}")]
    Certificates(#[from] CertificateError),
    /// Key and certificate do not belong together.
    #[error("cannot use the certificate: {0}")]
    Tls(#[from] rustls::Error),
    /// The root to check the ACME server against cannot be read.
    #[error("cannot read a certificate (PEM) from {path}: {1}", path = .0.display())]
    AcmeRoot(PathBuf, #[source] rustls_pki_types::pem::Error),
    /// Traces cannot be sent.
    #[error("cannot send traces: {0}")]
    Traces(String),
    /// The system refuses something else.
    #[error("cannot start: {0}")]
    System(#[from] io::Error),
}

impl StartError {
    /// Stable text for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Folder(error) => error.code(),
            Self::Listen(_, error) => match error.kind() {
                io::ErrorKind::AddrInUse => "address_in_use",
                _ => "address",
            },
            Self::Database(_, error) | Self::SetupCode(error) => match error {
                StoreError::NewerSchema { .. } => "newer_version",
                StoreError::WrongKey => "wrong_key",
                StoreError::Full => "not_writable",
                _ => "database",
            },
            Self::Blobs(_, BlobError::Full) => "not_writable",
            Self::Blobs(..) => "blobs",
            Self::Certificates(_) | Self::Tls(_) => "certificate",
            Self::AcmeRoot(..) => "acme_root",
            Self::Traces(_) => "traces",
            Self::System(_) => "server",
        }
    }

    /// Whether another command line would have worked: the wrong folder or address was named.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::AcmeRoot(..))
            || matches!(self, Self::Folder(error) if error.is_usage())
            || matches!(self, Self::Listen(_, error)
                if error.kind() == io::ErrorKind::AddrNotAvailable)
    }

    /// What to do next, where that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Folder(error) => error.hint(),
            Self::Listen(_, error) => match error.kind() {
                io::ErrorKind::AddrInUse => Some(
                    "stop the program that listens there, or choose another --listen \
                     or --local-http (port 0 takes any free one)",
                ),
                io::ErrorKind::PermissionDenied => {
                    Some("ports below 1024 need rights of their own; choose one from 1024 up")
                }
                io::ErrorKind::AddrNotAvailable => Some(
                    "take an address of this machine, 127.0.0.1 for this machine alone, \
                     or 0.0.0.0 for all of its addresses",
                ),
                _ => None,
            },
            Self::Database(_, error) | Self::SetupCode(error) => match error {
                StoreError::NewerSchema { .. } => {
                    Some("run the newer program again; nothing was changed")
                }
                StoreError::WrongKey => {
                    Some("put keys/database.key and strongroom.db of the same backup there")
                }
                StoreError::Full => Some(FULL),
                _ => None,
            },
            Self::Blobs(_, BlobError::Full) => Some(FULL),
            Self::AcmeRoot(..) => Some(
                "name a file with the ACME server's root, or leave --acme-root out \
                 for those that the system trusts",
            ),
            _ => None,
        }
    }
}

/// What helps where writing fails.
pub(crate) const FULL: &str =
    "free space, or let this user write there, or choose another folder with --data";

fn listen_text(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "the port is taken".to_owned(),
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".to_owned(),
        io::ErrorKind::PermissionDenied => "this user may not".to_owned(),
        _ => error.to_string(),
    }
}
