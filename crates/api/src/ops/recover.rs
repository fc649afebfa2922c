use crate::{
    body::{Json, JsonBody},
    config::Api,
    error::ApiResult,
    extract::Address,
};
use axum::extract::State;
use strongroom_wire::{Recover, SessionCreated};

/// Signs in with the recovery kit, for restoring the wallet only.
#[utoipa::path(post, path = "/v1/recover", tag = "login", request_body = Recover,
    responses((status = 200, description = "A session of recovery scope.", body = SessionCreated)))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Address(address): Address,
    body: JsonBody<Recover>,
) -> ApiResult<Json<SessionCreated>> {
    Ok(Json(api.domain.recover(body.value, address).await?))
}
