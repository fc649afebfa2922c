//! TLS as we speak it: version 1.3 alone, post-quantum key exchange first, one trusted CA.

mod any_authority;
mod own_authority;

use crate::{ClientError, Result};
use any_authority::AnyAuthority;
use own_authority::OwnAuthority;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::sync::Arc;
use strongroom_crypto::sha256;

/// Largest CA file.
pub const CA_FILE_MAX_BYTES: u64 = 64 << 10;

/// Reads the one CA certificate of a PEM file.
///
/// # Errors
/// Usage when there is none, or more than one.
pub fn read_ca(pem: &[u8]) -> Result<CertificateDer<'static>> {
    let wrong = || {
        ClientError::usage("the CA file does not hold exactly one certificate (PEM)").with_hint(
            "use the file that the server names as its CA, for example strongroom-data/ca.pem",
        )
    };
    let mut found = CertificateDer::pem_slice_iter(pem);
    let certificate = found
        .next()
        .and_then(|item| item.ok())
        .ok_or_else(wrong)?
        .into_owned();
    if found.next().is_some() {
        return Err(wrong());
    }
    Ok(certificate)
}

/// SHA-256 of the certificate, hexadecimal: what the server prints as fingerprint.
pub fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    sha256(certificate.as_ref()).to_string()
}

/// The provider with its key exchange groups named: what a default holds depends on features
/// that other crates turn on.
fn provider() -> CryptoProvider {
    use aws_lc_rs::kx_group::{X25519, X25519MLKEM768};
    CryptoProvider {
        kx_groups: vec![X25519MLKEM768, X25519],
        ..aws_lc_rs::default_provider()
    }
}

/// The configuration for all connections but one; trusts `ca` and nobody else.
///
/// # Errors
/// Usage for a certificate that is none.
pub fn client_config(ca: &CertificateDer<'static>, alpn: &[&str]) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(ca.clone()).map_err(|error| {
        ClientError::usage("the CA file does not hold a usable certificate").with_source(error)
    })?;
    with_verifier(Arc::new(OwnAuthority::new(roots)?), alpn)
}

/// For a connection to whoever answers: only to ask for what is then compared with a
/// fingerprint.
///
/// # Errors
/// `tls`.
pub(super) fn unchecked_config(alpn: &[&str]) -> Result<ClientConfig> {
    with_verifier(Arc::new(AnyAuthority::new()), alpn)
}

fn with_verifier(verifier: Arc<dyn ServerCertVerifier>, alpn: &[&str]) -> Result<ClientConfig> {
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| ClientError::failed("tls", "TLS 1.3 is not available").with_source(error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    Ok(config)
}
