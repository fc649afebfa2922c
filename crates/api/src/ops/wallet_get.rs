use crate::{body::Json, config::Api, error::ApiResult, extract::AnySession};
use axum::extract::State;
use strongroom_wire::WalletView;

/// The stored wallet.
#[utoipa::path(get, path = "/v1/wallet", tag = "wallet",
    responses((status = 200, description = "The wallet and, during a change of passphrase, the pending credential.", body = WalletView)),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    AnySession(caller): AnySession,
) -> ApiResult<Json<WalletView>> {
    Ok(Json(api.domain.wallet(&caller).await?))
}
