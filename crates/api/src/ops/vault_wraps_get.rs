use crate::{
    body::Cbor,
    config::Api,
    error::ApiResult,
    extract::{InPath, Session},
};
use axum::extract::State;
use strongroom_types::{Epoch, VaultId};

/// The caller's wrap of an epoch's secret, and the leaves of the epoch's entry.
#[utoipa::path(get, path = "/v1/vaults/{vault}/wraps/{epoch}", tag = "vaults",
    params(("vault" = String, Path, description = "Vault id."),
        ("epoch" = u64, Path, description = "Number of the epoch.")),
    responses((status = 200, description = "`wraps/1`.", body = Vec<u8>, content_type = "application/cbor")),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Session(caller): Session,
    InPath((vault, epoch)): InPath<(VaultId, Epoch)>,
) -> ApiResult<Cbor> {
    Ok(Cbor(api.domain.vault_wraps(&caller, vault, epoch).await?))
}
