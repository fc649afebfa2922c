//! Checks servers against one authority, as the library does, and names it in each hello: a
//! server that also has a certificate of a public authority then knows which one to show
//! (`certificate_authorities`, RFC 8446 4.2.4).

use super::provider;
use crate::{ClientError, Result};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::sync::Arc;

/// The library's own verifier, whose every judgement stands, with the name that it trusts.
#[derive(Debug)]
pub(super) struct OwnAuthority {
    verifier: Arc<WebPkiServerVerifier>,
    names: Vec<DistinguishedName>,
}

impl OwnAuthority {
    /// Trusts what is in `roots` and nobody else.
    ///
    /// # Errors
    /// Usage when there is nothing in it.
    pub(super) fn new(roots: RootCertStore) -> Result<Self> {
        let names = roots.subjects();
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(provider()))
                .build()
                .map_err(|error| {
                    ClientError::usage("the CA file does not hold a usable certificate")
                        .with_source(error)
                })?;
        Ok(Self { verifier, names })
    }
}

impl ServerCertVerifier for OwnAuthority {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, Error> {
        self.verifier
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, Error> {
        self.verifier
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, Error> {
        self.verifier
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }

    fn root_hint_subjects(&self) -> Option<&[DistinguishedName]> {
        Some(&self.names)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{client_config, read_ca};
    use super::*;
    use rustls::ClientConnection;
    use rustls::server::Acceptor;
    use strongroom_testkit::world::World;

    /// The server chooses by this: see `crates/server/src/acme/choice.rs`.
    #[tokio::test(flavor = "multi_thread")]
    async fn every_hello_names_the_authority() {
        let world = World::start().await.unwrap();
        let ca = read_ca(&std::fs::read(&world.server.ca_file).unwrap()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(ca.clone()).unwrap();
        let config = client_config(&ca, &["h2"]).unwrap();
        let name = ServerName::try_from("rooms.example.org").unwrap();
        let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut hello = Vec::new();
        client.write_tls(&mut hello).unwrap();
        let mut acceptor = Acceptor::default();
        acceptor.read_tls(&mut hello.as_slice()).unwrap();
        let accepted = acceptor.accept().ok().unwrap().unwrap();
        let hello = accepted.client_hello();
        let named = hello.certificate_authorities().unwrap();
        let named: Vec<&[u8]> = named.iter().map(AsRef::as_ref).collect();
        let own = roots.subjects();
        let own: Vec<&[u8]> = own.iter().map(AsRef::as_ref).collect();
        assert_eq!(named, own);
    }
}
