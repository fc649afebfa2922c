use crate::{Caller, Domain, DomainError, DomainResult, WriteAnswer, error::refuse};
use strongroom_format::wallet::StoredWallet;
use strongroom_store::{CredentialStatus, StoreError};
use strongroom_wire::{ProblemCode, WalletPut, WalletView};

impl Domain {
    /// The caller's stored wallet.
    pub async fn wallet(&self, caller: &Caller) -> DomainResult<WalletView> {
        let row = self
            .store
            .wallet(caller.tenant, caller.account)
            .await?
            .ok_or_else(|| DomainError::new(ProblemCode::NotFound))?;
        let pending = self
            .store
            .credential(caller.tenant, caller.account, CredentialStatus::Pending)
            .await?;
        Ok(WalletView {
            wallet: row.wallet.to_vec().into(),
            pending_credential: pending.map(|row| row.credential),
        })
    }

    /// Replaces wallet, slots, and what belongs to them in one step. `conflict` unless its
    /// version is the stored one plus 1, or the credential to promote has not logged in yet.
    pub async fn put_wallet(
        &self,
        caller: &Caller,
        put: WalletPut,
        answer: WriteAnswer,
    ) -> DomainResult<()> {
        let wallet = StoredWallet::from_bytes(&put.wallet.0)?;
        let Some(expected_version) = wallet.version.checked_sub(1) else {
            return refuse(ProblemCode::Malformed, "versions of a wallet begin with 1");
        };
        let put = strongroom_store::WalletPut {
            tenant: caller.tenant,
            account: caller.account,
            expected_version,
            wallet: put.wallet.0.into(),
            recover_auth_hash: put.recover_auth_hash,
            promote_credential: put.promote_credential,
        };
        let result = self.store.put_wallet(put, Some(answer.0)).await;
        match result {
            Err(StoreError::NotFound) => refuse(
                ProblemCode::Conflict,
                "the new credential has not logged in yet",
            ),
            Err(StoreError::VersionMoved) => refuse(
                ProblemCode::Conflict,
                "the wallet has another version by now",
            ),
            other => Ok(other?),
        }
    }
}
