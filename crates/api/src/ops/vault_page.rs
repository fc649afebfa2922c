use crate::{
    body::Cbor,
    config::Api,
    error::ApiResult,
    extract::{InPath, InQuery, Session},
};
use axum::extract::State;
use serde::Deserialize;
use strongroom_types::VaultId;

/// Which entries.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct VaultPageQuery {
    /// Index of the last entry that the client has.
    after: Option<u64>,
    /// Most entries; more than 1,000 are never given.
    limit: Option<usize>,
    /// Control entries only.
    #[serde(default)]
    control_only: bool,
}

/// Entries of a vault's log.
#[utoipa::path(get, path = "/v1/vaults/{vault}/entries", tag = "vaults",
    params(("vault" = String, Path, description = "Vault id."), VaultPageQuery),
    responses((status = 200, description = "`page/1`.", body = Vec<u8>, content_type = "application/cbor")),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Session(caller): Session,
    InPath(vault): InPath<VaultId>,
    InQuery(query): InQuery<VaultPageQuery>,
) -> ApiResult<Cbor> {
    let page = api
        .domain
        .vault_page(&caller, vault, query.after, query.limit, query.control_only)
        .await?;
    Ok(Cbor(page))
}
