use super::*;
use crate::{
    FolderError, SystemClock,
    testing::{ask, connect},
};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

fn options(data: &Path) -> ServeOptions {
    ServeOptions::new(data, "127.0.0.1:0".parse().unwrap())
}

async fn get(server: &RunningServer, path: &str) -> String {
    let mut stream = connect(server.addr, &server.ca_pem, "localhost", &[])
        .await
        .unwrap();
    ask(&mut stream, path).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_folder_becomes_a_server_and_opens_again() {
    let temp = tempfile::tempdir().unwrap();
    let data = temp.path().join("data");
    let first = start(options(&data)).await.unwrap();
    assert_eq!(
        first.url,
        format!("https://localhost:{}", first.addr.port())
    );
    assert!(
        first
            .setup_code
            .as_deref()
            .unwrap()
            .starts_with("SR-SETUP-")
    );
    assert!(get(&first, "/livez").await.starts_with("HTTP/1.1 200"));
    let ready = get(&first, "/readyz").await;
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    let about = get(&first, "/v1/server").await;
    assert!(about.contains("\"setup_open\":true"), "{about}");
    let public = format!("\"public_url\":\"{}\"", first.url);
    assert!(about.contains(&public), "{about}");
    assert!(
        get(&first, "/v1/ca.pem")
            .await
            .contains("BEGIN CERTIFICATE")
    );
    assert!(get(&first, "/metrics").await.starts_with("HTTP/1.1 200"));
    assert!(get(&first, "/v1/vaults").await.starts_with("HTTP/1.1 401"));
    assert!(get(&first, "/v1/nothing").await.starts_with("HTTP/1.1 404"));

    let second = start(options(&data)).await.err().unwrap();
    assert!(matches!(second, StartError::Folder(FolderError::InUse(_))));

    let (code, fingerprint) = (first.setup_code.clone(), first.ca_fingerprint.clone());
    first.stop().await;
    let again = start(options(&data)).await.unwrap();
    assert_eq!(again.ca_fingerprint, fingerprint);
    assert!(again.setup_code.is_some());
    assert_ne!(again.setup_code, code);
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_get_the_web_client_under_strict_headers() {
    let temp = tempfile::tempdir().unwrap();
    let mut options = options(temp.path());
    let files = [("index.html", "<p>page"), ("assets/a-1.js", "run()")];
    options.web_client =
        crate::WebClient::new(files.map(|(name, text)| (name.to_owned(), text.as_bytes().into())));
    let server = start(options).await.unwrap();
    for (path, body) in [("/vaults/x", "<p>page"), ("/assets/a-1.js", "run()")] {
        let answer = get(&server, path).await;
        let (head, sent) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert_eq!(sent, body);
        for header in [
            "content-security-policy: default-src 'none'; script-src 'self'",
            "cross-origin-embedder-policy: require-corp",
            "cross-origin-opener-policy: same-origin",
            "cross-origin-resource-policy: same-origin",
            "referrer-policy: no-referrer",
            "x-content-type-options: nosniff",
            "strict-transport-security: max-age=",
        ] {
            assert_eq!(head.matches(header).count(), 1, "{header} in {head}");
        }
    }
    for path in ["/v1/nothing", "/assets/b.js"] {
        let answer = get(&server, path).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_lie_in_keys_alone_and_the_code_nowhere() {
    let temp = tempfile::tempdir().unwrap();
    let server = start(options(temp.path())).await.unwrap();
    let code = server.setup_code.clone().unwrap();
    server.stop().await;
    let mut found = Vec::new();
    let mut folders = vec![temp.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).unwrap();
            assert!(
                !bytes
                    .windows(code.len())
                    .any(|part| part == code.as_bytes())
            );
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            found.push((
                path.strip_prefix(temp.path())
                    .unwrap()
                    .display()
                    .to_string(),
                mode,
            ));
        }
    }
    for name in ["database.key", "opaque.seed", "ca.key", "server.key"] {
        assert!(
            found.contains(&(format!("keys/{name}"), 0o600)),
            "{found:?}"
        );
    }
    for name in ["ca.pem", "server.pem", "strongroom.db"] {
        assert!(found.iter().any(|(path, _)| path == name), "{found:?}");
    }
    // the database is encrypted: it does not even say what it is
    let database = fs::read(temp.path().join("strongroom.db")).unwrap();
    assert!(!database.starts_with(b"SQLite format 3"));
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_or_wrong_keys_are_said() {
    let temp = tempfile::tempdir().unwrap();
    start(options(temp.path())).await.unwrap().stop().await;
    for name in ["database.key", "opaque.seed"] {
        let path = temp.path().join("keys").join(name);
        let kept = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let lost = start(options(temp.path())).await.err().unwrap();
        assert!(lost.to_string().contains(name), "{lost}");
        assert_eq!(lost.code(), "key_missing");
        fs::write(&path, b"short").unwrap();
        let short = start(options(temp.path())).await.err().unwrap();
        assert!(short.to_string().contains(name), "{short}");
        assert_eq!(short.code(), "key_damaged");
        fs::write(&path, &kept).unwrap();
    }
    let path = temp.path().join("keys/database.key");
    fs::write(&path, [1; 32]).unwrap();
    let wrong = start(options(temp.path())).await.err().unwrap();
    assert_eq!(wrong.code(), "wrong_key");
    assert!(wrong.to_string().contains("strongroom.db"), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_use_is_said() {
    let temp = tempfile::tempdir().unwrap();
    let server = start(options(&temp.path().join("a"))).await.unwrap();
    let other = ServeOptions::new(temp.path().join("b"), server.addr);
    let error = start(other).await.err().unwrap();
    assert_eq!(error.code(), "address_in_use");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_can_put_a_layer_around_the_router() {
    let temp = tempfile::tempdir().unwrap();
    let mut options = options(temp.path());
    options.clock = Arc::new(SystemClock);
    options.wrap_router = Some(Box::new(|router| {
        router.layer(axum::middleware::map_response(
            |mut response: axum::response::Response| async move {
                let lie = axum::http::HeaderValue::from_static("yes");
                response.headers_mut().insert("lie", lie);
                response
            },
        ))
    }));
    let server = start(options).await.unwrap();
    assert!(get(&server, "/livez").await.contains("lie: yes"));
    server.stop().await;
}

#[test]
fn addresses_as_people_type_them() {
    for (addr, wanted) in [
        ("127.0.0.1:8443", "https://localhost:8443"),
        ("[::1]:1", "https://localhost:1"),
        ("192.0.2.7:443", "https://192.0.2.7:443"),
        ("[2001:db8::1]:443", "https://[2001:db8::1]:443"),
    ] {
        assert_eq!(url(addr.parse().unwrap()), wanted);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_of_this_machine_are_served_without_tls_and_nobody_else_is() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let temp = tempfile::tempdir().unwrap();
    let mut options = options(temp.path());
    options.local_http_port = Some(0);
    let server = start(options).await.unwrap();
    let url = server.local_url.clone().unwrap();
    let port: u16 = url
        .strip_prefix("http://localhost:")
        .unwrap()
        .parse()
        .unwrap();
    let ask = async |address: &str, host: &str| {
        let mut stream = tokio::net::TcpStream::connect((address, port)).await?;
        let request =
            format!("GET /v1/server HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let host = format!("localhost:{port}");
    let answer = ask("127.0.0.1", &host).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("\"setup_open\":true"), "{answer}");
    assert!(!answer.contains("strict-transport-security"), "{answer}");
    let rebound = ask("127.0.0.1", "evil.example").await.unwrap();
    assert!(rebound.starts_with("HTTP/1.1 421"), "{rebound}");
    assert!(!rebound.contains("setup_open"), "{rebound}");
    // the other addresses of this machine
    assert!(ask("127.0.0.2", &host).await.is_err());
    server.stop().await;
    assert!(ask("127.0.0.1", &host).await.is_err());
}
