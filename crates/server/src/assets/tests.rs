use super::*;
use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, HeaderValue, Method, Response, header},
};

fn client() -> WebClient {
    let files = [
        ("index.html", "<!doctype html>"),
        ("index.html.br", "small page"),
        ("assets/app-1.js", "long script"),
        ("assets/app-1.js.br", "brotli"),
        ("assets/app-1.js.gz", "gzip"),
        ("icon.svg", "<svg/>"),
    ];
    WebClient::new(files.map(|(name, text)| (name.to_owned(), text.as_bytes().into())))
}

fn ask(client: &WebClient, path: &str, headers: &[(&'static str, &str)]) -> Option<Response<Body>> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_str(value).unwrap());
    }
    client.answer(&Method::GET, &path.parse().unwrap(), &map)
}

async fn text(response: Response<Body>) -> String {
    let bytes = to_bytes(response.into_body(), 10_000).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn addresses_of_the_page_get_the_page_and_nothing_else_does() {
    let client = client();
    for page in [
        "/",
        "/vaults",
        "/vaults/abc/records?sort=1",
        "/sign-in",
        "/l/abc",
    ] {
        let response = ask(&client, page, &[]).unwrap();
        assert_eq!(response.headers()["cache-control"], "no-store", "{page}");
        assert_eq!(
            response.headers()["content-type"],
            "text/html; charset=utf-8"
        );
        assert_eq!(text(response).await, "<!doctype html>", "{page}");
    }
    for other in [
        "/v1/nothing",
        "//v1/vaults",
        "/vaults//v1",
        "/v1",
        "/assets/app-2.js",
        "/assets/vaults",
        "/assets/app-1.js.br",
        "/favicon.ico",
        "/index.html",
        "/vaults/x.php",
        "/livez/x",
        "/metrics",
    ] {
        assert!(ask(&client, other, &[]).is_none(), "{other}");
    }
    let post = client.answer(&Method::POST, &"/".parse().unwrap(), &HeaderMap::new());
    assert!(post.is_none());
}

#[tokio::test]
async fn the_smallest_copy_that_is_understood_is_sent() {
    let client = client();
    for (accepted, encoding, body) in [
        (None, None, "long script"),
        (Some("gzip, deflate, br, zstd"), Some("br"), "brotli"),
        (Some("gzip, br;q=0"), Some("gzip"), "gzip"),
        (Some("GZIP;q=0.5"), Some("gzip"), "gzip"),
        (Some("br;q=0.0, identity"), None, "long script"),
    ] {
        let asked: Vec<_> = accepted
            .map(|value| ("accept-encoding", value))
            .into_iter()
            .collect();
        let response = ask(&client, "/assets/app-1.js", &asked).unwrap();
        let headers = response.headers();
        let sent = headers.get(header::CONTENT_ENCODING);
        assert_eq!(sent.map(|sent| sent.to_str().unwrap()), encoding);
        assert_eq!(headers["vary"], "accept-encoding");
        assert_eq!(headers["content-length"], body.len().to_string());
        assert_eq!(text(response).await, body);
    }
}

#[tokio::test]
async fn hashed_names_are_kept_for_ever_and_others_are_asked_for_again() {
    let client = client();
    let script = ask(&client, "/assets/app-1.js", &[]).unwrap();
    assert_eq!(
        script.headers()["cache-control"],
        "public, max-age=31536000, immutable"
    );
    let icon = ask(&client, "/icon.svg", &[]).unwrap();
    assert_eq!(icon.headers()["cache-control"], "no-cache");
    let tag = icon.headers()["etag"].to_str().unwrap().to_owned();
    let again = ask(&client, "/icon.svg", &[("if-none-match", &tag)]).unwrap();
    assert_eq!(again.status(), 304);
    assert_eq!(text(again).await, "");
    let other = ask(&client, "/icon.svg", &[("if-none-match", "\"x\"")]).unwrap();
    assert_eq!(other.status(), 200);
    let packed = [("accept-encoding", "br")];
    let packed = ask(&client, "/assets/app-1.js", &packed).unwrap();
    assert_ne!(packed.headers()["etag"], script.headers()["etag"]);
}

#[test]
fn every_file_comes_under_the_strict_policy() {
    let client = client();
    for file in client.manifest() {
        let response = ask(&client, &file.path, &[]).unwrap();
        let headers = response.headers();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert_eq!(policy, CONTENT_SECURITY_POLICY);
        assert_eq!(headers["cross-origin-embedder-policy"], "require-corp");
    }
    assert!(CONTENT_SECURITY_POLICY.starts_with("default-src 'none';"));
    for loose in ["unsafe-inline", "'unsafe-eval'", "*", "http:", "https:"] {
        assert!(!CONTENT_SECURITY_POLICY.contains(loose), "{loose}");
    }
}

#[test]
fn the_manifest_names_what_is_delivered() {
    let client = client();
    let manifest = client.manifest();
    let paths: Vec<_> = manifest.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["/", "/assets/app-1.js", "/icon.svg"]);
    assert_eq!(manifest[1].sha256, sha256(b"long script"));
    assert_eq!(manifest[1].length, 11);
}

#[tokio::test]
async fn without_a_web_client_the_first_page_says_so() {
    let none = WebClient::default();
    let response = ask(&none, "/", &[]).unwrap();
    assert!(text(response).await.contains("cargo xtask web"));
    assert!(ask(&none, "/vaults", &[]).is_none());
    assert!(none.manifest().is_empty());
}

#[test]
fn a_head_request_gets_the_length_alone() {
    let client = client();
    let head = client
        .answer(&Method::HEAD, &"/".parse().unwrap(), &HeaderMap::new())
        .unwrap();
    assert_eq!(head.headers()["content-length"], "15");
    assert!(axum::body::HttpBody::is_end_stream(head.body()));
}
