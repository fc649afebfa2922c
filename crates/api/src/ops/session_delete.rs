use crate::{body::NoBody, config::Api, error::ApiResult, extract::Session, idempotency::Write};
use axum::{extract::State, response::Response};
use strongroom_types::SessionId;

/// Ends a session of the account.
#[utoipa::path(delete, path = "/v1/sessions/{session}", tag = "account",
    params(("session" = String, Path, description = "Id in lowercase hexadecimal.")),
    responses((status = 204, description = "Ended.")),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    write: Write<Session, SessionId, NoBody>,
) -> ApiResult<Response> {
    let domain = &api.domain;
    write
        .done(&api, |caller, session, _, answer| async move {
            domain.revoke_session(&caller, session, answer).await
        })
        .await
}
