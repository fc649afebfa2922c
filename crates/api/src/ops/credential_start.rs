use crate::{
    body::{Json, JsonBody},
    config::Api,
    error::ApiResult,
    extract::{AnySession, WriteKey},
    idempotency::once,
};
use axum::{
    extract::State,
    http::{Method, Uri},
    response::Response,
};
use strongroom_wire::{CredentialStart, CredentialStarted};

/// Begins a change of passphrase.
#[utoipa::path(post, path = "/v1/credentials/start", tag = "wallet", request_body = CredentialStart,
    responses((status = 200, description = "The OPAQUE answer.", body = CredentialStarted)),
    security(("session" = [])))]
#[allow(clippy::too_many_arguments)]
pub(crate) async fn handle(
    State(api): State<Api>,
    AnySession(caller): AnySession,
    WriteKey(key): WriteKey,
    method: Method,
    uri: Uri,
    body: JsonBody<CredentialStart>,
) -> ApiResult<Response> {
    let bytes = body.bytes.clone();
    once(&api, &caller, key, (&method, &uri, &bytes), || async {
        Ok(Json(
            api.domain.credential_start(&caller, body.value).await?,
        ))
    })
    .await
}
