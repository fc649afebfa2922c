use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use std::sync::LazyLock;

static DOCUMENT: LazyLock<String> =
    LazyLock::new(|| serde_json::to_string(&crate::openapi()).unwrap_or_default());

/// This description.
#[utoipa::path(get, path = "/v1/openapi.json", tag = "server",
    responses((status = 200, description = "OpenAPI 3.1.", body = Object, content_type = "application/json")))]
pub(crate) async fn handle() -> Response {
    (
        [(header::CONTENT_TYPE, "application/json")],
        DOCUMENT.as_str(),
    )
        .into_response()
}
