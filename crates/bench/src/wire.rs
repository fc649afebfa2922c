//! HTTP/1.1 over TLS 1.3 with as little as possible in the way: what is measured is the
//! server, on a machine that it shares with its clients.

use anyhow::{Context, Result, bail, ensure};
use rustls::{ClientConnection, RootCertStore, StreamOwned, pki_types::ServerName};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    io::{Read, Write},
    net::TcpStream,
    ops::Range,
    path::Path,
    sync::Arc,
};
use strongroom_crypto::{Rng, SystemRng};

/// One connection that stays open.
pub struct Connection {
    stream: StreamOwned<ClientConnection, TcpStream>,
    host: String,
    token: String,
    request: Vec<u8>,
    answer: Vec<u8>,
}

/// Most bytes of an answer that is taken.
const ANSWER_MAX_BYTES: usize = 8 << 20;

impl Connection {
    /// Connects to `url` (`https://host:port`), trusting `ca_file` alone. `token` may be empty.
    pub fn open(url: &str, ca_file: &Path, token: &str) -> Result<Self> {
        let host = url
            .strip_prefix("https://")
            .context("the address begins with https://")?
            .trim_end_matches('/');
        let (name, _) = host.rsplit_once(':').context("the address has a port")?;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(ca_file)? {
            roots.add(certificate?)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(name.to_owned())?;
        let tcp = TcpStream::connect(host)?;
        tcp.set_nodelay(true)?;
        let tls = ClientConnection::new(Arc::new(config), name)?;
        Ok(Self {
            stream: StreamOwned::new(tls, tcp),
            host: host.to_owned(),
            token: token.to_owned(),
            request: Vec::new(),
            answer: Vec::new(),
        })
    }

    /// From now on as the holder of this session.
    pub fn log_in(&mut self, token: &str) {
        token.clone_into(&mut self.token);
    }

    /// Posts CBOR; an error for any answer but success.
    pub fn post(&mut self, path: &str, body: &[u8]) -> Result<()> {
        self.request("POST", path, "application/cbor", body)?;
        Ok(())
    }

    /// Posts JSON and reads JSON; `null` where the answer has no body.
    pub fn post_json<T: DeserializeOwned>(
        &mut self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T> {
        let answer = self.request("POST", path, "application/json", &serde_json::to_vec(body)?)?;
        let answer = if answer.is_empty() { b"null" } else { answer };
        Ok(serde_json::from_slice(answer)?)
    }

    /// Gets bytes.
    pub fn get(&mut self, path: &str) -> Result<&[u8]> {
        self.request("GET", path, "", &[])
    }

    fn request(&mut self, method: &str, path: &str, form: &str, body: &[u8]) -> Result<&[u8]> {
        let request = &mut self.request;
        request.clear();
        write!(
            request,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n",
            self.host
        )?;
        if !self.token.is_empty() {
            write!(request, "Authorization: Bearer {}\r\n", self.token)?;
        }
        if method != "GET" {
            let mut key = [0; 16];
            SystemRng.fill_bytes(&mut key);
            let key = data_encoding::HEXLOWER.encode(&key);
            let length = body.len();
            write!(
                request,
                "Idempotency-Key: {key}\r\nContent-Type: {form}\r\nContent-Length: {length}\r\n"
            )?;
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body);
        self.stream.write_all(request)?;
        self.stream.flush()?;
        self.read_answer()
    }

    fn read_answer(&mut self) -> Result<&[u8]> {
        self.answer.clear();
        let mut body = None;
        let mut buffer = [0; 4_096];
        while body
            .as_ref()
            .is_none_or(|body: &Range<usize>| self.answer.len() < body.end)
        {
            let read = self.stream.read(&mut buffer)?;
            ensure!(read > 0, "the server hung up");
            self.answer
                .extend_from_slice(buffer.get(..read).unwrap_or_default());
            ensure!(self.answer.len() <= ANSWER_MAX_BYTES, "an endless answer");
            if body.is_none() {
                body = body_place(&self.answer)?;
            }
        }
        if self.answer.starts_with(b"HTTP/1.1 2") {
            let body = body.and_then(|body| self.answer.get(body));
            return body.context("a whole answer");
        }
        bail!("refused: {}", String::from_utf8_lossy(&self.answer))
    }
}

/// Where the body of an answer begins and ends, once its head is there.
fn body_place(answer: &[u8]) -> Result<Option<Range<usize>>> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = String::from_utf8_lossy(answer.get(..end).unwrap_or_default());
    let begin = end + 4;
    Ok(Some(begin..begin + content_length(&head)?))
}

fn content_length(head: &str) -> Result<usize> {
    for line in head.lines() {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            return Ok(value.trim().parse()?);
        }
    }
    // 204 has none
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_in_pieces() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-LENGTH:  3\r\n\r\nabc";
        let begin = answer.len() - 3;
        for end in 0..begin {
            assert_eq!(
                body_place(answer.get(..end).unwrap()).unwrap(),
                None,
                "{end}"
            );
        }
        for end in begin..=answer.len() {
            let place = body_place(answer.get(..end).unwrap()).unwrap();
            assert_eq!(place, Some(begin..answer.len()));
        }
    }

    #[test]
    fn answers_without_a_body_and_without_sense() {
        let none = b"HTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(body_place(none).unwrap(), Some(none.len()..none.len()));
        assert!(body_place(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n").is_err());
    }
}
