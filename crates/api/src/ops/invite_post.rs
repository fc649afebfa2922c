use crate::{
    body::{Json, JsonBody},
    config::Api,
    error::ApiResult,
    extract::Admin,
    idempotency::Write,
};
use axum::{extract::State, response::Response};
use strongroom_wire::{Appended, InvitePost};

/// Invites a person: an invite entry of the directory and what its joiner gets, together (administrators).
#[utoipa::path(post, path = "/v1/invites", tag = "administration", request_body = InvitePost,
    responses((status = 200, description = "The place of the entry.", body = Appended)),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    write: Write<Admin, (), JsonBody<InvitePost>>,
) -> ApiResult<Response> {
    let domain = &api.domain;
    write
        .answered(&api, |caller, (), body| async move {
            Ok(Json(domain.post_invite(&caller, body.value).await?))
        })
        .await
}
