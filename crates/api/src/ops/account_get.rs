use crate::{body::Json, config::Api, error::ApiResult, extract::Session};
use axum::extract::State;
use strongroom_wire::AccountView;

/// Who the session belongs to, and its limits.
#[utoipa::path(get, path = "/v1/account", tag = "account",
    responses((status = 200, description = "The account.", body = AccountView)),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Session(caller): Session,
) -> ApiResult<Json<AccountView>> {
    Ok(Json(api.domain.account_view(&caller).await?))
}
