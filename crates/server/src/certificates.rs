//! The server's own certificate authority: clients are given `ca.pem` once and check every
//! connection against it. The leaf is renewed by itself; the authority stays ten years.

use crate::folder::{DataFolder, FolderError};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PublicKeyData,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, net::SocketAddr};
use strongroom_crypto::sha256;
use strongroom_types::{Digest, TimestampMs};
use time::OffsetDateTime;
use zeroize::Zeroizing;

const DAY_MS: u64 = 86_400_000;
const AUTHORITY_DAYS: u64 = 3_653;
/// Above 398 days some systems refuse a leaf.
const LEAF_DAYS: u64 = 397;
/// A leaf with less than this left is renewed.
const RENEW_DAYS: u64 = 30;

/// Why there is no usable certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A key or certificate in the folder cannot be read.
    #[error("{0} is damaged; put it back from your backup")]
    Damaged(&'static str),
    /// Making a key or signing a certificate failed.
    #[error("cannot issue a certificate")]
    Issue(#[from] rcgen::Error),
}

/// The certificate authority of one data folder.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
    fingerprint: Digest,
}

/// A certificate with its chain and key, as TLS takes it.
pub struct Leaf {
    /// Of our own, the leaf alone: the authority's certificate is what clients already have.
    /// Of an ACME server, all that it gave.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its private key.
    pub key: PrivateKeyDer<'static>,
}

/// What the leaf on disk was issued for. Written last, so that without it the leaf is
/// issued anew.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
struct Issued {
    names: BTreeSet<String>,
    not_after_ms: TimestampMs,
    authority: String,
}

impl Authority {
    /// Reads the authority of the folder, or makes one.
    pub fn open(folder: &DataFolder, now_ms: TimestampMs) -> Result<Self, CertificateError> {
        let key = match folder.read_key("ca.key")? {
            Some(pem) => read_key_pair(&pem).ok_or(CertificateError::Damaged("keys/ca.key"))?,
            None => {
                let key = KeyPair::generate()?;
                let pem = Zeroizing::new(key.serialize_pem());
                folder.write_key("ca.key", pem.as_bytes())?;
                // a certificate of an earlier key would not match
                folder.remove(&folder.ca_file())?;
                key
            }
        };
        let params = authority_params(&key, now_ms);
        let certificate_pem = match folder.read_public(&folder.ca_file())? {
            Some(pem) => String::from_utf8(pem).map_err(|_| CertificateError::Damaged("ca.pem"))?,
            None => {
                let pem = params.self_signed(&key)?.pem();
                folder.write_public(&folder.ca_file(), pem.as_bytes())?;
                pem
            }
        };
        let certificate = CertificateDer::from_pem_slice(certificate_pem.as_bytes())
            .map_err(|_| CertificateError::Damaged("ca.pem"))?;
        Ok(Self {
            fingerprint: sha256(&certificate),
            issuer: Issuer::new(params, key),
            certificate_pem,
        })
    }

    /// The authority's certificate, PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// SHA-256 of the authority's certificate (DER): what people compare.
    pub fn fingerprint(&self) -> Digest {
        self.fingerprint
    }

    /// The leaf for exactly these names: the one on disk while it has more than
    /// [`RENEW_DAYS`] left, else a new one with a new key.
    pub fn leaf(
        &self,
        folder: &DataFolder,
        names: &BTreeSet<String>,
        now_ms: TimestampMs,
    ) -> Result<Leaf, CertificateError> {
        match self.kept_leaf(folder, names, now_ms)? {
            Some(leaf) => Ok(leaf),
            None => self.issue(folder, names, now_ms),
        }
    }

    /// Whether the leaf on disk no longer serves.
    pub fn leaf_is_due(
        &self,
        folder: &DataFolder,
        names: &BTreeSet<String>,
        now_ms: TimestampMs,
    ) -> bool {
        !matches!(self.kept_leaf(folder, names, now_ms), Ok(Some(_)))
    }

    fn kept_leaf(
        &self,
        folder: &DataFolder,
        names: &BTreeSet<String>,
        now_ms: TimestampMs,
    ) -> Result<Option<Leaf>, CertificateError> {
        let issued = folder.read_public(&folder.keys().join("server.json"))?;
        let Some(issued) = issued.and_then(|json| serde_json::from_slice::<Issued>(&json).ok())
        else {
            return Ok(None);
        };
        let fits = issued.names == *names
            && issued.authority == self.fingerprint.to_string()
            && issued.not_after_ms > now_ms.saturating_add(RENEW_DAYS * DAY_MS)
            // a clock that was far ahead when the leaf was issued
            && issued.not_after_ms <= now_ms.saturating_add((LEAF_DAYS + 1) * DAY_MS);
        if !fits {
            return Ok(None);
        }
        let (Some(certificate), Some(key)) = (
            folder.read_public(&folder.server_certificate())?,
            folder.read_key("server.key")?,
        ) else {
            return Ok(None);
        };
        Ok(read_leaf(&certificate, &key))
    }

    fn issue(
        &self,
        folder: &DataFolder,
        names: &BTreeSet<String>,
        now_ms: TimestampMs,
    ) -> Result<Leaf, CertificateError> {
        let key = KeyPair::generate()?;
        let not_after_ms = now_ms.saturating_add(LEAF_DAYS * DAY_MS);
        let mut params = CertificateParams::new(names.iter().cloned().collect::<Vec<_>>())?;
        params.distinguished_name = name("Strongroom server");
        params.not_before = date(now_ms.saturating_sub(DAY_MS));
        params.not_after = date(not_after_ms);
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.issuer)?.pem();
        let key = Zeroizing::new(key.serialize_pem());
        let issued = Issued {
            names: names.clone(),
            not_after_ms,
            authority: self.fingerprint.to_string(),
        };
        let issued_file = folder.keys().join("server.json");
        folder.remove(&issued_file)?;
        folder.write_key("server.key", key.as_bytes())?;
        folder.write_public(&folder.server_certificate(), certificate.as_bytes())?;
        let json = serde_json::to_vec(&issued).unwrap_or_default();
        folder.write_key("server.json", &json)?;
        tracing::info!(?names, "issued a new server certificate");
        read_leaf(certificate.as_bytes(), key.as_bytes())
            .ok_or(CertificateError::Damaged("server.pem"))
    }
}

/// The names that a leaf must cover: this machine, the address it listens on, and what the
/// operator adds.
pub fn names(listen: SocketAddr, more: &[String]) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    if !listen.ip().is_unspecified() {
        names.insert(listen.ip().to_string());
    }
    let host = rustix::system::uname();
    let host = host.nodename().to_string_lossy();
    let usable = |name: &str| {
        let labels = name.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        });
        labels || name.parse::<std::net::IpAddr>().is_ok()
    };
    for name in more.iter().map(String::as_str).chain([&*host]) {
        if usable(name) {
            names.insert(name.to_ascii_lowercase());
        } else {
            tracing::warn!(
                name,
                "not a host name or address: left out of the certificate"
            );
        }
    }
    names
}

/// The name carries eight digits of the key's hash: two servers' authorities in one trust
/// store stay apart, and no leaf has its issuer's name.
fn authority_params(key: &KeyPair, now_ms: TimestampMs) -> CertificateParams {
    let hash = sha256(&key.subject_public_key_info());
    let mut params = CertificateParams::default();
    params.distinguished_name = name(&format!("Strongroom CA {}", hash.short()));
    params.not_before = date(now_ms.saturating_sub(DAY_MS));
    params.not_after = date(now_ms.saturating_add(AUTHORITY_DAYS * DAY_MS));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn name(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn date(ms: TimestampMs) -> OffsetDateTime {
    i64::try_from(ms / 1_000)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

fn read_key_pair(pem: &[u8]) -> Option<KeyPair> {
    KeyPair::from_pem(std::str::from_utf8(pem).ok()?).ok()
}

fn read_leaf(certificate: &[u8], key: &[u8]) -> Option<Leaf> {
    Some(Leaf {
        chain: vec![CertificateDer::from_pem_slice(certificate).ok()?],
        key: PrivateKeyDer::from_pem_slice(key).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: u64 = 1_790_000_000_000;

    fn listen() -> SocketAddr {
        "127.0.0.1:0".parse().unwrap()
    }

    #[test]
    fn the_authority_stays_and_the_leaf_is_kept_until_due() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(temp.path()).unwrap();
        let authority = Authority::open(&folder, NOW_MS).unwrap();
        let names = names(listen(), &[]);
        let first = authority.leaf(&folder, &names, NOW_MS).unwrap();
        let again = Authority::open(&folder, NOW_MS + DAY_MS).unwrap();
        assert_eq!(again.fingerprint(), authority.fingerprint());
        let kept = again.leaf(&folder, &names, NOW_MS + 300 * DAY_MS).unwrap();
        assert_eq!(kept.chain, first.chain);
        let due_ms = NOW_MS + 368 * DAY_MS;
        assert!(again.leaf_is_due(&folder, &names, due_ms));
        let renewed = again.leaf(&folder, &names, due_ms).unwrap();
        assert_ne!(renewed.chain, first.chain);
        // the clock went back: the leaf would not be valid yet
        let back = again.leaf(&folder, &names, NOW_MS).unwrap();
        assert_ne!(back.chain, renewed.chain);
    }

    #[test]
    fn other_names_or_a_lost_piece_make_a_new_leaf() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(temp.path()).unwrap();
        let authority = Authority::open(&folder, NOW_MS).unwrap();
        let few = names(listen(), &[]);
        let more = names(
            listen(),
            &["vault.example".to_owned(), "bad name".to_owned()],
        );
        assert_eq!(more.len(), few.len() + 1);
        authority.leaf(&folder, &few, NOW_MS).unwrap();
        assert!(authority.leaf_is_due(&folder, &more, NOW_MS));
        for lost in ["server.pem", "keys/server.key", "keys/server.json"] {
            authority.leaf(&folder, &few, NOW_MS).unwrap();
            assert!(!authority.leaf_is_due(&folder, &few, NOW_MS));
            folder.remove(&temp.path().join(lost)).unwrap();
            assert!(authority.leaf_is_due(&folder, &few, NOW_MS), "{lost}");
        }
    }

    #[test]
    fn a_damaged_key_is_said() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(temp.path()).unwrap();
        Authority::open(&folder, NOW_MS).unwrap();
        folder.write_key("ca.key", b"rubbish").unwrap();
        let opened = Authority::open(&folder, NOW_MS);
        assert!(matches!(
            opened,
            Err(CertificateError::Damaged("keys/ca.key"))
        ));
    }
}
