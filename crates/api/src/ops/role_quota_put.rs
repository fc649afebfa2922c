use crate::{body::JsonBody, config::Api, error::ApiResult, extract::Admin, idempotency::Write};
use axum::{extract::State, response::Response};
use strongroom_types::AccountRole;
use strongroom_wire::Quota;

/// Sets the limits of all accounts of a role that have none of their own (administrators).
#[utoipa::path(put, path = "/v1/quotas/{account_role}", tag = "administration",
    params(("account_role" = String, Path, description = "`member` or `admin`.")), request_body = Quota,
    responses((status = 204, description = "Set.")),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    write: Write<Admin, AccountRole, JsonBody<Quota>>,
) -> ApiResult<Response> {
    let domain = &api.domain;
    write
        .done(&api, |caller, account_role, body, answer| async move {
            domain
                .set_role_quota(&caller, account_role, body.value, answer)
                .await
        })
        .await
}
