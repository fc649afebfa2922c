use crate::{body::JsonBody, config::Api, error::ApiResult, extract::Admin, idempotency::Write};
use axum::{extract::State, response::Response};
use strongroom_types::IdentityId;
use strongroom_wire::Quota;

/// Sets the limits of one account (administrators).
#[utoipa::path(put, path = "/v1/accounts/{identity}/quota", tag = "administration",
    params(("identity" = String, Path, description = "Id in lowercase hexadecimal.")), request_body = Quota,
    responses((status = 204, description = "Set.")),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    write: Write<Admin, IdentityId, JsonBody<Quota>>,
) -> ApiResult<Response> {
    let domain = &api.domain;
    write
        .done(&api, |caller, identity, body, answer| async move {
            domain
                .set_account_quota(&caller, identity, body.value, answer)
                .await
        })
        .await
}
