//! Real handshakes, in memory.

use super::*;
use crate::{
    certificates::{Authority, Leaf},
    folder::DataFolder,
    tls,
};
use rcgen::{CertificateParams, KeyPair};
use rustls::{
    ClientConfig, ClientConnection, ServerConnection, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
};
use rustls_pki_types::{PrivateKeyDer, ServerName, UnixTime};

const NOW_MS: u64 = 1_790_000_000_000;
const NAME: &str = "rooms.example.org";

/// Takes any certificate and names the authorities that it is told to.
#[derive(Debug)]
struct Anybody(Option<Vec<DistinguishedName>>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.2".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }

    fn root_hint_subjects(&self) -> Option<&[DistinguishedName]> {
        self.0.as_deref()
    }
}

struct Scene {
    own: CertificateDer<'static>,
    authority: DistinguishedName,
    other_authority: DistinguishedName,
    public: Arc<Public>,
    config: Arc<rustls::ServerConfig>,
}

fn self_signed(name: &str) -> (CertificateDer<'static>, Arc<CertifiedKey>) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let chain = vec![certificate.clone()];
    (certificate, tls::certified(Leaf { chain, key }).unwrap())
}

fn authority() -> (Authority, DistinguishedName, tempfile::TempDir) {
    let temp = tempfile::tempdir().unwrap();
    let folder = DataFolder::open(temp.path()).unwrap();
    let authority = Authority::open(&folder, NOW_MS).unwrap();
    let mut roots = RootCertStore::empty();
    let pem = authority.certificate_pem().as_bytes();
    roots
        .add(CertificateDer::from_pem_slice(pem).unwrap())
        .unwrap();
    let subject = roots.subjects().remove(0);
    drop(folder);
    (authority, subject, temp)
}

fn scene() -> Scene {
    let (own_authority, subject, temp) = authority();
    let (_, other_authority, _other) = authority();
    let folder = DataFolder::open(temp.path()).unwrap();
    let names = [NAME, "localhost"].map(str::to_owned).into();
    let leaf = own_authority.leaf(&folder, &names, NOW_MS).unwrap();
    let own = leaf.chain[0].clone();
    let current = Arc::new(CurrentLeaf::new(leaf).unwrap());
    let public = Arc::new(Public::default());
    let pem = own_authority.certificate_pem();
    let choice = Choice::new(current, pem, Arc::clone(&public)).unwrap();
    let mut config = tls::server_config(Arc::new(choice)).unwrap();
    config.alpn_protocols.push(CHALLENGE_PROTOCOL.to_vec());
    Scene {
        own,
        authority: subject,
        other_authority,
        public,
        config: Arc::new(config),
    }
}

impl Scene {
    /// The certificate that a client gets, and the protocol agreed on.
    fn get(
        &self,
        name: &str,
        hint: Option<&[&DistinguishedName]>,
        alpn: &[&[u8]],
    ) -> Result<(CertificateDer<'static>, Option<Vec<u8>>), rustls::Error> {
        let hint = hint.map(|hint| hint.iter().map(|name| (*name).clone()).collect());
        let mut config = ClientConfig::builder_with_provider(Arc::new(tls::provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody(hint)))
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
        let mut server = ServerConnection::new(Arc::clone(&self.config)).unwrap();
        while client.is_handshaking() {
            let mut wire = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut wire).unwrap();
            }
            let mut rest = wire.as_slice();
            while !rest.is_empty() {
                server.read_tls(&mut rest).unwrap();
                server.process_new_packets()?;
            }
            let mut wire = Vec::new();
            while server.wants_write() {
                server.write_tls(&mut wire).unwrap();
            }
            let mut rest = wire.as_slice();
            while !rest.is_empty() {
                client.read_tls(&mut rest).unwrap();
                client.process_new_packets()?;
            }
        }
        let certificate = client.peer_certificates().unwrap()[0].clone().into_owned();
        Ok((certificate, client.alpn_protocol().map(<[u8]>::to_vec)))
    }

    fn certificate(
        &self,
        name: &str,
        hint: Option<&[&DistinguishedName]>,
    ) -> CertificateDer<'static> {
        self.get(name, hint, &[b"h2", b"http/1.1"]).unwrap().0
    }
}

#[test]
fn without_a_public_certificate_everybody_gets_the_own_leaf() {
    let scene = scene();
    for name in [NAME, "localhost", "127.0.0.1"] {
        assert_eq!(scene.certificate(name, None), scene.own);
        assert_eq!(
            scene.certificate(name, Some(&[&scene.authority])),
            scene.own
        );
    }
}

#[test]
fn strangers_get_the_public_certificate_at_its_name_and_who_trusts_us_never() {
    let scene = scene();
    let (public, key) = self_signed(NAME);
    scene.public.serve([NAME.to_owned()].into(), key);
    assert_eq!(scene.certificate(NAME, None), public);
    assert_eq!(scene.certificate("ROOMS.Example.Org", None), public);
    assert_eq!(
        scene.certificate(NAME, Some(&[&scene.other_authority])),
        public
    );
    for hint in [
        vec![&scene.authority],
        vec![&scene.other_authority, &scene.authority],
    ] {
        assert_eq!(scene.certificate(NAME, Some(&hint)), scene.own);
    }
    // no name, and other names
    for name in ["127.0.0.1", "localhost", "other.example.org"] {
        assert_eq!(scene.certificate(name, None), scene.own);
    }
    scene.public.withdraw();
    assert_eq!(scene.certificate(NAME, None), scene.own);
}

#[test]
fn a_challenge_is_answered_while_it_waits_and_to_who_asks_for_it_alone() {
    let scene = scene();
    let only = [CHALLENGE_PROTOCOL];
    assert!(scene.get(NAME, None, &only).is_err());
    let (answer, key) = self_signed(NAME);
    scene.public.answer_challenge(NAME.to_owned(), key);
    let (got, protocol) = scene.get(NAME, None, &only).unwrap();
    assert_eq!(got, answer);
    assert_eq!(protocol.as_deref(), Some(CHALLENGE_PROTOCOL));
    assert!(scene.get("other.example.org", None, &only).is_err());
    // a hello with other protocols too is no challenge
    let (got, protocol) = scene.get(NAME, None, &[CHALLENGE_PROTOCOL, b"h2"]).unwrap();
    assert_eq!(got, scene.own);
    assert_eq!(protocol.as_deref(), Some(&b"h2"[..]));
    assert_eq!(scene.certificate(NAME, None), scene.own);
    scene.public.end_challenges();
    assert!(scene.get(NAME, None, &only).is_err());
}
