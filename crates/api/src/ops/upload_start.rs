use crate::{
    body::{Json, JsonBody},
    config::Api,
    error::ApiResult,
    extract::Session,
    idempotency::Write,
};
use axum::{extract::State, response::Response};
use strongroom_types::VaultId;
use strongroom_wire::{UploadStart, UploadView};

/// Begins an upload, or finds it again. Right, quota and size are checked here.
#[utoipa::path(post, path = "/v1/vaults/{vault}/uploads", tag = "files",
    params(("vault" = String, Path, description = "Id in lowercase hexadecimal.")), request_body = UploadStart,
    responses((status = 200, description = "What is stored of it.", body = UploadView)),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    write: Write<Session, VaultId, JsonBody<UploadStart>>,
) -> ApiResult<Response> {
    let domain = &api.domain;
    write
        .answered(&api, |caller, vault, body| async move {
            Ok(Json(domain.start_upload(&caller, vault, body.value).await?))
        })
        .await
}
