//! HTTP/1.1 as bytes: nothing is tidied up on the way out, and little is taken for granted
//! on the way in.

use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use std::{
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};
use strongroom_wire::{PROBLEM_MEDIA_TYPE, Problem, ProblemCode};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// Longer than any limit of the server: whoever waits so long has found a hang.
const PATIENCE: Duration = Duration::from_secs(45);

/// A request as it will be written.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
    /// Body in chunks instead of with its length.
    pub chunked: bool,
}

impl Request {
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            chunked: false,
        }
    }

    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers
            .push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(found, _)| found != name);
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.without("authorization")
            .header("authorization", format!("Bearer {token}"))
    }

    pub fn body(mut self, media: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media)
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!(
            "{} {} HTTP/1.1\r\nhost: localhost\r\n",
            self.method, self.target
        )
        .into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        if self.chunked {
            bytes.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n");
            for piece in self.body.chunks(4_001) {
                bytes.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
                bytes.extend_from_slice(piece);
                bytes.extend_from_slice(b"\r\n");
            }
            bytes.extend_from_slice(b"0\r\n\r\n");
            return bytes;
        }
        if !self.body.is_empty() || !matches!(self.method.as_str(), "GET" | "HEAD") {
            bytes.extend_from_slice(format!("content-length: {}\r\n", self.body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Whether the connection may be used again.
    pub keep: bool,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body[..self.body.len().min(600)]).into_owned()
    }

    pub fn success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        assert!(self.success(), "{}: {}", self.status, self.text());
        self
    }

    #[track_caller]
    pub fn json<T: serde::de::DeserializeOwned>(self) -> T {
        serde_json::from_slice(&self.ok().body).unwrap()
    }

    /// The problem; panics unless it has the form that all refusals have.
    #[track_caller]
    pub fn problem(&self) -> Problem {
        let text = self.text();
        assert!(self.status >= 400, "{}: {text}", self.status);
        assert_eq!(
            self.header("content-type"),
            Some(PROBLEM_MEDIA_TYPE),
            "{}: {text}",
            self.status
        );
        let problem: Problem = serde_json::from_slice(&self.body).expect(&text);
        assert_eq!(problem.status, self.status, "{text}");
        let by_http = [405, 408, 415].contains(&self.status);
        assert!(by_http || problem.code.status() == self.status, "{text}");
        assert_eq!(
            self.header("retry-after").is_some(),
            problem.code == ProblemCode::TooManyRequests,
            "{text}"
        );
        problem
    }

    #[track_caller]
    pub fn refused(&self, code: ProblemCode) -> Problem {
        let problem = self.problem();
        assert_eq!(problem.code, code, "{}", self.text());
        problem
    }
}

/// Connections to one server.
pub struct Wire {
    pub address: SocketAddr,
    config: Arc<ClientConfig>,
    idle: Mutex<Vec<Connection>>,
}

pub fn client_config(ca_pem: &str, alpn: &[&[u8]]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap())
        .unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    config
}

impl Wire {
    pub fn new(address: SocketAddr, ca_pem: &str) -> Self {
        Self {
            address,
            config: Arc::new(client_config(ca_pem, &[])),
            idle: Mutex::default(),
        }
    }

    pub async fn connect(&self) -> Connection {
        self.try_connect().await.unwrap()
    }

    pub async fn try_connect(&self) -> io::Result<Connection> {
        self.over(TcpStream::connect(self.address).await?).await
    }

    /// From another address of this machine.
    pub async fn try_connect_from(&self, own: IpAddr) -> io::Result<Connection> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((own, 0).into())?;
        self.over(socket.connect(self.address).await?).await
    }

    async fn over(&self, stream: TcpStream) -> io::Result<Connection> {
        stream.set_nodelay(true)?;
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(self.config.clone())
            .connect(name, stream)
            .await?;
        Ok(Connection {
            stream,
            buffer: Vec::new(),
        })
    }

    /// Asks on a connection that is open, or on a new one.
    pub async fn try_ask(&self, request: &Request) -> io::Result<Answer> {
        let bytes = request.bytes();
        let head = request.method == "HEAD";
        let old = self.idle.lock().unwrap().pop();
        if let Some(mut connection) = old
            && let Ok(answer) = connection.exchange(&bytes, head).await
        {
            return Ok(self.keep(connection, answer));
        }
        let mut connection = self.connect().await;
        let answer = connection.exchange(&bytes, head).await?;
        Ok(self.keep(connection, answer))
    }

    pub async fn ask(&self, request: &Request) -> Answer {
        match self.try_ask(request).await {
            Ok(answer) => answer,
            Err(error) => panic!(
                "{} {}: no answer: {error}",
                request.method,
                &request.target[..request.target.len().min(200)]
            ),
        }
    }

    fn keep(&self, connection: Connection, answer: Answer) -> Answer {
        if answer.keep {
            self.idle.lock().unwrap().push(connection);
        }
        answer
    }
}

pub struct Connection {
    pub stream: TlsStream<TcpStream>,
    buffer: Vec<u8>,
}

impl Connection {
    /// Writes and reads at the same time: an early answer is heard.
    pub async fn exchange(&mut self, bytes: &[u8], head: bool) -> io::Result<Answer> {
        let (mut reader, mut writer) = tokio::io::split(&mut self.stream);
        let write = async {
            writer.write_all(bytes).await?;
            writer.flush().await
        };
        let read = read_answer(&mut reader, &mut self.buffer, head);
        tokio::pin!(write, read);
        let mut written = None;
        let both = async {
            loop {
                tokio::select! {
                    biased;
                    answer = &mut read => {
                        let mut answer = answer?;
                        answer.keep &= matches!(written, Some(Ok(())));
                        return Ok(answer);
                    }
                    result = &mut write, if written.is_none() => written = Some(result),
                }
            }
        };
        tokio::time::timeout(PATIENCE, both)
            .await
            .unwrap_or_else(|_| panic!("the server hangs"))
    }

    /// What was read beyond the last answer.
    pub fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }
}

async fn more(reader: &mut (impl AsyncRead + Unpin), buffer: &mut Vec<u8>) -> io::Result<usize> {
    let mut piece = [0; 16_384];
    let read = reader.read(&mut piece).await?;
    buffer.extend_from_slice(&piece[..read]);
    Ok(read)
}

/// The bytes before and after `mark`, read as far as needed.
async fn until(
    reader: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
    mark: &[u8],
) -> io::Result<Vec<u8>> {
    let mut from = 0;
    loop {
        if let Some(place) = buffer[from..]
            .windows(mark.len())
            .position(|window| window == mark)
        {
            let mut found: Vec<u8> = buffer.drain(..from + place + mark.len()).collect();
            found.truncate(from + place);
            return Ok(found);
        }
        from = buffer.len().saturating_sub(mark.len() - 1);
        if more(reader, buffer).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
}

async fn exactly(
    reader: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
    length: usize,
) -> io::Result<Vec<u8>> {
    while buffer.len() < length {
        if more(reader, buffer).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(buffer.drain(..length).collect())
}

async fn read_answer(
    reader: &mut (impl AsyncRead + Unpin),
    buffer: &mut Vec<u8>,
    head: bool,
) -> io::Result<Answer> {
    loop {
        let text = until(reader, buffer, b"\r\n\r\n").await?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let mut lines = text.split("\r\n");
        let line = lines.next().unwrap_or_default();
        let mut words = line.split(' ');
        let version = words.next().unwrap_or_default();
        assert!(version == "HTTP/1.1" || version == "HTTP/1.0", "{line}");
        let status: u16 = words.next().unwrap().parse().unwrap();
        let headers: Vec<(String, String)> = lines
            .map(|line| {
                let (name, value) = line.split_once(':').expect(line);
                (name.to_ascii_lowercase(), value.trim().to_owned())
            })
            .collect();
        if (100..200).contains(&status) {
            continue;
        }
        let mut answer = Answer {
            status,
            keep: version == "HTTP/1.1",
            headers,
            body: Vec::new(),
        };
        if answer
            .header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
        {
            answer.keep = false;
        }
        let endless = answer.header("content-type") == Some("text/event-stream");
        if endless {
            // Its first words are enough.
            answer.keep = false;
            return Ok(answer);
        }
        if head || status == 204 || status == 304 {
            return Ok(answer);
        }
        if let Some(length) = answer.header("content-length") {
            let length = length.parse().unwrap();
            answer.body = exactly(reader, buffer, length).await?;
        } else if answer.header("transfer-encoding") == Some("chunked") {
            loop {
                let size = until(reader, buffer, b"\r\n").await?;
                let size = usize::from_str_radix(&String::from_utf8_lossy(&size), 16).unwrap();
                let mut piece = exactly(reader, buffer, size + 2).await?;
                piece.truncate(size);
                answer.body.extend(piece);
                if size == 0 {
                    break;
                }
            }
        } else {
            answer.keep = false;
            while more(reader, buffer).await? > 0 {}
            answer.body = std::mem::take(buffer);
        }
        return Ok(answer);
    }
}
