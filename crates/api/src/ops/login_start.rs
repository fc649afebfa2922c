use crate::{
    body::{Json, JsonBody},
    config::Api,
    error::ApiResult,
    extract::Address,
};
use axum::extract::State;
use strongroom_wire::{LoginStart, LoginStarted};

/// Begins a login. The answer looks the same for an unknown name.
#[utoipa::path(post, path = "/v1/login/start", tag = "login", request_body = LoginStart,
    responses((status = 200, description = "The OPAQUE answer.", body = LoginStarted)))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Address(address): Address,
    body: JsonBody<LoginStart>,
) -> ApiResult<Json<LoginStarted>> {
    Ok(Json(api.domain.login_start(body.value, address).await?))
}
