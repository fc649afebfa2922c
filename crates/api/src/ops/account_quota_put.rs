use crate::{
    body::JsonBody,
    config::Api,
    error::ApiResult,
    extract::{Admin, InPath, WriteKey},
    idempotency::once,
};
use axum::{
    extract::State,
    http::{Method, StatusCode, Uri},
    response::Response,
};
use strongroom_types::IdentityId;
use strongroom_wire::Quota;

/// Sets the limits of one account (administrators).
#[utoipa::path(put, path = "/v1/accounts/{identity}/quota", tag = "administration",
    params(("identity" = String, Path, description = "Id in lowercase hexadecimal.")), request_body = Quota,
    responses((status = 204, description = "Set.")),
    security(("session" = [])))]
#[allow(clippy::too_many_arguments)]
pub(crate) async fn handle(
    State(api): State<Api>,
    Admin(caller): Admin,
    InPath(identity): InPath<IdentityId>,
    WriteKey(key): WriteKey,
    method: Method,
    uri: Uri,
    body: JsonBody<Quota>,
) -> ApiResult<Response> {
    let bytes = body.bytes.clone();
    once(&api, &caller, key, (&method, &uri, &bytes), || async {
        api.domain
            .set_account_quota(&caller, identity, body.value)
            .await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
