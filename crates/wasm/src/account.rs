//! Coming and going: sign up, prove the recovery kit, log in, come back with the kit, change
//! what opens the wallet.

mod away;
mod ceremony;
mod credentials;
mod devices;
mod drafts;
mod kit;
mod login;
mod passkey;
mod recover;
mod renewal;
mod signup;
mod unlock;

pub(crate) use kit::PendingKit;
pub(crate) use passkey::prf_output;

use crate::core::{Core, Open};
use crate::engine::DIRECTORY;
use crate::http::Auth;
use crate::platform::{Http, Platform, Storage};
use crate::store::{Facts, Keeper, LocalKeys};
use crate::{CoreError, Result};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::collections::BTreeMap;
use strongroom_crypto::{SymmetricKey, sha256};
use strongroom_format::directory::DirectoryState;
use strongroom_format::wallet::SlotKind;
use strongroom_types::*;
use strongroom_vault::{IntegrityError, Unlocked, Wallet};
use strongroom_wire::{AccountView, SessionCreated};
use zeroize::Zeroizing;

/// What a login or sign-up leaves behind.
struct NewSession {
    facts: Facts,
    token: Zeroizing<String>,
    wallet: Wallet<Unlocked>,
    /// The way by which the wallet was opened.
    slot: (SlotKind, SymmetricKey),
    keys: LocalKeys,
    directory: DirectoryState,
    kit: Option<PendingKit>,
}

impl<H: Http, S> Platform<H, S> {
    /// The fingerprint of the server's CA, as a kit prints it for the command line.
    pub(crate) async fn ca_fingerprint(&self) -> Result<Digest> {
        let pem = self.get_pem("/v1/ca.pem").await?;
        let certificate = CertificateDer::from_pem_slice(&pem).map_err(|_| {
            CoreError::failed(
                "unexpected_answer",
                "the server's CA certificate cannot be read",
            )
        })?;
        Ok(sha256(&certificate))
    }
}

impl<H: Http, S: Storage> Core<H, S> {
    /// Signs in: keeps directory and wallet's version, and asks who the session belongs to.
    async fn enter(&mut self, new: NewSession) -> Result<()> {
        let auth = Auth::Session(&new.token);
        let account: AccountView = self.platform.get_json("/v1/account", auth).await?;
        if (account.tenant, account.identity) != (new.facts.tenant, new.facts.identity) {
            return Err(IntegrityError::ForeignTenant { index: 0 }.into());
        }
        let keeper = Keeper {
            cache_key: new.keys.cache_key,
            owner: new.facts.owner(),
        };
        let snapshot = new.directory.to_snapshot();
        keeper.put(&self.platform, DIRECTORY, &snapshot).await?;
        let open = Open {
            facts: new.facts,
            token: new.token,
            device: new.keys.device,
            slot: new.slot,
            wallet: new.wallet,
            directory: new.directory,
            keeper,
            vaults: BTreeMap::new(),
            troubles: BTreeMap::new(),
            fresh: true,
            recovery_confirmed: account.recovery_confirmed,
            kit: new.kit,
            unanswered: Vec::new(),
            waiting: None,
            offline: false,
            heard_ms: self.platform.now_ms(),
            away: false,
            ended: None,
            left: None,
        };
        self.open = Some(open);
        let mut engine = self.engine()?;
        engine.keep_wallet_version().await?;
        engine.keep_session().await
    }
}

/// The session that was made must be of whom it was asked for.
fn check_session(session: &SessionCreated, tenant: TenantId, identity: IdentityId) -> Result<()> {
    match (session.tenant, session.identity) == (tenant, identity) {
        true => Ok(()),
        false => Err(IntegrityError::ForeignTenant { index: 0 }.into()),
    }
}
