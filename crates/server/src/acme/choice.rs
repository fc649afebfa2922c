//! Which certificate a connection gets. Clients of ours check against the server's own
//! authority and say so in their hello (`certificate_authorities`, RFC 8446 4.2.4): they get
//! the own leaf, at every name. Others get the public certificate at its names, and the own
//! leaf elsewhere. A connection that asks for a challenge (RFC 8737) gets that or nothing.

use crate::tls::CurrentLeaf;
use rustls::{
    DistinguishedName, RootCertStore,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError, RwLock},
};

/// The protocol of challenges; a connection that speaks it carries nothing else.
pub const CHALLENGE_PROTOCOL: &[u8] = b"acme-tls/1";

/// What ACME adds to the server's own leaf: the public certificate, and challenges that wait.
#[derive(Debug, Default)]
pub struct Public {
    certificate: RwLock<Option<(BTreeSet<String>, Arc<CertifiedKey>)>>,
    challenges: RwLock<BTreeMap<String, Arc<CertifiedKey>>>,
}

impl Public {
    /// Gives new connections to `names` this certificate.
    pub fn serve(&self, names: BTreeSet<String>, key: Arc<CertifiedKey>) {
        *self
            .certificate
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some((names, key));
    }

    /// Gives new connections the own leaf again.
    pub fn withdraw(&self) {
        *self
            .certificate
            .write()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Answers the challenge for `name` with `key` until [`Public::end_challenges`].
    pub fn answer_challenge(&self, name: String, key: Arc<CertifiedKey>) {
        self.challenges
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, key);
    }

    /// Answers no challenge any more.
    pub fn end_challenges(&self) {
        self.challenges
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    fn certificate(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        let certificate = self
            .certificate
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let (names, key) = certificate.as_ref()?;
        names.contains(name).then(|| Arc::clone(key))
    }

    fn challenge(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        self.challenges
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned()
    }
}

/// Chooses between the own leaf and what [`Public`] has.
#[derive(Debug)]
pub struct Choice {
    own: Arc<CurrentLeaf>,
    authority: Vec<DistinguishedName>,
    public: Arc<Public>,
}

impl Choice {
    /// `authority_pem` is the certificate that issued the own leaf.
    pub fn new(
        own: Arc<CurrentLeaf>,
        authority_pem: &str,
        public: Arc<Public>,
    ) -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_slice(authority_pem.as_bytes())
            .map_err(|error| rustls::Error::General(error.to_string()))?;
        roots.add(authority)?;
        Ok(Self {
            own,
            authority: roots.subjects(),
            public,
        })
    }

    fn trusts_own(&self, hello: &ClientHello<'_>) -> bool {
        let named = hello.certificate_authorities().unwrap_or_default();
        named.iter().any(|named| {
            self.authority
                .iter()
                .any(|own| own.as_ref() == named.as_ref())
        })
    }
}

impl ResolvesServerCert for Choice {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().map(str::to_ascii_lowercase);
        if asks_for_challenge(&hello) {
            return self.public.challenge(&name?);
        }
        if !self.trusts_own(&hello)
            && let Some(public) = name.and_then(|name| self.public.certificate(&name))
        {
            return Some(public);
        }
        Some(self.own.current())
    }
}

/// RFC 8737: such a hello names this one protocol.
fn asks_for_challenge(hello: &ClientHello<'_>) -> bool {
    hello
        .alpn()
        .is_some_and(|mut named| named.next() == Some(CHALLENGE_PROTOCOL) && named.next().is_none())
}

#[cfg(test)]
mod tests;
