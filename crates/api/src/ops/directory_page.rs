use crate::{
    body::Cbor,
    config::Api,
    error::ApiResult,
    extract::{InQuery, Reader},
};
use axum::extract::State;
use serde::Deserialize;

/// Which entries.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct DirectoryPageQuery {
    /// Index of the last entry that the client has.
    after: Option<u64>,
    /// Most entries; more than 1,000 are never given.
    limit: Option<usize>,
}

/// Entries of the directory.
#[utoipa::path(get, path = "/v1/directory/entries", tag = "directory", params(DirectoryPageQuery),
    responses((status = 200, description = "`page/1`.", body = Vec<u8>, content_type = "application/cbor")),
    security(("session" = []), ("invite" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Reader(reader): Reader,
    InQuery(query): InQuery<DirectoryPageQuery>,
) -> ApiResult<Cbor> {
    Ok(Cbor(
        api.domain
            .directory_page(&reader, query.after, query.limit)
            .await?,
    ))
}
