use crate::{
    body::{Json, JsonBody},
    config::Api,
    error::ApiResult,
    extract::{InPath, Session, WriteKey},
    idempotency::once,
};
use axum::{
    extract::State,
    http::{Method, Uri},
    response::Response,
};
use strongroom_types::VaultId;
use strongroom_wire::{UploadStart, UploadView};

/// Begins an upload, or finds it again. Right, quota and size are checked here.
#[utoipa::path(post, path = "/v1/vaults/{vault}/uploads", tag = "files",
    params(("vault" = String, Path, description = "Id in lowercase hexadecimal.")), request_body = UploadStart,
    responses((status = 200, description = "What is stored of it.", body = UploadView)),
    security(("session" = [])))]
#[allow(clippy::too_many_arguments)]
pub(crate) async fn handle(
    State(api): State<Api>,
    Session(caller): Session,
    InPath(vault): InPath<VaultId>,
    WriteKey(key): WriteKey,
    method: Method,
    uri: Uri,
    body: JsonBody<UploadStart>,
) -> ApiResult<Response> {
    let bytes = body.bytes.clone();
    once(&api, &caller, key, (&method, &uri, &bytes), || async {
        Ok(Json(
            api.domain.start_upload(&caller, vault, body.value).await?,
        ))
    })
    .await
}
