use crate::{body::NoBody, config::Api, error::ApiResult, extract::Admin, idempotency::Write};
use axum::{extract::State, response::Response};
use strongroom_types::IdentityId;

/// Ends all sessions of an account (administrators).
#[utoipa::path(delete, path = "/v1/accounts/{identity}/sessions", tag = "administration",
    params(("identity" = String, Path, description = "Id in lowercase hexadecimal.")),
    responses((status = 204, description = "Ended.")),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    write: Write<Admin, IdentityId, NoBody>,
) -> ApiResult<Response> {
    let domain = &api.domain;
    write
        .done(&api, |caller, identity, _, answer| async move {
            domain
                .revoke_account_sessions(&caller, identity, answer)
                .await
        })
        .await
}
