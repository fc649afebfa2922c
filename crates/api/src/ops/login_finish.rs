use crate::{
    body::{Json, JsonBody},
    config::Api,
    error::ApiResult,
    extract::Address,
};
use axum::extract::State;
use strongroom_wire::{LoginFinish, SessionCreated};

/// Ends a login.
#[utoipa::path(post, path = "/v1/login/finish", tag = "login", request_body = LoginFinish,
    responses((status = 200, description = "A session.", body = SessionCreated)))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Address(address): Address,
    body: JsonBody<LoginFinish>,
) -> ApiResult<Json<SessionCreated>> {
    Ok(Json(api.domain.login_finish(body.value, address).await?))
}
