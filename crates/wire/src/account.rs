use crate::{AccountRoleText, Base64Bytes, shape};
use strongroom_types::*;

shape! {
    /// Limits of one account. `None` falls back to the account role's, then to the server's default.
    pub struct Quota {
        /// Largest file, sealed bytes.
        #[serde(default)]
        pub file_max_bytes: Option<u64>,
        /// All sealed bytes whose files this account put.
        #[serde(default)]
        pub total_max_bytes: Option<u64>,
        /// Parts that may travel at the same time.
        #[serde(default)]
        pub parts_in_flight_max: Option<u32>,
    }

    /// `GET /v1/quotas/{account_role}` (administrators).
    pub struct RoleQuotaView {
        /// Set for the role; `None` fields fall back to the server's default.
        pub quota: Quota,
        /// Limits in force for accounts of the role that have none of their own. Only the total
        /// can be `None`: no limit.
        pub in_force: Quota,
    }

    /// `GET /v1/account`: who the session belongs to.
    pub struct AccountView {
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub account: AccountId,
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub tenant: TenantId,
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub identity: IdentityId,
        pub name: String,
        pub account_role: AccountRoleText,
        /// Limits in force.
        pub quota: Quota,
        /// Sealed bytes in use.
        pub used_bytes: u64,
        /// Whether the recovery kit was proven.
        pub recovery_confirmed: bool,
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub session: SessionId,
    }

    /// One line of `GET /v1/accounts` (administrators).
    pub struct AccountRow {
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub account: AccountId,
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub identity: IdentityId,
        pub name: String,
        pub account_role: AccountRoleText,
        /// Retired accounts cannot log in.
        pub retired: bool,
        /// Set for this account; `None` fields fall back.
        pub quota: Quota,
        pub used_bytes: u64,
        pub recovery_confirmed: bool,
        pub created_ms: u64,
        pub last_seen_ms: Option<u64>,
    }

    /// `GET /v1/accounts`.
    pub struct AccountList {
        pub accounts: Vec<AccountRow>,
    }

    /// A signed-in session.
    pub struct SessionRow {
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub session: SessionId,
        pub device_name: String,
        pub created_ms: u64,
        pub last_seen_ms: u64,
        pub expires_ms: u64,
        /// Whether it is the session that asks.
        pub current: bool,
    }

    /// `GET /v1/sessions`.
    pub struct SessionList {
        pub sessions: Vec<SessionRow>,
    }

    /// `POST /v1/account/recovery-confirm`: proves that the kit is in somebody's hands.
    pub struct RecoveryConfirm {
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub auth: Digest,
    }

    /// `GET /v1/wallet`.
    pub struct WalletView {
        /// The stored wallet (formats, section 11).
        pub wallet: Base64Bytes,
        /// A credential of a passphrase change that is not finished.
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
        pub pending_credential: Option<CredentialId>,
    }

    /// `PUT /v1/wallet`: replaces wallet and slots together; `conflict` unless its version is the stored one plus 1.
    pub struct WalletPut {
        pub wallet: Base64Bytes,
        /// Replaces the recovery login in the same step.
        #[serde(default)]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
        pub recover_auth_hash: Option<Digest>,
        /// Makes this pending credential the only one in the same step; it must have logged in once.
        #[serde(default)]
        #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
        pub promote_credential: Option<CredentialId>,
    }

    /// `POST /v1/credentials/start`: begins a change of passphrase.
    pub struct CredentialStart {
        pub opaque_request: Base64Bytes,
    }

    /// Answer to `POST /v1/credentials/start`.
    pub struct CredentialStarted {
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub credential: CredentialId,
        pub opaque_response: Base64Bytes,
    }

    /// `POST /v1/credentials/finish`: the new credential is pending; the old one still works.
    pub struct CredentialFinish {
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub credential: CredentialId,
        pub opaque_upload: Base64Bytes,
    }
}
