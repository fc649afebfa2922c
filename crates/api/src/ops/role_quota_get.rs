use crate::{
    body::Json,
    config::Api,
    error::ApiResult,
    extract::{Admin, InPath},
};
use axum::extract::State;
use strongroom_types::AccountRole;
use strongroom_wire::RoleQuotaView;

/// The limits of a role (administrators).
#[utoipa::path(get, path = "/v1/quotas/{account_role}", tag = "administration",
    params(("account_role" = String, Path, description = "`member` or `admin`.")),
    responses((status = 200, description = "What is set, and what is in force.", body = RoleQuotaView)),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Admin(caller): Admin,
    InPath(account_role): InPath<AccountRole>,
) -> ApiResult<Json<RoleQuotaView>> {
    Ok(Json(api.domain.role_quota(&caller, account_role).await?))
}
