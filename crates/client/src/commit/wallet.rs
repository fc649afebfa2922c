//! The wallet at the server: compare and swap, with the newest heads in it.

use crate::client::{Client, Engine, meta};
use crate::http::Auth;
use crate::trust::check_wallet_heads;
use crate::{ClientError, Result};
use reqwest::Method;
use strongroom_crypto::SymmetricKey;
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::wallet::{log_of_directory, log_of_vault};
use strongroom_vault::{Unlocked, Wallet};
use strongroom_wire::{ProblemCode, WalletPut, WalletView};

impl Client {
    /// Puts the heads of all logs into the wallet, once a day.
    pub(crate) async fn save_wallet_daily(&self, engine: &mut Engine) -> Result<()> {
        if engine.wallet()?.day() == self.shared.today() {
            return Ok(());
        }
        match self.save_wallet(engine, &mut |_| Ok(())).await {
            Err(error) if error.class() == crate::ErrorClass::Integrity => Err(error),
            Err(error) => {
                tracing::debug!(code = error.code(), "the wallet is saved another time");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Changes the wallet and stores it with the newest heads; if another device was faster,
    /// its wallet is opened and the change made there.
    pub(crate) async fn save_wallet(
        &self,
        engine: &mut Engine,
        change: &mut (dyn FnMut(&mut Wallet<Unlocked>) -> Result<()> + Send),
    ) -> Result<()> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            check_wallet_heads(engine)?;
            let heads = known_heads(engine)?;
            let today = self.shared.today();
            let mut rng = self.shared.rng();
            let wallet = engine.wallet()?;
            for (log, head) in &heads {
                wallet.merge_head(*log, *head)?;
            }
            wallet.set_day(today);
            change(wallet)?;
            let stored = wallet.seal(&mut rng);
            let bytes = stored.to_bytes();
            let put = WalletPut {
                wallet: bytes.clone().into(),
                recover_auth_hash: None,
                promote_credential: None,
            };
            let sent = self
                .shared
                .http
                .send_json_quiet(Method::PUT, "/v1/wallet", Auth::Session, &put)
                .await;
            match sent {
                Ok(()) => {
                    engine.wallet()?.saved(stored);
                    return engine.cache.set_meta(meta::WALLET, &bytes);
                }
                Err(error) if error.problem() == Some(ProblemCode::Conflict) && attempt < 5 => {
                    self.reload_wallet(engine).await?;
                }
                Err(error) => {
                    engine.forget();
                    return Err(error);
                }
            }
        }
    }

    /// Reads the wallet from the server. It must know everything that ours knows: heads are
    /// merged by verified maximum.
    pub(crate) async fn reload_wallet(&self, engine: &mut Engine) -> Result<()> {
        let view: WalletView = self
            .shared
            .http
            .get_json("/v1/wallet", Auth::Session)
            .await?;
        let facts = &self.shared.facts;
        let slot_key = engine
            .cache
            .meta(meta::SLOT_KEY)?
            .and_then(|key| SymmetricKey::from_slice(&key));
        let locked = Wallet::from_bytes(facts.tenant, facts.identity, &view.wallet.0)?;
        let opened = slot_key.and_then(|key| locked.open(SlotKind::Passphrase, &key).ok());
        let Some(mut newer) = opened else {
            return Err(ClientError::refused(
                "login_required",
                "the wallet does not open any more: the passphrase was changed on another device, or the wallet was altered",
            )
            .with_hint("log in again; without logging out first, this device stays the same one"));
        };
        let ours = engine.wallet()?;
        newer.succeed(ours)?;
        *ours = newer;
        engine.cache.set_meta(meta::WALLET, &view.wallet.0)
    }
}

/// Heads of all logs that were verified.
fn known_heads(engine: &mut Engine) -> Result<Vec<(Digest, strongroom_format::entry::Head)>> {
    let mut heads: Vec<_> = engine
        .cache
        .vaults()?
        .into_iter()
        .filter(|row| row.synced_ms > 0)
        .map(|row| (log_of_vault(row.vault), row.head))
        .collect();
    if let Some(head) = engine.directory()?.head() {
        heads.push((log_of_directory(engine.tenant()), head));
    }
    Ok(heads)
}
