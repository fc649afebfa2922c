//! TLS as we speak it: version 1.3 alone, post-quantum key exchange first, HTTP/2 first.

use crate::certificates::Leaf;
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::sync::{Arc, PoisonError, RwLock};

/// The provider with its key exchange groups named: which ones a default holds depends on
/// the features that other crates turn on.
pub fn provider() -> CryptoProvider {
    use aws_lc_rs::kx_group::{SECP256R1, X25519, X25519MLKEM768};
    CryptoProvider {
        kx_groups: vec![X25519MLKEM768, X25519, SECP256R1],
        ..aws_lc_rs::default_provider()
    }
}

/// The certificate that new connections get; it can be changed while the server runs.
#[derive(Debug)]
pub struct CurrentLeaf(RwLock<Arc<CertifiedKey>>);

impl CurrentLeaf {
    /// Starts with `leaf`; an error when key and certificate do not belong together.
    pub fn new(leaf: Leaf) -> Result<Self, rustls::Error> {
        certified(leaf).map(|key| Self(RwLock::new(key)))
    }

    /// Gives new connections `leaf`.
    pub fn change(&self, leaf: Leaf) -> Result<(), rustls::Error> {
        let key = certified(leaf)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = key;
        Ok(())
    }

    /// What new connections get now.
    pub fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for CurrentLeaf {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

/// The certificate with its key, as connections take it; an error when they do not belong
/// together.
pub fn certified(leaf: Leaf) -> Result<Arc<CertifiedKey>, rustls::Error> {
    CertifiedKey::from_der(leaf.chain, leaf.key, &provider()).map(Arc::new)
}

/// The configuration for all connections.
pub fn server_config(leaf: Arc<dyn ResolvesServerCert>) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(leaf);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
