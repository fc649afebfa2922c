//! The OPAQUE login, and registering a passphrase.

use crate::http::{Auth, Repeat};
use crate::platform::{Http, Platform};
use crate::{CoreError, Result};
use strongroom_crypto::opaque::{ExportKey, OpaqueError};
use strongroom_types::{CredentialId, TenantId};
use strongroom_vault::exchange::{Login, Registration};
use strongroom_vault::passphrase::Passphrase;
use strongroom_wire::{
    CredentialFinish, CredentialStart, CredentialStarted, LoginFinish, LoginStart, LoginStarted,
    ProblemCode, SessionCreated,
};

pub(super) fn opaque(error: OpaqueError) -> CoreError {
    match error {
        OpaqueError::WrongPassphrase => {
            let code = ProblemCode::WrongCredentials.to_string();
            CoreError::refused(&code, "wrong name or passphrase")
                .with_hint("after several failures the server makes you wait")
        }
        OpaqueError::Malformed => CoreError::failed(
            "unexpected_answer",
            "the server's answer to the login does not have the expected form",
        ),
    }
}

impl<H: Http, S> Platform<H, S> {
    /// Logs in; `pending` with a passphrase that is registered and not yet in force.
    pub(super) async fn opaque_login(
        &self,
        name: &str,
        tenant: Option<TenantId>,
        passphrase: &Passphrase,
        pending: bool,
    ) -> Result<(SessionCreated, ExportKey)> {
        let (login, request) = Login::start(passphrase, &mut self.rng()).map_err(opaque)?;
        let start = LoginStart {
            name: name.to_owned(),
            tenant,
            opaque_request: request.into(),
            pending,
        };
        let path = "/v1/login/start";
        let started: LoginStarted = self
            .send_json("POST", path, Auth::None, &start, Repeat::Never)
            .await?;
        let (finalization, export_key) = login.finish(&started.opaque_response.0, &mut self.rng());
        let body = LoginFinish {
            login: started.login,
            finalization: finalization.into(),
            device_name: self.device_name.clone(),
        };
        let path = "/v1/login/finish";
        let created: Result<SessionCreated> = self
            .send_json("POST", path, Auth::None, &body, Repeat::Never)
            .await;
        let export_key = export_key.map_err(opaque)?;
        Ok((created?, export_key))
    }

    /// Registers a passphrase as pending: the one in force goes on working.
    pub(super) async fn register_pending(
        &self,
        auth: Auth<'_>,
        passphrase: &Passphrase,
    ) -> Result<CredentialId> {
        let (registration, request) =
            Registration::start(passphrase, &mut self.rng()).map_err(opaque)?;
        let start = CredentialStart {
            opaque_request: request.into(),
        };
        let path = "/v1/credentials/start";
        let started: CredentialStarted = self
            .send_json("POST", path, auth, &start, Repeat::Once)
            .await?;
        let (upload, _) = registration
            .finish(&started.opaque_response.0, &mut self.rng())
            .map_err(opaque)?;
        let finish = CredentialFinish {
            credential: started.credential,
            opaque_upload: upload.into(),
        };
        let path = "/v1/credentials/finish";
        self.send_quiet("POST", path, auth, &finish).await?;
        Ok(started.credential)
    }
}
