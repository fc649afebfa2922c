//! What a browser is told where there is no web client.

use axum::{
    body::Body,
    http::{HeaderValue, Response, header},
};

const PAGE: &str = "<!doctype html>
<html lang=\"en\"><meta charset=\"utf-8\"><title>Strongroom</title>
<h1>This Strongroom was built without its web client</h1>
<p>The server works: use the program <code>strongroom</code>, or let its operator build it again:</p>
<pre>cargo xtask web
cargo build --release --package strongroom</pre>
</html>
";

/// The page; the strictest policy is set around it.
pub fn page() -> Response<Body> {
    let mut response = Response::new(Body::from(PAGE));
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    response
}
