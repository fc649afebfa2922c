//! What ACME leaves in the data folder: the account's key, the certificate with its key, and
//! after a failure how long to wait, so that a server that is started again and again asks no
//! more often than one that runs.

use super::{
    AcmeOptions,
    trouble::{OrderError, Trouble},
};
use crate::{
    certificates::Leaf,
    folder::{DataFolder, FolderError},
};
use instant_acme::AccountCredentials;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, path::PathBuf};
use strongroom_types::TimestampMs;
use zeroize::Zeroizing;

const ACCOUNT: &str = "acme-account.json";
const KEY: &str = "acme.key";
const ISSUED: &str = "acme.json";
const WAIT: &str = "acme-wait.json";

/// For what something was kept: other options make it worthless.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purpose {
    names: BTreeSet<String>,
    directory: String,
}

impl Purpose {
    /// What these options ask for.
    pub fn of(options: &AcmeOptions) -> Self {
        Self {
            names: options.host_names(),
            directory: options.directory.to_string(),
        }
    }
}

/// The account at one ACME server.
#[derive(Serialize, Deserialize)]
pub struct KeptAccount {
    directory: String,
    /// Whom the ACME server writes to.
    pub contact: Option<String>,
    /// The account's address and key.
    pub credentials: AccountCredentials,
}

/// When to try again after a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    purpose: Purpose,
    /// Failures in a row.
    pub failures: u32,
    /// Not before this.
    pub next_try_ms: TimestampMs,
    /// Why.
    pub trouble: Trouble,
}

/// From when to when a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// First millisecond.
    pub not_before_ms: TimestampMs,
    /// Last one.
    pub not_after_ms: TimestampMs,
}

impl Validity {
    /// When a new one is to be asked for: when a third is left, however long it is.
    pub fn renew_at_ms(self) -> TimestampMs {
        let third = self.not_after_ms.saturating_sub(self.not_before_ms) / 3;
        self.not_after_ms.saturating_sub(third)
    }
}

fn certificate_file(folder: &DataFolder) -> PathBuf {
    folder.root().join("acme.pem")
}

/// The account at the options' ACME server, if there is one.
pub fn account(
    folder: &DataFolder,
    options: &AcmeOptions,
) -> Result<Option<KeptAccount>, FolderError> {
    let json = folder.read_key(ACCOUNT)?;
    let kept = json.and_then(|json| serde_json::from_slice::<KeptAccount>(&json).ok());
    Ok(kept.filter(|kept| kept.directory == options.directory.as_ref()))
}

/// Keeps an account with the contact that the ACME server has.
pub fn put_account(
    folder: &DataFolder,
    options: &AcmeOptions,
    credentials: AccountCredentials,
) -> Result<(), OrderError> {
    let kept = KeptAccount {
        directory: options.directory.to_string(),
        contact: options.contact.clone(),
        credentials,
    };
    let json = serde_json::to_vec(&kept).map(Zeroizing::new);
    let json = json.map_err(|error| OrderError::new(Trouble::NotKept, error))?;
    folder.write_key(ACCOUNT, &json).map_err(not_kept)
}

/// Forgets the account; the next order makes another.
pub fn forget_account(folder: &DataFolder) -> Result<(), FolderError> {
    folder.remove(&folder.keys().join(ACCOUNT))
}

/// The certificate for this purpose, if one is kept whole.
pub fn certificate(
    folder: &DataFolder,
    purpose: &Purpose,
) -> Result<Option<(Leaf, Validity)>, FolderError> {
    let issued = folder.read_key(ISSUED)?;
    let issued = issued.and_then(|json| serde_json::from_slice::<Purpose>(&json).ok());
    if issued.as_ref() != Some(purpose) {
        return Ok(None);
    }
    let (Some(chain), Some(key)) = (
        folder.read_public(&certificate_file(folder))?,
        folder.read_key(KEY)?,
    ) else {
        return Ok(None);
    };
    Ok(read(&chain, &key, purpose).ok())
}

/// Reads chain and key (PEM) and checks that the certificate is for the names.
pub fn read(chain: &[u8], key: &[u8], purpose: &Purpose) -> Result<(Leaf, Validity), OrderError> {
    let unusable = |detail: String| OrderError::new(Trouble::Unusable, detail);
    let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(error.to_string()))?;
    let first = chain
        .first()
        .ok_or_else(|| unusable("no certificate".to_owned()))?;
    let parsed = rustls::server::ParsedCertificate::try_from(first)
        .map_err(|error| unusable(error.to_string()))?;
    for name in &purpose.names {
        let name =
            ServerName::try_from(name.as_str()).map_err(|error| unusable(error.to_string()))?;
        rustls::client::verify_server_name(&parsed, &name)
            .map_err(|error| unusable(error.to_string()))?;
    }
    let (_, certificate) =
        x509_parser::parse_x509_certificate(first).map_err(|error| unusable(error.to_string()))?;
    let ms = |seconds: i64| {
        u64::try_from(seconds)
            .unwrap_or_default()
            .saturating_mul(1_000)
    };
    let validity = Validity {
        not_before_ms: ms(certificate.validity().not_before.timestamp()),
        not_after_ms: ms(certificate.validity().not_after.timestamp()),
    };
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| unusable(error.to_string()))?;
    Ok((Leaf { chain, key }, validity))
}

/// Keeps a certificate; what it is for goes last, so that half of it counts as none.
pub fn put_certificate(
    folder: &DataFolder,
    purpose: &Purpose,
    chain_pem: &str,
    key_pem: &str,
) -> Result<(), OrderError> {
    let json = serde_json::to_vec(purpose).unwrap_or_default();
    folder
        .remove(&folder.keys().join(ISSUED))
        .and_then(|()| folder.write_key(KEY, key_pem.as_bytes()))
        .and_then(|()| folder.write_public(&certificate_file(folder), chain_pem.as_bytes()))
        .and_then(|()| folder.write_key(ISSUED, &json))
        .and_then(|()| folder.remove(&folder.keys().join(WAIT)))
        .map_err(not_kept)
}

/// How long to wait, if the last try for this purpose failed.
pub fn wait(folder: &DataFolder, purpose: &Purpose) -> Result<Option<Wait>, FolderError> {
    let wait = folder.read_key(WAIT)?;
    let wait = wait.and_then(|json| serde_json::from_slice::<Wait>(&json).ok());
    Ok(wait.filter(|wait| wait.purpose == *purpose))
}

/// Keeps how long to wait.
pub fn put_wait(folder: &DataFolder, wait: &Wait) -> Result<(), FolderError> {
    folder.write_key(WAIT, &serde_json::to_vec(wait).unwrap_or_default())
}

const FIRST_WAIT_MS: u64 = 5 * 60 * 1_000;
const LONGEST_WAIT_MS: u64 = 12 * 60 * 60 * 1_000;
/// The windows in which ACME servers count are of hours.
const PAUSE_MS: u64 = 3 * 60 * 60 * 1_000;

impl Wait {
    /// After one more failure: five minutes, then twice as long each time, up to half a day.
    /// That is four tries in the first hour, fewer than any known ACME server forbids.
    pub fn after(purpose: &Purpose, last: Option<&Self>, trouble: Trouble, now_ms: u64) -> Self {
        let failures = last.map_or(0, |last| last.failures).saturating_add(1);
        let doubled = FIRST_WAIT_MS.saturating_mul(1 << failures.saturating_sub(1).min(16));
        let least = match trouble {
            Trouble::TooMany => PAUSE_MS,
            Trouble::ClockAhead => LONGEST_WAIT_MS,
            _ => 0,
        };
        Self {
            purpose: purpose.clone(),
            failures,
            next_try_ms: now_ms.saturating_add(doubled.min(LONGEST_WAIT_MS).max(least)),
            trouble,
        }
    }

    /// Whether it is over. A clock that was far ahead when it began does not prolong it.
    pub fn is_over(&self, now_ms: TimestampMs) -> bool {
        self.next_try_ms <= now_ms || self.next_try_ms > now_ms.saturating_add(LONGEST_WAIT_MS)
    }
}

pub fn not_kept(error: FolderError) -> OrderError {
    OrderError::new(Trouble::NotKept, error)
}

#[cfg(test)]
mod tests;
