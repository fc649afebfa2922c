use crate::{
    body::NoBody,
    config::Api,
    error::ApiResult,
    extract::{InPath, Session, WriteKey},
    idempotency::once,
};
use axum::{
    body::Bytes,
    extract::State,
    http::{Method, StatusCode, Uri},
    response::Response,
};
use strongroom_types::SessionId;

/// Ends a session of the account.
#[utoipa::path(delete, path = "/v1/sessions/{session}", tag = "account",
    params(("session" = String, Path, description = "Id in lowercase hexadecimal.")),
    responses((status = 204, description = "Ended.")),
    security(("session" = [])))]
#[allow(clippy::too_many_arguments)]
pub(crate) async fn handle(
    State(api): State<Api>,
    Session(caller): Session,
    InPath(session): InPath<SessionId>,
    WriteKey(key): WriteKey,
    method: Method,
    uri: Uri,
    _: NoBody,
) -> ApiResult<Response> {
    let bytes = Bytes::new();
    once(&api, &caller, key, (&method, &uri, &bytes), || async {
        api.domain.revoke_session(&caller, session).await?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}
