use crate::{
    body::JsonBody,
    config::Api,
    error::ApiResult,
    extract::{AnySession, WriteKey},
    idempotency::once,
};
use axum::{
    extract::State,
    http::{Method, StatusCode, Uri},
    response::Response,
};
use strongroom_wire::CredentialFinish;

/// Keeps the new credential as pending; the old one still works.
#[utoipa::path(post, path = "/v1/credentials/finish", tag = "wallet", request_body = CredentialFinish,
    responses((status = 204, description = "Pending.")),
    security(("session" = [])))]
#[allow(clippy::too_many_arguments)]
pub(crate) async fn handle(
    State(api): State<Api>,
    AnySession(caller): AnySession,
    WriteKey(key): WriteKey,
    method: Method,
    uri: Uri,
    body: JsonBody<CredentialFinish>,
) -> ApiResult<Response> {
    let bytes = body.bytes.clone();
    once(&api, &caller, key, (&method, &uri, &bytes), || async {
        api.domain.credential_finish(&caller, body.value).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
