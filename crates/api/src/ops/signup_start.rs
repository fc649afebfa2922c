use crate::{
    body::{Json, JsonBody},
    config::Api,
    error::ApiResult,
    extract::{Address, WriteKey},
};
use axum::extract::State;
use strongroom_wire::{SignupStart, SignupStarted};

/// Begins a sign-up with a set-up code or an invitation.
#[utoipa::path(post, path = "/v1/signup/start", tag = "sign-up", request_body = SignupStart,
    responses((status = 200, description = "The OPAQUE answer.", body = SignupStarted)))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Address(address): Address,
    WriteKey(_): WriteKey,
    body: JsonBody<SignupStart>,
) -> ApiResult<Json<SignupStarted>> {
    Ok(Json(api.domain.signup_start(body.value, address).await?))
}
