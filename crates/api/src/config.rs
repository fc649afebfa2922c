use crate::rate::{RateLimits, Rates};
use axum::{
    http::{Extensions, HeaderMap, Method, Uri},
    response::Response,
};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};
use strongroom_domain::Domain;

/// Renders the metrics in Prometheus' text format.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// Says in one sentence how it goes with the certificate of a public authority.
pub type CertificateWords = Arc<dyn Fn() -> String + Send + Sync>;

/// Answers what no operation takes, with what it does not answer being not found.
pub type Pages = Arc<dyn Fn(&Method, &Uri, &HeaderMap) -> Option<Response> + Send + Sync>;

/// Address of the other end of the connection. The accept loop puts it into the extensions
/// of every request; where it is missing, all such requests count as one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PeerAddress(pub IpAddr);

/// Where a peer is, as far as limits go: an IPv4 address, or an IPv6 network of 64 bits, which
/// one household or host has as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Network {
    V4(u32),
    V6(u64),
}

impl PeerAddress {
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions
            .get::<Self>()
            .copied()
            .unwrap_or(Self(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
    }

    /// What limits count it under.
    pub fn network(self) -> Network {
        match self.0.to_canonical() {
            IpAddr::V4(address) => Network::V4(address.to_bits()),
            IpAddr::V6(address) => {
                Network::V6(u64::try_from(address.to_bits() >> 64).unwrap_or_default())
            }
        }
    }
}

/// What the router needs besides the domain.
#[derive(Clone)]
pub struct ApiConfig {
    /// Version of the server program, for `GET /v1/server`.
    pub version: String,
    /// The address for everybody, without a path, for `GET /v1/server`; `None` names none.
    pub public_url: Option<String>,
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
    /// How long the body of a part may take to arrive as a whole.
    pub part_timeout: Duration,
    /// How often an idle event stream says that it is alive; each time it also checks that
    /// the session still is.
    pub event_keep_alive: Duration,
    /// How much one account, and one address, may ask for.
    pub rates: RateLimits,
    /// What `/readyz` says about the certificate of a public authority; `None` says nothing.
    pub certificate: Option<CertificateWords>,
    /// The web client; `None` has no pages.
    pub pages: Option<Pages>,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            public_url: None,
            ca_pem: None,
            render_metrics: None,
            request_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(20),
            stream_idle_timeout: Duration::from_secs(60),
            part_timeout: Duration::from_secs(30 * 60),
            event_keep_alive: Duration::from_secs(15),
            rates: RateLimits::default(),
            certificate: None,
            pages: None,
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
    pub rates: Rates,
}

impl Api {
    pub fn new(domain: Arc<Domain>, config: ApiConfig) -> Self {
        let rates = Rates::new(config.rates, &domain);
        Self(Arc::new(ApiParts {
            domain,
            config,
            rates,
        }))
    }
}

impl std::ops::Deref for Api {
    type Target = ApiParts;
    fn deref(&self) -> &ApiParts {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_household_is_one_network() {
        let network = |text: &str| PeerAddress(text.parse().unwrap()).network();
        assert_eq!(network("192.0.2.7"), network("::ffff:192.0.2.7"));
        assert_ne!(network("192.0.2.7"), network("192.0.2.8"));
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }
}
