use crate::{Base64Bytes, shape};
use strongroom_types::*;

shape! {
    /// `POST /v1/vaults/{vault}/uploads`: begins an upload, or finds it again (same revision).
    /// Right, quota and size are checked here, before the first byte travels.
    pub struct UploadStart {
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub file: FileId,
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub revision: RevisionId,
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub record: RecordId,
        /// Sealed bytes, header included.
        pub sealed_length: u64,
    }

    /// State of an upload.
    pub struct UploadView {
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub revision: RevisionId,
        pub sealed_length: u64,
        pub part_count: u64,
        /// Parts on disk as ranges `[first, end)`, ascending.
        pub parts_stored: Vec<(u64, u64)>,
        pub tree_part_count: u64,
        pub tree_parts_stored: Vec<(u64, u64)>,
        /// Parts that may travel at the same time.
        pub parts_in_flight_max: u32,
    }

    /// `GET /v1/links/{link}` with the link's token: counts as one use.
    pub struct LinkView {
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub tenant: TenantId,
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub vault: VaultId,
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub file: FileId,
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        pub revision: RevisionId,
        pub link_box: Base64Bytes,
        /// Whether a passphrase is needed besides the fragment.
        pub passphrase: bool,
        pub sealed_length: u64,
        /// Token for the content of this one use, valid for 24 hours.
        pub grant: String,
    }

    /// `GET /v1/links/{link}/info` with the token: whether a passphrase is needed; not counted.
    pub struct LinkInfo {
        pub passphrase: bool,
        pub expires_ms: u64,
        pub uses_left: Option<u64>,
    }
}
