use crate::{
    body::JsonBody, config::Api, error::ApiResult, extract::AnySession, idempotency::Write,
};
use axum::{extract::State, response::Response};
use strongroom_wire::CredentialFinish;

/// Keeps the new credential as pending; the old one still works.
#[utoipa::path(post, path = "/v1/credentials/finish", tag = "wallet", request_body = CredentialFinish,
    responses((status = 204, description = "Pending.")),
    security(("session" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    write: Write<AnySession, (), JsonBody<CredentialFinish>>,
) -> ApiResult<Response> {
    let domain = &api.domain;
    write
        .done(&api, |caller, (), body, answer| async move {
            domain.credential_finish(&caller, body.value, answer).await
        })
        .await
}
