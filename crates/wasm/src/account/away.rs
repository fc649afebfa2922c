//! A browser that a passkey opens while the server cannot be reached
//! (`docs/adr/0024-passkey-without-the-server.md`).

use super::PendingKit;
use super::unlock::{Door, check_active, ends_session, removed};
use crate::core::{Core, Open};
use crate::engine::Engine;
use crate::http::Auth;
use crate::platform::{Http, Platform, Storage};
use crate::store::Keeper;
use crate::{CoreError, Result};
use std::collections::BTreeMap;
use strongroom_format::cbor::{Blob, bytes, expect_label, from_cbor, to_cbor};
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::wallet::log_of_directory;
use strongroom_vault::{IntegrityError, Wallet, directory};
use strongroom_wire::AccountView;

/// Name of what is left for a passkey: the wallet, and when the server confirmed the session.
pub(super) const LEFT: &str = "left";
const LABEL: &str = "browser-left/1";
const LEFT_MAX_BYTES: usize = 16 << 20;
/// So long after the server confirmed the session a passkey opens this browser without it. The
/// organisation's own limit can only be shorter.
const AWAY_MAX_DAYS: u64 = 30;
const DAY_MS: u64 = 86_400_000;
/// That the server confirmed the session is written no more often than this.
const LEAVE_EVERY_MS: u64 = 60_000;

/// What is left for a passkey.
struct Left {
    heard_ms: TimestampMs,
    /// Sealed, as it is stored at the server.
    wallet: Vec<u8>,
}

impl Left {
    async fn kept<H, S: Storage>(
        platform: &Platform<H, S>,
        keeper: &Keeper,
    ) -> Result<Option<Self>> {
        let kept = keeper.get(platform, LEFT).await?;
        Ok(kept.and_then(|kept| {
            let (label, heard_ms, wallet): (String, u64, Blob) =
                from_cbor(&kept, LEFT_MAX_BYTES, LEFT).ok()?;
            expect_label(&label, LABEL, LEFT).ok()?;
            Some(Self {
                heard_ms,
                wallet: wallet.into(),
            })
        }))
    }
}

/// Nothing here opens without the server, and it does not answer.
fn server_needed() -> CoreError {
    CoreError::failed("offline", "the server cannot be reached")
        .with_hint("this browser opens without the server only after it was used with it")
}

/// Whether this browser may still be used without the server.
fn check_time(now_ms: TimestampMs, heard_ms: TimestampMs, policy_days: u64) -> Result<()> {
    if now_ms < heard_ms {
        return Err(CoreError::refused(
            "clock_set_back",
            "this device's clock stands before its last contact with the server",
        )
        .with_hint("set the clock, or connect to the server"));
    }
    let days = match policy_days {
        0 => AWAY_MAX_DAYS,
        days => days.min(AWAY_MAX_DAYS),
    };
    match now_ms - heard_ms > days * DAY_MS {
        true => Err(CoreError::refused(
            "offline_too_long",
            format!("a browser opens without the server for at most {days} days"),
        )
        .with_hint("connect to the server")),
        false => Ok(()),
    }
}

impl<H: Http, S: Storage> Core<H, S> {
    /// Opens this browser without the server, as it was when the server confirmed it last.
    ///
    /// # Errors
    /// `offline` where nothing was left for that; `offline_too_long`, `clock_set_back`;
    /// `device_revoked` where that is known here already.
    pub(super) async fn unlock_away(&mut self, door: &Door) -> Result<String> {
        let keeper = door.keeper()?;
        let left = Left::kept(&self.platform, &keeper).await?;
        let left = left.ok_or_else(server_needed)?;
        let slot = door.slot_keys.slot_key();
        let wallet = Wallet::from_bytes(door.facts.tenant, door.facts.identity, &left.wallet)?
            .open(SlotKind::Passkey, slot)
            .map_err(|_| server_needed())?;
        // A page that was closed in between may have left less than what was seen: no server
        // has lied, it is only needed.
        let seen = self.platform.wallet_seen(&keeper).await?;
        wallet.check_version(seen).map_err(|_| server_needed())?;
        let opened = self.open_kept(&door.facts, door.keys()?, &wallet).await?;
        let state = opened.directory.ok_or_else(server_needed)?;
        let in_wallet = wallet.head(log_of_directory(wallet.tenant()));
        directory::check_known(&state, in_wallet)
            .and_then(|()| wallet.check_against(&state))
            .map_err(|_| server_needed())?;
        check_active(&state, door.facts.device)?;
        let policy_days = state.policy().offline_max_days;
        check_time(self.platform.now_ms(), left.heard_ms, policy_days)?;
        let kit = PendingKit::kept(&self.platform, &keeper, &wallet).await?;
        self.open = Some(Open {
            facts: door.facts.clone(),
            token: door.token.clone(),
            device: opened.keys.device,
            slot: (SlotKind::Passkey, slot.danger_duplicate()),
            wallet,
            directory: state,
            keeper,
            vaults: BTreeMap::new(),
            troubles: BTreeMap::new(),
            fresh: true,
            // Nothing is left for a passkey before it is.
            recovery_confirmed: true,
            kit,
            unanswered: Vec::new(),
            waiting: None,
            offline: true,
            heard_ms: left.heard_ms,
            away: true,
            ended: None,
            left: None,
        });
        Ok(door.facts.name.clone())
    }

    /// The server does not know the session any more. Keys are dropped; a page that a passkey
    /// opened without the server may still seal what was typed, until it locks.
    pub(crate) async fn session_ended(&mut self, error: CoreError) -> CoreError {
        let Some(open) = &mut self.open else {
            return error;
        };
        let forgotten = self
            .platform
            .forget_session(&open.keeper, &open.token)
            .await;
        if let Err(error) = forgotten {
            self.open = None;
            return error;
        }
        if !open.away {
            self.open = None;
            return error;
        }
        let ended = ended();
        open.ended = Some(ended.clone());
        ended
    }
}

/// The server has ended, while it could not be reached, the session that was left here.
fn ended() -> CoreError {
    CoreError::refused(
        "away_ended",
        "the server has ended this browser's session while it could not be reached",
    )
    .with_hint("sign in with the passphrase")
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Leaves the wallet for a passkey, and when the server confirmed the session: where a
    /// passkey opens this browser, and as far as all was checked.
    pub(crate) async fn leave(&mut self) -> Result<()> {
        let open = &mut *self.open;
        if open.fresh || open.away || !open.recovery_confirmed {
            return Ok(());
        }
        let (version, heard_ms) = (open.wallet.version(), open.heard_ms);
        let fresh_enough = |(left, left_ms): (u64, u64)| {
            left == version && (left_ms..left_ms + LEAVE_EVERY_MS).contains(&heard_ms)
        };
        if open.left.is_some_and(fresh_enough) {
            return Ok(());
        }
        open.left = Some((version, heard_ms));
        if self.platform.passkeys().await?.is_empty() {
            return Ok(());
        }
        let newer = self.platform.wallet_seen(&open.keeper).await? > version;
        let wallet = match newer {
            false => open.wallet.stored().to_bytes(),
            // Another page of this browser has stored it since, and left it.
            true => match Left::kept(self.platform, &open.keeper).await? {
                Some(left) => left.wallet,
                None => return Ok(()),
            },
        };
        let left = to_cbor(&(LABEL, heard_ms, bytes(&wallet)));
        open.keeper.put(self.platform, LEFT, &left).await
    }

    /// A page that a passkey opened without the server is open no longer than one could be
    /// opened.
    pub(crate) fn check_time_away(&mut self) -> Result<()> {
        if !self.open.away || self.open.ended.is_some() {
            return Ok(());
        }
        let policy_days = self.open.directory.policy().offline_max_days;
        let checked = check_time(self.platform.now_ms(), self.open.heard_ms, policy_days);
        if let Err(error) = &checked {
            self.open.ended = Some(error.clone());
        }
        checked
    }

    /// Before anything else is asked of the server or given to it: does it still know the
    /// session, this device, this passkey, and all that the wallet here knows?
    pub(crate) async fn come_back(&mut self) -> Result<()> {
        if !self.open.away {
            return Ok(());
        }
        match self.check_return().await {
            Ok(()) => {
                self.open.away = false;
                Ok(())
            }
            Err(error) if ends_session(&error) => {
                let (keeper, token) = (&self.open.keeper, &self.open.token);
                self.platform.forget_session(keeper, token).await?;
                let refused = error.problem().is_some();
                let error = if refused { ended() } else { error };
                self.open.ended = Some(error.clone());
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    async fn check_return(&mut self) -> Result<()> {
        match self.reload_wallet().await {
            Err(error) if error.code() == "login_required" => return Err(removed()),
            loaded => loaded?,
        }
        self.sync_directory(None).await?;
        self.open.wallet.check_against(&self.open.directory)?;
        check_active(&self.open.directory, self.open.facts.device)?;
        let auth = Auth::Session(&self.open.token);
        let account: AccountView = self.platform.get_json("/v1/account", auth).await?;
        if (account.tenant, account.identity) != (self.tenant(), self.me()) {
            return Err(IntegrityError::ForeignTenant { index: 0 }.into());
        }
        self.open.recovery_confirmed = account.recovery_confirmed;
        Ok(())
    }
}
