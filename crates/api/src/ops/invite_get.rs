use crate::{
    body::Json,
    config::Api,
    error::{ApiError, ApiResult},
    extract::{Address, InPath, InviteAuth},
};
use axum::extract::State;
use strongroom_types::InviteId;
use strongroom_wire::{InviteView, ProblemCode};

/// What an invitation carries for the joiner.
#[utoipa::path(get, path = "/v1/invites/{invite}", tag = "sign-up",
    params(("invite" = String, Path, description = "Invite id.")),
    responses((status = 200, description = "The sealed root of trust.", body = InviteView)),
    security(("invite" = [])))]
pub(crate) async fn handle(
    State(api): State<Api>,
    Address(address): Address,
    given: InviteAuth,
    InPath(invite): InPath<InviteId>,
) -> ApiResult<Json<InviteView>> {
    if given.invite != invite {
        return Err(ApiError::new(ProblemCode::WrongCredentials));
    }
    Ok(Json(
        api.domain.invite_view(invite, given.auth, address).await?,
    ))
}
