//! Passkeys: a way into the wallet, and into this browser's storage while its session lives
//! (`docs/adr/0017-passkeys.md`).

use super::away::LEFT;
use super::credentials::Ceremony;
use crate::core::Core;
use crate::engine::Engine;
use crate::http::Auth;
use crate::platform::{Http, Platform, Storage};
use crate::store::Keeper;
use crate::{CoreError, Result};
use serde::{Deserialize, Serialize};
use strongroom_format::context::PASSKEY_INPUT;
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::local::{self, LocalPurpose};
use strongroom_vault::passphrase::Passphrase;
use strongroom_vault::{SlotKeys, Wallet};
use zeroize::Zeroizing;

/// Name of the list of passkeys; nothing secret.
const PASSKEYS: &str = "passkeys";
/// Name of the kept session, which waits for a passkey.
pub(super) const SESSION: &str = "session";

/// A passkey that opens this browser. Nothing secret.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Passkey {
    pub(super) slot: SlotId,
    /// What the authenticator calls it, as the page wrote it.
    pub(super) credential: String,
    name: String,
    created_ms: u64,
}

/// A passkey in a list.
#[derive(Serialize)]
pub(crate) struct PasskeyView {
    slot: SlotId,
    /// Of passkeys that were made in another browser, only that they are there is known.
    name: Option<String>,
    created_ms: Option<u64>,
}

/// What the page asks the authenticator with.
#[derive(Serialize)]
pub(crate) struct PasskeyQuestion {
    /// Input of the `prf` extension.
    prf_input: &'static str,
    /// What the authenticator files the passkey under.
    user: String,
    credentials: Vec<String>,
}

pub(super) fn device_box(slot: SlotId) -> String {
    format!("passkey/{slot}/device.box")
}

pub(super) fn cache_box(slot: SlotId) -> String {
    format!("passkey/{slot}/cache.box")
}

/// What an authenticator answered, as the page hands it on in hexadecimal digits.
pub(crate) fn prf_output(text: &str) -> Result<Zeroizing<[u8; 32]>> {
    let digest: Digest = text
        .parse()
        .map_err(|_| CoreError::usage("a passkey's answer has 32 bytes"))?;
    Ok(Zeroizing::new(*digest.as_bytes()))
}

pub(super) fn unknown() -> CoreError {
    CoreError::refused("passkey_unknown", "this passkey does not open this browser")
        .with_hint("sign in with the passphrase")
}

impl<H, S: Storage> Platform<H, S> {
    /// The passkeys that open this browser.
    pub(crate) async fn passkeys(&self) -> Result<Vec<Passkey>> {
        let kept = self.storage.get(PASSKEYS).await?;
        let known = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(known.unwrap_or_default())
    }

    async fn set_passkeys(&self, known: &[Passkey]) -> Result<()> {
        let bytes = serde_json::to_vec(known)?;
        Ok(self.storage.put(PASSKEYS, &bytes).await?)
    }

    async fn forget_passkey(&self, keeper: &Keeper, slot: SlotId) -> Result<()> {
        let mut known = self.passkeys().await?;
        known.retain(|passkey| passkey.slot != slot);
        self.set_passkeys(&known).await?;
        self.storage.delete(&device_box(slot)).await?;
        self.storage.delete(&cache_box(slot)).await?;
        if known.is_empty() {
            keeper.delete(self, SESSION).await?;
            keeper.delete(self, LEFT).await?;
        }
        Ok(())
    }

    /// Forgets all of them: their slots are gone.
    pub(super) async fn forget_passkeys(&self, keeper: &Keeper) -> Result<()> {
        for passkey in self.passkeys().await? {
            self.forget_passkey(keeper, passkey.slot).await?;
        }
        Ok(())
    }
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Keeps the session for a passkey, where one opens this browser, and ends the session that
    /// was kept before it.
    pub(super) async fn keep_session(&mut self) -> Result<()> {
        if self.platform.passkeys().await?.is_empty() {
            return Ok(());
        }
        let keeper = &self.open.keeper;
        let before = keeper.get(self.platform, SESSION).await?;
        let token = &self.open.token;
        if let Some(before) = before.filter(|before| before.as_slice() != token.as_bytes())
            && let Ok(before) = std::str::from_utf8(&before)
        {
            let auth = Auth::Session(before);
            let _ = self.platform.send_empty("POST", "/v1/logout", auth).await;
        }
        keeper.put(self.platform, SESSION, token.as_bytes()).await
    }

    /// All passkeys of the wallet. Those of this browser whose slot another device took away
    /// are forgotten.
    pub(crate) async fn list_passkeys(&mut self) -> Result<Vec<PasskeyView>> {
        self.reload_wallet().await?;
        let slots: Vec<SlotId> = self
            .open
            .wallet
            .slots()
            .iter()
            .filter(|slot| slot.kind == SlotKind::Passkey)
            .map(|slot| slot.slot)
            .collect();
        let mut known = self.platform.passkeys().await?;
        for passkey in &known {
            if !slots.contains(&passkey.slot) {
                let keeper = &self.open.keeper;
                self.platform.forget_passkey(keeper, passkey.slot).await?;
            }
        }
        known.retain(|passkey| slots.contains(&passkey.slot));
        Ok(slots
            .into_iter()
            .map(|slot| {
                let here = known.iter().find(|passkey| passkey.slot == slot);
                PasskeyView {
                    slot,
                    name: here.map(|passkey| passkey.name.clone()),
                    created_ms: here.map(|passkey| passkey.created_ms),
                }
            })
            .collect())
    }

    /// Makes a passkey a way into the wallet and into this browser.
    ///
    /// # Errors
    /// `wrong_credentials`; `TooManySlots` as a refusal.
    pub(crate) async fn add_passkey(
        &mut self,
        passphrase: &Passphrase,
        credential: &str,
        name: &str,
        prf_output: &[u8; 32],
    ) -> Result<SlotId> {
        let name = strongroom_format::names::normalise(name.trim())?;
        let Ceremony {
            keys, mut wallet, ..
        } = self.ceremony(passphrase).await?;
        let identity = wallet.open_identity(SlotKind::Passphrase, keys.identity_key())?;
        let passkey_keys = SlotKeys::passkey(prf_output);
        let slot = {
            let mut rng = self.platform.rng();
            wallet.add_slot(SlotKind::Passkey, &passkey_keys, &identity, &mut rng)?
        };
        // What it opens here lies here before the wallet has its slot.
        self.box_for_passkey(slot, prf_output).await?;
        self.store_wallet(&mut wallet, None, None, Some(&keys))
            .await?;
        let mut known = self.platform.passkeys().await?;
        known.push(Passkey {
            slot,
            credential: credential.to_owned(),
            name,
            created_ms: self.platform.now_ms(),
        });
        self.platform.set_passkeys(&known).await?;
        self.keep_session().await?;
        self.open.left = None;
        self.leave().await?;
        Ok(slot)
    }

    async fn box_for_passkey(&self, slot: SlotId, prf_output: &[u8; 32]) -> Result<()> {
        let key = local::passkey_key(prf_output);
        let owner = self.open.facts.owner();
        let boxes = {
            let mut rng = self.platform.rng();
            let seed = self.open.device.danger_seed();
            let cache_key = self.open.keeper.cache_key.danger_bytes();
            [
                (
                    device_box(slot),
                    local::seal(&key, owner, LocalPurpose::Device, &seed[..], &mut rng),
                ),
                (
                    cache_box(slot),
                    local::seal(&key, owner, LocalPurpose::Cache, cache_key, &mut rng),
                ),
            ]
        };
        for (name, sealed) in &boxes {
            self.platform.storage.put(name, sealed).await?;
        }
        Ok(())
    }

    /// Takes a passkey away: the wallet gets a new key, so that what it opened before opens
    /// nothing that comes after.
    ///
    /// # Errors
    /// `not_found`.
    pub(crate) async fn remove_passkey(&mut self, slot: SlotId) -> Result<()> {
        self.reload_wallet().await?;
        let view = self.stored_wallet().await?;
        let mut wallet = Wallet::from_bytes(self.tenant(), self.me(), &view.wallet.0)?
            .open(self.open.slot.0, &self.open.slot.1)?;
        let of_kind = |known: &&strongroom_format::wallet::Slot| {
            known.slot == slot && known.kind == SlotKind::Passkey
        };
        if wallet.slots().iter().find(of_kind).is_none() {
            self.platform
                .forget_passkey(&self.open.keeper, slot)
                .await?;
            return Err(CoreError::not_found("there is no such passkey"));
        }
        let own = wallet.slots_of_key(self.open.slot.0, &self.open.slot.1);
        if own == [slot] {
            return Err(CoreError::refused(
                "passkey_in_use",
                "this page was opened with this passkey",
            )
            .with_hint("lock, sign in with the passphrase, and remove it then"));
        }
        wallet.merge_from(&self.open.wallet)?;
        wallet.remove_slot(slot)?;
        wallet.rekey(&mut self.platform.rng())?;
        self.store_wallet(&mut wallet, None, None, None).await?;
        self.platform.forget_passkey(&self.open.keeper, slot).await
    }
}

impl<H: Http, S: Storage> Core<H, S> {
    /// What an authenticator is asked with, to make a passkey or to unlock.
    pub(crate) async fn passkey_question(&self) -> Result<PasskeyQuestion> {
        let known = self.platform.known().await?.ok_or_else(unknown)?;
        let passkeys = self.platform.passkeys().await?;
        Ok(PasskeyQuestion {
            prf_input: std::str::from_utf8(PASSKEY_INPUT).unwrap_or_default(),
            user: known.facts.identity.to_string(),
            credentials: passkeys.into_iter().map(|known| known.credential).collect(),
        })
    }
}
