use crate::{body::Json, config::Api, error::ApiResult, extract::Admin};
use axum::extract::State;
use strongroom_wire::AccountList;

/// All accounts of the tenant (administrators).
#[utoipa::path(get, path = "/v1/accounts", tag = "administration",
    responses((status = 200, description = "Accounts, oldest first.", body = AccountList)),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Admin(caller): Admin,
) -> ApiResult<Json<AccountList>> {
    Ok(Json(api.domain.accounts(&caller).await?))
}
