use crate::{
    body::Json,
    config::Api,
    error::ApiResult,
    extract::{InPath, Session},
};
use axum::extract::State;
use strongroom_types::{RevisionId, VaultId};
use strongroom_wire::UploadView;

/// What is stored of an upload; only its author may ask.
#[utoipa::path(get, path = "/v1/vaults/{vault}/uploads/{revision}", tag = "files",
    params(("vault" = String, Path, description = "Vault id."),
        ("revision" = String, Path, description = "Revision id.")),
    responses((status = 200, description = "The state of the upload.", body = UploadView)),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Session(caller): Session,
    InPath((vault, revision)): InPath<(VaultId, RevisionId)>,
) -> ApiResult<Json<UploadView>> {
    Ok(Json(
        api.domain.upload_view(&caller, vault, revision).await?,
    ))
}
