//! How a client that knows a server's authority only by its fingerprint comes to trust it.

use super::{Auth, Http, build, parse_url, read_body, tls};
use crate::{ClientError, Environment, Result};
use std::sync::RwLock;
use strongroom_crypto::sha256;
use strongroom_types::Digest;
use strongroom_wire::ServerInfo;

const CA_PATH: &str = "/v1/ca.pem";

impl Http {
    /// Connections to `url` that trust only the authority with this fingerprint, and its
    /// certificate (PEM).
    ///
    /// The certificate is asked from whoever answers at the address; that request says nothing
    /// about the one who asks. Nothing else is sent before the fingerprint is right and the
    /// server has shown a certificate of that authority.
    ///
    /// # Errors
    /// Integrity when the server has another authority, or cannot prove that it has this one.
    pub async fn by_fingerprint(
        url: &str,
        fingerprint: Digest,
        environment: &Environment,
    ) -> Result<(Self, Vec<u8>)> {
        let unchecked = Self::unchecked(url, environment.clone())?;
        let shown = unchecked.get_raw(CA_PATH, Auth::None, None).await?;
        let pem = read_body(shown, tls::CA_FILE_MAX_BYTES as usize).await?;
        if !tls::read_ca(&pem).is_ok_and(|ca| sha256(&ca) == fingerprint) {
            return Err(stranger(format!(
                "the server at {} has another certificate authority than the link names",
                unchecked.origin()
            )));
        }
        let checked = Self::new(url, &pem, environment.clone())?;
        // whoever stands between can pass the certificate on, but not prove that it is his
        match checked
            .get_json::<ServerInfo>("/v1/server", Auth::None)
            .await
        {
            Ok(_) => Ok((checked, pem)),
            Err(error) if error.code() == "wrong_ca" => Err(stranger(format!(
                "whoever answers at {} cannot prove to be the server that the link names",
                checked.origin()
            ))
            .with_source(error)),
            Err(error) => Err(error),
        }
    }

    /// Connections to anybody. Stays in this file: nothing that is worth something may go there.
    fn unchecked(url: &str, environment: Environment) -> Result<Self> {
        let base = parse_url(url)?;
        let config = tls::unchecked_config(&["h2", "http/1.1"])?;
        let client = build(config, Some(super::READ_TIMEOUT))?;
        Ok(Self {
            control: client.clone(),
            bulk: client.clone(),
            upload: client,
            base,
            environment,
            token: RwLock::new(None),
        })
    }
}

fn stranger(message: String) -> ClientError {
    ClientError::integrity("wrong_authority", message).with_hint(
        "the link was altered, or somebody stands between you and the server; nothing was sent. \
         Compare the link with whoever gave it to you, and tell your administrator",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use std::sync::{Arc, Mutex};
    use strongroom_testkit::liar::{Answer, Asked};
    use strongroom_testkit::world::World;

    fn authority(world: &World) -> (Vec<u8>, Digest) {
        let pem = std::fs::read(&world.server.ca_file).unwrap();
        let fingerprint = sha256(&tls::read_ca(&pem).unwrap());
        (pem, fingerprint)
    }

    /// Writes down what arrives at a server.
    fn watch(world: &World) -> Arc<Mutex<Vec<String>>> {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let list = Arc::clone(&seen);
        world.liar.take(Arc::new(move |asked: &Asked| {
            let line = format!("{} {}", asked.method, asked.uri.path());
            list.lock().unwrap().push(line);
            None
        }));
        seen
    }

    async fn refused(url: &str, fingerprint: Digest) -> ClientError {
        let tried = Http::by_fingerprint(url, fingerprint, &Environment::default()).await;
        let error = tried.err().unwrap();
        assert_eq!((error.exit_code(), error.code()), (5, "wrong_authority"));
        error
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_fingerprint_is_enough() {
        let world = World::start().await.unwrap();
        let (pem, fingerprint) = authority(&world);
        let url = &world.server.url;
        let environment = Environment::default();
        let (http, kept) = Http::by_fingerprint(url, fingerprint, &environment)
            .await
            .unwrap();
        assert_eq!(kept, pem);
        assert_eq!(&http.origin(), url);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn another_authority_is_refused_and_nothing_more_is_sent() {
        let world = World::start().await.unwrap();
        let (_, fingerprint) = authority(&world);
        let seen = watch(&world);
        let mut other = *fingerprint.as_bytes();
        other[31] ^= 1;
        refused(&world.server.url, Digest::from_bytes(other)).await;
        // no certificate at all, and more than anybody needs to read
        let lies: [(&'static [u8], i32); 2] = [(b"<html>", 5), (&[b'x'; 1 << 17], 1)];
        for (body, exit) in lies {
            world.liar.tell(Arc::new(move |answer: &mut Answer| {
                answer.body = Bytes::from_static(body);
                true
            }));
            let environment = Environment::default();
            let tried = Http::by_fingerprint(&world.server.url, fingerprint, &environment);
            let error = tried.await.err().unwrap();
            assert_eq!(i32::from(error.exit_code()), exit, "{error}");
        }
        assert_eq!(*seen.lock().unwrap(), ["GET /v1/ca.pem"; 3]);
    }

    /// Whoever stands between shows the right authority's certificate as it is in the open.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_certificate_that_was_passed_on_proves_nothing() {
        let between = World::start().await.unwrap();
        let (pem, fingerprint) = authority(&World::start().await.unwrap());
        let seen = watch(&between);
        between.liar.tell(Arc::new(move |answer: &mut Answer| {
            answer.body = pem.clone().into();
            true
        }));
        let error = refused(&between.server.url, fingerprint).await;
        assert!(error.to_string().contains("cannot prove"), "{error}");
        assert_eq!(*seen.lock().unwrap(), ["GET /v1/ca.pem"]);
    }
}
