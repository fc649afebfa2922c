use crate::{
    config::Api,
    error::{ApiError, ApiResult},
};
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use strongroom_wire::ProblemCode;

/// Metrics in Prometheus' text format: routes, statuses, times, bytes. No ids, no names.
#[utoipa::path(get, path = "/metrics", tag = "health",
    responses((status = 200, description = "Metrics.", body = String, content_type = "text/plain")))]
pub(crate) async fn handle(State(api): State<Api>) -> ApiResult<Response> {
    let render = api
        .config
        .render_metrics
        .as_ref()
        .ok_or_else(|| ApiError::new(ProblemCode::NotFound))?;
    Ok((
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        render(),
    )
        .into_response())
}
