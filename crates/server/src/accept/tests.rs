//! Real handshakes and requests over loopback.

use super::*;
use crate::{
    certificates::{Authority, names},
    folder::DataFolder,
    testing::{ask, connect},
    tls,
};
use axum::{Extension, response::IntoResponse, routing::get};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

const NOW_MS: u64 = 1_790_000_000_000;

struct Running {
    address: SocketAddr,
    ca_pem: String,
    stopping: CancellationToken,
    task: tokio::task::JoinHandle<()>,
    _temp: tempfile::TempDir,
}

impl Running {
    async fn stop(self) {
        self.stopping.cancel();
        self.task.await.unwrap();
    }
}

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_millis(300)).await;
    "slow"
}

async fn peer(Extension(peer): Extension<strongroom_api::PeerAddress>) -> String {
    peer.0.to_string()
}

/// Begins and never ends.
async fn events() -> impl IntoResponse {
    let endless = futures::stream::pending::<Result<String, Infallible>>();
    let begun = futures::stream::once(async { Ok("data: 1\n\n".to_owned()) });
    let body = Body::from_stream(futures::StreamExt::chain(begun, endless));
    ([(CONTENT_TYPE, "text/event-stream")], body)
}

async fn start(limits: ConnectionLimits) -> Running {
    let temp = tempfile::tempdir().unwrap();
    let folder = DataFolder::open(temp.path()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let now_ms = strongroom_types::Clock::now_ms(&crate::SystemClock).max(NOW_MS);
    let authority = Authority::open(&folder, now_ms).unwrap();
    let leaf = authority
        .leaf(&folder, &names(address, &[]), now_ms)
        .unwrap();
    let leaf = Arc::new(tls::CurrentLeaf::new(leaf).unwrap());
    let router = Router::new()
        .route("/", get(peer))
        .route("/events", get(events))
        .route("/slow", get(slow));
    let stopping = CancellationToken::new();
    let config = Arc::new(tls::server_config(leaf).unwrap());
    let transport = Transport::Tls(config);
    let task = tokio::spawn(accept(
        listener,
        transport,
        router,
        limits,
        stopping.clone(),
    ));
    Running {
        address,
        ca_pem: authority.certificate_pem().to_owned(),
        stopping,
        task,
        _temp: temp,
    }
}

#[tokio::test]
async fn the_leaf_verifies_under_the_authority_for_every_name() {
    let server = start(ConnectionLimits::default()).await;
    for name in ["localhost", "127.0.0.1", "::1"] {
        let mut stream = connect(server.address, &server.ca_pem, name, &[])
            .await
            .unwrap();
        let (_, session) = stream.get_ref();
        assert_eq!(
            session.protocol_version(),
            Some(rustls::ProtocolVersion::TLSv1_3)
        );
        assert_eq!(
            session.negotiated_key_exchange_group().unwrap().name(),
            rustls::NamedGroup::X25519MLKEM768
        );
        assert!(ask(&mut stream, "/").await.ends_with("127.0.0.1"));
    }
    server.stop().await;
}

#[tokio::test]
async fn another_authority_or_name_is_refused() {
    let server = start(ConnectionLimits::default()).await;
    let other = start(ConnectionLimits::default()).await;
    let wrong_ca = connect(server.address, &other.ca_pem, "localhost", &[]).await;
    assert!(wrong_ca.is_err());
    let wrong_name = connect(server.address, &server.ca_pem, "elsewhere.example", &[]).await;
    assert!(wrong_name.is_err());
    server.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn http2_is_preferred_and_plain_text_gets_nothing() {
    let server = start(ConnectionLimits::default()).await;
    let stream = connect(
        server.address,
        &server.ca_pem,
        "localhost",
        &[b"http/1.1", b"h2"],
    )
    .await
    .unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let mut plain = TcpStream::connect(server.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    plain.read_to_end(&mut answer).await.ok();
    assert!(!answer.starts_with(b"HTTP"));
    drop(stream);
    server.stop().await;
}

#[tokio::test]
async fn stopping_lets_requests_end_and_takes_no_new_ones() {
    let server = start(ConnectionLimits::default()).await;
    let (address, ca_pem) = (server.address, server.ca_pem.clone());
    let request = tokio::spawn(async move {
        let mut stream = connect(address, &ca_pem, "localhost", &[]).await.unwrap();
        ask(&mut stream, "/slow").await
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop().await;
    assert!(request.await.unwrap().ends_with("slow"));
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn stopping_ends_event_streams_at_once() {
    let server = start(ConnectionLimits::default()).await;
    let (address, ca_pem) = (server.address, server.ca_pem.clone());
    let request = tokio::spawn(async move {
        let mut stream = connect(address, &ca_pem, "localhost", &[]).await.unwrap();
        ask(&mut stream, "/events").await
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    tokio::time::timeout(Duration::from_secs(3), server.stop())
        .await
        .unwrap();
    assert!(request.await.unwrap().contains("data: 1"));
}

#[tokio::test]
async fn silent_strangers_are_shown_out() {
    let short = Duration::from_millis(200);
    let server = start(ConnectionLimits {
        connections: 1,
        handshake: short,
        headers: short,
        idle: short,
        ..ConnectionLimits::default()
    })
    .await;
    // says nothing at all
    let mut mute = TcpStream::connect(server.address).await.unwrap();
    assert_eq!(mute.read(&mut [0; 16]).await.unwrap_or(0), 0);
    // never ends its headers; with one connection at a time it would block all others
    let mut slow = connect(server.address, &server.ca_pem, "localhost", &[])
        .await
        .unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
    let mut rest = Vec::new();
    slow.read_to_end(&mut rest).await.ok();
    // speaks HTTP/2 and asks nothing
    let mut idle = connect(server.address, &server.ca_pem, "localhost", &[b"h2"])
        .await
        .unwrap();
    idle.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .await
        .unwrap();
    idle.read_to_end(&mut rest).await.ok();
    drop(idle);
    let mut good = connect(server.address, &server.ca_pem, "localhost", &[])
        .await
        .unwrap();
    assert!(ask(&mut good, "/").await.ends_with("127.0.0.1"));
    server.stop().await;
}

/// One HTTP/1.1 connection without network and TLS: the near end is served by the answer.
fn serve_http1(limits: ConnectionLimits) -> (DuplexStream, impl Future<Output = ()>) {
    let (far, near) = tokio::io::duplex(1 << 16);
    let temp = tempfile::tempdir().unwrap();
    let folder = DataFolder::open(temp.path()).unwrap();
    let authority = Authority::open(&folder, NOW_MS).unwrap();
    let peer = SocketAddr::from(([127, 0, 0, 1], 1));
    let leaf = authority.leaf(&folder, &names(peer, &[]), NOW_MS).unwrap();
    let leaf = Arc::new(tls::CurrentLeaf::new(leaf).unwrap());
    let shared = Shared {
        tls: Some(TlsAcceptor::from(Arc::new(
            tls::server_config(leaf).unwrap(),
        ))),
        http: http(),
        router: Router::new().route("/", get(self::peer)),
        limits,
        stopping: CancellationToken::new(),
        cut: CancellationToken::new(),
    };
    (far, async move {
        serve_requests(&shared, near, false, peer).await;
    })
}

async fn ask_and_stay(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> String {
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    let mut some = [0; 512];
    while !answer.ends_with("127.0.0.1") {
        let count = stream.read(&mut some).await.unwrap();
        assert_ne!(count, 0, "cut after {answer:?}");
        answer.push_str(std::str::from_utf8(&some[..count]).unwrap());
    }
    answer
}

#[tokio::test]
async fn between_requests_the_limit_for_headers_does_not_run() {
    let headers = Duration::from_millis(100);
    let (mut far, served) = serve_http1(ConnectionLimits {
        headers,
        ..ConnectionLimits::default()
    });
    let client = async {
        assert!(ask_and_stay(&mut far).await.starts_with("HTTP/1.1 200"));
        tokio::time::sleep(headers * 3).await;
        assert!(ask_and_stay(&mut far).await.starts_with("HTTP/1.1 200"));
        // Headers that begin and do not end are no idleness, after any number of requests.
        far.write_all(b"GET / HTTP/1.1\r\nhost:").await.unwrap();
        let mut rest = Vec::new();
        far.read_to_end(&mut rest).await.unwrap();
        assert!(rest.is_empty());
    };
    tokio::join!(client, served);
}

#[tokio::test]
async fn headers_that_come_drop_by_drop_get_no_more_time() {
    let (mut far, served) = serve_http1(ConnectionLimits {
        headers: Duration::from_millis(100),
        ..ConnectionLimits::default()
    });
    let drip = async {
        far.write_all(b"GET / HTTP/1.1\r\nlong: ").await.unwrap();
        while far.write_all(b"a").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::join!(drip, served);
}

#[tokio::test]
async fn an_idle_connection_is_closed_with_a_goodbye() {
    let server = start(ConnectionLimits {
        idle: Duration::from_millis(100),
        ..ConnectionLimits::default()
    })
    .await;
    let mut stream = connect(server.address, &server.ca_pem, "localhost", &[])
        .await
        .unwrap();
    ask_and_stay(&mut stream).await;
    // Without close_notify this is an error.
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());
    server.stop().await;
}

#[tokio::test]
async fn huge_headers_are_refused() {
    let server = start(ConnectionLimits::default()).await;
    let mut stream = connect(server.address, &server.ca_pem, "localhost", &[])
        .await
        .unwrap();
    let request = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nbig: {}\r\n\r\n",
        "a".repeat(1 << 20)
    );
    stream.write_all(request.as_bytes()).await.ok();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok();
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
    server.stop().await;
}
