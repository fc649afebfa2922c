//! Pebble with a DNS of its own, in which every name leads to loopback, and those who connect.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::aws_lc_rs,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject};
use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};
use strongroom_server::AcmeOptions;
use strongroom_testkit::process::quiet_address;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The public name; it leads here in the DNS of the tests alone.
pub const NAME: &str = "rooms.example.org";

/// A process that ends with this value.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Process {
    /// Starts it and waits until a line of its output has `ready` in it.
    fn start(mut command: Command, ready: &str) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(Stdio::null());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("cannot start {command:?}: {error}; it is in Debian: apt-get install pebble")
        });
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let process = Self(child);
        let seen = lines.by_ref().any(|line| line.unwrap().contains(ready));
        assert!(seen, "{command:?} ended");
        // a full pipe would stop it
        std::thread::spawn(move || lines.for_each(drop));
        process
    }
}

/// An ACME server.
pub struct AcmeServer {
    folder: tempfile::TempDir,
    address: String,
    management: String,
    root_pem: String,
    _processes: Vec<Process>,
}

impl AcmeServer {
    /// One that looks for challenges at `port`.
    pub async fn start(port: u16) -> Self {
        let mut server = Self::gone();
        let path = |name: &str| server.folder.path().join(name);
        let config = serde_json::json!({ "pebble": {
            "listenAddress": server.address,
            "managementListenAddress": server.management,
            "certificate": path("pebble.pem"),
            "privateKey": path("pebble.key"),
            "httpPort": 1,
            "tlsPort": port,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
        }});
        fs::write(path("pebble.json"), config.to_string()).unwrap();

        let dns = quiet_address();
        let mut names = Command::new("pebble-challtestsrv");
        names.args(["-dns01", &dns, "-management", &quiet_address()]);
        names.args(["-http01", "", "-https01", "", "-tlsalpn01", ""]);
        names.args(["-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""]);
        let names = Process::start(names, "Starting management server");

        let mut pebble = Command::new("pebble");
        pebble.args(["-strict", "-dnsserver", &dns, "-config"]);
        pebble.arg(path("pebble.json"));
        pebble.env("PEBBLE_VA_NOSLEEP", "1");
        // each order proves the name anew, and no answer is refused by chance
        pebble.envs([("PEBBLE_AUTHZREUSE", "0"), ("PEBBLE_WFE_NONCEREJECT", "0")]);
        let pebble = Process::start(pebble, "ACME directory available");
        server._processes = vec![pebble, names];
        server.answers().await;
        server
    }

    /// One that nobody can reach.
    pub fn gone() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root_pem = write_certificates(folder.path());
        Self {
            folder,
            address: quiet_address(),
            management: quiet_address(),
            root_pem,
            _processes: Vec::new(),
        }
    }

    /// Its lines come before its ports are open.
    async fn answers(&self) {
        for address in [&self.address, &self.management] {
            while TcpStream::connect(address).await.is_err() {
                tokio::task::yield_now().await;
            }
        }
    }

    /// What an operator would say to use it.
    pub fn options(&self) -> AcmeOptions {
        let mut options = AcmeOptions::terms_agreed([NAME.parse().unwrap()]);
        options.contact = Some("it@example.org".to_owned());
        options.directory = format!("https://{}/dir", self.address).parse().unwrap();
        options.root = Some(self.folder.path().join("root.pem"));
        options
    }

    /// The roots that its certificates lead to: new at every start, for nobody but tests.
    pub async fn roots(&self) -> TestRoots {
        let url = format!("https://{}/roots/0", self.management);
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(TestRoots::read(&self.root_pem).config(false))
            .build()
            .unwrap();
        let answer = client.get(url).send().await.unwrap();
        TestRoots::read(&answer.text().await.unwrap())
    }
}

/// A root and a leaf for the ACME server's own address.
fn write_certificates(folder: &Path) -> String {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    let root_key = KeyPair::generate().unwrap();
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_pem = root.self_signed(&root_key).unwrap().pem();
    let issuer = Issuer::new(root, root_key);
    let key = KeyPair::generate().unwrap();
    let mut leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    leaf.distinguished_name
        .push(rcgen::DnType::CommonName, "pebble");
    write("root.pem", &root_pem);
    write("pebble.pem", &leaf.signed_by(&key, &issuer).unwrap().pem());
    write("pebble.key", &key.serialize_pem());
    root_pem
}

/// Whom somebody trusts.
pub struct TestRoots(Arc<RootCertStore>);

impl TestRoots {
    /// The one root of a PEM text.
    pub fn read(pem: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
            .unwrap();
        Self(Arc::new(roots))
    }

    fn config(&self, hint: bool) -> ClientConfig {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let roots = Arc::clone(&self.0);
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider))
            .build()
            .unwrap();
        let names = hint.then(|| self.0.subjects());
        ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Verifier(verifier, names)))
            .with_no_client_auth()
    }

    /// A client that finds the public name at `address`, and names nobody in its hello.
    pub fn browser(&self, address: SocketAddr) -> reqwest::Client {
        reqwest::Client::builder()
            .tls_backend_preconfigured(self.config(false))
            .resolve(NAME, address)
            .build()
            .unwrap()
    }

    /// The certificate that a browser gets, if it trusts it.
    pub async fn certificate(
        &self,
        address: SocketAddr,
        name: &str,
    ) -> std::io::Result<CertificateDer<'static>> {
        self.handshake(address, name, false).await
    }

    /// The same for who names the trusted authority in the hello.
    pub async fn certificate_by_hint(
        &self,
        address: SocketAddr,
        name: &str,
    ) -> std::io::Result<CertificateDer<'static>> {
        self.handshake(address, name, true).await
    }

    async fn handshake(
        &self,
        address: SocketAddr,
        name: &str,
        hint: bool,
    ) -> std::io::Result<CertificateDer<'static>> {
        let stream = TcpStream::connect(address).await?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let connector = TlsConnector::from(Arc::new(self.config(hint)));
        let stream = connector.connect(name, stream).await?;
        let chain = stream.get_ref().1.peer_certificates().unwrap();
        Ok(chain[0].clone().into_owned())
    }
}

/// The library's verifier, that can name its roots.
#[derive(Debug)]
struct Verifier(Arc<WebPkiServerVerifier>, Option<Vec<DistinguishedName>>);

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.0
            .verify_server_cert(end_entity, intermediates, server_name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }

    fn root_hint_subjects(&self) -> Option<&[DistinguishedName]> {
        self.1.as_deref()
    }
}
