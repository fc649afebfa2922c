use crate::{Base64Bytes, shape};
use strongroom_types::*;

shape! {
    /// A vault that the account is a member of.
    pub struct VaultRow {
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub vault: VaultId,
        pub head_index: u64,
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub head_hash: Digest,
        pub epoch: u64,
        pub role: String,
        pub rekey_required: bool,
    }

    /// `GET /v1/vaults`.
    pub struct VaultList {
        pub vaults: Vec<VaultRow>,
        pub directory_index: u64,
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub directory_hash: Digest,
    }

    /// Answer to an append: on disk when you read this.
    pub struct Appended {
        /// The log that grew (vault id, or tenant id for the directory).
        pub log: String,
        /// Index of the first entry of the request; the others follow without a gap.
        pub first_index: u64,
        /// Chain hash after the last entry of the request.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub last_hash: Digest,
        pub appended_ms: u64,
    }

    /// Beside an invite entry: what the joiner gets.
    pub struct InviteAttachment {
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub invite: InviteId,
        pub root_box: Base64Bytes,
        /// `H(derive16(S, invkey auth))`.
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub auth_hash: Digest,
    }

    /// `POST /v1/invites`: an invite entry and its attachment, together.
    pub struct InvitePost {
        /// Directory entry `[body, signatures, payload]`.
        pub entry: Base64Bytes,
        pub attachment: InviteAttachment,
    }

    /// Data of a server-sent event `head`: a log that the account may read has grown.
    pub struct HeadEvent {
        pub log: String,
        pub index: u64,
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub hash: Digest,
    }
}
