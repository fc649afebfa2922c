//! The core as the page's worker holds it: nobody signed in, or one person with their keys.

use crate::account::PendingKit;
use crate::engine::Engine;
use crate::http::Auth;
use crate::platform::{Http, Platform, Storage};
use crate::record_write::Named;
use crate::store::{Facts, Keeper, signed_out};
use crate::vault::Vault;
use crate::waiting::Waiting;
use crate::{CoreError, Result};
use serde::Serialize;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use strongroom_crypto::SymmetricKey;
use strongroom_crypto::sign::SignSecret;
use strongroom_format::directory::DirectoryState;
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::{Unlocked, Wallet};
use strongroom_wire::{LinkView, ServerInfo};
use zeroize::Zeroizing;

/// The core. Calls take it exclusively, one after the other.
pub struct Core<H, S> {
    pub(crate) platform: Rc<Platform<H, S>>,
    pub(crate) open: Option<Open>,
    /// What the server gave for the use of a link whose passphrase was wrong, by its token.
    pub(crate) held_link: RefCell<Option<(Digest, LinkView)>>,
}

/// Everything of a person who is signed in. Keys are wiped when it is dropped.
pub(crate) struct Open {
    pub facts: Facts,
    pub token: Zeroizing<String>,
    pub device: SignSecret,
    /// The way by which the wallet opens. The identity's slot key is never kept.
    pub slot: (SlotKind, SymmetricKey),
    pub wallet: Wallet<Unlocked>,
    pub directory: DirectoryState,
    pub keeper: Keeper,
    /// Those that were needed; the others lie in the storage.
    pub vaults: BTreeMap<VaultId, Vault>,
    /// Vaults that did not prove themselves in the last reading.
    pub troubles: BTreeMap<VaultId, CoreError>,
    /// The wallet was not yet compared with what this person's devices attested.
    pub fresh: bool,
    pub recovery_confirmed: bool,
    /// The recovery kit until it is confirmed.
    pub kit: Option<PendingKit>,
    /// Writes of which it is not known whether they arrived.
    pub unanswered: Vec<Named>,
    /// Versions that were written without the server; `None` until they are read.
    pub waiting: Option<Vec<Waiting>>,
    /// The server did not answer last time.
    pub offline: bool,
    /// When the server confirmed the session last.
    pub heard_ms: TimestampMs,
    /// A passkey opened this browser without the server, which has not confirmed it since.
    pub away: bool,
    /// Why it may not be used any more. Only what was typed can still be sealed.
    pub ended: Option<CoreError>,
    /// Version of the wallet that was left for a passkey last, and when.
    pub left: Option<(u64, TimestampMs)>,
}

/// What the page needs to know first.
#[derive(Serialize)]
pub(crate) struct Status {
    tenant: Option<TenantId>,
    needs_setup: bool,
    device_known: bool,
    signed_in: bool,
    name: Option<String>,
    recovery_confirmed: Option<bool>,
    /// How many passkeys open this browser.
    passkeys: usize,
    /// Without it, only a passkey opens this browser.
    server_answers: bool,
    /// The keys were about to be made anew when that was stopped.
    renewal_waits: bool,
}

impl<H: Http, S: Storage> Core<H, S> {
    /// A core in which nobody is signed in.
    pub fn new(platform: Platform<H, S>) -> Self {
        Self {
            platform: Rc::new(platform),
            open: None,
            held_link: RefCell::new(None),
        }
    }

    /// Whether somebody is signed in.
    pub fn signed_in(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.ended.is_none())
    }

    /// Tenant and token, with which the live event stream is asked; `None` where nobody is signed
    /// in.
    pub fn session(&self) -> Option<(TenantId, Zeroizing<String>)> {
        let open = self.open.as_ref().filter(|open| open.ended.is_none())?;
        Some((open.facts.tenant, open.token.clone()))
    }

    pub(crate) async fn status(&self) -> Result<Status> {
        let asked: Result<ServerInfo> = self.platform.get_json("/v1/server", Auth::None).await;
        let known = self.platform.known().await?;
        let server = match asked {
            // Whose browser this is, it knows by itself.
            Err(error) if error.is_offline() && known.is_some() => None,
            asked => Some(asked?),
        };
        let facts = known.as_ref().map(|known| &known.facts);
        Ok(Status {
            tenant: facts.map(|facts| facts.tenant),
            needs_setup: server.as_ref().is_some_and(|server| server.setup_open),
            device_known: facts.is_some(),
            signed_in: self.signed_in(),
            name: facts.map(|facts| facts.name.clone()),
            // A new kit that was not asked back is none yet.
            recovery_confirmed: self
                .open
                .as_ref()
                .map(|open| open.recovery_confirmed && open.kit.is_none()),
            passkeys: self.platform.passkeys_that_open().await?,
            server_answers: server.is_some(),
            renewal_waits: self
                .open
                .as_ref()
                .is_some_and(|open| open.wallet.is_being_renewed()),
        })
    }

    /// Forgets all keys, and ends the session: the next login makes a new one. Where a passkey
    /// opens this browser, the session waits for it under the key that it gives.
    pub(crate) async fn lock(&mut self) -> Result<()> {
        let passkeys = self.platform.passkeys().await;
        if passkeys.is_ok_and(|known| !known.is_empty()) {
            self.open = None;
            return Ok(());
        }
        self.end_session().await
    }

    /// Forgets all keys and ends the session.
    pub(crate) async fn end_session(&mut self) -> Result<()> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let token = open.token.clone();
        drop(open);
        // A session that cannot be ended now, nobody holds the token of any more.
        let auth = Auth::Session(&token);
        let _ = self.platform.send_empty("POST", "/v1/logout", auth).await;
        Ok(())
    }

    /// Ends the session and forgets this browser: whoever signs in next needs their kit.
    pub(crate) async fn sign_out(&mut self) -> Result<()> {
        self.end_session().await?;
        Ok(self.platform.storage.clear().await?)
    }

    pub(crate) fn engine(&mut self) -> Result<Engine<'_, H, S>> {
        match self.open.as_ref().and_then(|open| open.ended.clone()) {
            Some(ended) => Err(ended),
            None => self.engine_until_lock(),
        }
    }

    /// Also where the server's word has ended the work here: to seal what was typed.
    pub(crate) fn engine_until_lock(&mut self) -> Result<Engine<'_, H, S>> {
        let open = self.open.as_mut().ok_or_else(signed_out)?;
        Ok(Engine {
            platform: &self.platform,
            open,
        })
    }
}
