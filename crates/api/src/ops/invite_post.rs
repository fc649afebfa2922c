use crate::{
    body::{Json, JsonBody},
    config::Api,
    error::ApiResult,
    extract::{Admin, WriteKey},
    idempotency::once,
};
use axum::{
    extract::State,
    http::{Method, Uri},
    response::Response,
};
use strongroom_wire::{Appended, InvitePost};

/// Invites a person: an invite entry of the directory and what its joiner gets, together (administrators).
#[utoipa::path(post, path = "/v1/invites", tag = "administration", request_body = InvitePost,
    responses((status = 200, description = "The place of the entry.", body = Appended)),
    security(("session" = [])))]
#[allow(clippy::too_many_arguments)]
pub(crate) async fn handle(
    State(api): State<Api>,
    Admin(caller): Admin,
    WriteKey(key): WriteKey,
    method: Method,
    uri: Uri,
    body: JsonBody<InvitePost>,
) -> ApiResult<Response> {
    let bytes = body.bytes.clone();
    once(&api, &caller, key, (&method, &uri, &bytes), || async {
        Ok(Json(api.domain.post_invite(&caller, body.value).await?))
    })
    .await
}
