//! Opening this browser with a passkey, in the session that was left here.

use super::away::LEFT;
use super::passkey::{SESSION, cache_box, device_box, unknown};
use super::{NewSession, PendingKit};
use crate::core::Core;
use crate::http::Auth;
use crate::platform::{Http, Platform, Storage};
use crate::store::{Facts, Keeper, Known, LocalKeys, open_boxes, place};
use crate::{CoreError, Result};
use strongroom_crypto::SymmetricKey;
use strongroom_format::directory::DirectoryState;
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::{SlotKeys, Unlocked, Wallet, local};
use strongroom_wire::{ProblemCode, WalletView};
use zeroize::Zeroizing;

pub(super) fn removed() -> CoreError {
    CoreError::refused(
        "passkey_removed",
        "this passkey was taken away on another device, or the wallet was altered",
    )
    .with_hint("sign in with the passphrase")
}

/// Whether a server said by this that the session that was left here is over.
pub(super) fn ends_session(error: &CoreError) -> bool {
    let refused = [ProblemCode::Unauthenticated, ProblemCode::Forbidden];
    error.problem().is_some_and(|code| refused.contains(&code))
        || ["device_revoked", "passkey_removed"].contains(&error.code())
}

/// A device must be one of its person's, at the end of the directory that is known.
pub(super) fn check_active(directory: &DirectoryState, device: DeviceId) -> Result<()> {
    let newest = directory.head().map_or(0, |head| head.index);
    match directory.device_active_at(device, newest) {
        true => Ok(()),
        false => Err(CoreError::refused(
            "device_revoked",
            "this browser was taken off the list of your devices",
        )
        .with_hint("sign in with the passphrase: the browser becomes a new device")),
    }
}

impl<H, S: Storage> Platform<H, S> {
    /// How many passkeys open this browser: none where no session waits for them.
    pub(crate) async fn passkeys_that_open(&self) -> Result<usize> {
        match self.storage.get(&place(SESSION)).await? {
            Some(_) => Ok(self.passkeys().await?.len()),
            None => Ok(0),
        }
    }

    /// Forgets the session that waited for a passkey, with all that was left to open this
    /// browser without the server. A session that another page has put in its place stays.
    pub(super) async fn forget_session(&self, keeper: &Keeper, token: &str) -> Result<()> {
        let kept = keeper.get(self, SESSION).await?;
        if kept.is_some_and(|kept| kept.as_slice() != token.as_bytes()) {
            return Ok(());
        }
        keeper.delete(self, SESSION).await?;
        keeper.delete(self, LEFT).await
    }
}

impl<H: Http, S: Storage> Core<H, S> {
    /// Opens this browser with a passkey: in the session that was left here, or without the
    /// server where it cannot be reached.
    ///
    /// # Errors
    /// `passkey_unknown`; `login_required` where no session waits; `unauthenticated` where it
    /// has ended meanwhile; integrity as at a login; what `unlock_away` gives.
    pub(crate) async fn unlock(
        &mut self,
        credential: &str,
        prf_output: &[u8; 32],
    ) -> Result<String> {
        let door = self.door(credential, prf_output).await?;
        match self.unlock_with_server(&door).await {
            Err(error) if error.is_offline() => self.unlock_away(&door).await,
            Err(error) if ends_session(&error) => {
                // Nor does the passkey open it without the server from now on.
                let keeper = door.keeper()?;
                self.platform.forget_session(&keeper, &door.token).await?;
                Err(error)
            }
            unlocked => unlocked,
        }
    }

    /// Opens what lies here for a passkey.
    async fn door(&self, credential: &str, prf_output: &[u8; 32]) -> Result<Door> {
        let Known { facts, .. } = self.platform.known().await?.ok_or_else(unknown)?;
        let passkeys = self.platform.passkeys().await?;
        let passkey = passkeys
            .into_iter()
            .find(|known| known.credential == credential)
            .ok_or_else(unknown)?;
        let mut boxes = Vec::new();
        for name in [device_box(passkey.slot), cache_box(passkey.slot)] {
            boxes.extend(self.platform.storage.get(&name).await?);
        }
        let mut door = Door {
            facts,
            key: local::passkey_key(prf_output),
            boxes,
            slot_keys: SlotKeys::passkey(prf_output),
            token: Zeroizing::default(),
        };
        let kept = door.keeper()?.get(&self.platform, SESSION).await?;
        door.token = kept
            .and_then(|kept| Some(Zeroizing::new(std::str::from_utf8(&kept).ok()?.to_owned())))
            .ok_or_else(|| {
                CoreError::refused("login_required", "no session waits here for the passkey")
                    .with_hint("sign in with the passphrase")
            })?;
        Ok(door)
    }

    async fn unlock_with_server(&mut self, door: &Door) -> Result<String> {
        let facts = door.facts.clone();
        let slot = door.slot_keys.slot_key();
        let wallet = self.wallet_of(&facts, &door.token, slot).await?;
        let opened = self.open_kept(&facts, door.keys()?, &wallet).await?;
        let auth = Auth::Session(&door.token);
        let directory = self
            .verified_directory(auth, &wallet, Some(&opened))
            .await?;
        check_active(&directory, facts.device)?;
        let kit = PendingKit::kept(&self.platform, &door.keeper()?, &wallet).await?;
        let name = facts.name.clone();
        self.open = None;
        let entered = self
            .enter(NewSession {
                facts,
                token: door.token.clone(),
                wallet,
                slot: (SlotKind::Passkey, slot.danger_duplicate()),
                keys: opened.keys,
                directory,
                kit,
            })
            .await;
        if entered.is_err() {
            self.open = None;
        }
        entered.map(|()| name)
    }

    async fn wallet_of(
        &self,
        facts: &Facts,
        token: &str,
        slot_key: &SymmetricKey,
    ) -> Result<Wallet<Unlocked>> {
        let auth = Auth::Session(token);
        let view: WalletView = self.platform.get_json("/v1/wallet", auth).await?;
        Wallet::from_bytes(facts.tenant, facts.identity, &view.wallet.0)?
            .open(SlotKind::Passkey, slot_key)
            .map_err(|_| removed())
    }
}

/// What a passkey opens in this browser's storage. Wiped on drop.
pub(super) struct Door {
    pub facts: Facts,
    key: SymmetricKey,
    boxes: Vec<Vec<u8>>,
    pub slot_keys: SlotKeys,
    pub token: Zeroizing<String>,
}

impl Door {
    pub fn keys(&self) -> Result<LocalKeys> {
        open_boxes(&self.facts, &self.key, &self.boxes).ok_or_else(unknown)
    }

    pub fn keeper(&self) -> Result<Keeper> {
        Ok(Keeper {
            cache_key: self.keys()?.cache_key,
            owner: self.facts.owner(),
        })
    }
}
