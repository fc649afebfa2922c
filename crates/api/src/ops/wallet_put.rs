use crate::{
    body::JsonBody, config::Api, error::ApiResult, extract::AnySession, idempotency::Write,
};
use axum::{extract::State, response::Response};
use strongroom_types::limits;
use strongroom_wire::WalletPut;

/// Replaces wallet and slots together, if nobody else did in between.
#[utoipa::path(put, path = "/v1/wallet", tag = "wallet", request_body = WalletPut,
    responses((status = 204, description = "Replaced.")),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    write: Write<AnySession, (), JsonBody<WalletPut, { limits::JSON_MAX_BYTES }>>,
) -> ApiResult<Response> {
    let domain = &api.domain;
    write
        .done(&api, |caller, (), body, answer| async move {
            domain.put_wallet(&caller, body.value, answer).await
        })
        .await
}
