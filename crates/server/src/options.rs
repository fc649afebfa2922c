use crate::{AcmeOptions, ConnectionLimits, OtlpEndpoint, SystemClock, WebClient};
use axum::Router;
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use strongroom_api::RateLimits;
use strongroom_crypto::SystemRng;
use strongroom_domain::DomainConfig;
use strongroom_types::{Clock, Rng};

/// Puts something around the finished router.
pub type WrapRouter = Box<dyn FnOnce(Router) -> Router + Send>;

/// How a server is to run.
pub struct ServeOptions {
    /// The data folder; made when it is not there.
    pub data: PathBuf,
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Where browsers of this machine are served without TLS, on loopback alone; port 0 takes
    /// any free one. Nowhere if not said.
    pub local_http_port: Option<u16>,
    /// More host names and addresses for the certificate.
    pub names: Vec<String>,
    /// A certificate of a public authority, beside the own one.
    pub acme: Option<AcmeOptions>,
    /// Print one JSON line when ready instead of a text for people.
    pub json: bool,
    /// What strangers may hold, and for how long.
    pub limits: ConnectionLimits,
    /// How much one account, and one address, may ask for.
    pub rates: RateLimits,
    /// Limits and lifetimes of the use cases.
    pub domain: DomainConfig,
    /// Where [`crate::serve`] sends traces; nowhere if not said.
    pub otlp_endpoint: Option<OtlpEndpoint>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where keys and tokens come from.
    pub rng: Box<dyn Rng>,
    /// The page that browsers get.
    pub web_client: WebClient,
    /// Tests put a lying layer here; the address of the peer is known inside it.
    pub wrap_router: Option<WrapRouter>,
}

impl ServeOptions {
    /// A server on `data` and `listen` with the system's clock and randomness.
    pub fn new(data: impl Into<PathBuf>, listen: SocketAddr) -> Self {
        Self {
            data: data.into(),
            listen,
            local_http_port: None,
            names: Vec::new(),
            acme: None,
            json: false,
            limits: ConnectionLimits::default(),
            rates: RateLimits::default(),
            domain: DomainConfig::default(),
            otlp_endpoint: None,
            clock: Arc::new(SystemClock),
            rng: Box::new(SystemRng),
            web_client: WebClient::embedded(),
            wrap_router: None,
        }
    }
}
