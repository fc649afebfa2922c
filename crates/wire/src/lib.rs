//! The JSON shapes of the HTTP API, shared by server and client so that the two cannot drift.
//! Entries and pages of logs travel as CBOR; their shapes are in `strongroom-format`.
//! Every operation is described in `spec/http.md`.

mod account;
mod bytes;
mod events;
mod file;
mod problem;
mod server;
mod signup;
mod vault;

pub use account::*;
pub use bytes::Base64Bytes;
pub use events::EventLines;
pub use file::*;
pub use problem::{Problem, ProblemCode};
pub use server::*;
pub use signup::*;
pub use vault::*;

/// Header that names one write (32 hexadecimal digits); required on every write.
pub const IDEMPOTENCY_KEY_HEADER: &str = "idempotency-key";
/// Header with the CRC-32C of a part as eight hexadecimal digits.
pub const CHECKSUM_HEADER: &str = "strongroom-crc32c";
/// Header with a link's access token (64 hexadecimal digits).
pub const LINK_TOKEN_HEADER: &str = "strongroom-link-token";
/// Media type of entries and pages.
pub const CBOR_MEDIA_TYPE: &str = "application/cbor";
/// Media type of errors (RFC 9457).
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

/// Derives what every shape needs.
macro_rules! shape {
    ($($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident : $type:ty),* $(,)? })*) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
            #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
            #[serde(deny_unknown_fields)]
            pub struct $name { $($(#[$field_meta])* pub $field: $type),* }
        )*
    };
}
pub(crate) use shape;
