//! Plain HTTP for the browsers of the machine that the server runs on: no certificate warning
//! at the first run. Browsers take `http://localhost` for as secure as TLS, as nothing leaves the
//! machine; so this never listens on any other address, and takes requests for no other name.

use crate::StartError;
use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, Response, StatusCode, header},
    middleware::{self, Next},
};
use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
};
use tokio::net::TcpListener;

/// What a request may name as its host. A page of elsewhere whose name points to 127.0.0.1 (DNS
/// rebinding) sends that name.
const HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

const REFUSED: &str =
    "This address is for browsers on this machine: open it as http://localhost.\n";

/// Listens on the loopback addresses alone; port 0 takes a free one. Both must be had, or
/// another program could be what browsers find under `localhost`.
pub async fn listen(port: u16) -> Result<(u16, Vec<TcpListener>), StartError> {
    let first = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let port = first.local_addr()?.port();
    let mut listeners = vec![first];
    match bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
        Ok(second) => listeners.push(second),
        // a machine without IPv6
        Err(StartError::Listen(_, error))
            if matches!(
                error.kind(),
                io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
            ) => {}
        Err(error) => return Err(error),
    }
    Ok((port, listeners))
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| StartError::Listen(address, error))
}

/// What browsers of this machine are told.
pub fn url(port: u16) -> String {
    format!("http://localhost:{port}")
}

/// Lets only requests through that name this machine's own loopback, and takes back the promise
/// that this host speaks TLS everywhere.
pub fn guarded(router: Router, port: u16) -> Router {
    router.layer(middleware::from_fn(
        move |request: Request, next: Next| async move {
            if !is_local(request.headers(), port) {
                let mut refused = Response::new(Body::from(REFUSED));
                *refused.status_mut() = StatusCode::MISDIRECTED_REQUEST;
                return refused;
            }
            let mut response = next.run(request).await;
            response
                .headers_mut()
                .remove(header::STRICT_TRANSPORT_SECURITY);
            response
        },
    ))
}

fn is_local(headers: &HeaderMap, port: u16) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    HOSTS.iter().any(|known| {
        let with_port = format!("{known}:{port}");
        let host = host.as_bytes();
        host.eq_ignore_ascii_case(with_port.as_bytes())
            || (port == 80 && host.eq_ignore_ascii_case(known.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{http::HeaderValue, routing::get};
    use tower::ServiceExt;

    #[test]
    fn only_loopback_names_with_the_own_port_pass() {
        let headers = |hosts: &[&str]| -> HeaderMap {
            let value = |host: &&str| HeaderValue::from_str(host).unwrap();
            hosts
                .iter()
                .map(|host| (header::HOST, value(host)))
                .collect()
        };
        for good in [
            "localhost:8080",
            "LOCALHOST:8080",
            "127.0.0.1:8080",
            "[::1]:8080",
        ] {
            assert!(is_local(&headers(&[good]), 8080), "{good}");
        }
        assert!(is_local(&headers(&["localhost"]), 80));
        for bad in [
            "localhost",
            "localhost:8081",
            "localhost.evil.example:8080",
            "evil.example:8080",
            "evil.example",
            "127.0.0.2:8080",
            "192.168.1.5:8080",
            "localhost:8080@evil.example",
            "",
        ] {
            assert!(!is_local(&headers(&[bad]), 8080), "{bad}");
        }
        assert!(!is_local(&headers(&[]), 8080));
        assert!(!is_local(
            &headers(&["localhost:8080", "evil.example"]),
            8080
        ));
    }

    #[tokio::test]
    async fn a_rebound_name_gets_nothing_of_the_answer() {
        let router = Router::new().route(
            "/",
            get(|| async { ([("strict-transport-security", "max-age=1")], "inside") }),
        );
        let ask = async |host: &str| {
            let request = Request::get("/").header("host", host).body(Body::empty());
            let router = guarded(router.clone(), 8080);
            router.oneshot(request.unwrap()).await.unwrap()
        };
        let good = ask("localhost:8080").await;
        assert_eq!(good.status(), 200);
        assert!(!good.headers().contains_key("strict-transport-security"));
        let bad = ask("evil.example:8080").await;
        assert_eq!(bad.status(), 421);
        let text = axum::body::to_bytes(bad.into_body(), 1000).await.unwrap();
        assert!(!text.starts_with(b"inside"));
    }

    #[tokio::test]
    async fn both_loopbacks_are_taken_and_no_other_address() {
        let (port, listeners) = listen(0).await.unwrap();
        assert_ne!(port, 0);
        for listener in &listeners {
            let address = listener.local_addr().unwrap();
            assert!(address.ip().is_loopback(), "{address}");
            assert_eq!(address.port(), port);
        }
        let taken = listen(port).await.err().unwrap();
        assert_eq!(taken.code(), "address_in_use");
    }
}
