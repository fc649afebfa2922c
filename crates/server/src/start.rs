//! Putting the pieces together, bottom up: folder, keys, database, domain, API, TLS.

use crate::{
    accept::{Transport, accept},
    acme::{Acme, AcmeStatus, CHALLENGE_PROTOCOL, Choice},
    background::{self, Renewal},
    certificates::{self, Authority},
    disks::FolderDisks,
    folder::DataFolder,
    local,
    options::ServeOptions,
    start_error::StartError,
    telemetry, tls,
};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use strongroom_api::ApiConfig;
use strongroom_blobs::LocalBlobs;
use strongroom_crypto::{Secret16, opaque::ServerSetup, sha256};
use strongroom_domain::{Domain, DomainParts};
use strongroom_store::{
    Store,
    sqlite::{SqliteOptions, SqliteStore},
};
use strongroom_types::{Rng, TimestampMs};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use zeroize::Zeroizing;

/// A server that takes requests. Dropping it asks it to stop; [`RunningServer::stop`] also
/// waits until it has.
pub struct RunningServer {
    /// For clients, without a path: `https://localhost:8443`.
    pub url: String,
    /// For everybody, with a certificate by ACME: `https://rooms.example.org`.
    pub public_urls: Vec<String>,
    /// For browsers of this machine, on loopback without TLS: `http://localhost:8080`.
    pub local_url: Option<String>,
    /// Where it listens.
    pub addr: SocketAddr,
    /// The certificate to check connections against, PEM.
    pub ca_pem: String,
    /// The file that holds it.
    pub ca_file: PathBuf,
    /// SHA-256 of that certificate (DER), hexadecimal.
    pub ca_fingerprint: String,
    /// A new one-time set-up code, as long as there is no tenant. A secret.
    pub setup_code: Option<String>,
    acme: Option<watch::Receiver<AcmeStatus>>,
    stopping: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl RunningServer {
    /// Takes no new requests, lets those in flight end, and returns when all is closed: the
    /// data folder can be opened again.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        self.wait().await;
    }

    /// How it goes with the certificate of a public authority, if one was asked for.
    pub fn acme_status(&self) -> Option<watch::Receiver<AcmeStatus>> {
        self.acme.clone()
    }

    /// Asks it to stop and returns at once.
    pub fn begin_stop(&self) {
        self.stopping.cancel();
    }

    /// Returns when the server has ended.
    pub async fn wait(&mut self) {
        if let Some(task) = self.task.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the server's main task failed");
        }
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}

/// Starts a server and returns when it takes requests. Must be called in a tokio runtime.
pub async fn start(options: ServeOptions) -> Result<RunningServer, StartError> {
    let ServeOptions {
        data,
        listen,
        local_http_port,
        mut names,
        acme,
        json: _,
        otlp_endpoint: _,
        limits,
        rates,
        domain: domain_config,
        clock,
        mut rng,
        web_client,
        wrap_router,
    } = options;
    if let Some(root) = acme.as_ref().and_then(|acme| acme.root.as_ref()) {
        CertificateDer::from_pem_file(root)
            .map_err(|error| StartError::AcmeRoot(root.clone(), error))?;
    }
    let folder = Arc::new(DataFolder::open(&data)?);
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| StartError::Listen(listen, error))?;
    let addr = listener.local_addr()?;
    let local = match local_http_port {
        Some(port) => Some(local::listen(port).await?),
        None => None,
    };

    let database_key = database_key(&folder, &mut *rng)?;
    let opaque = opaque_setup(&folder, &mut *rng)?;
    let store: Arc<dyn Store> = Arc::new(
        SqliteStore::open(&folder.database(), &database_key, SqliteOptions::default())
            .map_err(|error| StartError::Database(folder.database(), error))?,
    );
    let blobs = Arc::new(
        LocalBlobs::open(folder.root())
            .map_err(|error| StartError::Blobs(folder.blobs(), error))?,
    );

    let setup_code = setup_code(&*store, clock.now_ms(), &mut *rng).await?;

    let authority = Authority::open(&folder, clock.now_ms())?;
    let acme_names = acme.as_ref().map(|acme| acme.host_names());
    let acme_names = acme_names.unwrap_or_default();
    // our own clients come by these names too
    names.extend(acme_names.iter().cloned());
    let names = certificates::names(addr, &names);
    let leaf = authority.leaf(&folder, &names, clock.now_ms())?;
    let current = Arc::new(tls::CurrentLeaf::new(leaf)?);
    let ca_pem = authority.certificate_pem().to_owned();
    let acme = acme.map(|options| Acme::open(options, Arc::clone(&folder), Arc::clone(&clock)));
    let acme = acme.transpose()?;
    let tls = Arc::new(match &acme {
        None => tls::server_config(current.clone())?,
        Some(acme) => {
            let choice = Choice::new(Arc::clone(&current), &ca_pem, acme.public())?;
            let mut config = tls::server_config(Arc::new(choice))?;
            config.alpn_protocols.push(CHALLENGE_PROTOCOL.to_vec());
            config
        }
    });
    let acme_status = acme.as_ref().map(Acme::status);
    let ca_fingerprint = authority.fingerprint().to_string();

    let domain = Domain::new(DomainParts {
        store,
        blobs,
        disks: Arc::new(FolderDisks {
            database: folder.root().to_owned(),
            files: folder.blobs(),
        }),
        clock: Arc::clone(&clock),
        rng,
        opaque,
        config: domain_config,
    });
    // the ACME server has found this server on port 443, whatever it listens on
    let public_urls = acme_names.iter().map(|name| format!("https://{name}"));
    let public_urls: Vec<String> = public_urls.collect();
    let url = url(addr);
    let recorder = telemetry::recorder();
    let render = recorder.clone();
    let router = strongroom_api::router(
        Arc::clone(&domain),
        ApiConfig {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            public_url: Some(public_urls.first().unwrap_or(&url).clone()),
            ca_pem: Some(ca_pem.clone()),
            render_metrics: render
                .map(|handle| Arc::new(move || handle.render()) as strongroom_api::RenderMetrics),
            body_timeout: limits.body,
            stream_idle_timeout: limits.stall,
            part_timeout: limits.part,
            rates,
            certificate: acme_status.clone().map(|status| {
                let clock = Arc::clone(&clock);
                let words = move || status.borrow().sentence(clock.now_ms());
                Arc::new(words) as strongroom_api::CertificateWords
            }),
            pages: Some(Arc::new(move |method, uri, headers| {
                web_client.answer(method, uri, headers)
            })),
            ..ApiConfig::default()
        },
    );
    let router = match wrap_router {
        Some(wrap) => wrap(router),
        None => router,
    };

    let stopping = CancellationToken::new();
    let background = TaskTracker::new();
    let renewal = Renewal {
        folder: Arc::clone(&folder),
        authority,
        names,
        current,
        clock,
    };
    background::start(domain, renewal, acme, recorder, &stopping, &background);
    background.close();
    let ca_file = folder.ca_file();
    let accepting = TaskTracker::new();
    let local_url = local.as_ref().map(|(port, _)| local::url(*port));
    if let Some((port, listeners)) = local {
        for listener in listeners {
            let (router, limits) = (local::guarded(router.clone(), port), limits.clone());
            let plain = Transport::Plain;
            accepting.spawn(accept(listener, plain, router, limits, stopping.clone()));
        }
    }
    let tls = Transport::Tls(tls);
    accepting.spawn(accept(listener, tls, router, limits, stopping.clone()));
    accepting.close();
    let task = tokio::spawn(async move {
        accepting.wait().await;
        background.wait().await;
        // the lock goes last
        drop(folder);
    });
    Ok(RunningServer {
        url,
        public_urls,
        local_url,
        addr,
        ca_pem,
        ca_file,
        ca_fingerprint,
        setup_code,
        acme: acme_status,
        stopping,
        task: Some(task),
    })
}

fn database_key(folder: &DataFolder, rng: &mut dyn Rng) -> Result<Zeroizing<[u8; 32]>, StartError> {
    let key = folder.data_key("database.key", || {
        let mut key = Zeroizing::new(vec![0; 32]);
        rng.fill_bytes(&mut key);
        key
    })?;
    let mut array = Zeroizing::new([0; 32]);
    if key.len() != array.len() {
        return Err(crate::FolderError::KeyDamaged(folder.keys().join("database.key")).into());
    }
    array.copy_from_slice(&key);
    Ok(array)
}

fn opaque_setup(folder: &DataFolder, rng: &mut dyn Rng) -> Result<ServerSetup, StartError> {
    let bytes = folder.data_key("opaque.seed", || ServerSetup::make(rng).to_bytes())?;
    Ok(ServerSetup::from_bytes(&bytes)
        .map_err(|_| crate::FolderError::KeyDamaged(folder.keys().join("opaque.seed")))?)
}

/// While there is no tenant, every start makes a new code: the last one may be lost, and
/// only its hash was kept.
async fn setup_code(
    store: &dyn Store,
    now_ms: TimestampMs,
    rng: &mut dyn Rng,
) -> Result<Option<String>, StartError> {
    let tenants = store.tenants().await;
    if !tenants.map_err(StartError::SetupCode)?.is_empty() {
        return Ok(None);
    }
    let secret = Secret16::make(rng);
    store
        .put_setup_code(sha256(secret.danger_bytes()), now_ms)
        .await
        .map_err(StartError::SetupCode)?;
    Ok(Some(format!("SR-SETUP-{}", secret.to_code())))
}

/// The address as people type it.
fn url(addr: SocketAddr) -> String {
    let ip = addr.ip();
    let host = if ip.is_loopback() {
        "localhost".to_owned()
    } else if ip.is_unspecified() {
        let host = rustix::system::uname();
        host.nodename().to_string_lossy().into_owned()
    } else if ip.is_ipv6() {
        format!("[{ip}]")
    } else {
        ip.to_string()
    };
    format!("https://{host}:{}", addr.port())
}

#[cfg(test)]
mod tests;
