use super::file_content_get::answer;
use crate::{
    config::Api,
    error::ApiResult,
    extract::{Address, InPath, InQuery},
};
use axum::{extract::State, http::HeaderMap, response::Response};
use serde::Deserialize;
use strongroom_domain::PartOf;
use strongroom_types::LinkId;

/// With which grant.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantQuery {
    /// The grant of one use of the link.
    grant: String,
}

/// The sealed bytes behind a link without their header; one range at most.
#[utoipa::path(get, path = "/v1/links/{link}/content", tag = "links",
    params(("link" = String, Path, description = "Link id."), GrantQuery,
        ("Range" = Option<String>, Header, description = "`bytes=first-last`.")),
    responses((status = 200, description = "All bytes.", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "A range.", body = Vec<u8>, content_type = "application/octet-stream")))]
pub(crate) async fn content(
    State(api): State<Api>,
    Address(address): Address,
    InPath(link): InPath<LinkId>,
    InQuery(query): InQuery<GrantQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let content = api
        .domain
        .link_content(link, &query.grant, PartOf::Content, address)
        .await?;
    answer(content, &headers)
}

/// The tree leaves behind a link; one range at most.
#[utoipa::path(get, path = "/v1/links/{link}/tree", tag = "links",
    params(("link" = String, Path, description = "Link id."), GrantQuery,
        ("Range" = Option<String>, Header, description = "`bytes=first-last`.")),
    responses((status = 200, description = "All bytes.", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 206, description = "A range.", body = Vec<u8>, content_type = "application/octet-stream")))]
pub(crate) async fn tree(
    State(api): State<Api>,
    Address(address): Address,
    InPath(link): InPath<LinkId>,
    InQuery(query): InQuery<GrantQuery>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    let content = api
        .domain
        .link_content(link, &query.grant, PartOf::Tree, address)
        .await?;
    answer(content, &headers)
}
