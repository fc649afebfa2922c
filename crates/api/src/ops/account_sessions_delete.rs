use crate::{
    body::NoBody,
    config::Api,
    error::ApiResult,
    extract::{Admin, InPath, WriteKey},
    idempotency::once,
};
use axum::{
    body::Bytes,
    extract::State,
    http::{Method, StatusCode, Uri},
    response::Response,
};
use strongroom_types::IdentityId;

/// Ends all sessions of an account (administrators).
#[utoipa::path(delete, path = "/v1/accounts/{identity}/sessions", tag = "administration",
    params(("identity" = String, Path, description = "Id in lowercase hexadecimal.")),
    responses((status = 204, description = "Ended.")),
    security(("session" = [])))]
#[allow(clippy::too_many_arguments)]
pub(crate) async fn handle(
    State(api): State<Api>,
    Admin(caller): Admin,
    InPath(identity): InPath<IdentityId>,
    WriteKey(key): WriteKey,
    method: Method,
    uri: Uri,
    _: NoBody,
) -> ApiResult<Response> {
    let bytes = Bytes::new();
    once(&api, &caller, key, (&method, &uri, &bytes), || async {
        api.domain
            .revoke_account_sessions(&caller, identity)
            .await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
