use crate::{
    body::{CborBody, Json},
    config::Api,
    error::ApiResult,
    extract::{Session, WriteKey},
};
use axum::extract::State;
use strongroom_wire::Appended;

/// Makes a vault: genesis, first epoch and name in one request.
#[utoipa::path(post, path = "/v1/vaults", tag = "vaults",
    request_body(content = Vec<u8>, content_type = "application/cbor", description = "`append/1`."),
    responses((status = 200, description = "The place of the entries.", body = Appended)),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Session(caller): Session,
    WriteKey(_): WriteKey,
    CborBody(body): CborBody,
) -> ApiResult<Json<Appended>> {
    Ok(Json(api.domain.create_vault(&caller, &body).await?))
}
