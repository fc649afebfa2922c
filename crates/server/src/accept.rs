//! The accept loop: TLS (or nothing, on loopback), then HTTP/2 or HTTP/1.1 as agreed, with a limit on everything that
//! a stranger can hold.

use crate::{
    acme::CHALLENGE_PROTOCOL,
    idle::{Activity, BusyBody, Quiet, StallLimit},
    places::AddressPlaces,
};
use axum::{Router, body::Body};
use hyper::{Request, Response, body::Incoming, header::CONTENT_TYPE, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;

/// What strangers may hold, and for how long.
#[derive(Clone, Debug)]
pub struct ConnectionLimits {
    /// Connections at a time; more wait in the system's queue.
    pub connections: usize,
    /// Connections at a time from one address; more are closed at once. 0 sets no limit.
    pub per_address: usize,
    /// Time for the TLS handshake.
    pub handshake: Duration,
    /// Time for the headers of one HTTP/1.1 request, from their first byte; of the first one
    /// from the handshake.
    pub headers: Duration,
    /// Time for the body of one request that is no part of a file.
    pub body: Duration,
    /// Time for one part of a file.
    pub part: Duration,
    /// A connection without a request for this long is closed.
    pub idle: Duration,
    /// A peer that takes no byte, or sends none of a part, for this long is cut off.
    pub stall: Duration,
    /// Time that requests in flight get when the server stops.
    pub drain: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            per_address: 256,
            handshake: Duration::from_secs(10),
            headers: Duration::from_secs(10),
            body: Duration::from_secs(20),
            part: Duration::from_secs(30 * 60),
            idle: Duration::from_secs(120),
            stall: Duration::from_secs(60),
            drain: Duration::from_secs(10),
        }
    }
}

/// Bytes of all headers of one request.
const HEADER_BYTES: u32 = 16 << 10;
/// Headers of one HTTP/1.1 request.
const HEADERS: usize = 64;
/// Requests at a time on one HTTP/2 connection.
const STREAMS: u32 = 64;
/// Body bytes in flight for one request: enough for a fast network, little enough that
/// a part of 8 MiB never lies whole in memory.
const STREAM_WINDOW_BYTES: u32 = 1 << 20;
/// Body bytes in flight for one connection.
const CONNECTION_WINDOW_BYTES: u32 = 4 << 20;
/// HTTP/2 frames that we take, and what we queue of an answer.
const FRAME_BYTES: u32 = 64 << 10;
/// HTTP/1.1's read buffer, headers included.
const HTTP1_BUFFER_BYTES: usize = 256 << 10;

/// What lies between TCP and HTTP.
pub enum Transport {
    /// TLS, wherever a network is.
    Tls(Arc<rustls::ServerConfig>),
    /// Nothing, and HTTP/1.1: only for a listener on loopback.
    Plain,
}

struct Shared {
    tls: Option<TlsAcceptor>,
    http: Builder<TokioExecutor>,
    router: Router,
    limits: ConnectionLimits,
    stopping: CancellationToken,
    cut: CancellationToken,
}

/// Serves `router` on `listener` until `stopping`; then lets requests in flight end, but not
/// longer than the limit, and returns.
pub async fn accept(
    listener: TcpListener,
    transport: Transport,
    router: Router,
    limits: ConnectionLimits,
    stopping: CancellationToken,
) {
    let permits = Arc::new(Semaphore::new(limits.connections));
    let places = AddressPlaces::new(limits.per_address);
    let tracker = TaskTracker::new();
    let shared = Arc::new(Shared {
        tls: match transport {
            Transport::Tls(config) => Some(TlsAcceptor::from(config)),
            Transport::Plain => None,
        },
        http: http(),
        router,
        limits,
        stopping,
        cut: CancellationToken::new(),
    });
    while let Some((stream, peer, permit)) = next(&listener, &permits, &shared.stopping).await {
        let Some(place) = places.take(peer.ip()) else {
            tracing::debug!("closed a connection of an address that holds too many");
            continue;
        };
        let connection = Arc::clone(&shared);
        tracker.spawn(async move {
            tokio::select! {
                () = connection.cut.cancelled() => {}
                () = serve_connection(&connection, stream, peer) => {}
            }
            drop((permit, place));
        });
    }
    drop(listener);
    tracker.close();
    let drained = tokio::time::timeout(shared.limits.drain, tracker.wait()).await;
    if drained.is_err() {
        tracing::info!(
            left = tracker.len(),
            "cutting connections that did not end in time"
        );
        shared.cut.cancel();
        tracker.wait().await;
    }
}

/// The next connection, once there is room for it; `None` when the server stops.
async fn next(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
    stopping: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let one = async {
        let permit = Arc::clone(permits).acquire_owned().await.ok()?;
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => return Some((stream, peer, permit)),
                Err(error) => {
                    // out of file descriptors, most likely: pause, others will close theirs
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = stopping.cancelled() => None,
        connection = one => connection,
    }
}

fn http() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        // Hyper's own limit runs between requests too and cuts without a word: see `Activity`.
        .header_read_timeout(None)
        .max_headers(HEADERS)
        .max_buf_size(HTTP1_BUFFER_BYTES)
        .keep_alive(true)
        .half_close(false);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(HEADER_BYTES)
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_frame_size(FRAME_BYTES)
        .max_send_buf_size(256 << 10)
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(20));
    builder
}

fn is_event_stream(response: &Response<Body>) -> bool {
    response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/event-stream"))
}

async fn serve_connection(shared: &Shared, stream: TcpStream, peer: SocketAddr) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    give_up_on_the_dead(&stream, shared.limits.stall);
    let Some(tls) = &shared.tls else {
        return serve_requests(shared, stream, false, peer).await;
    };
    let handshake = tls.accept(stream);
    let mut stream = match tokio::time::timeout(shared.limits.handshake, handshake).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::debug!(%error, "TLS handshake failed"),
        Err(_) => return tracing::debug!("TLS handshake took too long"),
    };
    let protocol = stream.get_ref().1.alpn_protocol();
    if protocol == Some(CHALLENGE_PROTOCOL) {
        // its certificate was the whole answer
        let closing = stream.shutdown();
        tokio::time::timeout(shared.limits.handshake, closing)
            .await
            .ok();
        return;
    }
    let http2 = protocol == Some(b"h2");
    serve_requests(shared, stream, http2, peer).await;
}

/// A peer that vanished without a word takes nothing any more: without this, an idle event
/// stream would hold its place for a quarter of an hour.
fn give_up_on_the_dead(stream: &TcpStream, after: Duration) {
    let milliseconds = u32::try_from(after.as_millis()).unwrap_or(u32::MAX);
    if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, milliseconds) {
        tracing::debug!(%error, "cannot set TCP_USER_TIMEOUT");
    }
}

async fn serve_requests<S>(shared: &Shared, stream: S, http2: bool, peer: SocketAddr)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let stream = StallLimit::new(stream, shared.limits.stall);
    let (http, stream, activity) = if http2 {
        let http = shared.http.clone().http2_only();
        (http, stream, Arc::new(Activity::default()))
    } else {
        let activity = Arc::new(Activity::with_headers_due());
        let http = shared.http.clone().http1_only();
        (http, stream.telling(Arc::clone(&activity)), activity)
    };
    let service = service_fn(|mut request: Request<Incoming>| {
        let busy = activity.begin();
        request
            .extensions_mut()
            .insert(strongroom_api::PeerAddress(peer.ip()));
        let answer = shared.router.clone().oneshot(request.map(Body::new));
        let stopping = shared.stopping.clone();
        async move {
            let response: Response<Body> = answer.await.unwrap_or_else(|never| match never {});
            let endless = is_event_stream(&response);
            Ok::<_, Infallible>(response.map(|body| {
                let body = BusyBody::new(body, busy);
                if endless { body.until(stopping) } else { body }
            }))
        }
    });
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
    let mut ending = false;
    loop {
        tokio::select! {
            // What has come is looked at before time is called.
            biased;
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(%error, "connection ended");
                }
                return;
            }
            () = shared.stopping.cancelled(), if !ending => {
                ending = true;
                connection.as_mut().graceful_shutdown();
            }
            quiet = activity.quiet_for(shared.limits.idle, shared.limits.headers) => {
                if ending || quiet == Quiet::SlowHeaders {
                    // asked to go, and did not; or asks for nothing as slowly as it can
                    return tracing::debug!(?quiet, "cut a connection");
                }
                ending = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

#[cfg(test)]
mod tests;
