use crate::{
    body::{Json, JsonBody},
    config::Api,
    error::ApiResult,
    extract::{Address, WriteKey},
};
use axum::extract::State;
use strongroom_wire::{SessionCreated, SignupFinish};

/// Ends a sign-up: account, wallet and directory entry in one step.
#[utoipa::path(post, path = "/v1/signup/finish", tag = "sign-up", request_body = SignupFinish,
    responses((status = 200, description = "The first session.", body = SessionCreated)))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Address(address): Address,
    WriteKey(_): WriteKey,
    body: JsonBody<SignupFinish, { strongroom_types::limits::JSON_MAX_BYTES }>,
) -> ApiResult<Json<SessionCreated>> {
    Ok(Json(api.domain.signup_finish(body.value, address).await?))
}
