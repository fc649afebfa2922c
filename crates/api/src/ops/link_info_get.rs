use crate::{
    body::Json,
    config::Api,
    error::ApiResult,
    extract::{Address, InPath, LinkToken},
};
use axum::extract::State;
use strongroom_types::LinkId;
use strongroom_wire::LinkInfo;

/// Whether a link needs a passphrase; this is not counted as a use.
#[utoipa::path(get, path = "/v1/links/{link}/info", tag = "links",
    params(("link" = String, Path, description = "Link id."),
        ("Strongroom-Link-Token" = String, Header, description = "The link's access token.")),
    responses((status = 200, description = "What the link asks for.", body = LinkInfo)))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Address(address): Address,
    LinkToken(token): LinkToken,
    InPath(link): InPath<LinkId>,
) -> ApiResult<Json<LinkInfo>> {
    Ok(Json(api.domain.link_info(link, token, address).await?))
}
