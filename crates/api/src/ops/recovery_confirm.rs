use crate::{body::JsonBody, config::Api, error::ApiResult, extract::Session, idempotency::Write};
use axum::{extract::State, response::Response};
use strongroom_wire::RecoveryConfirm;

/// Proves that the recovery kit is in somebody's hands.
#[utoipa::path(post, path = "/v1/account/recovery-confirm", tag = "account", request_body = RecoveryConfirm,
    responses((status = 204, description = "Confirmed.")),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    write: Write<Session, (), JsonBody<RecoveryConfirm>>,
) -> ApiResult<Response> {
    let domain = &api.domain;
    write
        .done(&api, |caller, (), body, answer| async move {
            domain.confirm_recovery(&caller, body.value, answer).await
        })
        .await
}
