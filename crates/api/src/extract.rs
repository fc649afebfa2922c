//! Who asks, and for what: everything read from a request's head.

use crate::{
    PeerAddress,
    config::Api,
    error::{ApiError, ApiResult},
};
use axum::{
    extract::{FromRequestParts, Path, Query},
    http::{HeaderMap, header, request::Parts},
};
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use strongroom_domain::{Caller, DirectoryReader, Scope};
use strongroom_types::{AccountRole, Digest, IdempotencyKey, InviteId};
use strongroom_wire::{IDEMPOTENCY_KEY_HEADER, LINK_TOKEN_HEADER, ProblemCode};

/// Value of the `Authorization` header after `scheme`.
fn credentials<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (found, rest) = value.to_str().ok()?.split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then_some(rest.trim())
}

async fn authenticate(parts: &Parts, api: &Api) -> ApiResult<Caller> {
    let token = credentials(&parts.headers, "bearer")
        .ok_or_else(|| ApiError::new(ProblemCode::Unauthenticated))?;
    let caller = api.domain.authenticate(token).await?;
    api.rates.account(caller.account)?;
    Ok(caller)
}

/// A session with all rights of its account.
pub(crate) struct Session(pub Caller);

impl FromRequestParts<Api> for Session {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, api: &Api) -> ApiResult<Self> {
        let caller = authenticate(parts, api).await?;
        if caller.scope != Scope::Full {
            return Err(ApiError::with_detail(
                ProblemCode::Forbidden,
                "a recovery session may only restore the wallet; sign in with the new passphrase",
            ));
        }
        Ok(Self(caller))
    }
}

/// A session, or one of a recovery.
pub(crate) struct AnySession(pub Caller);

impl FromRequestParts<Api> for AnySession {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, api: &Api) -> ApiResult<Self> {
        authenticate(parts, api).await.map(Self)
    }
}

/// A session of an administrator.
pub(crate) struct Admin(pub Caller);

impl FromRequestParts<Api> for Admin {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, api: &Api) -> ApiResult<Self> {
        let Session(caller) = Session::from_request_parts(parts, api).await?;
        if caller.account_role != AccountRole::Admin {
            return Err(ApiError::with_detail(
                ProblemCode::Forbidden,
                "only administrators may do this",
            ));
        }
        Ok(Self(caller))
    }
}

/// `Authorization: Invite INVITE.AUTH`.
pub(crate) struct InviteAuth {
    pub invite: InviteId,
    pub auth: Digest,
}

impl InviteAuth {
    fn read(headers: &HeaderMap) -> Option<Self> {
        let (invite, auth) = credentials(headers, "invite")?.split_once('.')?;
        Some(Self {
            invite: invite.parse().ok()?,
            auth: auth.parse().ok()?,
        })
    }
}

impl FromRequestParts<Api> for InviteAuth {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &Api) -> ApiResult<Self> {
        Self::read(&parts.headers).ok_or_else(|| ApiError::new(ProblemCode::Unauthenticated))
    }
}

/// Whoever may read a directory: sessions of any scope, and holders of an open invitation.
pub(crate) struct Reader(pub DirectoryReader);

impl FromRequestParts<Api> for Reader {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, api: &Api) -> ApiResult<Self> {
        if let Some(InviteAuth { invite, auth }) = InviteAuth::read(&parts.headers) {
            let PeerAddress(address) = PeerAddress::of(&parts.extensions);
            return Ok(Self(api.domain.invite_reader(invite, auth, address).await?));
        }
        let caller = authenticate(parts, api).await?;
        Ok(Self(DirectoryReader::of(&caller)))
    }
}

/// The peer's address.
pub(crate) struct Address(pub IpAddr);

impl FromRequestParts<Api> for Address {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &Api) -> ApiResult<Self> {
        Ok(Self(PeerAddress::of(&parts.extensions).0))
    }
}

/// Ids in the path.
pub(crate) struct InPath<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Api> for InPath<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, api: &Api) -> ApiResult<Self> {
        match Path::<T>::from_request_parts(parts, api).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(_) => Err(ApiError::malformed(
                "the path holds something that is not an id",
            )),
        }
    }
}

/// The query; its type refuses unknown fields.
pub(crate) struct InQuery<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Api> for InQuery<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, api: &Api) -> ApiResult<Self> {
        match Query::<T>::from_request_parts(parts, api).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(ApiError::malformed(format!(
                "query: {}",
                rejection.body_text()
            ))),
        }
    }
}

/// `Idempotency-Key`, which every write has to carry.
pub(crate) struct WriteKey(pub IdempotencyKey);

impl FromRequestParts<Api> for WriteKey {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &Api) -> ApiResult<Self> {
        let text = single(&parts.headers, IDEMPOTENCY_KEY_HEADER)?
            .ok_or_else(|| ApiError::malformed("Idempotency-Key is missing"))?;
        text.parse().map(Self).map_err(|_| {
            ApiError::malformed("Idempotency-Key has to be 32 lowercase hexadecimal digits")
        })
    }
}

/// `Strongroom-Link-Token`.
pub(crate) struct LinkToken(pub Digest);

impl FromRequestParts<Api> for LinkToken {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _: &Api) -> ApiResult<Self> {
        let text = single(&parts.headers, LINK_TOKEN_HEADER)?
            .ok_or_else(|| ApiError::new(ProblemCode::Unauthenticated))?;
        text.parse()
            .map(Self)
            .map_err(|_| ApiError::new(ProblemCode::WrongCredentials))
    }
}

/// A header that may stand at most once.
pub(crate) fn single<'a>(headers: &'a HeaderMap, name: &str) -> ApiResult<Option<&'a str>> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value
            .to_str()
            .map(Some)
            .map_err(|_| ApiError::malformed(format!("{name} is not text"))),
        _ => Err(ApiError::malformed(format!("{name} stands more than once"))),
    }
}
