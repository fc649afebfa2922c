use crate::{body::Json, config::Api, error::ApiResult};
use axum::extract::State;
use strongroom_types::SUITE;
use strongroom_wire::ServerInfo;

/// What anybody may know of this server.
#[utoipa::path(get, path = "/v1/server", tag = "server",
    responses((status = 200, description = "Product, version, clock.", body = ServerInfo)))]
pub(crate) async fn handle(State(api): State<Api>) -> ApiResult<Json<ServerInfo>> {
    Ok(Json(ServerInfo {
        product: "strongroom".to_owned(),
        version: api.config.version.clone(),
        suite: SUITE,
        setup_open: api.domain.setup_open().await?,
        now_ms: api.domain.now_ms(),
        public_url: api.config.public_url.clone(),
    }))
}
