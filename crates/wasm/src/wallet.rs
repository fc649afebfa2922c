//! The wallet at the server: compare and swap, with the newest heads in it.

use crate::engine::Engine;
use crate::http::Auth;
use crate::platform::{Http, Platform, Storage};
use crate::store::Keeper;
use crate::{CoreError, Result};
use strongroom_format::entry::Head;
use strongroom_types::*;
use strongroom_vault::wallet::{log_of_directory, log_of_vault};
use strongroom_vault::{IntegrityError, Unlocked, Wallet};
use strongroom_wire::{ProblemCode, WalletPut, WalletView};

/// Name of the kept number of the newest wallet that was seen.
const WALLET_SEEN: &str = "wallet-seen";

impl<H, S: Storage> Platform<H, S> {
    /// The version of the newest wallet that was seen here; 0 where none was.
    pub(crate) async fn wallet_seen(&self, keeper: &Keeper) -> Result<u64> {
        let seen = keeper.get(self, WALLET_SEEN).await?;
        let seen = seen.and_then(|bytes| <[u8; 8]>::try_from(bytes.as_slice()).ok());
        Ok(seen.map_or(0, u64::from_be_bytes))
    }
}

impl<H: Http, S: Storage> Engine<'_, H, S> {
    /// Puts the heads of all logs into the wallet, once a day.
    pub async fn save_wallet_daily(&mut self) -> Result<()> {
        if self.open.wallet.day() == self.platform.today() {
            return Ok(());
        }
        self.save_wallet_if_possible(&mut |_| {}).await
    }

    /// Changes and stores the wallet; that it could not be stored is no error, as long as it
    /// was not tampering: the next day's save has it all.
    pub async fn save_wallet_if_possible(
        &mut self,
        change: &mut dyn FnMut(&mut Wallet<Unlocked>),
    ) -> Result<()> {
        match self.save_wallet(change).await {
            Err(error) if error.is_integrity() => Err(error),
            _ => Ok(()),
        }
    }

    /// Changes the wallet and stores it with the newest heads; if another device was faster,
    /// its wallet is opened and the change made there.
    pub async fn save_wallet(
        &mut self,
        change: &mut dyn FnMut(&mut Wallet<Unlocked>),
    ) -> Result<()> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            self.check_wallet_heads().await?;
            for (log, head) in self.heads().await? {
                self.open.wallet.merge_head(log, head)?;
            }
            self.open.wallet.set_day(self.platform.today());
            change(&mut self.open.wallet);
            let stored = self.open.wallet.seal(&mut self.platform.rng());
            let put = WalletPut {
                wallet: stored.to_bytes().into(),
                recover_auth_hash: None,
                promote_credential: None,
            };
            let auth = Auth::Session(&self.open.token);
            let sent = self
                .platform
                .send_quiet("PUT", "/v1/wallet", auth, &put)
                .await;
            match sent {
                Ok(()) => {
                    self.open.wallet.saved(stored);
                    return self.keep_wallet_version().await;
                }
                Err(error) if error.problem() == Some(ProblemCode::Conflict) && attempt < 5 => {
                    self.reload_wallet().await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads the wallet from the server. It must know everything that ours knows: heads are
    /// merged by verified maximum.
    pub async fn reload_wallet(&mut self) -> Result<()> {
        let auth = Auth::Session(&self.open.token);
        let view: WalletView = self.platform.get_json("/v1/wallet", auth).await?;
        let mut newer = Wallet::from_bytes(self.tenant(), self.me(), &view.wallet.0)?
            .open(self.open.slot.0, &self.open.slot.1)
            .map_err(|_| {
                CoreError::refused(
                    "login_required",
                    "the wallet does not open any more: the passphrase was changed on another device, or the wallet was altered",
                )
                .with_hint("sign in again")
            })?;
        let ours = &self.open.wallet;
        if newer.version() < ours.version() {
            return Err(IntegrityError::Rollback {
                known: ours.version(),
                found: newer.version(),
            }
            .into());
        }
        newer.merge_from(ours)?;
        self.open.wallet = newer;
        self.keep_wallet_version().await
    }

    /// Keeps which wallet was the newest: an older one is refused at the next login.
    pub async fn keep_wallet_version(&mut self) -> Result<()> {
        let version = self.open.wallet.version().to_be_bytes();
        self.open
            .keeper
            .put(self.platform, WALLET_SEEN, &version)
            .await?;
        self.leave().await
    }

    /// Heads of all logs that were read to their end.
    async fn heads(&mut self) -> Result<Vec<(Digest, Head)>> {
        let mut heads = Vec::new();
        for id in self.known_vaults().await? {
            let vault = self.vault(id).await?;
            let head = vault.machine.state().head();
            if let Some(head) = head.filter(|_| vault.synced_ms > 0) {
                heads.push((log_of_vault(id), head));
            }
        }
        if let Some(head) = self.open.directory.head() {
            heads.push((log_of_directory(self.tenant()), head));
        }
        Ok(heads)
    }
}
