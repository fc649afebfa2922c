//! Traces, for those who ask for them: one span for each request, sent to a collector by OTLP
//! over HTTP in JSON. A span tells the method, the route's pattern, the status and the time it
//! took. It holds no path, no id, no name, no address and no token, and no log lines go along.

use async_trait::async_trait;
use axum::body::{Body, Bytes};
use hyper::{
    Request, Response,
    client::conn::http1,
    header::{HOST, HeaderValue},
    http::uri::{PathAndQuery, Scheme},
};
use hyper_util::rt::TokioIo;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::{
    Resource,
    trace::{SdkTracer, SdkTracerProvider},
};
use std::{str::FromStr, time::Duration};
use tokio::{net::TcpStream, runtime::Handle};

/// Time for one batch.
const PATIENCE: Duration = Duration::from_secs(10);
/// What a collector may answer.
const ANSWER_BYTES: usize = 64 << 10;

/// Where a collector takes traces: `http://127.0.0.1:4318`, or with a path of its own. Only
/// `http`: a collector belongs on the same machine or network; it passes on over TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtlpEndpoint(String);

impl FromStr for OtlpEndpoint {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "has to look like http://127.0.0.1:4318";
        let uri: hyper::Uri = text.parse().map_err(|_| wrong)?;
        let plain = uri.scheme() == Some(&Scheme::HTTP) && uri.query().is_none();
        let authority = uri.authority().filter(|_| plain).ok_or(wrong)?;
        if authority.as_str().contains('@') {
            return Err(wrong);
        }
        let path = match uri.path() {
            "" | "/" => "/v1/traces",
            path => path,
        };
        Ok(Self(format!("http://{authority}{path}")))
    }
}

/// Spans on their way to a collector.
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Begins to send what [`Traces::tracer`] is given. Must be called in a tokio runtime.
    /// A collector that is not there costs spans, nothing else.
    ///
    /// # Errors
    /// A text for people when the exporter cannot be made.
    pub fn start(endpoint: &OtlpEndpoint) -> Result<Self, String> {
        let client = Client(Handle::current());
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpJson)
            .with_endpoint(&endpoint.0)
            .with_timeout(PATIENCE)
            .build()
            .map_err(|error| error.to_string())?;
        let resource = Resource::builder_empty().with_service_name("strongroom");
        let provider = SdkTracerProvider::builder()
            .with_resource(resource.build())
            .with_batch_exporter(exporter)
            .build();
        Ok(Self(provider))
    }

    pub(crate) fn tracer(&self) -> SdkTracer {
        self.0.tracer("strongroom")
    }

    /// Sends what is left.
    pub async fn finish(self) {
        // It waits for a thread of its own, which waits for this runtime.
        let ended = tokio::task::spawn_blocking(move || self.0.shutdown()).await;
        if let Ok(Err(error)) = ended {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

/// Sends batches from the exporter's own thread on the server's runtime.
#[derive(Debug)]
struct Client(Handle);

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // The exporter's thread knows no runtime: timers too have to be made on ours.
        let sent = async { tokio::time::timeout(PATIENCE, send(request)).await? };
        self.0.spawn(sent).await?
    }
}

async fn send(request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let (mut head, body) = request.into_parts();
    let authority = head.uri.authority().ok_or("no host")?.clone();
    let host = authority.host().trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, authority.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    head.headers
        .insert(HOST, HeaderValue::from_str(authority.as_str())?);
    let path = head.uri.path_and_query().cloned();
    head.uri = path.unwrap_or(PathAndQuery::from_static("/")).into();
    let answer = sender
        .send_request(Request::from_parts(head, Body::from(body)))
        .await?;
    let (head, body) = answer.into_parts();
    let body = axum::body::to_bytes(Body::new(body), ANSWER_BYTES).await?;
    connection.abort();
    Ok(Response::from_parts(head, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints() {
        let read = |text: &str| text.parse::<OtlpEndpoint>().map(|endpoint| endpoint.0);
        for (text, whole) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("http://collector/", "http://collector/v1/traces"),
            ("http://[::1]:9/in/traces", "http://[::1]:9/in/traces"),
        ] {
            assert_eq!(read(text).unwrap(), whole);
        }
        for wrong in [
            "",
            "collector:4318",
            "https://collector:4318",
            "http://me:secret@collector:4318",
            "http://collector/?key=1",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
