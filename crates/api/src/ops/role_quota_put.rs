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
use strongroom_types::AccountRole;
use strongroom_wire::Quota;

/// Sets the limits of all accounts of a role that have none of their own (administrators).
#[utoipa::path(put, path = "/v1/quotas/{account_role}", tag = "administration",
    params(("account_role" = String, Path, description = "`member` or `admin`.")), request_body = Quota,
    responses((status = 204, description = "Set.")),
    security(("session" = [])))]
#[allow(clippy::too_many_arguments)]
pub(crate) async fn handle(
    State(api): State<Api>,
    Admin(caller): Admin,
    InPath(account_role): InPath<AccountRole>,
    WriteKey(key): WriteKey,
    method: Method,
    uri: Uri,
    body: JsonBody<Quota>,
) -> ApiResult<Response> {
    let bytes = body.bytes.clone();
    once(&api, &caller, key, (&method, &uri, &bytes), || async {
        api.domain
            .set_role_quota(&caller, account_role, body.value)
            .await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
