use crate::{
    body::JsonBody,
    config::Api,
    error::ApiResult,
    extract::{Session, WriteKey},
    idempotency::once,
};
use axum::{
    extract::State,
    http::{Method, StatusCode, Uri},
    response::Response,
};
use strongroom_wire::RecoveryConfirm;

/// Proves that the recovery kit is in somebody's hands.
#[utoipa::path(post, path = "/v1/account/recovery-confirm", tag = "account", request_body = RecoveryConfirm,
    responses((status = 204, description = "Confirmed.")),
    security(("session" = [])))]
#[allow(clippy::too_many_arguments)]
pub(crate) async fn handle(
    State(api): State<Api>,
    Session(caller): Session,
    WriteKey(key): WriteKey,
    method: Method,
    uri: Uri,
    body: JsonBody<RecoveryConfirm>,
) -> ApiResult<Response> {
    let bytes = body.bytes.clone();
    once(&api, &caller, key, (&method, &uri, &bytes), || async {
        api.domain.confirm_recovery(&caller, body.value).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
