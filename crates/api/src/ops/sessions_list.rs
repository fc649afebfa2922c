use crate::{body::Json, config::Api, error::ApiResult, extract::Session};
use axum::extract::State;
use strongroom_wire::SessionList;

/// The sessions of the account.
#[utoipa::path(get, path = "/v1/sessions", tag = "account",
    responses((status = 200, description = "Sessions, newest first.", body = SessionList)),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Session(caller): Session,
) -> ApiResult<Json<SessionList>> {
    Ok(Json(api.domain.sessions(&caller).await?))
}
