//! Calls about people: members of vaults, colleagues, invitations.

use super::{Nothing, OfVault, read, write};
use crate::Result;
use crate::engine::Engine;
use crate::platform::{Http, Storage};
use serde::Deserialize;
use serde_json::json;
use strongroom_types::*;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfMember {
    vault: VaultId,
    identity: IdentityId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberRole {
    vault: VaultId,
    identity: IdentityId,
    role: Role,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rename {
    vault: VaultId,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfPerson {
    identity: IdentityId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetCompared {
    identity: IdentityId,
    number: String,
    compared: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirm {
    vault: VaultId,
    code: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invite {
    account_role: AccountRole,
    valid_ms: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfInvitation {
    invite: InviteId,
}

/// Answers the calls of this file; `None` for others.
pub(super) async fn call<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Option<Result<String>> {
    match method {
        "members" | "access_history" | "renew_vault_keys" | "leave_vault" | "picture"
        | "confirm_picture" | "rename_vault" | "invite_member" | "set_member_role"
        | "remove_member" => Some(of_vault(engine, method, arguments).await),
        "colleagues"
        | "safety_number"
        | "set_compared"
        | "invite_colleague"
        | "invitations"
        | "withdraw_invitation" => Some(of_organisation(engine, method, arguments).await),
        _ => None,
    }
}

async fn of_vault<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Result<String> {
    match method {
        "members" => {
            let OfVault { vault } = read(arguments)?;
            return write(&json!({ "members": engine.members(vault).await? }));
        }
        "access_history" => {
            let OfVault { vault } = read(arguments)?;
            return write(&json!({ "events": engine.access_history(vault).await? }));
        }
        "picture" => {
            let OfVault { vault } = read(arguments)?;
            return write(&engine.picture(vault).await?);
        }
        "confirm_picture" => {
            let Confirm { vault, code } = read(arguments)?;
            return write(&engine.confirm_picture(vault, &code).await?);
        }
        "renew_vault_keys" => {
            let OfVault { vault } = read(arguments)?;
            engine.renew_vault_keys(vault).await?;
        }
        "leave_vault" => {
            let OfVault { vault } = read(arguments)?;
            engine.leave_vault(vault).await?;
        }
        "rename_vault" => {
            let Rename { vault, name } = read(arguments)?;
            engine.rename_vault(vault, &name).await?;
        }
        "remove_member" => {
            let OfMember { vault, identity } = read(arguments)?;
            engine.remove_member(vault, identity).await?;
        }
        _ => {
            let MemberRole {
                vault,
                identity,
                role,
            } = read(arguments)?;
            match method {
                "invite_member" => engine.invite_member(vault, identity, role).await?,
                _ => engine.set_member_role(vault, identity, role).await?,
            }
        }
    }
    write(&json!({}))
}

async fn of_organisation<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Result<String> {
    match method {
        "colleagues" => {
            read::<Nothing>(arguments)?;
            write(&json!({ "colleagues": engine.colleagues().await? }))
        }
        "safety_number" => {
            let OfPerson { identity } = read(arguments)?;
            write(&engine.safety_number(identity).await?)
        }
        "set_compared" => {
            let SetCompared {
                identity,
                number,
                compared,
            } = read(arguments)?;
            write(&engine.set_compared(identity, &number, compared).await?)
        }
        "invite_colleague" => {
            let Invite {
                account_role,
                valid_ms,
            } = read(arguments)?;
            let fingerprint = engine.platform.ca_fingerprint().await?;
            write(
                &engine
                    .invite_colleague(account_role, valid_ms, fingerprint)
                    .await?,
            )
        }
        "invitations" => {
            read::<Nothing>(arguments)?;
            write(&json!({ "invitations": engine.invitations().await? }))
        }
        _ => {
            let OfInvitation { invite } = read(arguments)?;
            engine.withdraw_invitation(invite).await?;
            write(&json!({}))
        }
    }
}
