use crate::{body::NoBody, config::Api, error::ApiResult, extract::Session, idempotency::Write};
use axum::{extract::State, response::Response};
use strongroom_types::{RevisionId, VaultId};

/// Gives an upload up.
#[utoipa::path(delete, path = "/v1/vaults/{vault}/uploads/{revision}", tag = "files",
    params(("vault" = String, Path, description = "Id in lowercase hexadecimal."), ("revision" = String, Path, description = "Id in lowercase hexadecimal.")),
    responses((status = 204, description = "Given up.")),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    write: Write<Session, (VaultId, RevisionId), NoBody>,
) -> ApiResult<Response> {
    let domain = &api.domain;
    write
        .done(&api, |caller, (vault, revision), _, answer| async move {
            domain.delete_upload(&caller, vault, revision, answer).await
        })
        .await
}
