use crate::{
    body::{CborBody, Json},
    config::Api,
    error::ApiResult,
    extract::{AnySession, WriteKey},
};
use axum::extract::State;
use strongroom_wire::Appended;

/// Appends to the directory. Invitations and joins have operations of their own.
#[utoipa::path(post, path = "/v1/directory/entries", tag = "directory",
    request_body(content = Vec<u8>, content_type = "application/cbor", description = "`append/1`."),
    responses((status = 200, description = "The place of the entries.", body = Appended)),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    AnySession(caller): AnySession,
    WriteKey(_): WriteKey,
    CborBody(body): CborBody,
) -> ApiResult<Json<Appended>> {
    Ok(Json(api.domain.append_directory(&caller, &body).await?))
}
