use crate::config::Api;
use axum::{
    extract::{Request, State},
    http::header,
    response::{Html, IntoResponse, Response},
};

const PAGE: &str = "<!doctype html>
<html lang=\"en\"><meta charset=\"utf-8\"><title>Strongroom link</title>
<h1>A file was shared with you</h1>
<p>The key is in the address, behind the # sign, and was not sent to this server.</p>
<p>Open it with the Strongroom program:</p>
<pre>strongroom link get 'THE WHOLE ADDRESS' -o FILE</pre>
</html>
";

/// The page that opens a link: the web client, or words on how to open it with the program.
#[utoipa::path(get, path = "/l/{link}", tag = "links",
    params(("link" = String, Path, description = "Link id.")),
    responses((status = 200, description = "HTML.", body = String, content_type = "text/html")))]
pub(crate) async fn handle(State(api): State<Api>, request: Request) -> Response {
    let pages = api.config.pages.as_ref();
    let page = pages.and_then(|answer| answer(request.method(), request.uri(), request.headers()));
    if let Some(page) = page {
        return page;
    }
    ([(header::CACHE_CONTROL, "no-store")], Html(PAGE)).into_response()
}
