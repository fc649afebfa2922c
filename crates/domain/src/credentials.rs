use crate::{Caller, Domain, DomainResult, WriteAnswer};
use strongroom_crypto::opaque;
use strongroom_types::CredentialId;
use strongroom_wire::{CredentialFinish, CredentialStart, CredentialStarted};

impl Domain {
    /// Begins a change of passphrase.
    pub async fn credential_start(
        &self,
        _caller: &Caller,
        start: CredentialStart,
    ) -> DomainResult<CredentialStarted> {
        let credential = CredentialId::make(&mut **self.rng());
        let response = opaque::server_register_start(
            &self.opaque,
            &start.opaque_request.0,
            credential.as_bytes(),
        )?;
        Ok(CredentialStarted {
            credential,
            opaque_response: response.into(),
        })
    }

    /// Keeps the new credential as pending. The current one goes on working until the new one
    /// has logged in and is promoted with a wallet.
    pub async fn credential_finish(
        &self,
        caller: &Caller,
        finish: CredentialFinish,
        answer: WriteAnswer,
    ) -> DomainResult<()> {
        let record = opaque::server_register_finish(&finish.opaque_upload.0)?;
        self.store
            .put_pending_credential(
                caller.tenant,
                caller.account,
                finish.credential,
                record.into(),
                self.now_ms(),
                Some(answer.0),
            )
            .await?;
        Ok(())
    }
}
