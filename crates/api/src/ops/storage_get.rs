use crate::{body::Json, config::Api, error::ApiResult, extract::Admin};
use axum::extract::State;
use strongroom_wire::StorageView;

/// How much room the server's disks have (administrators).
#[utoipa::path(get, path = "/v1/storage", tag = "administration",
    responses((status = 200, description = "The disks that are known.", body = StorageView)),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Admin(caller): Admin,
) -> ApiResult<Json<StorageView>> {
    Ok(Json(api.domain.storage(&caller).await?))
}
