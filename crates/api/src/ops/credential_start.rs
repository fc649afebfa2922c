use crate::{
    body::{Json, JsonBody},
    config::Api,
    error::ApiResult,
    extract::AnySession,
    idempotency::Write,
};
use axum::{extract::State, response::Response};
use strongroom_wire::{CredentialStart, CredentialStarted};

/// Begins a change of passphrase.
#[utoipa::path(post, path = "/v1/credentials/start", tag = "wallet", request_body = CredentialStart,
    responses((status = 200, description = "The OPAQUE answer.", body = CredentialStarted)),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    write: Write<AnySession, (), JsonBody<CredentialStart>>,
) -> ApiResult<Response> {
    let domain = &api.domain;
    write
        .answered(&api, |caller, (), body| async move {
            Ok(Json(domain.credential_start(&caller, body.value).await?))
        })
        .await
}
