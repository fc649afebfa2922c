use crate::{body::Json, config::Api, error::ApiResult, extract::Session};
use axum::extract::State;
use strongroom_wire::VaultList;

/// The vaults that the caller is a member of.
#[utoipa::path(get, path = "/v1/vaults", tag = "vaults",
    responses((status = 200, description = "Vaults with their heads, and the head of the directory.", body = VaultList)),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Session(caller): Session,
) -> ApiResult<Json<VaultList>> {
    Ok(Json(api.domain.vaults(&caller).await?))
}
