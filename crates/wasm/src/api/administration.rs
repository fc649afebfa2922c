//! Calls of administrators.

use super::{Nothing, read, write};
use crate::Result;
use crate::administration::PolicyView;
use crate::engine::Engine;
use crate::platform::{Http, Storage};
use serde::Deserialize;
use serde_json::json;
use strongroom_types::*;
use strongroom_wire::Quota;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfPerson {
    identity: IdentityId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetRole {
    identity: IdentityId,
    account_role: AccountRole,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetQuota {
    identity: IdentityId,
    quota: Quota,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetRoleQuota {
    account_role: AccountRole,
    quota: Quota,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfRole {
    account_role: AccountRole,
}

/// Answers the calls of this file; `None` for others.
pub(super) async fn call<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Option<Result<String>> {
    let answer = match method {
        "administration" | "people" | "policy" | "health" | "audit_log" => {
            look(engine, method, arguments).await
        }
        "role_quota" => role_quota(engine, arguments).await,
        "set_account_role" | "retire" | "set_quota" | "set_role_quota" | "sign_out_person"
        | "set_policy" => change(engine, method, arguments).await,
        _ => return None,
    };
    Some(answer)
}

async fn look<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Result<String> {
    read::<Nothing>(arguments)?;
    match method {
        "people" => write(&json!({ "people": engine.people().await? })),
        "policy" => write(&engine.policy().await?),
        "health" => write(&engine.health().await?),
        "audit_log" => write(&engine.audit_log().await?),
        _ => write(&json!({ "administrator": engine.is_administrator() })),
    }
}

async fn role_quota<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    arguments: &str,
) -> Result<String> {
    let OfRole { account_role } = read(arguments)?;
    write(&engine.role_quota(account_role).await?)
}

async fn change<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Result<String> {
    match method {
        "set_account_role" => {
            let SetRole {
                identity,
                account_role,
            } = read(arguments)?;
            engine.set_account_role(identity, account_role).await?;
        }
        "set_quota" => {
            let SetQuota { identity, quota } = read(arguments)?;
            engine.set_quota(identity, &quota).await?;
        }
        "set_role_quota" => {
            let SetRoleQuota {
                account_role,
                quota,
            } = read(arguments)?;
            engine.set_role_quota(account_role, &quota).await?;
        }
        "set_policy" => {
            let policy: PolicyView = read(arguments)?;
            engine.set_policy(&policy).await?;
        }
        "retire" => {
            let OfPerson { identity } = read(arguments)?;
            engine.retire(identity).await?;
        }
        _ => {
            let OfPerson { identity } = read(arguments)?;
            engine.sign_out_person(identity).await?;
        }
    }
    write(&json!({}))
}
