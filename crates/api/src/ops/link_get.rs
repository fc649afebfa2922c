use crate::{
    body::Json,
    config::Api,
    error::ApiResult,
    extract::{Address, InPath, LinkToken},
};
use axum::extract::State;
use strongroom_types::LinkId;
use strongroom_wire::LinkView;

/// Opens a link: counts one use and gives a grant for the content.
#[utoipa::path(get, path = "/v1/links/{link}", tag = "links",
    params(("link" = String, Path, description = "Link id."),
        ("Strongroom-Link-Token" = String, Header, description = "The link's access token.")),
    responses((status = 200, description = "The link box and a grant for 24 hours.", body = LinkView)))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Address(address): Address,
    LinkToken(token): LinkToken,
    InPath(link): InPath<LinkId>,
) -> ApiResult<Json<LinkView>> {
    Ok(Json(api.domain.open_link(link, token, address).await?))
}
