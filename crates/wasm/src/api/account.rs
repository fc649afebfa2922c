//! Recovery, passphrase, kit, devices, sessions, passkeys.

use super::{Nothing, Text, read, write};
use crate::Result;
use crate::account::prf_output;
use crate::core::Core;
use crate::engine::Engine;
use crate::platform::{Http, Storage};
use serde::Deserialize;
use serde_json::json;
use strongroom_types::*;
use strongroom_vault::passphrase::Passphrase;
use zeroize::Zeroizing;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recover {
    kit: String,
    passphrase: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unlock {
    credential: String,
    prf: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OldAndNew {
    old: String,
    new: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithPassphrase {
    passphrase: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revoke {
    device: DeviceId,
    passphrase: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfPerson {
    identity: IdentityId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfDevice {
    device: DeviceId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfSession {
    session: SessionId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfSlot {
    slot: SlotId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddPasskey {
    passphrase: String,
    credential: String,
    name: String,
    prf: String,
}

/// Answers the calls of this file that need nobody to be signed in; `None` for others.
pub(super) async fn call_outside<H: Http, S: Storage>(
    core: &mut Core<H, S>,
    method: &str,
    arguments: &str,
) -> Option<Result<String>> {
    Some(match method {
        "recover" => recover(core, arguments).await,
        "passkey_question" => passkey_question(core, arguments).await,
        "unlock" => unlock(core, arguments).await,
        _ => return None,
    })
}

async fn recover<H: Http, S: Storage>(core: &mut Core<H, S>, arguments: &str) -> Result<String> {
    let Recover { kit, passphrase } = read(arguments)?;
    let (kit, passphrase) = (Zeroizing::new(kit), Passphrase::new(passphrase)?);
    write(&core.recover(&kit, &passphrase).await?)
}

async fn passkey_question<H: Http, S: Storage>(
    core: &mut Core<H, S>,
    arguments: &str,
) -> Result<String> {
    read::<Nothing>(arguments)?;
    write(&core.passkey_question().await?)
}

async fn unlock<H: Http, S: Storage>(core: &mut Core<H, S>, arguments: &str) -> Result<String> {
    let Unlock { credential, prf } = read(arguments)?;
    let prf = prf_output(&Zeroizing::new(prf))?;
    let name = core.unlock(&credential, &prf).await?;
    write(&json!({ "name": name }))
}

/// Answers the other calls of this file; `None` for those of others.
pub(super) async fn call<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Option<Result<String>> {
    Some(match method {
        "change_passphrase" | "renew_all" => passphrases(engine, method, arguments).await,
        "finish_renewal" | "new_kit" => with_passphrase(engine, method, arguments).await,
        "devices" | "person_devices" | "revoke_device" | "revoke_person_device" => {
            devices(engine, method, arguments).await
        }
        "sessions" | "end_session" | "end_other_sessions" => {
            sessions(engine, method, arguments).await
        }
        "keep_drafts" | "take_drafts" => drafts(engine, method, arguments).await,
        "passkeys" | "add_passkey" | "remove_passkey" => passkeys(engine, method, arguments).await,
        _ => return None,
    })
}

async fn passphrases<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Result<String> {
    let OldAndNew { old, new } = read(arguments)?;
    let (old, new) = (Passphrase::new(old)?, Passphrase::new(new)?);
    match method {
        "renew_all" => write(&engine.renew_all(&old, &new).await?),
        _ => {
            engine.change_passphrase(&old, &new).await?;
            write(&json!({}))
        }
    }
}

async fn with_passphrase<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Result<String> {
    let WithPassphrase { passphrase } = read(arguments)?;
    let passphrase = Passphrase::new(passphrase)?;
    match method {
        "new_kit" => write(&engine.new_kit(&passphrase).await?),
        _ => write(&engine.finish_renewal(&passphrase).await?),
    }
}

async fn devices<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Result<String> {
    match method {
        "devices" => {
            read::<Nothing>(arguments)?;
            write(&json!({ "devices": engine.devices().await? }))
        }
        "person_devices" => {
            let OfPerson { identity } = read(arguments)?;
            write(&json!({ "devices": engine.person_devices(identity).await? }))
        }
        "revoke_device" => {
            let Revoke { device, passphrase } = read(arguments)?;
            let passphrase = Passphrase::new(passphrase)?;
            engine.revoke_device(device, &passphrase).await?;
            write(&json!({}))
        }
        _ => {
            let OfDevice { device } = read(arguments)?;
            engine.revoke_person_device(device).await?;
            write(&json!({}))
        }
    }
}

async fn sessions<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Result<String> {
    match method {
        "sessions" => {
            read::<Nothing>(arguments)?;
            write(&json!({ "sessions": engine.sessions().await? }))
        }
        "end_session" => {
            let OfSession { session } = read(arguments)?;
            engine.end_session(session).await?;
            write(&json!({}))
        }
        _ => {
            read::<Nothing>(arguments)?;
            write(&json!({ "ended": engine.end_other_sessions().await? }))
        }
    }
}

async fn passkeys<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Result<String> {
    match method {
        "passkeys" => {
            read::<Nothing>(arguments)?;
            write(&json!({ "passkeys": engine.list_passkeys().await? }))
        }
        "add_passkey" => {
            let AddPasskey {
                passphrase,
                credential,
                name,
                prf,
            } = read(arguments)?;
            let passphrase = Passphrase::new(passphrase)?;
            let prf = prf_output(&Zeroizing::new(prf))?;
            let slot = engine
                .add_passkey(&passphrase, &credential, &name, &prf)
                .await?;
            write(&json!({ "slot": slot }))
        }
        _ => {
            let OfSlot { slot } = read(arguments)?;
            engine.remove_passkey(slot).await?;
            write(&json!({}))
        }
    }
}

async fn drafts<H: Http, S: Storage>(
    engine: &mut Engine<'_, H, S>,
    method: &str,
    arguments: &str,
) -> Result<String> {
    match method {
        "keep_drafts" => {
            let Text { text } = read(arguments)?;
            engine.keep_drafts(&Zeroizing::new(text)).await?;
            write(&json!({}))
        }
        _ => {
            read::<Nothing>(arguments)?;
            let text = engine.take_drafts().await?;
            write(&json!({ "text": text.as_ref().map(|text| text.as_str()) }))
        }
    }
}
