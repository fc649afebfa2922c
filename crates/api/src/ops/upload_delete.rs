use crate::{
    body::NoBody,
    config::Api,
    error::ApiResult,
    extract::{InPath, Session, WriteKey},
    idempotency::once,
};
use axum::{
    body::Bytes,
    extract::State,
    http::{Method, StatusCode, Uri},
    response::Response,
};
use strongroom_types::{RevisionId, VaultId};

/// Gives an upload up.
#[utoipa::path(delete, path = "/v1/vaults/{vault}/uploads/{revision}", tag = "files",
    params(("vault" = String, Path, description = "Id in lowercase hexadecimal."), ("revision" = String, Path, description = "Id in lowercase hexadecimal.")),
    responses((status = 204, description = "Given up.")),
    security(("session" = [])))]
#[allow(clippy::too_many_arguments)]
pub(crate) async fn handle(
    State(api): State<Api>,
    Session(caller): Session,
    InPath((vault, revision)): InPath<(VaultId, RevisionId)>,
    WriteKey(key): WriteKey,
    method: Method,
    uri: Uri,
    _: NoBody,
) -> ApiResult<Response> {
    let bytes = Bytes::new();
    once(&api, &caller, key, (&method, &uri, &bytes), || async {
        api.domain.delete_upload(&caller, vault, revision).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
