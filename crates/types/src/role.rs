use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a member may do in a vault; each role includes the ones before it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode,
)]
#[serde(rename_all = "lowercase")]
#[cbor(index_only)]
pub enum Role {
    /// Reads records and files.
    #[n(1)]
    Reader,
    /// Adds and edits records and files, takes leases.
    #[n(2)]
    Writer,
    /// Invites and removes readers and writers, breaks leases, makes links, erases.
    #[n(3)]
    Manager,
    /// Everything, managers and owners included.
    #[n(4)]
    Owner,
}

/// What an account may do in its tenant.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Encode, Decode,
)]
#[serde(rename_all = "lowercase")]
#[cbor(index_only)]
pub enum AccountRole {
    /// Works in the vaults it is invited to and creates its own.
    #[n(1)]
    Member,
    /// Invites and retires people, sets quotas and policy. Reads no vault by it.
    #[n(2)]
    Admin,
}

/// A role name that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("unknown role {0:?}; use one of: {1}")]
pub struct UnknownRole(String, &'static str);

macro_rules! names {
    ($type:ident: $list:literal, $($variant:ident = $name:literal),+) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self { $($type::$variant => $name),+ })
            }
        }
        impl FromStr for $type {
            type Err = UnknownRole;
            fn from_str(text: &str) -> Result<Self, UnknownRole> {
                match text {
                    $($name => Ok($type::$variant),)+
                    _ => Err(UnknownRole(text.chars().take(40).collect(), $list)),
                }
            }
        }
    };
}

names!(Role: "reader, writer, manager, owner",
    Reader = "reader", Writer = "writer", Manager = "manager", Owner = "owner");
names!(AccountRole: "member, admin", Member = "member", Admin = "admin");
