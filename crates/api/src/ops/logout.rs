use crate::{body::NoBody, config::Api, error::ApiResult, extract::AnySession};
use axum::{extract::State, http::StatusCode};

/// Ends the session that asks.
#[utoipa::path(post, path = "/v1/logout", tag = "login",
    responses((status = 204, description = "Ended.")), security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    AnySession(caller): AnySession,
    _: NoBody,
) -> ApiResult<StatusCode> {
    api.domain.logout(&caller).await?;
    Ok(StatusCode::NO_CONTENT)
}
