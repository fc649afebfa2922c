use std::{fmt, net::IpAddr, sync::Arc, time::Duration};
use strongroom_domain::Domain;

/// Renders the metrics in Prometheus' text format.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// Address of the other end of the connection. The accept loop puts it into the extensions
/// of every request; where it is missing, all such requests count as one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PeerAddress(pub IpAddr);

/// What the router needs besides the domain.
#[derive(Clone)]
pub struct ApiConfig {
    /// Version of the server program, for `GET /v1/server`.
    pub version: String,
    /// Certificate of the private CA in PEM, served at `/v1/ca.pem`; `None` answers `not_found`.
    pub ca_pem: Option<String>,
    /// What `/metrics` answers; `None` answers `not_found`.
    pub render_metrics: Option<RenderMetrics>,
    /// How long an operation may take, its request body included. Streams (parts, content,
    /// events) are not bound by it.
    pub request_timeout: Duration,
    /// How long the body of such an operation may take to arrive.
    pub body_timeout: Duration,
    /// How long a stream may stand still before it is given up.
    pub stream_idle_timeout: Duration,
    /// How often an idle event stream says that it is alive; each time it also checks that
    /// the session still is.
    pub event_keep_alive: Duration,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ca_pem: None,
            render_metrics: None,
            request_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(20),
            stream_idle_timeout: Duration::from_secs(60),
            event_keep_alive: Duration::from_secs(15),
        }
    }
}

impl fmt::Debug for ApiConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiConfig")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// State of all handlers.
#[derive(Clone)]
pub(crate) struct Api(Arc<ApiParts>);

pub(crate) struct ApiParts {
    pub domain: Arc<Domain>,
    pub config: ApiConfig,
}

impl Api {
    pub fn new(domain: Arc<Domain>, config: ApiConfig) -> Self {
        Self(Arc::new(ApiParts { domain, config }))
    }
}

impl std::ops::Deref for Api {
    type Target = ApiParts;
    fn deref(&self) -> &ApiParts {
        &self.0
    }
}
