use crate::{body::Json, config::Api};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use strongroom_wire::Readiness;

/// Whether the process runs.
#[utoipa::path(get, path = "/livez", tag = "health",
    responses((status = 200, description = "It does.", body = String)))]
pub(crate) async fn live() -> &'static str {
    "ok\n"
}

/// Whether the server can take writes, with the time of a durable one.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses((status = 200, description = "It can.", body = Readiness),
        (status = 503, description = "It cannot; `reason` says why.", body = Readiness)))]
pub(crate) async fn ready(State(api): State<Api>) -> Response {
    let mut readiness = api.domain.readiness().await;
    readiness.certificate = api.config.certificate.as_ref().map(|words| words());
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(readiness)).into_response()
}
