use crate::{
    body::{CborBody, Json},
    config::Api,
    error::ApiResult,
    extract::{InPath, Session, WriteKey},
};
use axum::extract::State;
use strongroom_types::VaultId;
use strongroom_wire::Appended;

/// Appends to a vault's log, all entries of the request or none.
#[utoipa::path(post, path = "/v1/vaults/{vault}/entries", tag = "vaults",
    params(("vault" = String, Path, description = "Vault id.")),
    request_body(content = Vec<u8>, content_type = "application/cbor", description = "`append/1`."),
    responses((status = 200, description = "The place of the entries; they are on disk.", body = Appended)),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Session(caller): Session,
    InPath(vault): InPath<VaultId>,
    WriteKey(_): WriteKey,
    CborBody(body): CborBody,
) -> ApiResult<Json<Appended>> {
    Ok(Json(api.domain.append_vault(&caller, vault, &body).await?))
}
