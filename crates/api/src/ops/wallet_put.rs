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
use strongroom_wire::WalletPut;

/// Replaces wallet and slots together, if nobody else did in between.
#[utoipa::path(put, path = "/v1/wallet", tag = "wallet", request_body = WalletPut,
    responses((status = 204, description = "Replaced.")),
    security(("session" = [])))]
#[allow(clippy::too_many_arguments)]
pub(crate) async fn handle(
    State(api): State<Api>,
    AnySession(caller): AnySession,
    WriteKey(key): WriteKey,
    method: Method,
    uri: Uri,
    body: JsonBody<WalletPut, { strongroom_types::limits::JSON_MAX_BYTES }>,
) -> ApiResult<Response> {
    let bytes = body.bytes.clone();
    once(&api, &caller, key, (&method, &uri, &bytes), || async {
        api.domain.put_wallet(&caller, body.value).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
