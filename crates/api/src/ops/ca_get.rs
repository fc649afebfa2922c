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

/// The certificate of the server's private CA. Compare its fingerprint before trusting it.
#[utoipa::path(get, path = "/v1/ca.pem", tag = "server",
    responses((status = 200, description = "PEM.", body = String, content_type = "application/x-pem-file")))]
pub(crate) async fn handle(State(api): State<Api>) -> ApiResult<Response> {
    let pem = api
        .config
        .ca_pem
        .clone()
        .ok_or_else(|| ApiError::new(ProblemCode::NotFound))?;
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], pem).into_response())
}
