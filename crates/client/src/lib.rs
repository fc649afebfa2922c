//! The Rust SDK of Strongroom: drives the vault core over HTTP, keeps a local encrypted cache
//! and the profile of one person on one machine, and moves files of any size.
//!
//! Start with [`Client`]. Nothing that a server says is believed: what does not prove itself is
//! an error of class [`ErrorClass::Integrity`], and nothing is changed then.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod account;
mod cache;
mod client;
mod commit;
mod delivered;
mod environment;
mod error;
mod export;
mod file_names;
mod files;
mod http;
mod images;
mod leases;
mod links;
mod profile;
mod query;
mod records;
mod resolve;
mod sync;
mod tables;
#[cfg(feature = "danger-test-access")]
mod test_access;
mod transfer;
mod trust;
mod vaults;
pub mod views;

pub use account::{Admission, LoginRequest, RecoverRequest, SignupRequest, server_info};
pub use client::Client;
pub use delivered::{Delivered, Visitor};
pub use environment::{Environment, SystemClock};
pub use error::{ClientError, ErrorClass, Result};
pub use export::{ExportDone, ExportOptions};
pub use files::{GetOptions, PutOptions, SameName};
pub use links::{LinkGetRequest, LinkNeeds, LinkOptions, link_get, link_info};
pub use profile::{ProfileDir, ProfileFacts};
pub use query::Query;
pub use strongroom_format::directory::DirectoryPolicy;
pub use strongroom_format::record::{Fields, Value};
pub use strongroom_format::table::{FieldDefinition, FieldType, TableDefinition};
pub use strongroom_types::*;
pub use strongroom_vault::RecoveryKit;
pub use strongroom_vault::passphrase::Passphrase;
pub use tables::builtin_tables;
pub use transfer::{NoProgress, Progress, Source};
pub use views::*;
