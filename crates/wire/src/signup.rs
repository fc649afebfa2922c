use crate::{Base64Bytes, shape};
use serde::{Deserialize, Serialize};
use strongroom_types::*;

/// What lets a person sign up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SignupProof {
    /// The one-time code that the server printed: makes a tenant.
    Setup {
        /// `SR-SETUP-…`, as printed.
        code: String,
    },
    /// An invitation: the id and the token derived from its secret.
    Invite {
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        invite: InviteId,
        /// `derive16(S, invkey auth)`.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        auth: Digest,
    },
}

shape! {
    /// `GET /v1/invites/{invite}`: what an invitation carries for the joiner.
    pub struct InviteView {
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub tenant: TenantId,
        pub account_role: AccountRoleText,
        /// Milliseconds since the Unix epoch.
        pub expires_ms: u64,
        /// Opens with a key derived from the invitation's secret.
        pub root_box: Base64Bytes,
    }

    /// `POST /v1/signup/start`.
    pub struct SignupStart {
        pub proof: SignupProof,
        pub name: String,
        /// OPAQUE registration request.
        pub opaque_request: Base64Bytes,
    }

    /// Answer to `POST /v1/signup/start`.
    pub struct SignupStarted {
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub signup: SessionId,
        /// OPAQUE registration response.
        pub opaque_response: Base64Bytes,
    }

    /// `POST /v1/signup/finish`.
    pub struct SignupFinish {
        pub proof: SignupProof,
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub signup: SessionId,
        pub opaque_upload: Base64Bytes,
        /// Directory entry `[body, signatures, payload]`: genesis or join.
        pub entry: Base64Bytes,
        /// The stored wallet (formats, section 11), version 1.
        pub wallet: Base64Bytes,
        /// Hash of `derive16(recovery code, recover-auth)`.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub recover_auth_hash: Digest,
    }

    /// A new session.
    pub struct SessionCreated {
        /// Bearer token; shown once.
        pub session_token: String,
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub session: SessionId,
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub account: AccountId,
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub tenant: TenantId,
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub identity: IdentityId,
        /// Milliseconds since the Unix epoch.
        pub expires_ms: u64,
    }

    /// `POST /v1/login/start`.
    pub struct LoginStart {
        pub name: String,
        /// Needed only where the server holds several tenants.
        #[serde(default)]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
        pub tenant: Option<TenantId>,
        /// OPAQUE KE1.
        pub opaque_request: Base64Bytes,
        /// Asks for the credential of a passphrase change that is not finished.
        #[serde(default)]
        pub pending: bool,
    }

    /// Answer to `POST /v1/login/start`. It looks the same for an unknown name.
    pub struct LoginStarted {
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub login: SessionId,
        /// OPAQUE KE2.
        pub opaque_response: Base64Bytes,
    }

    /// `POST /v1/login/finish`.
    pub struct LoginFinish {
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub login: SessionId,
        /// OPAQUE KE3.
        pub finalization: Base64Bytes,
        /// What the session list shows, for example `laptop`.
        pub device_name: String,
    }

    /// `POST /v1/recover`: a session that may only read and replace the wallet, set a new
    /// passphrase and write to the directory.
    pub struct Recover {
        pub name: String,
        #[serde(default)]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
        pub tenant: Option<TenantId>,
        /// `derive16(recovery code, recover-auth)`.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub auth: Digest,
        pub device_name: String,
    }
}

/// `member` or `admin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String))]
#[serde(transparent)]
pub struct AccountRoleText(pub AccountRole);
