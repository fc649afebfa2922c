use crate::{ApiConfig, config::Api, layers, ops::*, rate};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    routing::{delete, get, post, put},
};
use std::sync::Arc;
use strongroom_domain::Domain;
use tower_http::catch_panic::CatchPanicLayer;

/// The whole HTTP API. Layers can be put around it; it needs the request extension
/// [`crate::PeerAddress`] to tell clients apart when it limits attempts.
pub fn router(domain: Arc<Domain>, config: ApiConfig) -> Router {
    let api = Api::new(domain, config);
    let bounded = plain()
        .layer(from_fn(layers::without_query))
        .merge(with_query())
        .layer(from_fn_with_state(api.clone(), layers::in_time));
    let streams = plain_streams()
        .layer(from_fn(layers::without_query))
        .merge(streams_with_query());
    bounded
        .merge(streams)
        .fallback(layers::page)
        .method_not_allowed_fallback(layers::method_not_allowed)
        // Every operation bounds its own body.
        .layer(DefaultBodyLimit::disable())
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(from_fn_with_state(api.clone(), rate::per_address))
        .layer(from_fn(layers::around))
        .with_state(api)
}

fn plain() -> Router<Api> {
    Router::new()
        .route("/livez", get(health_get::live))
        .route("/readyz", get(health_get::ready))
        .route("/metrics", get(metrics_get::handle))
        .route("/v1/server", get(server_get::handle))
        .route("/v1/openapi.json", get(openapi_get::handle))
        .route("/v1/ca.pem", get(ca_get::handle))
        .route("/v1/invites", post(invite_post::handle))
        .route("/v1/invites/{invite}", get(invite_get::handle))
        .route("/v1/signup/start", post(signup_start::handle))
        .route("/v1/signup/finish", post(signup_finish::handle))
        .route("/v1/login/start", post(login_start::handle))
        .route("/v1/login/finish", post(login_finish::handle))
        .route("/v1/recover", post(recover::handle))
        .route("/v1/logout", post(logout::handle))
        .route("/v1/account", get(account_get::handle))
        .route(
            "/v1/account/recovery-confirm",
            post(recovery_confirm::handle),
        )
        .route("/v1/sessions", get(sessions_list::handle))
        .route("/v1/sessions/{session}", delete(session_delete::handle))
        .route("/v1/accounts", get(accounts_list::handle))
        .route(
            "/v1/accounts/{identity}/sessions",
            delete(account_sessions_delete::handle),
        )
        .route(
            "/v1/accounts/{identity}/quota",
            put(account_quota_put::handle),
        )
        .route(
            "/v1/quotas/{account_role}",
            get(role_quota_get::handle).put(role_quota_put::handle),
        )
        .route("/v1/storage", get(storage_get::handle))
        .route(
            "/v1/wallet",
            get(wallet_get::handle).put(wallet_put::handle),
        )
        .route("/v1/credentials/start", post(credential_start::handle))
        .route("/v1/credentials/finish", post(credential_finish::handle))
        .route(
            "/v1/vaults",
            get(vaults_list::handle).post(vault_create::handle),
        )
        .route(
            "/v1/vaults/{vault}/wraps/{epoch}",
            get(vault_wraps_get::handle),
        )
        .route("/v1/vaults/{vault}/uploads", post(upload_start::handle))
        .route(
            "/v1/vaults/{vault}/uploads/{revision}",
            get(upload_get::handle).delete(upload_delete::handle),
        )
        .route("/v1/links/{link}/info", get(link_info_get::handle))
        .route("/v1/links/{link}", get(link_get::handle))
        .route("/l/{link}", get(link_page_get::handle))
}

/// Operations that take a query check it themselves.
fn with_query() -> Router<Api> {
    Router::new()
        .route(
            "/v1/directory/entries",
            get(directory_page::handle).post(directory_append::handle),
        )
        .route(
            layers::VAULT_ENTRIES,
            get(vault_page::handle).post(vault_append::handle),
        )
}

/// Streams have no time limit as a whole, only for standing still.
fn plain_streams() -> Router<Api> {
    Router::new()
        .route(
            "/v1/vaults/{vault}/uploads/{revision}/parts/{n}",
            put(part_put::content),
        )
        .route(
            "/v1/vaults/{vault}/uploads/{revision}/tree/{n}",
            put(part_put::tree),
        )
        .route(
            "/v1/vaults/{vault}/files/{file}/revisions/{revision}/content",
            get(file_content_get::content),
        )
        .route(
            "/v1/vaults/{vault}/files/{file}/revisions/{revision}/tree",
            get(file_content_get::tree),
        )
        .route("/v1/events", get(events_get::handle))
}

fn streams_with_query() -> Router<Api> {
    Router::new()
        .route("/v1/links/{link}/content", get(link_content_get::content))
        .route("/v1/links/{link}/tree", get(link_content_get::tree))
}
